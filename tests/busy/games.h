/* The work that is done beside busy processes: each game once with the library and once with
 * pthreads. A function plays so many operations and returns when all threads have ended. */
#ifndef GAMES_H
#define GAMES_H

#include <stdlib.h>

typedef struct {
    const char *name;
    size_t operations;
    void (*ours)(size_t operations);
    void (*theirs)(size_t operations);
} game;

extern const game games[];
extern const size_t game_count;

#endif
