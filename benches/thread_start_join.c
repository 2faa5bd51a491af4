/* One thread started and waited for, again and again; its function is empty. */
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "bench.h"
#include "threading.h"

enum { MAX_ROUNDS = 10001 };

static void *empty(void *arg)
{
    return arg;
}

static void spawn_finish(void)
{
    threading_thread thread;
    THREADING_CHECK(threading_thread_spawn(NULL, empty, NULL, &thread));
    THREADING_CHECK(threading_thread_finish(thread, NULL));
}

static void new_start_join_destroy(void)
{
    threading_thread thread;
    THREADING_CHECK(threading_thread_new(NULL, empty, NULL, &thread));
    THREADING_CHECK(threading_thread_start(thread));
    THREADING_CHECK(threading_thread_join(thread));
    THREADING_CHECK(threading_thread_destroy(thread));
}

static void create_join(void)
{
    pthread_t thread;
    bench_must(pthread_create(&thread, NULL, empty, NULL), "pthread_create");
    bench_must(pthread_join(thread, NULL), "pthread_join");
}

BENCH_INLINE double threads_time(size_t threads, void (*one)(void))
{
    uint64_t start = bench_now();
    for (size_t i = 0; i < threads; i++)
        one();
    return (double)(bench_now() - start);
}

static double time_spawn_finish(size_t threads) { return threads_time(threads, spawn_finish); }
static double time_new_start_join_destroy(size_t threads) { return threads_time(threads, new_start_join_destroy); }
static double time_create_join(size_t threads) { return threads_time(threads, create_join); }

static struct row {
    const char *name;
    double (*time)(size_t threads);
    double *microseconds;       /* a thread, one value a round */
} rows[] = {
    {"pthread_create+join", time_create_join, NULL},    /* first: the others are compared with it */
    {"spawn+finish", time_spawn_finish, NULL},
    {"new+start+join+destroy", time_new_start_join_destroy, NULL},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static void usage(void)
{
    puts("thread_start_join [--rounds N] [--threads N, a round] [--only NAME,NAME]\n"
         "Run it under taskset -c 0 too: with one CPU the new thread cannot begin while its creator goes on.");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"threads", required_argument, NULL, 't'},
        {"only", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    size_t rounds = 201, threads = 200;
    const char *only = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'r': rounds = bench_number(optarg, "--rounds"); break;
        case 't': threads = bench_number(optarg, "--threads"); break;
        case 'o': only = optarg; break;
        case 'h': usage(); return 0;
        default: usage(); return 2;
        }
    }
    if (rounds < 1 || rounds > MAX_ROUNDS || threads < 1)
        bench_fail("--rounds is 1 to %d, --threads at least 1", MAX_ROUNDS);
    const char *names[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        names[i] = rows[i].name;
    bench_check_only(only, names, ROWS);

    bench_head("thread_start_join", NULL);
    for (size_t i = 0; i < ROWS; i++) {
        if (!bench_selected(only, rows[i].name))
            continue;
        rows[i].microseconds = bench_allocate(rounds, sizeof(double));
        rows[i].time(threads);
    }
    for (size_t round = 0; round < rounds; round++) {
        for (size_t turn = 0; turn < ROWS; turn++) {
            struct row *row = &rows[(round + turn) % ROWS];
            if (row->microseconds != NULL)
                row->microseconds[round] = row->time(threads) / (double)threads / 1e3;
        }
    }

    printf("# %zu rounds of %zu threads, interleaved; one at a time, default stack\n", rounds, threads);
    printf("%-25s %8s  %17s  %9s\n", "start + join", "us", "quartiles", "/ pthread");
    double pthread_median = NAN;
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].microseconds == NULL)
            continue;
        double median = bench_median(rows[i].microseconds, rounds);
        if (i == 0)
            pthread_median = median;
        printf("%-25s %8.2f  %7.2f - %7.2f", rows[i].name, median, bench_quantile(rows[i].microseconds, rounds, 0.25),
               bench_quantile(rows[i].microseconds, rounds, 0.75));
        if (isnan(pthread_median))
            printf("  %9s\n", "-");
        else
            printf("  %9.2f\n", median / pthread_median);
    }
    bench_foot();
    return 0;
}
