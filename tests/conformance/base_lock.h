/* What locks and rlocks both promise about acquiring and releasing; lock.c and rlock.c make the
 * cases. */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "lock_kind.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>

static inline void base_new(const lock_kind *kind) {
    uint64_t bits = lock_new(kind);
    CHECK(!kind->locked(bits));
    CHECK_STATUS(kind->destroy(bits), THREADING_OK);
}

static inline void base_acquire_release(const lock_kind *kind) {
    uint64_t bits = lock_new(kind);
    for (int round = 0; round < 2; round++) {
        CHECK_STATUS(kind->acquire(bits), THREADING_OK);
        CHECK(kind->locked(bits));
        CHECK_STATUS(kind->release(bits), THREADING_OK);
        CHECK(!kind->locked(bits));
    }
    CHECK_STATUS(kind->destroy(bits), THREADING_OK);
}

static inline void base_try_acquire(const lock_kind *kind) {
    uint64_t bits = lock_new(kind);
    CHECK_STATUS(kind->try_acquire(bits), THREADING_OK);
    CHECK(kind->locked(bits));
    CHECK_STATUS(kind->release(bits), THREADING_OK);
    CHECK(!kind->locked(bits));
}

static inline void try_acquire_contended_(worker *self) {
    waiter *me = self->context;
    me->status = me->kind->try_acquire(me->bits);
}

static inline void base_try_acquire_contended(const lock_kind *kind) {
    uint64_t bits = lock_new(kind);
    CHECK_STATUS(kind->acquire(bits), THREADING_OK);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        waiter other = {.kind = kind, .bits = bits};
        worker_start(&other.thread, whose, try_acquire_contended_, &other);
        waiter_end(&other, THREADING_TIMEOUT);
    }
    CHECK(kind->locked(bits));
    CHECK_STATUS(kind->release(bits), THREADING_OK);
    CHECK(!kind->locked(bits));
}

static inline void base_acquire_contended(const lock_kind *kind) {
    enum { WAITERS = 5 };
    uint64_t bits = lock_new(kind);
    waiter waiters[WAITERS];
    CHECK_STATUS(kind->acquire(bits), THREADING_OK);
    for (int i = 0; i < WAITERS; i++) {
        waiter_start(&waiters[i], i % WORKER_KINDS, kind, bits);
    }
    for (int i = 0; i < WAITERS; i++) {
        EVENTUALLY(worker_asleep(&waiters[i].thread));
        CHECK(!atomic_load(&waiters[i].returned));
    }
    CHECK_STATUS(kind->release(bits), THREADING_OK);
    for (int i = 0; i < WAITERS; i++) {
        waiter_end(&waiters[i], THREADING_OK);
    }
    CHECK(!kind->locked(bits));
    CHECK_STATUS(kind->destroy(bits), THREADING_OK);
}

/* A thread that asks whether a lock is held. */
typedef struct asker {
    worker thread;
    const lock_kind *kind;
    uint64_t bits;
    bool locked;
} asker;

static inline void asker_run_(worker *self) {
    asker *me = self->context;
    me->locked = me->kind->locked(me->bits);
}

static inline bool locked_in_another_thread(const lock_kind *kind, uint64_t bits,
                                            worker_kind whose) {
    asker other = {.kind = kind, .bits = bits};
    worker_start(&other.thread, whose, asker_run_, &other);
    worker_join(&other.thread);
    return other.locked;
}

static inline void base_locked_seen_from_another_thread(const lock_kind *kind) {
    uint64_t bits = lock_new(kind);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        CHECK(!locked_in_another_thread(kind, bits, whose));
        CHECK_STATUS(kind->acquire(bits), THREADING_OK);
        CHECK(locked_in_another_thread(kind, bits, whose));
        CHECK_STATUS(kind->release(bits), THREADING_OK);
        CHECK(!locked_in_another_thread(kind, bits, whose));
    }
}

/* Using locks makes no record of a foreign thread: that is for current_thread to do. */
static inline void base_thread_leak(const lock_kind *kind) {
    enum { THREADS = 15 };
    uint64_t bits = lock_new(kind);
    size_t before = threading_active_count();
    CHECK(before >= 1);
    holder first;
    waiter others[THREADS];
    holder_start(&first, FOREIGN, kind, bits);
    CHECK_NUMBER(threading_active_count(), before);
    for (int i = 0; i < THREADS; i++) {
        waiter_start(&others[i], FOREIGN, kind, bits);
    }
    for (int i = 0; i < THREADS; i++) {
        EVENTUALLY(worker_asleep(&others[i].thread));
    }
    CHECK_NUMBER(threading_active_count(), before);
    holder_end(&first);
    for (int i = 0; i < THREADS; i++) {
        waiter_end(&others[i], THREADING_OK);
    }
    CHECK_NUMBER(threading_active_count(), before);
}

static inline void base_state_after_timeout(const lock_kind *kind) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        uint64_t bits = lock_new(kind);
        holder other;
        holder_start(&other, whose, kind, bits);
        CHECK_STATUS(kind->acquire_timeout(bits, 0.01), THREADING_TIMEOUT);
        CHECK(kind->locked(bits));
        holder_end(&other);
        CHECK(!kind->locked(bits));
        CHECK_STATUS(kind->try_acquire(bits), THREADING_OK);
        CHECK_STATUS(kind->release(bits), THREADING_OK);
        CHECK_STATUS(kind->destroy(bits), THREADING_OK);
    }
}

/* ---- many threads ---- */

enum { CROWD = 8, CROWD_INCREMENTS = 1000000 };

typedef struct crowd {
    const lock_kind *kind;
    uint64_t bits;
    volatile long counter; /* guarded by the lock and by nothing else */
    atomic_bool hog_runs;
    atomic_int served;
} crowd;

static inline void increments_(worker *self) {
    crowd *us = self->context;
    for (int i = 0; i < CROWD_INCREMENTS / CROWD; i++) {
        CHECK_STATUS(us->kind->acquire(us->bits), THREADING_OK);
        us->counter = us->counter + 1;
        CHECK_STATUS(us->kind->release(us->bits), THREADING_OK);
    }
}

static inline void base_mutual_exclusion(const lock_kind *kind) {
    crowd us = {.kind = kind, .bits = lock_new(kind)};
    worker threads[CROWD];
    for (int i = 0; i < CROWD; i++) {
        worker_start(&threads[i], i % WORKER_KINDS, increments_, &us);
    }
    for (int i = 0; i < CROWD; i++) {
        worker_join(&threads[i]);
    }
    CHECK_NUMBER(us.counter, CROWD_INCREMENTS);
    CHECK(!kind->locked(us.bits));
    CHECK_STATUS(kind->destroy(us.bits), THREADING_OK);
}

/* The same, when every way to acquire is used: each must give back what it took, and take only what
 * is free. */
static inline void increments_in_every_way_(worker *self) {
    crowd *us = self->context;
    for (int i = 0; i < CROWD_INCREMENTS / CROWD / 10;) {
        threading_status status = i % 3 == 0   ? us->kind->try_acquire(us->bits)
                                  : i % 3 == 1 ? us->kind->acquire_timeout(us->bits, 0.00002)
                                               : us->kind->acquire(us->bits);
        if (status == THREADING_OK) {
            us->counter = us->counter + 1;
            CHECK_STATUS(us->kind->release(us->bits), THREADING_OK);
            i++;
        } else {
            CHECK_STATUS(status, THREADING_TIMEOUT);
            sched_yield();
        }
    }
}

static inline void base_mutual_exclusion_in_every_way(const lock_kind *kind) {
    crowd us = {.kind = kind, .bits = lock_new(kind)};
    worker threads[CROWD];
    for (int i = 0; i < CROWD; i++) {
        worker_start(&threads[i], i % WORKER_KINDS, increments_in_every_way_, &us);
    }
    for (int i = 0; i < CROWD; i++) {
        worker_join(&threads[i]);
    }
    CHECK_NUMBER(us.counter, CROWD_INCREMENTS / 10);
    CHECK(!kind->locked(us.bits));
    CHECK_STATUS(kind->destroy(us.bits), THREADING_OK);
}

static inline void hog_(worker *self) {
    crowd *us = self->context;
    while (atomic_load(&us->served) < CROWD) {
        CHECK_STATUS(us->kind->acquire(us->bits), THREADING_OK);
        atomic_store(&us->hog_runs, true);
        /* So long that its pauses between releasing and acquiring are next to nothing: nobody gets
         * in by luck. */
        for (double start = threading_monotonic(); threading_monotonic() - start < 0.002;) {
            us->counter = us->counter + 1;
        }
        CHECK_STATUS(us->kind->release(us->bits), THREADING_OK);
    }
}

static inline void served_once_(worker *self) {
    crowd *us = self->context;
    CHECK_STATUS(us->kind->acquire(us->bits), THREADING_OK);
    CHECK_STATUS(us->kind->release(us->bits), THREADING_OK);
    atomic_fetch_add(&us->served, 1);
}

/* One thread takes the lock again at once whenever it has released it, and goes on until all the
 * others have had it: if they starve, this never ends. */
static inline void base_nobody_starves(const lock_kind *kind) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        crowd us = {.kind = kind, .bits = lock_new(kind)};
        worker hog, threads[CROWD];
        worker_start(&hog, whose, hog_, &us);
        EVENTUALLY(atomic_load(&us.hog_runs));
        for (int i = 0; i < CROWD; i++) {
            worker_start(&threads[i], i % WORKER_KINDS, served_once_, &us);
        }
        worker_join(&hog);
        for (int i = 0; i < CROWD; i++) {
            worker_join(&threads[i]);
        }
        CHECK_NUMBER(atomic_load(&us.served), CROWD);
        CHECK_STATUS(kind->destroy(us.bits), THREADING_OK);
    }
}

/* ---- errno ---- */

#define WITH_ERRNO_KEPT(call)                                                                      \
    do {                                                                                           \
        errno = 4711;                                                                              \
        call;                                                                                      \
        CHECK_NUMBER(errno, 4711);                                                                 \
    } while (0)

static inline void errno_kept_while_waiting_(worker *self) {
    waiter *me = self->context;
    worker_arrives(self);
    WITH_ERRNO_KEPT(CHECK_STATUS(me->kind->acquire(me->bits), THREADING_OK));
    WITH_ERRNO_KEPT(CHECK_STATUS(me->kind->release(me->bits), THREADING_OK));
}

static inline void base_errno_unchanged(const lock_kind *kind) {
    uint64_t bits = 0;
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->make(&bits), THREADING_OK));
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->release(bits), THREADING_NOT_ACQUIRED));
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->acquire(bits), THREADING_OK));
    WITH_ERRNO_KEPT(CHECK(kind->locked(bits)));
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->destroy(bits), THREADING_BUSY));

    waiter other = {.kind = kind, .bits = bits};
    worker_start(&other.thread, FOREIGN, errno_kept_while_waiting_, &other);
    EVENTUALLY(worker_asleep(&other.thread));
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->release(bits), THREADING_OK));
    worker_join(&other.thread);

    holder third;
    holder_start(&third, FOREIGN, kind, bits);
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->try_acquire(bits), THREADING_TIMEOUT));
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->acquire_timeout(bits, 0), THREADING_TIMEOUT));
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->acquire_timeout(bits, 0.002), THREADING_TIMEOUT));
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->acquire_timeout(bits, NAN), THREADING_INVALID_ARGUMENT));
    holder_end(&third);

    WITH_ERRNO_KEPT(CHECK_STATUS(kind->try_acquire(bits), THREADING_OK));
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->release(bits), THREADING_OK));
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->destroy(bits), THREADING_OK));
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->destroy(bits), THREADING_DESTROYED));
    WITH_ERRNO_KEPT(CHECK(!kind->locked(bits)));
    WITH_ERRNO_KEPT(CHECK_STATUS(kind->acquire(0), THREADING_INVALID_HANDLE));
}

#endif
