/* A condition that was made with a lock, and that its declaration guards by it: clang's analysis
 * reports each use without the lock. */
#include <threading.h>

threading_lock lock, another;
threading_condition ready THREADING_GUARDED_BY(lock);

threading_status makes(void);
void waits(void);
void notifies(void);
void right(void);

/* Its address is no use of it. */
threading_status makes(void) { return threading_condition_new_with_lock(lock, &ready); }

void waits(void) {
    /* expect: reading variable 'ready' requires holding lock 'lock' */
    threading_condition_wait(ready);
}

void notifies(void) {
    THREADING_WITH(another) {
        /* expect: reading variable 'ready' requires holding lock 'lock' */
        threading_condition_notify(ready, 1);
    }
}

void right(void) {
    THREADING_WITH(lock) {
        threading_condition_wait(ready);
        threading_condition_notify_all(ready);
    }
}
