/* Locals in the destructors of the program's own thread-specific values, which the C library mixes
 * with ours in up to four rounds: before the library's in a round, after it, and after its last. */
#include "local_tools.h"

#include <pthread.h>
#include <stdlib.h>

enum { ROUNDS = 4 };

typedef struct late {
    threading_local local, other;
    value early_values[ROUNDS], late_values[ROUNDS], first, theirs;
    threading_status early_status[ROUNDS], late_status[ROUNDS];
    int early_rounds, late_rounds;
    atomic_int finished; /* calls of destructors, of both keys */
    int from;            /* the first round in which it does anything */
    bool asks_others;    /* touches the other local, which has an initialiser, too */
    int inits;
} late;

static pthread_key_t early_key, late_key;

static threading_status set_in_a_destructor(late *me, value *it, int round) {
    value *before = threading_local_get(me->local);
    int destroyed = before ? value_destroyed(before) : 0;
    CHECK_NUMBER(destroyed, 0);
    threading_status status = threading_local_set(me->local, it);
    CHECK(threading_current_name() != NULL);
    CHECK(threading_get_ident() != 0);
    /* After the library's last round there is nothing left that could be listed. */
    CHECK(round == ROUNDS || !THREADING_IS_NULL(threading_current_thread()));
    if (status == THREADING_OK) {
        CHECK(threading_local_get(me->local) == it);
    } else {
        CHECK_STATUS(status, THREADING_NO_RESOURCES);
        CHECK_NUMBER(round, ROUNDS);
        CHECK(threading_local_get(me->local) == NULL);
        CHECK_STATUS(threading_local_delete(me->local), THREADING_NO_VALUE);
    }
    if (me->asks_others) {
        value *theirs = threading_local_get(me->other);
        CHECK(theirs == NULL || theirs == &me->theirs);
    }
    return status;
}

static void run_early(void *arg) {
    late *me = arg;
    int round = ++me->early_rounds;
    me->early_status[round - 1] = THREADING_TIMEOUT;
    if (round >= me->from) {
        me->early_status[round - 1] = set_in_a_destructor(me, &me->early_values[round - 1], round);
    }
    if (round < ROUNDS) {
        CHECK_NUMBER(pthread_setspecific(early_key, me), 0);
    }
    atomic_fetch_add(&me->finished, 1);
}

static void run_late(void *arg) {
    late *me = arg;
    int round = ++me->late_rounds;
    me->late_status[round - 1] = THREADING_TIMEOUT;
    if (round >= me->from) {
        me->late_status[round - 1] = set_in_a_destructor(me, &me->late_values[round - 1], round);
    }
    if (round < ROUNDS) {
        CHECK_NUMBER(pthread_setspecific(late_key, me), 0);
    }
    atomic_fetch_add(&me->finished, 1);
}

/* Before main, and so, in a program that is linked to the archive, perhaps before the library has a
 * key of its own. */
__attribute__((constructor(101))) static void make_early_key(void) {
    if (pthread_key_create(&early_key, run_early) != 0) {
        abort();
    }
}

static void be_late(worker *self) {
    late *me = self->context;
    if (me->from == 0) {
        CHECK_STATUS(threading_local_set(me->local, &me->first), THREADING_OK);
    }
    CHECK_NUMBER(pthread_setspecific(early_key, me), 0);
    CHECK_NUMBER(pthread_setspecific(late_key, me), 0);
}

static void *init_late(void *ctx) {
    late *me = ctx;
    me->inits++;
    return &me->theirs;
}

static void settle(late *me) {
    /* A join waits for the library's last round, and not for what comes after it. */
    EVENTUALLY(atomic_load(&me->finished) == 2 * ROUNDS);
    /* What the end of the thread came too late for is the local's, until its own end. */
    CHECK_STATUS(threading_local_destroy(me->local), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(me->other), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&me->first), me->from == 0);
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_NUMBER(value_destroyed(&me->early_values[i]), me->early_status[i] == THREADING_OK);
        CHECK_NUMBER(value_destroyed(&me->late_values[i]), me->late_status[i] == THREADING_OK);
    }
}

static void run_rounds(int from, bool asks_others) {
    static bool has_key;
    if (!has_key) {
        CHECK(!THREADING_IS_NULL(threading_current_thread()));
        CHECK_NUMBER(pthread_key_create(&late_key, run_late), 0);
        has_key = true;
    }
    for (int i = 0; i < 20; i++) {
        late me = {.local = local_of_values(), .from = from, .asks_others = asks_others};
        me.other = local_new(init_late, value_destroy, &me);
        in_thread(i % WORKER_KINDS, be_late, &me);
        settle(&me);
        CHECK_NUMBER(me.inits, value_destroyed(&me.theirs));
        CHECK(me.inits == 0 || asks_others);
    }
}

CASE(values_that_other_keys_destructors_set_are_destroyed_once_or_refused) { run_rounds(0, false); }
CASE(a_first_touch_in_any_round_of_destructors_loses_no_value) {
    for (int from = 1; from <= ROUNDS; from++) {
        run_rounds(from, false);
    }
}
CASE(an_initialiser_in_any_round_of_destructors_loses_no_value) {
    for (int from = 0; from <= ROUNDS; from++) {
        run_rounds(from, true);
    }
}
