/* Names threads, and asks in a thread for its own name.
 *
 * A thread that is given no name is called Thread-1, Thread-2 and so on. Debuggers, top and ps show
 * the same names. */
#include <stdio.h>
#include <threading.h>

static void *worker(void *arg) {
    (void)arg;
    printf("%s Starting\n", threading_current_name());
    THREADING_CHECK(threading_sleep(2));
    printf("%s Exiting\n", threading_current_name());
    return NULL;
}

static void *my_service(void *arg) {
    (void)arg;
    printf("%s Starting\n", threading_current_name());
    THREADING_CHECK(threading_sleep(3));
    printf("%s Exiting\n", threading_current_name());
    return NULL;
}

int main(void) {
    THREADING_CHECK(threading_thread_spawn("worker", worker, NULL, NULL));
    THREADING_CHECK(threading_thread_spawn(NULL, worker, NULL, NULL)); /* the default name */
    THREADING_CHECK(threading_thread_spawn("my_service", my_service, NULL, NULL));
    return 0;
}
