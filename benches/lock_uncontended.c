/* One acquire and one release of a lock that nobody else wants, for ours and each rival. */
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "lock_rivals.h"

#ifdef BENCH_HAS_GLIB
enum { HAS_GLIB = 1 };
#else
enum { HAS_GLIB = 0 };
#endif
enum { MAX_ROUNDS = 10001 };

BENCH_INLINE double pairs_time(size_t pairs, void (*acquire)(void), void (*release)(void))
{
    uint64_t start = bench_now();
    for (size_t i = 0; i < pairs; i++) {
        acquire();
        release();
    }
    return (double)(bench_now() - start);
}

static double time_ours(size_t pairs) { return pairs_time(pairs, ours_acquire, ours_release); }
static double time_ours_rlock(size_t pairs) { return pairs_time(pairs, ours_rlock_acquire, ours_rlock_release); }
static double time_pthread(size_t pairs) { return pairs_time(pairs, pthread_acquire, pthread_release); }
static double time_pthread_recursive(size_t pairs)
{
    return pairs_time(pairs, pthread_recursive_acquire, pthread_recursive_release);
}

static double time_ours_rlock_nested(size_t pairs)
{
    ours_rlock_acquire();
    double time = time_ours_rlock(pairs);
    ours_rlock_release();
    return time;
}

static double time_pthread_recursive_nested(size_t pairs)
{
    pthread_recursive_acquire();
    double time = time_pthread_recursive(pairs);
    pthread_recursive_release();
    return time;
}

#ifdef BENCH_HAS_GLIB
static double time_glib(size_t pairs) { return pairs_time(pairs, glib_acquire, glib_release); }
#endif
#ifdef BENCH_HAS_NSYNC
static double time_nsync(size_t pairs) { return pairs_time(pairs, nsync_acquire, nsync_release); }
#endif

static struct row {
    const char *name;
    double (*time)(size_t pairs);
    size_t pairs;
    double *nanoseconds;    /* a pair, one value a round */
    double median;
} rows[] = {
    {"threading_lock", time_ours, 0, NULL, NAN},
    {"threading_rlock", time_ours_rlock, 0, NULL, NAN},
    {"threading_rlock_nested", time_ours_rlock_nested, 0, NULL, NAN},
    {"pthread_mutex", time_pthread, 0, NULL, NAN},
    {"pthread_recursive", time_pthread_recursive, 0, NULL, NAN},
    {"pthread_recursive_nested", time_pthread_recursive_nested, 0, NULL, NAN},
#ifdef BENCH_HAS_GLIB
    {"GMutex", time_glib, 0, NULL, NAN},
#endif
#ifdef BENCH_HAS_NSYNC
    {"nsync_mu", time_nsync, 0, NULL, NAN},
#endif
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static double median_of(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].median;
    return NAN;
}

static void print_ratio(double numerator, double denominator)
{
    if (isnan(denominator))
        printf("  %11s", "-");
    else
        printf("  %11.2f", numerator / denominator);
}

static void *sleeper(void *until_the_end)
{
    bench_must(pthread_mutex_lock(until_the_end), "pthread_mutex_lock");
    pthread_mutex_unlock(until_the_end);
    return NULL;
}

static void usage(void)
{
    puts("lock_uncontended [--rounds N] [--milliseconds N, a round] [--only NAME,NAME] [--alone]\n"
         "  --alone  no second thread lives in the process, so the C library may leave its locked instructions out");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"milliseconds", required_argument, NULL, 'm'},
        {"only", required_argument, NULL, 'o'},
        {"alone", no_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    size_t rounds = 51, milliseconds = 8;
    const char *only = NULL;
    bool alone = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'r': rounds = bench_number(optarg, "--rounds"); break;
        case 'm': milliseconds = bench_number(optarg, "--milliseconds"); break;
        case 'o': only = optarg; break;
        case 'a': alone = true; break;
        case 'h': usage(); return 0;
        default: usage(); return 2;
        }
    }
    if (rounds < 1 || rounds > MAX_ROUNDS || milliseconds < 1)
        bench_fail("--rounds is 1 to %d, --milliseconds at least 1", MAX_ROUNDS);
    const char *names[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        names[i] = rows[i].name;
    bench_check_only(only, names, ROWS);

    bench_head("lock_uncontended", lock_rivals_versions());
    lock_rivals_print_missing();
    lock_rivals_init();

    /* glibc takes a mutex without a locked instruction as long as the process never had a second thread. Programs that
     * need locks have threads, so one sleeps here. */
    pthread_mutex_t until_the_end = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread;
    if (!alone) {
        bench_must(pthread_mutex_lock(&until_the_end), "pthread_mutex_lock");
        bench_must(pthread_create(&thread, NULL, sleeper, &until_the_end), "pthread_create");
    }

    for (size_t i = 0; i < ROWS; i++) {
        if (!bench_selected(only, rows[i].name))
            continue;
        rows[i].nanoseconds = bench_allocate(rounds, sizeof(double));
        rows[i].pairs = bench_count_that_fills(rows[i].time, (double)milliseconds * 1e6);
    }
    /* Each round begins with another row, so that none always follows the same neighbour. */
    for (size_t round = 0; round < rounds; round++) {
        for (size_t turn = 0; turn < ROWS; turn++) {
            struct row *row = &rows[(round + turn) % ROWS];
            if (row->pairs > 0)
                row->nanoseconds[round] = row->time(row->pairs) / (double)row->pairs;
        }
    }

    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].pairs > 0)
            rows[i].median = bench_median(rows[i].nanoseconds, rounds);
    printf("# %zu rounds of at least %zu ms each, interleaved%s\n", rounds, milliseconds,
           alone ? "; a process with one thread" : "");
    printf("%-25s %8s  %15s  %11s  %11s", "acquire + release", "ns", "quartiles", "/ pthread", "/ recursive");
    puts(HAS_GLIB ? "     / GMutex" : "");
    for (size_t i = 0; i < ROWS; i++) {
        struct row *row = &rows[i];
        if (row->pairs == 0)
            continue;
        printf("%-25s %8.2f  %6.2f - %6.2f", row->name, row->median, bench_quantile(row->nanoseconds, rounds, 0.25),
               bench_quantile(row->nanoseconds, rounds, 0.75));
        print_ratio(row->median, median_of("pthread_mutex"));
        bool nested = strstr(row->name, "_nested") != NULL;
        print_ratio(row->median, median_of(nested ? "pthread_recursive_nested" : "pthread_recursive"));
        if (HAS_GLIB)
            print_ratio(row->median, median_of("GMutex"));
        putchar('\n');
    }
    bench_foot();
    if (!alone) {
        pthread_mutex_unlock(&until_the_end);
        pthread_join(thread, NULL);
    }
    return 0;
}
