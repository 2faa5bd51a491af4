/* How late the functions of timers are called, beside a thread that sleeps until the same times. */
#include <getopt.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"
#include "random.h"
#include "threading.h"

/* Seconds: the first is due when all have been started. */
static const double LEAD = 0.05;

struct due {
    uint64_t due;
    double late;        /* microseconds; below 0 would be early */
};

static threading_timer *timers;
static double *intervals;
static struct due *dues;
static atomic_size_t called;

static void *note(void *arg)
{
    struct due *due = arg;
    due->late = ((double)bench_now() - (double)due->due) / 1e3;
    atomic_fetch_add(&called, 1);
    return NULL;
}

static size_t print_lateness(const char *name, size_t count)
{
    double *late = bench_allocate(count, sizeof *late);
    size_t early = 0;
    for (size_t i = 0; i < count; i++) {
        late[i] = dues[i].late;
        early += late[i] < 0;
    }
    printf("%-16s", name);
    static const double parts[] = {0, 0.5, 0.9, 0.99, 0.999, 1};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        printf("  %8.0f", bench_quantile(late, count, parts[i]));
    printf("  %6zu\n", early);
    free(late);
    return early;
}

static size_t timers_lateness(size_t count, double spread)
{
    atomic_store(&called, 0);
    uint64_t state = 362436069;
    for (size_t i = 0; i < count; i++)
        intervals[i] = random_between(&state, LEAD, LEAD + spread);
    for (size_t i = 0; i < count; i++)
        THREADING_CHECK(threading_timer_new(intervals[i], note, &dues[i], &timers[i]));
    for (size_t i = 0; i < count; i++) {
        /* Read before the start, so what is early by this is early by any reckoning. */
        dues[i].due = bench_now() + (uint64_t)(intervals[i] * 1e9);
        THREADING_CHECK(threading_timer_start(timers[i]));
    }
    for (size_t i = 0; i < count; i++)
        THREADING_CHECK(threading_thread_join(threading_timer_thread(timers[i])));
    for (size_t i = 0; i < count; i++)
        THREADING_CHECK(threading_timer_destroy(timers[i]));
    if (atomic_load(&called) != count)
        bench_fail("%zu timers were called, not %zu", atomic_load(&called), count);
    return print_lateness("threading_timer", count);
}

static int by_due(const void *left, const void *right)
{
    uint64_t a = ((const struct due *)left)->due, b = ((const struct due *)right)->due;
    return (a > b) - (a < b);
}

/* One thread that does nothing but sleep until the next of the same times: what this machine can do at this moment. */
static void sleeper_lateness(size_t count)
{
    uint64_t begin = bench_now();
    for (size_t i = 0; i < count; i++)
        dues[i].due = begin + (uint64_t)(intervals[i] * 1e9);
    qsort(dues, count, sizeof *dues, by_due);
    for (size_t i = 0; i < count; i++) {
        struct timespec until = {(time_t)(dues[i].due / 1000000000u), (long)(dues[i].due % 1000000000u)};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
            continue;
        note(&dues[i]);
    }
    print_lateness("clock_nanosleep", count);
}

static void usage(void)
{
    puts("timer_lateness [--timers N] [--seconds S, over which they are spread] [--runs N]");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"timers", required_argument, NULL, 't'},
        {"seconds", required_argument, NULL, 's'},
        {"runs", required_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    size_t count = 10000, runs = 2;
    double spread = 2;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 't': count = bench_number(optarg, "--timers"); break;
        case 's': spread = bench_seconds(optarg, "--seconds"); break;
        case 'r': runs = bench_number(optarg, "--runs"); break;
        case 'h': usage(); return 0;
        default: usage(); return 2;
        }
    }
    if (count < 1 || runs < 1)
        bench_fail("--timers and --runs are at least 1");

    bench_head("timer_lateness", NULL);
    timers = bench_allocate(count, sizeof *timers);
    intervals = bench_allocate(count, sizeof *intervals);
    dues = bench_allocate(count, sizeof *dues);
    printf("# lateness in microseconds of %zu timers spread over %g s, and of one thread that sleeps until each\n", count,
           spread);
    printf("%-16s  %8s  %8s  %8s  %8s  %8s  %8s  %6s\n", "", "least", "median", "90 %", "99 %", "99.9 %", "longest",
           "early");
    size_t early = 0;
    for (size_t run = 0; run < runs; run++) {
        early += timers_lateness(count, spread);
        sleeper_lateness(count);
    }
    bench_foot();
    if (early > 0)
        bench_fail("%zu timers were early", early);
    return 0;
}
