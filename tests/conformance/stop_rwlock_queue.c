/* The waits for rwlocks and queues that end with a stop: each twin, and what a stop must not take
 * or lose. */
#include "stop_tools.h"

#include <math.h>

/* ---- each twin, behind one face ---- */

enum { SMALL = 1, LARGE = 8 }; /* in the large one a thread that waits for room naps first */

static threading_rwlock rwlock;
static threading_queue empty, full, large;
static int item;

static threading_status read_stop(double seconds, threading_stop stop) {
    threading_status status = threading_rwlock_acquire_read_stop(rwlock, seconds, stop);
    return status == THREADING_OK ? threading_rwlock_release_read(rwlock) : status;
}
static threading_status write_stop(double seconds, threading_stop stop) {
    threading_status status = threading_rwlock_acquire_write_stop(rwlock, seconds, stop);
    return status == THREADING_OK ? threading_rwlock_release_write(rwlock) : status;
}
static threading_status get_stop(double seconds, threading_stop stop) {
    void *got = &got;
    threading_status status = threading_queue_get_stop(empty, seconds, stop, &got);
    CHECK(got == (status == THREADING_OK ? &item : (void *)&got));
    return status;
}
static threading_status put_stop(double seconds, threading_stop stop) {
    return threading_queue_put_stop(full, &item, seconds, stop);
}
static threading_status put_large_stop(double seconds, threading_stop stop) {
    return threading_queue_put_stop(large, &item, seconds, stop);
}
static threading_status join_stop(double seconds, threading_stop stop) {
    return threading_queue_join_stop(full, seconds, stop);
}

static const twin twins[] = {read_stop, write_stop, get_stop, put_stop, put_large_stop, join_stop};
enum { TWINS = sizeof twins / sizeof twins[0] };

static threading_queue make_queue(size_t maxsize, size_t items) {
    threading_queue queue = THREADING_NULL;
    CHECK_STATUS(threading_queue_new(maxsize, &queue), THREADING_OK);
    for (size_t i = 0; i < items; i++) {
        CHECK_STATUS(threading_queue_put(queue, &item), THREADING_OK);
    }
    return queue;
}

/* Nothing can be had: the calling thread writes, and puts no items and takes none. */
static void make_all(void) {
    CHECK_STATUS(threading_rwlock_new(&rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    empty = make_queue(SMALL, 0);
    full = make_queue(SMALL, SMALL);
    large = make_queue(LARGE, LARGE);
}

static void take_from(threading_queue queue) {
    void *got;
    CHECK_STATUS(threading_queue_try_get(queue, &got), THREADING_OK);
    CHECK(got == &item);
    CHECK_STATUS(threading_queue_task_done(queue), THREADING_OK);
}

/* There is one item, one free place and no task that is not done for who waits for them. */
static void let_all_go_on(void) {
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    CHECK_STATUS(threading_queue_put(empty, &item), THREADING_OK);
    take_from(full);
    take_from(large);
}

static void end_queue(threading_queue queue, size_t items) {
    CHECK_NUMBER(threading_queue_size(queue), items);
    for (size_t i = 0; i < items; i++) {
        take_from(queue);
    }
    CHECK_STATUS(threading_queue_destroy(queue), THREADING_OK);
}

CASE(a_request_ends_each_wait_and_nothing_is_taken) {
    caller waiters[TWINS];
    make_all();
    threading_stop root = make(none);
    given = make(make(root));
    for (int i = 0; i < TWINS; i++) {
        start_twin_asleep(&waiters[i], i % WORKER_KINDS, &twins[i],
                          i % 2 ? INFINITY : CASE_SECONDS);
    }
    CHECK_STATUS(threading_stop_request(root), THREADING_OK);
    for (int i = 0; i < TWINS; i++) {
        caller_end(&waiters[i], THREADING_INTERRUPTED);
    }
    let_all_go_on();
    CHECK_NUMBER(threading_rwlock_readers(rwlock), 0);
    CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_OK);
    end_queue(empty, 1);
    end_queue(full, SMALL - 1);
    end_queue(large, LARGE - 1);
}

CASE(a_stop_that_has_come_answers_before_the_object_is_looked_at) {
    make_all();
    let_all_go_on();
    given = make(none);
    CHECK_STATUS(threading_stop_request(given), THREADING_OK);
    for (int i = 0; i < TWINS; i++) {
        CHECK_STATUS(twins[i](INFINITY, given), THREADING_INTERRUPTED);
        CHECK_STATUS(twins[i](0, make_timeout(none, 0)), THREADING_INTERRUPTED);
    }
    CHECK_NUMBER(threading_queue_size(empty), 1);
    CHECK_NUMBER(threading_queue_size(full), SMALL - 1);
    CHECK_STATUS(threading_queue_put_stop((threading_queue){0}, NULL, 1, given),
                 THREADING_INTERRUPTED);
}

CASE(what_is_there_is_taken_at_once) {
    make_all();
    let_all_go_on();
    given = make_timeout(none, CASE_SECONDS);
    CHECK_STATUS(join_stop(0, given), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_read_stop(rwlock, 0, given), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_read_stop(rwlock, INFINITY, given), THREADING_OK);
    CHECK_NUMBER(threading_rwlock_readers(rwlock), 2);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_write_stop(rwlock, 0, given), THREADING_OK);
    CHECK(threading_rwlock_write_locked(rwlock));
    CHECK_STATUS(get_stop(INFINITY, given), THREADING_OK);
    CHECK_STATUS(put_stop(0, given), THREADING_OK);
    CHECK_STATUS(put_large_stop(INFINITY, given), THREADING_OK);
    CHECK_NUMBER(threading_queue_size(empty), 0);
    CHECK_NUMBER(threading_queue_size(large), LARGE);
    CHECK_STATUS(join_stop(0, given), THREADING_TIMEOUT);
}

CASE(what_comes_while_the_thread_waits_is_taken) {
    caller waiters[TWINS];
    make_all();
    given = make(make_timeout(none, CASE_SECONDS));
    /* A join first, which the put that follows would keep from its end. */
    CHECK(twins[TWINS - 1] == join_stop);
    start_twin_asleep(&waiters[TWINS - 1], OURS, &twins[TWINS - 1], INFINITY);
    CHECK_STATUS(threading_queue_task_done(full), THREADING_OK);
    caller_end(&waiters[TWINS - 1], THREADING_OK);
    for (int i = 0; i < TWINS - 1; i++) {
        start_twin_asleep(&waiters[i], i % WORKER_KINDS, &twins[i], INFINITY);
    }
    CHECK_STATUS(threading_stop_destroy(given), THREADING_BUSY);
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    CHECK_STATUS(threading_queue_put(empty, &item), THREADING_OK);
    void *got;
    CHECK_STATUS(threading_queue_get(full, &got), THREADING_OK);
    CHECK_STATUS(threading_queue_get(large, &got), THREADING_OK);
    for (int i = 0; i < TWINS - 1; i++) {
        caller_end(&waiters[i], THREADING_OK);
    }
    CHECK_NUMBER(threading_queue_size(empty), 0);
    CHECK_NUMBER(threading_queue_size(full), SMALL);
    CHECK_NUMBER(threading_queue_size(large), LARGE);
    CHECK_STATUS(threading_stop_destroy(given), THREADING_OK);
}

CASE(the_deadline_that_comes_first_decides) {
    make_all();
    caller waiter;
    for (int i = 0; i < TWINS; i++) {
        double start = threading_monotonic();
        given = make_timeout(none, CASE_SECONDS);
        start_twin(&waiter, i % WORKER_KINDS, &twins[i], 0.01);
        caller_end(&waiter, THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, 0.01);
        start = threading_monotonic();
        given = make(make_timeout(none, 0.01));
        start_twin(&waiter, i % WORKER_KINDS, &twins[i], CASE_SECONDS);
        caller_end(&waiter, THREADING_INTERRUPTED);
        CHECK_NOT_EARLY(start, 0.009);
        given = make(none);
        start_twin(&waiter, i % WORKER_KINDS, &twins[i], -1);
        caller_end(&waiter, THREADING_TIMEOUT);
    }
}

CASE(without_a_stop_each_is_the_plain_call) {
    make_all();
    given = none;
    caller waiter;
    for (int i = 0; i < TWINS; i++) {
        start_twin(&waiter, i % WORKER_KINDS, &twins[i], 0.001);
        caller_end(&waiter, THREADING_TIMEOUT);
    }
    let_all_go_on();
    CHECK_STATUS(join_stop(INFINITY, none), THREADING_OK);
    for (int i = 0; i < TWINS - 1; i++) {
        CHECK_STATUS(twins[i](INFINITY, none), THREADING_OK);
    }
}

static uint64_t blamed;
static void blames(const char *function, threading_status status, uint64_t handle, void *ctx) {
    (void)function, (void)status, (void)ctx;
    blamed = handle;
}

CASE(bad_arguments_are_told_of_with_the_handle_that_is_to_blame) {
    static const double refused[] = {NAN, 9223372036.000002, 1e300};
    make_all();
    threading_stop stale = make(none), good = make(none), come = make(none);
    CHECK_STATUS(threading_stop_destroy(stale), THREADING_OK);
    CHECK_STATUS(threading_stop_request(come), THREADING_OK);
    CHECK_STATUS(threading_set_error_hook(blames, NULL), THREADING_OK);
    for (int i = 0; i < TWINS; i++) {
        CHECK_STATUS(twins[i](1, stale), THREADING_DESTROYED);
        CHECK(blamed == stale.bits);
        CHECK_STATUS(twins[i](1, (threading_stop){empty.bits}), THREADING_INVALID_HANDLE);
        CHECK(blamed == empty.bits);
        for (int j = 0; j < 3; j++) {
            CHECK_STATUS(twins[i](refused[j], good), THREADING_INVALID_ARGUMENT);
            CHECK_STATUS(twins[i](refused[j], come), THREADING_INVALID_ARGUMENT);
        }
    }
    CHECK_STATUS(threading_queue_get_stop(empty, 1, good, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_queue_get_stop(empty, 1, come, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_queue_get_stop((threading_queue){rwlock.bits}, 1, good, (void *[1]){0}),
                 THREADING_INVALID_HANDLE);
    CHECK(blamed == rwlock.bits);
}

CASE(who_writes_is_told_that_it_would_wait_for_itself) {
    make_all();
    threading_stop stop = make(none);
    CHECK_STATUS(threading_rwlock_acquire_read_stop(rwlock, 1, stop), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_rwlock_acquire_write_stop(rwlock, 1, stop), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_rwlock_downgrade(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_write_stop(rwlock, 1, stop), THREADING_WOULD_DEADLOCK);
}

CASE(a_shutdown_ends_the_waits_for_a_queue_and_not_the_stop) {
    caller getter, putter, large_putter;
    make_all();
    given = make(none);
    start_twin_asleep(&getter, 2 % WORKER_KINDS, &twins[2], INFINITY);
    start_twin_asleep(&putter, 3 % WORKER_KINDS, &twins[3], INFINITY);
    start_twin_asleep(&large_putter, 4 % WORKER_KINDS, &twins[4], INFINITY);
    CHECK_STATUS(threading_queue_shutdown(empty, false), THREADING_OK);
    CHECK_STATUS(threading_queue_shutdown(full, false), THREADING_OK);
    CHECK_STATUS(threading_queue_shutdown(large, false), THREADING_OK);
    caller_end(&getter, THREADING_CLOSED);
    caller_end(&putter, THREADING_CLOSED);
    caller_end(&large_putter, THREADING_CLOSED);
    CHECK_STATUS(threading_stop_destroy(given), THREADING_OK);
}

static threading_status reads(caller *self) {
    (void)self;
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    return threading_rwlock_release_read(rwlock);
}

CASE(a_writer_that_is_stopped_lets_in_the_readers_that_waited_for_it_alone) {
    for (int whose = 0; whose < WORKER_KINDS; whose++) {
        caller writer, reader;
        CHECK_STATUS(threading_rwlock_new(&rwlock), THREADING_OK);
        CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
        given = make(none);
        start_twin_asleep(&writer, 1 % WORKER_KINDS, &twins[1], INFINITY);
        caller_start_asleep(&reader, whose, reads, 0, 0);
        CHECK_STATUS(threading_stop_request(given), THREADING_OK);
        caller_end(&writer, THREADING_INTERRUPTED);
        caller_end(&reader, THREADING_OK);
        CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
        CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_OK);
    }
}

/* ---- a request against what is waited for: all is taken once, or left ---- */

enum { ROUNDS = 1000 };

static threading_status requests(caller *self) {
    return threading_stop_request((threading_stop){self->bits});
}

/* Rounds in which one thread waits and another requests while this one lets it have what it waits
 * for. Returns whether it was taken. */
static bool meets_a_request(int round, int which, void (*lets_have)(void)) {
    caller taker, requester;
    given = make(none);
    start_twin(&taker, round % WORKER_KINDS, &twins[which], INFINITY);
    caller_start(&requester, FOREIGN, requests, given.bits, 0);
    lets_have();
    caller_end(&requester, THREADING_OK);
    worker_join(&taker.thread);
    CHECK(taker.status == THREADING_OK || taker.status == THREADING_INTERRUPTED);
    CHECK_STATUS(threading_stop_destroy(given), THREADING_OK);
    return taker.status == THREADING_OK;
}

static void puts_one(void) { CHECK_STATUS(threading_queue_put(empty, &item), THREADING_OK); }
static void takes_one(void) { take_from(full); }
static void ends_the_write(void) {
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
}

CASE(an_item_or_a_place_that_meets_a_request_is_taken_or_left) {
    make_all();
    for (int round = 0; round < ROUNDS; round++) {
        bool taken = meets_a_request(round, 2, puts_one);
        CHECK_NUMBER(threading_queue_size(empty), !taken);
        if (!taken) {
            take_from(empty);
        }
        bool put = meets_a_request(round, 3, takes_one);
        CHECK_NUMBER(threading_queue_size(full), put);
        if (!put) {
            CHECK_STATUS(threading_queue_put(full, &item), THREADING_OK);
        }
    }
}

CASE(an_rwlock_that_meets_a_request_is_free_afterwards) {
    make_all();
    for (int round = 0; round < ROUNDS; round++) {
        meets_a_request(round, round / 2 % 2, ends_the_write);
        CHECK_NUMBER(threading_rwlock_readers(rwlock), 0);
        CHECK_STATUS(threading_rwlock_try_acquire_write(rwlock), THREADING_OK);
    }
}

/* Threads that are woken and find that this one was faster wait on with the same stop. */
CASE(who_is_beaten_again_and_again_is_stopped_all_the_same) {
    caller waiters[4];
    make_all();
    given = make(none);
    for (int i = 0; i < 4; i++) {
        start_twin_asleep(&waiters[i], i % WORKER_KINDS, &twins[i], INFINITY);
    }
    for (int round = 0; round < ROUNDS; round++) {
        void *got;
        CHECK_STATUS(threading_queue_put(empty, &item), THREADING_OK);
        if (threading_queue_try_get(empty, &got) == THREADING_TIMEOUT) {
            break;
        }
        CHECK_STATUS(threading_queue_get(full, &got), THREADING_OK);
        if (threading_queue_try_put(full, &item) == THREADING_TIMEOUT) {
            break;
        }
        CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
        CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    }
    CHECK_STATUS(threading_stop_request(given), THREADING_OK);
    for (int i = 0; i < 4; i++) {
        worker_join(&waiters[i].thread);
        CHECK(waiters[i].status == THREADING_OK || waiters[i].status == THREADING_INTERRUPTED);
    }
    CHECK_STATUS(threading_stop_destroy(given), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_OK);
}
