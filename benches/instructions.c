/* The fast paths and the waits, each a thousand times, for callgrind to count:
 * `ci/check-instructions.py` runs it and compares with what is recorded. */
#include <math.h>
#include <threading.h>
#include <valgrind/callgrind.h>

enum { TIMES = 1000 };

static threading_lock lock, held;
static threading_rlock rlock;
static threading_rwlock rwlock;
static threading_condition condition;
static threading_semaphore semaphore;
static threading_event set, clear;
static threading_local local;

/* What the loop does besides is this program's, and is not counted. */
#define COUNT(name, ...)                                                                           \
    do {                                                                                           \
        CALLGRIND_ZERO_STATS;                                                                      \
        for (int i = 0; i < TIMES; i++) {                                                          \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
        CALLGRIND_DUMP_STATS_AT(name);                                                             \
    } while (0)

/* A wait whose time runs out. The thread learns first that neither spinning nor yielding pays. */
#define COUNT_WAIT(name, wait)                                                                     \
    do {                                                                                           \
        for (int i = 0; i < 300; i++)                                                              \
            (void)!(wait);                                                                         \
        COUNT(name, (void)!(wait));                                                                \
    } while (0)

static void *never(void *arg) { return arg; }

static void *wait_for_end(void *end) {
    threading_event_wait(*(threading_event *)end);
    return NULL;
}

static void count_waits(void) {
    static threading_event end;
    threading_thread thread;
    THREADING_CHECK(threading_event_new(&end));
    THREADING_CHECK(threading_thread_new("waits", wait_for_end, &end, &thread));
    THREADING_CHECK(threading_thread_start(thread));
    /* It sleeps from here on: its work would be counted. */
    THREADING_CHECK(threading_sleep(0.2));
    threading_semaphore_acquire(semaphore);
    threading_condition_acquire(condition);
    COUNT_WAIT("event wait, timed out", threading_event_wait_timeout(clear, 1e-9));
    COUNT_WAIT("lock acquire, timed out", threading_lock_acquire_timeout(held, 1e-9));
    COUNT_WAIT("semaphore acquire, timed out",
               threading_semaphore_acquire_timeout(semaphore, 1e-9));
    COUNT_WAIT("condition wait, timed out", threading_condition_wait_timeout(condition, 1e-9));
    COUNT_WAIT("thread join, timed out", threading_thread_join_timeout(thread, 1e-9));
    size_t number;
    threading_object two[] = {THREADING_OBJECT(clear), THREADING_OBJECT(held)};
    COUNT_WAIT("wait_any of two, timed out", threading_wait_any_timeout(two, 2, 1e-9, &number));
    COUNT_WAIT("sleep", threading_sleep(1e-9));
    threading_condition_release(condition);
    threading_semaphore_release(semaphore);
    threading_event_set(end);
    THREADING_CHECK(threading_thread_join(thread));
}

/* Tasks, with a worker that has another to do: what it does itself would be counted. */
static void count_tasks(void) {
    static threading_event end;
    static threading_future busy, ended, futures[TIMES];
    threading_executor executor;
    THREADING_CHECK(threading_event_new(&end));
    THREADING_CHECK(threading_executor_new(1, NULL, &executor));
    THREADING_CHECK(threading_executor_submit(executor, never, NULL, &ended));
    THREADING_CHECK(threading_future_wait(ended));
    THREADING_CHECK(threading_executor_submit(executor, wait_for_end, &end, &busy));
    /* It sleeps from here on. */
    THREADING_CHECK(threading_sleep(0.2));
    COUNT("executor submit", threading_executor_submit(executor, never, NULL, &futures[i]));
    COUNT("future is_done, it is not", (void)threading_future_is_done(busy));
    COUNT("future is_done", (void)threading_future_is_done(ended));
    void *result;
    COUNT("future result, the task has ended", (void)threading_future_result(ended, &result));
    COUNT("future cancel", threading_future_cancel(futures[i], NULL));
    COUNT("future finish, cancelled", (void)threading_future_finish(futures[i], &result));
    threading_event_set(end);
    THREADING_CHECK(threading_executor_shutdown(executor, false));
}

/* What a pair costs while it is recorded. */
static void count_recorded(void) {
    THREADING_CHECK(threading_inspect(THREADING_INSPECT_HOLDS));
    COUNT("lock pair, holds recorded", threading_lock_acquire(lock); threading_lock_release(lock));
    COUNT("rlock pair, holds recorded", threading_rlock_acquire(rlock);
          threading_rlock_release(rlock));
    THREADING_CHECK(threading_inspect(THREADING_INSPECT_ORDER));
    COUNT("lock pair, order recorded", threading_lock_acquire(lock); threading_lock_release(lock));
    threading_rlock_acquire(rlock);
    COUNT("the same inside of an rlock", threading_lock_acquire(lock);
          threading_lock_release(lock));
    threading_rlock_release(rlock);
    THREADING_CHECK(threading_inspect(THREADING_INSPECT_TIMELINE));
    COUNT("lock pair, timeline recorded", threading_lock_acquire(lock);
          threading_lock_release(lock));
    COUNT("rlock pair, timeline recorded", threading_rlock_acquire(rlock);
          threading_rlock_release(rlock));
    COUNT_WAIT("event wait, timed out, timeline", threading_event_wait_timeout(clear, 1e-9));
    THREADING_CHECK(threading_inspect(THREADING_INSPECT_WAITS));
    COUNT("lock pair, last waits recorded", threading_lock_acquire(lock);
          threading_lock_release(lock));
    COUNT_WAIT("event wait, timed out, last waits", threading_event_wait_timeout(clear, 1e-9));
    COUNT_WAIT("lock acquire, timed out, last waits", threading_lock_acquire_timeout(held, 1e-9));
    THREADING_CHECK(threading_inspect(0));
}

int main(void) {
    static int value;
    static threading_timer timers[TIMES];
    THREADING_CHECK(threading_lock_new(&lock));
    THREADING_CHECK(threading_lock_new(&held));
    THREADING_CHECK(threading_lock_acquire(held));
    THREADING_CHECK(threading_rlock_new(&rlock));
    THREADING_CHECK(threading_rwlock_new(&rwlock));
    THREADING_CHECK(threading_condition_new(&condition));
    THREADING_CHECK(threading_semaphore_new(1, &semaphore));
    THREADING_CHECK(threading_event_new(&set));
    THREADING_CHECK(threading_event_set(set));
    THREADING_CHECK(threading_event_new(&clear));
    THREADING_CHECK(threading_local_new(NULL, NULL, NULL, &local));
    THREADING_CHECK(threading_local_set(local, &value));
    (void)threading_get_ident();

    COUNT("lock acquire + release", threading_lock_acquire(lock); threading_lock_release(lock));
    COUNT("lock try_acquire + release", (void)!threading_lock_try_acquire(lock);
          threading_lock_release(lock));
    COUNT("lock try_acquire of a held one", (void)!threading_lock_try_acquire(held));
    COUNT("rlock acquire + release", threading_rlock_acquire(rlock);
          threading_rlock_release(rlock));
    threading_rlock_acquire(rlock);
    COUNT("rlock acquire + release, nested", threading_rlock_acquire(rlock);
          threading_rlock_release(rlock));
    threading_rlock_release(rlock);
    COUNT("condition acquire + release", threading_condition_acquire(condition);
          threading_condition_release(condition));
    threading_condition_acquire(condition);
    COUNT("condition notify, nobody waits", threading_condition_notify(condition, 1));
    threading_condition_release(condition);
    COUNT("rwlock acquire + release, read", threading_rwlock_acquire_read(rwlock);
          threading_rwlock_release_read(rwlock));
    COUNT("rwlock acquire + release, write", threading_rwlock_acquire_write(rwlock);
          threading_rwlock_release_write(rwlock));
    COUNT("semaphore acquire + release", threading_semaphore_acquire(semaphore);
          threading_semaphore_release(semaphore));
    COUNT("event is_set", (void)threading_event_is_set(set));
    COUNT("event wait, set", threading_event_wait(set));
    COUNT("event set + clear", threading_event_set(clear); threading_event_clear(clear));
    COUNT("local get", (void)threading_local_get(local));
    COUNT("local set", threading_local_set(local, &value));
    COUNT("get_ident", (void)threading_get_ident());
    size_t number;
    threading_object two[] = {THREADING_OBJECT(clear), THREADING_OBJECT(set)};
    COUNT("wait_any, the second of two is set", (void)!threading_wait_any(two, 2, &number));
    threading_object units[] = {THREADING_OBJECT(clear), THREADING_OBJECT(semaphore)};
    COUNT("wait_any, a unit + release", (void)!threading_wait_any(units, 2, &number);
          threading_semaphore_release(semaphore));
    threading_object neither[] = {THREADING_OBJECT(clear), THREADING_OBJECT(held)};
    COUNT("wait_any poll, neither of two",
          (void)!threading_wait_any_timeout(neither, 2, 0, &number));
    threading_queue queue;
    void *item;
    THREADING_CHECK(threading_queue_new(16, &queue));
    COUNT("queue put + get", threading_queue_put(queue, &value); threading_queue_get(queue, &item));
    threading_stop above = THREADING_NULL, parent, stop;
    THREADING_CHECK(threading_stop_new(above, &parent));
    THREADING_CHECK(threading_stop_new(parent, &stop));
    COUNT("stop requested, one above it", (void)threading_stop_requested(stop));
    COUNT("semaphore acquire_stop + release",
          (void)!threading_semaphore_acquire_stop(semaphore, INFINITY, stop);
          threading_semaphore_release(semaphore));
    COUNT("lock new + destroy", threading_lock made; threading_lock_new(&made);
          threading_lock_destroy(made));
    COUNT("rlock new + destroy", threading_rlock made; threading_rlock_new(&made);
          threading_rlock_destroy(made));
    COUNT("condition new + destroy", threading_condition made; threading_condition_new(&made);
          threading_condition_destroy(made));
    COUNT("the same with a lock", threading_condition made;
          threading_condition_new_with_lock(lock, &made); threading_condition_destroy(made));
    COUNT("rwlock new + destroy", threading_rwlock made; threading_rwlock_new(&made);
          threading_rwlock_destroy(made));
    COUNT("semaphore new + destroy", threading_semaphore made; threading_semaphore_new(1, &made);
          threading_semaphore_destroy(made));
    COUNT("event new + destroy", threading_event made; threading_event_new(&made);
          threading_event_destroy(made));
    COUNT("stop new + destroy, with a parent", threading_stop made;
          threading_stop_new(parent, &made); threading_stop_destroy(made));
    COUNT("barrier new + destroy", threading_barrier made;
          threading_barrier_new(1, NULL, NULL, &made); threading_barrier_destroy(made));
    COUNT("local new + destroy", threading_local made; threading_local_new(NULL, NULL, NULL, &made);
          threading_local_destroy(made));
    count_recorded();
    count_waits();
    count_tasks();
    for (int i = 0; i < TIMES; i++)
        THREADING_CHECK(threading_timer_new(1000, never, NULL, &timers[i]));
    /* The thread that watches the clock is there, sleeps, and is not woken by timers that are due
     * later: its work would be counted. */
    threading_timer first;
    THREADING_CHECK(threading_timer_new(900, never, NULL, &first));
    THREADING_CHECK(threading_thread_set_daemon(threading_timer_thread(first), true));
    THREADING_CHECK(threading_timer_start(first));
    THREADING_CHECK(threading_sleep(0.2));
    COUNT("timer start", threading_timer_start(timers[i]));
    COUNT("timer cancel", threading_timer_cancel(timers[i], NULL));
    return 0;
}
