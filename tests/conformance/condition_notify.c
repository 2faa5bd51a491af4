/* threading_condition_notify and _notify_all: who is woken, how many, in which order, and that no
 * notify is lost. */
#include "caller.h"
#include "condition_tools.h"

#include <sched.h>
#include <stdlib.h>

/* Those who came from number `from` on are those who returned from then on. Whom one holder has
 * notified together may take the lock in any order. */
static void check_returned(const meeting *at, int from, int count) {
    bool returned[MOST_WAITING] = {false};
    for (int i = from; i < from + count; i++) {
        CHECK(at->order[i] >= from && at->order[i] < from + count && !returned[at->order[i]]);
        returned[at->order[i]] = true;
    }
}

CASE(those_who_came_first_are_notified_first) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        attendee waiting[12];
        subject_make(&us, kind);
        meeting at = {.condition = us.condition};
        attendees_start(waiting, &at, 12);
        for (int i = 0; i < 4; i++) {
            meeting_notify(&at, 1);
            attendee_end(&waiting[i], THREADING_OK);
            CHECK_NUMBER(meeting_returned(&at), i + 1);
        }
        meeting_notify(&at, 3);
        for (int i = 4; i < 7; i++) {
            attendee_end(&waiting[i], THREADING_OK);
        }
        CHECK_NUMBER(meeting_returned(&at), 7);
        meeting_notify_all(&at);
        for (int i = 7; i < 12; i++) {
            attendee_end(&waiting[i], THREADING_OK);
        }
        for (int i = 0; i < 4; i++) {
            check_returned(&at, i, 1);
        }
        check_returned(&at, 4, 3);
        check_returned(&at, 7, 5);
        subject_end(&us);
    }
}

/* A lock that was held for long goes to whoever has waited for it longest: of those that were
 * notified together, to the first who came. */
CASE(of_those_notified_together_the_first_who_came_has_a_long_held_lock_first) {
    for (underneath kind = OWN_RLOCK; kind < UNDERNEATHS; kind++) {
        enum { WAITING = 4 };
        subject it;
        attendee waiting[WAITING];
        subject_make(&it, kind);
        meeting at = {.condition = it.condition};
        attendees_start(waiting, &at, WAITING);
        CHECK_STATUS(threading_condition_acquire(it.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_notify_all(it.condition), THREADING_OK);
        threading_sleep(0.01); /* not to synchronise: the lock is held for long */
        CHECK_STATUS(threading_condition_release(it.condition), THREADING_OK);
        attendees_end(waiting, WAITING);
        CHECK_NUMBER(at.order[0], 0);
        subject_end(&it);
    }
}

/* test_notify */
CASE(notify_wakes_at_most_n) {
    static const size_t numbers[] = {1, 2, 3, 5, 8, 100, SIZE_MAX};
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            enum { WAITERS = 6 };
            int woken = numbers[i] < WAITERS ? (int)numbers[i] : WAITERS;
            subject us;
            attendee waiting[WAITERS];
            subject_make(&us, kind);
            meeting at = {.condition = us.condition};
            attendees_start(waiting, &at, WAITERS);
            meeting_notify(&at, numbers[i]);
            for (int j = 0; j < woken; j++) {
                attendee_end(&waiting[j], THREADING_OK);
            }
            for (int j = woken; j < WAITERS; j++) {
                EVENTUALLY(worker_asleep(&waiting[j].thread));
            }
            CHECK_NUMBER(meeting_returned(&at), woken);
            meeting_notify_all(&at);
            for (int j = woken; j < WAITERS; j++) {
                attendee_end(&waiting[j], THREADING_OK);
            }
            subject_end(&us);
        }
    }
}

CASE(notifies_of_one_holder_add_up) {
    subject us;
    attendee waiting[5];
    subject_make(&us, OWN_RLOCK);
    meeting at = {.condition = us.condition};
    attendees_start(waiting, &at, 5);
    CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_notify(us.condition, 1), THREADING_OK);
    CHECK_STATUS(threading_condition_notify(us.condition, 2), THREADING_OK);
    CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
    attendees_end(waiting, 3);
    EVENTUALLY(worker_asleep(&waiting[3].thread) && worker_asleep(&waiting[4].thread));
    CHECK_NUMBER(meeting_returned(&at), 3);
    meeting_notify(&at, 2);
    attendees_end(waiting + 3, 2);
    check_returned(&at, 0, 3);
    check_returned(&at, 3, 2);
    subject_end(&us);
}

CASE(notify_0_wakes_nobody_and_tells_whether_the_caller_might) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        attendee waiting[2];
        subject_make(&us, kind);
        CHECK_STATUS(threading_condition_notify(us.condition, 0), THREADING_NOT_ACQUIRED);
        meeting at = {.condition = us.condition};
        attendees_start(waiting, &at, 2);
        for (int i = 0; i < 10; i++) {
            meeting_notify(&at, 0);
        }
        EVENTUALLY(worker_asleep(&waiting[0].thread) && worker_asleep(&waiting[1].thread));
        CHECK_NUMBER(meeting_returned(&at), 0);
        meeting_notify_all(&at);
        attendees_end(waiting, 2);
        subject_end(&us);
    }
}

static threading_status calls_notify(caller *self) {
    return threading_condition_notify((threading_condition){self->bits}, (size_t)self->seconds);
}

static threading_status calls_notify_all(caller *self) {
    return threading_condition_notify_all((threading_condition){self->bits});
}

/* test_unacquired_notify */
CASE(notify_without_the_lock_is_not_acquired_or_not_owner) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        attendee waiting;
        caller other;
        subject_make(&us, kind);
        meeting at = {.condition = us.condition};
        attendee_start(&waiting, &at, kind, -1);
        CHECK_STATUS(threading_condition_notify(us.condition, 1), THREADING_NOT_ACQUIRED);
        CHECK_STATUS(threading_condition_notify_all(us.condition), THREADING_NOT_ACQUIRED);
        CHECK_NUMBER(meeting_returned(&at), 0);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        /* A lock has no owner: while it is held anybody may notify. */
        threading_status expected = kind == GIVEN_LOCK ? THREADING_OK : THREADING_NOT_OWNER;
        caller_start(&other, OURS, calls_notify, us.condition.bits, 0);
        caller_end(&other, expected);
        caller_start(&other, FOREIGN, calls_notify, us.condition.bits, 1);
        caller_end(&other, expected);
        caller_start(&other, OURS, calls_notify_all, us.condition.bits, 0);
        caller_end(&other, expected);
        CHECK_NUMBER(at.returned, 0);
        if (kind != GIVEN_LOCK) {
            CHECK_STATUS(threading_condition_notify(us.condition, 1), THREADING_OK);
        }
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        attendee_end(&waiting, THREADING_OK);
        subject_end(&us);
    }
}

CASE(a_notify_is_not_remembered) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        subject_make(&us, kind);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_notify(us.condition, 1), THREADING_OK);
        CHECK_STATUS(threading_condition_notify_all(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_wait_timeout(us.condition, 0), THREADING_TIMEOUT);
        CHECK_STATUS(threading_condition_notify(us.condition, SIZE_MAX), THREADING_OK);
        double start = threading_monotonic();
        CHECK_STATUS(threading_condition_wait_timeout(us.condition, 0.01), THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, 0.01);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        subject_end(&us);
    }
}

/* Each who returns waits again at once, with the notify_all perhaps still at work. */
static void waits_twice(worker *self) {
    attendee *me = self->context;
    meeting *at = me->at;
    CHECK_STATUS(threading_condition_acquire(at->condition), THREADING_OK);
    for (int i = 0; i < 2; i++) {
        at->begun++;
        CHECK_STATUS(threading_condition_wait(at->condition), THREADING_OK);
        at->returned++;
    }
    CHECK_STATUS(threading_condition_release(at->condition), THREADING_OK);
}

CASE(notify_all_wakes_those_alone_who_wait_now) {
    enum { WAITERS = 8 };
    for (int round = 0; round < 60; round++) {
        subject us;
        attendee waiting[WAITERS];
        subject_make(&us, round % UNDERNEATHS);
        meeting at = {.condition = us.condition};
        for (int i = 0; i < WAITERS; i++) {
            waiting[i].at = &at;
            worker_start(&waiting[i].thread, i % WORKER_KINDS, waits_twice, &waiting[i]);
        }
        EVENTUALLY(meeting_begun(&at) == WAITERS);
        meeting_notify_all(&at);
        EVENTUALLY(meeting_begun(&at) == 2 * WAITERS);
        CHECK_NUMBER(meeting_returned(&at), WAITERS);
        meeting_notify_all(&at);
        for (int i = 0; i < WAITERS; i++) {
            worker_join(&waiting[i].thread);
        }
        CHECK_NUMBER(at.returned, 2 * WAITERS);
        subject_end(&us);
    }
}

CASE(who_has_timed_out_is_passed_over) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        attendee waiting[4];
        subject_make(&us, kind);
        meeting at = {.condition = us.condition};
        for (int i = 0; i < 4; i++) {
            attendee_start(&waiting[i], &at, i, i % 2 ? INFINITY : 0.001);
        }
        attendee_end(&waiting[0], THREADING_TIMEOUT);
        attendee_end(&waiting[2], THREADING_TIMEOUT);
        meeting_notify(&at, 1);
        attendee_end(&waiting[1], THREADING_OK);
        CHECK_NUMBER(meeting_returned(&at), 3);
        meeting_notify(&at, 1);
        attendee_end(&waiting[3], THREADING_OK);
        subject_end(&us);
    }
}

/* ---- no notify is lost, none is spent on a time-out ---- */

enum { HASTY = 5, PATIENT = 3, ROUNDS = 3000 };

typedef struct race {
    threading_condition condition;
    int notified, ok, timeouts, patient_begun, patient_ok; /* guarded by the condition */
    bool over;
} race;

typedef struct racer {
    worker thread;
    race *all;
    unsigned seed;
} racer;

static void waits_briefly(worker *self) {
    racer *me = self->context;
    race *all = me->all;
    CHECK_STATUS(threading_condition_acquire(all->condition), THREADING_OK);
    while (!all->over) {
        double seconds = 0.000001 * (double)(rand_r(&me->seed) % 200);
        threading_status status = threading_condition_wait_timeout(all->condition, seconds);
        if (status == THREADING_OK) {
            all->ok++;
        } else {
            CHECK_STATUS(status, THREADING_TIMEOUT);
            all->timeouts++;
        }
        /* The others get the lock, too. */
        CHECK_STATUS(threading_condition_release(all->condition), THREADING_OK);
        CHECK_STATUS(threading_condition_acquire(all->condition), THREADING_OK);
    }
    CHECK_STATUS(threading_condition_release(all->condition), THREADING_OK);
}

static void waits_patiently(worker *self) {
    race *all = ((racer *)self->context)->all;
    CHECK_STATUS(threading_condition_acquire(all->condition), THREADING_OK);
    while (!all->over) {
        all->patient_begun++;
        CHECK_STATUS(threading_condition_wait(all->condition), THREADING_OK);
        all->ok++;
        all->patient_ok++;
    }
    CHECK_STATUS(threading_condition_release(all->condition), THREADING_OK);
}

/* Acquires it when every notify so far has been answered and the patient wait again: each of them
 * is in the queue then. */
static void acquire_when_quiet(race *all) {
    for (double limit = threading_monotonic() + CASE_SECONDS / 2;;) {
        CHECK_STATUS(threading_condition_acquire(all->condition), THREADING_OK);
        CHECK(all->ok <= all->notified);
        if (all->ok == all->notified && all->patient_begun == all->patient_ok + PATIENT) {
            return;
        }
        CHECK_STATUS(threading_condition_release(all->condition), THREADING_OK);
        CHECK(threading_monotonic() < limit);
        sched_yield();
    }
}

CASE(as_many_waits_succeed_as_notifies_met_a_waiter) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        racer racers[HASTY + PATIENT];
        subject_make(&us, kind);
        race all = {.condition = us.condition};
        for (int i = 0; i < HASTY + PATIENT; i++) {
            racers[i].all = &all;
            racers[i].seed = (unsigned)i;
            worker_start(&racers[i].thread, i % WORKER_KINDS,
                         i < HASTY ? waits_briefly : waits_patiently, &racers[i]);
        }
        for (int round = 0; round < ROUNDS; round++) {
            int n = 1 + round % PATIENT;
            acquire_when_quiet(&all);
            /* As many as are notified are surely there: the patient alone would do. */
            all.notified += n;
            CHECK_STATUS(threading_condition_notify(all.condition, (size_t)n), THREADING_OK);
            CHECK_STATUS(threading_condition_release(all.condition), THREADING_OK);
        }
        acquire_when_quiet(&all);
        int ok = all.ok, patient_ok = all.patient_ok, timeouts = all.timeouts;
        CHECK_NUMBER(ok, all.notified);
        all.over = true;
        all.notified += HASTY + PATIENT;
        CHECK_STATUS(threading_condition_notify_all(all.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_release(all.condition), THREADING_OK);
        for (int i = 0; i < HASTY + PATIENT; i++) {
            worker_join(&racers[i].thread);
        }
        printf("%d notifies: %d met the hasty, %d the patient; %d time-outs\n", ok, ok - patient_ok,
               patient_ok, timeouts);
        subject_end(&us);
    }
}

/* One waiter, whose time runs out as it is notified: what it is told decides who the notify was
 * spent on. */
CASE(a_notify_as_the_time_runs_out_goes_to_one_of_two) {
    int first = 0;
    enum { TRIES = 600 };
    for (int round = 0; round < TRIES; round++) {
        subject us;
        attendee waiting[2];
        subject_make(&us, round % UNDERNEATHS);
        meeting at = {.condition = us.condition};
        attendee_start(&waiting[0], &at, 0, 0.0004);
        attendee_start(&waiting[1], &at, 1, INFINITY);
        for (double start = threading_monotonic();
             threading_monotonic() - start < 0.0000005 * round;) {
        }
        meeting_notify(&at, 1);
        worker_join(&waiting[0].thread);
        if (waiting[0].status == THREADING_OK) {
            CHECK_NUMBER(meeting_returned(&at), 1);
            meeting_notify(&at, 1);
            first++;
        } else {
            CHECK_STATUS(waiting[0].status, THREADING_TIMEOUT);
        }
        attendee_end(&waiting[1], THREADING_OK);
        subject_end(&us);
    }
    printf("%d of %d went to the one whose time was short\n", first, TRIES);
}

CASE(notify_all_brings_each_of_sixty_four_back_once) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        attendee waiting[MOST_WAITING];
        subject_make(&us, kind);
        meeting at = {.condition = us.condition};
        attendees_start(waiting, &at, MOST_WAITING);
        meeting_notify_all(&at);
        attendees_end(waiting, MOST_WAITING);
        check_returned(&at, 0, MOST_WAITING);
        subject_end(&us);
    }
}
