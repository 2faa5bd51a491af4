/* A fork inside a timer's function: in the child the timer's thread is main, no other timer is left, and the child's process ends
 * as any other does. */
#include "forked.h"
#include "gate.h"
#include "timer_tools.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void say(const char *line) {
    size_t length = strlen(line);
    CHECK(write(STDOUT_FILENO, line, length) == (ssize_t)length);
}

static void *say_it(void *line) {
    say(line);
    return line;
}

static char timer_line[] = "timer of the child\n", thread_line[] = "thread of the child\n";

static void *wait_for_main_then_say(void *arg) {
    CHECK_STATUS(threading_thread_join(threading_main_thread()), THREADING_OK);
    return say_it(arg);
}

static threading_timer pending, pending_too, itself;

static void check_who_is_main(uint64_t ident) {
    threading_thread me = threading_current_thread(), all[8];
    CHECK(THREADING_SAME(me, threading_main_thread()));
    CHECK(threading_get_ident() == ident);
    CHECK(threading_thread_ident(me) == ident);
    CHECK_STRING(threading_current_name(), "forking timer");
    CHECK(threading_get_native_id() == (uint64_t)syscall(SYS_gettid));
    CHECK(threading_thread_native_id(me) == (uint64_t)getpid());
    CHECK(!threading_thread_daemon(me));
    CHECK(threading_thread_is_alive(me));
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_NUMBER(threading_enumerate(all, 8), 1);
    CHECK(THREADING_SAME(all[0], me));
    CHECK_STATUS(threading_thread_destroy(me), THREADING_BUSY);
    CHECK_STATUS(threading_thread_join(me), THREADING_WOULD_DEADLOCK);
    CHECK(threading_exit(NULL) == THREADING_INVALID_ARGUMENT);
    threading_timer gone[] = {pending, pending_too};
    for (int i = 0; i < 2; i++) {
        CHECK(!timer_alive(gone[i]));
        CHECK(!timer_cancelled(gone[i]));
        CHECK_STATUS(timer_join(gone[i]), THREADING_OK);
        CHECK_STATUS(threading_timer_destroy(gone[i]), THREADING_OK);
        CHECK_STATUS(threading_timer_start(gone[i]), THREADING_DESTROYED);
    }
}

static void *look_in_the_child(void *arg) {
    uint64_t ident = threading_get_ident();
    pid_t pid = forked();
    if (pid == 0) {
        check_who_is_main(ident);
        _exit(50);
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    return arg;
}

CASE(the_timers_thread_is_main_in_the_child) {
    for (int daemon = 0; daemon < 2; daemon++) {
        pending = timer_started(TIMER_FAR, timer_never, NULL);
        pending_too = timer_started(TIMER_FAR, timer_never, NULL);
        threading_timer timer = timer_new(0, look_in_the_child, NULL);
        CHECK_STATUS(threading_thread_set_name(threading_timer_thread(timer), "forking timer"), THREADING_OK);
        CHECK_STATUS(threading_thread_set_daemon(threading_timer_thread(timer), daemon), THREADING_OK);
        CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
        timer_finish(timer);
        CHECK(timer_cancelled(pending) && timer_cancelled(pending_too));
    }
}

static void *use_own_timer_in_the_child(void *arg) {
    pid_t pid = forked();
    if (pid == 0) {
        /* The timer has fired and cannot be prevented; its thread is main, and nobody's to end. */
        bool prevented = true;
        CHECK_STATUS(threading_timer_cancel(itself, &prevented), THREADING_OK);
        CHECK(!prevented);
        CHECK_STATUS(threading_timer_start(itself), THREADING_ALREADY_STARTED);
        CHECK(THREADING_SAME(threading_timer_thread(itself), threading_main_thread()));
        CHECK_STATUS(threading_timer_destroy(itself), THREADING_BUSY);
        CHECK(threading_thread_is_alive(threading_main_thread()));
        _exit(50);
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    return arg;
}

CASE(the_timer_that_forked_answers_in_the_child) {
    itself = timer_new(0, use_own_timer_in_the_child, NULL);
    CHECK_STATUS(threading_timer_start(itself), THREADING_OK);
    timer_finish(itself);
}

/* ---- the end of the child's process ---- */

/* Where it returns from the function that forked, the child's main thread ends, and so does its process. */
static void *fork_and_return(void *arg) {
    pid_t pid = forked();
    if (pid == 0) {
        say("child\n");
        return arg;
    }
    CHECK_NUMBER(exit_code_of(pid), 0);
    say("parent\n");
    return arg;
}

static void *fork_start_thread_and_return(void *arg) {
    pid_t pid = forked();
    if (pid == 0) {
        CHECK_STATUS(threading_thread_spawn(NULL, wait_for_main_then_say, thread_line, NULL), THREADING_OK);
        say("child\n");
        return arg;
    }
    CHECK_NUMBER(exit_code_of(pid), 0);
    say("parent\n");
    return arg;
}

static void *fork_start_timer_and_return(void *arg) {
    pid_t pid = forked();
    if (pid == 0) {
        timer_started(0.05, say_it, timer_line);
        say("child\n");
        return arg;
    }
    CHECK_NUMBER(exit_code_of(pid), 0);
    say("parent\n");
    return arg;
}

static void *fork_and_exit(void *arg) {
    pid_t pid = forked();
    if (pid == 0) {
        timer_started(0.05, say_it, timer_line);
        say("child\n");
        exit(9);
    }
    CHECK_NUMBER(exit_code_of(pid), 9);
    say("parent\n");
    return arg;
}

static void in_a_timer(threading_target function) {
    timer_started(TIMER_FAR, timer_never, NULL);
    timer_finish(timer_started(0, function, NULL));
    _exit(3);
}

static void in_a_thread(threading_target function) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, function, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    _exit(3);
}

CHILD(returns_in_the_child) { in_a_timer(fork_and_return); }
CHILD(returns_while_a_thread_runs) { in_a_timer(fork_start_thread_and_return); }
CHILD(returns_while_a_timer_is_pending) { in_a_timer(fork_start_timer_and_return); }
CHILD(exits_while_a_timer_is_pending) { in_a_timer(fork_and_exit); }
CHILD(returns_from_a_thread_while_a_timer_is_pending) { in_a_thread(fork_start_timer_and_return); }

static void expect(const char *child, const char *output) {
    static child_outcome outcome;
    run_child(child, &outcome);
    CHECK_STRING(outcome.output, output);
    CHECK_NUMBER(outcome.signal, 0);
    CHECK_NUMBER(outcome.exit_code, 3);
}

CASE(the_child_ends_when_the_function_returns) {
    expect("returns_in_the_child", "child\nparent\n");
}

CASE(the_child_waits_for_its_threads_when_the_function_returns) {
    expect("returns_while_a_thread_runs", "child\nthread of the child\nparent\n");
}

CASE(the_child_waits_for_its_timers_when_the_function_returns) {
    expect("returns_while_a_timer_is_pending", "child\ntimer of the child\nparent\n");
}

CASE(exit_in_the_child_waits_for_its_timers_and_no_others) {
    expect("exits_while_a_timer_is_pending", "child\ntimer of the child\nparent\n");
}

CASE(the_child_of_a_thread_waits_for_its_timers_when_the_target_returns) {
    expect("returns_from_a_thread_while_a_timer_is_pending", "child\ntimer of the child\nparent\n");
}
