/* Joins a thread for a limited time.
 *
 * The second is over before the daemon's sleep is. That is no error: the join's status is
 * THREADING_TIMEOUT, a positive number, so THREADING_CHECK lets it pass. Whether the thread has
 * ended, its status tells, and so does is_alive. */
#include <stdio.h>
#include <threading.h>

static void *sleeper(void *arg) {
    (void)arg;
    printf("Starting: %s\n", threading_current_name());
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
    THREADING_CHECK(threading_thread_spawn_daemon("daemon", sleeper, NULL, &daemon));
    THREADING_CHECK(threading_thread_spawn("non-daemon", non_sleeper, NULL, &non_daemon));

    THREADING_CHECK(threading_thread_join_timeout(daemon, 1.0));
    printf("d.isAlive() %s\n", threading_thread_is_alive(daemon) ? "True" : "False");
    THREADING_CHECK(threading_thread_join(non_daemon));

    THREADING_CHECK(threading_thread_destroy(daemon)); /* gives it up: it may still run */
    THREADING_CHECK(threading_thread_destroy(non_daemon));
    return 0;
}
