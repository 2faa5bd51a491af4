/* Saturating semaphores: a release at the most that there can be succeeds and adds nothing. With a
 * most of 1 that is what other systems call an auto-reset event. */
#include "caller.h"
#include "signalled.h"

static threading_semaphore make(size_t value, size_t most) {
    threading_semaphore made = THREADING_NULL;
    CHECK_STATUS(threading_saturating_semaphore_new(value, most, &made), THREADING_OK);
    CHECK_NUMBER(threading_semaphore_value(made), value);
    return made;
}

static threading_status calls_acquire(caller *self) {
    return threading_semaphore_acquire((threading_semaphore){self->bits});
}

CASE(what_is_released_beyond_the_most_is_not_there) {
    threading_semaphore it = make(1, 3);
    for (size_t value = 2; value <= 3; value++) {
        CHECK_STATUS(threading_semaphore_release(it), THREADING_OK);
        CHECK_NUMBER(threading_semaphore_value(it), value);
    }
    for (int i = 0; i < 10; i++) {
        CHECK_STATUS(threading_semaphore_release(it), THREADING_OK);
        CHECK_NUMBER(threading_semaphore_value(it), 3);
    }
    CHECK_STATUS(threading_semaphore_acquire(it), THREADING_OK);
    CHECK_STATUS(threading_semaphore_release_n(it, 7), THREADING_OK);
    CHECK_STATUS(threading_semaphore_release_n(it, SIZE_MAX), THREADING_OK);
    CHECK_STATUS(threading_semaphore_release_n(it, 0), THREADING_INVALID_ARGUMENT);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_semaphore_try_acquire(it), THREADING_OK);
    }
    CHECK_STATUS(threading_semaphore_try_acquire(it), THREADING_TIMEOUT);
    CHECK_STATUS(threading_semaphore_destroy(it), THREADING_OK);
}

CASE(the_most_is_1_up_to_the_maximum_and_the_value_is_not_above_it) {
    static const struct {
        size_t value, most;
    } wrong[] = {{0, 0},        {2, 1},        {0, THREADING_SEMAPHORE_MAX + (size_t)1},
                 {0, SIZE_MAX}, {SIZE_MAX, 1}, {SIZE_MAX, SIZE_MAX}};
    threading_semaphore it = {4711};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_STATUS(threading_saturating_semaphore_new(wrong[i].value, wrong[i].most, &it),
                     THREADING_INVALID_ARGUMENT);
        CHECK_NUMBER(it.bits, 4711);
    }
    CHECK_STATUS(threading_saturating_semaphore_new(0, 1, NULL), THREADING_INVALID_ARGUMENT);
    it = make(THREADING_SEMAPHORE_MAX, THREADING_SEMAPHORE_MAX);
    CHECK_STATUS(threading_semaphore_release(it), THREADING_OK);
    CHECK_NUMBER(threading_semaphore_value(it), THREADING_SEMAPHORE_MAX);
}

/* The next semaphore in the slot is of its own kind, whichever one lived there before. */
CASE(no_other_semaphore_saturates_after_one_that_does) {
    for (int round = 0; round < 100; round++) {
        threading_semaphore it = make(1, 1), next;
        CHECK_STATUS(threading_semaphore_destroy(it), THREADING_OK);
        CHECK_STATUS(threading_bounded_semaphore_new(1, &next), THREADING_OK);
        CHECK_NUMBER((uint32_t)next.bits, (uint32_t)it.bits);
        CHECK_STATUS(threading_semaphore_release(next), THREADING_OVERFLOW);
        CHECK_STATUS(threading_semaphore_destroy(next), THREADING_OK);
        CHECK_STATUS(threading_semaphore_new(THREADING_SEMAPHORE_MAX, &next), THREADING_OK);
        CHECK_STATUS(threading_semaphore_release(next), THREADING_OVERFLOW);
        CHECK_STATUS(threading_semaphore_destroy(next), THREADING_OK);
    }
}

/* ---- an auto-reset event ---- */

CASE(however_often_it_is_set_before_one_thread_goes_on) {
    threading_semaphore event = make(0, 1);
    caller waiting[3];
    for (int i = 0; i < 5; i++) {
        CHECK_STATUS(threading_semaphore_release(event), THREADING_OK);
    }
    CHECK_STATUS(threading_semaphore_acquire(event), THREADING_OK);
    for (int i = 0; i < 3; i++) {
        caller_start_asleep(&waiting[i], i % WORKER_KINDS, calls_acquire, event.bits, 0);
    }
    for (int gone = 1; gone <= 3; gone++) {
        int returned = 0;
        CHECK_STATUS(threading_semaphore_release(event), THREADING_OK);
        EVENTUALLY((returned = atomic_load(&waiting[0].returned) +
                               atomic_load(&waiting[1].returned) +
                               atomic_load(&waiting[2].returned)) >= gone);
        CHECK_NUMBER(returned, gone);
    }
    for (int i = 0; i < 3; i++) {
        caller_end(&waiting[i], THREADING_OK);
    }
    CHECK_NUMBER(threading_semaphore_value(event), 0);
}

/* No set is lost that finds it unset, whoever sets and waits at the same time: each set by the one
 * is waited for by the other before the next. */
enum { TURNS = 100000 };
static threading_semaphore ping, pong;
static threading_status answers(caller *self) {
    for (int i = 0; i < TURNS; i++) {
        CHECK_STATUS(threading_semaphore_acquire(ping), THREADING_OK);
        CHECK_STATUS(threading_semaphore_release(pong), THREADING_OK);
        CHECK_STATUS(threading_semaphore_release(pong), THREADING_OK);
    }
    (void)self;
    return THREADING_OK;
}

CASE(a_set_is_never_lost) {
    caller other;
    ping = make(0, 1);
    pong = make(0, 2);
    caller_start(&other, OURS, answers, 0, 0);
    for (int i = 0; i < TURNS; i++) {
        CHECK_STATUS(threading_semaphore_release(ping), THREADING_OK);
        CHECK_STATUS(threading_semaphore_acquire(pong), THREADING_OK);
        CHECK_STATUS(threading_semaphore_acquire(pong), THREADING_OK);
    }
    caller_end(&other, THREADING_OK);
    CHECK_NUMBER(threading_semaphore_value(ping) + threading_semaphore_value(pong), 0);
}

static threading_semaphore set_in_handler;
static void sets(int signal) {
    (void)signal;
    CHECK_STATUS(threading_semaphore_release(set_in_handler), THREADING_OK);
}

CASE(a_signal_handler_may_set_it) {
    set_in_handler = make(0, 1);
    signalled_handle(SIGUSR1, sets);
    for (int i = 0; i < 100; i++) {
        CHECK_NUMBER(raise(SIGUSR1), 0);
        CHECK_NUMBER(raise(SIGUSR1), 0);
        CHECK_STATUS(threading_semaphore_acquire(set_in_handler), THREADING_OK);
        CHECK_NUMBER(threading_semaphore_value(set_in_handler), 0);
    }
}
