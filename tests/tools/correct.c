/* A program without a fault, over every primitive: a tool that looks for races must have nothing to
 * say about it.
 *
 * What is guarded are plain variables, on which the tool would see a race if it did not understand
 * what orders them. */
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threading.h>

enum { WORKERS = 4, ROUNDS = 200 };

static long plain; /* guarded by whatever the part in hand is about */
static threading_lock lock = THREADING_NULL;
static threading_rlock rlock = THREADING_NULL;
static threading_condition condition;
static threading_semaphore semaphore;
static threading_rwlock rwlock = THREADING_NULL;
static threading_event event;
static threading_barrier barrier;
static threading_local local;
static threading_queue queue;

static void fail(const char *what) {
    fprintf(stderr, "correct: %s\n", what);
    exit(3);
}

static void together(threading_target target, long expected) {
    threading_thread threads[WORKERS];
    plain = 0;
    for (int i = 0; i < WORKERS; i++)
        THREADING_CHECK(threading_thread_spawn(NULL, target, NULL, &threads[i]));
    for (int i = 0; i < WORKERS; i++)
        THREADING_CHECK(threading_thread_finish(threads[i], NULL));
    if (plain != expected)
        fail("a sum is wrong");
}

static void *with_lock(void *arg) {
    for (int i = 0; i < ROUNDS; i++) {
        threading_lock mine = threading_lock_ensure(&lock);
        if (i % 3 == 0) {
            THREADING_CHECK(threading_lock_acquire(mine));
        } else if (i % 3 == 1) {
            while (threading_lock_try_acquire(mine) != THREADING_OK)
                /* not to synchronise: so that the threads take turns */ threading_sleep(0.00001);
        } else {
            while (threading_lock_acquire_timeout(mine, 0.001) != THREADING_OK)
                continue;
        }
        plain++;
        THREADING_CHECK(threading_lock_release(mine));
    }
    return arg;
}

static void *with_rlock(void *arg) {
    for (int i = 0; i < ROUNDS; i++) {
        threading_rlock mine = threading_rlock_ensure(&rlock);
        THREADING_CHECK(threading_rlock_acquire(mine));
        THREADING_CHECK(threading_rlock_acquire(mine));
        plain++;
        THREADING_CHECK(threading_rlock_release(mine));
        THREADING_CHECK(threading_rlock_release(mine));
    }
    return arg;
}

/* Written, and read by several at once. */
static void *with_rwlock(void *arg) {
    threading_rwlock mine = threading_rwlock_ensure(&rwlock);
    for (int i = 0; i < ROUNDS; i++) {
        THREADING_CHECK(threading_rwlock_acquire_read(mine));
        long seen = plain;
        THREADING_CHECK(threading_rwlock_release_read(mine));
        THREADING_CHECK(threading_rwlock_acquire_write(mine));
        if (plain++ < seen)
            fail("a count went back");
        THREADING_CHECK(threading_rwlock_downgrade(mine));
        seen = plain;
        if (threading_rwlock_try_upgrade(mine) == THREADING_OK) {
            plain = seen;
            THREADING_CHECK(threading_rwlock_release_write(mine));
        } else {
            THREADING_CHECK(threading_rwlock_release_read(mine));
        }
    }
    return arg;
}

static void *with_condition(void *arg) {
    for (int i = 0; i < ROUNDS; i++) {
        THREADING_CHECK(threading_condition_acquire(condition));
        plain++;
        if (i % 4 == 0)
            (void)threading_condition_wait_timeout(condition, 0.0001);
        THREADING_CHECK(threading_condition_notify(condition, 1));
        THREADING_CHECK(threading_condition_release(condition));
    }
    return arg;
}

static void *with_semaphore(void *arg) {
    for (int i = 0; i < ROUNDS; i++) {
        THREADING_CHECK(threading_semaphore_acquire(semaphore));
        plain++;
        THREADING_CHECK(threading_semaphore_release(semaphore));
    }
    return arg;
}

/* One writes between two barriers, all read after the second. */
static void *with_barrier(void *arg) {
    for (long i = 1; i <= ROUNDS; i++) {
        size_t index;
        THREADING_CHECK(threading_barrier_wait(barrier, &index));
        if (index == 0)
            plain = i;
        THREADING_CHECK(threading_barrier_wait(barrier, NULL));
        if (plain != i)
            fail("a barrier let somebody through too early");
    }
    return arg;
}

static void *sets_event(void *arg) {
    plain = 42;
    THREADING_CHECK(threading_event_set(event));
    return arg;
}

static void *waits_for_event(void *arg) {
    THREADING_CHECK(threading_event_wait(event));
    if (plain != 42 || !threading_event_is_set(event))
        fail("an event was set too early");
    return arg;
}

static void events(void) {
    threading_thread waiters[WORKERS], setter;
    for (int i = 0; i < WORKERS; i++)
        THREADING_CHECK(threading_thread_spawn("waiter", waits_for_event, NULL, &waiters[i]));
    THREADING_CHECK(threading_thread_spawn("setter", sets_event, NULL, &setter));
    while (!threading_event_is_set(event))
        threading_sleep(0.0001); /* not to synchronise: so as to ask less often */
    if (plain != 42)
        fail("is_set answered too early");
    for (int i = 0; i < WORKERS; i++)
        THREADING_CHECK(threading_thread_finish(waiters[i], NULL));
    THREADING_CHECK(threading_thread_finish(setter, NULL));
}

/* A lock that one thread takes and another releases: a signal. */
static void *releases_for_another(void *arg) {
    plain++;
    THREADING_CHECK(threading_lock_release(*(threading_lock *)arg));
    return arg;
}

static void released_by_another(void) {
    threading_lock signal;
    THREADING_CHECK(threading_lock_new(&signal));
    for (int i = 0; i < 20; i++) {
        threading_thread thread;
        THREADING_CHECK(threading_lock_acquire(signal));
        THREADING_CHECK(threading_thread_spawn("releaser", releases_for_another, &signal, &thread));
        THREADING_CHECK(threading_lock_acquire(signal));
        plain++;
        THREADING_CHECK(threading_lock_release(signal));
        THREADING_CHECK(threading_thread_finish(thread, NULL));
    }
    THREADING_CHECK(threading_lock_destroy(signal));
}

static void *of_a_timer(void *arg) {
    plain++;
    return arg;
}

static void timers(void) {
    for (int i = 0; i < 50; i++) {
        threading_timer timer;
        plain = i;
        THREADING_CHECK(threading_timer_new(0.0005, of_a_timer, &plain, &timer));
        THREADING_CHECK(threading_timer_start(timer));
        THREADING_CHECK(threading_thread_join(threading_timer_thread(timer)));
        if (plain != i + 1)
            fail("a timer's function was not called");
        THREADING_CHECK(threading_timer_destroy(timer));
    }
}

/* What an item points to belongs to one thread after another: to whoever puts it, and then to
 * whoever gets it. Puts and gets wait, since the queue is small. */
static void *puts_items(void *arg) {
    threading_stop none = THREADING_NULL;
    for (long i = 1; i <= ROUNDS; i++) {
        long *item = malloc(sizeof *item);
        if (item == NULL)
            fail("there is no memory");
        *item = i;
        if (i % 2 == 0)
            THREADING_CHECK(threading_queue_put(queue, item));
        else
            THREADING_CHECK(threading_queue_put_stop(queue, item, 1000, none));
    }
    return arg;
}

static void *gets_items(void *arg) {
    void *item;
    while (threading_queue_get(queue, &item) == THREADING_OK) {
        *(long *)arg += *(long *)item;
        free(item);
        THREADING_CHECK(threading_queue_task_done(queue));
    }
    return arg;
}

static void queues(void) {
    static long sums[WORKERS / 2];
    threading_thread putters[WORKERS / 2], getters[WORKERS / 2];
    long sum = 0;
    THREADING_CHECK(threading_queue_new(3, &queue));
    for (int i = 0; i < WORKERS / 2; i++) {
        THREADING_CHECK(threading_thread_spawn("putter", puts_items, NULL, &putters[i]));
        THREADING_CHECK(threading_thread_spawn("getter", gets_items, &sums[i], &getters[i]));
    }
    for (int i = 0; i < WORKERS / 2; i++)
        THREADING_CHECK(threading_thread_finish(putters[i], NULL));
    THREADING_CHECK(threading_queue_join(queue));
    /* What was added before the tasks were done is there; the getters run on. */
    for (int i = 0; i < WORKERS / 2; i++)
        sum += sums[i];
    if (sum != WORKERS / 2 * ROUNDS * (ROUNDS + 1L) / 2)
        fail("an item was lost");
    THREADING_CHECK(threading_queue_shutdown(queue, false));
    for (int i = 0; i < WORKERS / 2; i++)
        THREADING_CHECK(threading_thread_finish(getters[i], NULL));
    THREADING_CHECK(threading_queue_destroy(queue));
}

static void *makes_value(void *ctx) {
    long *value = malloc(sizeof *value);
    if (value != NULL)
        *value = *(long *)ctx;
    return value;
}

static void *uses_local(void *arg) {
    long *value = threading_local_get(local);
    if (value == NULL)
        fail("a local has no value");
    *value += 1;
    THREADING_CHECK(threading_barrier_wait(barrier, NULL));
    /* The main thread destroys the local, and with it this value. */
    THREADING_CHECK(threading_barrier_wait(barrier, NULL));
    return arg;
}

static void locals(void) {
    static long start = 7;
    threading_thread threads[WORKERS - 1];
    THREADING_CHECK(threading_local_new(makes_value, free, &start, &local));
    for (int i = 0; i < WORKERS - 1; i++)
        THREADING_CHECK(threading_thread_spawn(NULL, uses_local, NULL, &threads[i]));
    THREADING_CHECK(threading_barrier_wait(barrier, NULL));
    THREADING_CHECK(threading_local_destroy(local));
    THREADING_CHECK(threading_barrier_wait(barrier, NULL));
    for (int i = 0; i < WORKERS - 1; i++)
        THREADING_CHECK(threading_thread_finish(threads[i], NULL));
}

static threading_lock renamed;

static void *has_a_name(void *arg) {
    char buffer[64];
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(buffer, sizeof buffer, "%s-%d", (const char *)arg, i);
        THREADING_CHECK(threading_thread_set_name(threading_current_thread(), buffer));
        if (strcmp(threading_current_name(), buffer) != 0)
            fail("a name is wrong");
        THREADING_CHECK(threading_lock_set_name(renamed, buffer));
        THREADING_CHECK(threading_lock_name(renamed, buffer, sizeof buffer, NULL));
    }
    return arg;
}

static void names(void) {
    threading_thread threads[WORKERS], all[WORKERS + 4];
    THREADING_CHECK(threading_lock_new(&renamed));
    for (int i = 0; i < WORKERS; i++)
        THREADING_CHECK(threading_thread_spawn("named", has_a_name, "renamed", &threads[i]));
    for (int i = 0; i < ROUNDS; i++) {
        char name[64];
        size_t count = threading_enumerate(all, WORKERS + 4);
        for (size_t j = 0; j < count && j < WORKERS + 4; j++)
            (void)threading_thread_name(all[j], name, sizeof name, NULL);
        THREADING_CHECK(threading_lock_name(renamed, name, sizeof name, NULL));
    }
    for (int i = 0; i < WORKERS; i++)
        THREADING_CHECK(threading_thread_finish(threads[i], NULL));
    THREADING_CHECK(threading_lock_destroy(renamed));
}

static void *leaves_a_result(void *arg) {
    *(long *)arg = 99;
    return arg;
}

static void join_orders(void) {
    static long slot;
    threading_thread thread;
    THREADING_CHECK(threading_thread_spawn("writer", leaves_a_result, &slot, &thread));
    THREADING_CHECK(threading_thread_join(thread));
    if (slot != 99)
        fail("join came too early");
    slot = 0;
    THREADING_CHECK(threading_thread_destroy(thread));
}

static void gives(int number) {
    if (number == SIGUSR1)
        THREADING_CHECK(threading_event_set(event));
    else
        THREADING_CHECK(threading_semaphore_release(semaphore));
}

static void *signals_main(void *arg) {
    /* Main is on its way to the wait or in it: the handler has to run wherever the signal meets
     * it. */
    pthread_kill(*(pthread_t *)arg, SIGUSR1);
    return arg;
}

/* A tool may hold a handler back until the thread calls something that it knows: what the thread
 * waits for may come from there. */
static void handlers_give_what_is_waited_for(int flags) {
    struct sigaction action = {.sa_handler = gives, .sa_flags = flags};
    pthread_t self = pthread_self();
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    for (int i = 0; i < 20; i++) {
        threading_thread thread;
        THREADING_CHECK(threading_event_clear(event));
        THREADING_CHECK(threading_thread_spawn("signals", signals_main, &self, &thread));
        THREADING_CHECK(threading_event_wait(event));
        THREADING_CHECK(threading_thread_finish(thread, NULL));
        pthread_kill(self, SIGUSR2);
        THREADING_CHECK(threading_semaphore_acquire(semaphore));
    }
}

static void *adds_for_shutdown(void *arg) {
    THREADING_CHECK(threading_event_wait(event));
    *(long *)arg += 1;
    return arg;
}

int main(void) {
    THREADING_CHECK(threading_condition_new(&condition));
    THREADING_CHECK(threading_semaphore_new(1, &semaphore));
    THREADING_CHECK(threading_event_new(&event));
    THREADING_CHECK(threading_barrier_new(WORKERS, NULL, NULL, &barrier));
    together(with_lock, WORKERS * ROUNDS);
    together(with_rlock, WORKERS * ROUNDS);
    together(with_rwlock, WORKERS * ROUNDS);
    together(with_condition, WORKERS * ROUNDS);
    together(with_semaphore, WORKERS * ROUNDS);
    together(with_barrier, ROUNDS);
    events();
    released_by_another();
    timers();
    queues();
    locals();
    names();
    join_orders();
    THREADING_CHECK(threading_semaphore_acquire(semaphore));
    handlers_give_what_is_waited_for(0);
    handlers_give_what_is_waited_for(SA_RESTART);
    static long last;
    THREADING_CHECK(threading_thread_spawn("last", adds_for_shutdown, &last, NULL));
    THREADING_CHECK(threading_shutdown());
    if (last != 1)
        fail("shutdown came too early");
    puts("correct");
    return 0;
}
