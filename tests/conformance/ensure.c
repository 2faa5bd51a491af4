/* threading_lock_ensure and threading_rlock_ensure: locks that are static and made on first use. */
#include "lock_kind.h"

#include <errno.h>
#include <sched.h>

static threading_lock static_lock = THREADING_NULL;
static threading_rlock static_rlock = THREADING_NULL;

CASE(lock_is_made_on_first_use) {
    CHECK(THREADING_IS_NULL(static_lock));
    threading_lock lock = threading_lock_ensure(&static_lock);
    CHECK(!THREADING_IS_NULL(lock));
    CHECK(THREADING_SAME(lock, static_lock));
    CHECK(!threading_lock_locked(lock));
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK(threading_lock_locked(static_lock));
    CHECK_STATUS(threading_lock_release(static_lock), THREADING_OK);
}
CASE(rlock_is_made_on_first_use) {
    CHECK(THREADING_IS_NULL(static_rlock));
    threading_rlock rlock = threading_rlock_ensure(&static_rlock);
    CHECK(!THREADING_IS_NULL(rlock));
    CHECK(THREADING_SAME(rlock, static_rlock));
    CHECK(!threading_rlock_locked(rlock));
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_NUMBER(threading_rlock_depth(static_rlock), 1);
    CHECK_STATUS(threading_rlock_release(static_rlock), THREADING_OK);
}

CASE(lock_is_the_same_ever_after) {
    threading_lock first = threading_lock_ensure(&static_lock);
    CHECK_STATUS(threading_lock_acquire(first), THREADING_OK);
    for (int i = 0; i < 1000; i++) {
        threading_lock again = threading_lock_ensure(&static_lock);
        CHECK(THREADING_SAME(first, again));
    }
    CHECK(threading_lock_locked(first));
    CHECK_STATUS(threading_lock_release(first), THREADING_OK);
}
CASE(rlock_is_the_same_ever_after) {
    threading_rlock first = threading_rlock_ensure(&static_rlock);
    CHECK_STATUS(threading_rlock_acquire(first), THREADING_OK);
    for (int i = 0; i < 1000; i++) {
        threading_rlock again = threading_rlock_ensure(&static_rlock);
        CHECK(THREADING_SAME(first, again));
    }
    CHECK_NUMBER(threading_rlock_depth(first), 1);
    CHECK_STATUS(threading_rlock_release(first), THREADING_OK);
}

/* Two statics are two locks. */
CASE(lock_each_has_its_own) {
    static threading_lock here = THREADING_NULL, there = THREADING_NULL;
    CHECK(!THREADING_SAME(threading_lock_ensure(&here), threading_lock_ensure(&there)));
    CHECK_STATUS(threading_lock_acquire(here), THREADING_OK);
    CHECK(!threading_lock_locked(there));
    CHECK_STATUS(threading_lock_release(here), THREADING_OK);
}

/* A handle that new filled is left as it is. */
CASE(lock_that_was_made_already) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    threading_lock before = lock;
    CHECK(THREADING_SAME(threading_lock_ensure(&lock), before));
    CHECK(THREADING_SAME(lock, before));
}
CASE(rlock_that_was_made_already) {
    threading_rlock rlock;
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    threading_rlock before = rlock;
    CHECK(THREADING_SAME(threading_rlock_ensure(&rlock), before));
    CHECK(THREADING_SAME(rlock, before));
}

/* Not the first use any more: the handle stays what it is, and every call on it tells. Set to
 * THREADING_NULL it begins anew. */
CASE(lock_that_was_destroyed) {
    threading_lock old = threading_lock_ensure(&static_lock);
    CHECK_STATUS(threading_lock_destroy(static_lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(threading_lock_ensure(&static_lock)), THREADING_DESTROYED);
    CHECK(THREADING_SAME(old, static_lock));
    static_lock = (threading_lock)THREADING_NULL;
    CHECK_STATUS(threading_lock_acquire(threading_lock_ensure(&static_lock)), THREADING_OK);
    CHECK(!THREADING_SAME(old, static_lock));
    CHECK_STATUS(threading_lock_acquire(old), THREADING_DESTROYED);
    CHECK_STATUS(threading_lock_release(static_lock), THREADING_OK);
}
CASE(rlock_that_was_destroyed) {
    threading_rlock old = threading_rlock_ensure(&static_rlock);
    CHECK_STATUS(threading_rlock_destroy(static_rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(threading_rlock_ensure(&static_rlock)),
                 THREADING_DESTROYED);
    CHECK(THREADING_SAME(old, static_rlock));
    static_rlock = (threading_rlock)THREADING_NULL;
    CHECK_STATUS(threading_rlock_acquire(threading_rlock_ensure(&static_rlock)), THREADING_OK);
    CHECK(!THREADING_SAME(old, static_rlock));
    CHECK_STATUS(threading_rlock_release(static_rlock), THREADING_OK);
}

CASE(no_place_for_the_handle) {
    CHECK(THREADING_IS_NULL(threading_lock_ensure(NULL)));
    CHECK(THREADING_IS_NULL(threading_rlock_ensure(NULL)));
}

CASE(errno_unchanged) {
    errno = 4711;
    threading_lock_ensure(&static_lock);
    threading_lock_ensure(&static_lock);
    threading_rlock_ensure(&static_rlock);
    threading_rlock_ensure(&static_rlock);
    CHECK_NUMBER(errno, 4711);
}

/* ---- many threads at once ---- */

enum { THREADS = 8, STATICS = 2000 };

static struct {
    threading_lock lock;
    threading_rlock rlock;
    volatile int counter; /* guarded by the one, then by the other */
} statics[STATICS];

static atomic_int arrived[STATICS];

typedef struct ensurer {
    worker thread;
    bool is_rlock;
    uint64_t seen[STATICS];
} ensurer;

/* All meet before each static, so that they come to it at the same moment. */
static void ensures(worker *self) {
    ensurer *me = self->context;
    for (int i = 0; i < STATICS; i++) {
        atomic_fetch_add(&arrived[i], 1);
        while (atomic_load(&arrived[i]) < THREADS) {
            sched_yield();
        }
        if (me->is_rlock) {
            threading_rlock rlock = threading_rlock_ensure(&statics[i].rlock);
            CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
            statics[i].counter = statics[i].counter + 1;
            CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
            me->seen[i] = rlock.bits;
        } else {
            threading_lock lock = threading_lock_ensure(&statics[i].lock);
            CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
            statics[i].counter = statics[i].counter + 1;
            CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
            me->seen[i] = lock.bits;
        }
    }
}

static void ensured_by_all_at_once(bool is_rlock) {
    static ensurer all[THREADS];
    for (int i = 0; i < THREADS; i++) {
        all[i].is_rlock = is_rlock;
        worker_start(&all[i].thread, i % WORKER_KINDS, ensures, &all[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        worker_join(&all[i].thread);
    }
    for (int i = 0; i < STATICS; i++) {
        CHECK_NUMBER(statics[i].counter, THREADS);
        for (int j = 0; j < THREADS; j++) {
            CHECK_NUMBER(all[j].seen[i], is_rlock ? statics[i].rlock.bits : statics[i].lock.bits);
        }
    }
}
CASE(lock_all_threads_get_the_same_one) { ensured_by_all_at_once(false); }
CASE(rlock_all_threads_get_the_same_one) { ensured_by_all_at_once(true); }

/* ---- with ---- */

static int uses;

static int use_static_locks(int depth) {
    static threading_lock lock = THREADING_NULL;
    THREADING_WITH(threading_lock_ensure(&lock)) {
        CHECK(threading_lock_locked(lock));
        uses++;
    }
    CHECK(!threading_lock_locked(lock));
    THREADING_WITH(threading_rlock_ensure(&static_rlock)) {
        CHECK_NUMBER(threading_rlock_depth(static_rlock), depth);
        return depth < 5 ? use_static_locks(depth + 1) : uses;
    }
    return -1;
}

CASE(with_and_ensure_on_a_static) {
    CHECK_NUMBER(use_static_locks(1), 5);
    CHECK(!threading_rlock_locked(static_rlock));
    CHECK_NUMBER(use_static_locks(1), 10);
}
