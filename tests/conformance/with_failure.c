/* THREADING_WITH in C, when x cannot be acquired: the statement is skipped, and the error hook has
 * heard why. */
#include "lock_kind.h"
#include "with_locks.h"

static char heard_function[64];
static threading_status heard_status;
static uint64_t heard_handle;
static int heard_count;

static void hears(const char *function, threading_status status, uint64_t handle, void *ctx) {
    (void)ctx;
    snprintf(heard_function, sizeof heard_function, "%s", function);
    heard_status = status;
    heard_handle = handle;
    heard_count++;
}

CASE(failed_acquire_skips_the_statement_and_is_heard) {
    threading_lock no_lock = THREADING_NULL;
    int after = 0;
    make_locks();
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
    CHECK_STATUS(threading_set_error_hook(hears, NULL), THREADING_OK);
    THREADING_WITH(no_lock) {
        CHECK(!"reached");
    }
    after++;
    CHECK_NUMBER(heard_count, 1);
    CHECK_STRING(heard_function, "threading_lock_acquire");
    CHECK_STATUS(heard_status, THREADING_INVALID_HANDLE);
    CHECK_NUMBER(heard_handle, 0);
    THREADING_WITH(lock)
        CHECK(!"reached");
    after++;
    CHECK_NUMBER(heard_count, 2);
    CHECK_STATUS(heard_status, THREADING_DESTROYED);
    CHECK(heard_handle == lock.bits);
    THREADING_WITH(rlock) {
        CHECK(!"reached");
    }
    after++;
    CHECK_NUMBER(heard_count, 3);
    CHECK_STRING(heard_function, "threading_rlock_acquire");
    CHECK_STATUS(heard_status, THREADING_DESTROYED);
    CHECK(heard_handle == rlock.bits);
    CHECK_NUMBER(after, 3);
    if (after == 3)
        THREADING_WITH(no_lock)
            CHECK(!"reached");
    else
        CHECK(!"reached");
    CHECK_NUMBER(heard_count, 4);
    /* Skipped inside another block, that one goes on. */
    THREADING_WITH(second) {
        THREADING_WITH(lock)
            CHECK(!"reached");
        CHECK(threading_lock_locked(second));
        after++;
    }
    CHECK_NUMBER(after, 4);
    CHECK_NUMBER(heard_count, 5);
    CHECK(!threading_lock_locked(second));
}
