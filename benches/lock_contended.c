/* Several threads want one lock: throughput, what it costs, and who is left behind. */
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "lock_rivals.h"

enum { MAX_THREADS = 1024, MAX_ROUNDS = 101, MAX_CONTENDERS = 4, STACK_BYTES = 256 * 1024 };

struct worker {
    BENCH_APART pthread_t thread;
    uint64_t sections;
    uint64_t longest_wait;      /* ns; only with --fairness */
};

/* What all threads of a round share. What is written lies apart from what is only read. */
static struct {
    BENCH_APART size_t turns;
    bool watch_waits;
    pthread_barrier_t begin;
    BENCH_APART atomic_bool stop;
    BENCH_APART uint64_t guarded[4];    /* guarded by the lock that is measured; all four always equal */
} round_state;

BENCH_INLINE void *work(struct worker *worker, void (*acquire)(void), void (*release)(void))
{
    const size_t turns = round_state.turns;
    const bool watch_waits = round_state.watch_waits;
    uint64_t sections = 0, longest_wait = 0;
    pthread_barrier_wait(&round_state.begin);
    while (!atomic_load_explicit(&round_state.stop, memory_order_relaxed)) {
        uint64_t asked = watch_waits ? bench_now() : 0;
        acquire();
        if (watch_waits) {
            uint64_t wait = bench_now() - asked;
            longest_wait = wait > longest_wait ? wait : longest_wait;
        }
        for (int i = 0; i < 4; i++)
            round_state.guarded[i]++;
        bench_busy(turns);
        release();
        sections++;
    }
    worker->sections = sections;
    worker->longest_wait = longest_wait;
    return NULL;
}

static void *work_ours(void *worker) { return work(worker, ours_acquire, ours_release); }
static void *work_pthread(void *worker) { return work(worker, pthread_acquire, pthread_release); }
#ifdef BENCH_HAS_GLIB
static void *work_glib(void *worker) { return work(worker, glib_acquire, glib_release); }
#endif
#ifdef BENCH_HAS_NSYNC
static void *work_nsync(void *worker) { return work(worker, nsync_acquire, nsync_release); }
#endif

static const struct contender {
    const char *name;
    void *(*work)(void *worker);
} contenders[] = {
    {"pthread_mutex", work_pthread},    /* first: the others are compared with it */
#ifdef BENCH_HAS_GLIB
    {"GMutex", work_glib},
#endif
#ifdef BENCH_HAS_NSYNC
    {"nsync_mu", work_nsync},
#endif
    {"threading_lock", work_ours},
};
enum { CONTENDERS = sizeof contenders / sizeof contenders[0] };

/* One value for each round. */
struct results {
    double nanoseconds[MAX_ROUNDS];         /* an operation: acquire, section, release */
    double cpu_seconds[MAX_ROUNDS];         /* a million operations */
    double switches[MAX_ROUNDS];            /* a thousand operations */
    double least_served[MAX_ROUNDS];        /* part of the fair share */
    double longest_wait[MAX_ROUNDS];        /* ms */
};

struct usage {
    double cpu_seconds;
    double switches;
};

static struct usage usage_now(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    struct usage now = {
        (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
        (double)(usage.ru_nvcsw + usage.ru_nivcsw),
    };
    return now;
}

static void sleep_until(uint64_t end)
{
    struct timespec when = {(time_t)(end / 1000000000u), (long)(end % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) != 0)
        ;
}

static void run_round(const struct contender *contender, size_t threads, double seconds, struct results *results,
                      size_t round)
{
    static struct worker workers[MAX_THREADS];
    pthread_attr_t attributes;
    bench_must(pthread_attr_init(&attributes), "pthread_attr_init");
    bench_must(pthread_attr_setstacksize(&attributes, STACK_BYTES), "pthread_attr_setstacksize");
    bench_must(pthread_barrier_init(&round_state.begin, NULL, (unsigned)threads + 1), "pthread_barrier_init");
    atomic_store(&round_state.stop, false);
    memset(round_state.guarded, 0, sizeof round_state.guarded);
    for (size_t i = 0; i < threads; i++)
        bench_must(pthread_create(&workers[i].thread, &attributes, contender->work, &workers[i]), "pthread_create");

    /* The barrier opens when this thread arrives, so the clock is read before: the workers may run before this thread
     * runs again. */
    struct usage usage_before = usage_now();
    uint64_t start = bench_now();
    pthread_barrier_wait(&round_state.begin);
    sleep_until(start + (uint64_t)(seconds * 1e9));
    atomic_store(&round_state.stop, true);
    double taken = (double)(bench_now() - start);
    struct usage usage_after = usage_now();

    uint64_t total = 0, least = UINT64_MAX, longest_wait = 0;
    for (size_t i = 0; i < threads; i++) {
        bench_must(pthread_join(workers[i].thread, NULL), "pthread_join");
        total += workers[i].sections;
        least = workers[i].sections < least ? workers[i].sections : least;
        longest_wait = workers[i].longest_wait > longest_wait ? workers[i].longest_wait : longest_wait;
    }
    pthread_barrier_destroy(&round_state.begin);
    pthread_attr_destroy(&attributes);

    for (int i = 0; i < 4; i++)
        if (round_state.guarded[i] != total)
            bench_fail("%s let two threads in at once: %llu sections, %llu counted", contender->name,
                       (unsigned long long)total, (unsigned long long)round_state.guarded[i]);
    results->nanoseconds[round] = taken / (double)total;
    results->cpu_seconds[round] = (usage_after.cpu_seconds - usage_before.cpu_seconds) / (double)total * 1e6;
    results->switches[round] = (usage_after.switches - usage_before.switches) / (double)total * 1e3;
    results->least_served[round] = (double)least / ((double)total / (double)threads);
    results->longest_wait[round] = (double)longest_wait / 1e6;
}

static void print_columns(void)
{
    printf("%10s %7s  %-14s %9s  %19s  %8s  %9s  %11s  %7s", "section ns", "threads", "lock", "ns an op",
           "lowest - highest", "pthread/", "CPU s/Mop", "switches/k", "least %");
    puts(round_state.watch_waits ? "  longest wait ms" : "");
}

/* Every contender at one number of threads and one length of section. */
static void run_cell(size_t threads, size_t section, size_t rounds, double seconds, const char *only)
{
    static struct results results[MAX_CONTENDERS];
    round_state.turns = section == 0 ? 0 : bench_busy_turns((double)section);
    for (size_t i = 0; i < CONTENDERS; i++)
        if (bench_selected(only, contenders[i].name))
            run_round(&contenders[i], threads, 0.02, &results[i], 0);
    for (size_t round = 0; round < rounds; round++) {
        for (size_t turn = 0; turn < CONTENDERS; turn++) {
            size_t i = (round + turn) % CONTENDERS;
            if (bench_selected(only, contenders[i].name))
                run_round(&contenders[i], threads, seconds, &results[i], round);
        }
    }
    double pthread_median = NAN;
    for (size_t i = 0; i < CONTENDERS; i++) {
        if (!bench_selected(only, contenders[i].name))
            continue;
        struct results *result = &results[i];
        double median = bench_median(result->nanoseconds, rounds);
        if (i == 0)
            pthread_median = median;
        printf("%10zu %7zu  %-14s %9.1f  %8.1f - %8.1f  ", section, threads, contenders[i].name, median,
               result->nanoseconds[0], result->nanoseconds[rounds - 1]);
        if (isnan(pthread_median))
            printf("%8s", "-");
        else
            printf("%8.2f", pthread_median / median);
        printf("  %9.3f  %11.3f  %7.1f", bench_median(result->cpu_seconds, rounds),
               bench_median(result->switches, rounds), 100 * bench_median(result->least_served, rounds));
        if (round_state.watch_waits)
            printf("  %15.1f", bench_quantile(result->longest_wait, rounds, 1));
        putchar('\n');
    }
}

static void usage(void)
{
    puts("lock_contended [--threads 1,2,4] [--sections 0,100,1000] [--seconds S, a round] [--rounds N]\n"
         "               [--only NAME,NAME] [--fairness]\n"
         "  --sections  nanoseconds that the lock is held, beyond a few increments\n"
         "  --fairness  watches every wait; unless told otherwise, 16 threads, 1000 ns, 2 s");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"threads", required_argument, NULL, 't'},
        {"sections", required_argument, NULL, 's'},
        {"seconds", required_argument, NULL, 'd'},
        {"rounds", required_argument, NULL, 'r'},
        {"only", required_argument, NULL, 'o'},
        {"fairness", no_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct bench_list threads = {{0}, 0}, sections = {{0}, 0};
    double seconds = 0;
    size_t rounds = 3;
    const char *only = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 't': threads = bench_numbers(optarg, "--threads"); break;
        case 's': sections = bench_numbers(optarg, "--sections"); break;
        case 'd': seconds = bench_seconds(optarg, "--seconds"); break;
        case 'r': rounds = bench_number(optarg, "--rounds"); break;
        case 'o': only = optarg; break;
        case 'f': round_state.watch_waits = true; break;
        case 'h': usage(); return 0;
        default: usage(); return 2;
        }
    }
    const bool fairness = round_state.watch_waits;
    if (threads.count == 0)
        threads = bench_numbers(fairness ? "16" : "1,2,4,16,64", "--threads");
    if (sections.count == 0)
        sections = bench_numbers(fairness ? "1000" : "0,100,1000", "--sections");
    if (seconds <= 0)
        seconds = fairness ? 2 : 0.25;
    if (rounds < 1 || rounds > MAX_ROUNDS)
        bench_fail("--rounds is 1 to %d", MAX_ROUNDS);
    for (size_t i = 0; i < threads.count; i++)
        if (threads.values[i] < 1 || threads.values[i] > MAX_THREADS)
            bench_fail("--threads are 1 to %d", MAX_THREADS);
    const char *names[CONTENDERS];
    for (size_t i = 0; i < CONTENDERS; i++)
        names[i] = contenders[i].name;
    bench_check_only(only, names, CONTENDERS);

    bench_head(fairness ? "lock_contended --fairness" : "lock_contended", lock_rivals_versions());
    lock_rivals_print_missing();
    if (bench_cpus_allowed() == 1)
        puts("# one CPU is allowed: threads never truly meet, they are only preempted while they hold the lock");
    lock_rivals_init();
    printf("# %zu rounds of %.2f s each, interleaved\n", rounds, seconds);
    print_columns();
    for (size_t i = 0; i < sections.count; i++)
        for (size_t j = 0; j < threads.count; j++)
            run_cell(threads.values[j], sections.values[i], rounds, seconds, only);
    bench_foot();
    return 0;
}
