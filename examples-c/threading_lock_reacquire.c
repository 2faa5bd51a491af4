/* Shows that a lock cannot be acquired twice, not even by the thread that holds it.
 *
 * Both functions use the same lock, and one calls the other. Had second() not used try_acquire, it
 * would wait for ever: for its own caller. threading_rlock.c is the way out. */
#include <stdio.h>
#include <threading.h>

static threading_lock lock = THREADING_NULL;

static void second(void) {
    threading_status status = threading_lock_try_acquire(lock);
    THREADING_CHECK(status);
    printf("Second try: %s\n", status == THREADING_OK ? "True" : "False");
    if (status == THREADING_OK)
        THREADING_CHECK(threading_lock_release(lock));
}

static void first(void) {
    threading_status status = THREADING_CHECK(threading_lock_acquire(lock));
    printf("First try: %s\n", status == THREADING_OK ? "True" : "False");
    second();
    THREADING_CHECK(threading_lock_release(lock));
}

int main(void) {
    THREADING_CHECK(threading_lock_new(&lock));
    first();
    THREADING_CHECK(threading_lock_destroy(lock));
    return 0;
}
