/* A thread's life: new, start, end, result, finish; and what each call answers in each state. */
#include "case.h"
#include "gate.h"
#include "thread_tools.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int runs;

static void *count_run(void *arg) {
    atomic_fetch_add(&runs, 1);
    return arg;
}

CASE(new_does_not_start) {
    threading_thread thread = THREADING_NULL;
    CHECK_STATUS(threading_thread_new("idle", count_run, NULL, &thread), THREADING_OK);
    CHECK(!THREADING_IS_NULL(thread));
    CHECK(!threading_thread_is_alive(thread));
    CHECK(threading_thread_ident(thread) == 0);
    CHECK(threading_thread_native_id(thread) == 0);
    CHECK(!thread_is_listed(thread));
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
    CHECK_NUMBER(atomic_load(&runs), 0);
}

CASE(new_wants_a_target_and_an_out) {
    threading_thread thread = {42};
    CHECK_STATUS(threading_thread_new("t", NULL, NULL, &thread), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_thread_new("t", count_run, NULL, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_thread_spawn("t", NULL, NULL, &thread), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_thread_spawn_daemon("t", NULL, NULL, &thread),
                 THREADING_INVALID_ARGUMENT);
    CHECK(thread.bits == 42);
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_NUMBER(atomic_load(&runs), 0);
}

CASE(start_runs_the_target_once_with_its_arg) {
    int value = 0;
    void *result = NULL;
    threading_thread thread;
    CHECK_STATUS(threading_thread_new("once", count_run, &value, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK_NUMBER(atomic_load(&runs), 1);
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_OK);
    CHECK(result == &value);
}

/* test_start_thread_again */
CASE(start_again_is_already_started) {
    gate door = GATE_CLOSED;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn("again", gate_passenger, &door, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_ALREADY_STARTED);
    gate_await(&door, 1);
    CHECK_STATUS(threading_thread_start(thread), THREADING_ALREADY_STARTED);
    gate_open(&door);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_ALREADY_STARTED);
    CHECK_NUMBER(door.arrived, 1);
    CHECK_STATUS(threading_thread_start(threading_main_thread()), THREADING_ALREADY_STARTED);
}

typedef struct race {
    threading_thread thread;
    gate *door;
    atomic_int won, lost;
} race;

static void *start_it(void *arg) {
    race *all = arg;
    gate_pass(all->door);
    threading_status status = threading_thread_start(all->thread);
    if (status == THREADING_OK) {
        atomic_fetch_add(&all->won, 1);
    } else {
        CHECK_STATUS(status, THREADING_ALREADY_STARTED);
        atomic_fetch_add(&all->lost, 1);
    }
    return NULL;
}

CASE(of_many_starts_at_once_one_wins) {
    for (int round = 0; round < 50; round++) {
        gate door = GATE_CLOSED;
        race all = {THREADING_NULL, &door, 0, 0};
        threading_thread starters[4];
        CHECK_STATUS(threading_thread_new(NULL, count_run, NULL, &all.thread), THREADING_OK);
        for (int i = 0; i < 4; i++) {
            CHECK_STATUS(threading_thread_spawn(NULL, start_it, &all, &starters[i]), THREADING_OK);
        }
        gate_await(&door, 4);
        gate_open(&door);
        for (int i = 0; i < 4; i++) {
            CHECK_STATUS(threading_thread_finish(starters[i], NULL), THREADING_OK);
        }
        CHECK_NUMBER(atomic_load(&all.won), 1);
        CHECK_NUMBER(atomic_load(&all.lost), 3);
        CHECK_STATUS(threading_thread_finish(all.thread, NULL), THREADING_OK);
    }
    CHECK_NUMBER(atomic_load(&runs), 50);
}

CASE(spawn_is_new_and_start) {
    int value = 0;
    void *result = NULL;
    char name[16];
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn("worker", count_run, &value, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_name(thread, name, sizeof name, NULL), THREADING_OK);
    CHECK_STRING(name, "worker");
    CHECK(!threading_thread_daemon(thread));
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == &value);
    CHECK_NUMBER(atomic_load(&runs), 1);
}

static void *read_own_handle(void *arg) {
    threading_thread *out = arg;
    CHECK(THREADING_SAME(*out, threading_current_thread()));
    return NULL;
}

CASE(spawn_writes_out_before_the_target_runs) {
    for (int round = 0; round < 1000; round++) {
        threading_thread thread = THREADING_NULL;
        CHECK_STATUS(spawn_as(round & 1, NULL, read_own_handle, &thread, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    }
}

CASE(alive_from_start_to_end) {
    gate door = GATE_CLOSED;
    threading_thread thread;
    CHECK_STATUS(threading_thread_new("alive", gate_passenger, &door, &thread), THREADING_OK);
    CHECK(!threading_thread_is_alive(thread));
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK(threading_thread_is_alive(thread));
    CHECK(thread_is_listed(thread));
    gate_await(&door, 1);
    CHECK(threading_thread_is_alive(thread));
    gate_open(&door);
    /* Without a join: it ends all on its own. */
    EVENTUALLY(!threading_thread_is_alive(thread));
    CHECK(!thread_is_listed(thread));
    CHECK_STATUS(threading_thread_join_timeout(thread, 0), THREADING_OK);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
}

static void *write_ids(void *arg) {
    uint64_t *ids = arg;
    ids[0] = threading_get_ident();
    ids[1] = (uint64_t)syscall(SYS_gettid);
    return NULL;
}

CASE(ident_is_known_at_once_and_native_id_waits_for_the_beginning) {
    for (int round = 0; round < 200; round++) {
        uint64_t ids[2] = {0, 0};
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, write_ids, ids, &thread), THREADING_OK);
        uint64_t ident = threading_thread_ident(thread);
        uint64_t native_id = threading_thread_native_id(thread);
        CHECK(ident != 0);
        CHECK(native_id != 0);
        CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
        CHECK(ident == ids[0]);
        CHECK(native_id == ids[1]);
        CHECK(threading_thread_ident(thread) == ident);
        CHECK(threading_thread_native_id(thread) == native_id);
        CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
    }
}

CASE(never_started_has_no_join_and_no_result) {
    int untouched = 0;
    void *result = &untouched;
    threading_thread thread;
    CHECK_STATUS(threading_thread_new("idle", count_run, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_join(thread), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_thread_join_timeout(thread, 0), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_NOT_STARTED);
    CHECK(result == &untouched);
    /* Those errors changed nothing: it can be started, and ends as ever. */
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == NULL);
    CHECK_NUMBER(atomic_load(&runs), 1);
}

CASE(result_while_alive_is_busy) {
    gate door = GATE_CLOSED;
    int untouched = 0;
    void *result = &untouched;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn("busy", gate_passenger, &door, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_BUSY);
    gate_await(&door, 1);
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_BUSY);
    CHECK(result == &untouched);
    gate_open(&door);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    for (int times = 0; times < 3; times++) {
        result = NULL;
        CHECK_STATUS(threading_thread_result(thread, &result), THREADING_OK);
        CHECK(result == &door);
    }
    CHECK_STATUS(threading_thread_result(thread, NULL), THREADING_INVALID_ARGUMENT);
}

CASE(finish_is_join_result_and_destroy) {
    int untouched = 0;
    void *result = NULL;
    for (int round = 0; round < 100; round++) {
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, count_run, &runs, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, round & 1 ? &result : NULL), THREADING_OK);
        CHECK_NUMBER(atomic_load(&runs), round + 1);
        CHECK_STATUS(threading_thread_join(thread), THREADING_DESTROYED);
        result = &untouched;
        CHECK_STATUS(threading_thread_result(thread, &result), THREADING_DESTROYED);
        CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_DESTROYED);
        CHECK(result == &untouched);
    }
}

/* test_various_ops: never more than three of ten at work, each with an ident and a native id of its
 * own. */
typedef struct office {
    threading_lock lock;
    gate door;
    int working;
    uint64_t native_ids[10];
    int count;
} office;

static void *work_in_office(void *arg) {
    office *place = arg;
    for (;;) {
        CHECK_STATUS(threading_lock_acquire(place->lock), THREADING_OK);
        if (place->working < 3) {
            break;
        }
        CHECK_STATUS(threading_lock_release(place->lock), THREADING_OK);
        case_nap();
    }
    place->working++;
    place->native_ids[place->count++] = threading_get_native_id();
    CHECK_STATUS(threading_lock_release(place->lock), THREADING_OK);
    case_nap();
    CHECK_STATUS(threading_lock_acquire(place->lock), THREADING_OK);
    CHECK(place->working >= 1 && place->working <= 3);
    place->working--;
    CHECK_STATUS(threading_lock_release(place->lock), THREADING_OK);
    gate_pass(&place->door);
    return NULL;
}

CASE(various_ops) {
    office place = {THREADING_NULL, GATE_CLOSED, 0, {0}, 0};
    threading_thread threads[10];
    CHECK_STATUS(threading_lock_new(&place.lock), THREADING_OK);
    for (int i = 0; i < 10; i++) {
        char name[32];
        snprintf(name, sizeof name, "<thread %d>", i);
        CHECK_STATUS(threading_thread_new(name, work_in_office, &place, &threads[i]), THREADING_OK);
        CHECK(threading_thread_ident(threads[i]) == 0);
        CHECK_STATUS(threading_thread_start(threads[i]), THREADING_OK);
    }
    gate_await(&place.door, 10);
    /* All ten are alive: neither kind of id can have been used again. */
    for (int i = 0; i < 10; i++) {
        CHECK(place.native_ids[i] != threading_get_native_id());
        for (int other = 0; other < i; other++) {
            CHECK(place.native_ids[i] != place.native_ids[other]);
            CHECK(threading_thread_ident(threads[i]) != threading_thread_ident(threads[other]));
        }
    }
    gate_open(&place.door);
    for (int i = 0; i < 10; i++) {
        CHECK_STATUS(threading_thread_join(threads[i]), THREADING_OK);
        CHECK(!threading_thread_is_alive(threads[i]));
        CHECK(threading_thread_ident(threads[i]) != 0);
    }
    CHECK_NUMBER(place.working, 0);
}

CASE(no_call_changes_errno) {
    gate door = GATE_CLOSED;
    char name[4];
    threading_thread array[4];
    threading_thread thread, null_thread = THREADING_NULL;
    errno = 4242;
    CHECK_STATUS(threading_thread_new("errno", gate_passenger, &door, &thread), THREADING_OK);
    CHECK_NUMBER(errno, 4242);
    CHECK_STATUS(threading_thread_join(thread), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_thread_set_stack_size(thread, 1), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_thread_set_name(thread, "another"), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(thread, "yet another"), THREADING_OK);
    CHECK_STATUS(threading_thread_join_timeout(thread, 0.001), THREADING_TIMEOUT);
    CHECK_NUMBER(errno, 4242);
    gate_open(&door);
    errno = 4242;
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(thread, "late"), THREADING_OK);
    CHECK_STATUS(threading_thread_name(thread, name, sizeof name, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_join(null_thread), THREADING_INVALID_HANDLE);
    CHECK(threading_enumerate(array, 4) == 1);
    CHECK(threading_current_name() != NULL);
    CHECK(threading_get_native_id() != 0);
    CHECK_NUMBER(errno, 4242);
}
