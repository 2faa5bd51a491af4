/* The objects that all threads share, under each other's feet: any thread may destroy any of them
 * at any moment. */
#include "fuzz.h"

#include <pthread.h>
#include <string.h>

enum { ROOM = 256, ENOUGH = 24, REMEMBERED = 64, STATICS = 4 };

_Atomic(uint64_t) objects_made[KINDS], objects_destroyed[KINDS];

static struct shelf {
    pthread_mutex_t mutex;
    int count;
    uint64_t live[ROOM];
    uint64_t ended[REMEMBERED]; /* whose end has returned THREADING_OK */
    unsigned endings;
    /* What _ensure fills, from all threads at once. */
    _Atomic(uint64_t) statics[STATICS];
} shelves[KINDS] = {
#define OBJECT(NAME, name, parts) {.mutex = PTHREAD_MUTEX_INITIALIZER},
#include "../objects.def"
};

static int place_of(const struct shelf *shelf, uint64_t bits) {
    for (int index = 0; index < shelf->count; index++) {
        if (shelf->live[index] == bits) {
            return index;
        }
    }
    return -1;
}

void objects_add(enum kind kind, uint64_t bits) {
    struct shelf *shelf = &shelves[kind];
    pthread_mutex_lock(&shelf->mutex);
    if (place_of(shelf, bits) < 0) {
        if (shelf->count == ROOM) {
            fail("more objects than the fuzzer wants to make");
        }
        shelf->live[shelf->count++] = bits;
    }
    pthread_mutex_unlock(&shelf->mutex);
}

/* `ended`: its end has returned just now, so from here on its handle is known to be stale. */
void objects_forget(enum kind kind, uint64_t bits, bool ended) {
    struct shelf *shelf = &shelves[kind];
    pthread_mutex_lock(&shelf->mutex);
    int place = place_of(shelf, bits);
    if (place >= 0) {
        shelf->live[place] = shelf->live[--shelf->count];
    }
    if (ended) {
        shelf->ended[shelf->endings++ % REMEMBERED] = bits;
    }
    pthread_mutex_unlock(&shelf->mutex);
    for (int index = 0; index < STATICS; index++) {
        uint64_t expected = bits;
        if (atomic_compare_exchange_strong(&shelf->statics[index], &expected, 0)) {
            atomic_fetch_add(&objects_made[kind], 1);
        }
    }
}

bool objects_full(enum kind kind) { return objects_count(kind) >= ENOUGH; }

int objects_count(enum kind kind) {
    struct shelf *shelf = &shelves[kind];
    pthread_mutex_lock(&shelf->mutex);
    int count = shelf->count;
    pthread_mutex_unlock(&shelf->mutex);
    return count;
}

uint64_t objects_live(enum kind kind, unsigned which) {
    struct shelf *shelf = &shelves[kind];
    pthread_mutex_lock(&shelf->mutex);
    uint64_t bits = shelf->count ? shelf->live[which % (unsigned)shelf->count] : 0;
    pthread_mutex_unlock(&shelf->mutex);
    return bits;
}

uint64_t objects_ended(enum kind kind, unsigned which) {
    struct shelf *shelf = &shelves[kind];
    pthread_mutex_lock(&shelf->mutex);
    unsigned known = shelf->endings < REMEMBERED ? shelf->endings : REMEMBERED;
    uint64_t bits = known ? shelf->ended[which % known] : 0;
    pthread_mutex_unlock(&shelf->mutex);
    return bits;
}

uint64_t *objects_static(enum kind kind, unsigned which) {
    return (uint64_t *)&shelves[kind].statics[which % STATICS];
}

/* The error hook hears of what fails here, and must not take anything meanwhile. */
_Thread_local bool sweeping;

/* A copy, since the others make and destroy meanwhile. */
static int copy_live(enum kind kind, uint64_t *copy) {
    struct shelf *shelf = &shelves[kind];
    pthread_mutex_lock(&shelf->mutex);
    int count = shelf->count;
    memcpy(copy, shelf->live, (size_t)count * sizeof *copy);
    pthread_mutex_unlock(&shelf->mutex);
    return count;
}

/* Lets go of everything that only the calling thread can release. */
void objects_sweep(void) {
    uint64_t live[ROOM];
    if (sweeping) {
        return;
    }
    sweeping = true;
    for (int kind = 0; kind < KINDS; kind++) {
        bool owned = object_kinds[kind].traits & OBJECT_OWNED;
        for (int left = owned ? copy_live((enum kind)kind, live) : 0; left > 0; left--) {
            object_kinds[kind].let_go(live[left - 1]);
        }
    }
    sweeping = false;
}

/* ---- the end: every object can be brought to a state in which it can be destroyed ---- */

static int32_t destroy_one(enum kind kind, uint64_t bits) {
    object_kinds[kind].let_go(bits);
    return object_kinds[kind].destroy(bits);
}

/* When no other thread uses them any more. A thread that is still starting is busy for a moment. */
void objects_destroy_all(void) {
    uint64_t deadline = now() + UINT64_C(10000000000);
    for (enum kind kind = 0; kind < KINDS; kind++) {
        /* In turn: a made-up handle can have been that of a condition's own rlock, and another
         * condition been made on it. */
        for (unsigned turn = 0; objects_count(kind); turn++) {
            uint64_t bits = objects_live(kind, turn);
            int32_t status = destroy_one(kind, bits);
            if (status == THREADING_OK || status == THREADING_DESTROYED) {
                objects_forget(kind, bits, false);
                atomic_fetch_add(&objects_destroyed[kind], status == THREADING_OK);
            } else if (now() > deadline) {
                fprintf(report, "%s %#llx: %s\n", object_kinds[kind].name, (unsigned long long)bits,
                        threading_status_name(status));
                fail("at the end, with nobody there, every object can be destroyed");
            } else {
                objects_sweep();
            }
        }
    }
}
