/* Limits how many threads do something at the same time: of twenty workers, no more than five are
 * active.
 *
 * A semaphore counts. Each acquire takes one away and waits while there is none; each release adds
 * one. The pool only keeps the names of those who are active, to show it. */
#include "log.h"
#include <stdlib.h>

enum { WORKERS = 20, AT_ONCE = 5 };

typedef struct active_pool {
    threading_lock lock;
    size_t count; /* guarded by lock */
    /* guarded by lock; has room for all, so the limit is the semaphore's alone */
    const char *names[WORKERS];
} active_pool;

typedef struct work {
    threading_semaphore semaphore;
    active_pool pool;
} work;

static void make_active(active_pool *pool, const char *name) {
    THREADING_WITH(pool->lock)
        pool->names[pool->count++] = name;
}

static void make_inactive(active_pool *pool, const char *name) {
    THREADING_WITH(pool->lock) {
        size_t others = 0;
        for (size_t i = 0; i < pool->count; i++)
            if (pool->names[i] != name)
                pool->names[others++] = pool->names[i];
        pool->count = others;
    }
}

static void log_active(active_pool *pool) {
    char text[160] = "";
    THREADING_WITH(pool->lock)
        for (size_t i = 0, length = 0; i < pool->count; i++)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s'%s'", i ? ", " : "",
                                       pool->names[i]);
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
    work *shared = arg;
    char name[8];
    THREADING_WITH(shared->semaphore) {
        THREADING_CHECK(threading_thread_name(threading_current_thread(), name, sizeof name, NULL));
        make_active(&shared->pool, name);
        log_active(&shared->pool);
        random_pause();
        make_inactive(&shared->pool, name);
    }
    return NULL;
}

int main(void) {
    work shared = {THREADING_NULL, {THREADING_NULL, 0, {NULL}}};
    log_config(LOG_TIME, 2);
    THREADING_CHECK(threading_lock_new(&shared.pool.lock));
    THREADING_CHECK(threading_semaphore_new(AT_ONCE, &shared.semaphore));
    for (int i = 0; i < WORKERS; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        THREADING_CHECK(threading_thread_spawn(name, worker, &shared, NULL)); /* copies the name */
    }
    /* Waits for the workers: shared is a variable of main, and they use it. */
    THREADING_CHECK(threading_shutdown());
    THREADING_CHECK(threading_semaphore_destroy(shared.semaphore));
    THREADING_CHECK(threading_lock_destroy(shared.pool.lock));
    return 0;
}
