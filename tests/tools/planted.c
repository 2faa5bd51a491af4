/* Programs with one fault each, which a tool that looks for races must report: planted NAME.
 *
 * A line that reports have to show ends in the comment "shown as", with a name for run.sh. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threading.h>
#include <unistd.h>

static long plain;
static threading_lock lock, other;
static threading_rlock first, second;
static threading_event event;
static threading_semaphore semaphore;
static threading_rwlock rwlock;
static threading_queue queue;

static void *adds(void *arg) {
    for (int i = 0; i < 100; i++) {
        plain++; /* shown as access */
        /* not to synchronise: so that the threads take turns */ threading_sleep(0.00001);
    }
    return arg;
}

static void *adds_under_one_lock(void *arg) {
    THREADING_CHECK(threading_lock_acquire(lock)); /* shown as one lock */
    adds(NULL);
    THREADING_CHECK(threading_lock_release(lock));
    return arg;
}

static void *adds_under_another_lock(void *arg) {
    THREADING_CHECK(threading_lock_acquire(other)); /* shown as another lock */
    adds(NULL);
    THREADING_CHECK(threading_lock_release(other));
    return arg;
}

static void two(threading_target one, threading_target another) {
    threading_thread threads[2];
    THREADING_CHECK(threading_thread_spawn("one", one, NULL, &threads[0])); /* shown as spawn */
    THREADING_CHECK(threading_thread_spawn("another", another, NULL, &threads[1]));
    THREADING_CHECK(threading_thread_finish(threads[0], NULL));
    THREADING_CHECK(threading_thread_finish(threads[1], NULL));
}

/* Nothing guards it. */
static void unguarded(void) { two(adds, adds); }

/* Two locks where one was meant. */
static void different_locks(void) { two(adds_under_one_lock, adds_under_another_lock); }

/* One of two forgets the lock. */
static void one_without_lock(void) { two(adds_under_one_lock, adds); }

static void *sets_then_writes(void *arg) {
    THREADING_CHECK(threading_event_set(event));
    return adds(arg);
}

static void *waits_then_writes(void *arg) {
    THREADING_CHECK(threading_event_wait(event));
    return adds(arg);
}

/* Written after the event was set that was meant to say that all is written. */
static void written_after_set(void) { two(sets_then_writes, waits_then_writes); }

static void *takes_a_unit(void *arg) {
    THREADING_CHECK(threading_semaphore_acquire(semaphore));
    adds(arg);
    THREADING_CHECK(threading_semaphore_release(semaphore));
    return arg;
}

/* A semaphore of two units lets two in. */
static void semaphore_of_two(void) { two(takes_a_unit, takes_a_unit); }

static void *adds_while_it_reads(void *arg) {
    THREADING_WITH(threading_rwlock_reading(rwlock))
        adds(arg);
    return arg;
}

/* Written by two who only read. */
static void written_while_read(void) { two(adds_while_it_reads, adds_while_it_reads); }

static void *adds_after_the_put(void *arg) {
    THREADING_CHECK(threading_queue_put(queue, NULL));
    return adds(arg);
}

static void *adds_after_the_get(void *arg) {
    void *item;
    THREADING_CHECK(threading_queue_get(queue, &item));
    return adds(arg);
}

/* An item is still written when another thread has it already. */
static void written_after_put(void) { two(adds_after_the_put, adds_after_the_get); }

/* Read before the join. */
static void read_before_join(void) {
    threading_thread thread;
    THREADING_CHECK(threading_thread_spawn("writer", adds, NULL, &thread));
    adds(NULL);
    THREADING_CHECK(threading_thread_finish(thread, NULL));
}

/* Written by a task while its submitter writes as well, before it has the result. */
static void beside_a_task(void) {
    threading_executor pool;
    threading_future task;
    THREADING_CHECK(threading_executor_new(1, NULL, &pool));
    THREADING_CHECK(threading_executor_submit(pool, adds, NULL, &task));
    adds(NULL);
    THREADING_CHECK(threading_future_finish(task, NULL));
    THREADING_CHECK(threading_executor_shutdown(pool, false));
    THREADING_CHECK(threading_executor_destroy(pool));
}

/* Written by a timer's function while the starter writes as well. */
static void beside_a_timer(void) {
    threading_timer timer;
    THREADING_CHECK(threading_timer_new(0, adds, NULL, &timer));
    THREADING_CHECK(threading_timer_start(timer));
    adds(NULL);
    THREADING_CHECK(threading_thread_join(threading_timer_thread(timer)));
    THREADING_CHECK(threading_timer_destroy(timer));
}

/* No deadlock happens; the order of two locks is one in which one could. */
static void *forwards(void *arg) {
    THREADING_CHECK(threading_lock_acquire(lock));
    THREADING_CHECK(threading_lock_acquire(other)); /* shown as forwards */
    THREADING_CHECK(threading_lock_release(other));
    THREADING_CHECK(threading_lock_release(lock));
    return arg;
}

static void *backwards(void *arg) {
    THREADING_CHECK(threading_lock_acquire(other));
    THREADING_CHECK(threading_lock_acquire(lock)); /* shown as backwards */
    THREADING_CHECK(threading_lock_release(lock));
    THREADING_CHECK(threading_lock_release(other));
    return arg;
}

static void one_after_the_other(threading_target one, threading_target another) {
    threading_thread thread;
    THREADING_CHECK(threading_thread_spawn("forwards", one, NULL, &thread));
    THREADING_CHECK(threading_thread_finish(thread, NULL));
    THREADING_CHECK(threading_thread_spawn("backwards", another, NULL, &thread));
    THREADING_CHECK(threading_thread_finish(thread, NULL));
}

static void inverted_locks(void) { one_after_the_other(forwards, backwards); }

static void *forwards_with_rlocks(void *arg) {
    THREADING_WITH(first)
        THREADING_WITH(second) /* shown as forwards with rlocks */
            plain++;
    return arg;
}

static void *backwards_with_rlocks(void *arg) {
    THREADING_WITH(second)
        THREADING_WITH(first) /* shown as backwards with rlocks */
            plain++;
    return arg;
}

static void inverted_rlocks(void) {
    one_after_the_other(forwards_with_rlocks, backwards_with_rlocks);
}

/* The same where a time is given or the lock is tried: the order counts as soon as one waits. */
static void *tries_then_waits(void *arg) {
    while (threading_lock_acquire_timeout(lock, 10) != THREADING_OK)
        continue;
    THREADING_CHECK(threading_lock_acquire(other)); /* shown as after a time */
    THREADING_CHECK(threading_lock_release(other));
    THREADING_CHECK(threading_lock_release(lock));
    return arg;
}

static void inverted_after_a_time(void) { one_after_the_other(tries_then_waits, backwards); }

/* A daemon that ends when nobody joins threads any more. */
static threading_thread daemon_thread;

static void *waits(void *arg) {
    THREADING_CHECK(threading_event_wait(event));
    return arg;
}

static void end_daemon(void) {
    char task[64];
    snprintf(task, sizeof task, "/proc/self/task/%llu",
             (unsigned long long)threading_thread_native_id(daemon_thread));
    THREADING_CHECK(threading_event_set(event));
    while (access(task, F_OK) == 0)
        /* not to synchronise: so as to ask less often */ threading_sleep(0.0001);
}

static void leaked_thread(void) {
    atexit(end_daemon);
    THREADING_CHECK(threading_thread_new("daemon", waits, NULL, &daemon_thread));
    THREADING_CHECK(threading_thread_set_daemon(daemon_thread, true));
    THREADING_CHECK(threading_thread_start(daemon_thread)); /* shown as start */
}

static const struct {
    const char *name;
    void (*run)(void);
} faults[] = {
    {"unguarded", unguarded},
    {"different_locks", different_locks},
    {"one_without_lock", one_without_lock},
    {"written_after_set", written_after_set},
    {"semaphore_of_two", semaphore_of_two},
    {"written_while_read", written_while_read},
    {"written_after_put", written_after_put},
    {"read_before_join", read_before_join},
    {"beside_a_timer", beside_a_timer},
    {"beside_a_task", beside_a_task},
    {"inverted_locks", inverted_locks},
    {"inverted_rlocks", inverted_rlocks},
    {"inverted_after_a_time", inverted_after_a_time},
    {"leaked_thread", leaked_thread},
};

int main(int argc, char **argv) {
    THREADING_CHECK(threading_lock_new(&lock));
    THREADING_CHECK(threading_lock_new(&other));
    THREADING_CHECK(threading_rlock_new(&first));
    THREADING_CHECK(threading_rlock_new(&second));
    THREADING_CHECK(threading_event_new(&event));
    THREADING_CHECK(threading_rwlock_new(&rwlock));
    THREADING_CHECK(threading_queue_new(1, &queue));
    THREADING_CHECK(threading_semaphore_new(2, &semaphore));
    for (size_t i = 0; argc == 2 && i < sizeof faults / sizeof faults[0]; i++)
        if (strcmp(argv[1], faults[i].name) == 0) {
            faults[i].run();
            return 0;
        }
    fputs("usage: planted FAULT\n", stderr);
    return 2;
}
