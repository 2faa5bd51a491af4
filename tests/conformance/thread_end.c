/* The last moments of a thread: the destructors of its thread-specific values still run as that
 * thread, and a join waits for them. The same for C++'s thread_local is in thread_unwind.cpp. */
#include "case.h"
#include "gate.h"
#include "thread_tools.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a destructor found; one value of the key below for each thread. */
typedef struct last_moments {
    threading_thread self;
    uint64_t ident;
    char name[32];
    int rounds_left;
    int rounds_run;
    gate *ready, *end;
} last_moments;

static pthread_key_t key;

static void be_destroyed(void *value) {
    last_moments *it = value;
    threading_lock lock;
    if (it->rounds_left-- > 0) {
        CHECK_NUMBER(pthread_setspecific(key, it), 0);
    }
    CHECK(THREADING_SAME(threading_current_thread(), it->self));
    CHECK(threading_get_ident() == it->ident);
    CHECK_STRING(threading_current_name(), it->name);
    CHECK(threading_thread_is_alive(it->self));
    CHECK(thread_is_listed(it->self));
    CHECK(threading_thread_join_timeout(it->self, 0) < 0);
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire_timeout(lock, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    if (it->ready) {
        gate_open(it->ready);
        gate_pass(it->end);
        it->ready = NULL;
    }
    it->rounds_run++;
}

static void *leave_a_value(void *arg) {
    last_moments *it = arg;
    it->self = threading_current_thread();
    it->ident = threading_get_ident();
    CHECK_STATUS(threading_thread_name(it->self, it->name, sizeof it->name, NULL), THREADING_OK);
    CHECK_NUMBER(pthread_setspecific(key, it), 0);
    return arg;
}

static void make_key(void) {
    CHECK(!THREADING_IS_NULL(threading_current_thread()));
    CHECK_NUMBER(pthread_key_create(&key, be_destroyed), 0);
}

CASE(a_destructor_runs_as_the_thread_that_ends) {
    last_moments it = {THREADING_NULL, 0, "", 0, 0, NULL, NULL};
    threading_thread thread;
    make_key();
    CHECK_STATUS(threading_thread_spawn("mortal", leave_a_value, &it, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_NUMBER(it.rounds_run, 1);
    CHECK_STRING(it.name, "mortal");
}

/* POSIX gives a value that its destructor sets again another round, and at least four rounds in
 * all; the library's own end is in the last of them. */
CASE(a_destructor_that_sets_its_value_again_runs_as_the_thread_too) {
    last_moments it = {THREADING_NULL, 0, "", 2, 0, NULL, NULL};
    threading_thread thread;
    make_key();
    CHECK_STATUS(threading_thread_spawn("stubborn", leave_a_value, &it, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_NUMBER(it.rounds_run, 3);
}

/* test_finalization_shutdown (bpo-36402) for join */
CASE(a_join_waits_for_the_destructors) {
    for (int round = 0; round < 20; round++) {
        gate ready = GATE_CLOSED, end = GATE_CLOSED;
        last_moments it = {THREADING_NULL, 0, "", 0, 0, &ready, &end};
        void *result = NULL;
        threading_thread thread;
        if (round == 0) {
            make_key();
        }
        CHECK_STATUS(threading_thread_spawn("waited for", leave_a_value, &it, &thread),
                     THREADING_OK);
        gate_pass(&ready);
        /* The target has returned, and the destructor is at work. */
        CHECK_STATUS(threading_thread_join_timeout(thread, 0.01), THREADING_TIMEOUT);
        CHECK(threading_thread_is_alive(thread));
        CHECK(thread_is_listed(thread));
        CHECK_STATUS(threading_thread_result(thread, &result), THREADING_BUSY);
        gate_open(&end);
        CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
        CHECK_NUMBER(it.rounds_run, 1);
        CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
        CHECK(result == &it);
    }
}

CASE(a_foreign_threads_destructor_runs_as_its_dummy_and_leaves_none_behind) {
    last_moments it = {THREADING_NULL, 0, "", 0, 0, NULL, NULL};
    pthread_t foreign;
    make_key();
    CHECK_NUMBER(pthread_create(&foreign, NULL, leave_a_value, &it), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK_NUMBER(it.rounds_run, 1);
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK(!threading_thread_is_alive(it.self));
}

static pthread_key_t early_key, late_key;
static atomic_int late_calls;
static threading_thread late_thread;

/* Calls the library when there is hardly any thread left; in a foreign thread, for the first
 * time. */
static void call_late(void *value) {
    CHECK(value != NULL);
    CHECK(threading_get_ident() != 0);
    CHECK(threading_current_name() != NULL);
    late_thread = threading_current_thread();
    CHECK(!THREADING_IS_NULL(late_thread));
    atomic_fetch_add(&late_calls, 1);
}

/* Before main, and so before the library can have made a key of its own that it makes on demand. */
__attribute__((constructor)) static void make_early_key(void) {
    if (pthread_key_create(&early_key, call_late) != 0) {
        abort();
    }
}

static void *leave_a_late_value(void *arg) {
    CHECK_NUMBER(pthread_setspecific(*(pthread_key_t *)arg, arg), 0);
    return NULL;
}

CASE(a_destructor_of_an_early_key_runs_as_the_thread_too) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, leave_a_late_value, &early_key, &thread),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_NUMBER(atomic_load(&late_calls), 1);
    CHECK_NUMBER(threading_active_count(), 1);
}

/* Nobody may be able to tell the library of the end of such a thread, so it may have to look, and
 * the kernel may show the thread for a moment longer than pthread_join does. */
static void run_late_caller(int round) {
    pthread_t foreign;
    if (round == 0) {
        CHECK(!THREADING_IS_NULL(threading_current_thread()));
        CHECK_NUMBER(pthread_key_create(&late_key, call_late), 0);
    }
    CHECK_NUMBER(
        pthread_create(&foreign, NULL, leave_a_late_value, round & 1 ? &early_key : &late_key), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK_NUMBER(atomic_load(&late_calls), round + 1);
}

CASE(a_foreign_thread_that_calls_first_in_a_destructor_leaves_no_dummy_behind) {
    for (int round = 0; round < 100; round++) {
        run_late_caller(round);
        EVENTUALLY(threading_active_count() == 1);
        CHECK(!thread_is_listed(late_thread));
        CHECK(!threading_thread_is_alive(late_thread));
    }
}

CASE(a_foreign_thread_that_calls_first_in_a_destructor_is_not_alive_for_ever) {
    for (int round = 0; round < 100; round++) {
        run_late_caller(round);
        EVENTUALLY(!threading_thread_is_alive(late_thread));
    }
}

static pthread_key_t last_key;
static atomic_int last_rounds;

/* In every round that there is, the last included, where the library may already have closed its
 * books. */
static void call_to_the_last(void *value) {
    CHECK_NUMBER(pthread_setspecific(last_key, value), 0);
    CHECK(threading_get_ident() != 0);
    CHECK(threading_current_name() != NULL);
    (void)threading_current_thread();
    CHECK(threading_active_count() >= 1);
    atomic_fetch_add(&last_rounds, 1);
}

static void *leave_a_last_value(void *arg) {
    CHECK_NUMBER(pthread_setspecific(last_key, arg), 0);
    return arg;
}

CASE(calls_in_the_very_last_destructor_are_harmless) {
    CHECK_NUMBER(pthread_key_create(&last_key, call_to_the_last), 0);
    for (int round = 0; round < 100; round++) {
        threading_thread thread;
        pthread_t foreign;
        CHECK_STATUS(threading_thread_spawn(NULL, leave_a_last_value, &last_key, &thread),
                     THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
        CHECK_NUMBER(pthread_create(&foreign, NULL, leave_a_last_value, &last_key), 0);
        CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    }
    CHECK(atomic_load(&last_rounds) >= 2 * 100);
    EVENTUALLY(threading_active_count() == 1);
}

static pthread_key_t name_key;
static _Thread_local int name_rounds;
static atomic_int names_kept;

static void *say_a_longer_name(void *arg) {
    CHECK_STRING(threading_current_name(),
                 "a name that takes the place of another, if any place was given back too early");
    return arg;
}

/* In the last round, after the library's own: what another thread does now must not change what
 * this one was told. */
static void keep_name_to_the_last(void *value) {
    CHECK_NUMBER(pthread_setspecific(name_key, value), 0);
    if (++name_rounds == 4) {
        threading_thread other;
        char copy[64];
        const char *name = threading_current_name();
        snprintf(copy, sizeof copy, "%s", name);
        CHECK_STATUS(
            threading_thread_spawn(
                "a name that takes the place of another, if any place was given back too early",
                say_a_longer_name, NULL, &other),
            THREADING_OK);
        CHECK_STATUS(threading_thread_finish(other, NULL), THREADING_OK);
        CHECK_STRING(name, copy);
        atomic_fetch_add(&names_kept, 1);
    }
}

static void *leave_a_name_value(void *arg) {
    CHECK(threading_current_name() != NULL);
    CHECK_NUMBER(pthread_setspecific(name_key, arg), 0);
    return arg;
}

CASE(current_name_stays_readable_in_the_very_last_destructor) {
    CHECK(!THREADING_IS_NULL(threading_current_thread()));
    CHECK_NUMBER(pthread_key_create(&name_key, keep_name_to_the_last), 0);
    for (int round = 0; round < 20; round++) {
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn("mortal", leave_a_name_value, &name_key, &thread),
                     THREADING_OK);
        EVENTUALLY(atomic_load(&names_kept) == round + 1);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    }
}

static char *message = NULL;
static pthread_key_t at_end;

static void ask_dlerror(void *arg) {
    (void)arg;
    message = dlerror();
}

static void *exit_with_a_destructor(void *arg) {
    CHECK_NUMBER(pthread_setspecific(at_end, arg), 0);
    CHECK(dlerror() == NULL);
    CHECK_STATUS(threading_exit(arg), THREADING_OK);
    return NULL;
}

/* threading_exit looks for a sanitizer that is not there. */
CASE(the_librarys_look_for_tools_leaves_no_message_to_dlerror) {
    threading_thread thread;
    int value = 0;
    CHECK_NUMBER(pthread_key_create(&at_end, ask_dlerror), 0);
    message = (char *)&value;
    CHECK_STATUS(threading_thread_spawn(NULL, exit_with_a_destructor, &value, &thread),
                 THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK(message == NULL);
    CHECK_NUMBER(pthread_key_delete(at_end), 0);
}
