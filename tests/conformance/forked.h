/* A forked process and its end. Its limit is kept by the parent: in the child signals may be
 * blocked, and alarm with them. */
#ifndef FORKED_H
#define FORKED_H

#include "case.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* fork; a child does not outlive the thread that it came from, which waits for it. */
static inline pid_t forked(void) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        CHECK_NUMBER(prctl(PR_SET_PDEATHSIG, SIGKILL), 0);
    }
    return pid;
}

static inline void print_file_of(pid_t pid, char const *name) {
    char path[128], line[600];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        fprintf(stderr, "  %s: %s", name, line);
    }
    if (file) {
        fclose(file);
    }
}

/* Prints in which call of the system each of its threads is that sleeps, and at which instruction;
 * of one that runs, how long it has run. Without that a hang that comes once in a thousand runs
 * stays unexplained. */
static inline void print_where_it_is(pid_t pid) {
    char path[80];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    for (struct dirent *task; tasks && (task = readdir(tasks));) {
        if (task->d_name[0] != '.') {
            snprintf(path, sizeof path, "task/%.20s/comm", task->d_name);
            print_file_of(pid, path);
            snprintf(path, sizeof path, "task/%.20s/syscall", task->d_name);
            print_file_of(pid, path);
            snprintf(path, sizeof path, "task/%.20s/stat", task->d_name);
            print_file_of(pid, path);
        }
    }
    if (tasks) {
        closedir(tasks);
    }
    print_file_of(pid, "maps");
}

/* Waits for its end; one that hangs is killed, and fails the case. */
static inline int exit_code_of(pid_t pid) {
    int state = 0;
    pid_t ended;
    double limit = threading_monotonic() + CASE_SECONDS / 3;
    while ((ended = waitpid(pid, &state, WNOHANG)) == 0) {
        if (threading_monotonic() > limit) {
            print_where_it_is(pid);
            kill(pid, SIGKILL);
            CHECK(!"the forked process ends");
        }
        case_nap();
    }
    CHECK_NUMBER(ended, pid);
    CHECK_NUMBER(WIFSIGNALED(state) ? WTERMSIG(state) : 0, 0);
    CHECK(WIFEXITED(state));
    return WEXITSTATUS(state);
}

#endif
