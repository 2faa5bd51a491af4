/* A handler that forks at any instruction of a wait: in the child, the wait ends as it should, and
 * hangs on nothing that the fork has torn.
 *
 * The processor's trap flag makes a signal of every instruction. For each of many instructions a
 * process of its own begins the wait; the handler forks there, and what the wait is for comes in
 * the child when it has had the time to fall asleep. */
#include "forked.h"
#include "waits.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/time.h>
#include <ucontext.h>

#if defined(__x86_64__)

enum { FINE = 50, NOT_REACHED = 51, WRONG = 52, FIRST = 1, STEP = 9, LAST = 2000 };

static long instruction, forks_at;
static bool is_child;
static scene at;

/* What the wait is for comes, if a signal handler may see to that. */
static void ends(int signal) {
    (void)signal;
    if (at.kind->safe) {
        at.kind->comes(at.bits);
    }
}

static void is_not_reached(int signal) {
    (void)signal;
    _exit(NOT_REACHED);
}

static void in(long microseconds, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    struct itimerval once = {.it_value = {.tv_usec = microseconds}};
    CHECK_NUMBER(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_NUMBER(setitimer(ITIMER_REAL, &once, NULL), 0);
}

static void at_an_instruction(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    if (++instruction != forks_at) {
        return;
    }
    int before = errno;
    ucontext_t *where = context;
    where->uc_mcontext.gregs[REG_EFL] &= ~0x100;
    pid_t pid = forked();
    if (pid != 0) {
        in(0, is_not_reached);
        _exit(exit_code_of(pid));
    }
    is_child = true;
    in(2000, ends);
    errno = before;
}

static void opens(worker *self) { scene_open(&at, self->context); }

/* Who holds what is waited for has ended. This process has waited before, so that the loader knows
 * what it has to look up; its last wait had another outcome than the one that comes. */
static void begin(const wait_kind *kind) {
    worker opener;
    caller other;
    scene before;
    worker_start(&opener, FOREIGN, opens, (void *)(uintptr_t)kind);
    worker_join(&opener);
    CHECK_STATUS(scene_wait_within(&at, 0.0001), THREADING_TIMEOUT);
    scene_open(&before, kind);
    caller_start_asleep(&other, FOREIGN, calls_scene, scene_bits(&before), -1);
    kind->comes(before.bits);
    caller_end(&other, THREADING_OK);
    if (kind->safe) {
        scene_open(&before, kind);
        kind->comes(before.bits);
        CHECK_STATUS(scene_wait(&before), THREADING_OK);
    }
}

/* What cannot come from a handler does not come; what ran in the parent has ended in the child. */
static bool ends_as_it_should(void) {
    if (at.kind->safe) {
        return scene_wait(&at) == THREADING_OK;
    }
    threading_status status = scene_wait_within(&at, 0.001);
    return status == THREADING_TIMEOUT ||
           (status == THREADING_OK && object_kinds[at.kind->kind].traits & OBJECT_RUNS);
}

/* Runs the wait in a process of its own, and forks at that instruction of it, if that comes within
 * so many microseconds. */
static int wait_forked_within(long microseconds, long number, const wait_kind *kind) {
    pid_t pid = forked();
    if (pid != 0) {
        return exit_code_of(pid);
    }
    struct sigaction action = {.sa_sigaction = at_an_instruction,
                               .sa_flags = SA_SIGINFO | SA_RESTART};
    CHECK_NUMBER(sigaction(SIGTRAP, &action, NULL), 0);
    begin(kind);
    instruction = 0, forks_at = number;
    in(microseconds, is_not_reached);
    __asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
    bool right = ends_as_it_should();
    __asm__ volatile("pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
    _exit(!is_child ? NOT_REACHED : right ? FINE : WRONG);
}

/* A machine that does more than it can may not come to the instruction in a short time: then it has
 * a long one. */
static int wait_forked_at(long number, const wait_kind *kind) {
    int code = wait_forked_within(50000, number, kind);
    return code == NOT_REACHED ? wait_forked_within(900000, number, kind) : code;
}

static void check_everywhere(const wait_kind *kind) {
    long reached = 0;
    for (long number = FIRST; number <= LAST; number += STEP) {
        int code = wait_forked_at(number, kind);
        if (code == NOT_REACHED) {
            break;
        }
        CHECK_NUMBER(code, FINE);
        reached++;
    }
    /* Else the processor has made no signals. */
    CHECK(reached > 20);
}

#else

static void check_everywhere(const wait_kind *kind) {
    printf("not forked: only x86-64 is made to stop at every instruction here\n");
    CHECK(kind != NULL);
}

#endif

EACH_WAIT(ends_in_the_child) { check_everywhere(kind); }
