/* threading_inspect(THREADING_INSPECT_WAITS): what each thread has waited for last, for how long,
 * how that ended and where, in the dumps. */
#include "forked.h"
#include "gate.h"
#include "insight_tools.h"
#include "waits.h"

#include <signal.h>
#include <sys/resource.h>

enum { KEPT = 32 };

static void begin(void) { CHECK_STATUS(threading_inspect(THREADING_INSPECT_WAITS), THREADING_OK); }

/* The lines about a thread in a new dump, or its part of the JSON; to be freed. */
static char *lines_of(uint64_t native_id) {
    char *text = dumped(threading_dump), *lines = block_of(text, native_id);
    free(text);
    return lines;
}
static char *json_of(uint64_t native_id) {
    char mark[64], *text = dumped(threading_dump_json);
    snprintf(mark, sizeof mark, "\"native_id\":%llu,\"state\"", (unsigned long long)native_id);
    CHECK_HAS(text, mark);
    const char *start = strstr(text, mark), *end = strstr(start, "\n  {\"name\"");
    char *part = strndup(start, end ? (size_t)(end - start) : strlen(start));
    free(text);
    return part;
}

/* ---- what is kept of a wait ---- */

EACH_WAIT(that_timed_out_is_kept_with_its_object) {
    char object[64];
    begin();
    waits_begin();
    int number = (int)(kind - wait_kinds);
    CHECK_STATUS(wait_within(number, 0.001), THREADING_TIMEOUT);
    char *lines = lines_of(my_native_id()), *json = json_of(my_native_id());
    CHECK(strstr(lines, ", timed out") != NULL);
    CHECK(strstr(json, "\"outcome\":\"timeout\"") != NULL);
    snprintf(object, sizeof object, "\"object\":\"0x%016llx\"",
             (unsigned long long)all_waits.scenes[number].bits);
    /* A future is waited for by its thread, and a held condition by its rlock. */
    bool by_another = kind->kind == KIND_FUTURE || (kind->kind == KIND_CONDITION && kind->held);
    CHECK(by_another || strstr(json, object) != NULL);
    free(lines);
    free(json);
    waits_end();
}

static threading_lock contended;
static threading_event later;

static threading_status is_let_in_and_waits_on(caller *self) {
    (void)self;
    CHECK_STATUS(threading_lock_acquire(contended), THREADING_OK);
    CHECK_STATUS(threading_lock_release(contended), THREADING_OK);
    return threading_event_wait(later);
}

CASE(a_wait_that_was_let_in_is_kept_and_one_that_goes_on_is_none_of_the_last) {
    CHECK_STATUS(threading_lock_new(&contended), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(contended, "contended"), THREADING_OK);
    CHECK_STATUS(threading_event_new(&later), THREADING_OK);
    begin();
    for (int kind = 0; kind < WORKER_KINDS; kind++) {
        caller waiter;
        threading_wait wait;
        CHECK_STATUS(threading_lock_acquire(contended), THREADING_OK);
        caller_start_asleep(&waiter, (worker_kind)kind, is_let_in_and_waits_on, 0, 0);
        CHECK_STATUS(threading_lock_release(contended), THREADING_OK);
        EVENTUALLY(wait_of_worker(&waiter.thread, &wait) && wait.object == later.bits);
        uint64_t id = (uint64_t)atomic_load(&waiter.thread.native_id);
        char *lines = lines_of(id), *json = json_of(id);
        CHECK_HAS(lines, "\n    last waits, the latest first:\n        waited ");
        CHECK_HAS(lines, " s for lock \"contended\" (0x");
        CHECK_HAS(lines, " s ago, at ");
        CHECK_NUMBER(times_in(lines, "        waited"), 1);
        CHECK_HAS(json, "\"last_waits\":[\n    {\"kind\":\"lock\",\"object\":\"0x");
        CHECK_HAS(json, "\"name\":\"contended\",\"several\":false,\"seconds\":");
        CHECK_HAS(json, "\"outcome\":\"woken\",\"site\":\"");
        free(lines);
        free(json);
        CHECK_STATUS(threading_event_set(later), THREADING_OK);
        caller_end(&waiter, THREADING_OK);
        CHECK_STATUS(threading_event_clear(later), THREADING_OK);
    }
}

CASE(a_sleep_is_kept) {
    begin();
    /* not to synchronise: it is what is tested */
    CHECK_STATUS(threading_sleep(0.25), THREADING_OK);
    char *lines = lines_of(my_native_id());
    CHECK_HAS(lines, "\n        slept ");
    CHECK_LACKS(lines, "\n        slept 0.0");
    CHECK_LACKS(lines, "timed out");
    free(lines);
}

static threading_stop stop;
static threading_barrier barrier;

static threading_status is_stopped(caller *self) {
    (void)self;
    CHECK_STATUS(threading_event_wait_stop(later, INFINITY, stop), THREADING_INTERRUPTED);
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_BROKEN);
    return threading_event_wait(later);
}

CASE(how_a_wait_ended_is_told) {
    caller waiter;
    threading_wait wait;
    begin();
    CHECK_STATUS(threading_event_new(&later), THREADING_OK);
    CHECK_STATUS(threading_stop_new((threading_stop)THREADING_NULL, &stop), THREADING_OK);
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
    caller_start_asleep(&waiter, FOREIGN, is_stopped, 0, 0);
    CHECK_STATUS(threading_stop_request(stop), THREADING_OK);
    EVENTUALLY(threading_barrier_n_waiting(barrier) == 1);
    EVENTUALLY(wait_of_worker(&waiter.thread, &wait) && wait.object == barrier.bits);
    CHECK_STATUS(threading_barrier_abort(barrier), THREADING_OK);
    EVENTUALLY(wait_of_worker(&waiter.thread, &wait) && wait.object == later.bits);
    uint64_t id = (uint64_t)atomic_load(&waiter.thread.native_id);
    char *lines = lines_of(id), *json = json_of(id);
    const char *broken = strstr(lines, " s ago, which broke"),
               *stopped = strstr(lines, ", stopped");
    CHECK(broken != NULL && stopped != NULL && broken < stopped);
    CHECK_HAS(lines, ", or another, until ");
    CHECK_HAS(json, "\"outcome\":\"broken\"");
    CHECK_HAS(json, "\"several\":true");
    CHECK_HAS(json, "\"outcome\":\"stopped\"");
    free(lines);
    free(json);
    CHECK_STATUS(threading_event_set(later), THREADING_OK);
    caller_end(&waiter, THREADING_OK);
}

CASE(of_a_wait_for_any_the_end_is_told_and_no_round) {
    threading_event one, other;
    threading_object any[2];
    size_t index;
    begin();
    CHECK_STATUS(threading_event_new(&one), THREADING_OK);
    CHECK_STATUS(threading_event_new(&other), THREADING_OK);
    any[0] = (threading_object)THREADING_OBJECT(one);
    any[1] = (threading_object)THREADING_OBJECT(other);
    CHECK_STATUS(threading_wait_any_timeout(any, 2, 0.001, &index), THREADING_TIMEOUT);
    char *lines = lines_of(my_native_id());
    CHECK_HAS(lines, ", or another, until ");
    CHECK_HAS(lines, "timed out");
    free(lines);
}

/* ---- which are kept ---- */

CASE(the_last_32_are_kept_and_the_latest_comes_first) {
    enum { TIMES = 40 };
    threading_event events[TIMES];
    begin();
    for (int i = 0; i < TIMES; i++) {
        CHECK_STATUS(threading_event_new(&events[i]), THREADING_OK);
        CHECK_STATUS(threading_event_wait_timeout(events[i], 1e-6), THREADING_TIMEOUT);
    }
    char *json = json_of(my_native_id());
    const char *at = json;
    CHECK_NUMBER(times_in(json, "\"outcome\""), KEPT);
    for (int i = TIMES - 1; i >= TIMES - KEPT; i--) {
        char object[64];
        snprintf(object, sizeof object, "\"object\":\"0x%016llx\"",
                 (unsigned long long)events[i].bits);
        at = strstr(at, object);
        CHECK(at != NULL);
    }
    free(json);
}

static void wait_shortly(const char *name) {
    threading_event event;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    CHECK_STATUS(threading_event_set_name(event, name), THREADING_OK);
    CHECK_STATUS(threading_event_wait_timeout(event, 1e-6), THREADING_TIMEOUT);
}

CASE(what_was_before_it_began_or_while_it_was_off_is_none_of_them) {
    wait_shortly("too early");
    char *text = dumped(threading_dump_json);
    CHECK_LACKS(text, "last_waits");
    free(text);
    begin();
    wait_shortly("first");
    begin();
    char *lines = lines_of(my_native_id());
    CHECK_HAS(lines, "\"first\"");
    CHECK_LACKS(lines, "\"too early\"");
    free(lines);
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_HOLDS), THREADING_OK);
    wait_shortly("meanwhile");
    text = dumped(threading_dump);
    CHECK_LACKS(text, "last waits");
    free(text);
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_HOLDS | THREADING_INSPECT_WAITS),
                 THREADING_OK);
    text = json_of(my_native_id());
    CHECK_HAS(text, "\"last_waits\":[]");
    free(text);
    wait_shortly("second");
    lines = lines_of(my_native_id());
    CHECK_HAS(lines, "\"second\"");
    CHECK_NUMBER(times_in(lines, "        waited"), 1);
    free(lines);
}

CASE(a_thread_has_none_of_those_of_an_earlier_one) {
    begin();
    for (int i = 0; i < 64; i++) {
        caller waiter;
        CHECK_STATUS(threading_event_new(&later), THREADING_OK);
        CHECK_STATUS(threading_lock_new(&contended), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(contended), THREADING_OK);
        caller_start_asleep(&waiter, i % WORKER_KINDS, is_let_in_and_waits_on, 0, 0);
        char *lines = lines_of((uint64_t)atomic_load(&waiter.thread.native_id));
        CHECK_LACKS(lines, "last waits");
        free(lines);
        CHECK_STATUS(threading_lock_release(contended), THREADING_OK);
        CHECK_STATUS(threading_event_set(later), THREADING_OK);
        caller_end(&waiter, THREADING_OK);
    }
}

CASE(a_forked_child_begins_with_none_and_keeps_its_own) {
    begin();
    wait_shortly("of the parent");
    pid_t child = forked();
    if (child == 0) {
        char *lines = lines_of(my_native_id());
        CHECK_LACKS(lines, "last waits");
        free(lines);
        wait_shortly("of the child");
        lines = lines_of(my_native_id());
        CHECK_HAS(lines, "\"of the child\"");
        CHECK_LACKS(lines, "\"of the parent\"");
        _exit(0);
    }
    CHECK_NUMBER(exit_code_of(child), 0);
    char *lines = lines_of(my_native_id());
    CHECK_HAS(lines, "\"of the parent\"");
    free(lines);
}

/* ---- anywhere ---- */

static threading_event inner;
static atomic_int handled;

static void waits_in_handler(int number) {
    (void)number;
    CHECK_STATUS(threading_event_wait_timeout(inner, 1e-6), THREADING_TIMEOUT);
    atomic_fetch_add(&handled, 1);
}

static threading_status waits_twice(caller *self) {
    (void)self;
    CHECK_STATUS(threading_event_wait(later), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(contended), THREADING_OK);
    return threading_lock_release(contended);
}

CASE(a_handler_that_waits_while_its_thread_does_spoils_no_wait) {
    caller waiter;
    threading_wait wait;
    begin();
    CHECK(signal(SIGUSR1, waits_in_handler) != SIG_ERR);
    CHECK_STATUS(threading_event_new(&inner), THREADING_OK);
    CHECK_STATUS(threading_event_set_name(inner, "inner"), THREADING_OK);
    CHECK_STATUS(threading_event_new(&later), THREADING_OK);
    CHECK_STATUS(threading_event_set_name(later, "outer"), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&contended), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(contended), THREADING_OK);
    caller_start_asleep(&waiter, FOREIGN, waits_twice, 0, 0);
    for (int times = 1; times <= 3; times++) {
        CHECK_NUMBER(pthread_kill(waiter.thread.foreign, SIGUSR1), 0);
        EVENTUALLY(atomic_load(&handled) == times);
    }
    CHECK_STATUS(threading_event_set(later), THREADING_OK);
    EVENTUALLY(wait_of_worker(&waiter.thread, &wait) && wait.object == contended.bits);
    char *lines = lines_of((uint64_t)atomic_load(&waiter.thread.native_id));
    CHECK_NUMBER(times_in(lines, "for event \"inner\""), 3);
    CHECK_HAS(lines, "for event \"outer\"");
    CHECK_NUMBER(times_in(lines, ", timed out"), 3);
    free(lines);
    CHECK_STATUS(threading_lock_release(contended), THREADING_OK);
    caller_end(&waiter, THREADING_OK);
}

CASE(without_memory_it_is_refused_and_what_was_recorded_is_recorded_still) {
    struct rlimit before, none;
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_HOLDS), THREADING_OK);
    CHECK_NUMBER(getrlimit(RLIMIT_AS, &before), 0);
    none = (struct rlimit){0, before.rlim_max};
    CHECK_NUMBER(setrlimit(RLIMIT_AS, &none), 0);
    threading_status refused = threading_inspect(THREADING_INSPECT_HOLDS | THREADING_INSPECT_WAITS);
    CHECK_NUMBER(setrlimit(RLIMIT_AS, &before), 0);
    CHECK_STATUS(refused, THREADING_NO_RESOURCES);
    wait_shortly("not recorded");
    char *text = dumped(threading_dump_json);
    CHECK_LACKS(text, "last_waits");
    free(text);
}
