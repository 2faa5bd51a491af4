/* Locks and rlocks behind one face, so that what both promise is written once: a body takes a
 * lock_kind, and each kind has a case that calls it. Beside it two threads that many bodies need:
 * one that holds a lock, one that waits for it. */
#ifndef LOCK_KIND_H
#define LOCK_KIND_H

#include "worker.h"

typedef struct lock_kind {
    threading_status (*make)(uint64_t *bits);
    threading_status (*acquire)(uint64_t bits);
    threading_status (*try_acquire)(uint64_t bits);
    threading_status (*acquire_timeout)(uint64_t bits, double seconds);
    threading_status (*release)(uint64_t bits);
    bool (*locked)(uint64_t bits);
    threading_status (*destroy)(uint64_t bits);
} lock_kind;

#define LOCK_KIND_(name, type)                                                                     \
    static inline threading_status type##_make_(uint64_t *bits) {                                  \
        threading_##type handle = {*bits};                                                         \
        threading_status status = threading_##type##_new(&handle);                                 \
        *bits = handle.bits;                                                                       \
        return status;                                                                             \
    }                                                                                              \
    static inline threading_##type type##_of_(uint64_t bits) {                                     \
        threading_##type handle = {bits};                                                          \
        return handle;                                                                             \
    }                                                                                              \
    static inline threading_status type##_acquire_(uint64_t bits) {                                \
        return threading_##type##_acquire(type##_of_(bits));                                       \
    }                                                                                              \
    static inline threading_status type##_try_acquire_(uint64_t bits) {                            \
        return threading_##type##_try_acquire(type##_of_(bits));                                   \
    }                                                                                              \
    static inline threading_status type##_acquire_timeout_(uint64_t bits, double seconds) {        \
        return threading_##type##_acquire_timeout(type##_of_(bits), seconds);                      \
    }                                                                                              \
    static inline threading_status type##_release_(uint64_t bits) {                                \
        return threading_##type##_release(type##_of_(bits));                                       \
    }                                                                                              \
    static inline bool type##_locked_(uint64_t bits) {                                             \
        return threading_##type##_locked(type##_of_(bits));                                        \
    }                                                                                              \
    static inline threading_status type##_destroy_(uint64_t bits) {                                \
        return threading_##type##_destroy(type##_of_(bits));                                       \
    }                                                                                              \
    static const lock_kind name = {                                                                \
        type##_make_,    type##_acquire_, type##_try_acquire_, type##_acquire_timeout_,            \
        type##_release_, type##_locked_,  type##_destroy_}

LOCK_KIND_(primitive, lock);
LOCK_KIND_(reentrant, rlock);

static inline uint64_t lock_new(const lock_kind *kind) {
    uint64_t bits = 0;
    CHECK_STATUS(kind->make(&bits), THREADING_OK);
    CHECK(bits != 0);
    return bits;
}

/* A thread that holds a lock until it is told to let go. */
typedef struct holder {
    worker thread;
    const lock_kind *kind;
    uint64_t bits;
    atomic_bool holds, may_let_go;
} holder;

static inline void holder_run_(worker *self) {
    holder *me = self->context;
    CHECK_STATUS(me->kind->acquire(me->bits), THREADING_OK);
    atomic_store(&me->holds, true);
    while (!atomic_load(&me->may_let_go)) {
        case_nap();
    }
    CHECK_STATUS(me->kind->release(me->bits), THREADING_OK);
}

static inline void holder_start(holder *self, worker_kind whose, const lock_kind *kind,
                                uint64_t bits) {
    self->kind = kind;
    self->bits = bits;
    atomic_init(&self->holds, false);
    atomic_init(&self->may_let_go, false);
    worker_start(&self->thread, whose, holder_run_, self);
    EVENTUALLY(atomic_load(&self->holds));
}

static inline void holder_lets_go(holder *self) { atomic_store(&self->may_let_go, true); }

static inline void holder_end(holder *self) {
    holder_lets_go(self);
    worker_join(&self->thread);
}

/* A thread that waits for a lock, and releases it if it got it. Without a limit it calls
 * acquire. */
typedef struct waiter {
    worker thread;
    const lock_kind *kind;
    uint64_t bits;
    bool limited;
    double seconds;
    atomic_bool returned;
    threading_status status; /* to be read after `returned` */
} waiter;

static inline void waiter_run_(worker *self) {
    waiter *me = self->context;
    worker_arrives(self);
    me->status = me->limited ? me->kind->acquire_timeout(me->bits, me->seconds)
                             : me->kind->acquire(me->bits);
    atomic_store(&me->returned, true);
    if (me->status == THREADING_OK) {
        CHECK_STATUS(me->kind->release(me->bits), THREADING_OK);
    }
}

static inline void waiter_start_(waiter *self, worker_kind whose, const lock_kind *kind,
                                 uint64_t bits) {
    self->kind = kind;
    self->bits = bits;
    atomic_init(&self->returned, false);
    worker_start(&self->thread, whose, waiter_run_, self);
}

static inline void waiter_start(waiter *self, worker_kind whose, const lock_kind *kind,
                                uint64_t bits) {
    self->limited = false;
    waiter_start_(self, whose, kind, bits);
}

static inline void waiter_start_timeout(waiter *self, worker_kind whose, const lock_kind *kind,
                                        uint64_t bits, double seconds) {
    self->limited = true;
    self->seconds = seconds;
    waiter_start_(self, whose, kind, bits);
}

static inline void waiter_end(waiter *self, threading_status expected) {
    worker_join(&self->thread);
    CHECK_STATUS(self->status, expected);
}

#endif
