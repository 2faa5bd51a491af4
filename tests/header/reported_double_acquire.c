/* Acquiring a lock that is held already: the thread would wait for itself. */
#include <threading.h>

threading_lock lock;

void acquires_twice(void);
void takes_the_lock(void) THREADING_EXCLUDES(lock);
void calls_who_takes_it(void);

void acquires_twice(void) {
    threading_lock_acquire(lock);
    threading_lock_acquire(lock); /* expect: acquiring lock 'lock' that is already held */
    threading_lock_release(lock);
}

void takes_the_lock(void) {
    threading_lock_acquire(lock);
    threading_lock_release(lock);
}

void calls_who_takes_it(void) {
    threading_lock_acquire(lock);
    takes_the_lock(); /* expect: cannot call function 'takes_the_lock' while lock 'lock' is held */
    threading_lock_release(lock);
}
