/* The memory of an object that was ended is used for the next one, whichever thread ended it and
 * whether that thread lives. */
#include "../objects.h"
#include "case.h"
#include "worker.h"

#include <sched.h>

enum { THREADS = 200 };

/* One of each kind, made and ended. */
typedef struct {
    uint64_t handles[KINDS];
} made;

static void make_and_end(made *all) {
    /* From here on the library knows the thread, and hears of its end. */
    (void)threading_get_ident();
    for (int kind = 0; kind < KINDS; kind++) {
        all->handles[kind] = object_kinds[kind].make(FRESH);
        object_kinds[kind].end(all->handles[kind]);
    }
}

static void makes_and_ends(worker *self) { make_and_end(self->context); }

static uint32_t index_of(uint64_t handle) { return (uint32_t)handle; }

static uint32_t higher(uint32_t highest, uint64_t handle) {
    return index_of(handle) > highest ? index_of(handle) : highest;
}

static void check_used_again(worker_kind kind) {
    made first, last;
    worker thread;
    for (int i = 0; i < THREADS; i++) {
        worker_start(&thread, kind, makes_and_ends, i == 0 ? &first : &last);
        worker_join(&thread);
    }
    for (int i = 0; i < KINDS; i++) {
        CHECK(last.handles[i] != first.handles[i]);
        /* One thread at a time, and one object of each kind at a time: a slot or two are enough for
         * all of them. */
        CHECK(index_of(last.handles[i]) <= index_of(first.handles[i]) + 2);
    }
}
CASE(threads_that_end_leave_their_slots_to_the_next) { check_used_again(OURS); }
CASE(threads_that_the_library_did_not_start_leave_their_slots_to_the_next) {
    check_used_again(FOREIGN);
}

CASE(a_slot_is_used_again_by_the_thread_that_ended_it) {
    made first, second;
    make_and_end(&first);
    make_and_end(&second);
    for (int i = 0; i < KINDS; i++) {
        CHECK(second.handles[i] != first.handles[i]);
        CHECK_NUMBER(index_of(second.handles[i]), index_of(first.handles[i]));
    }
}

static void ends_event(worker *self) {
    threading_event *event = self->context;
    CHECK_STATUS(threading_event_destroy(*event), THREADING_OK);
}

CASE(slots_go_round_between_who_makes_and_who_ends) {
    uint32_t highest = 0;
    for (int i = 0; i < THREADS; i++) {
        threading_event event;
        worker thread;
        CHECK_STATUS(threading_event_new(&event), THREADING_OK);
        highest = higher(highest, event.bits);
        worker_start(&thread, i % WORKER_KINDS, ends_event, &event);
        worker_join(&thread);
    }
    CHECK(highest <= 2);
}

static void *waits_for_event(void *event) {
    CHECK_STATUS(threading_event_wait(*(threading_event *)event), THREADING_OK);
    return NULL;
}

/* Nobody owns its handle any more when it ends: its record ends with it. */
CASE(records_of_threads_that_were_given_up_are_used_again) {
    uint32_t highest = 0;
    for (int i = 0; i < THREADS; i++) {
        threading_event event;
        threading_thread thread;
        CHECK_STATUS(threading_event_new(&event), THREADING_OK);
        CHECK_STATUS(threading_thread_spawn(NULL, waits_for_event, &event, &thread), THREADING_OK);
        highest = higher(highest, thread.bits);
        CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
        CHECK_STATUS(threading_event_set(event), THREADING_OK);
        while (threading_active_count() > 1) {
            sched_yield();
        }
        CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
    }
    /* The next one may be made before the last one has let go of its record. */
    CHECK(highest <= 8);
}
