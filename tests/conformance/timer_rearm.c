/* Re-arming: the next run of a timer is moved, or it is too late for that. */
#include "gate.h"
#include "timer_tools.h"

#include <float.h>
#include <math.h>

static bool timer_rearmed(threading_timer timer, double interval) {
    bool rearmed = false;
    CHECK_STATUS(threading_timer_rearm(timer, interval, &rearmed), THREADING_OK);
    return rearmed;
}

static void *note_time(void *when) {
    *(double *)when = threading_monotonic();
    return when;
}

CASE(a_pending_timer_is_due_so_long_after_the_rearm) {
    static const double intervals[] = {1e-9, 0.0001, 0.001, 0.02, 0.3};
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        double fired = 0;
        threading_timer timer = timer_started(TIMER_FAR, note_time, &fired);
        double start = threading_monotonic();
        CHECK(timer_rearmed(timer, intervals[i]));
        timer_finish(timer);
        CHECK(fired - start >= intervals[i]);
    }
}

CASE(an_interval_of_nothing_or_less_is_due_at_once) {
    static const double intervals[] = {0.0, -0.0, -1, -DBL_MAX, -INFINITY};
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        atomic_int calls = 0;
        threading_timer timer = timer_started(TIMER_FAR, timer_count, &calls);
        CHECK_STATUS(threading_timer_rearm(timer, intervals[i], NULL), THREADING_OK);
        timer_finish(timer);
        CHECK_NUMBER(atomic_load(&calls), 1);
    }
}

/* A watchdog: it is moved on and on, and barks once when that ends. */
CASE(a_timer_that_is_rearmed_in_time_does_not_fire) {
    double barked = 0, last = 0;
    threading_timer dog = timer_started(TIMER_FAR, note_time, &barked);
    for (int i = 0; i < 10000; i++) {
        last = threading_monotonic();
        CHECK(timer_rearmed(dog, i == 9999 ? 0.05 : TIMER_FAR - i % 1000));
    }
    timer_finish(dog);
    CHECK(barked - last >= 0.05);
}

CASE(others_are_as_due_as_before) {
    enum { TIMERS = 200 };
    static threading_timer timers[TIMERS];
    atomic_int calls = 0;
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = timer_started(TIMER_FAR + i % 7, i % 3 ? timer_never : timer_count, &calls);
    }
    for (int i = 0; i < TIMERS; i++) {
        CHECK(timer_rearmed(timers[i], i % 3 ? 2 * TIMER_FAR : 0.001 * (i % 5)));
    }
    for (int i = 0; i < TIMERS; i++) {
        CHECK(i % 3 == 0 || timer_cancelled(timers[i]));
        timer_finish(timers[i]);
    }
    CHECK_NUMBER(atomic_load(&calls), (TIMERS + 2) / 3);
}

CASE(it_is_too_late_once_the_function_has_begun) {
    gate door = GATE_CLOSED;
    threading_timer timer = timer_started(0, gate_passenger, &door);
    gate_await(&door, 1);
    CHECK(!timer_rearmed(timer, 0));
    gate_open(&door);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    CHECK(!timer_rearmed(timer, 0));
    CHECK(!timer_alive(timer));
    timer_finish(timer);
    CHECK_NUMBER(door.arrived, 1);
}

CASE(it_is_too_late_after_a_cancel) {
    threading_timer timer = timer_started(TIMER_FAR, timer_never, NULL);
    CHECK(timer_cancelled(timer));
    CHECK(!timer_rearmed(timer, 0));
    CHECK(!timer_alive(timer));
    timer_finish(timer);
}

CASE(a_timer_that_was_not_started_is_refused) {
    bool rearmed = true;
    threading_timer timer = timer_new(TIMER_FAR, timer_never, NULL);
    CHECK_STATUS(threading_timer_rearm(timer, 0, &rearmed), THREADING_NOT_STARTED);
    CHECK(timer_cancelled(timer));
    CHECK_STATUS(threading_timer_rearm(timer, 0, &rearmed), THREADING_NOT_STARTED);
    CHECK(rearmed);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    CHECK_STATUS(threading_timer_rearm(timer, 0, &rearmed), THREADING_DESTROYED);
    CHECK(rearmed);
}

CASE(no_time_at_all_and_too_long_are_invalid) {
    const double intervals[] = {NAN, INFINITY, 1e300, nextafter(THREADING_TIMEOUT_MAX, INFINITY)};
    threading_timer timer = timer_started(TIMER_FAR, timer_never, NULL);
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        bool rearmed = true;
        CHECK_STATUS(threading_timer_rearm(timer, intervals[i], &rearmed),
                     THREADING_INVALID_ARGUMENT);
        CHECK(rearmed);
    }
    CHECK(timer_rearmed(timer, THREADING_TIMEOUT_MAX));
    CHECK(timer_cancelled(timer));
    timer_finish(timer);
    threading_timer null = THREADING_NULL;
    CHECK_STATUS(threading_timer_rearm(null, 1, NULL), THREADING_INVALID_HANDLE);
}

typedef struct metronome {
    threading_timer timer;
    gate known;
    double asked, times[4];
    int runs;
} metronome;

/* The first run asks for the second after 50 ms, and then it goes on by its period. */
static void *rearm_itself(void *arg) {
    metronome *me = arg;
    gate_pass(&me->known);
    me->times[me->runs] = threading_monotonic();
    if (me->runs == 0) {
        me->asked = threading_monotonic();
        CHECK(timer_rearmed(me->timer, 0.05));
    }
    return ++me->runs == 4 ? arg : NULL;
}

CASE(a_periodic_timer_moves_its_next_run_and_goes_on_by_its_period) {
    metronome me = {.known = GATE_CLOSED};
    CHECK_STATUS(threading_timer_new_periodic(0.001, 0.01, rearm_itself, &me, &me.timer),
                 THREADING_OK);
    CHECK_STATUS(threading_timer_start(me.timer), THREADING_OK);
    gate_open(&me.known);
    timer_finish(me.timer);
    for (int i = 1; i < 4; i++) {
        CHECK(me.times[i] - me.asked >= 0.05 + (i - 1) * 0.01);
    }
}

static void *run_again(void *runs) {
    atomic_fetch_add((atomic_int *)runs, 1);
    return NULL;
}

CASE(a_pending_periodic_timer_is_moved_from_outside) {
    atomic_int runs = 0;
    threading_timer timer;
    CHECK_STATUS(threading_timer_new_periodic(TIMER_FAR, TIMER_FAR, run_again, &runs, &timer),
                 THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    for (int i = 1; i <= 20; i++) {
        EVENTUALLY(timer_rearmed(timer, 0) && atomic_load(&runs) >= i);
    }
    CHECK(timer_cancelled(timer));
    CHECK(!timer_rearmed(timer, 0));
    timer_finish(timer);
}

/* ---- against firing and cancelling ---- */

enum { ROUNDS = 20000, THREADS = 3 };
static threading_timer racing[ROUNDS];
static atomic_int current, fired[ROUNDS], stopped;

static void *fire(void *arg) {
    atomic_fetch_add((atomic_int *)arg, 1);
    return arg;
}

static void *rearm_the_current(void *arg) {
    while (!atomic_load(&stopped)) {
        int round = atomic_load(&current);
        bool rearmed;
        threading_status status = threading_timer_rearm(racing[round], 0.0001, &rearmed);
        CHECK(status == THREADING_OK || status == THREADING_NOT_STARTED);
    }
    return arg;
}

CASE(a_rearm_that_meets_firing_and_cancelling_loses_no_run_and_doubles_none) {
    threading_thread threads[THREADS];
    int prevented = 0;
    for (int i = 0; i < ROUNDS; i++) {
        racing[i] = timer_new(0, fire, &fired[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, rearm_the_current, NULL, &threads[i]),
                     THREADING_OK);
    }
    for (int i = 0; i < ROUNDS; i++) {
        atomic_store(&current, i);
        CHECK_STATUS(threading_timer_start(racing[i]), THREADING_OK);
        CHECK(!timer_rearmed(racing[i], 0) || true);
        if (i % 2 && timer_cancelled(racing[i])) {
            prevented++;
            atomic_fetch_add(&fired[i], 1);
        }
    }
    atomic_store(&stopped, 1);
    for (int i = 0; i < THREADS; i++) {
        CHECK_STATUS(threading_thread_join(threads[i]), THREADING_OK);
        CHECK_STATUS(threading_thread_destroy(threads[i]), THREADING_OK);
    }
    for (int i = 0; i < ROUNDS; i++) {
        timer_finish(racing[i]);
        CHECK_NUMBER(atomic_load(&fired[i]), 1);
    }
    CHECK(prevented > 0);
}
