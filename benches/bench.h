/* What every benchmark here shares: the clock, the statistics, the head line, the busy loop and the options. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No two of these lie in one cache line, nor in the pair of lines that some machines fetch together. */
#define BENCH_APART _Alignas(128)

/* For loops that take the function to be timed as an argument: inlined, the calls in them are direct. */
#define BENCH_INLINE static inline __attribute__((always_inline))

#define BENCH_LIST_MAX 32

/* A list of numbers given as an option: "1,2,4". */
struct bench_list {
    size_t values[BENCH_LIST_MAX];
    size_t count;
};

/* Nanoseconds on the monotonic clock. */
uint64_t bench_now(void);

/* The value below which `part` of the values lie (0.5: the median); interpolates, and sorts the array. */
double bench_quantile(double *values, size_t count, double part);
double bench_median(double *values, size_t count);

/* Two lines: program, machine, number of CPUs allowed, kernel, date, load; then the versions. `rivals` names those
 * beside the C library, or is NULL. */
void bench_head(const char *program, const char *rivals);

/* One line: how much of the machine others had since bench_head. */
void bench_foot(void);

size_t bench_cpus_allowed(void);

/* Ends the program with a line on stderr. */
_Noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For calls that return an errno value, as pthread functions do. */
void bench_must(int error, const char *what);

/* Memory for `count` objects, of no particular contents; never NULL. Its pages are touched, so that no round pays for
 * them. */
void *bench_allocate(size_t count, size_t size);

/* How many operations fill so many nanoseconds; `time` does so many and says how long they took. Caches, branch predictor and clock
 * frequency are warm afterwards. */
size_t bench_count_that_fills(double (*time)(size_t operations), double nanoseconds);

/* Calls `part` in a process of its own, so that it finds nothing that an earlier part left in memory. */
void bench_in_process(void (*part)(const void *argument), const void *argument);

/* Bytes of memory that this process has in use. */
double bench_resident_bytes(void);

size_t bench_number(const char *text, const char *option);
double bench_seconds(const char *text, const char *option);
struct bench_list bench_numbers(const char *text, const char *option);

/* Whether `name` stands in the comma-separated `only`; NULL selects everything. */
bool bench_selected(const char *only, const char *name);
/* Ends the program if `only` holds a name that is not in `names`. */
void bench_check_only(const char *only, const char *const *names, size_t count);

/* Keeps a CPU busy and touches no memory: each turn waits for the multiplication of the one before. */
static inline void bench_busy(size_t turns)
{
    uint64_t x = turns;
    while (turns > 0) {
        x = x * UINT64_C(6364136223846793005) + 1;
        __asm__ volatile("" : "+r"(x));
        turns--;
    }
}

/* Turns of bench_busy that take `nanoseconds` when nothing else has the CPU. */
size_t bench_busy_turns(double nanoseconds);

#endif
