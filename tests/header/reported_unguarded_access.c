/* Touching what a lock guards without holding it. */
#include <threading.h>

threading_lock lock, second;
int counter THREADING_GUARDED_BY(lock);
int *pointer THREADING_PT_GUARDED_BY(lock);

int read_it(void);
void write_it(void);
void write_through(void);
void under_another_lock(void);
void too_late(void);

/* expect: reading variable 'counter' requires holding lock 'lock' */
int read_it(void) { return counter; }

void write_it(void) {
    counter = 1; /* expect: writing variable 'counter' requires holding lock 'lock' exclusively */
}

void write_through(void) {
    /* expect: the value pointed to by 'pointer' requires holding lock 'lock' exclusively */
    *pointer = 1;
}

void under_another_lock(void) {
    threading_lock_acquire(second);
    counter++; /* expect: writing variable 'counter' requires holding lock 'lock' exclusively */
    threading_lock_release(second);
}

void too_late(void) {
    threading_lock_acquire(lock);
    counter++;
    threading_lock_release(lock);
    counter++; /* expect: writing variable 'counter' requires holding lock 'lock' exclusively */
}
