/* Holds a lock for one block, with THREADING_WITH, and the same by hand.
 *
 * THREADING_WITH releases the lock on every way out of the block: at its end, and by return, break
 * or goto. Without it, a return between acquire and release would leave the lock held. */
#include <stdio.h>
#include <threading.h>

static void *worker_with(void *arg) {
    threading_lock *lock = arg;
    THREADING_WITH(*lock) {
        printf("Lock acquired via with\n");
    }
    return NULL;
}

static void *worker_no_with(void *arg) {
    threading_lock *lock = arg;
    THREADING_CHECK(threading_lock_acquire(*lock));
    printf("Lock acquired directly\n");
    THREADING_CHECK(threading_lock_release(*lock));
    return NULL;
}

int main(void) {
    threading_lock lock;
    THREADING_CHECK(threading_lock_new(&lock));
    THREADING_CHECK(threading_thread_spawn(NULL, worker_with, &lock, NULL));
    THREADING_CHECK(threading_thread_spawn(NULL, worker_no_with, &lock, NULL));
    /* Waits for both: lock is a variable of main, and they use it. */
    THREADING_CHECK(threading_shutdown());
    THREADING_CHECK(threading_lock_destroy(lock));
    return 0;
}
