/* threading_inspect: which bits it knows, and that it may come at any moment: objects are made,
 * used, waited for and destroyed meanwhile, and the process forks. */
#include "forked.h"
#include "worker.h"

enum { BOTH = THREADING_INSPECT_ORDER | THREADING_INSPECT_HOLDS };
enum {
    KNOWN = BOTH | THREADING_INSPECT_TIMELINE | THREADING_INSPECT_WAITS | THREADING_INSPECT_CLASSES
};

/* Each of these in turn, and waits and classes now and then. */
static uint32_t some_of(uint32_t number) {
    return number % (BOTH + 1) | (number / 3 % 2 == 0 ? 0 : THREADING_INSPECT_WAITS) |
           (number / 7 % 2 == 0 ? 0 : THREADING_INSPECT_CLASSES);
}

CASE(what_is_asked_for_is_recorded_until_something_else_is) {
    for (int time = 0; time < 3; time++) {
        CHECK_STATUS(threading_inspect(THREADING_INSPECT_ORDER), THREADING_OK);
        CHECK_STATUS(threading_inspect(THREADING_INSPECT_HOLDS), THREADING_OK);
        CHECK_STATUS(threading_inspect(BOTH), THREADING_OK);
        CHECK_STATUS(threading_inspect(BOTH), THREADING_OK);
        CHECK_STATUS(threading_inspect(0), THREADING_OK);
        CHECK_STATUS(threading_inspect(0), THREADING_OK);
    }
}

CASE(a_bit_that_stands_for_nothing_is_refused) {
    for (int bit = 2; bit < 32; bit++) {
        if ((UINT32_C(1) << bit & KNOWN) == 0) {
            CHECK_STATUS(threading_inspect(UINT32_C(1) << bit), THREADING_INVALID_ARGUMENT);
            CHECK_STATUS(threading_inspect(UINT32_C(1) << bit | THREADING_INSPECT_HOLDS),
                         THREADING_INVALID_ARGUMENT);
        }
    }
    CHECK_STATUS(threading_inspect(UINT32_MAX), THREADING_INVALID_ARGUMENT);
    CHECK_STRING(threading_error_message(), "a bit stands for nothing to inspect");
}

/* ---- at any moment ---- */

static atomic_bool over;
static threading_lock shared_lock;
static threading_rlock shared_rlock;
static threading_condition condition;
static long in_lock, in_rlock, in_condition;
static atomic_long added;

/* One round of everything that has a word, some of it made and destroyed in the round. */
static void use_everything(void) {
    threading_lock lock;
    threading_rlock rlock;
    threading_event event;
    threading_semaphore semaphore;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_try_acquire(lock), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_acquire(shared_lock), THREADING_OK);
    in_lock++;
    CHECK_STATUS(threading_lock_release(shared_lock), THREADING_OK);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_release(lock), THREADING_NOT_ACQUIRED);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_DESTROYED);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(shared_rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(shared_rlock), THREADING_OK);
    in_rlock++;
    CHECK_STATUS(threading_rlock_release(shared_rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(shared_rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_NOT_ACQUIRED);
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    in_condition++;
    CHECK_STATUS(threading_condition_wait_timeout(condition, 1e-6), THREADING_TIMEOUT);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    CHECK_STATUS(threading_event_wait(event), THREADING_OK);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(1, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
    atomic_fetch_add(&added, 1);
}

static void uses_everything(worker *self) {
    (void)self;
    while (!atomic_load(&over)) {
        use_everything();
    }
}

static void make_shared(void) {
    CHECK_STATUS(threading_lock_new(&shared_lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&shared_rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
}

/* What was shared excluded all the time, and is free. */
static void check_shared(void) {
    CHECK_NUMBER(in_lock, atomic_load(&added));
    CHECK_NUMBER(in_rlock, atomic_load(&added));
    CHECK_NUMBER(in_condition, atomic_load(&added));
    CHECK_STATUS(threading_condition_destroy(condition), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(shared_rlock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(shared_lock), THREADING_OK);
}

CASE(objects_are_used_while_it_is_switched) {
    enum { USERS = 4, SWITCHES = 4000 };
    worker users[USERS];
    make_shared();
    for (int i = 0; i < USERS; i++) {
        worker_start(&users[i], i % WORKER_KINDS, uses_everything, NULL);
    }
    double limit = threading_monotonic() + CASE_SECONDS / 3;
    for (int i = 0; i < SWITCHES && threading_monotonic() < limit; i++) {
        CHECK_STATUS(threading_inspect(some_of((uint32_t)i)), THREADING_OK);
    }
    atomic_store(&over, true);
    for (int i = 0; i < USERS; i++) {
        worker_join(&users[i]);
    }
    CHECK_STATUS(threading_inspect(0), THREADING_OK);
    check_shared();
}

static void switches(worker *self) {
    (void)self;
    for (uint32_t i = 0; !atomic_load(&over); i++) {
        CHECK_STATUS(threading_inspect(some_of(i)), THREADING_OK);
    }
}

CASE(a_process_that_is_forked_while_it_is_switched_goes_on) {
    enum { FORKS = 200 };
    worker user, switcher;
    make_shared();
    worker_start(&user, OURS, uses_everything, NULL);
    worker_start(&switcher, FOREIGN, switches, NULL);
    double limit = threading_monotonic() + CASE_SECONDS / 3;
    for (int i = 0; i < FORKS && threading_monotonic() < limit; i++) {
        pid_t pid = forked();
        if (pid == 0) {
            /* Another thread of the parent may have held what is shared. */
            make_shared();
            in_lock = in_rlock = in_condition = 0;
            atomic_store(&added, 0);
            for (uint32_t what = 0; what <= BOTH; what++) {
                use_everything();
                CHECK_STATUS(threading_inspect(what), THREADING_OK);
                use_everything();
            }
            check_shared();
            _exit(0);
        }
        CHECK_NUMBER(exit_code_of(pid), 0);
    }
    atomic_store(&over, true);
    worker_join(&user);
    worker_join(&switcher);
    check_shared();
}

/* A thread that waits when it is switched acquires and releases as if it had not been. */
static void acquires_and_releases(worker *self) {
    worker_arrives(self);
    CHECK_STATUS(threading_lock_acquire(shared_lock), THREADING_OK);
    CHECK_STATUS(threading_lock_release(shared_lock), THREADING_OK);
}

CASE(a_thread_waits_while_it_is_switched) {
    for (uint32_t i = 0; i < 8; i++) {
        worker waiter;
        CHECK_STATUS(threading_inspect(i & 1 ? BOTH : 0), THREADING_OK);
        CHECK_STATUS(threading_lock_new(&shared_lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(shared_lock), THREADING_OK);
        worker_start(&waiter, i % WORKER_KINDS, acquires_and_releases, NULL);
        EVENTUALLY(worker_asleep(&waiter));
        CHECK_STATUS(threading_inspect(i & 2 ? BOTH : 0), THREADING_OK);
        CHECK_STATUS(threading_lock_release(shared_lock), THREADING_OK);
        worker_join(&waiter);
        CHECK_STATUS(threading_lock_destroy(shared_lock), THREADING_OK);
    }
}

CASE(what_is_held_when_it_begins_is_released_as_ever) {
    threading_lock lock;
    threading_rlock rlock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    for (uint32_t before = 0; before <= BOTH; before++) {
        for (uint32_t after = 0; after <= BOTH; after++) {
            CHECK_STATUS(threading_inspect(before), THREADING_OK);
            CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
            CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
            CHECK_STATUS(threading_inspect(after), THREADING_OK);
            CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
            CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
            CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
            CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
            CHECK(!threading_lock_locked(lock) && !threading_rlock_locked(rlock));
        }
    }
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
}
