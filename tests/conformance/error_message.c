/* Why a call fails: the messages of statuses name the usual causes, and the error hook and
 * THREADING_CHECK get the one that it was. */
#include "case.h"
#include "worker.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* ---- the messages of statuses ---- */

static void check_names(threading_status status, const char *const *causes) {
    for (; *causes; causes++) {
        if (!strstr(threading_status_message(status), *causes)) {
            fprintf(stderr, "%s does not name \"%s\"\n", threading_status_name(status), *causes);
            CHECK(!"the message names its usual causes");
        }
        CHECK(true);
    }
}
#define CHECK_NAMES(status, ...) check_names(status, (const char *const[]){__VA_ARGS__, NULL})

CASE(each_message_names_the_usual_causes) {
    CHECK_NAMES(THREADING_TIMEOUT, "time", "poll");
    CHECK_NAMES(THREADING_INVALID_HANDLE, "null", "made up", "another kind");
    CHECK_NAMES(THREADING_DESTROYED, "destroyed", "detached");
    CHECK_NAMES(THREADING_INVALID_ARGUMENT, "NULL", "range", "UTF-8");
    CHECK_NAMES(THREADING_NOT_ACQUIRED, "nobody holds", "needs");
    CHECK_NAMES(THREADING_NOT_OWNER, "another thread holds", "needs");
    CHECK_NAMES(THREADING_BUSY, "held", "waited for", "ended", "owned by the library");
    CHECK_NAMES(THREADING_OVERFLOW, "semaphore", "rlock");
    CHECK_NAMES(THREADING_BROKEN, "before", "meanwhile", "reset");
    CHECK_NAMES(THREADING_ALREADY_STARTED, "thread", "timer");
    CHECK_NAMES(THREADING_NOT_STARTED, "thread", "timer");
    CHECK_NAMES(THREADING_WOULD_DEADLOCK, "a thread", "an action", "barrier");
    CHECK_NAMES(THREADING_NO_RESOURCES, "memory", "handles", "threads");
}

/* ---- the sentence for the call that failed ---- */

/* What the hook was told by the last call that failed. */
static char heard[256];

static void hears(const char *function, threading_status status, uint64_t handle, void *ctx) {
    threading_lock null = THREADING_NULL;
    (void)function, (void)status, (void)handle, (void)ctx;
    snprintf(heard, sizeof heard, "%s", threading_error_message());
    /* What fails inside the hook has a message of its own there, and leaves the call's as it
     * was. */
    CHECK_STATUS(threading_lock_acquire(null), THREADING_INVALID_HANDLE);
    CHECK(strstr(threading_error_message(), "handle is null") != NULL);
}

static void check_because(threading_status status, threading_status expected, const char *cause,
                          const char *call, int line) {
    case_check_status(status, expected, call, __FILE__, line);
    if (!strstr(heard, cause)) {
        fprintf(stderr, "the hook was told \"%s\", which does not name \"%s\"\n", heard, cause);
    }
    case_check(strstr(heard, cause) != NULL, "the hook hears of the cause", __FILE__, line);
    case_check_string(threading_error_message(), heard, "the message after the call", __FILE__,
                      line);
}
#define BECAUSE(call, expected, cause) check_because(call, expected, cause, #call, __LINE__)

static void listen(void) { CHECK_STATUS(threading_set_error_hook(hears, NULL), THREADING_OK); }

static void *nothing(void *arg) { return arg; }
static void forget(void *ctx) { (void)ctx; }

CASE(without_a_failure_the_message_says_so) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STRING(threading_error_message(), "no call has failed in this thread");
}

CASE(an_invalid_argument_is_named) {
    threading_thread thread;
    threading_timer timer;
    threading_lock lock;
    threading_semaphore semaphore;
    threading_barrier barrier;
    threading_condition condition;
    char name[4];
    listen();
    BECAUSE(threading_thread_new("\xff", nothing, NULL, &thread), THREADING_INVALID_ARGUMENT,
            "name is not UTF-8");
    BECAUSE(threading_thread_new(NULL, NULL, NULL, &thread), THREADING_INVALID_ARGUMENT,
            "target is NULL");
    BECAUSE(threading_thread_new(NULL, nothing, NULL, NULL), THREADING_INVALID_ARGUMENT,
            "result goes is NULL");
    BECAUSE(threading_thread_spawn("\xff", nothing, NULL, NULL), THREADING_INVALID_ARGUMENT,
            "name is not UTF-8");
    BECAUSE(threading_thread_spawn(NULL, NULL, NULL, NULL), THREADING_INVALID_ARGUMENT,
            "target is NULL");
    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &thread), THREADING_OK);
    BECAUSE(threading_thread_set_name(thread, NULL), THREADING_INVALID_ARGUMENT, "name is NULL");
    BECAUSE(threading_thread_set_name(thread, "\xff"), THREADING_INVALID_ARGUMENT,
            "name is not UTF-8");
    BECAUSE(threading_thread_name(thread, NULL, 1, NULL), THREADING_INVALID_ARGUMENT,
            "buffer is NULL");
    CHECK_STATUS(threading_thread_name(thread, name, sizeof name, NULL), THREADING_OK);
    BECAUSE(threading_thread_set_stack_size(thread, 1), THREADING_INVALID_ARGUMENT, "smaller");
    BECAUSE(threading_thread_set_stack_size(thread, SIZE_MAX), THREADING_INVALID_ARGUMENT,
            "larger");
    BECAUSE(threading_set_stack_size(1), THREADING_INVALID_ARGUMENT, "smaller");
    BECAUSE(threading_thread_join_timeout(thread, NAN), THREADING_INVALID_ARGUMENT, "NaN");
    BECAUSE(threading_shutdown_timeout(1e10), THREADING_INVALID_ARGUMENT,
            "longer than THREADING_TIMEOUT_MAX");
    BECAUSE(threading_timer_new(INFINITY, nothing, NULL, &timer), THREADING_INVALID_ARGUMENT,
            "infinite");
    BECAUSE(threading_timer_new(NAN, nothing, NULL, &timer), THREADING_INVALID_ARGUMENT, "NaN");
    BECAUSE(threading_timer_new(0, NULL, NULL, &timer), THREADING_INVALID_ARGUMENT,
            "function is NULL");
    BECAUSE(threading_report_exception(NULL, NULL, NULL), THREADING_INVALID_ARGUMENT,
            "type is NULL");
    BECAUSE(threading_report_exception("type", "\xff", NULL), THREADING_INVALID_ARGUMENT,
            "not UTF-8");
    BECAUSE(threading_register_atexit(NULL, NULL), THREADING_INVALID_ARGUMENT, "function is NULL");
    BECAUSE(threading_semaphore_new((size_t)THREADING_SEMAPHORE_MAX + 1, &semaphore),
            THREADING_INVALID_ARGUMENT, "value");
    BECAUSE(threading_semaphore_new(1, NULL), THREADING_INVALID_ARGUMENT, "result goes is NULL");
    CHECK_STATUS(threading_semaphore_new(1, &semaphore), THREADING_OK);
    BECAUSE(threading_semaphore_release_n(semaphore, 0), THREADING_INVALID_ARGUMENT,
            "number of units is 0");
    BECAUSE(threading_barrier_new(0, NULL, NULL, &barrier), THREADING_INVALID_ARGUMENT, "parties");
    BECAUSE(threading_barrier_new(1, NULL, NULL, NULL), THREADING_INVALID_ARGUMENT,
            "result goes is NULL");
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    BECAUSE(threading_condition_wait_for(condition, NULL, NULL), THREADING_INVALID_ARGUMENT,
            "predicate is NULL");
    BECAUSE(threading_condition_wait_for_timeout(condition, NULL, NULL, NAN),
            THREADING_INVALID_ARGUMENT, "NaN");
    BECAUSE(threading_exit(NULL), THREADING_INVALID_ARGUMENT, "main thread");
    lock = threading_lock_ensure(NULL);
    CHECK(THREADING_IS_NULL(lock));
    CHECK_STRING(heard, "the pointer to the handle is NULL");
    CHECK_NUMBER(threading_enumerate(NULL, 1), 0);
    CHECK(strstr(heard, "array is NULL") != NULL);
}

static void exits_in_a_foreign_thread(worker *self) {
    (void)self;
    BECAUSE(threading_exit(NULL), THREADING_INVALID_ARGUMENT, "did not start");
}

CASE(an_exit_that_is_refused_says_whose_it_was) {
    worker other;
    listen();
    worker_start(&other, FOREIGN, exits_in_a_foreign_thread, NULL);
    worker_join(&other);
}

CASE(a_bad_handle_that_is_null_is_told_from_others) {
    threading_lock null = THREADING_NULL, lock;
    threading_event event;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    threading_lock foreign = {event.bits};
    listen();
    BECAUSE(threading_lock_acquire(null), THREADING_INVALID_HANDLE, "handle is null: ");
    BECAUSE(threading_lock_acquire(foreign), THREADING_INVALID_HANDLE, "another kind");
    CHECK(!threading_lock_locked(null));
    CHECK(strstr(heard, "handle is null: ") != NULL);
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    BECAUSE(threading_lock_release(lock), THREADING_DESTROYED, "destroyed");
}

static threading_rlock rlock_of_another;
static threading_condition condition_of_another;

static void lacks_the_lock(worker *self) {
    (void)self;
    BECAUSE(threading_rlock_release(rlock_of_another), THREADING_NOT_OWNER,
            "another thread holds the rlock");
    BECAUSE(threading_condition_release(condition_of_another), THREADING_NOT_OWNER,
            "another thread holds the condition's lock");
    BECAUSE(threading_condition_wait(condition_of_another), THREADING_NOT_OWNER,
            "caller waits without");
    BECAUSE(threading_condition_notify_all(condition_of_another), THREADING_NOT_OWNER,
            "caller notifies without");
}

CASE(a_lock_that_is_not_held_is_named_with_what_needs_it) {
    threading_lock lock;
    worker other;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock_of_another), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&condition_of_another), THREADING_OK);
    listen();
    BECAUSE(threading_lock_release(lock), THREADING_NOT_ACQUIRED, "call releases");
    BECAUSE(threading_rlock_release(rlock_of_another), THREADING_NOT_ACQUIRED, "call releases");
    BECAUSE(threading_condition_release(condition_of_another), THREADING_NOT_ACQUIRED,
            "condition's lock, which the call releases");
    BECAUSE(threading_condition_wait(condition_of_another), THREADING_NOT_ACQUIRED,
            "caller waits without");
    BECAUSE(threading_condition_wait_timeout(condition_of_another, 1), THREADING_NOT_ACQUIRED,
            "caller waits without");
    BECAUSE(threading_condition_notify(condition_of_another, 1), THREADING_NOT_ACQUIRED,
            "caller notifies without");
    CHECK_STATUS(threading_rlock_acquire(rlock_of_another), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire(condition_of_another), THREADING_OK);
    worker_start(&other, OURS, lacks_the_lock, NULL);
    worker_join(&other);
}

static bool waits_at_its_own_barrier(void *ctx) {
    threading_barrier barrier = *(threading_barrier *)ctx;
    BECAUSE(threading_barrier_wait(barrier, NULL), THREADING_WOULD_DEADLOCK, "own action");
    BECAUSE(threading_barrier_destroy(barrier), THREADING_BUSY, "action runs");
    return false;
}

CASE(a_barrier_says_whether_it_was_broken_before_and_by_what) {
    threading_barrier barrier;
    listen();
    CHECK_STATUS(threading_barrier_new(1, waits_at_its_own_barrier, &barrier, &barrier),
                 THREADING_OK);
    BECAUSE(threading_barrier_wait(barrier, NULL), THREADING_BROKEN, "action returned false");
    BECAUSE(threading_barrier_wait(barrier, NULL), THREADING_BROKEN, "before the call");
}

CASE(a_thread_that_joins_itself_is_told_so) {
    listen();
    BECAUSE(threading_thread_join(threading_current_thread()), THREADING_WOULD_DEADLOCK,
            "its own end");
}

static void waits_for_an_event(worker *self) {
    worker_arrives(self);
    CHECK_STATUS(threading_event_wait(*(threading_event *)self->context), THREADING_OK);
}

CASE(what_is_busy_says_with_what) {
    threading_lock lock;
    threading_condition condition;
    threading_event event;
    threading_thread thread;
    threading_timer timer;
    worker other;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    listen();
    CHECK_STATUS(threading_condition_new_with_lock(lock, &condition), THREADING_OK);
    BECAUSE(threading_lock_destroy(lock), THREADING_BUSY, "condition");
    CHECK_STATUS(threading_condition_destroy(condition), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    BECAUSE(threading_lock_destroy(lock), THREADING_BUSY, "holds it");
    BECAUSE(threading_thread_destroy(threading_current_thread()), THREADING_BUSY, "main thread");
    worker_start(&other, OURS, waits_for_an_event, &event);
    EVENTUALLY(worker_asleep(&other));
    BECAUSE(threading_event_destroy(event), THREADING_BUSY, "threads wait for it");
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    worker_join(&other);
    CHECK_STATUS(threading_timer_new(0, nothing, NULL, &timer), THREADING_OK);
    BECAUSE(threading_thread_destroy(threading_timer_thread(timer)), THREADING_BUSY, "timer");
    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &thread), THREADING_OK);
    BECAUSE(threading_thread_result(threading_current_thread(), &(void *){NULL}), THREADING_BUSY,
            "not ended");
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    BECAUSE(threading_thread_set_daemon(thread, true), THREADING_ALREADY_STARTED, "daemon flag");
    BECAUSE(threading_thread_set_stack_size(thread, 0), THREADING_ALREADY_STARTED, "stack");
    BECAUSE(threading_thread_start(thread), THREADING_ALREADY_STARTED, "before");
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

CASE(a_count_at_its_limit_says_of_what) {
    threading_semaphore semaphore;
    CHECK_STATUS(threading_bounded_semaphore_new(1, &semaphore), THREADING_OK);
    listen();
    BECAUSE(threading_semaphore_release(semaphore), THREADING_OVERFLOW, "units");
    BECAUSE(threading_semaphore_release_n(semaphore, 2), THREADING_OVERFLOW, "units");
}

CASE(nothing_can_be_registered_in_a_shutdown_and_the_message_says_so) {
    listen();
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    BECAUSE(threading_register_atexit(forget, NULL), THREADING_SHUTTING_DOWN, "registered");
    BECAUSE(threading_thread_spawn(NULL, nothing, NULL, NULL), THREADING_SHUTTING_DOWN,
            "shut down");
}

/* Each thread has its own, and the hook hears of the call that it is called for. */
static void fails_otherwise(worker *self) {
    (void)self;
    CHECK_STRING(threading_error_message(), "no call has failed in this thread");
    BECAUSE(threading_shutdown_timeout(NAN), THREADING_INVALID_ARGUMENT, "NaN");
}

CASE(each_thread_has_a_message_of_its_own) {
    worker other;
    listen();
    BECAUSE(threading_thread_spawn("\xff", nothing, NULL, NULL), THREADING_INVALID_ARGUMENT,
            "UTF-8");
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        worker_start(&other, whose, fails_otherwise, NULL);
        worker_join(&other);
        CHECK(strstr(threading_error_message(), "UTF-8") != NULL);
    }
}

/* ---- THREADING_CHECK ---- */

static threading_status waits_in_a_function_of_its_own(void) {
    threading_condition condition;
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    return threading_condition_wait(condition);
}

static void check_printed(const char *child, const char *expected) {
    static child_outcome outcome;
    run_child(child, &outcome);
    CHECK_NUMBER(outcome.signal, SIGABRT);
    if (!strstr(outcome.output, expected)) {
        fprintf(stderr, "printed: %s", outcome.output);
    }
    CHECK(strstr(outcome.output, expected) != NULL);
}

CHILD(check_fails_for_a_name) {
    THREADING_CHECK(threading_thread_spawn("\xff", nothing, NULL, NULL));
}
CASE(check_prints_why_the_call_failed) {
    check_printed(
        "check_fails_for_a_name",
        "failed: THREADING_INVALID_ARGUMENT (the name is not UTF-8) in thread MainThread\n");
}

CHILD(check_fails_in_a_call_of_the_programs_own) {
    THREADING_CHECK(waits_in_a_function_of_its_own());
}
CASE(check_names_the_function_that_failed_inside_the_call) {
    check_printed("check_fails_in_a_call_of_the_programs_own",
                  "waits_in_a_function_of_its_own() failed: THREADING_NOT_ACQUIRED "
                  "(threading_condition_wait: the caller waits");
}

CHILD(check_fails_with_a_status_that_was_kept) {
    threading_status kept = threading_thread_spawn("\xff", nothing, NULL, NULL);
    CHECK_STATUS(waits_in_a_function_of_its_own(), THREADING_NOT_ACQUIRED);
    THREADING_CHECK(kept);
}
CASE(check_of_a_status_that_was_kept_prints_its_usual_causes) {
    check_printed("check_fails_with_a_status_that_was_kept",
                  "kept failed: THREADING_INVALID_ARGUMENT (an argument is NULL or outside its "
                  "range, or a text is not UTF-8) in");
}
