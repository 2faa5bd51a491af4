/* Threads, timers and locals: every result is seen, every timer fires or is cancelled, every value
 * that was made is destroyed. */
#include "soak.h"

#include <string.h>

/* ---- timers ---- */

enum { TIMERS = 32 };

struct timed {
    threading_timer timer;
    double due;
    bool pending;
    atomic_int fired;
};

static struct timed timed[MOST_PLAYERS][TIMERS];
static atomic_long started, fired, cancelled;

static void *fire(void *arg) {
    struct timed *one = arg;
    EXPECT(threading_monotonic() >= one->due);
    EXPECT(threading_get_ident() == threading_thread_ident(threading_timer_thread(one->timer)));
    EXPECT(atomic_fetch_add(&one->fired, 1) == 0);
    atomic_fetch_add(&fired, 1);
    return one;
}

static void settle(struct timed *one) {
    void *result = NULL;
    threading_thread thread = threading_timer_thread(one->timer);
    OK(threading_thread_join(thread));
    OK(threading_thread_result(thread, &result));
    EXPECT(result == (atomic_load(&one->fired) ? one : NULL));
    OK(threading_timer_destroy(one->timer));
    one->pending = false;
}

static void timer_begin(void) {}

static void timer_play(int me, uint64_t *random) {
    struct timed *one = &timed[me][choose(random, TIMERS)];
    if (!one->pending) {
        double interval = choose(random, 3000) * 1e-6;
        atomic_store(&one->fired, 0);
        OK(threading_timer_new(interval, fire, one, &one->timer));
        one->due = threading_monotonic() + interval;
        OK(threading_timer_start(one->timer));
        one->pending = true;
        atomic_fetch_add(&started, 1);
    } else if (choose(random, 2)) {
        bool prevented = false;
        OK(threading_timer_cancel(one->timer, &prevented));
        atomic_fetch_add(&cancelled, prevented);
        settle(one);
        EXPECT(atomic_load(&one->fired) == !prevented);
    } else if (!threading_thread_is_alive(threading_timer_thread(one->timer))) {
        settle(one);
        EXPECT(atomic_load(&one->fired) == 1);
    } else {
        /* not to synchronise: the pace of the load */
        OK(threading_sleep(choose(random, 100) * 1e-6));
    }
}

static void timer_end(void) {
    for (int player = 0; player < timer_game.players; player++) {
        for (int index = 0; index < TIMERS; index++) {
            if (timed[player][index].pending) {
                settle(&timed[player][index]);
            }
        }
    }
    EXPECT(atomic_load(&fired) + atomic_load(&cancelled) == atomic_load(&started));
}

const struct game timer_game = {"timers", 2, timer_begin, timer_play, timer_end, NULL};

/* ---- threads ---- */

static atomic_long spawned, ended;

static void *answer(void *arg) {
    threading_thread me = threading_current_thread();
    EXPECT(threading_thread_ident(me) == threading_get_ident());
    EXPECT(threading_thread_is_alive(me));
    EXPECT(strcmp(threading_current_name(), "answers") == 0);
    atomic_fetch_add(&ended, 1);
    void *result = (void *)((uintptr_t)arg * 2 + 1);
    if ((uintptr_t)arg % 4 == 0) {
        threading_exit(result);
    }
    return result;
}

static void thread_begin(void) {}

static void thread_play(int me, uint64_t *random) {
    (void)me;
    enum { CROWD = 4 };
    threading_thread crowd[CROWD];
    uintptr_t given[CROWD];
    for (int index = 0; index < CROWD; index++) {
        given[index] = (uintptr_t)next_random(random) >> 8;
        OK(threading_thread_spawn("answers", answer, (void *)given[index], &crowd[index]));
        atomic_fetch_add(&spawned, 1);
    }
    EXPECT(threading_active_count() > 1);
    for (int index = 0; index < CROWD; index++) {
        void *result = NULL;
        if (choose(random, 2)) {
            OK(choose(random, 2) ? threading_thread_join(crowd[index])
                                 : threading_thread_join_timeout(crowd[index], 1000));
            EXPECT(!threading_thread_is_alive(crowd[index]));
        }
        OK(threading_thread_finish(crowd[index], &result));
        EXPECT((uintptr_t)result == given[index] * 2 + 1);
        EXPECT(threading_thread_join(crowd[index]) == THREADING_DESTROYED);
    }
}

static void thread_end(void) { EXPECT(atomic_load(&spawned) == atomic_load(&ended)); }

const struct game thread_game = {"threads", 2, thread_begin, thread_play, thread_end, NULL};

/* ---- locals ---- */

enum { LOCALS = 3 };

static threading_local locals[LOCALS];
static atomic_long values_made, values_destroyed;

/* A value is the ident of the thread that it belongs to. */
struct value {
    uint64_t ident;
    atomic_bool used;
};
static struct value values[1024];

static struct value *make_value(void) {
    for (size_t index = 0;; index = (index + 1) % (sizeof values / sizeof *values)) {
        bool used = false;
        if (atomic_compare_exchange_strong(&values[index].used, &used, true)) {
            values[index].ident = threading_get_ident();
            atomic_fetch_add(&values_made, 1);
            return &values[index];
        }
    }
}

static void *init_value(void *ctx) {
    EXPECT(ctx == values);
    return make_value();
}

static void destroy_value(void *value) {
    struct value *one = value;
    EXPECT(one->ident == threading_get_ident() || atomic_load(&over));
    EXPECT(atomic_exchange(&one->used, false));
    atomic_fetch_add(&values_destroyed, 1);
}

static void *use_locals(void *arg) {
    uint64_t random = (uint64_t)(uintptr_t)arg;
    for (int round = 0; round < 4; round++) {
        threading_local local = locals[choose(&random, LOCALS)];
        switch (choose(&random, 4)) {
        case 0:
            OK(threading_local_set(local, make_value()));
            break;
        case 1: {
            threading_status status = threading_local_delete(local);
            EXPECT(status == THREADING_OK || status == THREADING_NO_VALUE);
            /* Where there was none, the initialiser may still run. */
            EXPECT(status == THREADING_NO_VALUE || threading_local_get(local) == NULL);
            break;
        }
        default: {
            struct value *value = threading_local_get(local);
            EXPECT(value == NULL || value->ident == threading_get_ident());
        }
        }
    }
    return NULL;
}

static void local_begin(void) {
    for (int index = 0; index < LOCALS; index++) {
        OK(threading_local_new(init_value, destroy_value, values, &locals[index]));
    }
}

static void local_play(int me, uint64_t *random) {
    (void)me;
    threading_thread thread;
    void *arg = (void *)(uintptr_t)next_random(random);
    use_locals(arg);
    OK(threading_thread_spawn(NULL, use_locals, arg, &thread));
    OK(threading_thread_finish(thread, NULL));
}

/* The players have ended, so only what they leave behind could be left. */
static void local_end(void) {
    for (int index = 0; index < LOCALS; index++) {
        OK(threading_local_destroy(locals[index]));
    }
    EXPECT(atomic_load(&values_made) == atomic_load(&values_destroyed));
}

const struct game local_game = {"locals", 2, local_begin, local_play, local_end, NULL};
