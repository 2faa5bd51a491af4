/* Forks while other threads are in the middle of everything, and the end of a forked child's
 * process. */
#include "case.h"
#include "gate.h"
#include "thread_tools.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *nothing(void *arg) { return arg; }

static int exit_code_of(pid_t pid) {
    int state = 0;
    CHECK_NUMBER(waitpid(pid, &state, 0), pid);
    CHECK(WIFEXITED(state));
    return WEXITSTATUS(state);
}

typedef struct traffic {
    threading_lock lock, other_lock;
    threading_rlock rlock;
    atomic_bool stop;
    gate ready;
} traffic;

/* Contends for the locks, and keeps every lock of the library's own busy: names, records, threads,
 * hooks. */
static void *contend(void *arg) {
    traffic *all = arg;
    threading_thread array[64], child;
    threading_lock lock;
    char name[64];
    gate_pass(&all->ready);
    while (!atomic_load(&all->stop)) {
        CHECK_STATUS(threading_lock_acquire(all->lock), THREADING_OK);
        CHECK_STATUS(threading_rlock_acquire(all->rlock), THREADING_OK);
        CHECK_STATUS(threading_rlock_release(all->rlock), THREADING_OK);
        CHECK_STATUS(threading_lock_release(all->lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(all->other_lock), THREADING_OK);
        CHECK_STATUS(threading_lock_release(all->other_lock), THREADING_OK);
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
        CHECK_STATUS(threading_thread_set_name(threading_current_thread(), "contender"),
                     THREADING_OK);
        CHECK_STATUS(threading_thread_name(threading_main_thread(), name, sizeof name, NULL),
                     THREADING_OK);
        CHECK(threading_enumerate(array, 64) >= 2);
        CHECK_STATUS(threading_set_exit_hook(NULL, NULL), THREADING_OK);
        CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &child), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(child, NULL), THREADING_OK);
    }
    return NULL;
}

static void *use_once(void *arg) {
    traffic *all = arg;
    CHECK_STATUS(threading_lock_acquire(all->lock), THREADING_OK);
    CHECK_STATUS(threading_lock_release(all->lock), THREADING_OK);
    return NULL;
}

/* The forking thread holds `lock` and `rlock`; whether anybody held `other_lock` only looking can
 * tell. */
static void use_everything_in_child(traffic *all) {
    char name[64];
    threading_lock lock;
    threading_thread thread, array[64];
    alarm(CASE_SECONDS / 2);
    CHECK(threading_lock_locked(all->lock));
    CHECK_NUMBER(threading_rlock_depth(all->rlock), 2);
    CHECK(threading_rlock_owner(all->rlock, NULL) == threading_get_ident());
    CHECK_STATUS(threading_rlock_release(all->rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(all->rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(all->rlock), THREADING_NOT_ACQUIRED);
    CHECK_STATUS(threading_lock_release(all->lock), THREADING_OK);
    CHECK_STATUS(threading_lock_try_acquire(all->lock), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("user", use_once, all, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_join_timeout(thread, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_release(all->lock), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(all->lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(all->rlock), THREADING_OK);

    if (threading_lock_locked(all->other_lock)) {
        CHECK_STATUS(threading_lock_try_acquire(all->other_lock), THREADING_TIMEOUT);
        CHECK_STATUS(threading_lock_acquire_timeout(all->other_lock, 0.001), THREADING_TIMEOUT);
    } else {
        CHECK_STATUS(threading_lock_acquire(all->other_lock), THREADING_OK);
        CHECK_STATUS(threading_lock_release(all->other_lock), THREADING_OK);
    }
    CHECK_STATUS(threading_lock_destroy(all->other_lock), THREADING_OK);

    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_NUMBER(threading_enumerate(array, 64), 1);
    CHECK_STATUS(threading_thread_set_name(threading_main_thread(), "child"), THREADING_OK);
    CHECK_STATUS(threading_thread_name(threading_main_thread(), name, sizeof name, NULL),
                 THREADING_OK);
    CHECK_STRING(name, "child");
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_set_exit_hook(NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    _exit(50);
}

CASE(two_hundred_forks_in_the_middle_of_everything) {
    traffic all = {THREADING_NULL, THREADING_NULL, THREADING_NULL, false, GATE_CLOSED};
    threading_thread threads[4];
    CHECK_STATUS(threading_lock_new(&all.lock), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&all.other_lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&all.rlock), THREADING_OK);
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(threading_thread_spawn("contender", contend, &all, &threads[i]), THREADING_OK);
    }
    gate_await(&all.ready, 4);
    gate_open(&all.ready);
    for (int round = 0; round < 200; round++) {
        CHECK_STATUS(threading_lock_acquire(all.lock), THREADING_OK);
        CHECK_STATUS(threading_rlock_acquire(all.rlock), THREADING_OK);
        CHECK_STATUS(threading_rlock_acquire(all.rlock), THREADING_OK);
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            use_everything_in_child(&all);
        }
        CHECK_STATUS(threading_rlock_release(all.rlock), THREADING_OK);
        CHECK_STATUS(threading_rlock_release(all.rlock), THREADING_OK);
        CHECK_STATUS(threading_lock_release(all.lock), THREADING_OK);
        CHECK_NUMBER(exit_code_of(pid), 50);
    }
    atomic_store(&all.stop, true);
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
    }
}

/* A program's own fork handlers, registered after the library's: prepare takes a lock, both sides
 * give it back. */
static threading_lock around_forks = THREADING_NULL;
static atomic_int handlers;

static void before_fork(void) {
    CHECK_STATUS(threading_lock_acquire(around_forks), THREADING_OK);
    CHECK(threading_current_name() != NULL);
    atomic_fetch_add(&handlers, 1);
}

static void after_fork(void) {
    CHECK(THREADING_SAME(threading_current_thread(), threading_main_thread()));
    CHECK_STATUS(threading_lock_release(around_forks), THREADING_OK);
    atomic_fetch_add(&handlers, 1);
}

static void *use_lock_around_forks(void *stop) {
    while (!atomic_load((atomic_bool *)stop)) {
        CHECK_STATUS(threading_lock_acquire(around_forks), THREADING_OK);
        CHECK_STATUS(threading_lock_release(around_forks), THREADING_OK);
    }
    return NULL;
}

CASE(a_programs_own_fork_handlers_may_use_the_library) {
    atomic_bool stop = false;
    threading_thread thread;
    CHECK_STATUS(threading_lock_new(&around_forks), THREADING_OK);
    CHECK_NUMBER(pthread_atfork(before_fork, after_fork, after_fork), 0);
    CHECK_STATUS(threading_thread_spawn(NULL, use_lock_around_forks, &stop, &thread), THREADING_OK);
    for (int round = 0; round < 100; round++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            alarm(CASE_SECONDS / 2);
            CHECK(!threading_lock_locked(around_forks));
            CHECK_STATUS(threading_lock_acquire(around_forks), THREADING_OK);
            _exit(50);
        }
        CHECK_NUMBER(exit_code_of(pid), 50);
    }
    atomic_store(&stop, true);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_NUMBER(atomic_load(&handlers), 200);
}

/* The end of the child's process. */

static void say(const char *line) {
    size_t length = strlen(line);
    CHECK(write(STDOUT_FILENO, line, length) == (ssize_t)length);
}

static void *outlive_main(void *arg) {
    CHECK_STATUS(threading_thread_join(threading_main_thread()), THREADING_OK);
    for (int i = 0; i < 100; i++) {
        case_nap();
    }
    say("end of thread\n");
    return arg;
}

static gate never = GATE_CLOSED;

/* Exits in a forked child that has a thread of its own, and whose parent has threads that the child
 * need not wait for. */
static void fork_and_exit(void) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(CASE_SECONDS / 2);
        CHECK_STATUS(threading_thread_spawn(NULL, outlive_main, NULL, NULL), THREADING_OK);
        say("end of main\n");
        exit(9);
    }
    int code = exit_code_of(pid);
    gate_open(&never);
    if (code != 9) {
        say("the child has lost its exit code\n");
    }
}

CHILD(forks_before_any_thread) { fork_and_exit(); }

CHILD(forks_with_threads) {
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &never, NULL), THREADING_OK);
    gate_await(&never, 1);
    fork_and_exit();
}

static void *fork_and_exit_in_thread(void *arg) {
    fork_and_exit();
    return arg;
}

CHILD(forks_in_a_thread) {
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &never, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn(NULL, fork_and_exit_in_thread, NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
}

/* The thread that forked is main in the child: where it returns from its target, the child's
 * process ends. */
static void *fork_and_return_in_thread(void *arg) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(CASE_SECONDS / 2);
        CHECK_STATUS(threading_thread_spawn(NULL, outlive_main, NULL, NULL), THREADING_OK);
        say("end of main\n");
        return arg;
    }
    CHECK_NUMBER(exit_code_of(pid), 0);
    return arg;
}

CHILD(returns_from_the_thread_that_forked) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, fork_and_return_in_thread, NULL, &thread),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    say("parent\n");
}

/* test_3_join_in_forked_from_thread */
CASE(a_return_from_the_thread_that_forked_ends_the_child) {
    static child_outcome outcome;
    run_child("returns_from_the_thread_that_forked", &outcome);
    CHECK_STRING(outcome.output, "end of main\nend of thread\nparent\n");
    CHECK_NUMBER(outcome.exit_code, 0);
}

/* test_2_join_in_forked_process, test_3_join_in_forked_from_thread */
CASE(exit_in_the_child_waits_for_its_threads_and_no_others) {
    static const char *const children[] = {"forks_before_any_thread", "forks_with_threads",
                                           "forks_in_a_thread"};
    for (int i = 0; i < 3; i++) {
        static child_outcome outcome;
        run_child(children[i], &outcome);
        CHECK_STRING(outcome.output, "end of main\nend of thread\n");
        CHECK_NUMBER(outcome.exit_code, 0);
    }
}

static atomic_int callbacks;

static void count_callback(void *ctx) {
    (void)ctx;
    atomic_fetch_add(&callbacks, 1);
}

CASE(a_shutdown_in_the_child_is_the_childs_alone) {
    threading_thread thread;
    CHECK_STATUS(threading_register_atexit(count_callback, NULL), THREADING_OK);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(CASE_SECONDS / 2);
        CHECK_STATUS(threading_shutdown(), THREADING_OK);
        CHECK_NUMBER(atomic_load(&callbacks), 1);
        CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &thread), THREADING_SHUTTING_DOWN);
        _exit(50);
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    CHECK_NUMBER(atomic_load(&callbacks), 0);
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_NUMBER(atomic_load(&callbacks), 1);
}

/* The parent's threads, which the child does not have, and which are many enough to be counted
 * wherever threads are. */
CASE(the_child_counts_its_own_threads_alone) {
    enum { THREADS = 32 };
    gate door = GATE_CLOSED, childs_door = GATE_CLOSED;
    threading_thread threads[THREADS], thread;
    for (int i = 0; i < THREADS; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &threads[i]),
                     THREADING_OK);
    }
    gate_await(&door, THREADS);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(CASE_SECONDS / 2);
        CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &childs_door, &thread),
                     THREADING_OK);
        gate_await(&childs_door, 1);
        CHECK_STATUS(threading_shutdown_timeout(0), THREADING_TIMEOUT);
        gate_open(&childs_door);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
        CHECK_STATUS(threading_shutdown_timeout(0), THREADING_OK);
        _exit(50);
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    gate_open(&door);
    for (int i = 0; i < THREADS; i++) {
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
    }
}
