/* Times at the ends of what can be said: waits and timers that would take centuries, and moments
 * past the end of all moments. */
#include "waits.h"

#include <float.h>
#include <math.h>

static const double longest[] = {THREADING_TIMEOUT_MAX, 1e9, 4e9};
static const double shortest[] = {-INFINITY, -DBL_MAX, -1,      -DBL_MIN, -0.0,
                                  0.0,       4.9e-324, DBL_MIN, 1e-10};

static void *never_called(void *arg) {
    CHECK(!"a timer of centuries has fired");
    return arg;
}

CASE(timers_of_centuries_wait_and_are_cancelled) {
    for (size_t i = 0; i < sizeof longest / sizeof longest[0]; i++) {
        threading_timer timer;
        bool prevented = false;
        CHECK_STATUS(threading_timer_new(longest[i], never_called, NULL, &timer), THREADING_OK);
        CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
        CHECK_STATUS(threading_thread_join_timeout(threading_timer_thread(timer), 0.01),
                     THREADING_TIMEOUT);
        CHECK_STATUS(threading_timer_cancel(timer, &prevented), THREADING_OK);
        CHECK(prevented);
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    }
}

static void *called(void *arg) {
    atomic_fetch_add((atomic_int *)arg, 1);
    return arg;
}

CASE(timers_without_time_to_wait_fire_at_once) {
    atomic_int calls = 0;
    int made = 0;
    for (size_t i = 0; i < sizeof shortest / sizeof shortest[0]; i++, made++) {
        threading_timer timer;
        CHECK_STATUS(threading_timer_new(shortest[i], called, &calls, &timer), THREADING_OK);
        CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
        CHECK_STATUS(threading_thread_join(threading_timer_thread(timer)), THREADING_OK);
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    }
    CHECK_NUMBER(atomic_load(&calls), made);
}

CASE(every_wait_answers_times_at_the_ends_of_the_scale) {
    waits_begin();
    for (int i = 0; i < ALL_WAITS; i++) {
        for (size_t j = 0; j < sizeof shortest / sizeof shortest[0]; j++) {
            CHECK_STATUS(wait_within(i, shortest[j]), THREADING_TIMEOUT);
        }
        CHECK_STATUS(wait_within(i, NAN), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(wait_within(i, nextafter(THREADING_TIMEOUT_MAX, INFINITY)),
                     THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(wait_within(i, DBL_MAX), THREADING_INVALID_ARGUMENT);
    }
    waits_end();
}

/* The deadline lies beyond every moment that the clock can show: the wait ends when what it waits
 * for comes. */
CASE(a_wait_of_centuries_ends_when_what_it_waits_for_comes) {
    for (int kind = 0; kind < WAIT_KINDS; kind++) {
        for (size_t i = 0; i < sizeof longest / sizeof longest[0]; i++) {
            scene at;
            caller patient;
            scene_open(&at, &wait_kinds[kind]);
            caller_start_asleep(&patient, i % WORKER_KINDS, calls_scene, scene_bits(&at),
                                longest[i]);
            at.kind->comes(at.bits);
            caller_end(&patient, THREADING_OK);
            scene_close(&at);
        }
    }
}
