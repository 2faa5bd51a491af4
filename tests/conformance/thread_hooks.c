/* The hooks: at the start and the exit of each thread, and for exceptions that were reported. */
#include "case.h"
#include "gate.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What happened, in order, each step one letter. */
static char steps[64];
static atomic_size_t step_count;

static void step(char letter) {
    size_t at = atomic_fetch_add(&step_count, 1);
    CHECK(at + 1 < sizeof steps);
    steps[at] = letter;
}

static const char *steps_taken(void) {
    steps[atomic_exchange(&step_count, 0)] = '\0';
    return steps;
}

static threading_thread expected;
static int context;

static void check_hook(threading_thread thread, void *ctx) {
    void *result = &context;
    CHECK(ctx == &context);
    CHECK(THREADING_SAME(thread, threading_current_thread()));
    CHECK(THREADING_SAME(thread, expected));
    CHECK(threading_thread_is_alive(thread));
    CHECK(threading_thread_ident(thread) == threading_get_ident());
    CHECK(threading_thread_native_id(thread) == threading_get_native_id());
    CHECK_STRING(threading_current_name(), "hooked");
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_BUSY);
    CHECK_STATUS(threading_thread_join(thread), THREADING_WOULD_DEADLOCK);
}

static void at_start(threading_thread thread, void *ctx) {
    check_hook(thread, ctx);
    step('s');
}

static void at_exit(threading_thread thread, void *ctx) {
    check_hook(thread, ctx);
    step('e');
}

static void *take_a_step(void *arg) {
    step('t');
    return arg;
}

static void run_hooked(void) {
    CHECK_STATUS(threading_thread_spawn("hooked", take_a_step, NULL, &expected), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(expected, NULL), THREADING_OK);
}

CASE(the_hooks_run_in_the_thread_around_its_target) {
    CHECK_STATUS(threading_set_start_hook(at_start, &context), THREADING_OK);
    CHECK_STATUS(threading_set_exit_hook(at_exit, &context), THREADING_OK);
    run_hooked();
    CHECK_STRING(steps_taken(), "ste");
    run_hooked();
    run_hooked();
    CHECK_STRING(steps_taken(), "steste");
    CHECK_STATUS(threading_thread_spawn_daemon("hooked", take_a_step, NULL, &expected),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_finish(expected, NULL), THREADING_OK);
    CHECK_STRING(steps_taken(), "ste");
}

CASE(each_hook_works_alone_and_null_takes_it_away) {
    run_hooked();
    CHECK_STRING(steps_taken(), "t");
    CHECK_STATUS(threading_set_start_hook(at_start, &context), THREADING_OK);
    run_hooked();
    CHECK_STRING(steps_taken(), "st");
    CHECK_STATUS(threading_set_start_hook(NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_set_exit_hook(at_exit, &context), THREADING_OK);
    run_hooked();
    CHECK_STRING(steps_taken(), "te");
    CHECK_STATUS(threading_set_exit_hook(NULL, &context), THREADING_OK);
    run_hooked();
    CHECK_STRING(steps_taken(), "t");
}

static void at_other_start(threading_thread thread, void *ctx) {
    CHECK(THREADING_SAME(thread, threading_current_thread()));
    CHECK(ctx == steps);
    step('o');
}

CASE(a_new_hook_replaces_the_old_one) {
    CHECK_STATUS(threading_set_start_hook(at_start, &context), THREADING_OK);
    CHECK_STATUS(threading_set_start_hook(at_other_start, steps), THREADING_OK);
    run_hooked();
    CHECK_STRING(steps_taken(), "ot");
}

CASE(a_join_waits_for_the_exit_hook) {
    for (int round = 0; round < 300; round++) {
        CHECK_STATUS(threading_set_exit_hook(at_exit, &context), THREADING_OK);
        run_hooked();
        CHECK_STRING(steps_taken(), "te");
    }
}

static void *nothing(void *arg) { return arg; }

static void use_the_library(threading_thread thread, void *ctx) {
    threading_thread child, array[16];
    threading_lock lock;
    CHECK(ctx == &context);
    if (strcmp(threading_current_name(), "child") == 0) {
        step('c');
        return;
    }
    CHECK_STATUS(threading_thread_spawn("child", nothing, NULL, &child), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(child, NULL), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK(threading_enumerate(array, 16) >= 2);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(thread, "renamed"), THREADING_OK);
    CHECK_STATUS(threading_set_start_hook(NULL, NULL), THREADING_OK);
    step('p');
}

CASE(a_hook_may_call_any_function) {
    CHECK_STATUS(threading_set_exit_hook(use_the_library, &context), THREADING_OK);
    run_hooked();
    CHECK_STRING(steps_taken(), "tcp");
    CHECK_STATUS(threading_set_exit_hook(NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_set_start_hook(use_the_library, &context), THREADING_OK);
    run_hooked();
    CHECK_STRING(steps_taken(), "cpt");
}

/* Exceptions. */

static int payload;

static void at_exception(const threading_exception *exception, void *ctx) {
    CHECK(ctx == &context);
    CHECK_STRING(exception->type, "ValueError");
    CHECK_STRING(exception->message, "run failed");
    CHECK(exception->payload == &payload);
    CHECK(THREADING_SAME(exception->thread, threading_current_thread()));
    step('x');
}

static void *report(void *arg) {
    CHECK_STATUS(threading_report_exception("ValueError", "run failed", &payload), THREADING_OK);
    step('t');
    return arg;
}

/* test_custom_excepthook */
CASE(the_excepthook_gets_what_was_reported_and_the_thread_goes_on) {
    pthread_t foreign;
    void *result = NULL;
    CHECK_STATUS(threading_set_excepthook(at_exception, &context), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn(NULL, report, &payload, &expected), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(expected, &result), THREADING_OK);
    CHECK(result == &payload);
    CHECK_STRING(steps_taken(), "xt");
    report(NULL);
    CHECK_STRING(steps_taken(), "xt");
    CHECK_NUMBER(pthread_create(&foreign, NULL, report, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK_STRING(steps_taken(), "xt");
}

CASE(has_excepthook_tells_whether_a_report_goes_to_a_hook) {
    CHECK(!threading_has_excepthook());
    CHECK_STATUS(threading_set_excepthook(at_exception, &context), THREADING_OK);
    CHECK(threading_has_excepthook());
    CHECK_STATUS(threading_set_excepthook(NULL, &context), THREADING_OK);
    CHECK(!threading_has_excepthook());
}

static void report_within(const threading_exception *exception, void *ctx) {
    (void)ctx;
    threading_thread child;
    CHECK_STRING(exception->type, "ValueError");
    CHECK_STATUS(threading_set_excepthook(at_exception, &context), THREADING_OK);
    CHECK_STATUS(threading_report_exception("ValueError", "run failed", &payload), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &child), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(child, NULL), THREADING_OK);
    step('w');
}

CASE(the_excepthook_may_call_any_function) {
    CHECK_STATUS(threading_set_excepthook(report_within, NULL), THREADING_OK);
    report(NULL);
    CHECK_STRING(steps_taken(), "xwt");
}

CASE(what_is_not_utf8_is_invalid_and_not_reported) {
    CHECK_STATUS(threading_set_excepthook(at_exception, &context), THREADING_OK);
    CHECK_STATUS(threading_report_exception("\xff", "run failed", &payload),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_report_exception("ValueError", "run\xff failed", &payload),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STRING(steps_taken(), "");
}

CHILD(reports_without_a_hook) {
    CHECK_STATUS(threading_thread_spawn("excepthook thread", report, NULL, &expected),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_finish(expected, NULL), THREADING_OK);
    printf("alive\n");
}

/* test_excepthook */
CASE(without_a_hook_stderr_names_thread_type_and_message) {
    static child_outcome outcome;
    run_child("reports_without_a_hook", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK(strstr(outcome.output, "Exception in thread excepthook thread") != NULL);
    CHECK(strstr(outcome.output, "ValueError: run failed\n") != NULL);
    CHECK(strstr(outcome.output, "alive\n") != NULL);
}

CHILD(reports_with_stderr_alone) {
    close(STDOUT_FILENO);
    report(NULL);
}

CASE(without_a_hook_the_message_goes_to_stderr) {
    static child_outcome outcome;
    run_child("reports_with_stderr_alone", &outcome);
    CHECK(strstr(outcome.output, "Exception in thread MainThread") != NULL);
}

static void custom_hook(const threading_exception *exception, void *ctx) {
    (void)exception;
    (void)ctx;
    fprintf(stderr, "Running a thread failed\n");
}

CHILD(reports_with_a_hook) {
    CHECK_STATUS(threading_set_excepthook(custom_hook, NULL), THREADING_OK);
    report(NULL);
}

CHILD(reports_after_a_hook) {
    CHECK_STATUS(threading_set_excepthook(custom_hook, NULL), THREADING_OK);
    CHECK_STATUS(threading_set_excepthook(NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("excepthook thread", report, NULL, &expected),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_finish(expected, NULL), THREADING_OK);
    printf("alive\n");
}

/* test_original_excepthook */
CASE(a_hook_replaces_the_message_and_null_brings_it_back) {
    static child_outcome by_default, by_hook, recovered;
    run_child("reports_without_a_hook", &by_default);
    run_child("reports_with_a_hook", &by_hook);
    run_child("reports_after_a_hook", &recovered);
    CHECK_STRING(by_hook.output, "Running a thread failed\n");
    CHECK(strcmp(by_default.output, by_hook.output) != 0);
    CHECK_STRING(recovered.output, by_default.output);
}

CHILD(reports_nulls) {
    threading_status status = threading_report_exception(NULL, NULL, NULL);
    CHECK(status == THREADING_OK || status == THREADING_INVALID_ARGUMENT);
    status = threading_report_exception("ValueError", NULL, NULL);
    CHECK(status == THREADING_OK || status == THREADING_INVALID_ARGUMENT);
    printf("alive\n");
}

CASE(a_type_or_message_that_is_null_gets_a_status) {
    static child_outcome outcome;
    run_child("reports_nulls", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK(strstr(outcome.output, "alive\n") != NULL);
}
