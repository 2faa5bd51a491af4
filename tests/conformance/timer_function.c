/* What a timer's function may do: end in every way a thread's function can, keep values in locals,
 * and leave nothing behind for the next function that the same worker of the library runs. */
#include "gate.h"
#include "local_tools.h"
#include "timer_tools.h"

static int marks[4];

static void *end_by_threading_exit(void *arg) {
    threading_exit(arg);
    CHECK(!"threading_exit does not return here");
    return NULL;
}

static void *end_by_pthread_exit(void *arg) { pthread_exit(arg); }

static void *end_by_cancellation(void *arg) {
    pthread_cancel(pthread_self());
    pthread_testcancel();
    CHECK(!"a cancelled thread does not go on");
    return arg;
}

static void *end_by_return(void *arg) { return arg; }

static threading_target const ends[] = {end_by_return, end_by_threading_exit, end_by_pthread_exit,
                                        end_by_cancellation};
enum { ENDS = sizeof ends / sizeof ends[0] };

static void check_all_went_well(void) {
    atomic_int calls = 0;
    timer_finish(timer_started(0, timer_count, &calls));
    CHECK_NUMBER(atomic_load(&calls), 1);
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_STATUS(threading_shutdown_timeout(CASE_SECONDS / 2), THREADING_OK);
}

CASE(a_function_may_end_as_a_threads_may) {
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < ENDS; i++) {
            threading_timer timer = timer_started(0, ends[i], &marks[i]);
            CHECK_STATUS(timer_join(timer), THREADING_OK);
            CHECK(!timer_alive(timer));
            CHECK(!timer_cancelled(timer));
            timer_finish(timer);
        }
    }
    check_all_went_well();
}

static void *result_of(threading_target function, void *arg) {
    void *result = marks;
    threading_timer timer = timer_started(0, function, arg);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    CHECK_STATUS(threading_thread_result(threading_timer_thread(timer), &result), THREADING_OK);
    timer_finish(timer);
    return result;
}

CASE(what_a_function_returns_or_gives_to_threading_exit_is_the_result) {
    CHECK(result_of(end_by_return, &marks[1]) == &marks[1]);
    CHECK(result_of(end_by_threading_exit, &marks[2]) == &marks[2]);
    CHECK(result_of(end_by_return, NULL) == NULL);
}

static void *cancel_itself_and_return(void *arg) {
    pthread_cancel(pthread_self());
    return arg;
}

/* The worker goes with its function, and nobody but the C library knows the value. */
CASE(a_function_that_ends_its_worker_leaves_its_result) {
    for (int round = 0; round < 50; round++) {
        CHECK(result_of(end_by_pthread_exit, &marks[3]) == &marks[3]);
        CHECK(result_of(end_by_pthread_exit, NULL) == NULL);
        CHECK(result_of(end_by_cancellation, NULL) == PTHREAD_CANCELED);
        CHECK(result_of(cancel_itself_and_return, &marks[0]) == &marks[0]);
    }
}

/* A thousand workers that end in all ways leave none behind that is counted and gone. */
CASE(functions_that_end_their_worker_do_not_stop_the_others) {
    enum { TIMERS = 4000 };
    static threading_timer timers[TIMERS];
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = timer_started((i % 50) * 0.001, ends[i % ENDS], NULL);
    }
    for (int i = 0; i < TIMERS; i++) {
        timer_finish(timers[i]);
    }
    check_all_went_well();
}

static void *die_later(void *arg) {
    /* Deferred: it takes effect at the next cancellation point, and there is none before the
     * return. */
    pthread_cancel(pthread_self());
    return arg;
}

static void *must_reach_its_end(void *reached) {
    pthread_testcancel();
    atomic_fetch_add((atomic_int *)reached, 1);
    return NULL;
}

CASE(a_cancellation_that_a_function_left_behind_does_not_meet_the_next) {
    enum { TIMERS = 200 };
    static threading_timer timers[TIMERS];
    atomic_int reached = 0;
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = timer_started(0, i % 2 ? must_reach_its_end : die_later, &reached);
    }
    for (int i = 0; i < TIMERS; i++) {
        timer_finish(timers[i]);
    }
    CHECK_NUMBER(atomic_load(&reached), TIMERS / 2);
    check_all_went_well();
}

static void *refuse_to_die(void *arg) {
    CHECK_NUMBER(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL), 0);
    return arg;
}

static void *look_at_cancellation(void *arg) {
    int state = -1, type = -1;
    CHECK_NUMBER(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state), 0);
    CHECK_NUMBER(pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type), 0);
    CHECK_NUMBER(state, PTHREAD_CANCEL_ENABLE);
    CHECK_NUMBER(type, PTHREAD_CANCEL_DEFERRED);
    return arg;
}

CASE(a_function_begins_with_cancellation_as_a_new_thread_has_it) {
    for (int round = 0; round < 100; round++) {
        timer_finish(timer_started(0, refuse_to_die, NULL));
        timer_finish(timer_started(0, look_at_cancellation, NULL));
    }
}

/* ---- locals ---- */

static threading_local values;

typedef struct keeper {
    value kept;
    threading_target end;
    bool was_fresh;
} keeper;

static void *keep_a_value(void *arg) {
    keeper *it = arg;
    it->was_fresh = threading_local_get(values) == NULL;
    CHECK_STATUS(threading_local_set(values, &it->kept), THREADING_OK);
    CHECK(threading_local_get(values) == &it->kept);
    return it->end(arg);
}

static void still_alive(value *self) {
    threading_thread me = threading_current_thread();
    CHECK(threading_thread_is_alive(me));
    CHECK(threading_thread_ident(me) == self->by);
    CHECK(threading_current_name() != NULL);
}

CASE(a_functions_locals_are_its_own_and_gone_with_it) {
    values = local_of_values();
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < ENDS; i++) {
            keeper it = {.end = ends[i], .was_fresh = false};
            it.kept.then = still_alive;
            threading_timer timer = timer_new(0, keep_a_value, &it);
            CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
            uint64_t ident = threading_thread_ident(threading_timer_thread(timer));
            CHECK_STATUS(timer_join(timer), THREADING_OK);
            /* Before the join returns, and in the timer's own thread. */
            CHECK_NUMBER(value_destroyed(&it.kept), 1);
            CHECK(it.kept.by == ident);
            CHECK(it.was_fresh);
            timer_finish(timer);
        }
    }
    CHECK_STATUS(threading_local_destroy(values), THREADING_OK);
}

static void *make_value(void *calls) {
    atomic_fetch_add((atomic_int *)calls, 1);
    return calls;
}

static void *touch_twice(void *arg) {
    CHECK(threading_local_get(values) == arg);
    CHECK(threading_local_get(values) == arg);
    return arg;
}

CASE(a_locals_initialiser_runs_once_in_each_function) {
    enum { TIMERS = 500 };
    static threading_timer timers[TIMERS];
    atomic_int made = 0;
    values = local_new(make_value, NULL, &made);
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = timer_started(0, touch_twice, &made);
    }
    for (int i = 0; i < TIMERS; i++) {
        timer_finish(timers[i]);
    }
    CHECK_NUMBER(atomic_load(&made), TIMERS);
    CHECK_STATUS(threading_local_destroy(values), THREADING_OK);
}

/* ---- locks ---- */

static threading_rlock rlock;

static void *hold_rlock_for_ever(void *arg) {
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK(threading_rlock_owner(rlock, NULL) == threading_get_ident());
    return arg;
}

static void *find_rlock_held(void *arg) {
    CHECK_STATUS(threading_rlock_try_acquire(rlock), THREADING_TIMEOUT);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_NOT_OWNER);
    CHECK_NUMBER(threading_rlock_depth(rlock), 0);
    return arg;
}

/* The worker's thread is the same, and the owner was the timer's. */
CASE(an_rlock_that_a_function_kept_is_not_the_next_ones) {
    for (int round = 0; round < 50; round++) {
        CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
        threading_timer holder = timer_started(0, hold_rlock_for_ever, NULL);
        CHECK_STATUS(timer_join(holder), THREADING_OK);
        CHECK(threading_rlock_owner(rlock, NULL) ==
              threading_thread_ident(threading_timer_thread(holder)));
        timer_finish(timer_started(0, find_rlock_held, NULL));
        timer_finish(holder);
        /* Its holder has ended, and nobody waits for it. */
        CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
    }
}

/* ---- other timers ---- */

typedef struct chain {
    atomic_int left, ended;
} chain;

static void *start_the_next(void *arg) {
    chain *all = arg;
    if (atomic_fetch_sub(&all->left, 1) > 0) {
        threading_timer next = timer_started(0, start_the_next, all),
                        other = timer_started(TIMER_FAR, timer_never, NULL);
        CHECK(timer_cancelled(other));
        CHECK_STATUS(threading_timer_destroy(other), THREADING_OK);
        CHECK_STATUS(threading_timer_destroy(next), THREADING_OK);
    }
    atomic_fetch_add(&all->ended, 1);
    return NULL;
}

CASE(functions_start_cancel_and_destroy_other_timers) {
    enum { LENGTH = 2000, CHAINS = 4 };
    chain all = {LENGTH, 0};
    for (int i = 0; i < CHAINS; i++) {
        threading_timer first = timer_started(0, start_the_next, &all);
        CHECK_STATUS(threading_timer_destroy(first), THREADING_OK);
    }
    EVENTUALLY(atomic_load(&all.ended) == LENGTH + CHAINS);
    EVENTUALLY(threading_active_count() == 1);
    check_all_went_well();
}

typedef struct itself {
    threading_timer timer;
    gate known;
} itself;

static void *destroy_itself(void *arg) {
    itself *me = arg;
    threading_thread thread;
    gate_pass(&me->known);
    CHECK_STATUS(threading_timer_destroy(me->timer), THREADING_OK);
    thread = threading_timer_thread(me->timer);
    CHECK(THREADING_SAME(thread, threading_current_thread()));
    CHECK(threading_thread_is_alive(thread));
    CHECK(!timer_cancelled(me->timer));
    return arg;
}

CASE(a_function_may_destroy_its_own_timer) {
    for (int round = 0; round < 500; round++) {
        itself me = {THREADING_NULL, GATE_CLOSED};
        me.timer = timer_new(0, destroy_itself, &me);
        threading_thread thread = threading_timer_thread(me.timer);
        CHECK_STATUS(threading_timer_start(me.timer), THREADING_OK);
        gate_open(&me.known);
        threading_status status = threading_thread_join(thread);
        CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
        CHECK_STATUS(threading_timer_cancel(me.timer, NULL), THREADING_DESTROYED);
    }
    check_all_went_well();
}

static void *join_another(void *arg) {
    threading_timer other = timer_started(0.001, end_by_return, &marks[0]);
    timer_finish(other);
    return arg;
}

/* Each waits in a worker for one that needs a worker: there are always enough. */
CASE(functions_may_wait_for_other_timers) {
    enum { TIMERS = 200 };
    static threading_timer timers[TIMERS];
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = timer_started(0, join_another, NULL);
    }
    for (int i = 0; i < TIMERS; i++) {
        timer_finish(timers[i]);
    }
    check_all_went_well();
}
