/* Mistakes that are told: what beginners do wrong is heard once, with the function and the line,
 * where it is asked for, and nothing is heard where it is not. */
#include "case.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What has to be told of this line: the child prints it, and its parent looks for it. */
#define TOLD(function, status)                                                                     \
    printf("expected: mistakes.c:%d: %s failed: %s (\n", __LINE__, function, #status)

/* Calls the function twice, on one line: that is told once. */
#define WRONG(status, function, ...)                                                               \
    do {                                                                                           \
        TOLD(#function, status);                                                                   \
        fflush(stdout);                                                                            \
        for (int time_ = 0; time_ < 2; time_++)                                                    \
            CHECK_NUMBER(function(__VA_ARGS__), status);                                           \
    } while (0)

static threading_lock lock;
static threading_rlock rlock;
static threading_condition condition;
static threading_semaphore semaphore;
static threading_event event;
static threading_barrier barrier;
static threading_thread worker;
static threading_timer timer;
static threading_lock destroyed;

static void *does_nothing(void *arg) { return arg; }

static void make_all(void) {
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    CHECK_STATUS(threading_bounded_semaphore_new(1, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
    CHECK_STATUS(threading_thread_new("worker", does_nothing, NULL, &worker), THREADING_OK);
    CHECK_STATUS(threading_timer_new(100, does_nothing, NULL, &timer), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&destroyed), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(destroyed), THREADING_OK);
}

/* The numbers of how often each line was told. */
static int count(const char *text, const char *wanted) {
    int found = 0;
    for (; (text = strstr(text, wanted)) != NULL; text++)
        found++;
    return found;
}

static void with_held_objects(void) {
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    WRONG(THREADING_BUSY, threading_lock_destroy, lock);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    WRONG(THREADING_NOT_ACQUIRED, threading_lock_release, lock);
    WRONG(THREADING_NOT_ACQUIRED, threading_rlock_release, rlock);
    WRONG(THREADING_NOT_ACQUIRED, threading_condition_wait, condition);
    WRONG(THREADING_NOT_ACQUIRED, threading_condition_notify, condition, 1);
    WRONG(THREADING_OVERFLOW, threading_semaphore_release, semaphore);
}

static void with_threads(void) {
    WRONG(THREADING_NOT_STARTED, threading_thread_join, worker);
    CHECK_STATUS(threading_thread_start(worker), THREADING_OK);
    WRONG(THREADING_ALREADY_STARTED, threading_thread_start, worker);
    WRONG(THREADING_WOULD_DEADLOCK, threading_thread_join, threading_current_thread());
    CHECK_STATUS(threading_thread_finish(worker, NULL), THREADING_OK);
    WRONG(THREADING_DESTROYED, threading_thread_join, worker);
    WRONG(THREADING_INVALID_ARGUMENT, threading_thread_spawn, "none", NULL, NULL, &worker);
}

static void with_arguments(void) {
    const threading_event none = THREADING_NULL;
    WRONG(THREADING_DESTROYED, threading_lock_acquire, destroyed);
    WRONG(THREADING_DESTROYED, threading_lock_acquire_timeout, destroyed, 1);
    WRONG(THREADING_INVALID_HANDLE, threading_event_set, none);
    WRONG(THREADING_INVALID_HANDLE, threading_event_wait, none);
    WRONG(THREADING_INVALID_ARGUMENT, threading_event_new, NULL);
    WRONG(THREADING_INVALID_ARGUMENT, threading_event_wait_timeout, event, (double)NAN);
    CHECK_STATUS(threading_barrier_abort(barrier), THREADING_OK);
    WRONG(THREADING_BROKEN, threading_barrier_wait, barrier, NULL);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    WRONG(THREADING_ALREADY_STARTED, threading_timer_start, timer);
    CHECK_STATUS(threading_timer_cancel(timer, NULL), THREADING_OK);
    TOLD("threading_event_is_set", THREADING_INVALID_HANDLE), CHECK(!threading_event_is_set(none));
}

static void all_mistakes(void) {
    make_all();
    with_held_objects();
    with_threads();
    with_arguments();
    printf("expected: mistakes.c:%d: threading_lock_acquire failed: THREADING_DESTROYED (\n",
           __LINE__ + 2);
    fflush(stdout);
    THREADING_WITH(destroyed)
        CHECK(!"reached");
    fflush(stdout);
}

CHILD(makes_mistakes) { all_mistakes(); }

/* Every line that is expected was told once, and no other. */
static void check_told(const char *output, int least) {
    int expected = 0;
    for (const char *line = output; (line = strstr(line, "expected: ")) != NULL; expected++) {
        char wanted[256];
        line += strlen("expected: ");
        snprintf(wanted, sizeof wanted, "libthreading: %.*s", (int)strcspn(line, "\n"), line);
        if (count(output, wanted) != 1)
            fprintf(stderr, "%d times: %s\n%s\n", count(output, wanted), wanted, output);
        CHECK_NUMBER(count(output, wanted), 1);
    }
    CHECK(expected >= least);
    CHECK_NUMBER(count(output, "libthreading: "), expected);
}

static const char *run_with(const char *setting, const char *child) {
    static child_outcome outcome;
    if (setting)
        CHECK_NUMBER(setenv("THREADING_REPORT", setting, 1), 0);
    else
        CHECK_NUMBER(unsetenv("THREADING_REPORT"), 0);
    run_child(child, &outcome);
    if (outcome.exit_code != 0)
        fputs(outcome.output, stderr);
    CHECK_NUMBER(outcome.exit_code, 0);
    return outcome.output;
}

CASE(each_mistake_is_told_once_with_its_function_and_line) {
    const char *output = run_with("1", "makes_mistakes");
    check_told(output, 20);
    CHECK(strstr(output, "(nobody holds the lock that the call releases) for lock 0x") != NULL);
    CHECK(strstr(output, "in thread MainThread\n") != NULL);
}

CASE(without_the_setting_only_a_skipped_statement_is_told) {
    const char *output = run_with(NULL, "makes_mistakes");
    CHECK_NUMBER(count(output, "libthreading: "), 1);
    const char *told = strstr(output, "libthreading: ");
    CHECK(strstr(told, "mistakes.c:") != NULL);
    CHECK(strstr(told, "THREADING_WITH skips its statement: threading_lock_acquire failed: "
                       "THREADING_DESTROYED (") != NULL);
}

CASE(zero_prints_nothing) {
    CHECK_NUMBER(count(run_with("0", "makes_mistakes"), "libthreading"), 0);
}

CHILD(makes_mistakes_when_told_to) {
    make_all();
    CHECK_STATUS(threading_lock_release(lock), THREADING_NOT_ACQUIRED);
    CHECK_STATUS(threading_report_mistakes(true), THREADING_OK);
    WRONG(THREADING_NOT_ACQUIRED, threading_lock_release, lock);
    CHECK_STATUS(threading_report_mistakes(false), THREADING_OK);
    CHECK_STATUS(threading_lock_release(lock), THREADING_NOT_ACQUIRED);
}

CASE(a_program_can_ask_for_it_and_no_more) {
    check_told(run_with(NULL, "makes_mistakes_when_told_to"), 1);
}

CASE(the_environment_has_the_last_word) {
    CHECK_NUMBER(count(run_with("0", "makes_mistakes_when_told_to"), "libthreading"), 0);
    CHECK_NUMBER(count(run_with("1", "makes_mistakes_when_told_to"), "libthreading"), 3);
}

/* A positive status is no mistake. */
CHILD(makes_none) {
    make_all();
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_try_acquire(lock), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_acquire_timeout(lock, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_event_wait_timeout(event, 0), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_destroy((threading_lock)THREADING_NULL), THREADING_OK);
    CHECK(!threading_event_is_set(event));
}

CASE(what_is_no_error_is_not_told) {
    CHECK_NUMBER(count(run_with("1", "makes_none"), "libthreading"), 0);
}

CASE(abort_ends_the_process_after_the_first) {
    static child_outcome outcome;
    CHECK_NUMBER(setenv("THREADING_REPORT", "abort", 1), 0);
    run_child("makes_mistakes", &outcome);
    CHECK_NUMBER(outcome.signal, SIGABRT);
    check_told(outcome.output, 1);
}

CASE(a_value_without_a_meaning_is_told_and_ignored) {
    const char *output = run_with("yes\n", "makes_none");
    CHECK_STRING(output, "libthreading: THREADING_REPORT=yes\\n is ignored: 0 prints nothing, 1 "
                         "tells calls that fail, abort also aborts\n");
    CHECK_NUMBER(count(run_with("", "makes_none"), "libthreading"), 0);
}

static void *makes_a_mistake(void *arg) {
    WRONG(THREADING_NOT_ACQUIRED, threading_lock_release, lock);
    return arg;
}

CHILD(makes_mistakes_in_a_thread) {
    threading_thread thread;
    make_all();
    CHECK_STATUS(threading_thread_spawn("a name that is longer than the system's", makes_a_mistake,
                                        NULL, &thread),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

CASE(the_line_names_the_thread) {
    const char *output = run_with("1", "makes_mistakes_in_a_thread");
    check_told(output, 1);
    CHECK(strstr(output, "in thread a name that is longer than the system's\n") != NULL);
}

/* Told where no lock may be taken. */
static void handler(int number) {
    (void)number;
    (void)threading_event_set((threading_event)THREADING_NULL);
}

CHILD(makes_a_mistake_in_a_handler) {
    CHECK(signal(SIGUSR1, handler) != SIG_ERR);
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(raise(SIGUSR1), 0);
}

CASE(a_mistake_in_a_signal_handler_is_told) {
    const char *output = run_with("1", "makes_a_mistake_in_a_handler");
    CHECK_NUMBER(count(output,
                       "threading_event_set failed: THREADING_INVALID_HANDLE (the handle is "
                       "null: the object was never made) in thread MainThread\n"),
                 1);
}

/* The hook that runs after the line finds the cause as it was. */
static void hears(const char *function, threading_status status, uint64_t handle, void *ctx) {
    (void)handle, (void)ctx;
    printf("hook: %s %s: %s\n", function, threading_status_name(status), threading_error_message());
    fflush(stdout);
}

CHILD(hears_of_mistakes) {
    make_all();
    CHECK_STATUS(threading_set_error_hook(hears, NULL), THREADING_OK);
    CHECK_STATUS(threading_lock_release(lock), THREADING_NOT_ACQUIRED);
    CHECK_STRING(threading_error_message(), "nobody holds the lock that the call releases");
}

CASE(the_line_is_printed_before_the_hook_runs) {
    const char *output = run_with("1", "hears_of_mistakes");
    const char *told = strstr(output, "libthreading: mistakes.c:");
    const char *heard = strstr(output, "hook: threading_lock_release THREADING_NOT_ACQUIRED: nobody"
                                       " holds the lock that the call releases\n");
    CHECK(told != NULL);
    CHECK(heard != NULL);
    CHECK(told < heard);
}

static int errors; /* the reading end of what is the standard error stream now */

/* Lets the thread go on that waits for its own lock, as soon as that is told. */
static void *releases_when_told(void *arg) {
    char text[4096];
    ssize_t length = read(errors, text, sizeof text - 1);
    CHECK(length > 0);
    text[length] = '\0';
    printf("%s", text);
    fflush(stdout);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    return arg;
}

CHILD(waits_for_itself) {
    int ends[2];
    threading_thread thread;
    make_all();
    CHECK_NUMBER(pipe(ends), 0);
    errors = ends[0];
    CHECK_NUMBER(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    CHECK_STATUS(threading_thread_spawn(NULL, releases_when_told, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    printf("line %d\n", __LINE__ + 2);
    fflush(stdout);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

CASE(a_lock_that_its_holder_waits_for_is_told_after_a_second) {
    double start = threading_monotonic();
    char wanted[256];
    int line;
    const char *output = run_with("1", "waits_for_itself");
    CHECK_NOT_EARLY(start, 1.0);
    CHECK_NUMBER(sscanf(output, "line %d", &line), 1);
    snprintf(wanted, sizeof wanted,
             "libthreading: mistakes.c:%d: threading_lock_acquire has waited for a second, and the "
             "caller holds the lock itself",
             line);
    CHECK_NUMBER(count(output, wanted), 1);
}

/* threading_with_failed_ is what THREADING_WITH calls. */
CHILD(skips) {
    for (int i = 0; i < 2; i++)
        CHECK_STATUS(threading_with_failed_(THREADING_BUSY, "file.c", 7), THREADING_BUSY);
    CHECK_STATUS(threading_with_failed_(THREADING_TIMEOUT, NULL, 8), THREADING_TIMEOUT);
    CHECK_STATUS(threading_with_failed_(99, "file.c", 9), THREADING_OK);
    CHECK_STATUS(threading_with_failed_(THREADING_BUSY, NULL, 10), THREADING_BUSY);
}

CASE(a_skipped_statement_is_told_once_for_each_line) {
    const char *output = run_with(NULL, "skips");
    CHECK_NUMBER(count(output, "libthreading: "), 2);
    CHECK_NUMBER(count(output, "libthreading: file.c:7: THREADING_WITH skips its statement: "), 1);
    CHECK_NUMBER(count(output, "libthreading: ?:10: THREADING_WITH skips its statement: "), 1);
}
