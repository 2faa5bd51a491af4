/* A thread that has values, and whose end the cases watch. */
#ifndef LOCAL_MORTAL_H
#define LOCAL_MORTAL_H

#include "gate.h"
#include "local_tools.h"

#include <string.h>

typedef struct mortal {
    threading_local local, other;
    value it, more, theirs;
    threading_thread self;
    pthread_t posix;
    uint64_t ident;
    char name[64];
    int found;
    gate *ready, *end;
} mortal;

static inline void be_the_same_thread(value *self) {
    mortal *me = self->context;
    CHECK(THREADING_SAME(threading_current_thread(), me->self));
    CHECK_NUMBER(threading_get_ident(), me->ident);
    CHECK_STRING(threading_current_name(), me->name);
    CHECK(threading_thread_is_alive(me->self));
    CHECK(thread_is_listed(me->self));
    me->found++;
}

static inline void be_mortal(worker *self) {
    mortal *me = self->context;
    me->self = threading_current_thread();
    me->posix = pthread_self();
    me->ident = threading_get_ident();
    snprintf(me->name, sizeof me->name, "%s", threading_current_name());
    me->it.context = me;
    CHECK_STATUS(threading_local_set(me->local, &me->it), THREADING_OK);
}

#endif
