/* A lock and two conditions that go with it: the library's and those of pthreads, under the same
 * names, so that a game is written once. */
#ifndef MONITORS_H
#define MONITORS_H

#include <pthread.h>
#include <stdlib.h>
#include <threading.h>

#define MUST(call)                                                                                 \
    do {                                                                                           \
        if ((call) != 0) {                                                                         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

typedef struct {
    threading_lock lock;
    threading_condition conditions[2];
} ours_monitor;

static inline void ours_make(ours_monitor *at) {
    MUST(threading_lock_new(&at->lock));
    for (int i = 0; i < 2; i++) {
        MUST(threading_condition_new_with_lock(at->lock, &at->conditions[i]));
    }
}
static inline void ours_end(ours_monitor *at) {
    for (int i = 0; i < 2; i++) {
        MUST(threading_condition_destroy(at->conditions[i]));
    }
    MUST(threading_lock_destroy(at->lock));
}
static inline void ours_acquire(ours_monitor *at) { MUST(threading_lock_acquire(at->lock)); }
static inline void ours_release(ours_monitor *at) { MUST(threading_lock_release(at->lock)); }
static inline void ours_wait(ours_monitor *at, int which) {
    MUST(threading_condition_wait(at->conditions[which]));
}
static inline void ours_notify(ours_monitor *at, int which) {
    MUST(threading_condition_notify(at->conditions[which], 1));
}

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t conditions[2];
} theirs_monitor;

static inline void theirs_make(theirs_monitor *at) {
    MUST(pthread_mutex_init(&at->lock, NULL));
    for (int i = 0; i < 2; i++) {
        MUST(pthread_cond_init(&at->conditions[i], NULL));
    }
}
static inline void theirs_end(theirs_monitor *at) {
    for (int i = 0; i < 2; i++) {
        MUST(pthread_cond_destroy(&at->conditions[i]));
    }
    MUST(pthread_mutex_destroy(&at->lock));
}
static inline void theirs_acquire(theirs_monitor *at) { MUST(pthread_mutex_lock(&at->lock)); }
static inline void theirs_release(theirs_monitor *at) { MUST(pthread_mutex_unlock(&at->lock)); }
static inline void theirs_wait(theirs_monitor *at, int which) {
    MUST(pthread_cond_wait(&at->conditions[which], &at->lock));
}
static inline void theirs_notify(theirs_monitor *at, int which) {
    MUST(pthread_cond_signal(&at->conditions[which]));
}

#endif
