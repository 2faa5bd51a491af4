/* What the watch writes about a deadlock, and what THREADING_ON_DEADLOCK has done with it. */
#include "insight_report.h"
#include "process_end.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>

static threading_lock accounts, ledger;
static threading_barrier both;
static int line_of_first, line_of_second;

static void *first_teller(void *arg) {
    CHECK_STATUS(threading_lock_acquire(accounts), THREADING_OK);
    CHECK_STATUS(threading_barrier_wait(both, NULL), THREADING_OK);
    line_of_first = __LINE__ + 1;
    CHECK_STATUS(threading_lock_acquire(ledger), THREADING_OK);
    return arg;
}
static void *second_teller(void *arg) {
    CHECK_STATUS(threading_lock_acquire(ledger), THREADING_OK);
    CHECK_STATUS(threading_barrier_wait(both, NULL), THREADING_OK);
    line_of_second = __LINE__ + 1;
    THREADING_WITH(accounts) {
        arg = NULL;
    }
    return arg;
}

/* Two tellers who wait for each other, for ever. */
static void tellers_meet(void) {
    CHECK_STATUS(threading_lock_new(&accounts), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&ledger), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(accounts, "accounts"), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(ledger, "ledger"), THREADING_OK);
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &both), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn_daemon("teller-1", first_teller, NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn_daemon("teller-2", second_teller, NULL, NULL),
                 THREADING_OK);
}

/* The lines of one teller: its name, the lock's, the other's, and its own line here. */
static void check_teller(const char *text, const char *name, threading_lock lock, const char *label,
                         const char *other, int line) {
    char expected[256], part[256];
    snprintf(part, sizeof part, "    \"%s\" has waited ", name);
    const char *at = strstr(text, part);
    CHECK(at != NULL);
    snprintf(expected, sizeof expected,
             " s for lock \"%s\" (0x%016llx), held by \"%s\", at insight_watch_report.c:%d\n",
             label, (unsigned long long)lock.bits, other, line);
    snprintf(part, sizeof part, "%.*s", (int)strcspn(at, "\n") + 1, at);
    CHECK_HAS(part, expected);
}

static void check_report(const char *text) {
    CHECK_HAS(text, "DEADLOCK (probable) of 2 threads, for ");
    check_teller(text, "teller-1", ledger, "ledger", "teller-2", line_of_first);
    check_teller(text, "teller-2", accounts, "accounts", "teller-1", line_of_second);
    CHECK_HAS(text, "    unless another thread releases lock \"");
}

CASE(a_report_names_the_threads_the_objects_and_the_lines) {
    int file = reports_to_file();
    watch_begins(0);
    tellers_meet();
    await_told(1);
    char *text = text_of_file(file);
    check_report(text);
    CHECK_LACKS(text, DUMP_HEAD);
    free(text);
    leave();
}

/* ---- what the environment has done with a deadlock ---- */

CHILD(tellers_meet_forever) {
    watch_begins(0);
    tellers_meet();
    EVENTUALLY(atomic_load(&told.times) == 1);
    await_looks(MANY);
    check_told(1);
    /* The hook is called before a dump is written, and the thread ends after that. */
    CHECK_STATUS(threading_watch(INFINITY, 0), THREADING_OK);
    EVENTUALLY(watching_task() == 0);
    char text[128];
    snprintf(text, sizeof text, "lines %d and %d\n", line_of_first, line_of_second);
    say(text);
}

/* What comes of two tellers with that setting; the text has the report or the dump. */
static child_outcome *tellers_with(const char *setting) {
    static child_outcome outcome;
    CHECK_NUMBER(setenv("THREADING_ON_DEADLOCK", setting, 1), 0);
    run_child("tellers_meet_forever", &outcome);
    return &outcome;
}

static void check_lines(const char *text) {
    CHECK_HAS(text, "DEADLOCK (probable) of 2 threads, for ");
    CHECK_HAS(text, "\"teller-1\" has waited ");
    CHECK_HAS(text, "\"teller-2\" has waited ");
    CHECK_HAS(text, "    unless another thread releases lock \"");
}

CASE(report_is_what_is_done_if_nothing_else_is_said) {
    child_outcome *outcome = tellers_with("report");
    CHECK_NUMBER(outcome->exit_code, 0);
    check_lines(outcome->output);
    CHECK_LACKS(outcome->output, DUMP_HEAD);
    CHECK_NUMBER(unsetenv("THREADING_ON_DEADLOCK"), 0);
    run_child("tellers_meet_forever", outcome);
    CHECK_NUMBER(outcome->exit_code, 0);
    check_lines(outcome->output);
    CHECK_LACKS(outcome->output, DUMP_HEAD);
}

CASE(dump_writes_the_whole_dump_once) {
    static const char *const settings[] = {"dump", "dump,report", "report,dump"};
    for (int i = 0; i < 3; i++) {
        child_outcome *outcome = tellers_with(settings[i]);
        CHECK_NUMBER(outcome->exit_code, 0);
        check_lines(outcome->output);
        CHECK_HAS(outcome->output, DUMP_HEAD);
        CHECK_HAS(outcome->output, "\"MainThread\" ident=");
        CHECK_HAS(outcome->output, "    holds lock \"ledger\"");
    }
}

static int full[2];

static void *dumps_into_the_full_pipe(void *arg) {
    threading_status status = THREADING_BUSY;
    /* The main thread may be asking at this moment whether a dump is written. */
    EVENTUALLY((status = threading_dump(full[1])) != THREADING_BUSY);
    CHECK_STATUS(status, THREADING_OK);
    CHECK_NUMBER(close(full[1]), 0);
    return arg;
}

/* The watch has told the hook of the deadlock, and cannot write the dump, since another thread
 * writes one. */
CHILD(tellers_meet_while_another_dump_is_written) {
    char byte = 0;
    int file = reports_to_file();
    CHECK_NUMBER(pipe2(full, O_NONBLOCK), 0);
    while (write(full[1], &byte, 1) == 1) {
    }
    threading_thread dumper;
    CHECK_STATUS(threading_thread_spawn(NULL, dumps_into_the_full_pipe, NULL, &dumper),
                 THREADING_OK);
    EVENTUALLY(threading_dump(-1) == THREADING_BUSY);
    watch_begins(0);
    tellers_meet();
    await_told(1);
    await_looks(0);
    CHECK_NUMBER(times_in_file(file, DUMP_HEAD), 0);
    CHECK_NUMBER(fcntl(full[0], F_SETFL, 0), 0);
    while (read(full[0], &byte, 1) == 1) {
    }
    EVENTUALLY(times_in_file(file, DUMP_HEAD) == 1);
    leave();
}

CASE(a_dump_is_written_once_another_is_done) {
    child_outcome outcome;
    CHECK_NUMBER(setenv("THREADING_ON_DEADLOCK", "dump", 1), 0);
    run_child("tellers_meet_while_another_dump_is_written", &outcome);
    CHECK_STRING(outcome.output, "");
    CHECK_NUMBER(outcome.exit_code, 0);
}

CASE(abort_ends_the_process_after_the_report) {
    static const char *const settings[] = {"report,abort", "abort,dump", "abort"};
    for (int i = 0; i < 3; i++) {
        child_outcome *outcome = tellers_with(settings[i]);
        CHECK_NUMBER(outcome->signal, SIGABRT);
        CHECK_LACKS(outcome->output, "lines ");
        if (i < 2) {
            check_lines(outcome->output);
        } else {
            CHECK_STRING(outcome->output, "");
        }
        CHECK_NUMBER(times_in(outcome->output, DUMP_HEAD), i == 1);
    }
}
