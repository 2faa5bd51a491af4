/* Asynchronous cancellation (PTHREAD_CANCEL_ASYNCHRONOUS) of a thread that waits: it takes effect
 * when the wait is over and everything is in its place. Nothing is promised of one that comes at
 * another moment of a call. */
#include "waits.h"

static threading_lock lock;
static threading_condition condition;
static threading_barrier barrier;
static atomic_int went_on, cleaned_up;

typedef struct victim {
    worker thread; /* its body is never used: only its id is */
    pthread_t self;
    int which;
    double since;
} victim;

static void cancelled_asynchronously(void) {
    CHECK_NUMBER(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL), 0);
}

/* Cancels it when it sleeps, and returns what became of it. */
static void *cancel_asleep(victim *it) {
    void *result = NULL;
    EVENTUALLY(worker_asleep(&it->thread));
    CHECK_NUMBER(pthread_cancel(it->self), 0);
    CHECK_NUMBER(pthread_join(it->self, &result), 0);
    return result;
}

enum { LIMIT_MS = 200 };

static void *waits(void *arg) {
    victim *it = arg;
    cancelled_asynchronously();
    worker_arrives(&it->thread);
    wait_within(it->which, LIMIT_MS / 1000.0);
    atomic_fetch_add(&went_on, 1);
    return NULL;
}

/* All but the waits for a condition, whose lock would stay with the thread: they are below. */
CASE(a_wait_is_over_before_an_asynchronous_cancel_takes_effect) {
    waits_begin();
    for (int which = 0; which < ALL_WAITS; which++) {
        victim it = {.which = which};
        if (which < WAIT_KINDS && wait_needs_lock(&wait_kinds[which])) {
            continue;
        }
        it.since = threading_monotonic();
        CHECK_NUMBER(pthread_create(&it.self, NULL, waits, &it), 0);
        CHECK(cancel_asleep(&it) == PTHREAD_CANCELED);
        CHECK_NOT_EARLY(it.since, LIMIT_MS / 1000.0);
        CHECK_NUMBER(atomic_load(&went_on), 0);
    }
    waits_end();
}

/* What a wait has left in its object: nothing. */
CASE(objects_are_whole_after_an_asynchronous_cancel) {
    waits_begin();
    for (int which = 0; which < WAIT_SHUTDOWN; which++) {
        victim it = {.which = which};
        if (which >= WAIT_KINDS || !wait_needs_lock(&wait_kinds[which])) {
            CHECK_NUMBER(pthread_create(&it.self, NULL, waits, &it), 0);
            CHECK(cancel_asleep(&it) == PTHREAD_CANCELED);
        }
    }
    waits_end();
}

/* A condition's lock is back when the cancellation acts, as after pthread_cond_wait. */

static void releases(void *arg) {
    (void)arg;
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    atomic_fetch_add(&cleaned_up, 1);
}

static bool is_never(void *arg) {
    (void)arg;
    return false;
}

static void *waits_for_condition(void *arg) {
    victim *it = arg;
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    pthread_cleanup_push(releases, NULL);
    cancelled_asynchronously();
    worker_arrives(&it->thread);
    if (it->which == 0) {
        threading_condition_wait(condition);
    } else {
        threading_condition_wait_for(condition, is_never, NULL);
    }
    atomic_fetch_add(&went_on, 1);
    pthread_cleanup_pop(1);
    return NULL;
}

static void *notifies(void *arg) {
    victim *it = arg;
    EVENTUALLY(worker_asleep(&it->thread));
    CHECK_NUMBER(pthread_cancel(it->self), 0);
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    CHECK_STATUS(threading_condition_notify(condition, 1), THREADING_OK);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    return NULL;
}

CASE(a_conditions_lock_is_back_when_an_asynchronous_cancel_takes_effect) {
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    for (int which = 0; which < 2; which++) {
        victim it = {.which = which};
        void *result = NULL;
        CHECK_NUMBER(pthread_create(&it.self, NULL, waits_for_condition, &it), 0);
        notifies(&it);
        CHECK_NUMBER(pthread_join(it.self, &result), 0);
        CHECK(result == PTHREAD_CANCELED);
        CHECK_NUMBER(atomic_load(&cleaned_up), which + 1);
        CHECK(!threading_condition_locked(condition));
    }
    CHECK_NUMBER(atomic_load(&went_on), 0);
    CHECK_STATUS(threading_condition_destroy(condition), THREADING_OK);
}

/* The type is the thread's own again after the call, whatever the wait came to. */
static void *keeps_its_type(void *arg) {
    victim *it = arg;
    int type = -1;
    cancelled_asynchronously();
    CHECK_STATUS(wait_within(it->which, 0.001), THREADING_TIMEOUT);
    CHECK_NUMBER(pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type), 0);
    CHECK_NUMBER(type, PTHREAD_CANCEL_ASYNCHRONOUS);
    CHECK_STATUS(wait_within(it->which, 0.001), THREADING_TIMEOUT);
    CHECK_NUMBER(pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type), 0);
    CHECK_NUMBER(type, PTHREAD_CANCEL_DEFERRED);
    return it;
}

CASE(a_wait_leaves_the_type_of_cancellation_as_it_was) {
    waits_begin();
    for (int which = 0; which < ALL_WAITS; which++) {
        victim it = {.which = which};
        void *result = NULL;
        CHECK_NUMBER(pthread_create(&it.self, NULL, keeps_its_type, &it), 0);
        CHECK_NUMBER(pthread_join(it.self, &result), 0);
        CHECK(result == &it);
    }
    waits_end();
}

/* A thread of ours, as a foreign one: its end is heard of, and the lock that it was given is left
 * as by any thread that ends. */
static void *acquires(void *arg) {
    victim *it = arg;
    it->self = pthread_self();
    cancelled_asynchronously();
    worker_arrives(&it->thread);
    threading_lock_acquire(lock);
    atomic_fetch_add(&went_on, 1);
    return NULL;
}

CASE(a_thread_of_ours_ends_with_pthread_canceled_and_what_it_was_given) {
    static victim it;
    void *result = NULL;
    threading_thread ours;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("victim", acquires, &it, &ours), THREADING_OK);
    EVENTUALLY(worker_asleep(&it.thread));
    CHECK_NUMBER(pthread_cancel(it.self), 0);
    CHECK_STATUS(threading_thread_join_timeout(ours, 0.05), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(ours, &result), THREADING_OK);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_NUMBER(atomic_load(&went_on), 0);
    CHECK(threading_lock_locked(lock));
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
}

/* Cancelled in a barrier's wait that nobody ends, while main returns: the process ends as if it had
 * not been cancelled. */
static void *waits_at_the_barrier(void *arg) {
    victim *it = arg;
    cancelled_asynchronously();
    worker_arrives(&it->thread);
    threading_barrier_wait(barrier, NULL);
    return NULL;
}

CHILD(main_returns) {
    static victim it;
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
    CHECK_NUMBER(pthread_create(&it.self, NULL, waits_at_the_barrier, &it), 0);
    EVENTUALLY(worker_asleep(&it.thread));
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_BUSY);
    CHECK_NUMBER(pthread_cancel(it.self), 0);
    for (int nap = 0; nap < 20; nap++) {
        case_nap();
    }
    CHECK(worker_asleep(&it.thread));
}

CASE(a_process_ends_whose_thread_was_cancelled_at_a_barrier) {
    static child_outcome outcome;
    run_child("main_returns", &outcome);
    CHECK_NUMBER(outcome.signal, 0);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK_STRING(outcome.output, "");
}
