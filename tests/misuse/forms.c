/* The forms of misuse: which wrong values are tried. The values are the same in every run. */
#include "misuse.h"

#include <float.h>
#include <math.h>

/* How a handle is made up: kind (6 bits), generation (26), index (32). Only the choice of guesses
 * rests on it; what is right for each guess is known from the handles that were issued. */
enum { GENERATION = 32, KIND = 58, NUMBERS = 64, SEGMENT = 65536 };
#define INDEX_MASK UINT64_C(0xFFFFFFFF)
#define KIND_MASK (~UINT64_C(0) << KIND)

static const object_kind *kind_of(const struct misuse *misuse) {
    return misuse->function->parameters[misuse->index].kind;
}

void handle_null(const struct misuse *misuse) { attempt_handle(misuse, 0); }

/* A live object in a slot that had another before, and the handle of that other one. */
static uint64_t reuse_slot(const object_kind *kind, uint64_t *former) {
    for (int round = 0; round < 64; round++) {
        uint64_t stale = issue(kind, FRESH);
        end(kind, stale);
        uint64_t live = issue(kind, FRESH);
        if ((live & INDEX_MASK) == (stale & INDEX_MASK)) {
            *former = stale;
            return live;
        }
        end(kind, live);
    }
    attempt_describe("64 objects made and ended in turn");
    CHECK(!"a slot that is free is used again");
    return 0;
}

void handle_stale(const struct misuse *misuse) {
    const object_kind *kind = kind_of(misuse);
    uint64_t former = 0;
    for (int state = 0; state < kind->states; state++) {
        uint64_t bits = issue(kind, state);
        end(kind, bits);
        attempt_handle(misuse, bits);
    }
    /* Its slot has another owner now, who must not be touched. */
    uint64_t heir = reuse_slot(kind, &former);
    attempt_handle(misuse, former);
    kind->use(heir);
    /* Ended long ago. */
    for (int round = 0; round < 100; round++) {
        end(kind, issue(kind, FRESH));
    }
    attempt_handle(misuse, former);
    kind->use(heir);
}

void handle_foreign_kind(const struct misuse *misuse) {
    for (int index = 0; index < KINDS; index++) {
        if (&object_kinds[index] == kind_of(misuse)) {
            continue;
        }
        attempt_handle(misuse, canary_of(&object_kinds[index]));
        for (int state = 0; state < object_kinds[index].states; state++) {
            uint64_t bits = issue(&object_kinds[index], state);
            attempt_handle(misuse, bits);
            object_kinds[index].use(bits);
            end(&object_kinds[index], bits);
            attempt_handle(misuse, bits);
        }
    }
    if (kind_of(misuse) != &object_kinds[KIND_THREAD]) {
        attempt_handle(misuse, threading_main_thread().bits);
    }
}

/* Steele, Lea and Flood's SplitMix: the same numbers on every machine. */
static uint64_t next_random(uint64_t *seed) {
    uint64_t number = *seed += UINT64_C(0x9E3779B97F4A7C15);
    number = (number ^ (number >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94D049BB133111EB);
    return number ^ (number >> 31);
}

static void distortions_of(const struct misuse *misuse, uint64_t live) {
    static const uint64_t indices[] = {SEGMENT - 1,    SEGMENT,   SEGMENT + 1, 2 * SEGMENT,
                                       1 << 20,        1 << 24,   1 << 30,     UINT64_C(1) << 31,
                                       INDEX_MASK - 1, INDEX_MASK};
    for (int bit = GENERATION; bit < KIND; bit++) {
        attempt_handle(misuse, live ^ (UINT64_C(1) << bit));
    }
    attempt_handle(misuse, live | (INDEX_MASK << GENERATION & ~KIND_MASK));
    attempt_handle(misuse, live & (KIND_MASK | INDEX_MASK));
    for (size_t index = 0; index < sizeof indices / sizeof *indices; index++) {
        attempt_handle(misuse, (live & ~INDEX_MASK) | indices[index]);
    }
    for (uint64_t kind = 0; kind < NUMBERS; kind++) {
        attempt_handle(misuse, (live & ~KIND_MASK) | kind << KIND);
    }
}

void handle_random(const struct misuse *misuse) {
    static const uint64_t seeds[] = {1, UINT64_C(20080101), UINT64_C(0xDEADBEEFCAFEF00D)};
    uint64_t canary = canary_of(kind_of(misuse));
    uint64_t former = 0;
    uint64_t reused = reuse_slot(kind_of(misuse), &former);
    attempt_handle(misuse, UINT64_MAX);
    for (uint64_t small = 1; small <= 64; small++) {
        attempt_handle(misuse, small);
    }
    for (size_t index = 0; index < sizeof seeds / sizeof *seeds; index++) {
        uint64_t seed = seeds[index];
        for (int number = 0; number < 64; number++) {
            uint64_t guess = next_random(&seed);
            attempt_handle(misuse, guess);
            attempt_handle(misuse, (guess & ~KIND_MASK) | (canary & KIND_MASK));
        }
    }
    distortions_of(misuse, canary);
    distortions_of(misuse, reused);
    kind_of(misuse)->use(reused);
}

void handle_not_yet_issued(const struct misuse *misuse) {
    static const uint64_t farther[] = {1, 2, 3, 100, 1000, SEGMENT - 100, SEGMENT};
    const object_kind *kind = kind_of(misuse);
    uint64_t former = 0;
    uint64_t lives[] = {canary_of(kind), reuse_slot(kind, &former)};
    for (size_t live = 0; live < 2; live++) {
        for (size_t index = 0; index < sizeof farther / sizeof *farther; index++) {
            attempt_handle(misuse, lives[live] + farther[index]);
            attempt_handle(misuse, lives[live] + (farther[index] << GENERATION));
        }
    }
    /* The next generations of a slot that is free: the first of them is what the next object of
     * this kind may be called. */
    for (int state = 0; state < kind->states; state++) {
        uint64_t freed = issue(kind, state);
        end(kind, freed);
        for (size_t index = 0; index < sizeof farther / sizeof *farther; index++) {
            attempt_handle(misuse, freed + (farther[index] << GENERATION));
        }
    }
}

static void make_null(const struct misuse *misuse, struct argument *arguments) {
    attempt_arguments(misuse, arguments);
    attempt_describe("%s = NULL", misuse->function->parameters[misuse->index].name);
    arguments[misuse->index].pointer = NULL;
    arguments[misuse->index].string = NULL;
    arguments[misuse->index].given = false;
}

void pointer_null(const struct misuse *misuse) {
    struct argument arguments[MOST_PARAMETERS];
    make_null(misuse, arguments);
    attempt_refused(misuse, arguments, THREADING_INVALID_ARGUMENT, THREADING_INVALID_ARGUMENT);
}

void pointer_null_allowed(const struct misuse *misuse) {
    struct argument arguments[MOST_PARAMETERS];
    make_null(misuse, arguments);
    attempt_accepted(misuse, arguments);
}

/* A buffer may be NULL if it has no room. */
void pointer_null_without_room(const struct misuse *misuse) {
    struct argument arguments[MOST_PARAMETERS];
    make_null(misuse, arguments);
    for (int index = 0; index < misuse->function->count; index++) {
        arguments[index].number = 0;
    }
    attempt_accepted(misuse, arguments);
}

void string_not_utf8(const struct misuse *misuse) {
    static const char *const strings[] = {
        "\xFF",              /* never a byte of UTF-8 */
        "before \x80 after", /* a continuation of nothing */
        "cut short \xE2\x82",
        "\xC0\xAF", /* overlong */
        "\xE0\x80\x80",
        "\xED\xA0\x80",     /* a surrogate */
        "\xF4\x90\x80\x80", /* beyond U+10FFFF */
        "\xF8\x88\x80\x80\x80",
    };
    for (size_t index = 0; index < sizeof strings / sizeof *strings; index++) {
        struct argument arguments[MOST_PARAMETERS];
        attempt_arguments(misuse, arguments);
        attempt_describe("string %d of those that are not UTF-8", (int)index);
        arguments[misuse->index].string = strings[index];
        attempt_refused(misuse, arguments, THREADING_INVALID_ARGUMENT, THREADING_INVALID_ARGUMENT);
    }
}

static void refuse_seconds(const struct misuse *misuse, double seconds) {
    struct argument arguments[MOST_PARAMETERS];
    attempt_arguments(misuse, arguments);
    attempt_describe("seconds %.17g", seconds);
    arguments[misuse->index].seconds = seconds;
    attempt_refused(misuse, arguments, THREADING_INVALID_ARGUMENT, THREADING_INVALID_ARGUMENT);
}

void seconds_nan(const struct misuse *misuse) {
    refuse_seconds(misuse, NAN);
    refuse_seconds(misuse, -NAN);
}

void seconds_too_large(const struct misuse *misuse) {
    /* The first double past the limit: 53 bits of mantissa, 34 before the point. */
    static const double beyond[] = {THREADING_TIMEOUT_MAX * (1 + DBL_EPSILON),
                                    THREADING_TIMEOUT_MAX + 1,
                                    1e10,
                                    1e19,
                                    1e300,
                                    DBL_MAX};
    for (size_t index = 0; index < sizeof beyond / sizeof *beyond; index++) {
        CHECK(beyond[index] > THREADING_TIMEOUT_MAX);
        refuse_seconds(misuse, beyond[index]);
    }
}

void number_wrong(const struct misuse *misuse) {
    struct argument arguments[MOST_PARAMETERS];
    attempt_arguments(misuse, arguments);
    attempt_describe("%s = %zu", misuse->function->parameters[misuse->index].name, misuse->number);
    arguments[misuse->index].number = misuse->number;
    attempt_refused(misuse, arguments, THREADING_INVALID_ARGUMENT, THREADING_INVALID_ARGUMENT);
}
