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

/* The C library has waits of its own, for example for the list of its threads' stacks. They would
 * sleep for ever where waking is refused, or abort the process, which is no answer to what is asked
 * here. So only calls from one place are refused: the one at which `syscall` asks the kernel, for
 * that is what the library calls. */
#ifdef __i386__
/* There, the C library and `syscall` ask the kernel at the same place. This one has its own. */
__attribute__((used, visibility("hidden"))) long refused_with(int error) {
    errno = error;
    return -1;
}
__asm__(".globl syscall\n.type syscall, @function\nsyscall:\n"
        "push %ebp\npush %edi\npush %esi\npush %ebx\n"
        "mov 20(%esp), %eax\nmov 24(%esp), %ebx\nmov 28(%esp), %ecx\nmov 32(%esp), %edx\n"
        "mov 36(%esp), %esi\nmov 40(%esp), %edi\nmov 44(%esp), %ebp\nint $0x80\n"
        "pop %ebx\npop %esi\npop %edi\npop %ebp\n"
        "cmp $-4095, %eax\njae 1f\nret\n"
        "1: neg %eax\nsub $8, %esp\npush %eax\ncall refused_with\nadd $12, %esp\nret\n"
        ".size syscall, . - syscall\n");
#endif

/* The call whose time has 64 bits. */
#if __SIZEOF_POINTER__ == 4
#define SYS_FUTEX_TIME64 422
#else
#define SYS_FUTEX_TIME64 SYS_futex
#endif

/* Filters read halves of the numbers of a call. */
#define LOW_HALF(field)                                                                            \
    (offsetof(struct seccomp_data, field) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0))
#define HIGH_HALF(field)                                                                           \
    (offsetof(struct seccomp_data, field) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 0 : 4))

/* No kernel has it. */
enum { UNKNOWN_CALL = 9999 };

static void filter_with(struct sock_filter *filter, size_t count) {
    struct sock_fprog program = {(unsigned short)count, filter};
    CHECK_NUMBER(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    CHECK_NUMBER(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static uint64_t place;
static void keep_place(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    place = (uint64_t)(uintptr_t)info->si_call_addr;
}

/* The kernel tells the place of a call that is trapped, as it tells it to filters. */
static void find_place(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UNKNOWN_CALL, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sigaction action = {.sa_sigaction = keep_place, .sa_flags = SA_SIGINFO};
    CHECK_NUMBER(sigaction(SIGSYS, &action, NULL), 0);
    filter_with(filter, sizeof filter / sizeof filter[0]);
    syscall(UNKNOWN_CALL);
    CHECK(place != 0);
}

static long ask(long call, int operation) {
    uint32_t word = 0;
    errno = 0;
    return syscall(call, &word, operation | FUTEX_PRIVATE_FLAG, 1, NULL, NULL,
                   FUTEX_BITSET_MATCH_ANY);
}

/* From now on the kernel answers these operations with that errno; 0 is "done". */
static void refuse(const int operations[MOST], int answer) {
    enum { ALLOW = 12 };
    find_place();
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW_HALF(instruction_pointer)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)place, 0, ALLOW - 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, HIGH_HALF(instruction_pointer)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(place >> 32), 0, ALLOW - 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_FUTEX_TIME64, 0, ALLOW - 7),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW_HALF(args[1])),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, operations[0] == ANY ? 0 : FUTEX_CMD_MASK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, operations[0] == ANY ? 0 : (unsigned)operations[0], 1,
                 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)operations[1], 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    filter_with(filter, sizeof filter / sizeof filter[0]);
    /* Here the kernel itself would find nobody to wake, or that the word has changed. */
    for (int i = 0; i < MOST; i++) {
        int operation = operations[i] == ANY ? FUTEX_WAIT : operations[i];
        CHECK_NUMBER(ask(SYS_futex, operation), answer ? -1 : 0);
        CHECK_NUMBER(errno, answer);
        CHECK_NUMBER(ask(SYS_FUTEX_TIME64, operation), answer ? -1 : 0);
        CHECK_NUMBER(errno, answer);
    }
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

static void refused(int first, int second, int answer) {
    static child_outcome outcome;
    char texts[3][16];
    snprintf(texts[0], sizeof texts[0], "%d", first);
    snprintf(texts[1], sizeof texts[1], "%d", second);
    snprintf(texts[2], sizeof texts[2], "%d", answer);
    setenv("FIRST", texts[0], 1);
    setenv("SECOND", texts[1], 1);
    setenv("ANSWER", texts[2], 1);
    run_child("does_without", &outcome);
    printf("%d, %d: %s: %s", first, second, strerror(answer), outcome.output);
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
