/* Locals at the end of a thread: its values are destroyed in it, once, whoever started it and
 * however it ends. */
#include "local_mortal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- who destroys, and when ---- */

CASE(values_are_destroyed_by_the_thread_that_ends_while_it_still_is_that_thread) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        mortal me = {.local = local_of_values()};
        me.it.then = be_the_same_thread;
        in_thread(whose, be_mortal, &me);
        CHECK_NUMBER(value_destroyed(&me.it), 1);
        CHECK_NUMBER(me.found, 1);
        CHECK_STATUS(threading_local_destroy(me.local), THREADING_OK);
        CHECK_NUMBER(value_destroyed(&me.it), 1);
    }
}

static void wait_in_the_destructor(value *self) {
    mortal *me = self->context;
    gate_pass(me->ready);
    gate_pass(me->end);
    me->found++;
}

CASE(a_join_waits_for_the_destructors) {
    gate ready = GATE_CLOSED, end = GATE_CLOSED;
    mortal me = {.local = local_of_values(), .ready = &ready, .end = &end};
    worker thread;
    me.it.then = wait_in_the_destructor;
    worker_start(&thread, OURS, be_mortal, &me);
    gate_await(&ready, 1);
    CHECK_STATUS(threading_thread_join_timeout(thread.ours, 0.01), THREADING_TIMEOUT);
    CHECK(threading_thread_is_alive(thread.ours));
    gate_open(&ready);
    gate_open(&end);
    worker_join(&thread);
    CHECK_NUMBER(me.found, 1);
    CHECK_STATUS(threading_local_destroy(me.local), THREADING_OK);
}

static void find_my_value(threading_thread thread, void *ctx) {
    mortal *me = ctx;
    CHECK(THREADING_SAME(thread, me->self));
    CHECK(threading_local_get(me->local) == &me->it);
    CHECK_NUMBER(value_destroyed(&me->it), 0);
    me->found++;
}

CASE(the_exit_hook_still_finds_the_value) {
    mortal me = {.local = local_of_values()};
    CHECK_STATUS(threading_set_exit_hook(find_my_value, &me), THREADING_OK);
    in_thread(OURS, be_mortal, &me);
    CHECK_NUMBER(me.found, 1);
    CHECK_NUMBER(value_destroyed(&me.it), 1);
    CHECK_STATUS(threading_local_destroy(me.local), THREADING_OK);
}

static void *set_and_pthread_exit(void *arg) {
    be_mortal(&(worker){.context = arg});
    pthread_exit(NULL);
}

static void *set_and_threading_exit(void *arg) {
    be_mortal(&(worker){.context = arg});
    threading_exit(NULL);
    return NULL;
}

static void *set_and_be_cancelled(void *arg) {
    mortal *me = arg;
    be_mortal(&(worker){.context = arg});
    gate_open(me->ready);
    for (;;) {
        pause();
    }
    return NULL;
}

CASE(values_are_destroyed_however_the_thread_ends) {
    static threading_target ways[] = {set_and_pthread_exit, set_and_threading_exit,
                                      set_and_be_cancelled};
    for (int way = 0; way < 3; way++) {
        gate ready = GATE_CLOSED;
        mortal me = {.local = local_of_values(), .ready = &ready};
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, ways[way], &me, &thread), THREADING_OK);
        if (ways[way] == set_and_be_cancelled) {
            gate_pass(&ready);
            CHECK_NUMBER(pthread_cancel(me.posix), 0);
        }
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
        CHECK_NUMBER(value_destroyed(&me.it), 1);
        CHECK_STATUS(threading_local_destroy(me.local), THREADING_OK);
    }
}

/* ---- what the destructors may do ---- */

static void *init_theirs(void *ctx) {
    mortal *me = ctx;
    return &me->theirs;
}

static void *init_never(void *ctx) {
    (void)ctx;
    CHECK(!"the initialiser runs in a thread that had a value");
    return NULL;
}

static void use_others(value *self) {
    mortal *me = self->context;
    value passing = {0};
    threading_local mine = local_of_values();
    /* Its own: the value is gone, and the initialiser does not run again. */
    CHECK(threading_local_get(me->local) == NULL);
    CHECK_STATUS(threading_local_delete(me->local), THREADING_NO_VALUE);
    /* One that the thread never touched. */
    CHECK(threading_local_get(me->other) == &me->theirs);
    /* One that is made and ended here. */
    CHECK(threading_local_get(mine) == NULL);
    CHECK_STATUS(threading_local_set(mine, &passing), THREADING_OK);
    CHECK(threading_local_get(mine) == &passing);
    CHECK_STATUS(threading_local_destroy(mine), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&passing), 1);
    me->found++;
}

CASE(destructors_may_use_other_locals_and_what_they_make_is_destroyed) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        for (int order = 0; order < 2; order++) {
            mortal me = {.found = 0};
            if (order == 0) {
                me.local = local_new(init_never, value_destroy, &me);
            }
            me.other = local_new(init_theirs, value_destroy, &me);
            if (order == 1) {
                me.local = local_new(init_never, value_destroy, &me);
            }
            me.it.then = use_others;
            in_thread(whose, be_mortal, &me);
            CHECK_NUMBER(me.found, 1);
            CHECK_NUMBER(value_destroyed(&me.it), 1);
            CHECK_NUMBER(value_destroyed(&me.theirs), 1);
            CHECK_STATUS(threading_local_destroy(me.local), THREADING_OK);
            CHECK_STATUS(threading_local_destroy(me.other), THREADING_OK);
        }
    }
}

enum { MORE_ROUNDS = 4, ENDLESS = 100 };

typedef struct stubborn {
    threading_local local;
    value values[ENDLESS];
    int sets, wanted;
} stubborn;

static void set_once_more(value *self) {
    stubborn *me = self->context;
    if (me->sets < me->wanted) {
        value *next = &me->values[++me->sets];
        next->then = set_once_more;
        next->context = me;
        CHECK_STATUS(threading_local_set(me->local, next), THREADING_OK);
    }
}

static void be_stubborn(worker *self) {
    stubborn *me = self->context;
    me->values[0].then = set_once_more;
    me->values[0].context = me;
    CHECK_STATUS(threading_local_set(me->local, &me->values[0]), THREADING_OK);
}

CASE(values_that_destructors_set_are_destroyed_in_four_more_rounds) {
    for (int wanted = 0; wanted <= MORE_ROUNDS; wanted++) {
        for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
            static stubborn me;
            memset(&me, 0, sizeof me);
            me.local = local_of_values();
            me.wanted = wanted;
            in_thread(whose, be_stubborn, &me);
            CHECK_NUMBER(me.sets, wanted);
            for (int i = 0; i <= wanted; i++) {
                CHECK_NUMBER(value_destroyed(&me.values[i]), 1);
            }
            CHECK_STATUS(threading_local_destroy(me.local), THREADING_OK);
        }
    }
}

/* What is left in the end stays alive, or is destroyed with the local: never twice, never in a
 * thread that is gone. */
CASE(a_thread_whose_destructors_always_set_a_value_ends) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        static stubborn me;
        memset(&me, 0, sizeof me);
        me.local = local_of_values();
        me.wanted = ENDLESS - 1;
        in_thread(whose, be_stubborn, &me);
        CHECK(me.sets > MORE_ROUNDS);
        CHECK(me.sets < ENDLESS - 1);
        for (int i = 0; i < me.sets; i++) {
            CHECK_NUMBER(value_destroyed(&me.values[i]), 1);
        }
        printf("%d values were destroyed\n", me.sets);
        CHECK_STATUS(threading_local_destroy(me.local), THREADING_OK);
        CHECK(value_destroyed(&me.values[me.sets]) <= 1);
    }
}

/* ---- destroying the local there ---- */

static void destroy_it(value *self) {
    mortal *me = self->context;
    threading_status status = threading_local_destroy(me->local);
    CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
    me->found += status == THREADING_OK;
    CHECK_STATUS(threading_local_set(me->local, self), THREADING_DESTROYED);
}

static void be_mortal_together(worker *self) {
    mortal *me = self->context;
    be_mortal(self);
    gate_pass(me->ready);
}

CASE(a_destructor_at_the_end_of_a_thread_may_destroy_the_local) {
    enum { TOGETHER = 6, MOMENTS = 100 };
    for (int moment = 0; moment < MOMENTS; moment++) {
        gate ready = GATE_CLOSED;
        worker threads[TOGETHER];
        static mortal all[TOGETHER];
        threading_local local = local_of_values();
        int found = 0;
        memset(all, 0, sizeof all);
        for (int i = 0; i < TOGETHER; i++) {
            all[i].local = local;
            all[i].ready = &ready;
            all[i].it.then = destroy_it;
            worker_start(&threads[i], i % WORKER_KINDS, be_mortal_together, &all[i]);
        }
        gate_await(&ready, TOGETHER);
        gate_open(&ready);
        for (int i = 0; i < TOGETHER; i++) {
            worker_join(&threads[i]);
        }
        for (int i = 0; i < TOGETHER; i++) {
            CHECK_NUMBER(value_destroyed(&all[i].it), 1);
            found += all[i].found;
        }
        CHECK_NUMBER(found, 1);
    }
}

/* ---- destructors that end the thread ---- */

static void end_the_thread(value *self) {
    (void)self;
    pthread_exit(NULL);
}

static void *delete_and_never_return(void *arg) {
    mortal *me = arg;
    me->it.then = end_the_thread;
    CHECK_STATUS(threading_local_set(me->other, &me->theirs), THREADING_OK);
    CHECK_STATUS(threading_local_set(me->local, &me->it), THREADING_OK);
    (void)!threading_local_delete(me->local);
    CHECK(!"the destructor has returned");
    return NULL;
}

static void *replace_and_never_return(void *arg) {
    mortal *me = arg;
    me->it.then = end_the_thread;
    CHECK_STATUS(threading_local_set(me->other, &me->theirs), THREADING_OK);
    CHECK_STATUS(threading_local_set(me->local, &me->it), THREADING_OK);
    (void)!threading_local_set(me->local, &me->more);
    CHECK(!"the destructor has returned");
    return NULL;
}

CASE(a_destructor_that_ends_the_thread_leaves_nothing_held_and_no_value_behind) {
    static threading_target ways[] = {delete_and_never_return, replace_and_never_return};
    for (int way = 0; way < 2; way++) {
        mortal me = {.local = local_of_values(), .other = local_of_values()};
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, ways[way], &me, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
        CHECK_NUMBER(value_destroyed(&me.it), 1);
        CHECK_NUMBER(value_destroyed(&me.more), way);
        CHECK_NUMBER(value_destroyed(&me.theirs), 1);
        CHECK_STATUS(threading_local_destroy(me.local), THREADING_OK);
        CHECK_STATUS(threading_local_destroy(me.other), THREADING_OK);
        CHECK_NUMBER(threading_active_count(), 1);
    }
}

static void *destroy_and_never_return(void *arg) {
    mortal *me = arg;
    (void)!threading_local_destroy(me->local);
    CHECK(!"the destructor has returned");
    return NULL;
}

/* Such a destructor breaks the rules, and what becomes of the values that were still to come is not
 * promised. */
CASE(a_destructor_that_ends_the_thread_that_destroys_the_local_leaves_nothing_held) {
    gate ready = GATE_CLOSED;
    mortal others[2] = {{.found = 0}, {.found = 0}}, me = {.local = local_of_values()};
    worker threads[2];
    threading_thread thread;
    for (int i = 0; i < 2; i++) {
        others[i].local = me.local;
        others[i].ready = &ready;
        others[i].it.then = end_the_thread;
        worker_start(&threads[i], i % WORKER_KINDS, be_mortal_together, &others[i]);
    }
    gate_await(&ready, 2);
    CHECK_STATUS(threading_thread_spawn(NULL, destroy_and_never_return, &me, &thread),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&others[0].it) + value_destroyed(&others[1].it), 1);
    CHECK_STATUS(threading_local_destroy(me.local), THREADING_DESTROYED);
    others[0].it.then = others[1].it.then = NULL;
    gate_open(&ready);
    worker_join(&threads[0]);
    worker_join(&threads[1]);
    CHECK(value_destroyed(&others[0].it) <= 1);
    CHECK(value_destroyed(&others[1].it) <= 1);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        me.local = local_of_values();
        in_thread(whose, be_mortal, &me);
        CHECK_STATUS(threading_local_destroy(me.local), THREADING_OK);
    }
    CHECK_NUMBER(value_destroyed(&me.it), WORKER_KINDS);
}
