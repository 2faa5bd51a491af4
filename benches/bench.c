#include "bench.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "threading.h"

uint64_t bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

_Noreturn void bench_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void bench_must(int error, const char *what)
{
    if (error != 0)
        bench_fail("%s: %s", what, strerror(error));
}

void *bench_allocate(size_t count, size_t size)
{
    void *memory = malloc(count * size);
    if (memory == NULL)
        bench_fail("no memory for %zu objects of %zu bytes", count, size);
    /* Not zero: a compiler may make calloc of that, which leaves the pages untouched. */
    return memset(memory, 0xa5, count * size);
}

/* ---- statistics ---- */

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double bench_quantile(double *values, size_t count, double part)
{
    qsort(values, count, sizeof *values, by_value);
    double place = part * (double)(count - 1);
    size_t below = (size_t)place;
    if (below + 1 >= count)
        return values[count - 1];
    return values[below] + (place - (double)below) * (values[below + 1] - values[below]);
}

double bench_median(double *values, size_t count)
{
    return bench_quantile(values, count, 0.5);
}

/* ---- what others had ---- */

/* CPU seconds since the machine started, of all CPUs together, and of this process with its children. */
struct machine_time {
    double total, busy, stolen, own;
};

static struct machine_time at_head;

static double rusage_seconds(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static struct machine_time machine_time_now(void)
{
    /* user, nice, system, idle, iowait, irq, softirq, steal, in ticks */
    unsigned long long ticks[8] = {0};
    struct machine_time now = {0, 0, 0, rusage_seconds(RUSAGE_SELF) + rusage_seconds(RUSAGE_CHILDREN)};
    FILE *file = fopen("/proc/stat", "r");
    if (file == NULL)
        return now;
    int found = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &ticks[0], &ticks[1], &ticks[2], &ticks[3],
                       &ticks[4], &ticks[5], &ticks[6], &ticks[7]);
    fclose(file);
    double second = (double)sysconf(_SC_CLK_TCK);
    for (int i = 0; i < found; i++) {
        now.total += (double)ticks[i] / second;
        if (i != 3 && i != 4 && i != 7)
            now.busy += (double)ticks[i] / second;
    }
    now.stolen = (double)ticks[7] / second;
    return now;
}

void bench_foot(void)
{
    struct machine_time now = machine_time_now();
    double total = now.total - at_head.total;
    if (total <= 0)
        return;
    double others = 100 * fmax((now.busy - at_head.busy) - (now.own - at_head.own), 0) / total;
    double host = 100 * (now.stolen - at_head.stolen) / total;
    printf("# meanwhile other processes had %.0f %% of the machine's CPU time, and its host took %.0f %%%s\n", others,
           host, others + host > 5 ? ": too much, run it again" : "");
}

/* ---- the head line ---- */

static void cpu_model(char *model, size_t capacity)
{
    struct utsname system;
    uname(&system);
    snprintf(model, capacity, "%s", system.machine);
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (file == NULL)
        return;
    char line[512];
    while (fgets(line, sizeof line, file) != NULL) {
        char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || value == NULL)
            continue;
        do
            value++;
        while (isspace((unsigned char)*value));
        value[strcspn(value, "\n")] = '\0';
        snprintf(model, capacity, "%s (%s)", value, system.machine);
        break;
    }
    fclose(file);
}

size_t bench_cpus_allowed(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return (size_t)sysconf(_SC_NPROCESSORS_ONLN);
    return (size_t)CPU_COUNT(&set);
}

void bench_head(const char *program, const char *rivals)
{
    /* Without this a pipe would show nothing until the end. */
    setvbuf(stdout, NULL, _IOLBF, 0);

    char model[256], date[32];
    cpu_model(model, sizeof model);
    time_t now = time(NULL);
    struct tm parts;
    strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", gmtime_r(&now, &parts));
    struct utsname system;
    uname(&system);
    double load = 0;
    if (getloadavg(&load, 1) != 1)
        load = NAN;
    printf("# %s: %s, %zu of %ld CPUs allowed, %s %s, %s, load %.2f\n", program, model, bench_cpus_allowed(),
           sysconf(_SC_NPROCESSORS_CONF), system.sysname, system.release, date, load);

    printf("# libthreading %s", threading_version());
#ifdef __GLIBC__
    printf(", glibc %s", gnu_get_libc_version());
#endif
    if (rivals != NULL)
        printf(", %s", rivals);
#ifdef __clang__
    printf(", %s\n", __VERSION__);
#else
    printf(", gcc %s\n", __VERSION__);
#endif
    at_head = machine_time_now();
}

/* ---- options ---- */

size_t bench_number(const char *text, const char *option)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0)
        bench_fail("%s: \"%s\" is not a number", option, text);
    return (size_t)value;
}

double bench_seconds(const char *text, const char *option)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value > 0) || value > 3600)
        bench_fail("%s: \"%s\" is not a time in seconds", option, text);
    return value;
}

struct bench_list bench_numbers(const char *text, const char *option)
{
    struct bench_list list = {{0}, 0};
    char *copy = strdup(text), *rest = copy, *word;
    while ((word = strsep(&rest, ",")) != NULL) {
        if (list.count == BENCH_LIST_MAX)
            bench_fail("%s: more than %d numbers", option, BENCH_LIST_MAX);
        list.values[list.count++] = bench_number(word, option);
    }
    free(copy);
    return list;
}

static bool is_listed(const char *only, const char *name, size_t length)
{
    while (*only != '\0') {
        size_t word = strcspn(only, ",");
        if (word == length && strncmp(only, name, length) == 0)
            return true;
        only += word;
        only += *only == ',';
    }
    return false;
}

bool bench_selected(const char *only, const char *name)
{
    return only == NULL || is_listed(only, name, strlen(name));
}

void bench_check_only(const char *only, const char *const *names, size_t count)
{
    if (only == NULL)
        return;
    for (size_t length; *only != '\0'; only += length, only += *only == ',') {
        length = strcspn(only, ",");
        bool known = false;
        for (size_t i = 0; i < count && !known; i++)
            known = strlen(names[i]) == length && strncmp(names[i], only, length) == 0;
        if (known)
            continue;
        fprintf(stderr, "--only: \"%.*s\" is none of:", (int)length, only);
        for (size_t i = 0; i < count; i++)
            fprintf(stderr, " %s", names[i]);
        bench_fail(" ");
    }
}

/* ---- the busy loop ---- */

size_t bench_busy_turns(double nanoseconds)
{
    enum { TURNS = 200000, TRIES = 25 };
    double best = INFINITY;
    /* The quickest try is the one that nothing interrupted. */
    for (int i = 0; i < TRIES; i++) {
        uint64_t start = bench_now();
        bench_busy(TURNS);
        best = fmin(best, (double)(bench_now() - start));
    }
    return (size_t)(nanoseconds / (best / TURNS) + 0.5);
}

size_t bench_count_that_fills(double (*time)(size_t operations), double nanoseconds)
{
    size_t operations = 1024;
    double taken = time(operations);
    while (taken < nanoseconds / 2) {
        operations *= 2;
        taken = time(operations);
    }
    return (size_t)((double)operations * nanoseconds / taken) + 1;
}

void bench_in_process(void (*part)(const void *argument), const void *argument)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        part(argument);
        fflush(stdout);
        _exit(0);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        bench_fail("a process that measures failed");
}

/* smaps_rollup counts the pages; statm, on newer kernels, tells an estimate that is off by some dozens of them. */
double bench_resident_bytes(void)
{
    char line[256];
    unsigned long long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    if (file != NULL) {
        while (resident == 0 && fgets(line, sizeof line, file) != NULL)
            if (sscanf(line, "Rss: %llu kB", &resident) != 1)
                resident = 0;
        fclose(file);
        if (resident > 0)
            return (double)resident * 1024;
    }
    file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%llu %llu", &size, &resident) != 2)
        bench_fail("/proc/self/statm cannot be read");
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}
