/* Lets threads wait until another one tells them to go on: an event is a flag that can be waited
 * for.
 *
 * It is like a traffic light: set is green, and all who wait go on. A wait can be given a time
 * limit. When the time is up first, its status is THREADING_TIMEOUT, which is no error. Here that
 * happens to non-block, a second before the set. */
#include "log.h"

typedef struct limited_wait {
    threading_event event;
    double seconds;
} limited_wait;

static void *wait_for_event(void *arg) {
    threading_event *event = arg;
    log_debug("wait_for_event starting");
    THREADING_CHECK(threading_event_wait(*event));
    log_debug("e.isSet()->%s", threading_event_is_set(*event) ? "True" : "False");
    return NULL;
}

static void *wait_for_event_timeout(void *arg) {
    limited_wait *limited = arg;
    log_debug("wait_for_event_timeout starting");
    THREADING_CHECK(threading_event_wait_timeout(limited->event, limited->seconds));
    log_debug("e.isSet()->%s", threading_event_is_set(limited->event) ? "True" : "False");
    return NULL;
}

int main(void) {
    threading_event event;
    log_config(LOG_TIME, 10);
    THREADING_CHECK(threading_event_new(&event));
    limited_wait limited = {event, 2.0};
    THREADING_CHECK(threading_thread_spawn("block", wait_for_event, &event, NULL));
    THREADING_CHECK(threading_thread_spawn("non-block", wait_for_event_timeout, &limited, NULL));

    log_debug("Waiting before calling Event.set()");
    THREADING_CHECK(threading_sleep(3));
    THREADING_CHECK(threading_event_set(event));
    log_debug("Event is set");

    /* Waits for both: event and limited are variables of main, and they use them. */
    THREADING_CHECK(threading_shutdown());
    THREADING_CHECK(threading_event_destroy(event));
    return 0;
}
