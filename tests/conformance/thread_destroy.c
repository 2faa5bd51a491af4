/* The end of a handle: destroyed before the start, while running, after the end, and never. */
#include "case.h"
#include "gate.h"
#include "thread_tools.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int runs;

static void *count_run(void *arg) {
    atomic_fetch_add(&runs, 1);
    return arg;
}

typedef struct unowned {
    gate *door;
    threading_thread self;
} unowned;

static void *run_unowned(void *arg) {
    unowned *it = arg;
    it->self = threading_current_thread();
    gate_pass(it->door);
    return NULL;
}

CASE(spawn_without_out_is_given_up_from_the_start) {
    for (int daemon = 0; daemon < 2; daemon++) {
        gate door = GATE_CLOSED;
        unowned it = {&door, THREADING_NULL};
        CHECK_STATUS(spawn_as(daemon, "unowned", run_unowned, &it, NULL), THREADING_OK);
        gate_await(&door, 1);
        CHECK(threading_thread_is_alive(it.self));
        CHECK(thread_is_listed(it.self));
        CHECK_STATUS(threading_thread_join_timeout(it.self, 0), THREADING_TIMEOUT);
        gate_open(&door);
        EVENTUALLY(threading_thread_join(it.self) == THREADING_DESTROYED);
        CHECK(!threading_thread_is_alive(it.self));
        CHECK(!thread_is_listed(it.self));
    }
}

CASE(destroyed_before_its_start_never_runs) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_new("never", count_run, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_DESTROYED);
    CHECK_STATUS(threading_thread_join(thread), THREADING_DESTROYED);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_DESTROYED);
    CHECK_STATUS(threading_thread_set_name(thread, "ghost"), THREADING_DESTROYED);
    CHECK_STATUS(threading_thread_set_daemon(thread, true), THREADING_DESTROYED);
    CHECK_STATUS(threading_thread_set_stack_size(thread, 1 << 20), THREADING_DESTROYED);
    CHECK(!threading_thread_is_alive(thread));
    CHECK_NUMBER(atomic_load(&runs), 0);
}

CASE(ended_and_destroyed_answers_destroyed) {
    char name[8] = "before";
    size_t length = 99;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn("gone", count_run, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_DESTROYED);
    CHECK_STATUS(threading_thread_start(thread), THREADING_DESTROYED);
    CHECK_STATUS(threading_thread_join_timeout(thread, INFINITY), THREADING_DESTROYED);
    CHECK_STATUS(threading_thread_name(thread, name, sizeof name, &length), THREADING_DESTROYED);
    CHECK_STRING(name, "before");
    CHECK_NUMBER(length, 99);
    CHECK(!threading_thread_is_alive(thread));
    CHECK(!threading_thread_daemon(thread));
    CHECK(threading_thread_ident(thread) == 0);
    CHECK(threading_thread_native_id(thread) == 0);
}

CASE(destroying_a_running_thread_gives_it_up_and_keeps_its_handle_until_its_end) {
    gate door = GATE_CLOSED;
    char name[16];
    unowned it = {&door, THREADING_NULL};
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn("given up", run_unowned, &it, &thread), THREADING_OK);
    uint64_t ident = threading_thread_ident(thread);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
    gate_await(&door, 1);
    CHECK(THREADING_SAME(it.self, thread));
    CHECK(threading_thread_is_alive(thread));
    CHECK(threading_thread_ident(thread) == ident);
    CHECK(thread_is_listed(thread));
    CHECK_STATUS(threading_thread_name(thread, name, sizeof name, NULL), THREADING_OK);
    CHECK_STRING(name, "given up");
    CHECK_STATUS(threading_thread_set_name(thread, "renamed"), THREADING_OK);
    gate_open(&door);
    EVENTUALLY(threading_thread_join(thread) == THREADING_DESTROYED);
    CHECK(!threading_thread_is_alive(thread));
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_DESTROYED);
}

static void *give_oneself_up(void *arg) {
    threading_thread self = threading_current_thread();
    CHECK_STATUS(threading_thread_destroy(self), THREADING_OK);
    CHECK(threading_thread_is_alive(self));
    CHECK(THREADING_SAME(self, threading_current_thread()));
    return arg;
}

CASE(a_thread_may_give_itself_up) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_new("self", give_oneself_up, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    EVENTUALLY(threading_thread_join(thread) == THREADING_DESTROYED);
}

CASE(destroying_main_is_busy_and_null_is_ok) {
    threading_thread null_thread = THREADING_NULL;
    CHECK_STATUS(threading_thread_destroy(null_thread), THREADING_OK);
    CHECK_STATUS(threading_thread_destroy(threading_main_thread()), THREADING_BUSY);
    CHECK(threading_thread_is_alive(threading_main_thread()));
    CHECK_STATUS(threading_thread_start(null_thread), THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_thread_join(null_thread), THREADING_INVALID_HANDLE);
}

CASE(a_handle_is_never_given_out_twice) {
    enum { ROUNDS = 3000 };
    static uint64_t seen[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        threading_thread thread;
        CHECK_STATUS(threading_thread_new(NULL, count_run, NULL, &thread), THREADING_OK);
        for (int earlier = 0; earlier < round; earlier++) {
            if (seen[earlier] == thread.bits) {
                CHECK(seen[earlier] != thread.bits);
            }
        }
        seen[round] = thread.bits;
        CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
    }
}

/* test_leak_without_join: each of these threads would keep its stack, megabytes of address space,
 * for ever. */
CASE(threads_that_nobody_joins_do_not_leak) {
    enum { ROUNDS = 3000 };
    const size_t leak = (size_t)ROUNDS << 20;
    size_t before = address_space();
    for (int round = 0; round < ROUNDS; round++) {
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, count_run, NULL, round & 1 ? &thread : NULL),
                     THREADING_OK);
        EVENTUALLY(atomic_load(&runs) == round + 1);
    }
    EVENTUALLY(threading_active_count() == 1);
    CHECK(address_space() < before + leak);
}

static void *return_it(void *arg) { return arg; }

typedef struct finisher {
    gate *door;
    threading_thread subject;
    atomic_int *ok;
} finisher;

static void *finish_subject(void *arg) {
    finisher *it = arg;
    void *result = NULL;
    gate_pass(it->door);
    threading_status status = threading_thread_finish(it->subject, &result);
    if (status == THREADING_OK) {
        CHECK(result == it->ok);
        atomic_fetch_add(it->ok, 1);
    } else {
        CHECK_STATUS(status, THREADING_DESTROYED);
        CHECK(result == NULL);
    }
    return NULL;
}

CASE(of_many_that_finish_a_thread_one_gets_its_result) {
    for (int round = 0; round < 200; round++) {
        gate door = GATE_CLOSED;
        atomic_int ok = 0;
        threading_thread subject, threads[4];
        CHECK_STATUS(threading_thread_spawn("subject", return_it, &ok, &subject), THREADING_OK);
        finisher it = {&door, subject, &ok};
        for (int i = 0; i < 4; i++) {
            CHECK_STATUS(threading_thread_spawn(NULL, finish_subject, &it, &threads[i]),
                         THREADING_OK);
        }
        gate_open(&door);
        for (int i = 0; i < 4; i++) {
            CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
        }
        CHECK_NUMBER(atomic_load(&ok), 1);
    }
}
