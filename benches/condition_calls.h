/* What a thread does with a condition, for ours and for the rival. */
#ifndef CONDITION_CALLS_H
#define CONDITION_CALLS_H

#include <pthread.h>
#include <stdbool.h>

#include "bench.h"
#include "threading.h"

struct place {
    threading_condition condition;
    BENCH_APART pthread_cond_t cond;
    BENCH_APART pthread_mutex_t mutex;
};

/* What a thread does with a condition, for ours and for theirs; inlined where it is used. */
struct calls {
    void (*lock)(struct place *), (*unlock)(struct place *), (*wait)(struct place *), (*wake)(struct place *);
};

BENCH_INLINE void ours_lock(struct place *at) { THREADING_CHECK(threading_condition_acquire(at->condition)); }
BENCH_INLINE void ours_unlock(struct place *at) { THREADING_CHECK(threading_condition_release(at->condition)); }
BENCH_INLINE void ours_wait(struct place *at) { THREADING_CHECK(threading_condition_wait(at->condition)); }
BENCH_INLINE void ours_wake(struct place *at) { THREADING_CHECK(threading_condition_notify_all(at->condition)); }
BENCH_INLINE void posix_lock(struct place *at) { bench_must(pthread_mutex_lock(&at->mutex), "pthread_mutex_lock"); }
BENCH_INLINE void posix_unlock(struct place *at) { bench_must(pthread_mutex_unlock(&at->mutex), "pthread_mutex_unlock"); }
BENCH_INLINE void posix_wait(struct place *at) { bench_must(pthread_cond_wait(&at->cond, &at->mutex), "wait"); }
BENCH_INLINE void posix_wake(struct place *at) { bench_must(pthread_cond_broadcast(&at->cond), "broadcast"); }

static const struct calls ours = {ours_lock, ours_unlock, ours_wait, ours_wake};
static const struct calls posix = {posix_lock, posix_unlock, posix_wait, posix_wake};

static void place_init(struct place *at, bool own)
{
    if (own) {
        THREADING_CHECK(threading_condition_new(&at->condition));
    } else {
        threading_lock lock;
        THREADING_CHECK(threading_lock_new(&lock));
        THREADING_CHECK(threading_condition_new_with_lock(lock, &at->condition));
    }
    bench_must(pthread_cond_init(&at->cond, NULL), "pthread_cond_init");
    bench_must(pthread_mutex_init(&at->mutex, NULL), "pthread_mutex_init");
}

#endif
