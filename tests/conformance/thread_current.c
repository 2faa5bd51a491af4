/* Who am I: current, main and foreign threads, their idents. Who else is there: see
 * thread_enumerate.c. */
#include "case.h"
#include "gate.h"
#include "thread_tools.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *nothing(void *arg) { return arg; }

/* test_main_thread */
static void *be_somebody_else(void *main_ident) {
    CHECK(!THREADING_SAME(threading_main_thread(), threading_current_thread()));
    CHECK(threading_thread_ident(threading_main_thread()) == *(uint64_t *)main_ident);
    CHECK(threading_get_ident() != *(uint64_t *)main_ident);
    return NULL;
}

CASE(the_main_thread) {
    threading_thread main_thread = threading_main_thread();
    uint64_t ident = threading_get_ident();
    threading_thread thread;
    char name[32];
    CHECK(!THREADING_IS_NULL(main_thread));
    CHECK(THREADING_SAME(main_thread, threading_current_thread()));
    CHECK_STATUS(threading_thread_name(main_thread, name, sizeof name, NULL), THREADING_OK);
    CHECK_STRING(name, "MainThread");
    CHECK_STRING(threading_current_name(), "MainThread");
    CHECK(ident != 0);
    CHECK(threading_thread_ident(main_thread) == ident);
    CHECK(threading_get_native_id() == (uint64_t)getpid());
    CHECK(threading_thread_native_id(main_thread) == (uint64_t)getpid());
    CHECK(threading_thread_is_alive(main_thread));
    CHECK(thread_is_listed(main_thread));
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_STATUS(threading_thread_spawn(NULL, be_somebody_else, &ident, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

CASE(the_main_thread_has_no_result_and_is_not_joined_while_it_runs) {
    void *result = &result;
    CHECK_STATUS(threading_thread_result(threading_main_thread(), &result), THREADING_BUSY);
    CHECK(result == &result);
}

/* test_import_from_another_thread: the main thread is the process's first one, not whoever calls
 * the library first. */
static void *call_first(void *arg) {
    threading_thread main_thread = threading_main_thread();
    CHECK(!THREADING_SAME(main_thread, threading_current_thread()));
    CHECK(threading_thread_native_id(main_thread) == (uint64_t)getpid());
    *(threading_thread *)arg = main_thread;
    return NULL;
}

CASE(main_is_the_first_thread_even_if_another_calls_first) {
    threading_thread main_thread = THREADING_NULL;
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, call_first, &main_thread), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK(THREADING_SAME(main_thread, threading_current_thread()));
    CHECK_STRING(threading_current_name(), "MainThread");
}

static void *compare_with_out(void *arg) {
    threading_thread self = threading_current_thread();
    CHECK(THREADING_SAME(self, *(threading_thread *)arg));
    CHECK(THREADING_SAME(self, threading_current_thread()));
    CHECK(threading_get_ident() == threading_thread_ident(self));
    CHECK(threading_get_native_id() == threading_thread_native_id(self));
    CHECK(threading_get_native_id() == (uint64_t)syscall(SYS_gettid));
    CHECK(threading_thread_is_alive(self));
    CHECK(thread_is_listed(self));
    return NULL;
}

CASE(current_is_the_handle_that_the_creator_got) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_new(NULL, compare_with_out, &thread, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

/* test_foreign_thread */
typedef struct foreign_thread {
    gate ready, end;
    threading_thread dummy;
    uint64_t ident, native_id;
} foreign_thread;

static void *be_foreign(void *arg) {
    foreign_thread *it = arg;
    it->ident = threading_get_ident();
    it->native_id = threading_get_native_id();
    it->dummy = threading_current_thread();
    CHECK(THREADING_SAME(it->dummy, threading_current_thread()));
    CHECK(threading_get_ident() == it->ident);
    gate_open(&it->ready);
    gate_pass(&it->end);
    CHECK(THREADING_SAME(it->dummy, threading_current_thread()));
    return NULL;
}

CASE(a_foreign_thread_has_a_dummy_that_vanishes_at_its_end) {
    foreign_thread it = {GATE_CLOSED, GATE_CLOSED, THREADING_NULL, 0, 0};
    void *result = NULL;
    char name[32];
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, be_foreign, &it), 0);
    gate_pass(&it.ready);
    CHECK(!THREADING_IS_NULL(it.dummy));
    CHECK(threading_thread_is_alive(it.dummy));
    CHECK(thread_is_listed(it.dummy));
    CHECK_NUMBER(threading_active_count(), 2);
    CHECK(it.ident != 0);
    CHECK(threading_thread_ident(it.dummy) == it.ident);
    CHECK(threading_thread_native_id(it.dummy) == it.native_id);
    CHECK_STATUS(threading_thread_name(it.dummy, name, sizeof name, NULL), THREADING_OK);
    CHECK_STRING(name, "Dummy-1");
    CHECK_STATUS(threading_thread_destroy(it.dummy), THREADING_BUSY);
    CHECK_STATUS(threading_thread_start(it.dummy), THREADING_ALREADY_STARTED);
    CHECK_STATUS(threading_thread_result(it.dummy, &result), THREADING_BUSY);
    gate_open(&it.end);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK(!threading_thread_is_alive(it.dummy));
    CHECK(!thread_is_listed(it.dummy));
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK(threading_thread_ident(it.dummy) == 0);
    CHECK_STATUS(threading_thread_name(it.dummy, name, sizeof name, NULL), THREADING_DESTROYED);
}

static void *ask_for_ident_only(void *arg) {
    CHECK(threading_get_ident() != 0);
    CHECK(threading_get_ident() == threading_get_ident());
    CHECK(threading_get_native_id() == (uint64_t)syscall(SYS_gettid));
    return arg;
}

CASE(asking_for_an_ident_makes_no_dummy) {
    pthread_t foreign;
    char name[32];
    threading_thread thread;
    CHECK_NUMBER(pthread_create(&foreign, NULL, ask_for_ident_only, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_name(thread, name, sizeof name, NULL), THREADING_OK);
    CHECK_STRING(name, "Thread-1");
}

static int compare_idents(const void *left, const void *right) {
    uint64_t one = *(const uint64_t *)left, other = *(const uint64_t *)right;
    return (one > other) - (one < other);
}

static void *tell_ident(void *arg) {
    *(uint64_t *)arg = threading_get_ident();
    return NULL;
}

static void *tell_ident_with_or_without_dummy(void *arg) {
    static int calls; /* one such thread at a time */
    uint64_t before = threading_get_ident();
    if (calls++ & 1) {
        CHECK(!THREADING_IS_NULL(threading_current_thread()));
    }
    CHECK(threading_get_ident() == before);
    *(uint64_t *)arg = before;
    return NULL;
}

CASE(idents_are_never_reused) {
    enum { OURS = 20000, FOREIGN = 2000, ALL = OURS + FOREIGN };
    static uint64_t idents[ALL + 1];
    for (int i = 0; i < OURS; i++) {
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, tell_ident, &idents[i], &thread), THREADING_OK);
        uint64_t outside = threading_thread_ident(thread);
        CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
        CHECK(outside == idents[i]);
        CHECK(threading_thread_ident(thread) == outside);
        CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
        if (i < FOREIGN) {
            pthread_t foreign;
            CHECK_NUMBER(
                pthread_create(&foreign, NULL, tell_ident_with_or_without_dummy, &idents[OURS + i]),
                0);
            CHECK_NUMBER(pthread_join(foreign, NULL), 0);
        }
    }
    idents[ALL] = threading_get_ident();
    qsort(idents, ALL + 1, sizeof idents[0], compare_idents);
    CHECK(idents[0] != 0);
    for (int i = 0; i < ALL; i++) {
        CHECK(idents[i] != idents[i + 1]);
    }
}
