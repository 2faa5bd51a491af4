/* THREADING_WITH in C, around the end of a thread: x is released on that way out of its block too.
 * Compiled with -fexceptions, without which C is not unwound. */
#include "lock_kind.h"
#include "with_locks.h"

static void ends_by_pthread_exit(worker *self) {
    THREADING_WITH(lock) {
        THREADING_WITH(rlock) {
            THREADING_WITH(rlock) {
                CHECK_NUMBER(threading_rlock_depth(rlock), 2);
                pthread_exit(self);
            }
        }
    }
}

CASE(pthread_exit_inside) {
    make_locks();
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        worker other;
        worker_start(&other, whose, ends_by_pthread_exit, NULL);
        worker_join(&other);
        check_all_free();
    }
}

static void is_cancelled(worker *self) {
    THREADING_WITH(lock) {
        THREADING_WITH(rlock) {
            worker_arrives(self);
            for (;;) {
                pthread_testcancel();
                case_nap();
            }
        }
    }
}

CASE(pthread_cancel_inside) {
    make_locks();
    worker other;
    worker_start(&other, FOREIGN, is_cancelled, NULL);
    EVENTUALLY(atomic_load(&other.native_id) != 0);
    CHECK(threading_lock_locked(lock));
    CHECK_NUMBER(pthread_cancel(other.foreign), 0);
    worker_join(&other);
    check_all_free();
}

static void ends_by_threading_exit(worker *self) {
    (void)self;
    THREADING_WITH(lock) {
        THREADING_WITH(rlock) {
            CHECK(threading_lock_locked(lock));
            threading_exit(NULL);
            CHECK(!"reached");
        }
    }
}

CASE(threading_exit_inside) {
    make_locks();
    worker other;
    worker_start(&other, OURS, ends_by_threading_exit, NULL);
    worker_join(&other);
    check_all_free();
}
