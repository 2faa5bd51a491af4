/* A forked process and its end. Its limit is kept by the parent: in the child signals may be
 * blocked, and alarm with them. */
#ifndef FORKED_H
#define FORKED_H

#include "case.h"

#include <signal.h>
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

/* Waits for its end; one that hangs is killed, and fails the case. */
static inline int exit_code_of(pid_t pid) {
    int state = 0;
    pid_t ended;
    double limit = threading_monotonic() + CASE_SECONDS / 3;
    while ((ended = waitpid(pid, &state, WNOHANG)) == 0) {
        if (threading_monotonic() > limit) {
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
