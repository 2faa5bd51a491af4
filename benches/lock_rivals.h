/* The locks that are compared, each behind one pair of functions of the same shape. Everything ends in a call into a
 * shared library, so that no rival wins by being inlined. A rival that was not found at build time is left out. */
#ifndef LOCK_RIVALS_H
#define LOCK_RIVALS_H

#include <pthread.h>

#ifdef BENCH_HAS_GLIB
#include <glib.h>
#endif
#ifdef BENCH_HAS_NSYNC
#include <nsync.h>
#endif

#include "bench.h"
#include "threading.h"

/* The alignment of the members pads the whole as well: nothing else shares a line with a lock. */
struct lock_rivals {
    BENCH_APART threading_lock ours;
    BENCH_APART threading_rlock ours_rlock;
    BENCH_APART pthread_mutex_t pthread;
    BENCH_APART pthread_mutex_t pthread_recursive;
#ifdef BENCH_HAS_GLIB
    BENCH_APART GMutex glib;
#endif
#ifdef BENCH_HAS_NSYNC
    BENCH_APART nsync_mu nsync;
#endif
};

extern struct lock_rivals lock_rivals;

/* Makes them all; ends the program if one cannot be made. */
void lock_rivals_init(void);

/* The rivals and their versions as text for bench_head. */
const char *lock_rivals_versions(void);

/* A line on each rival that is missing. */
void lock_rivals_print_missing(void);

static inline void ours_acquire(void) { threading_lock_acquire(lock_rivals.ours); }
static inline void ours_release(void) { threading_lock_release(lock_rivals.ours); }

static inline void ours_rlock_acquire(void) { threading_rlock_acquire(lock_rivals.ours_rlock); }
static inline void ours_rlock_release(void) { threading_rlock_release(lock_rivals.ours_rlock); }

static inline void pthread_acquire(void) { pthread_mutex_lock(&lock_rivals.pthread); }
static inline void pthread_release(void) { pthread_mutex_unlock(&lock_rivals.pthread); }

static inline void pthread_recursive_acquire(void) { pthread_mutex_lock(&lock_rivals.pthread_recursive); }
static inline void pthread_recursive_release(void) { pthread_mutex_unlock(&lock_rivals.pthread_recursive); }

#ifdef BENCH_HAS_GLIB
static inline void glib_acquire(void) { g_mutex_lock(&lock_rivals.glib); }
static inline void glib_release(void) { g_mutex_unlock(&lock_rivals.glib); }
#endif

#ifdef BENCH_HAS_NSYNC
static inline void nsync_acquire(void) { nsync_mu_lock(&lock_rivals.nsync); }
static inline void nsync_release(void) { nsync_mu_unlock(&lock_rivals.nsync); }
#endif

#endif
