/* What the timer programs have in common. */
#ifndef TIMER_TOOLS_H
#define TIMER_TOOLS_H

#include "thread_tools.h"

#include <stdatomic.h>
#include <string.h>

/* An interval that no case outlives. */
#define TIMER_FAR 3600.0

static inline threading_timer timer_new(double interval, threading_target function, void *arg) {
    threading_timer timer = THREADING_NULL;
    CHECK_STATUS(threading_timer_new(interval, function, arg, &timer), THREADING_OK);
    CHECK(!THREADING_IS_NULL(timer));
    return timer;
}

static inline threading_timer timer_started(double interval, threading_target function, void *arg) {
    threading_timer timer = timer_new(interval, function, arg);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    return timer;
}

static inline threading_status timer_join(threading_timer timer) {
    return threading_thread_join_timeout(threading_timer_thread(timer), CASE_SECONDS / 2);
}

static inline bool timer_alive(threading_timer timer) {
    return threading_thread_is_alive(threading_timer_thread(timer));
}

/* Waits for its end, and ends it. */
static inline void timer_finish(threading_timer timer) {
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
}

static inline bool timer_cancelled(threading_timer timer) {
    bool prevented = false;
    CHECK_STATUS(threading_timer_cancel(timer, &prevented), THREADING_OK);
    return prevented;
}

/* A timer's function that counts its calls in an atomic_int, and results in it. */
static inline void *timer_count(void *calls) {
    atomic_fetch_add((atomic_int *)calls, 1);
    return calls;
}

/* A timer's function that must not be called. */
static inline void *timer_never(void *arg) {
    CHECK(!"a function that was prevented is not called");
    return arg;
}

#endif
