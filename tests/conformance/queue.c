/* `threading_queue`: puts and gets, and how they wait. For shutdown and tasks see queue_shutdown,
 * for many producers and consumers and for forks queue_crowd. */
#include "queue_tools.h"

/* ---- items ---- */

CASE(sizes_from_1_to_the_maximum_can_be_made) {
    static const size_t refused[] = {0, THREADING_QUEUE_MAX + (size_t)1, SIZE_MAX};
    threading_queue queue = {4711};
    end(make(1));
    end(make(1000));
    end(make(THREADING_QUEUE_MAX));
    for (size_t i = 0; i < 3; i++) {
        CHECK_STATUS(threading_queue_new(refused[i], &queue), THREADING_INVALID_ARGUMENT);
        CHECK_STRING(threading_error_message(), "maxsize is 0, or above THREADING_QUEUE_MAX");
    }
    CHECK_NUMBER(queue.bits, 4711);
    CHECK_STATUS(threading_queue_new(1, NULL), THREADING_INVALID_ARGUMENT);
}

CASE(items_come_out_in_the_order_in_which_they_were_put) {
    static const size_t sizes[] = {1, 2, 3, 4, 5, 8, 13};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        threading_queue queue = make(sizes[i]);
        uintptr_t puts = 0, gets = 0;
        for (size_t round = 0; round < 40; round++) {
            for (size_t n = 0; n <= round % sizes[i]; n++) {
                put(queue, ++puts);
                CHECK_NUMBER(threading_queue_size(queue), puts - gets);
            }
            while (gets < puts) {
                check_get(queue, ++gets);
                CHECK_NUMBER(threading_queue_size(queue), puts - gets);
            }
        }
        end(queue);
    }
}

CASE(a_full_queue_takes_no_item_and_an_empty_one_gives_none) {
    threading_queue queue = make_full(3);
    CHECK_STATUS(threading_queue_try_put(queue, item_of(9)), THREADING_TIMEOUT);
    CHECK_STATUS(threading_queue_put_timeout(queue, item_of(9), 0), THREADING_TIMEOUT);
    CHECK_NUMBER(threading_queue_size(queue), 3);
    for (uintptr_t number = 1; number <= 3; number++) {
        check_get(queue, number);
    }
    check_no_get(queue, THREADING_TIMEOUT);
    end(queue);
}

CASE(null_is_an_item_like_any_other) {
    threading_queue queue = make(2);
    CHECK_STATUS(threading_queue_put(queue, NULL), THREADING_OK);
    CHECK_NUMBER(threading_queue_size(queue), 1);
    check_get(queue, 0);
    end(queue);
}

CASE(a_get_needs_a_place_for_the_item) {
    threading_queue queue = make_full(1);
    CHECK_STATUS(threading_queue_get(queue, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_queue_try_get(queue, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_queue_get_timeout(queue, 1, NULL), THREADING_INVALID_ARGUMENT);
    check_get(queue, 1);
    CHECK_STATUS(threading_queue_get(queue, NULL), THREADING_INVALID_ARGUMENT);
    end(queue);
}

/* ---- waits ---- */

CASE(a_get_waits_for_an_item_and_each_item_ends_one_wait) {
    enum { GETTERS = 6 };
    threading_queue queue = make(GETTERS);
    caller getters[GETTERS];
    size_t sum = 0;
    for (int i = 0; i < GETTERS; i++) {
        getter_start(&getters[i], queue, i);
    }
    for (uintptr_t number = 1; number <= GETTERS; number++) {
        CHECK_STATUS(threading_queue_put(queue, item_of((uintptr_t)1 << number)), THREADING_OK);
    }
    for (int i = 0; i < GETTERS; i++) {
        caller_end(&getters[i], THREADING_OK);
        sum += getters[i].index;
    }
    CHECK_NUMBER(sum, (2 << GETTERS) - 2);
    end(queue);
}

CASE(a_put_waits_for_room_and_each_place_ends_one_wait) {
    enum { PUTTERS = 5 };
    FOR_EACH_SIZE(size) {
        threading_queue queue = make_full(*size);
        caller putters[PUTTERS];
        for (int i = 0; i < PUTTERS; i++) {
            putter_start(&putters[i], queue, i);
        }
        for (uintptr_t taken = 1; taken <= PUTTERS; taken++) {
            void *item;
            CHECK_STATUS(threading_queue_get(queue, &item), THREADING_OK);
            EVENTUALLY(threading_queue_size(queue) == *size);
        }
        for (int i = 0; i < PUTTERS; i++) {
            caller_end(&putters[i], THREADING_OK);
        }
        CHECK_NUMBER(threading_queue_size(queue), *size);
        CHECK_STATUS(threading_queue_destroy(queue), THREADING_BUSY);
    }
}

static threading_status writes_and_puts(caller *self) {
    static int writings[3];
    for (int round = 0; round < 500; round++) {
        int *writing = &writings[round % 3];
        *writing = round;
        threading_status status = threading_queue_put((threading_queue){self->bits}, writing);
        if (status != THREADING_OK) {
            return status;
        }
    }
    return THREADING_OK;
}

/* With one place, what was put three rounds ago has been read when its place is written anew. */
CASE(what_happened_before_a_put_is_seen_after_the_get) {
    threading_queue queue = make(1);
    caller writer;
    caller_start(&writer, OURS, writes_and_puts, queue.bits, 0);
    for (int round = 0; round < 500; round++) {
        void *item;
        CHECK_STATUS(threading_queue_get(queue, &item), THREADING_OK);
        CHECK_NUMBER(*(const int *)item, round);
    }
    caller_end(&writer, THREADING_OK);
    end(queue);
}

CASE(a_wait_is_never_early) {
    static const double limits[] = {1e-9, 1e-5, 0.00123456789, 0.1};
    FOR_EACH_SIZE(size) {
        threading_queue full = make_full(*size), empty = make(*size);
        for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
            void *item = &item;
            double start = threading_monotonic();
            CHECK_STATUS(threading_queue_put_timeout(full, NULL, limits[i]), THREADING_TIMEOUT);
            CHECK_NOT_EARLY(start, limits[i]);
            start = threading_monotonic();
            CHECK_STATUS(threading_queue_get_timeout(empty, limits[i], &item), THREADING_TIMEOUT);
            CHECK_NOT_EARLY(start, limits[i]);
            start = threading_monotonic();
            CHECK_STATUS(threading_queue_join_timeout(full, limits[i]), THREADING_TIMEOUT);
            CHECK_NOT_EARLY(start, limits[i]);
            CHECK(item == &item);
        }
        CHECK_NUMBER(threading_queue_size(full), *size);
        end(empty);
    }
}

CASE(zero_and_negative_poll_and_no_time_is_invalid) {
    static const double polls[] = {0, -0.0, -1e-9, -1, -THREADING_TIMEOUT_MAX, -INFINITY};
    static const double refused[] = {NAN, -NAN, 9223372036.000002, 1e100};
    threading_queue full = make_full(2), empty = make(2);
    void *item;
    for (size_t i = 0; i < sizeof polls / sizeof polls[0]; i++) {
        CHECK_STATUS(threading_queue_put_timeout(full, NULL, polls[i]), THREADING_TIMEOUT);
        CHECK_STATUS(threading_queue_get_timeout(empty, polls[i], &item), THREADING_TIMEOUT);
        CHECK_STATUS(threading_queue_join_timeout(full, polls[i]), THREADING_TIMEOUT);
    }
    /* Also where there is room, or an item. */
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK_STATUS(threading_queue_put_timeout(empty, NULL, refused[i]),
                     THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_queue_get_timeout(full, refused[i], &item),
                     THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_queue_join_timeout(empty, refused[i]), THREADING_INVALID_ARGUMENT);
    }
    CHECK_NUMBER(threading_queue_size(full), 2);
    end(empty);
}

CASE(who_gives_up_takes_nothing_and_leaves_the_others_waiting) {
    threading_queue empty = make(4), full = make_full(4);
    caller patient[4], hasty[4];
    for (int i = 0; i < 4; i++) {
        caller_start(&hasty[i], i % WORKER_KINDS, i < 2 ? calls_get_timeout : calls_put_timeout,
                     i < 2 ? empty.bits : full.bits, 0.01 * (i + 1));
        (i < 2 ? getter_start : putter_start)(&patient[i], i < 2 ? empty : full, i);
    }
    for (int i = 0; i < 4; i++) {
        caller_end(&hasty[i], THREADING_TIMEOUT);
    }
    put(empty, 1);
    put(empty, 2);
    check_get(full, 1);
    check_get(full, 2);
    for (int i = 0; i < 4; i++) {
        caller_end(&patient[i], THREADING_OK);
    }
    CHECK_NUMBER(threading_queue_size(full), 4);
    end(empty);
}
