/* A heartbeat and a watchdog: a periodic timer beats, and each beat moves the time at which the
 * watchdog barks. When the heart stops, the watchdog runs.
 *
 * The beats do not drift: the fifth is due half a second after the start, however long the others
 * took. A periodic timer ends when its function returns anything but NULL, and that is its result.
 * Neither timer has a thread of its own while it waits. */
#include <stdio.h>
#include <threading.h>

static threading_timer watchdog;

static void *bark(void *arg) {
    printf("watchdog: no heartbeat for two seconds\n");
    return arg;
}

static void *beat(void *arg) {
    int *beats = arg;
    bool in_time;
    printf("%s: beat %d\n", threading_current_name(), ++*beats);
    THREADING_CHECK(threading_timer_rearm(watchdog, 2.0, &in_time));
    if (!in_time) {
        printf("too late\n");
    }
    return *beats == 5 ? beats : NULL;
}

int main(void) {
    int beats = 0;
    void *last;
    threading_timer heart;
    THREADING_CHECK(threading_timer_new(2.0, bark, NULL, &watchdog));
    THREADING_CHECK(threading_timer_new_periodic(0.1, 0.1, beat, &beats, &heart));
    THREADING_CHECK(threading_thread_set_name(threading_timer_thread(heart), "heart"));

    THREADING_CHECK(threading_timer_start(watchdog));
    THREADING_CHECK(threading_timer_start(heart));
    THREADING_CHECK(threading_thread_join(threading_timer_thread(heart)));
    THREADING_CHECK(threading_thread_result(threading_timer_thread(heart), &last));
    printf("main: the heart has stopped after beat %d\n", *(int *)last);

    THREADING_CHECK(threading_thread_join(threading_timer_thread(watchdog)));
    THREADING_CHECK(threading_timer_destroy(heart));
    THREADING_CHECK(threading_timer_destroy(watchdog));
    printf("main: done\n");
    return 0;
}
