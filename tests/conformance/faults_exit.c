/* The end of a thousand processes in which everything is contended: each ends, with the code that
 * it was given. */
#include "../objects.h"
#include "forked.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { PROCESSES = 1000, DAEMONS = 3, CODE = 7 };

static uint64_t objects[KINDS];
static threading_semaphore semaphore;
static atomic_int begun;

/* Anything may come back while the process ends around it, but for what says that an object is
 * gone: nothing is torn down. */
static void judge(const char *call, threading_status status, threading_status one,
                  threading_status other) {
    (void)call, (void)one, (void)other;
    CHECK(status != THREADING_INVALID_HANDLE && status != THREADING_DESTROYED &&
          status != THREADING_INVALID_ARGUMENT);
}

#define FINE(call) judge(#call, (call), THREADING_OK, THREADING_OK)

static void *of_a_timer(void *arg) {
    FINE(threading_semaphore_release(semaphore));
    return arg;
}

static void *contends(void *arg) {
    atomic_fetch_add(&begun, 1);
    for (;;) {
        threading_timer timer;
        for (int kind = 0; kind < KINDS; kind++) {
            object_kinds[kind].play(objects[kind], judge);
        }
        FINE(threading_semaphore_acquire_timeout(semaphore, 0.0001));
        if (threading_timer_new(0.0001, of_a_timer, NULL, &timer) == THREADING_OK) {
            FINE(threading_timer_start(timer));
            FINE(threading_timer_destroy(timer));
        }
    }
    return arg;
}

static void *ends_soon(void *arg) {
    FINE(threading_event_wait_timeout((threading_event){objects[KIND_EVENT]}, 0.001));
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
    for (int kind = 0; kind < KINDS; kind++) {
        objects[kind] = object_kinds[kind].make_played();
    }
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    for (int round = 0; round < PROCESSES; round++) {
        pid_t pid = forked();
        if (pid == 0) {
            ends_in_the_middle_of_it(round);
        }
        CHECK_NUMBER(exit_code_of(pid), CODE);
    }
    printf("%d processes\n", PROCESSES);
}
