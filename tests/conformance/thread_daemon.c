/* The daemon flag: inherited from the creator, settled at the start. That daemon threads do not
 * keep the process alive is in exit.c. */
#include "case.h"
#include "gate.h"
#include "thread_tools.h"

static void *nothing(void *arg) { return arg; }

/* test_daemon_param */
CASE(threads_of_main_are_not_daemons_unless_told) {
    threading_thread thread;
    CHECK(!threading_thread_daemon(threading_main_thread()));
    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &thread), THREADING_OK);
    CHECK(!threading_thread_daemon(thread));
    CHECK_STATUS(threading_thread_set_daemon(thread, true), THREADING_OK);
    CHECK(threading_thread_daemon(thread));
    CHECK_STATUS(threading_thread_set_daemon(thread, false), THREADING_OK);
    CHECK(!threading_thread_daemon(thread));
    CHECK_STATUS(threading_thread_set_daemon(thread, true), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK(threading_thread_daemon(thread));
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK(threading_thread_daemon(thread));
}

CASE(spawn_daemon_makes_a_daemon) {
    gate door = GATE_CLOSED;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn_daemon(NULL, gate_passenger, &door, &thread), THREADING_OK);
    CHECK(threading_thread_daemon(thread));
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

/* test_daemonize_active_thread */
CASE(the_flag_is_settled_at_the_start) {
    gate door = GATE_CLOSED;
    for (int daemon = 0; daemon < 2; daemon++) {
        threading_thread thread;
        CHECK_STATUS(spawn_as(daemon, NULL, gate_passenger, &door, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_set_daemon(thread, !daemon), THREADING_ALREADY_STARTED);
        CHECK_STATUS(threading_thread_set_daemon(thread, daemon), THREADING_ALREADY_STARTED);
        gate_open(&door);
        CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
        CHECK_STATUS(threading_thread_set_daemon(thread, !daemon), THREADING_ALREADY_STARTED);
        CHECK(threading_thread_daemon(thread) == (daemon == 1));
    }
}

CASE(mains_flag_cannot_be_set) {
    CHECK_STATUS(threading_thread_set_daemon(threading_main_thread(), true),
                 THREADING_ALREADY_STARTED);
    CHECK(!threading_thread_daemon(threading_main_thread()));
}

/* Makes a thread and leaves it to somebody else to start it. */
static void *make_only(void *arg) {
    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, (threading_thread *)arg), THREADING_OK);
    return NULL;
}

static void *start_only(void *arg) {
    CHECK_STATUS(threading_thread_start(*(threading_thread *)arg), THREADING_OK);
    return NULL;
}

CASE(the_flag_comes_from_the_creator_and_not_from_the_starter) {
    threading_thread daemon, by_daemon, by_main;
    CHECK_STATUS(threading_thread_spawn_daemon(NULL, make_only, &by_daemon, &daemon), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(daemon, NULL), THREADING_OK);
    CHECK(threading_thread_daemon(by_daemon));
    CHECK_STATUS(threading_thread_start(by_daemon), THREADING_OK);
    CHECK(threading_thread_daemon(by_daemon));
    CHECK_STATUS(threading_thread_finish(by_daemon, NULL), THREADING_OK);

    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &by_main), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn_daemon(NULL, start_only, &by_main, &daemon), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(daemon, NULL), THREADING_OK);
    CHECK(!threading_thread_daemon(by_main));
    CHECK_STATUS(threading_thread_finish(by_main, NULL), THREADING_OK);
}

/* Spawns one level deeper than itself, until a level was reached; checks that the flag of each is
 * the first one's. */
typedef struct generation {
    int levels;
    bool daemon;
} generation;

static void *spawn_a_generation(void *arg) {
    generation mine = *(generation *)arg;
    CHECK(threading_thread_daemon(threading_current_thread()) == mine.daemon);
    if (mine.levels > 0) {
        generation next = {mine.levels - 1, mine.daemon};
        threading_thread child;
        CHECK_STATUS(threading_thread_spawn(NULL, spawn_a_generation, &next, &child), THREADING_OK);
        CHECK(threading_thread_daemon(child) == mine.daemon);
        CHECK_STATUS(threading_thread_finish(child, NULL), THREADING_OK);
    }
    return NULL;
}

CASE(spawned_threads_inherit_through_generations) {
    for (int daemon = 0; daemon < 2; daemon++) {
        generation first = {4, daemon == 1};
        threading_thread thread;
        CHECK_STATUS(spawn_as(daemon, NULL, spawn_a_generation, &first, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    }
}

static void *unset_for_child(void *arg) {
    threading_thread child;
    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &child), THREADING_OK);
    CHECK(threading_thread_daemon(child));
    CHECK_STATUS(threading_thread_set_daemon(child, false), THREADING_OK);
    CHECK(!threading_thread_daemon(child));
    CHECK(threading_thread_daemon(threading_current_thread()));
    CHECK_STATUS(threading_thread_start(child), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(child, NULL), THREADING_OK);
    return arg;
}

CASE(an_inherited_flag_can_be_overruled_before_the_start) {
    threading_thread daemon;
    CHECK_STATUS(threading_thread_spawn_daemon(NULL, unset_for_child, NULL, &daemon), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(daemon, NULL), THREADING_OK);
}

static void *be_foreign(void *arg) {
    threading_thread self = threading_current_thread(), child;
    CHECK(threading_thread_daemon(self));
    CHECK_STATUS(threading_thread_set_daemon(self, false), THREADING_ALREADY_STARTED);
    CHECK(threading_thread_daemon(self));
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &child), THREADING_OK);
    CHECK(threading_thread_daemon(child));
    CHECK_STATUS(threading_thread_finish(child, NULL), THREADING_OK);
    return arg;
}

CASE(a_foreign_thread_is_a_daemon_and_so_are_its_threads) {
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, be_foreign, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
}

static void *be_foreign_and_unknown(void *arg) {
    threading_thread child;
    /* The library has not seen this thread before. */
    CHECK_STATUS(threading_thread_new(NULL, nothing, NULL, &child), THREADING_OK);
    CHECK(threading_thread_daemon(child));
    CHECK_STATUS(threading_thread_destroy(child), THREADING_OK);
    return arg;
}

CASE(a_foreign_thread_that_never_asked_who_it_is_hands_down_the_same_flag) {
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, be_foreign_and_unknown, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
}
