/* See case.h. Nothing here calls the library but for the clock and the names of statuses, so that a
 * fault in it shows in the case and not in the harness. */
#include "../objects.h"
#include "case.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifndef _WIN32
#include <sys/stat.h>
#include <sys/wait.h>
#endif

static case_entry *entries;
static case_entry **last = &entries;
static atomic_size_t checks;

void case_register(case_entry *entry) {
    *last = entry;
    last = &entry->next;
}

static void fail(const char *file, int line) {
    fprintf(stderr, "    at %s:%d\n", file, line);
    fflush(NULL);
    _exit(1);
}

void case_check(bool holds, const char *text, const char *file, int line) {
    atomic_fetch_add(&checks, 1);
    if (!holds) {
        fprintf(stderr, "FAILED: %s\n", text);
        fail(file, line);
    }
}

void object_check(bool holds, const char *text, const char *file, int line) {
    case_check(holds, text, file, line);
}

void case_check_status(int32_t actual, int32_t expected, const char *text, const char *file,
                       int line) {
    atomic_fetch_add(&checks, 1);
    if (actual != expected) {
        fprintf(stderr, "FAILED: %s\n    is %s (%d), expected %s (%d)\n", text,
                threading_status_name(actual), (int)actual, threading_status_name(expected),
                (int)expected);
        fail(file, line);
    }
}

void case_check_number(long long actual, long long expected, const char *text, const char *file,
                       int line) {
    atomic_fetch_add(&checks, 1);
    if (actual != expected) {
        fprintf(stderr, "FAILED: %s\n    is %lld, expected %lld\n", text, actual, expected);
        fail(file, line);
    }
}

void case_check_string(const char *actual, const char *expected, const char *text, const char *file,
                       int line) {
    atomic_fetch_add(&checks, 1);
    if (actual == NULL || strcmp(actual, expected) != 0) {
        fprintf(stderr, "FAILED: %s\n    is \"%s\", expected \"%s\"\n", text,
                actual ? actual : "(NULL)", expected);
        fail(file, line);
    }
}

void case_check_not_early(double start, double least, const char *file, int line) {
    double passed = threading_monotonic() - start;
    atomic_fetch_add(&checks, 1);
    if (!(passed >= least)) {
        fprintf(stderr, "FAILED: early: %.9f s passed, at least %.9f s expected\n", passed, least);
        fail(file, line);
    }
}

void case_nap(void) {
    struct timespec moment = {0, 200000};
    /* not to synchronise: how long a bounded wait pauses between two looks; nobody relies on it */
    nanosleep(&moment, NULL);
}

#ifdef _WIN32
/* In tests/everywhere/windows/posix.c. */
size_t tasks_listed(void);
#else
static size_t tasks_listed(void) {
    struct stat list;
    return stat("/proc/self/task", &list) == 0 ? (size_t)list.st_nlink - 2 : 1;
}
#endif

static size_t tasks_of_emulator;

/* Before the first thread starts. In a CHILD the library may have one already. */
static void count_tasks_of_emulator(bool is_child) {
    static const char name[] = "CASE_TASKS_OF_EMULATOR";
    const char *known = is_child ? getenv(name) : NULL;
    tasks_of_emulator = known ? strtoul(known, NULL, 10) : is_child ? 0 : tasks_listed() - 1;
    if (tasks_of_emulator > 0) {
        char text[24];
        snprintf(text, sizeof text, "%zu", tasks_of_emulator);
        setenv(name, text, 1);
    }
}

size_t case_tasks(void) { return tasks_listed() - tasks_of_emulator; }

void case_skip(const char *reason) {
    printf("skipped: %s\n", reason);
    fflush(NULL);
    _exit(77);
}

/* For Windows, tests/everywhere/windows/posix.c has it. */
#ifndef _WIN32
void run_child(const char *name, child_outcome *outcome) {
    int pipe_ends[2];
    fflush(NULL);
    if (pipe(pipe_ends) != 0) {
        perror("pipe");
        exit(1);
    }
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pipe_ends[1], STDOUT_FILENO);
        dup2(pipe_ends[1], STDERR_FILENO);
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        execl("/proc/self/exe", "child", name, (char *)NULL);
        perror("execl");
        _exit(127);
    }
    close(pipe_ends[1]);
    size_t length = 0;
    for (;;) {
        ssize_t got =
            read(pipe_ends[0], outcome->output + length, sizeof outcome->output - 1 - length);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        length += (size_t)got;
    }
    outcome->output[length] = '\0';
    close(pipe_ends[0]);
    int state = 0;
    while (waitpid(pid, &state, 0) < 0 && errno == EINTR) {
    }
    outcome->exit_code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    outcome->signal = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
}
#endif

int main(int count, char **arguments) {
    if (count < 2) {
        for (case_entry *entry = entries; entry; entry = entry->next) {
            if (!entry->child) {
                puts(entry->name);
            }
        }
        return 0;
    }
    for (case_entry *entry = entries; entry; entry = entry->next) {
        if (strcmp(entry->name, arguments[1]) != 0) {
            continue;
        }
        alarm(CASE_SECONDS);
        count_tasks_of_emulator(entry->child);
        if (entry->row) {
            entry->body_of(entry->row);
        } else {
            entry->body();
        }
        if (!entry->child && atomic_load(&checks) == 0) {
            fprintf(stderr, "FAILED: %s checked nothing\n", entry->name);
            return 1;
        }
        return 0;
    }
    fprintf(stderr, "no case named %s\n", arguments[1]);
    return 2;
}
