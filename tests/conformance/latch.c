/* `threading_latch`: counting down and up, waits, handlers that count down, and the end of a
 * latch. */
#include "caller.h"
#include "signalled.h"

#include <math.h>
#include <sched.h>

static threading_latch make(size_t count) {
    threading_latch latch = THREADING_NULL;
    CHECK_STATUS(threading_latch_new(count, &latch), THREADING_OK);
    CHECK(!THREADING_IS_NULL(latch));
    CHECK_NUMBER(threading_latch_count(latch), count);
    CHECK(threading_latch_is_open(latch) == (count == 0));
    return latch;
}

static threading_status calls_wait(caller *self) {
    return threading_latch_wait((threading_latch){self->bits});
}
static threading_status calls_wait_timeout(caller *self) {
    return threading_latch_wait_timeout((threading_latch){self->bits}, self->seconds);
}
static threading_status calls_count_down(caller *self) {
    return threading_latch_count_down((threading_latch){self->bits});
}

/* A thread that waits without a limit if the number is even, else with a long one. */
static void waiter_start(caller *self, threading_latch latch, int number) {
    caller_start_asleep(self, number / 2 % WORKER_KINDS,
                        number % 2 ? calls_wait_timeout : calls_wait, latch.bits,
                        number % 4 == 1 ? INFINITY : CASE_SECONDS);
}

/* ---- the count ---- */

CASE(counts_from_0_to_the_maximum_can_be_made) {
    static const size_t refused[] = {THREADING_LATCH_MAX + (size_t)1, SIZE_MAX};
    threading_latch latch = {4711};
    make(0);
    make(1);
    make(THREADING_LATCH_MAX);
    for (size_t i = 0; i < 2; i++) {
        CHECK_STATUS(threading_latch_new(refused[i], &latch), THREADING_INVALID_ARGUMENT);
        CHECK_STRING(threading_error_message(), "the count is above THREADING_LATCH_MAX");
    }
    CHECK_NUMBER(latch.bits, 4711);
    CHECK_STATUS(threading_latch_new(1, NULL), THREADING_INVALID_ARGUMENT);
}

CASE(it_opens_when_the_count_is_0_and_stays_open) {
    threading_latch latch = make(5);
    CHECK_STATUS(threading_latch_count_down(latch), THREADING_OK);
    CHECK_NUMBER(threading_latch_count(latch), 4);
    CHECK_STATUS(threading_latch_count_down_n(latch, 3), THREADING_OK);
    CHECK(!threading_latch_is_open(latch));
    CHECK_STATUS(threading_latch_wait_timeout(latch, 0), THREADING_TIMEOUT);
    CHECK_STATUS(threading_latch_count_down_n(latch, 1), THREADING_OK);
    for (int round = 0; round < 3; round++) {
        CHECK(threading_latch_is_open(latch));
        CHECK_NUMBER(threading_latch_count(latch), 0);
        CHECK_STATUS(threading_latch_wait(latch), THREADING_OK);
        CHECK_STATUS(threading_latch_wait_timeout(latch, 0), THREADING_OK);
    }
    CHECK_STATUS(threading_latch_destroy(latch), THREADING_OK);
}

CASE(counting_down_too_often_changes_nothing) {
    threading_latch latch = make(2);
    CHECK_STATUS(threading_latch_count_down_n(latch, 3), THREADING_OVERFLOW);
    CHECK_STATUS(threading_latch_count_down_n(latch, SIZE_MAX), THREADING_OVERFLOW);
    CHECK_NUMBER(threading_latch_count(latch), 2);
    CHECK_STATUS(threading_latch_count_down_n(latch, 0), THREADING_INVALID_ARGUMENT);
    CHECK_STRING(threading_error_message(), "the number is 0");
    CHECK_STATUS(threading_latch_count_down_n(latch, 2), THREADING_OK);
    CHECK_STATUS(threading_latch_count_down(latch), THREADING_OVERFLOW);
    CHECK_STRING(threading_error_message(), "the latch would be counted down below 0");
    CHECK(threading_latch_is_open(latch));
}

CASE(counting_up_is_for_a_latch_that_is_not_open) {
    threading_latch latch = make(1);
    CHECK_STATUS(threading_latch_count_up_n(latch, 2), THREADING_OK);
    CHECK_NUMBER(threading_latch_count(latch), 3);
    CHECK_STATUS(threading_latch_count_up_n(latch, 0), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_latch_count_up_n(latch, THREADING_LATCH_MAX - 3), THREADING_OK);
    CHECK_STATUS(threading_latch_count_up_n(latch, 1), THREADING_OVERFLOW);
    CHECK_STATUS(threading_latch_count_up_n(latch, SIZE_MAX), THREADING_OVERFLOW);
    CHECK_STRING(threading_error_message(), "the count would be above THREADING_LATCH_MAX");
    CHECK_NUMBER(threading_latch_count(latch), THREADING_LATCH_MAX);
    CHECK_STATUS(threading_latch_count_down_n(latch, THREADING_LATCH_MAX), THREADING_OK);
    CHECK_STATUS(threading_latch_count_up_n(latch, 1), THREADING_BROKEN);
    CHECK_STRING(threading_error_message(), "the latch is open already");
    CHECK(threading_latch_is_open(latch));
}

/* ---- waits ---- */

CASE(the_last_to_count_down_releases_everyone_who_waits) {
    enum { WAITERS = 10, COUNT = 3 };
    for (int round = 0; round < 50; round++) {
        threading_latch latch = make(COUNT);
        caller waiters[WAITERS], counters[COUNT];
        for (int i = 0; i < WAITERS; i++) {
            waiter_start(&waiters[i], latch, i);
        }
        for (int i = 0; i < COUNT; i++) {
            caller_start(&counters[i], i % WORKER_KINDS, calls_count_down, latch.bits, 0);
        }
        for (int i = 0; i < COUNT; i++) {
            caller_end(&counters[i], THREADING_OK);
        }
        for (int i = 0; i < WAITERS; i++) {
            caller_end(&waiters[i], THREADING_OK);
        }
        CHECK_STATUS(threading_latch_destroy(latch), THREADING_OK);
    }
}

CASE(nobody_is_released_before_the_count_is_0) {
    threading_latch latch = make(3);
    caller waiter;
    waiter_start(&waiter, latch, 0);
    CHECK_STATUS(threading_latch_count_down(latch), THREADING_OK);
    CHECK_STATUS(threading_latch_count_down(latch), THREADING_OK);
    CHECK_STATUS(threading_latch_count_up_n(latch, 1), THREADING_OK);
    CHECK_STATUS(threading_latch_count_down(latch), THREADING_OK);
    EVENTUALLY(worker_asleep(&waiter.thread));
    CHECK(!atomic_load(&waiter.returned));
    CHECK_STATUS(threading_latch_count_down(latch), THREADING_OK);
    caller_end(&waiter, THREADING_OK);
}

enum { PARTS = 3 };
typedef struct job {
    threading_latch done;
    atomic_int next;
    int parts[PARTS]; /* not atomic: the latch is what makes them visible */
} job;

static threading_status does_a_part(caller *self) {
    job *it = (job *)(uintptr_t)self->bits;
    it->parts[atomic_fetch_add(&it->next, 1)] = 4711;
    return threading_latch_count_down(it->done);
}

CASE(what_happened_before_each_count_down_is_seen_after_wait) {
    for (int round = 0; round < 300; round++) {
        job it = {.done = make(PARTS)};
        caller others[PARTS];
        for (int i = 0; i < PARTS; i++) {
            caller_start(&others[i], i % WORKER_KINDS, does_a_part, (uint64_t)(uintptr_t)&it, 0);
        }
        CHECK_STATUS(threading_latch_wait(it.done), THREADING_OK);
        for (int i = 0; i < PARTS; i++) {
            CHECK_NUMBER(it.parts[i], 4711);
            caller_end(&others[i], THREADING_OK);
        }
        CHECK_STATUS(threading_latch_destroy(it.done), THREADING_OK);
    }
}

/* ---- the time ---- */

CASE(a_wait_is_never_early) {
    static const double limits[] = {1e-9, 1e-5, 0.00123456789, 0.1};
    threading_latch latch = make(1);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        double start = threading_monotonic();
        CHECK_STATUS(threading_latch_wait_timeout(latch, limits[i]), THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, limits[i]);
    }
    CHECK_NUMBER(threading_latch_count(latch), 1);
}

CASE(zero_and_negative_poll_and_no_time_is_invalid) {
    static const double polls[] = {0, -0.0, -1e-9, -1, -THREADING_TIMEOUT_MAX, -INFINITY};
    static const double refused[] = {NAN, -NAN, 9223372036.000002, 1e100};
    threading_latch latch = make(1);
    for (int open = 0; open < 2; open++) {
        for (size_t i = 0; i < sizeof polls / sizeof polls[0]; i++) {
            CHECK_STATUS(threading_latch_wait_timeout(latch, polls[i]),
                         open ? THREADING_OK : THREADING_TIMEOUT);
        }
        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
            CHECK_STATUS(threading_latch_wait_timeout(latch, refused[i]),
                         THREADING_INVALID_ARGUMENT);
        }
        CHECK_STATUS(threading_latch_count_down(latch), open ? THREADING_OVERFLOW : THREADING_OK);
    }
}

CASE(who_gives_up_leaves_the_others_waiting) {
    threading_latch latch = make(1);
    caller patient[3], hasty[6];
    for (int i = 0; i < 6; i++) {
        caller_start(&hasty[i], i % WORKER_KINDS, calls_wait_timeout, latch.bits, 0.005 * (i + 1));
        if (i % 2) {
            waiter_start(&patient[i / 2], latch, i);
        }
    }
    for (int i = 0; i < 6; i++) {
        caller_end(&hasty[i], THREADING_TIMEOUT);
    }
    CHECK_STATUS(threading_latch_count_down(latch), THREADING_OK);
    for (int i = 0; i < 3; i++) {
        caller_end(&patient[i], THREADING_OK);
    }
}

CASE(opened_as_the_time_runs_out_is_ok_or_timeout) {
    int ok = 0;
    for (int round = 0; round < 1000; round++) {
        threading_latch latch = make(1);
        caller other;
        caller_start(&other, round % WORKER_KINDS, calls_wait_timeout, latch.bits, 0.0001);
        while (atomic_load(&other.thread.native_id) == 0) {
            sched_yield();
        }
        for (double start = threading_monotonic();
             threading_monotonic() - start < 0.0000002 * round;) {
        }
        CHECK_STATUS(threading_latch_count_down(latch), THREADING_OK);
        worker_join(&other.thread);
        CHECK(other.status == THREADING_OK || other.status == THREADING_TIMEOUT);
        ok += other.status == THREADING_OK;
        CHECK_STATUS(threading_latch_destroy(latch), THREADING_OK);
    }
    printf("%d of 1000 were in time\n", ok);
}

/* ---- signal handlers ---- */

static threading_latch signalled;
static atomic_int handled;
enum { SIGNALS = 5000 };

static void counts_down(int signal) {
    (void)signal;
    int before = errno;
    errno = CALLER_ERRNO;
    if (atomic_fetch_add(&handled, 1) < SIGNALS) {
        CHECK(!threading_latch_is_open(signalled));
        CHECK(threading_latch_count(signalled) > 0);
        CHECK_STATUS(atomic_load(&handled) % 2 ? threading_latch_count_down(signalled)
                                               : threading_latch_count_down_n(signalled, 1),
                     THREADING_OK);
    }
    CHECK_NUMBER(errno, CALLER_ERRNO);
    errno = before;
}

/* What the thread waits for comes from its own handler. */
CASE(a_handler_that_interrupts_the_wait_opens_the_latch) {
    signalled = make(SIGNALS);
    signalled_handle(SIGUSR1, counts_down);
    timer_t timer = signalled_begin(SIGUSR1, 100000, 50000);
    CHECK_STATUS(threading_latch_wait(signalled), THREADING_OK);
    signalled_end(timer);
    CHECK(threading_latch_is_open(signalled));
    CHECK_STATUS(threading_latch_destroy(signalled), THREADING_OK);
}

/* The handler interrupts calls that hold the lock of this very queue, and never waits for it. */
CASE(a_handler_that_interrupts_every_call_opens_the_latch) {
    enum { WAITERS = 3 };
    caller waiters[WAITERS];
    signalled = make(SIGNALS);
    for (int i = 0; i < WAITERS; i++) {
        waiter_start(&waiters[i], signalled, i);
    }
    signalled_handle(SIGUSR1, counts_down);
    timer_t timer = signalled_begin(SIGUSR1, 100000, 50000);
    while (!threading_latch_is_open(signalled)) {
        threading_status status = threading_latch_wait_timeout(signalled, 0.00001);
        CHECK(status == THREADING_OK || status == THREADING_TIMEOUT);
        /* Up and down by as much: it opens when all signals have been handled. */
        status = threading_latch_count_up_n(signalled, 2);
        if (status == THREADING_OK) {
            CHECK_STATUS(threading_latch_count_down(signalled), THREADING_OK);
            CHECK_STATUS(threading_latch_count_down(signalled), THREADING_OK);
        } else {
            CHECK_STATUS(status, THREADING_BROKEN);
        }
        /* While threads wait it cannot be destroyed; when they have been released it can. */
        status = threading_latch_destroy(signalled);
        if (status == THREADING_OK) {
            break;
        }
        CHECK_STATUS(status, THREADING_BUSY);
    }
    signalled_end(timer);
    for (int i = 0; i < WAITERS; i++) {
        caller_end(&waiters[i], THREADING_OK);
    }
    CHECK(atomic_load(&handled) >= SIGNALS);
}

/* ---- handles, and the end ---- */

static void check_dead(uint64_t bits, threading_status expected) {
    threading_latch latch = {bits};
    CHECK_STATUS(threading_latch_count_down(latch), expected);
    CHECK_STATUS(threading_latch_count_down_n(latch, 2), expected);
    CHECK_STATUS(threading_latch_count_up_n(latch, 1), expected);
    CHECK(!threading_latch_is_open(latch));
    CHECK_NUMBER(threading_latch_count(latch), 0);
    CHECK_STATUS(threading_latch_wait(latch), expected);
    CHECK_STATUS(threading_latch_wait_timeout(latch, 0), expected);
    CHECK_STATUS(threading_latch_wait_timeout(latch, INFINITY), expected);
    CHECK_STATUS(threading_latch_destroy(latch), bits == 0 ? THREADING_OK : expected);
}

CASE(null_stale_and_foreign_handles) {
    threading_event event;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    check_dead(0, THREADING_INVALID_HANDLE);
    check_dead(event.bits, THREADING_INVALID_HANDLE);
    check_dead(threading_main_thread().bits, THREADING_INVALID_HANDLE);
    for (int i = 0; i < 100; i++) {
        /* Open or not: a latch that nobody waits for may go. */
        threading_latch latch = make(i % 3);
        CHECK_STATUS(threading_latch_destroy(latch), THREADING_OK);
        threading_latch heir = make(2);
        check_dead(latch.bits, THREADING_DESTROYED);
        CHECK_NUMBER(threading_latch_count(heir), 2);
        CHECK_STATUS(threading_latch_destroy(heir), THREADING_OK);
    }
}

CASE(busy_while_waited_on) {
    threading_latch latch = make(1);
    caller others[2];
    waiter_start(&others[0], latch, 0);
    waiter_start(&others[1], latch, 3);
    CHECK_STATUS(threading_latch_destroy(latch), THREADING_BUSY);
    CHECK_NUMBER(threading_latch_count(latch), 1);
    CHECK_STATUS(threading_latch_count_down(latch), THREADING_OK);
    /* Nobody waits any more: those who did are released, whatever becomes of it. */
    CHECK_STATUS(threading_latch_destroy(latch), THREADING_OK);
    for (int i = 0; i < 2; i++) {
        caller_end(&others[i], THREADING_OK);
    }
    check_dead(latch.bits, THREADING_DESTROYED);
}

/* The latch ends under the hands of the call that has opened it. */
CASE(who_was_released_may_destroy_it_at_once) {
    for (int round = 0; round < 2000; round++) {
        threading_latch latch = make(1);
        caller other;
        caller_start(&other, round % WORKER_KINDS, calls_count_down, latch.bits, 0);
        CHECK_STATUS(threading_latch_wait(latch), THREADING_OK);
        CHECK_STATUS(threading_latch_destroy(latch), THREADING_OK);
        threading_latch heir = make(1);
        caller_end(&other, THREADING_OK);
        CHECK_NUMBER(threading_latch_count(heir), 1);
        CHECK_STATUS(threading_latch_destroy(heir), THREADING_OK);
    }
}
