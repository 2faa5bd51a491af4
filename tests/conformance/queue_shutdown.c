/* The shutdown of queues, drain, and tasks that are waited for. */
#include "queue_tools.h"

/* ---- shutdown and drain ---- */

CASE(after_a_shutdown_gets_take_what_is_left_and_puts_fail) {
    threading_queue queue = make_full(3);
    for (int again = 0; again < 2; again++) {
        CHECK_STATUS(threading_queue_shutdown(queue, false), THREADING_OK);
        CHECK(threading_queue_is_shut(queue));
        CHECK_STATUS(threading_queue_put(queue, NULL), THREADING_CLOSED);
        CHECK_STATUS(threading_queue_try_put(queue, NULL), THREADING_CLOSED);
        CHECK_STATUS(threading_queue_put_timeout(queue, NULL, INFINITY), THREADING_CLOSED);
        CHECK_NUMBER(threading_queue_size(queue), 3);
    }
    for (uintptr_t number = 1; number <= 3; number++) {
        check_get(queue, number);
    }
    check_no_get(queue, THREADING_CLOSED);
    void *item;
    CHECK_STATUS(threading_queue_get(queue, &item), THREADING_CLOSED);
    CHECK_STATUS(threading_queue_get_timeout(queue, INFINITY, &item), THREADING_CLOSED);
    end(queue);
}

CASE(after_an_immediate_shutdown_only_drain_takes_items) {
    threading_queue queue = make_full(3);
    /* The first may be one that is not. */
    CHECK_STATUS(threading_queue_shutdown(queue, false), THREADING_OK);
    CHECK_STATUS(threading_queue_shutdown(queue, true), THREADING_OK);
    CHECK_STATUS(threading_queue_shutdown(queue, false), THREADING_OK);
    check_no_get(queue, THREADING_CLOSED);
    CHECK_NUMBER(threading_queue_size(queue), 3);
    CHECK_STATUS(threading_queue_destroy(queue), THREADING_BUSY);
    void *items[4] = {NULL, NULL, NULL, &items};
    size_t count = 4711;
    CHECK_STATUS(threading_queue_drain(queue, items, 4, &count), THREADING_OK);
    CHECK_NUMBER(count, 3);
    for (uintptr_t number = 1; number <= 3; number++) {
        CHECK(items[number - 1] == item_of(number));
    }
    CHECK(items[3] == &items);
    check_no_get(queue, THREADING_CLOSED);
    end(queue);
}

CASE(a_shutdown_ends_every_wait_for_an_item_or_for_room) {
    enum { EACH = 4 };
    for (int immediate = 0; immediate < 2; immediate++) {
        FOR_EACH_SIZE(size) {
            threading_queue full = make_full(*size), empty = make(*size);
            caller putters[EACH], getters[EACH];
            for (int i = 0; i < EACH; i++) {
                putter_start(&putters[i], full, i);
                getter_start(&getters[i], empty, i);
            }
            CHECK_STATUS(threading_queue_shutdown(full, immediate), THREADING_OK);
            CHECK_STATUS(threading_queue_shutdown(empty, immediate), THREADING_OK);
            for (int i = 0; i < EACH; i++) {
                caller_end(&putters[i], THREADING_CLOSED);
                caller_end(&getters[i], THREADING_CLOSED);
            }
            CHECK_NUMBER(threading_queue_size(full), *size);
            end(empty);
        }
    }
}

CASE(drain_takes_as_many_as_there_is_room_for_and_wakes_who_waits_for_room) {
    enum { SIZE = 1000, PUTTERS = 5 };
    static void *items[SIZE];
    threading_queue queue = make_full(SIZE);
    caller putters[PUTTERS];
    size_t count = 4711;
    CHECK_STATUS(threading_queue_drain(queue, NULL, 0, &count), THREADING_OK);
    CHECK_NUMBER(count, 0);
    CHECK_STATUS(threading_queue_drain(queue, NULL, 1, &count), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_queue_drain(queue, items, 1, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(threading_queue_size(queue), SIZE);
    for (int i = 0; i < PUTTERS; i++) {
        putter_start(&putters[i], queue, i);
    }
    CHECK_STATUS(threading_queue_drain(queue, items, SIZE - 1, &count), THREADING_OK);
    CHECK_NUMBER(count, SIZE - 1);
    for (uintptr_t number = 1; number < SIZE; number++) {
        CHECK(items[number - 1] == item_of(number));
    }
    for (int i = 0; i < PUTTERS; i++) {
        caller_end(&putters[i], THREADING_OK);
    }
    CHECK_STATUS(threading_queue_drain(queue, items, SIZE, &count), THREADING_OK);
    CHECK_NUMBER(count, PUTTERS + 1);
    CHECK(items[0] == item_of(SIZE));
    end(queue);
}

/* ---- tasks ---- */

CASE(join_waits_until_each_item_is_done) {
    enum { ITEMS = 3 };
    threading_queue queue = make(ITEMS);
    CHECK_STATUS(threading_queue_join(queue), THREADING_OK);
    CHECK_STATUS(threading_queue_task_done(queue), THREADING_OVERFLOW);
    CHECK_STRING(threading_error_message(),
                 "as many tasks are done as items were put into the queue");
    for (uintptr_t number = 1; number <= ITEMS; number++) {
        put(queue, number);
    }
    caller joiners[4];
    for (int i = 0; i < 4; i++) {
        caller_start_asleep(&joiners[i], i % WORKER_KINDS, i < 2 ? calls_join : calls_join_timeout,
                            queue.bits, i == 2 ? INFINITY : CASE_SECONDS);
    }
    for (uintptr_t number = 1; number <= ITEMS; number++) {
        CHECK_STATUS(threading_queue_join_timeout(queue, 0), THREADING_TIMEOUT);
        check_get(queue, number);
        CHECK_STATUS(threading_queue_task_done(queue), THREADING_OK);
    }
    for (int i = 0; i < 4; i++) {
        caller_end(&joiners[i], THREADING_OK);
    }
    CHECK_STATUS(threading_queue_join(queue), THREADING_OK);
    CHECK_STATUS(threading_queue_task_done(queue), THREADING_OVERFLOW);
    end(queue);
}

CASE(a_shutdown_ends_no_join_and_an_immediate_one_finishes_what_is_left) {
    threading_queue queue = make_full(3);
    void *items[3];
    size_t count;
    caller joiner;
    check_get(queue, 1);
    caller_start_asleep(&joiner, FOREIGN, calls_join, queue.bits, 0);
    CHECK_STATUS(threading_queue_shutdown(queue, false), THREADING_OK);
    CHECK_STATUS(threading_queue_join_timeout(queue, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_queue_shutdown(queue, true), THREADING_OK);
    /* That of the item that was taken is still to be done. */
    CHECK_STATUS(threading_queue_join_timeout(queue, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_queue_task_done(queue), THREADING_OK);
    caller_end(&joiner, THREADING_OK);
    CHECK_STATUS(threading_queue_drain(queue, items, 3, &count), THREADING_OK);
    CHECK_NUMBER(count, 2);
    CHECK_STATUS(threading_queue_task_done(queue), THREADING_OVERFLOW);
    end(queue);
}

CASE(an_immediate_shutdown_ends_a_join_if_nothing_else_is_unfinished) {
    threading_queue queue = make_full(2);
    caller joiner;
    caller_start_asleep(&joiner, OURS, calls_join, queue.bits, 0);
    CHECK_STATUS(threading_queue_shutdown(queue, true), THREADING_OK);
    caller_end(&joiner, THREADING_OK);
    CHECK_NUMBER(threading_queue_size(queue), 2);
}
