/* The locks of the programs about `THREADING_WITH`: made at the beginning of a case, and free
 * whenever a block has been left. */
#ifndef WITH_LOCKS_H
#define WITH_LOCKS_H

#include "case.h"

static threading_lock lock, second;
static threading_rlock rlock;

static inline void make_locks(void) {
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&second), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
}

static inline void check_all_free(void) {
    CHECK(!threading_lock_locked(lock));
    CHECK(!threading_lock_locked(second));
    CHECK(!threading_rlock_locked(rlock));
}

#endif
