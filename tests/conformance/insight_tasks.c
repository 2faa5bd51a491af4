/* Circles of tasks that wait for each other's futures: threading_find_deadlock finds them, and a
 * dump tells them by the names of the workers. */
#include "executor_tools.h"
#include "forked.h"
#include "insight_tools.h"

enum { CHILD_IS_FINE = 50 };

/* What one of two tasks holds, and what it waits for, once the door is open. */
typedef struct task {
    gate *door;
    threading_lock held, wanted;
    threading_future mine, other;
} task;

static void *waits(void *arg) {
    task *self = arg;
    if (!THREADING_IS_NULL(self->held)) {
        CHECK_STATUS(threading_lock_acquire(self->held), THREADING_OK);
    }
    gate_pass(self->door);
    if (THREADING_IS_NULL(self->wanted)) {
        CHECK_STATUS(threading_future_wait(self->other), THREADING_OK);
    } else {
        CHECK_STATUS(threading_lock_acquire(self->wanted), THREADING_OK);
    }
    return arg;
}

/* The first task begins before the second, in case both have the same executor. */
static void plant(task *one, threading_executor of_one, task *other, threading_executor of_other) {
    one->mine = submitted(of_one, waits, one);
    gate_await(one->door, 1);
    other->other = one->mine;
    other->mine = submitted(of_other, waits, other);
    one->other = other->mine;
}

/* Each of the two waits for the thread of the other, which has the other's name. */
static void check_circle(const char *name, const char *other_name, threading_certainty certainty) {
    threading_wait found[2];
    threading_certainty sure;
    char names[2][32], expected[96];
    EVENTUALLY(deadlock_size() == 2);
    CHECK_NUMBER(threading_find_deadlock(found, 2, &sure), 2);
    CHECK_NUMBER(sure, certainty);
    for (int i = 0; i < 2; i++) {
        CHECK_NUMBER(found[i].holder, found[1 - i].ident);
        CHECK_STATUS(threading_thread_name(found[i].thread, names[i], 32, NULL), THREADING_OK);
    }
    int first = strcmp(names[0], name) == 0 ? 0 : 1;
    CHECK_STRING(names[first], name);
    CHECK_STRING(names[1 - first], other_name);
    CHECK_NUMBER(found[first].kind, THREADING_KIND_THREAD);
    CHECK_NUMBER(found[first].object, found[1 - first].thread.bits);
    char *text = dumped(threading_dump);
    CHECK_HAS(text, certainty == THREADING_CERTAINTY_CERTAIN ? "DEADLOCK (certain) of 2 threads"
                                                             : "DEADLOCK (probable) of 2 threads");
    CHECK_HAS(text, "1 deadlock\n");
    snprintf(expected, sizeof expected, "for the end of \"%s\"", other_name);
    /* Among the deadlocks, and among the threads. */
    check_times(text, expected, 2, __FILE__, __LINE__);
    free(text);
}

/* Nobody can end such waits, so a child has them. */
static void check_tasks_that_wait_for_each_other(bool in_one_executor) {
    static gate door = GATE_CLOSED;
    static task one = {.door = &door}, other = {.door = &door};
    pid_t child = forked();
    if (child != 0) {
        CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
        return;
    }
    threading_executor first = executor_new(1, "first"), second = executor_new(1, "second");
    if (in_one_executor) {
        /* The second begins when the first waits. */
        static gate own = GATE_CLOSED;
        one.door = &own;
        plant(&one, first, &other, first);
        gate_open(&door);
        gate_open(&own);
    } else {
        plant(&one, first, &other, second);
        gate_await(&door, 2);
        gate_open(&door);
    }
    check_circle("first_0", in_one_executor ? "first_1" : "second_0", THREADING_CERTAINTY_CERTAIN);
    _exit(CHILD_IS_FINE);
}

CASE(tasks_of_two_executors_that_wait_for_each_other_are_a_deadlock) {
    check_tasks_that_wait_for_each_other(false);
}

CASE(tasks_of_one_executor_that_wait_for_each_other_are_a_deadlock) {
    check_tasks_that_wait_for_each_other(true);
}

CASE(a_task_that_waits_for_one_that_wants_its_lock_is_in_a_deadlock_until_another_releases_it) {
    gate door = GATE_CLOSED;
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    threading_executor pool = executor_new(2, "pool");
    static task holder, wanter;
    holder = (task){.door = &door, .held = lock};
    wanter = (task){.door = &door, .wanted = lock};
    plant(&holder, pool, &wanter, pool);
    CHECK_NUMBER(deadlock_size(), 0);
    gate_await(&door, 2);
    gate_open(&door);
    check_circle("pool_0", "pool_1", THREADING_CERTAINTY_PROBABLE);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK(finished(holder.mine) == &holder);
    CHECK(finished(wanter.mine) == &wanter);
    CHECK_NUMBER(deadlock_size(), 0);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    executor_end(pool);
}
