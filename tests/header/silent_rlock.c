/* Right uses of rlocks, on which clang's analysis says nothing. */
#include <threading.h>

threading_rlock rlock;
int counter THREADING_GUARDED_BY(rlock);

void acquire_and_release(void);
int try_to(void);
int wait_for(double seconds);
void again_by_its_owner(void);
void needs_the_rlock(void) THREADING_REQUIRES(rlock);

void acquire_and_release(void) {
    threading_rlock_acquire(rlock);
    counter++;
    needs_the_rlock();
    threading_rlock_release(rlock);
}

int try_to(void) {
    if (threading_rlock_try_acquire(rlock) != THREADING_OK) {
        return -1;
    }
    int result = counter;
    threading_rlock_release(rlock);
    return result;
}

int wait_for(double seconds) {
    int result = -1;
    if (threading_rlock_acquire_timeout(rlock, seconds) == THREADING_OK) {
        result = counter;
        threading_rlock_release(rlock);
    }
    return result;
}

void again_by_its_owner(void) {
    THREADING_WITH(rlock) {
        counter++;
        THREADING_WITH(rlock) {
            needs_the_rlock();
        }
    }
}

void needs_the_rlock(void) { counter++; }
