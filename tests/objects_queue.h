/* What objects.def says of queues that is more than an expression or two. A part of objects.c,
 * whose macros it uses. */
#ifndef OBJECTS_QUEUE_H
#define OBJECTS_QUEUE_H

#include "objects_stop.h"

#include <math.h>

static threading_status make_queue_with_item(size_t maxsize, threading_queue *it) {
    threading_status status = threading_queue_new(maxsize, it);
    return status == THREADING_OK ? threading_queue_try_put(*it, NULL) : status;
}

static threading_status get_from_queue(threading_queue it, double seconds) {
    void *item;
    return isinf(seconds) && seconds > 0 ? threading_queue_get(it, &item)
                                         : threading_queue_get_timeout(it, seconds, &item);
}

static threading_status get_from_queue_or_stop(threading_queue it, double seconds) {
    void *item;
    return threading_queue_get_stop(it, seconds, never(), &item);
}

static threading_status take_from_queue(threading_queue it) { return get_from_queue(it, 0.0001); }

/* Puts an item behind the others, and takes all out and in again but that. */
static void use_queue(threading_queue it) {
    size_t size = threading_queue_size(it);
    static int mark;
    void *item = NULL;
    threading_status status = threading_queue_try_put(it, &mark);
    CHECK(status == (threading_queue_is_shut(it)           ? THREADING_CLOSED
                     : size == threading_queue_maxsize(it) ? THREADING_TIMEOUT
                                                           : THREADING_OK));
    if (status == THREADING_OK) {
        for (size_t i = 0; i < size; i++) {
            OK(threading_queue_get(it, &item));
            OK(threading_queue_put(it, item));
            OK(threading_queue_task_done(it));
        }
        OK(threading_queue_try_get(it, &item));
        CHECK(item == &mark);
        OK(threading_queue_task_done(it));
    }
    CHECK(threading_queue_size(it) == size);
}

static void empty_queue(threading_queue it) {
    void *items[16];
    size_t count = 1;
    while (count > 0 && threading_queue_drain(it, items, 16, &count) == THREADING_OK) {
    }
}

static void end_queue(threading_queue it) {
    empty_queue(it);
    OK(threading_queue_destroy(it));
}

/* Of that size is the queue for the end of whose tasks somebody waits. */
enum { JOINED_QUEUE = 5 };

/* Ends all waits for it, and says what one of those gets that the table below makes. */
static threading_status rescue_queue(threading_queue it) {
    threading_queue_shutdown(it, true);
    while (threading_queue_join_timeout(it, 0) == THREADING_TIMEOUT &&
           threading_queue_task_done(it) == THREADING_OK) {
    }
    return threading_queue_maxsize(it) == JOINED_QUEUE ? THREADING_OK : THREADING_CLOSED;
}

#endif
