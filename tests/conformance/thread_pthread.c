/* threading_thread_pthread: how the C library knows a thread, while that runs. */
#include "caller.h"
#include "forked.h"

#include <signal.h>

static pthread_t native_of(threading_thread thread) {
    pthread_t native;
    CHECK_STATUS(threading_thread_pthread(thread, &native), THREADING_OK);
    return native;
}

static threading_event may_end;
static _Atomic(pthread_t) told;

static void *tells_and_waits(void *arg) {
    CHECK(pthread_equal(native_of(threading_current_thread()), pthread_self()));
    atomic_store(&told, pthread_self());
    CHECK_STATUS(threading_event_wait(may_end), THREADING_OK);
    return arg;
}

CASE(a_thread_that_runs_has_one) {
    threading_thread thread;
    CHECK_STATUS(threading_event_new(&may_end), THREADING_OK);
    for (int round = 0; round < 100; round++) {
        CHECK_STATUS(threading_event_clear(may_end), THREADING_OK);
        CHECK_STATUS(threading_thread_new(NULL, tells_and_waits, NULL, &thread), THREADING_OK);
        pthread_t native;
        CHECK_STATUS(threading_thread_pthread(thread, &native), THREADING_NOT_STARTED);
        CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
        native = native_of(thread);
        CHECK_NUMBER(pthread_kill(native, 0), 0);
        EVENTUALLY(atomic_load(&told) == native);
        CHECK_STATUS(threading_event_set(may_end), THREADING_OK);
        CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
        CHECK_STATUS(threading_thread_pthread(thread, &native), THREADING_NO_VALUE);
        CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
        CHECK_STATUS(threading_thread_pthread(thread, &native), THREADING_DESTROYED);
    }
}

static threading_status is_its_own(caller *self) {
    (void)self;
    CHECK(pthread_equal(native_of(threading_current_thread()), pthread_self()));
    return THREADING_OK;
}

CASE(the_main_thread_and_a_dummy_have_one) {
    CHECK(pthread_equal(native_of(threading_main_thread()), pthread_self()));
    caller stranger;
    caller_start(&stranger, FOREIGN, is_its_own, 0, 0);
    caller_end(&stranger, THREADING_OK);
}

static void *returns(void *arg) { return arg; }

CASE(a_timer_has_none) {
    threading_timer timer;
    pthread_t native;
    CHECK_STATUS(threading_timer_new(1000, returns, NULL, &timer), THREADING_OK);
    CHECK_STATUS(threading_thread_pthread(threading_timer_thread(timer), &native),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    CHECK_STATUS(threading_thread_pthread(threading_timer_thread(timer), &native),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_timer_cancel(timer, NULL), THREADING_OK);
}

static void *asks_of_its_task(void *arg) {
    pthread_t native;
    CHECK_STATUS(threading_thread_pthread(threading_current_thread(), &native),
                 THREADING_INVALID_ARGUMENT);
    return arg;
}

CASE(a_task_has_none) {
    threading_executor pool;
    threading_future future;
    pthread_t native;
    CHECK_STATUS(threading_executor_new(1, NULL, &pool), THREADING_OK);
    CHECK_STATUS(threading_executor_submit(pool, asks_of_its_task, NULL, &future), THREADING_OK);
    CHECK_STATUS(threading_thread_pthread(threading_future_thread(future), &native),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_future_finish(future, NULL), THREADING_OK);
    CHECK_STATUS(threading_executor_shutdown(pool, false), THREADING_OK);
    CHECK_STATUS(threading_executor_destroy(pool), THREADING_OK);
}

CASE(it_needs_a_place_and_a_thread) {
    threading_event event;
    pthread_t native = pthread_self();
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_thread_pthread(threading_main_thread(), NULL),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_thread_pthread((threading_thread){0}, &native),
                 THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_thread_pthread((threading_thread){event.bits}, &native),
                 THREADING_INVALID_HANDLE);
    CHECK(pthread_equal(native, pthread_self()));
}
