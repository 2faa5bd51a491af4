/* What the programs about the end of the process share: lines that tell the order of what happened,
 * and a process that is looked at. */
#ifndef PROCESS_END_H
#define PROCESS_END_H

#include "case.h"
#include "gate.h"

#include <string.h>
#include <unistd.h>

/* At once and in one piece, so that the order of the lines is the order of what happened. */
static inline void say(const char *line) {
    size_t length = strlen(line);
    CHECK(write(STDOUT_FILENO, line, length) == (ssize_t)length);
}

/* Runs that CHILD, which ends by itself, with this exit code and this output. */
static inline void expect(const char *child, int exit_code, const char *output) {
    static child_outcome outcome;
    run_child(child, &outcome);
    CHECK_NUMBER(outcome.signal, 0);
    CHECK_STRING(outcome.output, output);
    CHECK_NUMBER(outcome.exit_code, exit_code);
}

/* Gives an end that does not wait the time to show itself; an end that waits does not depend on
 * it. */
static inline void dawdle(void) {
    for (int i = 0; i < 100; i++) {
        case_nap();
    }
}

/* Opened by a callback of threading_register_atexit: the end has begun, and nobody has been joined
 * yet. */
static gate end_begun = GATE_CLOSED;

static inline void open_end_begun(void *ctx) {
    (void)ctx;
    gate_open(&end_begun);
}

static inline void *outlive_main(void *arg) {
    gate_pass(&end_begun);
    dawdle();
    say("worker ended\n");
    return arg;
}

static inline void start_worker_that_outlives_main(void) {
    CHECK_STATUS(threading_thread_spawn("worker", outlive_main, NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(open_end_begun, NULL), THREADING_OK);
}

#endif
