/* threading_contention_top and threading_contention_reset: what is counted of the waits for locks,
 * rlocks, rwlocks and semaphores, and what is not. */
#include "caller.h"
#include "forked.h"
#include "gate.h"
#include "insight_tools.h"

enum { CHILD_IS_FINE = 50, MOST = 64 };

/* The kinds that are counted, behind one face. */
typedef struct counted {
    const char *name;
    threading_kind kind;
    uint64_t (*make)(void);
    threading_status (*acquire)(uint64_t bits, double seconds);
    threading_status (*release)(uint64_t bits);
    threading_status (*destroy)(uint64_t bits);
} counted;

#define MADE(type, new_one)                                                                        \
    static uint64_t type##_make(void) {                                                            \
        threading_##type it;                                                                       \
        CHECK_STATUS(new_one, THREADING_OK);                                                       \
        return it.bits;                                                                            \
    }                                                                                              \
    static threading_status type##_destroy(uint64_t bits) {                                        \
        return threading_##type##_destroy((threading_##type){bits});                               \
    }
#define COUNTED(type, new_one)                                                                     \
    MADE(type, new_one)                                                                            \
    static threading_status type##_acquire(uint64_t bits, double seconds) {                        \
        threading_##type it = {bits};                                                              \
        return seconds < 0 ? threading_##type##_acquire(it)                                        \
                           : threading_##type##_acquire_timeout(it, seconds);                      \
    }                                                                                              \
    static threading_status type##_release(uint64_t bits) {                                        \
        return threading_##type##_release((threading_##type){bits});                               \
    }
COUNTED(lock, threading_lock_new(&it))
COUNTED(rlock, threading_rlock_new(&it))
COUNTED(semaphore, threading_semaphore_new(1, &it))
MADE(rwlock, threading_rwlock_new(&it))

/* It is read for a time, and written without a limit: both are waits for the thread that writes. */
static threading_status rwlock_acquire(uint64_t bits, double seconds) {
    threading_rwlock it = {bits};
    return seconds < 0 ? threading_rwlock_acquire_write(it)
                       : threading_rwlock_acquire_read_timeout(it, seconds);
}
static threading_status rwlock_release(uint64_t bits) {
    threading_rwlock it = {bits};
    return threading_rwlock_write_locked(it) ? threading_rwlock_release_write(it)
                                             : threading_rwlock_release_read(it);
}

static const counted kinds[] = {
    {"lock", THREADING_KIND_LOCK, lock_make, lock_acquire, lock_release, lock_destroy},
    {"rlock", THREADING_KIND_RLOCK, rlock_make, rlock_acquire, rlock_release, rlock_destroy},
    {"rwlock", THREADING_KIND_RWLOCK, rwlock_make, rwlock_acquire, rwlock_release, rwlock_destroy},
    {"semaphore", THREADING_KIND_SEMAPHORE, semaphore_make, semaphore_acquire, semaphore_release,
     semaphore_destroy},
};
#define FOR_EACH_KIND(kind) for (const counted *kind = kinds; kind < kinds + 4; kind++)

/* What is counted of that object; false: nothing, and `*out` is all zero. */
static bool counts_of(uint64_t bits, threading_contention *out) {
    threading_contention all[MOST];
    size_t count = threading_contention_top(all, MOST);
    CHECK(count < MOST);
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        CHECK(i == 0 || all[i].total <= all[i - 1].total);
        CHECK(all[i].waits + all[i].timeouts > 0);
        if (all[i].object == bits) {
            CHECK_NUMBER(out->object, 0);
            *out = all[i];
        }
    }
    return out->object != 0;
}

static void check_uncounted(uint64_t bits) {
    threading_contention found;
    CHECK(!counts_of(bits, &found));
}

/* ---- waiters ---- */

static const counted *kind_of(uint64_t bits) {
    FOR_EACH_KIND(kind) {
        if ((uint64_t)kind->kind == bits >> 58) {
            return kind;
        }
    }
    CHECK(!"a kind that is counted");
    return NULL;
}

static threading_status acquires(caller *self) {
    threading_status status = kind_of(self->bits)->acquire(self->bits, self->seconds);
    if (status == THREADING_OK) {
        CHECK_STATUS(kind_of(self->bits)->release(self->bits), THREADING_OK);
    }
    return status;
}

/* The calling thread holds it until another waits. */
static void is_waited_for_once(uint64_t bits, worker_kind whose) {
    caller other;
    CHECK_STATUS(kind_of(bits)->acquire(bits, -1), THREADING_OK);
    caller_start_asleep(&other, whose, acquires, bits, -1);
    CHECK_STATUS(kind_of(bits)->release(bits), THREADING_OK);
    caller_end(&other, THREADING_OK);
}

/* ---- what is counted ---- */

CASE(a_wait_in_a_queue_is_counted_with_its_time_and_with_who_held_it) {
    FOR_EACH_KIND(kind) {
        uint64_t bits = kind->make();
        double longest = 0, total = 0;
        for (int waits = 1; waits <= 4; waits++) {
            threading_contention found;
            double start = threading_monotonic();
            is_waited_for_once(bits, waits % WORKER_KINDS);
            double passed = threading_monotonic() - start;
            CHECK(counts_of(bits, &found));
            CHECK_NUMBER(found.kind, kind->kind);
            CHECK_NUMBER(found.waits, waits);
            CHECK_NUMBER(found.timeouts, 0);
            CHECK(found.longest > 0 && found.total >= found.longest);
            CHECK(found.total > total && found.total - total <= passed);
            CHECK(found.longest >= longest && found.longest <= passed + longest);
            CHECK(waits > 1 || found.total == found.longest);
            bool is_owned = kind->kind != THREADING_KIND_SEMAPHORE;
            CHECK(found.longest_holder == (is_owned ? threading_get_ident() : 0));
            for (size_t i = 0; i < sizeof found.reserved / sizeof found.reserved[0]; i++) {
                CHECK_NUMBER(found.reserved[i], 0);
            }
            total = found.total;
            longest = found.longest;
        }
    }
}

static uint64_t main_native_id, holders_ident;
static gate is_held = GATE_CLOSED;

static void holds_until_main_waits(worker *self) {
    uint64_t bits = *(uint64_t *)self->context;
    holders_ident = threading_get_ident();
    CHECK_STATUS(lock_acquire(bits, -1), THREADING_OK);
    gate_open(&is_held);
    EVENTUALLY(task_is_asleep(main_native_id));
    CHECK_STATUS(lock_release(bits), THREADING_OK);
}

CASE(the_holder_that_is_told_is_that_of_the_longest_wait) {
    threading_contention found, before;
    worker holder;
    uint64_t bits = lock_make();
    caller other;
    CHECK_STATUS(lock_acquire(bits, -1), THREADING_OK);
    caller_start_asleep(&other, OURS, acquires, bits, -1);
    for (int i = 0; i < 100; i++) {
        /* not to synchronise: whichever wait is longer, its holder is told */
        case_nap();
    }
    CHECK_STATUS(lock_release(bits), THREADING_OK);
    caller_end(&other, THREADING_OK);
    CHECK(counts_of(bits, &before));
    main_native_id = my_native_id();
    worker_start(&holder, OURS, holds_until_main_waits, &bits);
    gate_pass(&is_held);
    CHECK_STATUS(lock_acquire(bits, -1), THREADING_OK);
    worker_join(&holder);
    CHECK(counts_of(bits, &found) && found.waits == 2);
    CHECK(found.longest >= before.longest && found.total > found.longest);
    CHECK(found.longest_holder ==
          (found.longest > before.longest ? holders_ident : threading_get_ident()));
}

CASE(a_wait_that_runs_out_of_time_is_counted_and_its_time_is_not) {
    FOR_EACH_KIND(kind) {
        uint64_t bits = kind->make();
        threading_contention found;
        CHECK_STATUS(kind->acquire(bits, -1), THREADING_OK);
        for (uint64_t timeouts = 1; timeouts <= 3; timeouts++) {
            caller other;
            caller_start(&other, timeouts % WORKER_KINDS, acquires, bits, 0.02);
            caller_end(&other, THREADING_TIMEOUT);
            CHECK(counts_of(bits, &found));
            CHECK_NUMBER(found.timeouts, timeouts);
            CHECK_NUMBER(found.waits, 0);
            CHECK(found.total == 0 && found.longest == 0 && found.longest_holder == 0);
        }
        CHECK_STATUS(kind->release(bits), THREADING_OK);
        is_waited_for_once(bits, OURS);
        CHECK(counts_of(bits, &found));
        CHECK(found.timeouts == 3 && found.waits == 1 && found.total > 0);
    }
}

CASE(what_does_not_wait_in_a_queue_is_not_counted) {
    threading_contention none;
    FOR_EACH_KIND(kind) {
        uint64_t bits = kind->make();
        for (int i = 0; i < 10000; i++) {
            CHECK_STATUS(kind->acquire(bits, i % 2 ? -1.0 : 1000.0), THREADING_OK);
            CHECK_STATUS(kind->release(bits), THREADING_OK);
        }
        CHECK_STATUS(kind->acquire(bits, -1), THREADING_OK);
        for (int i = 0; i < 100; i++) {
            caller other;
            caller_start(&other, i % WORKER_KINDS, acquires, bits, 0);
            caller_end(&other, THREADING_TIMEOUT);
        }
        CHECK_STATUS(kind->release(bits), THREADING_OK);
    }
    CHECK_NUMBER(threading_contention_top(&none, 1), 0);
}

/* A condition's waiter, an event's and a latch's wait for no lock that is held. */
CASE(waits_for_other_kinds_are_not_counted) {
    threading_contention none;
    threading_event event;
    threading_latch latch;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_latch_new(1, &latch), THREADING_OK);
    CHECK_STATUS(threading_event_wait_timeout(event, 0.01), THREADING_TIMEOUT);
    CHECK_STATUS(threading_latch_wait_timeout(latch, 0.01), THREADING_TIMEOUT);
    CHECK_NUMBER(threading_contention_top(&none, 1), 0);
}

CASE(many_threads_are_counted_together) {
    enum { MANY = 8 };
    FOR_EACH_KIND(kind) {
        caller others[MANY];
        threading_contention found;
        uint64_t bits = kind->make();
        CHECK_STATUS(kind->acquire(bits, -1), THREADING_OK);
        for (int i = 0; i < MANY; i++) {
            caller_start_asleep(&others[i], i % WORKER_KINDS, acquires, bits, -1);
        }
        CHECK_STATUS(kind->release(bits), THREADING_OK);
        for (int i = 0; i < MANY; i++) {
            caller_end(&others[i], THREADING_OK);
        }
        CHECK(counts_of(bits, &found));
        CHECK_NUMBER(found.waits, MANY);
        CHECK(found.total > found.longest && found.total <= MANY * found.longest);
    }
}

/* ---- the list ---- */

CASE(the_greatest_total_comes_first_and_a_small_array_gets_those) {
    uint64_t bits[3];
    caller others[3];
    threading_contention all[4], untouched;
    memset(all, 0x5a, sizeof all);
    memset(&untouched, 0x5a, sizeof untouched);
    /* Each of them is held for longer than the one that follows, and within its time. */
    for (int i = 0; i < 3; i++) {
        bits[i] = kinds[i].make();
        CHECK_STATUS(kinds[i].acquire(bits[i], -1), THREADING_OK);
        caller_start_asleep(&others[i], OURS, acquires, bits[i], -1);
    }
    for (int i = 2; i >= 0; i--) {
        CHECK_STATUS(kinds[i].release(bits[i]), THREADING_OK);
        caller_end(&others[i], THREADING_OK);
    }
    CHECK_NUMBER(threading_contention_top(all, 4), 3);
    for (int i = 0; i < 3; i++) {
        CHECK(all[i].object == bits[i]);
    }
    CHECK(memcmp(&all[3], &untouched, sizeof untouched) == 0);
    memset(all, 0x5a, sizeof all);
    CHECK_NUMBER(threading_contention_top(all, 2), 2);
    CHECK(all[0].object == bits[0] && all[1].object == bits[1]);
    CHECK(memcmp(&all[2], &untouched, sizeof untouched) == 0);
    CHECK_NUMBER(threading_contention_top(all, 0), 0);
    CHECK_NUMBER(threading_contention_top(NULL, 0), 0);
    CHECK_NUMBER(threading_contention_top(NULL, 5), 0);
    CHECK(strstr(threading_error_message(), "NULL") != NULL);
}

CASE(a_reset_begins_anew) {
    threading_contention found, none;
    uint64_t bits[3];
    for (int i = 0; i < 3; i++) {
        bits[i] = kinds[i].make();
        is_waited_for_once(bits[i], OURS);
        is_waited_for_once(bits[i], OURS);
    }
    CHECK_STATUS(threading_contention_reset(), THREADING_OK);
    CHECK_NUMBER(threading_contention_top(&none, 1), 0);
    CHECK_STATUS(threading_contention_reset(), THREADING_OK);
    for (int i = 0; i < 3; i++) {
        is_waited_for_once(bits[i], FOREIGN);
        CHECK(counts_of(bits[i], &found));
        CHECK_NUMBER(found.waits, 1);
        CHECK(found.total == found.longest);
    }
}

CASE(what_was_destroyed_is_gone_and_what_comes_in_its_place_begins_anew) {
    threading_contention none;
    FOR_EACH_KIND(kind) {
        for (int round = 0; round < 10; round++) {
            uint64_t bits = kind->make();
            check_uncounted(bits);
            is_waited_for_once(bits, OURS);
            CHECK_STATUS(kind->destroy(bits), THREADING_OK);
            check_uncounted(bits);
            CHECK_NUMBER(threading_contention_top(&none, 1), 0);
        }
    }
}

CASE(a_forked_child_counts_and_resets_for_itself) {
    uint64_t bits[3];
    threading_contention found;
    for (int i = 0; i < 3; i++) {
        bits[i] = kinds[i].make();
        is_waited_for_once(bits[i], OURS);
    }
    pid_t child = forked();
    if (child == 0) {
        for (int i = 0; i < 3; i++) {
            uint64_t before = counts_of(bits[i], &found) ? found.waits : 0;
            is_waited_for_once(bits[i], OURS);
            CHECK(counts_of(bits[i], &found));
            CHECK_NUMBER(found.waits, before + 1);
        }
        CHECK_STATUS(threading_contention_reset(), THREADING_OK);
        CHECK_NUMBER(threading_contention_top(&found, 1), 0);
        is_waited_for_once(bits[0], OURS);
        CHECK_NUMBER(threading_contention_top(&found, 1), 1);
        CHECK(found.object == bits[0]);
        _exit(CHILD_IS_FINE);
    }
    CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
    for (int i = 0; i < 3; i++) {
        CHECK(counts_of(bits[i], &found));
        CHECK_NUMBER(found.waits, 1);
    }
}

/* ---- in a dump ---- */

CASE(a_dump_has_what_was_waited_for) {
    char line[128], member[128];
    uint64_t bits = lock_make();
    char *text = dumped(threading_dump);
    CHECK_LACKS(text, "contention:");
    free(text);
    text = dumped(threading_dump_json);
    CHECK_HAS(text, "\"contention\":[]");
    free(text);
    CHECK_STATUS(threading_lock_set_name((threading_lock){bits}, "busy"), THREADING_OK);
    is_waited_for_once(bits, OURS);
    is_waited_for_once(bits, OURS);
    text = dumped(threading_dump);
    snprintf(line, sizeof line,
             " s lock \"busy\" (0x%016llx), the longest held by \"MainThread\"\n",
             (unsigned long long)bits);
    CHECK_HAS(text, "\ncontention:  waits  timeouts  total wait    longest\n");
    CHECK_HAS(text, line);
    CHECK_HAS(text, "\n                 2         0 ");
    free(text);
    text = dumped(threading_dump_json);
    snprintf(member, sizeof member,
             "\"contention\":[\n  "
             "{\"kind\":\"lock\",\"object\":\"0x%016llx\",\"name\":\"busy\",\"waits\":2,"
             "\"timeouts\":0,\"total\":",
             (unsigned long long)bits);
    CHECK_HAS(text, member);
    free(text);
    CHECK_STATUS(threading_contention_reset(), THREADING_OK);
    text = dumped(threading_dump);
    CHECK_LACKS(text, "contention:");
    free(text);
}

/* The twenty that were waited for longest. */
CASE(a_dump_has_no_more_than_twenty) {
    for (int i = 0; i < 22; i++) {
        is_waited_for_once(lock_make(), OURS);
    }
    char *text = dumped(threading_dump);
    CHECK_NUMBER(times_in(text, ", the longest held by "), 20);
    free(text);
    text = dumped(threading_dump_json);
    CHECK_NUMBER(times_in(text, "\"longest_holder\":"), 22);
    free(text);
}
