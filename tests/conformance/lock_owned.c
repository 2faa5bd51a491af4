/* threading_lock_set_owned: only the holder releases, and a deadlock is certain. */
#include "insight_tools.h"

static threading_lock lock;
static threading_condition condition;

static void make_owned(threading_lock *made) {
    CHECK_STATUS(threading_lock_new(made), THREADING_OK);
    CHECK_STATUS(threading_lock_set_owned(*made), THREADING_OK);
}

static void may_not_release(worker *self) {
    (void)self;
    for (int time = 0; time < 3; time++) {
        CHECK_STATUS(threading_lock_release(lock), THREADING_NOT_OWNER);
    }
    CHECK(threading_lock_locked(lock));
    CHECK_STATUS(threading_lock_try_acquire(lock), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_acquire_timeout(lock, 1e-4), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_release(lock), THREADING_NOT_OWNER);
}

static void check_refused(void) {
    for (int kind = 0; kind < WORKER_KINDS; kind++) {
        worker thread;
        worker_start(&thread, kind, may_not_release, NULL);
        worker_join(&thread);
    }
}

CASE(only_the_holder_releases_an_owned_lock) {
    make_owned(&lock);
    for (uint32_t what = 0; what < 4; what++) {
        CHECK_STATUS(threading_inspect(what), THREADING_OK);
        CHECK_STATUS(threading_lock_release(lock), THREADING_NOT_ACQUIRED);
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        check_refused();
        CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
        CHECK(!threading_lock_locked(lock));
        CHECK_STATUS(threading_lock_try_acquire(lock), THREADING_OK);
        check_refused();
        CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire_timeout(lock, 10), THREADING_OK);
        CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_release(lock), THREADING_NOT_ACQUIRED);
    }
    CHECK_STATUS(threading_inspect(0), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    check_refused();
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_set_owned(lock), THREADING_DESTROYED);
}

enum { TAKES = 200000 };
static atomic_int takes;

static void take_again_and_again(worker *self) {
    (void)self;
    while (atomic_fetch_add(&takes, 1) < TAKES) {
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    }
}

/* At every moment of a hold, its first and its last among them. */
static void check_moving(bool is_known) {
    worker owner;
    make_owned(&lock);
    CHECK(!is_known || threading_get_ident() != 0);
    atomic_store(&takes, 0);
    worker_start(&owner, FOREIGN, take_again_and_again, NULL);
    while (atomic_load(&takes) < TAKES) {
        threading_status status = threading_lock_release(lock);
        CHECK(status == THREADING_NOT_OWNER || status == THREADING_NOT_ACQUIRED);
    }
    worker_join(&owner);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
}

CASE(a_release_of_a_lock_that_its_owner_takes_again_and_again_takes_nothing) { check_moving(true); }

CASE(nor_does_one_of_a_thread_that_the_library_does_not_know) { check_moving(false); }

CASE(a_lock_becomes_owned_only_while_nobody_holds_it_and_stays_so) {
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_set_owned(lock), THREADING_BUSY);
    CHECK_STRING(threading_error_message(), "a thread holds it");
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_set_owned(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_set_owned(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_set_owned(lock), THREADING_OK);
    check_refused();
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_set_owned((threading_lock)THREADING_NULL),
                 THREADING_INVALID_HANDLE);
}

static void releases(worker *self) {
    (void)self;
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
}

CASE(a_lock_that_could_not_become_owned_is_as_it_was) {
    worker thread;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    for (int kind = 0; kind < WORKER_KINDS; kind++) {
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_set_owned(lock), THREADING_BUSY);
        worker_start(&thread, kind, releases, NULL);
        worker_join(&thread);
    }
    CHECK(!threading_lock_locked(lock));
}

CASE(the_next_lock_in_its_place_is_not_owned) {
    worker thread;
    make_owned(&lock);
    uint32_t place = (uint32_t)lock.bits;
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_NUMBER((uint32_t)lock.bits, place);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    worker_start(&thread, OURS, releases, NULL);
    worker_join(&thread);
}

/* ---- among many ---- */

enum { USERS = 4, ROUNDS = 20000 };

static long counted;

static void counts(worker *self) {
    (void)self;
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        counted++;
        CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    }
}

CASE(it_excludes_and_every_holder_may_release) {
    worker users[USERS];
    make_owned(&lock);
    for (int i = 0; i < USERS; i++) {
        worker_start(&users[i], i % WORKER_KINDS, counts, NULL);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        CHECK_STATUS(threading_inspect(i % 4), THREADING_OK);
    }
    for (int i = 0; i < USERS; i++) {
        worker_join(&users[i]);
    }
    CHECK_NUMBER(counted, USERS * ROUNDS);
}

/* ---- conditions ---- */

static void may_not_use_the_condition(worker *self) {
    (void)self;
    CHECK_STATUS(threading_condition_notify(condition, 1), THREADING_NOT_OWNER);
    CHECK_STATUS(threading_condition_wait_timeout(condition, 1), THREADING_NOT_OWNER);
    CHECK_STATUS(threading_condition_release(condition), THREADING_NOT_OWNER);
}

CASE(a_condition_on_it_is_for_its_holder) {
    worker thread;
    make_owned(&lock);
    CHECK_STATUS(threading_condition_new_with_lock(lock, &condition), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    worker_start(&thread, OURS, may_not_use_the_condition, NULL);
    worker_join(&thread);
    CHECK_STATUS(threading_condition_wait_timeout(condition, 1e-4), THREADING_TIMEOUT);
    CHECK_STATUS(threading_condition_notify(condition, 1), THREADING_OK);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
}

/* ---- deadlocks ---- */

static threading_lock crossed[2];
static atomic_int holding;

static void takes_across(worker *self) {
    threading_lock *first = self->context;
    threading_lock *second = first == crossed ? crossed + 1 : crossed;
    CHECK_STATUS(threading_lock_acquire(*first), THREADING_OK);
    atomic_fetch_add(&holding, 1);
    EVENTUALLY(atomic_load(&holding) == 2);
    worker_arrives(self);
    CHECK_STATUS(threading_lock_acquire(*second), THREADING_OK);
}

static void check_deadlock(bool owned_too, threading_certainty expected) {
    static worker threads[2];
    threading_certainty certainty;
    make_owned(&crossed[0]);
    CHECK_STATUS(threading_lock_new(&crossed[1]), THREADING_OK);
    if (owned_too) {
        CHECK_STATUS(threading_lock_set_owned(crossed[1]), THREADING_OK);
    }
    for (int i = 0; i < 2; i++) {
        worker_start(&threads[i], FOREIGN, takes_across, &crossed[i]);
    }
    EVENTUALLY(threading_find_deadlock(NULL, 0, &certainty) == 2);
    CHECK_NUMBER(certainty, expected);
    char *text = dumped(threading_dump);
    CHECK_NUMBER(times_in(text, "unless another thread releases"), owned_too ? 0 : 1);
    free(text);
    exit(0);
}

CASE(a_deadlock_of_owned_locks_is_certain) { check_deadlock(true, THREADING_CERTAINTY_CERTAIN); }

CASE(a_deadlock_with_a_plain_lock_too_is_probable) {
    check_deadlock(false, THREADING_CERTAINTY_PROBABLE);
}

static void takes_twice(worker *self) {
    threading_lock *own = self->context;
    CHECK_STATUS(threading_lock_acquire(*own), THREADING_OK);
    worker_arrives(self);
    (void)!threading_lock_acquire(*own);
    CHECK(false);
}

CASE(a_thread_that_waits_for_its_own_owned_lock_is_a_certain_deadlock_and_with_a_plain_one_none) {
    static worker threads[2];
    static threading_lock own, plain;
    threading_certainty certainty;
    threading_wait wait;
    CHECK_STATUS(threading_lock_new(&plain), THREADING_OK);
    worker_start(&threads[0], FOREIGN, takes_twice, &plain);
    EVENTUALLY(worker_asleep(&threads[0]));
    CHECK_NUMBER(threading_find_deadlock(NULL, 0, &certainty), 0);
    make_owned(&own);
    worker_start(&threads[1], FOREIGN, takes_twice, &own);
    EVENTUALLY(threading_find_deadlock(&wait, 1, &certainty) == 1);
    CHECK_NUMBER(certainty, THREADING_CERTAINTY_CERTAIN);
    CHECK(wait.object == own.bits && wait.holder == wait.ident);
    char *text = dumped(threading_dump);
    CHECK_HAS(text, "DEADLOCK (certain) of 1 thread, for ");
    CHECK_HAS(text, " 1 deadlock\n");
    CHECK_LACKS(text, "unless another thread releases");
    free(text);
    exit(0);
}
