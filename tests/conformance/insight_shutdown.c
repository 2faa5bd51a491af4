/* Circles through the shutdown of an executor: it waits for each of its tasks, so one that waits
 * for the thread that shuts down is enough. What can end in another way is no deadlock. */
#include "executor_tools.h"
#include "insight_tools.h"

enum { CHILD_IS_FINE = 50 };

/* Holds a lock, or an rlock if that is there, and shuts an executor down, or waits for a future. */
typedef struct boss {
    threading_lock held;
    threading_rlock certain;
    threading_executor pool;
    threading_future awaited;
    double seconds;
    gate door;
    threading_thread thread;
} boss;

static void *boss_runs(void *arg) {
    boss *self = arg;
    bool is_certain = !THREADING_IS_NULL(self->certain);
    CHECK_STATUS(is_certain ? threading_rlock_acquire(self->certain)
                            : threading_lock_acquire(self->held),
                 THREADING_OK);
    gate_pass(&self->door);
    CHECK_STATUS(!THREADING_IS_NULL(self->awaited) ? threading_future_wait(self->awaited)
                 : isinf(self->seconds)
                     ? threading_executor_shutdown(self->pool, false)
                     : threading_executor_shutdown_timeout(self->pool, false, self->seconds),
                 THREADING_OK);
    return arg;
}

/* It holds its lock, and goes on when the door is opened. */
static void boss_start(boss *self, threading_executor pool, double seconds) {
    *self = (boss){.pool = pool, .seconds = seconds, .door = GATE_CLOSED};
    CHECK_STATUS(threading_lock_new(&self->held), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("boss", boss_runs, self, &self->thread), THREADING_OK);
    gate_await(&self->door, 1);
}

/* Any thread may release its lock, which ends the circle. */
static void boss_end(boss *self) {
    CHECK_STATUS(threading_lock_release(self->held), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(self->thread, NULL), THREADING_OK);
    executor_end(self->pool);
    CHECK_STATUS(threading_lock_destroy(self->held), THREADING_OK);
    CHECK_NUMBER(deadlock_size(), 0);
}

static void *wants(void *lock) {
    threading_lock wanted = *(threading_lock *)lock;
    CHECK_STATUS(threading_lock_acquire(wanted), THREADING_OK);
    CHECK_STATUS(threading_lock_release(wanted), THREADING_OK);
    return lock;
}

static void *wants_for_a_time(void *lock) {
    threading_lock wanted = *(threading_lock *)lock;
    CHECK_STATUS(threading_lock_acquire_timeout(wanted, CASE_SECONDS), THREADING_OK);
    CHECK_STATUS(threading_lock_release(wanted), THREADING_OK);
    return lock;
}

static void *wants_for_certain(void *rlock) {
    CHECK_STATUS(threading_rlock_acquire(*(threading_rlock *)rlock), THREADING_OK);
    return rlock;
}

static void *shuts_down(void *pool) {
    CHECK_STATUS(threading_executor_shutdown(*(threading_executor *)pool, false), THREADING_OK);
    return pool;
}

static void submit(threading_executor pool, threading_target function, void *arg) {
    CHECK_STATUS(threading_executor_submit(pool, function, arg, NULL), THREADING_OK);
}

/* How many threads wait for that. */
static size_t waiting_for(uint64_t object) {
    static threading_wait all[MOST_WAITS];
    size_t count = threading_waits(all, MOST_WAITS), found = 0;
    for (size_t i = 0; i < count; i++) {
        found += all[i].object == object;
    }
    return found;
}

/* A lock that main holds, for which others wait without being in a circle. */
static threading_lock taken;

static void take(void) {
    CHECK_STATUS(threading_lock_new(&taken), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(taken), THREADING_OK);
}

CASE(one_task_that_waits_for_the_thread_that_shuts_down_is_enough) {
    threading_executor pool = executor_new(5, "pool");
    threading_wait found[2];
    threading_certainty certainty;
    boss one;
    take();
    boss_start(&one, pool, INFINITY);
    submit(pool, wants, &taken);
    submit(pool, wants, &taken);
    submit(pool, wants, &one.held);
    submit(pool, wants, &taken);
    gate_open(&one.door);
    EVENTUALLY(deadlock_size() == 2);
    CHECK_NUMBER(threading_find_deadlock(found, 2, &certainty), 2);
    CHECK_NUMBER(certainty, THREADING_CERTAINTY_PROBABLE);
    int boss_at = found[0].kind == THREADING_KIND_EXECUTOR ? 0 : 1;
    threading_wait shutdown = found[boss_at], task = found[1 - boss_at];
    CHECK(THREADING_SAME(shutdown.thread, one.thread));
    CHECK_NUMBER(shutdown.object, pool.bits);
    CHECK_NUMBER(shutdown.holder, task.ident);
    CHECK_NUMBER(task.object, one.held.bits);
    CHECK_NUMBER(task.holder, shutdown.ident);
    CHECK_STATUS(threading_lock_release(taken), THREADING_OK);
    boss_end(&one);
}

/* Nobody can end it, so a process of its own has it. */
CHILD(has_a_certain_one) {
    static boss one;
    threading_executor pool = executor_new(1, "pool");
    one = (boss){.pool = pool, .seconds = INFINITY, .door = GATE_CLOSED};
    CHECK_STATUS(threading_rlock_new(&one.certain), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("boss", boss_runs, &one, &one.thread), THREADING_OK);
    gate_await(&one.door, 1);
    submit(pool, wants_for_certain, &one.certain);
    gate_open(&one.door);
    EVENTUALLY(deadlock_size() == 2);
    char *text = dumped(threading_dump);
    CHECK_HAS(text, "DEADLOCK (certain) of 2 threads");
    CHECK_HAS(text, ", and so for \"pool_0\", at");
    CHECK_HAS(text, "1 deadlock\n");
    free(text);
    _exit(CHILD_IS_FINE);
}

CASE(with_an_rlock_it_is_certain_and_a_dump_tells_it) {
    static child_outcome outcome;
    run_child("has_a_certain_one", &outcome);
    printf("%s", outcome.output);
    CHECK_NUMBER(outcome.exit_code, CHILD_IS_FINE);
}

/* The first executor's tasks are tried one after the other, and those of the second as well. */
CASE(a_circle_through_two_shutdowns_is_found_among_tasks_that_wait_for_others) {
    static threading_executor second;
    threading_executor first = executor_new(8, "first");
    boss one;
    take();
    second = executor_new(8, "second");
    boss_start(&one, first, INFINITY);
    for (int i = 0; i < 2; i++) {
        submit(first, wants, &taken);
        submit(second, wants, &taken);
    }
    submit(second, wants, &one.held);
    EVENTUALLY(waiting_for(one.held.bits) == 1);
    submit(second, wants, &taken);
    submit(first, shuts_down, &second);
    submit(first, wants, &taken);
    CHECK_NUMBER(deadlock_size(), 0);
    gate_open(&one.door);
    EVENTUALLY(deadlock_size() == 3);
    CHECK_STATUS(threading_lock_release(taken), THREADING_OK);
    EVENTUALLY(deadlock_size() == 3 && waiting_for(taken.bits) == 0);
    boss_end(&one);
    executor_end(second);
}

/* The boss and a task wait, and nobody is in a deadlock. */
static void no_deadlock(double seconds, threading_target task, threading_lock *other) {
    threading_executor pool = executor_new(1, "pool");
    boss one;
    boss_start(&one, pool, seconds);
    uint64_t wanted = other != NULL ? other->bits : one.held.bits;
    submit(pool, task, other != NULL ? other : &one.held);
    gate_open(&one.door);
    EVENTUALLY(waiting_for(wanted) == 1 && waiting_for(pool.bits) == 1);
    for (int look = 0; look < 100; look++) {
        CHECK_NUMBER(deadlock_size(), 0);
    }
    if (other != NULL) {
        CHECK_STATUS(threading_lock_release(*other), THREADING_OK);
    }
    boss_end(&one);
}

CASE(a_shutdown_that_waits_for_a_time_is_in_no_deadlock) { no_deadlock(CASE_SECONDS, wants, NULL); }

CASE(a_task_that_waits_for_a_time_is_in_no_deadlock) {
    no_deadlock(INFINITY, wants_for_a_time, NULL);
}

CASE(a_task_that_waits_for_another_thread_is_in_no_deadlock) {
    take();
    no_deadlock(INFINITY, wants, &taken);
}

/* All workers wait for the lock of the thread that waits for a task which none of them can begin.
 * But any thread may cancel it. */
CASE(a_wait_for_a_task_that_has_not_begun_is_in_no_deadlock) {
    threading_executor pool = executor_new(1, "pool");
    boss one;
    boss_start(&one, pool, INFINITY);
    submit(pool, wants, &one.held);
    EVENTUALLY(waiting_for(one.held.bits) == 1);
    one.awaited = submitted(pool, task_never, NULL);
    uint64_t awaited = threading_future_thread(one.awaited).bits;
    gate_open(&one.door);
    EVENTUALLY(waiting_for(awaited) == 1);
    for (int look = 0; look < 100; look++) {
        CHECK_NUMBER(deadlock_size(), 0);
    }
    CHECK(cancelled(one.awaited));
    boss_end(&one);
    CHECK_STATUS(threading_future_destroy(one.awaited), THREADING_OK);
}
