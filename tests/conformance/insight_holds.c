/* threading_inspect(THREADING_INSPECT_HOLDS) and threading_holds_top: how long locks and rlocks are
 * held, since when, by whom and where. */
#include "insight_tools.h"

enum { MOST = 8 };

static threading_hold found[MOST];

static void begin(void) { CHECK_STATUS(threading_inspect(THREADING_INSPECT_HOLDS), THREADING_OK); }

/* What is known of one object; `holds` is 0 if nothing is. */
static threading_hold hold_of(uint64_t object) {
    size_t count = threading_holds_top(found, MOST);
    CHECK(count < MOST);
    for (size_t i = 0; i < count; i++) {
        CHECK(found[i].holds > 0 && found[i].longest <= found[i].total);
        CHECK(i == 0 || found[i].longest <= found[i - 1].longest);
        for (int spare = 0; spare < 3; spare++) {
            CHECK_NUMBER(found[i].reserved[spare], 0);
        }
        if (found[i].object == object) {
            return found[i];
        }
    }
    return (threading_hold){.holds = 0};
}

static threading_lock lock;
static threading_rlock rlock;

static void make(void) {
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
}

static void last_for(double seconds) {
    threading_sleep(seconds); /* not to synchronise: a hold lasts */
}

static void hold_lock(double seconds) {
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    last_for(seconds);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
}

CASE(holds_are_counted_and_the_longest_is_kept) {
    make();
    begin();
    CHECK_NUMBER(hold_of(lock.bits).holds, 0);
    hold_lock(0.001);
    hold_lock(0.02);
    hold_lock(0);
    threading_hold hold = hold_of(lock.bits);
    CHECK_NUMBER(hold.holds, 3);
    CHECK_NUMBER(hold.kind, THREADING_KIND_LOCK);
    CHECK_NUMBER(hold.longest_holder, threading_get_ident());
    CHECK(hold.longest >= 0.02 && hold.total >= 0.021 && hold.longest_site != NULL);
    CHECK_NUMBER(hold_of(rlock.bits).holds, 0);
}

CASE(the_levels_of_an_rlock_are_one_hold) {
    make();
    begin();
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    last_for(0.002);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    CHECK_NUMBER(hold_of(rlock.bits).holds, 0);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    threading_hold hold = hold_of(rlock.bits);
    CHECK_NUMBER(hold.holds, 1);
    CHECK_NUMBER(hold.kind, THREADING_KIND_RLOCK);
    CHECK(hold.longest >= 0.002);
}

CASE(holds_that_overlap_are_counted_each) {
    make();
    begin();
    for (int order = 0; order < 2; order++) {
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
        if (order == 0) {
            CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
            last_for(0.002);
            CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
        } else {
            CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
            CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
        }
    }
    CHECK_NUMBER(hold_of(lock.bits).holds, 2);
    CHECK_NUMBER(hold_of(rlock.bits).holds, 2);
    CHECK(hold_of(rlock.bits).longest >= 0.002);
    CHECK_NUMBER(found[0].object, rlock.bits);
}

CASE(the_wait_of_a_condition_is_no_hold) {
    threading_condition condition;
    make();
    begin();
    CHECK_STATUS(threading_condition_new_with_lock(lock, &condition), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    CHECK_STATUS(threading_condition_wait_timeout(condition, 0.01), THREADING_TIMEOUT);
    CHECK_NUMBER(hold_of(lock.bits).holds, 1);
    CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
    CHECK_NUMBER(hold_of(lock.bits).holds, 2);
}

static void releases(worker *self) {
    (void)self;
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
}

CASE(a_lock_that_another_thread_releases_has_no_holds_from_then_on) {
    worker other;
    make();
    begin();
    hold_lock(0);
    for (int kind = 0; kind < WORKER_KINDS; kind++) {
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        worker_start(&other, kind, releases, NULL);
        worker_join(&other);
    }
    hold_lock(0);
    CHECK_NUMBER(hold_of(lock.bits).holds, 1);
}

CASE(what_is_recorded_stays_when_it_is_off_and_begins_anew_when_it_is_on_again) {
    make();
    hold_lock(0);
    begin();
    CHECK_NUMBER(hold_of(lock.bits).holds, 0);
    hold_lock(0);
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_HOLDS | THREADING_INSPECT_ORDER),
                 THREADING_OK);
    hold_lock(0);
    CHECK_NUMBER(hold_of(lock.bits).holds, 2);
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_ORDER), THREADING_OK);
    hold_lock(0);
    CHECK_STATUS(threading_inspect(0), THREADING_OK);
    hold_lock(0);
    CHECK_NUMBER(hold_of(lock.bits).holds, 2);
    begin();
    CHECK_NUMBER(hold_of(lock.bits).holds, 0);
}

CASE(a_lock_in_the_place_of_another_has_its_own_holds) {
    make();
    begin();
    hold_lock(0);
    uint64_t old = lock.bits;
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_NUMBER((uint32_t)lock.bits, (uint32_t)old);
    CHECK_NUMBER(hold_of(old).holds, 0);
    CHECK_NUMBER(hold_of(lock.bits).holds, 0);
    hold_lock(0);
    CHECK_NUMBER(hold_of(lock.bits).holds, 1);
}

CASE(a_list_without_room_is_cut_and_one_without_an_array_is_refused) {
    make();
    begin();
    hold_lock(0.002);
    CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
    CHECK_NUMBER(threading_holds_top(found, 1), 1);
    CHECK_NUMBER(found[0].object, lock.bits);
    CHECK_NUMBER(threading_holds_top(NULL, 0), 0);
    CHECK_NUMBER(threading_holds_top(NULL, 1), 0);
    CHECK_STRING(threading_error_message(), "the array is NULL");
}

CASE(a_dump_lists_the_longest_holds_while_they_are_recorded) {
    char wanted[256];
    make();
    CHECK_STATUS(threading_lock_set_name(lock, "stock"), THREADING_OK);
    hold_lock(0);
    char *text = dumped(threading_dump), *json = dumped(threading_dump_json);
    CHECK_LACKS(text, "holds:");
    CHECK_HAS(json, "\"holds\":[],");
    free(text);
    free(json);
    begin();
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    int line = __LINE__ - 1;
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    text = dumped(threading_dump);
    json = dumped(threading_dump_json);
    CHECK_HAS(text, "holds:       count  total held    longest\n                 1      0.");
    snprintf(wanted, sizeof wanted,
             " s lock \"stock\" (%#018llx), the longest by \"MainThread\", at insight_holds.c:%d\n",
             (unsigned long long)lock.bits, line);
    CHECK_HAS(text, wanted);
    snprintf(wanted, sizeof wanted,
             "\"object\":\"%#018llx\",\"name\":\"stock\",\"holds\":1,\"total\":0.",
             (unsigned long long)lock.bits);
    CHECK_HAS(json, wanted);
    snprintf(wanted, sizeof wanted, "\"longest_site\":\"insight_holds.c:%d\"}", line);
    CHECK_HAS(json, wanted);
    free(text);
    free(json);
}
