/* What a thread leaves behind, however its function ends in C: by return, threading_exit or
 * pthread_exit. For pthread_cancel see thread_cancel.c; for C++, with destructors and exceptions,
 * thread_unwind.cpp. */
#include "case.h"
#include "gate.h"
#include "thread_tools.h"

#include <limits.h>
#include <stdatomic.h>

static int value;
static atomic_int exits, cleanups;
static threading_thread exited;

static void count_exit(threading_thread thread, void *ctx) {
    CHECK(ctx == &value);
    CHECK(THREADING_SAME(thread, threading_current_thread()));
    CHECK(threading_thread_is_alive(thread));
    exited = thread;
    atomic_fetch_add(&exits, 1);
}

static void count_cleanup(void *ctx) {
    CHECK(ctx == &value);
    atomic_fetch_add(&cleanups, 1);
}

/* Runs the target to its end and checks all that has to be so after any end. */
static void *ending_of(threading_target target, void *arg) {
    void *result = &exits;
    threading_thread thread;
    atomic_store(&exits, 0);
    CHECK_STATUS(threading_set_exit_hook(count_exit, &value), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("ending", target, arg, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK(!threading_thread_is_alive(thread));
    CHECK(!thread_is_listed(thread));
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_NUMBER(atomic_load(&exits), 1);
    CHECK(THREADING_SAME(exited, thread));
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_OK);
    CHECK_STATUS(threading_set_exit_hook(NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    return result;
}

static void *return_it(void *arg) { return arg; }

CASE(the_returned_value_is_the_result) {
    CHECK(ending_of(return_it, &value) == &value);
    CHECK(ending_of(return_it, NULL) == NULL);
    CHECK(ending_of(return_it, (void *)UINTPTR_MAX) == (void *)UINTPTR_MAX);
}

static void exit_deep_down(int depth, void *result) {
    if (depth > 0) {
        exit_deep_down(depth - 1, result);
    }
    threading_exit(result);
    CHECK(!"threading_exit has returned");
}

static void *exit_with_cleanup(void *arg) {
    pthread_cleanup_push(count_cleanup, &value);
    exit_deep_down(10, arg);
    pthread_cleanup_pop(0);
    return NULL;
}

CASE(threading_exit_ends_the_thread_as_a_return_would) {
    CHECK(ending_of(exit_with_cleanup, &value) == &value);
    CHECK_NUMBER(atomic_load(&cleanups), 1);
    CHECK(ending_of(exit_with_cleanup, NULL) == NULL);
    CHECK_NUMBER(atomic_load(&cleanups), 2);
}

static void *exit_as_foreign(void *arg) {
    CHECK_STATUS(threading_exit(arg), THREADING_INVALID_ARGUMENT);
    CHECK(!THREADING_IS_NULL(threading_current_thread()));
    CHECK_STATUS(threading_exit(arg), THREADING_INVALID_ARGUMENT);
    return arg;
}

CASE(threading_exit_in_main_or_a_foreign_thread_is_invalid) {
    pthread_t foreign;
    void *result = NULL;
    CHECK_STATUS(threading_exit(&value), THREADING_INVALID_ARGUMENT);
    CHECK(threading_thread_is_alive(threading_current_thread()));
    CHECK_NUMBER(pthread_create(&foreign, NULL, exit_as_foreign, &value), 0);
    CHECK_NUMBER(pthread_join(foreign, &result), 0);
    CHECK(result == &value);
    CHECK_NUMBER(threading_active_count(), 1);
}

static void *pthread_exit_with_cleanup(void *arg) {
    pthread_cleanup_push(count_cleanup, &value);
    pthread_exit(arg);
    pthread_cleanup_pop(0);
    return NULL;
}

CASE(the_value_of_pthread_exit_is_the_result) {
    CHECK(ending_of(pthread_exit_with_cleanup, &value) == &value);
    CHECK_NUMBER(atomic_load(&cleanups), 1);
    CHECK(ending_of(pthread_exit_with_cleanup, NULL) == NULL);
}

CASE(the_value_of_pthread_exit_is_kept_until_it_is_asked_for) {
    threading_thread threads[50];
    for (int i = 0; i < 50; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, pthread_exit_with_cleanup, &value, &threads[i]),
                     THREADING_OK);
    }
    for (int i = 0; i < 50; i++) {
        /* Without a join: it ends on its own, and others come and go before anybody asks. */
        void *result = NULL;
        threading_thread other;
        EVENTUALLY(!threading_thread_is_alive(threads[i]));
        CHECK_STATUS(threading_thread_spawn(NULL, return_it, NULL, &other), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(other, NULL), THREADING_OK);
        CHECK_STATUS(threading_thread_result(threads[i], &result), THREADING_OK);
        CHECK(result == &value);
        result = NULL;
        CHECK_STATUS(threading_thread_finish(threads[i], &result), THREADING_OK);
        CHECK(result == &value);
    }
}

typedef struct asker {
    gate *door;
    threading_thread subject;
} asker;

static void *ask_for_result(void *arg) {
    asker *it = arg;
    void *result = NULL;
    gate_pass(it->door);
    CHECK_STATUS(threading_thread_join(it->subject), THREADING_OK);
    CHECK_STATUS(threading_thread_result(it->subject, &result), THREADING_OK);
    CHECK(result == &value);
    return NULL;
}

CASE(many_may_ask_for_the_value_of_pthread_exit_at_once) {
    for (int round = 0; round < 300; round++) {
        gate door = GATE_CLOSED;
        asker it = {&door, THREADING_NULL};
        threading_thread askers[4];
        CHECK_STATUS(
            threading_thread_new("subject", pthread_exit_with_cleanup, &value, &it.subject),
            THREADING_OK);
        CHECK_STATUS(threading_thread_start(it.subject), THREADING_OK);
        for (int i = 0; i < 4; i++) {
            CHECK_STATUS(threading_thread_spawn("asker", ask_for_result, &it, &askers[i]),
                         THREADING_OK);
        }
        gate_await(&door, 4);
        gate_open(&door);
        for (int i = 0; i < 4; i++) {
            CHECK_STATUS(threading_thread_finish(askers[i], NULL), THREADING_OK);
        }
        CHECK_STATUS(threading_thread_finish(it.subject, NULL), THREADING_OK);
    }
}

static pthread_key_t slow_key;
static _Thread_local int destructor_rounds;

/* Keeps the system busy with ending the thread for a while after its last moment in the library. */
static void end_slowly(void *arg) {
    CHECK_NUMBER(pthread_setspecific(slow_key, arg), 0);
    if (++destructor_rounds == 4) {
        case_nap();
    }
}

static void *pthread_exit_slowly(void *arg) {
    CHECK_NUMBER(pthread_setspecific(slow_key, arg), 0);
    pthread_exit(arg);
}

typedef struct neighbour {
    threading_thread ended;
    atomic_int turn, turns_done;
} neighbour;

/* Joins a thread that has long ended, once for each turn, at just the time when somebody asks for a
 * result. */
static void *join_in_each_turn(void *arg) {
    neighbour *it = arg;
    for (int turn = 1;; turn++) {
        while (atomic_load(&it->turn) < turn) {
        }
        if (atomic_load(&it->turn) == INT_MAX) {
            return NULL;
        }
        CHECK_STATUS(threading_thread_join(it->ended), THREADING_OK);
        atomic_store(&it->turns_done, turn);
    }
}

CASE(the_value_of_pthread_exit_comes_whoever_joins_at_the_same_time) {
    neighbour it = {THREADING_NULL, 0, 0};
    pthread_t foreign;
    CHECK(!THREADING_IS_NULL(threading_current_thread()));
    CHECK_NUMBER(pthread_key_create(&slow_key, end_slowly), 0);
    CHECK_STATUS(threading_thread_spawn(NULL, return_it, NULL, &it.ended), THREADING_OK);
    CHECK_STATUS(threading_thread_join(it.ended), THREADING_OK);
    CHECK_NUMBER(pthread_create(&foreign, NULL, join_in_each_turn, &it), 0);
    for (int turn = 1; turn <= 1500; turn++) {
        void *result = NULL;
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, pthread_exit_slowly, &value, &thread),
                     THREADING_OK);
        EVENTUALLY(!threading_thread_is_alive(thread));
        atomic_store(&it.turn, turn);
        for (volatile int wait = turn * 7 % 300; wait > 0; wait--) {
        }
        CHECK_STATUS(threading_thread_result(thread, &result), THREADING_OK);
        CHECK(result == &value);
        while (atomic_load(&it.turns_done) < turn) {
        }
        CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
    }
    atomic_store(&it.turn, INT_MAX);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
}

static void *end_holding_a_lock(void *arg) {
    CHECK_STATUS(threading_lock_acquire(*(threading_lock *)arg), THREADING_OK);
    pthread_exit(NULL);
}

CASE(a_lock_whose_holder_has_ended_stays_locked_and_sound) {
    for (int way = 0; way < 2; way++) {
        threading_lock lock;
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        CHECK(ending_of(end_holding_a_lock, &lock) == NULL);
        CHECK(threading_lock_locked(lock));
        CHECK_STATUS(threading_lock_try_acquire(lock), THREADING_TIMEOUT);
        if (way == 0) {
            /* Anybody may release it, and then it is a lock like any other. */
            CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
            CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
            CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
        }
        CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    }
}
