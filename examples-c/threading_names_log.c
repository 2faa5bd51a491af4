/* Logs with the name of the thread in each line, so that a message can be traced to its source.
 *
 * The worker's code says nothing of names: log_debug asks for the name of the thread that calls it.
 * See log.h. */
#include "log.h"

static void *worker(void *arg) {
    (void)arg;
    log_debug("Starting");
    THREADING_CHECK(threading_sleep(2));
    log_debug("Exiting");
    return NULL;
}

static void *my_service(void *arg) {
    (void)arg;
    log_debug("Starting");
    THREADING_CHECK(threading_sleep(3));
    log_debug("Exiting");
    return NULL;
}

int main(void) {
    log_config(LOG_LEVEL, 10);
    THREADING_CHECK(threading_thread_spawn("worker", worker, NULL, NULL));
    THREADING_CHECK(threading_thread_spawn(NULL, worker, NULL, NULL)); /* the default name */
    THREADING_CHECK(threading_thread_spawn("my_service", my_service, NULL, NULL));
    return 0;
}
