/* `threading_stop`: requests, trees, deadlines, and each wait that a stop ends. */
#include "signalled.h"
#include "stop_tools.h"

#include <math.h>
#include <sched.h>

static threading_status calls_wait(caller *self) {
    return threading_stop_wait((threading_stop){self->bits});
}

/* ---- the stop itself ---- */

CASE(a_request_stays_and_may_be_made_again) {
    threading_stop stop = make(none);
    CHECK(!threading_stop_requested(stop));
    CHECK_STATUS(threading_stop_wait_timeout(stop, 0), THREADING_TIMEOUT);
    for (int round = 0; round < 3; round++) {
        CHECK_STATUS(threading_stop_request(stop), THREADING_OK);
        CHECK(threading_stop_requested(stop) && !threading_stop_expired(stop));
        CHECK(threading_stop_remaining(stop) == 0);
        CHECK_STATUS(threading_stop_wait(stop), THREADING_OK);
        CHECK_STATUS(threading_stop_wait_timeout(stop, 0), THREADING_OK);
    }
    CHECK_STATUS(threading_stop_destroy(stop), THREADING_OK);
}

CASE(a_request_reaches_those_below_and_nobody_above) {
    threading_stop root = make(none), middle = make(root), leaf = make(middle), other = make(root);
    CHECK_STATUS(threading_stop_request(middle), THREADING_OK);
    CHECK(threading_stop_requested(middle) && threading_stop_requested(leaf));
    CHECK(!threading_stop_requested(root) && !threading_stop_requested(other));
    CHECK(threading_stop_requested(make(leaf)));
    CHECK_STATUS(threading_stop_request(root), THREADING_OK);
    CHECK(threading_stop_requested(other));
}

CASE(a_deadline_is_the_earliest_of_all_above) {
    threading_stop root = make_timeout(none, 1000);
    threading_stop later = make_timeout(root, 5000), sooner = make_timeout(root, 500);
    threading_stop plain = make(root);
    CHECK(isinf(threading_stop_remaining(make(none))));
    CHECK(threading_stop_remaining(later) <= 1000 && threading_stop_remaining(later) > 900);
    CHECK(threading_stop_remaining(plain) <= 1000 && threading_stop_remaining(plain) > 900);
    CHECK(threading_stop_remaining(sooner) <= 500 && threading_stop_remaining(sooner) > 400);
    CHECK(!threading_stop_requested(sooner) && !threading_stop_expired(sooner));
}

CASE(a_deadline_comes_by_itself_and_never_early) {
    threading_stop stop = make_timeout(none, 0.05), past = make_timeout(none, 0);
    double start = threading_monotonic();
    CHECK(threading_stop_requested(past) && threading_stop_expired(past));
    CHECK_STATUS(threading_stop_wait(stop), THREADING_OK);
    CHECK_NOT_EARLY(start, 0.04);
    CHECK(threading_stop_requested(stop) && threading_stop_expired(stop));
    CHECK(threading_stop_remaining(stop) == 0);
    /* Somebody asked, which says more. */
    CHECK_STATUS(threading_stop_request(stop), THREADING_OK);
    CHECK(threading_stop_requested(stop) && !threading_stop_expired(stop));
}

CASE(a_wait_for_a_stop_is_a_sleep_that_can_be_ended) {
    threading_stop root = make(none), leaf = make(make(root));
    caller sleepers[4];
    double start = threading_monotonic();
    CHECK_STATUS(threading_stop_wait_timeout(leaf, 0.02), THREADING_TIMEOUT);
    CHECK_NOT_EARLY(start, 0.02);
    for (int i = 0; i < 4; i++) {
        caller_start_asleep(&sleepers[i], i % WORKER_KINDS, calls_wait, leaf.bits, 0);
    }
    CHECK_STATUS(threading_stop_request(root), THREADING_OK);
    for (int i = 0; i < 4; i++) {
        caller_end(&sleepers[i], THREADING_OK);
    }
}

CASE(fifteen_stops_may_be_above_one_and_no_more) {
    threading_stop stops[16], refused = {4711};
    stops[0] = make(none);
    for (int i = 1; i < 16; i++) {
        stops[i] = make(stops[i - 1]);
    }
    CHECK_STATUS(threading_stop_new(stops[15], &refused), THREADING_OVERFLOW);
    CHECK_STRING(threading_error_message(), "15 stops are above the parent already");
    CHECK_STATUS(threading_stop_new_timeout(stops[15], 1, &refused), THREADING_OVERFLOW);
    CHECK_NUMBER(refused.bits, 4711);
    caller sleeper;
    caller_start_asleep(&sleeper, OURS, calls_wait, stops[15].bits, 0);
    CHECK_STATUS(threading_stop_request(stops[0]), THREADING_OK);
    caller_end(&sleeper, THREADING_OK);
    for (int i = 15; i >= 0; i--) {
        CHECK_STATUS(threading_stop_destroy(stops[i]), THREADING_OK);
    }
}

CASE(a_parent_stays_while_it_has_children_and_a_stop_while_threads_wait) {
    threading_stop root = make(none), leaf = make(root);
    CHECK_STATUS(threading_stop_destroy(root), THREADING_BUSY);
    CHECK_STRING(threading_error_message(), "stops were made with it as their parent");
    caller sleeper;
    caller_start_asleep(&sleeper, FOREIGN, calls_wait, leaf.bits, 0);
    CHECK_STATUS(threading_stop_destroy(leaf), THREADING_BUSY);
    CHECK_STATUS(threading_stop_request(leaf), THREADING_OK);
    /* Nobody waits any more: who did is released, whatever becomes of it. */
    CHECK_STATUS(threading_stop_destroy(leaf), THREADING_OK);
    caller_end(&sleeper, THREADING_OK);
    CHECK_STATUS(threading_stop_destroy(root), THREADING_OK);
    CHECK_STATUS(threading_stop_new(root, &leaf), THREADING_DESTROYED);
}

static void check_dead(uint64_t bits, threading_status expected) {
    threading_stop stop = {bits}, made = {4711};
    CHECK_STATUS(threading_stop_request(stop), expected);
    CHECK(!threading_stop_requested(stop) && !threading_stop_expired(stop));
    CHECK(threading_stop_remaining(stop) == 0);
    CHECK_STATUS(threading_stop_wait(stop), expected);
    CHECK_STATUS(threading_stop_wait_timeout(stop, 0), expected);
    CHECK_STATUS(threading_stop_destroy(stop), bits == 0 ? THREADING_OK : expected);
    if (bits != 0) {
        CHECK_STATUS(threading_stop_new(stop, &made), expected);
        CHECK_STATUS(threading_stop_new_timeout(stop, 1, &made), expected);
    }
    CHECK_NUMBER(made.bits, 4711);
}

CASE(null_stale_and_foreign_handles) {
    threading_event event;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    check_dead(0, THREADING_INVALID_HANDLE);
    check_dead(event.bits, THREADING_INVALID_HANDLE);
    for (int i = 0; i < 100; i++) {
        threading_stop stop = make(none);
        CHECK_STATUS(threading_stop_destroy(stop), THREADING_OK);
        threading_stop heir = make(none);
        check_dead(stop.bits, THREADING_DESTROYED);
        CHECK(!threading_stop_requested(heir));
        CHECK_STATUS(threading_stop_destroy(heir), THREADING_OK);
    }
    threading_stop made = {4711};
    CHECK_STATUS(threading_stop_new(none, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_stop_new_timeout(none, NAN, &made), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_stop_new_timeout(none, 1e300, &made), THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(made.bits, 4711);
}

/* ---- signal handlers ---- */

static threading_stop signalled;
static atomic_int handled;
enum { SIGNALS = 2000 };

static void requests(int signal) {
    (void)signal;
    int before = errno;
    bool last = atomic_fetch_add(&handled, 1) + 1 >= SIGNALS;
    CHECK(last || !threading_stop_requested(signalled));
    if (last) {
        CHECK_STATUS(threading_stop_request(signalled), THREADING_OK);
        CHECK(threading_stop_requested(signalled));
    }
    errno = before;
}

/* The handler interrupts calls that hold the lock of this very queue, and never waits for it. */
CASE(a_handler_that_interrupts_every_call_requests) {
    signalled = make(none);
    signalled_handle(SIGUSR1, requests);
    timer_t timer = signalled_begin(SIGUSR1, 100000, 50000);
    while (!threading_stop_requested(signalled)) {
        threading_stop below = make(signalled);
        threading_status status = threading_stop_wait_timeout(below, 0.00001);
        CHECK(status == THREADING_OK || status == THREADING_TIMEOUT);
        CHECK_STATUS(threading_stop_destroy(below), THREADING_OK);
    }
    CHECK_STATUS(threading_stop_wait(signalled), THREADING_OK);
    signalled_end(timer);
    CHECK_STATUS(threading_stop_destroy(signalled), THREADING_OK);
}
