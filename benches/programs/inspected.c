/* inspected WHO WHAT: nanoseconds for one acquire and release, or one wait for an event that is
 * set. Built with ThreadSanitizer, and without it. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <threading.h>

enum { TIMES = 100000, ROUNDS = 5 };

static threading_lock lock;
static threading_semaphore semaphore;
static threading_event event;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sem_t posix;

static void our_lock(void) {
    threading_lock_acquire(lock);
    threading_lock_release(lock);
}

static void our_semaphore(void) {
    threading_semaphore_acquire(semaphore);
    threading_semaphore_release(semaphore);
}

static void our_event(void) { threading_event_wait(event); }

static void pthread_lock(void) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
}

static void pthread_semaphore(void) {
    sem_wait(&posix);
    sem_post(&posix);
}

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static void *sleeper(void *until) {
    pthread_mutex_lock(until);
    return NULL;
}

int main(int count, char **arguments) {
    static const struct {
        const char *who, *what;
        void (*once)(void);
    } all[] = {
        {"libthreading", "lock", our_lock},          {"libthreading", "semaphore", our_semaphore},
        {"libthreading", "event", our_event},        {"pthread", "lock", pthread_lock},
        {"pthread", "semaphore", pthread_semaphore},
    };
    /* glibc leaves locked instructions out while the process has one thread. */
    static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread;
    pthread_mutex_lock(&held);
    if (pthread_create(&thread, NULL, sleeper, &held) != 0 || sem_init(&posix, 0, 1) != 0)
        return 1;
    THREADING_CHECK(threading_lock_new(&lock));
    THREADING_CHECK(threading_semaphore_new(1, &semaphore));
    THREADING_CHECK(threading_event_new(&event));
    THREADING_CHECK(threading_event_set(event));
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (count != 3 || strcmp(arguments[1], all[i].who) != 0 ||
            strcmp(arguments[2], all[i].what) != 0)
            continue;
        double best = 0;
        for (int round = 0; round < ROUNDS; round++) {
            double start = now();
            for (int turn = 0; turn < TIMES; turn++)
                all[i].once();
            double taken = (now() - start) / TIMES;
            best = round == 0 || taken < best ? taken : best;
        }
        printf("%g\n", best);
        pthread_mutex_unlock(&held);
        pthread_join(thread, NULL);
        return 0;
    }
    return 2;
}
