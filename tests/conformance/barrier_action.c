/* A barrier's action: when it runs and where, what it may do, and what comes of it. */
#include "barrier_tools.h"

enum { PARTIES = 4 };

typedef struct stage {
    threading_barrier barrier;
    int calls;
    uint64_t ident; /* of the thread that ran it last */
    caller *others;
    int count;
    bool result;
    void (*play)(struct stage *self);
} stage;

static bool act(void *ctx) {
    stage *self = ctx;
    self->calls++;
    self->ident = threading_get_ident();
    /* No one has gone yet: the others still wait. */
    for (int i = 0; i < self->count; i++) {
        CHECK(!atomic_load(&self->others[i].returned));
    }
    if (self->play) {
        self->play(self);
    }
    return self->result;
}

/* The calling thread comes last, so it runs the action. */
static void perform(void (*play)(stage *), bool result, threading_status expected, bool broken) {
    caller others[PARTIES - 1];
    stage it = {.others = others, .count = PARTIES - 1, .result = result, .play = play};
    it.barrier = barrier_make(PARTIES, act, &it);
    for (int round = 0; round < 3; round++) {
        size_t index = SIZE_MAX;
        comers_start(others, it.barrier, PARTIES - 1);
        CHECK_STATUS(round ? threading_barrier_wait_timeout(it.barrier, 0, &index)
                           : threading_barrier_wait(it.barrier, &index),
                     expected);
        CHECK(index == (expected == THREADING_OK ? PARTIES - 1 : SIZE_MAX));
        comers_end(others, PARTIES - 1, expected);
        CHECK_NUMBER(it.calls, round + 1);
        CHECK(it.ident == threading_get_ident());
        CHECK(threading_barrier_broken(it.barrier) == broken);
        CHECK_NUMBER(threading_barrier_n_waiting(it.barrier), 0);
        if (broken) {
            CHECK_STATUS(threading_barrier_wait(it.barrier, NULL), THREADING_BROKEN);
            CHECK_NUMBER(it.calls, round + 1);
            CHECK_STATUS(threading_barrier_reset(it.barrier), THREADING_OK);
        }
    }
    CHECK_STATUS(threading_barrier_destroy(it.barrier), THREADING_OK);
}

/* test_action */
CASE(the_last_to_come_runs_it_once_while_the_others_wait) {
    perform(NULL, true, THREADING_OK, false);
}

CASE(an_action_that_returns_false_breaks_it_for_all) {
    perform(NULL, false, THREADING_BROKEN, true);
}

static bool counts(void *ctx) {
    ++*(int *)ctx;
    return true;
}

CASE(it_runs_in_a_barrier_of_one_too) {
    int calls = 0;
    threading_barrier barrier = barrier_make(1, counts, &calls);
    for (int i = 1; i <= 100; i++) {
        CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
        CHECK_NUMBER(calls, i);
    }
}

static bool has_no_context(void *ctx) { return ctx == NULL; }

CASE(its_context_may_be_null) {
    threading_barrier barrier = barrier_make(1, has_no_context, NULL);
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
}

/* Not atomic: one cycle after the other. */
static void comes_often(worker *self) {
    threading_barrier *barrier = self->context;
    for (int i = 0; i < 3000; i++) {
        CHECK_STATUS(threading_barrier_wait(*barrier, NULL), THREADING_OK);
    }
}

CASE(it_runs_once_a_cycle) {
    int calls = 0;
    threading_barrier barrier = barrier_make(5, counts, &calls);
    worker threads[5];
    for (int i = 0; i < 5; i++) {
        worker_start(&threads[i], i % WORKER_KINDS, comes_often, &barrier);
    }
    for (int i = 0; i < 5; i++) {
        worker_join(&threads[i]);
    }
    CHECK_NUMBER(calls, 3000);
}

/* ---- what it may call of its own barrier ---- */

static void asks(stage *self) {
    /* All have come, and nobody has gone. */
    CHECK_NUMBER(threading_barrier_n_waiting(self->barrier), PARTIES);
    CHECK_NUMBER(threading_barrier_parties(self->barrier), PARTIES);
    CHECK(!threading_barrier_broken(self->barrier));
}

CASE(the_action_may_ask_its_barrier) { perform(asks, true, THREADING_OK, false); }

static void aborts(stage *self) {
    CHECK_STATUS(threading_barrier_abort(self->barrier), THREADING_OK);
    CHECK(threading_barrier_broken(self->barrier));
}

CASE(the_action_may_abort_its_barrier) {
    perform(aborts, true, THREADING_BROKEN, true);
    perform(aborts, false, THREADING_BROKEN, true);
}

static void resets(stage *self) {
    CHECK_STATUS(threading_barrier_reset(self->barrier), THREADING_OK);
    CHECK(!threading_barrier_broken(self->barrier));
}

CASE(the_action_may_reset_its_barrier) { perform(resets, true, THREADING_BROKEN, false); }

static void aborts_and_resets(stage *self) {
    CHECK_STATUS(threading_barrier_abort(self->barrier), THREADING_OK);
    CHECK_STATUS(threading_barrier_reset(self->barrier), THREADING_OK);
}

CASE(the_action_may_abort_and_reset_its_barrier) {
    perform(aborts_and_resets, true, THREADING_BROKEN, false);
}

static void destroys(stage *self) {
    CHECK_STATUS(threading_barrier_destroy(self->barrier), THREADING_BUSY);
}

CASE(destroying_it_in_its_action_is_busy) {
    perform(destroys, true, THREADING_OK, false);
    perform(destroys, false, THREADING_BROKEN, true);
}

static void destroys_after_reset(stage *self) {
    resets(self);
    CHECK_STATUS(threading_barrier_destroy(self->barrier), THREADING_BUSY);
}

CASE(destroying_it_in_its_action_is_busy_though_nobody_waits) {
    perform(destroys_after_reset, true, THREADING_BROKEN, false);
}

static void waits(stage *self) {
    size_t index = 4711;
    CHECK_STATUS(threading_barrier_wait(self->barrier, &index), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_barrier_wait_timeout(self->barrier, 0, &index),
                 THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_barrier_wait_timeout(self->barrier, INFINITY, &index),
                 THREADING_WOULD_DEADLOCK);
    CHECK_NUMBER(index, 4711);
}

CASE(waiting_at_it_in_its_action_would_deadlock) { perform(waits, true, THREADING_OK, false); }

static threading_status calls_reset(caller *self) {
    return threading_barrier_reset((threading_barrier){self->bits});
}
static threading_status calls_abort(caller *self) {
    return threading_barrier_abort((threading_barrier){self->bits});
}
static threading_status calls_destroy(caller *self) {
    return threading_barrier_destroy((threading_barrier){self->bits});
}

static void is_disturbed(stage *self, threading_status (*call)(caller *),
                         threading_status expected) {
    caller other;
    caller_start(&other, self->calls % WORKER_KINDS, call, self->barrier.bits, 0);
    caller_end(&other, expected);
}
static void is_reset_by_another(stage *self) { is_disturbed(self, calls_reset, THREADING_OK); }
static void is_aborted_by_another(stage *self) { is_disturbed(self, calls_abort, THREADING_OK); }
static void is_destroyed_by_another(stage *self) {
    is_disturbed(self, calls_destroy, THREADING_BUSY);
}

CASE(others_may_reset_and_abort_and_not_destroy_it_meanwhile) {
    perform(is_reset_by_another, true, THREADING_BROKEN, false);
    perform(is_aborted_by_another, true, THREADING_BROKEN, true);
    perform(is_destroyed_by_another, true, THREADING_OK, false);
}

/* ---- who comes, and whose time runs out, meanwhile ---- */

static caller newcomer;

static void is_met_by_a_newcomer(stage *self) {
    caller_start_asleep(&newcomer, FOREIGN, calls_barrier_wait, self->barrier.bits, 0);
}

CASE(who_comes_during_the_action_belongs_to_the_next_cycle) {
    for (int result = 0; result < 2; result++) {
        caller others[PARTIES - 1];
        stage it = {
            .others = others, .count = PARTIES - 1, .result = result, .play = is_met_by_a_newcomer};
        it.barrier = barrier_make(PARTIES, act, &it);
        comers_start(others, it.barrier, PARTIES - 1);
        CHECK_STATUS(threading_barrier_wait(it.barrier, NULL),
                     result ? THREADING_OK : THREADING_BROKEN);
        comers_end(others, PARTIES - 1, result ? THREADING_OK : THREADING_BROKEN);
        if (result) {
            EVENTUALLY(threading_barrier_n_waiting(it.barrier) == 1);
            CHECK(!atomic_load(&newcomer.returned));
            it.play = NULL;
            it.count = 0;
            comers_start(others, it.barrier, PARTIES - 2);
            CHECK_STATUS(threading_barrier_wait(it.barrier, NULL), THREADING_OK);
            caller_end(&newcomer, THREADING_OK);
            CHECK_NUMBER(newcomer.index, 0);
            for (int i = 0; i < PARTIES - 2; i++) {
                caller_end(&others[i], THREADING_OK);
                CHECK_NUMBER(others[i].index, i + 1);
            }
        } else {
            caller_end(&newcomer, THREADING_BROKEN);
        }
    }
}

static void outlasts_the_time(stage *self) {
    for (double start = threading_monotonic(); threading_monotonic() - start < 0.15;) {
        for (int i = 0; i < self->count; i++) {
            CHECK(!atomic_load(&self->others[i].returned));
        }
        case_nap();
    }
}

CASE(a_time_out_during_the_action_waits_for_its_end) {
    for (int result = 0; result < 2; result++) {
        caller others[2];
        stage it = {.others = others, .count = 2, .result = result, .play = outlasts_the_time};
        it.barrier = barrier_make(3, act, &it);
        double start = threading_monotonic();
        comer_start(&others[0], it.barrier, 0, 0.05);
        comer_start(&others[1], it.barrier, 1, INFINITY);
        threading_status status = threading_barrier_wait(it.barrier, NULL);
        if (it.calls == 1) {
            CHECK_NOT_EARLY(start, 0.15);
            CHECK_STATUS(status, result ? THREADING_OK : THREADING_BROKEN);
            comers_end(others, 2, status);
        } else {
            /* A machine so slow that the time ran out before the last came. */
            CHECK_STATUS(status, THREADING_BROKEN);
            caller_end(&others[0], THREADING_TIMEOUT);
            caller_end(&others[1], THREADING_BROKEN);
        }
    }
}

/* ---- anything else ---- */

static bool never(void *ctx) {
    (void)ctx;
    return false;
}

static void uses_everything(stage *self) {
    threading_lock lock;
    threading_condition condition;
    threading_semaphore semaphore;
    threading_event event;
    threading_barrier other = barrier_make(2, NULL, NULL);
    caller partner;
    (void)self;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire_timeout(lock, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_condition_new_with_lock(lock, &condition), THREADING_OK);
    CHECK_STATUS(threading_condition_wait_for_timeout(condition, never, NULL, 0.001),
                 THREADING_TIMEOUT);
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_event_wait_timeout(event, 0.001), THREADING_TIMEOUT);
    comer_start(&partner, other, 0, -1);
    CHECK_STATUS(threading_barrier_wait(other, NULL), THREADING_OK);
    caller_end(&partner, THREADING_OK);
    CHECK_STATUS(threading_barrier_wait_timeout(other, 0.001, NULL), THREADING_TIMEOUT);
}

CASE(the_action_may_wait_for_anything_else) { perform(uses_everything, true, THREADING_OK, false); }

/* ---- one that does not return ---- */

static void exits(stage *self) {
    (void)self;
    pthread_exit(NULL);
}

CASE(an_action_that_unwinds_breaks_the_barrier) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        caller others[PARTIES - 1], last;
        stage it = {.others = others, .count = PARTIES - 1, .play = exits};
        it.barrier = barrier_make(PARTIES, act, &it);
        comers_start(others, it.barrier, PARTIES - 1);
        caller_start(&last, whose, calls_barrier_wait, it.barrier.bits, 0);
        worker_join(&last.thread);
        CHECK(!atomic_load(&last.returned));
        comers_end(others, PARTIES - 1, THREADING_BROKEN);
        CHECK(threading_barrier_broken(it.barrier));
        it.play = NULL;
        it.count = 0;
        it.result = true;
        CHECK_STATUS(threading_barrier_reset(it.barrier), THREADING_OK);
        barrier_check_whole(it.barrier);
        CHECK_STATUS(threading_barrier_destroy(it.barrier), THREADING_OK);
    }
}
