/* threading_rlock: CPython's RLockTests and BaseLockTests, and what the contract adds to them. */
#include "base_lock.h"

/* ---- BaseLockTests ---- */

CASE(new_makes_an_unlocked_rlock) { base_new(&reentrant); }
CASE(acquire_release) { base_acquire_release(&reentrant); }
CASE(try_acquire) { base_try_acquire(&reentrant); }
CASE(try_acquire_contended) { base_try_acquire_contended(&reentrant); }
CASE(acquire_contended) { base_acquire_contended(&reentrant); }
CASE(locked_with_2threads) { base_locked_seen_from_another_thread(&reentrant); }
CASE(foreign_threads_leave_no_record) { base_thread_leak(&reentrant); }
CASE(state_after_timeout) { base_state_after_timeout(&reentrant); }
CASE(mutual_exclusion_of_8_threads) { base_mutual_exclusion(&reentrant); }
CASE(mutual_exclusion_whichever_way_it_is_acquired) {
    base_mutual_exclusion_in_every_way(&reentrant);
}
CASE(nobody_starves_while_one_thread_hogs_it) { base_nobody_starves(&reentrant); }
CASE(errno_unchanged) { base_errno_unchanged(&reentrant); }

/* ---- RLockTests ---- */

static threading_rlock rlock_new(void) {
    threading_rlock rlock = THREADING_NULL;
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    return rlock;
}

/* Everything that can be seen of an rlock that the calling thread holds that many times. */
static void check_mine(threading_rlock rlock, size_t expected) {
    size_t depth = 4711;
    CHECK_NUMBER(threading_rlock_depth(rlock), expected);
    CHECK_NUMBER(threading_rlock_owner(rlock, &depth), expected ? threading_get_ident() : 0);
    CHECK_NUMBER(depth, expected);
    CHECK(threading_rlock_locked(rlock) == (expected > 0));
}

CASE(reacquire) {
    threading_rlock rlock = rlock_new();
    check_mine(rlock, 0);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    check_mine(rlock, 1);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    check_mine(rlock, 2);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    check_mine(rlock, 1);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    check_mine(rlock, 2);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    check_mine(rlock, 1);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    check_mine(rlock, 0);
}

CASE(reacquire_succeeds_at_once_in_every_mode) {
    uint64_t bits = lock_new(&reentrant);
    CHECK_STATUS(reentrant.try_acquire(bits), THREADING_OK);
    CHECK_STATUS(reentrant.try_acquire(bits), THREADING_OK);
    CHECK_STATUS(reentrant.acquire(bits), THREADING_OK);
    CHECK_STATUS(reentrant.acquire_timeout(bits, 0), THREADING_OK);
    CHECK_STATUS(reentrant.acquire_timeout(bits, -1), THREADING_OK);
    CHECK_STATUS(reentrant.acquire_timeout(bits, -INFINITY), THREADING_OK);
    CHECK_STATUS(reentrant.acquire_timeout(bits, 1e-9), THREADING_OK);
    CHECK_STATUS(reentrant.acquire_timeout(bits, THREADING_TIMEOUT_MAX), THREADING_OK);
    CHECK_STATUS(reentrant.acquire_timeout(bits, INFINITY), THREADING_OK);
    threading_rlock rlock = {bits};
    for (size_t depth = 9; depth > 0; depth--) {
        check_mine(rlock, depth);
        CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    }
    check_mine(rlock, 0);
}

CASE(release_unacquired) {
    threading_rlock rlock = rlock_new();
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_NOT_ACQUIRED);
    check_mine(rlock, 0);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_NOT_ACQUIRED);
    check_mine(rlock, 0);
}

CASE(locked_until_the_last_release) {
    threading_rlock rlock = rlock_new();
    CHECK(!threading_rlock_locked(rlock));
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK(threading_rlock_locked(rlock));
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK(threading_rlock_locked(rlock));
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    CHECK(threading_rlock_locked(rlock));
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    CHECK(!threading_rlock_locked(rlock));
}

CASE(recursion_count) {
    threading_rlock rlock = rlock_new();
    for (int round = 0; round < 2; round++) {
        for (size_t depth = 0; depth < 1000; depth++) {
            CHECK_NUMBER(threading_rlock_depth(rlock), depth);
            CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
        }
        for (size_t depth = 1000; depth > 0; depth--) {
            CHECK_NUMBER(threading_rlock_depth(rlock), depth);
            CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
        }
        CHECK_NUMBER(threading_rlock_depth(rlock), 0);
    }
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        holder other;
        holder_start(&other, whose, &reentrant, rlock.bits);
        CHECK_NUMBER(threading_rlock_depth(rlock), 0);
        holder_end(&other);
        CHECK_NUMBER(threading_rlock_depth(rlock), 0);
    }
}

CASE(a_million_levels) {
    enum { LEVELS = 1000000 };
    threading_rlock rlock = rlock_new();
    waiter waiting;
    for (int i = 0; i < LEVELS; i++) {
        CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    }
    check_mine(rlock, LEVELS);
    waiter_start(&waiting, FOREIGN, &reentrant, rlock.bits);
    EVENTUALLY(worker_asleep(&waiting.thread));
    check_mine(rlock, LEVELS);
    for (int i = 0; i < LEVELS - 1; i++) {
        CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    }
    check_mine(rlock, 1);
    CHECK(!atomic_load(&waiting.returned));
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    waiter_end(&waiting, THREADING_OK);
}

/* What another thread sees and is answered while this one holds an rlock. */
typedef struct stranger {
    worker thread;
    threading_rlock rlock;
    threading_status released;
    size_t own_depth, depth;
    uint64_t owner;
} stranger;

static void stranger_run(worker *self) {
    stranger *me = self->context;
    me->depth = 4711;
    me->released = threading_rlock_release(me->rlock);
    me->own_depth = threading_rlock_depth(me->rlock);
    me->owner = threading_rlock_owner(me->rlock, &me->depth);
}

CASE(different_thread_may_not_release) {
    threading_rlock rlock = rlock_new();
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        stranger other = {.rlock = rlock};
        worker_start(&other.thread, whose, stranger_run, &other);
        worker_join(&other.thread);
        CHECK_STATUS(other.released, THREADING_NOT_OWNER);
        check_mine(rlock, 2);
    }
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    check_mine(rlock, 0);
    /* The other way round: here the main thread is the stranger. */
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        holder other;
        holder_start(&other, whose, &reentrant, rlock.bits);
        CHECK_STATUS(threading_rlock_release(rlock), THREADING_NOT_OWNER);
        CHECK(threading_rlock_locked(rlock));
        holder_end(&other);
        CHECK(!threading_rlock_locked(rlock));
    }
}

/* CPython's test__is_owned. */
CASE(depth_is_the_callers_own) {
    threading_rlock rlock = rlock_new();
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        stranger other = {.rlock = rlock};
        worker_start(&other.thread, whose, stranger_run, &other);
        worker_join(&other.thread);
        CHECK_NUMBER(other.own_depth, 0);
        CHECK_NUMBER(threading_rlock_depth(rlock), 2);
    }
}

/* CPython's test_repr_count: the owner and its depth, as another thread sees them. */
CASE(owner_and_its_depth_seen_from_another_thread) {
    threading_rlock rlock = rlock_new();
    for (size_t depth = 1; depth < 4; depth++) {
        CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
        for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
            stranger other = {.rlock = rlock};
            worker_start(&other.thread, whose, stranger_run, &other);
            worker_join(&other.thread);
            CHECK_NUMBER(other.owner, threading_get_ident());
            CHECK_NUMBER(other.depth, depth);
        }
        CHECK_NUMBER(threading_rlock_owner(rlock, NULL), threading_get_ident());
    }
}

typedef struct identified {
    worker thread;
    threading_rlock rlock;
    atomic_ullong ident;
    atomic_bool may_end;
} identified;

static void identified_run(worker *self) {
    identified *me = self->context;
    worker_arrives(self);
    CHECK_STATUS(threading_rlock_acquire(me->rlock), THREADING_OK);
    check_mine(me->rlock, 1);
    atomic_store(&me->ident, threading_get_ident());
    while (!atomic_load(&me->may_end)) {
        case_nap();
    }
    CHECK_STATUS(threading_rlock_release(me->rlock), THREADING_OK);
}

/* A thread that had to wait owns it just as one that came when it was free: its ident, one
 * level. */
CASE(owner_is_whoever_got_it_in_the_end) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        size_t depth = 4711;
        identified other = {.rlock = rlock_new()};
        for (int level = 0; level < 3; level++) {
            CHECK_STATUS(threading_rlock_acquire(other.rlock), THREADING_OK);
        }
        worker_start(&other.thread, whose, identified_run, &other);
        EVENTUALLY(worker_asleep(&other.thread));
        for (int level = 3; level > 0; level--) {
            check_mine(other.rlock, (size_t)level);
            CHECK(atomic_load(&other.ident) == 0);
            CHECK_STATUS(threading_rlock_release(other.rlock), THREADING_OK);
        }
        EVENTUALLY(atomic_load(&other.ident) != 0);
        CHECK_NUMBER(threading_rlock_owner(other.rlock, &depth), atomic_load(&other.ident));
        CHECK_NUMBER(depth, 1);
        CHECK_NUMBER(threading_rlock_depth(other.rlock), 0);
        atomic_store(&other.may_end, true);
        worker_join(&other.thread);
        check_mine(other.rlock, 0);
    }
}

/* ---- an owner that has ended ---- */

static void acquires_twice(worker *self) {
    threading_rlock *rlock = self->context;
    CHECK_STATUS(threading_rlock_acquire(*rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(*rlock), THREADING_OK);
}

CASE(stays_locked_when_its_owner_ends) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        threading_rlock rlock = rlock_new();
        worker other;
        worker_start(&other, whose, acquires_twice, &rlock);
        worker_join(&other);
        CHECK(threading_rlock_locked(rlock));
        CHECK_STATUS(threading_rlock_try_acquire(rlock), THREADING_TIMEOUT);
        CHECK_STATUS(threading_rlock_acquire_timeout(rlock, 0.01), THREADING_TIMEOUT);
        CHECK_STATUS(threading_rlock_release(rlock), THREADING_NOT_OWNER);
        CHECK_NUMBER(threading_rlock_depth(rlock), 0);
        CHECK(threading_rlock_locked(rlock));
    }
}

static void claims_nothing(worker *self) {
    threading_rlock *rlock = self->context;
    CHECK_NUMBER(threading_rlock_depth(*rlock), 0);
    CHECK_STATUS(threading_rlock_release(*rlock), THREADING_NOT_OWNER);
    CHECK_STATUS(threading_rlock_try_acquire(*rlock), THREADING_TIMEOUT);
}

/* The system gives a new thread the ended one's id and stack again; ownership must not come with
 * them. */
CASE(a_new_thread_never_inherits_an_ended_ones_rlock) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        threading_rlock rlock = rlock_new();
        worker other;
        worker_start(&other, whose, acquires_twice, &rlock);
        worker_join(&other);
        for (int i = 0; i < 500; i++) {
            worker_start(&other, i % WORKER_KINDS, claims_nothing, &rlock);
            worker_join(&other);
        }
        CHECK(threading_rlock_locked(rlock));
    }
}

/* ---- rule 5 ---- */

CASE(errors_change_nothing) {
    threading_rlock rlock = rlock_new();
    for (size_t depth = 0; depth < 3; depth++) {
        check_mine(rlock, depth);
        CHECK_STATUS(reentrant.acquire_timeout(rlock.bits, NAN), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(reentrant.acquire_timeout(rlock.bits, 1e100), THREADING_INVALID_ARGUMENT);
        if (depth > 0) {
            CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_BUSY);
        } else {
            CHECK_STATUS(threading_rlock_release(rlock), THREADING_NOT_ACQUIRED);
        }
        check_mine(rlock, depth);
        CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    }
    for (int level = 0; level < 3; level++) {
        CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    }
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
}

/* The heir has the slot of the one that was destroyed. */
CASE(a_stale_handle_leaves_the_heir_of_its_slot_to_its_owner) {
    for (int i = 0; i < 100; i++) {
        threading_rlock stale = rlock_new();
        CHECK_STATUS(threading_rlock_destroy(stale), THREADING_OK);
        threading_rlock heir = rlock_new();
        for (size_t depth = 1; depth <= 3; depth++) {
            CHECK_STATUS(threading_rlock_acquire(heir), THREADING_OK);
            CHECK_STATUS(threading_rlock_release(stale), THREADING_DESTROYED);
            check_mine(heir, depth);
        }
        for (int level = 0; level < 3; level++) {
            CHECK_STATUS(threading_rlock_release(heir), THREADING_OK);
        }
        CHECK_STATUS(threading_rlock_destroy(heir), THREADING_OK);
    }
}
