/* An event while threads come to it and leave it all the time. */
#include "caller.h"

#include <sched.h>

enum { HASTY = 3, PATIENT = 2, ROUNDS = 1000 };

typedef struct crowd {
    threading_event event;
    atomic_int round, done; /* how often the hasty may begin, and how often one of them has ended */
    atomic_bool over;
} crowd;

/* Comes and leaves again and again, so that somebody is always at work in the event's queue. */
static void comes_and_leaves(worker *self) {
    crowd *all = self->context;
    for (int round = 1; !atomic_load(&all->over); round++) {
        while (atomic_load(&all->round) < round && !atomic_load(&all->over)) {
            sched_yield();
        }
        for (int i = 0; i < 15; i++) {
            threading_status status = threading_event_wait_timeout(all->event, 1e-9);
            CHECK(status == THREADING_OK || status == THREADING_TIMEOUT);
        }
        atomic_fetch_add(&all->done, 1);
    }
}

static threading_status calls_wait(caller *self) {
    return threading_event_wait((threading_event){self->bits});
}

/* The patient wait already when the hasty begin: one set must reach them, though it is cleared at
 * once. */
CASE(set_and_clear_at_once_release_everyone_who_waited_amid_traffic) {
    crowd all = {.over = false};
    worker hasty[HASTY];
    CHECK_STATUS(threading_event_new(&all.event), THREADING_OK);
    for (int i = 0; i < HASTY; i++) {
        worker_start(&hasty[i], i % WORKER_KINDS, comes_and_leaves, &all);
    }
    for (int round = 1; round <= ROUNDS; round++) {
        caller patient[PATIENT];
        for (int i = 0; i < PATIENT; i++) {
            caller_start_asleep(&patient[i], i % WORKER_KINDS, calls_wait, all.event.bits, 0);
        }
        atomic_store(&all.round, round);
        for (double start = threading_monotonic();
             threading_monotonic() - start < 0.0000001 * (round % 500);) {
        }
        CHECK_STATUS(threading_event_set(all.event), THREADING_OK);
        CHECK_STATUS(threading_event_clear(all.event), THREADING_OK);
        for (int i = 0; i < PATIENT; i++) {
            EVENTUALLY(atomic_load(&patient[i].returned));
            caller_end(&patient[i], THREADING_OK);
        }
        EVENTUALLY(atomic_load(&all.done) == HASTY * round);
    }
    atomic_store(&all.over, true);
    for (int i = 0; i < HASTY; i++) {
        worker_join(&hasty[i]);
    }
    CHECK_STATUS(threading_event_destroy(all.event), THREADING_OK);
}
