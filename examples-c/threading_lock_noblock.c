/* Tries to acquire a lock without waiting for it, and does something else when somebody else has
 * it.
 *
 * try_acquire returns at once: THREADING_OK if the caller now holds the lock, THREADING_TIMEOUT if
 * not. Each worker wants the lock three times, and counts how many tries that takes. */
#include "log.h"
#include <stdlib.h>

enum { WORKERS = 3, WANTED = 3 };

/* Begins the calling thread's own random numbers: rand() would share its state among all threads,
 * erand48 uses this. */
static void random_begin(unsigned short state[3]) {
    uint64_t nanoseconds = (uint64_t)(threading_monotonic() * 1e9);
    state[0] = 0x330E;
    state[1] = (unsigned short)threading_get_ident();
    state[2] = (unsigned short)nanoseconds;
}

/* Sleeps for less than a second. */
static void random_pause(unsigned short state[3]) {
    THREADING_CHECK(threading_sleep(erand48(state)));
}

static void *worker(void *arg) {
    threading_lock *lock = arg;
    unsigned short state[3];
    random_begin(state);
    int tries = 0, acquired = 0;
    log_debug("Starting");
    while (acquired < WANTED) {
        random_pause(state);
        threading_status status = threading_lock_try_acquire(*lock);
        tries++;
        if (status == THREADING_OK) {
            log_debug("Iteration %d: Acquired", tries);
            acquired++;
            random_pause(state);
            THREADING_CHECK(threading_lock_release(*lock));
        } else {
            /* held by another worker is no error; anything else would be */
            THREADING_CHECK(status);
            log_debug("Iteration %d: Not acquired", tries);
        }
    }
    log_debug("Done after %d iterations", tries);
    return NULL;
}

int main(void) {
    threading_lock lock;
    log_config(LOG_TIME, 8);
    THREADING_CHECK(threading_lock_new(&lock));
    for (int i = 0; i < WORKERS; i++)
        THREADING_CHECK(threading_thread_spawn(NULL, worker, &lock, NULL));
    /* Waits for the workers: lock is a variable of main, and they use it. */
    THREADING_CHECK(threading_shutdown());
    THREADING_CHECK(threading_lock_destroy(lock));
    return 0;
}
