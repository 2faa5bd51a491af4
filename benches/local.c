/* The value that a thread has of its own: get and set, of a local of ours and of a pthread key. */
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "threading.h"

enum { MAX_ROUNDS = 10001, MANY = 100 };

static threading_local locals[MANY];
static pthread_key_t keys[MANY];
static int values[2];

/* Stored and never read: otherwise a compiler might take the calls' results for unused. */
static void *volatile seen;

/* The C library keeps the first 32 keys of a thread in the thread's own block and the others behind a pointer; so the
 * first is compared with the first and the hundredth with the hundredth. */
static void ours_get(size_t i) { (void)i; seen = threading_local_get(locals[0]); }
static void ours_get_100th(size_t i) { (void)i; seen = threading_local_get(locals[MANY - 1]); }
static void ours_get_each(size_t i) { seen = threading_local_get(locals[i % MANY]); }
static void ours_set(size_t i) { THREADING_CHECK(threading_local_set(locals[0], &values[i % 2])); }
static void key_get(size_t i) { (void)i; seen = pthread_getspecific(keys[0]); }
static void key_get_100th(size_t i) { (void)i; seen = pthread_getspecific(keys[MANY - 1]); }
static void key_get_each(size_t i) { seen = pthread_getspecific(keys[i % MANY]); }
static void key_set(size_t i) { bench_must(pthread_setspecific(keys[0], &values[i % 2]), "pthread_setspecific"); }

BENCH_INLINE double calls_time(size_t calls, void (*one)(size_t i))
{
    uint64_t start = bench_now();
    for (size_t i = 0; i < calls; i++)
        one(i);
    return (double)(bench_now() - start);
}

static double time_ours_get(size_t calls) { return calls_time(calls, ours_get); }
static double time_ours_get_100th(size_t calls) { return calls_time(calls, ours_get_100th); }
static double time_ours_get_each(size_t calls) { return calls_time(calls, ours_get_each); }
static double time_ours_set(size_t calls) { return calls_time(calls, ours_set); }
static double time_key_get(size_t calls) { return calls_time(calls, key_get); }
static double time_key_get_100th(size_t calls) { return calls_time(calls, key_get_100th); }
static double time_key_get_each(size_t calls) { return calls_time(calls, key_get_each); }
static double time_key_set(size_t calls) { return calls_time(calls, key_set); }

static struct row {
    const char *name;
    const char *rival;          /* the row that this one is divided by */
    double (*time)(size_t calls);
    size_t calls;
    double *nanoseconds;        /* a call, one value a round */
    double median;
} rows[] = {
    {"threading_local_get", "pthread_getspecific", time_ours_get, 0, NULL, NAN},
    {"threading_local_get_100th", "pthread_getspecific_100th", time_ours_get_100th, 0, NULL, NAN},
    {"threading_local_get_each", "pthread_getspecific_each", time_ours_get_each, 0, NULL, NAN},
    {"threading_local_set", "pthread_setspecific", time_ours_set, 0, NULL, NAN},
    {"pthread_getspecific", "pthread_getspecific", time_key_get, 0, NULL, NAN},
    {"pthread_getspecific_100th", "pthread_getspecific_100th", time_key_get_100th, 0, NULL, NAN},
    {"pthread_getspecific_each", "pthread_getspecific_each", time_key_get_each, 0, NULL, NAN},
    {"pthread_setspecific", "pthread_setspecific", time_key_set, 0, NULL, NAN},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static double median_of(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].median;
    return NAN;
}

static void make_all(void)
{
    for (size_t i = 0; i < MANY; i++) {
        THREADING_CHECK(threading_local_new(NULL, NULL, NULL, &locals[i]));
        THREADING_CHECK(threading_local_set(locals[i], &values[0]));
        bench_must(pthread_key_create(&keys[i], NULL), "pthread_key_create");
        bench_must(pthread_setspecific(keys[i], &values[0]), "pthread_setspecific");
    }
}

/* What was timed must have given the values that were set. */
static void check_all(void)
{
    for (size_t i = 1; i < MANY; i++)
        if (threading_local_get(locals[i]) != &values[0] || pthread_getspecific(keys[i]) != &values[0])
            bench_fail("local or key %zu has lost its value", i);
}

static void usage(void)
{
    puts("local [--rounds N] [--milliseconds N, a round] [--only NAME,NAME]");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"milliseconds", required_argument, NULL, 'm'},
        {"only", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    size_t rounds = 51, milliseconds = 4;
    const char *only = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'r': rounds = bench_number(optarg, "--rounds"); break;
        case 'm': milliseconds = bench_number(optarg, "--milliseconds"); break;
        case 'o': only = optarg; break;
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

    bench_head("local", NULL);
    make_all();
    for (size_t i = 0; i < ROWS; i++) {
        if (!bench_selected(only, rows[i].name))
            continue;
        rows[i].nanoseconds = bench_allocate(rounds, sizeof(double));
        rows[i].calls = bench_count_that_fills(rows[i].time, (double)milliseconds * 1e6);
    }
    for (size_t round = 0; round < rounds; round++) {
        for (size_t turn = 0; turn < ROWS; turn++) {
            struct row *row = &rows[(round + turn) % ROWS];
            if (row->calls > 0)
                row->nanoseconds[round] = row->time(row->calls) / (double)row->calls;
        }
    }
    check_all();

    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].calls > 0)
            rows[i].median = bench_median(rows[i].nanoseconds, rounds);
    printf("# %zu rounds of at least %zu ms each, interleaved; %d locals and %d keys exist\n", rounds, milliseconds, MANY,
           MANY);
    printf("%-27s %8s  %15s  %9s\n", "call", "ns", "quartiles", "/ pthread");
    for (size_t i = 0; i < ROWS; i++) {
        struct row *row = &rows[i];
        if (row->calls == 0)
            continue;
        printf("%-27s %8.2f  %6.2f - %6.2f", row->name, row->median, bench_quantile(row->nanoseconds, rounds, 0.25),
               bench_quantile(row->nanoseconds, rounds, 0.75));
        double rival = median_of(row->rival);
        if (isnan(rival))
            printf("  %9s\n", "-");
        else
            printf("  %9.2f\n", row->median / rival);
    }
    bench_foot();
    return 0;
}
