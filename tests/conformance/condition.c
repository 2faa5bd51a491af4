/* threading_condition: how it is made and on what, and its lock, which it passes through. Waiting
 * is in condition_wait.c and condition_wait_for.c, notifying in condition_notify.c, the end of a
 * condition in condition_lifetime.c. */
#include "caller.h"
#include "condition_tools.h"

#include <sched.h>

/* ---- making ---- */

CASE(new_makes_a_condition_whose_lock_is_free) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        subject_make(&us, kind);
        CHECK(!THREADING_IS_NULL(us.condition));
        CHECK(!threading_condition_locked(us.condition));
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_NOT_ACQUIRED);
        subject_end(&us);
    }
}

CASE(new_needs_a_place_for_the_handle) {
    subject us;
    subject_make(&us, GIVEN_LOCK);
    CHECK_STATUS(threading_condition_new(NULL), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_condition_new_with_lock(us.lock, NULL), THREADING_INVALID_ARGUMENT);
    subject_end(&us);
    subject_make(&us, GIVEN_RLOCK);
    CHECK_STATUS(threading_condition_new_with_rlock(us.rlock, NULL), THREADING_INVALID_ARGUMENT);
    /* Nor has the failure kept the rlock from being destroyed. */
    subject_end(&us);
}

/* A handle that names no lock makes no condition, and nothing is written. */
CASE(the_given_lock_must_be_a_lock) {
    threading_condition untouched = {4711}, condition = untouched;
    threading_lock lock, no_lock = THREADING_NULL, other_lock;
    threading_rlock rlock, no_rlock = THREADING_NULL, other_rlock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    other_lock.bits = rlock.bits;
    other_rlock.bits = lock.bits;
    CHECK_STATUS(threading_condition_new_with_lock(no_lock, &condition), THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_condition_new_with_rlock(no_rlock, &condition),
                 THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_condition_new_with_lock(other_lock, &condition),
                 THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_condition_new_with_rlock(other_rlock, &condition),
                 THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_new_with_lock(lock, &condition), THREADING_DESTROYED);
    CHECK_STATUS(threading_condition_new_with_rlock(rlock, &condition), THREADING_DESTROYED);
    CHECK(THREADING_SAME(condition, untouched));
}

/* Making one neither takes nor gives the lock. */
CASE(a_condition_may_be_made_on_a_lock_that_is_held) {
    threading_lock lock;
    threading_condition condition;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_condition_new_with_lock(lock, &condition), THREADING_OK);
    CHECK(threading_condition_locked(condition));
    CHECK_STATUS(threading_condition_try_acquire(condition), THREADING_TIMEOUT);
    CHECK_STATUS(threading_condition_notify_all(condition), THREADING_OK);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    CHECK(!threading_lock_locked(lock));
}

/* ---- ensure ---- */

static threading_condition static_condition = THREADING_NULL;

CASE(ensure_makes_it_on_first_use) {
    CHECK(THREADING_IS_NULL(static_condition));
    threading_condition first = threading_condition_ensure(&static_condition);
    CHECK(!THREADING_IS_NULL(first));
    CHECK(THREADING_SAME(first, static_condition));
    for (int i = 0; i < 1000; i++) {
        CHECK(THREADING_SAME(first, threading_condition_ensure(&static_condition)));
    }
    /* Its lock is an rlock of its own. */
    CHECK_STATUS(threading_condition_acquire(first), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire(threading_condition_ensure(&static_condition)),
                 THREADING_OK);
    CHECK_STATUS(threading_condition_notify(first, 1), THREADING_OK);
    CHECK_STATUS(threading_condition_release(first), THREADING_OK);
    CHECK_STATUS(threading_condition_release(first), THREADING_OK);
    CHECK(THREADING_IS_NULL(threading_condition_ensure(NULL)));
}

enum { CROWD = 8 };
static atomic_int arrived;

static void ensures(worker *self) {
    threading_condition *mine = self->context;
    atomic_fetch_add(&arrived, 1);
    while (atomic_load(&arrived) % CROWD != 0) {
        sched_yield();
    }
    *mine = threading_condition_ensure(&static_condition);
    CHECK_STATUS(threading_condition_acquire(*mine), THREADING_OK);
    CHECK_STATUS(threading_condition_release(*mine), THREADING_OK);
}

CASE(ensure_gives_8_threads_that_come_first_the_same) {
    for (int round = 0; round < 100; round++) {
        worker threads[CROWD];
        threading_condition theirs[CROWD];
        static_condition = (threading_condition)THREADING_NULL;
        for (int i = 0; i < CROWD; i++) {
            worker_start(&threads[i], i % WORKER_KINDS, ensures, &theirs[i]);
        }
        for (int i = 0; i < CROWD; i++) {
            worker_join(&threads[i]);
            CHECK(THREADING_SAME(theirs[i], static_condition));
        }
        CHECK_STATUS(threading_condition_destroy(static_condition), THREADING_OK);
    }
}

/* ---- its lock ---- */

/* test_acquire of ConditionTests: what it exports is its lock's. */
CASE(a_condition_and_its_lock_are_held_together) {
    subject us;
    subject_make(&us, GIVEN_LOCK);
    CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
    CHECK(threading_lock_locked(us.lock));
    CHECK(threading_condition_locked(us.condition));
    CHECK_STATUS(threading_lock_try_acquire(us.lock), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_release(us.lock), THREADING_OK);
    CHECK(!threading_condition_locked(us.condition));
    CHECK_STATUS(threading_lock_acquire(us.lock), THREADING_OK);
    CHECK(threading_condition_locked(us.condition));
    CHECK_STATUS(threading_condition_try_acquire(us.condition), THREADING_TIMEOUT);
    CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
    CHECK(!threading_lock_locked(us.lock));
    CHECK_STATUS(threading_condition_release(us.condition), THREADING_NOT_ACQUIRED);
    subject_end(&us);

    subject_make(&us, GIVEN_RLOCK);
    CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(us.rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_try_acquire(us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire_timeout(us.condition, 0), THREADING_OK);
    CHECK_NUMBER(threading_rlock_depth(us.rlock), 4);
    CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(us.rlock), THREADING_OK);
    CHECK_NUMBER(threading_rlock_depth(us.rlock), 1);
    CHECK(threading_condition_locked(us.condition));
    CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_release(us.condition), THREADING_NOT_ACQUIRED);
    subject_end(&us);
}

CASE(its_own_rlock_is_taken_again_by_its_holder_at_once) {
    subject us;
    subject_make(&us, OWN_RLOCK);
    CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_try_acquire(us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire_timeout(us.condition, -1), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire_timeout(us.condition, INFINITY), THREADING_OK);
    for (int depth = 4; depth > 0; depth--) {
        CHECK(threading_condition_locked(us.condition));
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
    }
    subject_end(&us);
}

CASE(a_given_lock_is_not_taken_again_by_its_holder) {
    subject us;
    subject_make(&us, GIVEN_LOCK);
    CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_try_acquire(us.condition), THREADING_TIMEOUT);
    double start = threading_monotonic();
    CHECK_STATUS(threading_condition_acquire_timeout(us.condition, 0.01), THREADING_TIMEOUT);
    CHECK_NOT_EARLY(start, 0.01);
    CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
    subject_end(&us);
}

static threading_status calls_release(caller *self) {
    return threading_condition_release((threading_condition){self->bits});
}

CASE(only_a_given_lock_is_released_by_another_thread) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
            subject us;
            caller other;
            subject_make(&us, kind);
            CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
            caller_start(&other, whose, calls_release, us.condition.bits, 0);
            caller_end(&other, kind == GIVEN_LOCK ? THREADING_OK : THREADING_NOT_OWNER);
            CHECK(threading_condition_locked(us.condition) == (kind != GIVEN_LOCK));
            CHECK_STATUS(threading_condition_release(us.condition),
                         kind == GIVEN_LOCK ? THREADING_NOT_ACQUIRED : THREADING_OK);
            subject_end(&us);
        }
    }
}

static threading_status calls_acquire(caller *self) {
    threading_condition condition = {self->bits};
    threading_status status = self->seconds < 0
                                  ? threading_condition_acquire(condition)
                                  : threading_condition_acquire_timeout(condition, self->seconds);
    if (status == THREADING_OK) {
        CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    }
    return status;
}

CASE(acquire_waits_while_another_thread_holds_it) {
    static const double limits[] = {-1, 1000, INFINITY, THREADING_TIMEOUT_MAX};
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        caller others[4];
        subject_make(&us, kind);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        for (int i = 0; i < 4; i++) {
            caller_start_asleep(&others[i], i % WORKER_KINDS, calls_acquire, us.condition.bits,
                                limits[i]);
        }
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        for (int i = 0; i < 4; i++) {
            caller_end(&others[i], THREADING_OK);
        }
        subject_end(&us);
    }
}

CASE(acquire_times_out_while_another_thread_holds_it) {
    static const double limits[] = {0, 1e-9, 0.001, 0.02};
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        caller other;
        subject_make(&us, kind);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        for (int i = 0; i < 4; i++) {
            double start = threading_monotonic();
            caller_start(&other, i % WORKER_KINDS, calls_acquire, us.condition.bits, limits[i]);
            caller_end(&other, THREADING_TIMEOUT);
            CHECK_NOT_EARLY(start, limits[i]);
        }
        CHECK_STATUS(threading_condition_acquire_timeout(us.condition, NAN),
                     THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_condition_acquire_timeout(us.condition, 1e100),
                     THREADING_INVALID_ARGUMENT);
        CHECK_NUMBER(subject_depth(&us), 1);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        subject_end(&us);
    }
}

typedef struct counted {
    subject us;
    volatile long counter; /* guarded by the lock, however it is taken */
} counted;

static void counts(worker *self) {
    counted *it = self->context;
    for (int i = 0; i < 20000; i++) {
        bool by_lock = i % 2 == 0 && it->us.kind != OWN_RLOCK;
        CHECK_STATUS(!by_lock                    ? threading_condition_acquire(it->us.condition)
                     : it->us.kind == GIVEN_LOCK ? threading_lock_acquire(it->us.lock)
                                                 : threading_rlock_acquire(it->us.rlock),
                     THREADING_OK);
        it->counter = it->counter + 1;
        CHECK_STATUS(threading_condition_release(it->us.condition), THREADING_OK);
    }
}

CASE(mutual_exclusion_through_the_condition_and_through_its_lock) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        counted it = {.counter = 0};
        worker threads[CROWD];
        subject_make(&it.us, kind);
        for (int i = 0; i < CROWD; i++) {
            worker_start(&threads[i], i % WORKER_KINDS, counts, &it);
        }
        for (int i = 0; i < CROWD; i++) {
            worker_join(&threads[i]);
        }
        CHECK_NUMBER(it.counter, CROWD * 20000);
        subject_end(&it.us);
    }
}

/* ---- several on one lock ---- */

CASE(several_conditions_share_one_lock) {
    threading_lock lock;
    threading_condition conditions[3];
    meeting at[3] = {{.begun = 0}, {.begun = 0}, {.begun = 0}};
    attendee waiting[3];
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_condition_new_with_lock(lock, &conditions[i]), THREADING_OK);
        at[i].condition = conditions[i];
        attendee_start(&waiting[i], &at[i], i, -1);
    }
    for (int i = 2; i >= 0; i--) {
        /* A notify reaches those alone who wait on that condition, under whichever name the lock is
         * held. */
        CHECK_STATUS(threading_condition_acquire(conditions[(i + 1) % 3]), THREADING_OK);
        CHECK_STATUS(threading_condition_notify_all(conditions[i]), THREADING_OK);
        CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
        attendee_end(&waiting[i], THREADING_OK);
        for (int other = 0; other < i; other++) {
            CHECK_NUMBER(meeting_returned(&at[other]), 0);
        }
    }
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_condition_destroy(conditions[i]), THREADING_OK);
    }
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
}

/* ---- with ---- */

CASE(with_holds_the_lock_for_the_block) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        int entered = 0;
        subject_make(&us, kind);
        THREADING_WITH(us.condition) {
            CHECK_NUMBER(subject_depth(&us), 1);
            CHECK_STATUS(threading_condition_notify(us.condition, 1), THREADING_OK);
            CHECK_STATUS(threading_condition_wait_timeout(us.condition, 0), THREADING_TIMEOUT);
            entered++;
        }
        CHECK(!threading_condition_locked(us.condition));
        for (int i = 0; i < 3; i++) {
            THREADING_WITH(us.condition) {
                entered++;
                if (i > 0) {
                    break;
                }
            }
            CHECK(!threading_condition_locked(us.condition));
        }
        CHECK_NUMBER(entered, 4);
        if (kind != GIVEN_LOCK) {
            THREADING_WITH(us.condition)
                THREADING_WITH(us.condition) {
                    CHECK_NUMBER(subject_depth(&us), 2);
                    entered++;
                }
            CHECK_NUMBER(entered, 5);
        }
        threading_condition stale = us.condition;
        subject_end(&us);
        THREADING_WITH(stale) {
            entered = -1;
        }
        CHECK(entered > 0);
    }
}
