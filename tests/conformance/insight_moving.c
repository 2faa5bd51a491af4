/* threading_find_deadlock accuses nobody who moves: threads that take locks in order, whatever else
 * they use and wherever they are interrupted, and programs that use locks as signals.
 *
 * Each case looks 100,000 times, or for half of the time that a case has. The environment's
 * THREADING_LOOKS says another number, and then there is no limit. */
#include "forked.h"
#include "gate.h"
#include "insight_tools.h"

#include <sched.h>

enum { CHILD_IS_FINE = 50, LOOKS = 100000, LOCKS = 12, MOST_MOVERS = 8 };

static atomic_bool over;

/* ---- the looks ---- */

/* Whether the waits, each believed by itself, have a circle: that is what a look would report that
 * does not look again. */
static bool would_be_accused(void) {
    threading_wait all[64];
    size_t count = threading_waits(all, 64);
    for (size_t start = 0; start < count; start++) {
        uint64_t ident = all[start].ident;
        for (size_t step = 0; step <= count && ident != 0; step++) {
            uint64_t next = 0;
            for (size_t i = 0; i < count; i++) {
                bool is_edge = all[i].holder != all[i].ident && isinf(all[i].remaining);
                next = all[i].ident == ident && is_edge ? all[i].holder : next;
            }
            ident = next;
            if (ident == all[start].ident) {
                return true;
            }
        }
    }
    return false;
}

static void accused_print(const threading_wait *found, size_t count) {
    for (size_t i = 0; i < count; i++) {
        fprintf(stderr, "%#llx waits for %#llx, held by %#llx, for %.6f s\n",
                (unsigned long long)found[i].ident, (unsigned long long)found[i].object,
                (unsigned long long)found[i].holder, found[i].seconds);
    }
}

static void look_again_and_again(void) {
    const char *said = getenv("THREADING_LOOKS");
    long looks = said != NULL ? atol(said) : LOOKS, done = 0, at_first_sight = 0;
    double limit = threading_monotonic() + (said != NULL ? INFINITY : CASE_SECONDS / 2);
    if (said != NULL) {
        alarm(0);
    }
    while (done < looks && threading_monotonic() < limit) {
        threading_wait found[MOST_MOVERS];
        size_t count = threading_find_deadlock(found, MOST_MOVERS, NULL);
        accused_print(found, count);
        CHECK_NUMBER(count, 0);
        at_first_sight += done % 8 == 0 && would_be_accused();
        done++;
    }
    printf("%ld looks; one in eight not repeated, of which %ld accused\n", done, at_first_sight);
}

/* ---- threads that move ---- */

typedef struct mover {
    worker thread;
    uint64_t random;
} mover;

static unsigned choose(mover *self, unsigned count) {
    self->random = self->random * UINT64_C(6364136223846793005) + 1;
    return (unsigned)(self->random >> 33) % count;
}

static threading_lock locks[LOCKS];
static threading_rlock rlocks[LOCKS];

/* Every other one is an rlock. */
static void take(unsigned number) {
    CHECK_STATUS(number % 2 == 0 ? threading_lock_acquire(locks[number])
                                 : threading_rlock_acquire(rlocks[number]),
                 THREADING_OK);
}

static void give(unsigned number) {
    CHECK_STATUS(number % 2 == 0 ? threading_lock_release(locks[number])
                                 : threading_rlock_release(rlocks[number]),
                 THREADING_OK);
}

static void make_locks(void) {
    for (int i = 0; i < LOCKS; i++) {
        CHECK_STATUS(threading_lock_new(&locks[i]), THREADING_OK);
        CHECK_STATUS(threading_rlock_new(&rlocks[i]), THREADING_OK);
    }
}

static void take_two(mover *self) {
    unsigned first = choose(self, LOCKS - 1);
    unsigned second = first + 1 + choose(self, LOCKS - 1 - first);
    take(first);
    take(second);
    if (choose(self, 16) == 0) {
        sched_yield();
    }
    give(second);
    give(first);
}

static void moves(worker *self) {
    while (!atomic_load(&over)) {
        take_two(self->context);
    }
}

static void movers_start(mover *all, int count, void (*body)(worker *)) {
    for (int i = 0; i < count; i++) {
        all[i].random = (uint64_t)i * 4711;
        worker_start(&all[i].thread, i % WORKER_KINDS, body, &all[i]);
    }
}

static void movers_end(mover *all, int count) {
    atomic_store(&over, true);
    for (int i = 0; i < count; i++) {
        worker_join(&all[i].thread);
    }
}

CASE(threads_that_take_locks_in_order_are_never_accused) {
    mover all[MOST_MOVERS];
    make_locks();
    movers_start(all, MOST_MOVERS, moves);
    look_again_and_again();
    movers_end(all, MOST_MOVERS);
}

/* ---- with everything else beside ---- */

static threading_condition condition;
static threading_rwlock rwlock;
static threading_semaphore semaphore;
static threading_event event;

static void *takes_two(void *arg) {
    take_two(arg);
    return arg;
}

/* A condition's lock is taken before all others, and what waits holds nothing else. */
static void meet(mover *self) {
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    if (choose(self, 2) == 0) {
        CHECK_STATUS(threading_condition_notify_all(condition), THREADING_OK);
        take_two(self);
    } else {
        (void)threading_condition_wait_timeout(condition, 0.0002);
    }
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
}

static void spawn_and_join(mover *self) {
    threading_thread thread;
    mover other = {.random = self->random};
    CHECK_STATUS(threading_thread_spawn(NULL, takes_two, &other, &thread), THREADING_OK);
    if (choose(self, 2) == 0) {
        take_two(self);
    }
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

static void uses_everything(worker *thread) {
    mover *self = thread->context;
    while (!atomic_load(&over)) {
        switch (choose(self, 32)) {
        case 0:
            spawn_and_join(self);
            break;
        case 1:
        case 2:
        case 3:
            meet(self);
            break;
        case 4:
            CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
            take_two(self);
            CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
            break;
        case 5:
            CHECK_STATUS(threading_event_set(event), THREADING_OK);
            break;
        case 6:
            (void)threading_event_wait_timeout(event, 0.0001);
            CHECK_STATUS(threading_event_clear(event), THREADING_OK);
            break;
        case 7:
            CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
            take_two(self);
            CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
            break;
        case 8:
            CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
            take_two(self);
            CHECK_STATUS(threading_rwlock_release_write(rwlock), THREADING_OK);
            break;
        default:
            take_two(self);
        }
    }
}

static void make_everything(void) {
    make_locks();
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    CHECK_STATUS(threading_rwlock_new(&rwlock), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(2, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
}

CASE(threads_that_use_everything_are_never_accused) {
    enum { MOVERS = 6 };
    mover all[MOVERS];
    make_everything();
    movers_start(all, MOVERS, uses_everything);
    look_again_and_again();
    movers_end(all, MOVERS);
}

CASE(children_forked_in_the_middle_find_nothing_and_dump) {
    enum { MOVERS = 6, FORKS = 100 };
    mover all[MOVERS];
    make_everything();
    movers_start(all, MOVERS, uses_everything);
    for (int round = 0; round < FORKS; round++) {
        pid_t child = forked();
        if (child == 0) {
            threading_wait wait;
            CHECK_NUMBER(deadlock_size(), 0);
            CHECK_NUMBER(threading_waits(&wait, 1), 0);
            free(dumped(threading_dump_json));
            char *text = dumped(threading_dump);
            CHECK_HAS(text, " 1 thread, 0 waiting, 0 sleeping, no deadlock");
            CHECK_LACKS(text, "has not called the library");
            free(text);
            _exit(CHILD_IS_FINE);
        }
        CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
        CHECK_NUMBER(deadlock_size(), 0);
    }
    movers_end(all, MOVERS);
}

/* ---- locks as signals ---- */

/* A lock that one thread takes twice, and another releases. */
static _Atomic uint64_t mailbox; /* 0: the last has been */

static void takes_twice(worker *self) {
    (void)self;
    while (!atomic_load(&over)) {
        threading_lock fresh;
        CHECK_STATUS(threading_lock_new(&fresh), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(fresh), THREADING_OK);
        atomic_store(&mailbox, fresh.bits);
        CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(fresh), THREADING_OK);
        CHECK_STATUS(threading_lock_release(fresh), THREADING_OK);
        CHECK_STATUS(threading_lock_destroy(fresh), THREADING_OK);
    }
    atomic_store(&mailbox, 0);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
}

static void releases_anothers(worker *self) {
    (void)self;
    for (;;) {
        CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
        threading_lock theirs = {atomic_load(&mailbox)};
        if (THREADING_IS_NULL(theirs)) {
            break;
        }
        CHECK_STATUS(threading_lock_release(theirs), THREADING_OK);
    }
}

CASE(a_thread_that_waits_for_a_lock_which_it_took_itself_is_never_accused) {
    mover takes, releases;
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    movers_start(&takes, 1, takes_twice);
    movers_start(&releases, 1, releases_anothers);
    look_again_and_again();
    movers_end(&takes, 1);
    worker_join(&releases.thread);
}

/* Each waits for its own lock, and releases the next one's. */
static void passes_on(worker *thread) {
    unsigned me = (unsigned)(((mover *)thread->context)->random / 4711);
    while (!atomic_load(&over)) {
        CHECK_STATUS(threading_lock_acquire(locks[me]), THREADING_OK);
        threading_status status = threading_lock_release(locks[(me + 1) % 3]);
        CHECK(status == THREADING_OK || atomic_load(&over));
    }
    /* Who leaves before its turn lets the others go on. */
    (void)threading_lock_release(locks[(me + 1) % 3]);
}

CASE(a_turn_that_goes_round_by_locks_is_never_a_deadlock) {
    mover all[3];
    make_locks();
    CHECK_STATUS(threading_lock_acquire(locks[1]), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(locks[2]), THREADING_OK);
    movers_start(all, 3, passes_on);
    look_again_and_again();
    movers_end(all, 3);
}

/* ---- Python's own condition, which is made of locks ---- */

static threading_lock outer;
static struct {
    threading_lock waiting[MOST_MOVERS]; /* guarded by the outer lock */
    int count;
} pythons;

static void python_waits(void) {
    threading_lock own;
    CHECK_STATUS(threading_lock_new(&own), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(own), THREADING_OK);
    pythons.waiting[pythons.count++] = own;
    CHECK_STATUS(threading_lock_release(outer), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(own), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(outer), THREADING_OK);
    CHECK_STATUS(threading_lock_release(own), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(own), THREADING_OK);
}

static void python_notifies_all(void) {
    while (pythons.count > 0) {
        CHECK_STATUS(threading_lock_release(pythons.waiting[--pythons.count]), THREADING_OK);
    }
}

static void waits_and_notifies(worker *thread) {
    mover *self = thread->context;
    while (!atomic_load(&over)) {
        CHECK_STATUS(threading_lock_acquire(outer), THREADING_OK);
        if (!atomic_load(&over) && choose(self, 2) == 0 && pythons.count < MOST_MOVERS / 2 - 1) {
            python_waits();
        } else {
            python_notifies_all();
        }
        CHECK_STATUS(threading_lock_release(outer), THREADING_OK);
    }
    CHECK_STATUS(threading_lock_acquire(outer), THREADING_OK);
    python_notifies_all();
    CHECK_STATUS(threading_lock_release(outer), THREADING_OK);
}

CASE(a_condition_made_of_locks_is_never_accused) {
    enum { MOVERS = MOST_MOVERS / 2 };
    mover all[MOVERS];
    CHECK_STATUS(threading_lock_new(&outer), THREADING_OK);
    movers_start(all, MOVERS, waits_and_notifies);
    look_again_and_again();
    movers_end(all, MOVERS);
}
