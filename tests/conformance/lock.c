/* threading_lock: CPython's LockTests and BaseLockTests, and what the contract adds to them. */
#include "base_lock.h"

/* ---- BaseLockTests ---- */

CASE(new_makes_an_unlocked_lock) { base_new(&primitive); }
CASE(acquire_release) { base_acquire_release(&primitive); }
CASE(try_acquire) { base_try_acquire(&primitive); }
CASE(try_acquire_contended) { base_try_acquire_contended(&primitive); }
CASE(acquire_contended) { base_acquire_contended(&primitive); }
CASE(locked_seen_from_another_thread) { base_locked_seen_from_another_thread(&primitive); }
CASE(foreign_threads_leave_no_record) { base_thread_leak(&primitive); }
CASE(state_after_timeout) { base_state_after_timeout(&primitive); }
CASE(mutual_exclusion_of_8_threads) { base_mutual_exclusion(&primitive); }
CASE(mutual_exclusion_whichever_way_it_is_acquired) {
    base_mutual_exclusion_in_every_way(&primitive);
}
CASE(nobody_starves_while_one_thread_hogs_it) { base_nobody_starves(&primitive); }
CASE(errno_unchanged) { base_errno_unchanged(&primitive); }

/* ---- LockTests ---- */

typedef struct reacquirer {
    worker thread;
    threading_lock lock;
    atomic_int phase;
} reacquirer;

static void reacquirer_run(worker *self) {
    reacquirer *me = self->context;
    CHECK_STATUS(threading_lock_acquire(me->lock), THREADING_OK);
    atomic_store(&me->phase, 1);
    worker_arrives(self);
    CHECK_STATUS(threading_lock_acquire(me->lock), THREADING_OK);
    atomic_store(&me->phase, 2);
}

/* A lock has no owner: its holder who acquires it again waits like anybody else, until somebody
 * else releases it. */
CASE(reacquire_by_the_holder_waits) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        reacquirer other = {.phase = 0};
        CHECK_STATUS(threading_lock_new(&other.lock), THREADING_OK);
        worker_start(&other.thread, whose, reacquirer_run, &other);
        EVENTUALLY(worker_asleep(&other.thread));
        CHECK_NUMBER(atomic_load(&other.phase), 1);
        CHECK_STATUS(threading_lock_release(other.lock), THREADING_OK);
        worker_join(&other.thread);
        CHECK_NUMBER(atomic_load(&other.phase), 2);
        CHECK(threading_lock_locked(other.lock));
        CHECK_STATUS(threading_lock_release(other.lock), THREADING_OK);
        CHECK(!threading_lock_locked(other.lock));
    }
}

/* The polls do not wait for themselves. */
CASE(try_acquire_by_the_holder_times_out) {
    uint64_t bits = lock_new(&primitive);
    CHECK_STATUS(primitive.acquire(bits), THREADING_OK);
    CHECK_STATUS(primitive.try_acquire(bits), THREADING_TIMEOUT);
    CHECK_STATUS(primitive.acquire_timeout(bits, 0), THREADING_TIMEOUT);
    CHECK_STATUS(primitive.acquire_timeout(bits, 0.002), THREADING_TIMEOUT);
    CHECK_STATUS(primitive.release(bits), THREADING_OK);
    CHECK(!primitive.locked(bits));
}

static void releases(worker *self) {
    threading_lock *lock = self->context;
    CHECK_STATUS(threading_lock_release(*lock), THREADING_OK);
}

CASE(release_by_another_thread_is_legal) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        worker other;
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        worker_start(&other, whose, releases, &lock);
        worker_join(&other);
        CHECK(!threading_lock_locked(lock));
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    }
}

CASE(release_by_another_thread_wakes_who_waits) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        threading_lock lock;
        waiter waiting;
        worker other;
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        waiter_start(&waiting, whose, &primitive, lock.bits);
        EVENTUALLY(worker_asleep(&waiting.thread));
        worker_start(&other, whose, releases, &lock);
        worker_join(&other);
        waiter_end(&waiting, THREADING_OK);
        CHECK(!threading_lock_locked(lock));
    }
}

static void acquires(worker *self) {
    threading_lock *lock = self->context;
    CHECK_STATUS(threading_lock_acquire(*lock), THREADING_OK);
}

CASE(release_after_the_holder_has_ended) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        worker other;
        worker_start(&other, whose, acquires, &lock);
        worker_join(&other);
        CHECK(threading_lock_locked(lock));
        CHECK_STATUS(threading_lock_try_acquire(lock), THREADING_TIMEOUT);
        CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
        CHECK(!threading_lock_locked(lock));
    }
}

CASE(release_unacquired) {
    uint64_t bits = lock_new(&primitive);
    CHECK_STATUS(primitive.release(bits), THREADING_NOT_ACQUIRED);
    CHECK(!primitive.locked(bits));
    CHECK_STATUS(primitive.acquire(bits), THREADING_OK);
    CHECK_STATUS(primitive.release(bits), THREADING_OK);
    CHECK_STATUS(primitive.release(bits), THREADING_NOT_ACQUIRED);
    CHECK_STATUS(primitive.release(bits), THREADING_NOT_ACQUIRED);
    /* No release was saved up. */
    CHECK_STATUS(primitive.acquire(bits), THREADING_OK);
    CHECK_STATUS(primitive.try_acquire(bits), THREADING_TIMEOUT);
    CHECK_STATUS(primitive.release(bits), THREADING_OK);
}

/* ---- rule 5 ---- */

CASE(errors_change_nothing) {
    uint64_t bits = lock_new(&primitive);
    for (int held = 0; held < 2; held++) {
        CHECK_STATUS(primitive.acquire_timeout(bits, NAN), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(primitive.acquire_timeout(bits, 1e100), THREADING_INVALID_ARGUMENT);
        if (held) {
            CHECK_STATUS(primitive.destroy(bits), THREADING_BUSY);
            CHECK(primitive.locked(bits));
            CHECK_STATUS(primitive.release(bits), THREADING_OK);
        } else {
            CHECK_STATUS(primitive.release(bits), THREADING_NOT_ACQUIRED);
            CHECK(!primitive.locked(bits));
            CHECK_STATUS(primitive.acquire(bits), THREADING_OK);
        }
    }
    CHECK(!primitive.locked(bits));

    holder other;
    waiter waiting;
    holder_start(&other, FOREIGN, &primitive, bits);
    waiter_start(&waiting, OURS, &primitive, bits);
    EVENTUALLY(worker_asleep(&waiting.thread));
    CHECK_STATUS(primitive.acquire_timeout(bits, NAN), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(primitive.acquire_timeout(bits, 1e100), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(primitive.destroy(bits), THREADING_BUSY);
    CHECK(primitive.locked(bits));
    CHECK(!atomic_load(&waiting.returned));
    holder_end(&other);
    waiter_end(&waiting, THREADING_OK);
    CHECK_STATUS(primitive.destroy(bits), THREADING_OK);
}
