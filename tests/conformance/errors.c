/* The error hook, by which misuse is heard in programs that ignore results. */
#include "lock_kind.h"

#include <errno.h>
#include <math.h>

/* What the hook was told last, and how often it was called since the last look. */
static struct {
    atomic_int count;
    char function[64];
    threading_status status;
    uint64_t handle;
    void *ctx;
    pthread_t thread;
} heard;

static int context;

static void hears(const char *function, threading_status status, uint64_t handle, void *ctx) {
    CHECK(function != NULL);
    snprintf(heard.function, sizeof heard.function, "%s", function);
    heard.status = status;
    heard.handle = handle;
    heard.ctx = ctx;
    heard.thread = pthread_self();
    atomic_fetch_add(&heard.count, 1);
}

static void listen(void) { CHECK_STATUS(threading_set_error_hook(hears, &context), THREADING_OK); }

/* The call that has just returned in this thread was heard of, once, with all that belongs to
 * it. */
static void check_heard_at(const char *function, threading_status status, uint64_t handle,
                           int line) {
    case_check_number(atomic_exchange(&heard.count, 0), 1, "times that the hook was called",
                      __FILE__, line);
    case_check_string(heard.function, function, "the function that the hook was told", __FILE__,
                      line);
    case_check_status(heard.status, status, "the status that the hook was told", __FILE__, line);
    case_check(heard.handle == handle, "the hook was told the handle", __FILE__, line);
    case_check(heard.ctx == &context, "the hook was given its context", __FILE__, line);
    case_check(pthread_equal(heard.thread, pthread_self()), "the hook ran in the calling thread",
               __FILE__, line);
}
#define CHECK_HEARD(function, status, handle) check_heard_at(function, status, handle, __LINE__)
#define CHECK_NOT_HEARD() CHECK_NUMBER(atomic_load(&heard.count), 0)
#define FAILS(call, function, status, handle)                                                      \
    do {                                                                                           \
        CHECK_STATUS(call, status);                                                                \
        CHECK_HEARD(function, status, handle);                                                     \
    } while (0)
#define ANSWERS(condition, function, status, handle)                                               \
    do {                                                                                           \
        CHECK(condition);                                                                          \
        CHECK_HEARD(function, status, handle);                                                     \
    } while (0)

/* Also in a thread that has values: the null handle is none of theirs, nor is one made of ones
 * alone, or one that is inverted. */
CASE(hook_hears_every_get_of_a_local_that_is_none) {
    threading_local local, null = THREADING_NULL, ones = {UINT64_MAX};
    listen();
    CHECK_STATUS(threading_local_new(NULL, NULL, NULL, &local), THREADING_OK);
    threading_local inverted = {~local.bits};
    for (int round = 0; round < 3; round++) {
        ANSWERS(threading_local_get(null) == NULL, "threading_local_get", THREADING_INVALID_HANDLE,
                0);
        ANSWERS(threading_local_get(ones) == NULL, "threading_local_get", THREADING_INVALID_HANDLE,
                ones.bits);
        ANSWERS(threading_local_get(inverted) == NULL, "threading_local_get",
                THREADING_INVALID_HANDLE, inverted.bits);
        /* No value first, then one, and then none any more. */
        CHECK_STATUS(threading_local_set(local, round == 0 ? &context : NULL), THREADING_OK);
    }
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    ANSWERS(threading_local_get(null) == NULL, "threading_local_get", THREADING_INVALID_HANDLE, 0);
    ANSWERS(threading_local_get(local) == NULL, "threading_local_get", THREADING_DESTROYED,
            local.bits);
}

CASE(hook_hears_every_failing_call_on_a_lock) {
    threading_lock lock, null = THREADING_NULL;
    listen();
    FAILS(threading_lock_new(NULL), "threading_lock_new", THREADING_INVALID_ARGUMENT, 0);
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    FAILS(threading_lock_acquire(null), "threading_lock_acquire", THREADING_INVALID_HANDLE, 0);
    FAILS(threading_lock_try_acquire(null), "threading_lock_try_acquire", THREADING_INVALID_HANDLE,
          0);
    FAILS(threading_lock_acquire_timeout(null, 1), "threading_lock_acquire_timeout",
          THREADING_INVALID_HANDLE, 0);
    FAILS(threading_lock_acquire_timeout(lock, NAN), "threading_lock_acquire_timeout",
          THREADING_INVALID_ARGUMENT, lock.bits);
    FAILS(threading_lock_acquire_timeout(lock, 1e100), "threading_lock_acquire_timeout",
          THREADING_INVALID_ARGUMENT, lock.bits);
    FAILS(threading_lock_release(null), "threading_lock_release", THREADING_INVALID_HANDLE, 0);
    FAILS(threading_lock_release(lock), "threading_lock_release", THREADING_NOT_ACQUIRED,
          lock.bits);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    FAILS(threading_lock_destroy(lock), "threading_lock_destroy", THREADING_BUSY, lock.bits);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    FAILS(threading_lock_destroy(lock), "threading_lock_destroy", THREADING_DESTROYED, lock.bits);
    FAILS(threading_lock_acquire(lock), "threading_lock_acquire", THREADING_DESTROYED, lock.bits);
    FAILS(threading_lock_release(lock), "threading_lock_release", THREADING_DESTROYED, lock.bits);
}

CASE(hook_hears_every_failing_call_on_an_rlock) {
    threading_rlock rlock, null = THREADING_NULL;
    listen();
    FAILS(threading_rlock_new(NULL), "threading_rlock_new", THREADING_INVALID_ARGUMENT, 0);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    FAILS(threading_rlock_acquire(null), "threading_rlock_acquire", THREADING_INVALID_HANDLE, 0);
    FAILS(threading_rlock_try_acquire(null), "threading_rlock_try_acquire",
          THREADING_INVALID_HANDLE, 0);
    FAILS(threading_rlock_acquire_timeout(null, 1), "threading_rlock_acquire_timeout",
          THREADING_INVALID_HANDLE, 0);
    FAILS(threading_rlock_acquire_timeout(rlock, NAN), "threading_rlock_acquire_timeout",
          THREADING_INVALID_ARGUMENT, rlock.bits);
    FAILS(threading_rlock_release(null), "threading_rlock_release", THREADING_INVALID_HANDLE, 0);
    FAILS(threading_rlock_release(rlock), "threading_rlock_release", THREADING_NOT_ACQUIRED,
          rlock.bits);
    holder other;
    holder_start(&other, FOREIGN, &reentrant, rlock.bits);
    FAILS(threading_rlock_release(rlock), "threading_rlock_release", THREADING_NOT_OWNER,
          rlock.bits);
    FAILS(threading_rlock_destroy(rlock), "threading_rlock_destroy", THREADING_BUSY, rlock.bits);
    holder_end(&other);
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
    FAILS(threading_rlock_destroy(rlock), "threading_rlock_destroy", THREADING_DESTROYED,
          rlock.bits);
    FAILS(threading_rlock_try_acquire(rlock), "threading_rlock_try_acquire", THREADING_DESTROYED,
          rlock.bits);
}

CASE(hook_hears_queries_on_bad_handles) {
    threading_lock lock, no_lock = THREADING_NULL;
    threading_rlock rlock, no_rlock = THREADING_NULL;
    size_t depth;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    threading_lock foreign_lock = {rlock.bits};
    threading_rlock foreign_rlock = {lock.bits};
    listen();
    ANSWERS(!threading_lock_locked(no_lock), "threading_lock_locked", THREADING_INVALID_HANDLE, 0);
    ANSWERS(!threading_lock_locked(foreign_lock), "threading_lock_locked", THREADING_INVALID_HANDLE,
            rlock.bits);
    ANSWERS(!threading_rlock_locked(no_rlock), "threading_rlock_locked", THREADING_INVALID_HANDLE,
            0);
    ANSWERS(!threading_rlock_locked(foreign_rlock), "threading_rlock_locked",
            THREADING_INVALID_HANDLE, lock.bits);
    ANSWERS(threading_rlock_depth(no_rlock) == 0, "threading_rlock_depth", THREADING_INVALID_HANDLE,
            0);
    ANSWERS(threading_rlock_depth(foreign_rlock) == 0, "threading_rlock_depth",
            THREADING_INVALID_HANDLE, lock.bits);
    ANSWERS(threading_rlock_owner(no_rlock, NULL) == 0, "threading_rlock_owner",
            THREADING_INVALID_HANDLE, 0);
    ANSWERS(threading_rlock_owner(foreign_rlock, &depth) == 0, "threading_rlock_owner",
            THREADING_INVALID_HANDLE, lock.bits);
    CHECK(!threading_lock_locked(lock));
    CHECK(!threading_rlock_locked(rlock));
    CHECK_NUMBER(threading_rlock_depth(rlock), 0);
    CHECK_NUMBER(threading_rlock_owner(rlock, &depth), 0);
    CHECK_NOT_HEARD();
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
    ANSWERS(!threading_lock_locked(lock), "threading_lock_locked", THREADING_DESTROYED, lock.bits);
    ANSWERS(!threading_rlock_locked(rlock), "threading_rlock_locked", THREADING_DESTROYED,
            rlock.bits);
    ANSWERS(threading_rlock_depth(rlock) == 0, "threading_rlock_depth", THREADING_DESTROYED,
            rlock.bits);
    ANSWERS(threading_rlock_owner(rlock, &depth) == 0, "threading_rlock_owner", THREADING_DESTROYED,
            rlock.bits);
}

CASE(hook_hears_nothing_of_what_is_no_error) {
    uint64_t bits = lock_new(&primitive);
    holder other;
    listen();
    CHECK_STATUS(primitive.destroy(0), THREADING_OK);
    CHECK_STATUS(reentrant.destroy(0), THREADING_OK);
    CHECK_STATUS(primitive.acquire(bits), THREADING_OK);
    CHECK(primitive.locked(bits));
    CHECK_STATUS(primitive.release(bits), THREADING_OK);
    holder_start(&other, FOREIGN, &primitive, bits);
    CHECK_STATUS(primitive.try_acquire(bits), THREADING_TIMEOUT);
    CHECK_STATUS(primitive.acquire_timeout(bits, 0), THREADING_TIMEOUT);
    CHECK_STATUS(primitive.acquire_timeout(bits, 0.005), THREADING_TIMEOUT);
    holder_end(&other);
    CHECK_STATUS(primitive.destroy(bits), THREADING_OK);
    CHECK_NOT_HEARD();
}

static void fails_in_its_own_thread(worker *self) {
    threading_lock null = THREADING_NULL;
    (void)self;
    FAILS(threading_lock_release(null), "threading_lock_release", THREADING_INVALID_HANDLE, 0);
    ANSWERS(!threading_lock_locked(null), "threading_lock_locked", THREADING_INVALID_HANDLE, 0);
}

/* One hook serves the process, whichever thread set it; each call is heard of in the thread that
 * made it. */
CASE(hook_runs_in_the_calling_thread) {
    listen();
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        worker other;
        worker_start(&other, whose, fails_in_its_own_thread, NULL);
        worker_join(&other);
    }
}

/* ---- setting it ---- */

static int others;

static void hears_instead(const char *function, threading_status status, uint64_t handle,
                          void *ctx) {
    (void)function, (void)status, (void)handle;
    CHECK(ctx == &others);
    others++;
}

CASE(hook_is_replaced) {
    listen();
    CHECK_STATUS(threading_set_error_hook(hears_instead, &others), THREADING_OK);
    CHECK_STATUS(primitive.acquire(0), THREADING_INVALID_HANDLE);
    CHECK_NOT_HEARD();
    CHECK_NUMBER(others, 1);
    listen();
    FAILS(primitive.acquire(0), "threading_lock_acquire", THREADING_INVALID_HANDLE, 0);
    CHECK_NUMBER(others, 1);
}

CASE(hook_is_removed_by_null) {
    CHECK_STATUS(primitive.acquire(0), THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_set_error_hook(NULL, NULL), THREADING_OK);
    CHECK_STATUS(primitive.acquire(0), THREADING_INVALID_HANDLE);
    listen();
    FAILS(primitive.acquire(0), "threading_lock_acquire", THREADING_INVALID_HANDLE, 0);
    CHECK_STATUS(threading_set_error_hook(NULL, &context), THREADING_OK);
    CHECK_STATUS(primitive.acquire(0), THREADING_INVALID_HANDLE);
    CHECK(!primitive.locked(0));
    CHECK_NOT_HEARD();
}

static void removes_itself(const char *function, threading_status status, uint64_t handle,
                           void *ctx) {
    (void)function, (void)status, (void)handle, (void)ctx;
    others++;
    CHECK_STATUS(threading_set_error_hook(NULL, NULL), THREADING_OK);
}

CASE(hook_may_remove_itself) {
    CHECK_STATUS(threading_set_error_hook(removes_itself, NULL), THREADING_OK);
    CHECK_STATUS(primitive.acquire(0), THREADING_INVALID_HANDLE);
    CHECK_STATUS(primitive.acquire(0), THREADING_INVALID_HANDLE);
    CHECK_NUMBER(others, 1);
}

/* ---- what a hook may call ---- */

static void fails_itself(const char *function, threading_status status, uint64_t handle,
                         void *ctx) {
    (void)function, (void)status, (void)handle, (void)ctx;
    others++;
    CHECK_STATUS(primitive.release(0), THREADING_INVALID_HANDLE);
    CHECK_STATUS(reentrant.try_acquire(0), THREADING_INVALID_HANDLE);
    CHECK(!primitive.locked(0));
}

/* Each failure in the hook is answered like any other, and does not call the hook for ever. */
CASE(hook_may_call_what_fails) {
    CHECK_STATUS(threading_set_error_hook(fails_itself, NULL), THREADING_OK);
    for (int i = 1; i <= 3; i++) {
        CHECK_STATUS(primitive.acquire(0), THREADING_INVALID_HANDLE);
        CHECK_NUMBER(others, i);
    }
    CHECK(!primitive.locked(0));
    CHECK_NUMBER(others, 4);
    /* Nor is the thread deaf from then on. */
    listen();
    FAILS(primitive.acquire(0), "threading_lock_acquire", THREADING_INVALID_HANDLE, 0);
}

static threading_lock used_in_hook;
static threading_rlock failed_in_hook;

static void uses_the_library(const char *function, threading_status status, uint64_t handle,
                             void *ctx) {
    threading_rlock rlock = {handle};
    (void)ctx;
    CHECK_STRING(function, "threading_rlock_release");
    CHECK_STRING(threading_status_name(status), "THREADING_NOT_ACQUIRED");
    CHECK_STATUS(threading_lock_acquire(used_in_hook), THREADING_OK);
    CHECK_STATUS(threading_lock_release(used_in_hook), THREADING_OK);
    /* The very object that the call failed on: none of the library's own locks is held now. */
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    waiter waiting;
    CHECK_STATUS(threading_lock_acquire(used_in_hook), THREADING_OK);
    waiter_start(&waiting, OURS, &primitive, used_in_hook.bits);
    EVENTUALLY(worker_asleep(&waiting.thread));
    CHECK_STATUS(threading_lock_release(used_in_hook), THREADING_OK);
    waiter_end(&waiting, THREADING_OK);
    others++;
}

CASE(hook_may_use_the_library) {
    CHECK_STATUS(threading_lock_new(&used_in_hook), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&failed_in_hook), THREADING_OK);
    CHECK_STATUS(threading_set_error_hook(uses_the_library, NULL), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(failed_in_hook), THREADING_NOT_ACQUIRED);
    CHECK_NUMBER(others, 1);
    CHECK_STATUS(threading_rlock_destroy(failed_in_hook), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(used_in_hook), THREADING_OK);
}

static void ends_the_thread(const char *function, threading_status status, uint64_t handle,
                            void *ctx) {
    (void)function, (void)status, (void)handle, (void)ctx;
    pthread_exit(NULL);
}

static void fails_and_ends(worker *self) {
    threading_rlock *rlock = self->context;
    threading_rlock_release(*rlock);
    CHECK(!"reached");
}

/* A hook should return. One that does not leaves no lock of the library's own held, and nobody else
 * deaf. */
CASE(hook_that_unwinds_leaves_nothing_held) {
    threading_rlock rlock;
    worker other;
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        CHECK_STATUS(threading_set_error_hook(ends_the_thread, NULL), THREADING_OK);
        worker_start(&other, whose, fails_and_ends, &rlock);
        worker_join(&other);
        listen();
        FAILS(threading_rlock_release(rlock), "threading_rlock_release", THREADING_NOT_ACQUIRED,
              rlock.bits);
        worker_start(&other, whose, fails_in_its_own_thread, NULL);
        worker_join(&other);
    }
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
}

CASE(errno_is_kept_on_the_way_to_the_hook_and_back) {
    listen();
    errno = 4711;
    threading_status status = primitive.acquire(0);
    CHECK_NUMBER(errno, 4711);
    CHECK_STATUS(status, THREADING_INVALID_HANDLE);
    CHECK_HEARD("threading_lock_acquire", THREADING_INVALID_HANDLE, 0);
}
