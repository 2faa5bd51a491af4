/* What it costs to make and destroy locks: time, memory, system calls. Beside it the mutex that a C program would
 * allocate for itself. */
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "threading.h"

enum { MAX_ROUNDS = 1001, CREATIONS = 60000 };

/* ---- the two kinds ---- */

static threading_lock *locks;
static pthread_mutex_t **mutexes;

static void ours_new(size_t i) { THREADING_CHECK(threading_lock_new(&locks[i])); }
static void ours_destroy(size_t i) { THREADING_CHECK(threading_lock_destroy(locks[i])); }

static void mutex_new(size_t i)
{
    mutexes[i] = malloc(sizeof *mutexes[i]);
    if (mutexes[i] == NULL)
        bench_fail("no memory for a mutex");
    bench_must(pthread_mutex_init(mutexes[i], NULL), "pthread_mutex_init");
}

static void mutex_destroy(size_t i)
{
    bench_must(pthread_mutex_destroy(mutexes[i]), "pthread_mutex_destroy");
    free(mutexes[i]);
}

BENCH_INLINE double each(size_t count, void (*one)(size_t i))
{
    uint64_t start = bench_now();
    for (size_t i = 0; i < count; i++)
        one(i);
    return (double)(bench_now() - start);
}

BENCH_INLINE double batches(size_t batch, size_t repeats, void (*make)(size_t), void (*destroy)(size_t))
{
    uint64_t start = bench_now();
    for (size_t repeat = 0; repeat < repeats; repeat++) {
        for (size_t i = 0; i < batch; i++)
            make(i);
        for (size_t i = 0; i < batch; i++)
            destroy(i);
    }
    return (double)(bench_now() - start);
}

static double ours_new_time(size_t count) { return each(count, ours_new); }
static double ours_destroy_time(size_t count) { return each(count, ours_destroy); }
static double ours_time(size_t batch, size_t repeats) { return batches(batch, repeats, ours_new, ours_destroy); }
static double mutex_new_time(size_t count) { return each(count, mutex_new); }
static double mutex_destroy_time(size_t count) { return each(count, mutex_destroy); }
static double mutex_time(size_t batch, size_t repeats) { return batches(batch, repeats, mutex_new, mutex_destroy); }

static const struct kind {
    const char *name;
    double (*new_time)(size_t count);
    double (*destroy_time)(size_t count);
    double (*batches_time)(size_t batch, size_t repeats);
} kinds[] = {
    {"threading_lock", ours_new_time, ours_destroy_time, ours_time},
    {"malloc + pthread_mutex", mutex_new_time, mutex_destroy_time, mutex_time},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* ---- memory ---- */

static size_t memory_count;

static void print_memory(const void *argument)
{
    const struct kind *kind = argument;
    const size_t count = memory_count;
    const double mebibyte = 1024 * 1024;
    double live[2], after[2], make[2], destroy[2];
    /* After a fork the program's own code is mapped anew, page by page; that is no memory of the objects. */
    kind->new_time(1);
    kind->destroy_time(1);
    bench_resident_bytes();
    double before = bench_resident_bytes();
    for (int round = 0; round < 2; round++) {
        make[round] = kind->new_time(count) / (double)count;
        live[round] = bench_resident_bytes();
        destroy[round] = kind->destroy_time(count) / (double)count;
        after[round] = bench_resident_bytes();
    }
    printf("%-23s %8.1f %8.1f %8.1f %8.1f %8.1f  %12.1f  %13.1f  %13.1f\n", kind->name, before / mebibyte,
           live[0] / mebibyte, after[0] / mebibyte, live[1] / mebibyte, after[1] / mebibyte,
           (live[0] - before) / (double)count, make[0] + destroy[0], make[1] + destroy[1]);
}

static void memory(size_t count)
{
    printf("# memory: %zu made, all destroyed, and once more; MiB resident in a fresh process\n", count);
    printf("%-23s %8s %8s %8s %8s %8s  %12s  %13s  %13s\n", "", "before", "live", "after", "live", "after",
           "bytes each", "1st round ns", "2nd round ns");
    memory_count = count;
    for (size_t i = 0; i < KINDS; i++)
        bench_in_process(print_memory, &kinds[i]);
}

/* ---- time ---- */

static void time_batch(size_t batch, size_t rounds)
{
    static double values[KINDS][MAX_ROUNDS];
    double median[KINDS];
    size_t repeats[KINDS];
    for (size_t i = 0; i < KINDS; i++) {
        repeats[i] = 1;
        while (kinds[i].batches_time(batch, repeats[i]) < 5e6)
            repeats[i] *= 2;
    }
    for (size_t round = 0; round < rounds; round++) {
        for (size_t turn = 0; turn < KINDS; turn++) {
            size_t i = (round + turn) % KINDS;
            values[i][round] = kinds[i].batches_time(batch, repeats[i]) / (double)(batch * repeats[i]);
        }
    }
    printf("%10zu", batch);
    for (size_t i = 0; i < KINDS; i++) {
        median[i] = bench_median(values[i], rounds);
        printf("  %14.1f  %7.1f - %7.1f", median[i], bench_quantile(values[i], rounds, 0.25),
               bench_quantile(values[i], rounds, 0.75));
    }
    printf("  %6.2f\n", median[0] / median[1]);
}

/* ---- system calls ---- */

/* How many system calls this program makes when it does nothing but create `count` locks; false where strace is missing
 * or may not trace. */
static bool traced_calls(const char *program, size_t count, unsigned long *calls)
{
    char summary[] = "/tmp/objects-strace-XXXXXX", number[32], line[256];
    int descriptor = mkstemp(summary);
    if (descriptor < 0)
        return false;
    snprintf(number, sizeof number, "%zu", count);
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(127);
        execlp("strace", "strace", "-f", "-c", "-o", summary, program, "--create", number, (char *)NULL);
        _exit(127);
    }
    int status;
    bool found = false;
    if (child > 0 && waitpid(child, &status, 0) == child && status == 0) {
        FILE *file = fdopen(descriptor, "r");
        while (file != NULL && !found && fgets(line, sizeof line, file) != NULL)
            found = strstr(line, " total") != NULL && sscanf(line, "%*f %*f %*s %lu", calls) == 1;
        if (file != NULL) {
            fclose(file);
            descriptor = -1;
        }
    }
    if (descriptor >= 0)
        close(descriptor);
    unlink(summary);
    return found;
}

static size_t mappings(void)
{
    size_t count = 0;
    FILE *file = fopen("/proc/self/maps", "r");
    if (file == NULL)
        return 0;
    for (int c; (c = getc(file)) != EOF;)
        count += c == '\n';
    fclose(file);
    return count;
}

static void create(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        threading_lock lock;
        THREADING_CHECK(threading_lock_new(&lock));
    }
}

static void print_growth(const void *unused)
{
    (void)unused;
    /* The first reading makes the buffers that the readings need. */
    mappings();
    size_t mapped = mappings();
    char *end_of_heap = sbrk(0);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    create(CREATIONS);
    getrusage(RUSAGE_SELF, &after);
    long heap = (long)((char *)sbrk(0) - end_of_heap);
    printf("# %d locks made: %ld mappings more, heap grown by %ld bytes, %ld pages touched for the first time\n",
           CREATIONS, (long)mappings() - (long)mapped, heap, after.ru_minflt - before.ru_minflt);
}

static void system_calls(void)
{
    /* Resolved here: to strace's child the link would be strace. */
    char *program = realpath("/proc/self/exe", NULL);
    unsigned long without = 0, with = 0;
    bool traced = program != NULL && traced_calls(program, 0, &without) && traced_calls(program, CREATIONS, &with);
    free(program);
    if (traced) {
        printf("# system calls, counted by strace -f -c: %lu in a process that makes no lock, %lu in one that makes\n"
               "# %d, which is %ld more\n", without, with, CREATIONS, (long)with - (long)without);
        return;
    }
    puts("# strace is missing or may not trace, so system calls that leave no trace in memory are not seen");
    bench_in_process(print_growth, NULL);
}

static void usage(void)
{
    puts("objects [--locks N, at once] [--batches 1,1000,1000000] [--rounds N]\n"
         "objects --create N    does nothing else, to be traced");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"locks", required_argument, NULL, 'l'},
        {"batches", required_argument, NULL, 'b'},
        {"rounds", required_argument, NULL, 'r'},
        {"create", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct bench_list batch_sizes = bench_numbers("1,1000,1000000", "--batches");
    size_t count = 1000000, rounds = 21;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'l': count = bench_number(optarg, "--locks"); break;
        case 'b': batch_sizes = bench_numbers(optarg, "--batches"); break;
        case 'r': rounds = bench_number(optarg, "--rounds"); break;
        case 'c': create(bench_number(optarg, "--create")); return 0;
        case 'h': usage(); return 0;
        default: usage(); return 2;
        }
    }
    if (rounds < 1 || rounds > MAX_ROUNDS || count < 1)
        bench_fail("--rounds is 1 to %d, --locks at least 1", MAX_ROUNDS);
    size_t most = count;
    for (size_t i = 0; i < batch_sizes.count; i++) {
        if (batch_sizes.values[i] < 1)
            bench_fail("--batches are at least 1");
        most = batch_sizes.values[i] > most ? batch_sizes.values[i] : most;
    }

    bench_head("objects", NULL);
    system_calls();
    /* Touched here, so that the memory of the lists is not counted as memory of what they name. */
    locks = bench_allocate(most, sizeof *locks);
    mutexes = bench_allocate(most, sizeof *mutexes);
    memory(count);

    printf("# time of making and destroying one, when a batch is made before it is destroyed; %zu interleaved rounds\n"
           "# of at least 5 ms\n", rounds);
    printf("%10s  %14s  %17s  %14s  %17s  %6s\n", "batch", "threading ns", "quartiles", "malloc+init ns", "quartiles",
           "ratio");
    for (size_t i = 0; i < batch_sizes.count; i++)
        time_batch(batch_sizes.values[i], rounds);
    bench_foot();
    return 0;
}
