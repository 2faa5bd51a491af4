/* The waits that end with a stop: each twin, and what a stop must not take or lose. */
#include "stop_tools.h"

#include <math.h>
#include <sched.h>

/* ---- each twin, behind one face ---- */

static threading_lock lock;
static threading_rlock rlock;
static threading_condition condition, held_condition;
static threading_semaphore semaphore;
static threading_event event;
static threading_latch latch;
static threading_thread thread;
static threading_event thread_may_end;

static bool is_true(void *ctx) { return *(bool *)ctx; }
static bool answer;

static threading_status lock_stop(double seconds, threading_stop stop) {
    return threading_lock_acquire_stop(lock, seconds, stop);
}
static threading_status rlock_stop(double seconds, threading_stop stop) {
    return threading_rlock_acquire_stop(rlock, seconds, stop);
}
static threading_status condition_acquire_stop(double seconds, threading_stop stop) {
    return threading_condition_acquire_stop(held_condition, seconds, stop);
}
static threading_status semaphore_stop(double seconds, threading_stop stop) {
    return threading_semaphore_acquire_stop(semaphore, seconds, stop);
}
static threading_status event_stop(double seconds, threading_stop stop) {
    return threading_event_wait_stop(event, seconds, stop);
}
static threading_status latch_stop(double seconds, threading_stop stop) {
    return threading_latch_wait_stop(latch, seconds, stop);
}
static threading_status join_stop(double seconds, threading_stop stop) {
    return threading_thread_join_stop(thread, seconds, stop);
}
/* Both hold the lock when they come back, whatever they say. */
static threading_status condition_stop(double seconds, threading_stop stop) {
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    threading_status status = threading_condition_wait_stop(condition, seconds, stop);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    return status;
}
static threading_status condition_for_stop(double seconds, threading_stop stop) {
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    threading_status status =
        threading_condition_wait_for_stop(condition, is_true, &answer, seconds, stop);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    return status;
}

static const twin twins[] = {lock_stop,      rlock_stop,     condition_acquire_stop,
                             semaphore_stop, event_stop,     latch_stop,
                             join_stop,      condition_stop, condition_for_stop};
enum { TWINS = sizeof twins / sizeof twins[0], CONDITION_WAITS = 2 };

static void release_all(void) {
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_release(held_condition), THREADING_OK);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    CHECK_STATUS(threading_latch_count_down(latch), THREADING_OK);
    CHECK_STATUS(threading_event_set(thread_may_end), THREADING_OK);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    answer = true;
}

static void *waits_to_end(void *arg) {
    CHECK_STATUS(threading_event_wait(thread_may_end), THREADING_OK);
    return arg;
}

/* Nothing can be had, and the calling thread holds what can be held. */
static void make_all(void) {
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&held_condition), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_event_new(&thread_may_end), THREADING_OK);
    CHECK_STATUS(threading_latch_new(1, &latch), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("ends", waits_to_end, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire(held_condition), THREADING_OK);
}

CASE(a_request_ends_each_wait_and_nothing_is_taken) {
    caller waiters[TWINS];
    make_all();
    threading_stop root = make(none);
    given = make(make(root));
    for (int i = 0; i < TWINS; i++) {
        start_twin_asleep(&waiters[i], i % WORKER_KINDS, &twins[i],
                          i % 2 ? INFINITY : CASE_SECONDS);
    }
    CHECK_STATUS(threading_stop_request(root), THREADING_OK);
    for (int i = 0; i < TWINS; i++) {
        caller_end(&waiters[i], THREADING_INTERRUPTED);
    }
    /* What they waited for is there for others, once. */
    release_all();
    CHECK_STATUS(threading_semaphore_try_acquire(semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_try_acquire(semaphore), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_destroy(condition), THREADING_OK);
    CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
    CHECK_STATUS(threading_latch_destroy(latch), THREADING_OK);
}

CASE(a_stop_that_has_come_answers_before_the_object_is_looked_at) {
    make_all();
    release_all();
    given = make(none);
    CHECK_STATUS(threading_stop_request(given), THREADING_OK);
    for (int i = 0; i < TWINS; i++) {
        CHECK_STATUS(twins[i](INFINITY, given), THREADING_INTERRUPTED);
        CHECK_STATUS(twins[i](0, make_timeout(none, 0)), THREADING_INTERRUPTED);
    }
    CHECK_NUMBER(threading_semaphore_value(semaphore), 1);
    CHECK(!threading_lock_locked(lock) && !threading_rlock_locked(rlock));
    CHECK_STATUS(threading_lock_acquire_stop((threading_lock){0}, 1, given), THREADING_INTERRUPTED);
    CHECK_STATUS(threading_condition_wait_stop(condition, 1, given), THREADING_INTERRUPTED);
    CHECK_STATUS(threading_condition_wait_for_stop(condition, is_true, NULL, 1, given),
                 THREADING_INTERRUPTED);
}

CASE(what_is_there_is_taken_at_once) {
    make_all();
    release_all();
    given = make(make_timeout(none, CASE_SECONDS));
    for (int i = 0; i < TWINS; i++) {
        if (twins[i] != condition_stop) {
            CHECK_STATUS(twins[i](i % 2 ? INFINITY : 0, given), THREADING_OK);
        }
    }
    CHECK_STATUS(threading_rlock_acquire_stop(rlock, INFINITY, given), THREADING_OK);
    CHECK_NUMBER(threading_rlock_depth(rlock), 2);
    CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
    CHECK(threading_lock_locked(lock) && threading_condition_locked(held_condition));
    CHECK_STATUS(threading_condition_acquire_stop(held_condition, 1, given), THREADING_OK);
    CHECK_STATUS(threading_condition_release(held_condition), THREADING_OK);
    CHECK_STATUS(threading_condition_release(held_condition), THREADING_OK);
}

CASE(what_comes_while_the_thread_waits_is_taken) {
    caller waiters[TWINS - CONDITION_WAITS];
    make_all();
    given = make(make_timeout(none, CASE_SECONDS));
    for (int i = 0; i < TWINS - CONDITION_WAITS; i++) {
        start_twin_asleep(&waiters[i], i % WORKER_KINDS, &twins[i], INFINITY);
    }
    CHECK_STATUS(threading_stop_destroy(given), THREADING_BUSY);
    release_all();
    for (int i = 0; i < TWINS - CONDITION_WAITS; i++) {
        caller_end(&waiters[i], THREADING_OK);
    }
    CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
    CHECK(threading_lock_locked(lock));
    CHECK_STATUS(threading_stop_destroy(given), THREADING_OK);
}

CASE(the_deadline_that_comes_first_decides) {
    make_all();
    caller waiter;
    for (int i = 0; i < TWINS; i++) {
        double start = threading_monotonic();
        given = make_timeout(none, CASE_SECONDS);
        start_twin(&waiter, i % WORKER_KINDS, &twins[i], 0.01);
        caller_end(&waiter, THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, 0.01);
        start = threading_monotonic();
        given = make(make_timeout(none, 0.01));
        start_twin(&waiter, i % WORKER_KINDS, &twins[i], CASE_SECONDS);
        caller_end(&waiter, THREADING_INTERRUPTED);
        CHECK_NOT_EARLY(start, 0.009);
        given = make(none);
        start_twin(&waiter, i % WORKER_KINDS, &twins[i], -1);
        caller_end(&waiter, THREADING_TIMEOUT);
    }
    release_all();
}

CASE(without_a_stop_each_is_the_plain_call) {
    make_all();
    given = none;
    caller waiter;
    for (int i = 0; i < TWINS; i++) {
        start_twin(&waiter, i % WORKER_KINDS, &twins[i], 0.001);
        caller_end(&waiter, THREADING_TIMEOUT);
    }
    release_all();
    CHECK_STATUS(semaphore_stop(INFINITY, none), THREADING_OK);
}

static uint64_t blamed;
static void blames(const char *function, threading_status status, uint64_t handle, void *ctx) {
    (void)function, (void)status, (void)ctx;
    blamed = handle;
}

static _Atomic(uint64_t) dummy;
static threading_status holds_the_rlock(caller *self) {
    (void)self;
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    atomic_store(&dummy, threading_current_thread().bits);
    CHECK_STATUS(threading_latch_wait(latch), THREADING_OK);
    return threading_condition_release(condition);
}

CASE(bad_arguments_are_told_of_with_the_handle_that_is_to_blame) {
    static const double refused[] = {NAN, 9223372036.000002, 1e300};
    make_all();
    threading_stop stale = make(none), good = make(none);
    CHECK_STATUS(threading_stop_destroy(stale), THREADING_OK);
    CHECK_STATUS(threading_set_error_hook(blames, NULL), THREADING_OK);
    for (int i = 0; i < TWINS - CONDITION_WAITS; i++) {
        CHECK_STATUS(twins[i](1, stale), THREADING_DESTROYED);
        CHECK(blamed == stale.bits);
        CHECK_STATUS(twins[i](1, (threading_stop){event.bits}), THREADING_INVALID_HANDLE);
        CHECK(blamed == event.bits);
        for (int j = 0; j < 3; j++) {
            CHECK_STATUS(twins[i](refused[j], good), THREADING_INVALID_ARGUMENT);
        }
    }
    CHECK_STATUS(threading_lock_acquire_stop((threading_lock){event.bits}, 1, good),
                 THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_condition_wait_stop(condition, 1, good), THREADING_NOT_ACQUIRED);
    CHECK_STATUS(threading_condition_wait_for_stop(condition, NULL, NULL, 1, good),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_thread_join_stop(threading_current_thread(), 1, good),
                 THREADING_WOULD_DEADLOCK);
    caller other;
    caller_start_asleep(&other, FOREIGN, holds_the_rlock, 0, 0);
    CHECK_STATUS(threading_condition_wait_stop(condition, 1, good), THREADING_NOT_OWNER);
    CHECK_STATUS(threading_condition_wait_for_stop(condition, is_true, &answer, 1, good),
                 THREADING_NOT_OWNER);
    CHECK_STATUS(threading_thread_join_stop((threading_thread){atomic_load(&dummy)}, 1, good),
                 THREADING_DUMMY);
    CHECK_STATUS(threading_latch_count_down(latch), THREADING_OK);
    caller_end(&other, THREADING_OK);
    CHECK_STATUS(threading_latch_destroy(latch), THREADING_OK);
    CHECK_STATUS(threading_latch_new(1, &latch), THREADING_OK);
    threading_thread fresh;
    CHECK_STATUS(threading_thread_new(NULL, waits_to_end, NULL, &fresh), THREADING_OK);
    CHECK_STATUS(threading_thread_join_stop(fresh, 1, good), THREADING_NOT_STARTED);
    release_all();
}

CASE(a_wrong_time_or_predicate_is_an_error_also_when_the_stop_has_come) {
    static const double refused[] = {NAN, 9223372036.000002, 1e300};
    make_all();
    release_all();
    given = make(none);
    CHECK_STATUS(threading_stop_request(given), THREADING_OK);
    for (int i = 0; i < TWINS; i++) {
        for (int j = 0; j < 3; j++) {
            CHECK_STATUS(twins[i](refused[j], given), THREADING_INVALID_ARGUMENT);
        }
    }
    CHECK_STATUS(threading_condition_wait_for_stop(condition, NULL, NULL, 1, given),
                 THREADING_INVALID_ARGUMENT);
}

/* ---- conditions: no notify is lost, or spent on who was stopped ---- */

static atomic_int came_back[2]; /* notified, stopped */

static threading_status waits_once(caller *self) {
    threading_stop stop = {self->bits};
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    threading_status status = threading_condition_wait_stop(condition, INFINITY, stop);
    CHECK(status == THREADING_OK || status == THREADING_INTERRUPTED);
    atomic_fetch_add(&came_back[status != THREADING_OK], 1);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    return THREADING_OK;
}

static threading_status requests(caller *self) {
    return threading_stop_request((threading_stop){self->bits});
}

CASE(a_notify_that_meets_a_request_reaches_somebody) {
    enum { ROUNDS = 1000 };
    int stopped = 0;
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    for (int round = 0; round < ROUNDS; round++) {
        threading_stop hasty = make(none), patient = make(none);
        caller first, second, requester;
        came_back[0] = came_back[1] = 0;
        caller_start_asleep(&first, round % WORKER_KINDS, waits_once, hasty.bits, 0);
        caller_start_asleep(&second, OURS, waits_once, patient.bits, 0);
        caller_start(&requester, FOREIGN, requests, hasty.bits, 0);
        CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
        CHECK_STATUS(threading_condition_notify(condition, 1), THREADING_OK);
        CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
        caller_end(&requester, THREADING_OK);
        caller_end(&first, THREADING_OK);
        /* Exactly one was notified: the first, or the second because the first was stopped. */
        if (atomic_load(&came_back[1]) == 1) {
            stopped++;
            caller_end(&second, THREADING_OK);
        } else {
            CHECK_STATUS(threading_stop_request(patient), THREADING_OK);
            caller_end(&second, THREADING_OK);
        }
        CHECK_NUMBER(came_back[0], 1);
        CHECK_NUMBER(came_back[1], 1);
        CHECK_STATUS(threading_stop_destroy(hasty), THREADING_OK);
        CHECK_STATUS(threading_stop_destroy(patient), THREADING_OK);
    }
    printf("%d of %d were stopped first\n", stopped, ROUNDS);
}

CASE(who_was_notified_counts_as_notified_whatever_the_stop_says) {
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    threading_stop stop = make(none);
    caller waiter;
    caller_start_asleep(&waiter, OURS, waits_once, stop.bits, 0);
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    CHECK_STATUS(threading_condition_notify(condition, 1), THREADING_OK);
    CHECK_STATUS(threading_stop_request(stop), THREADING_OK);
    EVENTUALLY(worker_asleep(&waiter.thread));
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    caller_end(&waiter, THREADING_OK);
    CHECK_NUMBER(came_back[0], 1);
}

CASE(a_predicate_that_holds_at_the_end_is_a_success) {
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    threading_stop stop = make_timeout(none, 0.01);
    bool yes = true, no = false;
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    CHECK_STATUS(threading_condition_wait_for_stop(condition, is_true, &yes, 1, stop),
                 THREADING_OK);
    CHECK_STATUS(threading_condition_wait_for_stop(condition, is_true, &no, INFINITY, stop),
                 THREADING_INTERRUPTED);
    CHECK_STATUS(threading_condition_wait_for_stop(condition, is_true, &no, 0.001, make(none)),
                 THREADING_TIMEOUT);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
}

/* ---- a request against a release: units are conserved ---- */

static threading_status takes_or_is_stopped(caller *self) {
    return threading_semaphore_acquire_stop(semaphore, INFINITY, (threading_stop){self->bits});
}

CASE(a_unit_that_meets_a_request_is_taken_or_left) {
    int taken = 0;
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    for (int round = 0; round < 2000; round++) {
        threading_stop stop = make(none);
        caller taker, requester;
        caller_start(&taker, round % WORKER_KINDS, takes_or_is_stopped, stop.bits, 0);
        caller_start(&requester, FOREIGN, requests, stop.bits, 0);
        CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
        caller_end(&requester, THREADING_OK);
        worker_join(&taker.thread);
        CHECK(taker.status == THREADING_OK || taker.status == THREADING_INTERRUPTED);
        CHECK_NUMBER(threading_semaphore_value(semaphore), taker.status != THREADING_OK);
        taken += taker.status == THREADING_OK;
        CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, 0),
                     taker.status == THREADING_OK ? THREADING_TIMEOUT : THREADING_OK);
        CHECK_STATUS(threading_stop_destroy(stop), THREADING_OK);
    }
    printf("%d of 2000 were taken\n", taken);
}
