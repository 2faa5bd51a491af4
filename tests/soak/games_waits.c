/* Events and barriers, whole and broken ones, and objects that live for a moment. */
#include "soak.h"

#include <sched.h>

/* ---- a turn goes to and fro between two events ---- */

static threading_event turns[2];
static atomic_bool has_turn;
static atomic_long turns_taken[2];

static void event_begin(void) {
    OK(threading_event_new(&turns[0]));
    OK(threading_event_new(&turns[1]));
    OK(threading_event_set(turns[0]));
}

static void event_play(int me, uint64_t *random) {
    threading_status status =
        threading_event_wait_timeout(turns[me], choose(random, 2) ? 0.02 : 1e-5);
    if (status == THREADING_TIMEOUT) {
        return;
    }
    EXPECT(status == THREADING_OK);
    EXPECT(threading_event_is_set(turns[me]));
    OK(threading_event_clear(turns[me]));
    EXPECT(!atomic_exchange(&has_turn, true));
    atomic_fetch_add(&turns_taken[me], 1);
    EXPECT(atomic_exchange(&has_turn, false));
    OK(threading_event_set(turns[1 - me]));
}

static void event_end(void) {
    long ahead = atomic_load(&turns_taken[0]) - atomic_load(&turns_taken[1]);
    EXPECT(ahead == 0 || ahead == 1);
    EXPECT(threading_event_is_set(turns[ahead]));
    EXPECT(!threading_event_is_set(turns[1 - ahead]));
    OK(threading_event_destroy(turns[0]));
    OK(threading_event_destroy(turns[1]));
}

const struct game event_game = {"events", 2, event_begin, event_play, event_end, NULL};

/* ---- cycles that nobody leaves early ---- */

enum { PARTIES = 3 };

static threading_barrier barrier;
static long cycle; /* the action's: between two cycles nobody else is awake */
static long rounds[PARTIES];
static bool last_cycle;

static bool count_cycle(void *ctx) {
    (void)ctx;
    cycle++;
    for (int player = 0; player < PARTIES; player++) {
        EXPECT(rounds[player] == cycle);
    }
    /* All see the same, so all stop in the same cycle. */
    last_cycle = atomic_load(&over);
    return true;
}

static void barrier_begin(void) { OK(threading_barrier_new(PARTIES, count_cycle, NULL, &barrier)); }

static void barrier_play(int me, uint64_t *random) {
    size_t index = PARTIES;
    rounds[me]++;
    OK(choose(random, 2) ? threading_barrier_wait(barrier, &index)
                         : threading_barrier_wait_timeout(barrier, 1000, &index));
    EXPECT(index < PARTIES);
    EXPECT(cycle == rounds[me]);
}

static bool barrier_goes_on(void) { return !last_cycle; }

static void barrier_end(void) {
    EXPECT(!threading_barrier_broken(barrier));
    EXPECT(threading_barrier_n_waiting(barrier) == 0);
    OK(threading_barrier_destroy(barrier));
}

const struct game barrier_game = {"barriers",   PARTIES,     barrier_begin,
                                  barrier_play, barrier_end, barrier_goes_on};

/* ---- a barrier that breaks all the time ---- */

static threading_barrier fragile;
static atomic_long passed, cycles_passed;

static bool sometimes(void *ctx) {
    (void)ctx;
    static uint64_t seed = 1; /* the action never runs twice at once */
    if (choose(&seed, 4) == 0) {
        return false;
    }
    atomic_fetch_add(&cycles_passed, 1);
    return true;
}

static void breaking_begin(void) { OK(threading_barrier_new(2, sometimes, NULL, &fragile)); }

static void breaking_play(int me, uint64_t *random) {
    (void)me;
    unsigned way = choose(random, 16);
    if (way == 0) {
        OK(threading_barrier_abort(fragile));
    } else if (way < 4) {
        OK(threading_barrier_reset(fragile));
    } else {
        threading_status status =
            threading_barrier_wait_timeout(fragile, choose(random, 300) * 1e-6, NULL);
        EXPECT(status == THREADING_OK || status == THREADING_TIMEOUT || status == THREADING_BROKEN);
        atomic_fetch_add(&passed, status == THREADING_OK);
    }
}

/* Either all of a cycle pass or none; none if it was broken while its action ran. */
static void breaking_end(void) {
    EXPECT(atomic_load(&passed) % 2 == 0);
    EXPECT(atomic_load(&passed) <= 2 * atomic_load(&cycles_passed));
    OK(threading_barrier_destroy(fragile));
}

const struct game breaking_game = {"broken barriers", 3,   breaking_begin, breaking_play,
                                   breaking_end,      NULL};

/* ---- objects that are used by others when they end ---- */

static _Atomic(uint64_t) shared[KINDS];
static atomic_long churned[KINDS], churn_ended[KINDS];

static void churn_begin(void) {}

static void is_right_or_over(const char *call, threading_status status, threading_status one,
                             threading_status other) {
    object_right(call, status, one, status == THREADING_DESTROYED ? status : other);
}

/* One of each kind: others use it while it is made, used and destroyed. */
static void churn_make(const object_kind *kind, uint64_t *random) {
    uint64_t bits = kind->make_played();
    atomic_fetch_add(&churned[kind - object_kinds], 1);
    atomic_store(&shared[kind - object_kinds], bits);
    for (unsigned count = choose(random, 20); count > 0; count--) {
        kind->play(bits, object_right);
    }
    for (threading_status status = THREADING_BUSY; status != THREADING_OK;) {
        status = kind->destroy(bits);
        EXPECT(status == THREADING_OK || status == THREADING_BUSY);
    }
    atomic_fetch_add(&churn_ended[kind - object_kinds], 1);
    if (kind->traits & OBJECT_RUNS) {
        /* What was given up goes on until it is let go. */
        kind->let_go(bits);
        while (!kind->is_gone(bits)) {
            sched_yield();
        }
    }
    EXPECT(kind->destroy(bits) == THREADING_DESTROYED);
    for (int wait = 0; wait < WAIT_KINDS; wait++) {
        if (&object_kinds[wait_kinds[wait].kind] == kind &&
            (wait_kinds[wait].held || !(kind->traits & OBJECT_OWNED))) {
            EXPECT(wait_kinds[wait].without(bits) == THREADING_DESTROYED);
        }
    }
}

static void churn_play(int me, uint64_t *random) {
    unsigned kind = choose(random, KINDS);
    uint64_t bits = atomic_load(&shared[kind]);
    if (me == 0) {
        churn_make(&object_kinds[kind], random);
    } else if (bits != 0) {
        object_kinds[kind].play(bits, is_right_or_over);
    }
}

static void churn_end(void) {
    for (int kind = 0; kind < KINDS; kind++) {
        EXPECT(atomic_load(&churned[kind]) == atomic_load(&churn_ended[kind]));
    }
}

const struct game churn_game = {"churn", 3, churn_begin, churn_play, churn_end, NULL};
