/* An exit that waits for long says for whom, once, on the standard error stream. */
#include "process_end.h"

#include <poll.h>
#include <stdlib.h>

enum { LONGER_THAN_THE_SILENCE_MS = 6500 };

static int errors; /* the reading end of what is the standard error stream now */

static void catch_errors(void) {
    int ends[2];
    CHECK_NUMBER(pipe(ends), 0);
    errors = ends[0];
    CHECK_NUMBER(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
}

/* What comes there within that time, at most one write of it; false: nothing. */
static bool caught(char *text, size_t capacity, int milliseconds) {
    struct pollfd wanted = {errors, POLLIN, 0};
    if (poll(&wanted, 1, milliseconds) <= 0) {
        return false;
    }
    ssize_t length = read(errors, text, capacity - 1);
    CHECK(length > 0);
    text[length] = '\0';
    return true;
}

static void *pass_on_the_notice(void *arg) {
    char text[4096];
    CHECK(caught(text, sizeof text, -1));
    say(text);
    say(caught(text, sizeof text, LONGER_THAN_THE_SILENCE_MS) ? "and again\n" : "no more\n");
    gate_open(&end_begun);
    return arg;
}

static void start_those_who_are_waited_for(void) {
    catch_errors();
    CHECK_STATUS(threading_thread_spawn_daemon("a daemon", gate_passenger, &end_begun, NULL),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("first", pass_on_the_notice, NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("second", gate_passenger, &end_begun, NULL), THREADING_OK);
}

CHILD(main_returns) { start_those_who_are_waited_for(); }

CASE(an_exit_that_waits_for_five_seconds_says_once_for_whom) {
    double start = threading_monotonic();
    expect("main_returns", 0,
           "libthreading: exit waits for first, second, which are not daemons. "
           "To stop threads and timers at the end, use threading_register_atexit.\nno more\n");
    CHECK_NOT_EARLY(start, 5.0);
}

static void *hear_nothing(void *arg) {
    char text[4096];
    say(caught(text, sizeof text, LONGER_THAN_THE_SILENCE_MS) ? text : "nothing\n");
    return arg;
}

static void start_who_hears_nothing(void) {
    catch_errors();
    CHECK_STATUS(threading_thread_spawn("listener", hear_nothing, NULL, NULL), THREADING_OK);
}

CHILD(silenced) { start_who_hears_nothing(); }

CASE(the_environment_can_silence_it) {
    CHECK_NUMBER(setenv("THREADING_REPORT", "0", 1), 0);
    expect("silenced", 0, "nothing\n");
}

CHILD(main_shuts_down) {
    start_who_hears_nothing();
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
}

/* Whoever calls it knows that it waits. */
CASE(a_shutdown_that_waits_for_long_says_nothing) { expect("main_shuts_down", 0, "nothing\n"); }
