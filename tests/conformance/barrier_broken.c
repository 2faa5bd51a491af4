/* A barrier that breaks: by a time-out, by abort; and reset. */
#include "barrier_tools.h"

#include <float.h>
#include <sched.h>

/* ---- time-outs ---- */

/* test_timeout */
CASE(whose_time_runs_out_gets_timeout_and_the_others_broken) {
    for (int round = 0; round < 4; round++) {
        threading_barrier barrier = barrier_make(5, NULL, NULL);
        caller others[3], hasty;
        size_t index = 4711;
        comers_start(others, barrier, 3);
        double start = threading_monotonic();
        if (round % 2) {
            CHECK_STATUS(threading_barrier_wait_timeout(barrier, 0.02, &index), THREADING_TIMEOUT);
        } else {
            comer_start(&hasty, barrier, round / 2, 0.02);
            caller_end(&hasty, THREADING_TIMEOUT);
            CHECK(hasty.index == SIZE_MAX);
        }
        CHECK_NOT_EARLY(start, 0.02);
        CHECK_NUMBER(index, 4711);
        CHECK(threading_barrier_broken(barrier));
        CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
        comers_end(others, 3, THREADING_BROKEN);
        CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
    }
}

CASE(a_wait_is_never_early) {
    static const double limits[] = {DBL_TRUE_MIN, 1e-9, 1e-6, 0.0001, 0.00123456789, 0.01, 0.1};
    threading_barrier barrier = barrier_make(2, NULL, NULL);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        for (int round = 0; round < (limits[i] < 0.001 ? 20 : 1); round++) {
            double start = threading_monotonic();
            CHECK_STATUS(threading_barrier_wait_timeout(barrier, limits[i], NULL),
                         THREADING_TIMEOUT);
            CHECK_NOT_EARLY(start, limits[i]);
            CHECK_STATUS(threading_barrier_reset(barrier), THREADING_OK);
        }
    }
    barrier_check_whole(barrier);
}

CASE(a_poll_breaks_it) {
    static const double polls[] = {0, -0.0, -1e-9, -1, -100, -1e100, -INFINITY};
    for (size_t i = 0; i < sizeof polls / sizeof polls[0]; i++) {
        threading_barrier barrier = barrier_make(3, NULL, NULL);
        caller other;
        comer_start(&other, barrier, (int)i, -1);
        CHECK_STATUS(threading_barrier_wait_timeout(barrier, polls[i], NULL), THREADING_TIMEOUT);
        CHECK(threading_barrier_broken(barrier));
        caller_end(&other, THREADING_BROKEN);
        CHECK_STATUS(threading_barrier_wait_timeout(barrier, polls[i], NULL), THREADING_BROKEN);
    }
}

CASE(a_time_that_is_invalid_does_not_break_it) {
    static const double refused[] = {NAN, -NAN, 9223372036.000002, 1e100, DBL_MAX};
    threading_barrier barrier = barrier_make(2, NULL, NULL);
    caller other;
    comer_start(&other, barrier, 0, -1);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK_STATUS(threading_barrier_wait_timeout(barrier, refused[i], NULL),
                     THREADING_INVALID_ARGUMENT);
        CHECK(!threading_barrier_broken(barrier));
        CHECK_NUMBER(threading_barrier_n_waiting(barrier), 1);
    }
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    caller_end(&other, THREADING_OK);
}

CASE(long_limits_wait_for_the_last) {
    static const double limits[] = {1000, 4294967297.0, THREADING_TIMEOUT_MAX, INFINITY};
    threading_barrier barrier = barrier_make(5, NULL, NULL);
    caller others[4];
    for (int i = 0; i < 4; i++) {
        comer_start(&others[i], barrier, i, limits[i]);
        EVENTUALLY(worker_asleep(&others[i].thread));
    }
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    comers_end(others, 4, THREADING_OK);
}

/* The last comes as the time of another runs out: all go, or that one breaks it for all. */
CASE(the_last_comes_as_the_time_runs_out) {
    int passed = 0;
    enum { TRIES = 2000 };
    threading_barrier barrier = barrier_make(2, NULL, NULL);
    for (int round = 0; round < TRIES; round++) {
        caller other;
        caller_start(&other, round % WORKER_KINDS, calls_barrier_wait_timeout, barrier.bits,
                     0.0001);
        while (atomic_load(&other.thread.native_id) == 0) {
            sched_yield();
        }
        for (double start = threading_monotonic();
             threading_monotonic() - start < 0.0000001 * round;) {
        }
        threading_status mine = threading_barrier_wait(barrier, NULL);
        worker_join(&other.thread);
        if (mine == THREADING_OK) {
            CHECK_STATUS(other.status, THREADING_OK);
            CHECK(!threading_barrier_broken(barrier));
            passed++;
        } else {
            CHECK_STATUS(mine, THREADING_BROKEN);
            CHECK_STATUS(other.status, THREADING_TIMEOUT);
            CHECK(threading_barrier_broken(barrier));
            CHECK_STATUS(threading_barrier_reset(barrier), THREADING_OK);
        }
    }
    printf("%d of %d passed\n", passed, TRIES);
}

/* ---- abort ---- */

/* test_abort */
CASE(abort_breaks_it_for_those_who_wait_and_who_come) {
    threading_barrier barrier = barrier_make(5, NULL, NULL);
    caller others[4];
    comers_start(others, barrier, 4);
    CHECK_STATUS(threading_barrier_abort(barrier), THREADING_OK);
    CHECK(threading_barrier_broken(barrier));
    CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
    CHECK_NUMBER(threading_barrier_parties(barrier), 5);
    comers_end(others, 4, THREADING_BROKEN);
    for (int i = 0; i < 10; i++) {
        size_t index = 4711;
        CHECK_STATUS(threading_barrier_wait(barrier, &index), THREADING_BROKEN);
        CHECK_STATUS(threading_barrier_wait_timeout(barrier, 1000, &index), THREADING_BROKEN);
        CHECK_NUMBER(index, 4711);
        CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
        CHECK_STATUS(threading_barrier_abort(barrier), THREADING_OK);
        CHECK(threading_barrier_broken(barrier));
    }
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
}

CASE(abort_with_nobody_there_breaks_it) {
    threading_barrier barrier = barrier_make(1, NULL, NULL);
    CHECK_STATUS(threading_barrier_abort(barrier), THREADING_OK);
    CHECK(threading_barrier_broken(barrier));
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_BROKEN);
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
}

/* Those whose cycle is complete have passed: an abort cannot take that back. */
CASE(abort_after_the_last_has_come_spares_those_who_have_not_left) {
    for (int round = 0; round < 200; round++) {
        threading_barrier barrier = barrier_make(5, NULL, NULL);
        caller others[4];
        comers_start(others, barrier, 4);
        CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
        CHECK_STATUS(round % 2 ? threading_barrier_abort(barrier)
                               : threading_barrier_reset(barrier),
                     THREADING_OK);
        comers_end(others, 4, THREADING_OK);
        CHECK(threading_barrier_broken(barrier) == (round % 2 == 1));
        CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
    }
}

/* ---- reset ---- */

/* test_reset */
CASE(reset_sends_away_who_waits_and_leaves_it_whole) {
    threading_barrier barrier = barrier_make(5, NULL, NULL);
    for (int round = 0; round < 20; round++) {
        caller others[4];
        int count = 1 + round % 4;
        comers_start(others, barrier, count);
        CHECK_STATUS(threading_barrier_reset(barrier), THREADING_OK);
        CHECK(!threading_barrier_broken(barrier));
        CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
        /* Whoever comes now belongs to the next cycle, though those of the last may not have
         * left. */
        barrier_check_whole(barrier);
        comers_end(others, count, THREADING_BROKEN);
    }
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
}

CASE(reset_with_nobody_there_changes_nothing) {
    threading_barrier barrier = barrier_make(3, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_barrier_reset(barrier), THREADING_OK);
        barrier_check_whole(barrier);
    }
}

/* test_abort_and_reset */
CASE(reset_makes_a_broken_one_whole) {
    threading_barrier barrier = barrier_make(4, NULL, NULL);
    for (int round = 0; round < 10; round++) {
        caller others[3];
        comers_start(others, barrier, 3);
        if (round % 2) {
            CHECK_STATUS(threading_barrier_abort(barrier), THREADING_OK);
            comers_end(others, 3, THREADING_BROKEN);
        } else {
            CHECK_STATUS(threading_barrier_abort(barrier), THREADING_OK);
        }
        CHECK(threading_barrier_broken(barrier));
        CHECK_STATUS(threading_barrier_reset(barrier), THREADING_OK);
        barrier_check_whole(barrier);
        if (round % 2 == 0) {
            comers_end(others, 3, THREADING_BROKEN);
        }
    }
}

/* ---- all at once ---- */

typedef struct traffic {
    threading_barrier barrier;
    atomic_int passed, broken, timeouts;
    atomic_bool over;
} traffic;

static void comes_again_and_again(worker *self) {
    traffic *all = self->context;
    for (int i = 0; !atomic_load(&all->over); i++) {
        size_t index = SIZE_MAX;
        threading_status status =
            i % 4 ? threading_barrier_wait(all->barrier, &index)
                  : threading_barrier_wait_timeout(all->barrier, 0.0003, &index);
        CHECK(status == THREADING_OK || status == THREADING_BROKEN || status == THREADING_TIMEOUT);
        CHECK((status == THREADING_OK) == (index < 3));
        atomic_fetch_add(status == THREADING_OK       ? &all->passed
                         : status == THREADING_BROKEN ? &all->broken
                                                      : &all->timeouts,
                         1);
    }
}

/* Each passed cycle lets as many pass as it has parties, whatever breaks the others. */
CASE(cycles_aborts_resets_and_time_outs_at_once) {
    traffic all = {.passed = 0};
    worker threads[4];
    int rounds = 0;
    all.barrier = barrier_make(3, NULL, NULL);
    for (int i = 0; i < 4; i++) {
        worker_start(&threads[i], i % WORKER_KINDS, comes_again_and_again, &all);
    }
    for (; rounds < 1000 || atomic_load(&all.passed) < 300; rounds++) {
        CHECK_STATUS(rounds % 16 == 0 ? threading_barrier_abort(all.barrier)
                                      : threading_barrier_reset(all.barrier),
                     THREADING_OK);
        CHECK(threading_barrier_n_waiting(all.barrier) <= 3);
        for (double start = threading_monotonic();
             threading_monotonic() - start < 0.00002 * (rounds % 32);) {
            sched_yield();
        }
    }
    atomic_store(&all.over, true);
    CHECK_STATUS(threading_barrier_abort(all.barrier), THREADING_OK);
    for (int i = 0; i < 4; i++) {
        worker_join(&threads[i]);
    }
    CHECK_NUMBER(atomic_load(&all.passed) % 3, 0);
    printf("%d passed, %d were told BROKEN, %d TIMEOUT\n", atomic_load(&all.passed),
           atomic_load(&all.broken), atomic_load(&all.timeouts));
    CHECK_STATUS(threading_barrier_reset(all.barrier), THREADING_OK);
    barrier_check_whole(all.barrier);
}
