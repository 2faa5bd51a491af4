/* Queues of numbers for the cases, and threads that wait for them. */
#ifndef QUEUE_TOOLS_H
#define QUEUE_TOOLS_H

#include "caller.h"

#include <math.h>

static inline threading_queue make(size_t maxsize) {
    threading_queue queue = THREADING_NULL;
    CHECK_STATUS(threading_queue_new(maxsize, &queue), THREADING_OK);
    CHECK(!THREADING_IS_NULL(queue));
    CHECK_NUMBER(threading_queue_maxsize(queue), maxsize);
    CHECK_NUMBER(threading_queue_size(queue), 0);
    CHECK(!threading_queue_is_shut(queue));
    return queue;
}

/* Items are numbers here. */
static inline void *item_of(uintptr_t number) { return (void *)number; }

static inline void put(threading_queue queue, uintptr_t number) {
    CHECK_STATUS(threading_queue_try_put(queue, item_of(number)), THREADING_OK);
}

static inline threading_queue make_full(size_t maxsize) {
    threading_queue queue = make(maxsize);
    for (uintptr_t number = 1; number <= maxsize; number++) {
        put(queue, number);
    }
    return queue;
}

static inline void check_get(threading_queue queue, uintptr_t number) {
    void *item = &item;
    CHECK_STATUS(threading_queue_try_get(queue, &item), THREADING_OK);
    CHECK(item == item_of(number));
}

/* What a get leaves alone that gets nothing. */
static inline void check_no_get(threading_queue queue, threading_status expected) {
    void *item = &item;
    CHECK_STATUS(threading_queue_try_get(queue, &item), expected);
    CHECK_STATUS(threading_queue_get_timeout(queue, 0, &item), expected);
    CHECK(item == &item);
}

static inline void end(threading_queue queue) {
    CHECK_NUMBER(threading_queue_size(queue), 0);
    CHECK_STATUS(threading_queue_destroy(queue), THREADING_OK);
}

/* The item of a caller is its `index`. */
static inline threading_status calls_get(caller *self) {
    void *item = NULL;
    threading_status status = threading_queue_get((threading_queue){self->bits}, &item);
    self->index = (size_t)(uintptr_t)item;
    return status;
}
static inline threading_status calls_get_timeout(caller *self) {
    void *item = NULL;
    threading_status status =
        threading_queue_get_timeout((threading_queue){self->bits}, self->seconds, &item);
    self->index = (size_t)(uintptr_t)item;
    return status;
}
static inline threading_status calls_put(caller *self) {
    return threading_queue_put((threading_queue){self->bits}, self);
}
static inline threading_status calls_put_timeout(caller *self) {
    return threading_queue_put_timeout((threading_queue){self->bits}, self, self->seconds);
}
static inline threading_status calls_join(caller *self) {
    return threading_queue_join((threading_queue){self->bits});
}
static inline threading_status calls_join_timeout(caller *self) {
    return threading_queue_join_timeout((threading_queue){self->bits}, self->seconds);
}

/* A thread that waits without a limit if the number is even, else with a long one. */
static inline void getter_start(caller *self, threading_queue queue, int number) {
    caller_start_asleep(self, number / 2 % WORKER_KINDS, number % 2 ? calls_get_timeout : calls_get,
                        queue.bits, number % 4 == 1 ? INFINITY : CASE_SECONDS);
}
static inline void putter_start(caller *self, threading_queue queue, int number) {
    caller_start_asleep(self, number / 2 % WORKER_KINDS, number % 2 ? calls_put_timeout : calls_put,
                        queue.bits, number % 4 == 1 ? INFINITY : CASE_SECONDS);
}

/* With 1 and 3 places a thread is woken for each; with 8 and more it naps first. */
static const size_t room_sizes[] = {1, 3, 8, 100};
#define FOR_EACH_SIZE(size) for (const size_t *size = room_sizes; size < room_sizes + 4; size++)

#endif
