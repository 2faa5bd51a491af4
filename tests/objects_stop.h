/* What objects.def needs for stops and waits with them; a part of objects.c. */
#ifndef OBJECTS_STOP_H
#define OBJECTS_STOP_H

/* A stop that never comes: a wait with it goes through the same as without. */
static threading_stop never(void) {
    static _Atomic(uint64_t) bits;
    threading_stop made = {atomic_load(&bits)};
    if (THREADING_IS_NULL(made)) {
        threading_stop above;
        uint64_t none = 0;
        OK(threading_stop_new((threading_stop){0}, &above));
        OK(threading_stop_new(above, &made));
        if (!atomic_compare_exchange_strong(&bits, &none, made.bits)) {
            OK(threading_stop_destroy(made));
            OK(threading_stop_destroy(above));
            made.bits = none;
        }
    }
    return made;
}

/* A notify that nobody's predicate hears of. */
static threading_status notify_plainly(threading_condition it) {
    OK(threading_condition_acquire(it));
    OK(threading_condition_notify_all(it));
    return threading_condition_release(it);
}

/* A unit of the semaphore, or the stop that never comes. */
static threading_status any_unit(threading_semaphore it, double seconds) {
    threading_object any[] = {THREADING_OBJECT(it), THREADING_OBJECT(never())};
    size_t index = 4711;
    threading_status status = threading_wait_any_timeout(any, 2, seconds, &index);
    CHECK(index == (status == THREADING_OK ? 0 : 4711));
    return status;
}

static void use_stop(threading_stop it) {
    bool requested = threading_stop_requested(it);
    CHECK(threading_stop_wait_timeout(it, 0) == (requested ? THREADING_OK : THREADING_TIMEOUT));
    CHECK(threading_stop_remaining(it) == (requested ? 0 : INFINITY));
    CHECK(!threading_stop_expired(it));
}

#endif
