/* The initialiser of a local: when it runs, and what it may do. One that does not return is in
 * local_init_left.c. */
#include "gate.h"
#include "local_tools.h"

#include <pthread.h>

/* What initialiser and case have in common: the ctx. */
typedef struct source {
    threading_local local;
    atomic_int inits;
    value *makes; /* what it returns */
    value *sets;  /* what it sets itself before */
} source;

static void *init_plainly(void *ctx) {
    source *it = ctx;
    atomic_fetch_add(&it->inits, 1);
    return it->makes;
}

static threading_local local_made_by(source *it, threading_init init) {
    it->local = local_new(init, value_destroy, it);
    return it->local;
}

typedef struct toucher {
    worker thread;
    threading_local local;
    gate *all_touched;
} toucher;

static atomic_int next_value;

/* A value of its own for each call. */
static void *init_next(void *ctx) {
    value *values = ctx;
    value *mine = &values[atomic_fetch_add(&next_value, 1)];
    mine->by = threading_get_ident();
    return mine;
}

static void touch_again_and_again(worker *self) {
    toucher *me = self->context;
    value *mine = threading_local_get(me->local);
    CHECK(mine != NULL);
    CHECK(mine->by == threading_get_ident());
    gate_pass(me->all_touched);
    for (int i = 0; i < 100; i++) {
        CHECK(threading_local_get(me->local) == mine);
    }
    CHECK_NUMBER(value_destroyed(mine), 0);
}

/* test_derived, test_arguments: __init__ is run in each thread, with the same arguments */
CASE(the_initialiser_runs_once_in_each_thread_at_its_first_get) {
    enum { TOUCHERS = 20 };
    static toucher touchers[TOUCHERS];
    static value values[TOUCHERS];
    gate all_touched = GATE_CLOSED;
    threading_local local = local_new(init_next, value_destroy, values);
    CHECK_NUMBER(atomic_load(&next_value), 0);
    for (int i = 0; i < TOUCHERS; i++) {
        touchers[i].local = local;
        touchers[i].all_touched = &all_touched;
        worker_start(&touchers[i].thread, i % WORKER_KINDS, touch_again_and_again, &touchers[i]);
    }
    gate_await(&all_touched, TOUCHERS);
    CHECK_NUMBER(atomic_load(&next_value), TOUCHERS);
    gate_open(&all_touched);
    for (int i = 0; i < TOUCHERS; i++) {
        worker_join(&touchers[i].thread);
    }
    CHECK_NUMBER(atomic_load(&next_value), TOUCHERS);
    for (int i = 0; i < TOUCHERS; i++) {
        CHECK_NUMBER(value_destroyed(&values[i]), 1);
    }
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
}

CASE(an_initialiser_that_returns_null_is_not_run_again) {
    source it = {.makes = NULL};
    threading_local local = local_made_by(&it, init_plainly);
    for (int i = 0; i < 3; i++) {
        CHECK(threading_local_get(local) == NULL);
        CHECK_NUMBER(atomic_load(&it.inits), 1);
    }
    CHECK_STATUS(threading_local_delete(local), THREADING_NO_VALUE);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
}

CASE(set_before_the_first_get_leaves_the_initialiser_out) {
    value set = {0}, made = {0};
    source it = {.makes = &made};
    threading_local local = local_made_by(&it, init_plainly);
    CHECK_STATUS(threading_local_set(local, &set), THREADING_OK);
    CHECK(threading_local_get(local) == &set);
    CHECK_STATUS(threading_local_set(local, NULL), THREADING_OK);
    CHECK(threading_local_get(local) == NULL);
    CHECK_NUMBER(atomic_load(&it.inits), 0);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&set), 1);
}

CASE(after_a_delete_the_initialiser_does_not_run_again) {
    value made = {0};
    source it = {.makes = &made};
    threading_local local = local_made_by(&it, init_plainly);
    CHECK(threading_local_get(local) == &made);
    CHECK_STATUS(threading_local_delete(local), THREADING_OK);
    CHECK(threading_local_get(local) == NULL);
    CHECK_NUMBER(atomic_load(&it.inits), 1);
    CHECK_NUMBER(value_destroyed(&made), 1);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
}

/* issue 3088: what happens in other threads meanwhile does not get mixed up with it */
static gate inside = GATE_CLOSED, leave = GATE_CLOSED;

static void *init_and_wait(void *ctx) {
    source *it = ctx;
    atomic_fetch_add(&it->inits, 1);
    gate_pass(&inside);
    gate_pass(&leave);
    return it->makes;
}

static void touch_and_check(worker *self) {
    source *it = self->context;
    CHECK(threading_local_get(it->local) == it->makes);
}

CASE(threads_may_be_in_the_initialiser_at_the_same_time) {
    value first = {0}, second = {0}, mine = {0};
    threading_local local;
    worker threads[2];
    source it = {.makes = &first}, other;
    gate_open(&inside);
    local = local_made_by(&it, init_and_wait);
    worker_start(&threads[0], OURS, touch_and_check, &it);
    gate_await(&inside, 1);
    worker_start(&threads[1], FOREIGN, touch_and_check, &it);
    gate_await(&inside, 2);
    CHECK_STATUS(threading_local_set(local, &mine), THREADING_OK);
    other.makes = &second;
    other.local = local_new(init_plainly, value_destroy, &other);
    CHECK(threading_local_get(other.local) == &second);
    gate_open(&leave);
    worker_join(&threads[0]);
    worker_join(&threads[1]);
    CHECK(threading_local_get(local) == &mine);
    CHECK_NUMBER(atomic_load(&it.inits), 2);
    CHECK_NUMBER(value_destroyed(&first), 2);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(other.local), THREADING_OK);
}

/* ---- what it may do with its own local ---- */

static void *init_and_get(void *ctx) {
    source *it = ctx;
    CHECK(threading_local_get(it->local) == NULL);
    CHECK_STATUS(threading_local_delete(it->local), THREADING_NO_VALUE);
    CHECK(threading_local_get(it->local) == NULL);
    return init_plainly(ctx);
}

CASE(a_get_or_delete_in_the_initialiser_finds_no_value) {
    value made = {0};
    source it = {.makes = &made};
    threading_local local = local_made_by(&it, init_and_get);
    CHECK(threading_local_get(local) == &made);
    CHECK_NUMBER(atomic_load(&it.inits), 1);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&made), 1);
}

static void *init_and_set(void *ctx) {
    source *it = ctx;
    CHECK_STATUS(threading_local_set(it->local, it->sets), THREADING_OK);
    CHECK(threading_local_get(it->local) == it->sets);
    return init_plainly(ctx);
}

CASE(what_the_initialiser_returns_replaces_what_it_set) {
    value set = {0}, made = {0};
    source it = {.makes = &made, .sets = &set};
    threading_local local = local_made_by(&it, init_and_set);
    CHECK(threading_local_get(local) == &made);
    CHECK_NUMBER(value_destroyed(&set), 1);
    CHECK_NUMBER(value_destroyed(&made), 0);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&made), 1);
}

CASE(an_initialiser_may_return_what_it_set) {
    value it_sets = {0};
    source it = {.makes = &it_sets, .sets = &it_sets};
    threading_local local = local_made_by(&it, init_and_set);
    CHECK(threading_local_get(local) == &it_sets);
    CHECK_NUMBER(value_destroyed(&it_sets), 0);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&it_sets), 1);
}

static void *init_set_and_delete(void *ctx) {
    source *it = ctx;
    CHECK_STATUS(threading_local_set(it->local, it->sets), THREADING_OK);
    CHECK_STATUS(threading_local_delete(it->local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(it->sets), 1);
    return init_plainly(ctx);
}

CASE(a_delete_in_the_initialiser_destroys_what_it_set) {
    value set = {0}, made = {0};
    source it = {.makes = &made, .sets = &set};
    threading_local local = local_made_by(&it, init_set_and_delete);
    CHECK(threading_local_get(local) == &made);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&set), 1);
    CHECK_NUMBER(value_destroyed(&made), 1);
}

static void *init_and_destroy(void *ctx) {
    source *it = ctx;
    if (it->sets) {
        CHECK_STATUS(threading_local_set(it->local, it->sets), THREADING_OK);
    }
    CHECK_STATUS(threading_local_destroy(it->local), THREADING_OK);
    return init_plainly(ctx);
}

/* The local is gone when there is a value for it, and the value goes the same way. */
static void init_destroys_its_local(worker *self) {
    value set = {0}, made = {0};
    source it = {.makes = &made, .sets = self->context ? &set : NULL};
    threading_local local = local_made_by(&it, init_and_destroy);
    CHECK(threading_local_get(local) == NULL);
    CHECK_NUMBER(value_destroyed(&set), self->context ? 1 : 0);
    CHECK_NUMBER(value_destroyed(&made), 1);
    CHECK(threading_local_get(local) == NULL);
    CHECK_NUMBER(atomic_load(&it.inits), 1);
    CHECK_STATUS(threading_local_destroy(local), THREADING_DESTROYED);
    CHECK_NUMBER(value_destroyed(&made), 1);
}
CASE(an_initialiser_may_destroy_its_local) {
    static int sets;
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        in_thread(whose, init_destroys_its_local, NULL);
        in_thread(whose, init_destroys_its_local, &sets);
    }
}

static void wrong_destructor(void *arg) {
    (void)arg;
    CHECK(!"a value came to the destructor of another local");
}

static threading_local in_its_place;

static void *init_and_be_replaced(void *ctx) {
    source *it = ctx;
    CHECK_STATUS(threading_local_destroy(it->local), THREADING_OK);
    /* In the very place that has become free, as likely as not. */
    in_its_place = local_new(NULL, wrong_destructor, NULL);
    return init_plainly(ctx);
}

CASE(a_value_for_a_destroyed_local_goes_to_the_destructor_of_that_local_and_no_other) {
    value made = {0};
    source it = {.makes = &made};
    threading_local local = local_made_by(&it, init_and_be_replaced);
    CHECK(threading_local_get(local) == NULL);
    CHECK_NUMBER(value_destroyed(&made), 1);
    CHECK(threading_local_get(in_its_place) == NULL);
    CHECK_STATUS(threading_local_destroy(in_its_place), THREADING_OK);
}

static void *init_by_others(void *ctx) {
    threading_local *others = ctx;
    value *first = threading_local_get(others[0]), *second = threading_local_get(others[1]);
    CHECK(first != NULL);
    CHECK(second != NULL);
    return first;
}

/* Also where the thread's values have to move to a larger place meanwhile. */
CASE(an_initialiser_may_use_and_initialise_other_locals) {
    enum { BETWEEN = 1000 };
    static threading_local others[2], between[BETWEEN];
    value first = {0}, second = {0};
    source one = {.makes = &first}, two = {.makes = &second};
    threading_local local = local_new(init_by_others, NULL, others);
    others[0] = local_made_by(&one, init_plainly);
    for (int i = 0; i < BETWEEN; i++) {
        between[i] = local_of_values();
    }
    others[1] = local_made_by(&two, init_plainly);
    CHECK(threading_local_get(local) == &first);
    CHECK(threading_local_get(others[1]) == &second);
    CHECK_NUMBER(atomic_load(&one.inits) + atomic_load(&two.inits), 2);
    for (int i = 0; i < BETWEEN; i++) {
        CHECK(threading_local_get(between[i]) == NULL);
    }
    CHECK_STATUS(threading_local_destroy(others[0]), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(others[1]), THREADING_OK);
}
