/* threading_condition_wait_for and _wait_for_timeout: when the predicate is called, what it may do,
 * and what comes of it. */
#include "caller.h"
#include "condition_tools.h"

/* A predicate that notes its calls, and holds from the call of that number on. */
typedef struct question {
    subject us;
    int calls, holds_at;
    bool locked;                         /* at every call */
    bool (*also)(struct question *self); /* what else it does; false: it does not hold yet */
} question;

static bool asks(void *ctx) {
    question *self = ctx;
    self->calls++;
    self->locked = self->locked && threading_condition_locked(self->us.condition);
    bool holds = self->also == NULL || self->also(self);
    return holds && self->calls >= self->holds_at;
}

static void question_make(question *self, underneath kind, int holds_at) {
    memset(self, 0, sizeof *self);
    subject_make(&self->us, kind);
    self->holds_at = holds_at;
    self->locked = true;
}

CASE(the_predicate_is_called_first_and_with_the_lock_held) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        question it;
        question_make(&it, kind, 1);
        CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_wait_for(it.us.condition, asks, &it), THREADING_OK);
        CHECK_NUMBER(it.calls, 1);
        CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, 0),
                     THREADING_OK);
        CHECK_NUMBER(it.calls, 2);
        CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, INFINITY),
                     THREADING_OK);
        CHECK_NUMBER(it.calls, 3);
        CHECK(it.locked);
        CHECK_NUMBER(subject_depth(&it.us), 1);
        CHECK_STATUS(threading_condition_release(it.us.condition), THREADING_OK);
        subject_end(&it.us);
    }
}

static bool has_no_context(void *ctx) { return ctx == NULL; }

CASE(the_context_is_passed_on_and_may_be_null) {
    question it;
    question_make(&it, OWN_RLOCK, 1);
    CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_wait_for(it.us.condition, has_no_context, NULL), THREADING_OK);
    CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, has_no_context, &it, 0),
                 THREADING_TIMEOUT);
}

static threading_status calls_wait_for(caller *self) {
    question *it = (question *)(uintptr_t)self->bits;
    return threading_condition_wait_for(it->us.condition, asks, it);
}

static threading_status calls_wait_for_timeout(caller *self) {
    question *it = (question *)(uintptr_t)self->bits;
    return threading_condition_wait_for_timeout(it->us.condition, asks, it, self->seconds);
}

/* Unlike Python's, which calls a predicate without the lock. */
CASE(the_lock_is_checked_before_the_predicate_is_called) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        question it;
        question_make(&it, kind, 1);
        CHECK_STATUS(threading_condition_wait_for(it.us.condition, asks, &it),
                     THREADING_NOT_ACQUIRED);
        CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, 1),
                     THREADING_NOT_ACQUIRED);
        if (kind != GIVEN_LOCK) {
            caller other;
            CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
            caller_start(&other, FOREIGN, calls_wait_for, (uint64_t)(uintptr_t)&it, 0);
            caller_end(&other, THREADING_NOT_OWNER);
            caller_start(&other, OURS, calls_wait_for_timeout, (uint64_t)(uintptr_t)&it, 1);
            caller_end(&other, THREADING_NOT_OWNER);
            CHECK_STATUS(threading_condition_release(it.us.condition), THREADING_OK);
        }
        CHECK_NUMBER(it.calls, 0);
        subject_end(&it.us);
    }
}

CASE(no_predicate_and_bad_times_are_invalid) {
    question it;
    question_make(&it, OWN_RLOCK, 1);
    CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_wait_for(it.us.condition, NULL, &it),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, NULL, &it, 0),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, NAN),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, 1e100),
                 THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(it.calls, 0);
    CHECK_NUMBER(subject_depth(&it.us), 1);
    CHECK_STATUS(threading_condition_release(it.us.condition), THREADING_OK);
    subject_end(&it.us);
}

CASE(a_poll_asks_twice) {
    static const double polls[] = {0, -1, -INFINITY};
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        for (int i = 0; i < 3; i++) {
            question it;
            question_make(&it, kind, 3);
            CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
            CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, polls[i]),
                         THREADING_TIMEOUT);
            CHECK_NUMBER(it.calls, 2);
            /* It holds at the third call, which is the first of this wait. */
            CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, polls[i]),
                         THREADING_OK);
            CHECK_NUMBER(it.calls, 3);
            /* And what it says after the time has run out counts. */
            it.holds_at = 5;
            CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, polls[i]),
                         THREADING_OK);
            CHECK_NUMBER(it.calls, 5);
            CHECK(it.locked);
            CHECK_STATUS(threading_condition_release(it.us.condition), THREADING_OK);
            subject_end(&it.us);
        }
    }
}

/* ---- CPython's ---- */

typedef struct state {
    threading_condition condition;
    int value; /* guarded by the condition */
    double seconds;
    threading_status status;
} state;

static bool value_is_4(void *ctx) { return ((state *)ctx)->value == 4; }

static void waits_for_4(worker *self) {
    state *it = self->context;
    CHECK_STATUS(threading_condition_acquire(it->condition), THREADING_OK);
    double start = threading_monotonic();
    it->status = it->seconds < 0 ? threading_condition_wait_for(it->condition, value_is_4, it)
                                 : threading_condition_wait_for_timeout(it->condition, value_is_4,
                                                                        it, it->seconds);
    if (it->status == THREADING_TIMEOUT) {
        CHECK_NOT_EARLY(start, it->seconds);
    } else {
        CHECK_NUMBER(it->value, 4);
    }
    CHECK_STATUS(threading_condition_release(it->condition), THREADING_OK);
}

/* test_waitfor; and with a limit that is never reached */
CASE(waitfor) {
    for (int round = 0; round < 20; round++) {
        state it = {.seconds = round % 2 ? -1 : CASE_SECONDS};
        worker other;
        CHECK_STATUS(threading_condition_new(&it.condition), THREADING_OK);
        worker_start(&other, round / 2 % WORKER_KINDS, waits_for_4, &it);
        for (int i = 0; i < 4; i++) {
            case_nap();
            THREADING_WITH(it.condition) {
                it.value++;
                CHECK_STATUS(threading_condition_notify(it.condition, 1), THREADING_OK);
            }
        }
        worker_join(&other);
        CHECK_STATUS(it.status, THREADING_OK);
        CHECK_STATUS(threading_condition_destroy(it.condition), THREADING_OK);
    }
}

/* test_waitfor_timeout: notifies that change too little do not begin the time anew. */
CASE(waitfor_timeout) {
    state it = {.seconds = 0.15};
    worker other;
    CHECK_STATUS(threading_condition_new(&it.condition), THREADING_OK);
    it.status = THREADING_INTERRUPTED;
    worker_start(&other, OURS, waits_for_4, &it);
    for (bool over = false; !over;) {
        THREADING_WITH(it.condition) {
            CHECK_STATUS(threading_condition_notify_all(it.condition), THREADING_OK);
            over = it.status != THREADING_INTERRUPTED;
        }
        case_nap();
    }
    worker_join(&other);
    CHECK_STATUS(it.status, THREADING_TIMEOUT);
}

/* ---- what a predicate may do ---- */

static bool notifies(question *self) {
    CHECK_STATUS(threading_condition_notify(self->us.condition, 1), THREADING_OK);
    return true;
}

/* Each of two wakes the other before it waits itself, so none of them is left behind. */
CASE(the_predicate_may_notify) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        question it;
        attendee waiting;
        question_make(&it, kind, 2);
        it.also = notifies;
        meeting at = {.condition = it.us.condition};
        attendee_start(&waiting, &at, kind, -1);
        CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, 0.001),
                     THREADING_OK);
        CHECK_STATUS(threading_condition_release(it.us.condition), THREADING_OK);
        attendee_end(&waiting, THREADING_OK);
        CHECK_NUMBER(it.calls, 2);
        subject_end(&it.us);
    }
}

static bool waits(question *self) {
    CHECK_STATUS(threading_condition_wait_timeout(self->us.condition, 0.001), THREADING_TIMEOUT);
    return true;
}

CASE(the_predicate_may_wait_on_the_same_condition) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        question it;
        question_make(&it, kind, 3);
        it.also = waits;
        CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, 0),
                     THREADING_TIMEOUT);
        CHECK_NUMBER(it.calls, 2);
        CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, 0),
                     THREADING_OK);
        CHECK_NUMBER(subject_depth(&it.us), 1);
        CHECK_STATUS(threading_condition_release(it.us.condition), THREADING_OK);
        subject_end(&it.us);
    }
}

static bool waits_for(question *self) {
    question inner = {.us = self->us, .holds_at = 2, .locked = true};
    CHECK_STATUS(threading_condition_wait_for_timeout(self->us.condition, asks, &inner, 0.001),
                 THREADING_OK);
    CHECK_NUMBER(inner.calls, 2);
    return inner.locked;
}

CASE(the_predicate_may_call_wait_for) {
    question it;
    question_make(&it, OWN_RLOCK, 2);
    it.also = waits_for;
    CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, 0.001),
                 THREADING_OK);
    CHECK_NUMBER(it.calls, 2);
}

static bool releases(question *self) {
    CHECK_STATUS(threading_condition_release(self->us.condition), THREADING_OK);
    return true;
}

CASE(a_predicate_that_released_the_lock_leaves_it_released) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        question it;
        question_make(&it, kind, 2);
        it.also = releases;
        CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_wait_for(it.us.condition, asks, &it),
                     THREADING_NOT_ACQUIRED);
        CHECK(!threading_condition_locked(it.us.condition));
        CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_wait_for(it.us.condition, asks, &it), THREADING_OK);
        CHECK(!threading_condition_locked(it.us.condition));
        subject_end(&it.us);
    }
}

static bool deepens(question *self) {
    CHECK_STATUS(threading_condition_acquire(self->us.condition), THREADING_OK);
    return true;
}

CASE(a_predicate_that_took_another_level_leaves_it_taken) {
    question it;
    question_make(&it, GIVEN_RLOCK, 2);
    it.also = deepens;
    CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, 0.001),
                 THREADING_OK);
    CHECK_NUMBER(threading_rlock_depth(it.us.rlock), 3);
}

static bool destroys(question *self) {
    CHECK_STATUS(threading_condition_destroy(self->us.condition),
                 self->us.kind == OWN_RLOCK ? THREADING_BUSY : THREADING_OK);
    return true;
}

CASE(a_predicate_may_destroy_a_condition_whose_lock_is_not_its_own) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        question it;
        question_make(&it, kind, 2);
        it.also = destroys;
        CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_wait_for_timeout(it.us.condition, asks, &it, 0),
                     kind == OWN_RLOCK ? THREADING_OK : THREADING_DESTROYED);
        CHECK_NUMBER(it.calls, kind == OWN_RLOCK ? 2 : 1);
        CHECK(kind != GIVEN_LOCK || threading_lock_locked(it.us.lock));
        CHECK(kind != GIVEN_RLOCK || threading_rlock_depth(it.us.rlock) == 1);
    }
}

/* ---- one that does not return ---- */

static bool exits(question *self) {
    if (self->calls == self->holds_at) {
        pthread_exit(NULL);
    }
    return false;
}

static threading_status calls_wait_for_and_unwinds(caller *self) {
    question *it = (question *)(uintptr_t)self->bits;
    CHECK_STATUS(threading_condition_acquire(it->us.condition), THREADING_OK);
    return threading_condition_wait_for_timeout(it->us.condition, asks, it, 0.001);
}

CASE(a_predicate_that_unwinds_leaves_the_lock_as_it_had_it) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        for (int call = 1; call <= 2; call++) {
            question it;
            caller other;
            question_make(&it, kind, call);
            it.also = exits;
            caller_start(&other, kind % WORKER_KINDS, calls_wait_for_and_unwinds,
                         (uint64_t)(uintptr_t)&it, 0);
            worker_join(&other.thread);
            CHECK_NUMBER(it.calls, call);
            CHECK(threading_condition_locked(it.us.condition));
            CHECK_STATUS(threading_condition_try_acquire(it.us.condition), THREADING_TIMEOUT);
            /* Nobody is left in its queue. */
            CHECK_STATUS(threading_condition_destroy(it.us.condition), THREADING_OK);
        }
    }
}
