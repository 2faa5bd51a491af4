/* threading_event: set, clear and wait, and the end of an event. */
#include "caller.h"

#include <float.h>
#include <math.h>
#include <sched.h>

static threading_event make(void) {
    threading_event event = THREADING_NULL;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK(!THREADING_IS_NULL(event));
    CHECK(!threading_event_is_set(event));
    return event;
}

static threading_status calls_wait(caller *self) {
    return threading_event_wait((threading_event){self->bits});
}
static threading_status calls_wait_timeout(caller *self) {
    return threading_event_wait_timeout((threading_event){self->bits}, self->seconds);
}
static threading_status calls_set(caller *self) {
    return threading_event_set((threading_event){self->bits});
}

/* A thread that waits without a limit if the number is even, else with a long one. */
static void waiter_start(caller *self, threading_event event, int number) {
    caller_start_asleep(self, number / 2 % WORKER_KINDS,
                        number % 2 ? calls_wait_timeout : calls_wait, event.bits,
                        number % 4 == 1 ? INFINITY : CASE_SECONDS);
}

/* ---- the flag ---- */

/* test_is_set */
CASE(is_set_from_set_to_clear_however_often) {
    threading_event event = make();
    for (int round = 0; round < 3; round++) {
        CHECK_STATUS(threading_event_set(event), THREADING_OK);
        CHECK(threading_event_is_set(event));
        CHECK_STATUS(threading_event_set(event), THREADING_OK);
        CHECK(threading_event_is_set(event));
        CHECK_STATUS(threading_event_clear(event), THREADING_OK);
        CHECK(!threading_event_is_set(event));
        CHECK_STATUS(threading_event_clear(event), THREADING_OK);
        CHECK(!threading_event_is_set(event));
    }
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

CASE(new_needs_a_place_for_the_handle) {
    CHECK_STATUS(threading_event_new(NULL), THREADING_INVALID_ARGUMENT);
}

CASE(a_wait_for_an_event_that_is_set_succeeds_at_once) {
    static const double limits[] = {
        0, -1, -INFINITY, DBL_TRUE_MIN, 0.001, 1000, THREADING_TIMEOUT_MAX, INFINITY};
    threading_event event = make();
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        CHECK_STATUS(threading_event_wait(event), THREADING_OK);
        CHECK_STATUS(threading_event_wait_timeout(event, limits[i]), THREADING_OK);
        /* No wait uses it up. */
        CHECK(threading_event_is_set(event));
    }
    CHECK_STATUS(threading_event_clear(event), THREADING_OK);
    CHECK_STATUS(threading_event_wait_timeout(event, 0), THREADING_TIMEOUT);
}

/* test_notify */
CASE(set_releases_everyone_who_waits) {
    enum { WAITERS = 10 };
    threading_event event = make();
    for (int round = 0; round < 3; round++) {
        caller others[WAITERS], setter;
        for (int i = 0; i < WAITERS; i++) {
            waiter_start(&others[i], event, i);
        }
        caller_start(&setter, round % WORKER_KINDS, calls_set, event.bits, 0);
        caller_end(&setter, THREADING_OK);
        for (int i = 0; i < WAITERS; i++) {
            caller_end(&others[i], THREADING_OK);
        }
        CHECK(threading_event_is_set(event));
        CHECK_STATUS(threading_event_clear(event), THREADING_OK);
    }
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

/* test_set_and_clear */
CASE(set_and_clear_at_once_release_everyone_who_waited) {
    enum { WAITERS = 8 };
    threading_event event = make();
    for (int round = 0; round < 200; round++) {
        caller others[WAITERS];
        for (int i = 0; i < WAITERS; i++) {
            waiter_start(&others[i], event, i);
        }
        CHECK_STATUS(threading_event_set(event), THREADING_OK);
        CHECK_STATUS(threading_event_clear(event), THREADING_OK);
        CHECK(!threading_event_is_set(event));
        for (int i = 0; i < WAITERS; i++) {
            caller_end(&others[i], THREADING_OK);
        }
        CHECK_STATUS(threading_event_wait_timeout(event, 0), THREADING_TIMEOUT);
    }
}

/* And so do many of them in a row: no number of sets looks like none. */
CASE(a_hundred_thousand_sets_and_clears_release_everyone_who_waited) {
    threading_event event = make();
    caller others[3];
    for (int i = 0; i < 3; i++) {
        waiter_start(&others[i], event, i);
    }
    for (int i = 0; i < 100000; i++) {
        CHECK_STATUS(threading_event_set(event), THREADING_OK);
        CHECK_STATUS(threading_event_clear(event), THREADING_OK);
    }
    for (int i = 0; i < 3; i++) {
        caller_end(&others[i], THREADING_OK);
    }
}

CASE(who_comes_after_clear_waits_for_the_next_set) {
    threading_event event = make();
    caller before, after;
    waiter_start(&before, event, 0);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    CHECK_STATUS(threading_event_clear(event), THREADING_OK);
    waiter_start(&after, event, 1);
    caller_end(&before, THREADING_OK);
    /* Clearing what is clear releases nobody. */
    CHECK_STATUS(threading_event_clear(event), THREADING_OK);
    EVENTUALLY(worker_asleep(&after.thread));
    CHECK(!atomic_load(&after.returned));
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    caller_end(&after, THREADING_OK);
}

typedef struct message {
    threading_event event;
    int text; /* not atomic: the event is what makes it visible */
} message;

static threading_status reads_the_message(caller *self) {
    message *it = (message *)(uintptr_t)self->bits;
    threading_status status = threading_event_wait(it->event);
    CHECK_NUMBER(it->text, 4711);
    return status;
}

CASE(what_happened_before_set_is_seen_after_wait) {
    for (int round = 0; round < 500; round++) {
        message it = {make(), 0};
        caller other;
        caller_start(&other, round % WORKER_KINDS, reads_the_message, (uint64_t)(uintptr_t)&it, 0);
        it.text = 4711;
        CHECK_STATUS(threading_event_set(it.event), THREADING_OK);
        caller_end(&other, THREADING_OK);
        CHECK_STATUS(threading_event_destroy(it.event), THREADING_OK);
    }
}

/* ---- the time ---- */

/* test_timeout */
CASE(a_wait_is_never_early) {
    static const double limits[] = {DBL_TRUE_MIN,  1e-9, 1e-6, 1e-5, 0.0001,
                                    0.00123456789, 0.01, 0.1,  0.25};
    threading_event event = make();
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        for (int round = 0; round < (limits[i] < 0.001 ? 20 : 1); round++) {
            double start = threading_monotonic();
            CHECK_STATUS(threading_event_wait_timeout(event, limits[i]), THREADING_TIMEOUT);
            CHECK_NOT_EARLY(start, limits[i]);
        }
    }
    CHECK(!threading_event_is_set(event));
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

CASE(zero_and_negative_poll) {
    static const double polls[] = {0,      -0.0,     -1e-9,    -1, -100, -THREADING_TIMEOUT_MAX,
                                   -1e100, -DBL_MAX, -INFINITY};
    threading_event event = make();
    for (size_t i = 0; i < sizeof polls / sizeof polls[0]; i++) {
        CHECK_STATUS(threading_event_wait_timeout(event, polls[i]), THREADING_TIMEOUT);
    }
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

CASE(nan_and_too_long_are_invalid) {
    static const double refused[] = {NAN, -NAN, 9223372036.000002, 1e100, DBL_MAX};
    threading_event event = make();
    for (int set = 0; set < 2; set++) {
        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
            CHECK_STATUS(threading_event_wait_timeout(event, refused[i]),
                         THREADING_INVALID_ARGUMENT);
            CHECK(threading_event_is_set(event) == set);
        }
        CHECK_STATUS(threading_event_set(event), THREADING_OK);
    }
}

CASE(who_gives_up_leaves_the_others_waiting) {
    threading_event event = make();
    caller patient[3], hasty[6];
    for (int i = 0; i < 6; i++) {
        caller_start(&hasty[i], i % WORKER_KINDS, calls_wait_timeout, event.bits, 0.005 * (i + 1));
        if (i % 2) {
            waiter_start(&patient[i / 2], event, i);
        }
    }
    for (int i = 0; i < 6; i++) {
        caller_end(&hasty[i], THREADING_TIMEOUT);
    }
    for (int i = 0; i < 3; i++) {
        EVENTUALLY(worker_asleep(&patient[i].thread));
        CHECK(!atomic_load(&patient[i].returned));
    }
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    for (int i = 0; i < 3; i++) {
        caller_end(&patient[i], THREADING_OK);
    }
}

CASE(set_as_the_time_runs_out_is_ok_or_timeout) {
    int ok = 0;
    for (int round = 0; round < 2000; round++) {
        threading_event event = make();
        caller other;
        caller_start(&other, round % WORKER_KINDS, calls_wait_timeout, event.bits, 0.0001);
        while (atomic_load(&other.thread.native_id) == 0) {
            sched_yield();
        }
        for (double start = threading_monotonic();
             threading_monotonic() - start < 0.0000001 * round;) {
        }
        CHECK_STATUS(threading_event_set(event), THREADING_OK);
        worker_join(&other.thread);
        CHECK(other.status == THREADING_OK || other.status == THREADING_TIMEOUT);
        ok += other.status == THREADING_OK;
        CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
    }
    printf("%d of 2000 were in time\n", ok);
}

CASE(errno_unchanged) {
    threading_event event = make();
    errno = CALLER_ERRNO;
    CHECK_STATUS(threading_event_wait_timeout(event, 0), THREADING_TIMEOUT);
    CHECK_STATUS(threading_event_wait_timeout(event, 0.002), THREADING_TIMEOUT);
    CHECK_STATUS(threading_event_wait_timeout(event, NAN), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    CHECK_STATUS(threading_event_wait(event), THREADING_OK);
    CHECK_STATUS(threading_event_clear(event), THREADING_OK);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
    CHECK_STATUS(threading_event_set(event), THREADING_DESTROYED);
    CHECK_NUMBER(errno, CALLER_ERRNO);
}

/* ---- ensure ---- */

static threading_event static_event = THREADING_NULL;

CASE(ensure_makes_it_on_first_use) {
    CHECK(THREADING_IS_NULL(static_event));
    threading_event first = threading_event_ensure(&static_event);
    CHECK(!THREADING_IS_NULL(first));
    CHECK(!threading_event_is_set(static_event));
    CHECK_STATUS(threading_event_set(static_event), THREADING_OK);
    for (int i = 0; i < 1000; i++) {
        CHECK(THREADING_SAME(first, threading_event_ensure(&static_event)));
    }
    CHECK(threading_event_is_set(first));
    CHECK(THREADING_IS_NULL(threading_event_ensure(NULL)));
}

enum { CROWD = 8 };
static atomic_int arrived;

static void ensures(worker *self) {
    threading_event *mine = self->context;
    atomic_fetch_add(&arrived, 1);
    while (atomic_load(&arrived) % CROWD != 0) {
        sched_yield();
    }
    *mine = threading_event_ensure(&static_event);
    CHECK_STATUS(threading_event_set(*mine), THREADING_OK);
    CHECK_STATUS(threading_event_wait(static_event), THREADING_OK);
}

CASE(ensure_gives_8_threads_that_come_first_the_same) {
    for (int round = 0; round < 100; round++) {
        worker threads[CROWD];
        threading_event theirs[CROWD];
        static_event = (threading_event)THREADING_NULL;
        for (int i = 0; i < CROWD; i++) {
            worker_start(&threads[i], i % WORKER_KINDS, ensures, &theirs[i]);
        }
        for (int i = 0; i < CROWD; i++) {
            worker_join(&threads[i]);
            CHECK(THREADING_SAME(theirs[i], static_event));
        }
        CHECK_STATUS(threading_event_destroy(static_event), THREADING_OK);
    }
}

/* ---- handles, and the end ---- */

static void check_dead(uint64_t bits, threading_status expected) {
    threading_event event = {bits};
    CHECK_STATUS(threading_event_set(event), expected);
    CHECK_STATUS(threading_event_clear(event), expected);
    CHECK(!threading_event_is_set(event));
    CHECK_STATUS(threading_event_wait(event), expected);
    CHECK_STATUS(threading_event_wait_timeout(event, 0), expected);
    CHECK_STATUS(threading_event_wait_timeout(event, INFINITY), expected);
    CHECK_STATUS(threading_event_destroy(event), bits == 0 ? THREADING_OK : expected);
}

CASE(null_stale_and_foreign_handles) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    check_dead(0, THREADING_INVALID_HANDLE);
    check_dead(lock.bits, THREADING_INVALID_HANDLE);
    check_dead(threading_main_thread().bits, THREADING_INVALID_HANDLE);
    for (int i = 0; i < 100; i++) {
        threading_event event = make();
        CHECK_STATUS(threading_event_set(event), THREADING_OK);
        CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
        threading_event heir = make();
        check_dead(event.bits, THREADING_DESTROYED);
        CHECK(!threading_event_is_set(heir));
        CHECK_STATUS(threading_event_destroy(heir), THREADING_OK);
    }
}

CASE(busy_while_waited_on) {
    threading_event event = make();
    caller others[2];
    waiter_start(&others[0], event, 0);
    waiter_start(&others[1], event, 3);
    CHECK_STATUS(threading_event_destroy(event), THREADING_BUSY);
    CHECK(!threading_event_is_set(event));
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    /* Nobody waits any more: those who did are released, whatever becomes of it. */
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
    for (int i = 0; i < 2; i++) {
        caller_end(&others[i], THREADING_OK);
    }
    check_dead(event.bits, THREADING_DESTROYED);
}
