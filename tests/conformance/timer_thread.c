/* A timer is a thread that has not needed an OS thread yet: its name, ident, daemon flag, handle,
 * joiners and hooks are a thread's. */
#include "gate.h"
#include "timer_tools.h"
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>

/* What the function finds out about who it is. */
typedef struct identity {
    threading_thread current;
    uint64_t ident, native_id, kernel_id, native_id_by_handle;
    char name[64], name_by_handle[64], os_name[32];
    bool daemon, alive, listed;
    gate door; /* passed by the functions that are to wait */
} identity;

static void *look_who_i_am(void *arg) {
    identity *it = arg;
    it->current = threading_current_thread();
    it->ident = threading_get_ident();
    it->native_id = threading_get_native_id();
    it->kernel_id = (uint64_t)syscall(SYS_gettid);
    it->native_id_by_handle = threading_thread_native_id(it->current);
    snprintf(it->name, sizeof it->name, "%s", threading_current_name());
    CHECK_STATUS(
        threading_thread_name(it->current, it->name_by_handle, sizeof it->name_by_handle, NULL),
        THREADING_OK);
    CHECK_NUMBER(pthread_getname_np(pthread_self(), it->os_name, sizeof it->os_name), 0);
    it->daemon = threading_thread_daemon(it->current);
    it->alive = threading_thread_is_alive(it->current);
    it->listed = thread_is_listed(it->current);
    return arg;
}

static void check_identity(const identity *it, threading_thread thread, const char *name) {
    CHECK(THREADING_SAME(it->current, thread));
    CHECK(it->ident != 0 && it->ident == threading_thread_ident(thread));
    CHECK(it->kernel_id != 0 && it->native_id == it->kernel_id &&
          it->native_id_by_handle == it->kernel_id);
    CHECK_STRING(it->name, name);
    CHECK_STRING(it->name_by_handle, name);
    CHECK_STRING(it->os_name, name);
    CHECK(it->alive && it->listed);
}

static int number_of(threading_thread thread) {
    char name[64];
    int number = 0, end = 0;
    CHECK_STATUS(threading_thread_name(thread, name, sizeof name, NULL), THREADING_OK);
    CHECK_NUMBER(sscanf(name, "Thread-%d%n", &number, &end), 1);
    CHECK(name[end] == '\0' && number > 0);
    return number;
}

CASE(the_function_runs_as_the_timers_own_thread) {
    identity first = {.door = GATE_CLOSED}, second = {.door = GATE_CLOSED};
    char name[32];
    threading_timer timer = timer_new(0.001, look_who_i_am, &first),
                    next = timer_new(0.001, look_who_i_am, &second);
    threading_thread thread = threading_timer_thread(timer);
    CHECK_NUMBER(number_of(threading_timer_thread(next)), number_of(thread) + 1);
    CHECK_NUMBER(threading_thread_ident(thread), 0);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    uint64_t ident = threading_thread_ident(thread);
    CHECK(ident != 0 && ident != threading_get_ident());
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    CHECK(threading_thread_ident(thread) == ident);
    snprintf(name, sizeof name, "Thread-%d", number_of(thread));
    check_identity(&first, thread, name);
    /* The same worker, it may be, and another thread all the same. */
    CHECK_STATUS(threading_timer_start(next), THREADING_OK);
    CHECK_STATUS(timer_join(next), THREADING_OK);
    snprintf(name, sizeof name, "Thread-%d", number_of(threading_timer_thread(next)));
    check_identity(&second, threading_timer_thread(next), name);
    CHECK(first.ident != second.ident);
    timer_finish(timer);
    timer_finish(next);
}

CASE(a_name_given_before_the_start_or_while_pending_is_the_functions) {
    for (int pending = 0; pending < 2; pending++) {
        identity it = {.door = GATE_CLOSED};
        threading_timer timer = timer_new(pending ? 0.05 : 0.001, look_who_i_am, &it);
        threading_thread thread = threading_timer_thread(timer);
        if (pending) {
            CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
        }
        CHECK_STATUS(threading_thread_set_name(thread, "egg timer"), THREADING_OK);
        if (!pending) {
            CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
        }
        CHECK_STATUS(timer_join(timer), THREADING_OK);
        check_identity(&it, thread, "egg timer");
        timer_finish(timer);
    }
}

static void *wait_then_look(void *arg) {
    gate_pass(&((identity *)arg)->door);
    return look_who_i_am(arg);
}

CASE(a_name_given_while_the_function_runs_reaches_the_operating_system) {
    identity it = {.door = GATE_CLOSED};
    threading_timer timer = timer_started(0, wait_then_look, &it);
    gate_await(&it.door, 1);
    CHECK_STATUS(threading_thread_set_name(threading_timer_thread(timer), "renamed"), THREADING_OK);
    gate_open(&it.door);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    check_identity(&it, threading_timer_thread(timer), "renamed");
    timer_finish(timer);
}

/* A worker serves one timer after another; a name of a timer that has ended is not to reach the
 * next one's thread. */
CASE(renaming_a_timer_that_has_ended_names_nobody_else) {
    identity first = {.door = GATE_CLOSED}, second = {.door = GATE_CLOSED};
    threading_timer ended = timer_started(0, look_who_i_am, &first);
    CHECK_STATUS(timer_join(ended), THREADING_OK);
    threading_timer timer = timer_new(0, wait_then_look, &second);
    CHECK_STATUS(threading_thread_set_name(threading_timer_thread(timer), "successor"),
                 THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    gate_await(&second.door, 1);
    CHECK_STATUS(threading_thread_set_name(threading_timer_thread(ended), "ghost"), THREADING_OK);
    gate_open(&second.door);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    check_identity(&second, threading_timer_thread(timer), "successor");
    timer_finish(timer);
    timer_finish(ended);
}

CASE(a_pending_timer_is_listed_and_has_no_native_id) {
    enum { TIMERS = 100 };
    threading_timer timers[TIMERS];
    threading_timer not_started = timer_new(TIMER_FAR, timer_never, NULL);
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = timer_started(TIMER_FAR, timer_never, NULL);
    }
    CHECK_NUMBER(threading_active_count(), TIMERS + 1);
    CHECK(!thread_is_listed(threading_timer_thread(not_started)));
    for (int i = 0; i < TIMERS; i++) {
        threading_thread thread = threading_timer_thread(timers[i]);
        CHECK(thread_is_listed(thread));
        CHECK(threading_thread_is_alive(thread));
        CHECK_NUMBER(threading_thread_native_id(thread), 0);
    }
    for (int i = 0; i < TIMERS; i++) {
        CHECK(timer_cancelled(timers[i]));
        CHECK_NUMBER(threading_active_count(), TIMERS - i);
        timer_finish(timers[i]);
    }
}

/* The library's own threads are there, as the kernel can tell, and nowhere in the list. */
CASE(service_and_workers_are_not_listed) {
    gate door = GATE_CLOSED;
    threading_thread all[8];
    threading_timer timers[3];
    for (int i = 0; i < 3; i++) {
        timers[i] = timer_started(0, gate_passenger, &door);
    }
    gate_await(&door, 3);
    CHECK(case_tasks() >= 5);
    CHECK_NUMBER(threading_active_count(), 4);
    CHECK_NUMBER(threading_enumerate(all, 8), 4);
    gate_open(&door);
    for (int i = 0; i < 3; i++) {
        timer_finish(timers[i]);
    }
    /* Idle ones have not gone yet. */
    CHECK(case_tasks() >= 2);
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_NUMBER(threading_enumerate(all, 8), 1);
    CHECK(THREADING_SAME(all[0], threading_main_thread()));
}

/* Between being due and running a timer may wait for a worker; who asks then is answered when it
 * runs, not when it ends. */
CASE(the_native_id_is_answered_when_the_function_runs) {
    for (int round = 0; round < 2000; round++) {
        gate door = GATE_CLOSED;
        threading_timer timer = timer_started(0, gate_passenger, &door);
        threading_thread thread = threading_timer_thread(timer);
        uint64_t native_id = 0;
        EVENTUALLY((native_id = threading_thread_native_id(thread)) != 0);
        gate_await(&door, 1);
        CHECK(threading_thread_native_id(thread) == native_id);
        gate_open(&door);
        timer_finish(timer);
    }
}

static void *make_timer(void *arg) {
    *(threading_timer *)arg = timer_new(TIMER_FAR, timer_never, NULL);
    return arg;
}

static bool made_daemon(threading_timer timer) {
    bool daemon = threading_thread_daemon(threading_timer_thread(timer));
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    return daemon;
}

CASE(a_timer_inherits_its_makers_daemon_flag) {
    threading_timer timer = timer_new(1, timer_never, NULL);
    threading_thread thread;
    pthread_t foreign;
    CHECK(!made_daemon(timer));
    CHECK_STATUS(threading_thread_spawn(NULL, make_timer, &timer, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK(!made_daemon(timer));
    CHECK_STATUS(threading_thread_spawn_daemon(NULL, make_timer, &timer, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK(made_daemon(timer));
    CHECK_NUMBER(pthread_create(&foreign, NULL, make_timer, &timer), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK(made_daemon(timer));
}

CASE(what_a_timers_function_makes_inherits_the_timers_flag) {
    for (int daemon = 0; daemon < 2; daemon++) {
        threading_timer inner = THREADING_NULL, outer = timer_new(0, make_timer, &inner);
        CHECK_STATUS(threading_thread_set_daemon(threading_timer_thread(outer), daemon),
                     THREADING_OK);
        CHECK_STATUS(threading_timer_start(outer), THREADING_OK);
        timer_finish(outer);
        CHECK_NUMBER(made_daemon(inner), daemon);
    }
}

CASE(the_daemon_flag_is_settled_by_the_start) {
    identity it = {.door = GATE_CLOSED};
    threading_timer timer = timer_new(0, wait_then_look, &it);
    threading_thread thread = threading_timer_thread(timer);
    CHECK_STATUS(threading_thread_set_daemon(thread, true), THREADING_OK);
    CHECK(threading_thread_daemon(thread));
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    CHECK_STATUS(threading_thread_set_daemon(thread, false), THREADING_ALREADY_STARTED);
    gate_await(&it.door, 1);
    CHECK_STATUS(threading_thread_set_daemon(thread, false), THREADING_ALREADY_STARTED);
    gate_open(&it.door);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    CHECK_STATUS(threading_thread_set_daemon(thread, false), THREADING_ALREADY_STARTED);
    CHECK(it.daemon);
    timer_finish(timer);
}

typedef struct switcher {
    _Atomic uint64_t bits; /* of the thread to be switched */
    atomic_bool stop;
} switcher;

static void *switch_daemon(void *arg) {
    switcher *it = arg;
    for (bool daemon = false; !atomic_load(&it->stop); daemon = !daemon) {
        threading_thread thread = {atomic_load(&it->bits)};
        threading_status status = threading_thread_set_daemon(thread, daemon);
        CHECK(status == THREADING_OK || status == THREADING_ALREADY_STARTED ||
              status == THREADING_DESTROYED);
    }
    return NULL;
}

/* Nobody has started it, so a start cannot be refused as the second, whatever else happens to it at
 * that moment. */
CASE(a_start_that_meets_a_change_of_the_daemon_flag_is_the_first_all_the_same) {
    threading_timer timer = timer_new(TIMER_FAR, timer_never, NULL);
    switcher it = {threading_timer_thread(timer).bits, false};
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, switch_daemon, &it), 0);
    for (int round = 0; round < 300000; round++) {
        CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
        CHECK(timer_cancelled(timer));
        threading_timer next = timer_new(TIMER_FAR, timer_never, NULL);
        atomic_store(&it.bits, threading_timer_thread(next).bits);
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
        timer = next;
    }
    atomic_store(&it.stop, true);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    /* Whoever was counted has been discounted. */
    CHECK_STATUS(threading_shutdown_timeout(0), THREADING_OK);
}

static void check_not_to_be_destroyed(threading_thread thread) {
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_BUSY);
}

CASE(a_timers_thread_belongs_to_the_timer) {
    gate door = GATE_CLOSED;
    void *result = &result;
    threading_timer timer = timer_new(0.02, gate_passenger, &door);
    threading_thread thread = threading_timer_thread(timer);
    CHECK(THREADING_SAME(thread, threading_timer_thread(timer)));
    CHECK(thread.bits != timer.bits);
    check_not_to_be_destroyed(thread);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    check_not_to_be_destroyed(thread);
    gate_await(&door, 1);
    check_not_to_be_destroyed(thread);
    gate_open(&door);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    check_not_to_be_destroyed(thread);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_BUSY);
    CHECK(result == &result);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_DESTROYED);
}

CASE(a_join_waits_for_the_end_of_the_function) {
    gate door = GATE_CLOSED;
    void *result = &result;
    threading_timer timer = timer_new(0.05, gate_passenger, &door);
    threading_thread thread = threading_timer_thread(timer);
    CHECK_STATUS(threading_thread_join(thread), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    CHECK_STATUS(threading_thread_join_timeout(thread, 0), THREADING_TIMEOUT);
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_BUSY);
    gate_await(&door, 1);
    CHECK_STATUS(threading_thread_join_timeout(thread, 0.02), THREADING_TIMEOUT);
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_BUSY);
    CHECK(result == &result);
    gate_open(&door);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_OK);
    CHECK(result == &door);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    timer_finish(timer);
}

typedef struct joining {
    threading_thread thread;
    gate *may_end;
} joining;

static void join_it(worker *self) {
    joining *it = self->context;
    worker_arrives(self);
    CHECK_STATUS(threading_thread_join(it->thread), THREADING_OK);
}

CASE(a_cancel_and_an_end_release_all_who_join) {
    for (int cancelled = 0; cancelled < 2; cancelled++) {
        enum { JOINERS = 6 };
        gate door = GATE_CLOSED;
        worker joiners[JOINERS];
        threading_timer timer = timer_started(cancelled ? TIMER_FAR : 0, gate_passenger, &door);
        joining it = {threading_timer_thread(timer), &door};
        for (int i = 0; i < JOINERS; i++) {
            worker_start(&joiners[i], i % WORKER_KINDS, join_it, &it);
        }
        for (int i = 0; i < JOINERS; i++) {
            EVENTUALLY(worker_asleep(&joiners[i]));
        }
        if (cancelled) {
            CHECK(timer_cancelled(timer));
        } else {
            gate_open(&door);
        }
        for (int i = 0; i < JOINERS; i++) {
            worker_join(&joiners[i]);
        }
        timer_finish(timer);
    }
}

static void *join_itself(void *arg) {
    threading_thread me = threading_current_thread();
    CHECK_STATUS(threading_thread_join(me), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_thread_join_timeout(me, 0), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_thread_result(me, &arg), THREADING_BUSY);
    return arg;
}

CASE(a_timers_function_cannot_join_itself) {
    int value = 0;
    void *result = NULL;
    threading_timer timer = timer_started(0, join_itself, &value);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    CHECK_STATUS(threading_thread_result(threading_timer_thread(timer), &result), THREADING_OK);
    CHECK(result == &value);
    timer_finish(timer);
}
