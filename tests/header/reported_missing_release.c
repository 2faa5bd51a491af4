/* A function that ends with the lock held, always or on one of its ways. */
#include <threading.h>

threading_lock lock;
threading_rlock rlock;
int counter THREADING_GUARDED_BY(lock);

void never_released(void);
int sometimes_released(int choice);
void rlock_never_released(void);
void try_never_released(void);

void never_released(void) {
    threading_lock_acquire(lock);
    counter++;
} /* expect: 'lock' is still held at the end of function */

int sometimes_released(int choice) {
    threading_lock_acquire(lock);
    if (choice) {
        return counter;
    }
    threading_lock_release(lock);
    return 0;
} /* expect: 'lock' is not held on every path through here */

void rlock_never_released(void) {
    threading_rlock_acquire(rlock);
} /* expect: 'rlock' is still held at the end of function */

void try_never_released(void) {
    if (threading_lock_try_acquire(lock) == THREADING_OK) {
        counter++;
    }
} /* expect: 'lock' is not held on every path through here */
