/* Where waits may be, and what does not end them: signals, cancellation, a thread's last moments,
 * exit. Rules 4 and 6, for each call that can block. */
#include "signalled.h"
#include "waits.h"

#include <math.h>
#include <stdlib.h>

/* ---- signals ---- */

static atomic_int signals;

static void counts(int signal) {
    (void)signal;
    atomic_fetch_add(&signals, 1);
}

enum { MILLISECOND = 1000000 };

static threading_status calls_while_signalled(caller *self) {
    atomic_store(&signals, 0);
    timer_t timer = signalled_begin(SIGUSR1, MILLISECOND, MILLISECOND);
    double start = threading_monotonic();
    threading_status status = calls_scene(self);
    if (status == THREADING_TIMEOUT) {
        CHECK_NOT_EARLY(start, self->seconds);
    }
    signalled_end(timer);
    return status;
}

CASE(a_thousand_signals_a_second_do_not_end_an_endless_wait) {
    signalled_handle(SIGUSR1, counts);
    for (int i = 0; i < WAIT_KINDS; i++) {
        static const double limits[] = {-1, INFINITY, 1000};
        for (int way = 0; way < 3; way++) {
            scene at;
            caller other;
            scene_open(&at, &wait_kinds[i]);
            caller_start(&other, way % WORKER_KINDS, calls_while_signalled, scene_bits(&at),
                         limits[way]);
            EVENTUALLY(atomic_load(&signals) >= 50);
            CHECK(!atomic_load(&other.returned));
            EVENTUALLY(worker_asleep(&other.thread));
            at.kind->comes(at.bits);
            caller_end(&other, THREADING_OK);
            scene_close(&at);
        }
    }
}

/* Were the wait begun anew at each signal, it would not end while they go on. */
CASE(a_thousand_signals_a_second_neither_end_nor_lengthen_a_wait) {
    signalled_handle(SIGUSR1, counts);
    for (int i = 0; i < WAIT_KINDS; i++) {
        for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
            scene at;
            caller other;
            scene_open(&at, &wait_kinds[i]);
            caller_start(&other, whose, calls_while_signalled, scene_bits(&at), 0.15);
            caller_end(&other, THREADING_TIMEOUT);
            CHECK(atomic_load(&signals) >= 3);
            if (at.kind->held) {
                at.kind->comes(at.bits);
            }
            scene_close(&at);
        }
    }
}

/* ---- cancellation ---- */

static atomic_int went_on;

static threading_status calls_and_goes_on(caller *self) {
    threading_status status = calls_scene(self);
    atomic_fetch_add(&went_on, 1);
    return status;
}

/* No call is a cancellation point: it takes effect at the next one after it, here in none. */
CASE(cancellation_does_not_end_a_wait) {
    for (int i = 0; i < WAIT_KINDS; i++) {
        scene at;
        caller other;
        scene_open(&at, &wait_kinds[i]);
        caller_start_asleep(&other, FOREIGN, calls_and_goes_on, scene_bits(&at),
                            i % 2 ? -1 : INFINITY);
        CHECK_NUMBER(pthread_cancel(other.thread.foreign), 0);
        for (int nap = 0; nap < 20; nap++) {
            case_nap();
        }
        EVENTUALLY(worker_asleep(&other.thread));
        CHECK_NUMBER(atomic_load(&went_on), i);
        at.kind->comes(at.bits);
        caller_end(&other, THREADING_OK);
        CHECK_NUMBER(atomic_load(&went_on), i + 1);
        scene_close(&at);
    }
}

/* ---- the last moments of a thread ---- */

static pthread_key_t key;
static atomic_int waited;

static void waits_in_a_destructor(void *value) {
    caller *me = value;
    if (me->index > 0) {
        me->index--;
        CHECK_NUMBER(pthread_setspecific(key, me), 0);
        return;
    }
    /* The fourth round, in which the library counts the thread as ended. */
    worker_arrives(&me->thread);
    me->status = calls_scene(me);
    atomic_fetch_add(&waited, 1);
}

static void has_a_destructor(worker *self) {
    caller *me = self->context;
    CHECK_NUMBER(pthread_setspecific(key, me), 0);
}

CASE(waits_in_thread_local_destructors) {
    CHECK_NUMBER(pthread_key_create(&key, waits_in_a_destructor), 0);
    for (int i = 0; i < WAIT_KINDS; i++) {
        for (int round = 0; round < 8; round++) {
            scene at;
            caller other = {.bits = scene_bits(&at), .seconds = -1, .index = (size_t)(round / 2)};
            int before = atomic_load(&waited);
            scene_open(&at, &wait_kinds[i]);
            worker_start(&other.thread, round % WORKER_KINDS, has_a_destructor, &other);
            EVENTUALLY(worker_asleep(&other.thread));
            at.kind->comes(at.bits);
            EVENTUALLY(atomic_load(&waited) == before + 1);
            worker_join(&other.thread);
            CHECK_STATUS(other.status, THREADING_OK);
            scene_close(&at);
        }
    }
}

/* ---- exit ---- */

static void waits_at_exit(void) {
    for (int i = 0; i < WAIT_KINDS; i++) {
        scene at;
        caller other;
        if (object_kinds[wait_kinds[i].kind].traits & OBJECT_RUNS) {
            continue;
        }
        scene_open(&at, &wait_kinds[i]);
        if (!at.kind->held) {
            CHECK_STATUS(scene_wait_within(&at, 0.001), THREADING_TIMEOUT);
        }
        caller_start_asleep(&other, FOREIGN, calls_scene, scene_bits(&at), -1);
        at.kind->comes(at.bits);
        caller_end(&other, THREADING_OK);
        scene_close(&at);
    }
    puts("all waited");
    fflush(NULL);
}

CHILD(waits_when_it_exits) {
    CHECK_NUMBER(atexit(waits_at_exit), 0);
    CHECK(threading_get_ident() != 0);
    exit(7);
}

CASE(waits_in_an_atexit_handler) {
    static child_outcome outcome;
    run_child("waits_when_it_exits", &outcome);
    CHECK_STRING(outcome.output, "all waited\n");
    CHECK_NUMBER(outcome.exit_code, 7);
}
