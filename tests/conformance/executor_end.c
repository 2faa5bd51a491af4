/* The end of an executor: shutdown, destroy, forks, and the end of the process. */
#include "executor_tools.h"
#include "forked.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- shutdown ---- */

CASE(a_shutdown_waits_for_tasks_that_run_and_for_those_that_have_not_begun) {
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    atomic_int calls = 0;
    threading_future busy = submitted(pool, gate_passenger, &door);
    threading_future later = submitted(pool, task_counts, &calls);
    gate_await(&door, 1);
    CHECK(!threading_executor_is_shut(pool));
    CHECK_STATUS(threading_executor_destroy(pool), THREADING_BUSY);
    CHECK_STRING(threading_error_message(), "a task of the executor has not ended");
    CHECK_STATUS(threading_executor_shutdown_timeout(pool, false, 0), THREADING_TIMEOUT);
    CHECK(threading_executor_is_shut(pool));
    CHECK_STATUS(threading_executor_submit(pool, task_never, NULL, NULL), THREADING_SHUTTING_DOWN);
    CHECK_STRING(threading_error_message(), "the executor was shut down");
    double start = threading_monotonic();
    CHECK_STATUS(threading_executor_shutdown_timeout(pool, false, 0.01), THREADING_TIMEOUT);
    CHECK_NOT_EARLY(start, 0.01);
    CHECK_STATUS(threading_executor_destroy(pool), THREADING_BUSY);
    CHECK(!threading_future_is_done(busy) && !threading_future_is_done(later));
    gate_open(&door);
    CHECK_STATUS(threading_executor_shutdown_timeout(pool, false, CASE_SECONDS), THREADING_OK);
    CHECK(threading_future_is_done(busy) && threading_future_is_done(later));
    CHECK_NUMBER(atomic_load(&calls), 1);
    CHECK_STATUS(threading_executor_destroy(pool), THREADING_OK);
    CHECK(finished(busy) == &door && finished(later) == &calls);
    CHECK_STATUS(threading_executor_shutdown(pool, false), THREADING_DESTROYED);
    CHECK_STATUS(threading_executor_shutdown_timeout(pool, true, 0), THREADING_DESTROYED);
    CHECK_STATUS(threading_executor_destroy(pool), THREADING_DESTROYED);
}

static void *finds_it_cancelled(void *future) {
    void *result;
    CHECK_STATUS(threading_future_result(*(threading_future *)future, &result), THREADING_NO_VALUE);
    return NULL;
}

CASE(a_shutdown_that_cancels_ends_the_waits_for_what_it_cancels) {
    enum { TASKS = 100 };
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    static threading_future futures[TASKS];
    threading_thread waiters[4];
    threading_future busy = submitted(pool, gate_passenger, &door);
    gate_await(&door, 1);
    for (int i = 0; i < TASKS; i++) {
        futures[i] = submitted(pool, task_never, NULL);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, finds_it_cancelled, &futures[i], &waiters[i]),
                     THREADING_OK);
    }
    CHECK_STATUS(threading_executor_shutdown_timeout(pool, true, 0), THREADING_TIMEOUT);
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(threading_thread_finish(waiters[i], NULL), THREADING_OK);
    }
    for (int i = 0; i < TASKS; i++) {
        CHECK(threading_future_is_done(futures[i]) && threading_future_was_cancelled(futures[i]));
        CHECK(!cancelled(futures[i]));
        CHECK_STATUS(threading_future_finish(futures[i], NULL), THREADING_NO_VALUE);
    }
    CHECK(!threading_future_was_cancelled(busy));
    gate_open(&door);
    CHECK_STATUS(threading_executor_shutdown(pool, true), THREADING_OK);
    CHECK(finished(busy) == &door);
    CHECK_STATUS(threading_executor_destroy(pool), THREADING_OK);
}

static void *shuts_itself_down(void *pool) {
    threading_executor mine = *(threading_executor *)pool;
    CHECK_STATUS(threading_executor_shutdown(mine, true), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_executor_shutdown_timeout(mine, true, 0), THREADING_WOULD_DEADLOCK);
    CHECK_STRING(threading_error_message(), "a task of the executor would wait for its own end");
    CHECK(!threading_executor_is_shut(mine));
    CHECK_STATUS(threading_executor_destroy(mine), THREADING_BUSY);
    return pool;
}

CASE(a_task_cannot_shut_its_own_executor_down) {
    threading_executor pool = executor_new(1, NULL);
    CHECK(finished(submitted(pool, shuts_itself_down, &pool)) == &pool);
    executor_end(pool);
}

static void *shuts_down(void *pool) {
    CHECK_STATUS(threading_executor_shutdown(*(threading_executor *)pool, false), THREADING_OK);
    return NULL;
}

CASE(several_threads_may_shut_it_down_and_while_they_wait_it_is_busy) {
    threading_executor pool = executor_new(2, NULL);
    gate door = GATE_CLOSED;
    threading_thread threads[3];
    threading_wait wait;
    CHECK_STATUS(threading_executor_submit(pool, gate_passenger, &door, NULL), THREADING_OK);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, shuts_down, &pool, &threads[i]), THREADING_OK);
        EVENTUALLY(threading_thread_waiting_for(threads[i], &wait) == THREADING_OK &&
                   wait.kind == THREADING_KIND_EXECUTOR);
        CHECK_NUMBER(wait.object, pool.bits);
    }
    CHECK_STATUS(threading_executor_destroy(pool), THREADING_BUSY);
    gate_open(&door);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
    }
    CHECK_STATUS(threading_executor_destroy(pool), THREADING_OK);
}

/* Whoever has a result has nothing left to wait for. */
CASE(an_executor_can_be_destroyed_as_soon_as_the_results_are_there) {
    for (int round = 0; round < 500; round++) {
        threading_executor pool = executor_new(2, NULL);
        threading_future one = submitted(pool, task_returns, &pool);
        threading_future other = submitted(pool, task_returns, &pool);
        CHECK(finished(one) == &pool && finished(other) == &pool);
        CHECK_STATUS(threading_executor_destroy(pool), THREADING_OK);
    }
    CHECK_STATUS(threading_executor_destroy((threading_executor)THREADING_NULL), THREADING_OK);
}

/* ---- forks ---- */

enum { CHILD_IS_FINE = 50 };

static threading_executor forked_pool;
static threading_future forked_busy, forked_pending, forked_done;

static void use_in_child(void) {
    void *result;
    CHECK_STATUS(threading_future_wait(forked_busy), THREADING_OK);
    CHECK(threading_future_was_cancelled(forked_busy));
    CHECK(threading_future_was_cancelled(forked_pending));
    CHECK(!cancelled(forked_pending));
    CHECK_STATUS(threading_future_result(forked_busy, &result), THREADING_NO_VALUE);
    CHECK_STATUS(threading_future_finish(forked_pending, &result), THREADING_NO_VALUE);
    CHECK(!threading_future_was_cancelled(forked_done));
    CHECK(finished(forked_done) == &forked_pool);
    for (int i = 0; i < 3; i++) {
        CHECK(finished(submitted(forked_pool, task_returns, &i)) == &i);
    }
    executor_end(forked_pool);
    _exit(CHILD_IS_FINE);
}

CASE(a_forked_child_finds_tasks_cancelled_and_the_executor_usable) {
    gate door = GATE_CLOSED;
    forked_pool = executor_new(1, "forked");
    forked_done = submitted(forked_pool, task_returns, &forked_pool);
    CHECK_STATUS(threading_future_wait(forked_done), THREADING_OK);
    forked_busy = submitted(forked_pool, gate_passenger, &door);
    gate_await(&door, 1);
    forked_pending = submitted(forked_pool, task_returns, &door);
    pid_t pid = forked();
    if (pid == 0) {
        use_in_child();
    }
    CHECK_NUMBER(exit_code_of(pid), CHILD_IS_FINE);
    gate_open(&door);
    CHECK(finished(forked_busy) == &door && finished(forked_pending) == &door);
    CHECK(finished(forked_done) == &forked_pool);
    executor_end(forked_pool);
}

static void *forks(void *arg) {
    pid_t pid = forked();
    if (pid == 0) {
        /* The child's main thread is what was the task. */
        CHECK(threading_future_was_cancelled(forked_pending));
        CHECK(THREADING_SAME(threading_current_thread(), threading_main_thread()));
        CHECK(finished(submitted(forked_pool, task_returns, arg)) == arg);
        executor_end(forked_pool);
        _exit(CHILD_IS_FINE);
    }
    CHECK_NUMBER(exit_code_of(pid), CHILD_IS_FINE);
    return arg;
}

CASE(a_task_may_fork) {
    forked_pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    threading_future first = submitted(forked_pool, gate_passenger, &door);
    threading_future busy = submitted(forked_pool, forks, &door);
    forked_pending = submitted(forked_pool, task_returns, &door);
    gate_open(&door);
    CHECK(finished(first) == &door && finished(busy) == &door);
    CHECK(finished(forked_pending) == &door);
    executor_end(forked_pool);
}

/* Whatever the workers do at that moment. */
CASE(a_fork_amid_tasks_leaves_the_executor_usable) {
    enum { FORKS = 30, TASKS = 200 };
    forked_pool = executor_new(3, NULL);
    static threading_future futures[TASKS];
    for (int round = 0; round < FORKS; round++) {
        for (int i = 0; i < TASKS; i++) {
            futures[i] = submitted(forked_pool, task_returns, &futures[i]);
        }
        pid_t pid = forked();
        if (pid == 0) {
            for (int i = 0; i < TASKS; i++) {
                threading_status status = threading_future_finish(futures[i], NULL);
                CHECK(status == THREADING_OK || status == THREADING_NO_VALUE);
            }
            CHECK(finished(submitted(forked_pool, task_returns, &pid)) == &pid);
            executor_end(forked_pool);
            _exit(CHILD_IS_FINE);
        }
        CHECK_NUMBER(exit_code_of(pid), CHILD_IS_FINE);
        for (int i = 0; i < TASKS; i++) {
            CHECK(finished(futures[i]) == &futures[i]);
        }
    }
    executor_end(forked_pool);
}

/* ---- the end of the process ---- */

static void *task_prints(void *text) {
    puts(text);
    fflush(stdout);
    return NULL;
}

CHILD(returns_with_tasks) {
    threading_executor pool = executor_new(1, NULL);
    CHECK_STATUS(threading_executor_submit(pool, task_prints, "first", NULL), THREADING_OK);
    CHECK_STATUS(threading_executor_submit(pool, task_prints, "second", NULL), THREADING_OK);
}

CASE(tasks_keep_the_process_alive_until_they_have_ended) {
    child_outcome outcome;
    run_child("returns_with_tasks", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK_STRING(outcome.output, "first\nsecond\n");
}

CHILD(submits_after_the_shutdown) {
    threading_executor pool = executor_new(1, NULL);
    CHECK_STATUS(threading_executor_submit(pool, task_prints, "first", NULL), THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_STATUS(threading_executor_submit(pool, task_prints, "second", NULL),
                 THREADING_SHUTTING_DOWN);
    CHECK_STATUS(threading_executor_shutdown(pool, false), THREADING_OK);
    CHECK_STATUS(threading_executor_destroy(pool), THREADING_OK);
}

CASE(after_the_shutdown_of_the_library_nothing_is_submitted) {
    child_outcome outcome;
    run_child("submits_after_the_shutdown", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK_STRING(outcome.output, "first\n");
}

/* Its worker is the only one, and what it waits for has not begun: another worker runs that. */
static void *exits_the_process(void *door) {
    gate_passenger(door);
    exit(CHILD_IS_FINE);
}

CHILD(exits_in_a_task) {
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    CHECK_STATUS(threading_executor_submit(pool, exits_the_process, &door, NULL), THREADING_OK);
    CHECK_STATUS(threading_executor_submit(pool, task_prints, "first", NULL), THREADING_OK);
    CHECK_STATUS(threading_executor_submit(pool, task_prints, "second", NULL), THREADING_OK);
    gate_open(&door);
    for (;;) {
        pause();
    }
}

CASE(a_task_that_ends_the_process_waits_for_tasks_that_have_not_begun) {
    child_outcome outcome;
    run_child("exits_in_a_task", &outcome);
    CHECK_NUMBER(outcome.exit_code, CHILD_IS_FINE);
    CHECK_STRING(outcome.output, "first\nsecond\n");
}

static void *shuts_the_library_down(void *door) {
    gate_passenger(door);
    CHECK_STATUS(threading_shutdown_timeout(CASE_SECONDS), THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    return task_prints("third");
}

CHILD(shuts_down_in_a_task) {
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    CHECK_STATUS(threading_executor_submit(pool, shuts_the_library_down, &door, NULL),
                 THREADING_OK);
    CHECK_STATUS(threading_executor_submit(pool, task_prints, "first", NULL), THREADING_OK);
    CHECK_STATUS(threading_executor_submit(pool, task_prints, "second", NULL), THREADING_OK);
    gate_open(&door);
    executor_end(pool);
}

CASE(a_task_that_shuts_the_library_down_waits_for_tasks_that_have_not_begun) {
    child_outcome outcome;
    run_child("shuts_down_in_a_task", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK_STRING(outcome.output, "first\nsecond\nthird\n");
}

static void *task_shuts_down(void *arg) {
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    return arg;
}

CASE(a_task_in_a_shutdown_counts_as_ended_and_has_no_result_yet) {
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, NULL), THREADING_OK);
    gate_await(&door, 1);
    threading_future future = submitted(pool, task_shuts_down, &door);
    CHECK_STATUS(threading_future_wait(future), THREADING_OK);
    CHECK(!threading_future_is_done(future));
    void *result = &pool;
    CHECK_STATUS(threading_future_result(future, &result), THREADING_BUSY);
    CHECK_STATUS(threading_future_result_timeout(future, 0, &result), THREADING_BUSY);
    CHECK_STATUS(threading_future_finish(future, &result), THREADING_BUSY);
    CHECK(result == &pool);
    gate_open(&door);
    EVENTUALLY(threading_future_is_done(future));
    CHECK(finished(future) == &door);
}
