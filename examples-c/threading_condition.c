/* Waits for a change of something shared: a condition is a lock that can be waited with.
 *
 * A wait gives the lock up, sleeps until another thread notifies, and takes the lock back. The
 * consumers look at available before the first wait and after each: a notify that comes while
 * nobody waits yet wakes nobody and is not kept, and what it told of may be gone again by the time
 * that a waiter has the lock. */
#include "log.h"

typedef struct resource {
    threading_condition condition;
    bool available; /* guarded by condition */
} resource;

static void *consumer(void *arg) {
    resource *shared = arg;
    log_debug("Starting consumer thread");
    THREADING_WITH(shared->condition) {
        while (!shared->available)
            THREADING_CHECK(threading_condition_wait(shared->condition));
        log_debug("Resource is available to consumer");
    }
    return NULL;
}

static void *producer(void *arg) {
    resource *shared = arg;
    log_debug("Starting producer thread");
    THREADING_WITH(shared->condition) {
        log_debug("Making resource available");
        shared->available = true;
        THREADING_CHECK(threading_condition_notify_all(shared->condition));
    }
    return NULL;
}

int main(void) {
    resource shared = {THREADING_NULL, false};
    log_config(LOG_TIME, 2);
    THREADING_CHECK(threading_condition_new(&shared.condition));

    THREADING_CHECK(threading_thread_spawn("c1", consumer, &shared, NULL));
    THREADING_CHECK(threading_sleep(2));
    THREADING_CHECK(threading_thread_spawn("c2", consumer, &shared, NULL));
    THREADING_CHECK(threading_sleep(2));
    THREADING_CHECK(threading_thread_spawn("p", producer, &shared, NULL));

    /* Waits for all three: shared is a variable of main, and they use it. */
    THREADING_CHECK(threading_shutdown());
    THREADING_CHECK(threading_condition_destroy(shared.condition));
    return 0;
}
