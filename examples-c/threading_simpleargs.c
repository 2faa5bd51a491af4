/* Gives each thread an argument: a pointer, to whatever the thread should know.
 *
 * The library copies the pointer and not what it points to. So each thread gets an int of its own,
 * and not the address of the loop's i; and main stays until the last thread has ended, for its
 * variables would not outlive its return. */
#include <stdio.h>
#include <threading.h>

static void *worker(void *arg) {
    const int *number = arg;
    printf("Worker: %d\n", *number);
    return NULL;
}

int main(void) {
    int numbers[5];
    for (int i = 0; i < 5; i++) {
        numbers[i] = i;
        /* new and start in one. With NULL for the handle the thread is on its own from the
         * start. */
        THREADING_CHECK(threading_thread_spawn(NULL, worker, &numbers[i], NULL));
    }
    THREADING_CHECK(threading_shutdown());
    return 0;
}
