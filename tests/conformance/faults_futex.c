/* A system that refuses futexes, as sandboxes do: deadlines hold, nobody spins, and what is waited
 * for comes, if late. Each refusal is one of a process of its own. */
#include "timer_tools.h"
#include "waits.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum { ANY = -1, MOST = 2 };

/* From now on the kernel answers these operations with that errno; 0 is "done". */
static void refuse(const int operations[MOST], int answer) {
    enum { ALLOW = 5 };
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 0, ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, operations[0] == ANY ? 0 : FUTEX_CMD_MASK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, operations[0] == ANY ? 0 : (unsigned)operations[0], 1,
                 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)operations[1], 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    CHECK_NUMBER(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    CHECK_NUMBER(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static double seconds_of(clockid_t clock) {
    struct timespec time;
    CHECK_NUMBER(clock_gettime(clock, &time), 0);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void every_deadline_holds(void) {
    const double SECONDS = 0.05;
    for (int i = 0; i < ALL_WAITS; i++) {
        double start = threading_monotonic();
        CHECK_STATUS(wait_within(i, SECONDS), THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, SECONDS);
    }
    atomic_int calls = 0;
    double start = threading_monotonic();
    timer_finish(timer_started(SECONDS, timer_count, &calls));
    CHECK_NOT_EARLY(start, SECONDS);
    CHECK_NUMBER(atomic_load(&calls), 1);
}

/* Whoever does not sleep cannot be seen to wait, and a notify before that would be lost. */
static void what_is_waited_for_comes(bool they_sleep) {
    static caller all[WAIT_KINDS];
    for (int i = 0; i < WAIT_KINDS; i++) {
        if (they_sleep || !wait_needs_lock(&wait_kinds[i])) {
            caller_start(&all[i], OURS, calls_scene, scene_bits(&all_waits.scenes[i]), -1);
            EVENTUALLY(they_sleep ? worker_asleep(&all[i].thread)
                                  : atomic_load(&all[i].thread.native_id) != 0);
        }
    }
    waits_come();
    for (int i = 0; i < WAIT_KINDS; i++) {
        if (all[i].call) {
            caller_end(&all[i], THREADING_OK);
        }
    }
}

/* What is refused, and how, is said by the case that starts the child. */
CHILD(does_without) {
    int operations[MOST] = {atoi(getenv("FIRST")), atoi(getenv("SECOND"))},
        answer = atoi(getenv("ANSWER"));
    refuse(operations, answer);
    waits_begin();
    double begun = seconds_of(CLOCK_MONOTONIC), used = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    every_deadline_holds();
    used = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - used;
    begun = seconds_of(CLOCK_MONOTONIC) - begun;
    /* Nobody spins: of all the time in which one or two threads wait, little is spent. A sleep that
     * claims to be over cannot be told. */
    CHECK(answer == 0 || used < begun / 2);
    what_is_waited_for_comes(answer != 0);
    waits_end();
    printf("%.3f s of %.3f s\n", used, begun);
}

/* glibc has waits of its own, for example in pthread_once. Where two threads of the child meet in
 * one of them, glibc aborts the process with these words: that is no answer to what is asked here,
 * so the child begins anew. */
#define GIVES_UP "The futex facility returned an unexpected error code."
enum { TRIES = 5 };

static void refused(int first, int second, int answer) {
    static child_outcome outcome;
    char texts[3][16];
    snprintf(texts[0], sizeof texts[0], "%d", first);
    snprintf(texts[1], sizeof texts[1], "%d", second);
    snprintf(texts[2], sizeof texts[2], "%d", answer);
    setenv("FIRST", texts[0], 1);
    setenv("SECOND", texts[1], 1);
    setenv("ANSWER", texts[2], 1);
    for (int tries = 0; tries < TRIES; tries++) {
        run_child("does_without", &outcome);
        printf("%d, %d: %s: %s", first, second, strerror(answer), outcome.output);
        if (outcome.signal != SIGABRT || !strstr(outcome.output, GIVES_UP)) {
            break;
        }
    }
    CHECK_NUMBER(outcome.signal, 0);
    CHECK_NUMBER(outcome.exit_code, 0);
}

/* Of what a sandbox may answer: not allowed, not there, no such operation. */
static const int answers[] = {EPERM, ENOSYS, EINVAL};
enum { ANSWERS = sizeof answers / sizeof answers[0] };

CASE(deadlines_hold_where_the_sleep_with_a_deadline_is_refused) {
    for (int i = 0; i < ANSWERS; i++) {
        refused(FUTEX_WAIT_BITSET, FUTEX_WAIT_BITSET, answers[i]);
    }
}

CASE(deadlines_hold_where_every_sleep_is_refused) {
    for (int i = 0; i < ANSWERS; i++) {
        refused(FUTEX_WAIT_BITSET, FUTEX_WAIT, answers[i]);
    }
}

CASE(sleepers_wake_where_one_kind_of_waking_is_refused) {
    refused(FUTEX_WAKE, FUTEX_WAKE, EPERM);
    refused(FUTEX_WAKE_BITSET, FUTEX_WAKE_BITSET, EPERM);
}

CASE(sleepers_wake_by_themselves_where_all_waking_is_refused) {
    for (int i = 0; i < ANSWERS; i++) {
        refused(FUTEX_WAKE, FUTEX_WAKE_BITSET, answers[i]);
    }
}

CASE(waits_work_where_all_futexes_are_refused) {
    for (int i = 0; i < ANSWERS; i++) {
        refused(ANY, ANY, answers[i]);
    }
}

CASE(deadlines_hold_where_sleeps_that_are_refused_claim_to_be_done) {
    refused(FUTEX_WAIT_BITSET, FUTEX_WAIT_BITSET, 0);
    refused(FUTEX_WAIT_BITSET, FUTEX_WAIT, 0);
}
