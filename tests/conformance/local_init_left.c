/* Initialisers that do not return but end the thread: nothing is made, nothing is lost, and nobody
 * else is harmed. */
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

static threading_local in_its_place;

static atomic_int exits_left;

static void *init_exits(void *ctx) {
    source *it = ctx;
    bool exits = atomic_fetch_sub(&exits_left, 1) > 0;
    if (it->sets) {
        CHECK_STATUS(threading_local_set(it->local, &it->sets[exits ? 0 : 1]), THREADING_OK);
    }
    if (exits) {
        pthread_exit(NULL);
    }
    return init_plainly(ctx);
}

/* Runs while pthread_exit unwinds the thread: the initialiser was left, and has made no value. */
static void try_again(void *arg) {
    source *it = arg;
    CHECK_NUMBER(atomic_load(&it->inits), 0);
    CHECK(threading_local_get(it->local) == it->makes);
    CHECK_NUMBER(atomic_load(&it->inits), 1);
    CHECK(threading_local_get(it->local) == it->makes);
    CHECK_NUMBER(atomic_load(&it->inits), 1);
}

static void *run_left(void *arg) {
    source *it = arg;
    pthread_cleanup_push(try_again, it);
    threading_local_get(it->local);
    CHECK(!"the initialiser has returned");
    pthread_cleanup_pop(0);
    return NULL;
}

/* Not by way of worker_start: pthread_exit is to unwind nothing of the harness. */
static void exit_in_the_initialiser(worker_kind kind, source *it) {
    atomic_store(&exits_left, 1);
    if (kind == OURS) {
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, run_left, it, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    } else {
        pthread_t thread;
        CHECK_NUMBER(pthread_create(&thread, NULL, run_left, it), 0);
        CHECK_NUMBER(pthread_join(thread, NULL), 0);
    }
    CHECK_NUMBER(atomic_load(&it->inits), 1);
}

CASE(an_initialiser_that_ends_the_thread_has_made_no_value_and_runs_again) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        value made = {0};
        source it = {.makes = &made};
        threading_local local = local_made_by(&it, init_exits);
        exit_in_the_initialiser(whose, &it);
        CHECK_NUMBER(value_destroyed(&made), 1);
        CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
        CHECK_NUMBER(value_destroyed(&made), 1);
    }
}

/* What the initialiser has set may stay the value, or be destroyed when it is left. It may not be
 * forgotten. */
static void find_set_or_made(void *arg) {
    source *it = arg;
    value *found = threading_local_get(it->local);
    if (found == &it->sets[0]) {
        CHECK_NUMBER(atomic_load(&it->inits), 0);
        CHECK_NUMBER(value_destroyed(&it->sets[0]), 0);
    } else {
        CHECK(found == it->makes);
        CHECK_NUMBER(atomic_load(&it->inits), 1);
        CHECK_NUMBER(value_destroyed(&it->sets[0]), 1);
    }
}

static void *run_and_find(void *arg) {
    source *it = arg;
    pthread_cleanup_push(find_set_or_made, it);
    threading_local_get(it->local);
    CHECK(!"the initialiser has returned");
    pthread_cleanup_pop(0);
    return NULL;
}

CASE(what_an_initialiser_set_before_it_ended_the_thread_is_destroyed_once) {
    value sets[2] = {{0}, {0}}, made = {0};
    source it = {.makes = &made, .sets = sets};
    threading_thread thread;
    threading_local local = local_made_by(&it, init_exits);
    atomic_store(&exits_left, 1);
    CHECK_STATUS(threading_thread_spawn(NULL, run_and_find, &it, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&sets[0]), 1);
    CHECK_NUMBER(value_destroyed(&sets[1]), atomic_load(&it.inits));
    CHECK_NUMBER(value_destroyed(&made), atomic_load(&it.inits));
}

static void look_through_no_handle(void *arg) {
    threading_local none = THREADING_NULL;
    CHECK(arg != NULL);
    CHECK(threading_local_get(none) == NULL);
}

static void *run_and_look(void *arg) {
    source *it = arg;
    pthread_cleanup_push(look_through_no_handle, it);
    threading_local_get(it->local);
    CHECK(!"the initialiser has returned");
    pthread_cleanup_pop(0);
    return NULL;
}

/* The first local of the process is as near to the null handle as can be. */
CASE(what_an_initialiser_left_behind_is_not_seen_through_the_null_handle) {
    value sets[2] = {{0}, {0}};
    source it = {.sets = sets};
    threading_thread thread;
    threading_local local = local_made_by(&it, init_exits);
    atomic_store(&exits_left, 1);
    CHECK_STATUS(threading_thread_spawn(NULL, run_and_look, &it, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&sets[0]), 1);
}

static void *init_is_replaced_and_exits(void *ctx) {
    source *it = ctx;
    CHECK_STATUS(threading_local_destroy(it->local), THREADING_OK);
    in_its_place = local_of_values();
    CHECK_STATUS(threading_local_set(in_its_place, it->sets), THREADING_OK);
    pthread_exit(NULL);
}

static void find_the_other(void *arg) {
    source *it = arg;
    CHECK(threading_local_get(in_its_place) == it->sets);
    CHECK_NUMBER(value_destroyed(it->sets), 0);
}

static void *run_replaced(void *arg) {
    source *it = arg;
    pthread_cleanup_push(find_the_other, it);
    threading_local_get(it->local);
    CHECK(!"the initialiser has returned");
    pthread_cleanup_pop(0);
    return NULL;
}

/* Undoing the first touch of a local that is gone must not touch the local that has its place. */
CASE(leaving_the_initialiser_of_a_destroyed_local_undoes_nothing_of_another) {
    value set = {0};
    source it = {.sets = &set};
    threading_thread thread;
    local_made_by(&it, init_is_replaced_and_exits);
    CHECK_STATUS(threading_thread_spawn(NULL, run_replaced, &it, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&set), 1);
    CHECK_STATUS(threading_local_destroy(in_its_place), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&set), 1);
}
