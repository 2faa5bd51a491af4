/* What the programs about executors have in common. */
#ifndef EXECUTOR_TOOLS_H
#define EXECUTOR_TOOLS_H

#include "case.h"
#include "gate.h"

#include <stdatomic.h>
#include <string.h>

static inline threading_executor executor_new(size_t max_workers, const char *prefix) {
    threading_executor pool = THREADING_NULL;
    CHECK_STATUS(threading_executor_new(max_workers, prefix, &pool), THREADING_OK);
    CHECK(!THREADING_IS_NULL(pool));
    return pool;
}

static inline threading_future submitted(threading_executor pool, threading_target function,
                                         void *arg) {
    threading_future future = THREADING_NULL;
    CHECK_STATUS(threading_executor_submit(pool, function, arg, &future), THREADING_OK);
    CHECK(!THREADING_IS_NULL(future));
    return future;
}

/* Waits for the result, and ends the future. */
static inline void *finished(threading_future future) {
    void *result = NULL;
    CHECK_STATUS(threading_future_finish(future, &result), THREADING_OK);
    return result;
}

static inline bool cancelled(threading_future future) {
    bool prevented = false;
    CHECK_STATUS(threading_future_cancel(future, &prevented), THREADING_OK);
    return prevented;
}

/* Tasks. */
static inline void *task_returns(void *arg) { return arg; }

static inline void *task_counts(void *calls) {
    atomic_fetch_add((atomic_int *)calls, 1);
    return calls;
}

static inline void *task_never(void *arg) {
    CHECK(!"a task that was cancelled does not run");
    return arg;
}

/* All tasks have ended. */
static inline void executor_end(threading_executor pool) {
    CHECK_STATUS(threading_executor_shutdown(pool, false), THREADING_OK);
    CHECK_STATUS(threading_executor_destroy(pool), THREADING_OK);
}

#endif
