/* Stack sizes: the default for new threads, a thread's own, and that a thread really gets what was
 * asked for. */
#include "case.h"
#include "gate.h"

#include <alloca.h>
#include <stdint.h>
#include <unistd.h>

static const size_t kibibyte = 1024, mebibyte = 1024 * 1024;

static void *nothing(void *arg) { return arg; }

/* The size of the calling thread's stack, as the thread library sees it. */
static size_t own_stack_size(void) {
    pthread_attr_t attributes;
    size_t size = 0;
    CHECK_NUMBER(pthread_getattr_np(pthread_self(), &attributes), 0);
    CHECK_NUMBER(pthread_attr_getstacksize(&attributes, &size), 0);
    CHECK_NUMBER(pthread_attr_destroy(&attributes), 0);
    return size;
}

static void *tell_stack_size(void *arg) {
    *(size_t *)arg = own_stack_size();
    return NULL;
}

static size_t stack_size_of_a_new_thread(void) {
    size_t size = 0;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, tell_stack_size, &size, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    return size;
}

/* Writes to every page of that much stack; more than there is ends the process. */
static __attribute__((noinline)) void use_stack(size_t bytes) {
    volatile char *area = alloca(bytes);
    for (size_t at = 0; at < bytes; at += 1024) {
        area[bytes - 1 - at] = 1;
    }
    CHECK_NUMBER(area[bytes - 1], 1);
}

static void *use_most_of(void *arg) {
    size_t bytes = *(size_t *)arg;
    CHECK(own_stack_size() >= bytes);
    use_stack(bytes - bytes / 8);
    return arg;
}

CASE(zero_is_the_platforms_default) {
    size_t plain = 0;
    pthread_t foreign;
    CHECK_NUMBER(threading_stack_size(), 0);
    CHECK_NUMBER(pthread_create(&foreign, NULL, tell_stack_size, &plain), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK(stack_size_of_a_new_thread() >= plain);
    CHECK_STATUS(threading_set_stack_size(0), THREADING_OK);
    CHECK(stack_size_of_a_new_thread() >= plain);
}

/* test_various_ops_small_stack, test_various_ops_large_stack */
CASE(the_default_can_be_set_and_set_back) {
    const size_t sizes[] = {32 * kibibyte, 64 * kibibyte, 256 * kibibyte,
                            mebibyte,      16 * mebibyte, 64 * mebibyte};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        CHECK_STATUS(threading_set_stack_size(sizes[i]), THREADING_OK);
        CHECK_NUMBER(threading_stack_size(), sizes[i]);
        size_t got = stack_size_of_a_new_thread();
        CHECK(got >= sizes[i]);
        CHECK(got < sizes[i] + mebibyte);
    }
    CHECK_STATUS(threading_set_stack_size(0), THREADING_OK);
    CHECK_NUMBER(threading_stack_size(), 0);
    CHECK(stack_size_of_a_new_thread() > mebibyte);
}

CASE(less_than_32_kib_is_invalid_and_changes_nothing) {
    static const size_t sizes[] = {1, 4096, 16384, 32767};
    threading_thread thread;
    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_set_stack_size(mebibyte), THREADING_OK);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        CHECK_STATUS(threading_set_stack_size(sizes[i]), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_thread_set_stack_size(thread, sizes[i]), THREADING_INVALID_ARGUMENT);
    }
    CHECK_NUMBER(threading_stack_size(), mebibyte);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

CASE(sizes_are_rounded_up_to_pages) {
    static const size_t sizes[] = {32769, 100001, 262143, 1048577};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        CHECK_STATUS(threading_set_stack_size(sizes[i]), THREADING_OK);
        CHECK(threading_stack_size() >= sizes[i]);
        CHECK(threading_stack_size() < sizes[i] + (size_t)sysconf(_SC_PAGESIZE));
        CHECK(stack_size_of_a_new_thread() >= sizes[i]);
    }
}

CASE(a_threads_own_size_goes_before_the_default) {
    size_t size = 0;
    threading_thread thread;
    CHECK_STATUS(threading_set_stack_size(64 * mebibyte), THREADING_OK);
    CHECK_STATUS(threading_thread_new(NULL, tell_stack_size, &size, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_stack_size(thread, mebibyte), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK(size >= mebibyte && size < 2 * mebibyte);
    CHECK_NUMBER(threading_stack_size(), 64 * mebibyte);
    /* It is that thread's alone, and 0 takes it back. */
    CHECK(stack_size_of_a_new_thread() >= 64 * mebibyte);
    CHECK_STATUS(threading_thread_new(NULL, tell_stack_size, &size, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_stack_size(thread, mebibyte), THREADING_OK);
    CHECK_STATUS(threading_thread_set_stack_size(thread, 0), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK(size >= 64 * mebibyte);
}

CASE(a_thread_can_use_the_stack_that_was_asked_for) {
    const size_t sizes[] = {32 * kibibyte, 256 * kibibyte, 8 * mebibyte, 256 * mebibyte};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = sizes[i];
        threading_thread thread;
        CHECK_STATUS(threading_thread_new(NULL, use_most_of, &size, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_set_stack_size(thread, size), THREADING_OK);
        CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    }
}

CASE(the_size_is_settled_at_the_start) {
    gate door = GATE_CLOSED;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_stack_size(thread, mebibyte), THREADING_ALREADY_STARTED);
    gate_open(&door);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_stack_size(thread, mebibyte), THREADING_ALREADY_STARTED);
    CHECK_STATUS(threading_thread_set_stack_size(threading_main_thread(), mebibyte),
                 THREADING_ALREADY_STARTED);
}

CASE(a_stack_that_no_system_has_fails_the_start_and_not_the_thread) {
    const size_t absurd = SIZE_MAX / 16;
    if (sizeof(size_t) == 4) {
        case_skip("there is room for each size that can be asked for");
    }
    int value = 0;
    void *result = NULL;
    threading_thread thread, untouched = {42};
    CHECK_STATUS(threading_thread_new(NULL, nothing, &value, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_stack_size(thread, absurd), THREADING_OK);
    for (int times = 0; times < 3; times++) {
        CHECK_STATUS(threading_thread_start(thread), THREADING_NO_RESOURCES);
        CHECK(!threading_thread_is_alive(thread));
        CHECK(threading_thread_ident(thread) == 0);
        CHECK(threading_thread_native_id(thread) == 0);
        CHECK_NUMBER(threading_active_count(), 1);
        CHECK_STATUS(threading_thread_join(thread), THREADING_NOT_STARTED);
        CHECK_STATUS(threading_thread_result(thread, &result), THREADING_NOT_STARTED);
    }
    CHECK_STATUS(threading_thread_set_stack_size(thread, 0), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == &value);

    CHECK_STATUS(threading_set_stack_size(absurd), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &untouched), THREADING_NO_RESOURCES);
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, NULL), THREADING_NO_RESOURCES);
    CHECK(untouched.bits == 42);
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_STATUS(threading_set_stack_size(0), THREADING_OK);
    CHECK(stack_size_of_a_new_thread() > 0);
}

CASE(a_size_that_cannot_be_rounded_up_is_refused_somewhere) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &thread), THREADING_OK);
    threading_status status = threading_thread_set_stack_size(thread, SIZE_MAX);
    if (status == THREADING_OK) {
        CHECK_STATUS(threading_thread_start(thread), THREADING_NO_RESOURCES);
        CHECK_STATUS(threading_thread_set_stack_size(thread, 0), THREADING_OK);
    } else {
        CHECK_STATUS(status, THREADING_INVALID_ARGUMENT);
    }
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}
