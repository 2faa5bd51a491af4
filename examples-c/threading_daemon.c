/* Marks a thread as a daemon: the end of the process does not wait for it.
 *
 * The daemon never prints its second line. main and the other thread are done long before its two
 * seconds are over, and then the process ends. So a daemon must not be left with work that may not
 * be cut short. */
#include <stdio.h>
#include <threading.h>

static threading_event daemon_has_begun = THREADING_NULL;

static void *sleeper(void *arg) {
    (void)arg;
    printf("Starting: %s\n", threading_current_name());
    THREADING_CHECK(threading_event_set(daemon_has_begun));
    THREADING_CHECK(threading_sleep(2));
    printf("Exiting : %s\n", threading_current_name());
    return NULL;
}

static void *non_sleeper(void *arg) {
    (void)arg;
    printf("Starting: %s\n", threading_current_name());
    printf("Exiting : %s\n", threading_current_name());
    return NULL;
}

int main(void) {
    threading_thread daemon, non_daemon;
    THREADING_CHECK(threading_event_new(&daemon_has_begun));
    THREADING_CHECK(threading_thread_new("daemon", sleeper, NULL, &daemon));
    /* before its start; afterwards it is too late */
    THREADING_CHECK(threading_thread_set_daemon(daemon, true));
    THREADING_CHECK(threading_thread_new("non-daemon", non_sleeper, NULL, &non_daemon));

    THREADING_CHECK(threading_thread_start(daemon));
    /* start does not wait for the new thread. Without this, all could be over before the daemon has
     * begun. */
    THREADING_CHECK(threading_event_wait(daemon_has_begun));
    THREADING_CHECK(threading_thread_start(non_daemon));

    THREADING_CHECK(threading_event_destroy(daemon_has_begun));
    THREADING_CHECK(threading_thread_destroy(daemon));
    THREADING_CHECK(threading_thread_destroy(non_daemon));
    return 0;
}
