/* `threading_wait_any` under load: many threads take many units from several objects, and each unit
 * is taken once. */
#include "caller.h"

#include <sched.h>
#include <stdlib.h>

static const threading_stop none = THREADING_NULL;

enum { SEMAPHORES = 3, CONSUMERS = 4, UNITS = 60000 };
static threading_semaphore all_units[SEMAPHORES];
static threading_stop all_taken;
static threading_lock shared_lock;
static atomic_long taken[SEMAPHORES];
static long plain_count; /* guarded by the lock */

static threading_status consumes(caller *self) {
    unsigned seed = (unsigned)self->bits;
    for (;;) {
        size_t first = (size_t)rand_r(&seed) % SEMAPHORES, index = 4711;
        threading_object any[SEMAPHORES + 2] = {THREADING_OBJECT(all_taken)};
        for (size_t i = 0; i < SEMAPHORES; i++) {
            any[i + 1] = (threading_object)THREADING_OBJECT(all_units[(first + i) % SEMAPHORES]);
        }
        any[SEMAPHORES + 1] = (threading_object)THREADING_OBJECT(shared_lock);
        size_t count = SEMAPHORES + 1 + (rand_r(&seed) % 8 == 0);
        threading_status status = rand_r(&seed) % 4
                                      ? threading_wait_any(any, count, &index)
                                      : threading_wait_any_timeout(any, count, 1e-5, &index);
        if (status == THREADING_TIMEOUT) {
            continue;
        }
        CHECK_STATUS(status, THREADING_OK);
        if (index == 0) {
            return THREADING_OK;
        } else if (index == SEMAPHORES + 1) {
            plain_count++;
            CHECK_STATUS(threading_lock_release(shared_lock), THREADING_OK);
        } else {
            atomic_fetch_add(&taken[(first + index - 1) % SEMAPHORES], 1);
        }
    }
}

static threading_status produces(caller *self) {
    for (int i = 0; i < UNITS; i++) {
        CHECK_STATUS(threading_semaphore_release(all_units[self->bits]), THREADING_OK);
        if (i % 64 == 0) {
            sched_yield();
        }
    }
    return THREADING_OK;
}

CASE(each_of_many_units_is_taken_once) {
    caller consumers[CONSUMERS], producers[SEMAPHORES];
    CHECK_STATUS(threading_lock_new(&shared_lock), THREADING_OK);
    CHECK_STATUS(threading_stop_new(none, &all_taken), THREADING_OK);
    for (int i = 0; i < SEMAPHORES; i++) {
        CHECK_STATUS(threading_semaphore_new(0, &all_units[i]), THREADING_OK);
    }
    for (int i = 0; i < CONSUMERS; i++) {
        caller_start(&consumers[i], i % WORKER_KINDS, consumes, (uint64_t)i + 1, 0);
    }
    for (int i = 0; i < SEMAPHORES; i++) {
        caller_start(&producers[i], i % WORKER_KINDS, produces, (uint64_t)i, 0);
    }
    for (int i = 0; i < SEMAPHORES; i++) {
        caller_end(&producers[i], THREADING_OK);
        EVENTUALLY(atomic_load(&taken[i]) >= UNITS);
    }
    CHECK_STATUS(threading_stop_request(all_taken), THREADING_OK);
    for (int i = 0; i < CONSUMERS; i++) {
        caller_end(&consumers[i], THREADING_OK);
    }
    for (int i = 0; i < SEMAPHORES; i++) {
        CHECK_NUMBER(taken[i], UNITS);
        CHECK_NUMBER(threading_semaphore_value(all_units[i]), 0);
        CHECK_STATUS(threading_semaphore_destroy(all_units[i]), THREADING_OK);
    }
    CHECK_STATUS(threading_stop_destroy(all_taken), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(shared_lock), THREADING_OK);
}

/* ---- strictly in turn: nobody is left asleep ---- */

enum { TURNS = 20000 };
static threading_semaphore ping, pong;
static threading_event never_set;

static threading_status answers(caller *self) {
    (void)self;
    for (int turn = 0; turn < TURNS; turn++) {
        threading_object any[] = {THREADING_OBJECT(never_set), THREADING_OBJECT(ping)};
        size_t index = 4711;
        CHECK_STATUS(threading_wait_any(any, 2, &index), THREADING_OK);
        CHECK_NUMBER(index, 1);
        CHECK_STATUS(threading_semaphore_release(pong), THREADING_OK);
    }
    return THREADING_OK;
}

CASE(a_ping_pong_through_several_objects_never_stalls) {
    caller other;
    CHECK_STATUS(threading_event_new(&never_set), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(0, &ping), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(0, &pong), THREADING_OK);
    caller_start(&other, OURS, answers, 0, 0);
    for (int turn = 0; turn < TURNS; turn++) {
        threading_object any[] = {THREADING_OBJECT(pong), THREADING_OBJECT(never_set)};
        size_t index = 4711;
        CHECK_STATUS(threading_semaphore_release(ping), THREADING_OK);
        CHECK_STATUS(threading_wait_any(any, 2, &index), THREADING_OK);
        CHECK_NUMBER(index, 0);
    }
    caller_end(&other, THREADING_OK);
}
