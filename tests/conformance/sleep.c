/* threading_sleep and threading_monotonic: never early, the rules of every time-out, and
 * signals. */
#include "case.h"
#include "gate.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

static double system_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

CASE(a_sleep_is_never_early) {
    static const double durations[] = {1e-9, 1e-6, 0.0001, 0.001, 0.0123456789, 0.1};
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        double start = threading_monotonic();
        double system_start = system_clock();
        CHECK_STATUS(threading_sleep(durations[i]), THREADING_OK);
        CHECK_NOT_EARLY(start, durations[i]);
        /* By the system's clock as well; half a nanosecond is what a double of this size may have
         * lost. */
        CHECK(system_clock() - system_start >= durations[i] - 5e-10);
    }
}

CASE(zero_and_negative_return_at_once) {
    static const double durations[] = {0.0, -0.0, -1e-9, -1.0, -1e300, -INFINITY};
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        CHECK_STATUS(threading_sleep(durations[i]), THREADING_OK);
    }
}

CASE(nan_and_too_long_are_invalid) {
    CHECK_STATUS(threading_sleep(NAN), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_sleep(-NAN), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_sleep(nextafter(THREADING_TIMEOUT_MAX, INFINITY)),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_sleep(1e300), THREADING_INVALID_ARGUMENT);
}

CASE(the_longest_time_out_is_pythons) { CHECK(THREADING_TIMEOUT_MAX == 9223372036.0); }

CASE(the_smallest_number_is_a_sleep_too) {
    CHECK_STATUS(threading_sleep(4.9406564584124654e-324), THREADING_OK);
    CHECK_STATUS(threading_sleep(1e-300), THREADING_OK);
}

typedef struct sleeper {
    double seconds;
    gate begun;
    atomic_int status;
    pthread_t self;
} sleeper;

static void *sleep_in_thread(void *arg) {
    sleeper *it = arg;
    it->self = pthread_self();
    gate_open(&it->begun);
    atomic_store(&it->status, threading_sleep(it->seconds));
    return NULL;
}

CASE(infinity_and_the_maximum_sleep_on) {
    static sleeper sleepers[2] = {{INFINITY, GATE_CLOSED, 99, 0},
                                  {THREADING_TIMEOUT_MAX, GATE_CLOSED, 99, 0}};
    threading_thread threads[2];
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(
            threading_thread_spawn_daemon("sleeper", sleep_in_thread, &sleepers[i], &threads[i]),
            THREADING_OK);
        gate_pass(&sleepers[i].begun);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(threading_thread_join_timeout(threads[i], 0.05), THREADING_TIMEOUT);
        CHECK_NUMBER(atomic_load(&sleepers[i].status), 99);
    }
}

static atomic_int signals;

static void count_signal(int signal) {
    (void)signal;
    atomic_fetch_add(&signals, 1);
}

/* Were the whole time begun anew after each signal, this sleep would never end, since the signals
 * come until it does. */
CASE(signals_neither_end_a_sleep_nor_begin_it_anew) {
    static const int flags[] = {0, SA_RESTART};
    for (int i = 0; i < 2; i++) {
        struct sigaction action = {0};
        action.sa_handler = count_signal;
        action.sa_flags = flags[i];
        CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
        sleeper it = {0.3, GATE_CLOSED, 99, 0};
        threading_thread thread;
        atomic_store(&signals, 0);
        double start = threading_monotonic();
        CHECK_STATUS(threading_thread_spawn("sleeper", sleep_in_thread, &it, &thread),
                     THREADING_OK);
        gate_pass(&it.begun);
        do {
            pthread_kill(it.self, SIGUSR1);
        } while (threading_thread_join_timeout(thread, 0.002) == THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, 0.3);
        CHECK_STATUS(atomic_load(&it.status), THREADING_OK);
        CHECK(atomic_load(&signals) >= 1);
        CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
    }
}

static void *sleep_with_cancel_pending(void *arg) {
    atomic_int *reached = arg;
    double start = threading_monotonic();
    pthread_cancel(pthread_self());
    CHECK_STATUS(threading_sleep(0.02), THREADING_OK);
    CHECK_NOT_EARLY(start, 0.02);
    atomic_store(reached, 1);
    pthread_testcancel();
    atomic_store(reached, 2);
    return NULL;
}

CASE(a_sleep_is_not_a_cancellation_point) {
    atomic_int reached = 0;
    void *result = NULL;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn("cancelled", sleep_with_cancel_pending, &reached, &thread),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK_NUMBER(atomic_load(&reached), 1);
    CHECK(result == PTHREAD_CANCELED);
}

CASE(a_sleep_keeps_errno) {
    errno = 4242;
    CHECK_STATUS(threading_sleep(0.001), THREADING_OK);
    CHECK_STATUS(threading_sleep(NAN), THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(errno, 4242);
}

static void *watch_clock(void *arg) {
    gate_pass(arg);
    double before = threading_monotonic();
    for (int i = 0; i < 200000; i++) {
        double now = threading_monotonic();
        CHECK(now >= before);
        before = now;
    }
    return NULL;
}

CASE(the_clock_never_goes_back) {
    gate door = GATE_CLOSED;
    threading_thread threads[4];
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, watch_clock, &door, &threads[i]), THREADING_OK);
    }
    gate_open(&door);
    for (int i = 0; i < 4; i++) {
        double before = threading_monotonic();
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
        CHECK(threading_monotonic() >= before);
    }
}

CASE(the_clock_advances_in_seconds) {
    struct timespec moment = {0, 50000000};
    double system_start = system_clock(), start = threading_monotonic();
    CHECK(isfinite(start));
    while (nanosleep(&moment, &moment) != 0) { /* not to synchronise: the clock is measured */
    }
    double end = threading_monotonic(), system_end = system_clock();
    CHECK(end - start >= 0.05);
    /* The system's two readings enclose the library's; a millisecond is left for a clock that is
     * not slewed. */
    CHECK(end - start <= system_end - system_start + 0.001);
}
