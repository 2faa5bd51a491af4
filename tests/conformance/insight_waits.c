/* threading_waits and threading_thread_waiting_for: what they say of each kind of wait, and of
 * threads that do not wait. */
#include "condition_tools.h"
#include "gate.h"
#include "insight_tools.h"
#include "waits.h"

static const threading_kind kind_of[KINDS] = {
    [KIND_THREAD] = THREADING_KIND_THREAD,       [KIND_LOCK] = THREADING_KIND_LOCK,
    [KIND_RLOCK] = THREADING_KIND_RLOCK,         [KIND_CONDITION] = THREADING_KIND_CONDITION,
    [KIND_SEMAPHORE] = THREADING_KIND_SEMAPHORE, [KIND_EVENT] = THREADING_KIND_EVENT,
    [KIND_BARRIER] = THREADING_KIND_BARRIER,     [KIND_LATCH] = THREADING_KIND_LATCH,
    [KIND_RWLOCK] = THREADING_KIND_RWLOCK,       [KIND_STOP] = THREADING_KIND_STOP,
    [KIND_QUEUE] = THREADING_KIND_QUEUE,         [KIND_FUTURE] = THREADING_KIND_THREAD,
    [KIND_EXECUTOR] = THREADING_KIND_EXECUTOR,
};

/* ---- every call that waits ---- */

/* The calling thread has opened the scene. */
static void check_what(const threading_wait *wait, const scene *at) {
    bool wants_its_lock = at->kind->kind == KIND_CONDITION && at->kind->held;
    CHECK_NUMBER(wait->kind, wants_its_lock ? THREADING_KIND_RLOCK : kind_of[at->kind->kind]);
    uint64_t object = at->bits, holder = at->kind->held ? threading_get_ident() : 0;
    if (at->kind->kind == KIND_FUTURE) {
        /* A wait for a future is one for the end of its thread. */
        object = threading_future_thread((threading_future){at->bits}).bits;
    }
    if (wait->kind == THREADING_KIND_THREAD) {
        holder = threading_thread_ident((threading_thread){object});
    }
    CHECK(wants_its_lock ? wait->object != 0 && wait->object != object : wait->object == object);
    CHECK(wait->holder == holder);
    CHECK(holder != 0 || !at->kind->held);
    check_spare_parts(wait);
}

static void check_who(const threading_wait *wait, caller *who) {
    CHECK_NUMBER(wait->native_id, atomic_load(&who->thread.native_id));
    if (who->thread.kind == OURS) {
        threading_wait same;
        CHECK(THREADING_SAME(wait->thread, who->thread.ours));
        CHECK(wait->ident == threading_thread_ident(who->thread.ours));
        CHECK_STATUS(threading_thread_waiting_for(who->thread.ours, &same), THREADING_OK);
        CHECK(is_same_wait(&same, wait));
        CHECK(same.seconds >= wait->seconds && same.remaining <= wait->remaining);
        check_spare_parts(&same);
    } else {
        CHECK(THREADING_IS_NULL(wait->thread));
        CHECK(wait->ident != 0);
    }
}

EACH_WAIT(is_told_by_a_look) {
    enum { LIMIT = 1000 };
    for (int round = 0; round < 2 * WORKER_KINDS; round++) {
        double begun = threading_monotonic();
        bool limited = round >= WORKER_KINDS;
        threading_wait wait, later;
        caller other;
        scene at;
        scene_open(&at, kind);
        caller_start_asleep(&other, round % WORKER_KINDS, calls_scene, scene_bits(&at),
                            limited ? LIMIT : -1);
        CHECK(wait_of_worker(&other.thread, &wait));
        check_what(&wait, &at);
        check_who(&wait, &other);
        CHECK(wait.seconds >= 0 && wait.seconds <= threading_monotonic() - begun);
        CHECK(limited ? wait.remaining > 0 && wait.remaining <= LIMIT
                      : isinf(wait.remaining) && wait.remaining > 0);
        case_nap();
        CHECK(wait_of_worker(&other.thread, &later));
        CHECK(is_same_wait(&later, &wait) && later.seconds > wait.seconds);
        CHECK(limited ? later.remaining < wait.remaining : isinf(later.remaining));
        kind->comes(at.bits);
        caller_end(&other, THREADING_OK);
        CHECK(!wait_of_worker(&other.thread, &wait));
        scene_close(&at);
    }
    CHECK_NUMBER(threading_waits(&(threading_wait){.ident = 0}, 1), 0);
}

static threading_status asks_for_its_handle_and_waits(caller *self) {
    CHECK(!THREADING_IS_NULL(threading_current_thread()));
    return threading_event_wait((threading_event){self->bits});
}

/* Its handle is the one by which all know it. */
CASE(a_foreign_thread_that_has_a_handle_is_told_by_it) {
    threading_event event;
    threading_wait wait, same;
    caller other;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    caller_start_asleep(&other, FOREIGN, asks_for_its_handle_and_waits, event.bits, -1);
    CHECK(wait_of_worker(&other.thread, &wait));
    CHECK(!THREADING_IS_NULL(wait.thread) && thread_is_listed(wait.thread));
    CHECK(threading_thread_ident(wait.thread) == wait.ident);
    CHECK_NUMBER(threading_thread_native_id(wait.thread), wait.native_id);
    CHECK_STATUS(threading_thread_waiting_for(wait.thread, &same), THREADING_OK);
    CHECK(is_same_wait(&wait, &same) && wait.object == event.bits);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    caller_end(&other, THREADING_OK);
}

/* ---- waits for no object ---- */

static threading_status sleeps(caller *self) {
    /* not to synchronise: it is what is tested */
    return threading_sleep(self->seconds);
}

CASE(a_sleeper_waits_for_time_alone) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        threading_wait wait;
        static caller others[WORKER_KINDS];
        caller_start_asleep(&others[whose], whose, sleeps, 0, 1000);
        CHECK(wait_of_worker(&others[whose].thread, &wait));
        CHECK_NUMBER(wait.kind, THREADING_KIND_SLEEP);
        CHECK(wait.object == 0 && wait.holder == 0);
        CHECK(wait.seconds >= 0 && wait.remaining > 0 && wait.remaining <= 1000);
        CHECK(wait.seconds + wait.remaining <= 1000.1);
        check_who(&wait, &others[whose]);
        check_spare_parts(&wait);
    }
    fflush(NULL);
    _exit(0);
}

static threading_status shuts_down(caller *self) {
    return threading_shutdown_timeout(self->seconds);
}

CASE(a_shutdown_waits_for_something_of_the_librarys) {
    threading_wait wait;
    caller other;
    gate door = GATE_CLOSED;
    threading_thread busy;
    CHECK_STATUS(threading_thread_spawn("busy", gate_passenger, &door, &busy), THREADING_OK);
    caller_start_asleep(&other, FOREIGN, shuts_down, 0, 1000);
    CHECK(wait_of_worker(&other.thread, &wait));
    CHECK_NUMBER(wait.kind, THREADING_KIND_LIBRARY);
    CHECK(wait.object == 0 && wait.holder == 0 && wait.remaining <= 1000);
    gate_open(&door);
    caller_end(&other, THREADING_OK);
}

/* ---- a condition's waiter ---- */

static void check_wants_its_lock(const threading_wait *wait, const subject *us) {
    CHECK_NUMBER(wait->kind, us->kind == GIVEN_LOCK ? THREADING_KIND_LOCK : THREADING_KIND_RLOCK);
    CHECK(us->kind == OWN_RLOCK ||
          wait->object == (us->kind == GIVEN_LOCK ? us->lock.bits : us->rlock.bits));
    CHECK(wait->object != us->condition.bits && wait->object != 0);
    CHECK(wait->holder == threading_get_ident());
    CHECK(isinf(wait->remaining));
}

static threading_status waits_for_a_notify(caller *self) {
    threading_condition condition = {self->bits};
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    threading_status status = self->seconds < 0
                                  ? threading_condition_wait(condition)
                                  : threading_condition_wait_timeout(condition, self->seconds);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    return status;
}

/* Also one with a time-out: once it is notified, it waits for the lock however long that takes. */
CASE(a_condition_waiter_that_was_notified_waits_for_the_lock) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        for (int limited = 0; limited < 2; limited++) {
            subject us;
            threading_wait wait;
            caller other;
            subject_make(&us, kind);
            caller_start_asleep(&other, OURS, waits_for_a_notify, us.condition.bits,
                                limited ? 1000 : -1);
            CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
            CHECK(wait_of_worker(&other.thread, &wait));
            CHECK_NUMBER(wait.kind, THREADING_KIND_CONDITION);
            CHECK(wait.object == us.condition.bits && wait.holder == 0);
            CHECK(limited ? wait.remaining <= 1000 : isinf(wait.remaining));
            CHECK_STATUS(threading_condition_notify(us.condition, 1), THREADING_OK);
            CHECK(wait_of_worker(&other.thread, &wait));
            check_wants_its_lock(&wait, &us);
            CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
            caller_end(&other, THREADING_OK);
            subject_end(&us);
        }
    }
}

/* And one whose time has run out before anybody notified it. */
CASE(a_condition_waiter_that_has_timed_out_waits_for_the_lock) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        threading_wait wait = {.ident = 0};
        caller other;
        subject_make(&us, kind);
        caller_start_asleep(&other, OURS, waits_for_a_notify, us.condition.bits, 0.05);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        EVENTUALLY(wait_of_worker(&other.thread, &wait) && wait.object != us.condition.bits);
        check_wants_its_lock(&wait, &us);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        caller_end(&other, THREADING_TIMEOUT);
        subject_end(&us);
    }
}

/* A time-out that comes after the notify changes nothing. */
CASE(a_notified_waiter_whose_time_runs_out_waits_on_for_the_lock) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        threading_wait wait;
        caller other;
        subject_make(&us, kind);
        double begun = threading_monotonic();
        caller_start_asleep(&other, OURS, waits_for_a_notify, us.condition.bits, 0.2);
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_notify(us.condition, 1), THREADING_OK);
        EVENTUALLY(threading_monotonic() - begun > 0.3);
        CHECK(wait_of_worker(&other.thread, &wait));
        check_wants_its_lock(&wait, &us);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        worker_join(&other.thread);
        CHECK(other.status == THREADING_OK || other.status == THREADING_TIMEOUT);
        subject_end(&us);
    }
}

/* ---- threads that do not wait ---- */

static atomic_bool may_end;

static void *computes(void *arg) {
    while (!atomic_load(&may_end)) {
    }
    return arg;
}

static void check_waits_for_nothing(threading_thread thread) {
    threading_wait out, before;
    memset(&out, 0x5a, sizeof out);
    before = out;
    CHECK_STATUS(threading_thread_waiting_for(thread, &out), THREADING_NO_VALUE);
    CHECK(memcmp(&out, &before, sizeof out) == 0);
}

CASE(a_thread_that_runs_or_is_new_or_has_ended_waits_for_nothing) {
    threading_thread fresh, running, elsewhere;
    threading_timer timer;
    gate door = GATE_CLOSED;
    CHECK_STATUS(threading_thread_new("new", computes, NULL, &fresh), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("runs", computes, NULL, &running), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("elsewhere", gate_passenger, &door, &elsewhere),
                 THREADING_OK);
    CHECK_STATUS(threading_timer_new(1000, computes, NULL, &timer), THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    EVENTUALLY(threading_thread_native_id(running) != 0);
    gate_await(&door, 1);
    check_waits_for_nothing(fresh);
    check_waits_for_nothing(running);
    /* It waits for what is not the library's. */
    check_waits_for_nothing(elsewhere);
    check_waits_for_nothing(threading_main_thread());
    check_waits_for_nothing(threading_timer_thread(timer));
    threading_wait none;
    CHECK_NUMBER(threading_waits(&none, 1), 0);
    atomic_store(&may_end, true);
    gate_open(&door);
    EVENTUALLY(!threading_thread_is_alive(running));
    check_waits_for_nothing(running);
    CHECK_STATUS(threading_thread_finish(running, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(elsewhere, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_waiting_for(running, &none), THREADING_DESTROYED);
    CHECK_STATUS(threading_thread_waiting_for((threading_thread)THREADING_NULL, &none),
                 THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_timer_cancel(timer, NULL), THREADING_OK);
}

CASE(what_a_thread_waits_for_needs_a_place_to_be_written_to) {
    CHECK_STATUS(threading_thread_waiting_for(threading_main_thread(), NULL),
                 THREADING_INVALID_ARGUMENT);
}

/* ---- a timer's function ---- */

static threading_event held_up;

static void *is_held_up(void *arg) {
    CHECK_STATUS(threading_event_wait(held_up), THREADING_OK);
    return arg;
}

CASE(a_timers_function_waits_under_the_timers_ident) {
    threading_timer timer;
    threading_wait wait;
    CHECK_STATUS(threading_event_new(&held_up), THREADING_OK);
    CHECK_STATUS(threading_timer_new(0, is_held_up, NULL, &timer), THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    threading_thread thread = threading_timer_thread(timer);
    EVENTUALLY(threading_thread_waiting_for(thread, &wait) == THREADING_OK);
    CHECK(wait.object == held_up.bits && THREADING_SAME(wait.thread, thread));
    CHECK(wait.ident == threading_thread_ident(thread));
    CHECK_NUMBER(wait.native_id, threading_thread_native_id(thread));
    CHECK_STATUS(threading_event_set(held_up), THREADING_OK);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
}

/* ---- the array ---- */

static atomic_int errors;

static void counts_errors(const char *function, threading_status status, uint64_t handle,
                          void *ctx) {
    (void)ctx;
    CHECK_STRING(function, "threading_waits");
    CHECK(handle == 0);
    CHECK_STATUS(status, THREADING_INVALID_ARGUMENT);
    atomic_fetch_add(&errors, 1);
}

CASE(an_array_that_is_missing_or_too_small_is_left_alone) {
    enum { WAITERS = 6 };
    threading_wait array[WAITERS + 2], untouched;
    caller others[WAITERS];
    scene at;
    memset(&untouched, 0x5a, sizeof untouched);
    scene_open(&at, &wait_kinds[WAIT_lock_acquire]);
    for (int i = 0; i < WAITERS; i++) {
        caller_start_asleep(&others[i], i % WORKER_KINDS, calls_scene, scene_bits(&at), -1);
    }
    CHECK_STATUS(threading_set_error_hook(counts_errors, NULL), THREADING_OK);
    CHECK_NUMBER(threading_waits(NULL, 0), 0);
    CHECK_NUMBER(threading_waits(array, 0), 0);
    CHECK_NUMBER(atomic_load(&errors), 0);
    CHECK_NUMBER(threading_waits(NULL, 3), 0);
    CHECK_NUMBER(atomic_load(&errors), 1);
    for (size_t capacity = 0; capacity < WAITERS + 2; capacity++) {
        memset(array, 0x5a, sizeof array);
        size_t count = threading_waits(array, capacity);
        CHECK_NUMBER(count, capacity < WAITERS ? capacity : WAITERS);
        for (size_t i = 0; i < WAITERS + 2; i++) {
            CHECK(i < count ? array[i].object == at.bits
                            : memcmp(&array[i], &untouched, sizeof untouched) == 0);
        }
    }
    CHECK_STATUS(threading_set_error_hook(NULL, NULL), THREADING_OK);
    at.kind->comes(at.bits);
    for (int i = 0; i < WAITERS; i++) {
        caller_end(&others[i], THREADING_OK);
    }
    scene_close(&at);
}
