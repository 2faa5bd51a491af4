/* `threading_wait_any`: each kind of member, their order, errors, and that one alone is taken. */
#include "../objects.h"
#include "caller.h"
#include "forked.h"
#include "signalled.h"

#include <math.h>
#include <sched.h>

static const threading_stop none = THREADING_NULL;

static threading_event an_event(bool set) {
    threading_event event;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(set ? threading_event_set(event) : THREADING_OK, THREADING_OK);
    return event;
}
static threading_semaphore a_semaphore(size_t value) {
    threading_semaphore semaphore;
    CHECK_STATUS(threading_semaphore_new(value, &semaphore), THREADING_OK);
    return semaphore;
}
static threading_lock a_lock(bool held) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(held ? threading_lock_acquire(lock) : THREADING_OK, THREADING_OK);
    return lock;
}

/* ---- each kind ---- */

static threading_event may_end;
static void *ends_later(void *arg) {
    CHECK_STATUS(threading_event_wait(may_end), THREADING_OK);
    return arg;
}
static void *at_once(void *arg) { return arg; }

enum { MEMBERS = 7, EVENT = 0, STOP, SEMAPHORE, LOCK, LATCH, THREAD, TIMER };
static threading_object members[MEMBERS];

static void make_members(void) {
    threading_stop stop;
    threading_latch latch;
    threading_thread thread;
    threading_timer timer;
    may_end = an_event(false);
    CHECK_STATUS(threading_stop_new(none, &stop), THREADING_OK);
    CHECK_STATUS(threading_latch_new(1, &latch), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn_daemon("ends", ends_later, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_timer_new(1000, at_once, NULL, &timer), THREADING_OK);
    CHECK_STATUS(threading_thread_set_daemon(threading_timer_thread(timer), true), THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    threading_object made[] = {THREADING_OBJECT(an_event(false)),
                               THREADING_OBJECT(stop),
                               THREADING_OBJECT(a_semaphore(0)),
                               THREADING_OBJECT(a_lock(true)),
                               THREADING_OBJECT(latch),
                               THREADING_OBJECT(thread),
                               THREADING_OBJECT(timer)};
    for (int i = 0; i < MEMBERS; i++) {
        members[i] = made[i];
    }
}

static void make_ready(int which) {
    uint64_t bits = members[which].bits;
    switch (which) {
    case EVENT:
        CHECK_STATUS(threading_event_set((threading_event){bits}), THREADING_OK);
        break;
    case STOP:
        CHECK_STATUS(threading_stop_request((threading_stop){bits}), THREADING_OK);
        break;
    case SEMAPHORE:
        CHECK_STATUS(threading_semaphore_release((threading_semaphore){bits}), THREADING_OK);
        break;
    case LOCK:
        CHECK_STATUS(threading_lock_release((threading_lock){bits}), THREADING_OK);
        break;
    case LATCH:
        CHECK_STATUS(threading_latch_count_down((threading_latch){bits}), THREADING_OK);
        break;
    case THREAD:
        CHECK_STATUS(threading_event_set(may_end), THREADING_OK);
        CHECK_STATUS(threading_thread_join((threading_thread){bits}), THREADING_OK);
        break;
    default:
        CHECK_STATUS(threading_timer_cancel((threading_timer){bits}, NULL), THREADING_OK);
    }
}

/* A semaphore has a unit less, a lock is held: whoever waits again finds nothing. */
static bool is_consumed(int which) { return which == SEMAPHORE || which == LOCK; }

static threading_status waits_for_all(caller *self) {
    return self->seconds < 0
               ? threading_wait_any(members, MEMBERS, &self->index)
               : threading_wait_any_timeout(members, MEMBERS, self->seconds, &self->index);
}

CASE(each_kind_is_found_ready_and_waited_for) {
    size_t index = 4711;
    for (int which = 0; which < MEMBERS; which++) {
        for (int late = 0; late < 2; late++) {
            caller waiter;
            index = 4711;
            make_members();
            CHECK_STATUS(threading_wait_any_timeout(members, MEMBERS, 0, &index),
                         THREADING_TIMEOUT);
            CHECK_NUMBER(index, 4711);
            if (late) {
                caller_start_asleep(&waiter, which % WORKER_KINDS, waits_for_all, 0,
                                    which % 2 ? -1 : CASE_SECONDS);
                make_ready(which);
                caller_end(&waiter, THREADING_OK);
                CHECK_NUMBER(waiter.index, which);
            } else {
                make_ready(which);
                CHECK_STATUS(threading_wait_any(members, MEMBERS, &index), THREADING_OK);
                CHECK_NUMBER(index, which);
            }
            index = 4711;
            CHECK_STATUS(threading_wait_any_timeout(members, MEMBERS, 0.001, &index),
                         is_consumed(which) ? THREADING_TIMEOUT : THREADING_OK);
            CHECK_NUMBER(index, is_consumed(which) ? 4711 : which);
        }
    }
}

CASE(a_timer_that_has_fired_is_ready) {
    threading_timer timer;
    size_t index = 4711;
    CHECK_STATUS(threading_timer_new(0.01, at_once, NULL, &timer), THREADING_OK);
    threading_object any[] = {THREADING_OBJECT(a_semaphore(0)), THREADING_OBJECT(timer)};
    CHECK_STATUS(threading_wait_any(any, 2, &index), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    CHECK_STATUS(threading_wait_any(any, 2, &index), THREADING_OK);
    CHECK_NUMBER(index, 1);
}

CASE(a_stop_comes_through_one_above_it_or_by_its_deadline) {
    threading_stop root, leaf, brief;
    size_t index = 4711;
    CHECK_STATUS(threading_stop_new(none, &root), THREADING_OK);
    CHECK_STATUS(threading_stop_new(root, &leaf), THREADING_OK);
    double start = threading_monotonic();
    CHECK_STATUS(threading_stop_new_timeout(root, 0.01, &brief), THREADING_OK);
    members[0] = (threading_object)THREADING_OBJECT(a_semaphore(0));
    members[1] = (threading_object)THREADING_OBJECT(brief);
    CHECK_STATUS(threading_wait_any(members, 2, &index), THREADING_OK);
    CHECK_NUMBER(index, 1);
    CHECK_NOT_EARLY(start, 0.01);
    for (int i = 0; i < MEMBERS; i++) {
        members[i] = members[0];
    }
    members[3] = (threading_object)THREADING_OBJECT(leaf);
    caller waiter;
    caller_start_asleep(&waiter, OURS, waits_for_all, 0, -1);
    CHECK_STATUS(threading_stop_request(root), THREADING_OK);
    caller_end(&waiter, THREADING_OK);
    CHECK_NUMBER(waiter.index, 3);
}

/* ---- order, and what is taken ---- */

CASE(the_first_that_is_ready_is_taken_and_no_other) {
    threading_semaphore units[3] = {a_semaphore(2), a_semaphore(2), a_semaphore(0)};
    threading_object any[3] = {THREADING_OBJECT(units[2]), THREADING_OBJECT(units[1]),
                               THREADING_OBJECT(units[0])};
    for (size_t left = 4, index = 4711; left > 0; left--) {
        CHECK_STATUS(threading_wait_any(any, 3, &index), THREADING_OK);
        CHECK_NUMBER(index, left > 2 ? 1 : 2);
        CHECK_NUMBER(threading_semaphore_value(units[0]) + threading_semaphore_value(units[1]),
                     left - 1);
    }
    CHECK_STATUS(threading_wait_any_timeout(any, 3, 0, NULL), THREADING_INVALID_ARGUMENT);
}

CASE(the_same_object_twice_is_taken_once) {
    threading_semaphore units = a_semaphore(1);
    size_t index = 4711;
    for (int i = 0; i < MEMBERS; i++) {
        members[i] = (threading_object)THREADING_OBJECT(units);
    }
    CHECK_STATUS(threading_wait_any(members, MEMBERS, &index), THREADING_OK);
    CHECK_NUMBER(index, 0);
    CHECK_NUMBER(threading_semaphore_value(units), 0);
    caller waiter;
    caller_start_asleep(&waiter, FOREIGN, waits_for_all, 0, -1);
    CHECK_STATUS(threading_semaphore_destroy(units), THREADING_BUSY);
    CHECK_STATUS(threading_semaphore_release_n(units, 2), THREADING_OK);
    caller_end(&waiter, THREADING_OK);
    CHECK_NUMBER(threading_semaphore_value(units), 1);
    CHECK_STATUS(threading_semaphore_destroy(units), THREADING_OK);
}

CASE(sixty_four_objects_and_one_without_an_index) {
    static threading_object any[THREADING_WAIT_ANY_MAX];
    threading_semaphore last = a_semaphore(1);
    size_t index = 4711;
    for (int i = 0; i < THREADING_WAIT_ANY_MAX; i++) {
        any[i] = (threading_object)THREADING_OBJECT(i == 63 ? last : a_semaphore(0));
    }
    CHECK_STATUS(threading_wait_any(any, THREADING_WAIT_ANY_MAX, &index), THREADING_OK);
    CHECK_NUMBER(index, 63);
    CHECK_STATUS(threading_wait_any_timeout(any, THREADING_WAIT_ANY_MAX, 0.001, &index),
                 THREADING_TIMEOUT);
    CHECK_STATUS(threading_semaphore_release(last), THREADING_OK);
    CHECK_STATUS(threading_wait_any(&any[63], 1, NULL), THREADING_OK);
    CHECK_STATUS(threading_wait_any_timeout(&any[63], 1, 0, NULL), THREADING_TIMEOUT);
}

CASE(a_lock_is_the_callers_and_others_wait_for_it) {
    threading_lock lock = a_lock(false);
    threading_object any[] = {THREADING_OBJECT(an_event(false)), THREADING_OBJECT(lock)};
    size_t index;
    CHECK_STATUS(threading_wait_any(any, 2, &index), THREADING_OK);
    CHECK(threading_lock_locked(lock));
    CHECK_STATUS(threading_lock_try_acquire(lock), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
}

CASE(an_event_that_is_set_and_cleared_releases_who_waited) {
    for (int round = 0; round < 300; round++) {
        caller waiter;
        make_members();
        caller_start_asleep(&waiter, round % WORKER_KINDS, waits_for_all, 0, -1);
        threading_event event = {members[EVENT].bits};
        CHECK_STATUS(threading_event_set(event), THREADING_OK);
        CHECK_STATUS(threading_event_clear(event), THREADING_OK);
        caller_end(&waiter, THREADING_OK);
        CHECK_NUMBER(waiter.index, EVENT);
        CHECK_STATUS(threading_event_set(may_end), THREADING_OK);
    }
}

/* ---- errors ---- */

static uint64_t blamed;
static void blames(const char *function, threading_status status, uint64_t handle, void *ctx) {
    (void)function, (void)status, (void)ctx;
    blamed = handle;
}

static void check_refused(uint64_t bad, threading_status expected) {
    threading_semaphore units = a_semaphore(1);
    threading_object first[] = {{bad}, THREADING_OBJECT(units)};
    threading_object second[] = {THREADING_OBJECT(an_event(false)), {bad}};
    size_t index = 4711;
    for (int i = 0; i < 2; i++) {
        blamed = 1;
        threading_object *any = i ? second : first;
        CHECK_STATUS(threading_wait_any(any, 2, &index), expected);
        CHECK(blamed == bad);
        CHECK_STATUS(threading_wait_any_timeout(any, 2, 0, &index), expected);
        CHECK_STATUS(threading_wait_any_timeout(any, 2, 1, &index), expected);
    }
    CHECK_NUMBER(index, 4711);
    CHECK_NUMBER(threading_semaphore_value(units), 1);
}

static _Atomic(uint64_t) dummy;
static threading_status is_a_dummy(caller *self) {
    (void)self;
    atomic_store(&dummy, threading_current_thread().bits);
    return threading_event_wait(may_end);
}

CASE(bad_members_are_refused_and_nothing_is_taken) {
    threading_rlock rlock;
    threading_condition condition;
    threading_barrier barrier;
    threading_local local;
    threading_thread fresh;
    threading_event ended = an_event(true);
    may_end = an_event(false);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    CHECK_STATUS(threading_barrier_new(1, NULL, NULL, &barrier), THREADING_OK);
    CHECK_STATUS(threading_local_new(NULL, NULL, NULL, &local), THREADING_OK);
    CHECK_STATUS(threading_thread_new("fresh", at_once, NULL, &fresh), THREADING_OK);
    CHECK_STATUS(threading_event_destroy(ended), THREADING_OK);
    CHECK_STATUS(threading_set_error_hook(blames, NULL), THREADING_OK);
    check_refused(0, THREADING_INVALID_HANDLE);
    check_refused(4711, THREADING_INVALID_HANDLE);
    check_refused(UINT64_MAX, THREADING_INVALID_HANDLE);
    check_refused(ended.bits, THREADING_DESTROYED);
    check_refused(ended.bits + (UINT64_C(5) << 32), THREADING_INVALID_HANDLE);
    check_refused(rlock.bits, THREADING_INVALID_ARGUMENT);
    CHECK_STRING(threading_error_message(),
                 "an object of this kind cannot be waited for together with others");
    check_refused(condition.bits, THREADING_INVALID_ARGUMENT);
    check_refused(barrier.bits, THREADING_INVALID_ARGUMENT);
    check_refused(local.bits, THREADING_INVALID_ARGUMENT);
    check_refused(fresh.bits, THREADING_NOT_STARTED);
    check_refused(threading_current_thread().bits, THREADING_WOULD_DEADLOCK);
    caller other;
    caller_start_asleep(&other, FOREIGN, is_a_dummy, 0, 0);
    check_refused(atomic_load(&dummy), THREADING_DUMMY);
    CHECK_STATUS(threading_event_set(may_end), THREADING_OK);
    caller_end(&other, THREADING_OK);
}

static threading_status waits_for_itself(caller *self) {
    threading_object any[] = {THREADING_OBJECT(an_event(false)),
                              THREADING_OBJECT(threading_current_thread())};
    return threading_wait_any(any, 2, &self->index);
}

CASE(a_thread_that_waits_for_itself_is_told_so) {
    caller waiter;
    caller_start(&waiter, OURS, waits_for_itself, 0, 0);
    caller_end(&waiter, THREADING_WOULD_DEADLOCK);
}

CASE(bad_arguments_are_refused) {
    threading_object any[65];
    size_t index = 4711;
    for (int i = 0; i < 65; i++) {
        any[i] = (threading_object)THREADING_OBJECT(a_semaphore(1));
    }
    CHECK_STATUS(threading_wait_any(NULL, 1, &index), THREADING_INVALID_ARGUMENT);
    CHECK_STRING(threading_error_message(), "the array of objects is NULL");
    CHECK_STATUS(threading_wait_any(any, 0, &index), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_wait_any(any, 65, &index), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_wait_any(any, SIZE_MAX, &index), THREADING_INVALID_ARGUMENT);
    CHECK_STRING(threading_error_message(),
                 "the number of objects is 0, or above THREADING_WAIT_ANY_MAX");
    CHECK_STATUS(threading_wait_any(any, 2, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_wait_any_timeout(any, 2, NAN, &index), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_wait_any_timeout(any, 2, 1e300, &index), THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(index, 4711);
    for (int i = 0; i < 65; i++) {
        CHECK_NUMBER(threading_semaphore_value((threading_semaphore){any[i].bits}), 1);
    }
}

CASE(a_wait_is_never_early_and_a_member_is_busy_meanwhile) {
    double start = threading_monotonic();
    size_t index = 4711;
    make_members();
    CHECK_STATUS(threading_wait_any_timeout(members, MEMBERS, 0.05, &index), THREADING_TIMEOUT);
    CHECK_NOT_EARLY(start, 0.05);
    caller waiter;
    caller_start_asleep(&waiter, OURS, waits_for_all, 0, -1);
    CHECK_STATUS(threading_event_destroy((threading_event){members[EVENT].bits}), THREADING_BUSY);
    CHECK_STATUS(threading_stop_destroy((threading_stop){members[STOP].bits}), THREADING_BUSY);
    CHECK_STATUS(threading_latch_destroy((threading_latch){members[LATCH].bits}), THREADING_BUSY);
    make_ready(STOP);
    /* Released through the stop, it keeps nobody from ending the others, run or not. */
    CHECK_STATUS(threading_event_destroy((threading_event){members[EVENT].bits}), THREADING_OK);
    CHECK_STATUS(threading_latch_destroy((threading_latch){members[LATCH].bits}), THREADING_OK);
    caller_end(&waiter, THREADING_OK);
    CHECK_NUMBER(waiter.index, STOP);
    make_ready(THREAD);
}

/* ---- a handler that waits itself in the middle of a wait ---- */

static threading_semaphore handlers_units;
static atomic_int handled;

static void waits_in_handler(int signal) {
    (void)signal;
    int before = errno;
    threading_object any[] = {THREADING_OBJECT(handlers_units), THREADING_OBJECT(handlers_units)};
    size_t index = 4711;
    CHECK_STATUS(threading_wait_any_timeout(any, 2, 1e-6, &index), THREADING_TIMEOUT);
    atomic_fetch_add(&handled, 1);
    errno = before;
}

CASE(a_handler_that_waits_itself_leaves_the_wait_alone) {
    make_members();
    handlers_units = a_semaphore(0);
    signalled_handle(SIGUSR1, waits_in_handler);
    timer_t timer = signalled_begin(SIGUSR1, 200000, 100000);
    size_t index = 4711;
    while (atomic_load(&handled) < 2000) {
        CHECK_STATUS(threading_wait_any_timeout(members, MEMBERS, 0.001, &index),
                     THREADING_TIMEOUT);
    }
    signalled_end(timer);
    make_ready(SEMAPHORE);
    CHECK_STATUS(threading_wait_any(members, MEMBERS, &index), THREADING_OK);
    CHECK_NUMBER(index, SEMAPHORE);
    make_ready(THREAD);
}
