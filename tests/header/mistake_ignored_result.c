/* Whoever ignores what a try says does not know whether the lock is held. C and C++ both read
 * this. */
#include <threading.h>

void ignore(threading_lock lock, threading_rlock rlock);

void ignore(threading_lock lock, threading_rlock rlock) {
    threading_lock_try_acquire(lock);            /* expect: warn_unused_result */
    threading_lock_acquire_timeout(lock, 1.0);   /* expect: warn_unused_result */
    threading_rlock_try_acquire(rlock);          /* expect: warn_unused_result */
    threading_rlock_acquire_timeout(rlock, 1.0); /* expect: warn_unused_result */
    threading_lock_acquire(lock);
    threading_lock_release(lock);
    threading_rlock_acquire(rlock);
    threading_rlock_release(rlock);
}
