/* Entering a THREADING_WITH whose lock is held already. */
#include <threading.h>

threading_lock lock, second;

void twice(void);
void after_acquire(void);
void acquire_inside(void);

void twice(void) {
    THREADING_WITH(lock) {
        THREADING_WITH(second) {
            THREADING_WITH(lock) { /* expect: while lock 'lock' is held */
            }
        }
    }
}

void after_acquire(void) {
    threading_lock_acquire(lock);
    THREADING_WITH(lock) { /* expect: while lock 'lock' is held */
    }
    threading_lock_release(lock);
}

void acquire_inside(void) {
    THREADING_WITH(lock) {
        threading_lock_acquire(lock); /* expect: acquiring lock 'lock' that is already held */
    }
}
