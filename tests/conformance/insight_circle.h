/* Threads that wait for each other in a circle: for locks, rlocks, ends of threads, rwlocks that
 * they would read or write, and the locks of conditions that were notified. */
#ifndef INSIGHT_CIRCLE_H
#define INSIGHT_CIRCLE_H

#include "gate.h"
#include "insight_tools.h"

#include <sched.h>

enum { LEAST_SIZE = 2, MOST_SIZE = 10 };

/* What a member waits for: the next one holds it, or is to end. A condition's waiter was notified
 * by the next one, which holds its lock; so one member at least waits for something else. */
typedef enum edge {
    BY_LOCK,
    BY_RLOCK,
    BY_JOIN,
    BY_CONDITION,
    BY_LOCKS_CONDITION,
    BY_WRITE,
    BY_READ,
    EDGES
} edge;

typedef struct member {
    worker thread;
    struct circle *in;
    int number;
    edge edge;
    bool limited;  /* it waits for 1,000 seconds at most */
    uint64_t bits; /* of the lock, rlock or rwlock */
    threading_condition condition;
    bool attends; /* it waits on the condition; guarded by its lock */
    uint64_t ident;
} member;

typedef struct circle {
    int size;
    member members[MOST_SIZE];
    gate start;
    atomic_int broken; /* the member whose lock was released for it; -1: none */
} circle;

static inline member *member_after(member *self) {
    return &self->in->members[(self->number + 1) % self->in->size];
}
static inline member *member_before(member *self) {
    return &self->in->members[(self->number + self->in->size - 1) % self->in->size];
}

static inline bool is_by_lock(edge by) { return by == BY_LOCK || by == BY_LOCKS_CONDITION; }
static inline bool is_by_condition(edge by) {
    return by == BY_CONDITION || by == BY_LOCKS_CONDITION;
}

static inline bool is_by_rwlock(edge by) { return by == BY_WRITE || by == BY_READ; }

static inline void member_make_(member *self, edge by) {
    self->edge = by;
    if (is_by_rwlock(by)) {
        threading_rwlock rwlock;
        CHECK_STATUS(threading_rwlock_new(&rwlock), THREADING_OK);
        self->bits = rwlock.bits;
    } else if (is_by_lock(by)) {
        threading_lock lock;
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        self->bits = lock.bits;
        CHECK_STATUS(by == BY_LOCK ? THREADING_OK
                                   : threading_condition_new_with_lock(lock, &self->condition),
                     THREADING_OK);
    } else if (by != BY_JOIN) {
        threading_rlock rlock;
        CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
        self->bits = rlock.bits;
        CHECK_STATUS(by == BY_RLOCK ? THREADING_OK
                                    : threading_condition_new_with_rlock(rlock, &self->condition),
                     THREADING_OK);
    }
}

static inline void member_take_(const member *of) {
    threading_lock lock = {of->bits};
    threading_rlock rlock = {of->bits};
    threading_rwlock rwlock = {of->bits};
    CHECK_STATUS(of->edge == BY_LOCK      ? threading_lock_acquire(lock)
                 : of->edge == BY_RLOCK   ? threading_rlock_acquire(rlock)
                 : is_by_rwlock(of->edge) ? threading_rwlock_acquire_write(rwlock)
                                          : THREADING_OK,
                 THREADING_OK);
}

/* `waited`: it has waited for it, and has not had it from the beginning. */
static inline void member_give_(const member *of, bool waited) {
    threading_lock lock = {of->bits};
    threading_rlock rlock = {of->bits};
    threading_rwlock rwlock = {of->bits};
    bool is_read = of->edge == BY_READ && waited;
    CHECK_STATUS(of->edge == BY_JOIN         ? THREADING_OK
                 : is_read                   ? threading_rwlock_release_read(rwlock)
                 : is_by_rwlock(of->edge)    ? threading_rwlock_release_write(rwlock)
                 : is_by_condition(of->edge) ? threading_condition_release(of->condition)
                 : of->edge == BY_LOCK       ? threading_lock_release(lock)
                                             : threading_rlock_release(rlock),
                 THREADING_OK);
}

/* Notifies the member before, and keeps the condition's lock. */
static inline void member_notifies_(member *before) {
    CHECK_STATUS(threading_condition_acquire(before->condition), THREADING_OK);
    while (!before->attends) {
        CHECK_STATUS(threading_condition_release(before->condition), THREADING_OK);
        sched_yield();
        CHECK_STATUS(threading_condition_acquire(before->condition), THREADING_OK);
    }
    CHECK_STATUS(threading_condition_notify(before->condition, 1), THREADING_OK);
}

static inline threading_status member_waits_(member *self) {
    double limit = self->limited ? 1000 : INFINITY;
    threading_lock lock = {self->bits};
    threading_rlock rlock = {self->bits};
    threading_rwlock rwlock = {self->bits};
    if (is_by_condition(self->edge)) {
        CHECK_STATUS(threading_condition_acquire(self->condition), THREADING_OK);
        self->attends = true;
    }
    worker_arrives(&self->thread);
    switch (self->edge) {
    case BY_LOCK:
        return threading_lock_acquire_timeout(lock, limit);
    case BY_RLOCK:
        return threading_rlock_acquire_timeout(rlock, limit);
    case BY_WRITE:
        return threading_rwlock_acquire_write_timeout(rwlock, limit);
    case BY_READ:
        return threading_rwlock_acquire_read_timeout(rwlock, limit);
    case BY_JOIN:
        return threading_thread_join_timeout(member_after(self)->thread.ours, limit);
    default:
        return threading_condition_wait_timeout(self->condition, limit);
    }
}

static inline void member_runs_(worker *thread) {
    member *self = thread->context, *before = member_before(self);
    self->ident = threading_get_ident();
    member_take_(before);
    gate_pass(&self->in->start);
    if (is_by_condition(before->edge)) {
        member_notifies_(before);
    }
    CHECK_STATUS(member_waits_(self), THREADING_OK);
    member_give_(self, true);
    if (before->number != atomic_load(&self->in->broken)) {
        member_give_(before, false);
    }
}

/* Each member is of either kind of thread, but one that is joined. */
static inline void circle_start(circle *self, int size, const edge *edges) {
    static const gate closed = GATE_CLOSED;
    self->size = size;
    self->start = closed;
    atomic_init(&self->broken, -1);
    for (int i = 0; i < size; i++) {
        self->members[i] = (member){.in = self, .number = i, .limited = self->members[i].limited};
        member_make_(&self->members[i], edges[i]);
    }
    for (int i = 0; i < size; i++) {
        member *one = &self->members[i];
        bool joined = member_before(one)->edge == BY_JOIN;
        worker_start(&one->thread, joined ? OURS : (worker_kind)(i % WORKER_KINDS), member_runs_,
                     one);
    }
    gate_await(&self->start, size);
    gate_open(&self->start);
}

/* Returns when the last has gone to sleep. */
static inline void circle_await(circle *self) {
    for (int i = 0; i < self->size; i++) {
        EVENTUALLY(worker_asleep(&self->members[i].thread));
    }
}

static inline void circle_plant(circle *self, int size, const edge *edges) {
    circle_start(self, size, edges);
    circle_await(self);
}

/* The first member that waits for a plain lock, which any thread may release; -1: nobody does. */
static inline int circle_breakable(const circle *self) {
    for (int i = 0; i < self->size; i++) {
        if (is_by_lock(self->members[i].edge)) {
            return i;
        }
    }
    return -1;
}

static inline threading_certainty circle_certainty(const circle *self) {
    return circle_breakable(self) < 0 ? THREADING_CERTAINTY_CERTAIN : THREADING_CERTAINTY_PROBABLE;
}

static inline void circle_break(circle *self) {
    int number = circle_breakable(self);
    atomic_store(&self->broken, number);
    CHECK_STATUS(threading_lock_release((threading_lock){self->members[number].bits}),
                 THREADING_OK);
}

static inline void circle_end(circle *self) {
    for (int i = 0; i < self->size; i++) {
        worker_join(&self->members[i].thread);
    }
    for (int i = 0; i < self->size; i++) {
        member *one = &self->members[i];
        threading_lock lock = {one->bits};
        threading_rlock rlock = {one->bits};
        threading_rwlock rwlock = {one->bits};
        CHECK_STATUS(threading_condition_destroy(one->condition), THREADING_OK);
        CHECK_STATUS(one->edge == BY_JOIN      ? THREADING_OK
                     : is_by_rwlock(one->edge) ? threading_rwlock_destroy(rwlock)
                     : is_by_lock(one->edge)   ? threading_lock_destroy(lock)
                                               : threading_rlock_destroy(rlock),
                     THREADING_OK);
    }
}

/* Whether the wait is that of this member. */
static inline void check_member(member *self, const threading_wait *wait) {
    uint64_t object = self->edge == BY_JOIN ? member_after(self)->thread.ours.bits : self->bits;
    CHECK(wait->ident == self->ident);
    CHECK(wait->holder == member_after(self)->ident);
    CHECK_NUMBER(wait->native_id, atomic_load(&self->thread.native_id));
    CHECK(wait->object == object);
    CHECK_NUMBER(wait->kind, self->edge == BY_JOIN      ? THREADING_KIND_THREAD
                             : is_by_lock(self->edge)   ? THREADING_KIND_LOCK
                             : is_by_rwlock(self->edge) ? THREADING_KIND_RWLOCK
                                                        : THREADING_KIND_RLOCK);
    CHECK(self->thread.kind == OURS ? THREADING_SAME(wait->thread, self->thread.ours)
                                    : THREADING_IS_NULL(wait->thread));
    CHECK(isinf(wait->remaining) && wait->seconds >= 0);
}

/* Whether what was found is this circle, in the order in which they wait. */
static inline void check_circle(circle *self, const threading_wait *found, size_t count) {
    int start = 0;
    CHECK_NUMBER(count, self->size);
    while (start < self->size && self->members[start].ident != found[0].ident) {
        start++;
    }
    CHECK(start < self->size);
    for (int i = 0; i < self->size; i++) {
        check_member(&self->members[(start + i) % self->size], &found[i]);
    }
}

/* Looks once. */
static inline void check_found(circle *self) {
    threading_wait found[MOST_SIZE + 1];
    threading_certainty certainty = THREADING_CERTAINTY_NONE;
    size_t count = threading_find_deadlock(found, MOST_SIZE + 1, &certainty);
    check_circle(self, found, count);
    CHECK_NUMBER(certainty, circle_certainty(self));
}

static inline void check_none_found(void) {
    threading_wait found, before;
    threading_certainty certainty = THREADING_CERTAINTY_CERTAIN;
    memset(&found, 0x5a, sizeof found);
    before = found;
    CHECK_NUMBER(threading_find_deadlock(&found, 1, &certainty), 0);
    CHECK_NUMBER(certainty, THREADING_CERTAINTY_NONE);
    CHECK(memcmp(&found, &before, sizeof found) == 0);
}

#endif
