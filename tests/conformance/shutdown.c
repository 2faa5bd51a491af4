/* threading_shutdown and threading_register_atexit. What the process does at its end by itself is
 * in exit.c. */
#include "process_end.h"
#include "thread_tools.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static void say_it(void *line) { say(line); }

static char first_line[] = "first\n", second_line[] = "second\n", third_line[] = "third\n";

static void *nothing(void *arg) { return arg; }

/* Everything that a final shutdown refuses, and what it does not. */
static void check_shut_down(void) {
    threading_thread thread, out = {42};
    threading_lock lock;
    CHECK_STATUS(threading_thread_new("too late", nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_SHUTTING_DOWN);
    CHECK(!threading_thread_is_alive(thread));
    CHECK_STATUS(threading_thread_join(thread), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &out), THREADING_SHUTTING_DOWN);
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, NULL), THREADING_SHUTTING_DOWN);
    CHECK_STATUS(threading_thread_spawn_daemon(NULL, nothing, NULL, &out), THREADING_SHUTTING_DOWN);
    CHECK(out.bits == 42);
    CHECK_STATUS(threading_register_atexit(say_it, first_line), THREADING_SHUTTING_DOWN);
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
}

CASE(shutdown_joins_and_is_final) {
    gate door = GATE_CLOSED;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &thread), THREADING_OK);
    gate_open(&door);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK(!threading_thread_is_alive(thread));
    CHECK_NUMBER(threading_active_count(), 1);
    check_shut_down();
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_STATUS(threading_shutdown_timeout(0), THREADING_OK);
    check_shut_down();
    /* What ended before can still be asked and joined. */
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

CASE(shutdown_without_threads_is_at_once) {
    CHECK_STATUS(threading_shutdown_timeout(0), THREADING_OK);
    check_shut_down();
}

CASE(shutdown_does_not_wait_for_daemons) {
    static gate door = GATE_CLOSED;
    threading_thread daemon;
    CHECK_STATUS(threading_thread_spawn_daemon(NULL, gate_passenger, &door, &daemon), THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK(threading_thread_is_alive(daemon));
    CHECK_STATUS(threading_thread_join_timeout(daemon, 0), THREADING_TIMEOUT);
    gate_open(&door);
    CHECK_STATUS(threading_thread_join(daemon), THREADING_OK);
}

static atomic_int calls;

static void count_call(void *ctx) {
    CHECK(ctx == &calls);
    atomic_fetch_add(&calls, 1);
}

CASE(a_daemon_that_ends_is_no_substitute_for_a_thread_that_is_waited_for) {
    gate door = GATE_CLOSED;
    threading_thread kept, daemon;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &kept), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn_daemon(NULL, nothing, NULL, &daemon), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(daemon, NULL), THREADING_OK);
    CHECK_STATUS(threading_shutdown_timeout(0), THREADING_TIMEOUT);
    gate_open(&door);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(kept, NULL), THREADING_OK);
}

CASE(a_shutdown_that_times_out_is_not_final_and_calls_nothing_twice) {
    static const double seconds[] = {0.0, -1.0, 1e-9, 0.05};
    gate door = GATE_CLOSED;
    threading_thread stubborn, later;
    CHECK_STATUS(threading_register_atexit(count_call, &calls), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("stubborn", gate_passenger, &door, &stubborn),
                 THREADING_OK);
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        double start = threading_monotonic();
        CHECK_STATUS(threading_shutdown_timeout(seconds[i]), THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, seconds[i]);
        CHECK_NUMBER(atomic_load(&calls), 1);
        CHECK(threading_thread_is_alive(stubborn));
        CHECK_STATUS(threading_thread_spawn("later", nothing, NULL, &later), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(later, NULL), THREADING_OK);
    }
    gate_open(&door);
    CHECK_STATUS(threading_shutdown_timeout(INFINITY), THREADING_OK);
    CHECK_NUMBER(atomic_load(&calls), 1);
    CHECK(!threading_thread_is_alive(stubborn));
    check_shut_down();
}

CASE(nan_and_too_long_are_invalid_and_begin_nothing) {
    threading_thread thread;
    CHECK_STATUS(threading_register_atexit(count_call, &calls), THREADING_OK);
    CHECK_STATUS(threading_shutdown_timeout(NAN), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_shutdown_timeout(nextafter(THREADING_TIMEOUT_MAX, INFINITY)),
                 THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(atomic_load(&calls), 0);
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_NUMBER(atomic_load(&calls), 1);
}

static void say_it_and_open(void *line) {
    say(line);
    gate_open(&end_begun);
}

static void *outlive_the_beginning(void *line) {
    gate_pass(&end_begun);
    say(line);
    return NULL;
}

CHILD(exits_after_a_time_out) {
    static char worker_line[] = "worker ended\n", callback_line[] = "callback\n";
    CHECK_STATUS(threading_register_atexit(say_it, callback_line), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn(NULL, outlive_the_beginning, worker_line, NULL),
                 THREADING_OK);
    CHECK_STATUS(threading_shutdown_timeout(0.01), THREADING_TIMEOUT);
    say("end of main\n");
    gate_open(&end_begun);
}

CASE(after_a_time_out_exit_waits_as_always) {
    static child_outcome outcome;
    run_child("exits_after_a_time_out", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK_STRING(outcome.output, "callback\nend of main\nworker ended\n");
}

typedef struct hasty {
    /* passed by who keeps its shutdown from completing, and by itself after it */
    gate others, itself;
} hasty;

static void *shut_down_in_vain(void *arg) {
    hasty *it = arg;
    CHECK_STATUS(threading_shutdown_timeout(0), THREADING_TIMEOUT);
    gate_pass(&it->itself);
    return arg;
}

CASE(a_thread_whose_shutdown_timed_out_is_waited_for_until_its_end) {
    hasty it = {GATE_CLOSED, GATE_CLOSED};
    threading_thread other, thread;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &it.others, &other), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn(NULL, shut_down_in_vain, &it, &thread), THREADING_OK);
    gate_await(&it.itself, 1);
    gate_open(&it.others);
    CHECK_STATUS(threading_thread_finish(other, NULL), THREADING_OK);
    CHECK_STATUS(threading_shutdown_timeout(0.02), THREADING_TIMEOUT);
    gate_open(&it.itself);
    CHECK_STATUS(threading_shutdown_timeout(CASE_SECONDS / 2), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

static void *join_main(void *arg) {
    atomic_int *status = arg;
    atomic_store(status, threading_thread_join(threading_main_thread()));
    return NULL;
}

CASE(a_join_of_main_returns_when_its_shutdown_begins) {
    atomic_int status = 99;
    threading_thread joiner;
    CHECK_STATUS(threading_thread_spawn("joiner", join_main, &status, &joiner), THREADING_OK);
    EVENTUALLY(task_is_asleep(threading_thread_native_id(joiner)));
    CHECK_NUMBER(atomic_load(&status), 99);
    /* The joiner is no daemon: shutdown waits for it, and it for shutdown. */
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_STATUS(atomic_load(&status), THREADING_OK);
}

static void *shut_down(void *arg) {
    gate_pass(arg);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    return NULL;
}

CASE(several_threads_may_shut_down_at_once) {
    gate door = GATE_CLOSED;
    threading_thread threads[4];
    pthread_t foreign;
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, shut_down, &door, &threads[i]), THREADING_OK);
    }
    CHECK_NUMBER(pthread_create(&foreign, NULL, shut_down, &door), 0);
    gate_await(&door, 5);
    gate_open(&door);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    check_shut_down();
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(threading_thread_join(threads[i]), THREADING_OK);
    }
}

CASE(a_foreign_thread_may_shut_down) {
    static char line[] = "";
    gate door = GATE_CLOSED;
    threading_thread worker;
    pthread_t foreign;
    CHECK_STATUS(threading_thread_spawn(NULL, outlive_the_beginning, line, &worker), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(say_it_and_open, line), THREADING_OK);
    gate_open(&door);
    CHECK_NUMBER(pthread_create(&foreign, NULL, shut_down, &door), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK(!threading_thread_is_alive(worker));
    check_shut_down();
}

/* Callbacks. */

CHILD(registers_three) {
    static char worker_line[] = "worker ended\n";
    CHECK_STATUS(threading_thread_spawn(NULL, outlive_the_beginning, worker_line, NULL),
                 THREADING_OK);
    CHECK_STATUS(threading_register_atexit(say_it_and_open, first_line), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(say_it, second_line), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(say_it, third_line), THREADING_OK);
    say("end of main\n");
}

/* The worker ends only after the last callback has run: a join before the callbacks would hang. */
CASE(callbacks_run_last_in_first_out_before_the_join) {
    static child_outcome outcome;
    run_child("registers_three", &outcome);
    CHECK_STRING(outcome.output, "end of main\nthird\nsecond\nfirst\nworker ended\n");
    CHECK_NUMBER(outcome.exit_code, 0);
}

CHILD(registers_without_threads) {
    static char line[] = "parrot\n";
    CHECK_STATUS(threading_register_atexit(say_it, line), THREADING_OK);
}

/* test_atexit_output */
CASE(a_callback_runs_at_exit_also_without_any_thread) {
    static child_outcome outcome;
    run_child("registers_without_threads", &outcome);
    CHECK_STRING(outcome.output, "parrot\n");
    CHECK_NUMBER(outcome.exit_code, 0);
}

CHILD(shuts_down_twice) {
    CHECK_STATUS(threading_register_atexit(say_it, first_line), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(say_it, first_line), THREADING_OK);
    say("before\n");
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    say("after\n");
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
}

/* test_atexit_called_once */
CASE(a_callback_runs_once_for_each_registration) {
    static child_outcome outcome;
    run_child("shuts_down_twice", &outcome);
    CHECK_STRING(outcome.output, "before\nfirst\nfirst\nafter\n");
    CHECK_NUMBER(outcome.exit_code, 0);
}

static void register_another(void *ctx) {
    CHECK_STATUS(threading_register_atexit(count_call, ctx), THREADING_SHUTTING_DOWN);
    count_call(ctx);
}

/* test_atexit_after_shutdown */
CASE(nothing_can_be_registered_once_shutdown_has_begun) {
    CHECK_STATUS(threading_register_atexit(register_another, &calls), THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_NUMBER(atomic_load(&calls), 1);
}

CASE(nothing_can_be_registered_after_shutdown) {
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(count_call, &calls), THREADING_SHUTTING_DOWN);
    CHECK_NUMBER(atomic_load(&calls), 0);
}

CASE(a_callback_that_is_null_is_invalid) {
    CHECK_STATUS(threading_register_atexit(NULL, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
}

static threading_thread started_by_callback;

static void start_a_thread(void *door) {
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, door, &started_by_callback),
                 THREADING_OK);
    gate_open(door);
}

CASE(a_thread_that_a_callback_starts_is_joined) {
    gate door = GATE_CLOSED;
    CHECK_STATUS(threading_register_atexit(start_a_thread, &door), THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK(!threading_thread_is_alive(started_by_callback));
    CHECK_STATUS(threading_thread_finish(started_by_callback, NULL), THREADING_OK);
}

static void shut_down_within(void *ctx) {
    threading_status status = threading_shutdown();
    CHECK(status == THREADING_OK || status == THREADING_SHUTTING_DOWN);
    count_call(ctx);
}

CASE(a_callback_may_shut_down) {
    threading_thread thread;
    CHECK_STATUS(threading_register_atexit(count_call, &calls), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(shut_down_within, &calls), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_NUMBER(atomic_load(&calls), 2);
    check_shut_down();
}

static void *start_during_shutdown(void *arg) {
    threading_thread *out = arg;
    gate_pass(&end_begun);
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, out), THREADING_OK);
    return NULL;
}

CASE(a_thread_that_a_non_daemon_thread_starts_during_shutdown_is_joined) {
    static char line[] = "";
    threading_thread starter, late = THREADING_NULL;
    CHECK_STATUS(threading_register_atexit(say_it_and_open, line), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn(NULL, start_during_shutdown, &late, &starter),
                 THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK(!THREADING_IS_NULL(late));
    CHECK(!threading_thread_is_alive(late));
    CHECK_STATUS(threading_thread_finish(late, NULL), THREADING_OK);
}
