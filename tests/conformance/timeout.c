/* Rule 4 of the contract, for locks and rlocks: what the seconds of acquire_timeout mean, and what
 * a signal does to a wait. */
#include "lock_kind.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

/* A lock that another thread holds: the main thread has to wait for it, for an rlock too. */
typedef struct scene {
    const lock_kind *kind;
    uint64_t bits;
    holder other;
} scene;

static void scene_open(scene *self, const lock_kind *kind, worker_kind whose) {
    self->kind = kind;
    self->bits = lock_new(kind);
    holder_start(&self->other, whose, kind, self->bits);
}

static void scene_close(scene *self) {
    holder_end(&self->other);
    CHECK(!self->kind->locked(self->bits));
    CHECK_STATUS(self->kind->destroy(self->bits), THREADING_OK);
}

/* What the seconds mean on a lock that is free: it is taken, or the call is refused and the lock
 * stays free. */
static void check_on_free(const lock_kind *kind, double seconds, threading_status expected) {
    uint64_t bits = lock_new(kind);
    CHECK_STATUS(kind->acquire_timeout(bits, seconds), expected);
    CHECK(kind->locked(bits) == (expected == THREADING_OK));
    CHECK_STATUS(kind->release(bits),
                 expected == THREADING_OK ? THREADING_OK : THREADING_NOT_ACQUIRED);
    CHECK_STATUS(kind->destroy(bits), THREADING_OK);
}

static void check_on_held(const lock_kind *kind, double seconds, threading_status expected) {
    scene us;
    scene_open(&us, kind, FOREIGN);
    double start = threading_monotonic();
    CHECK_STATUS(kind->acquire_timeout(us.bits, seconds), expected);
    if (expected == THREADING_TIMEOUT) {
        CHECK_NOT_EARLY(start, seconds);
    }
    CHECK(kind->locked(us.bits));
    scene_close(&us);
}

/* ---- which numbers are refused ---- */

static void refused(const lock_kind *kind) {
    const double numbers[] = {NAN,   -NAN,   9223372036.000002, THREADING_TIMEOUT_MAX + 1,
                              1e100, DBL_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        check_on_free(kind, numbers[i], THREADING_INVALID_ARGUMENT);
        check_on_held(kind, numbers[i], THREADING_INVALID_ARGUMENT);
    }
}
CASE(lock_nan_and_too_long_are_invalid) { refused(&primitive); }
CASE(rlock_nan_and_too_long_are_invalid) { refused(&reentrant); }

/* Nor does owning the rlock excuse it. */
CASE(rlock_nan_and_too_long_are_invalid_for_its_owner_too) {
    threading_rlock rlock;
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire_timeout(rlock, NAN), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_rlock_acquire_timeout(rlock, 1e100), THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(threading_rlock_depth(rlock), 1);
}

/* ---- polls ---- */

static void polls(const lock_kind *kind) {
    const double numbers[] = {
        0, -0.0, -1e-9, -DBL_MIN, -1, -100, -THREADING_TIMEOUT_MAX, -1e100, -DBL_MAX, -INFINITY};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        check_on_free(kind, numbers[i], THREADING_OK);
        check_on_held(kind, numbers[i], THREADING_TIMEOUT);
    }
}
CASE(lock_zero_and_negative_poll) { polls(&primitive); }
CASE(rlock_zero_and_negative_poll) { polls(&reentrant); }

/* ---- waits ---- */

static void never_early(const lock_kind *kind) {
    const double numbers[] = {DBL_TRUE_MIN, 1e-300, 1e-9,          1.5e-9, 1e-8, 1e-6,
                              1e-5,         0.0001, 0.00123456789, 0.01,   0.1,  0.25};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        check_on_free(kind, numbers[i], THREADING_OK);
        for (int round = 0; round < (numbers[i] < 0.001 ? 20 : 1); round++) {
            check_on_held(kind, numbers[i], THREADING_TIMEOUT);
        }
    }
}
CASE(lock_a_wait_is_never_early) { never_early(&primitive); }
CASE(rlock_a_wait_is_never_early) { never_early(&reentrant); }

/* Limits that no test can wait for: what it can see is that the thread sleeps, and wakes when the
 * lock is released. */
static void long_waits(const lock_kind *kind) {
    const double numbers[] = {
        1000, 4294967.296, 4294967297.0, 9223372035.999999, THREADING_TIMEOUT_MAX, INFINITY};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        scene us;
        waiter waiting;
        check_on_free(kind, numbers[i], THREADING_OK);
        scene_open(&us, kind, i % WORKER_KINDS);
        waiter_start_timeout(&waiting, i / 2 % WORKER_KINDS, kind, us.bits, numbers[i]);
        EVENTUALLY(worker_asleep(&waiting.thread));
        CHECK(!atomic_load(&waiting.returned));
        holder_lets_go(&us.other);
        waiter_end(&waiting, THREADING_OK);
        scene_close(&us);
    }
}
CASE(lock_long_limits_and_infinity_wait_until_released) { long_waits(&primitive); }
CASE(rlock_long_limits_and_infinity_wait_until_released) { long_waits(&reentrant); }

static void many_waiters(const lock_kind *kind) {
    enum { WAITERS = 12 };
    scene us;
    waiter waiters[WAITERS];
    double start = threading_monotonic();
    scene_open(&us, kind, OURS);
    for (int i = 0; i < WAITERS; i++) {
        waiter_start_timeout(&waiters[i], i % WORKER_KINDS, kind, us.bits,
                             i % 3 == 0   ? 0.05
                             : i % 3 == 1 ? 0.02
                                          : INFINITY);
    }
    for (int i = 0; i < WAITERS; i++) {
        if (i % 3 != 2) {
            waiter_end(&waiters[i], THREADING_TIMEOUT);
        }
    }
    CHECK_NOT_EARLY(start, 0.05);
    for (int i = 2; i < WAITERS; i += 3) {
        EVENTUALLY(worker_asleep(&waiters[i].thread));
        CHECK(!atomic_load(&waiters[i].returned));
    }
    holder_lets_go(&us.other);
    for (int i = 2; i < WAITERS; i += 3) {
        waiter_end(&waiters[i], THREADING_OK);
    }
    scene_close(&us);
}
CASE(lock_who_gives_up_leaves_the_others_waiting) { many_waiters(&primitive); }
CASE(rlock_who_gives_up_leaves_the_others_waiting) { many_waiters(&reentrant); }

/* The time runs out and the lock is released at about the same moment. Whatever the waiter is told
 * is true. */
typedef struct race {
    worker thread;
    const lock_kind *kind;
    uint64_t bits;
    atomic_int held, trying, tried; /* rounds */
    atomic_bool over;
    int ok, timeout;
} race;

static void races(worker *self) {
    race *me = self->context;
    for (int round = 1; !atomic_load(&me->over); round++) {
        while (atomic_load(&me->held) < round && !atomic_load(&me->over)) {
            sched_yield();
        }
        atomic_store(&me->trying, round);
        threading_status status = me->kind->acquire_timeout(me->bits, 0.0001);
        if (status == THREADING_OK) {
            CHECK(me->kind->locked(me->bits));
            CHECK_STATUS(me->kind->release(me->bits), THREADING_OK);
            me->ok++;
        } else {
            CHECK_STATUS(status, THREADING_TIMEOUT);
            me->timeout++;
        }
        atomic_store(&me->tried, round);
    }
}

static void release_races_timeout(const lock_kind *kind) {
    enum { ROUNDS = 3000 };
    race other = {.kind = kind, .bits = lock_new(kind)};
    worker_start(&other.thread, OURS, races, &other);
    for (int round = 1; round <= ROUNDS; round++) {
        CHECK_STATUS(kind->acquire(other.bits), THREADING_OK);
        atomic_store(&other.held, round);
        while (atomic_load(&other.trying) < round) {
            sched_yield();
        }
        double start = threading_monotonic();
        while (threading_monotonic() - start < 0.00005 + 0.00000005 * round) {
        }
        CHECK_STATUS(kind->release(other.bits), THREADING_OK);
        while (atomic_load(&other.tried) < round) {
            sched_yield();
        }
        CHECK(!kind->locked(other.bits));
        /* Nobody is left in the queue who could be woken in the place of another. */
        CHECK_STATUS(kind->try_acquire(other.bits), THREADING_OK);
        CHECK_STATUS(kind->release(other.bits), THREADING_OK);
    }
    atomic_store(&other.over, true);
    worker_join(&other.thread);
    printf("%d acquired, %d timed out\n", other.ok, other.timeout);
    CHECK_STATUS(kind->destroy(other.bits), THREADING_OK);
}
CASE(lock_released_as_the_time_runs_out) { release_races_timeout(&primitive); }
CASE(rlock_released_as_the_time_runs_out) { release_races_timeout(&reentrant); }

/* ---- signals ---- */

static atomic_int signals;

static void counts(int signal) {
    (void)signal;
    atomic_fetch_add(&signals, 1);
}

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* From now on the calling thread is signalled a thousand times a second, without SA_RESTART. */
static timer_t signalled(void) {
    struct sigaction action = {.sa_handler = counts};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
    struct itimerspec every = {{0, 1000000}, {0, 1000000}};
    timer_t timer;
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_NUMBER(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    CHECK_NUMBER(timer_settime(timer, 0, &every, NULL), 0);
    return timer;
}

/* Were the wait begun anew at each signal, it would not end while the signals go on. */
static void signals_and_timeout(const lock_kind *kind) {
    scene us;
    scene_open(&us, kind, FOREIGN);
    timer_t timer = signalled();
    for (int round = 0; round < 3; round++) {
        atomic_store(&signals, 0);
        errno = 4711;
        double start = threading_monotonic();
        CHECK_STATUS(kind->acquire_timeout(us.bits, 0.15), THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, 0.15);
        CHECK_NUMBER(errno, 4711);
        CHECK(atomic_load(&signals) >= 3);
    }
    CHECK_NUMBER(timer_delete(timer), 0);
    scene_close(&us);
}
CASE(lock_signals_neither_end_nor_lengthen_a_wait) { signals_and_timeout(&primitive); }
CASE(rlock_signals_neither_end_nor_lengthen_a_wait) { signals_and_timeout(&reentrant); }

/* Holds the lock until the other thread has had a hundred signals while it waits. */
static void holds_through_signals(worker *self) {
    holder *me = self->context;
    CHECK_STATUS(me->kind->acquire(me->bits), THREADING_OK);
    atomic_store(&me->holds, true);
    EVENTUALLY(atomic_load(&signals) >= 100);
    atomic_store(&me->may_let_go, true);
    CHECK_STATUS(me->kind->release(me->bits), THREADING_OK);
}

static void signals_and_acquire(const lock_kind *kind) {
    const double limits[] = {INFINITY, 1000};
    for (int way = 0; way < 3; way++) {
        holder other = {.kind = kind, .bits = lock_new(kind)};
        atomic_store(&signals, 0);
        worker_start(&other.thread, way % WORKER_KINDS, holds_through_signals, &other);
        EVENTUALLY(atomic_load(&other.holds));
        timer_t timer = signalled();
        errno = 4711;
        CHECK_STATUS(way == 2 ? kind->acquire(other.bits)
                              : kind->acquire_timeout(other.bits, limits[way]),
                     THREADING_OK);
        CHECK_NUMBER(errno, 4711);
        CHECK(atomic_load(&other.may_let_go));
        CHECK_NUMBER(timer_delete(timer), 0);
        CHECK_STATUS(kind->release(other.bits), THREADING_OK);
        worker_join(&other.thread);
    }
}
CASE(lock_signals_do_not_end_an_endless_wait) { signals_and_acquire(&primitive); }
CASE(rlock_signals_do_not_end_an_endless_wait) { signals_and_acquire(&reentrant); }

/* ---- errno ---- */

static void errno_unchanged(const lock_kind *kind) {
    const double numbers[] = {NAN, -INFINITY, -1, 0, 1e-9, 0.001, 0.01, 1e100};
    scene us;
    scene_open(&us, kind, FOREIGN);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        errno = 4711;
        threading_status status = kind->acquire_timeout(us.bits, numbers[i]);
        CHECK_NUMBER(errno, 4711);
        CHECK(status == THREADING_TIMEOUT || status == THREADING_INVALID_ARGUMENT);
    }
    scene_close(&us);
    uint64_t bits = lock_new(kind);
    errno = 4711;
    threading_status status = kind->acquire_timeout(bits, INFINITY);
    CHECK_NUMBER(errno, 4711);
    CHECK_STATUS(status, THREADING_OK);
}
CASE(lock_errno_unchanged) { errno_unchanged(&primitive); }
CASE(rlock_errno_unchanged) { errno_unchanged(&reentrant); }
