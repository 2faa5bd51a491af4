/* Guards a value with a lock, so that no change to it is missed.
 *
 * value + 1 is a read, an addition and a write. Two threads that did that at the same time could
 * both read the same number, and one of the two increments would be lost. Only the thread that
 * holds the lock may touch value. */
#include "log.h"
#include <stdlib.h>

enum { WORKERS = 5, ROUNDS = 3 };

typedef struct counter {
    threading_lock lock;
    int value; /* guarded by lock */
} counter;

static void counter_increment(counter *self) {
    THREADING_CHECK(threading_lock_acquire(self->lock));
    log_debug("Acquired lock");
    self->value = self->value + 1;
    THREADING_CHECK(threading_lock_release(self->lock));
}

/* Begins the calling thread's own random numbers: rand() would share its state among all threads,
 * erand48 uses this. */
static void random_begin(unsigned short state[3]) {
    uint64_t nanoseconds = (uint64_t)(threading_monotonic() * 1e9);
    state[0] = 0x330E;
    state[1] = (unsigned short)threading_get_ident();
    state[2] = (unsigned short)nanoseconds;
}

static void *worker(void *arg) {
    counter *shared = arg;
    unsigned short state[3];
    random_begin(state);
    for (int i = 0; i < ROUNDS; i++) {
        double pause = erand48(state);
        log_debug("Sleeping %.2f", pause);
        THREADING_CHECK(threading_sleep(pause));
        counter_increment(shared);
    }
    log_debug("Done");
    return NULL;
}

int main(void) {
    counter shared = {THREADING_NULL, 0};
    threading_thread workers[WORKERS];
    log_config(LOG_NAME, 10);
    THREADING_CHECK(threading_lock_new(&shared.lock));
    for (int i = 0; i < WORKERS; i++)
        THREADING_CHECK(threading_thread_spawn(NULL, worker, &shared, &workers[i]));

    log_debug("Waiting for worker threads");
    for (int i = 0; i < WORKERS; i++)
        THREADING_CHECK(threading_thread_finish(workers[i], NULL));
    /* No other thread is left that could hold the lock, so value may be read without it. */
    log_debug("Counter: %d", shared.value);
    THREADING_CHECK(threading_lock_destroy(shared.lock));
    return 0;
}
