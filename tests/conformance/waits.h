/* Every call that waits, behind one face: a scene in which the call waits, and what ends its wait.
 * What the calls are says objects.def. */
#ifndef WAITS_H
#define WAITS_H

#include "../objects.h"
#include "caller.h"

/* A case for each of the calls, named after it: EACH_WAIT(goes_on) is event_wait_goes_on and so on.
 * It must begin its line, as CASE must. */
#define EACH_WAIT(rest)                                                                            \
    static void rest(const wait_kind *kind);                                                       \
    static void rest##_of_(const void *row) { rest(row); }                                         \
    __attribute__((constructor)) static void rest##_register_(void) {                              \
        static case_entry entries[WAIT_KINDS];                                                     \
        static char names[WAIT_KINDS][96];                                                         \
        for (int i = 0; i < WAIT_KINDS; i++) {                                                     \
            snprintf(names[i], sizeof names[i], "%s_" #rest, wait_kinds[i].name);                  \
            entries[i] = (case_entry){names[i], NULL, false, NULL, rest##_of_, &wait_kinds[i]};    \
            case_register(&entries[i]);                                                            \
        }                                                                                          \
    }                                                                                              \
    static void rest(const wait_kind *kind)

typedef struct scene {
    const wait_kind *kind;
    uint64_t bits;
} scene;

/* Who opens a scene holds what it is about, and is another thread than the one that waits. */
static inline void scene_open(scene *self, const wait_kind *kind) {
    *self = (scene){kind, kind->make()};
    kind->hold(self->bits);
}

/* Nothing is held, and nobody waits. */
static inline void scene_close(const scene *self) {
    object_kinds[self->kind->kind].use(self->bits);
    object_kinds[self->kind->kind].end(self->bits);
}

/* What the wait has taken is given back. */
static inline threading_status scene_waited_(const scene *self, threading_status status) {
    if (status == THREADING_OK && self->kind->held) {
        self->kind->comes(self->bits);
    }
    return status;
}
static inline threading_status scene_wait(const scene *self) {
    return scene_waited_(self, self->kind->without(self->bits));
}
static inline threading_status scene_wait_within(const scene *self, double seconds) {
    return scene_waited_(self, self->kind->within(self->bits, seconds));
}

/* As a caller's call: `bits` is the scene's address; negative seconds: no limit. */
static inline threading_status calls_scene(caller *self) {
    const scene *at = (const scene *)(uintptr_t)self->bits;
    return self->seconds < 0 ? scene_wait(at) : scene_wait_within(at, self->seconds);
}
static inline uint64_t scene_bits(const scene *self) { return (uint64_t)(uintptr_t)self; }

/* Whether it gives up what its caller holds, which is taken back before it returns. */
static inline bool wait_needs_lock(const wait_kind *kind) {
    return kind->kind == KIND_CONDITION && !kind->held;
}

/* ---- all of them at once ---- */

/* Behind those of objects there are two that wait for none. */
enum { WAIT_SLEEP = WAIT_KINDS, WAIT_SHUTDOWN, ALL_WAITS };

static struct {
    scene scenes[WAIT_KINDS];
    threading_thread keeper;
    threading_event open, may_come;
    atomic_bool nobody_waits;
} all_waits;

static inline threading_status wait_within(int which, double seconds) {
    if (which == WAIT_SHUTDOWN) {
        return threading_shutdown_timeout(seconds);
    }
    if (which == WAIT_SLEEP) {
        /* A sleep that was long enough is a wait whose time ran out. */
        /* not to synchronise: it is what is tested */
        threading_status status = threading_sleep(seconds);
        return status == THREADING_OK ? THREADING_TIMEOUT : status;
    }
    return scene_wait_within(&all_waits.scenes[which], seconds);
}

static inline void *keeps_(void *arg) {
    for (int i = 0; i < WAIT_KINDS; i++) {
        scene_open(&all_waits.scenes[i], &wait_kinds[i]);
    }
    CHECK_STATUS(threading_event_set(all_waits.open), THREADING_OK);
    CHECK_STATUS(threading_event_wait(all_waits.may_come), THREADING_OK);
    for (int i = 0; i < WAIT_KINDS; i++) {
        if (wait_kinds[i].held || !atomic_load(&all_waits.nobody_waits)) {
            wait_kinds[i].comes(all_waits.scenes[i].bits);
        }
    }
    return arg;
}

/* Opens a scene of each. A thread that stays keeps what is held. */
static inline void waits_begin(void) {
    CHECK_STATUS(threading_event_new(&all_waits.open), THREADING_OK);
    CHECK_STATUS(threading_event_new(&all_waits.may_come), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("keeps", keeps_, NULL, &all_waits.keeper), THREADING_OK);
    CHECK_STATUS(threading_event_wait(all_waits.open), THREADING_OK);
}

/* A thread waits in each scene, and gets what it waits for. */
static inline void waits_come(void) {
    CHECK_STATUS(threading_event_set(all_waits.may_come), THREADING_OK);
}

/* Nobody waits any more: the thread that stays has ended afterwards, and all scenes are closed. */
static inline void waits_end(void) {
    atomic_store(&all_waits.nobody_waits, true);
    waits_come();
    CHECK_STATUS(threading_thread_finish(all_waits.keeper, NULL), THREADING_OK);
    for (int i = 0; i < WAIT_KINDS; i++) {
        scene_close(&all_waits.scenes[i]);
    }
}

#endif
