/* Every handle that this process was given: which are valid, which were once, and so which never
 * were. That is what decides between INVALID_HANDLE and DESTROYED, without knowing how a handle is
 * made up. */
#include "misuse.h"

enum { MOST_HANDLES = 65536 };

static struct issued {
    const object_kind *kind;
    uint64_t bits;
    bool live;
} issued[MOST_HANDLES];
static size_t issued_count;

static struct issued *find(const object_kind *kind, uint64_t bits) {
    for (size_t index = 0; index < issued_count; index++) {
        if (issued[index].bits == bits && issued[index].kind == kind) {
            return &issued[index];
        }
    }
    return NULL;
}

/* No handle is ever given out twice, and no two kinds share one. */
void note_issued(const object_kind *kind, uint64_t bits) {
    CHECK(bits != 0);
    CHECK(issued_count < MOST_HANDLES);
    for (size_t index = 0; index < issued_count; index++) {
        CHECK(issued[index].bits != bits);
    }
    issued[issued_count++] = (struct issued){kind, bits, true};
}

void object_issued(enum kind kind, uint64_t bits) { note_issued(&object_kinds[kind], bits); }

uint64_t issue(const object_kind *kind, int state) {
    uint64_t bits = kind->make(state);
    note_issued(kind, bits);
    return bits;
}

/* What has ended without an `end` of its own: with another object. */
void note_ended(const object_kind *kind, uint64_t bits) {
    struct issued *one = find(kind, bits);
    CHECK(one && one->live);
    one->live = false;
}

void object_ended(enum kind kind, uint64_t bits) { note_ended(&object_kinds[kind], bits); }

void end(const object_kind *kind, uint64_t bits) {
    CHECK(standing_of(kind, bits) == LIVE);
    kind->end(bits);
    note_ended(kind, bits);
}

enum standing standing_of(const object_kind *kind, uint64_t bits) {
    const struct issued *one = find(kind, bits);
    return one == NULL ? NEVER_ISSUED : one->live ? LIVE : ENDED;
}
