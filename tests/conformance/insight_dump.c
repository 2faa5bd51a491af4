/* threading_dump and threading_dump_json: what is in them, of a program with every kind of wait.
 * Where they are written to is in insight_dump_to.c, from where in insight_dump_anywhere.c. */
#include "gate.h"
#include "insight_tools.h"
#include "named_kinds.h"
#include "timer_tools.h"
#include "waits.h"

#include <sys/prctl.h>

/* ---- the scene ---- */

static caller callers[WAIT_KINDS], sleeper;
static gate outside = GATE_CLOSED;
static pthread_t unmet;

static threading_status sleeps(caller *self) {
    /* not to synchronise: it is what is tested */
    return threading_sleep(self->seconds);
}

static void *passes_outside(void *arg) {
    CHECK_NUMBER(prctl(PR_SET_NAME, "from outside"), 0);
    gate_pass(arg);
    return arg;
}

static void name_object(enum kind kind, uint64_t bits, const char *name) {
    FOR_EACH_KIND(k) {
        if (k->kind == kind) {
            rename_to(k, bits, name);
        }
    }
}

static void rename_thread(worker *self, const char *name) {
    if (self->kind == OURS) {
        CHECK_STATUS(threading_thread_set_name(self->ours, name), THREADING_OK);
    }
}

/* A thread waits in each scene, by its name; every third one is foreign and has none. */
static void scene_of_all(void) {
    waits_begin();
    for (int i = 0; i < WAIT_KINDS; i++) {
        char name[64];
        const wait_kind *kind = &wait_kinds[i];
        snprintf(name, sizeof name, "object of %s", kind->name);
        name_object(kind->kind, all_waits.scenes[i].bits, name);
        snprintf(name, sizeof name, "waits by %s", kind->name);
        caller_start_asleep(&callers[i], i % 3 == 2 ? FOREIGN : OURS, calls_scene,
                            scene_bits(&all_waits.scenes[i]), i % 2 == 0 ? -1 : 1000);
        rename_thread(&callers[i].thread, name);
    }
    caller_start_asleep(&sleeper, FOREIGN, sleeps, 0, 1000);
    CHECK_NUMBER(pthread_create(&unmet, NULL, passes_outside, &outside), 0);
    gate_await(&outside, 1);
}

static void end_of_all(void) {
    waits_come();
    for (int i = 0; i < WAIT_KINDS; i++) {
        caller_end(&callers[i], THREADING_OK);
    }
    waits_end();
    gate_open(&outside);
    CHECK_NUMBER(pthread_join(unmet, NULL), 0);
    fflush(NULL);
    _exit(0); /* the sleeper sleeps on */
}

/* ---- the text ---- */

static void check_block_of(const char *text, int i) {
    const wait_kind *kind = &wait_kinds[i];
    worker *thread = &callers[i].thread;
    char *block = block_of(text, (uint64_t)atomic_load(&thread->native_id));
    char part[128], short_name[32];
    snprintf(part, sizeof part, "\"waits by %s\" ident=", kind->name);
    if (thread->kind == OURS) {
        CHECK(strncmp(block, part, strlen(part)) == 0);
    } else {
        CHECK(strncmp(block, "native thread ", 14) == 0);
        CHECK_HAS(block, " foreign ");
    }
    CHECK_HAS(block, " waiting for ");
    check_times(block, " s, at most 99", i % 2, __FILE__, __LINE__);
    snprintf(short_name, sizeof short_name, "%s", object_kinds[kind->kind].name);
    char *kind_alone = strncmp(short_name, "threading_", 10) == 0 ? short_name + 10 : short_name;
    if (kind->kind == KIND_THREAD) {
        CHECK_HAS(block, "\n    for the end of \"canary\"");
    } else if (kind->kind == KIND_FUTURE) {
        CHECK_HAS(block, "\n    for the end of \"Executor-1_");
    } else if (kind->kind == KIND_CONDITION && kind->held) {
        CHECK_HAS(block, "\n    for rlock (0x");
    } else {
        snprintf(part, sizeof part, "\n    for %s \"object of %s\" (0x", kind_alone, kind->name);
        CHECK_HAS(block, part);
    }
    check_times(block, ", held by \"keeps\"", kind->held, __FILE__, __LINE__);
    CHECK_LACKS(block, "holds");
    free(block);
}

CASE(a_text_has_each_thread_once_with_what_it_waits_for_and_holds) {
    scene_of_all();
    char *text = dumped(threading_dump);
    for (int i = 0; i < WAIT_KINDS; i++) {
        check_block_of(text, i);
    }
    char *keeper = block_of(text, threading_thread_native_id(all_waits.keeper));
    CHECK(strncmp(keeper, "\"keeps\" ident=0x", 16) == 0);
    CHECK_HAS(keeper, "\n    holds lock \"object of lock_acquire\" (0x");
    CHECK_HAS(keeper, "\n    holds rlock \"object of rlock_acquire\" (0x");
    CHECK_HAS(keeper, "\n    holds rlock (0x");
    CHECK_HAS(keeper, "\n    holds rwlock \"object of rwlock_acquire_read\" (0x");
    CHECK_HAS(keeper, "\n    holds rwlock \"object of rwlock_acquire_write\" (0x");
    int held = 0;
    for (int i = 0; i < WAIT_KINDS; i++) {
        held += wait_kinds[i].held;
    }
    CHECK(times_in(keeper, ", 1 waiting\n") == held);
    free(keeper);
    char *asleep = block_of(text, (uint64_t)atomic_load(&sleeper.thread.native_id));
    CHECK_HAS(asleep, " foreign sleeping for ");
    CHECK_HAS(asleep, " s, at most 99");
    free(asleep);
    char *own = block_of(text, my_native_id());
    CHECK(strncmp(own, "\"MainThread\" ident=0x", 21) == 0);
    CHECK_HAS(own, " running\n");
    free(own);
    CHECK_HAS(text, "\"from outside\" has not called the library");
    CHECK_HAS(text, ", 1 sleeping, no deadlock\n");
    CHECK_LACKS(text, "ABANDONED");
    free(text);
    end_of_all();
}

/* ---- timers and ended threads ---- */

static atomic_int fired;

static void *fires(void *arg) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire_timeout(lock, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    atomic_fetch_add(&fired, 1);
    return arg;
}

static int is_said(const char *part) {
    char *text = dumped(threading_dump);
    int times = times_in(text, part);
    free(text);
    return times;
}

/* Those that watch the clock and run timers' functions are the library's, and nobody's threads. */
CASE(a_dump_counts_pending_timers_and_shows_no_thread_of_the_librarys_own) {
    threading_timer due, pending;
    CHECK_STATUS(threading_timer_new(0, fires, NULL, &due), THREADING_OK);
    CHECK_STATUS(threading_timer_new(1000, fires, NULL, &pending), THREADING_OK);
    CHECK_STATUS(threading_timer_start(pending), THREADING_OK);
    CHECK_STATUS(threading_timer_start(due), THREADING_OK);
    CHECK_STATUS(threading_thread_join(threading_timer_thread(due)), THREADING_OK);
    /* One that has begun this moment is not known as the library's yet. */
    EVENTUALLY(is_said("has not called the library") == 0);
    char *text = dumped(threading_dump);
    CHECK_HAS(text, "; 1 thread, 0 waiting, ");
    CHECK_HAS(text, "1 timer is pending\n");
    CHECK_LACKS(text, "foreign");
    CHECK_NUMBER(times_in(text, " ident="), 1);
    free(text);
    CHECK_STATUS(threading_timer_cancel(pending, NULL), THREADING_OK);
    text = dumped(threading_dump);
    CHECK_LACKS(text, "timers are pending");
    free(text);
}

static threading_event is_in_its_run, may_end;
static void *stays(void *arg) {
    CHECK_STATUS(threading_event_set(is_in_its_run), THREADING_OK);
    CHECK_STATUS(threading_event_wait(may_end), THREADING_OK);
    return arg;
}

CASE(a_dump_says_of_a_timer_that_it_is_periodic) {
    threading_timer once, pending, running;
    CHECK_STATUS(threading_event_new(&is_in_its_run), THREADING_OK);
    CHECK_STATUS(threading_event_new(&may_end), THREADING_OK);
    CHECK_STATUS(threading_timer_new(1000, fires, NULL, &once), THREADING_OK);
    CHECK_STATUS(threading_timer_new_periodic(1000, 1000, fires, NULL, &pending), THREADING_OK);
    CHECK_STATUS(threading_timer_new_periodic(0.001, 1000, stays, NULL, &running), THREADING_OK);
    CHECK_STATUS(threading_timer_start(once), THREADING_OK);
    CHECK_STATUS(threading_timer_start(pending), THREADING_OK);
    CHECK_STATUS(threading_timer_start(running), THREADING_OK);
    CHECK_STATUS(threading_event_wait(is_in_its_run), THREADING_OK);
    char *text = dumped(threading_dump);
    CHECK_HAS(text, "2 timers are pending, 1 of them periodic\n");
    CHECK_NUMBER(times_in(text, " periodic "), 1);
    free(text);
    text = dumped(threading_dump_json);
    CHECK_HAS(text, "\"pending_timers\":2,\n\"pending_periodic_timers\":1,");
    CHECK_NUMBER(times_in(text, "\"periodic\":true"), 1);
    free(text);
    CHECK_STATUS(threading_timer_cancel(running, NULL), THREADING_OK);
    CHECK_STATUS(threading_event_set(may_end), THREADING_OK);
    CHECK_STATUS(threading_thread_join(threading_timer_thread(running)), THREADING_OK);
    CHECK_STATUS(threading_timer_cancel(pending, NULL), THREADING_OK);
    CHECK_STATUS(threading_timer_cancel(once, NULL), THREADING_OK);
}

static void *ends(void *arg) { return arg; }

CASE(a_dump_shows_no_thread_that_is_new_or_has_ended) {
    threading_thread fresh, ended;
    CHECK_STATUS(threading_thread_new("fresh", ends, NULL, &fresh), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("ended", ends, NULL, &ended), THREADING_OK);
    CHECK_STATUS(threading_thread_join(ended), THREADING_OK);
    /* The kernel has it for a moment more. */
    EVENTUALLY(case_tasks() == 1);
    char *text = dumped(threading_dump), *json = dumped(threading_dump_json);
    CHECK_LACKS(text, "\"fresh\"");
    CHECK_LACKS(text, "\"ended\"");
    CHECK_LACKS(json, "\"fresh\"");
    CHECK_LACKS(json, "\"ended\"");
    free(text);
    free(json);
}

CASE(a_text_says_how_deep_an_rlock_is_held_and_that_a_lock_was_taken_by_its_waiter) {
    threading_rlock rlock;
    scene at;
    CHECK_STATUS(threading_rlock_new(&rlock), THREADING_OK);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_rlock_acquire(rlock), THREADING_OK);
    }
    char *text = dumped(threading_dump);
    CHECK_HAS(text, ", 3 deep\n");
    free(text);
    caller other;
    scene_open(&at, &wait_kinds[WAIT_lock_acquire]);
    caller_start_asleep(&other, OURS, calls_scene, scene_bits(&at), -1);
    text = dumped(threading_dump);
    CHECK_HAS(text, ", held by \"MainThread\", at ");
    CHECK_LACKS(text, "used as a signal");
    free(text);
    at.kind->comes(at.bits);
    caller_end(&other, THREADING_OK);
}

static threading_status calls_write_of(caller *self) {
    threading_rwlock rwlock = {self->bits};
    threading_status status = threading_rwlock_acquire_write(rwlock);
    return status == THREADING_OK ? threading_rwlock_release_write(rwlock) : status;
}

CASE(a_text_says_who_writes_an_rwlock_or_how_many_reads_are_waited_for) {
    threading_rwlock rwlock;
    caller other;
    CHECK_STATUS(threading_rwlock_new(&rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_set_name(rwlock, "table"), THREADING_OK);
    for (int reads = 0; reads <= 2; reads++) {
        CHECK_STATUS(reads == 0 ? threading_rwlock_acquire_write(rwlock) : THREADING_OK,
                     THREADING_OK);
        for (int i = 0; i < reads; i++) {
            CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
        }
        caller_start_asleep(&other, reads % WORKER_KINDS, calls_write_of, rwlock.bits, -1);
        char *text = dumped(threading_dump);
        CHECK_HAS(text, "for rwlock \"table\" (0x28");
        if (reads == 0) {
            CHECK_HAS(text, ", held by \"MainThread\", at ");
            CHECK_HAS(text, "holds rwlock \"table\"");
        } else {
            CHECK_HAS(text, reads == 1 ? ", with 1 read, at " : ", with 2 reads, at ");
        }
        free(text);
        CHECK_STATUS(reads == 0 ? threading_rwlock_release_write(rwlock) : THREADING_OK,
                     THREADING_OK);
        for (int i = 0; i < reads; i++) {
            CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
        }
        caller_end(&other, THREADING_OK);
    }
}

/* ---- names ---- */

#define ACCENTED "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"
#define SEPARATED                                                                                  \
    "line\xe2\x80\xa8paragraph\xe2\x80\xa9turned\xe2\x80\xae"                                      \
    "c1\xc2\x9b"                                                                                   \
    "31m"
static const char *const strange[] = {"say \"hello\" \\ and \\\"bye\\\"",
                                      ACCENTED,
                                      SEPARATED,
                                      "\x1b[31mred\x1b[0m\a\r\n\t\x7f",
                                      "{\"a\":[1,2]}",
                                      "%s%n%d",
                                      "ends in a backslash\\"};
enum { STRANGE = sizeof strange / sizeof strange[0] };

static void hold_strange_ones(void) {
    static char all[128];
    threading_lock lock;
    for (int i = 1; i < 128; i++) {
        all[i - 1] = (char)i;
    }
    for (int i = 0; i <= STRANGE; i++) {
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_set_name(lock, i < STRANGE ? strange[i] : all), THREADING_OK);
    }
}

/* The rlock has no name and no handle that the program knows. */
CASE(the_rlock_of_a_condition_is_told_by_its_condition) {
    threading_condition jobs, nameless;
    char expected[128];
    CHECK_STATUS(threading_condition_new(&jobs), THREADING_OK);
    CHECK_STATUS(threading_condition_set_name(jobs, "jobs"), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&nameless), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire(jobs), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire(nameless), THREADING_OK);
    char *text = dumped(threading_dump);
    CHECK_NUMBER(times_in(text, "    holds rlock (0x0c"), 2);
    snprintf(expected, sizeof expected, ") of condition \"jobs\" (0x%016llx)\n",
             (unsigned long long)jobs.bits);
    CHECK_HAS(text, expected);
    snprintf(expected, sizeof expected, ") of condition (0x%016llx)\n",
             (unsigned long long)nameless.bits);
    CHECK_HAS(text, expected);
    free(text);
    text = dumped(threading_dump_json);
    snprintf(expected, sizeof expected, "\"name\":null,\"condition\":\"0x%016llx\",\"holder\":\"0x",
             (unsigned long long)jobs.bits);
    CHECK_HAS(text, expected);
    CHECK_NUMBER(times_in(text, "\"condition\":"), 2);
    free(text);
}

CASE(a_text_has_nothing_in_it_that_a_terminal_would_obey) {
    hold_strange_ones();
    CHECK_STATUS(threading_thread_set_name(threading_main_thread(), strange[3]), THREADING_OK);
    char *text = dumped(threading_dump);
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        CHECK((*at >= ' ' || *at == '\n') && *at != 0x7f);
        CHECK(!(at[0] == 0xc2 && at[1] < 0xa0));
        CHECK(!(at[0] == 0xe2 && at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae));
    }
    CHECK_HAS(text, "\"" ACCENTED "\"");
    CHECK_HAS(text, "\"say \\\"hello\\\" \\\\ and ");
    CHECK_NUMBER(times_in(text, "    holds lock "), STRANGE + 1);
    free(text);
}

CASE(of_a_name_of_ten_megabytes_the_begin_is_written) {
    enum { LENGTH = 10000000 };
    char *name = malloc(LENGTH + 1);
    threading_lock lock;
    CHECK(name != NULL);
    for (size_t i = 0; i < LENGTH; i += 2) {
        memcpy(name + i, "\xc3\xa9", 2);
    }
    name[LENGTH] = '\0';
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(lock, name), THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(threading_main_thread(), name), THREADING_OK);
    char *text = dumped(threading_dump), *json = dumped(threading_dump_json);
    CHECK(strlen(text) < 4096 && strlen(json) < 4096);
    name[254] = '\0';
    CHECK_NUMBER(times_in(text, name), 2);
    CHECK_NUMBER(times_in(text, "\xc3\xa9\"..."), 2);
    CHECK_NUMBER(times_in(json, name), 2);
    free(text);
    free(json);
    free(name);
}
