/* threading_find_deadlock: circles that were planted are found at once, with their threads in
 * order and rightly named, and are gone once they are broken. That nobody else is accused shows
 * insight_moving.c.
 *
 * The environment's THREADING_ROUNDS says how many circles each of the first three cases plants,
 * instead of 334. */
#include "caller.h"
#include "forked.h"
#include "insight_circle.h"

enum { CHILD_IS_FINE = 50, ROUNDS = 334 };

static uint64_t seed;
static unsigned choose(unsigned count) {
    seed = seed * UINT64_C(6364136223846793005) + 1;
    return (unsigned)(seed >> 33) % count;
}

/* ---- every size, every mix ---- */

/* Of one kind alone, and then of any. */
static void mix(int round, int size, edge *edges) {
    for (int i = 0; i < size; i++) {
        edges[i] = round < 9 ? (edge)(round / 3) : (edge)choose(EDGES);
    }
    if (round >= 9 && round < 15) {
        for (int i = 0; i < size; i++) {
            edges[i] = round < 12 ? BY_WRITE : BY_READ;
        }
    } else if (round >= 9) {
        edges[choose((unsigned)size)] = (edge)choose(3);
    }
}

static void plant_one(int size, const edge *edges) {
    static circle one;
    circle_plant(&one, size, edges);
    check_found(&one);
    if (circle_breakable(&one) < 0) {
        /* Nobody can break it. */
        _exit(CHILD_IS_FINE);
    }
    check_found(&one);
    circle_break(&one);
    check_none_found();
    circle_end(&one);
    check_none_found();
}

static void plant_many(int least_size) {
    const char *said = getenv("THREADING_ROUNDS");
    int rounds = said != NULL ? atoi(said) : ROUNDS, certain = 0;
    if (said != NULL) {
        alarm(0);
    }
    for (int round = 0; round < rounds; round++) {
        edge edges[MOST_SIZE];
        int size = least_size + round % 3;
        bool is_certain = true;
        mix(round, size, edges);
        for (int i = 0; i < size; i++) {
            is_certain = is_certain && !is_by_lock(edges[i]);
        }
        certain += is_certain;
        pid_t child = is_certain ? forked() : 0;
        if (child == 0) {
            plant_one(size, edges);
        } else {
            CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
        }
    }
    printf("%d circles, %d of them certain\n", rounds, certain);
}

CASE(a_circle_of_two_to_four_is_found_at_once_and_gone_once_it_is_broken) { plant_many(2); }
CASE(a_circle_of_five_to_seven_is_found_at_once_and_gone_once_it_is_broken) { plant_many(5); }
CASE(a_circle_of_eight_to_ten_is_found_at_once_and_gone_once_it_is_broken) { plant_many(8); }

/* ---- what is written ---- */

static const edge THREE_LOCKS[] = {BY_LOCK, BY_LOCK, BY_LOCK};

CASE(as_much_of_a_circle_is_written_as_there_is_room_for) {
    circle one = {.size = 0};
    threading_wait found[4], untouched;
    threading_certainty certainty;
    memset(&untouched, 0x5a, sizeof untouched);
    circle_plant(&one, 3, THREE_LOCKS);
    CHECK_NUMBER(threading_find_deadlock(NULL, 0, NULL), 3);
    CHECK_NUMBER(threading_find_deadlock(NULL, 0, &certainty), 3);
    CHECK_NUMBER(certainty, THREADING_CERTAINTY_PROBABLE);
    /* A mistake finds nothing, and changes nothing. */
    CHECK_NUMBER(threading_find_deadlock(NULL, 3, &certainty), 0);
    CHECK_NUMBER(certainty, THREADING_CERTAINTY_PROBABLE);
    for (size_t capacity = 0; capacity <= 4; capacity++) {
        memset(found, 0x5a, sizeof found);
        CHECK_NUMBER(threading_find_deadlock(found, capacity, NULL), 3);
        for (size_t i = 0; i < 4; i++) {
            bool written = i < capacity && i < 3;
            CHECK((memcmp(&found[i], &untouched, sizeof untouched) != 0) == written);
            CHECK(!written || i == 0 || found[i].ident == found[i - 1].holder);
        }
    }
    circle_break(&one);
    circle_end(&one);
}

/* ---- several ---- */

CASE(of_two_circles_one_is_found_and_then_the_other) {
    static const edge edges[] = {BY_RLOCK, BY_JOIN, BY_LOCK, BY_RLOCK};
    circle circles[2] = {{.size = 0}, {.size = 0}};
    threading_wait found[MOST_SIZE];
    circle_plant(&circles[0], 3, THREE_LOCKS);
    circle_plant(&circles[1], 4, edges);
    char *text = dumped(threading_dump);
    CHECK_HAS(text, "DEADLOCK (probable) of 3 threads");
    CHECK_HAS(text, "DEADLOCK (probable) of 4 threads");
    CHECK_HAS(text, "2 deadlocks");
    free(text);
    size_t count = threading_find_deadlock(found, MOST_SIZE, NULL);
    int first = count == 3 ? 0 : 1;
    check_found(&circles[first]);
    circle_break(&circles[first]);
    check_found(&circles[1 - first]);
    circle_end(&circles[first]);
    check_found(&circles[1 - first]);
    circle_break(&circles[1 - first]);
    check_none_found();
    circle_end(&circles[1 - first]);
}

static threading_status acquires(caller *self) {
    threading_lock lock = {self->bits};
    threading_status status = threading_lock_acquire(lock);
    return status == THREADING_OK ? threading_lock_release(lock) : status;
}

static threading_status joins(caller *self) {
    return threading_thread_join((threading_thread){self->bits});
}

/* They wait as long as those do, and yet are none of them. */
CASE(who_waits_for_a_member_is_no_member) {
    enum { WAITERS = 6 };
    static const edge edges[] = {BY_LOCK, BY_RLOCK, BY_JOIN};
    circle one = {.size = 0};
    caller behind[WAITERS], farther[WAITERS / 2];
    circle_plant(&one, 3, edges);
    for (int i = 0; i < WAITERS; i++) {
        caller_start_asleep(&behind[i], i % WORKER_KINDS, acquires, one.members[0].bits, -1);
        if (i % WORKER_KINDS == OURS) {
            caller_start_asleep(&farther[i / 2], (i / 2) % WORKER_KINDS, joins,
                                behind[i].thread.ours.bits, -1);
        }
        check_found(&one);
    }
    circle_break(&one);
    for (int i = 0; i < WAITERS / 2; i++) {
        caller_end(&farther[i], THREADING_OK);
    }
    for (int i = 0; i < WAITERS; i++) {
        caller_end(&behind[i], THREADING_OK);
    }
    circle_end(&one);
    check_none_found();
}

/* ---- the main thread ---- */

static threading_lock mains;
static atomic_bool looked;

static void looks_and_breaks(worker *self) {
    threading_wait found[2];
    threading_certainty certainty;
    EVENTUALLY(threading_find_deadlock(found, 2, &certainty) != 0);
    CHECK_NUMBER(threading_find_deadlock(found, 2, &certainty), 2);
    CHECK_NUMBER(certainty, THREADING_CERTAINTY_PROBABLE);
    int main_is = THREADING_SAME(found[0].thread, threading_main_thread()) ? 0 : 1;
    CHECK(THREADING_SAME(found[main_is].thread, threading_main_thread()));
    CHECK_NUMBER(found[main_is].kind, THREADING_KIND_THREAD);
    CHECK_NUMBER(found[1 - main_is].kind, THREADING_KIND_LOCK);
    CHECK(found[1 - main_is].object == mains.bits);
    char *text = dumped(threading_dump);
    CHECK(times_in(text, "\"MainThread\" has waited") == 1);
    free(text);
    atomic_store(&looked, true);
    CHECK_STATUS(threading_lock_release(mains), THREADING_OK);
    (void)self;
}

CASE(the_main_thread_may_be_a_member) {
    caller other;
    worker looker;
    CHECK_STATUS(threading_lock_new(&mains), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(mains), THREADING_OK);
    caller_start_asleep(&other, OURS, acquires, mains.bits, -1);
    worker_start(&looker, FOREIGN, looks_and_breaks, NULL);
    CHECK_STATUS(threading_thread_join(other.thread.ours), THREADING_OK);
    CHECK(atomic_load(&looked));
    caller_end(&other, THREADING_OK);
    worker_join(&looker);
}

/* ---- what is none ---- */

/* But a condition's waiter that was notified has no time-out any more. */
CASE(a_wait_that_ends_by_itself_makes_no_deadlock) {
    static const edge edges[] = {BY_LOCK, BY_RLOCK, BY_JOIN, BY_LOCKS_CONDITION};
    for (int limited = 0; limited < 4; limited++) {
        circle one = {.size = 0};
        one.members[limited].limited = true;
        circle_plant(&one, 4, edges);
        if (is_by_condition(edges[limited])) {
            check_found(&one);
        } else {
            for (int look = 0; look < 1000; look++) {
                CHECK_NUMBER(deadlock_size(), 0);
            }
        }
        circle_break(&one);
        circle_end(&one);
    }
}

CASE(a_forked_child_finds_nothing_of_its_parents_deadlocks) {
    circle one = {.size = 0};
    circle_plant(&one, 3, THREE_LOCKS);
    for (int round = 0; round < 20; round++) {
        pid_t child = forked();
        if (child == 0) {
            threading_wait wait;
            check_none_found();
            CHECK_NUMBER(threading_waits(&wait, 1), 0);
            char *text = dumped(threading_dump);
            CHECK_HAS(text, " no deadlock");
            CHECK_HAS(text, " 1 thread, 0 waiting");
            free(text);
            /* It can have its own. */
            circle own = {.size = 0};
            circle_plant(&own, 3, THREE_LOCKS);
            check_found(&own);
            circle_break(&own);
            circle_end(&own);
            _exit(CHILD_IS_FINE);
        }
        CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
        check_found(&one);
    }
    circle_break(&one);
    circle_end(&one);
}

/* ---- locks whose holder has ended ---- */

static void takes_and_ends(worker *self) { member_take_(self->context); }

CASE(a_lock_whose_holder_has_ended_is_abandoned) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        member of = {.number = 0};
        worker holder;
        caller other;
        threading_wait wait;
        member_make_(&of, BY_LOCK);
        CHECK_STATUS(threading_lock_set_name((threading_lock){of.bits}, "left behind"),
                     THREADING_OK);
        worker_start(&holder, whose, takes_and_ends, &of);
        worker_join(&holder);
        char *text = dumped(threading_dump);
        CHECK_LACKS(text, "ABANDONED");
        free(text);
        caller_start_asleep(&other, OURS, acquires, of.bits, -1);
        check_none_found();
        CHECK(wait_of_worker(&other.thread, &wait) && wait.holder != 0);
        text = dumped(threading_dump);
        CHECK_HAS(text, "ABANDONED: lock \"left behind\"");
        CHECK_HAS(text, "which has ended; 1 waiting");
        free(text);
        CHECK_STATUS(threading_lock_release((threading_lock){of.bits}), THREADING_OK);
        caller_end(&other, THREADING_OK);
        text = dumped(threading_dump);
        CHECK_LACKS(text, "ABANDONED");
        free(text);
    }
}
