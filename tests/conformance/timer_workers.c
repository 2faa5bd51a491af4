/* The threads that run timers' functions: they go when there is nothing to do, and leave nothing behind. */
#include "gate.h"
#include "timer_tools.h"

#include <stdio.h>
#include <unistd.h>

enum { WORKERS = 60 };

/* The address space in use, in bytes: a thread that nobody joins and that did not detach itself keeps its stack there. */
static size_t address_space(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL);
    CHECK_NUMBER(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* As many workers as functions that block; then none. */
static void come_and_go(void) {
    gate door = GATE_CLOSED;
    threading_timer timers[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        timers[i] = timer_started(0, gate_passenger, &door);
    }
    gate_await(&door, WORKERS);
    CHECK(task_count() >= WORKERS + 1);
    gate_open(&door);
    for (int i = 0; i < WORKERS; i++) {
        timer_finish(timers[i]);
    }
    /* Main and the service stay. */
    EVENTUALLY(task_count() <= 2);
}

CASE(idle_workers_end_and_leave_no_stack_behind) {
    enum { STACK = 1 << 22 };
    CHECK_STATUS(threading_set_stack_size(STACK), THREADING_OK);
    come_and_go();
    size_t before = address_space();
    come_and_go();
    come_and_go();
    /* The C library may keep some stacks for later threads, and gives a new thread a heap of its own sometimes. */
    size_t after = address_space();
    printf("%zu bytes of address space before, %zu after\n", before, after);
    CHECK(after < before + (size_t)WORKERS * STACK);
}
