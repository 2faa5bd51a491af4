/* `threading_wait_any` under load: many threads take many units from several objects, and each unit
 * is taken once.
 *
 * The environment's THREADING_UNITS says how many units go through each of the first two cases, and
 * then there is no limit of time. */
#include "caller.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

static const threading_stop none = THREADING_NULL;

enum { SEMAPHORES = 3, CONSUMERS = 4, UNITS = 60000 };
static threading_semaphore all_units[SEMAPHORES];
static threading_stop all_taken;
static threading_lock shared_lock;
static long units = UNITS; /* of each semaphore */
static atomic_long taken[SEMAPHORES];

static void units_chosen(void) {
    const char *said = getenv("THREADING_UNITS");
    if (said != NULL) {
        units = (atol(said) + SEMAPHORES - 1) / SEMAPHORES;
        CHECK(units > 0);
        alarm(0);
    }
}

static long units_taken(void) {
    long all = 0;
    for (int i = 0; i < SEMAPHORES; i++) {
        all += atomic_load(&taken[i]);
    }
    return all;
}

/* There is a limit for the next unit, not for all. */
static void all_units_are_taken(void) {
    for (long before = 0; before < SEMAPHORES * units; before = units_taken()) {
        EVENTUALLY(units_taken() > before);
    }
}
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
    for (long i = 0; i < units; i++) {
        CHECK_STATUS(threading_semaphore_release(all_units[self->bits]), THREADING_OK);
        if (i % 64 == 0) {
            sched_yield();
        }
    }
    return THREADING_OK;
}

CASE(each_of_many_units_is_taken_once) {
    caller consumers[CONSUMERS], producers[SEMAPHORES];
    units_chosen();
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
    all_units_are_taken();
    for (int i = 0; i < SEMAPHORES; i++) {
        caller_end(&producers[i], THREADING_OK);
    }
    CHECK_STATUS(threading_stop_request(all_taken), THREADING_OK);
    for (int i = 0; i < CONSUMERS; i++) {
        caller_end(&consumers[i], THREADING_OK);
    }
    for (int i = 0; i < SEMAPHORES; i++) {
        CHECK_NUMBER(taken[i], units);
        CHECK_NUMBER(threading_semaphore_value(all_units[i]), 0);
        CHECK_STATUS(threading_semaphore_destroy(all_units[i]), THREADING_OK);
    }
    CHECK_STATUS(threading_stop_destroy(all_taken), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(shared_lock), THREADING_OK);
}

/* ---- items with numbers, in queues: a semaphore counts what is in each, an event ends it ---- */

enum { PLACES = 16 };
static threading_queue queues[SEMAPHORES];
static threading_event over;
static atomic_uchar *seen; /* of each item, how often it came */

static threading_status gets_items(caller *self) {
    for (size_t first = (size_t)self->bits;; first++) {
        size_t index = 4711;
        threading_object any[SEMAPHORES + 1] = {[SEMAPHORES] = THREADING_OBJECT(over)};
        for (size_t i = 0; i < SEMAPHORES; i++) {
            any[i] = (threading_object)THREADING_OBJECT(all_units[(first + i) % SEMAPHORES]);
        }
        CHECK_STATUS(threading_wait_any(any, SEMAPHORES + 1, &index), THREADING_OK);
        if (index == SEMAPHORES) {
            return THREADING_OK;
        }
        size_t which = (first + index) % SEMAPHORES;
        void *item = NULL;
        CHECK_STATUS(threading_queue_get(queues[which], &item), THREADING_OK);
        size_t number = (size_t)((atomic_uchar *)item - seen);
        CHECK_NUMBER(number / (size_t)units, which);
        CHECK_NUMBER(atomic_fetch_add(&seen[number], 1), 0);
        atomic_fetch_add(&taken[which], 1);
    }
}

static threading_status puts_items(caller *self) {
    for (long i = 0; i < units; i++) {
        void *item = &seen[(long)self->bits * units + i];
        CHECK_STATUS(threading_queue_put(queues[self->bits], item), THREADING_OK);
        CHECK_STATUS(threading_semaphore_release(all_units[self->bits]), THREADING_OK);
    }
    return THREADING_OK;
}

CASE(each_item_of_several_queues_comes_once) {
    caller consumers[CONSUMERS], producers[SEMAPHORES];
    units_chosen();
    seen = calloc((size_t)(SEMAPHORES * units), sizeof *seen);
    CHECK(seen != NULL);
    CHECK_STATUS(threading_event_new(&over), THREADING_OK);
    for (int i = 0; i < SEMAPHORES; i++) {
        CHECK_STATUS(threading_semaphore_new(0, &all_units[i]), THREADING_OK);
        CHECK_STATUS(threading_queue_new(PLACES, &queues[i]), THREADING_OK);
    }
    for (int i = 0; i < CONSUMERS; i++) {
        caller_start(&consumers[i], i % WORKER_KINDS, gets_items, (uint64_t)i, 0);
    }
    for (int i = 0; i < SEMAPHORES; i++) {
        caller_start(&producers[i], i % WORKER_KINDS, puts_items, (uint64_t)i, 0);
    }
    all_units_are_taken();
    CHECK_STATUS(threading_event_set(over), THREADING_OK);
    for (int i = 0; i < CONSUMERS; i++) {
        caller_end(&consumers[i], THREADING_OK);
    }
    for (int i = 0; i < SEMAPHORES; i++) {
        caller_end(&producers[i], THREADING_OK);
        CHECK_NUMBER(taken[i], units);
        CHECK_NUMBER(threading_semaphore_value(all_units[i]), 0);
        CHECK_NUMBER(threading_queue_size(queues[i]), 0);
    }
    for (long i = 0; i < SEMAPHORES * units; i++) {
        CHECK_NUMBER(seen[i], 1);
    }
    free(seen);
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
