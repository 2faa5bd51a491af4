/* threading_barrier: all come, then all go, again and again; how it is made and ended. What breaks
 * it is in barrier_broken.c, its action in barrier_action.c. */
#include "barrier_tools.h"

#include <stdlib.h>

/* ---- making ---- */

/* test_constructor */
CASE(new_makes_a_whole_barrier_that_nobody_waits_at) {
    static const size_t parties[] = {1, 2, 100, 65536, 67108863};
    for (size_t i = 0; i < sizeof parties / sizeof parties[0]; i++) {
        threading_barrier barrier = barrier_make(parties[i], NULL, NULL);
        CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
    }
}

CASE(new_refuses_0_parties_too_many_and_no_place) {
    static const size_t parties[] = {0, 67108864, SIZE_OF_POWER(32), SIZE_OF_POWER(32) | 1,
                                     SIZE_MAX};
    threading_barrier untouched = {4711}, barrier = untouched;
    for (size_t i = 0; i < sizeof parties / sizeof parties[0]; i++) {
        CHECK_STATUS(threading_barrier_new(parties[i], NULL, NULL, &barrier),
                     THREADING_INVALID_ARGUMENT);
    }
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, NULL), THREADING_INVALID_ARGUMENT);
    CHECK(THREADING_SAME(barrier, untouched));
}

/* ---- waiting ---- */

/* test_wait_return */
CASE(the_index_is_the_order_of_arrival) {
    enum { PARTIES = 9 };
    threading_barrier barrier = barrier_make(PARTIES, NULL, NULL);
    for (int round = 0; round < 3; round++) {
        caller others[PARTIES - 1];
        size_t index = SIZE_MAX;
        for (int i = 0; i < PARTIES - 1; i++) {
            CHECK_NUMBER(threading_barrier_n_waiting(barrier), i);
            comer_start(&others[i], barrier, i, i % 2 ? INFINITY : -1);
        }
        for (int i = 0; i < PARTIES - 1; i++) {
            EVENTUALLY(worker_asleep(&others[i].thread));
            CHECK(!atomic_load(&others[i].returned));
        }
        CHECK_STATUS(round % 2 ? threading_barrier_wait_timeout(barrier, 0, &index)
                               : threading_barrier_wait(barrier, &index),
                     THREADING_OK);
        CHECK_NUMBER(index, PARTIES - 1);
        CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
        comers_end(others, PARTIES - 1, THREADING_OK);
    }
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
}

static threading_status calls_wait_without_index(caller *self) {
    threading_barrier barrier = {self->bits};
    return self->seconds < 0 ? threading_barrier_wait(barrier, NULL)
                             : threading_barrier_wait_timeout(barrier, self->seconds, NULL);
}

CASE(the_index_may_be_left_out) {
    threading_barrier barrier = barrier_make(3, NULL, NULL);
    caller others[2];
    caller_start(&others[0], OURS, calls_wait_without_index, barrier.bits, -1);
    caller_start(&others[1], FOREIGN, calls_wait_without_index, barrier.bits, INFINITY);
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    caller_end(&others[0], THREADING_OK);
    caller_end(&others[1], THREADING_OK);
}

/* test_single_thread */
CASE(a_barrier_of_one_never_waits) {
    threading_barrier barrier = barrier_make(1, NULL, NULL);
    for (int round = 0; round < 1000; round++) {
        size_t index = SIZE_MAX;
        CHECK_STATUS(threading_barrier_wait(barrier, &index), THREADING_OK);
        CHECK_NUMBER(index, 0);
        index = SIZE_MAX;
        CHECK_STATUS(threading_barrier_wait_timeout(barrier, 0, &index), THREADING_OK);
        CHECK_NUMBER(index, 0);
        CHECK_STATUS(threading_barrier_wait_timeout(barrier, -1, NULL), THREADING_OK);
    }
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
}

/* ---- again and again ---- */

enum { MOST_PARTIES = 8 };

typedef struct circle {
    threading_barrier barrier;
    int parties, cycles;
    atomic_int *seen;          /* for each cycle a bit for each index */
    int written[MOST_PARTIES]; /* not atomic: the barrier is what makes it visible */
    atomic_int next;
} circle;

static void goes_round(worker *self) {
    circle *all = self->context;
    int me = atomic_fetch_add(&all->next, 1);
    for (int cycle = 0; cycle < all->cycles; cycle++) {
        size_t index = SIZE_MAX;
        all->written[me] = cycle;
        CHECK_STATUS(cycle % 2 ? threading_barrier_wait(all->barrier, &index)
                               : threading_barrier_wait_timeout(all->barrier, CASE_SECONDS, &index),
                     THREADING_OK);
        CHECK(index < (size_t)all->parties);
        atomic_fetch_or(&all->seen[cycle], 1 << index);
        /* Everybody has come to this cycle, and nobody passes the next before I come to it. */
        for (int other = 0; other < all->parties; other++) {
            CHECK_NUMBER(all->written[other], cycle);
        }
        CHECK_STATUS(threading_barrier_wait(all->barrier, NULL), THREADING_OK);
    }
}

static void go_round(int parties, int cycles) {
    circle all = {.parties = parties, .cycles = cycles};
    worker threads[MOST_PARTIES];
    all.barrier = barrier_make((size_t)parties, NULL, NULL);
    all.seen = calloc((size_t)cycles, sizeof *all.seen);
    CHECK(all.seen != NULL);
    for (int i = 0; i < parties; i++) {
        worker_start(&threads[i], i % WORKER_KINDS, goes_round, &all);
    }
    for (int i = 0; i < parties; i++) {
        worker_join(&threads[i]);
    }
    for (int cycle = 0; cycle < cycles; cycle++) {
        CHECK_NUMBER(atomic_load(&all.seen[cycle]), (1 << parties) - 1);
    }
    free(all.seen);
    CHECK_STATUS(threading_barrier_destroy(all.barrier), THREADING_OK);
}

/* test_barrier, test_barrier_10 */
CASE(two_thousand_cycles_at_once_do_not_mix) { go_round(5, 2000); }
CASE(twenty_thousand_cycles_of_two_do_not_mix) { go_round(2, 20000); }
CASE(a_thousand_cycles_of_eight_do_not_mix) { go_round(8, 1000); }

/* ---- queries ---- */

CASE(n_waiting_counts_up_to_the_last) {
    threading_barrier barrier = barrier_make(4, NULL, NULL);
    caller others[3];
    for (int i = 0; i < 3; i++) {
        comer_start(&others[i], barrier, i, -1);
        CHECK_NUMBER(threading_barrier_n_waiting(barrier), i + 1);
        CHECK_NUMBER(threading_barrier_parties(barrier), 4);
        CHECK(!threading_barrier_broken(barrier));
    }
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
    comers_end(others, 3, THREADING_OK);
}

/* ---- handles, and the end ---- */

static void check_dead(uint64_t bits, threading_status expected) {
    threading_barrier barrier = {bits};
    size_t index = 4711;
    CHECK_STATUS(threading_barrier_wait(barrier, &index), expected);
    CHECK_STATUS(threading_barrier_wait_timeout(barrier, 0, &index), expected);
    CHECK_STATUS(threading_barrier_wait_timeout(barrier, INFINITY, NULL), expected);
    CHECK_STATUS(threading_barrier_reset(barrier), expected);
    CHECK_STATUS(threading_barrier_abort(barrier), expected);
    CHECK_NUMBER(threading_barrier_parties(barrier), 0);
    CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
    CHECK(!threading_barrier_broken(barrier));
    CHECK_STATUS(threading_barrier_destroy(barrier), bits == 0 ? THREADING_OK : expected);
    CHECK_NUMBER(index, 4711);
}

CASE(null_stale_and_foreign_handles) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    check_dead(0, THREADING_INVALID_HANDLE);
    check_dead(lock.bits, THREADING_INVALID_HANDLE);
    check_dead(threading_main_thread().bits, THREADING_INVALID_HANDLE);
    for (int i = 0; i < 100; i++) {
        threading_barrier barrier = barrier_make(1, NULL, NULL);
        CHECK_STATUS(threading_barrier_abort(barrier), THREADING_OK);
        CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
        threading_barrier heir = barrier_make(2, NULL, NULL);
        check_dead(barrier.bits, THREADING_DESTROYED);
        CHECK_NUMBER(threading_barrier_parties(heir), 2);
        CHECK(!threading_barrier_broken(heir));
        CHECK_STATUS(threading_barrier_destroy(heir), THREADING_OK);
    }
}

CASE(busy_while_waited_at) {
    threading_barrier barrier = barrier_make(3, NULL, NULL);
    caller others[2];
    comers_start(others, barrier, 2);
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_BUSY);
    CHECK_NUMBER(threading_barrier_n_waiting(barrier), 2);
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    /* All have been let go, also those who still sleep: nothing keeps it. */
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
    comers_end(others, 2, THREADING_OK);
    check_dead(barrier.bits, THREADING_DESTROYED);
}

CASE(errno_unchanged) {
    threading_barrier barrier;
    caller other;
    errno = CALLER_ERRNO;
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
    CHECK_STATUS(threading_barrier_wait_timeout(barrier, NAN, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_barrier_wait_timeout(barrier, 0.002, NULL), THREADING_TIMEOUT);
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_BROKEN);
    CHECK_STATUS(threading_barrier_reset(barrier), THREADING_OK);
    CHECK_STATUS(threading_barrier_abort(barrier), THREADING_OK);
    CHECK_STATUS(threading_barrier_reset(barrier), THREADING_OK);
    CHECK_NUMBER(errno, CALLER_ERRNO);
    comer_start(&other, barrier, 0, -1);
    errno = CALLER_ERRNO;
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
    CHECK_NUMBER(errno, CALLER_ERRNO);
    caller_end(&other, THREADING_OK);
}
