/* Joining: by many, many times, with time-outs, and what cannot be joined. */
#include "case.h"
#include "gate.h"
#include "thread_tools.h"

#include <math.h>
#include <signal.h>
#include <stdatomic.h>

static void *nothing(void *arg) { return arg; }

typedef struct joiner {
    threading_thread subject;
    double seconds; /* negative: a join without a time-out */
    atomic_int status;
    atomic_bool begun;
    pthread_t self;
} joiner;

enum { NOT_YET = 99 };

static void *join_subject(void *arg) {
    joiner *it = arg;
    it->self = pthread_self();
    atomic_store(&it->begun, true);
    atomic_store(&it->status, it->seconds < 0
                                  ? threading_thread_join(it->subject)
                                  : threading_thread_join_timeout(it->subject, it->seconds));
    return NULL;
}

/* Starts joiners of the subject and returns when all of them are asleep, which only the kernel can
 * tell. */
static void start_joiners(joiner *joiners, threading_thread *threads, int count,
                          threading_thread subject, double seconds) {
    for (int i = 0; i < count; i++) {
        joiners[i].subject = subject;
        joiners[i].seconds = seconds;
        atomic_store(&joiners[i].status, NOT_YET);
        atomic_store(&joiners[i].begun, false);
        CHECK_STATUS(threading_thread_spawn("joiner", join_subject, &joiners[i], &threads[i]),
                     THREADING_OK);
    }
    for (int i = 0; i < count; i++) {
        EVENTUALLY(atomic_load(&joiners[i].begun) &&
                   task_is_asleep(threading_thread_native_id(threads[i])));
    }
}

/* test_join_from_multiple_threads */
CASE(any_number_of_threads_may_join) {
    for (int count = 2; count < 20; count++) {
        gate door = GATE_CLOSED;
        joiner joiners[20];
        threading_thread subject, threads[20];
        CHECK_STATUS(threading_thread_spawn("subject", gate_passenger, &door, &subject),
                     THREADING_OK);
        start_joiners(joiners, threads, count, subject, -1);
        for (int i = 0; i < count; i++) {
            CHECK_NUMBER(atomic_load(&joiners[i].status), NOT_YET);
        }
        gate_open(&door);
        for (int i = 0; i < count; i++) {
            CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
            CHECK_STATUS(atomic_load(&joiners[i].status), THREADING_OK);
        }
        CHECK_STATUS(threading_thread_finish(subject, NULL), THREADING_OK);
    }
}

CASE(a_thread_may_be_joined_any_number_of_times) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &thread), THREADING_OK);
    for (int times = 0; times < 100; times++) {
        CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
        CHECK_STATUS(threading_thread_join_timeout(thread, 0), THREADING_OK);
        CHECK_STATUS(threading_thread_join_timeout(thread, -1), THREADING_OK);
        CHECK_STATUS(threading_thread_join_timeout(thread, INFINITY), THREADING_OK);
    }
}

/* test_join_with_timeout */
CASE(a_join_times_out_and_can_be_tried_again) {
    static const double seconds[] = {0.0, -1.0, -INFINITY, 1e-9, 0.001, 0.05};
    gate door = GATE_CLOSED;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &thread), THREADING_OK);
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        double start = threading_monotonic();
        CHECK_STATUS(threading_thread_join_timeout(thread, seconds[i]), THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, seconds[i]);
        CHECK(threading_thread_is_alive(thread));
    }
    gate_open(&door);
    CHECK_STATUS(threading_thread_join_timeout(thread, CASE_SECONDS), THREADING_OK);
    CHECK(!threading_thread_is_alive(thread));
}

CASE(nan_and_too_long_are_invalid) {
    const double too_long = nextafter(THREADING_TIMEOUT_MAX, INFINITY);
    gate door = GATE_CLOSED;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &thread), THREADING_OK);
    for (int ended = 0; ended < 2; ended++) {
        CHECK_STATUS(threading_thread_join_timeout(thread, NAN), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_thread_join_timeout(thread, too_long), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_thread_join_timeout(thread, 1e300), THREADING_INVALID_ARGUMENT);
        gate_open(&door);
        CHECK_STATUS(threading_thread_join_timeout(thread, THREADING_TIMEOUT_MAX), THREADING_OK);
    }
}

CASE(infinity_joins_until_the_end) {
    gate door = GATE_CLOSED;
    joiner joiners[1];
    threading_thread subject, threads[1];
    CHECK_STATUS(threading_thread_spawn("subject", gate_passenger, &door, &subject), THREADING_OK);
    start_joiners(joiners, threads, 1, subject, INFINITY);
    CHECK_NUMBER(atomic_load(&joiners[0].status), NOT_YET);
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(threads[0], NULL), THREADING_OK);
    CHECK_STATUS(atomic_load(&joiners[0].status), THREADING_OK);
}

CASE(who_times_out_does_not_disturb_who_waits_on) {
    gate door = GATE_CLOSED;
    joiner patient[4], hasty[4];
    threading_thread subject, patient_threads[4], hasty_threads[4];
    CHECK_STATUS(threading_thread_spawn("subject", gate_passenger, &door, &subject), THREADING_OK);
    start_joiners(patient, patient_threads, 2, subject, -1);
    for (int i = 0; i < 4; i++) {
        hasty[i].subject = subject;
        hasty[i].seconds = 0.01 * (i + 1);
        CHECK_STATUS(threading_thread_spawn("hasty", join_subject, &hasty[i], &hasty_threads[i]),
                     THREADING_OK);
    }
    start_joiners(patient + 2, patient_threads + 2, 2, subject, -1);
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(threading_thread_finish(hasty_threads[i], NULL), THREADING_OK);
        CHECK_STATUS(atomic_load(&hasty[i].status), THREADING_TIMEOUT);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_NUMBER(atomic_load(&patient[i].status), NOT_YET);
    }
    gate_open(&door);
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(threading_thread_finish(patient_threads[i], NULL), THREADING_OK);
        CHECK_STATUS(atomic_load(&patient[i].status), THREADING_OK);
    }
}

/* test_joining_current_thread */
static void *join_oneself(void *arg) {
    threading_thread self = threading_current_thread();
    void *result = arg;
    CHECK_STATUS(threading_thread_join(self), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_thread_join_timeout(self, 0), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_thread_join_timeout(self, 0.1), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_thread_finish(self, &result), THREADING_WOULD_DEADLOCK);
    CHECK(result == arg);
    CHECK(threading_thread_is_alive(self));
    return arg;
}

CASE(joining_oneself_would_deadlock) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, join_oneself, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    join_oneself(NULL);
}

/* test_joining_inactive_thread */
CASE(joining_a_thread_that_was_never_started) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_join(thread), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_thread_join_timeout(thread, 0), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_thread_join_timeout(thread, INFINITY), THREADING_NOT_STARTED);
}

typedef struct foreign_thread {
    gate ready, end;
    threading_thread dummy;
} foreign_thread;

static void *be_foreign(void *arg) {
    foreign_thread *it = arg;
    it->dummy = threading_current_thread();
    gate_open(&it->ready);
    gate_pass(&it->end);
    return NULL;
}

CASE(joining_a_foreign_thread_is_dummy) {
    foreign_thread it = {GATE_CLOSED, GATE_CLOSED, THREADING_NULL};
    void *result = &it;
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, be_foreign, &it), 0);
    gate_pass(&it.ready);
    CHECK_STATUS(threading_thread_join(it.dummy), THREADING_DUMMY);
    CHECK_STATUS(threading_thread_join_timeout(it.dummy, 0), THREADING_DUMMY);
    CHECK_STATUS(threading_thread_finish(it.dummy, &result), THREADING_DUMMY);
    CHECK(result == &it);
    gate_open(&it.end);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK_STATUS(threading_thread_join(it.dummy), THREADING_DESTROYED);
}

/* It would deadlock and it is a Dummy: Python says the latter. */
static void *join_oneself_as_foreign(void *arg) {
    threading_thread self = threading_current_thread();
    CHECK_STATUS(threading_thread_join(self), THREADING_DUMMY);
    CHECK_STATUS(threading_thread_join_timeout(self, 0), THREADING_DUMMY);
    return arg;
}

CASE(a_foreign_thread_that_joins_itself_is_dummy) {
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, join_oneself_as_foreign, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
}

static void *join_from_foreign(void *arg) {
    CHECK_STATUS(threading_thread_join(*(threading_thread *)arg), THREADING_OK);
    return NULL;
}

CASE(a_foreign_thread_may_join) {
    gate door = GATE_CLOSED;
    threading_thread thread;
    pthread_t foreign;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &thread), THREADING_OK);
    CHECK_NUMBER(pthread_create(&foreign, NULL, join_from_foreign, &thread), 0);
    gate_open(&door);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK(!threading_thread_is_alive(thread));
}

CASE(joins_in_progress_are_ok_when_the_thread_is_given_up_and_ends) {
    gate door = GATE_CLOSED;
    joiner joiners[4];
    threading_thread subject, threads[4];
    CHECK_STATUS(threading_thread_spawn("subject", gate_passenger, &door, &subject), THREADING_OK);
    start_joiners(joiners, threads, 2, subject, -1);
    CHECK_STATUS(threading_thread_destroy(subject), THREADING_OK);
    /* These come after it was given up and before its end. */
    start_joiners(joiners + 2, threads + 2, 2, subject, CASE_SECONDS);
    gate_open(&door);
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
        CHECK_STATUS(atomic_load(&joiners[i].status), THREADING_OK);
    }
    CHECK_STATUS(threading_thread_join(subject), THREADING_DESTROYED);
    CHECK_STATUS(threading_thread_join_timeout(subject, 0), THREADING_DESTROYED);
}

CASE(joins_in_progress_are_ok_when_another_finishes_the_thread) {
    for (int round = 0; round < 20; round++) {
        gate door = GATE_CLOSED;
        joiner joiners[3];
        threading_thread subject, threads[3];
        CHECK_STATUS(threading_thread_spawn("subject", gate_passenger, &door, &subject),
                     THREADING_OK);
        start_joiners(joiners, threads, 3, subject, -1);
        gate_open(&door);
        CHECK_STATUS(threading_thread_finish(subject, NULL), THREADING_OK);
        for (int i = 0; i < 3; i++) {
            CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
            CHECK_STATUS(atomic_load(&joiners[i].status), THREADING_OK);
        }
    }
}

CASE(joining_everyone_in_enumerate_gets_ok_or_destroyed) {
    enum { THREADS = 24 };
    for (int round = 0; round < 20; round++) {
        gate door = GATE_CLOSED;
        threading_thread kept[THREADS], all[THREADS + 8];
        for (int i = 0; i < THREADS; i++) {
            bool unowned = i % 3 == 0;
            CHECK_STATUS(spawn_as(i & 1, NULL, gate_passenger, &door, unowned ? NULL : &kept[i]),
                         THREADING_OK);
            if (i % 3 == 1) {
                CHECK_STATUS(threading_thread_destroy(kept[i]), THREADING_OK);
            }
        }
        size_t count = threading_enumerate(all, THREADS + 8);
        CHECK_NUMBER(count, THREADS + 1);
        gate_open(&door);
        for (size_t i = 0; i < count; i++) {
            if (!THREADING_SAME(all[i], threading_current_thread())) {
                threading_status status = threading_thread_join(all[i]);
                CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
            }
        }
        CHECK_NUMBER(threading_active_count(), 1);
    }
}

static atomic_int signals;

static void count_signal(int signal) {
    (void)signal;
    atomic_fetch_add(&signals, 1);
}

CASE(signals_neither_end_a_join_nor_begin_its_time_anew) {
    gate door = GATE_CLOSED;
    joiner joiners[2];
    threading_thread subject, threads[2];
    struct sigaction action = {0};
    action.sa_handler = count_signal;
    CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_STATUS(threading_thread_spawn("subject", gate_passenger, &door, &subject), THREADING_OK);
    double start = threading_monotonic();
    start_joiners(joiners, threads, 1, subject, -1);
    start_joiners(joiners + 1, threads + 1, 1, subject, 0.3);
    /* The signals come until the timed one ends: were its time begun anew after each, it never
     * would. */
    do {
        pthread_kill(joiners[0].self, SIGUSR1);
        pthread_kill(joiners[1].self, SIGUSR1);
    } while (threading_thread_join_timeout(threads[1], 0.002) == THREADING_TIMEOUT);
    CHECK_NOT_EARLY(start, 0.3);
    CHECK_STATUS(atomic_load(&joiners[1].status), THREADING_TIMEOUT);
    CHECK_NUMBER(atomic_load(&joiners[0].status), NOT_YET);
    CHECK(atomic_load(&signals) >= 2);
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(threads[0], NULL), THREADING_OK);
    CHECK_STATUS(atomic_load(&joiners[0].status), THREADING_OK);
}

typedef struct link {
    threading_thread before;
    int value;
    struct link *previous;
} link_of_chain;

static void *join_the_one_before(void *arg) {
    link_of_chain *mine = arg;
    CHECK_STATUS(threading_thread_join(mine->before), THREADING_OK);
    /* Not atomic: the join is what makes it visible. */
    mine->value = mine->previous->value + 1;
    return NULL;
}

CASE(a_join_sees_all_that_the_thread_wrote) {
    enum { LENGTH = 64 };
    gate door = GATE_CLOSED;
    link_of_chain chain[LENGTH + 1];
    threading_thread threads[LENGTH + 1];
    chain[0].value = 0;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &threads[0]), THREADING_OK);
    for (int i = 1; i <= LENGTH; i++) {
        chain[i] = (link_of_chain){threads[i - 1], 0, &chain[i - 1]};
        CHECK_STATUS(threading_thread_spawn(NULL, join_the_one_before, &chain[i], &threads[i]),
                     THREADING_OK);
    }
    gate_open(&door);
    CHECK_STATUS(threading_thread_join(threads[LENGTH]), THREADING_OK);
    CHECK_NUMBER(chain[LENGTH].value, LENGTH);
}
