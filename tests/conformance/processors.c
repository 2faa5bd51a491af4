/* Processors that are taken away from the process, and given back, while threads wait. */
#include "worker.h"

#include <errno.h>
#include <sched.h>

enum { TURNS = 20000, CHANGES = 50 };

typedef struct game {
    threading_condition condition;
    threading_semaphore semaphores[2];
    atomic_int turn, moved;
} game;

typedef struct player {
    game *at;
    int me;
} player;

/* Passes a turn to and fro through a condition, and then through two semaphores. */
static void plays(worker *self) {
    player *one = self->context;
    game *at = one->at;
    worker_arrives(self);
    for (int i = 0; i < TURNS; i++) {
        CHECK_STATUS(threading_condition_acquire(at->condition), THREADING_OK);
        while (atomic_load(&at->turn) != one->me) {
            CHECK_STATUS(threading_condition_wait(at->condition), THREADING_OK);
        }
        atomic_store(&at->turn, !one->me);
        CHECK_STATUS(threading_condition_notify(at->condition, 1), THREADING_OK);
        CHECK_STATUS(threading_condition_release(at->condition), THREADING_OK);
        CHECK_STATUS(threading_semaphore_acquire(at->semaphores[one->me]), THREADING_OK);
        atomic_fetch_add(&at->moved, 1);
        CHECK_STATUS(threading_semaphore_release(at->semaphores[!one->me]), THREADING_OK);
    }
}

/* The thread may have ended meanwhile. */
static void allow(worker *thread, const cpu_set_t *processors) {
    int answer = sched_setaffinity(atomic_load(&thread->native_id), sizeof *processors, processors);
    CHECK(answer == 0 || errno == ESRCH);
}

static void play(bool changes) {
    game at = {.moved = 0};
    player players[2] = {{&at, 0}, {&at, 1}};
    worker threads[2];
    cpu_set_t all, one;
    CHECK_NUMBER(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++) {
        if (CPU_ISSET(i, &all)) {
            CPU_SET(i, &one);
        }
    }
    if (!changes) {
        CHECK_NUMBER(sched_setaffinity(0, sizeof one, &one), 0);
    }
    CHECK_STATUS(threading_condition_new(&at.condition), THREADING_OK);
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(threading_semaphore_new(i == 0, &at.semaphores[i]), THREADING_OK);
    }
    for (int i = 0; i < 2; i++) {
        worker_start(&threads[i], i % WORKER_KINDS, plays, &players[i]);
    }
    for (int i = 0; i < 2; i++) {
        EVENTUALLY(atomic_load(&threads[i].native_id) != 0);
    }
    for (int i = 0; changes && i < CHANGES; i++) {
        int seen = atomic_load(&at.moved);
        if (seen >= TURNS) {
            break;
        }
        for (int which = 0; which < 2; which++) {
            allow(&threads[which], i % 2 == 0 ? &one : &all);
        }
        EVENTUALLY(atomic_load(&at.moved) > seen);
    }
    for (int i = 0; i < 2; i++) {
        worker_join(&threads[i]);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(threading_semaphore_destroy(at.semaphores[i]), THREADING_OK);
    }
    CHECK_NUMBER(atomic_load(&at.moved), 2 * TURNS);
    CHECK_STATUS(threading_condition_destroy(at.condition), THREADING_OK);
}

CASE(waits_go_on_while_processors_are_taken_away_and_given_back) { play(true); }

CASE(waits_go_on_in_a_process_that_has_one_processor_from_its_beginning) { play(false); }
