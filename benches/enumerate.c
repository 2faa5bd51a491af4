/* How long it takes to list or count the threads that are alive, and to count them as a program without this library
 * must: by reading /proc/self/task. */
#include <dirent.h>
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"
#include "threading.h"

enum { MAX_THREADS = 1000000, STACK_BYTES = 64 * 1024, MAX_ROUNDS = 1001 };

static threading_lock gate;
static atomic_size_t arrived;
static threading_thread *started, *listed;
static size_t live, capacity;

static void *wait_at_gate(void *unused)
{
    (void)unused;
    atomic_fetch_add(&arrived, 1);
    threading_lock_acquire(gate);
    threading_lock_release(gate);
    return NULL;
}

/* ---- limits ---- */

static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NPROC, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NPROC, &limit) != 0)
        puts("# RLIMIT_NPROC could not be raised to its hard limit");
}

static void print_limit_file(const char *name, const char *path)
{
    char line[64] = "";
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return;
    if (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        printf("#   %s %s\n", name, line);
    }
    fclose(file);
}

/* Every limit on Linux that can stop a process from starting a thread; only the first is this process's to raise. */
static void print_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        printf("#   RLIMIT_NPROC %llu\n", (unsigned long long)limit.rlim_cur);
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        printf("#   RLIMIT_AS %llu\n", (unsigned long long)limit.rlim_cur);
    print_limit_file("kernel.threads-max", "/proc/sys/kernel/threads-max");
    print_limit_file("kernel.pid_max", "/proc/sys/kernel/pid_max");
    print_limit_file("vm.max_map_count (a thread needs two)", "/proc/sys/vm/max_map_count");
    print_limit_file("pids.max of the control group", "/sys/fs/cgroup/pids.max");
}

/* ---- what is timed ---- */

static void enumerate(void)
{
    size_t count = threading_enumerate(listed, capacity);
    if (count != live + 1)
        bench_fail("threading_enumerate wrote %zu threads; %zu and the main thread are alive", count, live);
}

static void active_count(void)
{
    size_t count = threading_active_count();
    if (count != live + 1)
        bench_fail("threading_active_count said %zu; %zu and the main thread are alive", count, live);
}

static void read_proc(void)
{
    DIR *directory = opendir("/proc/self/task");
    if (directory == NULL)
        bench_fail("/proc/self/task cannot be read");
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    if (count < live + 1)
        bench_fail("/proc/self/task has %zu entries; %zu threads and the main thread are alive", count, live);
}

static double calls_time(void (*call)(void), size_t calls)
{
    uint64_t start = bench_now();
    for (size_t i = 0; i < calls; i++)
        call();
    return (double)(bench_now() - start);
}

/* Median microseconds of one call; a round makes as many as fill 5 ms. */
static double microseconds(void (*call)(void), size_t rounds)
{
    static double values[MAX_ROUNDS];
    size_t calls = 1;
    for (double taken; (taken = calls_time(call, calls)) < 5e6;)
        calls *= taken < 1e6 ? 4 : 2;
    for (size_t round = 0; round < rounds; round++)
        values[round] = calls_time(call, calls) / (double)calls / 1e3;
    return bench_median(values, rounds);
}

static bool start_up_to(size_t threads)
{
    while (live < threads) {
        threading_status status = threading_thread_spawn(NULL, wait_at_gate, NULL, &started[live]);
        if (status != THREADING_OK) {
            printf("# only %zu of %zu threads could be started: %s. Limits:\n", live, threads,
                   threading_status_name(status));
            print_limits();
            return false;
        }
        live++;
    }
    while (atomic_load(&arrived) < live)
        threading_sleep(0.001);
    return true;
}

static void usage(void)
{
    puts("enumerate [--threads 10,1000,10000, rising] [--rounds N]");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"threads", required_argument, NULL, 't'},
        {"rounds", required_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct bench_list threads = bench_numbers("10,1000,10000", "--threads");
    size_t rounds = 21;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 't': threads = bench_numbers(optarg, "--threads"); break;
        case 'r': rounds = bench_number(optarg, "--rounds"); break;
        case 'h': usage(); return 0;
        default: usage(); return 2;
        }
    }
    if (rounds < 1 || rounds > MAX_ROUNDS)
        bench_fail("--rounds is 1 to %d", MAX_ROUNDS);
    for (size_t i = 0; i < threads.count; i++)
        if (threads.values[i] > MAX_THREADS || (i > 0 && threads.values[i] < threads.values[i - 1]))
            bench_fail("--threads are at most %d and rising", MAX_THREADS);

    bench_head("enumerate", NULL);
    raise_limit();
    /* Room for one more than can be alive, so that a full array is never mistaken for the whole list. */
    capacity = threads.values[threads.count - 1] + 2;
    started = bench_allocate(capacity, sizeof *started);
    listed = bench_allocate(capacity, sizeof *listed);
    THREADING_CHECK(threading_set_stack_size(STACK_BYTES));
    THREADING_CHECK(threading_lock_new(&gate));
    THREADING_CHECK(threading_lock_acquire(gate));

    printf("# %zu rounds of at least 5 ms each; the threads sleep on one lock, %d KiB of stack each\n", rounds,
           STACK_BYTES / 1024);
    printf("%12s  %22s  %25s  %18s\n", "live threads", "threading_enumerate us", "threading_active_count us",
           "/proc/self/task us");
    for (size_t i = 0; i < threads.count && start_up_to(threads.values[i]); i++)
        printf("%12zu  %22.3f  %25.4f  %18.1f\n", live, microseconds(enumerate, rounds),
               microseconds(active_count, rounds), microseconds(read_proc, rounds));
    bench_foot();

    THREADING_CHECK(threading_lock_release(gate));
    while (live > 0)
        THREADING_CHECK(threading_thread_finish(started[--live], NULL));
    return 0;
}
