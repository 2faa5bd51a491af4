/* threading_inspect(THREADING_INSPECT_ORDER): locks that are taken in orders that can hang are
 * told, once and with the lines. insight_order_silent has what cannot hang. */
#include "insight_order.h"

#include <sched.h>

/* ---- what is told ---- */

CASE(two_orders_of_two_locks_are_told_once_with_their_threads) {
    size_t expected = 0;
    begin();
    for (int combination = 0; combination < 4; combination++) {
        thing a = make(kinds[combination & 1]), b = make(kinds[combination >> 1]);
        for (int time = 0; time < 3; time++) {
            run_both((thing *[3]){&a, &b}, (thing *[3]){&b, &a});
            expected += time == 0;
            CHECK_NUMBER(atomic_load(&tellings), expected);
            CHECK_NUMBER(told[expected - 1].count, 2);
        }
        const threading_order *pair = pair_of(bits(a));
        CHECK_NUMBER(pair->held_kind, a.kind);
        CHECK_NUMBER(pair->wanted_kind, b.kind);
        CHECK(pair->ident != pair_of(bits(b))->ident);
        CHECK(pair->held_site != NULL && pair->wanted_site != NULL);
    }
}

CASE(a_circle_of_three_is_told) {
    begin();
    thing a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_RLOCK),
          c = make(THREADING_KIND_LOCK);
    taker takers[3];
    begin_taker(&takers[0], OURS, &a, &b, NULL);
    begin_taker(&takers[1], OURS, &b, &c, NULL);
    begin_taker(&takers[2], FOREIGN, &c, &a, NULL);
    for (int i = 0; i < 3; i++) {
        CHECK_NUMBER(atomic_load(&tellings), 0);
        run_taker(&takers[i]);
    }
    CHECK_NUMBER(atomic_load(&tellings), 1);
    CHECK_NUMBER(told[0].count, 3);
    CHECK_NUMBER(pair_of(bits(a))->ident, takers[0].ident);
    CHECK_NUMBER(pair_of(bits(b))->ident, takers[1].ident);
    CHECK_NUMBER(pair_of(bits(c))->ident, takers[2].ident);
    CHECK(THREADING_SAME(pair_of(bits(a))->thread, takers[0].thread.ours));
    for (int i = 0; i < 3; i++) {
        end_taker(&takers[i]);
    }
}

/* There are 65,536 locks that fast paths know. */
CASE(locks_of_which_there_are_very_many_are_told_too) {
    begin();
    for (int i = 0; i < 70000; i++) {
        make(kinds[i % 2]);
    }
    thing a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_RLOCK);
    for (int i = 0; i < 140000; i++) {
        a = make(THREADING_KIND_LOCK);
    }
    CHECK((uint32_t)a.lock.bits > 1 << 17);
    run_both((thing *[3]){&a, &b}, (thing *[3]){&b, &a});
    CHECK_NUMBER(atomic_load(&tellings), 1);
    CHECK(pair_of(bits(a))->wanted == bits(b));
}

/* A third lock that only one of them holds is no gate. */
CASE(a_lock_that_one_of_them_holds_besides_changes_nothing) {
    begin();
    thing a = make(THREADING_KIND_LOCK), b = make(THREADING_KIND_LOCK),
          other = make(THREADING_KIND_LOCK);
    run_both((thing *[3]){&other, &a, &b}, (thing *[3]){&b, &a, NULL});
    CHECK_NUMBER(atomic_load(&tellings), 1);
    CHECK_NUMBER(told[0].count, 2);
}

/* The wait of a condition gives its lock back, and wants it again with what else is held. */
static threading_condition condition;
static threading_lock of_condition, beside;

static void waits_holding_another(worker *self) {
    (void)self;
    CHECK_STATUS(threading_lock_acquire(of_condition), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(beside), THREADING_OK);
    CHECK_STATUS(threading_condition_wait_timeout(condition, 1e-4), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_release(beside), THREADING_OK);
    CHECK_STATUS(threading_lock_release(of_condition), THREADING_OK);
}

CASE(the_lock_that_a_condition_takes_back_is_wanted_after_what_is_held) {
    worker waiter;
    begin();
    CHECK_STATUS(threading_lock_new(&of_condition), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&beside), THREADING_OK);
    CHECK_STATUS(threading_condition_new_with_lock(of_condition, &condition), THREADING_OK);
    thing first = {.kind = THREADING_KIND_LOCK, .lock = of_condition},
          second = {.kind = THREADING_KIND_LOCK, .lock = beside};
    taker other;
    begin_taker(&other, FOREIGN, &first, &second, NULL);
    worker_start(&waiter, OURS, waits_holding_another, NULL);
    worker_join(&waiter);
    CHECK_NUMBER(atomic_load(&tellings), 0);
    run_taker(&other);
    end_taker(&other);
    CHECK_NUMBER(atomic_load(&tellings), 1);
    CHECK_NUMBER(told[0].count, 2);
    pair_of(beside.bits);
}

/* A lock that is wanted is told before the thread waits for it: here both hang, and get told. */
static threading_lock left, right;
static atomic_int holding;

static void takes_across(worker *self) {
    bool is_first = self->context != NULL;
    CHECK_STATUS(threading_lock_acquire(is_first ? left : right), THREADING_OK);
    atomic_fetch_add(&holding, 1);
    EVENTUALLY(atomic_load(&holding) == 2);
    worker_arrives(self);
    CHECK_STATUS(threading_lock_acquire(is_first ? right : left), THREADING_OK);
}

CASE(threads_that_hang_at_once_were_told_of_before) {
    static worker one, other;
    begin();
    CHECK_STATUS(threading_lock_new(&left), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&right), THREADING_OK);
    worker_start(&one, FOREIGN, takes_across, &left);
    worker_start(&other, FOREIGN, takes_across, NULL);
    EVENTUALLY(worker_asleep(&one) && worker_asleep(&other) && deadlock_size() == 2);
    CHECK_NUMBER(atomic_load(&tellings), 1);
    exit(0);
}

/* Threads ask at the same moment, and none of their answers is lost. */
enum { ASKERS = 2, ROUNDS = 500 }; /* 1,024 circles are told at most */

static thing asked[ROUNDS][ASKERS][2];
static atomic_int arrived, circles;

static void counts(const threading_order *pairs, size_t count, void *ctx) {
    (void)pairs;
    (void)ctx;
    CHECK_NUMBER(count, 2);
    atomic_fetch_add(&circles, 1);
}

static void asks(worker *self) {
    int number = *(int *)self->context;
    for (int way = 0; way < 2; way++) {
        int column = (number + way) % ASKERS;
        for (int round = 0; round < ROUNDS; round++) {
            /* A barrier would let one of them go after the other. */
            int all = (way * ROUNDS + round + 1) * ASKERS;
            atomic_fetch_add(&arrived, 1);
            for (int spins = 0; atomic_load(&arrived) < all; spins++) {
                if (spins > 10000) {
                    sched_yield();
                }
            }
            take(asked[round][column][way]);
            take(asked[round][column][1 - way]);
            let_go(asked[round][column][1 - way]);
            let_go(asked[round][column][way]);
        }
    }
}

CASE(threads_that_ask_at_once_are_all_heard) {
    worker askers[ASKERS];
    int numbers[ASKERS];
    CHECK_STATUS(threading_set_order_hook(counts, NULL), THREADING_OK);
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_ORDER), THREADING_OK);
    for (int i = 0; i < ROUNDS * ASKERS * 2; i++) {
        asked[i / ASKERS / 2][i / 2 % ASKERS][i % 2] = make(kinds[i / 2 % 2]);
    }
    for (int i = 0; i < ASKERS; i++) {
        numbers[i] = i;
        worker_start(&askers[i], i % WORKER_KINDS, asks, &numbers[i]);
    }
    for (int i = 0; i < ASKERS; i++) {
        worker_join(&askers[i]);
    }
    CHECK_NUMBER(atomic_load(&circles), ROUNDS * ASKERS);
}

/* ---- the lines ---- */

static int took_line[2], wanted_line[2];

static void takes_left_first(worker *self) {
    (void)self;
    CHECK_STATUS(threading_thread_set_name(threading_current_thread(), "teller"), THREADING_OK);
    took_line[0] = __LINE__ + 1;
    CHECK_STATUS(threading_lock_acquire(left), THREADING_OK);
    wanted_line[0] = __LINE__ + 1;
    CHECK_STATUS(threading_lock_acquire(right), THREADING_OK);
    CHECK_STATUS(threading_lock_release(right), THREADING_OK);
    CHECK_STATUS(threading_lock_release(left), THREADING_OK);
    atomic_fetch_add(&holding, 1);
    EVENTUALLY(atomic_load(&holding) == 2);
}

static void takes_right_first(worker *self) {
    (void)self;
    CHECK_STATUS(threading_thread_set_name(threading_current_thread(), "auditor"), THREADING_OK);
    EVENTUALLY(atomic_load(&holding) == 1);
    took_line[1] = __LINE__ + 1;
    CHECK_STATUS(threading_lock_acquire(right), THREADING_OK);
    wanted_line[1] = __LINE__ + 1;
    CHECK_STATUS(threading_lock_acquire(left), THREADING_OK);
    CHECK_STATUS(threading_lock_release(left), THREADING_OK);
    CHECK_STATUS(threading_lock_release(right), THREADING_OK);
    atomic_fetch_add(&holding, 1);
}

CASE(without_a_hook_it_is_printed_with_names_and_lines) {
    worker one, other;
    char path[] = "/tmp/orderXXXXXX", expected[512];
    int file = mkstemp(path);
    CHECK(file >= 0 && unlink(path) == 0);
    CHECK_NUMBER(dup2(file, 2), 2);
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_ORDER), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&left), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&right), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(left, "accounts\n"), THREADING_OK);
    worker_start(&one, OURS, takes_left_first, NULL);
    worker_start(&other, OURS, takes_right_first, NULL);
    worker_join(&one);
    worker_join(&other);
    char *text = text_of_file(file);
    CHECK_NUMBER(times_in(text, "LOCK ORDER: "), 1);
    CHECK_HAS(text, " are taken in both orders\n");
    snprintf(
        expected, sizeof expected,
        "    \"teller\" took lock \"accounts\\n\" (0x%016llx) at insight_order.c:%d, then wanted "
        "lock (0x%016llx) at insight_order.c:%d\n",
        (unsigned long long)left.bits, took_line[0], (unsigned long long)right.bits,
        wanted_line[0]);
    CHECK_HAS(text, expected);
    snprintf(expected, sizeof expected,
             "    \"auditor\" took lock (0x%016llx) at insight_order.c:%d, then wanted lock "
             "\"accounts\\n\" (0x%016llx) at insight_order.c:%d\n",
             (unsigned long long)right.bits, took_line[1], (unsigned long long)left.bits,
             wanted_line[1]);
    CHECK_HAS(text, expected);
    CHECK_HAS(text, "    Nothing hangs yet. It can, if both come by at once.\n");
    free(text);
}
