/* What the timeline costs where threads wait all the time. Two threads let each other in by two
 * semaphores, so that each turn is a wait; between two turns each of them works for a while.
 *
 *     cost [WORK [ROUNDS]]
 *
 * prints how many turns a second there are without the timeline and with it, in turn; and what is
 * left with it of the round before, in the median: other programs disturb that least. */
#include <stdio.h>
#include <stdlib.h>
#include <threading.h>

enum { MOST_ROUNDS = 999, TURNS = 20000 };

static threading_semaphore gates[2];
static long work;

static void *takes_turns(void *arg) {
    int own = arg != NULL;
    volatile long left;
    for (long i = 0; i < TURNS; i++) {
        THREADING_CHECK(threading_semaphore_acquire(gates[own]));
        for (left = work; left > 0; left--) {
        }
        THREADING_CHECK(threading_semaphore_release(gates[!own]));
    }
    return arg;
}

/* Turns a second. */
static double run(void) {
    threading_thread threads[2];
    double start = threading_monotonic();
    for (int i = 0; i < 2; i++) {
        THREADING_CHECK(threading_thread_spawn(NULL, takes_turns, i ? &work : NULL, &threads[i]));
    }
    THREADING_CHECK(threading_semaphore_release(gates[0]));
    for (int i = 0; i < 2; i++) {
        THREADING_CHECK(threading_thread_join(threads[i]));
        THREADING_CHECK(threading_thread_destroy(threads[i]));
    }
    THREADING_CHECK(threading_semaphore_acquire(gates[0]));
    return 2 * TURNS / (threading_monotonic() - start);
}

static int compare(const void *one, const void *other) {
    double first = *(const double *)one, second = *(const double *)other;
    return (first > second) - (first < second);
}

int main(int count, char **arguments) {
    static double turns[2][MOST_ROUNDS], left[MOST_ROUNDS];
    work = count > 1 ? atol(arguments[1]) : 0;
    int rounds = count > 2 ? atoi(arguments[2]) : 21;
    if (rounds < 1 || rounds > MOST_ROUNDS) {
        return 2;
    }
    for (int i = 0; i < 2; i++) {
        THREADING_CHECK(threading_semaphore_new(0, &gates[i]));
    }
    for (int i = 0; i < 2 * rounds; i++) {
        THREADING_CHECK(threading_inspect(i % 2 ? THREADING_INSPECT_TIMELINE : 0));
        turns[i % 2][i / 2] = run();
        left[i / 2] = turns[1][i / 2] / turns[0][i / 2];
    }
    qsort(left, (size_t)rounds, sizeof(double), compare);
    for (int i = 0; i < 2; i++) {
        qsort(turns[i], (size_t)rounds, sizeof(double), compare);
    }
    printf("%.0f waits a second without the timeline, %.0f with it; %.3f is left"
           " (medians of %d rounds)\n",
           turns[0][rounds / 2], turns[1][rounds / 2], left[rounds / 2], rounds);
    return 0;
}
