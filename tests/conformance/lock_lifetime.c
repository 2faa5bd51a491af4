/* Handles of locks and rlocks, and what destroying does: rules 2 and 7 of the contract. Both kinds
 * make the same promises, so each body is written once. */
#include "lock_kind.h"

#include <sched.h>

/* Every call that acts on that handle says so, and every query answers as if there were nothing. */
static void check_dead(const lock_kind *kind, uint64_t bits, threading_status expected) {
    CHECK_STATUS(kind->acquire(bits), expected);
    CHECK_STATUS(kind->try_acquire(bits), expected);
    CHECK_STATUS(kind->acquire_timeout(bits, 0), expected);
    CHECK_STATUS(kind->acquire_timeout(bits, 1000), expected);
    CHECK_STATUS(kind->release(bits), expected);
    CHECK(!kind->locked(bits));
    CHECK_STATUS(kind->destroy(bits), bits == 0 ? THREADING_OK : expected);
    if (kind == &reentrant) {
        threading_rlock rlock = {bits};
        CHECK_NUMBER(threading_rlock_depth(rlock), 0);
        CHECK_NUMBER(threading_rlock_owner(rlock, NULL), 0);
    }
}

/* ---- handles ---- */

static void null_handle(const lock_kind *kind) { check_dead(kind, 0, THREADING_INVALID_HANDLE); }
CASE(lock_null_handle) { null_handle(&primitive); }
CASE(rlock_null_handle) { null_handle(&reentrant); }

CASE(lock_new_needs_a_place_for_the_handle) {
    CHECK_STATUS(threading_lock_new(NULL), THREADING_INVALID_ARGUMENT);
}
CASE(rlock_new_needs_a_place_for_the_handle) {
    CHECK_STATUS(threading_rlock_new(NULL), THREADING_INVALID_ARGUMENT);
}

CASE(handle_of_another_kind) {
    uint64_t lock = lock_new(&primitive), rlock = lock_new(&reentrant);
    uint64_t thread = threading_main_thread().bits;
    CHECK(thread != 0);
    check_dead(&primitive, rlock, THREADING_INVALID_HANDLE);
    check_dead(&primitive, thread, THREADING_INVALID_HANDLE);
    check_dead(&reentrant, lock, THREADING_INVALID_HANDLE);
    check_dead(&reentrant, thread, THREADING_INVALID_HANDLE);
    CHECK_STATUS(primitive.destroy(lock), THREADING_OK);
    CHECK_STATUS(reentrant.destroy(rlock), THREADING_OK);
}

/* One lock was ever made in this process, so whatever differs from its handle was never valid. */
static void no_bit_of_a_handle_may_differ(const lock_kind *kind) {
    uint64_t bits = lock_new(kind);
    for (int held = 0; held < 2; held++) {
        if (held) {
            CHECK_STATUS(kind->acquire(bits), THREADING_OK);
        }
        for (int bit = 0; bit < 64; bit++) {
            check_dead(kind, bits ^ (UINT64_C(1) << bit), THREADING_INVALID_HANDLE);
            CHECK(kind->locked(bits) == held);
        }
    }
    CHECK_STATUS(kind->release(bits), THREADING_OK);
}
CASE(lock_handle_with_one_bit_changed) { no_bit_of_a_handle_may_differ(&primitive); }
CASE(rlock_handle_with_one_bit_changed) { no_bit_of_a_handle_may_differ(&reentrant); }

/* Nothing was ever made, so no number is a handle. */
static void made_up_handles(const lock_kind *kind) {
    uint64_t random = 88172645463325252;
    for (uint64_t small = 0; small < 100000; small++) {
        check_dead(kind, small, THREADING_INVALID_HANDLE);
        check_dead(kind, ~small, THREADING_INVALID_HANDLE);
        check_dead(kind, small << 32, THREADING_INVALID_HANDLE);
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        check_dead(kind, random, THREADING_INVALID_HANDLE);
    }
}
CASE(lock_made_up_handles) { made_up_handles(&primitive); }
CASE(rlock_made_up_handles) { made_up_handles(&reentrant); }

CASE(copies_of_a_handle_are_the_same_lock) {
    threading_lock lock = THREADING_NULL, other = THREADING_NULL;
    CHECK(THREADING_IS_NULL(lock));
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&other), THREADING_OK);
    threading_lock copy = lock;
    CHECK(!THREADING_IS_NULL(lock));
    CHECK(THREADING_SAME(lock, copy));
    CHECK(!THREADING_SAME(lock, other));
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK(threading_lock_locked(copy));
    CHECK(!threading_lock_locked(other));
    CHECK_STATUS(threading_lock_release(copy), THREADING_OK);
    CHECK(!threading_lock_locked(lock));
    CHECK_STATUS(threading_lock_destroy(copy), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_DESTROYED);
}

/* ---- destroy ---- */

static void destroyed(const lock_kind *kind) {
    uint64_t bits = lock_new(kind);
    CHECK_STATUS(kind->destroy(bits), THREADING_OK);
    check_dead(kind, bits, THREADING_DESTROYED);
}
CASE(lock_is_destroyed_for_good) { destroyed(&primitive); }
CASE(rlock_is_destroyed_for_good) { destroyed(&reentrant); }

/* CPython's test_acquire_destroy ends otherwise: there the lock goes. */
static void acquire_destroy(const lock_kind *kind) {
    uint64_t bits = lock_new(kind);
    CHECK_STATUS(kind->acquire(bits), THREADING_OK);
    CHECK_STATUS(kind->destroy(bits), THREADING_BUSY);
    CHECK(kind->locked(bits));
    CHECK_STATUS(kind->release(bits), THREADING_OK);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        holder other;
        holder_start(&other, whose, kind, bits);
        CHECK_STATUS(kind->destroy(bits), THREADING_BUSY);
        CHECK(kind->locked(bits));
        holder_end(&other);
    }
    CHECK_STATUS(kind->destroy(bits), THREADING_OK);
}
CASE(lock_acquire_destroy_is_busy) { acquire_destroy(&primitive); }
CASE(rlock_acquire_destroy_is_busy) { acquire_destroy(&reentrant); }

/* A thread that ends while it holds the lock. */
static void ends_as_holder(worker *self) {
    waiter *me = self->context;
    CHECK_STATUS(me->kind->acquire(me->bits), THREADING_OK);
}

static void hold_and_end(const lock_kind *kind, uint64_t bits, worker_kind whose) {
    waiter other = {.kind = kind, .bits = bits};
    worker_start(&other.thread, whose, ends_as_holder, &other);
    worker_join(&other.thread);
    CHECK(kind->locked(bits));
}

static void destroy_after_the_holder_ended(const lock_kind *kind) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        uint64_t bits = lock_new(kind);
        hold_and_end(kind, bits, whose);
        CHECK_STATUS(kind->destroy(bits), THREADING_OK);
        check_dead(kind, bits, THREADING_DESTROYED);
    }
}
CASE(lock_destroy_after_its_holder_ended) { destroy_after_the_holder_ended(&primitive); }
CASE(rlock_destroy_after_its_holder_ended) { destroy_after_the_holder_ended(&reentrant); }

/* The holder has ended, so nothing but the thread that waits can be what makes it BUSY. The waiter
 * is a foreign thread: it does not keep the process from ending, since nobody can ever release that
 * rlock. */
static void destroy_while_waited_on(const lock_kind *kind) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        static waiter waiting[WORKER_KINDS];
        uint64_t bits = lock_new(kind);
        hold_and_end(kind, bits, whose);
        waiter_start(&waiting[whose], FOREIGN, kind, bits);
        EVENTUALLY(worker_asleep(&waiting[whose].thread));
        CHECK_STATUS(kind->destroy(bits), THREADING_BUSY);
        CHECK_STATUS(kind->destroy(bits), THREADING_BUSY);
        CHECK(kind->locked(bits));
        CHECK(!atomic_load(&waiting[whose].returned));
        if (kind == &primitive) {
            CHECK_STATUS(kind->release(bits), THREADING_OK);
            waiter_end(&waiting[whose], THREADING_OK);
            CHECK_STATUS(kind->destroy(bits), THREADING_OK);
        }
    }
}
CASE(lock_destroy_while_waited_on_is_busy) { destroy_while_waited_on(&primitive); }
CASE(rlock_destroy_while_waited_on_is_busy) { destroy_while_waited_on(&reentrant); }

/* Who gave up waiting waits no longer. */
static void destroy_after_the_waiter_gave_up(const lock_kind *kind) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        uint64_t bits = lock_new(kind);
        waiter waiting;
        hold_and_end(kind, bits, FOREIGN);
        waiter_start_timeout(&waiting, whose, kind, bits, 0.02);
        waiter_end(&waiting, THREADING_TIMEOUT);
        CHECK_STATUS(kind->destroy(bits), THREADING_OK);
    }
}
CASE(lock_destroy_after_the_waiter_gave_up) { destroy_after_the_waiter_gave_up(&primitive); }
CASE(rlock_destroy_after_the_waiter_gave_up) { destroy_after_the_waiter_gave_up(&reentrant); }

/* Threads that use whatever lock stands in `current`, while the main thread destroys one after the
 * other under them. */
typedef struct quarry {
    const lock_kind *kind;
    _Atomic uint64_t current;
    atomic_ulong uses;
    atomic_bool over;
    volatile unsigned long counter; /* guarded by the current lock */
} quarry;

static void uses_current(worker *self) {
    quarry *us = self->context;
    for (unsigned long i = 0; !atomic_load(&us->over); i++) {
        uint64_t bits = atomic_load(&us->current);
        threading_status status = i % 3 == 0   ? us->kind->acquire(bits)
                                  : i % 3 == 1 ? us->kind->acquire_timeout(bits, 0.001)
                                               : us->kind->try_acquire(bits);
        if (status == THREADING_OK) {
            us->counter = us->counter + 1;
            CHECK_STATUS(us->kind->release(bits), THREADING_OK);
            atomic_fetch_add(&us->uses, 1);
        } else if (status != THREADING_TIMEOUT) {
            CHECK_STATUS(status, THREADING_DESTROYED);
            sched_yield();
        }
    }
}

static void destroy_under_its_users(const lock_kind *kind) {
    enum { USERS = 3, ROUNDS = 300 };
    static quarry us;
    worker users[USERS];
    us.kind = kind;
    atomic_store(&us.current, lock_new(kind));
    for (int i = 0; i < USERS; i++) {
        worker_start(&users[i], i % WORKER_KINDS, uses_current, &us);
    }
    for (int round = 0; round < ROUNDS; round++) {
        unsigned long before = atomic_load(&us.uses);
        while (atomic_load(&us.uses) == before) {
            sched_yield();
        }
        uint64_t old = atomic_load(&us.current);
        threading_status status;
        while ((status = kind->destroy(old)) != THREADING_OK) {
            CHECK_STATUS(status, THREADING_BUSY);
            sched_yield();
        }
        check_dead(kind, old, THREADING_DESTROYED);
        atomic_store(&us.current, lock_new(kind));
    }
    atomic_store(&us.over, true);
    for (int i = 0; i < USERS; i++) {
        worker_join(&users[i]);
    }
    CHECK_NUMBER(us.counter, atomic_load(&us.uses));
    CHECK_STATUS(kind->destroy(atomic_load(&us.current)), THREADING_OK);
}
CASE(lock_destroyed_under_its_users_ends_their_calls) { destroy_under_its_users(&primitive); }
CASE(rlock_destroyed_under_its_users_ends_their_calls) { destroy_under_its_users(&reentrant); }
