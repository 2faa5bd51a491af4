/* Makes conditions, semaphores, events and barriers, shows that they work, and ends them, as objects.c does with the others. */
#include "misuse.h"

#include <stdlib.h>

#define OK(call) CHECK((call) == THREADING_OK)

/* ---- condition ---- */

/* The lock of each is made here, never by the library: an rlock of its own would have a handle that nobody was given, which a
 * made-up one might hit. */
struct underneath {
    uint64_t bits, lock;
    const struct kind *kind;
    struct underneath *next;
};
static struct underneath *underneaths;

static uint64_t condition_make(int state) {
    threading_condition condition = THREADING_NULL;
    struct underneath *one = malloc(sizeof *one);
    CHECK(one);
    one->kind = state == CONDITION_ON_LOCK ? &lock_kind : &rlock_kind;
    one->lock = issue(one->kind, FRESH);
    if (state == CONDITION_ON_LOCK) {
        OK(threading_condition_new_with_lock((threading_lock){one->lock}, &condition));
    } else {
        OK(threading_condition_new_with_rlock((threading_rlock){one->lock}, &condition));
    }
    if (state == CONDITION_HELD) {
        OK(threading_condition_acquire(condition));
    }
    one->bits = condition.bits;
    one->next = underneaths;
    underneaths = one;
    return condition.bits;
}

static uint64_t condition_look(uint64_t bits) {
    return threading_condition_locked((threading_condition){bits});
}

static void condition_end(uint64_t bits) {
    threading_condition condition = {bits};
    if (threading_condition_locked(condition)) {
        OK(threading_condition_release(condition));
    }
    OK(threading_condition_destroy(condition));
    for (struct underneath **place = &underneaths; *place; place = &(*place)->next) {
        struct underneath *one = *place;
        if (one->bits == bits) {
            end(one->kind, one->lock);
            *place = one->next;
            free(one);
            return;
        }
    }
    CHECK(!"a condition that was made here");
}

/* Nobody waits, so a notify wakes nobody and a wait ends with its time. */
static void condition_use(uint64_t bits) {
    threading_condition condition = {bits};
    bool held = threading_condition_locked(condition);
    OK(threading_condition_acquire(condition));
    OK(threading_condition_notify_all(condition));
    CHECK(threading_condition_wait_timeout(condition, 0) == THREADING_TIMEOUT);
    OK(threading_condition_wait_for(condition, valid_predicate, NULL));
    CHECK(threading_condition_locked(condition));
    OK(threading_condition_release(condition));
    CHECK(threading_condition_locked(condition) == held);
}

const struct kind condition_kind = {
    "threading_condition", CONDITION_STATES, CONDITION_HELD, condition_make, condition_end, condition_look, condition_use};

/* ---- semaphore ---- */

static uint64_t semaphore_make(int state) {
    threading_semaphore semaphore = THREADING_NULL;
    if (state == SEMAPHORE_BOUNDED) {
        OK(threading_bounded_semaphore_new(2, &semaphore));
    } else {
        OK(threading_semaphore_new(state == SEMAPHORE_EMPTY ? 0 : 3, &semaphore));
    }
    return semaphore.bits;
}

static void semaphore_end(uint64_t bits) {
    OK(threading_semaphore_destroy((threading_semaphore){bits}));
}

static uint64_t semaphore_look(uint64_t bits) {
    return threading_semaphore_value((threading_semaphore){bits});
}

static void semaphore_use(uint64_t bits) {
    threading_semaphore semaphore = {bits};
    size_t value = threading_semaphore_value(semaphore);
    for (size_t taken = 0; taken < value; taken++) {
        OK(threading_semaphore_acquire(semaphore));
    }
    CHECK(threading_semaphore_try_acquire(semaphore) == THREADING_TIMEOUT);
    if (value > 0) {
        OK(threading_semaphore_release_n(semaphore, value));
    }
    CHECK(threading_semaphore_value(semaphore) == value);
}

const struct kind semaphore_kind = {
    "threading_semaphore", SEMAPHORE_STATES, SEMAPHORE_BOUNDED, semaphore_make, semaphore_end, semaphore_look, semaphore_use};

/* ---- event ---- */

static uint64_t event_make(int state) {
    threading_event event = THREADING_NULL;
    OK(threading_event_new(&event));
    if (state == EVENT_SET) {
        OK(threading_event_set(event));
    }
    return event.bits;
}

static void event_end(uint64_t bits) {
    OK(threading_event_destroy((threading_event){bits}));
}

static uint64_t event_look(uint64_t bits) {
    return threading_event_is_set((threading_event){bits});
}

static void event_use(uint64_t bits) {
    threading_event event = {bits};
    bool set = threading_event_is_set(event);
    CHECK(threading_event_wait_timeout(event, 0) == (set ? THREADING_OK : THREADING_TIMEOUT));
    OK(threading_event_set(event));
    OK(threading_event_wait(event));
    if (!set) {
        OK(threading_event_clear(event));
    }
    CHECK(threading_event_is_set(event) == set);
}

const struct kind event_kind = {"threading_event", EVENT_STATES, FRESH, event_make, event_end, event_look, event_use};

/* ---- barrier ---- */

static uint64_t barrier_make(int state) {
    threading_barrier barrier = THREADING_NULL;
    OK(threading_barrier_new(state == FRESH ? 1 : 2, valid_action, NULL, &barrier));
    if (state == BARRIER_BROKEN) {
        OK(threading_barrier_abort(barrier));
    }
    return barrier.bits;
}

static void barrier_end(uint64_t bits) {
    OK(threading_barrier_destroy((threading_barrier){bits}));
}

static uint64_t barrier_look(uint64_t bits) {
    threading_barrier barrier = {bits};
    return threading_barrier_parties(barrier) * 31 + threading_barrier_n_waiting(barrier) * 2 + threading_barrier_broken(barrier);
}

static void barrier_use(uint64_t bits) {
    threading_barrier barrier = {bits};
    bool broken = threading_barrier_broken(barrier);
    size_t index = 4711;
    OK(threading_barrier_reset(barrier));
    CHECK(!threading_barrier_broken(barrier));
    if (threading_barrier_parties(barrier) == 1) {
        OK(threading_barrier_wait(barrier, &index));
        CHECK(index == 0);
    } else {
        CHECK(threading_barrier_wait_timeout(barrier, 0, &index) == THREADING_TIMEOUT);
        CHECK(index == 4711);
        CHECK(threading_barrier_broken(barrier));
    }
    OK(broken ? threading_barrier_abort(barrier) : threading_barrier_reset(barrier));
}

const struct kind barrier_kind = {
    "threading_barrier", BARRIER_STATES, BARRIER_OF_TWO, barrier_make, barrier_end, barrier_look, barrier_use};
