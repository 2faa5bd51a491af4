/* Wrong uses of rwlocks: a write under a read, a release that is missing or the wrong one. */
#include <threading.h>

threading_rwlock rwlock;
int counter THREADING_GUARDED_BY(rwlock);

int reads_without(void);
void writes_under_a_read(void);
void writes_while_reading(void);
void never_ends_the_read(void);
void ends_a_read_that_is_a_write(void);
void writes_after_the_downgrade(void);
void needs_a_write(void) THREADING_REQUIRES(rwlock);
void calls_what_writes(void);

int reads_without(void) {
    return counter; /* expect: reading variable 'counter' requires holding rwlock 'rwlock' */
}

void writes_under_a_read(void) {
    threading_rwlock_acquire_read(rwlock);
    counter++; /* expect: writing variable 'counter' requires holding rwlock 'rwlock' exclusively */
    threading_rwlock_release_read(rwlock);
}

void writes_while_reading(void) {
    THREADING_WITH(threading_rwlock_reading(rwlock)) {
        counter++; /* expect: writing variable 'counter' requires holding rwlock 'rwlock' */
    }
}

void never_ends_the_read(void) {
    threading_rwlock_acquire_read(rwlock);
} /* expect: 'rwlock' is still held at the end of function */

void ends_a_read_that_is_a_write(void) {
    threading_rwlock_acquire_write(rwlock);
    counter++;
    /* expect: releasing rwlock 'rwlock' using shared access */
    threading_rwlock_release_read(rwlock);
}

void writes_after_the_downgrade(void) {
    threading_rwlock_acquire_write(rwlock);
    threading_rwlock_downgrade(rwlock);
    counter++; /* expect: writing variable 'counter' requires holding rwlock 'rwlock' exclusively */
    threading_rwlock_release_read(rwlock);
}

void needs_a_write(void) { counter++; }

void calls_what_writes(void) {
    THREADING_WITH(threading_rwlock_reading(rwlock)) {
        needs_a_write(); /* expect: calling function 'needs_a_write' requires holding rwlock */
    }
}
