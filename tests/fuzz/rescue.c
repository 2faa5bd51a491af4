/* A thread that watches the others: it ends waits that nobody else would end, and a run in which
 * nothing moves any more. */
#include "fuzz.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUND_MICROSECONDS = 500, STANDSTILL_SECONDS = 30 };
#define STANDSTILL (STANDSTILL_SECONDS * UINT64_C(1000000000))
static const uint64_t patience = 1000000; /* nanoseconds */

_Atomic(unsigned) sweeps;
static _Atomic(bool) over;
static pthread_t rescuer;

static void cancel_timers(void) {
    for (int index = 0; index < objects_count(KIND_TIMER); index++) {
        threading_timer_cancel((threading_timer){objects_live(KIND_TIMER, (unsigned)index)}, NULL);
    }
}

static void release_locks(void) {
    for (int index = 0; index < objects_count(KIND_LOCK); index++) {
        threading_lock_release((threading_lock){objects_live(KIND_LOCK, (unsigned)index)});
    }
}

static void rescue_condition(uint64_t bits, bool acquires) {
    threading_condition condition = {bits};
    atomic_fetch_add(&sweeps, 1);
    threading_status status =
        acquires ? THREADING_TIMEOUT : threading_condition_acquire_timeout(condition, 1e-4);
    if (status == THREADING_OK) {
        threading_condition_notify_all(condition);
    }
    /* Also if it was not taken: if its lock is a plain one, whoever holds it waits himself, or has
     * gone. */
    if (threading_condition_release(condition) == THREADING_DESTROYED) {
        /* It was destroyed when all its waiters waited for its lock already, and nobody can say any
         * more which that is. */
        release_locks();
    }
    /* Destroyed in between, it leaves its rlock held. */
    objects_sweep();
}

/* Does what another thread of a sound program would do for the one that waits. */
static void rescue(const struct function *function, uint64_t bits) {
    enum kind kind = function->count && function->parameters[0].role == HANDLE
                         ? function->parameters[0].kind
                         : KINDS;
    atomic_fetch_add_explicit(&statistics->rescues, 1, memory_order_relaxed);
    if (kind == KINDS || object_kinds[kind].traits & OBJECT_RUNS) {
        /* A thread's end, or that of the library: what is pending is a timer. */
        cancel_timers();
    } else if (kind == KIND_CONDITION) {
        rescue_condition(bits, strstr(function->name, "acquire") != NULL);
    } else if (object_kinds[kind].traits & OBJECT_OWNED) {
        atomic_fetch_add(&sweeps, 1);
    } else {
        object_kinds[kind].rescue(bits);
    }
}

static void print_owner(const struct function *function, uint64_t bits) {
    if (function->parameters[0].kind == KIND_RLOCK) {
        fprintf(report, "    which is held by %#llx\n",
                (unsigned long long)threading_rlock_owner((threading_rlock){bits}, NULL));
    } else if (function->parameters[0].kind == KIND_CONDITION) {
        threading_condition condition = {bits};
        fprintf(report, "    which is %s, and a poll for it says %s\n",
                threading_condition_locked(condition) ? "held" : "free",
                threading_status_name(threading_condition_acquire_timeout(condition, 0)));
    }
}

static void print_actors(uint64_t time) {
    for (int index = 0; index < MOST_ACTORS; index++) {
        struct actor *actor = &actors[index];
        const struct function *function = atomic_load(&actor->function);
        if (!atomic_load(&actor->seated)) {
            continue;
        }
        fprintf(report, "thread %d, %#llx%s%s: ", index,
                (unsigned long long)atomic_load(&actor->ident), actor->worker ? ", a worker" : "",
                actor->library ? ", of the library" : "");
        if (function) {
            fprintf(report, "for %.1f s in ", (double)(time - atomic_load(&actor->began)) * 1e-9);
            print_arguments(function, actor->arguments);
            print_owner(function, atomic_load(&actor->bits));
        } else {
            fprintf(report, "between two calls\n");
        }
    }
}

static _Noreturn void give_up(uint64_t time) {
    print_actors(time);
    fflush(report);
    abort();
}

/* A call that lasts so long is stuck: whatever it waited for, the rescuer has seen to it long
 * ago. */
static void look_for_standstill(void) {
    static uint64_t seen, seen_at;
    uint64_t time = now();
    uint64_t total = atomic_load(&statistics->total);
    if (total != seen || seen_at == 0) {
        seen = total;
        seen_at = time;
    } else if (time - seen_at > STANDSTILL) {
        fprintf(report, "FAILED: no thread has made a call for %d s\n", STANDSTILL_SECONDS);
        give_up(time);
    }
    for (int index = 0; index < MOST_ACTORS; index++) {
        uint64_t began = atomic_load(&actors[index].began);
        if (atomic_load(&actors[index].seated) && atomic_load(&actors[index].function) &&
            time > began && time - began > STANDSTILL) {
            fprintf(report, "FAILED: a call has lasted for %d s\n", STANDSTILL_SECONDS);
            give_up(time);
        }
    }
}

static void look_at(struct actor *actor) {
    const struct function *function = atomic_load(&actor->function);
    uint64_t time = now();
    uint64_t began = atomic_load(&actor->began);
    if (!atomic_load(&actor->seated) || !function || !function->blocks || time < began + patience) {
        return;
    }
    uint64_t bits = atomic_load(&actor->bits);
    /* If it has gone on meanwhile, the arguments may be those of another call. */
    if (atomic_load(&actor->function) == function && atomic_load(&actor->began) == began) {
        rescue(function, bits);
    }
}

static void *watch(void *arg) {
    (void)arg;
    for (unsigned round = 0; !atomic_load(&over); round++) {
        for (int index = 0; index < MOST_ACTORS; index++) {
            look_at(&actors[index]);
        }
        if (round % 1000 == 0) {
            look_for_standstill();
        }
        /* not to synchronise: how often the rescuer looks, on which no call relies */
        nanosleep(&(struct timespec){.tv_nsec = ROUND_MICROSECONDS * 1000}, NULL);
    }
    return NULL;
}

void rescuer_start(void) {
    atomic_store(&over, false);
    if (pthread_create(&rescuer, NULL, watch, NULL) != 0) {
        fail("the rescuer can be started");
    }
}

void rescuer_stop(void) {
    atomic_store(&over, true);
    pthread_join(rescuer, NULL);
}
