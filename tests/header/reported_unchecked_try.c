/* Going on as if a try had succeeded. */
#include <threading.h>

threading_lock lock;
threading_rlock rlock;
int counter THREADING_GUARDED_BY(lock);
int depth THREADING_GUARDED_BY(rlock);

void never_looks(void);
void looks_the_wrong_way(void);
void never_looks_at_the_time(double seconds);
void never_looks_at_the_rlock(void);

void never_looks(void) {
    threading_status status = threading_lock_try_acquire(lock);
    (void)status;
    counter++; /* expect: writing variable 'counter' requires holding lock 'lock' exclusively */
    threading_lock_release(lock); /* expect: releasing lock 'lock' that was not held */
}

void looks_the_wrong_way(void) {
    if (threading_lock_try_acquire(lock) != THREADING_OK) {
        counter++; /* expect: writing variable 'counter' requires holding lock 'lock' exclusively */
        return;
    }
    threading_lock_release(lock);
}

void never_looks_at_the_time(double seconds) {
    threading_status status = threading_lock_acquire_timeout(lock, seconds);
    (void)status;
    counter++; /* expect: writing variable 'counter' requires holding lock 'lock' exclusively */
}

void never_looks_at_the_rlock(void) {
    threading_status status = threading_rlock_try_acquire(rlock);
    (void)status;
    depth++; /* expect: writing variable 'depth' requires holding rlock 'rlock' exclusively */
}
