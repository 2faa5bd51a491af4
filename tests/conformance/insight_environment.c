/* What the environment asks of the inspector: each variable works without a call, what is no good
 * is told in one line and ignored, and a program that has more rights than its user ignores it. */
#include "folder.h"
#include "insight_report.h"
#include "process_end.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/auxv.h>

static child_outcome outcome;

static void set(const char *name, const char *value) {
    CHECK_NUMBER(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void unset_all(void) {
    static const char *const names[] = {"THREADING_DUMP_SIGNAL", "THREADING_DUMP_FILE",
                                        "THREADING_WATCH",       "THREADING_ON_DEADLOCK",
                                        "THREADING_INSPECT",     "THREADING_SOCKET"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        set(names[i], NULL);
    }
}

/* ---- the signal and the file ---- */

CHILD(raises) {
    CHECK_NUMBER(raise(atoi(getenv("RAISED"))), 0);
    say("goes on\n");
}

static void run_raising(int signal) {
    char number[16];
    snprintf(number, sizeof number, "%d", signal);
    set("RAISED", number);
    run_child("raises", &outcome);
}

static void check_dumped(void) {
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK(strncmp(outcome.output, DUMP_HEAD, strlen(DUMP_HEAD)) == 0);
    CHECK_HAS(outcome.output, DUMP_HEAD);
    CHECK_HAS(outcome.output, "\"MainThread\" ident=");
    CHECK_HAS(outcome.output, "\ngoes on\n");
}

CASE(the_signal_of_the_environment_writes_a_dump) {
    static const struct {
        const char *value;
        int signal;
    } signals[] = {{"QUIT", SIGQUIT}, {"SIGQUIT", SIGQUIT}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
                   {"HUP", SIGHUP},   {"SIGINT", SIGINT},   {"TERM", SIGTERM}, {"ALRM", SIGALRM},
                   {"PROF", SIGPROF}, {"10", 10},           {"3", 3}};
    unset_all();
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        set("THREADING_DUMP_SIGNAL", signals[i].value);
        run_raising(signals[i].signal);
        check_dumped();
    }
    set("THREADING_DUMP_SIGNAL", "0");
    run_raising(SIGQUIT);
    CHECK_NUMBER(outcome.signal, SIGQUIT);
    CHECK_STRING(outcome.output, "");
}

CHILD(raises_and_says_its_id) {
    char id[32];
    CHECK_NUMBER(raise(SIGUSR1), 0);
    snprintf(id, sizeof id, "%d", (int)getpid());
    say(id);
}

CASE(the_file_of_the_environment_has_the_dump) {
    char path[400], name[64];
    folder_make();
    unset_all();
    snprintf(path, sizeof path, "%s/dump.%%p", folder);
    set("THREADING_DUMP_SIGNAL", "USR1");
    set("THREADING_DUMP_FILE", path);
    run_child("raises_and_says_its_id", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    snprintf(name, sizeof name, "dump.%d", atoi(outcome.output));
    char *text = folder_text(name);
    CHECK(text != NULL);
    CHECK_HAS(text, DUMP_HEAD);
    free(text);
    set("THREADING_DUMP_FILE", "");
    run_raising(SIGUSR1);
    check_dumped();
}

/* ---- the watch ---- */

static circle one;

CHILD(is_in_deadlock_until_it_is_told) {
    CHECK_STATUS(threading_set_deadlock_hook(hears, &told), THREADING_OK);
    EVENTUALLY(watching_task() != 0);
    circle_plant(&one, 2, TWO_LOCKS);
    await_told(1);
    circle_break(&one);
    circle_end(&one);
    say("told\n");
}

CHILD(is_in_deadlock_and_nothing_is_told) {
    circle sure = {.size = 0};
    CHECK_STATUS(threading_set_deadlock_hook(hears, &told), THREADING_OK);
    circle_plant(&one, 2, TWO_LOCKS);
    await_looks(MANY);
    check_told(0);
    circle_plant(&sure, 3, THREE_RLOCKS);
    await_told(1);
    check_heard(&told, &sure);
    say("told of one\n");
    _exit(0);
}

CASE(the_environment_has_a_thread_watch) {
    unset_all();
    static const char *const at_once[] = {"0.001,0", " 0.001 , 0 ", "0.001,0.01"};
    for (int i = 0; i < 3; i++) {
        set("THREADING_WATCH", at_once[i]);
        run_child("is_in_deadlock_until_it_is_told", &outcome);
        CHECK_NUMBER(outcome.exit_code, 0);
        CHECK_HAS(outcome.output, "DEADLOCK (probable) of 2 threads");
        CHECK_HAS(outcome.output, "told\n");
    }
    static const char *const later[] = {"0.001,1000", "0.001,60"};
    for (int i = 0; i < 2; i++) {
        set("THREADING_WATCH", later[i]);
        run_child("is_in_deadlock_and_nothing_is_told", &outcome);
        CHECK_NUMBER(outcome.exit_code, 0);
        CHECK_LACKS(outcome.output, "DEADLOCK (probable)");
        CHECK_HAS(outcome.output, "DEADLOCK (certain) of 3 threads");
        CHECK_HAS(outcome.output, "told of one\n");
    }
}

CASE(without_a_patience_a_probable_deadlock_is_told_after_five_seconds) {
    unset_all();
    set("THREADING_WATCH", "0.001");
    double start = threading_monotonic();
    run_child("is_in_deadlock_until_it_is_told", &outcome);
    CHECK_NOT_EARLY(start, 5.0);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK_HAS(outcome.output, "DEADLOCK (probable) of 2 threads");
}

CASE(the_reports_go_to_the_file_of_the_environment) {
    char path[400];
    folder_make();
    unset_all();
    snprintf(path, sizeof path, "%s/report", folder);
    set("THREADING_WATCH", "0.001,0");
    set("THREADING_DUMP_FILE", path);
    run_child("is_in_deadlock_until_it_is_told", &outcome);
    CHECK_STRING(outcome.output, "told\n");
    char *text = folder_text("report");
    CHECK(text != NULL);
    CHECK_HAS(text, "DEADLOCK (probable) of 2 threads");
    free(text);
}

/* ---- none, and nonsense ---- */

/* What a process sees of the environment's wishes if there are none: no thread, no handler. Its
 * alarm is the harness's. */
static void check_untouched(void) {
    CHECK_NUMBER(case_tasks(), 1);
    for (int signal = 1; signal < 32; signal++) {
        struct sigaction action;
        if (sigaction(signal, NULL, &action) == 0) {
            CHECK(action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN);
        }
    }
}

CHILD(is_untouched) {
    check_untouched();
    char *text = dumped(threading_dump);
    CHECK_HAS(text, "; 1 thread, 0 waiting, 0 sleeping, no deadlock\n");
    CHECK_HAS(text, "\n\"MainThread\" ident=");
    CHECK_NUMBER(times_in(text, "\n"), 3);
    free(text);
    /* What is done with a deadlock is what it was. */
    threading_watch(0.001, 0);
    CHECK_STATUS(threading_set_deadlock_hook(hears, &told), THREADING_OK);
    circle_plant(&one, 2, TWO_LOCKS);
    await_told(1);
    circle_break(&one);
    circle_end(&one);
}

/* Nothing but that report. */
static void check_report(const char *text) {
    CHECK(strncmp(text, "DEADLOCK (probable) of 2 threads", 32) == 0);
    CHECK_LACKS(text, DUMP_HEAD);
    CHECK_LACKS(text, "ignored");
}

CASE(nothing_happens_if_nothing_is_said) {
    unset_all();
    run_child("is_untouched", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    check_report(outcome.output);
}

static char long_path[1025];

static const struct {
    const char *name;
    const char *value;
    const char *printed; /* if it is another text */
} nonsense[] = {
    {"THREADING_DUMP_SIGNAL", "", NULL},
    {"THREADING_DUMP_SIGNAL", "NOSUCH", NULL},
    {"THREADING_DUMP_SIGNAL", "SIGSIGQUIT", NULL},
    {"THREADING_DUMP_SIGNAL", "quit", NULL},
    {"THREADING_DUMP_SIGNAL", "QUIT ", NULL},
    {"THREADING_DUMP_SIGNAL", "10x", NULL},
    {"THREADING_DUMP_SIGNAL", "9", NULL},
    {"THREADING_DUMP_SIGNAL", "19", NULL},
    {"THREADING_DUMP_SIGNAL", "-1", NULL},
    {"THREADING_DUMP_SIGNAL", "1000", NULL},
    {"THREADING_DUMP_SIGNAL", "99999999999999999999", NULL},
    {"THREADING_DUMP_SIGNAL", "QUIT\nroot logged in\x1b[2J", "QUIT\\nroot logged in\\x1b[2J"},
    {"THREADING_DUMP_SIGNAL", "caf\xe9", "caf\\xe9"},
    {"THREADING_DUMP_FILE", long_path, NULL},
    {"THREADING_DUMP_FILE", "caf\xe9", "caf\\xe9"},
    {"THREADING_WATCH", "", NULL},
    {"THREADING_WATCH", "0", NULL},
    {"THREADING_WATCH", "-1", NULL},
    {"THREADING_WATCH", "often", NULL},
    {"THREADING_WATCH", "nan", NULL},
    {"THREADING_WATCH", "1,", NULL},
    {"THREADING_WATCH", ",1", NULL},
    {"THREADING_WATCH", "1,2,3", NULL},
    {"THREADING_WATCH", "1;2", NULL},
    {"THREADING_WATCH", "1e300", NULL},
    {"THREADING_WATCH", "1\xff", "1\\xff"},
    {"THREADING_ON_DEADLOCK", "", NULL},
    {"THREADING_ON_DEADLOCK", "Abort", NULL},
    {"THREADING_ON_DEADLOCK", "abort,", NULL},
    {"THREADING_ON_DEADLOCK", "abort;dump", NULL},
    {"THREADING_ON_DEADLOCK", "abort, dump", NULL},
    {"THREADING_ON_DEADLOCK", "abort\n", "abort\\n"},
    {"THREADING_INSPECT", "", NULL},
    {"THREADING_INSPECT", "Order", NULL},
    {"THREADING_INSPECT", "order,", NULL},
    {"THREADING_INSPECT", "order;holds", NULL},
    {"THREADING_INSPECT", "order, holds", NULL},
    {"THREADING_INSPECT", "all", NULL},
    {"THREADING_INSPECT", "3", NULL},
    {"THREADING_INSPECT", "order\xe9", "order\\xe9"},
    {"THREADING_SOCKET", "", NULL},
    {"THREADING_SOCKET", "2", NULL},
    {"THREADING_SOCKET", "01", NULL},
    {"THREADING_SOCKET", "yes", NULL},
    {"THREADING_SOCKET", " 1", NULL},
    {"THREADING_SOCKET", "1\n", "1\\n"},
};

CASE(nonsense_is_told_in_one_line_and_ignored) {
    static char expected[2048];
    memset(long_path, 'x', sizeof long_path - 1);
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        unset_all();
        set(nonsense[i].name, nonsense[i].value);
        run_child("is_untouched", &outcome);
        if (outcome.exit_code != 0) {
            fprintf(stderr, "%s=%s: %s", nonsense[i].name, nonsense[i].value, outcome.output);
        }
        CHECK_NUMBER(outcome.exit_code, 0);
        snprintf(expected, sizeof expected, "libthreading: %s=%s is ignored: ", nonsense[i].name,
                 nonsense[i].printed ? nonsense[i].printed : nonsense[i].value);
        CHECK_HAS(outcome.output, expected);
        CHECK(strncmp(outcome.output, expected, strlen(expected)) == 0);
        check_report(strchr(outcome.output, '\n') + 1);
    }
}

/* A shell's nohup leaves a signal ignored. */
CASE(a_signal_that_was_ignored_before_the_program_began_is_left_so) {
    unset_all();
    signal(SIGHUP, SIG_IGN);
    set("THREADING_DUMP_SIGNAL", "HUP");
    run_raising(SIGHUP);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK_HAS(outcome.output, "libthreading: THREADING_DUMP_SIGNAL=HUP is ignored: ");
    CHECK_LACKS(outcome.output, DUMP_HEAD);
    CHECK_HAS(outcome.output, "\ngoes on\n");
}

/* ---- more rights than the user ---- */

CHILD(has_more_rights) {
    if (getauxval(AT_SECURE) == 0) {
        say("no more rights");
        _exit(0);
    }
    check_untouched();
    say("untouched");
    _exit(0);
}

/* Copies this program to the folder, as one of another user's that runs as that user. Why that is
 * not possible; NULL: it is. */
static const char *copy_with_rights(const char *path) {
    static char bytes[1 << 16];
    enum { NOBODY = 65534 };
    if (geteuid() != 0) {
        return "only root can make such a program";
    }
    int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_WRONLY | O_CREAT, 0700);
    CHECK(from >= 0 && to >= 0);
    for (ssize_t count; (count = read(from, bytes, sizeof bytes)) > 0;) {
        CHECK_NUMBER(write(to, bytes, (size_t)count), count);
    }
    bool made = fchown(to, NOBODY, NOBODY) == 0 && fchmod(to, 04755) == 0;
    close(from);
    close(to);
    return made ? NULL : "the file system has no such programs";
}

CASE(a_program_with_more_rights_than_its_user_ignores_the_environment) {
    char path[400], command[512], file[400], text[4096] = "";
    folder_make();
    unset_all();
    CHECK_NUMBER(chmod(folder, 0755), 0);
    snprintf(path, sizeof path, "%s/program", folder);
    snprintf(file, sizeof file, "%s/dump", folder);
    const char *why = copy_with_rights(path);
    if (why == NULL) {
        set("THREADING_DUMP_SIGNAL", "USR1");
        set("THREADING_DUMP_FILE", file);
        set("THREADING_WATCH", "0.001,0");
        set("THREADING_ON_DEADLOCK", "nonsense");
        set("THREADING_SOCKET", "1");
        snprintf(command, sizeof command, "'%s' has_more_rights 2>&1", path);
        FILE *program = popen(command, "r");
        CHECK(program != NULL);
        size_t length = fread(text, 1, sizeof text - 1, program);
        text[length] = '\0';
        int state = pclose(program);
        if (WIFEXITED(state) && WEXITSTATUS(state) == 127) {
            why = "the program cannot be started: the other user may not read the library";
        } else if (strcmp(text, "no more rights") == 0) {
            why = "the file system gives no program more rights";
        } else {
            CHECK_STRING(text, "untouched");
            CHECK_NUMBER(state, 0);
            CHECK(folder_text("dump") == NULL);
        }
    }
    if (why != NULL) {
        printf("skipped: %s\n", why);
        CHECK(true);
    }
}
