/* Names: the default ones, those that the user gives, and how they come out again. For the
 * operating system's copy see thread_os_names.c. */
#include "case.h"
#include "gate.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *nothing(void *arg) { return arg; }

static void name_of(threading_thread thread, char *buffer, size_t capacity) {
    CHECK_STATUS(threading_thread_name(thread, buffer, capacity, NULL), THREADING_OK);
}

static void *foreign_name(void *buffer) {
    name_of(threading_current_thread(), buffer, 64);
    return NULL;
}

/* test_name: one counter for the whole process, shared with foreign threads; a thread that was
 * given a name takes none. */
CASE(default_names_count_threads_and_dummies_together) {
    char name[64];
    threading_thread first, named, second, third, fourth;
    pthread_t foreign;
    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &first), THREADING_OK);
    name_of(first, name, sizeof name);
    CHECK_STRING(name, "Thread-1");
    CHECK_STATUS(threading_thread_new("myname1", nothing, NULL, &named), THREADING_OK);
    name_of(named, name, sizeof name);
    CHECK_STRING(name, "myname1");
    CHECK_STATUS(threading_thread_set_name(named, "myname2"), THREADING_OK);
    CHECK_STATUS(threading_thread_new("", nothing, NULL, &second), THREADING_OK);
    name_of(second, name, sizeof name);
    CHECK_STRING(name, "Thread-2");
    CHECK_NUMBER(pthread_create(&foreign, NULL, foreign_name, name), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK_STRING(name, "Dummy-3");
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &third), THREADING_OK);
    name_of(third, name, sizeof name);
    CHECK_STRING(name, "Thread-4");
    CHECK_STATUS(threading_thread_spawn_daemon("", nothing, NULL, &fourth), THREADING_OK);
    name_of(fourth, name, sizeof name);
    CHECK_STRING(name, "Thread-5");
    name_of(threading_main_thread(), name, sizeof name);
    CHECK_STRING(name, "MainThread");
}

enum { CREATORS = 8, EACH = 50 };
static threading_thread made[CREATORS * EACH];
static atomic_int places;

static void *create_many(void *door) {
    gate_pass(door);
    for (int i = 0; i < EACH; i++) {
        CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &made[atomic_fetch_add(&places, 1)]),
                     THREADING_OK);
    }
    return NULL;
}

CASE(default_names_are_unique_when_many_create_at_once) {
    static bool seen[CREATORS * EACH + 1];
    gate door = GATE_CLOSED;
    threading_thread creators[CREATORS];
    for (int i = 0; i < CREATORS; i++) {
        CHECK_STATUS(threading_thread_spawn("creator", create_many, &door, &creators[i]),
                     THREADING_OK);
    }
    gate_await(&door, CREATORS);
    gate_open(&door);
    for (int i = 0; i < CREATORS; i++) {
        CHECK_STATUS(threading_thread_finish(creators[i], NULL), THREADING_OK);
    }
    for (int i = 0; i < CREATORS * EACH; i++) {
        char name[32];
        name_of(made[i], name, sizeof name);
        CHECK(strncmp(name, "Thread-", 7) == 0);
        int number = atoi(name + 7);
        CHECK(number >= 1 && number <= CREATORS * EACH);
        CHECK(!seen[number]);
        seen[number] = true;
    }
}

CASE(a_name_is_copied) {
    char mine[] = "original", name[64];
    threading_thread thread;
    CHECK_STATUS(threading_thread_new(mine, nothing, NULL, &thread), THREADING_OK);
    memset(mine, 'x', sizeof mine - 1);
    name_of(thread, name, sizeof name);
    CHECK_STRING(name, "original");
    strcpy(mine, "second");
    CHECK_STATUS(threading_thread_set_name(thread, mine), THREADING_OK);
    memset(mine, 'x', sizeof mine - 1);
    name_of(thread, name, sizeof name);
    CHECK_STRING(name, "second");
}

CASE(names_need_not_be_unique) {
    char name[64];
    threading_thread one, other;
    CHECK_STATUS(threading_thread_new("twin", nothing, NULL, &one), THREADING_OK);
    CHECK_STATUS(threading_thread_new("twin", nothing, NULL, &other), THREADING_OK);
    CHECK(!THREADING_SAME(one, other));
    name_of(one, name, sizeof name);
    CHECK_STRING(name, "twin");
    name_of(other, name, sizeof name);
    CHECK_STRING(name, "twin");
}

CASE(long_names_are_kept_whole) {
    enum { LONG = 100000 };
    static char given[LONG + 1], back[LONG + 1];
    size_t length = 0;
    threading_thread thread;
    memset(given, 'n', LONG);
    CHECK_STATUS(threading_thread_spawn(given, nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_name(thread, back, sizeof back, &length), THREADING_OK);
    CHECK_NUMBER(length, LONG);
    CHECK(memcmp(given, back, LONG + 1) == 0);
}

CASE(a_name_outlives_the_thread_and_can_still_be_changed) {
    char name[64];
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn("mortal", nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    name_of(thread, name, sizeof name);
    CHECK_STRING(name, "mortal");
    CHECK_STATUS(threading_thread_set_name(thread, "late"), THREADING_OK);
    name_of(thread, name, sizeof name);
    CHECK_STRING(name, "late");
}

CASE(renamed_to_nothing_is_named_by_default) {
    char name[64];
    threading_thread thread;
    CHECK_STATUS(threading_thread_new("given", nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(thread, ""), THREADING_OK);
    name_of(thread, name, sizeof name);
    CHECK_STRING(name, "Thread-1");
    /* Only who makes a thread may leave the name out. */
    CHECK_STATUS(threading_thread_set_name(thread, NULL), THREADING_INVALID_ARGUMENT);
    name_of(thread, name, sizeof name);
    CHECK_STRING(name, "Thread-1");
}

CASE(bytes_that_are_not_utf8_are_invalid_and_change_nothing) {
    static const char *const wrong[] = {
        "\xff",             /* no such byte */
        "name\x80",         /* a continuation that continues nothing */
        "caf\xc3",          /* cut short */
        "\xe2\x82",         /* cut short */
        "\xf0\x9f\x98",     /* cut short */
        "\xe2\x28\xa1",     /* a character broken by another */
        "\xc0\xaf",         /* longer than it need be */
        "\xe0\x80\xaf",     /* longer than it need be */
        "\xed\xa0\x80",     /* half of a surrogate pair */
        "\xf4\x90\x80\x80", /* past the last code point */
        "\xf8\x88\x80\x80\x80",
    };
    char name[64];
    threading_thread thread, untouched = {42};
    CHECK_STATUS(threading_thread_new("before", nothing, NULL, &thread), THREADING_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_STATUS(threading_thread_new(wrong[i], nothing, NULL, &untouched),
                     THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_thread_spawn(wrong[i], nothing, NULL, &untouched),
                     THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_thread_spawn(wrong[i], nothing, NULL, NULL),
                     THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_thread_spawn_daemon(wrong[i], nothing, NULL, &untouched),
                     THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_thread_set_name(thread, wrong[i]), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_thread_set_name(threading_main_thread(), wrong[i]),
                     THREADING_INVALID_ARGUMENT);
    }
    CHECK(untouched.bits == 42);
    CHECK_NUMBER(threading_active_count(), 1);
    name_of(thread, name, sizeof name);
    CHECK_STRING(name, "before");
    CHECK_STRING(threading_current_name(), "MainThread");
    /* None of the failures has taken a number. */
    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &thread), THREADING_OK);
    name_of(thread, name, sizeof name);
    CHECK_STRING(name, "Thread-1");
}

/* One, two, three and four bytes: "a", e acute, the euro sign, an emoji. */
#define MIXED "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"

CASE(a_name_is_cut_between_characters_and_its_length_is_the_full_one) {
    static const size_t whole[] = {0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10, 10};
    threading_thread thread;
    CHECK_STATUS(threading_thread_new(MIXED, nothing, NULL, &thread), THREADING_OK);
    for (size_t capacity = 1; capacity < sizeof whole / sizeof whole[0]; capacity++) {
        char buffer[16];
        size_t length = 0;
        memset(buffer, '#', sizeof buffer);
        CHECK_STATUS(threading_thread_name(thread, buffer, capacity, &length), THREADING_OK);
        CHECK_NUMBER(length, 10);
        CHECK(memchr(buffer, '\0', capacity) != NULL);
        CHECK_NUMBER(strlen(buffer), whole[capacity]);
        CHECK(memcmp(buffer, MIXED, whole[capacity]) == 0);
        for (size_t after = capacity; after < sizeof buffer; after++) {
            CHECK(buffer[after] == '#');
        }
    }
}

CASE(capacity_0_writes_nothing_but_the_length) {
    char buffer = '#';
    size_t length = 0;
    threading_thread thread;
    CHECK_STATUS(threading_thread_new(MIXED, nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_name(thread, &buffer, 0, &length), THREADING_OK);
    CHECK(buffer == '#');
    CHECK_NUMBER(length, 10);
}

CASE(the_length_may_be_null_and_the_buffer_may_not) {
    char buffer[16];
    size_t length = 99;
    threading_thread thread;
    CHECK_STATUS(threading_thread_new(MIXED, nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_name(thread, buffer, sizeof buffer, NULL), THREADING_OK);
    CHECK_STRING(buffer, MIXED);
    CHECK_STATUS(threading_thread_name(thread, buffer, 0, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_name(thread, NULL, sizeof buffer, &length),
                 THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(length, 99);
}

typedef struct named {
    gate ready, changed, done;
    threading_thread thread;
} named;

static const char longer_name[] = "a name that is a good deal longer than the one before it was";

static void *keep_current_name(void *arg) {
    named *it = arg;
    const char *before = threading_current_name();
    CHECK_STRING(before, "before");
    gate_open(&it->ready);
    gate_pass(&it->changed);
    /* Still readable and still what it was, until this thread asks again. */
    CHECK_STRING(before, "before");
    CHECK_STRING(threading_current_name(), longer_name);
    return NULL;
}

CASE(current_name_is_valid_until_the_next_call_in_the_thread) {
    named it = {GATE_CLOSED, GATE_CLOSED, GATE_CLOSED, THREADING_NULL};
    CHECK_STATUS(threading_thread_spawn("before", keep_current_name, &it, &it.thread),
                 THREADING_OK);
    gate_pass(&it.ready);
    CHECK_STATUS(threading_thread_set_name(it.thread, "a name in between"), THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(it.thread, longer_name), THREADING_OK);
    CHECK_STRING(threading_current_name(), "MainThread");
    gate_open(&it.changed);
    CHECK_STATUS(threading_thread_finish(it.thread, NULL), THREADING_OK);
}

static void *check_foreign_name(void *arg) {
    char name[64];
    const char *current = threading_current_name();
    CHECK(current != NULL && current[0] != '\0');
    CHECK(strncmp(current, "Dummy-", 6) == 0);
    name_of(threading_current_thread(), name, sizeof name);
    CHECK_STRING(threading_current_name(), name);
    return arg;
}

CASE(current_name_in_a_foreign_thread_is_its_dummys) {
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, check_foreign_name, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
}

typedef struct renamer {
    gate *door;
    threading_thread thread;
    const char *name;
    atomic_bool *stop;
} renamer;

static void *rename_without_end(void *arg) {
    renamer *it = arg;
    gate_pass(it->door);
    while (!atomic_load(it->stop)) {
        CHECK_STATUS(threading_thread_set_name(it->thread, it->name), THREADING_OK);
    }
    return NULL;
}

CASE(a_name_that_many_change_is_never_torn) {
    static const char short_name[] = "short";
    static const char long_name[] =
        "a name of quite another length, far past what a small buffer holds";
    gate door = GATE_CLOSED, end = GATE_CLOSED;
    atomic_bool stop = false;
    threading_thread subject, threads[2];
    CHECK_STATUS(threading_thread_spawn(short_name, gate_passenger, &end, &subject), THREADING_OK);
    renamer renamers[2] = {{&door, subject, short_name, &stop}, {&door, subject, long_name, &stop}};
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, rename_without_end, &renamers[i], &threads[i]),
                     THREADING_OK);
    }
    gate_open(&door);
    for (int round = 0; round < 5000; round++) {
        char name[128];
        size_t length = 0;
        CHECK_STATUS(threading_thread_name(subject, name, sizeof name, &length), THREADING_OK);
        CHECK_NUMBER(length, strlen(name));
        CHECK(strcmp(name, short_name) == 0 || strcmp(name, long_name) == 0);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
    }
    gate_open(&end);
    CHECK_STATUS(threading_thread_finish(subject, NULL), THREADING_OK);
}
