/* The end of a thousand processes in which everything is contended: each ends, with the code that it was given. */
#include "forked.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { PROCESSES = 1000, DAEMONS = 3, CODE = 7 };

static threading_lock lock;
static threading_condition condition;
static threading_semaphore semaphore;
static threading_event event;
static threading_barrier barrier;
static atomic_int begun;

/* Anything may come back while the process ends around it, but for what says that an object is gone: nothing is torn down. */
static void fine(threading_status status) {
    CHECK(status != THREADING_INVALID_HANDLE && status != THREADING_DESTROYED && status != THREADING_INVALID_ARGUMENT);
}

static void *of_a_timer(void *arg) {
    fine(threading_semaphore_release(semaphore));
    return arg;
}

static void *contends(void *arg) {
    atomic_fetch_add(&begun, 1);
    for (;;) {
        threading_timer timer;
        fine(threading_lock_acquire(lock));
        fine(threading_lock_release(lock));
        fine(threading_condition_acquire(condition));
        fine(threading_condition_wait_timeout(condition, 0.0001));
        fine(threading_condition_notify_all(condition));
        fine(threading_condition_release(condition));
        fine(threading_semaphore_acquire_timeout(semaphore, 0.0001));
        fine(threading_event_set(event));
        fine(threading_event_clear(event));
        fine(threading_barrier_wait_timeout(barrier, 0.0001, NULL));
        fine(threading_barrier_reset(barrier));
        if (threading_timer_new(0.0001, of_a_timer, NULL, &timer) == THREADING_OK) {
            fine(threading_timer_start(timer));
            fine(threading_timer_destroy(timer));
        }
    }
    return arg;
}

static void *ends_soon(void *arg) {
    fine(threading_event_wait_timeout(event, 0.001));
    return arg;
}

static void ends_in_the_middle_of_it(int round) {
    for (int i = 0; i < DAEMONS; i++) {
        CHECK_STATUS(threading_thread_spawn_daemon("contends", contends, NULL, NULL), THREADING_OK);
    }
    CHECK_STATUS(threading_thread_spawn("ends soon", ends_soon, NULL, NULL), THREADING_OK);
    /* Some end at once, others when all daemons are in the middle of it. */
    while (round % 2 && atomic_load(&begun) < DAEMONS) {
        case_nap();
    }
    exit(CODE);
}

CASE(a_thousand_processes_end_while_everything_is_contended) {
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
    for (int round = 0; round < PROCESSES; round++) {
        pid_t pid = forked();
        if (pid == 0) {
            ends_in_the_middle_of_it(round);
        }
        CHECK_NUMBER(exit_code_of(pid), CODE);
    }
    printf("%d processes\n", PROCESSES);
}
