/* Choices. */
#include "fuzz.h"

#include <time.h>

uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static uint64_t from_bytes(struct source *source, int count) {
    uint64_t number = 0;
    for (; count > 0 && source->left > 0; count--, source->left--) {
        number = number << 8 | *source->bytes++;
    }
    return number;
}

/* Steele, Lea and Flood's SplitMix. */
uint64_t any_number(struct source *source) {
    if (source->bytes) {
        return from_bytes(source, 8);
    }
    uint64_t number = source->seed += UINT64_C(0x9E3779B97F4A7C15);
    number = (number ^ (number >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94D049BB133111EB);
    return number ^ (number >> 31);
}

unsigned choose(struct source *source, unsigned count) {
    uint64_t number =
        source->bytes ? from_bytes(source, count > 256 ? 2 : 1) : any_number(source) >> 16;
    return (unsigned)(number % count);
}

/* An input that has run out says no. */
bool one_in(struct source *source, unsigned count) { return choose(source, count) == count - 1; }
