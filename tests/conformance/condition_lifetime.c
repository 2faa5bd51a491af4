/* The end of conditions, of the locks that they were made with, and handles that name no condition:
 * rules 2, 5 and 7. */
#include "caller.h"
#include "condition_tools.h"

static bool never(void *ctx) {
    (void)ctx;
    return false;
}

static void check_dead(uint64_t bits, threading_status expected) {
    threading_condition condition = {bits};
    CHECK_STATUS(threading_condition_acquire(condition), expected);
    CHECK_STATUS(threading_condition_try_acquire(condition), expected);
    CHECK_STATUS(threading_condition_acquire_timeout(condition, 0), expected);
    CHECK_STATUS(threading_condition_acquire_timeout(condition, INFINITY), expected);
    CHECK_STATUS(threading_condition_release(condition), expected);
    CHECK(!threading_condition_locked(condition));
    CHECK_STATUS(threading_condition_wait(condition), expected);
    CHECK_STATUS(threading_condition_wait_timeout(condition, 0), expected);
    CHECK_STATUS(threading_condition_wait_timeout(condition, 1000), expected);
    CHECK_STATUS(threading_condition_wait_for(condition, never, NULL), expected);
    CHECK_STATUS(threading_condition_wait_for_timeout(condition, never, NULL, 1000), expected);
    CHECK_STATUS(threading_condition_notify(condition, 0), expected);
    CHECK_STATUS(threading_condition_notify(condition, 1), expected);
    CHECK_STATUS(threading_condition_notify_all(condition), expected);
    CHECK_STATUS(threading_condition_destroy(condition), bits == 0 ? THREADING_OK : expected);
}

CASE(null_handle) { check_dead(0, THREADING_INVALID_HANDLE); }

CASE(handle_of_another_kind) {
    subject us;
    subject_make(&us, GIVEN_LOCK);
    check_dead(us.lock.bits, THREADING_INVALID_HANDLE);
    check_dead(threading_main_thread().bits, THREADING_INVALID_HANDLE);
    subject_end(&us);
}

CASE(stale_handle_and_the_heir_of_its_slot) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        uint64_t stale[100];
        subject us;
        for (int i = 0; i < 100; i++) {
            subject_make(&us, kind);
            stale[i] = us.condition.bits;
            subject_end(&us);
        }
        subject_make(&us, kind);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        for (int i = 0; i < 100; i++) {
            CHECK(stale[i] != us.condition.bits);
            check_dead(stale[i], THREADING_DESTROYED);
        }
        CHECK_NUMBER(subject_depth(&us), 1);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        subject_end(&us);
    }
}

/* Its own rlock is gone with it, and its slot serves others. */
CASE(a_hundred_thousand_conditions_one_after_the_other) {
    for (int i = 0; i < 100000; i++) {
        subject us;
        subject_make(&us, i % UNDERNEATHS);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        subject_end(&us);
    }
}

/* ---- the lock that it was made with ---- */

CASE(a_given_lock_is_busy_until_its_conditions_are_gone) {
    threading_lock lock;
    threading_rlock rlock;
    threading_condition conditions[4];
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(i % 2 ? threading_condition_new_with_lock(lock, &conditions[i])
                           : threading_condition_new_with_rlock(rlock, &conditions[i]),
                     THREADING_OK);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(threading_lock_destroy(lock), THREADING_BUSY);
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_destroy(lock), THREADING_BUSY);
        CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
        CHECK_STATUS(threading_rlock_destroy(rlock), i < 3 ? THREADING_BUSY : THREADING_OK);
        CHECK_STATUS(threading_condition_destroy(conditions[i]), THREADING_OK);
    }
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_DESTROYED);
}

CASE(a_thousand_conditions_on_one_lock) {
    enum { MANY = 1000 };
    static threading_condition conditions[MANY];
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    for (int i = 0; i < MANY; i++) {
        CHECK_STATUS(threading_condition_new_with_lock(lock, &conditions[i]), THREADING_OK);
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_STATUS(threading_lock_destroy(lock), THREADING_BUSY);
        CHECK_STATUS(threading_condition_destroy(conditions[i]), THREADING_OK);
    }
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
}

/* The lock is the caller's: that somebody holds it is no reason to keep the condition. */
CASE(a_condition_ends_while_its_given_lock_is_held) {
    subject us;
    subject_make(&us, GIVEN_LOCK);
    CHECK_STATUS(threading_lock_acquire(us.lock), THREADING_OK);
    CHECK_STATUS(threading_condition_destroy(us.condition), THREADING_OK);
    CHECK(threading_lock_locked(us.lock));
    CHECK_STATUS(threading_condition_release(us.condition), THREADING_DESTROYED);
    CHECK_STATUS(threading_lock_destroy(us.lock), THREADING_BUSY);
    CHECK_STATUS(threading_lock_release(us.lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(us.lock), THREADING_OK);
}

/* ---- what keeps it ---- */

static threading_status calls_destroy(caller *self) {
    return threading_condition_destroy((threading_condition){self->bits});
}

CASE(busy_while_its_own_rlock_is_held) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        subject us;
        caller other;
        subject_make(&us, OWN_RLOCK);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_destroy(us.condition), THREADING_BUSY);
        caller_start(&other, whose, calls_destroy, us.condition.bits, 0);
        caller_end(&other, THREADING_BUSY);
        CHECK_NUMBER(subject_depth(&us), 2);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_destroy(us.condition), THREADING_BUSY);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        caller_start(&other, whose, calls_destroy, us.condition.bits, 0);
        caller_end(&other, THREADING_OK);
        check_dead(us.condition.bits, THREADING_DESTROYED);
    }
}

static threading_status calls_acquire(caller *self) {
    return threading_condition_acquire((threading_condition){self->bits});
}

CASE(a_condition_whose_holder_has_ended_can_be_destroyed) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        subject us;
        caller other;
        subject_make(&us, OWN_RLOCK);
        caller_start(&other, whose, calls_acquire, us.condition.bits, 0);
        caller_end(&other, THREADING_OK);
        CHECK(threading_condition_locked(us.condition));
        CHECK_STATUS(threading_condition_try_acquire(us.condition), THREADING_TIMEOUT);
        CHECK_STATUS(threading_condition_notify(us.condition, 1), THREADING_NOT_OWNER);
        CHECK_STATUS(threading_condition_destroy(us.condition), THREADING_OK);
        check_dead(us.condition.bits, THREADING_DESTROYED);
    }
}

CASE(busy_while_waited_on) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        attendee waiting[2];
        subject_make(&us, kind);
        meeting at = {.condition = us.condition};
        attendees_start(waiting, &at, 2);
        CHECK_STATUS(threading_condition_destroy(us.condition), THREADING_BUSY);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_destroy(us.condition), THREADING_BUSY);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        meeting_notify(&at, 1);
        attendee_end(&waiting[0], THREADING_OK);
        CHECK_STATUS(threading_condition_destroy(us.condition), THREADING_BUSY);
        meeting_notify(&at, 1);
        attendee_end(&waiting[1], THREADING_OK);
        subject_end(&us);
    }
}

/* Notified, and waiting for a lock that is not the condition's own: the condition may go. Whatever
 * the waiter is told, it returns, and holds the lock if it is told OK. */
static threading_status waits_and_releases(caller *self) {
    subject *us = (subject *)(uintptr_t)self->bits;
    CHECK_STATUS(threading_lock_acquire(us->lock), THREADING_OK);
    threading_status status = threading_condition_wait(us->condition);
    if (status == THREADING_OK) {
        CHECK_STATUS(threading_lock_release(us->lock), THREADING_OK);
    }
    return status;
}

CASE(destroying_it_under_those_who_were_notified_lets_them_return) {
    int gone = 0;
    for (int round = 0; round < 300; round++) {
        subject us;
        caller others[2];
        subject_make(&us, GIVEN_LOCK);
        for (int i = 0; i < 2; i++) {
            caller_start_asleep(&others[i], i % WORKER_KINDS, waits_and_releases,
                                (uint64_t)(uintptr_t)&us, 0);
        }
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_notify_all(us.condition), THREADING_OK);
        threading_status status = threading_condition_destroy(us.condition);
        CHECK(status == THREADING_OK || status == THREADING_BUSY);
        gone += status == THREADING_OK;
        CHECK_STATUS(threading_lock_destroy(us.lock), THREADING_BUSY);
        CHECK_STATUS(threading_lock_release(us.lock), THREADING_OK);
        for (int i = 0; i < 2; i++) {
            worker_join(&others[i].thread);
            CHECK(others[i].status == THREADING_OK ||
                  (status == THREADING_OK && others[i].status == THREADING_DESTROYED));
        }
        CHECK(!threading_lock_locked(us.lock));
        CHECK_STATUS(threading_condition_destroy(us.condition),
                     status == THREADING_OK ? THREADING_DESTROYED : THREADING_OK);
        CHECK_STATUS(threading_lock_destroy(us.lock), THREADING_OK);
    }
    printf("%d of 300 were destroyed\n", gone);
}

/* An rlock of its own is waited for: it stays. */
CASE(busy_while_those_who_were_notified_wait_for_its_own_rlock) {
    subject us;
    attendee waiting[4];
    subject_make(&us, OWN_RLOCK);
    meeting at = {.condition = us.condition};
    attendees_start(waiting, &at, 4);
    CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_notify_all(us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_destroy(us.condition), THREADING_BUSY);
    CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
    attendees_end(waiting, 4);
    subject_end(&us);
}

/* The rlock of its own has a handle that nobody was given; somebody who makes it up can do nothing
 * to the condition. */
CASE(a_made_up_handle_of_its_own_rlock_does_not_destroy_that) {
    threading_condition condition;
    threading_rlock rlock;
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
    /* It gets the slot that has come free, in its next generation. */
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    rlock.bits += UINT64_C(1) << 32;
    CHECK(!threading_rlock_locked(rlock));
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    CHECK(threading_rlock_locked(rlock));
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_BUSY);
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    CHECK_STATUS(threading_condition_destroy(condition), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_DESTROYED);
}
