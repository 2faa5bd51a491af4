/* The soak: games that are played side by side for minutes, each with invariants that hold at every
 * moment or at its end. */
#ifndef SOAK_H
#define SOAK_H

#include "../objects.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <threading.h>

enum { MOST_PLAYERS = 4 };

struct game {
    const char *name;
    int players; /* threads that play it */
    void (*begin)(void);
    void (*play)(int me, uint64_t *random); /* one round, soon over */
    void (*end)(void);     /* when nobody plays any more: what must have come out */
    bool (*goes_on)(void); /* NULL: until it is over; for players who can only stop together */
};

/* games_locks.c, games_waits.c, games_threads.c, games_tasks.c, games_looks.c */
extern const struct game lock_game, rlock_game, semaphore_game, condition_game, event_game,
    barrier_game, breaking_game, churn_game, timer_game, local_game, thread_game, look_game,
    task_game;

extern atomic_bool over;

_Noreturn void fail(const char *what, const char *file, int line);
#define EXPECT(condition) object_check((condition), #condition, __FILE__, __LINE__)
#define OK(call) EXPECT((call) == THREADING_OK)

uint64_t next_random(uint64_t *state);
static inline unsigned choose(uint64_t *state, unsigned count) {
    return (unsigned)(next_random(state) >> 33) % count;
}

#endif
