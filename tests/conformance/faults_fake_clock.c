/* A program in which clock_gettime is another than the kernel's, as under libfaketime: waits and
 * timers last as long as they say by the clock of the kernel and of threading_monotonic, whatever
 * the other clock does meanwhile. */
#include "timer_tools.h"
#include "waits.h"

#include <time.h>

/* What the replaced clock makes of the kernel's: it begins elsewhere, and runs faster or slower, or
 * stands. */
static double offset, rate = 1;
static atomic_int asked;

static double kernels(clockid_t clock) {
    struct timespec time;
    long call = SYS_clock_gettime;
#ifdef SYS_clock_gettime64
    call = sizeof time.tv_sec > sizeof(long) ? SYS_clock_gettime64 : call;
#endif
    CHECK_NUMBER(syscall(call, clock, &time), 0);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double begun;

/* Takes the place of the C library's, for the shared library too. */
int clock_gettime(clockid_t clock, struct timespec *time) {
    double now = kernels(clock);
    now = begun + (now - begun) * rate + offset;
    time->tv_sec = (time_t)now - (now < 0); /* down, also below 0 */
    time->tv_nsec = (long)((now - (double)time->tv_sec) * 1e9);
    atomic_fetch_add(&asked, 1);
    return 0;
}

static void not_early(double start, double least) {
    CHECK(kernels(CLOCK_MONOTONIC) - start >= least);
}

static void waits_last(void) {
    const double SECONDS = 0.05;
    begun = kernels(CLOCK_MONOTONIC);
    waits_begin();
    double used = kernels(CLOCK_PROCESS_CPUTIME_ID), start = begun;
    for (int i = 0; i < ALL_WAITS; i++) {
        start = kernels(CLOCK_MONOTONIC);
        double by_ours = threading_monotonic();
        CHECK_STATUS(wait_within(i, SECONDS), THREADING_TIMEOUT);
        not_early(start, SECONDS);
        CHECK_NOT_EARLY(by_ours, SECONDS);
    }
    atomic_int calls = 0;
    start = kernels(CLOCK_MONOTONIC);
    timer_finish(timer_started(SECONDS, timer_count, &calls));
    not_early(start, SECONDS);
    CHECK_NUMBER(atomic_load(&calls), 1);
    used = kernels(CLOCK_PROCESS_CPUTIME_ID) - used;
    CHECK(used < (kernels(CLOCK_MONOTONIC) - begun) / 2);
    waits_end();
    /* The replaced clock is there. */
    struct timespec time;
    int before = atomic_load(&asked);
    CHECK_NUMBER(clock_gettime(CLOCK_MONOTONIC, &time), 0);
    CHECK(atomic_load(&asked) > before);
}

CASE(waits_last_where_the_replaced_clock_is_years_ahead) {
    offset = 1e8;
    waits_last();
}

CASE(waits_last_where_the_replaced_clock_is_years_behind) {
    offset = -1e8;
    waits_last();
}

CASE(waits_last_where_the_replaced_clock_runs_a_hundred_times_faster) {
    rate = 100;
    waits_last();
}

CASE(waits_last_where_the_replaced_clock_runs_a_hundred_times_slower) {
    rate = 0.01;
    waits_last();
}

CASE(waits_last_where_the_replaced_clock_stands) {
    rate = 0;
    waits_last();
}

CASE(waits_last_where_the_replaced_clock_runs_backwards) {
    rate = -1;
    waits_last();
}
