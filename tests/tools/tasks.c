/* A correct program with executors, for the tools that look for races: what a task is given, what
 * it leaves behind and what it returns belongs to one thread after another, and nothing but the
 * executor orders them. */
#include <stdio.h>
#include <stdlib.h>
#include <threading.h>

enum { WORKERS = 3, TASKS = 60, ROUNDS = 5 };

static threading_executor pool;

static void fail(const char *what) {
    fprintf(stderr, "tasks: %s\n", what);
    exit(3);
}

static threading_future submit(threading_target function, void *arg) {
    threading_future future = THREADING_NULL;
    THREADING_CHECK(threading_executor_submit(pool, function, arg, &future));
    return future;
}

static void *doubles(void *arg) {
    long *number = arg;
    *number *= 2;
    return number;
}

/* The memory is the task's, and then that of whoever has the result. */
static void results(void) {
    threading_future futures[TASKS];
    long sum = 0;
    for (long i = 0; i < TASKS; i++) {
        long *number = malloc(sizeof *number);
        if (number == NULL)
            fail("there is no memory");
        *number = i;
        futures[i] = submit(doubles, number);
    }
    for (int i = 0; i < TASKS; i++) {
        void *result = NULL;
        if (i % 3 == 0)
            THREADING_CHECK(threading_future_wait(futures[i]));
        THREADING_CHECK(threading_future_finish(futures[i], &result));
        sum += *(long *)result;
        free(result);
    }
    if (sum != TASKS * (TASKS - 1L))
        fail("a result is wrong");
}

/* What tasks did is seen by whoever finds one done in a wait for several, or by a look. */
static void done(void) {
    static long numbers[TASKS];
    threading_object all[TASKS];
    size_t index;
    for (int i = 0; i < TASKS; i++) {
        numbers[i] = i;
        threading_future future = submit(doubles, &numbers[i]);
        all[i] = (threading_object)THREADING_OBJECT(future);
    }
    for (size_t left = TASKS; left > 0; left--) {
        THREADING_CHECK(threading_wait_any(all, left, &index));
        threading_future future = {all[index].bits};
        void *result = NULL;
        if (!threading_future_is_done(future))
            fail("a task has not ended");
        THREADING_CHECK(threading_future_result(future, &result));
        *(long *)result += 1;
        THREADING_CHECK(threading_future_destroy(future));
        all[index] = all[left - 1];
    }
    for (long i = 0; i < TASKS; i++) {
        if (numbers[i] != 2 * i + 1)
            fail("a number is wrong");
    }
}

/* A task that waits for tasks, with fewer workers than tasks. */
static void *sums_below(void *arg) {
    long depth = *(long *)arg, below = depth - 1;
    void *result = NULL;
    if (depth == 0)
        return arg;
    threading_future future = submit(sums_below, &below);
    THREADING_CHECK(threading_future_finish(future, &result));
    *(long *)arg += below;
    return arg;
}

static void nested(void) {
    long depth = 10;
    void *result = NULL;
    THREADING_CHECK(threading_future_finish(submit(sums_below, &depth), &result));
    if (depth != 55)
        fail("a sum is wrong");
}

/* A cancelled task's argument is the caller's again. A shutdown sees what all tasks did. */
static void cancels_and_shuts_down(void) {
    static long numbers[TASKS];
    long sum = 0;
    for (int i = 0; i < TASKS; i++) {
        bool prevented = false;
        numbers[i] = 1;
        threading_future future = submit(doubles, &numbers[i]);
        if (i % 4 == 0) {
            THREADING_CHECK(threading_future_cancel(future, &prevented));
            if (prevented)
                numbers[i] = 2;
        }
        /* The task may be about to end. */
        while (threading_future_destroy(future) == THREADING_BUSY) {
        }
    }
    THREADING_CHECK(threading_executor_shutdown(pool, false));
    for (int i = 0; i < TASKS; i++)
        sum += numbers[i];
    if (sum != 2 * TASKS)
        fail("a task was lost");
    THREADING_CHECK(threading_executor_destroy(pool));
}

int main(void) {
    for (int round = 0; round < ROUNDS; round++) {
        THREADING_CHECK(threading_executor_new(WORKERS, "tasks", &pool));
        results();
        done();
        nested();
        cancels_and_shuts_down();
    }
    puts("correct");
    return 0;
}
