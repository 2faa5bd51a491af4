/* The order of the end: callbacks, threads, handlers of atexit. docs/process-end.md has the table.
 * Each case looks at a process of its own. Destructors of statics: exit_order_cpp.cpp. */
#include "process_end.h"
#include "thread_tools.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

static void say_early(void) { say("early\n"); }

static void say_late(void) { say("late\n"); }

static void say_callback(void *ctx) {
    say("callback\n");
    open_end_begun(ctx);
}

/* One handler before the first thread, one after it. */
static void start_worker_between_handlers(void) {
    CHECK_NUMBER(atexit(say_early), 0);
    CHECK_STATUS(threading_thread_spawn("worker", outlive_main, NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(say_callback, NULL), THREADING_OK);
    CHECK_NUMBER(atexit(say_late), 0);
}

/* ---- main returns, or calls exit ---- */

CHILD(main_returns) {
    start_worker_between_handlers();
    say("end of main\n");
}

CHILD(main_calls_exit) {
    start_worker_between_handlers();
    say("end of main\n");
    exit(3);
}

CASE(threads_are_joined_before_every_atexit_handler_when_main_returns) {
    expect("main_returns", 0, "end of main\ncallback\nworker ended\nlate\nearly\n");
}

CASE(threads_are_joined_before_every_atexit_handler_when_main_calls_exit) {
    expect("main_calls_exit", 3, "end of main\ncallback\nworker ended\nlate\nearly\n");
}

/* What a program keeps for its threads, and frees at the end. */
static int *table;

static void free_table(void) {
    free(table);
    table = NULL;
}

static void *use_table(void *arg) {
    gate_pass(&end_begun);
    dawdle();
    say(table != NULL && *table == 42 ? "table is there\n" : "table is gone\n");
    return arg;
}

CHILD(table_is_freed_at_exit) {
    CHECK_STATUS(threading_thread_spawn(NULL, use_table, NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(open_end_begun, NULL), THREADING_OK);
    table = malloc(sizeof *table);
    CHECK(table != NULL);
    *table = 42;
    CHECK_NUMBER(atexit(free_table), 0);
}

CASE(what_a_later_atexit_handler_frees_is_there_until_the_threads_have_ended) {
    expect("table_is_freed_at_exit", 0, "table is there\n");
}

CHILD(timer_between_handlers) {
    threading_timer timer;
    CHECK_STATUS(threading_timer_new(0.05, outlive_main, NULL, &timer), THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(open_end_begun, NULL), THREADING_OK);
    CHECK_NUMBER(atexit(say_late), 0);
}

CASE(pending_timers_fire_before_every_atexit_handler) {
    expect("timer_between_handlers", 0, "worker ended\nlate\n");
}

static gate never = GATE_CLOSED;

static void *start_the_first(void *arg) {
    CHECK_STATUS(threading_thread_spawn("daemon of a foreign thread", gate_passenger, &never, NULL),
                 THREADING_OK);
    return arg;
}

CHILD(first_start_in_a_foreign_thread) {
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, start_the_first, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK_STATUS(threading_thread_spawn("worker", outlive_main, NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(say_callback, NULL), THREADING_OK);
    CHECK_NUMBER(atexit(say_late), 0);
}

CASE(it_does_not_matter_which_thread_started_the_first) {
    expect("first_start_in_a_foreign_thread", 0, "callback\nworker ended\nlate\n");
}

CHILD(forked_child_of_main_exits) {
    CHECK_STATUS(threading_thread_spawn_daemon(NULL, gate_passenger, &never, NULL), THREADING_OK);
    pid_t pid = fork();
    if (pid == 0) {
        start_worker_between_handlers();
        exit(5);
    }
    int state = 0;
    CHECK_NUMBER(waitpid(pid, &state, 0), pid);
    CHECK(WIFEXITED(state));
    _exit(WEXITSTATUS(state));
}

CASE(a_forked_child_of_main_ends_in_the_same_order) {
    expect("forked_child_of_main_exits", 5, "callback\nworker ended\nlate\nearly\n");
}

/* ---- exit in another thread ---- */

static void say_late_and_open(void) {
    say("late\n");
    gate_open(&end_begun);
}

/* The worker ends only after the late handler has run, so a join before it would hang. */
static void start_worker_that_waits_for_the_late_handler(void) {
    CHECK_NUMBER(atexit(say_early), 0);
    CHECK_STATUS(threading_thread_spawn("worker", outlive_main, NULL, NULL), THREADING_OK);
    CHECK_NUMBER(atexit(say_late_and_open), 0);
}

static void *call_exit(void *arg) {
    (void)arg;
    exit(4);
}

static void pause_without_end(void) {
    for (;;) {
        pause();
    }
}

CHILD(a_thread_calls_exit) {
    start_worker_that_waits_for_the_late_handler();
    CHECK_STATUS(threading_thread_spawn("leaver", call_exit, NULL, NULL), THREADING_OK);
    pause_without_end();
}

CHILD(a_foreign_thread_calls_exit) {
    pthread_t foreign;
    start_worker_that_waits_for_the_late_handler();
    CHECK_NUMBER(pthread_create(&foreign, NULL, call_exit, NULL), 0);
    pause_without_end();
}

CASE(in_exit_of_another_thread_they_are_joined_after_later_handlers_and_before_earlier_ones) {
    expect("a_thread_calls_exit", 4, "late\nworker ended\nearly\n");
    expect("a_foreign_thread_calls_exit", 4, "late\nworker ended\nearly\n");
}

/* ---- shutdown ---- */

CHILD(main_shuts_down) {
    start_worker_between_handlers();
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    say("end of main\n");
}

CASE(shutdown_joins_in_the_call) {
    expect("main_shuts_down", 0, "callback\nworker ended\nend of main\nlate\nearly\n");
}

/* ---- ends that wait for nobody ---- */

static void start_endless_thread(void) {
    CHECK_NUMBER(atexit(say_late), 0);
    CHECK_STATUS(threading_thread_spawn("endless", gate_passenger, &never, NULL), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(say_callback, NULL), THREADING_OK);
}

CHILD(ends_by__exit) {
    start_endless_thread();
    _exit(7);
}

CHILD(ends_by_quick_exit) {
    start_endless_thread();
    quick_exit(8);
}

CHILD(ends_by_abort) {
    start_endless_thread();
    abort();
}

CASE(_exit_quick_exit_and_abort_wait_for_no_thread) {
    static child_outcome outcome;
    expect("ends_by__exit", 7, "");
    expect("ends_by_quick_exit", 8, "");
    run_child("ends_by_abort", &outcome);
    CHECK_NUMBER(outcome.signal, SIGABRT);
    CHECK_STRING(outcome.output, "");
}

/* ---- what handlers find ---- */

/* test_main_thread_during_shutdown, test_start_new_thread_at_finalization */
static void use_the_library(void) {
    threading_thread all[4], thread, out = {42};
    threading_lock lock;
    size_t count = threading_enumerate(all, 4);
    CHECK_NUMBER(count, 1);
    CHECK(THREADING_SAME(all[0], threading_main_thread()));
    CHECK(THREADING_SAME(threading_current_thread(), threading_main_thread()));
    CHECK_STRING(threading_current_name(), "MainThread");
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire_timeout(lock, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    /* not to synchronise: it works at exit too */
    CHECK_STATUS(threading_sleep(0.001), THREADING_OK);
    CHECK_STATUS(threading_thread_new("too late", outlive_main, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_SHUTTING_DOWN);
    CHECK_STATUS(threading_thread_spawn("too late", outlive_main, NULL, &out),
                 THREADING_SHUTTING_DOWN);
    CHECK_STATUS(threading_thread_spawn_daemon("too late", outlive_main, NULL, &out),
                 THREADING_SHUTTING_DOWN);
    CHECK_STATUS(threading_thread_spawn(NULL, NULL, NULL, &out), THREADING_INVALID_ARGUMENT);
    CHECK(out.bits == 42);
    say("handler\n");
}

CHILD(handlers_that_use_the_library) {
    CHECK_NUMBER(atexit(use_the_library), 0);
    start_worker_that_outlives_main();
    CHECK_NUMBER(atexit(use_the_library), 0);
}

CASE(atexit_handlers_may_use_the_library_and_start_no_threads) {
    expect("handlers_that_use_the_library", 0, "worker ended\nhandler\nhandler\n");
}

static void start_one_more(void *ctx) {
    CHECK_STATUS(threading_thread_spawn("one more", outlive_main, NULL, NULL), THREADING_OK);
    say_callback(ctx);
}

CHILD(a_callback_starts_a_thread) {
    CHECK_STATUS(threading_register_atexit(start_one_more, NULL), THREADING_OK);
    CHECK_NUMBER(atexit(say_late), 0);
}

CASE(a_thread_that_a_callback_starts_is_joined_before_the_handlers) {
    expect("a_callback_starts_a_thread", 0, "callback\nworker ended\nlate\n");
}
