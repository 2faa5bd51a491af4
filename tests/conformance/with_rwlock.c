/* THREADING_WITH of an rwlock: it is read or written for the statement that follows, and released
 * on every way out of it. */
#include "rwlock_tools.h"

static threading_rwlock rwlock;

static size_t readers_in_the_block(void) {
    THREADING_WITH(threading_rwlock_reading(rwlock)) {
        return threading_rwlock_readers(rwlock);
    }
    return 4711;
}

static uint64_t writer_in_the_block(void) {
    THREADING_WITH(threading_rwlock_writing(rwlock)) {
        return threading_rwlock_writer(rwlock);
    }
    return 4711;
}

CASE(read_for_the_block_and_released_on_every_way_out) {
    int entered = 0;
    rwlock = rwlock_new();
    THREADING_WITH(threading_rwlock_reading(rwlock)) {
        check_state(rwlock, 1, 0);
        THREADING_WITH(threading_rwlock_reading(rwlock))
            check_state(rwlock, 2, 0);
        another_is_told(rwlock, calls_try_read, THREADING_OK);
        another_is_told(rwlock, calls_try_write, THREADING_TIMEOUT);
        entered++;
    }
    check_free(rwlock);
    for (int i = 0; i < 2; i++) {
        THREADING_WITH(threading_rwlock_reading(rwlock)) {
            entered++;
            if (i == 0) {
                break;
            }
            continue;
        }
        check_free(rwlock);
    }
    CHECK_NUMBER(readers_in_the_block(), 1);
    check_free(rwlock);
    CHECK_NUMBER(entered, 3);
}

CASE(written_for_the_block_and_released_on_every_way_out) {
    int entered = 0;
    rwlock = rwlock_new();
    THREADING_WITH(threading_rwlock_writing(rwlock)) {
        check_state(rwlock, 0, threading_get_ident());
        another_is_told(rwlock, calls_try_read, THREADING_TIMEOUT);
        entered++;
    }
    check_free(rwlock);
    THREADING_WITH(threading_rwlock_writing(rwlock)) {
        entered++;
        break;
    }
    check_free(rwlock);
    CHECK_NUMBER(writer_in_the_block(), threading_get_ident());
    check_free(rwlock);
    CHECK_NUMBER(entered, 2);
}

CASE(a_static_one_is_made_where_it_is_used) {
    static threading_rwlock made = THREADING_NULL;
    THREADING_WITH(threading_rwlock_reading(threading_rwlock_ensure(&made))) {
        check_state(made, 1, 0);
    }
    THREADING_WITH(threading_rwlock_writing(threading_rwlock_ensure(&made))) {
        check_state(made, 0, threading_get_ident());
    }
    check_free(made);
}

CASE(what_cannot_be_acquired_is_skipped) {
    threading_rwlock none = THREADING_NULL;
    rwlock = rwlock_new();
    THREADING_WITH(threading_rwlock_reading(none))
        CHECK(!"reached");
    THREADING_WITH(threading_rwlock_writing(none))
        CHECK(!"reached");
    THREADING_WITH(threading_rwlock_writing(rwlock)) {
        THREADING_WITH(threading_rwlock_reading(rwlock))
            CHECK(!"reached");
        check_state(rwlock, 0, threading_get_ident());
    }
    check_free(rwlock);
    CHECK(THREADING_SAME(threading_rwlock_reading(rwlock).rwlock, rwlock));
    CHECK(THREADING_SAME(threading_rwlock_writing(rwlock).rwlock, rwlock));
}
