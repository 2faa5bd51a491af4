/* Limits how many threads do something at the same time: of twenty workers, no more than five are
 * active.
 *
 * A semaphore counts. Each acquire takes one away and waits while there is none; each release adds
 * one. The pool only keeps the names of those who are active, to show it. */
#include "log.h"
#include <stdlib.h>

enum { WORKERS = 20, AT_ONCE = 5 };

static threading_semaphore semaphore;
static threading_lock lock;
/* Guarded by lock. There is room for all, so the limit is the semaphore's alone. */
static const char *active[WORKERS];
static size_t count; /* guarded by lock */

static void make_active(const char *name) {
    THREADING_WITH(lock)
        active[count++] = name;
}

static void make_inactive(const char *name) {
    THREADING_WITH(lock) {
        size_t others = 0;
        for (size_t i = 0; i < count; i++)
            if (active[i] != name)
                active[others++] = active[i];
        count = others;
    }
}

static void log_active(void) {
    char text[160] = "";
    THREADING_WITH(lock)
        for (size_t i = 0, length = 0; i < count; i++)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s'%s'", i ? ", " : "",
                                       active[i]);
    log_debug("Running: [%s]", text);
}

/* Sleeps for less than a second. rand() would share its state among all threads; erand48 uses the
 * caller's. */
static void random_pause(void) {
    uint64_t nanoseconds = (uint64_t)(threading_monotonic() * 1e9);
    unsigned short state[3] = {0x330E, (unsigned short)threading_get_ident(),
                               (unsigned short)nanoseconds};
    THREADING_CHECK(threading_sleep(erand48(state)));
}

static void *worker(void *arg) {
    char name[8];
    THREADING_WITH(semaphore) {
        THREADING_CHECK(threading_thread_name(threading_current_thread(), name, sizeof name, NULL));
        make_active(name);
        log_active();
        random_pause();
        make_inactive(name);
    }
    return arg;
}

int main(void) {
    log_config(LOG_TIME, 2);
    THREADING_CHECK(threading_lock_new(&lock));
    THREADING_CHECK(threading_semaphore_new(AT_ONCE, &semaphore));
    for (int i = 0; i < WORKERS; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        THREADING_CHECK(threading_thread_spawn(name, worker, NULL, NULL)); /* copies the name */
    }
    /* Waits for the workers, which use the two. */
    THREADING_CHECK(threading_shutdown());
    THREADING_CHECK(threading_semaphore_destroy(semaphore));
    THREADING_CHECK(threading_lock_destroy(lock));
    return 0;
}
