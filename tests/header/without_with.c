/* For a compiler that has no cleanup attribute: no THREADING_WITH, and the rest all the same. The
 * test plays such a compiler by undefining the macros by which gcc and clang are known. */
#include <threading.h>

#ifndef THREADING_HAS_WITH
#error "THREADING_HAS_WITH is always defined"
#elif THREADING_HAS_WITH != 0
#error "THREADING_HAS_WITH is 0 where the attribute is missing"
#endif
#ifdef THREADING_WITH
#error "THREADING_WITH is not defined where it cannot work"
#endif

static threading_lock lock = THREADING_NULL;

int next(int number);

int next(int number) {
    if (threading_lock_acquire(threading_lock_ensure(&lock)) != THREADING_OK) {
        return number;
    }
    number++;
    threading_lock_release(lock);
    return number;
}
