/* A stack of a size that the system does not take, and a thread for which it has no room, are two
 * mistakes with two statuses; neither changes anything.
 *
 * This program's own pthread_create stands before the C library's, and can be told what to
 * answer. */
#include "real_calls.h"
#include "timer_tools.h"

#include <errno.h>
#include <math.h>

static atomic_int answer; /* 0: asks the C library */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *),
                   void *arg) {
    if (atomic_load(&answer) != 0) {
        return atomic_load(&answer);
    }
    return real_pthread_create(thread, attributes, routine, arg);
}

static void *give_back(void *arg) { return arg; }

static void starts_are(threading_status refused) {
    int value = 0;
    void *result = NULL;
    threading_thread thread, untouched = {42};
    threading_timer timer = timer_new(0, give_back, &value);
    int error = atomic_load(&answer);
    CHECK_STATUS(threading_thread_new(NULL, give_back, &value, &thread), THREADING_OK);
    errno = 4242;
    CHECK_STATUS(threading_thread_start(thread), refused);
    CHECK_STATUS(threading_thread_spawn(NULL, give_back, &value, &untouched), refused);
    CHECK_STATUS(threading_thread_spawn_daemon(NULL, give_back, &value, &untouched), refused);
    CHECK_STATUS(threading_timer_start(timer), refused);
    CHECK_STATUS(threading_thread_start(threading_timer_thread(timer)), refused);
    CHECK_NUMBER(errno, 4242);
    CHECK(untouched.bits == 42);
    CHECK(!threading_thread_is_alive(thread));
    CHECK_STATUS(threading_thread_join(thread), THREADING_NOT_STARTED);
    CHECK_NUMBER(threading_active_count(), 1);

    atomic_store(&answer, 0);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == &value);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    timer_finish(timer);
    atomic_store(&answer, error);
}

CASE(a_stack_that_the_system_does_not_take_is_an_invalid_argument) {
    atomic_store(&answer, EINVAL);
    starts_are(THREADING_INVALID_ARGUMENT);
}

CASE(a_thread_for_which_the_system_has_no_room_is_no_resources) {
    atomic_store(&answer, EAGAIN);
    starts_are(THREADING_NO_RESOURCES);
}

CASE(a_watch_for_which_the_system_has_no_room_is_no_resources) {
    atomic_store(&answer, EAGAIN);
    CHECK_STATUS(threading_watch(60, 0), THREADING_NO_RESOURCES);
    atomic_store(&answer, 0);
    CHECK_STATUS(threading_watch(60, 0), THREADING_OK);
    /* It runs, so no thread has to be made. */
    atomic_store(&answer, EAGAIN);
    CHECK_STATUS(threading_watch(50, 0), THREADING_OK);
    CHECK_STATUS(threading_watch(INFINITY, 0), THREADING_OK);
}

/* Of its policy, which a program may have asked for by the default attributes. */
CASE(a_thread_that_the_system_does_not_permit_is_no_resources) {
    atomic_store(&answer, EPERM);
    starts_are(THREADING_NO_RESOURCES);
}
