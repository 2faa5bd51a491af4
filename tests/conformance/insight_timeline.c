/* threading_timeline_json, threading_report_html and threading_mark: what they answer. What is in
 * the texts is looked at in tests/timeline. */
#include "caller.h"
#include "forked.h"
#include "insight_circle.h"
#include "process_end.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

static const dump_function writers[] = {threading_timeline_json, threading_report_html};
#define FOR_EACH_WRITER(writer)                                                                    \
    for (const dump_function *writer = writers; writer < writers + 2; writer++)

static void record(void) {
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_TIMELINE), THREADING_OK);
}

/* ---- marks ---- */

CASE(a_mark_is_a_text_and_is_copied) {
    char text[] = "phase \xc3\xa9";
    record();
    CHECK_STATUS(threading_mark(text), THREADING_OK);
    memset(text, 'x', 6);
    CHECK_STATUS(threading_mark(""), THREADING_OK);
    char *timeline = dumped(threading_timeline_json);
    CHECK_HAS(timeline, "\"cat\":\"mark\",\"name\":\"phase \xc3\xa9\"}");
    CHECK_NUMBER(times_in(timeline, "\"cat\":\"mark\""), 1);
    free(timeline);
}

CASE(a_mark_that_is_no_text_is_an_invalid_argument_on_or_off) {
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(threading_mark(NULL), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_mark("\xff"), THREADING_INVALID_ARGUMENT);
        record();
    }
    char *timeline = dumped(threading_timeline_json);
    CHECK_LACKS(timeline, "\"cat\":\"mark\"");
    free(timeline);
}

CASE(of_a_long_mark_64_bytes_are_kept_and_no_character_is_cut) {
    char text[200], expected[200];
    record();
    memset(text, 'm', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    /* Two bytes, of which only the first would fit. */
    memcpy(text + 63, "\xc3\xa9", 2);
    CHECK_STATUS(threading_mark(text), THREADING_OK);
    snprintf(expected, sizeof expected, "\"name\":\"%.63s\"}", text);
    char *timeline = dumped(threading_timeline_json);
    CHECK_HAS(timeline, expected);
    free(timeline);
}

CASE(while_it_is_off_a_mark_is_nothing) {
    CHECK_STATUS(threading_mark("nowhere"), THREADING_OK);
    record();
    CHECK_STATUS(threading_inspect(0), THREADING_OK);
    CHECK_STATUS(threading_mark("nowhere"), THREADING_OK);
    char *timeline = dumped(threading_timeline_json);
    CHECK_LACKS(timeline, "nowhere");
    free(timeline);
}

/* ---- where they are written to ---- */

CASE(a_descriptor_that_takes_nothing_is_an_invalid_argument_of_both) {
    int ends[2], full = open("/dev/full", O_WRONLY);
    CHECK(full >= 0);
    CHECK_NUMBER(pipe(ends), 0);
    CHECK_NUMBER(close(ends[0]), 0);
    record();
    FOR_EACH_WRITER(writer) {
        errno = CALLER_ERRNO;
        CHECK_STATUS((*writer)(-1), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS((*writer)(full), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS((*writer)(ends[1]), THREADING_INVALID_ARGUMENT);
        CHECK_NUMBER(errno, CALLER_ERRNO);
        free(dumped(*writer));
    }
}

static dump_function in_another;

static threading_status writes_to(caller *self) { return in_another((int)self->bits); }

CASE(while_one_is_written_another_is_busy) {
    static const dump_function all[] = {threading_timeline_json, threading_report_html,
                                        threading_dump, threading_dump_json};
    /* More than a pipe takes. */
    record();
    for (int i = 0; i < 4096; i++) {
        CHECK_STATUS(threading_mark("so that there is much to write"), THREADING_OK);
    }
    FOR_EACH_WRITER(writer) {
        caller other;
        int ends[2];
        CHECK_NUMBER(pipe(ends), 0);
        in_another = *writer;
        caller_start_asleep(&other, FOREIGN, writes_to, (uint64_t)ends[1], 0);
        for (int i = 0; i < 4; i++) {
            CHECK_STATUS(all[i](STDOUT_FILENO), THREADING_BUSY);
        }
        CHECK_NUMBER(close(ends[0]), 0);
        caller_end(&other, THREADING_INVALID_ARGUMENT);
    }
}

CASE(without_memory_for_a_look_both_say_so) {
    int file = memfd_create("timeline", MFD_CLOEXEC);
    CHECK(file >= 0);
    record();
    struct rlimit before, none;
    CHECK_NUMBER(getrlimit(RLIMIT_AS, &before), 0);
    none = (struct rlimit){0, before.rlim_max};
    CHECK_NUMBER(setrlimit(RLIMIT_AS, &none), 0);
    threading_status timeline = threading_timeline_json(file), page = threading_report_html(file);
    CHECK_NUMBER(setrlimit(RLIMIT_AS, &before), 0);
    CHECK_STATUS(timeline, THREADING_NO_RESOURCES);
    CHECK_STATUS(page, THREADING_NO_RESOURCES);
    free(dumped(threading_timeline_json));
    free(dumped(threading_report_html));
}

/* ---- names in the page ---- */

CASE(no_name_ends_an_element_of_the_page) {
    threading_lock lock;
    record();
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(lock, "</script><!--<script>\x1b[2J\xe2\x80\xa8"),
                 THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_mark("</script>"), THREADING_OK);
    char *page = dumped(threading_report_html);
    CHECK_NUMBER(times_in(page, "</script>"), 3);
    CHECK_NUMBER(times_in(page, "<script"), 3);
    CHECK_LACKS(page, "<!--");
    CHECK_LACKS(page, "\x1b");
    const char *written = "\\u003c/script>\\u003c!--\\u003cscript>\\u001b[2J\\u2028";
    CHECK(times_in(page, written) >= 2);
    free(page);
}

/* ---- anywhere ---- */

static int nowhere;

/* Begins anew after each handler: one that takes longer than that would let nothing else run. */
static const struct itimerval soon = {{0, 0}, {0, 500}}, never = {{0, 0}, {0, 0}};

static void writes_in_handler(int number) {
    (void)number;
    (void)!threading_timeline_json(nowhere);
    (void)!threading_report_html(nowhere);
    (void)!threading_mark("in a handler");
    (void)setitimer(ITIMER_REAL, &soon, NULL);
}

CASE(a_handler_writes_them_wherever_it_interrupts) {
    threading_lock lock;
    nowhere = open("/dev/null", O_WRONLY);
    CHECK(nowhere >= 0);
    CHECK(signal(SIGALRM, writes_in_handler) != SIG_ERR);
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_NUMBER(setitimer(ITIMER_REAL, &soon, NULL), 0);
    for (int i = 0; i < 3000; i++) {
        record();
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        CHECK_STATUS(threading_mark("outside of it"), THREADING_OK);
        CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
        (void)!threading_timeline_json(nowhere);
        CHECK_STATUS(threading_inspect(0), THREADING_OK);
    }
    CHECK(signal(SIGALRM, SIG_IGN) != SIG_ERR);
    CHECK_NUMBER(setitimer(ITIMER_REAL, &never, NULL), 0);
}

CASE(a_forked_child_begins_its_own) {
    record();
    CHECK_STATUS(threading_mark("of the parent"), THREADING_OK);
    pid_t child = forked();
    if (child == 0) {
        CHECK_STATUS(threading_mark("of the child"), THREADING_OK);
        char *timeline = dumped(threading_timeline_json);
        CHECK_LACKS(timeline, "of the parent");
        CHECK_HAS(timeline, "of the child");
        _exit(0);
    }
    CHECK_NUMBER(exit_code_of(child), 0);
    char *timeline = dumped(threading_timeline_json);
    CHECK_HAS(timeline, "of the parent");
    CHECK_LACKS(timeline, "of the child");
    free(timeline);
}

/* ---- at the end ---- */

static threading_lock contended;

static threading_status acquires(caller *self) {
    (void)self;
    threading_status status = threading_lock_acquire(contended);
    return status == THREADING_OK ? threading_lock_release(contended) : status;
}

CHILD(contends) {
    caller other;
    CHECK_STATUS(threading_lock_new(&contended), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(contended, "contended"), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(contended), THREADING_OK);
    caller_start_asleep(&other, FOREIGN, acquires, 0, 0);
    CHECK_STATUS(threading_lock_release(contended), THREADING_OK);
    caller_end(&other, THREADING_OK);
}

static void *contends_and_exits(void *arg) {
    contends();
    exit(7);
    return arg;
}

CHILD(exits_in_a_thread_of_its_own) {
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, contends_and_exits, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
}

CASE(it_is_written_too_where_a_thread_exits_in_a_process_that_has_started_none) {
    child_outcome outcome;
    CHECK_NUMBER(setenv("THREADING_CONTENTION", "20", 1), 0);
    run_child("exits_in_a_thread_of_its_own", &outcome);
    CHECK_NUMBER(outcome.exit_code, 7);
    CHECK_NUMBER(times_in(outcome.output, "lock \"contended\""), 1);
}

CASE(the_environment_has_the_contention_written_at_the_end) {
    child_outcome outcome;
    CHECK_NUMBER(setenv("THREADING_CONTENTION", "20", 1), 0);
    run_child("contends", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK_HAS(outcome.output, "contention:  waits  timeouts  total wait    longest\n");
    CHECK_NUMBER(times_in(outcome.output, "lock \"contended\""), 1);
    static const char *const nonsense[] = {"0", "-3", "many", "", "1000001"};
    for (int i = 0; i < 5; i++) {
        CHECK_NUMBER(setenv("THREADING_CONTENTION", nonsense[i], 1), 0);
        run_child("contends", &outcome);
        CHECK_NUMBER(outcome.exit_code, 0);
        CHECK_HAS(outcome.output, "libthreading: THREADING_CONTENTION=");
        CHECK_LACKS(outcome.output, "contention:");
    }
}
