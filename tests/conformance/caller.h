/* A thread that makes one call, which may wait, and keeps what came of it. */
#ifndef CALLER_H
#define CALLER_H

#include "worker.h"

#include <errno.h>

enum { CALLER_ERRNO = 4711 };

typedef struct caller {
    worker thread;
    threading_status (*call)(struct caller *self);
    uint64_t bits;  /* of the handle that the call is about */
    double seconds; /* of a call with a limit */
    size_t index;   /* what a barrier's wait gave */
    atomic_bool returned;
    threading_status status; /* to be read after `returned`, as are errno and the index */
    int errno_left;
} caller;

static inline void caller_run_(worker *self) {
    caller *me = self->context;
    worker_arrives(self);
    errno = CALLER_ERRNO;
    me->status = me->call(me);
    me->errno_left = errno;
    atomic_store(&me->returned, true);
}

static inline void caller_start(caller *self, worker_kind whose, threading_status (*call)(caller *),
                                uint64_t bits, double seconds) {
    self->call = call;
    self->bits = bits;
    self->seconds = seconds;
    self->index = SIZE_MAX;
    atomic_init(&self->returned, false);
    worker_start(&self->thread, whose, caller_run_, self);
}

/* Starts it, and returns when it sleeps in its call. */
static inline void caller_start_asleep(caller *self, worker_kind whose,
                                       threading_status (*call)(caller *), uint64_t bits,
                                       double seconds) {
    caller_start(self, whose, call, bits, seconds);
    EVENTUALLY(worker_asleep(&self->thread));
    CHECK(!atomic_load(&self->returned));
}

/* No call changes errno, however long it waited. */
static inline void caller_end(caller *self, threading_status expected) {
    worker_join(&self->thread);
    CHECK_STATUS(self->status, expected);
    CHECK_NUMBER(self->errno_left, CALLER_ERRNO);
}

#endif
