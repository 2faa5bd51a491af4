/* Locals in a forked child: its one thread keeps its values, and nobody destroys those of the
 * threads that are gone. */
#include "gate.h"
#include "local_tools.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct family {
    threading_local local;
    value mine, theirs, later;
    gate *have, *leave;
} family;

/* Forks; the child runs the body and ends with 50, or with what a failed check ends it with. */
static void in_child(void (*body)(family *), family *of) {
    fflush(NULL);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(CASE_SECONDS / 2);
        body(of);
        _exit(50);
    }
    int state = 0;
    CHECK_NUMBER(waitpid(pid, &state, 0), pid);
    CHECK(WIFEXITED(state));
    CHECK_NUMBER(WEXITSTATUS(state), 50);
}

static void have_theirs(worker *self) {
    family *of = self->context;
    CHECK_STATUS(threading_local_set(of->local, &of->theirs), THREADING_OK);
    gate_pass(of->have);
    gate_pass(of->leave);
}

static void set_later(worker *self) {
    family *of = self->context;
    CHECK(threading_local_get(of->local) == NULL);
    CHECK_STATUS(threading_local_set(of->local, &of->later), THREADING_OK);
}

static void look_in_the_child(family *of) {
    CHECK(threading_local_get(of->local) == &of->mine);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        in_thread(whose, set_later, of);
        CHECK_NUMBER(value_destroyed(&of->later), whose + 1);
    }
    CHECK_STATUS(threading_local_destroy(of->local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&of->mine), 1);
    CHECK_NUMBER(value_destroyed(&of->theirs), 0);
    CHECK(threading_local_get(of->local) == NULL);
    CHECK_STATUS(threading_local_destroy(local_of_values()), THREADING_OK);
}

CASE(the_child_keeps_the_values_of_its_thread_and_leaves_those_of_others_alone) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        gate have = GATE_CLOSED, leave = GATE_CLOSED;
        family of = {.local = local_of_values(), .have = &have, .leave = &leave};
        worker other;
        gate_open(&have);
        CHECK_STATUS(threading_local_set(of.local, &of.mine), THREADING_OK);
        worker_start(&other, whose, have_theirs, &of);
        gate_await(&have, 1);
        in_child(look_in_the_child, &of);
        /* The parent has not noticed. */
        CHECK(threading_local_get(of.local) == &of.mine);
        CHECK_NUMBER(value_destroyed(&of.mine), 0);
        CHECK_NUMBER(value_destroyed(&of.theirs), 0);
        gate_open(&leave);
        worker_join(&other);
        CHECK_NUMBER(value_destroyed(&of.theirs), 1);
        CHECK_STATUS(threading_local_destroy(of.local), THREADING_OK);
        CHECK_NUMBER(value_destroyed(&of.mine), 1);
    }
}

/* In the child of a thread the return from that thread's function ends the thread, and its values
 * with it. */
static void say_destroyed(value *self) {
    (void)self;
    _exit(51);
}

static void fork_and_return(worker *self) {
    family *of = self->context;
    CHECK_STATUS(threading_local_set(of->local, &of->theirs), THREADING_OK);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(CASE_SECONDS / 2);
        of->theirs.then = say_destroyed;
        CHECK(threading_local_get(of->local) == &of->theirs);
        return;
    }
    int state = 0;
    CHECK_NUMBER(waitpid(pid, &state, 0), pid);
    CHECK(WIFEXITED(state));
    CHECK_NUMBER(WEXITSTATUS(state), 51);
}

CASE(the_value_of_a_thread_that_forked_is_destroyed_at_its_end_in_the_child) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        family of = {.local = local_of_values()};
        CHECK_STATUS(threading_local_set(of.local, &of.mine), THREADING_OK);
        in_thread(whose, fork_and_return, &of);
        CHECK_NUMBER(value_destroyed(&of.theirs), 1);
        CHECK_NUMBER(value_destroyed(&of.mine), 0);
        CHECK_STATUS(threading_local_destroy(of.local), THREADING_OK);
    }
}

typedef struct traffic {
    worker thread;
    threading_local shared;
    atomic_bool *stop;
    value values[2];
} traffic;

static void short_life(worker *self) {
    traffic *me = self->context;
    CHECK_STATUS(threading_local_set(me->shared, &me->values[1]), THREADING_OK);
}

static void be_busy(worker *self) {
    traffic *me = self->context;
    for (int i = 0; !atomic_load(me->stop); i++) {
        threading_local passing = local_of_values();
        CHECK_STATUS(threading_local_set(passing, &me->values[0]), THREADING_OK);
        CHECK_STATUS(threading_local_set(me->shared, &me->values[0]), THREADING_OK);
        CHECK_STATUS(threading_local_delete(me->shared), THREADING_OK);
        CHECK_STATUS(threading_local_destroy(passing), THREADING_OK);
        if (i % 8 == 0) {
            in_thread(i % WORKER_KINDS, short_life, me);
        }
    }
}

static void use_everything(family *of) {
    enum { MANY = 100 };
    static value values[MANY];
    CHECK(threading_local_get(of->local) == &of->mine);
    for (int i = 0; i < MANY; i++) {
        threading_local local = local_of_values();
        CHECK(threading_local_get(local) == NULL);
        CHECK_STATUS(threading_local_set(local, &values[i]), THREADING_OK);
        CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
        CHECK_NUMBER(value_destroyed(&values[i]), 1);
    }
    in_thread(OURS, set_later, of);
    CHECK_NUMBER(value_destroyed(&of->later), 1);
    CHECK_STATUS(threading_local_destroy(of->local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&of->mine), 1);
}

CASE(a_fork_amid_others_traffic_leaves_nothing_held_in_the_child) {
    enum { BUSY = 3, FORKS = 60 };
    static traffic busy[BUSY];
    atomic_bool stop = false;
    threading_local shared = local_of_values();
    for (int i = 0; i < BUSY; i++) {
        busy[i].shared = shared;
        busy[i].stop = &stop;
        worker_start(&busy[i].thread, i % WORKER_KINDS, be_busy, &busy[i]);
    }
    for (int i = 0; i < FORKS; i++) {
        family of = {.local = local_of_values()};
        CHECK_STATUS(threading_local_set(of.local, &of.mine), THREADING_OK);
        in_child(use_everything, &of);
        CHECK_STATUS(threading_local_destroy(of.local), THREADING_OK);
        CHECK_NUMBER(value_destroyed(&of.mine), 1);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < BUSY; i++) {
        worker_join(&busy[i].thread);
    }
    CHECK_STATUS(threading_local_destroy(shared), THREADING_OK);
}
