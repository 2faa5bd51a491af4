/* Sandboxes that refuse other system calls than futexes, a system without /proc, and a locale with
 * a decimal comma: what needs the refused call returns a status or does without it, and nothing
 * aborts. */
#include "insight_tools.h"
#include "refused_call.h"
#include "timer_tools.h"
#include "waits.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>

/* The kernel's numbers, for headers that are older than these calls. They are the same on every
 * architecture. */
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

static void *give_back(void *arg) { return arg; }

/* What one thread alone can do. */
static void one_thread_works(void) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(lock, "alone"), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    double start = threading_monotonic();
    CHECK_STATUS(threading_lock_acquire_timeout(lock, 0.01), THREADING_TIMEOUT);
    CHECK_NOT_EARLY(start, 0.01);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(threading_current_thread(), "renamed"), THREADING_OK);
    CHECK_NUMBER(threading_active_count(), 1);
}

static void *waits_for_event(void *event) {
    CHECK_STATUS(threading_event_wait(*(threading_event *)event), THREADING_OK);
    return NULL;
}

/* Every call that waits, a timer, a named thread that is waited with, and what looks at them. */
static void many_threads_work(void) {
    const double SECONDS = 0.01;
    waits_begin();
    for (int i = 0; i < ALL_WAITS; i++) {
        double start = threading_monotonic();
        CHECK_STATUS(wait_within(i, SECONDS), THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, SECONDS);
    }
    waits_end();
    atomic_int calls = 0;
    timer_finish(timer_started(SECONDS, timer_count, &calls));
    CHECK_NUMBER(atomic_load(&calls), 1);

    threading_event event;
    threading_thread thread;
    threading_wait wait;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_ORDER | THREADING_INSPECT_HOLDS |
                                   THREADING_INSPECT_TIMELINE | THREADING_INSPECT_WAITS),
                 THREADING_OK);
    CHECK_STATUS(threading_watch(0.01, 0.01), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("waits", waits_for_event, &event, &thread), THREADING_OK);
    EVENTUALLY(threading_waits(&wait, 1) == 1 && wait.object == event.bits);
    int file = open("/dev/null", O_WRONLY);
    if (file >= 0) {
        CHECK_STATUS(threading_dump(file), THREADING_OK);
        CHECK_STATUS(threading_dump_json(file), THREADING_OK);
        CHECK_STATUS(threading_timeline_json(file), THREADING_OK);
        CHECK_NUMBER(close(file), 0);
    } else {
        CHECK_STATUS(threading_dump(STDERR_FILENO), THREADING_OK);
    }
    CHECK_STATUS(threading_watch(INFINITY, 0), THREADING_OK);
    CHECK_STATUS(threading_inspect(0), THREADING_OK);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

/* If the system gives no threads, their start says so; else everything works. */
static void work(void) {
    threading_thread thread;
    one_thread_works();
    threading_status status = threading_thread_spawn("first", give_back, NULL, &thread);
    if (status != THREADING_OK) {
        CHECK_STATUS(status, THREADING_NO_RESOURCES);
        one_thread_works();
        printf("no threads\n");
        return;
    }
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    many_threads_work();
    one_thread_works();
    printf("all\n");
}

CHILD(works) { work(); }

/* The call, and the errno of its refusal, are in the environment: after the program's start. */
CHILD(works_without_it_from_now_on) {
    refuse(atol(getenv("CALL")), atoi(getenv("ANSWER")));
    work();
}

static const int answers[] = {EPERM, ENOSYS};
enum { ANSWERS = sizeof answers / sizeof answers[0] };

/* `child` works, and says at last which of the two it could do; "" if either is right. */
static void does(const char *child, const char *what) {
    static child_outcome outcome;
    run_child(child, &outcome);
    printf("%s: %s", child, outcome.output);
    CHECK_NUMBER(outcome.signal, 0);
    CHECK_NUMBER(outcome.exit_code, 0);
    size_t length = strlen(outcome.output), end = strlen(what);
    CHECK(length >= end && strcmp(outcome.output + length - end, what) == 0);
}

/* Filters add up, so each is of a process of its own. The child's program starts under it. */
static void works_without(long call, int answer, const char *what) {
    fflush(NULL);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        refuse(call, answer);
        does("works", what);
        fflush(NULL);
        _exit(0);
    }
    int state = 0;
    CHECK_NUMBER(waitpid(pid, &state, 0), pid);
    CHECK_NUMBER(state, 0);
}

static void works_without_either_way(long call) {
    for (int i = 0; i < ANSWERS; i++) {
        works_without(call, answers[i], "all\n");
    }
}

static void works_when_refused_later(long call, const char *what) {
    char text[24];
    snprintf(text, sizeof text, "%ld", call);
    setenv("CALL", text, 1);
    for (int i = 0; i < ANSWERS; i++) {
        snprintf(text, sizeof text, "%d", answers[i]);
        setenv("ANSWER", text, 1);
        does("works_without_it_from_now_on", what);
    }
}

CASE(everything_works_where_membarrier_is_refused) { works_without_either_way(SYS_membarrier); }

#ifdef SYS_rseq
CASE(everything_works_where_rseq_is_refused) { works_without_either_way(SYS_rseq); }
#endif

CASE(everything_works_where_futex_waitv_is_refused) { works_without_either_way(SYS_futex_waitv); }

CASE(everything_works_where_robust_lists_are_refused) {
    works_without_either_way(SYS_set_robust_list);
}

CASE(everything_works_where_affinity_is_refused) {
    works_without_either_way(SYS_sched_getaffinity);
}

CASE(everything_works_where_names_of_threads_are_refused) {
    /* Not of prctl, by which filters are made. */
    works_when_refused_later(SYS_prctl, "all\n");
}

/* The shared library loads the unwinder's file before its first thread. */
CASE(nothing_aborts_where_files_cannot_be_opened) { works_when_refused_later(SYS_openat, ""); }

CASE(everything_works_where_tgkill_is_refused) { works_when_refused_later(SYS_tgkill, "all\n"); }

CASE(everything_works_where_the_processor_cannot_be_yielded) {
    works_when_refused_later(SYS_sched_yield, "all\n");
}

CASE(everything_works_where_the_kernel_does_not_have_clone3) {
    works_without(SYS_clone3, ENOSYS, "all\n");
}

/* The C library does not try the older call then. */
CASE(a_thread_that_the_sandbox_refuses_is_a_status) {
    static child_outcome outcome;
    refuse(SYS_clone3, EPERM);
    run_child("works", &outcome);
    printf("%s", outcome.output);
    CHECK_NUMBER(outcome.signal, 0);
    CHECK_NUMBER(outcome.exit_code, 0);
}

/* ---- without /proc ---- */

CASE(everything_works_where_proc_is_not_mounted) {
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
        case_skip("the system gives this user no mount namespace");
    }
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/proc", "tmpfs", 0, NULL) != 0) {
        case_skip("the system lets this user mount nothing");
    }
    CHECK(access("/proc/self", F_OK) != 0);
    work();
}

/* ---- no choice of processors, and of a priority ---- */

CASE(without_sched_setaffinity_a_thread_keeps_its_processors) {
    cpu_set_t found;
    uint32_t processor = 0;
    threading_thread thread;
    CHECK_NUMBER(sched_getaffinity(0, sizeof found, &found), 0);
    while (!CPU_ISSET(processor, &found)) {
        processor++;
    }
    CHECK_STATUS(threading_thread_new(NULL, give_back, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_affinity(thread, &processor, 1), THREADING_OK);
    refuse(SYS_sched_setaffinity, EPERM);
    CHECK_STATUS(threading_thread_set_affinity(threading_main_thread(), &processor, 1),
                 THREADING_NOT_PERMITTED);
    CHECK_STATUS(threading_thread_start(thread), THREADING_NOT_PERMITTED);
    CHECK(!threading_thread_is_alive(thread));
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
}

CASE(without_sched_setattr_a_thread_keeps_its_priority) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_new(NULL, give_back, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_priority(thread, THREADING_PRIORITY_LOW), THREADING_OK);
    refuse(SYS_sched_setattr, ENOSYS);
    CHECK_STATUS(threading_thread_set_priority(threading_main_thread(), THREADING_PRIORITY_LOW),
                 THREADING_NOT_PERMITTED);
    CHECK_STATUS(threading_thread_start(thread), THREADING_NOT_PERMITTED);
    CHECK(!threading_thread_is_alive(thread));
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
}

/* ---- a decimal comma ---- */

CASE(numbers_have_a_point_in_every_locale) {
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE",       "fr_FR.UTF-8",
                                        "fr_FR.utf8",  "es_ES.utf8", "pt_BR.UTF-8", "ru_RU.UTF-8"};
    const char *found = NULL;
    for (size_t i = 0; found == NULL && i < sizeof names / sizeof names[0]; i++) {
        if (setlocale(LC_ALL, names[i]) != NULL && *localeconv()->decimal_point == ',') {
            found = names[i];
        }
    }
    if (found == NULL) {
        case_skip("no locale with a decimal comma is installed (Debian: locales-all)");
    }
    threading_event event;
    threading_thread thread;
    threading_wait wait;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("waits", waits_for_event, &event, &thread), THREADING_OK);
    EVENTUALLY(threading_waits(&wait, 1) == 1 && wait.object == event.bits);
    static const dump_function dumps[] = {threading_dump, threading_dump_json};
    for (int i = 0; i < 2; i++) {
        char *text = dumped(dumps[i]);
        bool has_point = false;
        for (char *at = text; (at = strpbrk(at, ".,")) != NULL; at++) {
            bool between_digits = at > text && isdigit(at[-1]) && isdigit(at[1]);
            CHECK(*at == '.' || !between_digits);
            has_point = has_point || between_digits;
        }
        CHECK(has_point);
        free(text);
    }
    printf("%s\n", found);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}
