/* Executors whose workers the system refuses: each task that was submitted is run all the same, and
 * each that cannot be run was not submitted.
 *
 * This program's own pthread_create stands before the C library's, and can be told what to
 * answer. */
#include "executor_tools.h"
#include "real_calls.h"

#include <errno.h>

static atomic_bool refuses;     /* whatever is asked for */
static _Thread_local gate *own; /* the calling thread's is refused, once this is open */
static atomic_int refusals;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *),
                   void *arg) {
    if (own != NULL) {
        gate_pass(own);
    }
    if (own != NULL || atomic_load(&refuses)) {
        atomic_fetch_add(&refusals, 1);
        return EAGAIN;
    }
    return real_pthread_create(thread, attributes, routine, arg);
}

typedef struct submitter {
    threading_executor pool;
    gate door;
    threading_status status;
    threading_future future;
    threading_thread thread;
} submitter;

static void *submits(void *arg) {
    submitter *self = arg;
    own = &self->door;
    self->status = threading_executor_submit(self->pool, task_returns, self, &self->future);
    own = NULL;
    return arg;
}

/* Returns when the system has been asked for the worker of its task, and has not answered. */
static void submit_slowly(submitter *self, threading_executor pool) {
    *self = (submitter){.pool = pool, .door = GATE_CLOSED, .future = {42}};
    CHECK_STATUS(threading_thread_spawn(NULL, submits, self, &self->thread), THREADING_OK);
    gate_await(&self->door, 1);
}

static void answered(submitter *self, threading_status status) {
    gate_open(&self->door);
    CHECK_STATUS(threading_thread_finish(self->thread, NULL), THREADING_OK);
    CHECK_STATUS(self->status, status);
}

CASE(a_task_does_not_rely_on_a_worker_that_is_refused_later) {
    for (size_t limit = 1; limit <= 3; limit++) {
        threading_executor pool = executor_new(limit, NULL);
        submitter other;
        int value;
        submit_slowly(&other, pool);
        threading_future first = submitted(pool, task_returns, &value);
        threading_future second = submitted(pool, task_returns, &other);
        CHECK(finished(first) == &value);
        /* Its task was before the others, and so it has run. */
        answered(&other, THREADING_OK);
        CHECK(finished(other.future) == &other);
        CHECK(finished(second) == &other);
        executor_end(pool);
    }
}

CASE(two_submits_whose_workers_are_refused_leave_nothing) {
    threading_executor pool = executor_new(1, NULL);
    threading_future future = {42};
    submitter other;
    int value;
    submit_slowly(&other, pool);
    atomic_store(&refuses, true);
    CHECK_STATUS(threading_executor_submit(pool, task_never, NULL, &future),
                 THREADING_NO_RESOURCES);
    CHECK(future.bits == 42);
    answered(&other, THREADING_NO_RESOURCES);
    CHECK(other.future.bits == 42);
    CHECK_NUMBER(threading_active_count(), 1);
    atomic_store(&refuses, false);
    CHECK(finished(submitted(pool, task_returns, &value)) == &value);
    executor_end(pool);
}

/* The first task waits for the second, for which it needs another worker. */
static void *waits_in_vain(void *arg) {
    void *result = NULL;
    threading_future second = submitted(*(threading_executor *)arg, task_returns, arg);
    CHECK_STATUS(threading_future_result(second, &result), THREADING_NO_RESOURCES);
    bool prevented = cancelled(second);
    CHECK_STATUS(threading_future_destroy(second), THREADING_OK);
    return prevented ? arg : NULL;
}

CASE(a_wait_for_a_task_that_no_worker_can_run_fails_and_the_worker_goes_on) {
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    threading_future passenger = submitted(pool, gate_passenger, &door);
    threading_future first = submitted(pool, waits_in_vain, &pool);
    atomic_store(&refuses, true);
    gate_open(&door);
    CHECK(finished(first) == &pool);
    CHECK(finished(passenger) == &door);
    atomic_store(&refuses, false);
    executor_end(pool);
}

static void *ends_its_worker(void *door) {
    gate_pass(door);
    pthread_exit(door);
}

CASE(a_worker_that_its_task_ends_leaves_no_task_alone_however_long_another_is_refused) {
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    int value;
    threading_future last = submitted(pool, ends_its_worker, &door);
    threading_future next = submitted(pool, task_returns, &value);
    atomic_store(&refuses, true);
    gate_open(&door);
    EVENTUALLY(atomic_load(&refusals) >= 10);
    CHECK(!threading_future_is_done(next));
    atomic_store(&refuses, false);
    CHECK(finished(next) == &value);
    CHECK(finished(last) == &door);
    executor_end(pool);
}

/* Where none is left to run. */
CASE(a_worker_that_its_task_ends_looks_for_no_other_when_the_last_task_is_cancelled) {
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    threading_future last = submitted(pool, ends_its_worker, &door);
    threading_future next = submitted(pool, task_never, NULL);
    atomic_store(&refuses, true);
    gate_open(&door);
    EVENTUALLY(atomic_load(&refusals) >= 1);
    CHECK(cancelled(next));
    CHECK_STATUS(threading_future_destroy(next), THREADING_OK);
    CHECK(finished(last) == &door);
    CHECK_STATUS(threading_executor_destroy(pool), THREADING_OK);
    atomic_store(&refuses, false);
}
