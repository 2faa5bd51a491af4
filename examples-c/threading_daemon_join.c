/* Joins a thread: waits until it has ended.
 *
 * What the end of the process would not wait for, a join does: now the daemon prints its second
 * line. Any thread may join, and as often as it likes; the handle stays good until it is
 * destroyed. */
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

    THREADING_CHECK(threading_thread_join(daemon));
    THREADING_CHECK(threading_thread_join(non_daemon));

    THREADING_CHECK(threading_thread_destroy(daemon));
    THREADING_CHECK(threading_thread_destroy(non_daemon));
    return 0;
}
