/* A child that was made without the C library's fork handlers, while threads that it does not have
 * were in the middle of the library: each was stopped by a signal wherever it was, often under one
 * of the library's own locks. Nothing of that hangs the child or breaks it. */
#include "forked.h"
#include "gate.h"
#include "timer_tools.h"

#include <stdlib.h>
#include <sys/syscall.h>

static pid_t fork_without_handlers(void) {
#ifdef SYS_fork
    return (pid_t)syscall(SYS_fork);
#else
    return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
#endif
}

/* ---- threads that are stopped in the middle of what they do ---- */

static atomic_int stop_now, stopped;
static atomic_bool over;

static void stay_here(int signal) {
    (void)signal;
    atomic_fetch_add(&stopped, 1);
    while (atomic_load(&stop_now)) {
        case_nap();
    }
    atomic_fetch_sub(&stopped, 1);
}

static threading_thread named;
static gate door = GATE_CLOSED;

static void *rename_another(void *arg) {
    for (int i = 0; !atomic_load(&over); i++) {
        CHECK_STATUS(threading_thread_set_name(named, i % 2 ? "one name" : "another, longer name"),
                     THREADING_OK);
    }
    return arg;
}

static void some_hook(threading_thread thread, void *ctx) {
    (void)thread;
    (void)ctx;
}

static void *change_hooks(void *arg) {
    while (!atomic_load(&over)) {
        CHECK_STATUS(threading_set_start_hook(some_hook, arg), THREADING_OK);
        CHECK_STATUS(threading_set_exit_hook(some_hook, arg), THREADING_OK);
        CHECK_STATUS(threading_set_start_hook(NULL, NULL), THREADING_OK);
        CHECK_STATUS(threading_set_exit_hook(NULL, NULL), THREADING_OK);
    }
    return arg;
}

static void *start_timers(void *arg) {
    while (!atomic_load(&over)) {
        threading_timer timer = timer_started(TIMER_FAR, timer_never, NULL);
        CHECK(timer_cancelled(timer));
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    }
    return arg;
}

static threading_lock contended;

static void *contend(void *arg) {
    while (!atomic_load(&over)) {
        CHECK_STATUS(threading_lock_acquire(contended), THREADING_OK);
        CHECK_STATUS(threading_lock_release(contended), THREADING_OK);
    }
    return arg;
}

static threading_target const busy[] = {rename_another, change_hooks, start_timers, contend,
                                        contend};
enum { BUSY = sizeof busy / sizeof busy[0] };

/* ---- what the child does ---- */

static void count_in_hook(threading_thread thread, void *count) {
    (void)thread;
    atomic_fetch_add((atomic_int *)count, 1);
}

static void *count_one(void *count) {
    atomic_fetch_add((atomic_int *)count, 1);
    return count;
}

static int use_everything(void *arg) {
    atomic_int hooked = 0, called = 0;
    char name[32];
    (void)arg;
    CHECK_STATUS(threading_thread_set_name(named, "child"), THREADING_OK);
    CHECK_STATUS(threading_thread_name(named, name, sizeof name, NULL), THREADING_OK);
    CHECK_STRING(name, "child");
    CHECK_STATUS(threading_set_start_hook(count_in_hook, &hooked), THREADING_OK);
    CHECK_STATUS(threading_set_exit_hook(count_in_hook, &hooked), THREADING_OK);
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, count_one, &called, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    timer_finish(timer_started(0.001, count_one, &called));
    CHECK_NUMBER(atomic_load(&called), 2);
    CHECK_NUMBER(atomic_load(&hooked), 4);
    return 50;
}

static void *rename_first(void *arg) {
    CHECK_STATUS(threading_thread_set_name(named, "by another thread"), THREADING_OK);
    return arg;
}

/* It has to find out by itself that the holder of a lock is gone. */
static int let_another_rename_first(void *arg) {
    pthread_t other;
    CHECK_NUMBER(pthread_create(&other, NULL, rename_first, NULL), 0);
    CHECK_NUMBER(pthread_join(other, NULL), 0);
    return use_everything(arg);
}

/* So many children, each of a moment of its own. */
static void in_children(int children, int (*body)(void *arg)) {
    struct sigaction action;
    pthread_t native[BUSY];
    memset(&action, 0, sizeof action);
    action.sa_handler = stay_here;
    CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_STATUS(threading_lock_new(&contended), THREADING_OK);
    /* The library tells the kernel the name of a thread that runs, under its lock of names. */
    CHECK_STATUS(threading_thread_spawn_daemon(NULL, gate_passenger, &door, &named), THREADING_OK);
    gate_await(&door, 1);
    timer_finish(timer_started(0, count_one, &(atomic_int){0}));
    for (int i = 0; i < BUSY; i++) {
        CHECK_NUMBER(pthread_create(&native[i], NULL, busy[i], NULL), 0);
    }
    for (int round = 0; round < children; round++) {
        atomic_store(&stop_now, 1);
        for (int i = 0; i < BUSY; i++) {
            CHECK_NUMBER(pthread_kill(native[i], SIGUSR1), 0);
        }
        EVENTUALLY(atomic_load(&stopped) == BUSY);
        pid_t pid = fork_without_handlers();
        CHECK(pid >= 0);
        if (pid == 0) {
            CHECK_NUMBER(prctl(PR_SET_PDEATHSIG, SIGKILL), 0);
            exit(body(NULL));
        }
        CHECK_NUMBER(exit_code_of(pid), 50);
        atomic_store(&stop_now, 0);
        EVENTUALLY(atomic_load(&stopped) == 0);
    }
    atomic_store(&over, true);
    for (int i = 0; i < BUSY; i++) {
        CHECK_NUMBER(pthread_join(native[i], NULL), 0);
    }
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(named, NULL), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(contended), THREADING_OK);
}

CASE(no_lock_of_the_librarys_own_that_a_vanished_thread_held_hangs_the_child) {
    in_children(200, use_everything);
}

CASE(nor_does_it_hang_another_thread_that_calls_before_the_one_that_forked) {
    in_children(10, let_another_rename_first);
}
