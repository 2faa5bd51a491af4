/* Runs a function after a delay, in a thread of its own, unless the timer is cancelled in time.
 *
 * A timer is a thread that begins later: it has a name, and the process waits for it. t2 is
 * cancelled a second before its time and never runs; t1 runs when main is done, and nobody has to
 * join it. */
#include <stdio.h>
#include <threading.h>

static void *delayed(void *arg) {
    (void)arg;
    printf("Worker running %s\n", threading_current_name());
    return NULL;
}

int main(void) {
    threading_timer t1, t2;
    char name[32];
    THREADING_CHECK(threading_timer_new(3.0, delayed, NULL, &t1));
    THREADING_CHECK(threading_thread_set_name(threading_timer_thread(t1), "t1"));
    THREADING_CHECK(threading_timer_new(3.0, delayed, NULL, &t2));
    THREADING_CHECK(threading_thread_set_name(threading_timer_thread(t2), "t2"));

    printf("Starting timers\n");
    THREADING_CHECK(threading_timer_start(t1));
    THREADING_CHECK(threading_timer_start(t2));

    THREADING_CHECK(threading_thread_name(threading_timer_thread(t2), name, sizeof name, NULL));
    printf("Waiting before canceling %s\n", name);
    THREADING_CHECK(threading_sleep(2));
    printf("Canceling %s\n", name);
    /* in place of NULL could stand a bool, to learn if it was in time */
    THREADING_CHECK(threading_timer_cancel(t2, NULL));

    THREADING_CHECK(threading_timer_destroy(t1)); /* gives it up: it fires all the same */
    THREADING_CHECK(threading_timer_destroy(t2));
    printf("Main thread done\n");
    return 0;
}
