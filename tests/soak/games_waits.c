/* Events and barriers, whole and broken ones, and objects that live for a moment. */
#include "soak.h"

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
    threading_status status = threading_event_wait_timeout(turns[me], choose(random, 2) ? 0.02 : 1e-5);
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

static void barrier_begin(void) {
    OK(threading_barrier_new(PARTIES, count_cycle, NULL, &barrier));
}

static void barrier_play(int me, uint64_t *random) {
    size_t index = PARTIES;
    rounds[me]++;
    OK(choose(random, 2) ? threading_barrier_wait(barrier, &index) : threading_barrier_wait_timeout(barrier, 1000, &index));
    EXPECT(index < PARTIES);
    EXPECT(cycle == rounds[me]);
}

static bool barrier_goes_on(void) {
    return !last_cycle;
}

static void barrier_end(void) {
    EXPECT(!threading_barrier_broken(barrier));
    EXPECT(threading_barrier_n_waiting(barrier) == 0);
    OK(threading_barrier_destroy(barrier));
}

const struct game barrier_game = {"barriers", PARTIES, barrier_begin, barrier_play, barrier_end, barrier_goes_on};

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

static void breaking_begin(void) {
    OK(threading_barrier_new(2, sometimes, NULL, &fragile));
}

static void breaking_play(int me, uint64_t *random) {
    (void)me;
    unsigned way = choose(random, 16);
    if (way == 0) {
        OK(threading_barrier_abort(fragile));
    } else if (way < 4) {
        OK(threading_barrier_reset(fragile));
    } else {
        threading_status status = threading_barrier_wait_timeout(fragile, choose(random, 300) * 1e-6, NULL);
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

const struct game breaking_game = {"broken barriers", 3, breaking_begin, breaking_play, breaking_end, NULL};

/* ---- objects that are used by others when they end ---- */

static _Atomic(uint64_t) shared_lock, shared_event;
static atomic_long churned, churn_ended;

static void churn_begin(void) {
}

static void churn_make(uint64_t *random) {
    threading_lock lock;
    threading_event event;
    OK(threading_lock_new(&lock));
    OK(threading_event_new(&event));
    atomic_fetch_add(&churned, 2);
    atomic_store(&shared_lock, lock.bits);
    atomic_store(&shared_event, event.bits);
    for (unsigned count = choose(random, 50); count > 0; count--) {
        EXPECT(threading_lock_acquire(lock) == THREADING_OK);
        OK(threading_lock_release(lock));
    }
    OK(threading_event_set(event));
    for (threading_status status = THREADING_BUSY; status != THREADING_OK;) {
        status = threading_lock_destroy(lock);
        EXPECT(status == THREADING_OK || status == THREADING_BUSY);
    }
    for (threading_status status = THREADING_BUSY; status != THREADING_OK;) {
        status = threading_event_destroy(event);
        EXPECT(status == THREADING_OK || status == THREADING_BUSY);
    }
    atomic_fetch_add(&churn_ended, 2);
    EXPECT(threading_lock_acquire(lock) == THREADING_DESTROYED);
    EXPECT(threading_event_wait(event) == THREADING_DESTROYED);
}

static void churn_use(uint64_t *random) {
    threading_lock lock = {atomic_load(&shared_lock)};
    threading_event event = {atomic_load(&shared_event)};
    if (THREADING_IS_NULL(lock) || THREADING_IS_NULL(event)) {
        return;
    }
    threading_status status = threading_lock_acquire_timeout(lock, choose(random, 100) * 1e-6);
    EXPECT(status == THREADING_OK || status == THREADING_TIMEOUT || status == THREADING_DESTROYED);
    if (status == THREADING_OK) {
        OK(threading_lock_release(lock));
    }
    status = threading_event_wait_timeout(event, choose(random, 100) * 1e-6);
    EXPECT(status == THREADING_OK || status == THREADING_TIMEOUT || status == THREADING_DESTROYED);
}

static void churn_play(int me, uint64_t *random) {
    if (me == 0) {
        churn_make(random);
    } else {
        churn_use(random);
    }
}

static void churn_end(void) {
    EXPECT(atomic_load(&churned) == atomic_load(&churn_ended));
}

const struct game churn_game = {"churn", 3, churn_begin, churn_play, churn_end, NULL};
