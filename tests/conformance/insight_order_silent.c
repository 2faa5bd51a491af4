/* threading_inspect(THREADING_INSPECT_ORDER): what cannot hang is not told, whatever it looks like;
 * and what it takes to be told when there is very much. */
#include "insight_order.h"

/* ---- what cannot hang ---- */

CASE(one_thread_alone_is_not_accused) {
    begin();
    thing a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_RLOCK);
    for (int time = 0; time < 3; time++) {
        take(a), take(b), let_go(b), let_go(a);
        take(b), take(a), let_go(a), let_go(b);
        take(b), take(a), let_go(b), let_go(a);
    }
    nothing_is_told();
}

CASE(threads_of_which_one_is_joined_before_the_next_starts_are_not_accused) {
    begin();
    thing a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_LOCK);
    for (int time = 0; time < 6; time++) {
        bool even = time % 2 == 0;
        taker one;
        begin_taker(&one, OURS, even ? &a : &b, even ? &b : &a, NULL);
        run_taker(&one);
        end_taker(&one);
        /* The thread that starts and joins them takes them too, in between. */
        take(even ? b : a), take(even ? a : b);
        let_go(even ? a : b), let_go(even ? b : a);
    }
    nothing_is_told();
}

static void starts_and_joins_another(worker *self) {
    taker *inner = self->context;
    begin_taker(inner, OURS, inner->taken[0], inner->taken[1], NULL);
    run_taker(inner);
    end_taker(inner);
}

CASE(what_came_before_a_start_or_after_a_join_of_others_is_not_accused) {
    begin();
    thing a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_LOCK);
    taker inner = {.taken = {&b, &a}};
    worker outer;
    take(a), take(b), let_go(b), let_go(a);
    worker_start(&outer, OURS, starts_and_joins_another, &inner);
    worker_join(&outer);
    take(a), take(b), let_go(b), let_go(a);
    nothing_is_told();
}

static thing timed[2];

static void *takes_as_a_timer(void *arg) {
    take(timed[1]), take(timed[0]);
    let_go(timed[0]), let_go(timed[1]);
    return arg;
}

CASE(a_timer_comes_after_its_start_and_before_its_join) {
    begin();
    timed[0] = make(THREADING_KIND_LOCK);
    timed[1] = make(THREADING_KIND_LOCK);
    for (int time = 0; time < 3; time++) {
        threading_timer timer;
        take(timed[0]), take(timed[1]), let_go(timed[1]), let_go(timed[0]);
        CHECK_STATUS(threading_timer_new(1e-3, takes_as_a_timer, NULL, &timer), THREADING_OK);
        CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
        CHECK_STATUS(threading_thread_join(threading_timer_thread(timer)), THREADING_OK);
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    }
    nothing_is_told();
}

CASE(a_gate_that_all_of_them_hold_lets_one_of_them_come_at_a_time) {
    begin();
    thing gate = make(THREADING_KIND_LOCK), a = make(THREADING_KIND_LOCK),
          b = make(THREADING_KIND_LOCK);
    run_both((thing *[3]){&gate, &a, &b}, (thing *[3]){&gate, &b, &a});
    nothing_is_told();
}

static void tries_the_other_way(worker *self) {
    thing **both = self->context;
    take(*both[0]);
    CHECK_STATUS(threading_lock_try_acquire(both[1]->lock), THREADING_OK);
    CHECK_STATUS(threading_lock_release(both[1]->lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire_timeout(both[1]->lock, 10), THREADING_OK);
    CHECK_STATUS(threading_lock_release(both[1]->lock), THREADING_OK);
    let_go(*both[0]);
}

CASE(a_try_and_an_acquire_with_a_time_out_cannot_hang) {
    worker tries;
    begin();
    thing a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_LOCK);
    taker first;
    begin_taker(&first, OURS, &a, &b, NULL);
    run_taker(&first);
    worker_start(&tries, OURS, tries_the_other_way, (thing *[2]){&b, &a});
    worker_join(&tries);
    nothing_is_told();
    end_taker(&first);
}

static void goes_hand_over_hand(worker *self) {
    thing *list = self->context;
    for (int time = 0; time < 50; time++) {
        take(list[0]);
        for (int i = 1; i < 8; i++) {
            take(list[i]);
            let_go(list[i - 1]);
        }
        let_go(list[7]);
    }
}

CASE(hand_over_hand_along_a_list_cannot_hang) {
    worker workers[3];
    thing list[8];
    begin();
    for (int i = 0; i < 8; i++) {
        list[i] = make(kinds[i % 2]);
    }
    for (int i = 0; i < 3; i++) {
        worker_start(&workers[i], i % WORKER_KINDS, goes_hand_over_hand, list);
    }
    for (int i = 0; i < 3; i++) {
        worker_join(&workers[i]);
    }
    nothing_is_told();
}

/* An order is about locks, and not about what they are called or where they were made. */
CASE(locks_that_were_made_in_one_line_are_not_one) {
    begin();
    thing many[6];
    for (int i = 0; i < 6; i++) {
        many[i] = make(THREADING_KIND_LOCK);
        CHECK_STATUS(threading_lock_set_name(many[i].lock, "one of many"), THREADING_OK);
    }
    run_both((thing *[3]){&many[0], &many[1]}, (thing *[3]){&many[3], &many[2]});
    run_both((thing *[3]){&many[4], &many[5]}, (thing *[3]){&many[1], &many[0]});
    CHECK_NUMBER(atomic_load(&tellings), 1);
    CHECK_NUMBER(told[0].count, 2);
}

static void releases(worker *self) {
    CHECK_STATUS(threading_lock_release(*(threading_lock *)self->context), THREADING_OK);
}

CASE(a_lock_that_others_release_is_a_signal_and_makes_no_order) {
    begin();
    thing signal = make(THREADING_KIND_LOCK), a = make(THREADING_KIND_LOCK);
    for (int time = 0; time < 100; time++) {
        worker other;
        take(signal);
        worker_start(&other, time % WORKER_KINDS, releases, &signal.lock);
        worker_join(&other);
    }
    run_both((thing *[3]){&signal, &a}, (thing *[3]){&a, &signal});
    nothing_is_told();
}

CASE(an_rlock_that_is_acquired_again_is_not_wanted) {
    begin();
    thing a = make(THREADING_KIND_RLOCK), b = make(THREADING_KIND_LOCK);
    run_both((thing *[3]){&a, &b, &a}, (thing *[3]){&a, &b, NULL});
    nothing_is_told();
}

CASE(what_is_recorded_while_it_is_off_or_was_before_says_nothing) {
    begin();
    thing a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_LOCK);
    taker first, second;
    begin_taker(&first, OURS, &a, &b, NULL);
    begin_taker(&second, OURS, &b, &a, NULL);
    run_taker(&first);
    CHECK_STATUS(threading_inspect(0), THREADING_OK);
    begin();
    run_taker(&second);
    nothing_is_told();
    end_taker(&first);
    end_taker(&second);
}

CASE(a_forked_child_does_not_accuse_threads_that_are_gone) {
    begin();
    thing a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_LOCK);
    taker first;
    begin_taker(&first, OURS, &a, &b, NULL);
    run_taker(&first);
    pid_t pid = forked();
    if (pid == 0) {
        take(b), take(a), let_go(a), let_go(b);
        nothing_is_told();
        run_both((thing *[3]){&a, &b}, (thing *[3]){&b, &a});
        CHECK_NUMBER(atomic_load(&tellings), 1);
        _exit(0);
    }
    CHECK_NUMBER(exit_code_of(pid), 0);
    end_taker(&first);
}

/* ---- many ---- */

/* More locks than there is room for: those that have ended make room. */
CASE(locks_that_have_ended_make_room) {
    enum { ROUNDS = 20000 };
    begin();
    for (int i = 0; i < ROUNDS; i++) {
        thing a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_LOCK);
        take(a), take(b), let_go(b), let_go(a);
        CHECK_STATUS(threading_lock_destroy(a.lock), THREADING_OK);
        CHECK_STATUS(threading_lock_destroy(b.lock), THREADING_OK);
    }
    thing a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_LOCK);
    run_both((thing *[3]){&a, &b}, (thing *[3]){&b, &a});
    CHECK_NUMBER(atomic_load(&tellings), 1);
}

/* A thread that holds more than is recorded is not accused of anything. */
CASE(a_thread_that_holds_very_much_is_left_in_peace) {
    enum { MUCH = 200 };
    begin();
    thing much[MUCH], a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_LOCK);
    for (int i = 0; i < MUCH; i++) {
        much[i] = make(THREADING_KIND_LOCK);
        take(much[i]);
    }
    take(b), take(a), let_go(a), let_go(b);
    for (int i = 0; i < MUCH; i++) {
        let_go(much[i]);
    }
    run_both((thing *[3]){&a, &b}, (thing *[3]){&a, &b});
    nothing_is_told();
    run_both((thing *[3]){&a, &b}, (thing *[3]){&b, &a});
    CHECK_NUMBER(atomic_load(&tellings), 1);
}

static void hook_takes(const threading_order *pairs, size_t count, void *ctx) {
    thing *inside = ctx;
    hears(pairs, count, &context);
    take(inside[0]), take(inside[1]), let_go(inside[1]), let_go(inside[0]);
}

CASE(a_hook_may_use_other_locks) {
    begin();
    thing a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_LOCK);
    thing inside[2] = {make(THREADING_KIND_LOCK), make(THREADING_KIND_RLOCK)};
    CHECK_STATUS(threading_set_order_hook(hook_takes, inside), THREADING_OK);
    run_both((thing *[3]){&a, &b}, (thing *[3]){&b, &a});
    CHECK_NUMBER(atomic_load(&tellings), 1);
    CHECK_STATUS(threading_set_order_hook(NULL, NULL), THREADING_OK);
}
