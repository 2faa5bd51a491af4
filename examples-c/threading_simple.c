/* Starts five threads: a thread is a function that runs beside its caller.
 *
 * A target takes and returns a void *; this one needs neither. No thread is joined here: when main
 * returns, the process waits for the threads that still run. */
#include <stdio.h>
#include <threading.h>

static void *worker(void *arg) {
    (void)arg;
    printf("Worker\n");
    return NULL;
}

int main(void) {
    for (int i = 0; i < 5; i++) {
        threading_thread thread;
        THREADING_CHECK(threading_thread_new(NULL, worker, NULL, &thread));
        THREADING_CHECK(threading_thread_start(thread));
        /* Nobody needs the handle any more. The thread runs all the same. */
        THREADING_CHECK(threading_thread_destroy(thread));
    }
    return 0;
}
