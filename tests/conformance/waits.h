/* Every call of conditions, semaphores, events and barriers that can block, behind one face: a scene in which the call waits,
 * and what ends its wait. */
#ifndef WAITS_H
#define WAITS_H

#include "caller.h"

#include <math.h>

typedef struct scene {
    threading_condition condition;
    threading_semaphore semaphore;
    threading_event event;
    threading_barrier barrier;
    bool ready; /* guarded by the condition's lock: what wait_for waits for */
} scene;

static inline scene *scene_of_(caller *self) { return (scene *)(uintptr_t)self->bits; }

static inline bool scene_is_ready(void *ctx) { return ((scene *)ctx)->ready; }

static inline threading_status wait_condition_acquire_(caller *self) {
    scene *at = scene_of_(self);
    threading_status status = self->seconds < 0 ? threading_condition_acquire(at->condition)
                                                : threading_condition_acquire_timeout(at->condition, self->seconds);
    if (status == THREADING_OK) {
        CHECK_STATUS(threading_condition_release(at->condition), THREADING_OK);
    }
    return status;
}

static inline threading_status wait_condition_(caller *self, bool predicate) {
    threading_condition condition = scene_of_(self)->condition;
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    threading_status status =
        predicate ? (self->seconds < 0
                         ? threading_condition_wait_for(condition, scene_is_ready, scene_of_(self))
                         : threading_condition_wait_for_timeout(condition, scene_is_ready, scene_of_(self), self->seconds))
                  : (self->seconds < 0 ? threading_condition_wait(condition)
                                       : threading_condition_wait_timeout(condition, self->seconds));
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    return status;
}

static inline threading_status wait_condition_wait_(caller *self) { return wait_condition_(self, false); }
static inline threading_status wait_condition_wait_for_(caller *self) { return wait_condition_(self, true); }

static inline threading_status wait_semaphore_(caller *self) {
    scene *at = scene_of_(self);
    return self->seconds < 0 ? threading_semaphore_acquire(at->semaphore)
                             : threading_semaphore_acquire_timeout(at->semaphore, self->seconds);
}

static inline threading_status wait_event_(caller *self) {
    scene *at = scene_of_(self);
    return self->seconds < 0 ? threading_event_wait(at->event) : threading_event_wait_timeout(at->event, self->seconds);
}

static inline threading_status wait_barrier_(caller *self) {
    scene *at = scene_of_(self);
    return self->seconds < 0 ? threading_barrier_wait(at->barrier, &self->index)
                             : threading_barrier_wait_timeout(at->barrier, self->seconds, &self->index);
}

/* Before the wait, and from another thread than the one that waits. */
static inline void begin_nothing_(scene *at) { (void)at; }
static inline void begin_held_(scene *at) { CHECK_STATUS(threading_condition_acquire(at->condition), THREADING_OK); }

static inline void end_held_(scene *at) { CHECK_STATUS(threading_condition_release(at->condition), THREADING_OK); }
static inline void end_notify_(scene *at) {
    CHECK_STATUS(threading_condition_acquire(at->condition), THREADING_OK);
    at->ready = true;
    CHECK_STATUS(threading_condition_notify_all(at->condition), THREADING_OK);
    CHECK_STATUS(threading_condition_release(at->condition), THREADING_OK);
}
static inline void end_release_(scene *at) { CHECK_STATUS(threading_semaphore_release(at->semaphore), THREADING_OK); }
static inline void end_set_(scene *at) { CHECK_STATUS(threading_event_set(at->event), THREADING_OK); }
static inline void end_come_(scene *at) { CHECK_STATUS(threading_barrier_wait(at->barrier, NULL), THREADING_OK); }

typedef struct wait_kind {
    const char *name;
    void (*begin)(scene *at); /* what makes the call wait */
    threading_status (*call)(caller *self); /* `bits` is the scene's address; negative seconds: no limit */
    void (*end)(scene *at); /* what lets it succeed, or undoes `begin` if it has timed out */
} wait_kind;

static const wait_kind wait_kinds[] = {
    {"condition_acquire", begin_held_, wait_condition_acquire_, end_held_},
    {"condition_wait", begin_nothing_, wait_condition_wait_, end_notify_},
    {"condition_wait_for", begin_nothing_, wait_condition_wait_for_, end_notify_},
    {"semaphore_acquire", begin_nothing_, wait_semaphore_, end_release_},
    {"event_wait", begin_nothing_, wait_event_, end_set_},
    {"barrier_wait", begin_nothing_, wait_barrier_, end_come_},
};
enum { WAIT_KINDS = sizeof wait_kinds / sizeof wait_kinds[0] };

static inline void scene_open(scene *self) {
    memset(self, 0, sizeof *self);
    CHECK_STATUS(threading_condition_new(&self->condition), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(0, &self->semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&self->event), THREADING_OK);
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &self->barrier), THREADING_OK);
}

/* Nothing is held, and nobody waits. */
static inline void scene_close(scene *self) {
    CHECK(!threading_condition_locked(self->condition));
    CHECK_STATUS(threading_condition_destroy(self->condition), THREADING_OK);
    CHECK_STATUS(threading_semaphore_destroy(self->semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_destroy(self->event), THREADING_OK);
    CHECK_STATUS(threading_barrier_destroy(self->barrier), THREADING_OK);
}

#endif
