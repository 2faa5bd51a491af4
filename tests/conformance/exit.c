/* The end of the process: who is waited for, and who is not. Each case looks at a process of its
 * own. In what order: exit_order.c. When main leaves by pthread_exit: exit_main_left.c. For
 * threading_shutdown and threading_register_atexit see shutdown.c. */
#include "process_end.h"
#include "thread_tools.h"
#include "waits.h"

#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* test_join_nondaemon_on_shutdown */
CHILD(return_from_main) {
    start_worker_that_outlives_main();
    say("end of main\n");
}

CASE(a_return_from_main_waits_for_non_daemon_threads) {
    expect("return_from_main", 0, "end of main\nworker ended\n");
}

CHILD(exit_from_main) {
    start_worker_that_outlives_main();
    say("end of main\n");
    exit(3);
}

CASE(exit_from_main_waits_for_non_daemon_threads_and_keeps_its_code) {
    expect("exit_from_main", 3, "end of main\nworker ended\n");
}

/* test_1_join_on_shutdown */
static gate main_seen_alive = GATE_CLOSED;

static void *join_main(void *arg) {
    CHECK_STATUS(threading_thread_join_timeout(threading_main_thread(), 0.02), THREADING_TIMEOUT);
    gate_open(&main_seen_alive);
    CHECK_STATUS(threading_thread_join(threading_main_thread()), THREADING_OK);
    say("end of thread\n");
    return arg;
}

CHILD(joined_main) {
    CHECK_STATUS(threading_thread_spawn(NULL, join_main, NULL, NULL), THREADING_OK);
    gate_pass(&main_seen_alive);
    say("end of main\n");
}

CASE(a_join_of_main_returns_when_the_end_begins) {
    expect("joined_main", 0, "end of main\nend of thread\n");
}

static threading_thread leaver;
static gate leave = GATE_CLOSED;

static void *exit_when_told(void *code) {
    gate_pass(&leave);
    say("exit\n");
    exit(*(int *)code);
}

static void *join_leaver(void *arg) {
    CHECK_STATUS(threading_thread_join(leaver), THREADING_OK);
    dawdle();
    say("joined\n");
    return arg;
}

static void pause_without_end(void) {
    for (;;) {
        pause();
    }
}

static int code_of_thread = 4;

CHILD(exit_from_a_thread) {
    threading_thread joiner;
    CHECK_STATUS(threading_thread_spawn("leaver", exit_when_told, &code_of_thread, &leaver),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("joiner", join_leaver, NULL, &joiner), THREADING_OK);
    EVENTUALLY(task_is_asleep(threading_thread_native_id(joiner)));
    gate_open(&leave);
    pause_without_end();
}

CASE(a_thread_that_exits_has_ended_for_its_joiners_and_waits_for_them) {
    expect("exit_from_a_thread", 4, "exit\njoined\n");
}

CHILD(exit_from_a_daemon) {
    CHECK_STATUS(threading_thread_spawn_daemon("leaver", exit_when_told, &code_of_thread, &leaver),
                 THREADING_OK);
    start_worker_that_outlives_main();
    gate_open(&leave);
    pause_without_end();
}

CASE(exit_from_a_daemon_waits_for_non_daemon_threads) {
    expect("exit_from_a_daemon", 4, "exit\nworker ended\n");
}

CHILD(exit_from_a_foreign_thread) {
    pthread_t foreign;
    start_worker_that_outlives_main();
    CHECK_NUMBER(pthread_create(&foreign, NULL, exit_when_told, &code_of_thread), 0);
    gate_open(&leave);
    pause_without_end();
}

CASE(exit_from_a_foreign_thread_waits_for_non_daemon_threads) {
    expect("exit_from_a_foreign_thread", 4, "exit\nworker ended\n");
}

CHILD(exit_from_a_thread_while_main_shuts_down) {
    CHECK_STATUS(threading_thread_spawn("leaver", exit_when_told, &code_of_thread, &leaver),
                 THREADING_OK);
    start_worker_that_outlives_main();
    gate_open(&leave);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
}

CASE(main_may_end_with_shutdown_while_another_thread_exits) {
    for (int round = 0; round < 10; round++) {
        static child_outcome outcome;
        run_child("exit_from_a_thread_while_main_shuts_down", &outcome);
        CHECK_NUMBER(outcome.signal, 0);
        /* Whichever exit comes first decides the code. */
        CHECK(outcome.exit_code == 4 || outcome.exit_code == 0);
        CHECK_STRING(outcome.output, "exit\nworker ended\n");
    }
}

CHILD(main_ends_by_pthread_exit) {
    start_worker_that_outlives_main();
    gate_open(&end_begun);
    say("end of main\n");
    pthread_exit(NULL);
}

CASE(the_process_lives_on_when_main_ends_by_pthread_exit) {
    expect("main_ends_by_pthread_exit", 0, "end of main\nworker ended\n");
}

CHILD(threads_nobody_keeps) {
    threading_thread given_up;
    CHECK_STATUS(threading_thread_spawn("given up", outlive_main, NULL, &given_up), THREADING_OK);
    CHECK_STATUS(threading_thread_destroy(given_up), THREADING_OK);
    start_worker_that_outlives_main();
}

CASE(threads_that_were_given_up_are_waited_for_all_the_same) {
    expect("threads_nobody_keeps", 0, "worker ended\nworker ended\n");
}

/* test_thread_from_thread */
static void *outlive_main_through_generations(void *arg) {
    int generation = *(int *)arg;
    gate_pass(&end_begun);
    dawdle();
    if (generation > 0) {
        static int next[8];
        next[generation] = generation - 1;
        CHECK_STATUS(
            threading_thread_spawn(NULL, outlive_main_through_generations, &next[generation], NULL),
            THREADING_OK);
    } else {
        say("OK\n");
    }
    return NULL;
}

CHILD(threads_from_threads) {
    static int generation = 4;
    CHECK_STATUS(threading_thread_spawn(NULL, outlive_main_through_generations, &generation, NULL),
                 THREADING_OK);
    CHECK_STATUS(threading_register_atexit(open_end_begun, NULL), THREADING_OK);
}

CASE(threads_that_threads_start_during_the_end_are_waited_for) {
    expect("threads_from_threads", 0, "OK\n");
}

/* test_finalization_shutdown (bpo-36402) */
static pthread_key_t key;

static void destroy_slowly(void *value) {
    CHECK(value == &key);
    gate_pass(&end_begun);
    dawdle();
    say("destructor\n");
}

static void *leave_a_value(void *arg) {
    CHECK_NUMBER(pthread_setspecific(key, &key), 0);
    return arg;
}

static void say_early(void) { say("early\n"); }

CHILD(slow_destructor) {
    CHECK_NUMBER(pthread_key_create(&key, destroy_slowly), 0);
    CHECK_NUMBER(atexit(say_early), 0);
    CHECK_STATUS(threading_thread_spawn(NULL, leave_a_value, NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(open_end_begun, NULL), THREADING_OK);
}

CASE(the_end_waits_for_the_destructors_of_threads) {
    expect("slow_destructor", 0, "destructor\nearly\n");
}

/* Daemons. */

static threading_lock held = THREADING_NULL;
static gate daemons_ready = GATE_CLOSED;

static void *block_in_a_scene(void *at) {
    gate_pass(&daemons_ready);
    scene_wait(at);
    say("a daemon got what it waits for\n");
    return at;
}

static void *block_in_a_sleep(void *arg) {
    gate_pass(&daemons_ready);
    threading_sleep(INFINITY); /* not to synchronise: what it sleeps in is the case */
    return arg;
}

/* A task keeps the process alive itself, so the end waits for what such a daemon waits for. */
static bool is_for_a_task(int wait) {
    return wait_kinds[wait].kind == KIND_EXECUTOR || wait_kinds[wait].kind == KIND_FUTURE;
}

CHILD(blocked_daemons) {
    static scene scenes[WAIT_KINDS];
    threading_thread daemons[WAIT_KINDS + 1];
    int count = 0;
    gate_open(&daemons_ready);
    CHECK_STATUS(threading_thread_spawn_daemon("sleep", block_in_a_sleep, NULL, &daemons[count++]),
                 THREADING_OK);
    for (int i = 0; i < WAIT_KINDS; i++) {
        if (is_for_a_task(i)) {
            continue;
        }
        scene_open(&scenes[i], &wait_kinds[i]);
        CHECK_STATUS(
            threading_thread_spawn_daemon("scene", block_in_a_scene, &scenes[i], &daemons[count++]),
            THREADING_OK);
    }
    gate_await(&daemons_ready, count);
    for (int i = 0; i < count; i++) {
        EVENTUALLY(task_is_asleep(threading_thread_native_id(daemons[i])));
    }
    say("end of main\n");
}

CASE(daemons_do_not_keep_the_process_alive_wherever_they_are_blocked) {
    expect("blocked_daemons", 0, "end of main\n");
}

/* test_4_daemon_threads */
static void *use_the_library_without_end(void *arg) {
    gate_pass(&daemons_ready);
    for (;;) {
        threading_lock lock;
        threading_thread thread, array[64];
        CHECK_STATUS(threading_lock_acquire(held), THREADING_OK);
        CHECK_STATUS(threading_lock_release(held), THREADING_OK);
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
        CHECK(threading_enumerate(array, 64) > 0);
        CHECK_STATUS(threading_thread_set_name(threading_current_thread(), "busy"), THREADING_OK);
        if (threading_thread_spawn(NULL, gate_passenger, &daemons_ready, &thread) == THREADING_OK) {
            CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
        }
    }
    return arg;
}

CHILD(busy_daemons) {
    CHECK_STATUS(threading_lock_new(&held), THREADING_OK);
    for (int i = 0; i < 40; i++) {
        CHECK_STATUS(threading_thread_spawn_daemon(NULL, use_the_library_without_end, NULL, NULL),
                     THREADING_OK);
    }
    gate_await(&daemons_ready, 40);
    gate_open(&daemons_ready);
    dawdle();
}

CASE(daemons_that_use_the_library_during_the_end_do_no_harm) {
    for (int round = 0; round < 5; round++) {
        expect("busy_daemons", 0, "");
    }
}
