/* A size of 0 is the platform's default: what the C library gives a thread of its own at that
 * moment, guard included. */
#include "timer_tools.h"

#include <pthread.h>
#include <sys/resource.h>

static const size_t kibibyte = 1024, mebibyte = 1024 * 1024;

typedef struct extent {
    size_t stack, guard;
} extent;

static void *tell_extent(void *arg) {
    extent *own = arg;
    pthread_attr_t attributes;
    CHECK_NUMBER(pthread_getattr_np(pthread_self(), &attributes), 0);
    CHECK_NUMBER(pthread_attr_getstacksize(&attributes, &own->stack), 0);
    CHECK_NUMBER(pthread_attr_getguardsize(&attributes, &own->guard), 0);
    CHECK_NUMBER(pthread_attr_destroy(&attributes), 0);
    return arg;
}

static extent of_a_plain_thread(void) {
    extent found = {0, 0};
    pthread_t plain;
    CHECK_NUMBER(pthread_create(&plain, NULL, tell_extent, &found), 0);
    CHECK_NUMBER(pthread_join(plain, NULL), 0);
    return found;
}

static extent of_a_thread(void) {
    extent found = {0, 0};
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, tell_extent, &found, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    return found;
}

static extent of_a_timer(void) {
    extent found = {0, 0};
    timer_finish(timer_started(0, tell_extent, &found));
    return found;
}

static void set_platforms_default(size_t stack, size_t guard) {
    pthread_attr_t attributes;
    CHECK_NUMBER(pthread_attr_init(&attributes), 0);
    CHECK_NUMBER(pthread_attr_setstacksize(&attributes, stack), 0);
    CHECK_NUMBER(pthread_attr_setguardsize(&attributes, guard), 0);
    CHECK_NUMBER(pthread_setattr_default_np(&attributes), 0);
    CHECK_NUMBER(pthread_attr_destroy(&attributes), 0);
}

static void check_like_a_plain_one(extent found) {
    extent plain = of_a_plain_thread();
    CHECK(found.stack >= plain.stack);
    CHECK(found.stack < plain.stack + mebibyte);
    CHECK_NUMBER(found.guard, plain.guard);
}

CASE(a_thread_has_the_stack_and_the_guard_that_the_platform_gives_at_its_start) {
    check_like_a_plain_one(of_a_thread());
    set_platforms_default(64 * mebibyte, mebibyte);
    check_like_a_plain_one(of_a_thread());
    set_platforms_default(256 * kibibyte, 16 * kibibyte);
    check_like_a_plain_one(of_a_thread());
    CHECK_NUMBER(threading_stack_size(), 0);
}

CASE(a_timers_function_has_the_stack_and_the_guard_that_the_platform_gives) {
    set_platforms_default(64 * mebibyte, mebibyte);
    check_like_a_plain_one(of_a_timer());
}

CASE(a_size_of_ones_own_keeps_the_platforms_guard) {
    set_platforms_default(64 * mebibyte, mebibyte);
    CHECK_STATUS(threading_set_stack_size(128 * kibibyte), THREADING_OK);
    extent found = of_a_thread();
    CHECK(found.stack >= 128 * kibibyte && found.stack < 2 * mebibyte);
    CHECK_NUMBER(found.guard, mebibyte);
    CHECK_NUMBER(threading_stack_size(), 128 * kibibyte);
}

/* Threads of ours are joined by the library, whatever a program wants for its own. */
CASE(a_platform_whose_threads_are_detached_still_has_them_joined) {
    pthread_attr_t attributes;
    void *result = NULL;
    extent found;
    CHECK_NUMBER(pthread_attr_init(&attributes), 0);
    CHECK_NUMBER(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED), 0);
    CHECK_NUMBER(pthread_setattr_default_np(&attributes), 0);
    CHECK_NUMBER(pthread_attr_destroy(&attributes), 0);
    for (int times = 0; times < 100; times++) {
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, tell_extent, &found, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
        CHECK(result == &found);
    }
    timer_finish(timer_started(0, tell_extent, &found));
}

/* The limit is the main thread's, and no promise of memory for others. */
static void start_after_the_limit_has_become(rlim_t bytes) {
    struct rlimit limit;
    CHECK_NUMBER(getrlimit(RLIMIT_STACK, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    CHECK_NUMBER(setrlimit(RLIMIT_STACK, &limit), 0);
    check_like_a_plain_one(of_a_thread());
    check_like_a_plain_one(of_a_timer());
}

CASE(a_limit_raised_before_the_first_thread_lets_threads_start) {
    start_after_the_limit_has_become(sizeof(rlim_t) > 4 ? (rlim_t)(UINT64_C(1) << 50)
                                                        : RLIM_INFINITY / 2);
}

CASE(a_limit_taken_away_before_the_first_thread_lets_threads_start) {
    start_after_the_limit_has_become(RLIM_INFINITY);
}

CASE(a_limit_lowered_before_the_first_thread_leaves_threads_their_stacks) {
    start_after_the_limit_has_become(64 * kibibyte);
}
