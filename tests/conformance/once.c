/* `threading_once`: a function succeeds once; failures, unwinding, a once that waits for itself,
 * time-outs, forks, and what is left of a once that is done. */
#include "caller.h"
#include "forked.h"
#include "gate.h"
#include "insight_tools.h"

#include <math.h>

static threading_once *once_of(const caller *self) {
    return (threading_once *)(uintptr_t)self->bits;
}
static uint64_t bits_of(threading_once *once) { return (uint64_t)(uintptr_t)once; }

static atomic_int calls;

static bool succeeds(void *ctx) {
    atomic_fetch_add(&calls, 1);
    if (ctx != NULL) {
        *(int *)ctx += 1;
    }
    return true;
}
static bool fails(void *ctx) {
    (void)ctx;
    atomic_fetch_add(&calls, 1);
    return false;
}

static gate in_it = GATE_CLOSED;
static bool passes(void *ctx) {
    (void)ctx;
    atomic_fetch_add(&calls, 1);
    gate_pass(&in_it);
    return true;
}
static bool passes_and_fails(void *ctx) {
    passes(ctx);
    return false;
}

static threading_status calls_passes(caller *self) {
    return threading_once_run(once_of(self), passes, NULL);
}
static threading_status calls_passes_and_fails(caller *self) {
    return threading_once_run(once_of(self), passes_and_fails, NULL);
}
static threading_status calls_succeeds(caller *self) {
    return threading_once_run(once_of(self), succeeds, NULL);
}
static threading_status calls_succeeds_timeout(caller *self) {
    return threading_once_run_timeout(once_of(self), succeeds, NULL, self->seconds);
}

/* Starts a thread whose function runs until the gate opens. */
static void runner_start(caller *self, threading_once *once, threading_status (*call)(caller *)) {
    caller_start(self, FOREIGN, call, bits_of(once), 0);
    gate_await(&in_it, 1);
}

CASE(the_first_call_calls_its_function_and_the_others_do_not) {
    static threading_once once = THREADING_NULL;
    int number = 0;
    CHECK(!threading_once_done(&once));
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_once_run(&once, succeeds, &number), THREADING_OK);
        CHECK_STATUS(threading_once_run_timeout(&once, fails, NULL, 0), THREADING_OK);
        CHECK(threading_once_done(&once));
    }
    CHECK_NUMBER(number, 1);
    CHECK_NUMBER(atomic_load(&calls), 1);
}

CASE(who_comes_while_it_runs_returns_when_it_has_succeeded) {
    threading_once once = THREADING_NULL;
    caller runner, waiting[6];
    runner_start(&runner, &once, calls_passes);
    for (int i = 0; i < 6; i++) {
        caller_start_asleep(&waiting[i], i % WORKER_KINDS,
                            i % 2 ? calls_succeeds_timeout : calls_succeeds, bits_of(&once),
                            CASE_SECONDS);
    }
    CHECK(!threading_once_done(&once));
    gate_open(&in_it);
    caller_end(&runner, THREADING_OK);
    for (int i = 0; i < 6; i++) {
        caller_end(&waiting[i], THREADING_OK);
    }
    CHECK_NUMBER(atomic_load(&calls), 1);
}

/* ---- failure ---- */

CASE(a_function_that_fails_leaves_the_next_call_its_turn) {
    threading_once once = THREADING_NULL;
    for (int i = 1; i <= 3; i++) {
        CHECK_STATUS(threading_once_run(&once, fails, NULL), THREADING_BROKEN);
        CHECK_STRING(threading_error_message(), "the function has failed");
        CHECK_NUMBER(atomic_load(&calls), i);
        CHECK(!threading_once_done(&once));
    }
    CHECK_STATUS(threading_once_run_timeout(&once, fails, NULL, 1), THREADING_BROKEN);
    CHECK_STATUS(threading_once_run(&once, succeeds, NULL), THREADING_OK);
    CHECK_STATUS(threading_once_run(&once, fails, NULL), THREADING_OK);
    CHECK_NUMBER(atomic_load(&calls), 5);
}

CASE(after_a_failure_one_that_waits_is_next_and_the_others_wait_for_that_one) {
    threading_once once = THREADING_NULL;
    caller runner, waiting[4];
    runner_start(&runner, &once, calls_passes_and_fails);
    for (int i = 0; i < 4; i++) {
        caller_start_asleep(&waiting[i], i % WORKER_KINDS, calls_succeeds, bits_of(&once), 0);
    }
    gate_open(&in_it);
    caller_end(&runner, THREADING_BROKEN);
    for (int i = 0; i < 4; i++) {
        caller_end(&waiting[i], THREADING_OK);
    }
    CHECK_NUMBER(atomic_load(&calls), 2);
}

static bool ends_its_thread(void *ctx) {
    passes(ctx);
    pthread_exit(NULL);
}
static void *runs_to_its_end(void *once) {
    threading_once_run(once, ends_its_thread, NULL);
    CHECK(!"the thread has ended");
    return NULL;
}

CASE(a_function_that_is_left_by_pthread_exit_has_failed) {
    threading_once once = THREADING_NULL;
    pthread_t thread;
    caller waiting;
    CHECK_NUMBER(pthread_create(&thread, NULL, runs_to_its_end, &once), 0);
    gate_await(&in_it, 1);
    caller_start_asleep(&waiting, OURS, calls_succeeds, bits_of(&once), 0);
    gate_open(&in_it);
    caller_end(&waiting, THREADING_OK);
    CHECK_NUMBER(pthread_join(thread, NULL), 0);
    CHECK_NUMBER(atomic_load(&calls), 2);
}

/* ---- mistakes ---- */

static bool waits_for_itself(void *once) {
    CHECK_STATUS(threading_once_run(once, succeeds, NULL), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_once_run_timeout(once, succeeds, NULL, INFINITY),
                 THREADING_WOULD_DEADLOCK);
    CHECK_STRING(threading_error_message(), "the once's own function waits for the once");
    CHECK(!threading_once_done(once));
    return true;
}

CASE(a_function_that_waits_for_its_own_once_is_told_so) {
    threading_once once = THREADING_NULL;
    CHECK_STATUS(threading_once_run(&once, waits_for_itself, &once), THREADING_OK);
    CHECK_NUMBER(atomic_load(&calls), 0);
    CHECK(threading_once_done(&once));
}

CASE(what_is_no_once_is_refused_and_stays_as_it_was) {
    threading_lock lock;
    threading_rlock rlock, ended;
    threading_condition pins;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    CHECK_STATUS(threading_condition_new_with_rlock(rlock, &pins), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&ended), THREADING_OK);
    CHECK_STATUS(threading_rlock_destroy(ended), THREADING_OK);
    const uint64_t wrong[] = {2, UINT64_MAX, lock.bits, ended.bits, ended.bits + 4711};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        threading_once once = {wrong[i]};
        CHECK_STATUS(threading_once_run(&once, succeeds, NULL), THREADING_INVALID_HANDLE);
        CHECK_STATUS(threading_once_run_timeout(&once, succeeds, NULL, 1),
                     THREADING_INVALID_HANDLE);
        CHECK(!threading_once_done(&once));
        CHECK(once.state == wrong[i]);
    }
    threading_once once = THREADING_NULL;
    CHECK_STATUS(threading_once_run(NULL, succeeds, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_once_run(&once, NULL, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_once_run(&once, succeeds, NULL), THREADING_OK);
    CHECK_STATUS(threading_once_run(&once, NULL, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(atomic_load(&calls), 1);
}

/* ---- the time ---- */

CASE(a_time_out_is_never_early_and_changes_nothing) {
    static const double limits[] = {-1, 0, 1e-9, 1e-5, 0.00123456789, 0.1};
    threading_once once = THREADING_NULL;
    caller runner;
    runner_start(&runner, &once, calls_passes);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        double start = threading_monotonic();
        CHECK_STATUS(threading_once_run_timeout(&once, succeeds, NULL, limits[i]),
                     THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, limits[i] < 0 ? 0 : limits[i]);
    }
    CHECK_STATUS(threading_once_run_timeout(&once, succeeds, NULL, NAN),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_once_run_timeout(&once, succeeds, NULL, 1e100),
                 THREADING_INVALID_ARGUMENT);
    gate_open(&in_it);
    caller_end(&runner, THREADING_OK);
    CHECK_NUMBER(atomic_load(&calls), 1);
}

/* ---- what is left of it ---- */

enum { RACERS = 4, ROUNDS = 5000 };
static threading_once raced[ROUNDS];
static int made[ROUNDS];

static bool makes(void *number) {
    *(int *)number += 1;
    return true;
}
static threading_status races(caller *self) {
    for (int i = 0; i < ROUNDS; i++) {
        threading_status status = threading_once_run(&raced[i], makes, &made[i]);
        if (status != THREADING_OK || made[i] != 1) {
            return THREADING_BROKEN;
        }
    }
    (void)self;
    return THREADING_OK;
}

/* What is made for a once ends when it is done, whoever came last. */
CASE(of_many_that_race_one_calls_its_function_and_nothing_is_left) {
    caller racers[RACERS];
    threading_rlock rlock;
    for (int i = 0; i < RACERS; i++) {
        caller_start(&racers[i], i % WORKER_KINDS, races, 0, 0);
    }
    for (int i = 0; i < RACERS; i++) {
        caller_end(&racers[i], THREADING_OK);
    }
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_NUMBER(made[i], 1);
    }
    char *text = dumped(threading_dump_json);
    CHECK_LACKS(text, "\"kind\":\"rlock\"");
    free(text);
    /* The table of rlocks has never had more than a few. */
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    CHECK((uint32_t)rlock.bits < 8 * RACERS);
}

/* ---- forks ---- */

enum { CHILD_IS_FINE = 50 };

CASE(a_child_that_is_forked_while_it_runs_runs_it_anew) {
    threading_once once = THREADING_NULL;
    caller runner;
    runner_start(&runner, &once, calls_passes);
    pid_t child = forked();
    if (child == 0) {
        caller others[RACERS];
        CHECK(!threading_once_done(&once));
        for (int i = 0; i < RACERS; i++) {
            caller_start(&others[i], i % WORKER_KINDS, calls_succeeds, bits_of(&once), 0);
        }
        for (int i = 0; i < RACERS; i++) {
            caller_end(&others[i], THREADING_OK);
        }
        CHECK_NUMBER(atomic_load(&calls), 2);
        _exit(CHILD_IS_FINE);
    }
    CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
    gate_open(&in_it);
    caller_end(&runner, THREADING_OK);
    CHECK_NUMBER(atomic_load(&calls), 1);
}

/* What was made for it before the fork is as good in the child. */
CASE(after_a_failure_before_the_fork_one_runs_in_the_child_and_the_others_wait) {
    threading_once once = THREADING_NULL;
    CHECK_STATUS(threading_once_run(&once, fails, NULL), THREADING_BROKEN);
    pid_t child = forked();
    if (child == 0) {
        caller runner, waiting;
        runner_start(&runner, &once, calls_passes);
        caller_start_asleep(&waiting, OURS, calls_succeeds, bits_of(&once), 0);
        gate_open(&in_it);
        caller_end(&runner, THREADING_OK);
        caller_end(&waiting, THREADING_OK);
        CHECK_NUMBER(atomic_load(&calls), 2);
        _exit(CHILD_IS_FINE);
    }
    CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
}

static pid_t forked_within;
static bool forks(void *once) {
    atomic_fetch_add(&calls, 1);
    forked_within = forked();
    if (forked_within == 0) {
        /* It goes on here: others wait for it. */
        caller *waiting = calloc(1, sizeof *waiting);
        caller_start_asleep(waiting, OURS, calls_succeeds, bits_of(once), 0);
        CHECK_STATUS(threading_once_run(once, succeeds, NULL), THREADING_WOULD_DEADLOCK);
    }
    return true;
}

CASE(a_function_that_forks_goes_on_in_the_child) {
    threading_once once = THREADING_NULL;
    CHECK_STATUS(threading_once_run(&once, forks, &once), THREADING_OK);
    CHECK_NUMBER(atomic_load(&calls), 1);
    CHECK(threading_once_done(&once));
    if (forked_within == 0) {
        CHECK_STATUS(threading_once_run(&once, succeeds, NULL), THREADING_OK);
        _exit(CHILD_IS_FINE);
    }
    CHECK_NUMBER(exit_code_of(forked_within), CHILD_IS_FINE);
}

/* ---- what others see ---- */

CASE(a_dump_says_who_runs_it_and_who_waits) {
    threading_once once = THREADING_NULL;
    caller runner, waiting;
    threading_wait wait;
    runner_start(&runner, &once, calls_passes);
    caller_start_asleep(&waiting, OURS, calls_succeeds, bits_of(&once), 0);
    EVENTUALLY(wait_of_worker(&waiting.thread, &wait) && wait.kind == THREADING_KIND_RLOCK);
    CHECK(wait.holder != 0 && wait.site != NULL);
    char *text = dumped(threading_dump);
    CHECK_HAS(text, "    for rlock \"once\" (0x");
    CHECK_HAS(text, "    holds rlock \"once\" (0x");
    free(text);
    gate_open(&in_it);
    caller_end(&runner, THREADING_OK);
    caller_end(&waiting, THREADING_OK);
}

static threading_once crossed[2];
static atomic_int inside;
static bool runs_the_other(void *other) {
    atomic_fetch_add(&inside, 1);
    EVENTUALLY(atomic_load(&inside) == 2);
    CHECK_STATUS(threading_once_run(other, succeeds, NULL), THREADING_OK);
    return true;
}
static threading_status runs_one(caller *self) {
    return threading_once_run(&crossed[self->bits], runs_the_other, &crossed[1 - self->bits]);
}

CASE(two_that_wait_for_each_other_are_a_certain_deadlock) {
    caller both[2];
    threading_certainty certainty;
    caller_start(&both[0], OURS, runs_one, 0, 0);
    caller_start(&both[1], FOREIGN, runs_one, 1, 0);
    EVENTUALLY(threading_find_deadlock(NULL, 0, &certainty) == 2);
    CHECK_NUMBER(certainty, THREADING_CERTAINTY_CERTAIN);
    fflush(NULL);
    _exit(0);
}
