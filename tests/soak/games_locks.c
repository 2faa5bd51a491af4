/* Locks, rlocks, semaphores and conditions: who holds one is alone, units are conserved, what is
 * put into a queue comes out once. */
#include "soak.h"

#include <math.h>

/* ---- mutual exclusion, by counters that nothing else guards ---- */

enum { LOCKS = 3 };

static struct guarded {
    long first, second;
    atomic_long taken;
} behind_lock[LOCKS], behind_rlock;

/* `first` runs ahead of `second` only while somebody is inside. */
static void inside(struct guarded *guarded) {
    long first = ++guarded->first;
    EXPECT(guarded->second == first - 1);
    guarded->second = first;
    atomic_fetch_add(&guarded->taken, 1);
}

static threading_lock locks[LOCKS];

static void lock_begin(void) {
    for (int index = 0; index < LOCKS; index++) {
        OK(threading_lock_new(&locks[index]));
    }
}

static void lock_play(int me, uint64_t *random) {
    (void)me;
    unsigned which = choose(random, LOCKS);
    threading_lock lock = locks[which];
    threading_status status;
    switch (choose(random, 4)) {
    case 0:
        status = threading_lock_try_acquire(lock);
        break;
    case 1:
        status = threading_lock_acquire_timeout(lock, choose(random, 200) * 1e-6);
        break;
    case 2:
        status = threading_lock_acquire_timeout(lock, INFINITY);
        EXPECT(status == THREADING_OK);
        break;
    default:
        status = threading_lock_acquire(lock);
        EXPECT(status == THREADING_OK);
    }
    EXPECT(status == THREADING_OK || status == THREADING_TIMEOUT);
    if (status == THREADING_OK) {
        inside(&behind_lock[which]);
        EXPECT(threading_lock_locked(lock));
        EXPECT(choose(random, 64) || threading_lock_destroy(lock) == THREADING_BUSY);
        OK(threading_lock_release(lock));
    }
}

static void lock_end(void) {
    for (int index = 0; index < LOCKS; index++) {
        EXPECT(behind_lock[index].first == atomic_load(&behind_lock[index].taken));
        EXPECT(!threading_lock_locked(locks[index]));
        OK(threading_lock_destroy(locks[index]));
    }
}

const struct game lock_game = {"locks", 3, lock_begin, lock_play, lock_end, NULL};

static threading_rlock rlock;

static void rlock_begin(void) { OK(threading_rlock_new(&rlock)); }

static void rlock_play(int me, uint64_t *random) {
    (void)me;
    size_t depth = 1 + choose(random, 4);
    threading_status status =
        choose(random, 2) ? threading_rlock_acquire(rlock)
                          : threading_rlock_acquire_timeout(rlock, choose(random, 100) * 1e-6);
    if (status == THREADING_TIMEOUT) {
        EXPECT(threading_rlock_depth(rlock) == 0);
        EXPECT(threading_rlock_release(rlock) == THREADING_NOT_OWNER ||
               threading_rlock_release(rlock) < 0);
        return;
    }
    EXPECT(status == THREADING_OK);
    for (size_t level = 1; level < depth; level++) {
        EXPECT(threading_rlock_try_acquire(rlock) == THREADING_OK);
    }
    EXPECT(threading_rlock_depth(rlock) == depth);
    EXPECT(threading_rlock_owner(rlock, NULL) == threading_get_ident());
    inside(&behind_rlock);
    for (size_t level = 0; level < depth; level++) {
        OK(threading_rlock_release(rlock));
    }
}

static void rlock_end(void) {
    EXPECT(behind_rlock.first == atomic_load(&behind_rlock.taken));
    EXPECT(threading_rlock_owner(rlock, NULL) == 0);
    OK(threading_rlock_destroy(rlock));
}

const struct game rlock_game = {"rlocks", 2, rlock_begin, rlock_play, rlock_end, NULL};

/* ---- units ---- */

enum { UNITS = 2 };

static threading_semaphore units;
static atomic_int units_taken;

static void semaphore_begin(void) { OK(threading_bounded_semaphore_new(UNITS, &units)); }

static void semaphore_play(int me, uint64_t *random) {
    (void)me;
    threading_status status =
        choose(random, 2) ? threading_semaphore_acquire(units)
                          : threading_semaphore_acquire_timeout(units, choose(random, 200) * 1e-6);
    if (status == THREADING_TIMEOUT) {
        return;
    }
    EXPECT(status == THREADING_OK);
    EXPECT(atomic_fetch_add(&units_taken, 1) < UNITS);
    EXPECT(threading_semaphore_value(units) < UNITS);
    EXPECT(atomic_fetch_sub(&units_taken, 1) <= UNITS);
    OK(threading_semaphore_release(units));
}

static void semaphore_end(void) {
    EXPECT(threading_semaphore_value(units) == UNITS);
    EXPECT(threading_semaphore_release(units) == THREADING_OVERFLOW);
    OK(threading_semaphore_destroy(units));
}

const struct game semaphore_game = {"semaphores",  4,   semaphore_begin, semaphore_play,
                                    semaphore_end, NULL};

/* ---- a queue: two put, two take ---- */

enum { ROOM = 8 };

static threading_lock queue_lock;
static threading_condition not_empty, not_full;
static struct queue {
    uint64_t items[ROOM];
    size_t count;
    uint64_t put, taken, sum_put, sum_taken; /* all guarded by the lock */
} queue;

static bool has_item(void *ctx) { return ((struct queue *)ctx)->count > 0; }

static bool has_room(void *ctx) { return ((struct queue *)ctx)->count < ROOM; }

static void condition_begin(void) {
    OK(threading_lock_new(&queue_lock));
    OK(threading_condition_new_with_lock(queue_lock, &not_empty));
    OK(threading_condition_new_with_lock(queue_lock, &not_full));
}

/* Limits, so that a player whose others have gone home comes to an end. */
static bool wait_until(threading_condition condition, bool (*predicate)(void *), uint64_t *random) {
    if (choose(random, 2)) {
        threading_status status =
            threading_condition_wait_for_timeout(condition, predicate, &queue, 0.02);
        EXPECT(status == THREADING_OK || status == THREADING_TIMEOUT);
        EXPECT(predicate(&queue) == (status == THREADING_OK));
        return status == THREADING_OK;
    }
    double end = threading_monotonic() + 0.02;
    while (!predicate(&queue)) {
        threading_status status =
            threading_condition_wait_timeout(condition, end - threading_monotonic());
        EXPECT(status == THREADING_OK || status == THREADING_TIMEOUT);
        if (status == THREADING_TIMEOUT) {
            return predicate(&queue);
        }
    }
    return true;
}

static void condition_play(int me, uint64_t *random) {
    bool puts = me % 2;
    OK(threading_condition_acquire(puts ? not_full : not_empty));
    if (puts && wait_until(not_full, has_room, random)) {
        uint64_t item = next_random(random);
        queue.items[queue.count++] = item;
        queue.put++;
        queue.sum_put += item;
        OK(choose(random, 8) ? threading_condition_notify(not_empty, 1)
                             : threading_condition_notify_all(not_empty));
    } else if (!puts && wait_until(not_empty, has_item, random)) {
        queue.sum_taken += queue.items[--queue.count];
        queue.taken++;
        OK(choose(random, 8) ? threading_condition_notify(not_full, 1)
                             : threading_condition_notify_all(not_full));
    }
    OK(threading_condition_release(puts ? not_full : not_empty));
}

static void condition_end(void) {
    EXPECT(queue.put == queue.taken + queue.count);
    while (queue.count) {
        queue.sum_taken += queue.items[--queue.count];
    }
    EXPECT(queue.sum_put == queue.sum_taken);
    EXPECT(threading_lock_destroy(queue_lock) == THREADING_BUSY);
    OK(threading_condition_destroy(not_empty));
    OK(threading_condition_destroy(not_full));
    OK(threading_lock_destroy(queue_lock));
}

const struct game condition_game = {"conditions",  4,   condition_begin, condition_play,
                                    condition_end, NULL};
