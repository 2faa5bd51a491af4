/* Threads that end while they hold something: it stays held, everyone can see that its holder is
 * gone, others still get their time-out, and nothing is lost for good. */
#include "../objects.h"
#include "worker.h"

static threading_lock lock;
static threading_rlock rlock;
static threading_condition condition;
static threading_semaphore semaphore;
static threading_barrier barrier;
static uint64_t ident;

enum way { RETURNS, EXITS, IS_CANCELLED, WAYS };

typedef struct mortal {
    enum way way;
    void (*hold)(void);
} mortal;

static void *dies(void *arg) {
    mortal *me = arg;
    ident = threading_get_ident();
    me->hold();
    if (me->way == EXITS) {
        pthread_exit(NULL);
    }
    if (me->way == IS_CANCELLED) {
        pthread_cancel(pthread_self());
        pthread_testcancel();
        CHECK(!"a cancelled thread does not go on");
    }
    return NULL;
}

/* In a thread of ours, of somebody else's, or of a timer. */
static void somebody_dies_holding(void (*hold)(void), int round) {
    mortal me = {(enum way)(round % WAYS), hold};
    pthread_t foreign;
    threading_thread ours;
    threading_timer timer;
    switch (round / WAYS % 3) {
    case 0:
        CHECK_STATUS(threading_thread_spawn("mortal", dies, &me, &ours), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(ours, NULL), THREADING_OK);
        break;
    case 1:
        CHECK_NUMBER(pthread_create(&foreign, NULL, dies, &me), 0);
        CHECK_NUMBER(pthread_join(foreign, NULL), 0);
        break;
    default:
        CHECK_STATUS(threading_timer_new(0, dies, &me, &timer), THREADING_OK);
        CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
        CHECK_STATUS(threading_thread_join(threading_timer_thread(timer)), THREADING_OK);
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
        break;
    }
}
enum { ROUNDS = WAYS * 3 };

static const wait_kind *kind;
static uint64_t bits;

static void holds(void) { kind->hold(bits); }

CASE(whatever_the_dead_hold_is_held_and_can_be_destroyed) {
    for (kind = wait_kinds; kind < wait_kinds + WAIT_KINDS; kind++) {
        for (int round = 0; kind->held && round < ROUNDS; round++) {
            bits = kind->make();
            somebody_dies_holding(holds, round);
            CHECK_STATUS(kind->within(bits, 0), THREADING_TIMEOUT);
            CHECK_STATUS(kind->within(bits, 0.001), THREADING_TIMEOUT);
            CHECK_STATUS(object_kinds[kind->kind].destroy(bits), THREADING_OK);
            CHECK_STATUS(kind->within(bits, 0), THREADING_DESTROYED);
        }
    }
}

static void takes_lock(void) { CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK); }

CASE(a_lock_of_the_dead_is_held_can_be_released_by_anyone_and_destroyed) {
    for (int round = 0; round < ROUNDS; round++) {
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        somebody_dies_holding(takes_lock, round);
        CHECK(threading_lock_locked(lock));
        CHECK_STATUS(threading_lock_try_acquire(lock), THREADING_TIMEOUT);
        CHECK_STATUS(threading_lock_acquire_timeout(lock, 0.001), THREADING_TIMEOUT);
        if (round % 2) {
            CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
            CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
            CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
        }
        CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    }
}

static void takes_rlock(void) {
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
}

CASE(an_rlock_of_the_dead_shows_an_owner_that_is_nobodys_ident_any_more) {
    for (int round = 0; round < ROUNDS; round++) {
        size_t depth = 0;
        CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
        somebody_dies_holding(takes_rlock, round);
        CHECK(threading_rlock_locked(rlock));
        uint64_t owner = threading_rlock_owner(rlock, &depth);
        CHECK(owner == ident && owner != threading_get_ident());
        CHECK_NUMBER(depth, 2);
        CHECK_STATUS(threading_rlock_release(rlock), THREADING_NOT_OWNER);
        CHECK_STATUS(threading_rlock_acquire_timeout(rlock, 0.001), THREADING_TIMEOUT);
        CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
    }
}

static void takes_condition(void) {
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
}

CASE(a_condition_of_the_dead_answers_and_can_be_destroyed) {
    for (int round = 0; round < ROUNDS; round++) {
        CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
        somebody_dies_holding(takes_condition, round);
        CHECK(threading_condition_locked(condition));
        CHECK_STATUS(threading_condition_acquire_timeout(condition, 0.001), THREADING_TIMEOUT);
        CHECK_STATUS(threading_condition_wait_timeout(condition, 0.001), THREADING_NOT_OWNER);
        CHECK_STATUS(threading_condition_notify(condition, 1), THREADING_NOT_OWNER);
        CHECK_STATUS(threading_condition_destroy(condition), THREADING_OK);
    }
}

static void takes_unit(void) { CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK); }

CASE(a_unit_of_the_dead_can_be_given_back_by_anyone) {
    for (int round = 0; round < ROUNDS; round++) {
        CHECK_STATUS(threading_bounded_semaphore_new(1, &semaphore), THREADING_OK);
        somebody_dies_holding(takes_unit, round);
        CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, 0.001), THREADING_TIMEOUT);
        CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
        CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
        CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
    }
}

static void gives_up_at_barrier(void) {
    CHECK_STATUS(threading_barrier_wait_timeout(barrier, 0.0001, NULL), THREADING_TIMEOUT);
}

CASE(a_barrier_that_the_dead_have_broken_is_whole_after_a_reset) {
    for (int round = 0; round < ROUNDS; round++) {
        CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
        somebody_dies_holding(gives_up_at_barrier, round);
        CHECK(threading_barrier_broken(barrier));
        CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
        CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_BROKEN);
        CHECK_STATUS(threading_barrier_reset(barrier), THREADING_OK);
        CHECK_STATUS(threading_barrier_wait_timeout(barrier, 0.0001, NULL), THREADING_TIMEOUT);
        CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
    }
}
