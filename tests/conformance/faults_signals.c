/* A storm of signals, a thousand a second, without SA_RESTART: no blocking call ends, fails or shortens its wait because of it. */
#include "all_waits.h"
#include "signalled.h"

#include <math.h>
#include <stdio.h>

static atomic_int signals;

static void counts(int signal) {
    (void)signal;
    atomic_fetch_add(&signals, 1);
}

CASE(a_thousand_signals_a_second_neither_end_nor_shorten_any_wait) {
    const double SECONDS = 0.05;
    waits_begin();
    signalled_handle(SIGUSR1, counts);
    timer_t storm = signalled_begin(SIGUSR1, 1000000, 1000000);
    for (int i = 0; i < ALL_WAITS; i++) {
        int before = atomic_load(&signals);
        double start = threading_monotonic();
        CHECK_STATUS(all_waits[i](SECONDS), THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, SECONDS);
        /* It really was interrupted: even a slow machine delivers some of the fifty. */
        CHECK(atomic_load(&signals) > before);
    }
    signalled_end(storm);
    printf("%d waits, %d signals\n", (int)ALL_WAITS, atomic_load(&signals));
    waits_end();
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
    waits_begin();
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
