/* Locals without a destructor: a thread sets its value of one while another thread destroys that
 * local and makes others in its place. */
#include "gate.h"
#include "local_tools.h"

#include <sched.h>
#include <string.h>

enum { PLAYERS = 4, TRIES = 500 };

typedef struct setter {
    worker thread;
    gate *start;
    _Atomic uint64_t *with, *without;
    value values[TRIES], others[TRIES];
    bool taken[TRIES];
} setter;

static void set_both(worker *self) {
    setter *me = self->context;
    gate_pass(me->start);
    for (int i = 0; i < TRIES; i++) {
        threading_local without = {atomic_load(me->without)};
        for (int j = 0; j < 8; j++) {
            threading_status status = threading_local_set(without, &me->others[i]);
            CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
        }
        threading_local with = {atomic_load(me->with)};
        me->taken[i] = threading_local_set(with, &me->values[i]) == THREADING_OK;
    }
}

/* The next local with a destructor lives where the last one without lived. */
static void swap_places(worker *self) {
    setter *me = self->context;
    gate_pass(me->start);
    for (int i = 0; i < 4 * TRIES; i++) {
        threading_local with = {atomic_load(me->with)}, without = {atomic_load(me->without)};
        CHECK_STATUS(threading_local_destroy(without), THREADING_OK);
        atomic_store(me->with, local_of_values().bits);
        CHECK_STATUS(threading_local_destroy(with), THREADING_OK);
        atomic_store(me->without, local_new(NULL, NULL, NULL).bits);
        if (i % 16 == 0) {
            sched_yield();
        }
    }
}

CASE(values_without_a_destructor_never_meet_the_destructor_of_another_local) {
    static setter setters[PLAYERS];
    for (int round = 0; round < 5; round++) {
        gate start = GATE_CLOSED;
        _Atomic uint64_t with = local_of_values().bits;
        _Atomic uint64_t without = local_new(NULL, NULL, NULL).bits;
        memset(setters, 0, sizeof setters);
        for (int i = 0; i < PLAYERS; i++) {
            setters[i].start = &start;
            setters[i].with = &with;
            setters[i].without = &without;
            worker_start(&setters[i].thread, i % WORKER_KINDS, i == 0 ? swap_places : set_both,
                         &setters[i]);
        }
        gate_await(&start, PLAYERS);
        gate_open(&start);
        for (int i = 0; i < PLAYERS; i++) {
            worker_join(&setters[i].thread);
            for (int j = 0; j < TRIES; j++) {
                CHECK_NUMBER(value_destroyed(&setters[i].others[j]), 0);
                CHECK_NUMBER(value_destroyed(&setters[i].values[j]), setters[i].taken[j]);
            }
        }
        CHECK_STATUS(threading_local_destroy((threading_local){atomic_load(&with)}), THREADING_OK);
        CHECK_STATUS(threading_local_destroy((threading_local){atomic_load(&without)}),
                     THREADING_OK);
    }
}
