/* threading_thread_set_affinity: on which processors a thread runs. Machines with one processor,
 * and processes that may not use all of them, pass too. */
#include "caller.h"
#include "forked.h"
#include "gate.h"

#include <sched.h>

/* No machine has so many. */
static const uint32_t missing = 8191;

static threading_status set(threading_thread thread, uint32_t processor) {
    return threading_thread_set_affinity(thread, &processor, 1);
}

/* The processors of the process, from a time when nobody has changed them. */
static uint32_t usable[CPU_SETSIZE];
static size_t usable_count;

static void find_usable(void) {
    cpu_set_t found;
    CHECK_NUMBER(sched_getaffinity(0, sizeof found, &found), 0);
    usable_count = 0;
    for (uint32_t processor = 0; processor < CPU_SETSIZE; processor++) {
        if (CPU_ISSET(processor, &found)) {
            usable[usable_count++] = processor;
        }
    }
    CHECK(usable_count > 0);
}

/* Whether a thread, by its kernel's id or 0 for the caller, runs on this processor and no other. */
static bool is_on(uint64_t native_id, uint32_t processor) {
    cpu_set_t found;
    CHECK_NUMBER(sched_getaffinity((pid_t)native_id, sizeof found, &found), 0);
    return CPU_COUNT(&found) == 1 && CPU_ISSET(processor, &found);
}

static int runs;

static void *checks_processor(void *arg) {
    CHECK(is_on(0, *(uint32_t *)arg));
    runs++;
    return arg;
}

static void hook_checks_processor(threading_thread thread, void *ctx) {
    (void)thread;
    CHECK(is_on(0, *(uint32_t *)ctx));
    runs++;
}

CASE(a_thread_is_on_its_processors_before_it_does_anything) {
    find_usable();
    for (size_t i = 0; i < usable_count; i++) {
        threading_thread thread;
        void *result;
        CHECK_STATUS(threading_set_start_hook(hook_checks_processor, &usable[i]), THREADING_OK);
        CHECK_STATUS(threading_thread_new(NULL, checks_processor, &usable[i], &thread),
                     THREADING_OK);
        CHECK_STATUS(set(thread, missing), THREADING_OK);
        CHECK_STATUS(set(thread, usable[i]), THREADING_OK);
        runs = 0;
        CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
        CHECK(result == &usable[i]);
        CHECK_NUMBER(runs, 2);
    }
    CHECK_STATUS(threading_set_start_hook(NULL, NULL), THREADING_OK);
}

static gate door = GATE_CLOSED;

CASE(a_thread_that_runs_is_moved_at_once) {
    threading_thread thread;
    find_usable();
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &thread), THREADING_OK);
    for (size_t i = 0; i < usable_count; i++) {
        CHECK_STATUS(set(thread, usable[i]), THREADING_OK);
        CHECK(is_on(threading_thread_native_id(thread), usable[i]));
    }
    CHECK_STATUS(threading_thread_set_affinity(thread, usable, usable_count), THREADING_OK);
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

static threading_status moves_itself(caller *self) {
    (void)self;
    threading_status status = set(threading_current_thread(), usable[0]);
    CHECK(is_on(0, usable[0]));
    return status;
}

CASE(any_thread_may_move_itself) {
    find_usable();
    for (int standing = 0; standing < 2; standing++) {
        caller stranger;
        caller_start(&stranger, standing == 0 ? OURS : FOREIGN, moves_itself, 0, 0);
        caller_end(&stranger, THREADING_OK);
    }
    CHECK_STATUS(set(threading_main_thread(), usable[0]), THREADING_OK);
    CHECK(is_on(0, usable[0]));
}

static void *counts_runs(void *arg) {
    runs++;
    return arg;
}

static void hook_counts_runs(threading_thread thread, void *ctx) {
    (void)thread;
    counts_runs(ctx);
}

CASE(a_start_fails_if_the_system_refuses_and_leaves_nothing) {
    threading_thread thread;
    void *result;
    int value;
    find_usable();
    CHECK_STATUS(threading_set_start_hook(hook_counts_runs, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_new("refused", counts_runs, &value, &thread), THREADING_OK);
    const uint32_t both[] = {usable[0], missing};
    CHECK_STATUS(threading_thread_set_affinity(thread, both, 2), THREADING_OK);
    for (int round = 0; round < 100; round++) {
        CHECK_STATUS(threading_thread_start(thread), THREADING_INVALID_ARGUMENT);
        CHECK(!threading_thread_is_alive(thread));
        CHECK_NUMBER(threading_thread_ident(thread), 0);
        CHECK_NUMBER(threading_thread_native_id(thread), 0);
        CHECK_NUMBER(threading_active_count(), 1);
        CHECK_STATUS(threading_thread_join(thread), THREADING_NOT_STARTED);
    }
    CHECK(strstr(threading_error_message(), "started") != NULL);
    CHECK_NUMBER(runs, 0);
    CHECK_STATUS(set(thread, usable[0]), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == &value);
    CHECK_NUMBER(runs, 2);
}

CASE(what_is_refused_changes_nothing) {
    threading_thread thread;
    find_usable();
    uint32_t many[8193];
    for (size_t i = 0; i < 8193; i++) {
        many[i] = usable[0];
    }
    CHECK_STATUS(threading_thread_new(NULL, checks_processor, &usable[0], &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_affinity(thread, many, 8192), THREADING_OK);
    const threading_thread both[] = {thread, threading_main_thread()};
    CHECK_STATUS(set(threading_main_thread(), usable[0]), THREADING_OK);
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(threading_thread_set_affinity(both[i], NULL, 1), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_thread_set_affinity(both[i], many, 0), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_thread_set_affinity(both[i], many, 8193),
                     THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(set(both[i], 8192), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(set(both[i], UINT32_MAX), THREADING_INVALID_ARGUMENT);
    }
    const uint32_t partly[] = {usable[usable_count - 1], missing};
    CHECK_STATUS(threading_thread_set_affinity(threading_main_thread(), partly, 2),
                 THREADING_INVALID_ARGUMENT);
    CHECK(strstr(threading_error_message(), "processor") != NULL);
    CHECK(is_on(0, usable[0]));
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_STATUS(set(thread, usable[0]), THREADING_DESTROYED);
    CHECK_STATUS(set((threading_thread)THREADING_NULL, usable[0]), THREADING_INVALID_HANDLE);
}

static void *returns(void *arg) { return arg; }

CASE(a_timer_a_task_and_a_thread_that_has_ended_have_none) {
    threading_timer timer;
    threading_thread thread;
    threading_executor pool;
    threading_future future;
    find_usable();
    CHECK_STATUS(threading_timer_new(1000, returns, NULL, &timer), THREADING_OK);
    CHECK_STATUS(set(threading_timer_thread(timer), usable[0]), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    CHECK_STATUS(threading_executor_new(1, NULL, &pool), THREADING_OK);
    CHECK_STATUS(threading_executor_submit(pool, returns, NULL, &future), THREADING_OK);
    CHECK_STATUS(set(threading_future_thread(future), usable[0]), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_thread_spawn(NULL, returns, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK_STATUS(set(thread, usable[0]), THREADING_INVALID_ARGUMENT);
    CHECK(strstr(threading_error_message(), "ended") != NULL);
}

static void *stack_size_and_processor(void *arg) {
    pthread_attr_t attributes;
    CHECK_NUMBER(pthread_getattr_np(pthread_self(), &attributes), 0);
    CHECK_NUMBER(pthread_attr_getstacksize(&attributes, arg), 0);
    CHECK_NUMBER(pthread_attr_destroy(&attributes), 0);
    CHECK(is_on(0, usable[0]));
    return arg;
}

CASE(stack_size_and_processors_leave_each_other_alone) {
    const size_t mebibyte = 1024 * 1024;
    find_usable();
    for (int first = 0; first < 2; first++) {
        threading_thread thread;
        size_t size = 0;
        CHECK_STATUS(threading_thread_new(NULL, stack_size_and_processor, &size, &thread),
                     THREADING_OK);
        if (first == 1) {
            CHECK_STATUS(threading_thread_set_stack_size(thread, 64 * mebibyte), THREADING_OK);
        }
        CHECK_STATUS(set(thread, usable[0]), THREADING_OK);
        if (first == 0) {
            CHECK_STATUS(threading_thread_set_stack_size(thread, 64 * mebibyte), THREADING_OK);
        }
        CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
        CHECK(size >= 64 * mebibyte);
    }
}

/* A thread that others start, move and destroy at the same time. */
static _Atomic(uint64_t) contested;

static void *meddles(void *arg) {
    for (int i = 0; i < 3000; i++) {
        threading_thread thread = {atomic_load(&contested)};
        switch ((i + *(int *)arg) % 5) {
        case 0:
            set(thread, i % 16 == 0 ? missing : usable[0]);
            break;
        case 1:
            threading_thread_start(thread);
            break;
        case 2:
            threading_thread_set_stack_size(thread, 65536);
            break;
        case 3:
            threading_thread_set_priority(thread, THREADING_PRIORITY_NORMAL);
            break;
        default:
            if (threading_thread_destroy(thread) == THREADING_OK &&
                threading_thread_new(NULL, returns, NULL, &thread) == THREADING_OK) {
                atomic_store(&contested, thread.bits);
            }
        }
    }
    return arg;
}

CASE(starts_moves_and_ends_of_one_thread_meet) {
    enum { MEDDLERS = 4 };
    threading_thread thread, meddlers[MEDDLERS];
    int numbers[MEDDLERS];
    find_usable();
    CHECK_STATUS(threading_thread_new(NULL, returns, NULL, &thread), THREADING_OK);
    atomic_store(&contested, thread.bits);
    for (int i = 0; i < MEDDLERS; i++) {
        numbers[i] = i;
        CHECK_STATUS(threading_thread_spawn(NULL, meddles, &numbers[i], &meddlers[i]),
                     THREADING_OK);
    }
    for (int i = 0; i < MEDDLERS; i++) {
        CHECK_STATUS(threading_thread_finish(meddlers[i], NULL), THREADING_OK);
    }
    thread.bits = atomic_load(&contested);
    threading_status status = threading_thread_join(thread);
    CHECK(status == THREADING_OK || status == THREADING_NOT_STARTED);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
}

CASE(a_forked_child_starts_what_its_parent_has_made) {
    threading_thread thread;
    find_usable();
    CHECK_STATUS(threading_thread_new(NULL, checks_processor, &usable[0], &thread), THREADING_OK);
    CHECK_STATUS(set(thread, usable[0]), THREADING_OK);
    pid_t child = forked();
    if (child == 0) {
        CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
        CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
        _exit(runs);
    }
    CHECK_NUMBER(exit_code_of(child), 1);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
}
