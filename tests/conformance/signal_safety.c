/* The calls that a signal handler may make, made by handlers that interrupt threads in the middle
 * of the library: whatever they give is there afterwards, and nothing hangs.
 *
 * One thread is the victim. A bomber signals it with pthread_kill, one signal after the other so
 * that none is merged with another, and a timer of the kernel signals it ten thousand times a
 * second; the timer's handler may interrupt the bomber's. */
#include "signalled.h"
#include "waits.h"

#include <errno.h>
#include <sched.h>

enum { HANDLER_ERRNO = 1234 };

static threading_semaphore semaphore;
static threading_event event;
static threading_lock lock;
static uint64_t victim_ident, victim_native_id;

static void (*in_the_handler)(void);
static atomic_int handled, ticks; /* runs of the two handlers */
static atomic_bool over;

static void handle(atomic_int *runs) {
    int before = errno;
    errno = HANDLER_ERRNO;
    in_the_handler();
    CHECK_NUMBER(errno, HANDLER_ERRNO);
    errno = before;
    atomic_fetch_add(runs, 1);
}

static void bombed(int signal) {
    (void)signal;
    handle(&handled);
}

static void ticked(int signal) {
    (void)signal;
    handle(&ticks);
}

typedef struct bomber {
    worker thread;
    pthread_t victim;
    int rounds;
    timer_t timer;
} bomber;

static void bombs(worker *self) {
    bomber *me = self->context;
    for (int round = 1; round <= me->rounds; round++) {
        CHECK_NUMBER(pthread_kill(me->victim, SIGUSR1), 0);
        for (double limit = threading_monotonic() + CASE_SECONDS / 2;
             atomic_load(&handled) < round;) {
            CHECK(threading_monotonic() < limit);
            sched_yield();
        }
    }
    atomic_store(&over, true);
}

/* The calling thread is the victim from now on. */
static void bombing_begins(bomber *self, int rounds, void (*what)(void)) {
    in_the_handler = what;
    victim_ident = threading_get_ident();
    victim_native_id = threading_get_native_id();
    self->victim = pthread_self();
    self->rounds = rounds;
    signalled_handle(SIGUSR1, bombed);
    signalled_handle(SIGUSR2, ticked);
    self->timer = signalled_begin(SIGUSR2, 100000, 100000);
    worker_start(&self->thread, FOREIGN, bombs, self);
}

/* The number of times that a handler ran. */
static int bombing_ends(bomber *self) {
    CHECK(atomic_load(&over));
    signalled_end(self->timer);
    worker_join(&self->thread);
    CHECK_NUMBER(atomic_load(&handled), self->rounds);
    printf("%d signals of the bomber, %d of the timer\n", atomic_load(&handled),
           atomic_load(&ticks));
    return atomic_load(&handled) + atomic_load(&ticks);
}

/* ---- semaphores ---- */

static void releases(void) { CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK); }

static atomic_int taken;

static void takes(worker *self) {
    (void)self;
    while (!atomic_load(&over)) {
        CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
        atomic_fetch_add(&taken, 1);
    }
}

static int takes_the_rest(void) {
    int rest = 0;
    while (threading_semaphore_try_acquire(semaphore) == THREADING_OK) {
        rest++;
    }
    return rest;
}

/* Nobody else releases: what the victim sleeps for comes from its own handler. */
CASE(semaphore_released_by_a_handler_that_interrupts_acquire) {
    bomber other;
    int mine = 0;
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    bombing_begins(&other, 40000, releases);
    while (!atomic_load(&over)) {
        /* The timer goes on until the end, so there is always a unit to come. */
        CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
        mine++;
    }
    int given = bombing_ends(&other);
    CHECK_NUMBER(mine + takes_the_rest(), given);
}

CASE(semaphore_released_by_a_handler_wakes_other_threads_too) {
    enum { TAKERS = 3 };
    bomber other;
    worker takers[TAKERS];
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    for (int i = 0; i < TAKERS; i++) {
        worker_start(&takers[i], i % WORKER_KINDS, takes, NULL);
    }
    bombing_begins(&other, 30000, releases);
    while (!atomic_load(&over)) {
        threading_status status = threading_semaphore_acquire_timeout(semaphore, 0.00005);
        CHECK(status == THREADING_OK || status == THREADING_TIMEOUT);
        atomic_fetch_add(&taken, status == THREADING_OK);
    }
    int given = bombing_ends(&other) + TAKERS;
    /* Those who still wait get a unit each. */
    CHECK_STATUS(threading_semaphore_release_n(semaphore, TAKERS), THREADING_OK);
    for (int i = 0; i < TAKERS; i++) {
        worker_join(&takers[i]);
    }
    CHECK_NUMBER(atomic_load(&taken) + takes_the_rest(), given);
}

static void releases_two(void) {
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 2), THREADING_OK);
    CHECK(threading_semaphore_value(semaphore) <= THREADING_SEMAPHORE_MAX);
}

/* In the middle of releases, of acquires that find a unit or none, and of the making and ending of
 * others. */
CASE(semaphore_released_by_a_handler_that_interrupts_everything_semaphores_do) {
    bomber other;
    int units = 0;
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    bombing_begins(&other, 40000, releases_two);
    for (int i = 0; !atomic_load(&over); i++) {
        threading_semaphore brief;
        CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
        CHECK_STATUS(threading_semaphore_release_n(semaphore, 3), THREADING_OK);
        units -= 4;
        for (int j = 0; j < 8; j++) {
            threading_status status = j % 2
                                          ? threading_semaphore_try_acquire(semaphore)
                                          : threading_semaphore_acquire_timeout(semaphore, 0.00001);
            CHECK(status == THREADING_OK || status == THREADING_TIMEOUT);
            units += status == THREADING_OK;
        }
        CHECK_STATUS(i % 2 ? threading_semaphore_new(1, &brief)
                           : threading_bounded_semaphore_new(1, &brief),
                     THREADING_OK);
        CHECK_STATUS(threading_semaphore_destroy(brief), THREADING_OK);
    }
    int runs = bombing_ends(&other);
    CHECK_NUMBER(units + takes_the_rest(), 2 * runs);
}

static atomic_int refused;

static void releases_bounded(void) {
    threading_status status = threading_semaphore_release(semaphore);
    CHECK(status == THREADING_OK || status == THREADING_OVERFLOW);
    atomic_fetch_add(&refused, status == THREADING_OVERFLOW);
}

CASE(bounded_semaphore_released_by_a_handler_stays_in_its_bound) {
    bomber other;
    int mine = 0;
    CHECK_STATUS(threading_bounded_semaphore_new(2, &semaphore), THREADING_OK);
    bombing_begins(&other, 20000, releases_bounded);
    while (!atomic_load(&over)) {
        CHECK(threading_semaphore_value(semaphore) <= 2);
        CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
        mine++;
    }
    int runs = bombing_ends(&other);
    CHECK_NUMBER(mine + takes_the_rest(), 2 + runs - atomic_load(&refused));
}

/* ---- events ---- */

static void sets(void) {
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    (void)threading_event_is_set(event);
}

CASE(event_set_by_a_handler_that_interrupts_wait) {
    bomber other;
    int waits = 0;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    bombing_begins(&other, 40000, sets);
    while (!atomic_load(&over)) {
        CHECK_STATUS(threading_event_clear(event), THREADING_OK);
        CHECK_STATUS(threading_event_wait(event), THREADING_OK);
        waits++;
    }
    int runs = bombing_ends(&other);
    /* Between one clear and the return of its wait there was a set. */
    CHECK(waits <= runs);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

static atomic_int released, leavers;

static void waits_again_and_again(worker *self) {
    (void)self;
    while (!atomic_load(&over)) {
        CHECK_STATUS(threading_event_wait(event), THREADING_OK);
        atomic_fetch_add(&released, 1);
        CHECK_STATUS(threading_event_clear(event), THREADING_OK);
    }
    atomic_fetch_add(&leavers, 1);
}

CASE(event_set_by_a_handler_that_interrupts_set_and_clear_and_wait) {
    enum { WAITERS = 3 };
    bomber other;
    worker waiters[WAITERS];
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    for (int i = 0; i < WAITERS; i++) {
        worker_start(&waiters[i], i % WORKER_KINDS, waits_again_and_again, NULL);
    }
    bombing_begins(&other, 30000, sets);
    while (!atomic_load(&over)) {
        threading_event brief;
        threading_status status = threading_event_wait_timeout(event, 0.00001);
        CHECK(status == THREADING_OK || status == THREADING_TIMEOUT);
        CHECK_STATUS(threading_event_set(event), THREADING_OK);
        CHECK_STATUS(threading_event_clear(event), THREADING_OK);
        CHECK_STATUS(threading_event_new(&brief), THREADING_OK);
        CHECK_STATUS(threading_event_set(brief), THREADING_OK);
        CHECK_STATUS(threading_event_destroy(brief), THREADING_OK);
    }
    bombing_ends(&other);
    CHECK(atomic_load(&released) > 0);
    /* Whoever comes to wait once more before it sees that all is over is released, too; another may
     * have cleared it before. */
    while (atomic_load(&leavers) < WAITERS) {
        CHECK_STATUS(threading_event_set(event), THREADING_OK);
        sched_yield();
    }
    for (int i = 0; i < WAITERS; i++) {
        worker_join(&waiters[i]);
    }
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

/* ---- all of them ---- */

static scene waited_for;

static void comes(int signal) {
    (void)signal;
    waited_for.kind->comes(waited_for.bits);
    atomic_fetch_add(&handled, 1);
}

/* The handler runs in the thread that waits, before it, in it or after it. */
CASE(what_comes_from_a_handler_ends_the_wait_that_it_interrupts) {
    enum { ROUNDS = 300 };
    signalled_handle(SIGUSR1, comes);
    for (int i = 0; i < WAIT_KINDS; i++) {
        for (int round = 0; wait_kinds[i].safe && round < ROUNDS; round++) {
            int before = atomic_load(&handled);
            scene_open(&waited_for, &wait_kinds[i]);
            timer_t timer = signalled_begin(SIGUSR1, 1000 + round * 500, 0);
            CHECK_STATUS(scene_wait(&waited_for), THREADING_OK);
            CHECK_NUMBER(atomic_load(&handled), before + 1);
            signalled_end(timer);
            scene_close(&waited_for);
        }
    }
    CHECK(atomic_load(&handled) > 0);
}

static void asks_everything(void) {
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 1), THREADING_OK);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    (void)threading_event_is_set(event);
    (void)threading_lock_locked(lock);
    CHECK(threading_semaphore_value(semaphore) <= THREADING_SEMAPHORE_MAX);
    CHECK(threading_get_ident() == victim_ident);
    CHECK(threading_get_native_id() == victim_native_id);
    CHECK_STRING(threading_status_name(THREADING_BROKEN), "THREADING_BROKEN");
    CHECK(threading_status_message(THREADING_TIMEOUT)[0] != '\0');
    CHECK(threading_error_message()[0] != '\0');
}

static void *nothing(void *arg) { return arg; }

CASE(all_safe_calls_by_a_handler_that_interrupts_everything) {
    bomber other;
    int units = 0;
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    bombing_begins(&other, 20000, asks_everything);
    while (!atomic_load(&over)) {
        threading_condition condition;
        threading_barrier barrier;
        threading_thread thread;
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire_timeout(lock, 0.00002), THREADING_TIMEOUT);
        CHECK_STATUS(threading_condition_new_with_lock(lock, &condition), THREADING_OK);
        CHECK_STATUS(threading_condition_wait_timeout(condition, 0.00002), THREADING_TIMEOUT);
        CHECK_STATUS(threading_condition_notify_all(condition), THREADING_OK);
        CHECK_STATUS(threading_condition_destroy(condition), THREADING_OK);
        CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
        CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
        CHECK_STATUS(threading_barrier_wait_timeout(barrier, 0.00002, NULL), THREADING_TIMEOUT);
        CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
        CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
        CHECK_STATUS(threading_event_clear(event), THREADING_OK);
        CHECK_STATUS(threading_event_wait(event), THREADING_OK);
        CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
        units++;
    }
    int runs = bombing_ends(&other);
    CHECK_NUMBER(units + takes_the_rest(), 2 * runs);
    CHECK(!threading_lock_locked(lock));
}

/* ---- a thread that the library meets in a handler ---- */

static atomic_int met;

static void meets(int signal) {
    (void)signal;
    CHECK(threading_get_ident() != 0);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    atomic_fetch_add(&met, 1);
}

/* Its first call is made by the handler, or is interrupted by it. */
static void *is_met(void *arg) {
    /* Sooner or later: the signal meets each part of the call in one thread or another. */
    timer_t timer = signalled_begin(SIGUSR1, 500 + *(int *)arg % 500 * 30, 100000);
    uint64_t ident = threading_get_ident();
    CHECK(ident != 0);
    CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
    CHECK(threading_get_ident() == ident);
    signalled_end(timer);
    return arg;
}

CASE(a_foreign_thread_whose_first_call_is_interrupted_keeps_one_ident) {
    enum { THREADS = 1000 };
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    signalled_handle(SIGUSR1, meets);
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        CHECK_NUMBER(pthread_create(&thread, NULL, is_met, &i), 0);
        CHECK_NUMBER(pthread_join(thread, NULL), 0);
    }
    CHECK_NUMBER(threading_semaphore_value(semaphore), atomic_load(&met) - THREADS);
    printf("%d signals in %d threads\n", atomic_load(&met), THREADS);
}
