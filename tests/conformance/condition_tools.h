/* Conditions on each kind of lock, and threads that wait on one. */
#ifndef CONDITION_TOOLS_H
#define CONDITION_TOOLS_H

#include "worker.h"

#include <math.h>

/* ---- what is underneath ---- */

typedef enum underneath { OWN_RLOCK, GIVEN_LOCK, GIVEN_RLOCK, UNDERNEATHS } underneath;

typedef struct subject {
    threading_condition condition;
    underneath kind;
    threading_lock lock;
    threading_rlock rlock;
} subject;

static inline void subject_make(subject *self, underneath kind) {
    memset(self, 0, sizeof *self);
    self->kind = kind;
    if (kind == GIVEN_LOCK) {
        CHECK_STATUS(threading_lock_new(&self->lock), THREADING_OK);
        CHECK_STATUS(threading_condition_new_with_lock(self->lock, &self->condition), THREADING_OK);
    } else if (kind == GIVEN_RLOCK) {
        CHECK_STATUS(threading_rlock_new(&self->rlock), THREADING_OK);
        CHECK_STATUS(threading_condition_new_with_rlock(self->rlock, &self->condition),
                     THREADING_OK);
    } else {
        CHECK_STATUS(threading_condition_new(&self->condition), THREADING_OK);
    }
}

static inline void subject_end(subject *self) {
    CHECK(!threading_condition_locked(self->condition));
    CHECK_STATUS(threading_condition_destroy(self->condition), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(self->lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(self->rlock), THREADING_OK);
}

/* How often the caller holds the lock; it has to hold it. Only a given rlock can be asked; the
 * others are counted by releasing. */
static inline size_t subject_depth(const subject *self) {
    if (self->kind == GIVEN_RLOCK) {
        return threading_rlock_depth(self->rlock);
    }
    size_t depth = 0;
    for (threading_status status;
         (status = threading_condition_release(self->condition)) == THREADING_OK;) {
        depth++;
    }
    for (size_t i = 0; i < depth; i++) {
        CHECK_STATUS(threading_condition_acquire(self->condition), THREADING_OK);
    }
    return depth;
}

/* ---- who waits ---- */

enum { MOST_WAITING = 64 };

/* Guarded by the condition's lock. Whoever sees `begun` with the lock held knows that so many are
 * waiting, or have: a wait gives the lock up only when a notify cannot miss it any more. */
typedef struct meeting {
    threading_condition condition;
    int begun;
    int returned;
    int order[MOST_WAITING]; /* the numbers of those who returned */
    bool inside;             /* somebody has returned and has not released yet */
} meeting;

typedef struct attendee {
    worker thread;
    meeting *at;
    int number;
    bool limited;
    double seconds;
    threading_status status;
} attendee;

static inline void attendee_run_(worker *self) {
    attendee *me = self->context;
    meeting *at = me->at;
    CHECK_STATUS(threading_condition_acquire(at->condition), THREADING_OK);
    at->begun++;
    worker_arrives(self);
    me->status = me->limited ? threading_condition_wait_timeout(at->condition, me->seconds)
                             : threading_condition_wait(at->condition);
    CHECK(!at->inside);
    at->inside = true;
    at->order[at->returned++] = me->number;
    at->inside = false;
    CHECK_STATUS(threading_condition_release(at->condition), THREADING_OK);
}

static inline int meeting_read_(meeting *at, const int *member) {
    CHECK_STATUS(threading_condition_acquire(at->condition), THREADING_OK);
    int value = *member;
    CHECK_STATUS(threading_condition_release(at->condition), THREADING_OK);
    return value;
}

static inline int meeting_begun(meeting *at) { return meeting_read_(at, &at->begun); }
static inline int meeting_returned(meeting *at) { return meeting_read_(at, &at->returned); }

/* Returns when it waits. Negative seconds: a wait without a limit. */
static inline void attendee_start(attendee *self, meeting *at, int number, double seconds) {
    int before = meeting_begun(at);
    self->at = at;
    self->number = number;
    self->limited = seconds >= 0;
    self->seconds = seconds;
    self->status = THREADING_INTERRUPTED;
    worker_start(&self->thread, number % WORKER_KINDS, attendee_run_, self);
    EVENTUALLY(meeting_begun(at) == before + 1);
}

static inline void attendees_start(attendee *all, meeting *at, int count) {
    for (int i = 0; i < count; i++) {
        attendee_start(&all[i], at, i, i % 3 == 0 ? -1 : i % 3 == 1 ? INFINITY : CASE_SECONDS);
    }
}

static inline void attendee_end(attendee *self, threading_status expected) {
    worker_join(&self->thread);
    CHECK_STATUS(self->status, expected);
}

static inline void attendees_end(attendee *all, int count) {
    for (int i = 0; i < count; i++) {
        attendee_end(&all[i], THREADING_OK);
    }
}

static inline void meeting_notify(meeting *at, size_t n) {
    CHECK_STATUS(threading_condition_acquire(at->condition), THREADING_OK);
    CHECK_STATUS(threading_condition_notify(at->condition, n), THREADING_OK);
    CHECK_STATUS(threading_condition_release(at->condition), THREADING_OK);
}

static inline void meeting_notify_all(meeting *at) {
    CHECK_STATUS(threading_condition_acquire(at->condition), THREADING_OK);
    CHECK_STATUS(threading_condition_notify_all(at->condition), THREADING_OK);
    CHECK_STATUS(threading_condition_release(at->condition), THREADING_OK);
}

#endif
