/* Ends the waits of some threads and not of others: a stop is a request that a wait is given.
 *
 * Stops form a tree. Here `all` ends the whole program, and each request that is served has a stop
 * below it: one that ends after a tenth of a second, one that its client cancels, and one that ends
 * with the program. SIGINT's handler requests `all`, as it may, and the program sends itself that
 * signal. A wait that a stop has ended has taken nothing: the unit is there for the next. */
#include "log.h"

#include <math.h>
#include <signal.h>

static threading_stop all;
static threading_semaphore places; /* of which there are none until the end */

static void interrupted(int signal) {
    (void)signal;
    threading_stop_request(all);
}

static void *serve(void *arg) {
    threading_stop *request = arg;
    threading_status status = threading_semaphore_acquire_stop(places, INFINITY, *request);
    if (status == THREADING_INTERRUPTED && threading_stop_expired(*request)) {
        log_debug("too late");
    } else {
        log_debug(status == THREADING_INTERRUPTED ? "stopped" : "served");
    }
    return NULL;
}

int main(void) {
    const threading_stop none = THREADING_NULL;
    threading_stop brief, cancelled, patient;
    threading_thread threads[3];
    log_config(LOG_NAME, 10);
    THREADING_CHECK(threading_semaphore_new(0, &places));
    THREADING_CHECK(threading_stop_new(none, &all));
    THREADING_CHECK(threading_stop_new_timeout(all, 0.1, &brief));
    THREADING_CHECK(threading_stop_new(all, &cancelled));
    THREADING_CHECK(threading_stop_new_timeout(all, 3600, &patient));
    signal(SIGINT, interrupted);

    THREADING_CHECK(threading_thread_spawn("brief", serve, &brief, &threads[0]));
    THREADING_CHECK(threading_thread_finish(threads[0], NULL));
    THREADING_CHECK(threading_thread_spawn("cancelled", serve, &cancelled, &threads[1]));
    THREADING_CHECK(threading_stop_request(cancelled));
    THREADING_CHECK(threading_thread_finish(threads[1], NULL));
    THREADING_CHECK(threading_thread_spawn("patient", serve, &patient, &threads[2]));
    raise(SIGINT);
    THREADING_CHECK(threading_thread_finish(threads[2], NULL));

    /* The only unit, and a stop that has come: the first of the two that is ready. */
    threading_object any[] = {THREADING_OBJECT(all), THREADING_OBJECT(places)};
    size_t first;
    THREADING_CHECK(threading_semaphore_release(places));
    THREADING_CHECK(threading_wait_any(any, 2, &first));
    log_debug(first == 0 ? "shutting down" : "one more");

    threading_stop stops[] = {brief, cancelled, patient, all};
    for (int i = 0; i < 4; i++) {
        THREADING_CHECK(threading_stop_destroy(stops[i]));
    }
    THREADING_CHECK(threading_semaphore_destroy(places));
    return 0;
}
