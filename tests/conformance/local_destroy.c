/* The end of a local: every thread's value exactly once, in the thread that calls, whatever the
 * others do meanwhile. */
#include "gate.h"
#include "local_tools.h"

#include <sched.h>
#include <string.h>

/* ---- every thread's value ---- */

typedef struct keeper {
    worker thread;
    threading_local local;
    value it;
    gate *have, *leave;
} keeper;

static void keep_a_value(worker *self) {
    keeper *me = self->context;
    CHECK_STATUS(threading_local_set(me->local, &me->it), THREADING_OK);
    gate_pass(me->have);
    gate_pass(me->leave);
    CHECK(threading_local_get(me->local) == NULL);
}

static void destroys_the_values_of(int count) {
    static keeper keepers[200];
    gate have = GATE_CLOSED, leave = GATE_CLOSED;
    value mine = {0};
    threading_local local = local_of_values();
    memset(keepers, 0, sizeof keepers);
    gate_open(&have);
    CHECK_STATUS(threading_local_set(local, &mine), THREADING_OK);
    for (int i = 0; i < count; i++) {
        keepers[i].local = local;
        keepers[i].have = &have;
        keepers[i].leave = &leave;
        worker_start(&keepers[i].thread, i % WORKER_KINDS, keep_a_value, &keepers[i]);
    }
    gate_await(&have, count);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&mine), 1);
    for (int i = 0; i < count; i++) {
        CHECK_NUMBER(value_destroyed(&keepers[i].it), 1);
        CHECK_NUMBER(keepers[i].it.by, threading_get_ident());
    }
    gate_open(&leave);
    for (int i = 0; i < count; i++) {
        worker_join(&keepers[i].thread);
        CHECK_NUMBER(value_destroyed(&keepers[i].it), 1);
    }
}

CASE(destroy_destroys_the_values_of_all_threads_once_in_the_calling_thread) {
    static const int counts[] = {0, 1, 7, 62, 63, 64, 65, 128, 200};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        destroys_the_values_of(counts[i]);
    }
}

/* ---- what the destructors find ---- */

static void find_it_gone(value *self) {
    CHECK(threading_local_get(self->local) == NULL);
    CHECK_STATUS(threading_local_set(self->local, self), THREADING_DESTROYED);
    CHECK_STATUS(threading_local_delete(self->local), THREADING_DESTROYED);
    CHECK_STATUS(threading_local_destroy(self->local), THREADING_DESTROYED);
}

CASE(destructors_that_a_destroy_calls_find_the_local_gone) {
    value it = {0};
    threading_local local = local_of_values();
    it.then = find_it_gone, it.local = local;
    CHECK_STATUS(threading_local_set(local, &it), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&it), 1);
}

static void use_another(value *self) {
    threading_local *other = self->context;
    value *theirs = threading_local_get(*other);
    CHECK(theirs != NULL);
    CHECK_NUMBER(value_destroyed(theirs), 0);
    CHECK_STATUS(threading_local_delete(*other), THREADING_OK);
    CHECK_NUMBER(value_destroyed(theirs), 1);
    CHECK_STATUS(threading_local_destroy(local_of_values()), THREADING_OK);
}

CASE(destructors_that_a_destroy_calls_may_use_other_locals) {
    value it = {0}, theirs = {0};
    threading_local local = local_of_values(), other = local_of_values();
    it.then = use_another, it.context = &other;
    CHECK_STATUS(threading_local_set(local, &it), THREADING_OK);
    CHECK_STATUS(threading_local_set(other, &theirs), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&it), 1);
    CHECK_STATUS(threading_local_destroy(other), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&theirs), 1);
}

static void destroy_its_local(value *self) {
    CHECK_STATUS(threading_local_destroy(self->local), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(self->local), THREADING_DESTROYED);
}

CASE(a_destructor_that_delete_calls_may_destroy_the_local) {
    value it = {0};
    threading_local local = local_of_values();
    it.then = destroy_its_local, it.local = local;
    CHECK_STATUS(threading_local_set(local, &it), THREADING_OK);
    CHECK_STATUS(threading_local_delete(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&it), 1);
    CHECK_STATUS(threading_local_destroy(local), THREADING_DESTROYED);
}

/* The new value was the local's when the old one's destructor ran, so it ends with the local. */
CASE(a_destructor_that_set_calls_may_destroy_the_local) {
    value before = {0}, after = {0};
    threading_local local = local_of_values();
    before.then = destroy_its_local, before.local = local;
    CHECK_STATUS(threading_local_set(local, &before), THREADING_OK);
    CHECK_STATUS(threading_local_set(local, &after), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&before), 1);
    CHECK_NUMBER(value_destroyed(&after), 1);
    CHECK(threading_local_get(local) == NULL);
    CHECK_STATUS(threading_local_destroy(local), THREADING_DESTROYED);
}

/* ---- a place that is used again ---- */

/* issue 6990 */
CASE(a_new_local_never_shows_the_value_of_an_old_one) {
    static value values[2000];
    threading_local old = local_of_values();
    for (int i = 0; i < 2000; i++) {
        CHECK(threading_local_get(old) == NULL);
        CHECK_STATUS(threading_local_delete(old), THREADING_NO_VALUE);
        CHECK_STATUS(threading_local_set(old, &values[i]), THREADING_OK);
        CHECK_STATUS(threading_local_destroy(old), THREADING_OK);
        threading_local next = local_of_values();
        CHECK(!THREADING_SAME(next, old));
        CHECK(threading_local_get(old) == NULL);
        CHECK_STATUS(threading_local_set(old, &values[i]), THREADING_DESTROYED);
        old = next;
    }
    CHECK(threading_local_get(old) == NULL);
    CHECK_STATUS(threading_local_destroy(old), THREADING_OK);
    for (int i = 0; i < 2000; i++) {
        CHECK_NUMBER(value_destroyed(&values[i]), 1);
    }
}

typedef struct follower {
    worker thread;
    _Atomic uint64_t handle;
    value values[2];
    atomic_int steps;
} follower;

static void *init_none(void *ctx) {
    atomic_fetch_add((atomic_int *)ctx, 1);
    return NULL;
}

/* Sets a value in each local that it is shown, and finds nothing in it before. */
static void follow(worker *self) {
    follower *me = self->context;
    for (int i = 0; i < 2; i++) {
        EVENTUALLY(atomic_load(&me->steps) == 2 * i + 1);
        threading_local local = {atomic_load(&me->handle)};
        CHECK(threading_local_get(local) == NULL);
        CHECK_STATUS(threading_local_set(local, &me->values[i]), THREADING_OK);
        atomic_fetch_add(&me->steps, 1);
    }
}

CASE(nor_does_it_in_another_thread_and_the_initialiser_runs_again_there) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        follower it;
        atomic_int inits = 0;
        memset(&it, 0, sizeof it);
        worker_start(&it.thread, whose, follow, &it);
        for (int i = 0; i < 2; i++) {
            threading_local local = local_new(init_none, value_destroy, &inits);
            atomic_store(&it.handle, local.bits);
            atomic_fetch_add(&it.steps, 1);
            EVENTUALLY(atomic_load(&it.steps) == 2 * i + 2);
            CHECK_NUMBER(atomic_load(&inits), i + 1);
            if (i == 0) {
                CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
                CHECK_NUMBER(value_destroyed(&it.values[0]), 1);
            }
        }
        worker_join(&it.thread);
        CHECK_NUMBER(value_destroyed(&it.values[0]), 1);
        CHECK_NUMBER(value_destroyed(&it.values[1]), 1);
    }
}

/* ---- while others are at it ---- */

enum { PLAYERS = 4, TRIES = 500, ROUNDS = 40 };

typedef struct player {
    worker thread;
    gate *start;
    _Atomic uint64_t *handle;
    bool destroys;
    int destroyed;
    value values[TRIES];
    bool taken[TRIES];
} player;

static void play(worker *self) {
    player *me = self->context;
    gate_pass(me->start);
    for (int i = 0; i < TRIES; i++) {
        threading_local local = {atomic_load(me->handle)};
        threading_status status = threading_local_set(local, &me->values[i]);
        CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
        me->taken[i] = status == THREADING_OK;
        if (i % 3 == 0) {
            status = threading_local_delete(local);
            CHECK(status == THREADING_OK || status == THREADING_NO_VALUE ||
                  status == THREADING_DESTROYED);
        }
        if (i == TRIES / 2 && me->destroys) {
            status = threading_local_destroy(local);
            CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
            me->destroyed += status == THREADING_OK;
        }
    }
}

/* A value that set took is destroyed once, wherever it was when the local went; one that it refused
 * is the caller's. */
CASE(sets_and_deletes_against_a_destroy_lose_no_value_and_destroy_none_twice) {
    static player players[PLAYERS];
    for (int round = 0; round < ROUNDS; round++) {
        gate start = GATE_CLOSED;
        _Atomic uint64_t handle = local_of_values().bits;
        int destroyed = 0;
        memset(players, 0, sizeof players);
        for (int i = 0; i < PLAYERS; i++) {
            players[i].start = &start;
            players[i].handle = &handle;
            players[i].destroys = i < 2;
            worker_start(&players[i].thread, i % WORKER_KINDS, play, &players[i]);
        }
        gate_await(&start, PLAYERS);
        gate_open(&start);
        for (int i = 0; i < PLAYERS; i++) {
            worker_join(&players[i].thread);
            destroyed += players[i].destroyed;
        }
        CHECK_NUMBER(destroyed, 1);
        for (int i = 0; i < PLAYERS; i++) {
            for (int j = 0; j < TRIES; j++) {
                CHECK_NUMBER(value_destroyed(&players[i].values[j]), players[i].taken[j]);
            }
        }
    }
}

static void renew(worker *self) {
    player *me = self->context;
    gate_pass(me->start);
    for (int i = 0; i < 4 * TRIES; i++) {
        uint64_t old = atomic_exchange(me->handle, local_of_values().bits);
        CHECK_STATUS(threading_local_destroy((threading_local){old}), THREADING_OK);
        if (i % 16 == 0) {
            sched_yield();
        }
    }
}

/* The places of the locals are used again all the time, so that old handles and old values meet new
 * locals. */
CASE(locals_that_come_and_go_while_others_use_them_lose_no_value) {
    static player players[PLAYERS];
    for (int round = 0; round < 5; round++) {
        gate start = GATE_CLOSED;
        _Atomic uint64_t handle = local_of_values().bits;
        memset(players, 0, sizeof players);
        for (int i = 0; i < PLAYERS; i++) {
            players[i].start = &start;
            players[i].handle = &handle;
            worker_start(&players[i].thread, i % WORKER_KINDS, i == 0 ? renew : play, &players[i]);
        }
        gate_await(&start, PLAYERS);
        gate_open(&start);
        for (int i = 0; i < PLAYERS; i++) {
            worker_join(&players[i].thread);
        }
        CHECK_STATUS(threading_local_destroy((threading_local){atomic_load(&handle)}),
                     THREADING_OK);
        for (int i = 0; i < PLAYERS; i++) {
            for (int j = 0; j < TRIES; j++) {
                CHECK_NUMBER(value_destroyed(&players[i].values[j]), players[i].taken[j]);
            }
        }
    }
}

/* ---- against threads that end at the same moment (gh-100892; test_threading_local_clear_race)
 * ---- */

typedef struct ender {
    worker thread;
    threading_local local;
    value it;
    gate *have, *end;
} ender;

static void have_and_end(worker *self) {
    ender *me = self->context;
    CHECK_STATUS(threading_local_set(me->local, &me->it), THREADING_OK);
    gate_pass(me->have);
    gate_pass(me->end);
}

CASE(a_destroy_against_ending_threads_destroys_each_value_once) {
    enum { ENDERS = 8, MOMENTS = 150 };
    static ender enders[ENDERS];
    int by_destroy = 0;
    for (int moment = 0; moment < MOMENTS; moment++) {
        gate have = GATE_CLOSED, end = GATE_CLOSED;
        threading_local local = local_of_values();
        memset(enders, 0, sizeof enders);
        gate_open(&have);
        for (int i = 0; i < ENDERS; i++) {
            enders[i].local = local;
            enders[i].have = &have;
            enders[i].end = &end;
            worker_start(&enders[i].thread, i % WORKER_KINDS, have_and_end, &enders[i]);
        }
        gate_await(&have, ENDERS);
        gate_await(&end, ENDERS);
        gate_open(&end);
        for (int i = moment % 64; i > 0; i--) {
            sched_yield();
        }
        CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
        for (int i = 0; i < ENDERS; i++) {
            worker_join(&enders[i].thread);
            CHECK_NUMBER(value_destroyed(&enders[i].it), 1);
            by_destroy += enders[i].it.by == threading_get_ident();
        }
    }
    printf("%d of %d values were destroyed by the destroy\n", by_destroy, ENDERS * MOMENTS);
}
