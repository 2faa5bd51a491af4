/* What the programs about rwlocks share. */
#ifndef RWLOCK_TOOLS_H
#define RWLOCK_TOOLS_H

#include "caller.h"

#include <math.h>

static inline threading_rwlock rwlock_new(void) {
    threading_rwlock rwlock = THREADING_NULL;
    CHECK_STATUS(threading_rwlock_new(&rwlock), THREADING_OK);
    CHECK(!THREADING_IS_NULL(rwlock));
    return rwlock;
}

static inline void check_state(threading_rwlock rwlock, size_t readers, uint64_t writer) {
    CHECK_NUMBER(threading_rwlock_readers(rwlock), readers);
    CHECK_NUMBER(threading_rwlock_writer(rwlock), writer);
    CHECK(threading_rwlock_write_locked(rwlock) == (writer != 0));
}

/* It is free, and keeps nobody out. */
static inline void check_free(threading_rwlock rwlock) {
    check_state(rwlock, 0, 0);
    CHECK_STATUS(threading_rwlock_try_acquire_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_try_acquire_write(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
}

static inline threading_rwlock rwlock_of(const caller *self) {
    return (threading_rwlock){self->bits};
}

/* Calls that threads make; those that acquire release again. */
static inline threading_status calls_read(caller *self) {
    threading_status status = threading_rwlock_acquire_read(rwlock_of(self));
    return status == THREADING_OK ? threading_rwlock_release_read(rwlock_of(self)) : status;
}
static inline threading_status calls_write(caller *self) {
    threading_status status = threading_rwlock_acquire_write(rwlock_of(self));
    return status == THREADING_OK ? threading_rwlock_release_write(rwlock_of(self)) : status;
}
static inline threading_status calls_read_timeout(caller *self) {
    threading_status status = threading_rwlock_acquire_read_timeout(rwlock_of(self), self->seconds);
    return status == THREADING_OK ? threading_rwlock_release_read(rwlock_of(self)) : status;
}
static inline threading_status calls_write_timeout(caller *self) {
    threading_status status =
        threading_rwlock_acquire_write_timeout(rwlock_of(self), self->seconds);
    return status == THREADING_OK ? threading_rwlock_release_write(rwlock_of(self)) : status;
}
static inline threading_status calls_try_read(caller *self) {
    threading_status status = threading_rwlock_try_acquire_read(rwlock_of(self));
    return status == THREADING_OK ? threading_rwlock_release_read(rwlock_of(self)) : status;
}
static inline threading_status calls_try_write(caller *self) {
    threading_status status = threading_rwlock_try_acquire_write(rwlock_of(self));
    return status == THREADING_OK ? threading_rwlock_release_write(rwlock_of(self)) : status;
}
static inline threading_status calls_release_read(caller *self) {
    return threading_rwlock_release_read(rwlock_of(self));
}
static inline threading_status calls_release_write(caller *self) {
    return threading_rwlock_release_write(rwlock_of(self));
}
static inline threading_status calls_downgrade(caller *self) {
    return threading_rwlock_downgrade(rwlock_of(self));
}
static inline threading_status calls_try_upgrade(caller *self) {
    return threading_rwlock_try_upgrade(rwlock_of(self));
}
static inline threading_status keeps_write(caller *self) {
    return threading_rwlock_acquire_write(rwlock_of(self));
}
static inline threading_status keeps_read(caller *self) {
    return threading_rwlock_acquire_read(rwlock_of(self));
}

/* What another thread is answered. */
static inline void another_is_told(threading_rwlock rwlock, threading_status (*call)(caller *),
                                   threading_status expected) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        caller other;
        caller_start(&other, whose, call, rwlock.bits, 0);
        caller_end(&other, expected);
    }
}

#endif
