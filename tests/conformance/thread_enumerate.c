/* Who else is there: enumerate and active_count. */
#include "case.h"
#include "gate.h"
#include "thread_tools.h"

#include <stdatomic.h>

static void *nothing(void *arg) { return arg; }

CASE(enumerate_holds_who_was_started_and_has_not_ended) {
    gate door = GATE_CLOSED;
    threading_thread idle, running, daemon, ended;
    CHECK_STATUS(threading_thread_new("idle", nothing, NULL, &idle), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("running", gate_passenger, &door, &running), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn_daemon("daemon", gate_passenger, &door, &daemon),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("ended", nothing, NULL, &ended), THREADING_OK);
    CHECK_STATUS(threading_thread_join(ended), THREADING_OK);
    CHECK(thread_is_listed(threading_main_thread()));
    CHECK(thread_is_listed(running));
    CHECK(thread_is_listed(daemon));
    CHECK(!thread_is_listed(idle));
    CHECK(!thread_is_listed(ended));
    CHECK_NUMBER(threading_active_count(), 3);
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(running, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(daemon, NULL), THREADING_OK);
    CHECK_NUMBER(threading_active_count(), 1);
}

CASE(a_thread_counts_from_its_start_on_before_it_runs) {
    gate door = GATE_CLOSED;
    threading_thread threads[64];
    for (int i = 0; i < 64; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &threads[i]),
                     THREADING_OK);
        CHECK(thread_is_listed(threads[i]));
        CHECK_NUMBER(threading_active_count(), i + 2);
    }
    gate_open(&door);
    for (int i = 0; i < 64; i++) {
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
    }
}

CASE(enumerate_writes_no_more_than_the_capacity) {
    gate door = GATE_CLOSED;
    threading_thread threads[5];
    for (int i = 0; i < 5; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &threads[i]),
                     THREADING_OK);
    }
    for (size_t capacity = 0; capacity < 10; capacity++) {
        threading_thread array[10];
        for (size_t i = 0; i < 10; i++) {
            array[i].bits = 42;
        }
        size_t count = threading_enumerate(array, capacity);
        CHECK_NUMBER(count, capacity < 6 ? capacity : 6);
        for (size_t i = 0; i < 10; i++) {
            CHECK((array[i].bits == 42) == (i >= count));
            for (size_t other = 0; other < i && i < count; other++) {
                CHECK(!THREADING_SAME(array[i], array[other]));
            }
        }
    }
    CHECK_NUMBER(threading_enumerate(NULL, 0), 0);
    CHECK_NUMBER(threading_enumerate(NULL, 10), 0);
    gate_open(&door);
    for (int i = 0; i < 5; i++) {
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
    }
}

/* test_enumerate_after_join */
CASE(nobody_is_listed_after_a_join) {
    for (int round = 0; round < 2000; round++) {
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
        CHECK(!thread_is_listed(thread));
        CHECK(!threading_thread_is_alive(thread));
        CHECK_NUMBER(threading_active_count(), 1);
        CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
    }
}

static void *come_and_go(void *arg) {
    atomic_bool *stop = arg;
    while (!atomic_load(stop)) {
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    }
    return NULL;
}

CASE(enumerate_holds_everyone_who_was_alive_all_through_the_call) {
    enum { STEADY = 6, GONE = 6, MOST = 64 };
    gate door = GATE_CLOSED;
    atomic_bool stop = false;
    threading_thread steady[STEADY], gone[GONE], churners[2];
    for (int i = 0; i < STEADY; i++) {
        CHECK_STATUS(threading_thread_spawn("gone", nothing, NULL, &gone[i]), THREADING_OK);
        CHECK_STATUS(threading_thread_spawn("steady", gate_passenger, &door, &steady[i]),
                     THREADING_OK);
        CHECK_STATUS(threading_thread_join(gone[i]), THREADING_OK);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(threading_thread_spawn("churner", come_and_go, &stop, &churners[i]),
                     THREADING_OK);
    }
    for (int round = 0; round < 5000; round++) {
        threading_thread array[MOST];
        size_t count = threading_enumerate(array, MOST);
        int found = 0, ended = 0, twice = 0;
        CHECK(count < MOST);
        for (size_t i = 0; i < count; i++) {
            found += THREADING_SAME(array[i], threading_main_thread());
            for (int k = 0; k < STEADY; k++) {
                found += THREADING_SAME(array[i], steady[k]);
                ended += THREADING_SAME(array[i], gone[k]);
            }
            for (size_t other = 0; other < i; other++) {
                twice += THREADING_SAME(array[i], array[other]);
            }
        }
        CHECK_NUMBER(found, STEADY + 1);
        CHECK_NUMBER(ended, 0);
        CHECK_NUMBER(twice, 0);
        CHECK(threading_active_count() >= STEADY + 3);
    }
    atomic_store(&stop, true);
    gate_open(&door);
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(threading_thread_finish(churners[i], NULL), THREADING_OK);
    }
    for (int i = 0; i < STEADY; i++) {
        CHECK_STATUS(threading_thread_finish(steady[i], NULL), THREADING_OK);
    }
    CHECK_NUMBER(threading_active_count(), 1);
}
