/* Periodic timers: when their runs are due, what ends them, and what they may do to themselves. For
 * timer_rearm see timer_rearm.c, for the end of the process timer_exit.c. */
#include "forked.h"
#include "gate.h"
#include "local_tools.h"
#include "timer_tools.h"

#include <float.h>
#include <math.h>

static threading_timer periodic_started(double first, double period, threading_target function,
                                        void *arg) {
    threading_timer timer = THREADING_NULL;
    CHECK_STATUS(threading_timer_new_periodic(first, period, function, arg, &timer), THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    return timer;
}

/* A function that counts, and is called again. */
static void *count_again(void *calls) {
    atomic_fetch_add((atomic_int *)calls, 1);
    return NULL;
}

static void cancel_and_finish(threading_timer timer) {
    CHECK(timer_cancelled(timer));
    timer_finish(timer);
}

CASE(it_calls_its_function_until_it_is_cancelled) {
    atomic_int calls = 0;
    void *result = &calls;
    threading_timer timer = periodic_started(0.001, 0.001, count_again, &calls);
    EVENTUALLY(atomic_load(&calls) >= 20);
    CHECK(timer_alive(timer));
    CHECK(timer_cancelled(timer));
    CHECK(!timer_cancelled(timer));
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    int last = atomic_load(&calls);
    CHECK_STATUS(threading_thread_result(threading_timer_thread(timer), &result), THREADING_OK);
    CHECK(result == NULL);
    CHECK_STATUS(threading_timer_start(timer), THREADING_ALREADY_STARTED);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    /* Others that were due later have run, and it has not. */
    timer_finish(timer_started(0.01, timer_count, &(atomic_int){0}));
    CHECK_NUMBER(atomic_load(&calls), last);
}

typedef struct times {
    double start, first, period;
    atomic_int runs, wrong;
    atomic_bool inside;
} times;

/* Run number n is not due before start + first + n * period, also if some were skipped. */
static void *note_run(void *arg) {
    times *it = arg;
    bool overlaps = atomic_exchange(&it->inside, true);
    double now = threading_monotonic();
    int run = atomic_fetch_add(&it->runs, 1);
    if (overlaps || now - it->start < it->first + run * it->period - 1e-9) {
        atomic_fetch_add(&it->wrong, 1);
    }
    if (run % 50 == 0) {
        /* Three periods are missed. */
        while (threading_monotonic() < now + 3 * it->period) {
        }
    }
    atomic_store(&it->inside, false);
    return NULL;
}

CASE(no_run_is_early_and_none_overlaps_another) {
    times it = {.first = 0.004, .period = 0.002};
    threading_timer timer = THREADING_NULL;
    CHECK_STATUS(threading_timer_new_periodic(it.first, it.period, note_run, &it, &timer),
                 THREADING_OK);
    it.start = threading_monotonic();
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    EVENTUALLY(atomic_load(&it.runs) >= 1000);
    cancel_and_finish(timer);
    CHECK_NUMBER(atomic_load(&it.wrong), 0);
}

static void *fill_its_periods(void *arg) {
    times *it = arg;
    atomic_fetch_add(&it->runs, 1);
    double end = threading_monotonic() + 5 * it->period;
    while (threading_monotonic() < end) {
    }
    return NULL;
}

CASE(runs_that_are_due_during_a_run_are_skipped) {
    times it = {.period = 0.002};
    it.start = threading_monotonic();
    threading_timer timer = periodic_started(it.period, it.period, fill_its_periods, &it);
    EVENTUALLY(atomic_load(&it.runs) >= 20);
    CHECK(timer_cancelled(timer));
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    /* Each took five periods, and there were no others. */
    double periods = (threading_monotonic() - it.start) / it.period;
    CHECK(atomic_load(&it.runs) * 5 <= periods);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
}

CASE(first_and_period_have_to_be_above_0_and_finite) {
    const double wrong[] = {0.0,       -0.0,     -1,
                            -INFINITY, INFINITY, NAN,
                            1e300,     DBL_MAX,  nextafter(THREADING_TIMEOUT_MAX, INFINITY)};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        threading_timer timer = {42};
        CHECK_STATUS(threading_timer_new_periodic(wrong[i], 1, timer_never, NULL, &timer),
                     THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_timer_new_periodic(1, wrong[i], timer_never, NULL, &timer),
                     THREADING_INVALID_ARGUMENT);
        CHECK(timer.bits == 42);
    }
    threading_timer timer = {42};
    CHECK_STATUS(threading_timer_new_periodic(1, 1, NULL, NULL, &timer),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_timer_new_periodic(1, 1, timer_never, NULL, NULL),
                 THREADING_INVALID_ARGUMENT);
    CHECK(timer.bits == 42);
}

CASE(the_shortest_and_the_longest_periods_are_legal) {
    atomic_int calls = 0;
    threading_timer quick = periodic_started(DBL_MIN, 1e-9, count_again, &calls);
    threading_timer slow =
        periodic_started(THREADING_TIMEOUT_MAX, THREADING_TIMEOUT_MAX, timer_never, NULL);
    threading_timer once = periodic_started(1e-9, THREADING_TIMEOUT_MAX, count_again, &calls);
    EVENTUALLY(atomic_load(&calls) >= 100);
    cancel_and_finish(quick);
    cancel_and_finish(slow);
    cancel_and_finish(once);
}

typedef struct itself {
    threading_timer timer;
    gate known;
    atomic_int calls;
    int last;
    threading_status (*act)(struct itself *me);
} itself;

static void *act_at_the_last(void *arg) {
    itself *me = arg;
    gate_pass(&me->known);
    if (atomic_fetch_add(&me->calls, 1) + 1 == me->last) {
        CHECK_STATUS(me->act(me), THREADING_OK);
    }
    CHECK(timer_alive(me->timer));
    return NULL;
}

static threading_status cancel_itself(itself *me) {
    CHECK(timer_cancelled(me->timer));
    CHECK(!timer_cancelled(me->timer));
    return THREADING_OK;
}

CASE(a_cancel_in_its_own_function_ends_it_after_this_run) {
    for (int last = 1; last <= 3; last++) {
        itself me = {.known = GATE_CLOSED, .last = last, .act = cancel_itself};
        me.timer = periodic_started(0.001, 0.001, act_at_the_last, &me);
        gate_open(&me.known);
        timer_finish(me.timer);
        CHECK_NUMBER(atomic_load(&me.calls), last);
    }
}

static threading_status cancel_and_destroy_itself(itself *me) {
    CHECK(timer_cancelled(me->timer));
    return threading_timer_destroy(me->timer);
}

CASE(a_function_may_cancel_and_destroy_its_own_timer) {
    itself me = {.known = GATE_CLOSED, .last = 3, .act = cancel_and_destroy_itself};
    me.timer = periodic_started(0.001, 0.001, act_at_the_last, &me);
    gate_open(&me.known);
    EVENTUALLY(THREADING_IS_NULL(threading_timer_thread(me.timer)));
    CHECK_NUMBER(atomic_load(&me.calls), 3);
    CHECK_NUMBER(threading_active_count(), 1);
}

static void *pass_and_go_on(void *door) {
    gate_pass(door);
    return NULL;
}

CASE(a_cancel_during_a_run_prevents_the_next_and_not_this_one) {
    gate door = GATE_CLOSED;
    threading_timer timer = periodic_started(0.001, 0.001, pass_and_go_on, &door);
    gate_await(&door, 1);
    CHECK(timer_cancelled(timer));
    CHECK(timer_alive(timer));
    CHECK_STATUS(threading_thread_join_timeout(threading_timer_thread(timer), 0),
                 THREADING_TIMEOUT);
    gate_open(&door);
    timer_finish(timer);
    CHECK_NUMBER(door.arrived, 1);
}

CASE(cancelled_before_its_start_it_ends_at_once) {
    threading_timer timer = THREADING_NULL;
    CHECK_STATUS(threading_timer_new_periodic(1, 1, timer_never, NULL, &timer), THREADING_OK);
    CHECK(timer_cancelled(timer));
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    CHECK(!timer_alive(timer));
    timer_finish(timer);
}

static void *return_at_the_third(void *calls) {
    return atomic_fetch_add((atomic_int *)calls, 1) == 2 ? calls : NULL;
}

static void *exit_at_the_third(void *calls) {
    if (atomic_fetch_add((atomic_int *)calls, 1) == 2) {
        threading_exit(calls);
    }
    return NULL;
}

static void *pthread_exit_at_the_third(void *calls) {
    if (atomic_fetch_add((atomic_int *)calls, 1) == 2) {
        pthread_exit(calls);
    }
    return NULL;
}

CASE(a_result_ends_it_however_it_comes) {
    static threading_target const functions[] = {return_at_the_third, exit_at_the_third,
                                                 pthread_exit_at_the_third};
    for (int i = 0; i < 3; i++) {
        atomic_int calls = 0;
        void *result = NULL;
        threading_timer timer = periodic_started(0.001, 0.001, functions[i], &calls);
        CHECK_STATUS(timer_join(timer), THREADING_OK);
        CHECK_STATUS(threading_thread_result(threading_timer_thread(timer), &result), THREADING_OK);
        CHECK(result == &calls);
        CHECK(!timer_cancelled(timer));
        timer_finish(timer);
        CHECK_NUMBER(atomic_load(&calls), 3);
    }
}

CASE(one_that_is_destroyed_goes_on_until_it_is_cancelled) {
    atomic_int calls = 0;
    threading_timer timer = periodic_started(0.001, 0.001, count_again, &calls);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    EVENTUALLY(atomic_load(&calls) >= 3);
    CHECK(timer_cancelled(timer));
    EVENTUALLY(THREADING_IS_NULL(threading_timer_thread(timer)));
    CHECK_STATUS(threading_timer_cancel(timer, NULL), THREADING_DESTROYED);
    CHECK_NUMBER(threading_active_count(), 1);
}

typedef struct identity {
    threading_local local;
    value kept[3];
    uint64_t ident[3];
    atomic_int calls;
} identity;

static void *keep_values(void *arg) {
    identity *me = arg;
    int run = atomic_load(&me->calls);
    me->ident[run] = threading_get_ident();
    CHECK_STRING(threading_current_name(), "heart");
    CHECK(threading_local_get(me->local) == NULL);
    CHECK_STATUS(threading_local_set(me->local, &me->kept[run]), THREADING_OK);
    CHECK(run == 0 || value_destroyed(&me->kept[run - 1]) == 1);
    return atomic_fetch_add(&me->calls, 1) == 2 ? arg : NULL;
}

CASE(all_runs_are_one_thread_with_locals_of_each_run) {
    static identity me;
    threading_timer timer = THREADING_NULL;
    me.local = local_of_values();
    CHECK_STATUS(threading_timer_new_periodic(0.001, 0.001, keep_values, &me, &timer),
                 THREADING_OK);
    threading_thread thread = threading_timer_thread(timer);
    CHECK_STATUS(threading_thread_set_name(thread, "heart"), THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    timer_finish(timer);
    CHECK_NUMBER(value_destroyed(&me.kept[2]), 1);
    CHECK(me.ident[0] == me.ident[1] && me.ident[1] == me.ident[2]);
    CHECK_STATUS(threading_local_destroy(me.local), THREADING_OK);
}

/* The library's thread that watches the clock ends when there is no timer for a second. */
CASE(a_run_longer_than_a_second_is_followed_by_the_next) {
    gate door = GATE_CLOSED;
    threading_timer timer = periodic_started(0.001, 0.001, pass_and_go_on, &door);
    gate_await(&door, 1);
    double start = threading_monotonic();
    while (threading_monotonic() < start + 1.3) {
        case_nap();
    }
    gate_open(&door);
    gate_await(&door, 3);
    cancel_and_finish(timer);
}

CASE(a_shutdown_waits_for_a_run_and_not_for_the_next) {
    atomic_int calls = 0;
    threading_timer far = periodic_started(TIMER_FAR, TIMER_FAR, timer_never, NULL);
    threading_timer quick = periodic_started(0.001, 0.001, count_again, &calls);
    EVENTUALLY(atomic_load(&calls) >= 3);
    CHECK_STATUS(threading_shutdown_timeout(CASE_SECONDS / 2), THREADING_OK);
    int last = atomic_load(&calls);
    CHECK_STATUS(timer_join(quick), THREADING_OK);
    CHECK_NUMBER(atomic_load(&calls), last);
    CHECK(timer_alive(far));
    CHECK(timer_cancelled(far));
    CHECK(!timer_alive(far));
}

CASE(a_shutdown_waits_for_a_run_that_has_begun) {
    gate door = GATE_CLOSED;
    threading_timer timer = periodic_started(0.001, 0.001, pass_and_go_on, &door);
    gate_await(&door, 1);
    CHECK_STATUS(threading_shutdown_timeout(0.05), THREADING_TIMEOUT);
    gate_open(&door);
    CHECK_STATUS(threading_shutdown_timeout(CASE_SECONDS / 2), THREADING_OK);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
}

static void *fork_in_a_run(void *arg) {
    itself *me = arg;
    gate_pass(&me->known);
    pid_t pid = forked();
    if (pid == 0) {
        bool rearmed = true;
        CHECK(!timer_cancelled(me->timer));
        CHECK_STATUS(threading_timer_rearm(me->timer, 1, &rearmed), THREADING_OK);
        CHECK(!rearmed);
        CHECK(THREADING_SAME(threading_main_thread(), threading_timer_thread(me->timer)));
        _exit(50);
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    return atomic_fetch_add(&me->calls, 1) == 2 ? arg : NULL;
}

CASE(in_a_forked_child_there_are_no_further_runs) {
    itself me = {.known = GATE_CLOSED};
    me.timer = periodic_started(0.001, 0.001, fork_in_a_run, &me);
    gate_open(&me.known);
    timer_finish(me.timer);
    CHECK_NUMBER(atomic_load(&me.calls), 3);
    threading_timer timer = periodic_started(TIMER_FAR, TIMER_FAR, timer_never, NULL);
    pid_t pid = forked();
    if (pid == 0) {
        bool rearmed = true;
        CHECK(!timer_alive(timer));
        CHECK_STATUS(threading_timer_rearm(timer, 0, &rearmed), THREADING_OK);
        CHECK(!rearmed);
        CHECK(timer_cancelled(timer));
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
        atomic_int calls = 0;
        threading_timer own = periodic_started(0.001, 0.001, count_again, &calls);
        EVENTUALLY(atomic_load(&calls) >= 3);
        cancel_and_finish(own);
        _exit(50);
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    cancel_and_finish(timer);
}
