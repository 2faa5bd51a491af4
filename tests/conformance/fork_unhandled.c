/* A child that was made without the C library's fork handlers, by _Fork or by the system call
 * itself: the fork is noticed at the first call that would have to wait, start or end something,
 * and from there on the child is as any other. */
#include "forked.h"
#include "gate.h"
#include "local_tools.h"
#include "timer_tools.h"

#include <stdlib.h>
#include <sys/syscall.h>

/* The ways to fork; glibc has _Fork since 2.34. */
extern pid_t _Fork(void) __attribute__((weak));
static pid_t by_system_call(void) {
#ifdef SYS_fork
    return (pid_t)syscall(SYS_fork);
#else
    return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
#endif
}
static pid_t by_the_c_library(void) { return _Fork ? _Fork() : by_system_call(); }
static pid_t (*const ways[])(void) = {by_the_c_library, by_system_call};
enum { WAYS = sizeof ways / sizeof ways[0] };

/* Runs the body in such a child; its limit is kept by the parent. The child ends by exit, with what
 * the body returns. */
static void in_child_of(pid_t (*way)(void), int (*body)(void *arg), void *arg, int expected) {
    fflush(NULL);
    pid_t pid = way();
    CHECK(pid >= 0);
    if (pid == 0) {
        CHECK_NUMBER(prctl(PR_SET_PDEATHSIG, SIGKILL), 0);
        exit(body(arg));
    }
    CHECK_NUMBER(exit_code_of(pid), expected);
}

static void in_children(int (*body)(void *arg), void *arg, int expected) {
    for (int i = 0; i < WAYS; i++) {
        in_child_of(ways[i], body, arg, expected);
    }
}

/* ---- the end, timers and threads ---- */

static int just_end(void *arg) {
    (void)arg;
    return 7;
}

CASE(exit_in_the_child_waits_for_none_of_the_parents_threads_and_timers) {
    gate door = GATE_CLOSED;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &thread), THREADING_OK);
    threading_timer timer = timer_started(TIMER_FAR, timer_never, NULL);
    timer_finish(timer_started(0, timer_count, &(atomic_int){0}));
    in_children(just_end, NULL, 7);
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK(timer_cancelled(timer));
    timer_finish(timer);
}

static int fire_a_timer(void *arg) {
    atomic_int calls = 0;
    (void)arg;
    timer_finish(timer_started(0.01, timer_count, &calls));
    CHECK_NUMBER(atomic_load(&calls), 1);
    return 50;
}

CASE(timers_start_and_fire_in_the_child) {
    fire_a_timer(NULL);
    in_children(fire_a_timer, NULL, 50);
}

static void *nothing(void *arg) { return arg; }

static int start_a_thread(void *arg) {
    threading_thread thread;
    void *result = NULL;
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, arg, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == arg);
    return 50;
}

CASE(threads_start_and_end_in_the_child) {
    int mark;
    start_a_thread(&mark);
    in_children(start_a_thread, &mark, 50);
}

/* exit waits for what the child itself has started. */
static void *end_with_9(void *arg) {
    (void)arg;
    _exit(9);
}

static int leave_a_timer(void *arg) {
    (void)arg;
    timer_started(0.05, end_with_9, NULL);
    return 7;
}

CASE(exit_in_the_child_waits_for_its_own_timers) { in_children(leave_a_timer, NULL, 9); }

/* ---- what the child finds of the parent's ---- */

typedef struct found {
    threading_thread thread;
    threading_timer timer;
    threading_local local;
    value mine, theirs;
    gate have, door;
    uint64_t ident;
} found;

static void *have_a_value(void *arg) {
    found *it = arg;
    CHECK_STATUS(threading_local_set(it->local, &it->theirs), THREADING_OK);
    gate_pass(&it->have);
    gate_pass(&it->door);
    return arg;
}

static int look_at_what_is_left(void *arg) {
    found *it = arg;
    void *result = NULL;
    CHECK(!threading_thread_is_alive(it->thread));
    CHECK_STATUS(threading_thread_join(it->thread), THREADING_OK);
    CHECK_STATUS(threading_thread_result(it->thread, &result), THREADING_NO_VALUE);
    CHECK(timer_cancelled(it->timer));
    CHECK_STATUS(timer_join(it->timer), THREADING_OK);
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK(threading_get_ident() == it->ident);
    CHECK(threading_get_native_id() == (uint64_t)getpid());
    CHECK(THREADING_SAME(threading_current_thread(), threading_main_thread()));
    CHECK(threading_thread_native_id(threading_main_thread()) == (uint64_t)getpid());
    CHECK(threading_local_get(it->local) == &it->mine);
    int before = value_destroyed(&it->mine);
    CHECK_STATUS(threading_local_destroy(it->local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&it->mine), before + 1);
    CHECK_NUMBER(value_destroyed(&it->theirs), 0);
    return 50;
}

static void *fork_and_look(void *arg) {
    found *it = arg;
    it->ident = threading_get_ident();
    CHECK_STATUS(threading_local_set(it->local, &it->mine), THREADING_OK);
    in_children(look_at_what_is_left, it, 50);
    CHECK_STATUS(threading_local_set(it->local, NULL), THREADING_OK);
    return arg;
}

CASE(the_child_finds_of_threads_timers_and_locals_what_any_child_finds) {
    found it = {.local = local_of_values(), .have = GATE_CLOSED, .door = GATE_CLOSED};
    CHECK_STATUS(threading_thread_spawn(NULL, have_a_value, &it, &it.thread), THREADING_OK);
    it.timer = timer_started(TIMER_FAR, timer_never, NULL);
    gate_await(&it.have, 1);
    gate_open(&it.have);
    gate_await(&it.door, 1);
    fork_and_look(&it);
    /* The same in the child of a thread, of a timer's function and of a thread that the library has
     * not met. */
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, fork_and_look, &it, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    timer_finish(timer_started(0, fork_and_look, &it));
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, fork_and_look, &it), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    gate_open(&it.door);
    CHECK_STATUS(threading_thread_finish(it.thread, NULL), THREADING_OK);
    CHECK(timer_cancelled(it.timer));
    timer_finish(it.timer);
    CHECK_STATUS(threading_local_destroy(it.local), THREADING_OK);
}

static int be_main(void *arg) {
    uint64_t parents_main = *(uint64_t *)arg;
    CHECK(threading_get_ident() != parents_main);
    CHECK(THREADING_SAME(threading_current_thread(), threading_main_thread()));
    CHECK(threading_thread_ident(threading_main_thread()) == threading_get_ident());
    CHECK_NUMBER(threading_active_count(), 1);
    return start_a_thread(arg);
}

static void *fork_as_a_stranger(void *main_ident) {
    in_children(be_main, main_ident, 50);
    return NULL;
}

CASE(a_thread_that_the_library_meets_only_in_the_child_is_its_main_and_not_the_parents) {
    uint64_t ident = threading_get_ident();
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, fork_as_a_stranger, &ident), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
}

/* ---- a child in turn ---- */

static int fork_with_handlers(void *arg) {
    pid_t pid = forked();
    if (pid == 0) {
        start_a_thread(arg);
        exit(fire_a_timer(arg));
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    return fire_a_timer(arg);
}

static int fork_without_again(void *arg) {
    in_children(fire_a_timer, arg, 50);
    return start_a_thread(arg);
}

CASE(the_child_forks_in_turn) {
    gate door = GATE_CLOSED;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &thread), THREADING_OK);
    fire_a_timer(NULL);
    in_children(fork_with_handlers, &door, 50);
    in_children(fork_without_again, &door, 50);
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

/* ---- another thread calls first ---- */

static void *use_the_library(void *arg) {
    threading_lock lock;
    threading_thread thread;
    threading_timer timer = timer_new(0, nothing, NULL);
    /* Nothing hangs; what would have to be started says so. */
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &thread), THREADING_NO_RESOURCES);
    CHECK_STATUS(threading_timer_start(timer), THREADING_NO_RESOURCES);
    CHECK_STATUS(threading_thread_join(*(threading_thread *)arg), THREADING_NO_RESOURCES);
    CHECK(threading_get_ident() != 0);
    return arg;
}

static int let_another_call_first(void *arg) {
    pthread_t other;
    CHECK_NUMBER(pthread_create(&other, NULL, use_the_library, arg), 0);
    CHECK_NUMBER(pthread_join(other, NULL), 0);
    CHECK_STATUS(threading_thread_join(*(threading_thread *)arg), THREADING_OK);
    start_a_thread(arg);
    return fire_a_timer(arg);
}

static void *end_first(void *arg) {
    (void)arg;
    exit(8);
}

static int let_another_end_the_process(void *arg) {
    pthread_t other;
    CHECK_NUMBER(pthread_create(&other, NULL, end_first, arg), 0);
    CHECK_NUMBER(pthread_join(other, NULL), 0);
    return 50;
}

CASE(a_thread_that_calls_before_the_one_that_forked_is_told_and_does_not_hang) {
    gate door = GATE_CLOSED;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &thread), THREADING_OK);
    in_children(let_another_call_first, &thread, 50);
    in_children(let_another_end_the_process, &thread, 8);
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

typedef struct early {
    threading_local local;
    value mine, theirs;
    gate refused, may_set, have, leave;
} early;

static void *set_early_and_later(void *arg) {
    early *it = arg;
    CHECK_STATUS(threading_local_set(it->local, &it->theirs), THREADING_NO_RESOURCES);
    gate_pass(&it->refused);
    gate_pass(&it->may_set);
    CHECK_STATUS(threading_local_set(it->local, &it->theirs), THREADING_OK);
    gate_pass(&it->have);
    gate_pass(&it->leave);
    return arg;
}

static int destroy_what_both_have(void *arg) {
    early *it = arg;
    pthread_t other;
    CHECK_NUMBER(pthread_create(&other, NULL, set_early_and_later, it), 0);
    gate_await(&it->refused, 1);
    gate_open(&it->refused);
    CHECK_STATUS(threading_local_set(it->local, &it->mine), THREADING_OK);
    gate_open(&it->may_set);
    gate_await(&it->have, 1);
    gate_open(&it->have);
    CHECK_STATUS(threading_local_destroy(it->local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&it->mine), 1);
    CHECK_NUMBER(value_destroyed(&it->theirs), 1);
    gate_open(&it->leave);
    CHECK_NUMBER(pthread_join(other, NULL), 0);
    return 50;
}

CASE(a_value_that_another_thread_sets_early_is_refused_and_later_found) {
    early it = {.local = local_of_values(),
                .refused = GATE_CLOSED,
                .may_set = GATE_CLOSED,
                .have = GATE_CLOSED,
                .leave = GATE_CLOSED};
    in_children(destroy_what_both_have, &it, 50);
    CHECK_STATUS(threading_local_destroy(it.local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&it.theirs), 0);
}
