/* Many threads at one semaphore: never more inside than it has units, and none is lost; and the end
 * of a semaphore. */
#include "caller.h"

#include <math.h>
#include <sched.h>
#include <stdlib.h>

enum { CROWD = 8 };

typedef struct crowd {
    threading_semaphore semaphore;
    int units, rounds;
    atomic_int inside, most, timeouts, begun;
    volatile long counter; /* guarded by the semaphore, if it has one unit */
    atomic_bool over;
} crowd;

static void comes_in(crowd *all) {
    int now = atomic_fetch_add(&all->inside, 1) + 1;
    CHECK(now <= all->units);
    for (int most = atomic_load(&all->most);
         most < now && !atomic_compare_exchange_weak(&all->most, &most, now);) {
    }
}

static void goes_out(crowd *all) {
    atomic_fetch_sub(&all->inside, 1);
    CHECK_STATUS(threading_semaphore_release(all->semaphore), THREADING_OK);
}

static void crowd_runs(crowd *all, void (*body)(worker *)) {
    worker threads[CROWD];
    for (int i = 0; i < CROWD; i++) {
        worker_start(&threads[i], i % WORKER_KINDS, body, all);
    }
    for (int i = 0; i < CROWD; i++) {
        worker_join(&threads[i]);
    }
    CHECK_NUMBER(atomic_load(&all->inside), 0);
    CHECK_NUMBER(threading_semaphore_value(all->semaphore), all->units);
    CHECK_STATUS(threading_semaphore_destroy(all->semaphore), THREADING_OK);
}

/* ---- exclusion ---- */

static void increments(worker *self) {
    crowd *all = self->context;
    for (int i = 0; i < all->rounds; i++) {
        CHECK_STATUS(threading_semaphore_acquire(all->semaphore), THREADING_OK);
        all->counter = all->counter + 1;
        CHECK_STATUS(threading_semaphore_release(all->semaphore), THREADING_OK);
    }
}

CASE(one_unit_is_mutual_exclusion) {
    for (int bounded = 0; bounded < 2; bounded++) {
        crowd all = {.units = 1, .rounds = 100000};
        CHECK_STATUS(bounded ? threading_bounded_semaphore_new(1, &all.semaphore)
                             : threading_semaphore_new(1, &all.semaphore),
                     THREADING_OK);
        crowd_runs(&all, increments);
        CHECK_NUMBER(all.counter, CROWD * 100000);
    }
}

static void acquires_in_every_way(worker *self) {
    crowd *all = self->context;
    for (int i = 0; i < all->rounds;) {
        threading_status status = i % 3 == 0 ? threading_semaphore_try_acquire(all->semaphore)
                                  : i % 3 == 1
                                      ? threading_semaphore_acquire_timeout(all->semaphore, 0.00002)
                                      : threading_semaphore_acquire(all->semaphore);
        if (status == THREADING_OK) {
            comes_in(all);
            if (i % 64 == 0) {
                sched_yield();
            }
            goes_out(all);
            i++;
        } else {
            CHECK_STATUS(status, THREADING_TIMEOUT);
            atomic_fetch_add(&all->timeouts, 1);
            sched_yield();
        }
    }
}

CASE(never_more_inside_than_units) {
    static const int units[] = {1, 2, 3, 7, CROWD};
    for (int i = 0; i < 5; i++) {
        crowd all = {.units = units[i], .rounds = 20000};
        CHECK_STATUS(threading_bounded_semaphore_new((size_t)all.units, &all.semaphore),
                     THREADING_OK);
        crowd_runs(&all, acquires_in_every_way);
        printf("%d units: at most %d inside, %d time-outs\n", all.units, atomic_load(&all.most),
               atomic_load(&all.timeouts));
    }
}

/* One takes its unit again at once whenever it has given it back, until all the others have had
 * one. */
static void hogs(worker *self) {
    crowd *all = self->context;
    while (!atomic_load(&all->over)) {
        CHECK_STATUS(threading_semaphore_acquire(all->semaphore), THREADING_OK);
        atomic_store(&all->begun, 1);
        for (double start = threading_monotonic(); threading_monotonic() - start < 0.002;) {
        }
        CHECK_STATUS(threading_semaphore_release(all->semaphore), THREADING_OK);
    }
}

static threading_status calls_acquire(caller *self) {
    return threading_semaphore_acquire((threading_semaphore){self->bits});
}

static threading_status takes_and_gives(caller *self) {
    CHECK_STATUS(calls_acquire(self), THREADING_OK);
    return threading_semaphore_release((threading_semaphore){self->bits});
}

CASE(nobody_starves_while_one_thread_hogs_it) {
    crowd all = {.units = 1};
    worker hog;
    caller others[CROWD];
    CHECK_STATUS(threading_semaphore_new(1, &all.semaphore), THREADING_OK);
    worker_start(&hog, FOREIGN, hogs, &all);
    EVENTUALLY(atomic_load(&all.begun));
    for (int i = 0; i < CROWD; i++) {
        caller_start(&others[i], i % WORKER_KINDS, takes_and_gives, all.semaphore.bits, 0);
    }
    for (int i = 0; i < CROWD; i++) {
        caller_end(&others[i], THREADING_OK);
    }
    atomic_store(&all.over, true);
    worker_join(&hog);
    CHECK_NUMBER(threading_semaphore_value(all.semaphore), 1);
}

/* ---- no unit is lost ---- */

enum { UNITS = 200000 };

typedef struct flow {
    threading_semaphore semaphore;
    atomic_int taken, timeouts;
    atomic_bool over;
} flow;

static void takes(worker *self) {
    flow *all = self->context;
    unsigned seed = (unsigned)self->kind;
    while (!atomic_load(&all->over)) {
        threading_status status = threading_semaphore_acquire_timeout(
            all->semaphore, 0.000001 * (double)(rand_r(&seed) % 300));
        atomic_fetch_add(status == THREADING_OK ? &all->taken : &all->timeouts, 1);
        CHECK(status == THREADING_OK || status == THREADING_TIMEOUT);
    }
}

/* Units come in lots while the time of those who wait runs out: each unit is taken once or is still
 * there. */
CASE(every_unit_is_taken_once_though_many_time_out) {
    flow all = {.taken = 0};
    worker threads[CROWD];
    CHECK_STATUS(threading_semaphore_new(0, &all.semaphore), THREADING_OK);
    for (int i = 0; i < CROWD; i++) {
        worker_start(&threads[i], i % WORKER_KINDS, takes, &all);
    }
    for (int given = 0; given < UNITS;) {
        int n = 1 + given % 7 < UNITS - given ? 1 + given % 7 : UNITS - given;
        CHECK_STATUS(threading_semaphore_release_n(all.semaphore, (size_t)n), THREADING_OK);
        given += n;
        /* So few that most of the takers have to wait. */
        while (given - atomic_load(&all.taken) > 3) {
            sched_yield();
        }
    }
    EVENTUALLY(atomic_load(&all.taken) == UNITS);
    atomic_store(&all.over, true);
    for (int i = 0; i < CROWD; i++) {
        worker_join(&threads[i]);
    }
    CHECK_NUMBER(atomic_load(&all.taken), UNITS);
    CHECK_NUMBER(threading_semaphore_value(all.semaphore), 0);
    printf("%d units taken, %d time-outs\n", UNITS, atomic_load(&all.timeouts));
}

/* ---- handles, and the end ---- */

static void check_dead(uint64_t bits, threading_status expected) {
    threading_semaphore semaphore = {bits};
    CHECK_STATUS(threading_semaphore_acquire(semaphore), expected);
    CHECK_STATUS(threading_semaphore_try_acquire(semaphore), expected);
    CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, 0), expected);
    CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, INFINITY), expected);
    CHECK_STATUS(threading_semaphore_release(semaphore), expected);
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 2), expected);
    CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
    CHECK_STATUS(threading_semaphore_destroy(semaphore), bits == 0 ? THREADING_OK : expected);
}

CASE(null_stale_and_foreign_handles) {
    threading_semaphore semaphore, heir;
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    check_dead(0, THREADING_INVALID_HANDLE);
    check_dead(lock.bits, THREADING_INVALID_HANDLE);
    check_dead(threading_main_thread().bits, THREADING_INVALID_HANDLE);
    for (int i = 0; i < 100; i++) {
        CHECK_STATUS(threading_semaphore_new(3, &semaphore), THREADING_OK);
        CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
        CHECK_STATUS(threading_bounded_semaphore_new(1, &heir), THREADING_OK);
        check_dead(semaphore.bits, THREADING_DESTROYED);
        CHECK_NUMBER(threading_semaphore_value(heir), 1);
        CHECK_STATUS(threading_semaphore_release(heir), THREADING_OVERFLOW);
        CHECK_STATUS(threading_semaphore_destroy(heir), THREADING_OK);
    }
}

CASE(an_heir_is_not_bounded_by_who_was_there_before) {
    threading_semaphore semaphore;
    for (int i = 0; i < 100; i++) {
        CHECK_STATUS(threading_bounded_semaphore_new(1, &semaphore), THREADING_OK);
        CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
        CHECK_STATUS(threading_semaphore_new(1, &semaphore), THREADING_OK);
        CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
        CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
    }
}

/* test_acquire_destroy: units that were taken do not matter. */
CASE(acquire_destroy_is_fine_unless_somebody_waits) {
    threading_semaphore semaphore;
    caller other;
    CHECK_STATUS(threading_bounded_semaphore_new(1, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
    caller_start_asleep(&other, OURS, calls_acquire, semaphore.bits, 0);
    CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_BUSY);
    CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    caller_end(&other, THREADING_OK);
    CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
    check_dead(semaphore.bits, THREADING_DESTROYED);
}

typedef struct ending {
    _Atomic(uint64_t) bits;
    atomic_int busy, destroyed;
    atomic_bool over;
} ending;

static void arrives_at_any_time(worker *self) {
    ending *all = self->context;
    while (!atomic_load(&all->over)) {
        threading_semaphore semaphore = {atomic_load(&all->bits)};
        threading_status status = threading_semaphore_acquire_timeout(semaphore, 0.0001);
        CHECK(status == THREADING_OK || status == THREADING_TIMEOUT ||
              status == THREADING_DESTROYED);
        atomic_fetch_add(&all->destroyed, status == THREADING_DESTROYED);
        status = threading_semaphore_release(semaphore);
        CHECK(status == THREADING_OK || status == THREADING_OVERFLOW ||
              status == THREADING_DESTROYED);
    }
}

CASE(destroying_it_as_others_arrive_is_ok_or_busy) {
    ending all = {.busy = 0};
    worker threads[4];
    threading_semaphore semaphore;
    CHECK_STATUS(threading_bounded_semaphore_new(1, &semaphore), THREADING_OK);
    atomic_store(&all.bits, semaphore.bits);
    for (int i = 0; i < 4; i++) {
        worker_start(&threads[i], i % WORKER_KINDS, arrives_at_any_time, &all);
    }
    for (int round = 0; round < 1000; round++) {
        threading_status status;
        while ((status = threading_semaphore_destroy(semaphore)) == THREADING_BUSY) {
            atomic_fetch_add(&all.busy, 1);
            sched_yield();
        }
        CHECK_STATUS(status, THREADING_OK);
        CHECK_STATUS(threading_bounded_semaphore_new(1, &semaphore), THREADING_OK);
        atomic_store(&all.bits, semaphore.bits);
        if (round % 4 == 0) {
            sched_yield();
        }
    }
    atomic_store(&all.over, true);
    for (int i = 0; i < 4; i++) {
        worker_join(&threads[i]);
    }
    printf("%d times busy, %d calls came too late\n", atomic_load(&all.busy),
           atomic_load(&all.destroyed));
}
