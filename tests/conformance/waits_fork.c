/* Conditions, semaphores, events and barriers after a fork in the middle of everything: a child finds them in the state that they
 * had, nobody waits, and they work. */
#include "barrier_tools.h"
#include "condition_tools.h"
#include "gate.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>

static int exit_code_of(pid_t pid) {
    int state = 0;
    CHECK(pid > 0);
    CHECK_NUMBER(waitpid(pid, &state, 0), pid);
    CHECK(WIFEXITED(state));
    return WEXITSTATUS(state);
}

enum { CHILD_IS_FINE = 50 };

/* Runs that in a forked child. */
#define IN_CHILD(body)                                                                                                 \
    do {                                                                                                               \
        pid_t pid_ = fork();                                                                                           \
        if (pid_ == 0) {                                                                                               \
            alarm(CASE_SECONDS / 2);                                                                                   \
            body;                                                                                                      \
            _exit(CHILD_IS_FINE);                                                                                      \
        }                                                                                                              \
        CHECK_NUMBER(exit_code_of(pid_), CHILD_IS_FINE);                                                               \
    } while (0)

static threading_status calls_acquire(caller *self) {
    return threading_semaphore_acquire((threading_semaphore){self->bits});
}
static threading_status calls_wait(caller *self) { return threading_event_wait((threading_event){self->bits}); }

/* ---- one object, with threads that sleep at it ---- */

static void use_semaphore(threading_semaphore semaphore) {
    caller other;
    /* Those who slept are gone: the unit is for whoever comes. */
    CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
    CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    CHECK_NUMBER(threading_semaphore_value(semaphore), 1);
    CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
    caller_start_asleep(&other, OURS, calls_acquire, semaphore.bits, 0);
    CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_BUSY);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    caller_end(&other, THREADING_OK);
    CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
}

CASE(semaphore_that_others_wait_for) {
    threading_semaphore semaphore;
    caller others[4];
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    for (int i = 0; i < 4; i++) {
        caller_start_asleep(&others[i], i % WORKER_KINDS, calls_acquire, semaphore.bits, 0);
    }
    IN_CHILD(use_semaphore(semaphore));
    IN_CHILD(CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK));
    IN_CHILD(CHECK_STATUS(threading_semaphore_release_n(semaphore, 4), THREADING_OK);
             CHECK_NUMBER(threading_semaphore_value(semaphore), 4);
             CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK));
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 4), THREADING_OK);
    for (int i = 0; i < 4; i++) {
        caller_end(&others[i], THREADING_OK);
    }
}

static void use_event(threading_event event, bool set) {
    caller other;
    CHECK(threading_event_is_set(event) == set);
    CHECK_STATUS(threading_event_wait_timeout(event, 0.001), set ? THREADING_OK : THREADING_TIMEOUT);
    CHECK_STATUS(threading_event_clear(event), THREADING_OK);
    caller_start_asleep(&other, FOREIGN, calls_wait, event.bits, 0);
    CHECK_STATUS(threading_event_destroy(event), THREADING_BUSY);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    caller_end(&other, THREADING_OK);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

/* test_at_fork_reinit of EventTests */
CASE(event_that_others_wait_for) {
    threading_event event;
    caller others[4];
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    for (int i = 0; i < 4; i++) {
        caller_start_asleep(&others[i], i % WORKER_KINDS, calls_wait, event.bits, 0);
    }
    IN_CHILD(use_event(event, false));
    IN_CHILD(CHECK_STATUS(threading_event_destroy(event), THREADING_OK));
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    IN_CHILD(use_event(event, true));
    for (int i = 0; i < 4; i++) {
        caller_end(&others[i], THREADING_OK);
    }
}

static void use_barrier(threading_barrier barrier) {
    barrier_check_whole(barrier);
    CHECK_STATUS(threading_barrier_wait_timeout(barrier, 0.001, NULL), THREADING_TIMEOUT);
    CHECK(threading_barrier_broken(barrier));
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
}

CASE(barrier_that_others_wait_at) {
    threading_barrier barrier = barrier_make(4, NULL, NULL);
    caller others[3];
    comers_start(others, barrier, 3);
    IN_CHILD(use_barrier(barrier));
    IN_CHILD(CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
             CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK));
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    comers_end(others, 3, THREADING_OK);
    CHECK_STATUS(threading_barrier_abort(barrier), THREADING_OK);
    IN_CHILD(CHECK(threading_barrier_broken(barrier)); CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_BROKEN));
}

static void use_condition(threading_condition condition) {
    meeting at = {.condition = condition};
    attendee waiting[2];
    meeting_notify_all(&at);
    attendees_start(waiting, &at, 2);
    CHECK_STATUS(threading_condition_destroy(condition), THREADING_BUSY);
    meeting_notify(&at, 1);
    attendee_end(&waiting[0], THREADING_OK);
    CHECK_NUMBER(meeting_returned(&at), 1);
    meeting_notify(&at, 1);
    attendee_end(&waiting[1], THREADING_OK);
    CHECK_STATUS(threading_condition_destroy(condition), THREADING_OK);
}

CASE(condition_that_others_wait_on) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        attendee waiting[4];
        subject_make(&us, kind);
        meeting at = {.condition = us.condition};
        attendees_start(waiting, &at, 4);
        IN_CHILD(use_condition(us.condition));
        IN_CHILD(CHECK_STATUS(threading_condition_destroy(us.condition), THREADING_OK));
        /* Held by the thread that forks, with two notified who wait for the lock. */
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_notify(us.condition, 2), THREADING_OK);
        IN_CHILD(CHECK_NUMBER(subject_depth(&us), 1);
                 CHECK_STATUS(threading_condition_wait_timeout(us.condition, 0.001), THREADING_TIMEOUT);
                 CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK); use_condition(us.condition));
        CHECK_STATUS(threading_condition_notify_all(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        attendees_end(waiting, 4);
        subject_end(&us);
    }
}

/* ---- inside a callback ---- */

static bool forks(void *ctx) {
    threading_barrier *barrier = ctx;
    pid_t pid = fork();
    if (pid != 0) {
        CHECK_NUMBER(exit_code_of(pid), CHILD_IS_FINE);
        return true;
    }
    alarm(CASE_SECONDS / 2);
    CHECK_STATUS(threading_barrier_wait(*barrier, NULL), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_barrier_destroy(*barrier), THREADING_BUSY);
    return true;
}

CASE(barrier_forked_in_its_action_goes_on_in_both) {
    pid_t self = getpid();
    threading_barrier barrier;
    caller others[2];
    barrier = barrier_make(3, forks, &barrier);
    comers_start(others, barrier, 2);
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    if (getpid() != self) {
        CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
        CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
        _exit(CHILD_IS_FINE);
    }
    comers_end(others, 2, THREADING_OK);
}

/* ---- in the middle of everything ---- */

typedef struct traffic {
    threading_condition condition;
    threading_semaphore semaphore;
    threading_event event;
    threading_barrier barrier;
    atomic_bool over;
    gate ready;
} traffic;

static void contends(worker *self) {
    traffic *all = self->context;
    gate_pass(&all->ready);
    while (!atomic_load(&all->over)) {
        threading_event brief;
        CHECK_STATUS(threading_condition_acquire(all->condition), THREADING_OK);
        CHECK_STATUS(threading_condition_notify(all->condition, 1), THREADING_OK);
        CHECK(threading_condition_wait_timeout(all->condition, 0.0001) >= 0);
        CHECK_STATUS(threading_condition_release(all->condition), THREADING_OK);
        CHECK_STATUS(threading_semaphore_acquire(all->semaphore), THREADING_OK);
        CHECK_STATUS(threading_semaphore_release(all->semaphore), THREADING_OK);
        CHECK_STATUS(threading_event_set(all->event), THREADING_OK);
        CHECK_STATUS(threading_event_clear(all->event), THREADING_OK);
        CHECK(threading_event_wait_timeout(all->event, 0.0001) >= 0);
        if (threading_barrier_wait_timeout(all->barrier, 0.001, NULL) != THREADING_OK) {
            CHECK_STATUS(threading_barrier_reset(all->barrier), THREADING_OK);
        }
        CHECK_STATUS(threading_event_new(&brief), THREADING_OK);
        CHECK_STATUS(threading_event_destroy(brief), THREADING_OK);
    }
}

/* The child hangs on nothing but what a vanished thread really held: that is the condition's own rlock, and the units. */
static void use_everything(traffic *all) {
    CHECK(threading_semaphore_value(all->semaphore) <= 2);
    CHECK_STATUS(threading_semaphore_release(all->semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_acquire(all->semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_destroy(all->semaphore), THREADING_OK);
    use_event(all->event, threading_event_is_set(all->event));
    CHECK_STATUS(threading_barrier_reset(all->barrier), THREADING_OK);
    use_barrier(all->barrier);
    if (threading_condition_locked(all->condition)) {
        CHECK_STATUS(threading_condition_acquire_timeout(all->condition, 0.001), THREADING_TIMEOUT);
        CHECK_STATUS(threading_condition_destroy(all->condition), THREADING_OK);
    } else {
        use_condition(all->condition);
    }
    CHECK_STATUS(threading_condition_new(&all->condition), THREADING_OK);
    use_condition(all->condition);
}

CASE(two_hundred_forks_in_the_middle_of_everything) {
    enum { THREADS = 4 };
    traffic all = {.over = false, .ready = GATE_CLOSED};
    worker threads[THREADS];
    CHECK_STATUS(threading_condition_new(&all.condition), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(2, &all.semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&all.event), THREADING_OK);
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &all.barrier), THREADING_OK);
    for (int i = 0; i < THREADS; i++) {
        worker_start(&threads[i], i % WORKER_KINDS, contends, &all);
    }
    gate_await(&all.ready, THREADS);
    gate_open(&all.ready);
    for (int round = 0; round < 200; round++) {
        IN_CHILD(use_everything(&all));
    }
    atomic_store(&all.over, true);
    for (int i = 0; i < THREADS; i++) {
        worker_join(&threads[i]);
    }
}
