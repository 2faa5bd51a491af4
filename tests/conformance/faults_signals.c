/* A storm of signals, a thousand a second, without SA_RESTART: no blocking call ends, fails or shortens its wait because of it. */
#include "signalled.h"
#include "worker.h"

#include <math.h>
#include <stdio.h>

static atomic_int signals;

static void counts(int signal) {
    (void)signal;
    atomic_fetch_add(&signals, 1);
}

static threading_lock lock;
static threading_rlock rlock;
static threading_condition condition;
static threading_semaphore semaphore;
static threading_event event;
static threading_barrier barrier;
static threading_thread thread;
static threading_event may_end;

static threading_status condition_wait(double seconds) {
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    threading_status status = threading_condition_wait_timeout(condition, seconds);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    return status;
}

static bool never(void *ctx) {
    (void)ctx;
    return false;
}

static threading_status condition_wait_for(double seconds) {
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    threading_status status = threading_condition_wait_for_timeout(condition, never, NULL, seconds);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    return status;
}

static threading_status barrier_wait(double seconds) {
    CHECK_STATUS(threading_barrier_reset(barrier), THREADING_OK);
    return threading_barrier_wait_timeout(barrier, seconds, NULL);
}

static threading_status sleeps(double seconds) {
    CHECK_STATUS(threading_sleep(seconds), THREADING_OK); /* not to synchronise: it is what is tested */
    return THREADING_TIMEOUT;
}

static threading_status on_lock(double seconds) { return threading_lock_acquire_timeout(lock, seconds); }
static threading_status on_rlock(double seconds) { return threading_rlock_acquire_timeout(rlock, seconds); }
static threading_status on_semaphore(double seconds) { return threading_semaphore_acquire_timeout(semaphore, seconds); }
static threading_status on_event(double seconds) { return threading_event_wait_timeout(event, seconds); }
static threading_status on_thread(double seconds) { return threading_thread_join_timeout(thread, seconds); }
static threading_status on_shutdown(double seconds) { return threading_shutdown_timeout(seconds); }

static threading_status (*const waits[])(double seconds) = {
    on_lock, on_rlock, condition_wait, condition_wait_for, on_semaphore, on_event, barrier_wait, on_thread, sleeps, on_shutdown,
};
enum { WAITS = sizeof waits / sizeof waits[0] };

static void *stays(void *arg) {
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_event_wait(may_end), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    return arg;
}

static void make_all(void) {
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_event_new(&may_end), THREADING_OK);
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("stays", stays, NULL, &thread), THREADING_OK);
    EVENTUALLY(threading_rlock_locked(rlock));
}

CASE(a_thousand_signals_a_second_neither_end_nor_shorten_any_wait) {
    const double SECONDS = 0.05;
    make_all();
    signalled_handle(SIGUSR1, counts);
    timer_t storm = signalled_begin(SIGUSR1, 1000000, 1000000);
    for (int i = 0; i < WAITS; i++) {
        int before = atomic_load(&signals);
        double start = threading_monotonic();
        CHECK_STATUS(waits[i](SECONDS), THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, SECONDS);
        /* It really was interrupted: even a slow machine delivers some of the fifty. */
        CHECK(atomic_load(&signals) > before);
    }
    signalled_end(storm);
    printf("%d waits, %d signals\n", (int)WAITS, atomic_load(&signals));
    CHECK_STATUS(threading_event_set(may_end), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

typedef struct stormed {
    worker thread;
    int number;
    int seen;
} stormed;

static bool is_over(void *ctx) {
    (void)ctx;
    return threading_event_is_set(may_end);
}

/* Calls without a limit, each in a thread of its own. */
static void waits_without_limit(worker *self) {
    stormed *me = self->context;
    timer_t storm = signalled_begin(SIGUSR1, 1000000, 1000000);
    worker_arrives(self);
    switch (me->number) {
    case 0:
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        break;
    case 1:
        CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
        CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
        break;
    case 2:
        CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
        CHECK_STATUS(threading_condition_wait_for(condition, is_over, NULL), THREADING_OK);
        CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
        break;
    case 3:
        CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
        break;
    case 4:
        CHECK_STATUS(threading_event_wait(event), THREADING_OK);
        break;
    case 5:
        CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
        break;
    default:
        CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
        break;
    }
    signalled_end(storm);
}

CASE(a_storm_of_signals_does_not_end_a_wait_without_limit) {
    enum { CALLS = 7 };
    stormed threads[CALLS];
    make_all();
    signalled_handle(SIGUSR1, counts);
    for (int i = 0; i < CALLS; i++) {
        threads[i].number = i;
        worker_start(&threads[i].thread, i % WORKER_KINDS, waits_without_limit, &threads[i]);
    }
    /* Each has been interrupted often by then. */
    EVENTUALLY(atomic_load(&signals) > 100 * CALLS);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    CHECK_STATUS(threading_event_set(may_end), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    CHECK_STATUS(threading_condition_notify_all(condition), THREADING_OK);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    for (int i = 0; i < CALLS; i++) {
        worker_join(&threads[i].thread);
    }
    printf("%d signals\n", atomic_load(&signals));
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}
