/* What the library prints by itself: names and messages come out as text, and as nothing that a
 * terminal or a log would obey. */
#include "case.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a name may hold beside the text: it begins a line, clears the screen, rings, and turns the
 * direction of writing. */
#define EVIL "evil\n2026-01-01 root logged in\x1b[2J\a\r\tend"
#define EVIL_PRINTED "evil\\n2026-01-01 root logged in\\x1b[2J\\x07\\r\\tend"

static int lines_of(const char *text) {
    int lines = 0;
    for (; *text; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static void *report_evil(void *arg) {
    CHECK_STATUS(threading_report_exception("Oops" EVIL, "message " EVIL, NULL), THREADING_OK);
    return arg;
}

CHILD(reports_with_evil_texts) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(EVIL, report_evil, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

CASE(a_report_has_two_lines_whatever_is_in_its_name_and_its_message) {
    static child_outcome outcome;
    run_child("reports_with_evil_texts", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK_STRING(outcome.output, "Exception in thread " EVIL_PRINTED ":\nOops" EVIL_PRINTED
                                 ": message " EVIL_PRINTED "\n");
}

CHILD(check_fails_in_an_evil_thread) {
    CHECK_STATUS(threading_thread_set_name(threading_current_thread(), EVIL), THREADING_OK);
    threading_check(THREADING_BUSY, "call " EVIL, "file " EVIL, 7);
}

CASE(a_failed_check_has_one_line_whatever_is_in_its_name_and_its_place) {
    static child_outcome outcome;
    run_child("check_fails_in_an_evil_thread", &outcome);
    CHECK_NUMBER(outcome.signal, SIGABRT);
    CHECK_NUMBER(lines_of(outcome.output), 1);
    const char *begin = "file " EVIL_PRINTED ":7: call " EVIL_PRINTED " failed: THREADING_BUSY (";
    CHECK(strncmp(outcome.output, begin, strlen(begin)) == 0);
    CHECK(strstr(outcome.output, ") in thread " EVIL_PRINTED "\n") != NULL);
}

/* Each in UTF-8, and as it is printed. What stands beside them in Unicode's table is no control
 * character. */
static const struct {
    const char *text;
    const char *printed;
} texts[] = {
    {"\x01", "\\x01"},
    {"\x1f", "\\x1f"},
    {" ~", " ~"},
    {"\x7f", "\\x7f"},
    /* C1: the first; next line; the control sequence introducer, which is an escape by itself; the
     * last */
    {"\xc2\x80", "\\u0080"},
    {"\xc2\x85", "\\u0085"},
    {"\xc2\x9b"
     "2J",
     "\\u009b2J"},
    {"\xc2\x9f", "\\u009f"},
    {"\xc2\xa0", "\xc2\xa0"},
    {"\xd8\x9c", "\\u061c"},                        /* Arabic letter mark */
    {"\xe2\x80\x8d", "\xe2\x80\x8d"},               /* the joiner of emoji */
    {"\xe2\x80\x8e\xe2\x80\x8f", "\\u200e\\u200f"}, /* marks of direction */
    {"\xe2\x80\xa7", "\xe2\x80\xa7"},
    {"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"}, /* line and paragraph separator */
    {"\xe2\x80\xaa\xe2\x80\xae", "\\u202a\\u202e"}, /* embeddings and overrides */
    {"\xe2\x80\xaf", "\xe2\x80\xaf"},
    {"\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069"}, /* isolates */
    {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 C:\\new",
     "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 C:\\new"},
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

CHILD(reports_each_text) {
    for (int i = 0; i < TEXTS; i++) {
        CHECK_STATUS(threading_report_exception("Oops", texts[i].text, NULL), THREADING_OK);
    }
}

CASE(control_characters_are_escaped_and_all_else_is_printed_as_it_is) {
    static child_outcome outcome;
    static char expected[sizeof outcome.output];
    size_t length = 0;
    run_child("reports_each_text", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    for (int i = 0; i < TEXTS; i++) {
        length += (size_t)snprintf(expected + length, sizeof expected - length,
                                   "Exception in thread MainThread:\nOops: %s\n", texts[i].printed);
    }
    CHECK_STRING(outcome.output, expected);
}

/* What THREADING_CHECK is given comes from the compiler and may be anything: a file's name need not
 * be UTF-8. */
CHILD(check_fails_in_a_file_that_is_not_utf8) {
    threading_check(THREADING_BUSY, "call()",
                    "caf\xe9\x9b"
                    "2J.c",
                    7);
}

CASE(bytes_that_are_not_utf8_are_escaped_too) {
    static child_outcome outcome;
    const char *begin = "caf\\xe9\\x9b2J.c:7: call() failed: THREADING_BUSY (";
    run_child("check_fails_in_a_file_that_is_not_utf8", &outcome);
    CHECK(strncmp(outcome.output, begin, strlen(begin)) == 0);
}

enum { LONG = 20000 };

CHILD(reports_a_long_text) {
    static char message[LONG + 1];
    memset(message, '\n', LONG);
    CHECK_STATUS(threading_report_exception("Oops", message, NULL), THREADING_OK);
}

CASE(a_long_message_is_printed_whole) {
    static child_outcome outcome;
    run_child("reports_a_long_text", &outcome);
    const char *message = strstr(outcome.output, "Oops: ");
    CHECK(message != NULL);
    message += strlen("Oops: ");
    CHECK_NUMBER(strlen(message), 2 * LONG + 1);
    for (int i = 0; i < LONG; i++) {
        CHECK(message[2 * i] == '\\' && message[2 * i + 1] == 'n');
    }
}

/* ---- what is not printed ---- */

static bool heard;

static void hears_raw(const threading_exception *exception, void *ctx) {
    char name[64];
    (void)ctx;
    CHECK_STRING(exception->type, "Oops" EVIL);
    CHECK_STRING(exception->message, "message " EVIL);
    CHECK_STATUS(threading_thread_name(exception->thread, name, sizeof name, NULL), THREADING_OK);
    CHECK_STRING(name, EVIL);
    heard = true;
}

CASE(the_hook_gets_texts_as_they_are) {
    CHECK_STATUS(threading_thread_set_name(threading_current_thread(), EVIL), THREADING_OK);
    CHECK_STRING(threading_current_name(), EVIL);
    CHECK_STATUS(threading_set_excepthook(hears_raw, NULL), THREADING_OK);
    report_evil(NULL);
    CHECK(heard);
}
