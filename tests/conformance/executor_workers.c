/* The workers of an executor: how many tasks run at once, tasks that wait for tasks, names, signal
 * masks and locals of tasks, a million of them. */
#include "executor_tools.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static atomic_int running, most;

static void *task_counts_itself(void *arg) {
    int now = atomic_fetch_add(&running, 1) + 1, seen = atomic_load(&most);
    while (seen < now && !atomic_compare_exchange_weak(&most, &seen, now)) {
    }
    case_nap();
    atomic_fetch_sub(&running, 1);
    return arg;
}

CASE(no_more_tasks_run_than_max_workers) {
    enum { TASKS = 200, WORKERS = 3 };
    threading_executor pool = executor_new(WORKERS, NULL);
    for (int i = 0; i < TASKS; i++) {
        CHECK_STATUS(threading_executor_submit(pool, task_counts_itself, NULL, NULL), THREADING_OK);
    }
    executor_end(pool);
    CHECK(atomic_load(&most) >= 1 && atomic_load(&most) <= WORKERS);
}

CASE(as_many_tasks_run_at_once_as_max_workers) {
    enum { WORKERS = 16 };
    for (int round = 0; round < 20; round++) {
        threading_executor pool = executor_new(WORKERS, NULL);
        gate door = GATE_CLOSED;
        for (int i = 0; i < 2 * WORKERS; i++) {
            CHECK_STATUS(threading_executor_submit(pool, gate_passenger, &door, NULL),
                         THREADING_OK);
        }
        gate_await(&door, WORKERS);
        CHECK_NUMBER(door.arrived, WORKERS);
        gate_open(&door);
        executor_end(pool);
    }
}

/* Each meets the others at the gate, though all but one of the workers were idle before. */
CASE(idle_workers_are_all_woken) {
    enum { WORKERS = 4 };
    threading_executor pool = executor_new(WORKERS, NULL);
    for (int round = 0; round < 300; round++) {
        gate door = GATE_CLOSED;
        threading_future futures[WORKERS];
        for (int i = 0; i < WORKERS; i++) {
            futures[i] = submitted(pool, gate_passenger, &door);
        }
        gate_await(&door, WORKERS);
        gate_open(&door);
        for (int i = 0; i < WORKERS; i++) {
            CHECK(finished(futures[i]) == &door);
        }
    }
    executor_end(pool);
}

/* Those that were woken many times, too, are counted as gone. */
CASE(workers_without_work_end_and_others_take_their_places) {
    enum { WORKERS = 2, TASKS = 200 };
    threading_executor pool = executor_new(WORKERS, NULL);
    for (int round = 0; round < 2; round++) {
        gate door = GATE_CLOSED;
        for (int i = 0; i < WORKERS; i++) {
            CHECK_STATUS(threading_executor_submit(pool, gate_passenger, &door, NULL),
                         THREADING_OK);
        }
        gate_await(&door, WORKERS);
        CHECK_NUMBER(case_tasks(), 1 + WORKERS);
        gate_open(&door);
        for (int i = 0; i < TASKS; i++) {
            CHECK(finished(submitted(pool, task_returns, &pool)) == &pool);
        }
        EVENTUALLY(case_tasks() == 1);
    }
    executor_end(pool);
}

/* A task may be gone when a worker that was woken for it comes. */
CASE(workers_that_were_woken_in_vain_are_woken_again) {
    enum { WORKERS = 3, TASKS = 6 };
    threading_executor pool = executor_new(WORKERS, NULL);
    for (int round = 0; round < 1000; round++) {
        threading_future futures[TASKS];
        gate door = GATE_CLOSED;
        for (int i = 0; i < TASKS; i++) {
            futures[i] = submitted(pool, task_returns, &door);
        }
        for (int i = 0; i < TASKS; i++) {
            CHECK(finished(futures[i]) == &door);
        }
        for (int i = 0; i < WORKERS; i++) {
            futures[i] = submitted(pool, gate_passenger, &door);
        }
        gate_await(&door, WORKERS);
        gate_open(&door);
        for (int i = 0; i < WORKERS; i++) {
            CHECK(finished(futures[i]) == &door);
        }
    }
    executor_end(pool);
}

CASE(the_slot_of_an_executor_is_used_again_when_its_workers_have_left) {
    enum { INDEX = 0xffff };
    uint64_t first = 0;
    for (int round = 0; round < 5; round++) {
        threading_executor pool = executor_new(1, NULL);
        first = round == 0 ? pool.bits : first;
        CHECK_NUMBER(pool.bits & INDEX, first & INDEX);
        CHECK(finished(submitted(pool, task_returns, &pool)) == &pool);
        executor_end(pool);
        EVENTUALLY(case_tasks() == 1);
    }
}

/* ---- tasks that wait for tasks ---- */

static threading_executor nested;

static void *fibonacci(void *arg) {
    uintptr_t n = (uintptr_t)arg;
    if (n < 2) {
        return arg;
    }
    threading_future one = submitted(nested, fibonacci, (void *)(n - 1));
    threading_future other = submitted(nested, fibonacci, (void *)(n - 2));
    size_t index;
    threading_object both[] = {THREADING_OBJECT(other), THREADING_OBJECT(one)};
    CHECK_STATUS(threading_wait_any(both, 2, &index), THREADING_OK);
    uintptr_t sum = (uintptr_t)finished(one);
    CHECK_STATUS(threading_future_wait_stop(other, CASE_SECONDS, (threading_stop)THREADING_NULL),
                 THREADING_OK);
    return (void *)(sum + (uintptr_t)finished(other));
}

CASE(tasks_that_wait_for_tasks_end_with_a_single_worker) {
    nested = executor_new(1, NULL);
    CHECK_NUMBER((uintptr_t)finished(submitted(nested, fibonacci, (void *)(uintptr_t)9)), 34);
    executor_end(nested);
}

/* Else each task that is submitted later would start a worker. */
CASE(after_tasks_that_waited_no_more_workers_are_started_than_before) {
    enum { TASKS = 50 };
    nested = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    CHECK_NUMBER((uintptr_t)finished(submitted(nested, fibonacci, (void *)(uintptr_t)5)), 5);
    EVENTUALLY(case_tasks() == 1);
    for (int i = 0; i < TASKS; i++) {
        CHECK_STATUS(threading_executor_submit(nested, gate_passenger, &door, NULL), THREADING_OK);
    }
    gate_await(&door, 1);
    CHECK_NUMBER(case_tasks(), 2);
    gate_open(&door);
    executor_end(nested);
}

static threading_executor inner;

/* The task of the other executor needs a worker of the first, which waits for it. */
static void *waits_in_inner(void *future) {
    CHECK_STATUS(threading_future_wait(*(threading_future *)future), THREADING_OK);
    return NULL;
}

static void *shuts_inner_down(void *arg) {
    threading_future future = submitted(nested, task_returns, arg);
    CHECK_STATUS(threading_executor_submit(inner, waits_in_inner, &future, NULL), THREADING_OK);
    CHECK_STATUS(threading_executor_shutdown(inner, false), THREADING_OK);
    CHECK(finished(future) == arg);
    return arg;
}

CASE(a_task_that_shuts_another_executor_down_lets_another_task_run) {
    nested = executor_new(1, NULL);
    inner = executor_new(1, NULL);
    CHECK(finished(submitted(nested, shuts_inner_down, &inner)) == &inner);
    CHECK_STATUS(threading_executor_destroy(inner), THREADING_OK);
    executor_end(nested);
}

static void *waits_and_counts(void *arg) {
    threading_future *other = arg;
    CHECK_STATUS(threading_future_wait(*other), THREADING_OK);
    return task_counts_itself(arg);
}

/* While it waits another runs; when it goes on both run, and a third has to wait. */
CASE(a_task_that_has_waited_goes_on_at_once_and_no_other_begins_beside_it) {
    nested = executor_new(1, NULL);
    static threading_future gates, waits;
    gate first = GATE_CLOSED;
    gates = submitted(nested, gate_passenger, &first);
    gate_await(&first, 1);
    waits = submitted(nested, waits_and_counts, &gates);
    gate_open(&first);
    CHECK(finished(waits) == &gates);
    CHECK(finished(gates) == &first);
    for (int round = 0; round < 100; round++) {
        threading_future one = submitted(nested, task_counts_itself, NULL);
        waits = one;
        CHECK(finished(submitted(nested, waits_and_counts, &waits)) == &waits);
        CHECK(finished(one) == NULL);
    }
    executor_end(nested);
    CHECK(atomic_load(&most) <= 2);
}

static void *waits_before_others(void *arg) {
    threading_future first = submitted(nested, task_returns, arg);
    for (int i = 0; i < 10; i++) {
        CHECK_STATUS(threading_executor_submit(nested, task_counts_itself, NULL, NULL),
                     THREADING_OK);
    }
    return finished(first);
}

/* It ends while another runs, beside which no third begins then. */
CASE(a_task_that_has_waited_counts_again_among_those_that_run) {
    nested = executor_new(1, NULL);
    for (int round = 0; round < 20; round++) {
        CHECK(finished(submitted(nested, waits_before_others, &nested)) == &nested);
    }
    executor_end(nested);
    CHECK_NUMBER(atomic_load(&most), 1);
}

/* ---- what a task finds ---- */

static void *task_name(void *arg) {
    char *name = arg;
    CHECK_STATUS(threading_thread_name(threading_current_thread(), name, 64, NULL), THREADING_OK);
    CHECK_NUMBER(prctl(PR_GET_NAME, name + 64), 0);
    CHECK_STRING(threading_current_name(), name);
    return arg;
}

static void *task_renames_itself(void *arg) {
    CHECK_STATUS(threading_thread_set_name(threading_current_thread(), "other"), THREADING_OK);
    return task_name(arg);
}

CASE(a_task_has_the_name_of_its_worker_unless_it_is_renamed) {
    threading_executor pool = executor_new(1, "a pool");
    char names[80], room[64];
    CHECK_STATUS(threading_executor_name(pool, room, sizeof room, NULL), THREADING_OK);
    CHECK_STRING(room, "a pool");
    for (int round = 0; round < 3; round++) {
        CHECK(finished(submitted(pool, task_name, names)) == names);
        CHECK_STRING(names, "a pool_0");
        CHECK_STRING(names + 64, "a pool_0");
        threading_future future = submitted(pool, task_renames_itself, names);
        CHECK_STATUS(threading_future_wait(future), THREADING_OK);
        CHECK_STRING(names, "other");
        CHECK_STRING(names + 64, "other");
        CHECK_STATUS(threading_thread_name(threading_future_thread(future), room, 64, NULL),
                     THREADING_OK);
        CHECK_STRING(room, "other");
        CHECK(finished(future) == names);
    }
    gate door = GATE_CLOSED;
    threading_future busy = submitted(pool, gate_passenger, &door);
    threading_future later = submitted(pool, task_name, names);
    CHECK_STATUS(threading_thread_set_name(threading_future_thread(later), "later"), THREADING_OK);
    gate_open(&door);
    CHECK(finished(busy) == &door && finished(later) == names);
    CHECK_STRING(names, "later");
    CHECK_STRING(names + 64, "later");
    executor_end(pool);
    pool = executor_new(1, NULL);
    CHECK(finished(submitted(pool, task_name, names)) == names);
    CHECK(strncmp(names, "Executor-", 9) == 0 && strcmp(names + strlen(names) - 2, "_0") == 0);
    executor_end(pool);
}

static void *task_mask(void *mask) {
    CHECK_NUMBER(pthread_sigmask(SIG_SETMASK, NULL, mask), 0);
    return mask;
}

CASE(a_task_has_the_signal_mask_of_the_thread_that_made_the_executor) {
    sigset_t mask, found;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    CHECK_NUMBER(pthread_sigmask(SIG_SETMASK, &mask, NULL), 0);
    threading_executor pool = executor_new(1, NULL);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    CHECK_NUMBER(pthread_sigmask(SIG_SETMASK, &mask, NULL), 0);
    CHECK(finished(submitted(pool, task_mask, &found)) == &found);
    CHECK(sigismember(&found, SIGUSR1) == 1 && sigismember(&found, SIGUSR2) == 0);
    executor_end(pool);
}

static threading_local local;
static atomic_int destroyed;

static void is_destroyed(void *value) {
    CHECK(value == &destroyed);
    atomic_fetch_add(&destroyed, 1);
}

static void *task_sets_local(void *arg) {
    CHECK(threading_local_get(local) == NULL);
    CHECK_STATUS(threading_local_set(local, &destroyed), THREADING_OK);
    return arg;
}

static atomic_int begun, over;
static void begins(threading_thread thread, void *count) {
    CHECK(THREADING_SAME(thread, threading_current_thread()));
    atomic_fetch_add((atomic_int *)count, 1);
}

CASE(a_task_has_values_of_locals_and_hooks_of_its_own) {
    threading_executor pool = executor_new(1, NULL);
    CHECK_STATUS(threading_local_new(NULL, is_destroyed, NULL, &local), THREADING_OK);
    threading_set_start_hook(begins, &begun);
    threading_set_exit_hook(begins, &over);
    for (int i = 1; i < 10; i++) {
        CHECK(finished(submitted(pool, task_sets_local, &pool)) == &pool);
        CHECK_NUMBER(atomic_load(&destroyed), i);
        CHECK_NUMBER(atomic_load(&begun), i);
        CHECK_NUMBER(atomic_load(&over), i);
    }
    executor_end(pool);
}

/* ---- many ---- */

static size_t resident_bytes(void) {
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%ld %ld", &pages, &resident) == 2);
    fclose(file);
    return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

CASE(a_million_queued_tasks_take_at_most_160_bytes_each) {
    enum { TASKS = 1000000 };
    threading_executor pool = executor_new(1, NULL);
    gate door = GATE_CLOSED;
    atomic_int calls = 0;
    threading_future busy = submitted(pool, gate_passenger, &door);
    gate_await(&door, 1);
    size_t before = resident_bytes();
    for (int i = 0; i < TASKS; i++) {
        CHECK_STATUS(threading_executor_submit(pool, task_counts, &calls, NULL), THREADING_OK);
    }
    size_t each = (resident_bytes() - before) / TASKS;
    printf("%zu bytes a task\n", each);
    CHECK(each <= 160);
    gate_open(&door);
    CHECK(finished(busy) == &door);
    executor_end(pool);
    CHECK_NUMBER(atomic_load(&calls), TASKS);
}
