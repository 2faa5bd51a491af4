/* The end of a process whose main thread has left by pthread_exit: who keeps it alive, and who
 * takes its signals. Each case looks at a process of its own. */
#include "process_end.h"
#include "thread_tools.h"
#include "timer_tools.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

static void say_callback(void *ctx) {
    (void)ctx;
    say("callback\n");
}

static void say_handler(void) { say("handler\n"); }

static void *sleep_for_ever(void *arg) {
    threading_sleep(INFINITY); /* not to synchronise: what it sleeps in is the case */
    return arg;
}

static void start_daemon(void) {
    CHECK_STATUS(threading_thread_spawn_daemon("daemon", sleep_for_ever, NULL, NULL), THREADING_OK);
}

static void start_daemon_timer(double seconds, threading_target function) {
    threading_timer timer = timer_new(seconds, function, NULL);
    CHECK_STATUS(threading_thread_set_daemon(threading_timer_thread(timer), true), THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
}

/* Whether main has left the process for good, as the kernel sees it. */
static bool main_has_left(pid_t process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    return state_in(path) == 'Z';
}

/* ---- who keeps it alive ---- */

CHILD(daemons_alone) {
    CHECK_STATUS(threading_register_atexit(say_callback, NULL), THREADING_OK);
    CHECK_NUMBER(atexit(say_handler), 0);
    start_daemon();
    start_daemon();
    pthread_exit(NULL);
}

CASE(daemons_alone_do_not_keep_the_process) { expect("daemons_alone", 0, "callback\nhandler\n"); }

CHILD(a_daemon_timer_alone) {
    CHECK_NUMBER(atexit(say_handler), 0);
    start_daemon_timer(TIMER_FAR, timer_never);
    pthread_exit(NULL);
}

static gate in_function = GATE_CLOSED;

static void *run_for_ever(void *arg) {
    gate_pass(&in_function);
    return arg;
}

CHILD(a_daemon_timers_function_alone) {
    CHECK_NUMBER(atexit(say_handler), 0);
    start_daemon_timer(0, run_for_ever);
    gate_await(&in_function, 1);
    pthread_exit(NULL);
}

CASE(daemon_timers_alone_do_not_keep_the_process) {
    expect("a_daemon_timer_alone", 0, "handler\n");
    expect("a_daemon_timers_function_alone", 0, "handler\n");
}

static void *wait_until_main_has_left(void *arg) {
    EVENTUALLY(main_has_left(getpid()));
    say("worker ended\n");
    return arg;
}

CHILD(a_worker_and_daemons) {
    CHECK_STATUS(threading_register_atexit(say_callback, NULL), THREADING_OK);
    CHECK_NUMBER(atexit(say_handler), 0);
    start_daemon();
    start_daemon_timer(TIMER_FAR, timer_never);
    CHECK_STATUS(threading_thread_spawn("worker", wait_until_main_has_left, NULL, NULL),
                 THREADING_OK);
    pthread_exit(NULL);
}

CASE(the_process_ends_as_by_exit_when_the_last_thread_ends_that_is_not_a_daemon) {
    expect("a_worker_and_daemons", 0, "worker ended\ncallback\nhandler\n");
}

static void *say_fired(void *arg) {
    EVENTUALLY(main_has_left(getpid()));
    say("fired\n");
    return arg;
}

CHILD(a_timer_and_daemons) {
    start_daemon();
    timer_started(0.05, say_fired, NULL);
    pthread_exit(NULL);
}

CASE(a_pending_timer_keeps_the_process_until_its_function_has_ended) {
    expect("a_timer_and_daemons", 0, "fired\n");
}

/* The library did not start it, so its end decides. */
static void *foreign(void *arg) {
    EVENTUALLY(main_has_left(getpid()));
    dawdle();
    say("foreign thread ended\n");
    return arg;
}

static void start_foreign(void *(*function)(void *)) {
    pthread_t thread;
    CHECK_NUMBER(pthread_create(&thread, NULL, function, NULL), 0);
    CHECK_NUMBER(pthread_detach(thread), 0);
}

CHILD(a_foreign_thread_and_daemons) {
    start_daemon();
    start_foreign(foreign);
    pthread_exit(NULL);
}

CASE(a_thread_that_the_library_did_not_start_keeps_the_process) {
    expect("a_foreign_thread_and_daemons", 0, "foreign thread ended\n");
}

/* Main counts as well: the kernel lists it until the process ends. */
static void *foreign_that_waits_until_it_is_alone(void *arg) {
    EVENTUALLY(main_has_left(getpid()));
    EVENTUALLY(case_tasks() == 2);
    say("foreign thread ended\n");
    return arg;
}

CHILD(a_foreign_thread_and_a_worker) {
    CHECK_STATUS(threading_thread_spawn("worker", wait_until_main_has_left, NULL, NULL),
                 THREADING_OK);
    start_foreign(foreign_that_waits_until_it_is_alone);
    pthread_exit(NULL);
}

CASE(no_thread_of_the_librarys_stays_beside_one_that_it_did_not_start) {
    expect("a_foreign_thread_and_a_worker", 0, "worker ended\nforeign thread ended\n");
}

static void *foreign_that_starts_a_daemon(void *arg) {
    EVENTUALLY(main_has_left(getpid()));
    start_daemon();
    dawdle();
    say("foreign thread ended\n");
    return arg;
}

CHILD(a_foreign_thread_starts_daemons) {
    start_foreign(foreign_that_starts_a_daemon);
    pthread_exit(NULL);
}

CASE(daemons_that_start_when_main_has_left_do_not_keep_the_process) {
    expect("a_foreign_thread_starts_daemons", 0, "foreign thread ended\n");
}

static pthread_t main_thread;

static void *cancel_main(void *arg) {
    CHECK_NUMBER(pthread_cancel(main_thread), 0);
    sleep_for_ever(arg);
    return arg;
}

CHILD(main_is_cancelled) {
    main_thread = pthread_self();
    CHECK_STATUS(threading_thread_spawn_daemon("daemon", cancel_main, NULL, NULL), THREADING_OK);
    for (;;) {
        pause();
    }
}

CASE(daemons_do_not_keep_a_process_whose_main_thread_was_cancelled) {
    expect("main_is_cancelled", 0, "");
}

static void *fork_and_return(void *arg) {
    pid_t pid = fork();
    if (pid == 0) {
        start_daemon();
        return arg; /* in the child this ends the main thread */
    }
    int state = -1;
    CHECK_NUMBER(waitpid(pid, &state, 0), pid);
    say(state == 0 ? "child ended\n" : "child failed\n");
    return arg;
}

CHILD(a_forking_worker_returns) {
    threading_thread worker;
    CHECK_STATUS(threading_thread_spawn("worker", fork_and_return, NULL, &worker), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(worker, NULL), THREADING_OK);
}

CASE(daemons_do_not_keep_a_forked_child_whose_main_thread_has_returned) {
    expect("a_forking_worker_returns", 0, "child ended\n");
}

static void *join_main_natively(void *arg) {
    CHECK_NUMBER(pthread_join(main_thread, NULL), 0);
    say("joined\n");
    return arg;
}

CHILD(main_is_joined_natively) {
    main_thread = pthread_self();
    start_daemon();
    CHECK_STATUS(threading_thread_spawn("joiner", join_main_natively, NULL, NULL), THREADING_OK);
    pthread_exit(NULL);
}

CASE(a_main_thread_that_has_left_can_be_joined_by_the_thread_library) {
    expect("main_is_joined_natively", 0, "joined\n");
}

/* ---- what runs at its end ---- */

static void *say_late(void *arg) {
    EVENTUALLY(main_has_left(getpid()));
    dawdle();
    say("late thread ended\n");
    return arg;
}

static void start_late_thread(void *ctx) {
    CHECK(THREADING_SAME(threading_current_thread(), threading_main_thread()));
    CHECK_STRING(threading_current_name(), "Boss");
    CHECK_STATUS(threading_thread_spawn("late", say_late, ctx, NULL), THREADING_OK);
}

static void dawdle_in_handler(void) {
    dawdle();
    say_handler();
}

CHILD(a_callback_starts_a_thread) {
    CHECK_NUMBER(atexit(dawdle_in_handler), 0);
    CHECK_STATUS(threading_register_atexit(start_late_thread, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(threading_main_thread(), "Boss"), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("worker", wait_until_main_has_left, NULL, NULL),
                 THREADING_OK);
    pthread_exit(NULL);
}

CHILD(a_callback_starts_the_only_thread) {
    CHECK_NUMBER(atexit(dawdle_in_handler), 0);
    CHECK_STATUS(threading_register_atexit(start_late_thread, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(threading_main_thread(), "Boss"), THREADING_OK);
    pthread_exit(NULL);
}

CASE(a_thread_that_a_callback_starts_is_joined_before_the_handlers) {
    expect("a_callback_starts_a_thread", 0, "worker ended\nlate thread ended\nhandler\n");
    expect("a_callback_starts_the_only_thread", 0, "late thread ended\nhandler\n");
}

static void need_much_stack(void) {
    volatile char room[300000];
    for (size_t i = 0; i < sizeof room; i += 1000) {
        room[i] = 1;
    }
    say_handler();
}

CHILD(a_handler_needs_much_stack) {
    CHECK_STATUS(threading_set_stack_size(32768), THREADING_OK);
    CHECK_NUMBER(atexit(need_much_stack), 0);
    start_daemon();
    pthread_exit(NULL);
}

CASE(handlers_have_the_platforms_stack_whatever_threads_have) {
    expect("a_handler_needs_much_stack", 0, "handler\n");
}

/* ---- who takes its signals ---- */

/* A process of its own sends the signal when the main thread of the calling one has left, and
 * nobody but the library is there. */
static void have_signal_sent(int signal) {
    pid_t victim = getpid(), pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        EVENTUALLY(main_has_left(victim));
        kill(victim, signal);
        _exit(0);
    }
}

CHILD(terminated) {
    timer_started(TIMER_FAR, timer_never, NULL);
    have_signal_sent(SIGTERM);
    pthread_exit(NULL);
}

CASE(sigterm_ends_a_process_that_only_a_timer_keeps_alive) {
    static child_outcome outcome;
    run_child("terminated", &outcome);
    CHECK_NUMBER(outcome.signal, SIGTERM);
}

static void leave_with_nine(int signal) {
    (void)signal;
    _exit(9);
}

CHILD(handled) {
    signal(SIGUSR1, leave_with_nine);
    timer_started(TIMER_FAR, timer_never, NULL);
    have_signal_sent(SIGUSR1);
    pthread_exit(NULL);
}

CASE(handlers_run_in_a_process_that_only_a_timer_keeps_alive) { expect("handled", 9, ""); }

static void *wait_for_signal(void *arg) {
    sigset_t set;
    int got = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    CHECK_NUMBER(sigwait(&set, &got), 0);
    say("got it\n");
    return arg;
}

CHILD(blocked) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    CHECK_NUMBER(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    start_daemon();
    CHECK_STATUS(threading_thread_spawn("waits for signals", wait_for_signal, NULL, NULL),
                 THREADING_OK);
    have_signal_sent(SIGTERM);
    pthread_exit(NULL);
}

/* As in programs with one thread for all signals. */
CASE(a_signal_that_main_had_blocked_goes_to_the_thread_that_waits_for_it) {
    expect("blocked", 0, "got it\n");
}
