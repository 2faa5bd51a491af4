/* Beside busy processes nothing falls off a cliff.
 *
 *     busy GAME PROCESSES     a game of games.c, beside so many busy processes for each processor
 *     busy                    lists the games
 *
 * Each game is played with the library and with pthreads, in turns. What is counted is no time of a
 * clock: the processor time and the context switches that an operation takes, the calls to the
 * kernel that the library makes, and the processor time that the busy processes get meanwhile.
 * Whoever gives time slices away in hope has given them to those. Medians of a few rounds are
 * compared, since every library has rounds in which all threads sleep. A game fails if the library
 * needs more than three times what pthreads need, and a little that is negligible, in two of three
 * tries. */
#include <dlfcn.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "games.h"

enum { MARGIN = 3, ROUNDS = 5, MOST_CLIFFS = 1, TRIES = 3, MOST_OTHERS = 1024 };

static pid_t others[MOST_OTHERS];
static size_t other_count;

/* ---- the library's calls to the kernel, which go through these of the C library ---- */

static atomic_size_t calls;
static long (*real_syscall)(long, ...);
static int (*real_sched_yield)(void);

__attribute__((constructor)) static void find_real(void) {
    *(void **)&real_syscall = dlsym(RTLD_NEXT, "syscall");
    *(void **)&real_sched_yield = dlsym(RTLD_NEXT, "sched_yield");
}

/* Six arguments are passed on whatever the call is, as the C library's own does. */
long syscall(long number, ...) {
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++) {
        arguments[i] = va_arg(list, long);
    }
    va_end(list);
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    if (real_syscall == NULL) {
        find_real();
    }
    return real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3],
                        arguments[4], arguments[5]);
}

int sched_yield(void) {
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    return real_sched_yield();
}

/* ---- what is counted ---- */

enum { OWN_TIME, OTHERS_TIME, SWITCHES, CALLS, COUNTS };

static const char *const names[COUNTS] = {"CPU us", "CPU us of the others", "switches", "calls"};
/* What differs by less is no cliff: an operation that takes nothing has no multiple. */
static const double negligible[COUNTS] = {0.1, 0.2, 0.01, 0.02};

typedef struct {
    double count[COUNTS];
} counts;

static double seconds_of(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) {
        perror("clock_gettime");
        exit(2);
    }
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static counts now(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    counts all = {{seconds_of(CLOCK_PROCESS_CPUTIME_ID) * 1e6, 0,
                   (double)(usage.ru_nvcsw + usage.ru_nivcsw), (double)calls}};
    for (size_t i = 0; i < other_count; i++) {
        clockid_t clock;
        if (clock_getcpuclockid(others[i], &clock) != 0) {
            fprintf(stderr, "a busy process has ended\n");
            exit(2);
        }
        all.count[OTHERS_TIME] += seconds_of(clock) * 1e6;
    }
    return all;
}

/* What the game took, an operation. */
static counts play(void (*part)(size_t), size_t operations) {
    counts before = now();
    part(operations);
    counts after = now();
    for (int i = 0; i < COUNTS; i++) {
        after.count[i] = (after.count[i] - before.count[i]) / (double)operations;
    }
    return after;
}

static int compare(const void *left, const void *right) {
    double one = *(const double *)left, other = *(const double *)right;
    return (one > other) - (one < other);
}

static double median(const counts *rounds, int which) {
    double values[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        values[i] = rounds[i].count[which];
    }
    qsort(values, ROUNDS, sizeof values[0], compare);
    return values[ROUNDS / 2];
}

/* ---- the busy processes ---- */

static void start_others(size_t count) {
    pid_t own = getpid();
    for (other_count = 0; other_count < count && other_count < MOST_OTHERS; other_count++) {
        pid_t other = fork();
        if (other < 0) {
            perror("fork");
            exit(2);
        }
        if (other == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() != own) {
                _exit(0);
            }
            static volatile unsigned turns;
            for (;;) {
                turns = turns + 1;
            }
        }
        others[other_count] = other;
    }
}

static void end_others(void) {
    for (size_t i = 0; i < other_count; i++) {
        kill(others[i], SIGKILL);
        waitpid(others[i], NULL, 0);
    }
}

/* ---- the comparison ---- */

/* Whether the library needs no more than MARGIN times what pthreads need. */
static int is_level(const game *of) {
    counts ours[ROUNDS], theirs[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        ours[round] = play(of->ours, of->operations);
        theirs[round] = play(of->theirs, of->operations);
        /* Those of pthreads cannot be counted. For each thread that sleeps there is one to sleep
         * and one to wake it; so there are more than this. */
        theirs[round].count[CALLS] = theirs[round].count[SWITCHES];
    }
    int level = 1;
    for (int i = 0; i < COUNTS; i++) {
        double mine = median(ours, i), other = median(theirs, i);
        int fits = mine <= MARGIN * other + negligible[i];
        printf("%s: %s an operation: %.3f, pthreads %.3f%s\n", of->name, names[i], mine, other,
               fits ? "" : ": a cliff");
        level = level && fits;
    }
    return level;
}

int main(int count, char **arguments) {
    if (count == 1) {
        for (size_t i = 0; i < game_count; i++) {
            puts(games[i].name);
        }
        return 0;
    }
    const game *chosen = NULL;
    for (size_t i = 0; i < game_count; i++) {
        if (strcmp(games[i].name, arguments[1]) == 0) {
            chosen = &games[i];
        }
    }
    if (count != 3 || chosen == NULL) {
        fprintf(stderr, "usage: busy [GAME PROCESSES]\n");
        return 2;
    }
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        perror("sched_getaffinity");
        return 2;
    }
    start_others((size_t)atoi(arguments[2]) * (size_t)CPU_COUNT(&allowed));
    int cliffs = 0;
    for (int attempt = 0; attempt < TRIES && cliffs <= MOST_CLIFFS; attempt++) {
        int level = is_level(chosen);
        fflush(stdout);
        cliffs += !level;
        /* Who was level at first is not asked again. */
        if (cliffs == 0) {
            break;
        }
    }
    if (calls == 0) {
        fprintf(stderr, "no call of the library to the kernel was counted\n");
        cliffs = TRIES;
    }
    end_others();
    return cliffs <= MOST_CLIFFS ? 0 : 1;
}
