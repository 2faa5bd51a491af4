/* Hands a turn round a ring of threads, so and so many times, through a condition, a semaphore, an
 * event and a barrier: one wake-up that gets lost and everything stands still.
 *
 *     stress [hand-offs]      how many through each, 10,000,000 if nothing is said
 *
 * It ends after that many, and fails when nothing has moved for ten seconds. */
#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <threading.h>
#include <unistd.h>

/* More than most small machines have processors, so that threads sleep and do not only spin. */
enum { RING = 3, STANDSTILL_SECONDS = 10, REPORT_SECONDS = 5 };

static long long wanted;
static atomic_llong moved; /* hand-offs of the game that is played */

static threading_lock lock;
static long long turn; /* guarded by the lock */
static threading_condition conditions[RING];
static threading_semaphore semaphores[RING];
static threading_event events[RING];
static threading_barrier barrier;
static atomic_bool taken[RING];

static void fail(const char *what) {
    fprintf(stderr, "FAILED: %s\n", what);
    fflush(NULL);
    _exit(1);
}

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail(#condition);                                                                      \
        }                                                                                          \
    } while (0)

/* ---- the games: what the thread of that number does at each of its turns ---- */

/* Now without a limit, now with one that is never reached. */
static bool limited(long long round) { return round % 4 == 3; }

static void condition_turn(int me, long long round) {
    THREADING_CHECK(threading_lock_acquire(lock));
    while (turn % RING != me) {
        EXPECT((limited(round) ? threading_condition_wait_timeout(conditions[me], 1000)
                               : threading_condition_wait(conditions[me])) == THREADING_OK);
    }
    turn++;
    THREADING_CHECK(threading_condition_notify(conditions[(me + 1) % RING], 1));
    THREADING_CHECK(threading_lock_release(lock));
    atomic_fetch_add(&moved, 1);
}

static void semaphore_turn(int me, long long round) {
    EXPECT((limited(round) ? threading_semaphore_acquire_timeout(semaphores[me], INFINITY)
                           : threading_semaphore_acquire(semaphores[me])) == THREADING_OK);
    /* Nobody else has the turn. */
    EXPECT(!atomic_exchange(&taken[0], true));
    EXPECT(atomic_exchange(&taken[0], false));
    atomic_fetch_add(&moved, 1);
    THREADING_CHECK(threading_semaphore_release(semaphores[(me + 1) % RING]));
}

static void event_turn(int me, long long round) {
    EXPECT((limited(round) ? threading_event_wait_timeout(events[me], 1000)
                           : threading_event_wait(events[me])) == THREADING_OK);
    THREADING_CHECK(threading_event_clear(events[me]));
    EXPECT(!atomic_exchange(&taken[0], true));
    EXPECT(atomic_exchange(&taken[0], false));
    atomic_fetch_add(&moved, 1);
    THREADING_CHECK(threading_event_set(events[(me + 1) % RING]));
}

static void barrier_turn(int me, long long round) {
    size_t index = RING;
    (void)me;
    EXPECT((limited(round) ? threading_barrier_wait_timeout(barrier, 1000, &index)
                           : threading_barrier_wait(barrier, &index)) == THREADING_OK);
    EXPECT(index < RING);
    /* Each index once a cycle: nobody gets it again before all three have been given out. */
    EXPECT(!atomic_exchange(&taken[index], true));
    atomic_fetch_add(&moved, 1);
    THREADING_CHECK(threading_barrier_wait(barrier, NULL));
    atomic_store(&taken[index], false);
    THREADING_CHECK(threading_barrier_wait(barrier, NULL));
}

/* ---- playing ---- */

static const struct game {
    const char *name;
    void (*take_turn)(int me, long long round);
} games[] = {{"condition", condition_turn},
             {"semaphore", semaphore_turn},
             {"event", event_turn},
             {"barrier", barrier_turn}};
static const struct game *playing;

static void *plays(void *arg) {
    int me = (int)(size_t)arg;
    /* Everybody has as many turns as everybody else. */
    for (long long round = 0; round < (wanted + RING - 1) / RING; round++) {
        playing->take_turn(me, round);
    }
    return NULL;
}

static void prepare(void) {
    THREADING_CHECK(threading_lock_new(&lock));
    THREADING_CHECK(threading_barrier_new(RING, NULL, NULL, &barrier));
    for (int i = 0; i < RING; i++) {
        THREADING_CHECK(threading_condition_new_with_lock(lock, &conditions[i]));
        /* The first thread has the first turn; there is never more than one. */
        THREADING_CHECK(threading_semaphore_new(i == 0, &semaphores[i]));
        THREADING_CHECK(threading_event_new(&events[i]));
    }
    THREADING_CHECK(threading_event_set(events[0]));
}

/* Waits for the end of a thread, and looks all the while whether something moves. */
static void watch(threading_thread thread, double began) {
    static double seen_at, reported;
    static long long seen;
    while (threading_thread_join_timeout(thread, 0.25) == THREADING_TIMEOUT) {
        long long now = atomic_load(&moved);
        double time = threading_monotonic();
        if (now != seen || seen_at < began) {
            seen = now;
            seen_at = time;
        } else if (time - seen_at > STANDSTILL_SECONDS) {
            fprintf(stderr, "%s: nothing moves after %lld of %lld hand-offs\n", playing->name, now,
                    wanted);
            fail("a wake-up was lost");
        }
        if (time - (reported > began ? reported : began) > REPORT_SECONDS) {
            reported = time;
            printf("%s: %lld of %lld\n", playing->name, now, wanted);
            fflush(stdout);
        }
    }
}

static void play(const struct game *game) {
    threading_thread threads[RING];
    double began = threading_monotonic();
    playing = game;
    atomic_store(&moved, 0);
    for (int i = 0; i < RING; i++) {
        THREADING_CHECK(threading_thread_spawn(game->name, plays, (void *)(size_t)i, &threads[i]));
    }
    for (int i = 0; i < RING; i++) {
        watch(threads[i], began);
        THREADING_CHECK(threading_thread_finish(threads[i], NULL));
    }
    double seconds = threading_monotonic() - began;
    long long done = atomic_load(&moved);
    EXPECT(done >= wanted && done < wanted + RING);
    printf("%s: %lld hand-offs, %.3f us each\n", game->name, done, seconds * 1e6 / (double)done);
    fflush(stdout);
}

int main(int count, char **arguments) {
    char *end = NULL;
    errno = 0;
    wanted = count > 1 ? strtoll(arguments[1], &end, 10) : 10000000;
    if (count > 2 || (count > 1 && (errno || *end != '\0' || wanted < 1))) {
        fprintf(stderr, "usage: stress [hand-offs]\n");
        return 2;
    }
    prepare();
    for (size_t i = 0; i < sizeof games / sizeof games[0]; i++) {
        play(&games[i]);
    }
    return 0;
}
