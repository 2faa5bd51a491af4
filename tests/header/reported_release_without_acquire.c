/* Releasing what is not held. */
#include <threading.h>

threading_lock lock, second;
threading_rlock rlock;

void releases(void);
void releases_twice(void);
void releases_another(void);
void releases_an_rlock(void);

void releases(void) {
    threading_lock_release(lock); /* expect: releasing lock 'lock' that was not held */
}

void releases_twice(void) {
    threading_lock_acquire(lock);
    threading_lock_release(lock);
    threading_lock_release(lock); /* expect: releasing lock 'lock' that was not held */
}

void releases_another(void) {
    threading_lock_acquire(lock);
    threading_lock_release(second); /* expect: releasing lock 'second' that was not held */
} /* expect: 'lock' is still held at the end of function */

void releases_an_rlock(void) {
    threading_rlock_release(rlock); /* expect: releasing rlock 'rlock' that was not held */
}
