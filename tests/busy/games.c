/* The games of games.h, each written once for both kinds of monitor. */
#include "games.h"

#include "monitors.h"

enum { PAIRS = 4, CONTENDERS = 4 };

static void start_together(size_t count, void *(*main)(void *), void *arguments, size_t size) {
    pthread_t threads[2 * PAIRS];
    for (size_t i = 0; i < count; i++) {
        MUST(pthread_create(&threads[i], NULL, main, (char *)arguments + i * size));
    }
    for (size_t i = 0; i < count; i++) {
        MUST(pthread_join(threads[i], NULL));
    }
}

/* Every game is a macro over the kind of monitor: `ours` or `theirs`. */

/* Two threads pass a turn to and fro through a condition. */
#define PING_PONG(kind)                                                                            \
    typedef struct {                                                                               \
        kind##_monitor *at;                                                                        \
        int *turn, me;                                                                             \
        size_t turns;                                                                              \
    } kind##_player;                                                                               \
    static void *kind##_play(void *argument) {                                                     \
        kind##_player *player = argument;                                                          \
        for (size_t i = 0; i < player->turns; i++) {                                               \
            kind##_acquire(player->at);                                                            \
            while (*player->turn != player->me) {                                                  \
                kind##_wait(player->at, 0);                                                        \
            }                                                                                      \
            *player->turn = !player->me;                                                           \
            kind##_notify(player->at, 0);                                                          \
            kind##_release(player->at);                                                            \
        }                                                                                          \
        return NULL;                                                                               \
    }                                                                                              \
    static void kind##_ping_pong(size_t operations) {                                              \
        kind##_monitor at;                                                                         \
        int turn = 0;                                                                              \
        kind##_make(&at);                                                                          \
        kind##_player players[2] = {{&at, &turn, 0, operations / 2},                               \
                                    {&at, &turn, 1, operations / 2}};                              \
        start_together(2, kind##_play, players, sizeof players[0]);                                \
        kind##_end(&at);                                                                           \
    }

/* Producers and consumers with a bounded queue between them: only how full it is counts. */
#define QUEUE(kind)                                                                                \
    typedef struct {                                                                               \
        kind##_monitor at;                                                                         \
        size_t used, slots, each;                                                                  \
    } kind##_queue;                                                                                \
    typedef struct {                                                                               \
        kind##_queue *queue;                                                                       \
        int puts;                                                                                  \
    } kind##_mover;                                                                                \
    static void *kind##_move(void *argument) {                                                     \
        kind##_mover *mover = argument;                                                            \
        kind##_queue *queue = mover->queue;                                                        \
        for (size_t i = 0; i < queue->each; i++) {                                                 \
            kind##_acquire(&queue->at);                                                            \
            while (queue->used == (mover->puts ? queue->slots : 0)) {                              \
                kind##_wait(&queue->at, mover->puts);                                              \
            }                                                                                      \
            queue->used += mover->puts ? 1 : (size_t)-1;                                           \
            kind##_notify(&queue->at, !mover->puts);                                               \
            kind##_release(&queue->at);                                                            \
        }                                                                                          \
        return NULL;                                                                               \
    }                                                                                              \
    static void kind##_queue_of(size_t operations, size_t slots) {                                 \
        kind##_queue queue = {.used = 0, .slots = slots, .each = operations / PAIRS};              \
        kind##_make(&queue.at);                                                                    \
        kind##_mover movers[2 * PAIRS];                                                            \
        for (int i = 0; i < 2 * PAIRS; i++) {                                                      \
            movers[i] = (kind##_mover){&queue, i % 2};                                             \
        }                                                                                          \
        start_together(2 * PAIRS, kind##_move, movers, sizeof movers[0]);                          \
        kind##_end(&queue.at);                                                                     \
    }                                                                                              \
    static void kind##_short_queue(size_t operations) { kind##_queue_of(operations, 16); }         \
    static void kind##_long_queue(size_t operations) { kind##_queue_of(operations, 1024); }

/* Several threads want one lock. */
#define CONTENDED(kind)                                                                            \
    typedef struct {                                                                               \
        kind##_monitor *at;                                                                        \
        volatile size_t *counter;                                                                  \
        size_t each;                                                                               \
    } kind##_contender;                                                                            \
    static void *kind##_contend(void *argument) {                                                  \
        kind##_contender *me = argument;                                                           \
        for (size_t i = 0; i < me->each; i++) {                                                    \
            kind##_acquire(me->at);                                                                \
            for (int times = 0; times < 100; times++) {                                            \
                ++*me->counter;                                                                    \
            }                                                                                      \
            kind##_release(me->at);                                                                \
        }                                                                                          \
        return NULL;                                                                               \
    }                                                                                              \
    static void kind##_contended(size_t operations) {                                              \
        kind##_monitor at;                                                                         \
        volatile size_t counter = 0;                                                               \
        kind##_contender contenders[CONTENDERS];                                                   \
        kind##_make(&at);                                                                          \
        for (int i = 0; i < CONTENDERS; i++) {                                                     \
            contenders[i] = (kind##_contender){&at, &counter, operations / CONTENDERS};            \
        }                                                                                          \
        start_together(CONTENDERS, kind##_contend, contenders, sizeof contenders[0]);              \
        kind##_end(&at);                                                                           \
    }

#define GAMES_OF(kind) PING_PONG(kind) QUEUE(kind) CONTENDED(kind)

GAMES_OF(ours)
GAMES_OF(theirs)

const game games[] = {
    {"ping_pong", 10000, ours_ping_pong, theirs_ping_pong},
    {"short_queue", 60000, ours_short_queue, theirs_short_queue},
    {"long_queue", 1000000, ours_long_queue, theirs_long_queue},
    {"contended_lock", 2000000, ours_contended, theirs_contended},
};
const size_t game_count = sizeof games / sizeof games[0];
