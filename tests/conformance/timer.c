/* A timer's life: made, started, fired or cancelled, destroyed. For its thread see timer_thread.c,
 * for many of them timer_crowd.c, for what their functions may do timer_function.c, for the end of
 * the process timer_exit.c. */
#include "gate.h"
#include "timer_tools.h"

#include <errno.h>
#include <float.h>
#include <math.h>

/* TimerTests.test_init_immutable_default_args */
CASE(a_timer_calls_its_function_once_with_its_argument) {
    atomic_int first = 0, second = 0;
    void *result = NULL;
    threading_timer a = timer_started(0.01, timer_count, &first);
    threading_timer b = timer_started(0.01, timer_count, &second);
    CHECK_STATUS(timer_join(a), THREADING_OK);
    CHECK_STATUS(timer_join(b), THREADING_OK);
    CHECK_NUMBER(atomic_load(&first), 1);
    CHECK_NUMBER(atomic_load(&second), 1);
    CHECK_STATUS(threading_thread_result(threading_timer_thread(a), &result), THREADING_OK);
    CHECK(result == &first);
    timer_finish(a);
    timer_finish(b);
    CHECK_NUMBER(atomic_load(&first), 1);
    CHECK_NUMBER(atomic_load(&second), 1);
}

static void *note_time(void *when) {
    *(double *)when = threading_monotonic();
    return when;
}

CASE(a_function_is_never_called_early) {
    static const double intervals[] = {1e-9,   1e-6, 0.000128, 0.0001281, 0.001, 0.0015,
                                       0.0082, 0.01, 0.05,     0.3,       0.55};
    enum { INTERVALS = sizeof intervals / sizeof intervals[0], ROUNDS = 20 };
    for (int round = 0; round < ROUNDS; round++) {
        double start[INTERVALS], fired[INTERVALS];
        threading_timer timers[INTERVALS];
        int count = round == 0 ? INTERVALS : INTERVALS - 2;
        for (int i = 0; i < count; i++) {
            timers[i] = timer_new(intervals[i], note_time, &fired[i]);
            start[i] = threading_monotonic();
            CHECK_STATUS(threading_timer_start(timers[i]), THREADING_OK);
        }
        for (int i = 0; i < count; i++) {
            timer_finish(timers[i]);
            CHECK(fired[i] - start[i] >= intervals[i]);
        }
    }
}

CASE(the_interval_counts_from_the_start) {
    double fired = 0;
    threading_timer timer = timer_new(0.1, note_time, &fired);
    double made = threading_monotonic();
    while (threading_monotonic() < made + 0.12) {
        case_nap();
    }
    CHECK(!timer_alive(timer));
    double start = threading_monotonic();
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    timer_finish(timer);
    CHECK(fired - start >= 0.1);
}

CASE(an_interval_of_nothing_or_less_calls_at_once) {
    static const double intervals[] = {0.0,  -0.0,   DBL_MIN,  1e-300,   -1e-9,
                                       -1.0, -1e300, -DBL_MAX, -INFINITY};
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        atomic_int calls = 0;
        timer_finish(timer_started(intervals[i], timer_count, &calls));
        CHECK_NUMBER(atomic_load(&calls), 1);
    }
}

CASE(no_time_at_all_and_too_long_are_invalid) {
    const double intervals[] = {NAN,   -NAN,    INFINITY,
                                1e300, DBL_MAX, nextafter(THREADING_TIMEOUT_MAX, INFINITY)};
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        threading_timer timer = {42};
        CHECK_STATUS(threading_timer_new(intervals[i], timer_never, NULL, &timer),
                     THREADING_INVALID_ARGUMENT);
        CHECK(timer.bits == 42);
    }
}

CASE(no_function_and_no_place_are_invalid) {
    threading_timer timer = {42};
    CHECK_STATUS(threading_timer_new(1, NULL, NULL, &timer), THREADING_INVALID_ARGUMENT);
    CHECK(timer.bits == 42);
    CHECK_STATUS(threading_timer_new(1, timer_never, NULL, NULL), THREADING_INVALID_ARGUMENT);
}

/* Each lies in another part of whatever keeps the pending ones in order; the one that is due is not
 * to be lost among them. */
CASE(long_intervals_are_waited_and_do_not_hide_short_ones) {
    static const double intervals[] = {
        THREADING_TIMEOUT_MAX, 1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100};
    enum { LONG = sizeof intervals / sizeof intervals[0] };
    threading_timer timers[LONG];
    for (int i = 0; i < LONG; i++) {
        atomic_int calls = 0;
        timers[i] = timer_started(intervals[i], timer_never, NULL);
        timer_finish(timer_started(0.02, timer_count, &calls));
        CHECK_NUMBER(atomic_load(&calls), 1);
    }
    for (int i = 0; i < LONG; i++) {
        atomic_int calls = 0;
        CHECK(timer_alive(timers[i]));
        CHECK(timer_cancelled(timers[i]));
        CHECK(!timer_alive(timers[i]));
        timer_finish(timers[i]);
        timer_finish(timer_started(0.01, timer_count, &calls));
        CHECK_NUMBER(atomic_load(&calls), 1);
    }
}

CASE(a_cancelled_timer_has_ended_and_its_function_is_not_called) {
    void *result = &result;
    threading_timer timer = timer_started(0.05, timer_never, NULL);
    threading_thread thread = threading_timer_thread(timer);
    CHECK(timer_cancelled(timer));
    CHECK(!threading_thread_is_alive(thread));
    CHECK(!thread_is_listed(thread));
    CHECK_STATUS(threading_thread_join_timeout(thread, 0), THREADING_OK);
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_OK);
    CHECK(result == NULL);
    CHECK(!timer_cancelled(timer));
    CHECK_STATUS(threading_timer_start(timer), THREADING_ALREADY_STARTED);
    /* Others that were due later have been called, and it was not. */
    atomic_int calls = 0;
    timer_finish(timer_started(0.06, timer_count, &calls));
    CHECK_NUMBER(atomic_load(&calls), 1);
    timer_finish(timer);
}

CASE(a_cancel_need_not_ask_whether_it_prevented) {
    threading_timer timer = timer_started(TIMER_FAR, timer_never, NULL);
    CHECK_STATUS(threading_timer_cancel(timer, NULL), THREADING_OK);
    CHECK_STATUS(threading_timer_cancel(timer, NULL), THREADING_OK);
    timer_finish(timer);
}

CASE(a_cancel_after_the_call_prevented_nothing) {
    atomic_int calls = 0;
    threading_timer timer = timer_started(0, timer_count, &calls);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    CHECK(!timer_cancelled(timer));
    CHECK_NUMBER(atomic_load(&calls), 1);
    timer_finish(timer);
}

CASE(a_cancel_during_the_call_does_not_disturb_it) {
    gate door = GATE_CLOSED;
    void *result = NULL;
    threading_timer timer = timer_started(0, gate_passenger, &door);
    gate_await(&door, 1);
    CHECK(!timer_cancelled(timer));
    CHECK(timer_alive(timer));
    gate_open(&door);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    CHECK_STATUS(threading_thread_result(threading_timer_thread(timer), &result), THREADING_OK);
    CHECK(result == &door);
    timer_finish(timer);
}

typedef struct itself {
    threading_timer timer;
    gate known;
    atomic_bool done;
} itself;

static void *cancel_itself(void *arg) {
    itself *me = arg;
    gate_pass(&me->known);
    CHECK(!timer_cancelled(me->timer));
    CHECK(timer_alive(me->timer));
    CHECK_STATUS(threading_timer_start(me->timer), THREADING_ALREADY_STARTED);
    atomic_store(&me->done, true);
    return arg;
}

CASE(a_cancel_in_its_own_function_prevented_nothing) {
    itself me = {THREADING_NULL, GATE_CLOSED, false};
    me.timer = timer_started(0, cancel_itself, &me);
    gate_open(&me.known);
    timer_finish(me.timer);
    CHECK(atomic_load(&me.done));
}

/* CPython's Timer starts its thread, which finds it cancelled and ends. */
CASE(cancelled_before_its_start_it_ends_at_once) {
    threading_timer timer = timer_new(TIMER_FAR, timer_never, NULL);
    threading_thread thread = threading_timer_thread(timer);
    CHECK(timer_cancelled(timer));
    CHECK(!timer_cancelled(timer));
    CHECK(!threading_thread_is_alive(thread));
    CHECK_STATUS(threading_thread_join(thread), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    CHECK(!threading_thread_is_alive(thread));
    CHECK_STATUS(threading_thread_join_timeout(thread, 0), THREADING_OK);
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_STATUS(threading_timer_start(timer), THREADING_ALREADY_STARTED);
    CHECK(!timer_cancelled(timer));
    timer_finish(timer);
    CHECK_STATUS(threading_shutdown_timeout(0), THREADING_OK);
}

CASE(a_timer_starts_once) {
    gate door = GATE_CLOSED;
    threading_timer timer = timer_started(0.02, gate_passenger, &door);
    CHECK_STATUS(threading_timer_start(timer), THREADING_ALREADY_STARTED);
    gate_await(&door, 1);
    CHECK_STATUS(threading_timer_start(timer), THREADING_ALREADY_STARTED);
    gate_open(&door);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_ALREADY_STARTED);
    CHECK_NUMBER(door.arrived, 1);
    timer_finish(timer);
}

CASE(starting_its_thread_starts_the_timer) {
    atomic_int calls = 0;
    double start = threading_monotonic();
    threading_timer timer = timer_new(0.05, timer_count, &calls);
    threading_thread thread = threading_timer_thread(timer);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_ALREADY_STARTED);
    CHECK_STATUS(threading_timer_start(timer), THREADING_ALREADY_STARTED);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    CHECK_NOT_EARLY(start, 0.05);
    CHECK_NUMBER(atomic_load(&calls), 1);
    CHECK_STATUS(threading_thread_start(thread), THREADING_ALREADY_STARTED);
    timer_finish(timer);
    timer = timer_started(TIMER_FAR, timer_never, NULL);
    CHECK_STATUS(threading_thread_start(threading_timer_thread(timer)), THREADING_ALREADY_STARTED);
    CHECK(timer_cancelled(timer));
    timer_finish(timer);
}

static void check_destroyed(threading_timer timer, threading_thread thread) {
    bool prevented = true;
    CHECK_STATUS(threading_timer_start(timer), THREADING_DESTROYED);
    CHECK_STATUS(threading_timer_cancel(timer, &prevented), THREADING_DESTROYED);
    CHECK(prevented);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_DESTROYED);
    CHECK(THREADING_IS_NULL(threading_timer_thread(timer)));
    CHECK_STATUS(threading_thread_join_timeout(thread, 0), THREADING_DESTROYED);
    CHECK_STATUS(threading_thread_start(thread), THREADING_DESTROYED);
    CHECK(!threading_thread_is_alive(thread));
}

CASE(a_timer_that_does_not_wait_is_destroyed_at_once) {
    for (int which = 0; which < 4; which++) {
        atomic_int calls = 0;
        threading_timer timer = timer_new(0.001, timer_count, &calls);
        threading_thread thread = threading_timer_thread(timer);
        if (which == 1 || which == 2) {
            CHECK(timer_cancelled(timer));
        }
        if (which >= 2) {
            CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
            CHECK_STATUS(timer_join(timer), THREADING_OK);
        }
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
        check_destroyed(timer, thread);
        CHECK_NUMBER(atomic_load(&calls), which == 3);
    }
}

CASE(a_pending_timer_that_is_destroyed_fires_and_is_valid_until_its_end) {
    gate door = GATE_CLOSED;
    threading_timer timer = timer_started(0.05, gate_passenger, &door);
    threading_thread thread = threading_timer_thread(timer);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    CHECK(timer_alive(timer));
    CHECK(thread_is_listed(thread));
    CHECK_STATUS(threading_timer_start(timer), THREADING_ALREADY_STARTED);
    gate_await(&door, 1);
    CHECK(THREADING_SAME(threading_timer_thread(timer), thread));
    CHECK(threading_thread_is_alive(thread));
    CHECK(!timer_cancelled(timer));
    CHECK_STATUS(threading_thread_join_timeout(thread, 0), THREADING_TIMEOUT);
    gate_open(&door);
    /* Its end may come before the join or in it. */
    threading_status status = threading_thread_join(thread);
    CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
    EVENTUALLY(THREADING_IS_NULL(threading_timer_thread(timer)));
    check_destroyed(timer, thread);
}

CASE(a_pending_timer_that_is_destroyed_can_still_be_cancelled) {
    threading_timer timer = timer_started(TIMER_FAR, timer_never, NULL);
    threading_thread thread = threading_timer_thread(timer);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    CHECK(timer_cancelled(timer));
    check_destroyed(timer, thread);
    CHECK_NUMBER(threading_active_count(), 1);
}

CASE(null_and_foreign_handles_are_refused) {
    threading_timer null = THREADING_NULL, made_up = {0x123456789abcdefULL},
                    out = timer_new(1, timer_never, NULL);
    threading_timer as_thread = {threading_timer_thread(out).bits},
                    main_as_timer = {threading_main_thread().bits};
    threading_timer wrong[] = {null, made_up, as_thread, main_as_timer};
    CHECK_STATUS(threading_timer_destroy(null), THREADING_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        bool prevented = true;
        CHECK_STATUS(threading_timer_start(wrong[i]), THREADING_INVALID_HANDLE);
        CHECK_STATUS(threading_timer_cancel(wrong[i], &prevented), THREADING_INVALID_HANDLE);
        CHECK(prevented);
        CHECK(THREADING_IS_NULL(threading_timer_thread(wrong[i])));
        if (i != 0) {
            CHECK_STATUS(threading_timer_destroy(wrong[i]), THREADING_INVALID_HANDLE);
        }
    }
    /* Nor does a thread that is no timer's pass for one. */
    threading_thread thread;
    CHECK_STATUS(threading_thread_new(NULL, timer_never, NULL, &thread), THREADING_OK);
    uint64_t kind = out.bits ^ threading_timer_thread(out).bits;
    CHECK_STATUS(threading_timer_start((threading_timer){thread.bits ^ kind}),
                 THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_thread_join((threading_thread){out.bits}), THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_timer_destroy(out), THREADING_OK);
}

CASE(timers_leave_errno_alone) {
    atomic_int calls = 0;
    errno = 4711;
    threading_timer timer = timer_started(0.001, timer_count, &calls);
    threading_timer other = timer_started(TIMER_FAR, timer_never, NULL);
    CHECK(timer_cancelled(other));
    timer_finish(other);
    timer_finish(timer);
    CHECK_NUMBER(errno, 4711);
}
