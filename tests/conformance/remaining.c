/* threading_remaining: what is left until a moment, for loops of waits with one deadline. */
#include "caller.h"

#include <math.h>

CASE(what_is_left_is_the_difference_to_the_clock) {
    double before = threading_monotonic();
    double left = threading_remaining(before + 1000);
    double after = threading_monotonic();
    CHECK(left <= 1000.000001 && left >= 1000 - (after - before) - 0.000001);
}

CASE(a_moment_that_has_passed_leaves_nothing) {
    CHECK(threading_remaining(threading_monotonic() - 1) == 0);
    CHECK(threading_remaining(0) == 0);
    CHECK(threading_remaining(-INFINITY) == 0);
}

CASE(no_moment_is_never_reached_and_none_is_made_of_nan) {
    CHECK(threading_remaining(INFINITY) == INFINITY);
    CHECK(isnan(threading_remaining(NAN)));
}

static threading_condition condition;
static atomic_int notified;
static bool ready;

/* The loop of the header's comment. */
static threading_status waits_in_a_loop(caller *self) {
    double deadline = self->seconds;
    threading_status status = threading_condition_acquire(condition);
    atomic_fetch_add(&notified, 1);
    while (!ready && status == THREADING_OK) {
        status = threading_condition_wait_timeout(condition, threading_remaining(deadline));
        atomic_fetch_add(&notified, 1);
    }
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    return status;
}

static void notify_one(void) {
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    CHECK_STATUS(threading_condition_notify(condition, 1), THREADING_OK);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
}

CASE(a_loop_of_waits_keeps_one_deadline) {
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    double deadline = threading_monotonic() + 0.1;
    caller waiter;
    caller_start(&waiter, OURS, waits_in_a_loop, 0, deadline);
    for (int round = 1; round < 4 && threading_remaining(deadline) > 0; round++) {
        EVENTUALLY(atomic_load(&notified) >= round || threading_remaining(deadline) == 0);
        notify_one();
    }
    caller_end(&waiter, THREADING_TIMEOUT);
    CHECK(threading_monotonic() >= deadline - 0.000001);
    caller_start(&waiter, OURS, waits_in_a_loop, 0, INFINITY);
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    ready = true;
    CHECK_STATUS(threading_condition_notify(condition, 1), THREADING_OK);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    caller_end(&waiter, THREADING_OK);
}
