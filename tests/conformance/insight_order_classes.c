/* threading_inspect(THREADING_INSPECT_CLASSES): the orders of locks of which all with one name, or
 * that one call has made, count as one. */
#include "insight_order.h"
#include "process_end.h"

static void begin_classes(void) {
    by_class = true;
    CHECK_STATUS(threading_set_order_hook(hears, &context), THREADING_OK);
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_CLASSES), THREADING_OK);
}

static thing named(threading_kind kind, const char *name) {
    thing made = make(kind);
    CHECK_STATUS(kind == THREADING_KIND_LOCK ? threading_lock_set_name(made.lock, name)
                                             : threading_rlock_set_name(made.rlock, name),
                 THREADING_OK);
    return made;
}

/* Two of each class, of either kind: no two threads take the same two. */
static void take_both_ways(thing made[4]) {
    run_both((thing *[]){&made[0], &made[2], NULL}, (thing *[]){&made[3], &made[1], NULL});
}

static void make_named(thing made[4], threading_kind one, threading_kind other) {
    made[0] = named(one, "account");
    made[1] = named(one, "account");
    made[2] = named(other, "ledger");
    made[3] = named(other, "ledger");
}

CASE(two_orders_of_two_names_are_told_once_though_no_two_locks_were_taken_in_both) {
    for (int kind = 0; kind < 2; kind++) {
        thing made[4];
        begin_classes();
        make_named(made, kinds[kind], kinds[1 - kind]);
        take_both_ways(made);
        CHECK_NUMBER(atomic_load(&tellings), kind + 1);
        CHECK_NUMBER(told[kind].count, 2);
        CHECK_NUMBER(pair_of(bits(made[0]))->wanted, bits(made[2]));
        CHECK_NUMBER(pair_of(bits(made[3]))->wanted, bits(made[1]));
        CHECK(pair_of(bits(made[0]))->held_kind == kinds[kind]);
        take_both_ways(made);
        make_named(made, kinds[kind], kinds[1 - kind]);
        take_both_ways(made);
        CHECK_NUMBER(atomic_load(&tellings), kind + 1);
    }
}

CASE(without_classes_the_same_is_none) {
    thing made[4];
    begin();
    make_named(made, THREADING_KIND_LOCK, THREADING_KIND_RLOCK);
    take_both_ways(made);
    nothing_is_told();
}

CASE(of_one_class_nested_nothing_is_told) {
    thing one = named(THREADING_KIND_LOCK, "node"), other = named(THREADING_KIND_LOCK, "node");
    begin_classes();
    run_both((thing *[]){&one, &other, NULL}, (thing *[]){&other, &one, NULL});
    nothing_is_told();
    by_class = false;
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_ORDER), THREADING_OK);
    run_both((thing *[]){&one, &other, NULL}, (thing *[]){&other, &one, NULL});
    CHECK_NUMBER(atomic_load(&tellings), 1);
}

/* Two calls of _new: what stands behind each keeps it from being the last jump. */
static __attribute__((noinline)) threading_lock an_account(void) {
    threading_lock made;
    CHECK_STATUS(threading_lock_new(&made), THREADING_OK);
    return made;
}
static __attribute__((noinline)) threading_lock a_ledger(void) {
    threading_lock made;
    CHECK_STATUS(threading_lock_new(&made), THREADING_OK);
    return made;
}
static thing of_lock(threading_lock lock) { return (thing){THREADING_KIND_LOCK, lock, {0}}; }

static void make_unnamed(thing made[4]) {
    for (int i = 0; i < 2; i++) {
        made[i] = of_lock(an_account());
        made[2 + i] = of_lock(a_ledger());
    }
}

CASE(without_names_the_class_is_the_call_that_has_made_them) {
    thing made[4];
    begin_classes();
    make_unnamed(made);
    take_both_ways(made);
    CHECK_NUMBER(atomic_load(&tellings), 1);
    CHECK_NUMBER(pair_of(bits(made[0]))->wanted, bits(made[2]));
    thing one = of_lock(an_account()), other = of_lock(an_account());
    run_both((thing *[]){&one, &other, NULL}, (thing *[]){&other, &one, NULL});
    CHECK_NUMBER(atomic_load(&tellings), 1);
}

CASE(a_name_counts_more_than_the_call) {
    begin_classes();
    thing one = named(THREADING_KIND_LOCK, "one"), other = named(THREADING_KIND_LOCK, "other");
    run_both((thing *[]){&one, &other, NULL}, (thing *[]){&other, &one, NULL});
    CHECK_NUMBER(atomic_load(&tellings), 1);
}

CASE(what_was_made_before_counts_for_itself) {
    thing made[4];
    make_unnamed(made);
    begin_classes();
    take_both_ways(made);
    nothing_is_told();
    run_both((thing *[]){&made[0], &made[1], NULL}, (thing *[]){&made[1], &made[0], NULL});
    CHECK_NUMBER(atomic_load(&tellings), 1);
}

CASE(a_lock_and_an_rlock_of_one_name_are_two_classes) {
    thing one = named(THREADING_KIND_LOCK, "same"), other = named(THREADING_KIND_RLOCK, "same");
    begin_classes();
    run_both((thing *[]){&one, &other, NULL}, (thing *[]){&other, &one, NULL});
    CHECK_NUMBER(atomic_load(&tellings), 1);
}

CASE(a_class_that_both_hold_is_a_gate) {
    thing made[4];
    thing one = named(THREADING_KIND_LOCK, "gate"), other = named(THREADING_KIND_LOCK, "gate");
    begin_classes();
    make_named(made, THREADING_KIND_LOCK, THREADING_KIND_RLOCK);
    run_both((thing *[]){&one, &made[0], &made[2]}, (thing *[]){&other, &made[3], &made[1]});
    nothing_is_told();
}

CASE(what_was_seen_of_locks_says_nothing_of_classes) {
    thing made[4];
    make_named(made, THREADING_KIND_LOCK, THREADING_KIND_RLOCK);
    taker first, second;
    begin();
    begin_taker(&first, OURS, &made[0], &made[2], NULL);
    begin_taker(&second, FOREIGN, &made[3], &made[1], NULL);
    run_taker(&first);
    by_class = true;
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_CLASSES | THREADING_INSPECT_ORDER),
                 THREADING_OK);
    run_taker(&second);
    end_taker(&first);
    end_taker(&second);
    nothing_is_told();
}

CHILD(takes_accounts_and_ledgers) {
    thing made[4];
    make_unnamed(made);
    take_both_ways(made);
}

CASE(the_environment_has_them_told_as_text) {
    child_outcome outcome;
    CHECK_NUMBER(setenv("THREADING_INSPECT", "classes", 1), 0);
    run_child("takes_accounts_and_ledgers", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK_NUMBER(strncmp(outcome.output, "LOCK ORDER: lock (0x", 20), 0);
    CHECK_HAS(outcome.output, ") are taken in both orders\n");
    CHECK_HAS(outcome.output,
              "\n    Locks of one name, or that one call has made, count as one.\n");
    CHECK_HAS(outcome.output, "\n    Nothing hangs yet. It can, if both come by at once.\n");
}
