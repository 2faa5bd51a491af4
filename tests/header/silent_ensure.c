/* A static lock that ensure makes: what ensure gives is the lock that guards. */
#include <threading.h>

static threading_lock lock = THREADING_NULL;
static threading_rlock rlock = THREADING_NULL;
static int counter THREADING_GUARDED_BY(lock);
static int depth THREADING_GUARDED_BY(rlock);

int next(void);
int deeper(void);

int next(void) {
    THREADING_WITH(threading_lock_ensure(&lock)) {
        return ++counter;
    }
    threading_lock_acquire(threading_lock_ensure(&lock));
    counter = 0;
    threading_lock_release(lock);
    if (threading_lock_try_acquire(threading_lock_ensure(&lock)) == THREADING_OK) {
        counter = 1;
        threading_lock_release(threading_lock_ensure(&lock));
    }
    return 0;
}

int deeper(void) {
    THREADING_WITH(threading_rlock_ensure(&rlock)) {
        return ++depth;
    }
    return 0;
}
