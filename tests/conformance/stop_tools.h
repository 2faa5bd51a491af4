/* What the programs about stops have in common. */
#ifndef STOP_TOOLS_H
#define STOP_TOOLS_H

#include "caller.h"

static const threading_stop none = THREADING_NULL;

static inline threading_stop make(threading_stop parent) {
    threading_stop stop = THREADING_NULL;
    CHECK_STATUS(threading_stop_new(parent, &stop), THREADING_OK);
    CHECK(!THREADING_IS_NULL(stop));
    return stop;
}

static inline threading_stop make_timeout(threading_stop parent, double seconds) {
    threading_stop stop = THREADING_NULL;
    CHECK_STATUS(threading_stop_new_timeout(parent, seconds, &stop), THREADING_OK);
    return stop;
}

/* ---- each wait that a stop ends, behind one face ---- */

typedef threading_status (*twin)(double seconds, threading_stop stop);

/* What they are given. */
static threading_stop given;

static inline threading_status calls_twin(caller *self) {
    return (*(const twin *)(uintptr_t)self->bits)(self->seconds, given);
}

/* That twin, in a thread of that kind. */
static inline void start_twin(caller *self, int kind, const twin *one, double seconds) {
    caller_start(self, kind, calls_twin, (uint64_t)(uintptr_t)one, seconds);
}

static inline void start_twin_asleep(caller *self, int kind, const twin *one, double seconds) {
    caller_start_asleep(self, kind, calls_twin, (uint64_t)(uintptr_t)one, seconds);
}

#endif
