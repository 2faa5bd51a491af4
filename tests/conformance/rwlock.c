/* `threading_rwlock`: who reads and writes beside whom, what is refused, and the end of an
 * rwlock. */
#include "rwlock_tools.h"

/* ---- who may come in ---- */

CASE(any_number_of_threads_read_at_once) {
    threading_rwlock rwlock = rwlock_new();
    check_state(rwlock, 0, 0);
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_try_acquire_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_read_timeout(rwlock, 1), THREADING_OK);
    check_state(rwlock, 3, 0);
    another_is_told(rwlock, calls_read, THREADING_OK);
    another_is_told(rwlock, calls_try_write, THREADING_TIMEOUT);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    }
    check_free(rwlock);
    CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_OK);
}

CASE(a_writer_is_alone) {
    threading_rwlock rwlock = rwlock_new();
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    check_state(rwlock, 0, threading_get_ident());
    another_is_told(rwlock, calls_try_read, THREADING_TIMEOUT);
    another_is_told(rwlock, calls_try_write, THREADING_TIMEOUT);
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_write_timeout(rwlock, 1), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    check_free(rwlock);
}

CASE(what_is_held_makes_others_wait) {
    threading_status (*const calls[])(caller *) = {calls_read, calls_write, calls_read_timeout,
                                                   calls_write_timeout};
    for (int i = 0; i < 8; i++) {
        threading_rwlock rwlock = rwlock_new();
        caller others[4];
        CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
        for (int other = 0; other < 4; other++) {
            caller_start_asleep(&others[other], other % WORKER_KINDS, calls[(i + other) % 4],
                                rwlock.bits, i % 2 ? INFINITY : CASE_SECONDS);
        }
        CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_BUSY);
        CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
        for (int other = 0; other < 4; other++) {
            caller_end(&others[other], THREADING_OK);
        }
        check_free(rwlock);
        CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_OK);
    }
}

/* ---- what is refused ---- */

CASE(a_writer_that_acquires_again_would_wait_for_itself) {
    threading_rwlock rwlock = rwlock_new();
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_WOULD_DEADLOCK);
    CHECK_STRING(threading_error_message(), "the caller writes it already");
    CHECK_STATUS(threading_rwlock_try_acquire_write(rwlock), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_rwlock_acquire_write_timeout(rwlock, 0.01), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_WOULD_DEADLOCK);
    CHECK_STRING(threading_error_message(), "the caller writes it");
    CHECK_STATUS(threading_rwlock_try_acquire_read(rwlock), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_rwlock_acquire_read_timeout(rwlock, 0.01), THREADING_WOULD_DEADLOCK);
    check_state(rwlock, 0, threading_get_ident());
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    check_free(rwlock);
}

CASE(a_reader_that_would_write_would_wait_for_itself) {
    threading_rwlock rwlock = rwlock_new(), other = rwlock_new();
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_WOULD_DEADLOCK);
    CHECK_STRING(threading_error_message(), "the caller reads it");
    CHECK_STATUS(threading_rwlock_try_acquire_write(rwlock), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_rwlock_acquire_write_timeout(rwlock, 0.01), THREADING_WOULD_DEADLOCK);
    /* Another one is another matter. */
    CHECK_STATUS(threading_rwlock_acquire_write(other), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_write(other), THREADING_OK);
    check_state(rwlock, 1, 0);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    check_free(rwlock);
}

CASE(what_is_not_held_cannot_be_released) {
    threading_rwlock rwlock = rwlock_new();
    for (int round = 0; round < 2; round++) {
        CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_NOT_ACQUIRED);
        CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_NOT_ACQUIRED);
        CHECK_STATUS(threading_rwlock_downgrade(rwlock), THREADING_NOT_ACQUIRED);
        CHECK_STATUS(threading_rwlock_try_upgrade(rwlock), THREADING_NOT_ACQUIRED);
        check_free(rwlock);
    }
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_NOT_ACQUIRED);
    CHECK_STATUS(threading_rwlock_downgrade(rwlock), THREADING_NOT_ACQUIRED);
    check_state(rwlock, 1, 0);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_NOT_ACQUIRED);
    CHECK_STATUS(threading_rwlock_try_upgrade(rwlock), THREADING_NOT_ACQUIRED);
    check_state(rwlock, 0, threading_get_ident());
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    check_free(rwlock);
}

CASE(only_the_thread_that_writes_ends_the_write) {
    threading_rwlock rwlock = rwlock_new();
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    another_is_told(rwlock, calls_release_write, THREADING_NOT_OWNER);
    another_is_told(rwlock, calls_downgrade, THREADING_NOT_OWNER);
    check_state(rwlock, 0, threading_get_ident());
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
}

/* It is counted, and nothing more: whose it was is the program's to know. */
CASE(a_read_can_be_ended_by_another_thread) {
    threading_rwlock rwlock = rwlock_new();
    caller other;
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    caller_start(&other, FOREIGN, calls_release_read, rwlock.bits, 0);
    caller_end(&other, THREADING_OK);
    check_free(rwlock);
}

CASE(there_is_a_greatest_number_of_reads) {
    enum { MOST = 67108863 };
    threading_rwlock rwlock = rwlock_new();
    for (int i = 0; i < MOST; i++) {
        if (threading_rwlock_acquire_read(rwlock) != THREADING_OK) {
            CHECK(!"all of them fit");
        }
    }
    CHECK_NUMBER(threading_rwlock_readers(rwlock), MOST);
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OVERFLOW);
    CHECK_STRING(threading_error_message(), "there are 67,108,863 reads already");
    CHECK_STATUS(threading_rwlock_try_acquire_read(rwlock), THREADING_OVERFLOW);
    CHECK_STATUS(threading_rwlock_acquire_read_timeout(rwlock, 1), THREADING_OVERFLOW);
    CHECK_STATUS(threading_rwlock_acquire_read_stop(rwlock, 1, (threading_stop){0}),
                 THREADING_OVERFLOW);
    another_is_told(rwlock, calls_try_write, THREADING_TIMEOUT);
    CHECK_NUMBER(threading_rwlock_readers(rwlock), MOST);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    for (int i = 0; i < MOST; i++) {
        if (threading_rwlock_release_read(rwlock) != THREADING_OK) {
            CHECK(!"all of them are there");
        }
    }
    check_free(rwlock);
}

/* ---- time-outs ---- */

CASE(a_time_out_is_never_early_and_takes_nothing) {
    threading_rwlock rwlock = rwlock_new();
    caller others[2];
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    double start = threading_monotonic();
    caller_start(&others[0], OURS, calls_read_timeout, rwlock.bits, 0.05);
    caller_start(&others[1], FOREIGN, calls_write_timeout, rwlock.bits, 0.05);
    caller_end(&others[0], THREADING_TIMEOUT);
    caller_end(&others[1], THREADING_TIMEOUT);
    CHECK_NOT_EARLY(start, 0.05);
    another_is_told(rwlock, calls_read_timeout, THREADING_TIMEOUT);
    another_is_told(rwlock, calls_write_timeout, THREADING_TIMEOUT);
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    check_free(rwlock);
    CHECK_STATUS(threading_rwlock_acquire_read_timeout(rwlock, NAN), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_rwlock_acquire_write_timeout(rwlock, 1e10), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_OK);
}

/* ---- a write becomes a read, and back ---- */

CASE(a_write_becomes_a_read_and_lets_readers_in_and_no_writer) {
    threading_rwlock rwlock = rwlock_new();
    caller reader, writer;
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_downgrade(rwlock), THREADING_OK);
    check_state(rwlock, 1, 0);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    check_free(rwlock);
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    caller_start_asleep(&writer, OURS, calls_write, rwlock.bits, 0);
    caller_start_asleep(&reader, FOREIGN, calls_read, rwlock.bits, 0);
    CHECK_STATUS(threading_rwlock_downgrade(rwlock), THREADING_OK);
    caller_end(&reader, THREADING_OK);
    CHECK(!atomic_load(&writer.returned));
    check_state(rwlock, 1, 0);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    caller_end(&writer, THREADING_OK);
    check_free(rwlock);
}

CASE(a_read_becomes_a_write_if_it_is_the_only_one) {
    threading_rwlock rwlock = rwlock_new();
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_try_upgrade(rwlock), THREADING_OK);
    check_state(rwlock, 0, threading_get_ident());
    CHECK_STATUS(threading_rwlock_downgrade(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_try_upgrade(rwlock), THREADING_TIMEOUT);
    another_is_told(rwlock, calls_try_upgrade, THREADING_TIMEOUT);
    check_state(rwlock, 2, 0);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_try_upgrade(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    check_free(rwlock);
}

CASE(a_read_becomes_a_write_past_a_writer_that_waits) {
    threading_rwlock rwlock = rwlock_new();
    caller writer;
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    caller_start_asleep(&writer, OURS, calls_write, rwlock.bits, 0);
    CHECK_STATUS(threading_rwlock_try_upgrade(rwlock), THREADING_OK);
    check_state(rwlock, 0, threading_get_ident());
    CHECK(!atomic_load(&writer.returned));
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    caller_end(&writer, THREADING_OK);
    check_free(rwlock);
}

/* ---- the end ---- */

CASE(busy_while_it_is_read_or_written) {
    threading_rwlock rwlock = rwlock_new();
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_BUSY);
    CHECK_STRING(threading_error_message(), "it is acquired for reading");
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_BUSY);
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_OK);
}

/* Nobody knows whose the reads are, so one that is left behind counts. */
CASE(what_a_thread_leaves_behind_stays_held_and_a_write_can_be_destroyed) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        threading_rwlock written = rwlock_new(), read = rwlock_new();
        caller writer, reader;
        caller_start(&writer, whose, keeps_write, written.bits, 0);
        caller_start(&reader, whose, keeps_read, read.bits, 0);
        caller_end(&writer, THREADING_OK);
        caller_end(&reader, THREADING_OK);
        CHECK(threading_rwlock_write_locked(written));
        CHECK_STATUS(threading_rwlock_try_acquire_read(written), THREADING_TIMEOUT);
        CHECK_STATUS(threading_rwlock_release_write(written), THREADING_NOT_OWNER);
        CHECK_STATUS(threading_rwlock_destroy(written), THREADING_OK);
        CHECK_STATUS(threading_rwlock_destroy(read), THREADING_BUSY);
        CHECK_STATUS(threading_rwlock_release_read(read), THREADING_OK);
        CHECK_STATUS(threading_rwlock_destroy(read), THREADING_OK);
    }
}

static void check_dead(uint64_t bits, threading_status expected) {
    threading_rwlock rwlock = {bits};
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), expected);
    CHECK_STATUS(threading_rwlock_try_acquire_read(rwlock), expected);
    CHECK_STATUS(threading_rwlock_acquire_read_timeout(rwlock, 1000), expected);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), expected);
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), expected);
    CHECK_STATUS(threading_rwlock_try_acquire_write(rwlock), expected);
    CHECK_STATUS(threading_rwlock_acquire_write_timeout(rwlock, 1000), expected);
    CHECK_STATUS(threading_rwlock_release_write(rwlock), expected);
    CHECK_STATUS(threading_rwlock_downgrade(rwlock), expected);
    CHECK_STATUS(threading_rwlock_try_upgrade(rwlock), expected);
    check_state(rwlock, 0, 0);
    CHECK_STATUS(threading_rwlock_destroy(rwlock), bits == 0 ? THREADING_OK : expected);
}

CASE(null_stale_and_foreign_handles) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_new(NULL), THREADING_INVALID_ARGUMENT);
    check_dead(0, THREADING_INVALID_HANDLE);
    check_dead(lock.bits, THREADING_INVALID_HANDLE);
    check_dead(threading_main_thread().bits, THREADING_INVALID_HANDLE);
    for (int i = 0; i < 100; i++) {
        threading_rwlock rwlock = rwlock_new();
        CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_OK);
        threading_rwlock heir = rwlock_new();
        CHECK_STATUS(i % 2 ? threading_rwlock_acquire_read(heir)
                           : threading_rwlock_acquire_write(heir),
                     THREADING_OK);
        check_dead(rwlock.bits, THREADING_DESTROYED);
        check_state(heir, i % 2, i % 2 ? 0 : threading_get_ident());
        CHECK_STATUS(i % 2 ? threading_rwlock_release_read(heir)
                           : threading_rwlock_release_write(heir),
                     THREADING_OK);
        CHECK_STATUS(threading_rwlock_destroy(heir), THREADING_OK);
    }
}

CASE(a_static_one_is_made_once) {
    static threading_rwlock rwlock = THREADING_NULL;
    threading_rwlock first = threading_rwlock_ensure(&rwlock);
    CHECK(!THREADING_IS_NULL(first));
    CHECK(THREADING_SAME(first, threading_rwlock_ensure(&rwlock)));
    CHECK(THREADING_IS_NULL(threading_rwlock_ensure(NULL)));
    check_free(rwlock);
}
