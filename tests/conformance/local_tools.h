/* Values that know how often they were destroyed, by whom, and what is to happen then. */
#ifndef LOCAL_TOOLS_H
#define LOCAL_TOOLS_H

#include "worker.h"

typedef struct value {
    atomic_int destroyed;             /* how often */
    uint64_t by;                      /* ident of the thread that destroyed it */
    void (*then)(struct value *self); /* what its destructor does besides; or NULL */
    threading_local local;            /* for `then` */
    void *context;                    /* for `then` */
} value;

static inline void value_destroy(void *arg) {
    value *self = arg;
    CHECK(self != NULL);
    self->by = threading_get_ident();
    atomic_fetch_add(&self->destroyed, 1);
    if (self->then) {
        self->then(self);
    }
}

static inline int value_destroyed(value *self) { return atomic_load(&self->destroyed); }

static inline threading_local local_new(threading_init init, threading_destructor destroy,
                                        void *ctx) {
    threading_local local = THREADING_NULL;
    CHECK_STATUS(threading_local_new(init, destroy, ctx, &local), THREADING_OK);
    CHECK(!THREADING_IS_NULL(local));
    return local;
}

static inline threading_local local_of_values(void) { return local_new(NULL, value_destroy, NULL); }

/* Runs the body in a new thread, and waits for the end of it, destructors included. */
static inline void in_thread(worker_kind kind, void (*body)(worker *), void *context) {
    worker thread;
    worker_start(&thread, kind, body, context);
    worker_join(&thread);
}

#endif
