/* A handler that forks at any instruction of a wait: in the child, the wait ends as it should, and hangs on nothing that the fork has torn.
 *
 * The processor's trap flag makes a signal of every instruction. For each of many instructions a process of its own begins the wait; the
 * handler forks there, and what the wait is for comes in the child when it has had the time to fall asleep. */
#include "forked.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/time.h>
#include <ucontext.h>

#if defined(__x86_64__)

enum { FINE = 50, NOT_REACHED = 51, WRONG = 52, FIRST = 1, STEP = 9, LAST = 2000 };

static long instruction, forks_at;
static bool is_child;
static void (*ends_wait)(void);

static void ends(int signal) {
    (void)signal;
    ends_wait();
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

/* Runs the wait in a process of its own, and forks at that instruction of it, if that comes within so many microseconds. What the loader
 * has to look up is known before. */
static int wait_forked_within(long microseconds, long number, bool (*waits)(void), void (*before)(void)) {
    pid_t pid = forked();
    if (pid != 0) {
        return exit_code_of(pid);
    }
    struct sigaction action = {.sa_sigaction = at_an_instruction, .sa_flags = SA_SIGINFO | SA_RESTART};
    CHECK_NUMBER(sigaction(SIGTRAP, &action, NULL), 0);
    before();
    instruction = 0, forks_at = number;
    in(microseconds, is_not_reached);
    __asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
    bool right = waits();
    __asm__ volatile("pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
    _exit(!is_child ? NOT_REACHED : right ? FINE : WRONG);
}

/* A machine that does more than it can may not come to the instruction in a short time: then it has a long one. */
static int wait_forked_at(long number, bool (*waits)(void), void (*before)(void)) {
    int code = wait_forked_within(50000, number, waits, before);
    return code == NOT_REACHED ? wait_forked_within(900000, number, waits, before) : code;
}

static void check_everywhere(bool (*waits)(void), void (*before)(void), void (*by)(void)) {
    long reached = 0;
    ends_wait = by;
    for (long number = FIRST; number <= LAST; number += STEP) {
        int code = wait_forked_at(number, waits, before);
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

static void check_everywhere(bool (*waits)(void), void (*before)(void), void (*by)(void)) {
    (void)waits, (void)by;
    printf("not forked: only x86-64 is made to stop at every instruction here\n");
    before();
}

#endif

static threading_event event;
static threading_semaphore semaphore;
static threading_barrier barrier, alone;
static threading_condition condition;

static bool waits_event(void) { return threading_event_wait(event) == THREADING_OK; }
static void sets_event(void) { CHECK_STATUS(threading_event_set(event), THREADING_OK); }

static void has_waited_event(void) {
    sets_event();
    CHECK(waits_event());
    CHECK_STATUS(threading_event_clear(event), THREADING_OK);
}

CASE(a_wait_for_an_event_ends_in_the_child) {
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    check_everywhere(waits_event, has_waited_event, sets_event);
}

static bool takes_unit(void) { return threading_semaphore_acquire(semaphore) == THREADING_OK; }
static void gives_unit(void) { CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK); }

static void has_taken_unit(void) {
    gives_unit();
    CHECK(takes_unit());
}

CASE(a_wait_for_a_unit_ends_in_the_child) {
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    check_everywhere(takes_unit, has_taken_unit, gives_unit);
}

static void does_nothing(void) {}

/* It has been passed once before: the outcome of then is not that of now. */
static bool waits_barrier_in_vain(void) {
    return threading_barrier_wait_timeout(barrier, 1e-7, NULL) == THREADING_TIMEOUT;
}

static void has_waited_barrier(void) {
    CHECK_STATUS(threading_barrier_wait_timeout(alone, 1, NULL), THREADING_OK);
}

static void *passes(void *arg) {
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    return arg;
}

CASE(a_wait_at_a_barrier_that_nobody_else_comes_to_times_out_in_the_child) {
    pthread_t other;
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
    CHECK_STATUS(threading_barrier_new(1, NULL, NULL, &alone), THREADING_OK);
    CHECK_NUMBER(pthread_create(&other, NULL, passes, NULL), 0);
    passes(NULL);
    CHECK_NUMBER(pthread_join(other, NULL), 0);
    check_everywhere(waits_barrier_in_vain, has_waited_barrier, does_nothing);
}

static bool waits_condition_in_vain(void) {
    return threading_condition_acquire(condition) == THREADING_OK &&
           threading_condition_wait_timeout(condition, 0.001) == THREADING_TIMEOUT &&
           threading_condition_release(condition) == THREADING_OK;
}

static void has_waited_condition(void) { CHECK(waits_condition_in_vain()); }

CASE(a_wait_on_a_condition_that_nobody_notifies_times_out_in_the_child) {
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    check_everywhere(waits_condition_in_vain, has_waited_condition, does_nothing);
}
