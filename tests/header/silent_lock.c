/* Right uses of locks, on which clang's analysis says nothing. */
#include <threading.h>

threading_lock lock;
int counter THREADING_GUARDED_BY(lock);
int *pointer THREADING_PT_GUARDED_BY(lock);

void acquire_and_release(void);
int try_to(void);
int wait_for(double seconds);
void needs_the_lock(void) THREADING_REQUIRES(lock);
void takes_the_lock(void) THREADING_EXCLUDES(lock);
int not_looked_at(void);

void acquire_and_release(void) {
    threading_lock_acquire(lock);
    counter++;
    *pointer = counter;
    needs_the_lock();
    threading_lock_release(lock);
    takes_the_lock();
}

int try_to(void) {
    if (threading_lock_try_acquire(lock) == THREADING_OK) {
        int result = counter;
        threading_lock_release(lock);
        return result;
    }
    return -1;
}

int wait_for(double seconds) {
    if (threading_lock_acquire_timeout(lock, seconds) != THREADING_OK) {
        return -1;
    }
    int result = counter;
    threading_lock_release(lock);
    return result;
}

void needs_the_lock(void) { counter++; }

void takes_the_lock(void) {
    threading_lock_acquire(lock);
    needs_the_lock();
    threading_lock_release(lock);
}

THREADING_NO_ANALYSIS int not_looked_at(void) { return counter; }
