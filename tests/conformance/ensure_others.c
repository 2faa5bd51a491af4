/* The objects besides locks that are static and made on first use. */
#include "worker.h"

#include <errno.h>
#include <sched.h>

static bool agrees(void *ctx) {
    (void)ctx;
    return true;
}
static int a_value;
static void *makes_value(void *ctx) { return ctx; }
static atomic_int destroyed;
static void counts(void *value) {
    (void)value;
    atomic_fetch_add(&destroyed, 1);
}

/* ---- each kind, behind one face ---- */

enum { SEMAPHORE, BARRIER, LATCH, STOP, QUEUE, LOCAL, OTHERS };

/* Makes it in that place, or finds it there: with arguments that the kind takes, or does not. */
static uint64_t ensure(int kind, uint64_t *place, bool right) {
    switch (kind) {
    case SEMAPHORE:
        return threading_semaphore_ensure((threading_semaphore *)place,
                                          right ? 3 : THREADING_SEMAPHORE_MAX + (size_t)1)
            .bits;
    case BARRIER:
        return threading_barrier_ensure((threading_barrier *)place, right ? 1 : 0, agrees, NULL)
            .bits;
    case LATCH:
        return threading_latch_ensure((threading_latch *)place,
                                      right ? 2 : THREADING_LATCH_MAX + (size_t)1)
            .bits;
    case STOP:
        return threading_stop_ensure((threading_stop *)place).bits;
    case QUEUE:
        return threading_queue_ensure((threading_queue *)place, right ? 2 : 0).bits;
    default:
        return threading_local_ensure((threading_local *)place, makes_value, counts, &a_value).bits;
    }
}

static bool can_be_wrong(int kind) { return kind != STOP && kind != LOCAL; }

static threading_status destroy(int kind, uint64_t bits) {
    switch (kind) {
    case SEMAPHORE:
        return threading_semaphore_destroy((threading_semaphore){bits});
    case BARRIER:
        return threading_barrier_destroy((threading_barrier){bits});
    case LATCH:
        return threading_latch_destroy((threading_latch){bits});
    case STOP:
        return threading_stop_destroy((threading_stop){bits});
    case QUEUE:
        return threading_queue_destroy((threading_queue){bits});
    default:
        return threading_local_destroy((threading_local){bits});
    }
}

static void check_works(int kind, uint64_t bits) {
    switch (kind) {
    case SEMAPHORE:
        CHECK_NUMBER(threading_semaphore_value((threading_semaphore){bits}), 3);
        break;
    case BARRIER:
        CHECK_STATUS(threading_barrier_wait((threading_barrier){bits}, NULL), THREADING_OK);
        break;
    case LATCH:
        CHECK_NUMBER(threading_latch_count((threading_latch){bits}), 2);
        break;
    case STOP:
        CHECK(!threading_stop_requested((threading_stop){bits}));
        CHECK(threading_stop_remaining((threading_stop){bits}) > 1e300);
        break;
    case QUEUE:
        CHECK_NUMBER(threading_queue_maxsize((threading_queue){bits}), 2);
        break;
    default:
        CHECK(threading_local_get((threading_local){bits}) == &a_value);
        break;
    }
}

static uint64_t statics[OTHERS];

CASE(each_is_made_on_first_use_and_is_the_same_ever_after) {
    errno = 4711;
    for (int kind = 0; kind < OTHERS; kind++) {
        uint64_t first = ensure(kind, &statics[kind], true);
        CHECK(first != 0 && first == statics[kind]);
        check_works(kind, first);
        for (int i = 0; i < 1000; i++) {
            CHECK(ensure(kind, &statics[kind], i % 2) == first);
        }
        check_works(kind, first);
        CHECK_NUMBER(errno, 4711);
    }
}

/* Not the first use any more. Set to null the handle begins anew. */
CASE(what_was_destroyed_stays_so_until_the_handle_is_null_again) {
    for (int kind = 0; kind < OTHERS; kind++) {
        uint64_t old = ensure(kind, &statics[kind], true);
        CHECK_STATUS(destroy(kind, old), THREADING_OK);
        CHECK(ensure(kind, &statics[kind], true) == old);
        CHECK_STATUS(destroy(kind, statics[kind]), THREADING_DESTROYED);
        statics[kind] = 0;
        CHECK(ensure(kind, &statics[kind], true) != old);
        check_works(kind, statics[kind]);
    }
}

static threading_status heard;
static void hears(const char *function, threading_status status, uint64_t handle, void *ctx) {
    (void)function, (void)handle, (void)ctx;
    heard = status;
}

CASE(wrong_arguments_make_nothing) {
    CHECK_STATUS(threading_set_error_hook(hears, NULL), THREADING_OK);
    for (int kind = 0; kind < OTHERS; kind++) {
        heard = THREADING_OK;
        CHECK_NUMBER(ensure(kind, NULL, true), 0);
        CHECK_STATUS(heard, THREADING_INVALID_ARGUMENT);
        if (can_be_wrong(kind)) {
            heard = THREADING_OK;
            CHECK_NUMBER(ensure(kind, &statics[kind], false), 0);
            CHECK_STATUS(heard, THREADING_INVALID_ARGUMENT);
            CHECK_NUMBER(statics[kind], 0);
        }
    }
}

/* ---- many threads at once ---- */

enum { THREADS = 4, ROUNDS = 300 };

static uint64_t shared[OTHERS][ROUNDS];
static atomic_int arrived[ROUNDS];

typedef struct ensurer {
    worker thread;
    uint64_t seen[OTHERS][ROUNDS];
} ensurer;

/* All meet before each round, so that they come to it at the same moment. */
static void ensures(worker *self) {
    ensurer *me = self->context;
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(&arrived[i], 1);
        while (atomic_load(&arrived[i]) < THREADS) {
            sched_yield();
        }
        for (int kind = 0; kind < OTHERS; kind++) {
            me->seen[kind][i] = ensure(kind, &shared[kind][i], true);
        }
    }
}

CASE(all_threads_get_the_same_one) {
    static ensurer all[THREADS];
    for (int i = 0; i < THREADS; i++) {
        worker_start(&all[i].thread, i % WORKER_KINDS, ensures, &all[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        worker_join(&all[i].thread);
    }
    for (int kind = 0; kind < OTHERS; kind++) {
        for (int i = 0; i < ROUNDS; i++) {
            CHECK(shared[kind][i] != 0);
            for (int j = 0; j < THREADS; j++) {
                CHECK(all[j].seen[kind][i] == shared[kind][i]);
            }
        }
    }
}
