/* pthread_cancel: when it takes effect, and what is left behind. */
#include "case.h"
#include "gate.h"
#include "thread_tools.h"

#include <math.h>
#include <stdatomic.h>
#include <unistd.h>

static int value;
static atomic_int exits, cleanups;

static void count_exit(threading_thread thread, void *ctx) {
    CHECK(ctx == &value);
    CHECK(THREADING_SAME(thread, threading_current_thread()));
    CHECK(threading_thread_is_alive(thread));
    atomic_fetch_add(&exits, 1);
}

static void count_cleanup(void *ctx) {
    CHECK(ctx == &value);
    atomic_fetch_add(&cleanups, 1);
}

static void *return_it(void *arg) { return arg; }

typedef struct victim {
    gate ready;
    pthread_t self;
    threading_lock lock;
    atomic_int reached;
} victim;

static void *wait_to_be_cancelled(void *arg) {
    victim *it = arg;
    it->self = pthread_self();
    pthread_cleanup_push(count_cleanup, &value);
    gate_open(&it->ready);
    for (;;) {
        pause();
    }
    pthread_cleanup_pop(0);
    return NULL;
}

CASE(a_cancelled_thread_has_ended_with_pthread_canceled) {
    victim it = {GATE_CLOSED, 0, THREADING_NULL, 0};
    void *result = NULL;
    threading_thread thread;
    CHECK_STATUS(threading_set_exit_hook(count_exit, &value), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("victim", wait_to_be_cancelled, &it, &thread),
                 THREADING_OK);
    gate_pass(&it.ready);
    CHECK_STATUS(threading_thread_join_timeout(thread, 0), THREADING_TIMEOUT);
    CHECK_NUMBER(pthread_cancel(it.self), 0);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK(!threading_thread_is_alive(thread));
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_NUMBER(atomic_load(&exits), 1);
    CHECK_NUMBER(atomic_load(&cleanups), 1);
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_OK);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

static void *acquire_while_cancelled(void *arg) {
    victim *it = arg;
    it->self = pthread_self();
    gate_open(&it->ready);
    CHECK_STATUS(threading_lock_acquire(it->lock), THREADING_OK);
    atomic_store(&it->reached, 1);
    CHECK_STATUS(threading_lock_release(it->lock), THREADING_OK);
    atomic_store(&it->reached, 2);
    pthread_testcancel();
    atomic_store(&it->reached, 3);
    return NULL;
}

CASE(a_cancel_during_a_wait_takes_effect_after_the_call) {
    victim it = {GATE_CLOSED, 0, THREADING_NULL, 0};
    void *result = NULL;
    threading_thread thread;
    CHECK_STATUS(threading_lock_new(&it.lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(it.lock), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("victim", acquire_while_cancelled, &it, &thread),
                 THREADING_OK);
    gate_pass(&it.ready);
    EVENTUALLY(task_is_asleep(threading_thread_native_id(thread)));
    CHECK_NUMBER(pthread_cancel(it.self), 0);
    CHECK_STATUS(threading_thread_join_timeout(thread, 0.05), THREADING_TIMEOUT);
    CHECK_NUMBER(atomic_load(&it.reached), 0);
    CHECK_STATUS(threading_lock_release(it.lock), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK_NUMBER(atomic_load(&it.reached), 2);
    CHECK(result == PTHREAD_CANCELED);
    CHECK(!threading_lock_locked(it.lock));
    CHECK_STATUS(threading_lock_destroy(it.lock), THREADING_OK);
}

static void ignore_exception(const threading_exception *exception, void *ctx) {
    (void)exception;
    (void)ctx;
}

static void ignore_shutdown(void *ctx) { (void)ctx; }

static void *call_everything_cancelled(void *arg) {
    victim *it = arg;
    char name[32];
    void *result = NULL;
    threading_thread array[8], child;
    threading_lock lock = THREADING_NULL;
    threading_rlock rlock = THREADING_NULL;
    pthread_cancel(pthread_self());

    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire_timeout(lock, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);

    CHECK_STATUS(threading_thread_new("child", return_it, NULL, &child), THREADING_OK);
    CHECK_STATUS(threading_thread_set_stack_size(child, 1 << 20), THREADING_OK);
    CHECK_STATUS(threading_thread_set_daemon(child, true), THREADING_OK);
    CHECK_STATUS(threading_thread_start(child), THREADING_OK);
    CHECK_STATUS(threading_thread_join(child), THREADING_OK);
    CHECK_STATUS(threading_thread_join_timeout(child, 1), THREADING_OK);
    CHECK_STATUS(threading_thread_result(child, &result), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(child, &result), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("child", wait_to_be_cancelled, &it[1], &child),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(child, "renamed by another"), THREADING_OK);
    CHECK(threading_thread_native_id(child) != 0);
    CHECK_STATUS(threading_thread_join_timeout(child, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_thread_destroy(child), THREADING_OK);

    CHECK_STATUS(threading_thread_set_name(threading_current_thread(), "renamed"), THREADING_OK);
    CHECK_STATUS(threading_thread_name(threading_current_thread(), name, sizeof name, NULL),
                 THREADING_OK);
    CHECK(threading_current_name() != NULL);
    CHECK(threading_enumerate(array, 8) > 0);
    /* not to synchronise: no call is a cancellation point */
    CHECK_STATUS(threading_sleep(0.001), THREADING_OK);
    CHECK_STATUS(threading_set_excepthook(NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_report_exception("Expected", "on stderr", NULL), THREADING_OK);
    CHECK_STATUS(threading_set_excepthook(ignore_exception, NULL), THREADING_OK);
    CHECK_STATUS(threading_report_exception("Expected", "by the hook", NULL), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(ignore_shutdown, NULL), THREADING_OK);
    CHECK_STATUS(threading_shutdown_timeout(NAN), THREADING_INVALID_ARGUMENT);
    atomic_store(&it->reached, 1);
    pthread_testcancel();
    atomic_store(&it->reached, 2);
    return NULL;
}

CASE(no_function_is_a_cancellation_point) {
    static victim victims[2] = {{GATE_CLOSED, 0, THREADING_NULL, 0},
                                {GATE_CLOSED, 0, THREADING_NULL, 0}};
    threading_thread thread;
    void *result = NULL;
    CHECK_STATUS(threading_thread_spawn("cancelled", call_everything_cancelled, victims, &thread),
                 THREADING_OK);
    gate_pass(&victims[1].ready);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK_NUMBER(atomic_load(&victims[0].reached), 1);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == PTHREAD_CANCELED);
    /* The child was given up and is no daemon: it must end before the process can. */
    CHECK_NUMBER(pthread_cancel(victims[1].self), 0);
    EVENTUALLY(threading_active_count() == 1);
}

CASE(a_thread_cancelled_before_it_begins_to_wait_ends_too) {
    for (int round = 0; round < 200; round++) {
        victim it = {GATE_CLOSED, 0, THREADING_NULL, 0};
        void *result = NULL;
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, wait_to_be_cancelled, &it, &thread),
                     THREADING_OK);
        gate_pass(&it.ready);
        CHECK_NUMBER(pthread_cancel(it.self), 0);
        CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
        CHECK(result == PTHREAD_CANCELED);
    }
    CHECK_NUMBER(atomic_load(&cleanups), 200);
}

/* A hook has to return, but what ends it all the same must not break the end of its thread. */
static void meet_a_pending_cancel(threading_thread thread, void *ctx) {
    CHECK(THREADING_SAME(thread, threading_current_thread()));
    atomic_fetch_add((atomic_int *)ctx, 1);
    pthread_cancel(pthread_self());
    pthread_testcancel();
}

CASE(a_cancel_within_a_hook_ends_the_thread_and_nothing_else) {
    for (int round = 0; round < 100; round++) {
        atomic_int starts = 0, ends = 0;
        void *result = NULL;
        threading_thread thread;
        CHECK_STATUS(threading_set_start_hook(meet_a_pending_cancel, &starts), THREADING_OK);
        CHECK_STATUS(threading_thread_spawn(NULL, return_it, &value, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
        CHECK(result == PTHREAD_CANCELED);
        CHECK_STATUS(threading_set_start_hook(NULL, NULL), THREADING_OK);
        CHECK_STATUS(threading_set_exit_hook(meet_a_pending_cancel, &ends), THREADING_OK);
        CHECK_STATUS(threading_thread_spawn(NULL, return_it, &value, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
        CHECK(result == &value || result == PTHREAD_CANCELED);
        CHECK_STATUS(threading_set_exit_hook(NULL, NULL), THREADING_OK);
        CHECK_NUMBER(atomic_load(&starts), 1);
        CHECK_NUMBER(atomic_load(&ends), 1);
        CHECK_NUMBER(threading_active_count(), 1);
    }
}

static pthread_key_t slow_key;
static _Thread_local int destructor_rounds;

/* Keeps the system busy with ending the thread for a while after its last moment in the library. */
static void end_slowly(void *arg) {
    CHECK_NUMBER(pthread_setspecific(slow_key, arg), 0);
    if (++destructor_rounds == 4) {
        for (int i = 0; i < 100; i++) {
            case_nap();
        }
    }
}

static void *pthread_exit_slowly(void *arg) {
    CHECK_NUMBER(pthread_setspecific(slow_key, arg), 0);
    pthread_exit(arg);
}

static void *ask_for_a_result_while_cancelled(void *arg) {
    victim *it = arg;
    void *result = NULL;
    threading_thread child;
    CHECK_STATUS(threading_thread_spawn(NULL, pthread_exit_slowly, &value, &child), THREADING_OK);
    CHECK_STATUS(threading_thread_join(child), THREADING_OK);
    pthread_cancel(pthread_self());
    CHECK_STATUS(threading_thread_result(child, &result), THREADING_OK);
    CHECK(result == &value);
    CHECK_STATUS(threading_thread_destroy(child), THREADING_OK);
    atomic_store(&it->reached, 1);
    pthread_testcancel();
    atomic_store(&it->reached, 2);
    return NULL;
}

CASE(waiting_for_the_value_of_pthread_exit_is_no_cancellation_point_either) {
    victim it = {GATE_CLOSED, 0, THREADING_NULL, 0};
    void *result = NULL;
    threading_thread thread;
    CHECK(!THREADING_IS_NULL(threading_current_thread()));
    CHECK_NUMBER(pthread_key_create(&slow_key, end_slowly), 0);
    CHECK_STATUS(
        threading_thread_spawn("cancelled", ask_for_a_result_while_cancelled, &it, &thread),
        THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK_NUMBER(atomic_load(&it.reached), 1);
    CHECK(result == PTHREAD_CANCELED);
}
