/* Threads that come to a barrier. */
#ifndef BARRIER_TOOLS_H
#define BARRIER_TOOLS_H

#include "caller.h"

#include <math.h>

static inline threading_status calls_barrier_wait(caller *self) {
    return threading_barrier_wait((threading_barrier){self->bits}, &self->index);
}

static inline threading_status calls_barrier_wait_timeout(caller *self) {
    return threading_barrier_wait_timeout((threading_barrier){self->bits}, self->seconds,
                                          &self->index);
}

static inline threading_barrier barrier_make(size_t parties, threading_action action, void *ctx) {
    threading_barrier barrier = THREADING_NULL;
    CHECK_STATUS(threading_barrier_new(parties, action, ctx, &barrier), THREADING_OK);
    CHECK(!THREADING_IS_NULL(barrier));
    CHECK_NUMBER(threading_barrier_parties(barrier), parties);
    CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
    CHECK(!threading_barrier_broken(barrier));
    return barrier;
}

/* Returns when it waits there. Negative seconds: without a limit. */
static inline void comer_start(caller *self, threading_barrier barrier, int number,
                               double seconds) {
    size_t before = threading_barrier_n_waiting(barrier);
    caller_start(self, number % WORKER_KINDS,
                 seconds < 0 ? calls_barrier_wait : calls_barrier_wait_timeout, barrier.bits,
                 seconds);
    EVENTUALLY(threading_barrier_n_waiting(barrier) == before + 1);
}

static inline void comers_start(caller *all, threading_barrier barrier, int count) {
    for (int i = 0; i < count; i++) {
        comer_start(&all[i], barrier, i, i % 3 == 0 ? -1 : i % 3 == 1 ? INFINITY : CASE_SECONDS);
    }
}

/* An index is written on success only. */
static inline void comers_end(caller *all, int count, threading_status expected) {
    for (int i = 0; i < count; i++) {
        caller_end(&all[i], expected);
        CHECK(expected == THREADING_OK ? all[i].index == (size_t)i : all[i].index == SIZE_MAX);
    }
}

/* It works as new: all of its parties come, and go. */
static inline void barrier_check_whole(threading_barrier barrier) {
    enum { MOST = 16 };
    caller others[MOST];
    size_t index = SIZE_MAX;
    int parties = (int)threading_barrier_parties(barrier);
    CHECK(parties <= MOST);
    CHECK(!threading_barrier_broken(barrier));
    CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
    comers_start(others, barrier, parties - 1);
    CHECK_STATUS(threading_barrier_wait(barrier, &index), THREADING_OK);
    CHECK_NUMBER(index, parties - 1);
    comers_end(others, parties - 1, THREADING_OK);
    CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
}

#endif
