/* The threads that run timers' functions, and the one that waits for their time: they go when there
 * is nothing to do, and leave nothing behind. */
#include "gate.h"
#include "timer_tools.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_WORKERS = 60 };

/* As many workers as functions that block, and the service; then none. */
static void come_and_go(int workers) {
    gate door = GATE_CLOSED;
    threading_timer timers[MOST_WORKERS];
    for (int i = 0; i < workers; i++) {
        timers[i] = timer_started(0, gate_passenger, &door);
    }
    gate_await(&door, workers);
    CHECK(case_tasks() >= (size_t)workers + 1);
    gate_open(&door);
    for (int i = 0; i < workers; i++) {
        timer_finish(timers[i]);
    }
    EVENTUALLY(case_tasks() == 1);
}

static void check_nothing_is_left(int workers, size_t stack_size, size_t spare) {
    CHECK_STATUS(threading_set_stack_size(stack_size), THREADING_OK);
    come_and_go(workers);
    size_t before = address_space();
    come_and_go(workers);
    come_and_go(workers);
    size_t after = address_space();
    printf("%zu bytes of address space before, %zu after\n", before, after);
    CHECK(after < before + spare);
}

/* The C library may keep some stacks for later threads, and gives a new thread a heap of its own
 * sometimes. */
CASE(idle_workers_end_and_leave_no_stack_behind) {
    check_nothing_is_left(MOST_WORKERS, 1 << 22, (size_t)MOST_WORKERS << 22);
}

/* With stacks that are larger than all else, those of one worker and of the service are seen. */
CASE(the_idle_service_ends_and_leaves_no_stack_behind) {
    check_nothing_is_left(1, (size_t)1 << 30, (size_t)1 << 30);
}

typedef struct task_status {
    char name[32];
    unsigned long long blocked; /* the first signal at bit 0 */
} task_status;

static task_status status_of(const char *task) {
    char path[64], line[256];
    task_status status = {.blocked = 0};
    snprintf(path, sizeof path, "/proc/self/task/%.20s/status", task);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        (void)sscanf(line, "Name: %31s", status.name);
        (void)sscanf(line, "SigBlk: %llx", &status.blocked);
    }
    fclose(file);
    return status;
}

/* The service's name tells that it has begun: before that the C library blocks its signals. */
static bool is_service(const char *task) { return strcmp(status_of(task).name, "timers") == 0; }

/* It runs no code of the program's, so not even a profiler's signal is for it. */
CASE(the_service_leaves_every_signal_to_others) {
    static const int left_to_others[] = {SIGPROF, SIGABRT, SIGSEGV, SIGUSR1, SIGTERM};
    threading_timer timer = timer_started(TIMER_FAR, timer_never, NULL);
    EVENTUALLY(case_tasks() == 2);
    DIR *directory = opendir("/proc/self/task");
    CHECK(directory != NULL);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != getpid()) {
            EVENTUALLY(is_service(entry->d_name));
            for (size_t i = 0; i < sizeof left_to_others / sizeof *left_to_others; i++) {
                CHECK(status_of(entry->d_name).blocked >> (left_to_others[i] - 1) & 1);
            }
        }
    }
    closedir(directory);
    CHECK(timer_cancelled(timer));
    timer_finish(timer);
}
