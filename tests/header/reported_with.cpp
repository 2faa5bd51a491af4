// THREADING_WITH in C++: entered twice, and what it guards touched outside it.
#include <threading.h>

threading_lock lock = THREADING_NULL, second = THREADING_NULL;
threading_rlock rlock = THREADING_NULL;
int counter THREADING_GUARDED_BY(lock);
int depth THREADING_GUARDED_BY(rlock);

static void takes_the_lock() THREADING_EXCLUDES(lock);
static void takes_the_lock() {
    THREADING_WITH(lock) {
        counter++;
    }
}

void twice();
void twice() {
    THREADING_WITH(lock) {
        THREADING_WITH(second) {
            THREADING_WITH(lock) { // expect: while lock 'lock' is held
            }
        }
    }
    THREADING_WITH(lock) {
        takes_the_lock(); // expect: cannot call function 'takes_the_lock' while lock 'lock' is held
    }
}

void outside();
void outside() {
    counter++; // expect: writing variable 'counter' requires holding lock 'lock' exclusively
    THREADING_WITH(lock) {
        counter++;
        depth++; // expect: writing variable 'depth' requires holding rlock 'rlock' exclusively
    }
    THREADING_WITH(second) {
        counter++; // expect: writing variable 'counter' requires holding lock 'lock' exclusively
    }
    counter++; // expect: writing variable 'counter' requires holding lock 'lock' exclusively
    THREADING_WITH(rlock) {
        depth++;
    }
    depth++; // expect: writing variable 'depth' requires holding rlock 'rlock' exclusively
}
