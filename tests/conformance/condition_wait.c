/* threading_condition_wait and _wait_timeout: what is given up and taken back, what the time means,
 * and who may wait. */
#include "caller.h"
#include "condition_tools.h"

#include <float.h>
#include <sched.h>

CASE(wait_returns_when_notified_and_the_lock_is_held_again) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        attendee waiting[6];
        subject_make(&us, kind);
        meeting at = {.condition = us.condition};
        attendees_start(waiting, &at, 6);
        CHECK_NUMBER(meeting_returned(&at), 0);
        meeting_notify_all(&at);
        attendees_end(waiting, 6);
        CHECK_NUMBER(at.returned, 6);
        subject_end(&us);
    }
}

/* ---- levels ---- */

typedef struct deep {
    subject us;
    int levels;
    bool waiting, limited; /* guarded by the condition's lock */
} deep;

static void waits_deep(worker *self) {
    deep *it = self->context;
    for (int i = 0; i < it->levels; i++) {
        CHECK_STATUS(threading_condition_acquire(it->us.condition), THREADING_OK);
    }
    it->waiting = true;
    CHECK_STATUS(it->limited ? threading_condition_wait_timeout(it->us.condition, CASE_SECONDS)
                             : threading_condition_wait(it->us.condition),
                 THREADING_OK);
    CHECK_NUMBER(subject_depth(&it->us), it->levels);
    for (int i = 0; i < it->levels; i++) {
        CHECK_STATUS(threading_condition_release(it->us.condition), THREADING_OK);
    }
}

CASE(wait_gives_up_every_level_and_takes_them_all_back) {
    static const int levels[] = {1, 2, 3, 100, 100000};
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        for (int i = 0; i < (kind == GIVEN_LOCK ? 1 : 5); i++) {
            deep it = {.levels = levels[i], .limited = i % 2};
            worker other;
            bool waiting = false;
            subject_make(&it.us, kind);
            worker_start(&other, i % WORKER_KINDS, waits_deep, &it);
            while (!waiting) {
                CHECK_STATUS(threading_condition_acquire(it.us.condition), THREADING_OK);
                waiting = it.waiting;
                if (waiting) {
                    CHECK_NUMBER(subject_depth(&it.us), 1);
                    CHECK_STATUS(threading_condition_notify(it.us.condition, 1), THREADING_OK);
                }
                CHECK_STATUS(threading_condition_release(it.us.condition), THREADING_OK);
                case_nap();
            }
            worker_join(&other);
            subject_end(&it.us);
        }
    }
}

CASE(a_timeout_takes_all_levels_back) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        int levels = kind == GIVEN_LOCK ? 1 : 7;
        subject_make(&us, kind);
        for (int i = 0; i < levels; i++) {
            CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        }
        CHECK_STATUS(threading_condition_wait_timeout(us.condition, 0.001), THREADING_TIMEOUT);
        CHECK_NUMBER(subject_depth(&us), levels);
        CHECK_STATUS(threading_condition_wait_timeout(us.condition, 0), THREADING_TIMEOUT);
        CHECK_NUMBER(subject_depth(&us), levels);
        for (int i = 0; i < levels; i++) {
            CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        }
        subject_end(&us);
    }
}

/* ---- who may wait ---- */

/* test_unacquired_wait */
CASE(wait_without_the_lock_is_not_acquired) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        subject_make(&us, kind);
        for (int round = 0; round < 2; round++) {
            CHECK_STATUS(threading_condition_wait(us.condition), THREADING_NOT_ACQUIRED);
            CHECK_STATUS(threading_condition_wait_timeout(us.condition, 0), THREADING_NOT_ACQUIRED);
            CHECK_STATUS(threading_condition_wait_timeout(us.condition, INFINITY),
                         THREADING_NOT_ACQUIRED);
            CHECK(!threading_condition_locked(us.condition));
            CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
            CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        }
        subject_end(&us);
    }
}

static threading_status calls_wait(caller *self) {
    return threading_condition_wait((threading_condition){self->bits});
}

static threading_status calls_wait_timeout(caller *self) {
    return threading_condition_wait_timeout((threading_condition){self->bits}, self->seconds);
}

CASE(wait_on_anothers_rlock_is_not_owner) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        caller other;
        if (kind == GIVEN_LOCK) {
            continue;
        }
        subject_make(&us, kind);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
            caller_start(&other, whose, calls_wait, us.condition.bits, 0);
            caller_end(&other, THREADING_NOT_OWNER);
            caller_start(&other, whose, calls_wait_timeout, us.condition.bits, 0);
            caller_end(&other, THREADING_NOT_OWNER);
            caller_start(&other, whose, calls_wait_timeout, us.condition.bits, INFINITY);
            caller_end(&other, THREADING_NOT_OWNER);
        }
        CHECK_NUMBER(subject_depth(&us), 1);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        subject_end(&us);
    }
}

/* A lock has no owner: held is held, whoever waits. */
CASE(anybody_may_wait_while_a_given_lock_is_held) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        subject us;
        caller other;
        subject_make(&us, GIVEN_LOCK);
        CHECK_STATUS(threading_lock_acquire(us.lock), THREADING_OK);
        caller_start_asleep(&other, whose, calls_wait, us.condition.bits, 0);
        /* Its wait has given the lock up. */
        CHECK_STATUS(threading_lock_acquire(us.lock), THREADING_OK);
        CHECK_STATUS(threading_condition_notify(us.condition, 1), THREADING_OK);
        CHECK_STATUS(threading_lock_release(us.lock), THREADING_OK);
        caller_end(&other, THREADING_OK);
        CHECK(threading_lock_locked(us.lock));
        CHECK_STATUS(threading_lock_release(us.lock), THREADING_OK);
        subject_end(&us);
    }
}

/* ---- the time ---- */

/* test_timeout */
CASE(a_wait_is_never_early) {
    static const double limits[] = {DBL_TRUE_MIN,  1e-9, 1e-6, 1e-5, 0.0001,
                                    0.00123456789, 0.01, 0.1,  0.25};
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        subject_make(&us, kind);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
            for (int round = 0; round < (limits[i] < 0.001 ? 20 : 1); round++) {
                double start = threading_monotonic();
                CHECK_STATUS(threading_condition_wait_timeout(us.condition, limits[i]),
                             THREADING_TIMEOUT);
                CHECK_NOT_EARLY(start, limits[i]);
                CHECK_NUMBER(subject_depth(&us), 1);
            }
        }
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        subject_end(&us);
    }
}

CASE(zero_and_negative_poll) {
    static const double polls[] = {0,      -0.0,     -1e-9,    -1, -100, -THREADING_TIMEOUT_MAX,
                                   -1e100, -DBL_MAX, -INFINITY};
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        subject_make(&us, kind);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        for (size_t i = 0; i < sizeof polls / sizeof polls[0]; i++) {
            CHECK_STATUS(threading_condition_wait_timeout(us.condition, polls[i]),
                         THREADING_TIMEOUT);
            CHECK_NUMBER(subject_depth(&us), 1);
        }
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        subject_end(&us);
    }
}

CASE(nan_and_too_long_are_invalid) {
    static const double refused[] = {NAN, -NAN, 9223372036.000002, 1e100, DBL_MAX};
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        subject_make(&us, kind);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
            CHECK_STATUS(threading_condition_wait_timeout(us.condition, refused[i]),
                         THREADING_INVALID_ARGUMENT);
            CHECK_NUMBER(subject_depth(&us), 1);
        }
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        subject_end(&us);
    }
}

CASE(long_limits_and_infinity_wait_until_notified) {
    static const double limits[] = {1000, 4294967.296, 4294967297.0, THREADING_TIMEOUT_MAX,
                                    INFINITY};
    subject us;
    attendee waiting[5];
    subject_make(&us, OWN_RLOCK);
    meeting at = {.condition = us.condition};
    for (int i = 0; i < 5; i++) {
        attendee_start(&waiting[i], &at, i, limits[i]);
        EVENTUALLY(worker_asleep(&waiting[i].thread));
    }
    CHECK_NUMBER(meeting_returned(&at), 0);
    meeting_notify_all(&at);
    attendees_end(waiting, 5);
    subject_end(&us);
}

/* The time ends the wait for a notify, not the wait for the lock. */
CASE(the_time_does_not_limit_taking_the_lock_back) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        attendee waiting;
        subject_make(&us, kind);
        meeting at = {.condition = us.condition};
        attendee_start(&waiting, &at, kind, 0.01);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        int returned = at.returned;
        for (double start = threading_monotonic(); threading_monotonic() - start < 0.05;) {
            case_nap();
        }
        EVENTUALLY(returned || worker_asleep(&waiting.thread));
        CHECK_NUMBER(at.returned, returned);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        attendee_end(&waiting, THREADING_TIMEOUT);
        subject_end(&us);
    }
}

CASE(a_notified_waiter_returns_only_when_the_lock_is_free) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        attendee waiting[3];
        subject_make(&us, kind);
        meeting at = {.condition = us.condition};
        attendee_start(&waiting[0], &at, 0, -1);
        attendee_start(&waiting[1], &at, 1, 0.3);
        attendee_start(&waiting[2], &at, 2, INFINITY);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_notify_all(us.condition), THREADING_OK);
        /* Beyond the second one's time: it was notified before, so it is told so. */
        for (double start = threading_monotonic(); threading_monotonic() - start < 0.4;) {
            CHECK_NUMBER(at.returned, 0);
            case_nap();
        }
        for (int i = 0; i < 3; i++) {
            EVENTUALLY(worker_asleep(&waiting[i].thread));
        }
        CHECK_NUMBER(at.returned, 0);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        attendees_end(waiting, 3);
        subject_end(&us);
    }
}

CASE(who_gives_up_leaves_the_others_waiting) {
    subject us;
    attendee waiting[9];
    subject_make(&us, GIVEN_LOCK);
    meeting at = {.condition = us.condition};
    for (int i = 0; i < 9; i++) {
        attendee_start(&waiting[i], &at, i, i % 3 == 2 ? INFINITY : 0.005 * i);
    }
    for (int i = 0; i < 9; i++) {
        if (i % 3 != 2) {
            attendee_end(&waiting[i], THREADING_TIMEOUT);
        }
    }
    CHECK_NUMBER(meeting_returned(&at), 6);
    meeting_notify_all(&at);
    for (int i = 2; i < 9; i += 3) {
        attendee_end(&waiting[i], THREADING_OK);
    }
    subject_end(&us);
}

CASE(errno_unchanged) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        subject_make(&us, kind);
        errno = CALLER_ERRNO;
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_wait_timeout(us.condition, 0.002), THREADING_TIMEOUT);
        CHECK_STATUS(threading_condition_wait_timeout(us.condition, NAN),
                     THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_condition_notify_all(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_wait(us.condition), THREADING_NOT_ACQUIRED);
        CHECK_NUMBER(errno, CALLER_ERRNO);
        subject_end(&us);
    }
}

/* ---- what it is for ---- */

typedef struct buffer {
    threading_lock lock;
    threading_condition not_empty, not_full;
    int items, produced, consumed; /* guarded by the lock, as is the sum */
    long long sum;
} buffer;

enum { ROOM = 3, ITEMS = 60000 };

static void produces(worker *self) {
    buffer *all = self->context;
    for (bool more = true; more;) {
        CHECK_STATUS(threading_condition_acquire(all->not_full), THREADING_OK);
        while (all->items == ROOM && all->produced < ITEMS) {
            CHECK_STATUS(threading_condition_wait(all->not_full), THREADING_OK);
        }
        more = all->produced < ITEMS;
        if (more) {
            all->items++;
            all->produced++;
            CHECK_STATUS(threading_condition_notify(all->not_empty, 1), THREADING_OK);
        } else {
            CHECK_STATUS(threading_condition_notify_all(all->not_full), THREADING_OK);
        }
        CHECK_STATUS(threading_condition_release(all->not_full), THREADING_OK);
    }
}

static void consumes(worker *self) {
    buffer *all = self->context;
    for (bool more = true; more;) {
        CHECK_STATUS(threading_lock_acquire(all->lock), THREADING_OK);
        while (all->items == 0 && all->consumed < ITEMS) {
            CHECK_STATUS(threading_condition_wait(all->not_empty), THREADING_OK);
        }
        more = all->items > 0;
        if (more) {
            CHECK(all->items <= ROOM);
            all->items--;
            all->sum += ++all->consumed;
            CHECK_STATUS(threading_condition_notify(all->not_full, 1), THREADING_OK);
        }
        if (all->consumed == ITEMS) {
            CHECK_STATUS(threading_condition_notify_all(all->not_empty), THREADING_OK);
        }
        CHECK_STATUS(threading_lock_release(all->lock), THREADING_OK);
    }
}

CASE(producers_and_consumers_with_a_buffer_of_three) {
    buffer all = {.items = 0};
    worker threads[6];
    CHECK_STATUS(threading_lock_new(&all.lock), THREADING_OK);
    CHECK_STATUS(threading_condition_new_with_lock(all.lock, &all.not_empty), THREADING_OK);
    CHECK_STATUS(threading_condition_new_with_lock(all.lock, &all.not_full), THREADING_OK);
    for (int i = 0; i < 6; i++) {
        worker_start(&threads[i], i / 2 % WORKER_KINDS, i % 2 ? produces : consumes, &all);
    }
    for (int i = 0; i < 6; i++) {
        worker_join(&threads[i]);
    }
    CHECK_NUMBER(all.consumed, ITEMS);
    CHECK_NUMBER(all.sum, (long long)ITEMS * (ITEMS + 1) / 2);
    CHECK_STATUS(threading_condition_destroy(all.not_empty), THREADING_OK);
    CHECK_STATUS(threading_condition_destroy(all.not_full), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(all.lock), THREADING_OK);
}
