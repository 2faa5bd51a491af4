/* Timers at the end of the process: a pending one keeps it alive unless it is a daemon. Each case
 * looks at a process of its own. */
#include "process_end.h"
#include "timer_tools.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void *fire_after_the_end_began(void *arg) {
    gate_pass(&end_begun);
    say(arg ? arg : "fired\n");
    return arg;
}

static void *say_fired(void *arg) {
    say("fired\n");
    return arg;
}

static char first[] = "first\n", second[] = "second\n";

/* ---- who is waited for ---- */

CHILD(return_with_a_pending_timer) {
    timer_started(0.1, say_fired, NULL);
    say("end of main\n");
}

CASE(a_pending_timer_keeps_the_process_alive_when_main_returns) {
    expect("return_with_a_pending_timer", 0, "end of main\nfired\n");
}

CHILD(exit_with_a_pending_timer) {
    timer_started(0.1, say_fired, NULL);
    say("end of main\n");
    exit(3);
}

CASE(a_pending_timer_keeps_the_process_alive_when_exit_is_called) {
    expect("exit_with_a_pending_timer", 3, "end of main\nfired\n");
}

CHILD(return_while_a_function_runs) {
    timer_started(0, fire_after_the_end_began, NULL);
    CHECK_STATUS(threading_register_atexit(open_end_begun, NULL), THREADING_OK);
    say("end of main\n");
}

CASE(a_function_that_runs_keeps_the_process_alive) {
    expect("return_while_a_function_runs", 0, "end of main\nfired\n");
}

CHILD(destroyed_while_pending) {
    CHECK_STATUS(threading_timer_destroy(timer_started(0.1, say_fired, NULL)), THREADING_OK);
    say("end of main\n");
}

CASE(a_pending_timer_that_was_destroyed_keeps_the_process_alive) {
    expect("destroyed_while_pending", 0, "end of main\nfired\n");
}

static void *run_into_the_end(void *arg) {
    gate_pass(arg);
    gate_pass(&end_begun);
    say("run over\n");
    return NULL;
}

CHILD(return_with_periodic_timers) {
    static gate begun = GATE_CLOSED;
    threading_timer far, running;
    CHECK_STATUS(threading_timer_new_periodic(TIMER_FAR, TIMER_FAR, timer_never, NULL, &far),
                 THREADING_OK);
    CHECK_STATUS(threading_timer_new_periodic(1e-9, 1e-9, run_into_the_end, &begun, &running),
                 THREADING_OK);
    CHECK_STATUS(threading_timer_start(far), THREADING_OK);
    CHECK_STATUS(threading_timer_start(running), THREADING_OK);
    gate_await(&begun, 1);
    CHECK_STATUS(threading_timer_cancel(running, NULL), THREADING_OK);
    gate_open(&begun);
    CHECK_STATUS(threading_register_atexit(open_end_begun, NULL), THREADING_OK);
    say("end of main\n");
}

CASE(a_periodic_timer_keeps_the_process_alive_only_during_a_run) {
    expect("return_with_periodic_timers", 0, "end of main\nrun over\n");
}

static void start_daemon(double interval, threading_target function) {
    threading_timer timer = timer_new(interval, function, NULL);
    CHECK_STATUS(threading_thread_set_daemon(threading_timer_thread(timer), true), THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
}

static gate never = GATE_CLOSED;

static void *block_for_ever(void *arg) {
    gate_pass(&never);
    return arg;
}

CHILD(return_with_a_daemon_in_its_function) {
    start_daemon(0, block_for_ever);
    gate_await(&never, 1);
    say("end of main\n");
}

CHILD(return_with_a_pending_daemon) {
    start_daemon(TIMER_FAR, timer_never);
    say("end of main\n");
}

CASE(a_daemon_does_not_keep_the_process_alive) {
    expect("return_with_a_pending_daemon", 0, "end of main\n");
    expect("return_with_a_daemon_in_its_function", 0, "end of main\n");
}

static void *make_timer_in_a_foreign_thread(void *arg) {
    timer_started(TIMER_FAR, timer_never, NULL);
    return arg;
}

CHILD(return_with_a_foreign_threads_timer) {
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, make_timer_in_a_foreign_thread, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    say("end of main\n");
}

CASE(a_foreign_threads_timer_does_not_keep_the_process_alive) {
    expect("return_with_a_foreign_threads_timer", 0, "end of main\n");
}

CHILD(return_with_timers_that_wait_for_nothing) {
    timer_new(TIMER_FAR, timer_never, NULL);
    threading_timer timer = timer_started(TIMER_FAR, timer_never, NULL);
    CHECK(timer_cancelled(timer));
    timer = timer_started(TIMER_FAR, timer_never, NULL);
    CHECK(timer_cancelled(timer));
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    timer = timer_started(TIMER_FAR, timer_never, NULL);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    CHECK(timer_cancelled(timer));
    timer = timer_new(TIMER_FAR, timer_never, NULL);
    CHECK(timer_cancelled(timer));
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    timer_finish(timer_started(0, say_fired, NULL));
    say("end of main\n");
}

CASE(neither_new_nor_cancelled_nor_ended_ones_keep_the_process_alive) {
    expect("return_with_timers_that_wait_for_nothing", 0, "fired\nend of main\n");
}

static threading_timer victim;

static void *cancel_the_victim(void *arg) {
    gate_pass(&end_begun);
    say("cancels\n");
    CHECK(timer_cancelled(victim));
    return arg;
}

CHILD(cancelled_during_the_end) {
    victim = timer_started(TIMER_FAR, timer_never, NULL);
    timer_started(0, cancel_the_victim, NULL);
    CHECK_STATUS(threading_register_atexit(open_end_begun, NULL), THREADING_OK);
    say("end of main\n");
}

CASE(a_cancel_during_the_end_lets_the_process_go) {
    expect("cancelled_during_the_end", 0, "end of main\ncancels\n");
}

/* ---- the library's own threads ---- */

CHILD(main_ends_by_pthread_exit) {
    timer_started(0.1, say_fired, NULL);
    say("end of main\n");
    pthread_exit(NULL);
}

/* The process ends with its last thread, and the library's own threads do not count. */
CASE(a_process_whose_main_has_left_ends_after_the_last_timer) {
    expect("main_ends_by_pthread_exit", 0, "end of main\nfired\n");
}

CHILD(idle_service_and_workers) {
    gate door = GATE_CLOSED;
    threading_timer timers[8];
    for (int i = 0; i < 8; i++) {
        timers[i] = timer_started(0, gate_passenger, &door);
    }
    gate_await(&door, 8);
    gate_open(&door);
    for (int i = 0; i < 8; i++) {
        timer_finish(timers[i]);
    }
    CHECK(case_tasks() > 1);
    CHECK_STATUS(threading_shutdown_timeout(0), THREADING_OK);
    say("end of main\n");
}

CASE(service_and_idle_workers_do_not_keep_the_process_alive) {
    expect("idle_service_and_workers", 0, "end of main\n");
}

/* ---- shutdown ---- */

CASE(shutdown_waits_for_pending_timers_and_is_final) {
    atomic_int calls = 0;
    double start = threading_monotonic();
    threading_timer timer = timer_started(0.1, timer_count, &calls),
                    late = timer_new(0, timer_never, NULL);
    threading_timer cancelled = timer_new(0, timer_never, NULL);
    CHECK(timer_cancelled(cancelled));
    CHECK_STATUS(threading_shutdown_timeout(0.01), THREADING_TIMEOUT);
    CHECK_NUMBER(atomic_load(&calls), 0);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_NOT_EARLY(start, 0.1);
    CHECK_NUMBER(atomic_load(&calls), 1);
    CHECK_STATUS(threading_timer_start(late), THREADING_SHUTTING_DOWN);
    CHECK_STATUS(threading_thread_start(threading_timer_thread(late)), THREADING_SHUTTING_DOWN);
    CHECK_STATUS(threading_timer_start(cancelled), THREADING_SHUTTING_DOWN);
    CHECK(!timer_alive(late));
    CHECK_STATUS(timer_join(late), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_timer_destroy(late), THREADING_OK);
    /* Making and cancelling one goes on, as does everything else. */
    late = timer_new(0, timer_never, NULL);
    CHECK(timer_cancelled(late));
    CHECK_STATUS(threading_timer_destroy(late), THREADING_OK);
    timer_finish(timer);
}

CASE(a_daemon_that_is_pending_fires_after_the_shutdown) {
    gate door = GATE_CLOSED;
    start_daemon(0.05, block_for_ever);
    threading_timer timer = timer_new(0.1, gate_passenger, &door);
    CHECK_STATUS(threading_thread_set_daemon(threading_timer_thread(timer), true), THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    CHECK_STATUS(threading_shutdown_timeout(0), THREADING_OK);
    CHECK(timer_alive(timer));
    gate_await(&door, 1);
    gate_open(&door);
    gate_open(&never);
    timer_finish(timer);
}

/* ---- what a function does during the end ---- */

static void *say_and_end(void *line) {
    say(line);
    return NULL;
}

static void *start_others(void *arg) {
    gate_pass(&end_begun);
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, say_and_end, first, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_STATUS(threading_timer_destroy(timer_started(0.05, say_and_end, second)), THREADING_OK);
    return arg;
}

CHILD(starts_during_the_end) {
    timer_started(0, start_others, NULL);
    CHECK_STATUS(threading_register_atexit(open_end_begun, NULL), THREADING_OK);
    say("end of main\n");
}

CASE(what_a_function_starts_during_the_end_is_waited_for) {
    expect("starts_during_the_end", 0, "end of main\nfirst\nsecond\n");
}

static void *exit_in_function(void *arg) {
    say("exit\n");
    exit(*(int *)arg);
}

static int code = 4;

CHILD(exit_from_a_timers_function) {
    timer_started(0.1, say_fired, NULL);
    timer_started(0, exit_in_function, &code);
    for (;;) {
        pause();
    }
}

CASE(exit_in_a_timers_function_waits_for_the_others) {
    expect("exit_from_a_timers_function", 4, "exit\nfired\n");
}

static void *join_main(void *arg) {
    CHECK_STATUS(threading_thread_join(threading_main_thread()), THREADING_OK);
    say("joined\n");
    return arg;
}

CHILD(main_is_joined) {
    timer_started(0.05, join_main, NULL);
    say("end of main\n");
}

CASE(a_timers_function_that_joins_main_is_released_by_the_end) {
    expect("main_is_joined", 0, "end of main\njoined\n");
}

static void *shut_down(void *arg) {
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    say("shut down\n");
    _exit(*(int *)arg);
}

CHILD(shutdown_from_a_timers_function) {
    timer_started(0.1, say_fired, NULL);
    timer_started(0, shut_down, &code);
    for (;;) {
        pause();
    }
}

CASE(a_timers_function_may_shut_down) {
    expect("shutdown_from_a_timers_function", 4, "fired\nshut down\n");
}

static void *never_called_twice(void *arg) {
    say("again\n");
    return arg;
}

static void start_one_more(void *ctx) {
    (void)ctx;
    timer_started(0.05, never_called_twice, NULL);
    say("callback\n");
}

CHILD(a_callback_starts_a_timer) {
    CHECK_STATUS(threading_register_atexit(start_one_more, NULL), THREADING_OK);
    say("end of main\n");
}

CASE(a_timer_that_a_callback_of_the_end_starts_is_waited_for) {
    expect("a_callback_starts_a_timer", 0, "end of main\ncallback\nagain\n");
}
