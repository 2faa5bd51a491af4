/* What objects.def says of executors and futures that is more than an expression or two. A part of
 * objects.c, whose macros it uses. */
#ifndef OBJECTS_EXECUTOR_H
#define OBJECTS_EXECUTOR_H

#include <sched.h>
#include <stdatomic.h>

/* A task that runs until the door of those bits is opened. */
static door *new_door(void) {
    door *one = malloc(sizeof *one);
    CHECK(one && (one->file = eventfd(0, 0)) >= 0);
    return one;
}

static void keep_door(door *one, uint64_t bits) {
    one->process = getpid();
    one->bits = bits;
    one->next = doors;
    doors = one;
}

/* Whoever keeps account of handles knows of the future and of its thread. */
static void note_future(threading_future it) {
    object_issued(KIND_FUTURE, it.bits);
    object_issued(KIND_THREAD, threading_future_thread(it).bits);
}

static void forget_future(threading_future it, uint64_t thread) {
    object_ended(KIND_FUTURE, it.bits);
    object_ended(KIND_THREAD, thread);
}

/* The task of a busy executor is detached, and has ended with it. */
typedef struct busy {
    uint64_t bits, thread;
    threading_future future;
    struct busy *next;
} busy;
static busy *busies;

static threading_status make_busy_executor(threading_executor *it) {
    threading_status status = threading_executor_new(2, NULL, it);
    door *one = new_door();
    busy *task = malloc(sizeof *task);
    CHECK(task != NULL);
    OK(status);
    OK(threading_executor_submit(*it, wait_at_door, one, &task->future));
    keep_door(one, it->bits);
    note_future(task->future);
    task->bits = it->bits;
    task->thread = threading_future_thread(task->future).bits;
    task->next = busies;
    busies = task;
    OK(threading_future_destroy(task->future));
    return status;
}

/* No task is submitted: its record would be one more handle that somebody has to know. */
static void use_executor(threading_executor it) {
    size_t length = 1;
    OK(threading_executor_set_name(it, "used"));
    OK(threading_executor_name(it, NULL, 0, &length));
    CHECK(length == 4);
    OK(threading_executor_set_name(it, NULL));
    if (threading_executor_is_shut(it)) {
        threading_status status = threading_executor_shutdown_timeout(it, true, 0);
        /* A busy one has a task that goes on. */
        CHECK(status == THREADING_OK || status == THREADING_TIMEOUT);
    }
}

/* One that is destroyed has no tasks that could go on. */
static void let_executor_go(threading_executor it) {
    open_door(it.bits);
    threading_status status = threading_executor_shutdown(it, false);
    CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
}

static void end_executor(threading_executor it) {
    let_executor_go(it);
    OK(threading_executor_destroy(it));
    for (busy **place = &busies; *place; place = &(*place)->next) {
        busy *one = *place;
        if (one->bits == it.bits) {
            forget_future(one->future, one->thread);
            *place = one->next;
            free(one);
            break;
        }
    }
}

static threading_status shut_down_within(threading_executor it, double seconds) {
    return threading_executor_shutdown_timeout(it, false, seconds);
}

/* The executor of all futures that are made here. It is made without pthread_once, which aborts
 * where futexes are refused. */
static threading_executor of_futures(void) {
    static threading_executor made;
    static atomic_int phase;
    int fresh = 0;
    if (atomic_compare_exchange_strong(&phase, &fresh, 1)) {
        OK(threading_executor_new(THREADING_EXECUTOR_MAX, NULL, &made));
        object_issued(KIND_EXECUTOR, made.bits);
        atomic_store(&phase, 2);
    }
    while (atomic_load(&phase) != 2) {
        sched_yield();
    }
    return made;
}

static void make_done_future(threading_future *it) {
    OK(threading_executor_submit(of_futures(), returns, NULL, it));
    OK(threading_future_wait(*it));
    object_issued(KIND_THREAD, threading_future_thread(*it).bits);
}

/* The only worker of its executor waits until the future is cancelled. */
static void make_cancelled_future(threading_future *it) {
    threading_executor one;
    threading_future first;
    bool prevented = false;
    door *only = new_door();
    OK(threading_executor_new(1, NULL, &one));
    object_issued(KIND_EXECUTOR, one.bits);
    OK(threading_executor_submit(one, wait_at_door, only, &first));
    keep_door(only, one.bits);
    note_future(first);
    OK(threading_executor_submit(one, returns, NULL, it));
    object_issued(KIND_THREAD, threading_future_thread(*it).bits);
    OK(threading_future_cancel(*it, &prevented));
    CHECK(prevented);
    let_executor_go(one);
    uint64_t thread = threading_future_thread(first).bits;
    OK(threading_future_finish(first, NULL));
    forget_future(first, thread);
    OK(threading_executor_destroy(one));
    object_ended(KIND_EXECUTOR, one.bits);
}

static threading_status make_running_future(threading_future *it) {
    door *one = new_door();
    threading_status status = threading_executor_submit(of_futures(), wait_at_door, one, it);
    if (status == THREADING_OK) {
        keep_door(one, it->bits);
        object_issued(KIND_THREAD, threading_future_thread(*it).bits);
    }
    return status;
}

static void use_future(threading_future it) {
    void *result = &result;
    if (!threading_future_is_done(it)) {
        CHECK(threading_future_wait_timeout(it, 0) == THREADING_TIMEOUT);
        CHECK(threading_future_result_timeout(it, 0, &result) == THREADING_TIMEOUT);
        return;
    }
    OK(threading_future_wait(it));
    threading_status status = threading_future_result(it, &result);
    CHECK(status == (threading_future_was_cancelled(it) ? THREADING_NO_VALUE : THREADING_OK));
    CHECK(status != THREADING_OK || result == NULL);
}

/* One whose task runs is given up first: its handle is stale once that has ended. */
static void end_future(threading_future it) {
    threading_thread thread = threading_future_thread(it);
    bool running = !threading_future_is_done(it);
    OK(threading_future_destroy(it));
    if (running) {
        open_door(it.bits);
        threading_status status = threading_future_wait(it);
        CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
    }
    object_ended(KIND_THREAD, thread.bits);
}

#endif
