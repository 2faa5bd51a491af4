/* A fork inside a timer's function: in the child the timer's thread is main, no other timer is
 * left, and the child's process ends as any other does. */
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
        CHECK(timer_cancelled(gone[i]));
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
        CHECK_STATUS(threading_thread_set_name(threading_timer_thread(timer), "forking timer"),
                     THREADING_OK);
        CHECK_STATUS(threading_thread_set_daemon(threading_timer_thread(timer), daemon),
                     THREADING_OK);
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

/* ---- what the child can tell of the parent's timers ---- */

static void *result_untouched = &result_untouched;

static void check_no_result(threading_timer timer) {
    void *result = result_untouched;
    CHECK(!timer_alive(timer));
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    CHECK_STATUS(threading_thread_result(threading_timer_thread(timer), &result),
                 THREADING_NO_VALUE);
    CHECK(result == result_untouched);
    CHECK_STATUS(threading_timer_start(timer), THREADING_ALREADY_STARTED);
}

/* The first cancel in the child hears that the function was prevented; in the child's child it is
 * as the child left it. */
CASE(a_timer_that_was_pending_at_the_fork_was_prevented_in_the_child) {
    threading_timer timer = timer_started(TIMER_FAR, timer_never, NULL);
    pid_t pid = forked();
    if (pid == 0) {
        check_no_result(timer);
        pid_t grandchild = forked();
        if (grandchild == 0) {
            check_no_result(timer);
            CHECK(timer_cancelled(timer));
            CHECK(!timer_cancelled(timer));
            _exit(50);
        }
        CHECK_NUMBER(exit_code_of(grandchild), 50);
        CHECK(timer_cancelled(timer));
        CHECK(!timer_cancelled(timer));
        check_no_result(timer);
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
        _exit(50);
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    /* The parent's timer has not noticed. */
    CHECK(timer_alive(timer));
    CHECK(timer_cancelled(timer));
    timer_finish(timer);
}

CASE(a_timer_of_every_other_state_tells_the_child_how_far_it_had_come) {
    gate door = GATE_CLOSED;
    threading_timer running = timer_started(0, gate_passenger, &door);
    threading_timer over = timer_started(0, say_it, timer_line);
    threading_timer cancelled = timer_started(TIMER_FAR, timer_never, NULL);
    threading_timer unstarted = timer_new(0, say_it, timer_line);
    gate_await(&door, 1);
    CHECK_STATUS(timer_join(over), THREADING_OK);
    CHECK(timer_cancelled(cancelled));
    pid_t pid = forked();
    if (pid == 0) {
        void *result = NULL;
        /* Its function had begun: nobody knows how far it got. */
        check_no_result(running);
        CHECK(!timer_cancelled(running));
        CHECK_STATUS(threading_thread_result(threading_timer_thread(over), &result), THREADING_OK);
        CHECK(result == timer_line);
        CHECK(!timer_cancelled(over));
        CHECK(!timer_cancelled(cancelled));
        CHECK_STATUS(threading_thread_result(threading_timer_thread(cancelled), &result),
                     THREADING_OK);
        CHECK(result == NULL);
        CHECK_STATUS(threading_timer_start(unstarted), THREADING_OK);
        timer_finish(unstarted);
        _exit(50);
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    gate_open(&door);
    timer_finish(running);
    timer_finish(over);
    timer_finish(cancelled);
    CHECK_STATUS(threading_timer_destroy(unstarted), THREADING_OK);
}

/* Forks again and again while timers come due: each either ran, or the child hears that it was
 * prevented. */
typedef struct due_one {
    atomic_int began;
} due_one;

static void *note_that_it_began(void *arg) {
    atomic_store(&((due_one *)arg)->began, 1);
    return arg;
}

CASE(a_timer_that_comes_due_during_the_fork_has_begun_or_was_prevented) {
    enum { ROUNDS = 50, TIMERS = 50 };
    static due_one ones[TIMERS];
    static threading_timer timers[TIMERS];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < TIMERS; i++) {
            atomic_store(&ones[i].began, 0);
            timers[i] = timer_started(i * 0.00001, note_that_it_began, &ones[i]);
        }
        pid_t pid = forked();
        if (pid == 0) {
            for (int i = 0; i < TIMERS; i++) {
                bool began = atomic_load(&ones[i].began), prevented = timer_cancelled(timers[i]);
                CHECK(!(began && prevented));
                /* A function that is about to begin counts as begun. */
                CHECK(began || prevented ||
                      threading_thread_native_id(threading_timer_thread(timers[i])) != 0);
            }
            _exit(50);
        }
        CHECK_NUMBER(exit_code_of(pid), 50);
        for (int i = 0; i < TIMERS; i++) {
            timer_finish(timers[i]);
        }
    }
}

/* ---- the end of the child's process ---- */

/* Where it returns from the function that forked, the child's main thread ends, and so does its
 * process. */
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
        CHECK_STATUS(threading_thread_spawn(NULL, wait_for_main_then_say, thread_line, NULL),
                     THREADING_OK);
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
