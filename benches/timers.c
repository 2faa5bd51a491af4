/* Timers: what starting and cancelling one costs while many are pending, what one weighs, and whether threads that do it at
 * once get in each other's way. */
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "random.h"
#include "threading.h"

enum { MAX_ROUNDS = 1001, MAX_THREADS = 256, ONE_MORE = 1000 };

/* Where pending timers lie in time: far enough that none fires while it is measured, and spread as time-outs of a busy
 * server are. */
static const double NEAREST = 600, FARTHEST = 4200;

static threading_timer *timers;
static double *intervals;
static size_t *shuffled;

static void *never_called(void *arg)
{
    (void)arg;
    bench_fail("a timer fired that is not due for minutes");
}

static void prepare(size_t count)
{
    uint64_t state = 88172645463325252u;
    timers = bench_allocate(count, sizeof *timers);
    intervals = bench_allocate(count, sizeof *intervals);
    shuffled = bench_allocate(count, sizeof *shuffled);
    for (size_t i = 0; i < count; i++)
        intervals[i] = random_between(&state, NEAREST, FARTHEST);
}

static void shuffle(size_t count)
{
    uint64_t state = 2463534242u;
    for (size_t i = 0; i < count; i++) {
        size_t other = (size_t)(next_random(&state) % (i + 1));
        shuffled[i] = shuffled[other];
        shuffled[other] = i;
    }
}

static void make(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        THREADING_CHECK(threading_timer_new(intervals[i], never_called, NULL, &timers[i]));
}

static void start(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        THREADING_CHECK(threading_timer_start(timers[i]));
}

static void cancel(threading_timer timer)
{
    bool prevented;
    THREADING_CHECK(threading_timer_cancel(timer, &prevented));
    if (!prevented)
        bench_fail("a timer could not be cancelled that is not due for minutes");
}

static void destroy(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        THREADING_CHECK(threading_timer_destroy(timers[i]));
}

/* Each part runs in a process of its own, so that it finds no timer's slot that an earlier part has used and given back in an order of
 * its own: how far apart two timers lie in memory decides what they cost. */

/* ---- memory ---- */

static void memory(const void *argument)
{
    const size_t count = *(const size_t *)argument;
    const double mebibyte = 1024 * 1024;
    bench_resident_bytes();
    double before = bench_resident_bytes();
    make(0, count);
    start(0, count);
    double live = bench_resident_bytes();
    for (size_t i = 0; i < count; i++)
        cancel(timers[i]);
    destroy(0, count);
    double after = bench_resident_bytes();
    make(0, count);
    start(0, count);
    double again = bench_resident_bytes();
    for (size_t i = 0; i < count; i++)
        cancel(timers[i]);
    destroy(0, count);
    printf("# memory, MiB resident: %zu pending, cancelled and destroyed, and pending once more\n", count);
    printf("%9s  %8s  %8s  %8s  %10s\n", "before", "pending", "after", "pending", "bytes each");
    printf("%9.1f  %8.1f  %8.1f  %8.1f  %10.1f\n", before / mebibyte, live / mebibyte, after / mebibyte, again / mebibyte,
           (live - before) / (double)count);
}

/* ---- one thread ---- */

enum step { NEW, START, CANCEL, DESTROY, TOGETHER, SHUFFLED, MORE, STEPS };

static void time_round(size_t count, size_t repeats, double *values)
{
    double times[STEPS] = {0};
    for (size_t repeat = 0; repeat < repeats; repeat++) {
        /* Every second time they are cancelled in another order than they were started in: most caches miss then. */
        for (int in_order = 1; in_order >= 0; in_order--) {
            uint64_t at[5];
            at[0] = bench_now();
            make(0, count);
            at[1] = bench_now();
            start(0, count);
            at[2] = bench_now();
            if (in_order) {
                make(count, count + ONE_MORE);
                uint64_t begin = bench_now();
                for (size_t i = count; i < count + ONE_MORE; i++) {
                    start(i, i + 1);
                    cancel(timers[i]);
                }
                times[MORE] += (double)(bench_now() - begin) / ONE_MORE;
                destroy(count, count + ONE_MORE);
            }
            uint64_t cancelling = bench_now();
            for (size_t i = 0; i < count; i++)
                cancel(timers[in_order ? i : shuffled[i]]);
            at[3] = bench_now();
            destroy(0, count);
            at[4] = bench_now();
            if (!in_order) {
                times[SHUFFLED] += (double)(at[3] - cancelling) / (double)count;
                continue;
            }
            times[NEW] += (double)(at[1] - at[0]) / (double)count;
            times[START] += (double)(at[2] - at[1]) / (double)count;
            times[CANCEL] += (double)(at[3] - cancelling) / (double)count;
            times[DESTROY] += (double)(at[4] - at[3]) / (double)count;
        }
    }
    times[TOGETHER] = times[START] + times[CANCEL];
    for (int step = 0; step < STEPS; step++)
        values[step] = times[step] / (double)repeats;
}

struct one_thread {
    size_t count, rounds;
};

static void one_thread(const void *argument)
{
    const struct one_thread *of = argument;
    size_t count = of->count, rounds = of->rounds;
    static double values[STEPS][MAX_ROUNDS];
    /* A round of few timers is repeated, and there are fewer rounds of many. */
    size_t repeats = count < 20000 ? 20000 / count : 1;
    if (count > 200000)
        rounds = rounds / 2 + 1;
    shuffle(count);
    double warm[STEPS];
    time_round(count, 1, warm);
    for (size_t round = 0; round < rounds; round++) {
        double one[STEPS];
        time_round(count, repeats, one);
        for (int step = 0; step < STEPS; step++)
            values[step][round] = one[step];
    }
    printf("%9zu", count);
    static const enum step columns[] = {NEW, START, CANCEL, DESTROY, SHUFFLED, MORE, TOGETHER};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        printf("  %8.1f", bench_median(values[columns[i]], rounds));
    printf("  %6.1f - %6.1f\n", bench_quantile(values[TOGETHER], rounds, 0.25),
           bench_quantile(values[TOGETHER], rounds, 0.75));
}

/* ---- several threads ---- */

struct share {
    size_t from, to;
    uint64_t began, ended;
    double cpu;             /* nanoseconds of CPU that this thread had in between */
};

static pthread_barrier_t made;

static double thread_cpu(void)
{
    struct timespec had;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &had);
    return (double)had.tv_sec * 1e9 + (double)had.tv_nsec;
}

static void *start_and_cancel(void *arg)
{
    struct share *share = arg;
    make(share->from, share->to);
    pthread_barrier_wait(&made);
    share->cpu = thread_cpu();
    share->began = bench_now();
    start(share->from, share->to);
    for (size_t i = share->from; i < share->to; i++)
        cancel(timers[i]);
    share->ended = bench_now();
    share->cpu = thread_cpu() - share->cpu;
    pthread_barrier_wait(&made);
    destroy(share->from, share->to);
    return NULL;
}

/* One round; the results are in memory that the measuring process shares with its parent. */
struct threads_round {
    size_t threads, count;
    double nanoseconds, cpu;        /* an operation, a start or a cancel, of any thread */
};

/* Threads of this library, since timers that are no daemons have one more thing to be counted in. */
static void threads_round(const void *argument)
{
    struct threads_round *round = *(struct threads_round *const *)argument;
    static struct share shares[MAX_THREADS];
    threading_thread handles[MAX_THREADS];
    bench_must(pthread_barrier_init(&made, NULL, (unsigned)round->threads + 1), "pthread_barrier_init");
    for (size_t i = 0; i < round->threads; i++) {
        shares[i].from = round->count * i / round->threads;
        shares[i].to = round->count * (i + 1) / round->threads;
        THREADING_CHECK(threading_thread_spawn(NULL, start_and_cancel, &shares[i], &handles[i]));
    }
    pthread_barrier_wait(&made);
    pthread_barrier_wait(&made);
    uint64_t began = UINT64_MAX, ended = 0;
    double operations = (double)(2 * round->count), cpu = 0;
    for (size_t i = 0; i < round->threads; i++) {
        THREADING_CHECK(threading_thread_finish(handles[i], NULL));
        began = shares[i].began < began ? shares[i].began : began;
        ended = shares[i].ended > ended ? shares[i].ended : ended;
        cpu += shares[i].cpu;
    }
    round->nanoseconds = (double)(ended - began) / operations;
    round->cpu = cpu / operations;
}

static void several_threads(const struct bench_list *threads, size_t count, size_t rounds)
{
    static double values[BENCH_LIST_MAX][MAX_ROUNDS], cpu[BENCH_LIST_MAX][MAX_ROUNDS];
    struct threads_round *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        bench_fail("no shared memory");
    for (size_t round = 0; round < rounds; round++) {
        for (size_t turn = 0; turn < threads->count; turn++) {
            size_t i = (round + turn) % threads->count;
            *shared = (struct threads_round){.threads = threads->values[i], .count = count};
            bench_in_process(threads_round, &shared);
            values[i][round] = shared->nanoseconds;
            cpu[i][round] = shared->cpu;
        }
    }
    munmap(shared, sizeof *shared);
    printf("# %zu timers shared out among threads that start all theirs and then cancel them; %zu interleaved rounds,\n"
           "# each in a fresh process\n", count, rounds);
    printf("%9s  %8s  %15s  %9s  %10s\n", "threads", "ns an op", "quartiles", "CPU ns/op", "throughput");
    double first = bench_median(values[0], rounds);
    for (size_t i = 0; i < threads->count; i++) {
        double median = bench_median(values[i], rounds);
        printf("%9zu  %8.1f  %6.1f - %6.1f  %9.1f  %10.2f\n", threads->values[i], median,
               bench_quantile(values[i], rounds, 0.25), bench_quantile(values[i], rounds, 0.75),
               bench_median(cpu[i], rounds), first / median);
    }
}

static void usage(void)
{
    puts("timers [--only memory,one,threads] [--pending 1000,100000,1000000] [--rounds N]\n"
         "       [--threads 1,2,4] [--shared N]\n"
         "  --pending  how many for each row of \"one\"; \"memory\" takes the last\n"
         "  --shared   how many timers the threads have together");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"only", required_argument, NULL, 'o'},
        {"pending", required_argument, NULL, 'p'},
        {"rounds", required_argument, NULL, 'r'},
        {"threads", required_argument, NULL, 't'},
        {"shared", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct bench_list pending = bench_numbers("1000,100000,1000000", "--pending");
    struct bench_list threads = bench_numbers("1,2,4", "--threads");
    size_t rounds = 11, shared = 400000;
    const char *only = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'o': only = optarg; break;
        case 'p': pending = bench_numbers(optarg, "--pending"); break;
        case 'r': rounds = bench_number(optarg, "--rounds"); break;
        case 't': threads = bench_numbers(optarg, "--threads"); break;
        case 's': shared = bench_number(optarg, "--shared"); break;
        case 'h': usage(); return 0;
        default: usage(); return 2;
        }
    }
    static const char *const parts[] = {"memory", "one", "threads"};
    bench_check_only(only, parts, sizeof parts / sizeof parts[0]);
    if (rounds < 1 || rounds > MAX_ROUNDS || shared < 1)
        bench_fail("--rounds is 1 to %d, --shared at least 1", MAX_ROUNDS);
    size_t most = shared;
    for (size_t i = 0; i < pending.count; i++) {
        if (pending.values[i] < 1)
            bench_fail("--pending are at least 1");
        most = pending.values[i] > most ? pending.values[i] : most;
    }
    for (size_t i = 0; i < threads.count; i++)
        if (threads.values[i] < 1 || threads.values[i] > MAX_THREADS)
            bench_fail("--threads are 1 to %d", MAX_THREADS);

    bench_head("timers", NULL);
    prepare(most + ONE_MORE);
    if (bench_selected(only, "memory"))
        bench_in_process(memory, &pending.values[pending.count - 1]);
    if (bench_selected(only, "one")) {
        printf("# one thread: all are made, started, cancelled, destroyed; nanoseconds each, median of %zu rounds, of %zu\n"
               "# where there are more than 200000\n", rounds, rounds / 2 + 1);
        printf("%9s  %8s  %8s  %8s  %8s  %8s  %8s  %8s  %15s\n", "pending", "new", "start", "cancel", "destroy", "shuffled",
               "one more", "together", "quartiles");
        for (size_t i = 0; i < pending.count; i++)
            bench_in_process(one_thread, &(struct one_thread){pending.values[i], rounds});
    }
    if (bench_selected(only, "threads"))
        several_threads(&threads, shared, rounds);
    bench_foot();
    return 0;
}
