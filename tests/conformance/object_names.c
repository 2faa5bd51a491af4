/* Names of locks, rlocks, conditions, semaphores, events, barriers, latches and locals: how they go
 * in, how they come out again, and that each belongs to one object. For threads see thread_names.c;
 * for many who rename at once, signal handlers and forks object_names_crowd.c. */
#include "named_kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

CASE(an_object_has_no_name_until_it_gets_one_and_can_lose_it) {
    FOR_EACH_KIND(k) {
        uint64_t object = make(k), other = make(k);
        check_name(k, object, "");
        rename_to(k, object, NULL);
        check_name(k, object, "");
        rename_to(k, object, "accounts");
        check_name(k, object, "accounts");
        rename_to(k, object, LONGER);
        check_name(k, object, LONGER);
        rename_to(k, object, "accounts");
        check_name(k, object, "accounts");
        check_name(k, other, "");
        rename_to(k, other, "accounts");
        rename_to(k, object, NULL);
        check_name(k, object, "");
        check_name(k, other, "accounts");
        rename_to(k, other, "");
        check_name(k, other, "");
        CHECK(object_kinds[k->kind].use(object));
        end(k, object);
        end(k, other);
    }
}

CASE(an_objects_name_is_copied) {
    FOR_EACH_KIND(k) {
        char mine[] = "original";
        uint64_t object = make(k);
        rename_to(k, object, mine);
        memset(mine, 'x', sizeof mine - 1);
        check_name(k, object, "original");
        end(k, object);
    }
}

CASE(an_objects_name_may_contain_any_character) {
    char all[129] = {0};
    for (int i = 1; i < 128; i++) {
        all[i - 1] = (char)i;
    }
    FOR_EACH_KIND(k) {
        char name[256];
        uint64_t object = make(k);
        rename_to(k, object, all);
        CHECK_STATUS(k->name(object, name, sizeof name, NULL), THREADING_OK);
        CHECK_STRING(name, all);
        end(k, object);
    }
}

/* One, two, three and four bytes: "a", e acute, the euro sign, an emoji. */
#define MIXED "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"

CASE(an_objects_name_is_cut_between_characters_and_its_length_is_the_full_one) {
    static const size_t whole[] = {0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10, 10};
    FOR_EACH_KIND(k) {
        uint64_t object = make(k);
        rename_to(k, object, MIXED);
        for (size_t capacity = 0; capacity < sizeof whole / sizeof whole[0]; capacity++) {
            char buffer[16];
            size_t length = 0;
            memset(buffer, '#', sizeof buffer);
            CHECK_STATUS(k->name(object, buffer, capacity, &length), THREADING_OK);
            CHECK_NUMBER(length, 10);
            CHECK(capacity == 0 || strlen(buffer) == whole[capacity]);
            CHECK(memcmp(buffer, MIXED, whole[capacity]) == 0);
            for (size_t after = capacity; after < sizeof buffer; after++) {
                CHECK(buffer[after] == '#');
            }
        }
        end(k, object);
    }
}

/* Every length about the sizes of the pieces in which names are kept, and every capacity. */
CASE(an_objects_name_of_any_length_comes_out_as_it_went_in) {
    enum { MOST = 100 };
    const named_kind *k = kinds;
    uint64_t object = make(k);
    char given[MOST + 1] = "";
    for (size_t length = 1; length <= MOST; length++) {
        given[length - 1] = (char)('a' + length % 26);
        rename_to(k, object, given);
        for (size_t capacity = 1; capacity <= MOST + 2; capacity++) {
            char back[MOST + 3];
            size_t full = 0, part = capacity - 1 < length ? capacity - 1 : length;
            memset(back, '#', sizeof back);
            CHECK_STATUS(k->name(object, back, capacity, &full), THREADING_OK);
            CHECK_NUMBER(full, length);
            CHECK_NUMBER(strlen(back), part);
            CHECK(memcmp(given, back, part) == 0);
            CHECK(back[capacity] == '#');
        }
    }
    end(k, object);
}

CASE(the_length_of_an_objects_name_may_be_null_and_the_buffer_may_not) {
    FOR_EACH_KIND(k) {
        char buffer[16];
        size_t length = 99;
        uint64_t object = make(k);
        rename_to(k, object, MIXED);
        CHECK_STATUS(k->name(object, buffer, sizeof buffer, NULL), THREADING_OK);
        CHECK_STRING(buffer, MIXED);
        CHECK_STATUS(k->name(object, buffer, 0, NULL), THREADING_OK);
        CHECK_STRING(buffer, MIXED);
        CHECK_STATUS(k->name(object, NULL, sizeof buffer, &length), THREADING_INVALID_ARGUMENT);
        CHECK_NUMBER(length, 99);
        CHECK_STATUS(k->name(object, NULL, 0, &length), THREADING_OK);
        CHECK_NUMBER(length, 10);
        end(k, object);
    }
}

CASE(bytes_that_are_not_utf8_are_no_objects_name_and_change_nothing) {
    static const char *const wrong[] = {"\xff", "name\x80", "caf\xc3", "\xed\xa0\x80"};
    FOR_EACH_KIND(k) {
        uint64_t object = make(k);
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
            CHECK_STATUS(k->set_name(object, wrong[i]), THREADING_INVALID_ARGUMENT);
            check_name(k, object, "");
        }
        rename_to(k, object, "before");
        CHECK_STATUS(k->set_name(object, wrong[0]), THREADING_INVALID_ARGUMENT);
        check_name(k, object, "before");
        end(k, object);
    }
}

/* A handle of an object that is gone, or never was, names nothing; nothing is written. */
static void check_has_no_name(const named_kind *k, uint64_t bits, threading_status status) {
    char buffer[4] = "###";
    size_t length = 99;
    CHECK_STATUS(k->name(bits, buffer, sizeof buffer, &length), status);
    CHECK_STRING(buffer, "###");
    CHECK_NUMBER(length, 99);
    CHECK_STATUS(k->set_name(bits, "late"), status);
    CHECK_STATUS(k->set_name(bits, NULL), status);
}

CASE(a_name_ends_with_its_object_and_is_not_the_next_ones) {
    FOR_EACH_KIND(k) {
        uint64_t first = make(k);
        check_has_no_name(k, 0, THREADING_INVALID_HANDLE);
        rename_to(k, first, "first");
        end(k, first);
        check_has_no_name(k, first, THREADING_DESTROYED);
        /* In the same slot, as slots.c shows. */
        uint64_t second = make(k);
        CHECK((uint32_t)second == (uint32_t)first);
        check_name(k, second, "");
        check_has_no_name(k, first, THREADING_DESTROYED);
        rename_to(k, second, "second");
        check_has_no_name(k, first, THREADING_DESTROYED);
        check_name(k, second, "second");
        end(k, second);
        uint64_t third = make(k);
        rename_to(k, third, NULL);
        check_name(k, third, "");
        end(k, third);
    }
}

/* In more than one segment of the tables of locks and of names. */
CASE(many_objects_have_each_a_name_of_their_own) {
    enum { MANY = 70000 };
    static threading_lock locks[MANY];
    char name[64], back[64];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            CHECK_STATUS(threading_lock_new(&locks[i]), THREADING_OK);
            snprintf(name, sizeof name, "lock %d of a round with the number %d", i, round);
            CHECK_STATUS(threading_lock_set_name(locks[i], i % 3 == round ? NULL : name),
                         THREADING_OK);
        }
        for (int i = 0; i < MANY; i++) {
            snprintf(name, sizeof name, "lock %d of a round with the number %d", i, round);
            CHECK_STATUS(threading_lock_name(locks[i], back, sizeof back, NULL), THREADING_OK);
            CHECK_STRING(back, i % 3 == round ? "" : name);
            CHECK_STATUS(threading_lock_destroy(locks[i]), THREADING_OK);
        }
    }
}

static size_t resident_bytes(void) {
    size_t pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%zu %zu", &pages, &resident) == 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

CASE(an_objects_name_of_ten_million_bytes_is_kept_whole_and_its_memory_is_used_again) {
    enum { LONG = 10000000, ROUNDS = 8 };
    char *given = malloc(LONG + 1), *back = malloc(LONG + 1);
    threading_event event;
    size_t after_one = 0;
    CHECK(given != NULL && back != NULL);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    given[LONG] = '\0';
    for (int round = 0; round < ROUNDS; round++) {
        size_t length = 0;
        for (int i = 0; i < LONG; i++) {
            given[i] = (char)('a' + (i + round) % 25);
        }
        CHECK_STATUS(threading_event_set_name(event, given), THREADING_OK);
        CHECK_STATUS(threading_event_name(event, back, LONG + 1, &length), THREADING_OK);
        CHECK_NUMBER(length, LONG);
        CHECK(memcmp(given, back, LONG + 1) == 0);
        if (round == 1) {
            after_one = resident_bytes();
        }
    }
    /* The next name is there before the one before it ends: there are two at a time, no more. */
    CHECK(resident_bytes() < after_one + LONG);
    CHECK_STATUS(threading_event_set_name(event, NULL), THREADING_OK);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
    free(given);
    free(back);
}
