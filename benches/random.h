/* Numbers that look random and are the same in every run. */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

/* xorshift64*; the state must not be 0. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static inline double random_between(uint64_t *state, double least, double most)
{
    return least + (most - least) * (double)(next_random(state) >> 11) / (double)(UINT64_C(1) << 53);
}

#endif
