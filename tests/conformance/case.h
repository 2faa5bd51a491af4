/* The harness of the conformance programs.
 *
 * A case is one promise of the library, and its name says which:
 *
 *     CASE(release_by_another_thread_is_legal) {
 *         ... CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
 *     }
 *
 * The program runs one case per process: `lock_shared release_by_another_thread_is_legal`; without
 * an argument it lists them. ctest finds the cases by the lines that begin with CASE( in the
 * source, so each must begin one. A case that checks nothing fails. A case that takes longer than
 * CASE_SECONDS is killed by SIGALRM.
 *
 * CHILD(name) is the body of a process of its own, which a case starts with run_child(); exit
 * codes, signals and everything that it printed come back. It is for what a process can do only
 * once: ending. */
#ifndef CASE_H
#define CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <threading.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 2 to the power n, or where sizes have no such number the largest that they have. */
#define SIZE_OF_POWER(n) ((n) < 8 * sizeof(size_t) ? (size_t)(UINT64_C(1) << (n)) : SIZE_MAX)

/* The limit of one case, in seconds of wall-clock time. Generous: a loaded machine must not fail a
 * right answer. */
#ifndef CASE_SECONDS
#define CASE_SECONDS 60
#endif

typedef struct case_entry {
    const char *name;
    void (*body)(void);
    bool child;
    struct case_entry *next;
    /* of a case that is one row's of a table: see EACH_WAIT in waits.h */
    void (*body_of)(const void *row);
    const void *row;
} case_entry;

void case_register(case_entry *entry);

#define CASE_ENTRY_(name, is_child)                                                                \
    static void name(void);                                                                        \
    static case_entry name##_entry_ = {#name, name, is_child, NULL, NULL, NULL};                   \
    __attribute__((constructor)) static void name##_register_(void) {                              \
        case_register(&name##_entry_);                                                             \
    }                                                                                              \
    static void name(void)
#define CASE(name) CASE_ENTRY_(name, false)
#define CHILD(name) CASE_ENTRY_(name, true)

/* Checks may be made by any thread; the first that fails ends the process with status 1 and says
 * where and what. */
#define CHECK(condition) case_check((condition), #condition, __FILE__, __LINE__)
#define CHECK_STATUS(call, expected)                                                               \
    case_check_status((call), (expected), #call, __FILE__, __LINE__)
#define CHECK_NUMBER(actual, expected)                                                             \
    case_check_number((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)
#define CHECK_STRING(actual, expected)                                                             \
    case_check_string((actual), (expected), #actual, __FILE__, __LINE__)
/* At least `least` seconds have passed since `start` on threading_monotonic(): early is an error,
 * late is not. */
#define CHECK_NOT_EARLY(start, least) case_check_not_early((start), (least), __FILE__, __LINE__)
/* Waits until the condition is true, looking again and again: for states that only a query
 * shows. */
#define EVENTUALLY(condition)                                                                      \
    do {                                                                                           \
        for (double limit_ = threading_monotonic() + CASE_SECONDS / 2; !(condition);) {            \
            case_check(threading_monotonic() < limit_, "eventually: " #condition, __FILE__,        \
                       __LINE__);                                                                  \
            case_nap();                                                                            \
        }                                                                                          \
        case_check(true, #condition, __FILE__, __LINE__);                                          \
    } while (0)

void case_check(bool holds, const char *text, const char *file, int line);
void case_check_status(int32_t actual, int32_t expected, const char *text, const char *file,
                       int line);
void case_check_number(long long actual, long long expected, const char *text, const char *file,
                       int line);
void case_check_string(const char *actual, const char *expected, const char *text, const char *file,
                       int line);
void case_check_not_early(double start, double least, const char *file, int line);
/* Gives the processor away for a moment; never a means to be sure of anything. */
void case_nap(void);
/* How many threads the kernel knows in this process, the library's own among them. Those that an
 * emulator has are not counted. */
size_t case_tasks(void);
/* Ends the case: it cannot be tried on this system, for that reason. ctest lists it as skipped. */
void case_skip(const char *reason);

typedef struct child_outcome {
    int exit_code;      /* -1 if a signal ended it */
    int signal;         /* 0 if it exited */
    char output[65536]; /* what it wrote to stdout and stderr, in order, NUL-terminated */
} child_outcome;

/* Runs the CHILD of that name in a process of its own, and waits for its end. */
void run_child(const char *name, child_outcome *outcome);

#ifdef __cplusplus
}
#endif
#endif
