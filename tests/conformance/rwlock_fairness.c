/* `threading_rwlock`: who waits for whom, and for how long. */
#include "rwlock_tools.h"

#include <sched.h>

/* For longer than a thread may be overtaken. */
static void wait_until_all_have_waited_long(void) {
    double end = threading_monotonic() + 0.002;
    while (threading_monotonic() < end) {
        sched_yield();
    }
}

/* ---- a writer that waits ---- */

CASE(a_writer_that_waits_keeps_newcomers_from_reading) {
    threading_rwlock rwlock = rwlock_new();
    caller writer, reader;
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    caller_start_asleep(&writer, OURS, calls_write, rwlock.bits, 0);
    another_is_told(rwlock, calls_try_read, THREADING_TIMEOUT);
    caller_start_asleep(&reader, FOREIGN, calls_read, rwlock.bits, 0);
    check_state(rwlock, 1, 0);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    caller_end(&writer, THREADING_OK);
    caller_end(&reader, THREADING_OK);
    check_free(rwlock);
}

CASE(a_thread_that_reads_passes_a_writer_that_waits) {
    threading_rwlock rwlock = rwlock_new(), other = rwlock_new();
    caller writers[2];
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    caller_start_asleep(&writers[0], OURS, calls_write, rwlock.bits, 0);
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_try_acquire_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_read_timeout(rwlock, 0), THREADING_OK);
    check_state(rwlock, 4, 0);
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    }
    caller_end(&writers[0], THREADING_OK);
    /* Which one it reads makes no difference: with two of them two threads would wait for each
     * other. */
    caller reader;
    caller_start(&reader, OURS, keeps_read, other.bits, 0);
    caller_end(&reader, THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    caller_start_asleep(&writers[1], FOREIGN, calls_write, other.bits, 0);
    CHECK_STATUS(threading_rwlock_acquire_read(other), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_read(other), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    /* Now it reads nothing any more. */
    CHECK_STATUS(threading_rwlock_try_acquire_read(other), THREADING_TIMEOUT);
    CHECK_STATUS(threading_rwlock_release_read(other), THREADING_OK);
    caller_end(&writers[1], THREADING_OK);
    check_free(rwlock);
}

/* They wait for it alone. */
CASE(a_writer_that_gives_up_lets_in_the_readers_behind_it) {
    for (int round = 0; round < 20; round++) {
        threading_rwlock rwlock = rwlock_new();
        caller writer, readers[3];
        CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
        caller_start(&writer, round % WORKER_KINDS, calls_write_timeout, rwlock.bits, 0.02);
        for (int i = 0; i < 3; i++) {
            caller_start(&readers[i], i % WORKER_KINDS, calls_read, rwlock.bits, 0);
        }
        caller_end(&writer, THREADING_TIMEOUT);
        for (int i = 0; i < 3; i++) {
            caller_end(&readers[i], THREADING_OK);
        }
        check_state(rwlock, 1, 0);
        CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
        check_free(rwlock);
        CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_OK);
    }
}

CASE(a_writer_that_has_waited_long_is_next) {
    threading_rwlock rwlock = rwlock_new();
    caller writer;
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    caller_start_asleep(&writer, OURS, keeps_write, rwlock.bits, 0);
    wait_until_all_have_waited_long();
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    /* It is handed over, not free in between. */
    CHECK(threading_rwlock_write_locked(rwlock));
    CHECK_STATUS(threading_rwlock_try_acquire_write(rwlock), THREADING_TIMEOUT);
    caller_end(&writer, THREADING_OK);
    CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_OK);
}

/* ---- readers that wait ---- */

CASE(the_end_of_a_write_lets_in_all_readers_also_those_behind_writers) {
    threading_rwlock rwlock = rwlock_new();
    caller writers[2], readers[3];
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    caller_start_asleep(&readers[0], OURS, keeps_read, rwlock.bits, 0);
    caller_start_asleep(&writers[0], OURS, calls_write, rwlock.bits, 0);
    caller_start_asleep(&readers[1], FOREIGN, keeps_read, rwlock.bits, 0);
    caller_start_asleep(&writers[1], FOREIGN, calls_write, rwlock.bits, 0);
    caller_start_asleep(&readers[2], OURS, keeps_read, rwlock.bits, 0);
    wait_until_all_have_waited_long();
    CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
    /* All are in before any of them has run. */
    check_state(rwlock, 3, 0);
    for (int i = 0; i < 3; i++) {
        caller_end(&readers[i], THREADING_OK);
    }
    for (int i = 0; i < 2; i++) {
        EVENTUALLY(worker_asleep(&writers[i].thread));
        CHECK(!atomic_load(&writers[i].returned));
    }
    another_is_told(rwlock, calls_try_read, THREADING_TIMEOUT);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    }
    caller_end(&writers[0], THREADING_OK);
    caller_end(&writers[1], THREADING_OK);
    check_free(rwlock);
}

/* A reader that was woken and found another write is let in for certain at the end of that. */
CASE(a_reader_waits_for_two_writes_at_most) {
    for (int round = 0; round < 200; round++) {
        threading_rwlock rwlock = rwlock_new();
        caller reader;
        int waited_for = 0;
        CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
        caller_start_asleep(&reader, round % WORKER_KINDS, keeps_read, rwlock.bits, 0);
        do {
            CHECK(waited_for < 2);
            waited_for++;
            CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
            if (threading_rwlock_try_acquire_write(rwlock) != THREADING_OK) {
                break;
            }
            /* It overtakes: from here on it waits for this write. */
            EVENTUALLY(worker_asleep(&reader.thread) || atomic_load(&reader.returned));
        } while (!atomic_load(&reader.returned));
        caller_end(&reader, THREADING_OK);
        check_state(rwlock, 1, 0);
        CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
        CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_OK);
    }
}

/* ---- crowds ---- */

static threading_rwlock crowded;
static atomic_bool over;
static atomic_long inside, rounds;

static void reads_on_and_on(worker *self) {
    (void)self;
    while (!atomic_load(&over)) {
        CHECK_STATUS(threading_rwlock_acquire_read(crowded), THREADING_OK);
        for (volatile int i = 0; i < 200; i++) {
        }
        CHECK_STATUS(threading_rwlock_release_read(crowded), THREADING_OK);
        atomic_fetch_add(&rounds, 1);
    }
}

static void writes_on_and_on(worker *self) {
    (void)self;
    while (!atomic_load(&over)) {
        CHECK_STATUS(threading_rwlock_acquire_write(crowded), THREADING_OK);
        CHECK_NUMBER(atomic_fetch_add(&inside, 1), 0);
        atomic_fetch_sub(&inside, 1);
        CHECK_STATUS(threading_rwlock_release_write(crowded), THREADING_OK);
        atomic_fetch_add(&rounds, 1);
    }
}

static void start_crowd(worker *crowd, int count, void (*body)(worker *)) {
    crowded = rwlock_new();
    for (int i = 0; i < count; i++) {
        worker_start(&crowd[i], i % WORKER_KINDS, body, NULL);
    }
    EVENTUALLY(atomic_load(&rounds) > 0);
}

static void end_crowd(worker *crowd, int count) {
    atomic_store(&over, true);
    for (int i = 0; i < count; i++) {
        worker_join(&crowd[i]);
    }
    check_free(crowded);
    CHECK_STATUS(threading_rwlock_destroy(crowded), THREADING_OK);
}

CASE(readers_that_overlap_starve_no_writer) {
    worker crowd[6];
    start_crowd(crowd, 6, reads_on_and_on);
    for (int i = 0; i < 300; i++) {
        CHECK_STATUS(threading_rwlock_acquire_write(crowded), THREADING_OK);
        CHECK_STATUS(threading_rwlock_release_write(crowded), THREADING_OK);
    }
    end_crowd(crowd, 6);
}

CASE(writers_starve_no_reader) {
    worker crowd[6];
    start_crowd(crowd, 6, writes_on_and_on);
    for (int i = 0; i < 300; i++) {
        CHECK_STATUS(threading_rwlock_acquire_read(crowded), THREADING_OK);
        CHECK_NUMBER(atomic_load(&inside), 0);
        CHECK_STATUS(threading_rwlock_release_read(crowded), THREADING_OK);
    }
    end_crowd(crowd, 6);
}

/* ---- everybody comes in together ---- */

enum { TOGETHER = 5, ROUNDS = 2000 };
static atomic_int read_inside, go;

/* What an rwlock once granted exclusively that had been asked for in common: then not all of them
 * are inside at the same time, and this never ends. */
static void reads_together(worker *self) {
    (void)self;
    for (int round = 1; round <= ROUNDS; round++) {
        while (atomic_load(&go) < round) {
            sched_yield();
        }
        CHECK_STATUS(threading_rwlock_acquire_read(crowded), THREADING_OK);
        atomic_fetch_add(&read_inside, 1);
        while (atomic_load(&read_inside) < round * TOGETHER) {
            sched_yield();
        }
        CHECK_STATUS(threading_rwlock_release_read(crowded), THREADING_OK);
    }
}

CASE(all_readers_are_inside_together_after_each_write) {
    worker readers[TOGETHER];
    crowded = rwlock_new();
    for (int i = 0; i < TOGETHER; i++) {
        worker_start(&readers[i], i % WORKER_KINDS, reads_together, NULL);
    }
    for (int round = 1; round <= ROUNDS; round++) {
        CHECK_STATUS(threading_rwlock_acquire_write(crowded), THREADING_OK);
        atomic_store(&go, round);
        if (round % 3) {
            sched_yield();
        }
        CHECK_STATUS(threading_rwlock_release_write(crowded), THREADING_OK);
        while (atomic_load(&read_inside) < round * TOGETHER) {
            sched_yield();
        }
    }
    for (int i = 0; i < TOGETHER; i++) {
        worker_join(&readers[i]);
    }
    check_free(crowded);
}
