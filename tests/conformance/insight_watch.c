/* threading_watch and the deadlock hook: which deadlocks are told, when, how often and to whom. */
#include "insight_report.h"

static heard told_other;

/* ---- what is told, and how often ---- */

CASE(each_deadlock_is_told_once_however_often_the_watch_looks) {
    circle one = {.size = 0}, other = {.size = 0}, sure = {.size = 0};
    int file = reports_to_file();
    watch_begins(0);
    circle_plant(&one, 2, TWO_LOCKS);
    await_told(1);
    check_heard(&told, &one);
    await_looks(MANY);
    check_told(1);
    /* Later ones are told as well, beside the first. */
    circle_plant(&other, 2, TWO_LOCKS);
    await_told(2);
    check_heard(&told, &other);
    circle_plant(&sure, 3, THREE_RLOCKS);
    await_told(3);
    check_heard(&told, &sure);
    await_looks(MANY);
    check_told(3);
    CHECK_NUMBER(times_in_file(file, "DEADLOCK (probable) of 2 threads"), 2);
    CHECK_NUMBER(times_in_file(file, "DEADLOCK (certain) of 3 threads"), 1);
    CHECK_NUMBER(times_in_file(file, DUMP_HEAD), 0);
    leave();
}

CASE(a_deadlock_that_was_broken_and_comes_again_is_told_again) {
    circle one = {.size = 0};
    int file = reports_to_file();
    watch_begins(0);
    for (int time = 1; time <= 5; time++) {
        circle_plant(&one, 2, TWO_LOCKS);
        await_told(time);
        check_heard(&told, &one);
        circle_break(&one);
        circle_end(&one);
    }
    await_looks(MANY);
    check_told(5);
    CHECK_NUMBER(times_in_file(file, "DEADLOCK"), 5);
}

CASE(a_deadlock_that_stays_is_told_once_while_others_come_and_go) {
    enum { COME_AND_GO = 100 };
    circle stays = {.size = 0}, one = {.size = 0};
    reports_to_file();
    watch_begins(0);
    circle_plant(&stays, 2, TWO_LOCKS);
    await_told(1);
    for (int time = 0; time < COME_AND_GO; time++) {
        circle_plant(&one, 2, TWO_LOCKS);
        await_told(2 + time);
        check_heard(&told, &one);
        circle_break(&one);
        circle_end(&one);
    }
    await_looks(MANY);
    check_told(1 + COME_AND_GO);
    circle_break(&stays);
    circle_end(&stays);
}

/* However many there are. */
CASE(a_hundred_deadlocks_are_told_once_each) {
    enum { CIRCLES = 100 };
    static circle all[CIRCLES];
    reports_to_file();
    watch_begins(0);
    for (int i = 0; i < CIRCLES; i++) {
        circle_plant(&all[i], 2, TWO_LOCKS);
    }
    EVENTUALLY(atomic_load(&told.times) >= CIRCLES);
    await_looks(MANY);
    check_told(CIRCLES);
    for (int i = 0; i < CIRCLES; i++) {
        circle_break(&all[i]);
        circle_end(&all[i]);
    }
}

CASE(a_certain_deadlock_is_told_at_once_and_a_probable_one_after_its_patience) {
    circle one = {.size = 0}, sure = {.size = 0};
    reports_to_file();
    watch_begins(LONG);
    circle_plant(&one, 2, TWO_LOCKS);
    await_looks(MANY);
    check_told(0);
    circle_plant(&sure, 3, THREE_RLOCKS);
    await_told(1);
    check_heard(&told, &sure);
    await_looks(MANY);
    check_told(1);
    CHECK_STATUS(threading_watch(OFTEN, 0), THREADING_OK);
    await_told(2);
    check_heard(&told, &one);
    leave();
}

CASE(a_probable_deadlock_is_not_told_before_it_has_lasted_so_long) {
    static const double patience = 0.5;
    circle one = {.size = 0};
    reports_to_file();
    watch_begins(patience);
    double start = threading_monotonic();
    circle_plant(&one, 2, TWO_LOCKS);
    await_told(1);
    CHECK_NOT_EARLY(start, patience);
    circle_break(&one);
    circle_end(&one);
    /* INFINITY: never; and what is negative is none. */
    CHECK_STATUS(threading_watch(OFTEN, INFINITY), THREADING_OK);
    circle_plant(&one, 2, TWO_LOCKS);
    await_looks(MANY);
    check_told(1);
    CHECK_STATUS(threading_watch(OFTEN, -1), THREADING_OK);
    await_told(2);
    circle_break(&one);
    circle_end(&one);
}

/* ---- the hook ---- */

CASE(the_hook_runs_in_the_thread_that_watches_and_may_be_replaced_or_taken_away) {
    circle one = {.size = 0}, other = {.size = 0}, third = {.size = 0};
    int file = reports_to_file();
    watch_begins(0);
    circle_plant(&one, 2, TWO_LOCKS);
    await_told(1);
    CHECK_NUMBER(told.native_id, watching_task());
    CHECK_STATUS(threading_set_deadlock_hook(hears, &told_other), THREADING_OK);
    circle_plant(&other, 2, TWO_LOCKS);
    EVENTUALLY(atomic_load(&told_other.times) == 1);
    check_heard(&told_other, &other);
    CHECK_STATUS(threading_set_deadlock_hook(NULL, NULL), THREADING_OK);
    circle_plant(&third, 2, TWO_LOCKS);
    EVENTUALLY(times_in_file(file, "DEADLOCK") == 3);
    await_looks(MANY);
    check_told(1);
    CHECK_NUMBER(atomic_load(&told_other.times), 1);
    /* Whoever comes later hears no more of what was told. */
    CHECK_STATUS(threading_set_deadlock_hook(hears, &told), THREADING_OK);
    await_looks(MANY);
    check_told(1);
    circle_break(&one);
    circle_break(&other);
    circle_break(&third);
    circle_end(&one);
    circle_end(&other);
    circle_end(&third);
}

static void *does_nothing(void *arg) { return arg; }

static atomic_int used;
static circle *first_of_all;

static void uses_the_library(const threading_wait *waits, size_t count,
                             threading_certainty certainty, void *ctx) {
    threading_lock lock;
    threading_event event;
    threading_thread thread;
    threading_wait same;
    CHECK(ctx == &used && count == 2 && certainty == THREADING_CERTAINTY_PROBABLE);
    CHECK_NUMBER(deadlock_size(), 2);
    char *text = dumped(threading_dump);
    CHECK_HAS(text, "DEADLOCK (probable) of 2 threads");
    free(text);
    free(dumped(threading_dump_json));
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire_timeout(lock, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_event_wait_timeout(event, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("from a hook", does_nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_waiting_for(waits[0].thread, &same),
                 THREADING_IS_NULL(waits[0].thread) ? THREADING_INVALID_HANDLE : THREADING_OK);
    CHECK_STATUS(threading_watch(OFTEN, 0), THREADING_OK);
    /* Any thread may end it, this one too. */
    circle_break(first_of_all);
    atomic_fetch_add(&used, 1);
}

CASE(a_hook_may_use_the_library_and_end_the_deadlock) {
    circle one = {.size = 0};
    first_of_all = &one;
    reports_to_file();
    CHECK_STATUS(threading_set_deadlock_hook(uses_the_library, &used), THREADING_OK);
    CHECK_STATUS(threading_watch(OFTEN, 0), THREADING_OK);
    for (int time = 1; time <= 3; time++) {
        circle_start(&one, 2, TWO_LOCKS);
        EVENTUALLY(atomic_load(&used) == time);
        circle_end(&one);
    }
    await_looks(MANY);
    CHECK_NUMBER(atomic_load(&used), 3);
}

/* ---- on and off ---- */

CASE(infinity_ends_the_watch_and_it_may_begin_again) {
    circle one = {.size = 0};
    reports_to_file();
    CHECK_STATUS(threading_watch(INFINITY, 0), THREADING_OK);
    CHECK_NUMBER(case_tasks(), 1);
    CHECK_NUMBER(watching_task(), 0);
    watch_begins(0);
    EVENTUALLY(watching_task() != 0);
    CHECK_STATUS(threading_watch(INFINITY, 0), THREADING_OK);
    EVENTUALLY(watching_task() == 0);
    circle_plant(&one, 2, TWO_LOCKS);
    CHECK_NUMBER(case_tasks(), 3);
    check_told(0);
    CHECK_STATUS(threading_watch(OFTEN, 0), THREADING_OK);
    await_told(1);
    circle_break(&one);
    circle_end(&one);
}

/* One at most watches, whatever is asked of it meanwhile. */
CASE(the_watch_is_turned_off_and_on_as_fast_as_it_goes) {
    circle one = {.size = 0};
    reports_to_file();
    CHECK_STATUS(threading_set_deadlock_hook(hears, &told), THREADING_OK);
    for (int time = 0; time < 2000; time++) {
        CHECK_STATUS(threading_watch(time % 3 == 0 ? INFINITY : LONG, 0), THREADING_OK);
    }
    EVENTUALLY(case_tasks() <= 2);
    CHECK_STATUS(threading_watch(OFTEN, 0), THREADING_OK);
    EVENTUALLY(case_tasks() == 2 && watching_task() != 0);
    circle_plant(&one, 2, TWO_LOCKS);
    await_told(1);
    await_looks(MANY);
    check_told(1);
    circle_break(&one);
    circle_end(&one);
    CHECK_STATUS(threading_watch(INFINITY, 0), THREADING_OK);
    EVENTUALLY(case_tasks() == 1);
}

/* It does not sleep through the change. */
CASE(a_shorter_interval_holds_at_once) {
    circle one = {.size = 0};
    reports_to_file();
    CHECK_STATUS(threading_set_deadlock_hook(hears, &told), THREADING_OK);
    CHECK_STATUS(threading_watch(LONG, LONG), THREADING_OK);
    EVENTUALLY(watching_task() != 0);
    circle_plant(&one, 2, TWO_LOCKS);
    EVENTUALLY(task_is_asleep((uint64_t)watching_task()));
    check_told(0);
    CHECK_STATUS(threading_watch(OFTEN, 0), THREADING_OK);
    await_told(1);
    circle_break(&one);
    circle_end(&one);
}

static const double NO_INTERVALS[] = {0, -0.0, -1, -INFINITY, NAN, 1e300, 9223372037.0};
static const double NO_PATIENCES[] = {NAN, -NAN, 1e300, 9223372037.0};

static void check_nonsense(void) {
    for (size_t i = 0; i < sizeof NO_INTERVALS / sizeof *NO_INTERVALS; i++) {
        CHECK_STATUS(threading_watch(NO_INTERVALS[i], LONG), THREADING_INVALID_ARGUMENT);
    }
    for (size_t i = 0; i < sizeof NO_PATIENCES / sizeof *NO_PATIENCES; i++) {
        CHECK_STATUS(threading_watch(LONG, NO_PATIENCES[i]), THREADING_INVALID_ARGUMENT);
        CHECK_STATUS(threading_watch(INFINITY, NO_PATIENCES[i]), THREADING_INVALID_ARGUMENT);
    }
}

CASE(what_is_no_interval_or_no_patience_changes_nothing) {
    circle one = {.size = 0};
    reports_to_file();
    check_nonsense();
    CHECK_NUMBER(case_tasks(), 1);
    watch_begins(0);
    EVENTUALLY(watching_task() != 0);
    int task = watching_task();
    check_nonsense();
    /* It would be told after 1,000 seconds. */
    circle_plant(&one, 2, TWO_LOCKS);
    await_told(1);
    CHECK_NUMBER(watching_task(), task);
    circle_break(&one);
    circle_end(&one);
}
