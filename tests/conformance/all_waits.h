/* Every call that waits for something with a limit, and something that does not come for each of them to wait for: for what holds of
 * all waits alike. */
#ifndef ALL_WAITS_H
#define ALL_WAITS_H

#include "worker.h"

static threading_lock lock;
static threading_rlock rlock;
static threading_condition condition, held_condition;
static threading_semaphore semaphore;
static threading_event event, may_end;
static threading_barrier barrier;
static threading_thread thread;

static threading_status on_lock(double seconds) { return threading_lock_acquire_timeout(lock, seconds); }
static threading_status on_rlock(double seconds) { return threading_rlock_acquire_timeout(rlock, seconds); }
static threading_status on_held_condition(double seconds) { return threading_condition_acquire_timeout(held_condition, seconds); }
static threading_status on_semaphore(double seconds) { return threading_semaphore_acquire_timeout(semaphore, seconds); }
static threading_status on_event(double seconds) { return threading_event_wait_timeout(event, seconds); }
static threading_status on_thread(double seconds) { return threading_thread_join_timeout(thread, seconds); }
static threading_status on_shutdown(double seconds) { return threading_shutdown_timeout(seconds); }

static threading_status on_condition(double seconds) {
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    threading_status status = threading_condition_wait_timeout(condition, seconds);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    return status;
}

static bool never_(void *ctx) {
    (void)ctx;
    return false;
}

static threading_status on_predicate(double seconds) {
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    threading_status status = threading_condition_wait_for_timeout(condition, never_, NULL, seconds);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    return status;
}

static threading_status on_barrier(double seconds) {
    CHECK_STATUS(threading_barrier_reset(barrier), THREADING_OK);
    return threading_barrier_wait_timeout(barrier, seconds, NULL);
}

/* A sleep that was long enough is a wait whose time ran out. */
static threading_status on_nothing(double seconds) {
    threading_status status = threading_sleep(seconds); /* not to synchronise: it is what is tested */
    return status == THREADING_OK ? THREADING_TIMEOUT : status;
}

static threading_status (*const all_waits[])(double seconds) = {
    on_lock,      on_rlock, on_held_condition, on_condition, on_predicate, on_semaphore,
    on_event,     on_barrier, on_thread, on_nothing, on_shutdown,
};
enum { ALL_WAITS = sizeof all_waits / sizeof all_waits[0] };

static void *stays_(void *arg) {
    CHECK_STATUS(threading_condition_acquire(held_condition), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_event_wait(may_end), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_release(held_condition), THREADING_OK);
    return arg;
}

/* Makes all objects; what can be held is held, the lock by the caller and the rest by a thread that stays. */
static void waits_begin(void) {
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&held_condition), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_event_new(&may_end), THREADING_OK);
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("stays", stays_, NULL, &thread), THREADING_OK);
    EVENTUALLY(threading_rlock_locked(rlock));
}

/* The thread that stays has ended afterwards. */
static void waits_end(void) {
    CHECK_STATUS(threading_event_set(may_end), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

#endif
