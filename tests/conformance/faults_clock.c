/* Times at the ends of what can be said: waits and timers that would take centuries, and moments past the end of all moments. */
#include "worker.h"

#include <float.h>
#include <math.h>

static const double longest[] = {THREADING_TIMEOUT_MAX, 1e9, 4e9};
static const double shortest[] = {-INFINITY, -DBL_MAX, -1, -DBL_MIN, -0.0, 0.0, 4.9e-324, DBL_MIN, 1e-10};

static void *never_called(void *arg) {
    CHECK(!"a timer of centuries has fired");
    return arg;
}

CASE(timers_of_centuries_wait_and_are_cancelled) {
    for (size_t i = 0; i < sizeof longest / sizeof longest[0]; i++) {
        threading_timer timer;
        bool prevented = false;
        CHECK_STATUS(threading_timer_new(longest[i], never_called, NULL, &timer), THREADING_OK);
        CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
        CHECK_STATUS(threading_thread_join_timeout(threading_timer_thread(timer), 0.01), THREADING_TIMEOUT);
        CHECK_STATUS(threading_timer_cancel(timer, &prevented), THREADING_OK);
        CHECK(prevented);
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    }
}

static void *called(void *arg) {
    atomic_fetch_add((atomic_int *)arg, 1);
    return arg;
}

CASE(timers_without_time_to_wait_fire_at_once) {
    atomic_int calls = 0;
    int made = 0;
    for (size_t i = 0; i < sizeof shortest / sizeof shortest[0]; i++, made++) {
        threading_timer timer;
        CHECK_STATUS(threading_timer_new(shortest[i], called, &calls, &timer), THREADING_OK);
        CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
        CHECK_STATUS(threading_thread_join(threading_timer_thread(timer)), THREADING_OK);
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    }
    CHECK_NUMBER(atomic_load(&calls), made);
}

/* What all waits with a limit say to a time. */
typedef threading_status (*limited)(double seconds);

static threading_lock lock;
static threading_rlock rlock;
static threading_condition condition;
static threading_semaphore semaphore;
static threading_event event;
static threading_barrier barrier;
static threading_thread thread;

static threading_status on_lock(double seconds) { return threading_lock_acquire_timeout(lock, seconds); }
static threading_status on_rlock(double seconds) { return threading_rlock_acquire_timeout(rlock, seconds); }
static threading_status on_condition_lock(double seconds) { return threading_condition_acquire_timeout(condition, seconds); }
static threading_status on_semaphore(double seconds) { return threading_semaphore_acquire_timeout(semaphore, seconds); }
static threading_status on_event(double seconds) { return threading_event_wait_timeout(event, seconds); }
static threading_status on_thread(double seconds) { return threading_thread_join_timeout(thread, seconds); }

static threading_status on_barrier(double seconds) {
    CHECK_STATUS(threading_barrier_reset(barrier), THREADING_OK);
    return threading_barrier_wait_timeout(barrier, seconds, NULL);
}

static const limited all_waits[] = {on_lock, on_rlock, on_condition_lock, on_semaphore, on_event, on_thread, on_barrier};
enum { WAITS = sizeof all_waits / sizeof all_waits[0] };

static threading_event may_end;

static void *stays(void *arg) {
    CHECK_STATUS(threading_event_wait(may_end), THREADING_OK);
    return arg;
}

/* Another thread keeps what can be kept. */
static void keeps(worker *self) {
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    worker_arrives(self);
    CHECK_STATUS(threading_event_wait(may_end), THREADING_OK);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
}

CASE(every_wait_answers_times_at_the_ends_of_the_scale) {
    worker keeper;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_event_new(&may_end), THREADING_OK);
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("stays", stays, NULL, &thread), THREADING_OK);
    worker_start(&keeper, OURS, keeps, NULL);
    EVENTUALLY(worker_asleep(&keeper));
    for (int i = 0; i < WAITS; i++) {
        for (size_t j = 0; j < sizeof shortest / sizeof shortest[0]; j++) {
            CHECK_STATUS(all_waits[i](shortest[j]), THREADING_TIMEOUT);
        }
        CHECK_STATUS(all_waits[i](NAN), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(all_waits[i](nextafter(THREADING_TIMEOUT_MAX, INFINITY)), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(all_waits[i](DBL_MAX), THREADING_INVALID_ARGUMENT);
    }
    CHECK_STATUS(threading_event_set(may_end), THREADING_OK);
    worker_join(&keeper);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

typedef struct patient {
    worker thread;
    limited wait;
    double seconds;
} patient;

static void waits_for_centuries(worker *self) {
    patient *me = self->context;
    worker_arrives(self);
    CHECK_STATUS(me->wait(me->seconds), THREADING_OK);
}

/* The deadline lies beyond every moment that the clock can show: the wait ends when what it waits for comes. */
static void ends_when_it_comes(limited wait, void (*comes)(void)) {
    for (size_t i = 0; i < sizeof longest / sizeof longest[0]; i++) {
        patient one = {.wait = wait, .seconds = longest[i]};
        worker_start(&one.thread, i % WORKER_KINDS, waits_for_centuries, &one);
        EVENTUALLY(worker_asleep(&one.thread));
        comes();
        worker_join(&one.thread);
    }
}

static void lock_comes(void) { CHECK_STATUS(threading_lock_release(lock), THREADING_OK); }
static void unit_comes(void) { CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK); }
static void set_comes(void) {
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    CHECK_STATUS(threading_event_clear(event), THREADING_OK);
}

CASE(a_wait_of_centuries_ends_when_what_it_waits_for_comes) {
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    ends_when_it_comes(on_lock, lock_comes);
    ends_when_it_comes(on_semaphore, unit_comes);
    ends_when_it_comes(on_event, set_comes);
}
