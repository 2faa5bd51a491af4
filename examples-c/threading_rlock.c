/* Acquires a re-entrant lock twice: an rlock lets the thread that holds it in again.
 *
 * It is threading_lock_reacquire.c with rlock for lock. The rlock counts: other threads get it when
 * it has been released as often as it was acquired. */
#include <stdio.h>
#include <threading.h>

static threading_rlock lock = THREADING_NULL;

static void second(void) {
    threading_status status = threading_rlock_try_acquire(lock);
    THREADING_CHECK(status);
    printf("Second try: %d\n", status == THREADING_OK); /* a number, as Python 2 printed it here */
    if (status == THREADING_OK)
        THREADING_CHECK(threading_rlock_release(lock));
}

static void first(void) {
    threading_status status = THREADING_CHECK(threading_rlock_acquire(lock));
    printf("First try: %s\n", status == THREADING_OK ? "True" : "False");
    second();
    THREADING_CHECK(threading_rlock_release(lock));
}

int main(void) {
    THREADING_CHECK(threading_rlock_new(&lock));
    first();
    THREADING_CHECK(threading_rlock_destroy(lock));
    return 0;
}
