/* Queues between many threads, and their end: nothing is lost, doubled or put out of order, also by
 * a fork in the middle; and a queue that is in use is not destroyed. */
#include "caller.h"
#include "forked.h"

#include <math.h>

static threading_queue make(size_t maxsize) {
    threading_queue queue = THREADING_NULL;
    CHECK_STATUS(threading_queue_new(maxsize, &queue), THREADING_OK);
    return queue;
}

/* An item says who has put it, and its place among those of the same producer, from 1 on. */
enum { MOST_PRODUCERS = 8, NUMBER_BITS = 24 };
static void *item_of(uintptr_t producer, uintptr_t number) {
    return (void *)(producer << NUMBER_BITS | number);
}
static uintptr_t producer_of(void *item) { return (uintptr_t)item >> NUMBER_BITS; }
static uintptr_t number_of(void *item) {
    return (uintptr_t)item & (((uintptr_t)1 << NUMBER_BITS) - 1);
}

typedef struct crowd {
    threading_queue queue;
    uintptr_t items; /* of each producer; 0: until it is shut */
    atomic_uint next;
    _Atomic uint64_t sums[MOST_PRODUCERS], counts[MOST_PRODUCERS];
} crowd;

static void produces(worker *self) {
    crowd *all = self->context;
    uintptr_t producer = atomic_fetch_add(&all->next, 1);
    for (uintptr_t number = 1; all->items == 0 || number <= all->items; number++) {
        void *item = item_of(producer, number);
        threading_status status = number % 3 == 0
                                      ? threading_queue_put_timeout(all->queue, item, CASE_SECONDS)
                                      : threading_queue_put(all->queue, item);
        if (all->items == 0 && status == THREADING_CLOSED) {
            return;
        }
        CHECK_STATUS(status, THREADING_OK);
    }
}

/* What one consumer gets of one producer comes in order. */
static void consumes(worker *self) {
    crowd *all = self->context;
    uintptr_t last[MOST_PRODUCERS] = {0};
    for (int round = 0;; round++) {
        void *item;
        threading_status status = round % 3 == 0
                                      ? threading_queue_get_timeout(all->queue, CASE_SECONDS, &item)
                                      : threading_queue_get(all->queue, &item);
        if (status == THREADING_CLOSED) {
            return;
        }
        CHECK_STATUS(status, THREADING_OK);
        uintptr_t producer = producer_of(item), number = number_of(item);
        CHECK(producer < MOST_PRODUCERS && number > last[producer]);
        last[producer] = number;
        atomic_fetch_add(&all->sums[producer], number);
        atomic_fetch_add(&all->counts[producer], 1);
        CHECK_STATUS(threading_queue_task_done(all->queue), THREADING_OK);
    }
}

static void many_to_many(size_t maxsize, int producers, int consumers, uintptr_t items) {
    crowd all = {.queue = make(maxsize), .items = items};
    worker from[MOST_PRODUCERS], to[MOST_PRODUCERS];
    for (int i = 0; i < consumers; i++) {
        worker_start(&to[i], i % WORKER_KINDS, consumes, &all);
    }
    for (int i = 0; i < producers; i++) {
        worker_start(&from[i], i % WORKER_KINDS, produces, &all);
    }
    for (int i = 0; i < producers; i++) {
        worker_join(&from[i]);
    }
    CHECK_STATUS(threading_queue_shutdown(all.queue, false), THREADING_OK);
    for (int i = 0; i < consumers; i++) {
        worker_join(&to[i]);
    }
    for (int i = 0; i < producers; i++) {
        CHECK_NUMBER(atomic_load(&all.counts[i]), items);
        CHECK_NUMBER(atomic_load(&all.sums[i]), items * (items + 1) / 2);
    }
    CHECK_STATUS(threading_queue_join(all.queue), THREADING_OK);
    CHECK_STATUS(threading_queue_destroy(all.queue), THREADING_OK);
}

CASE(nothing_is_lost_doubled_or_put_out_of_order) {
    static const size_t sizes[] = {1, 2, 7, 8, 16, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        many_to_many(sizes[i], 1, 1, 4000);
        many_to_many(sizes[i], 4, 4, 2000);
        many_to_many(sizes[i], 8, 1, 500);
        many_to_many(sizes[i], 1, 8, 2000);
    }
}

/* A shutdown meets puts and gets: what was put is taken or left, and nothing else. */
CASE(a_shutdown_in_the_middle_loses_nothing) {
    for (int round = 0; round < 60; round++) {
        crowd all = {.queue = make((size_t)1 + (size_t)round % 20), .items = 0};
        worker from[3], to[2];
        void *items[32];
        size_t left = 0;
        for (int i = 0; i < 3; i++) {
            worker_start(&from[i], i % WORKER_KINDS, produces, &all);
        }
        for (int i = 0; i < 2; i++) {
            worker_start(&to[i], i % WORKER_KINDS, consumes, &all);
        }
        EVENTUALLY(atomic_load(&all.counts[0]) > 5);
        CHECK_STATUS(threading_queue_shutdown(all.queue, round % 2), THREADING_OK);
        for (int i = 0; i < 3; i++) {
            worker_join(&from[i]);
        }
        for (int i = 0; i < 2; i++) {
            worker_join(&to[i]);
        }
        CHECK_STATUS(threading_queue_drain(all.queue, items, 32, &left), THREADING_OK);
        CHECK(round % 2 || left == 0);
        /* Of each producer all items from the first on are there, once. */
        for (size_t i = 0; i < left; i++) {
            all.counts[producer_of(items[i])]++;
            all.sums[producer_of(items[i])] += number_of(items[i]);
        }
        for (int i = 0; i < 3; i++) {
            uint64_t count = all.counts[i];
            CHECK_NUMBER(all.sums[i], count * (count + 1) / 2);
        }
        CHECK_STATUS(threading_queue_join(all.queue), THREADING_OK);
        CHECK_STATUS(threading_queue_destroy(all.queue), THREADING_OK);
    }
}

/* ---- forks ---- */

enum { FINE = 50 };

/* The child has the items that were in the queue, in order, and nobody waits there any more. */
static void check_in_child(threading_queue queue, size_t maxsize) {
    uintptr_t last[MOST_PRODUCERS] = {0};
    size_t size = threading_queue_size(queue);
    void *item;
    CHECK(size <= maxsize);
    for (size_t i = 0; i < size; i++) {
        CHECK_STATUS(threading_queue_get(queue, &item), THREADING_OK);
        uintptr_t producer = producer_of(item), number = number_of(item);
        CHECK(producer < MOST_PRODUCERS);
        CHECK(last[producer] == 0 ? number > 0 : number == last[producer] + 1);
        last[producer] = number;
    }
    CHECK_STATUS(threading_queue_try_get(queue, &item), THREADING_TIMEOUT);
    for (size_t i = 0; i < maxsize; i++) {
        CHECK_STATUS(threading_queue_put(queue, item_of(0, i)), THREADING_OK);
    }
    CHECK_STATUS(threading_queue_put_timeout(queue, NULL, 0.001), THREADING_TIMEOUT);
    for (size_t i = 0; i < maxsize; i++) {
        CHECK_STATUS(threading_queue_get(queue, &item), THREADING_OK);
        CHECK(item == item_of(0, i));
    }
    while (threading_queue_join_timeout(queue, 0) == THREADING_TIMEOUT) {
        CHECK_STATUS(threading_queue_task_done(queue), THREADING_OK);
    }
    CHECK_STATUS(threading_queue_destroy(queue), THREADING_OK);
}

CASE(a_fork_in_the_middle_leaves_the_child_a_whole_queue) {
    static const size_t sizes[] = {1, 3, 16, 200};
    for (int round = 0; round < 24; round++) {
        size_t maxsize = sizes[round % 4];
        crowd all = {.queue = make(maxsize), .items = 0};
        worker from[2], to[2];
        for (int i = 0; i < 2; i++) {
            worker_start(&from[i], i % WORKER_KINDS, produces, &all);
            worker_start(&to[i], i % WORKER_KINDS, consumes, &all);
        }
        EVENTUALLY(atomic_load(&all.counts[0]) > 100);
        pid_t pid = forked();
        if (pid == 0) {
            check_in_child(all.queue, maxsize);
            _exit(FINE);
        }
        CHECK_NUMBER(exit_code_of(pid), FINE);
        CHECK_STATUS(threading_queue_shutdown(all.queue, false), THREADING_OK);
        for (int i = 0; i < 2; i++) {
            worker_join(&from[i]);
            worker_join(&to[i]);
        }
        CHECK_STATUS(threading_queue_destroy(all.queue), THREADING_OK);
    }
}

/* ---- handles, and the end ---- */

static void check_dead(uint64_t bits, threading_status expected) {
    threading_queue queue = {bits};
    void *item = &item;
    size_t count = 4711;
    CHECK_STATUS(threading_queue_put(queue, NULL), expected);
    CHECK_STATUS(threading_queue_try_put(queue, NULL), expected);
    CHECK_STATUS(threading_queue_put_timeout(queue, NULL, INFINITY), expected);
    CHECK_STATUS(threading_queue_get(queue, &item), expected);
    CHECK_STATUS(threading_queue_try_get(queue, &item), expected);
    CHECK_STATUS(threading_queue_get_timeout(queue, INFINITY, &item), expected);
    CHECK_STATUS(threading_queue_shutdown(queue, true), expected);
    CHECK_STATUS(threading_queue_drain(queue, &item, 1, &count), expected);
    CHECK_STATUS(threading_queue_task_done(queue), expected);
    CHECK_STATUS(threading_queue_join(queue), expected);
    CHECK_STATUS(threading_queue_join_timeout(queue, INFINITY), expected);
    CHECK(item == &item && count == 4711);
    CHECK_NUMBER(threading_queue_size(queue), 0);
    CHECK_NUMBER(threading_queue_maxsize(queue), 0);
    CHECK(!threading_queue_is_shut(queue));
    CHECK_STATUS(threading_queue_destroy(queue), bits == 0 ? THREADING_OK : expected);
}

CASE(null_stale_and_foreign_handles) {
    threading_event event;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    check_dead(0, THREADING_INVALID_HANDLE);
    check_dead(event.bits, THREADING_INVALID_HANDLE);
    for (int i = 0; i < 100; i++) {
        threading_queue queue = make(1);
        /* Shut or not. */
        if (i % 2) {
            CHECK_STATUS(threading_queue_shutdown(queue, i % 3 == 0), THREADING_OK);
        }
        CHECK_STATUS(threading_queue_destroy(queue), THREADING_OK);
        threading_queue heir = make(2);
        check_dead(queue.bits, THREADING_DESTROYED);
        CHECK(!threading_queue_is_shut(heir));
        CHECK_STATUS(threading_queue_destroy(heir), THREADING_OK);
    }
}

static threading_status calls_get(caller *self) {
    void *item;
    return threading_queue_get((threading_queue){self->bits}, &item);
}
static threading_status calls_put(caller *self) {
    return threading_queue_put((threading_queue){self->bits}, NULL);
}
static threading_status calls_join(caller *self) {
    return threading_queue_join((threading_queue){self->bits});
}

CASE(a_queue_with_items_or_with_threads_that_wait_is_busy) {
    threading_queue queue = make(1);
    caller getter, putter, joiner;
    void *item;
    CHECK_STATUS(threading_queue_put(queue, &queue), THREADING_OK);
    CHECK_STATUS(threading_queue_destroy(queue), THREADING_BUSY);
    CHECK_STRING(threading_error_message(), "there are items in the queue");
    caller_start_asleep(&putter, OURS, calls_put, queue.bits, 0);
    CHECK_STATUS(threading_queue_destroy(queue), THREADING_BUSY);
    CHECK_STRING(threading_error_message(), "threads wait for it");
    CHECK_STATUS(threading_queue_get(queue, &item), THREADING_OK);
    CHECK(item == &queue);
    caller_end(&putter, THREADING_OK);
    CHECK_STATUS(threading_queue_get(queue, &item), THREADING_OK);
    caller_start_asleep(&joiner, FOREIGN, calls_join, queue.bits, 0);
    CHECK_STATUS(threading_queue_destroy(queue), THREADING_BUSY);
    CHECK_STATUS(threading_queue_task_done(queue), THREADING_OK);
    CHECK_STATUS(threading_queue_task_done(queue), THREADING_OK);
    caller_end(&joiner, THREADING_OK);
    caller_start_asleep(&getter, FOREIGN, calls_get, queue.bits, 0);
    CHECK_STATUS(threading_queue_destroy(queue), THREADING_BUSY);
    CHECK_STATUS(threading_queue_shutdown(queue, false), THREADING_OK);
    caller_end(&getter, THREADING_CLOSED);
    CHECK_STATUS(threading_queue_destroy(queue), THREADING_OK);
    check_dead(queue.bits, THREADING_DESTROYED);
}

/* Whoever comes when it ends gets a status, and never its successor's items. */
CASE(a_destroy_meets_puts_and_gets) {
    for (int round = 0; round < 500; round++) {
        threading_queue queue = make(4);
        caller others[2];
        caller_start(&others[0], OURS, calls_put, queue.bits, 0);
        caller_start(&others[1], FOREIGN, calls_get, queue.bits, 0);
        threading_status status;
        while ((status = threading_queue_destroy(queue)) == THREADING_BUSY) {
            case_nap();
            threading_queue_shutdown(queue, false);
        }
        CHECK_STATUS(status, THREADING_OK);
        threading_queue heir = make(4);
        for (int i = 0; i < 2; i++) {
            worker_join(&others[i].thread);
            CHECK(others[i].status == THREADING_OK || others[i].status == THREADING_CLOSED ||
                  others[i].status == THREADING_DESTROYED);
        }
        CHECK_NUMBER(threading_queue_size(heir), 0);
        CHECK_STATUS(threading_queue_destroy(heir), THREADING_OK);
    }
}
