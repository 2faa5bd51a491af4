/* Calling, without the lock, a function that requires it. */
#include <threading.h>

threading_lock lock, second;
threading_rlock rlock;

void needs_the_lock(void) THREADING_REQUIRES(lock);
void needs_both(void) THREADING_REQUIRES(lock, second);
void needs_the_rlock(void) THREADING_REQUIRES(rlock);
void without(void);
void with_one_of_two(void);
void without_the_rlock(void);

void without(void) {
    /* expect: calling function 'needs_the_lock' requires holding lock 'lock' exclusively */
    needs_the_lock();
}

void with_one_of_two(void) {
    threading_lock_acquire(lock);
    needs_the_lock();
    /* expect: calling function 'needs_both' requires holding lock 'second' exclusively */
    needs_both();
    threading_lock_release(lock);
}

void without_the_rlock(void) {
    /* expect: calling function 'needs_the_rlock' requires holding rlock 'rlock' exclusively */
    needs_the_rlock();
}
