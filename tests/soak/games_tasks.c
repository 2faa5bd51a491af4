/* Executors: tasks of all players in one, and executors that live for a round. */
#include "soak.h"

#include <string.h>

static threading_executor tasks_pool;
static atomic_long submitted, executed, prevented;

static void *run_task(void *arg) {
    EXPECT(threading_thread_is_alive(threading_current_thread()));
    EXPECT(strncmp(threading_current_name(), "soaked_", 7) == 0);
    atomic_fetch_add(&executed, 1);
    void *result = (void *)((uintptr_t)arg * 2 + 1);
    if ((uintptr_t)arg % 16 == 0) {
        threading_exit(result);
    }
    return result;
}

static threading_future submit(threading_executor pool, threading_target function, uintptr_t arg) {
    threading_future future = THREADING_NULL;
    OK(threading_executor_submit(pool, function, (void *)arg, &future));
    atomic_fetch_add(&submitted, 1);
    return future;
}

/* It waits for a task of the same executor, of which all workers may do the same. */
static void *run_nested_task(void *arg) {
    void *result = NULL;
    OK(threading_future_finish(submit(tasks_pool, run_task, (uintptr_t)arg), &result));
    atomic_fetch_add(&executed, 1);
    return result;
}

/* A cancelled task has not run, and any other has a result. */
static void see_to_task(threading_future future, uintptr_t given, uint64_t *random) {
    void *result = NULL;
    bool was_prevented = false;
    if (choose(random, 4) == 0) {
        OK(threading_future_cancel(future, &was_prevented));
        atomic_fetch_add(&prevented, was_prevented);
    }
    if (choose(random, 2)) {
        OK(choose(random, 2) ? threading_future_wait(future)
                             : threading_future_wait_timeout(future, 1000));
        EXPECT(threading_future_is_done(future));
    }
    threading_status status = threading_future_finish(future, &result);
    EXPECT(status == (was_prevented ? THREADING_NO_VALUE : THREADING_OK));
    EXPECT(was_prevented || (uintptr_t)result == given * 2 + 1);
    EXPECT(threading_future_wait(future) == THREADING_DESTROYED);
}

/* Ended with its tasks, cancelled or not, or as soon as they have ended. */
static void use_own_executor(uint64_t *random) {
    enum { MOST = 8 };
    threading_executor own;
    threading_future futures[MOST];
    long cancelled = 0;
    OK(threading_executor_new(1 + choose(random, 3), "soaked", &own));
    for (int index = 0; index < MOST; index++) {
        futures[index] = submit(own, run_task, 1);
    }
    bool is_shut = choose(random, 2);
    if (is_shut) {
        OK(threading_executor_shutdown(own, choose(random, 2)));
    }
    for (int index = 0; index < MOST; index++) {
        EXPECT(!is_shut || threading_future_is_done(futures[index]));
        threading_status status = threading_future_finish(futures[index], NULL);
        EXPECT(status == THREADING_OK || (is_shut && status == THREADING_NO_VALUE));
        cancelled += status == THREADING_NO_VALUE;
    }
    OK(threading_executor_destroy(own));
    atomic_fetch_add(&prevented, cancelled);
}

static void task_begin(void) { OK(threading_executor_new(2, "soaked", &tasks_pool)); }

static void task_play(int me, uint64_t *random) {
    (void)me;
    enum { CROWD = 6 };
    threading_future crowd[CROWD];
    uintptr_t given[CROWD];
    if (choose(random, 8) == 0) {
        use_own_executor(random);
        return;
    }
    for (int index = 0; index < CROWD; index++) {
        given[index] = (uintptr_t)next_random(random) >> 8;
        crowd[index] =
            submit(tasks_pool, choose(random, 4) ? run_task : run_nested_task, given[index]);
    }
    for (int index = CROWD - 1; index >= 0; index--) {
        see_to_task(crowd[index], given[index], random);
    }
}

static void task_end(void) {
    OK(threading_executor_shutdown(tasks_pool, false));
    OK(threading_executor_destroy(tasks_pool));
    EXPECT(atomic_load(&submitted) == atomic_load(&executed) + atomic_load(&prevented));
}

const struct game task_game = {"tasks", 3, task_begin, task_play, task_end, NULL};
