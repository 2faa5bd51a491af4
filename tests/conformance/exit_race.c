/* Several threads that end the process at once: whose exit code it has. Each case looks at many
 * processes. */
#include "process_end.h"

#include <signal.h>
#include <stdio.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

enum { ROUNDS = 200, CODE = 3 };

static gate door = GATE_CLOSED;

static void *exits(void *arg) {
    (void)arg;
    gate_pass(&door);
    exit(CODE);
}

static void open_door(void *ctx) {
    (void)ctx;
    gate_open(&door);
}

/* Whether a second thread that calls exit waits in the C library for the first: then no library can
 * let the process end with it. */
static bool exit_is_locked(void) {
#ifdef __GLIBC__
    return atof(gnu_get_libc_version()) >= 2.41;
#else
    return false;
#endif
}

/* Where exit is locked: a thread that waits there is waited for, and the notice names it. */
static void expect_notice(const char *child) {
    static child_outcome outcome;
    printf(
        "a second exit waits for the first in this C library: the notice is looked for instead\n");
    run_child(child, &outcome);
    CHECK_NUMBER(outcome.signal, SIGALRM);
    CHECK(strstr(outcome.output, "libthreading: exit waits for ") != NULL);
}

static void give_up_where_exit_is_locked(void) {
    if (exit_is_locked()) {
        alarm(8);
    }
}

static void expect_code_each_time(const char *child) {
    static child_outcome outcome;
    for (int round = 0; round < ROUNDS; round++) {
        run_child(child, &outcome);
        CHECK_NUMBER(outcome.signal, 0);
        CHECK_NUMBER(outcome.exit_code, CODE);
    }
}

/* main waits in its own exit already. */
CHILD(a_thread_exits_while_main_returns) {
    give_up_where_exit_is_locked();
    CHECK_STATUS(threading_thread_spawn("exits", exits, NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(open_door, NULL), THREADING_OK);
}

CHILD(a_thread_exits_while_main_shuts_down) {
    CHECK_STATUS(threading_thread_spawn("exits", exits, NULL, NULL), THREADING_OK);
    gate_open(&door);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
}

CASE(the_code_of_a_thread_that_exits_while_main_returns_is_the_processs) {
    (exit_is_locked() ? expect_notice : expect_code_each_time)("a_thread_exits_while_main_returns");
}

CASE(the_code_of_a_thread_that_exits_while_main_shuts_down_is_the_processs) {
    expect_code_each_time("a_thread_exits_while_main_shuts_down");
}

/* Which of them is first does not matter; the second neither keeps the first nor changes its
 * code. */
CHILD(two_threads_exit_at_once) {
    give_up_where_exit_is_locked();
    CHECK_STATUS(threading_thread_spawn("one", exits, NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("two", exits, NULL, NULL), THREADING_OK);
    gate_await(&door, 2);
    gate_open(&door);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
}

CASE(two_threads_that_exit_at_once_end_the_process_once) {
    (exit_is_locked() ? expect_notice : expect_code_each_time)("two_threads_exit_at_once");
}

/* Has work left when all that exit have called it; nobody can see how far they are in it. */
static atomic_int exiting;
enum { EXITING = 3 };

static void *exits_beside_work(void *arg) {
    gate_pass(&door);
    atomic_fetch_add(&exiting, 1);
    exit(CODE);
    return arg;
}

static void *has_work_left(void *arg) {
    while (atomic_load(&exiting) < EXITING) {
        case_nap();
    }
    dawdle();
    say("worked\n");
    return arg;
}

/* None of them is main, which does not end. */
CHILD(threads_exit_while_another_works) {
    give_up_where_exit_is_locked();
    CHECK_STATUS(threading_thread_spawn("works", has_work_left, NULL, NULL), THREADING_OK);
    for (int i = 0; i < EXITING; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, exits_beside_work, NULL, NULL), THREADING_OK);
    }
    gate_await(&door, EXITING);
    gate_open(&door);
    for (;;) {
        pause();
    }
}

CASE(threads_that_exit_at_once_wait_for_one_that_works) {
    if (exit_is_locked()) {
        expect_notice("threads_exit_while_another_works");
        return;
    }
    for (int round = 0; round < 20; round++) {
        expect("threads_exit_while_another_works", CODE, "worked\n");
    }
}

static void exit_in_callback(void *ctx) {
    (void)ctx;
    say("callback\n");
    exit(CODE);
}

CHILD(a_callback_exits) {
    CHECK_STATUS(threading_register_atexit(exit_in_callback, NULL), THREADING_OK);
    exit(1);
}

CASE(a_callback_that_exits_ends_the_process_with_its_code) {
    expect("a_callback_exits", CODE, "callback\n");
}
