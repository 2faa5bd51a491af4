/* Random calls of the whole header, from several threads at once; what comes back is compared with
 * what the header documents.
 *
 *     fuzz [--calls N] [--threads N] [--seed N] [--seconds N]
 *
 * The same seed makes the same choices, as far as threads allow. It ends after so many calls, or so
 * many seconds. */
#include "fuzz.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    CALLS_AN_ENDING = 20000,
    LEAST_ENDINGS = 12,
    PROGRESS_SECONDS = 5,
    GROWTH_MIB = 64,
    ALL_CALLED_FROM = 100000
};

static double resident_mib(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*s %ld", &pages) != 1) {
        fail("the system says how much memory there is");
    }
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1024 * 1024);
}

static int system_threads(void) {
    int count = 0;
    DIR *directory = opendir("/proc/self/task");
    if (!directory) {
        fail("the system lists the threads");
    }
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}

void end_failed(void) { _exit(1); }

/* ---- the results ---- */

static void print_function(int index) {
    const char *separator = ": ";
    printf("%12" PRIu64 "  %s", atomic_load(&statistics->calls[index]), functions[index].name);
    for (int status = 0; status < STATUSES; status++) {
        uint64_t count = atomic_load(&statistics->statuses[index][status]);
        if (count) {
            printf("%s%s %" PRIu64, separator,
                   threading_status_name(status - STATUS_SHIFT) + strlen("THREADING_"), count);
            separator = ", ";
        }
    }
    printf("\n");
}

static int print_results(void) {
    int never = 0;
    for (int index = 0; index < function_count; index++) {
        print_function(index);
        never += atomic_load(&statistics->calls[index]) == 0;
    }
    return never;
}

/* Threads and timers can be given up several times, and threads that nobody owns too. */
static bool print_objects(void) {
    bool even = true;
    for (int kind = 0; kind < KINDS; kind++) {
        uint64_t made = atomic_load(&objects_made[kind]);
        uint64_t destroyed = atomic_load(&objects_destroyed[kind]);
        printf("%s: %" PRIu64 " made, %" PRIu64 " destroyed\n", object_kinds[kind].name, made,
               destroyed);
        even = even && (object_kinds[kind].traits & OBJECT_RUNS || made == destroyed);
    }
    return even;
}

/* ---- the run ---- */

static void progress(double began_mib, uint64_t calls, uint64_t began) {
    fprintf(report,
            "%.0f s: %" PRIu64 " of %" PRIu64 " calls, %" PRIu64 " in callbacks, %" PRIu64
            " rescues, %d threads, %.1f MiB (%.1f)\n",
            (double)(now() - began) * 1e-9, atomic_load(&statistics->total), calls,
            atomic_load(&statistics->callbacks), atomic_load(&statistics->rescues),
            system_threads(), resident_mib(), began_mib);
    fflush(report);
}

/* Until the workers are done the main thread has the processes made that end, and looks at the
 * memory. Returns what was resident when a quarter of the calls were made. */
static double supervise(uint64_t seed, uint64_t calls, uint64_t endings, int statistics_file,
                        bool loud) {
    uint64_t began = now();
    uint64_t next_progress = began + PROGRESS_SECONDS * UINT64_C(1000000000);
    double warm = 0;
    for (uint64_t made = 0; !workers_are_done() || made < endings;) {
        uint64_t total = atomic_load(&statistics->total);
        if (warm == 0 && total > calls / 4) {
            warm = resident_mib();
        }
        if (loud && now() > next_progress) {
            progress(warm, calls, began);
            next_progress += PROGRESS_SECONDS * UINT64_C(1000000000);
        }
        if (made < endings && (total / (calls / endings + 1) >= made || workers_are_done())) {
            ending_run(seed + made++, statistics_file);
        } else {
            usleep(10000); /* not to synchronise: the pace of looking */
        }
    }
    return warm ? warm : resident_mib();
}

/* Nobody calls back any more, what is pending is cancelled, and all threads have ended. */
static void wind_up(void) {
    workers_wait();
    wait_for_targets();
    rescuer_stop();
    clear_hooks();
    objects_destroy_all();
}

/* The clock of the timers stays; its workers end when they have been idle for a second. */
static int threads_left(int before) {
    int left = system_threads();
    for (int round = 0; round < 100 && left > before + 1; round++) {
        usleep(50000); /* not to synchronise: the pace of looking for the threads' ends */
        left = system_threads();
    }
    return left;
}

static uint64_t number_of(const char *text) {
    char *end = NULL;
    uint64_t number = strtoull(text, &end, 0);
    if (end == text || *end != '\0') {
        fprintf(stderr, "not a number: %s\n", text);
        exit(2);
    }
    return number;
}

int main(int count, char **arguments) {
    uint64_t calls = 1000000, threads = 4, seed = 1, seconds = 3600;
    if (count == 5 && strcmp(arguments[1], "--ending") == 0) {
        set_report((int)number_of(arguments[4]));
        share_statistics((int)number_of(arguments[3]));
        return ending_main(number_of(arguments[2]));
    }
    struct option {
        const char *name;
        uint64_t *value;
    } options[] = {
        {"--calls", &calls}, {"--threads", &threads}, {"--seed", &seed}, {"--seconds", &seconds}};
    for (int index = 1; index < count; index += 2) {
        uint64_t *value = NULL;
        for (size_t option = 0; option < sizeof options / sizeof *options; option++) {
            if (strcmp(arguments[index], options[option].name) == 0) {
                value = options[option].value;
            }
        }
        if (!value || index + 1 == count) {
            fprintf(stderr, "usage: fuzz [--calls N] [--threads N] [--seed N] [--seconds N]\n");
            return 2;
        }
        *value = number_of(arguments[index + 1]);
    }
    if (threads < 1 || threads > MOST_ACTORS / 2 || calls < 1) {
        fprintf(stderr, "fuzz: 1 to %d threads, and at least one call\n", MOST_ACTORS / 2);
        return 2;
    }
    bool loud = isatty(STDERR_FILENO);
    set_report(dup(STDERR_FILENO));
    int file = memfd_create("statistics", 0);
    share_statistics(file);
    printf("seed %" PRIu64 ", %" PRIu64 " calls, %" PRIu64 " threads\n", seed, calls, threads);
    fflush(stdout);

    int threads_before = system_threads();
    uint64_t began = now();
    uint64_t endings = calls / CALLS_AN_ENDING;
    atomic_store(&fuzz_seed, seed * UINT64_C(0x9FB21C651E98DF25));
    rescuer_start();
    workers_start(seed, (int)threads, calls, began + seconds * UINT64_C(1000000000));
    double warm =
        supervise(seed, calls, endings < LEAST_ENDINGS ? LEAST_ENDINGS : endings, file, loud);
    wind_up();
    double took = (double)(now() - began) * 1e-9;
    int left = threads_left(threads_before);
    double mib = resident_mib();

    int never = print_results();
    printf("%" PRIu64 " calls in %.1f s (%.2f us each), %d functions, %d of them never\n",
           atomic_load(&statistics->total), took,
           took * 1e6 / (double)atomic_load(&statistics->total), function_count, never);
    printf("%" PRIu64 " callbacks, %" PRIu64 " rescues, %" PRIu64 " processes that end\n",
           atomic_load(&statistics->callbacks), atomic_load(&statistics->rescues),
           atomic_load(&statistics->endings));
    printf("%.1f MiB resident, %.1f MiB after a quarter; %d threads of the system, %d at the "
           "beginning\n",
           mib, warm, left, threads_before);
    bool even = print_objects();
    fflush(stdout);
    if (never && atomic_load(&statistics->total) >= ALL_CALLED_FROM) {
        fail("every function of the header is called");
    }
    if (!even) {
        fail("every object that was made is destroyed, once");
    }
    /* The sanitizer itself keeps something of every thread that there was. */
    double more = under_address_sanitizer ? (double)calls * 1e-5 : 0;
    if (mib > warm + GROWTH_MIB + more) {
        fail("memory does not grow without bound");
    }
    if (left > threads_before + 1) {
        fail("all threads have ended");
    }
    return 0;
}
