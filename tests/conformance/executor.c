/* `threading_executor` and `threading_future`: submitting, results, cancelling, waits for several,
 * and the end of both. Shutdown, forks and the process's end are in executor_end.c, workers in
 * executor_workers.c. */
#include "executor_tools.h"

#include <math.h>
#include <pthread.h>

CASE(a_task_gets_its_argument_and_its_result_comes_back) {
    threading_executor pool = executor_new(2, NULL);
    int a, b;
    void *result = NULL;
    threading_future first = submitted(pool, task_returns, &a);
    threading_future second = submitted(pool, task_returns, &b);
    CHECK_STATUS(threading_future_result(second, &result), THREADING_OK);
    CHECK(result == &b);
    CHECK_STATUS(threading_future_result_timeout(first, CASE_SECONDS, &result), THREADING_OK);
    CHECK(result == &a);
    for (int again = 0; again < 2; again++) {
        CHECK_STATUS(threading_future_wait(first), THREADING_OK);
        CHECK(threading_future_is_done(first));
        CHECK(!threading_future_was_cancelled(first));
    }
    CHECK(finished(first) == &a);
    CHECK_STATUS(threading_future_finish(second, NULL), THREADING_OK);
    CHECK_STATUS(threading_future_wait(second), THREADING_DESTROYED);
    CHECK_STATUS(threading_future_wait_timeout(second, 0), THREADING_DESTROYED);
    CHECK_STATUS(threading_future_result(second, &result), THREADING_DESTROYED);
    CHECK_STATUS(threading_future_result_timeout(second, 0, &result), THREADING_DESTROYED);
    CHECK_STATUS(threading_future_finish(second, &result), THREADING_DESTROYED);
    CHECK_STATUS(threading_future_cancel(second, NULL), THREADING_DESTROYED);
    CHECK_STATUS(threading_future_wait_stop(second, 0, (threading_stop)THREADING_NULL),
                 THREADING_DESTROYED);
    CHECK_STATUS(threading_future_destroy(second), THREADING_DESTROYED);
    executor_end(pool);
}

CASE(numbers_of_workers_from_0_to_the_maximum_can_be_given) {
    threading_executor pool = {4711};
    CHECK_STATUS(threading_executor_new(THREADING_EXECUTOR_MAX + (size_t)1, NULL, &pool),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STRING(threading_error_message(), "max_workers is above THREADING_EXECUTOR_MAX");
    CHECK_STATUS(threading_executor_new(1, "\xff", &pool), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_executor_new(1, NULL, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(pool.bits, 4711);
    executor_end(executor_new(0, NULL));
    executor_end(executor_new(THREADING_EXECUTOR_MAX, NULL));
}

CASE(a_task_needs_a_function_and_not_a_future) {
    threading_executor pool = executor_new(1, NULL);
    threading_future future = {4711};
    atomic_int calls = 0;
    CHECK_STATUS(threading_executor_submit(pool, NULL, NULL, &future), THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(future.bits, 4711);
    for (int i = 0; i < 10; i++) {
        CHECK_STATUS(threading_executor_submit(pool, task_counts, &calls, NULL), THREADING_OK);
    }
    CHECK_STATUS(threading_executor_shutdown(pool, false), THREADING_OK);
    CHECK_NUMBER(atomic_load(&calls), 10);
    CHECK_STATUS(threading_executor_submit(pool, task_never, NULL, &future),
                 THREADING_SHUTTING_DOWN);
    CHECK_NUMBER(future.bits, 4711);
    CHECK_STATUS(threading_executor_destroy(pool), THREADING_OK);
    CHECK_STATUS(threading_executor_submit(pool, task_never, NULL, &future), THREADING_DESTROYED);
}

static void *sees_its_future(void *arg) {
    threading_future *mine = arg;
    CHECK(THREADING_SAME(threading_future_thread(*mine), threading_current_thread()));
    CHECK_NUMBER(threading_get_ident(), threading_thread_ident(threading_current_thread()));
    CHECK_STATUS(threading_future_wait(*mine), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_future_wait_timeout(*mine, 1), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_future_result(*mine, &arg), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_future_result_timeout(*mine, 1, &arg), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_future_finish(*mine, &arg), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_future_wait_stop(*mine, 1, (threading_stop)THREADING_NULL),
                 THREADING_WOULD_DEADLOCK);
    CHECK(!threading_future_is_done(*mine));
    CHECK(!cancelled(*mine));
    return arg;
}

CASE(the_future_is_written_before_the_task_begins_which_cannot_wait_for_itself) {
    threading_executor pool = executor_new(1, NULL);
    static threading_future future;
    for (int i = 0; i < 100; i++) {
        CHECK_STATUS(threading_executor_submit(pool, sees_its_future, &future, &future),
                     THREADING_OK);
        CHECK(finished(future) == &future);
    }
    executor_end(pool);
}

/* ---- tasks that wait to begin ---- */

CASE(a_task_that_has_not_begun_can_be_cancelled_once) {
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    void *result = &door;
    threading_future busy = submitted(pool, gate_passenger, &door);
    gate_await(&door, 1);
    threading_future never = submitted(pool, task_never, NULL);
    threading_future later = submitted(pool, task_returns, &door);
    CHECK(!cancelled(busy));
    CHECK(!threading_future_is_done(never));
    CHECK_STATUS(threading_future_wait_timeout(never, 0), THREADING_TIMEOUT);
    double start = threading_monotonic();
    CHECK_STATUS(threading_future_wait_timeout(never, 0.01), THREADING_TIMEOUT);
    CHECK_STATUS(threading_future_result_timeout(never, 0.01, &result), THREADING_TIMEOUT);
    CHECK_NOT_EARLY(start, 0.02);
    CHECK(cancelled(never));
    CHECK(!cancelled(never));
    CHECK(threading_future_is_done(never) && threading_future_was_cancelled(never));
    CHECK_STATUS(threading_future_wait(never), THREADING_OK);
    CHECK_STATUS(threading_future_result(never, &result), THREADING_NO_VALUE);
    CHECK_STATUS(threading_future_result_timeout(never, 0, &result), THREADING_NO_VALUE);
    CHECK(result == &door);
    CHECK_STATUS(threading_future_finish(never, NULL), THREADING_NO_VALUE);
    CHECK_STATUS(threading_future_wait(never), THREADING_DESTROYED);
    gate_open(&door);
    CHECK(finished(busy) == &door);
    CHECK(finished(later) == &door);
    executor_end(pool);
}

static atomic_int order;

static void *task_notes_its_place(void *arg) {
    *(int *)arg = atomic_fetch_add(&order, 1);
    return arg;
}

CASE(tasks_begin_in_the_order_of_their_submission_whichever_are_cancelled) {
    enum { TASKS = 50 };
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    threading_future busy = submitted(pool, gate_passenger, &door), futures[TASKS];
    int places[TASKS], last = -1;
    for (int i = 0; i < TASKS; i++) {
        futures[i] = submitted(pool, i % 3 == 0 ? task_never : task_notes_its_place, &places[i]);
    }
    /* The first, the last and some between. */
    for (int i = 0; i < TASKS; i += 3) {
        CHECK(cancelled(futures[i]));
    }
    gate_open(&door);
    for (int i = 0; i < TASKS; i++) {
        CHECK_STATUS(threading_future_finish(futures[i], NULL),
                     i % 3 == 0 ? THREADING_NO_VALUE : THREADING_OK);
        if (i % 3 != 0) {
            CHECK(places[i] == last + 1);
            last = places[i];
        }
    }
    CHECK(finished(busy) == &door);
    executor_end(pool);
}

/* ---- waits for several ---- */

CASE(futures_come_in_the_order_in_which_their_tasks_end) {
    enum { TASKS = 8 };
    threading_executor pool = executor_new(TASKS, NULL);
    gate doors[TASKS];
    threading_future futures[TASKS];
    threading_object all[TASKS];
    for (int i = 0; i < TASKS; i++) {
        doors[i] = (gate)GATE_CLOSED;
        futures[i] = submitted(pool, gate_passenger, &doors[i]);
        all[i] = (threading_object)THREADING_OBJECT(futures[i]);
    }
    size_t index;
    CHECK_STATUS(threading_wait_any_timeout(all, TASKS, 0.001, &index), THREADING_TIMEOUT);
    for (int left = TASKS; left > 0; left--) {
        size_t next = (size_t)left * 5 % (size_t)left; /* any */
        for (int i = 0; i < TASKS; i++) {
            if (all[next].bits == futures[i].bits) {
                gate_open(&doors[i]);
            }
        }
        CHECK_STATUS(threading_wait_any(all, (size_t)left, &index), THREADING_OK);
        CHECK_NUMBER(index, next);
        all[index] = all[left - 1];
    }
    for (int i = 0; i < TASKS; i++) {
        CHECK(finished(futures[i]) == &doors[i]);
    }
    CHECK_STATUS(threading_wait_any(all, 1, &index), THREADING_DESTROYED);
    executor_end(pool);
}

CASE(a_stop_ends_a_wait_for_a_future_and_not_its_task) {
    threading_executor pool = executor_new(1, NULL);
    threading_stop stop;
    gate door = GATE_CLOSED;
    threading_future future = submitted(pool, gate_passenger, &door);
    CHECK_STATUS(threading_stop_new_timeout((threading_stop)THREADING_NULL, 0.01, &stop),
                 THREADING_OK);
    CHECK_STATUS(threading_future_wait_stop(future, INFINITY, stop), THREADING_INTERRUPTED);
    CHECK_STATUS(threading_future_wait_stop(future, 0, stop), THREADING_INTERRUPTED);
    CHECK_STATUS(threading_future_wait_stop(future, 0.001, (threading_stop)THREADING_NULL),
                 THREADING_TIMEOUT);
    CHECK(!threading_future_is_done(future));
    gate_open(&door);
    CHECK_STATUS(threading_future_wait_stop(future, INFINITY, (threading_stop)THREADING_NULL),
                 THREADING_OK);
    CHECK_STATUS(threading_future_wait_stop(future, NAN, stop), THREADING_INVALID_ARGUMENT);
    CHECK(finished(future) == &door);
    executor_end(pool);
}

/* ---- the end of a future ---- */

CASE(a_future_that_is_given_up_is_there_until_its_task_has_ended) {
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    atomic_int calls = 0;
    threading_future running = submitted(pool, gate_passenger, &door);
    threading_future pending = submitted(pool, task_counts, &calls);
    gate_await(&door, 1);
    CHECK_STATUS(threading_thread_destroy(threading_future_thread(running)), THREADING_BUSY);
    CHECK_STATUS(threading_future_destroy(running), THREADING_OK);
    CHECK_STATUS(threading_future_destroy(pending), THREADING_OK);
    CHECK(!threading_future_is_done(running));
    CHECK(threading_thread_is_alive(threading_future_thread(running)));
    gate_open(&door);
    executor_end(pool);
    CHECK_NUMBER(atomic_load(&calls), 1);
    CHECK_STATUS(threading_future_destroy(running), THREADING_DESTROYED);
    CHECK_STATUS(threading_future_destroy(pending), THREADING_DESTROYED);
    CHECK_STATUS(threading_future_destroy((threading_future)THREADING_NULL), THREADING_OK);
}

static void *waits_for(void *future) {
    threading_status status = threading_future_wait(*(threading_future *)future);
    CHECK(status == THREADING_OK);
    return NULL;
}

CASE(a_future_that_threads_wait_for_is_given_up_and_wakes_them) {
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    threading_thread waiter;
    threading_wait wait;
    static threading_future future;
    future = submitted(pool, gate_passenger, &door);
    threading_thread task = threading_future_thread(future);
    CHECK_STATUS(threading_thread_spawn("waiter", waits_for, &future, &waiter), THREADING_OK);
    EVENTUALLY(threading_thread_waiting_for(waiter, &wait) == THREADING_OK);
    CHECK(wait.kind == THREADING_KIND_THREAD && wait.object == task.bits);
    CHECK_STATUS(threading_future_destroy(future), THREADING_OK);
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(waiter, NULL), THREADING_OK);
    executor_end(pool);
}

/* ---- how a task may end ---- */

static void *task_exits(void *arg) {
    threading_exit(arg);
    return NULL;
}

static void *task_exits_by_pthread(void *arg) {
    pthread_exit(arg);
    return NULL;
}

CASE(a_task_that_ends_its_thread_has_a_result_and_the_next_runs) {
    enum { TASKS = 10 };
    threading_executor pool = executor_new(1, NULL);
    threading_future futures[3 * TASKS];
    int values[3 * TASKS];
    static const threading_target ends[] = {task_exits, task_exits_by_pthread, task_returns};
    for (int i = 0; i < 3 * TASKS; i++) {
        futures[i] = submitted(pool, ends[i % 3], &values[i]);
    }
    for (int i = 0; i < 3 * TASKS; i++) {
        CHECK(finished(futures[i]) == &values[i]);
    }
    executor_end(pool);
}

CASE(the_thread_of_a_task_is_a_started_one_with_an_ident_of_its_own) {
    threading_executor pool = executor_new(1, NULL);
    threading_future future = submitted(pool, task_returns, &pool);
    uint64_t first = threading_thread_ident(threading_future_thread(future));
    CHECK(first != 0);
    CHECK_STATUS(threading_thread_set_daemon(threading_future_thread(future), true),
                 THREADING_ALREADY_STARTED);
    CHECK_STATUS(threading_thread_start(threading_future_thread(future)),
                 THREADING_ALREADY_STARTED);
    CHECK(finished(future) == &pool);
    future = submitted(pool, task_returns, &pool);
    CHECK(threading_thread_ident(threading_future_thread(future)) != first);
    CHECK(finished(future) == &pool);
    executor_end(pool);
}
