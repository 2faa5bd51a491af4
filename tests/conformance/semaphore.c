/* threading_semaphore: its count and the limits of it, waiting for a unit, giving units back.
 * Crowds are in semaphore_crowd.c. */
#include "caller.h"

#include <float.h>
#include <math.h>

typedef threading_status (*maker)(size_t value, threading_semaphore *out);
static const maker makers[] = {threading_semaphore_new, threading_bounded_semaphore_new};
enum { MAKERS = 2 };

static threading_semaphore make(maker called, size_t value) {
    threading_semaphore semaphore = THREADING_NULL;
    CHECK_STATUS(called(value, &semaphore), THREADING_OK);
    CHECK(!THREADING_IS_NULL(semaphore));
    CHECK_NUMBER(threading_semaphore_value(semaphore), value);
    return semaphore;
}

static void unmake(threading_semaphore semaphore, size_t value) {
    CHECK_NUMBER(threading_semaphore_value(semaphore), value);
    CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
}

static threading_status calls_acquire(caller *self) {
    return threading_semaphore_acquire((threading_semaphore){self->bits});
}
static threading_status calls_try_acquire(caller *self) {
    return threading_semaphore_try_acquire((threading_semaphore){self->bits});
}
static threading_status calls_acquire_timeout(caller *self) {
    return threading_semaphore_acquire_timeout((threading_semaphore){self->bits}, self->seconds);
}
static threading_status calls_release(caller *self) {
    return threading_semaphore_release((threading_semaphore){self->bits});
}

/* ---- the count ---- */

/* test_constructor, test_default_value: there is no default in C. */
CASE(new_takes_a_value_up_to_the_limit) {
    static const size_t values[] = {
        0, 1, 2, 1000, (size_t)1 << 26, THREADING_SEMAPHORE_MAX - 1, THREADING_SEMAPHORE_MAX};
    CHECK(THREADING_SEMAPHORE_MAX >= 1 << 26);
    for (int which = 0; which < MAKERS; which++) {
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            unmake(make(makers[which], values[i]), values[i]);
        }
    }
}

CASE(new_refuses_a_value_over_the_limit_and_no_place) {
    static const size_t values[] = {(size_t)THREADING_SEMAPHORE_MAX + 1,
                                    (size_t)1 << 31,
                                    SIZE_OF_POWER(32),
                                    SIZE_OF_POWER(32) | 1,
                                    SIZE_MAX / 2,
                                    SIZE_MAX};
    threading_semaphore untouched = {4711}, semaphore = untouched;
    for (int which = 0; which < MAKERS; which++) {
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            CHECK_STATUS(makers[which](values[i], &semaphore), THREADING_INVALID_ARGUMENT);
        }
        CHECK_STATUS(makers[which](1, NULL), THREADING_INVALID_ARGUMENT);
    }
    CHECK(THREADING_SAME(semaphore, untouched));
}

/* test_acquire, test_try_acquire */
CASE(each_acquire_takes_a_unit_and_each_release_gives_one) {
    for (int which = 0; which < MAKERS; which++) {
        threading_semaphore semaphore = make(makers[which], 3);
        CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
        CHECK_NUMBER(threading_semaphore_value(semaphore), 2);
        CHECK_STATUS(threading_semaphore_try_acquire(semaphore), THREADING_OK);
        CHECK_NUMBER(threading_semaphore_value(semaphore), 1);
        CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, 0), THREADING_OK);
        CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
        CHECK_STATUS(threading_semaphore_try_acquire(semaphore), THREADING_TIMEOUT);
        CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, 0), THREADING_TIMEOUT);
        CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, -1), THREADING_TIMEOUT);
        CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
        for (size_t units = 1; units <= 3; units++) {
            CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
            CHECK_NUMBER(threading_semaphore_value(semaphore), units);
        }
        unmake(semaphore, 3);
    }
}

/* test_try_acquire_contended, and release by whoever likes */
CASE(any_thread_takes_and_gives) {
    for (int which = 0; which < MAKERS; which++) {
        threading_semaphore semaphore = make(makers[which], 2);
        for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
            caller other;
            for (size_t left = 2; left-- > 0;) {
                caller_start(&other, whose, calls_try_acquire, semaphore.bits, 0);
                caller_end(&other, THREADING_OK);
                CHECK_NUMBER(threading_semaphore_value(semaphore), left);
            }
            caller_start(&other, whose, calls_try_acquire, semaphore.bits, 0);
            caller_end(&other, THREADING_TIMEOUT);
            for (size_t units = 1; units <= 2; units++) {
                caller_start(&other, whose, calls_release, semaphore.bits, 0);
                caller_end(&other, THREADING_OK);
                CHECK_NUMBER(threading_semaphore_value(semaphore), units);
            }
        }
        unmake(semaphore, 2);
    }
}

/* ---- too many ---- */

/* SemaphoreTests.test_release_unacquired */
CASE(a_semaphore_goes_above_the_value_it_was_made_with) {
    threading_semaphore semaphore = make(threading_semaphore_new, 1);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 1000), THREADING_OK);
    for (int units = 1002; units > 0; units--) {
        CHECK_NUMBER(threading_semaphore_value(semaphore), units);
        CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
    }
    CHECK_STATUS(threading_semaphore_try_acquire(semaphore), THREADING_TIMEOUT);
    unmake(semaphore, 0);
}

/* BoundedSemaphoreTests.test_release_unacquired, and test_BoundedSemaphore_limit of
 * test_threading */
CASE(a_bounded_one_does_not_and_takes_all_or_nothing) {
    threading_semaphore semaphore = make(threading_bounded_semaphore_new, 3);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OVERFLOW);
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 1), THREADING_OVERFLOW);
    CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
    CHECK_NUMBER(threading_semaphore_value(semaphore), 2);
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 2), THREADING_OVERFLOW);
    CHECK_STATUS(threading_semaphore_release_n(semaphore, SIZE_MAX), THREADING_OVERFLOW);
    CHECK_STATUS(threading_semaphore_release_n(semaphore, SIZE_MAX - 1), THREADING_OVERFLOW);
    CHECK_NUMBER(threading_semaphore_value(semaphore), 2);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OVERFLOW);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
    }
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 4), THREADING_OVERFLOW);
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 3), THREADING_OK);
    unmake(semaphore, 3);

    semaphore = make(threading_bounded_semaphore_new, 0);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OVERFLOW);
    CHECK_STATUS(threading_semaphore_try_acquire(semaphore), THREADING_TIMEOUT);
    unmake(semaphore, 0);
}

CASE(past_the_limit_release_is_overflow) {
    const size_t most = THREADING_SEMAPHORE_MAX;
    for (int which = 0; which < MAKERS; which++) {
        threading_semaphore semaphore = make(makers[which], most);
        CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OVERFLOW);
        CHECK_STATUS(threading_semaphore_release_n(semaphore, SIZE_MAX), THREADING_OVERFLOW);
        CHECK_STATUS(threading_semaphore_release_n(semaphore, ~most), THREADING_OVERFLOW);
        CHECK_STATUS(threading_semaphore_release_n(semaphore, SIZE_OF_POWER(32)),
                     THREADING_OVERFLOW);
        CHECK_NUMBER(threading_semaphore_value(semaphore), most);
        CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
        CHECK_STATUS(threading_semaphore_release_n(semaphore, 2), THREADING_OVERFLOW);
        CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
        unmake(semaphore, most);
    }
    threading_semaphore semaphore = make(threading_semaphore_new, 0);
    CHECK_STATUS(threading_semaphore_release_n(semaphore, most + 1), THREADING_OVERFLOW);
    CHECK_STATUS(threading_semaphore_release_n(semaphore, most), THREADING_OK);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OVERFLOW);
    CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
    unmake(semaphore, most - 1);
}

CASE(release_n_of_0_is_invalid) {
    for (int which = 0; which < MAKERS; which++) {
        for (size_t value = 0; value < 2; value++) {
            threading_semaphore semaphore = make(makers[which], value);
            CHECK_STATUS(threading_semaphore_release_n(semaphore, 0), THREADING_INVALID_ARGUMENT);
            unmake(semaphore, value);
        }
    }
}

/* ---- waiting ---- */

static int how_many_returned(caller *others, int count) {
    int returned = 0;
    for (int i = 0; i < count; i++) {
        returned += atomic_load(&others[i].returned);
    }
    return returned;
}

/* test_acquire_contended, test_multirelease */
CASE(release_n_wakes_n) {
    enum { WAITERS = 10 };
    static const double limits[] = {-1, INFINITY, 1000, THREADING_TIMEOUT_MAX};
    for (int which = 0; which < MAKERS; which++) {
        threading_semaphore semaphore = make(makers[which], WAITERS);
        caller others[WAITERS];
        int let = 0;
        for (int i = 0; i < WAITERS; i++) {
            CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
        }
        for (int i = 0; i < WAITERS; i++) {
            caller_start_asleep(&others[i], i % WORKER_KINDS,
                                i % 4 ? calls_acquire_timeout : calls_acquire, semaphore.bits,
                                limits[i % 4]);
        }
        for (int n = 1; n <= 4; n++) {
            let += n;
            CHECK_STATUS(n == 1 ? threading_semaphore_release(semaphore)
                                : threading_semaphore_release_n(semaphore, (size_t)n),
                         THREADING_OK);
            EVENTUALLY(how_many_returned(others, WAITERS) >= let);
            CHECK_NUMBER(how_many_returned(others, WAITERS), let);
            CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
        }
        for (int i = 0; i < WAITERS; i++) {
            caller_end(&others[i], THREADING_OK);
        }
        CHECK_STATUS(threading_semaphore_release_n(semaphore, WAITERS), THREADING_OK);
        unmake(semaphore, WAITERS);
    }
}

CASE(more_units_than_waiters_leave_the_rest) {
    threading_semaphore semaphore = make(threading_semaphore_new, 0);
    caller others[3];
    for (int i = 0; i < 3; i++) {
        caller_start_asleep(&others[i], i % WORKER_KINDS, calls_acquire, semaphore.bits, 0);
    }
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 5), THREADING_OK);
    for (int i = 0; i < 3; i++) {
        caller_end(&others[i], THREADING_OK);
    }
    unmake(semaphore, 2);
}

/* test_acquire_timeout */
CASE(a_wait_is_never_early) {
    static const double limits[] = {DBL_TRUE_MIN,  1e-9, 1e-6, 1e-5, 0.0001,
                                    0.00123456789, 0.01, 0.1,  0.25};
    threading_semaphore semaphore = make(threading_semaphore_new, 0);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        for (int round = 0; round < (limits[i] < 0.001 ? 20 : 1); round++) {
            double start = threading_monotonic();
            CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, limits[i]),
                         THREADING_TIMEOUT);
            CHECK_NOT_EARLY(start, limits[i]);
        }
    }
    unmake(semaphore, 0);
}

CASE(zero_and_negative_poll) {
    static const double polls[] = {0,      -0.0,     -1e-9,    -1, -100, -THREADING_TIMEOUT_MAX,
                                   -1e100, -DBL_MAX, -INFINITY};
    threading_semaphore semaphore = make(threading_bounded_semaphore_new, 1);
    for (size_t i = 0; i < sizeof polls / sizeof polls[0]; i++) {
        CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, polls[i]), THREADING_OK);
        CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, polls[i]), THREADING_TIMEOUT);
        CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    }
    unmake(semaphore, 1);
}

CASE(nan_and_too_long_are_invalid) {
    static const double refused[] = {NAN, -NAN, 9223372036.000002, 1e100, DBL_MAX};
    for (size_t value = 0; value < 2; value++) {
        threading_semaphore semaphore = make(threading_semaphore_new, value);
        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
            CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, refused[i]),
                         THREADING_INVALID_ARGUMENT);
        }
        unmake(semaphore, value);
    }
}

CASE(a_unit_that_is_there_is_taken_whatever_the_limit) {
    static const double limits[] = {DBL_TRUE_MIN, 0.001, 1000, THREADING_TIMEOUT_MAX, INFINITY};
    threading_semaphore semaphore = make(threading_semaphore_new, 5);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, limits[i]), THREADING_OK);
    }
    unmake(semaphore, 0);
}

CASE(who_gives_up_leaves_the_others_waiting) {
    threading_semaphore semaphore = make(threading_semaphore_new, 0);
    caller others[9];
    for (int i = 0; i < 9; i++) {
        caller_start(&others[i], i % WORKER_KINDS, calls_acquire_timeout, semaphore.bits,
                     i % 3 == 2 ? INFINITY : 0.01);
    }
    for (int i = 0; i < 9; i++) {
        if (i % 3 != 2) {
            caller_end(&others[i], THREADING_TIMEOUT);
        }
    }
    for (int i = 2; i < 9; i += 3) {
        EVENTUALLY(worker_asleep(&others[i].thread));
        CHECK(!atomic_load(&others[i].returned));
    }
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 3), THREADING_OK);
    for (int i = 2; i < 9; i += 3) {
        caller_end(&others[i], THREADING_OK);
    }
    unmake(semaphore, 0);
}

CASE(errno_unchanged) {
    threading_semaphore semaphore = make(threading_bounded_semaphore_new, 1);
    errno = CALLER_ERRNO;
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OVERFLOW);
    CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, 0.002), THREADING_TIMEOUT);
    CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, NAN), THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 1), THREADING_OK);
    CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_DESTROYED);
    CHECK_NUMBER(errno, CALLER_ERRNO);
}

/* ---- with ---- */

/* test_with */
CASE(with_takes_a_unit_for_the_block) {
    threading_semaphore semaphore = make(threading_bounded_semaphore_new, 2);
    int entered = 0;
    THREADING_WITH(semaphore) {
        CHECK_NUMBER(threading_semaphore_value(semaphore), 1);
        THREADING_WITH(semaphore) {
            CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
            entered++;
        }
        CHECK_NUMBER(threading_semaphore_value(semaphore), 1);
    }
    for (int i = 0; i < 3; i++) {
        THREADING_WITH(semaphore) {
            entered++;
            if (i > 0) {
                continue;
            }
        }
        CHECK_NUMBER(threading_semaphore_value(semaphore), 2);
    }
    CHECK_NUMBER(entered, 4);
    unmake(semaphore, 2);
    THREADING_WITH(semaphore) {
        entered = -1;
    }
    CHECK_NUMBER(entered, 4);
}
