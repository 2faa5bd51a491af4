/* THREADING_CHECK: what it says of a call that fails, to whom, and that it ends the process. */
#include "case.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The hook hears of it before the process ends. */
static void prints(const char *function, threading_status status, uint64_t handle, void *ctx) {
    (void)handle, (void)ctx;
    printf("hook: %s %s\n", function, threading_status_name(status));
    fflush(stdout);
}

CHILD(check_fails_in_main) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_set_error_hook(prints, NULL), THREADING_OK);
    CHECK_STATUS(THREADING_CHECK(threading_lock_acquire(lock)), THREADING_OK);
    CHECK_STATUS(THREADING_CHECK(threading_lock_try_acquire(lock)), THREADING_TIMEOUT);
    CHECK_STATUS(THREADING_CHECK(threading_lock_release(lock)), THREADING_OK);
    printf("line %d\n", __LINE__ + 2);
    fflush(stdout);
    THREADING_CHECK(threading_lock_release(lock));
    printf("not reached\n");
}

static void check_report(const char *child, const char *thread) {
    static child_outcome outcome;
    int line = 0;
    char place[64];
    run_child(child, &outcome);
    CHECK_NUMBER(outcome.signal, SIGABRT);
    const char *told = strstr(outcome.output, "line ");
    CHECK(told != NULL);
    CHECK_NUMBER(sscanf(told, "line %d", &line), 1);
    snprintf(place, sizeof place, "check.c:%d", line);
    const char *report = strstr(outcome.output, place);
    CHECK(report != NULL);
    CHECK(strstr(report, "threading_lock_release(lock)") != NULL);
    CHECK(strstr(report, "THREADING_NOT_ACQUIRED") != NULL);
    CHECK(strstr(outcome.output, thread) != NULL);
    CHECK(strstr(outcome.output, "not reached") == NULL);
}

CASE(check_reports_and_aborts_after_the_hook) {
    static child_outcome outcome;
    run_child("check_fails_in_main", &outcome);
    const char *hook =
        strstr(outcome.output, "hook: threading_lock_release THREADING_NOT_ACQUIRED\n");
    const char *report = strstr(outcome.output, "check.c:");
    CHECK(hook != NULL);
    CHECK(report != NULL);
    CHECK(hook < report);
    check_report("check_fails_in_main", "MainThread");
}

static void *check_fails(void *unused) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    printf("line %d\n", __LINE__ + 2);
    fflush(stdout);
    THREADING_CHECK(threading_lock_release(lock));
    printf("not reached\n");
    return unused;
}

CHILD(check_fails_in_a_foreign_thread) {
    pthread_t thread;
    CHECK_NUMBER(pthread_create(&thread, NULL, check_fails, NULL), 0);
    pthread_join(thread, NULL);
}
CASE(check_names_a_foreign_thread) { check_report("check_fails_in_a_foreign_thread", "Dummy-"); }

/* stdout may be a file that nobody looks at: the report goes to stderr. */
CHILD(check_fails_without_stdout) {
    printf("line %d\n", __LINE__ + 5);
    fflush(stdout);
    CHECK(freopen("/dev/null", "w", stdout) != NULL);
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    THREADING_CHECK(threading_lock_release(lock));
}
CASE(check_reports_to_stderr) { check_report("check_fails_without_stdout", "MainThread"); }
