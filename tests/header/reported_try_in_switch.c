/* A try whose status a switch looks at: right, and clang's analysis does not follow it, which
 * threading.h says. What it does follow stands below. */
#include <threading.h>

threading_lock lock;
int counter THREADING_GUARDED_BY(lock);

void switches(void);
void compares(void);
void counts_a_failure(void);

void switches(void) {
    switch (threading_lock_try_acquire(lock)) {
    case THREADING_OK:
        counter++; /* expect: writing variable 'counter' requires holding lock 'lock' exclusively */
        threading_lock_release(lock); /* expect: releasing lock 'lock' that was not held */
        break;
    default:
        break;
    }
} /* expect: 'lock' is not held on every path through here */

void compares(void) {
    threading_status status = threading_lock_try_acquire(lock);
    if (status == THREADING_OK) {
        counter++;
        threading_lock_release(lock);
        return;
    }
    if (status != THREADING_TIMEOUT) {
        counts_a_failure();
    }
}
