/* A forked child: its one thread is main, all others have ended, and nothing that was under way in
 * the parent can hang it. What a fork does to locks is also in lock_anywhere.c, kind by kind. */
#include "forked.h"
#include "gate.h"
#include "timer_tools.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs the body in a forked child of the calling thread, and waits for its end: a check that fails
 * there fails here. */
static void in_child(void (*body)(void *arg), void *arg) {
    fflush(NULL);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(CASE_SECONDS / 2);
        body(arg);
        _exit(50);
    }
    int state = 0;
    CHECK_NUMBER(waitpid(pid, &state, 0), pid);
    CHECK(WIFEXITED(state));
    CHECK_NUMBER(WEXITSTATUS(state), 50);
}

static void *nothing(void *arg) { return arg; }

/* Who the forking thread was, and who is expected to be main in the child. */
typedef struct origin {
    threading_thread self;
    uint64_t ident;
    char name[32];
    uint64_t parent_native_id;
} origin;

static void check_main_in_child(void *arg) {
    origin *before = arg;
    char name[32];
    threading_thread all[8], main_thread = threading_main_thread();
    CHECK(THREADING_SAME(threading_current_thread(), main_thread));
    CHECK(threading_get_ident() == before->ident);
    CHECK(threading_thread_ident(main_thread) == before->ident);
    CHECK(threading_get_native_id() == (uint64_t)getpid());
    CHECK(threading_get_native_id() != before->parent_native_id);
    CHECK(threading_thread_native_id(main_thread) == (uint64_t)syscall(SYS_gettid));
    CHECK_STATUS(threading_thread_name(main_thread, name, sizeof name, NULL), THREADING_OK);
    CHECK_STRING(name, before->name);
    CHECK_STRING(threading_current_name(), before->name);
    CHECK(threading_thread_is_alive(main_thread));
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_NUMBER(threading_enumerate(all, 8), 1);
    CHECK(THREADING_SAME(all[0], main_thread));
    CHECK_STATUS(threading_thread_join(main_thread), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_thread_destroy(main_thread), THREADING_BUSY);
    if (!THREADING_IS_NULL(before->self)) {
        CHECK(THREADING_SAME(main_thread, before->self));
    }
}

/* test_main_thread_after_fork */
CASE(the_child_of_main_is_main) {
    origin before = {threading_main_thread(), threading_get_ident(), "MainThread",
                     threading_get_native_id()};
    in_child(check_main_in_child, &before);
    CHECK(threading_get_native_id() == before.parent_native_id);
}

static void *fork_in_a_thread_of_ours(void *arg) {
    origin before = {threading_current_thread(), threading_get_ident(), "forker",
                     threading_get_native_id()};
    in_child(check_main_in_child, &before);
    CHECK(!THREADING_SAME(threading_main_thread(), threading_current_thread()));
    return arg;
}

/* test_main_thread_after_fork_from_nonmain_thread */
CASE(the_child_of_a_thread_of_ours_has_it_as_main) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn("forker", fork_in_a_thread_of_ours, NULL, &thread),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

static void *fork_in_a_foreign_thread(void *with_dummy) {
    origin before = {THREADING_NULL, threading_get_ident(), "MainThread",
                     threading_get_native_id()};
    if (with_dummy) {
        CHECK(strncmp(threading_current_name(), "Dummy-", 6) == 0);
    }
    in_child(check_main_in_child, &before);
    return NULL;
}

/* test_main_thread_after_fork_from_foreign_thread, test_main_thread_after_fork_from_dummy_thread */
CASE(the_child_of_a_foreign_thread_has_it_as_main) {
    int with_dummy = 1;
    for (int i = 0; i < 2; i++) {
        pthread_t foreign;
        CHECK_NUMBER(
            pthread_create(&foreign, NULL, fork_in_a_foreign_thread, i ? &with_dummy : NULL), 0);
        CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    }
}

/* One of each kind of thread that the child does not have. */
typedef struct vanished {
    threading_thread main_thread, running, daemon, given_up, ended, never_started, dummy;
    gate door, dummy_ready;
} vanished;

static void *be_foreign(void *arg) {
    vanished *all = arg;
    all->dummy = threading_current_thread();
    gate_open(&all->dummy_ready);
    gate_pass(&all->door);
    return NULL;
}

static void check_gone(threading_thread thread, threading_status its_result) {
    void *result = NULL;
    CHECK(!threading_thread_is_alive(thread));
    CHECK(!thread_is_listed(thread));
    CHECK_STATUS(threading_thread_join_timeout(thread, 0), THREADING_OK);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_ALREADY_STARTED);
    CHECK_STATUS(threading_thread_result(thread, &result), its_result);
    CHECK_STATUS(threading_thread_finish(thread, &result), its_result);
    CHECK_STATUS(threading_thread_join(thread), THREADING_DESTROYED);
}

static void check_vanished(void *arg) {
    vanished *all = arg;
    void *result = NULL;
    check_gone(all->running, THREADING_NO_VALUE);
    check_gone(all->daemon, THREADING_NO_VALUE);
    check_gone(all->ended, THREADING_OK);
    CHECK(!threading_thread_is_alive(all->given_up));
    CHECK_STATUS(threading_thread_join(all->given_up), THREADING_DESTROYED);
    CHECK(!threading_thread_is_alive(all->dummy));
    CHECK(!thread_is_listed(all->dummy));
    CHECK_NUMBER(threading_active_count(), 1);

    CHECK_STATUS(threading_thread_join(all->never_started), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_thread_start(all->never_started), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(all->never_started, &result), THREADING_OK);
    CHECK(result == all);
}

/* test_is_alive_after_fork, test_dummy_thread_after_fork, test_clear_threads_states_after_fork */
CASE(other_threads_have_ended_in_the_child_and_unstarted_ones_can_start) {
    vanished all = {.door = GATE_CLOSED, .dummy_ready = GATE_CLOSED};
    pthread_t foreign;
    CHECK_STATUS(threading_thread_spawn("running", gate_passenger, &all.door, &all.running),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_spawn_daemon("daemon", gate_passenger, &all.door, &all.daemon),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("given up", gate_passenger, &all.door, &all.given_up),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_destroy(all.given_up), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("ended", nothing, NULL, &all.ended), THREADING_OK);
    CHECK_STATUS(threading_thread_join(all.ended), THREADING_OK);
    CHECK_STATUS(threading_thread_new("never started", nothing, &all, &all.never_started),
                 THREADING_OK);
    CHECK_NUMBER(pthread_create(&foreign, NULL, be_foreign, &all), 0);
    gate_pass(&all.dummy_ready);
    gate_await(&all.door, 4);
    in_child(check_vanished, &all);
    /* In the parent nothing has changed. */
    CHECK(threading_thread_is_alive(all.running));
    CHECK(threading_thread_is_alive(all.given_up));
    CHECK(threading_thread_is_alive(all.dummy));
    CHECK_NUMBER(threading_active_count(), 5);
    gate_open(&all.door);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK_STATUS(threading_thread_finish(all.running, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(all.daemon, NULL), THREADING_OK);
    EVENTUALLY(threading_thread_join(all.given_up) == THREADING_DESTROYED);
}

/* test_3_join_in_forked_from_thread: the main thread of the parent has ended in the child. */
static void check_old_main_gone(void *arg) {
    threading_thread old_main = *(threading_thread *)arg;
    CHECK(!THREADING_SAME(threading_main_thread(), old_main));
    CHECK(!threading_thread_is_alive(old_main));
    CHECK(!thread_is_listed(old_main));
    CHECK_STATUS(threading_thread_join(old_main), THREADING_OK);
    CHECK_STATUS(threading_thread_join_timeout(old_main, 0), THREADING_OK);
}

static void *fork_and_look_for_main(void *arg) {
    threading_thread main_thread = threading_main_thread();
    in_child(check_old_main_gone, &main_thread);
    return arg;
}

CASE(the_parents_main_has_ended_in_the_child_of_another_thread) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, fork_and_look_for_main, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

static void check_not_alive(void *arg) {
    CHECK(!threading_thread_is_alive(*(threading_thread *)arg));
    CHECK_STATUS(threading_thread_join(*(threading_thread *)arg), THREADING_OK);
}

/* test_is_alive_after_fork */
CASE(a_thread_that_was_just_starting_or_ending_has_ended_in_the_child) {
    for (int round = 0; round < 200; round++) {
        threading_thread thread;
        CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &thread), THREADING_OK);
        in_child(check_not_alive, &thread);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    }
}

static void *check_new_thread(void *arg) {
    CHECK(!THREADING_SAME(threading_current_thread(), threading_main_thread()));
    CHECK(threading_get_native_id() == (uint64_t)syscall(SYS_gettid));
    CHECK(threading_get_ident() != threading_thread_ident(threading_main_thread()));
    CHECK(thread_is_listed(threading_current_thread()));
    return arg;
}

static void start_threads(void *arg) {
    (void)arg;
    gate door = GATE_CLOSED;
    threading_thread threads[8];
    for (int i = 0; i < 8; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &threads[i]),
                     THREADING_OK);
    }
    gate_await(&door, 8);
    CHECK_NUMBER(threading_active_count(), 9);
    gate_open(&door);
    for (int i = 0; i < 8; i++) {
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
        CHECK_STATUS(threading_thread_spawn(NULL, check_new_thread, NULL, &threads[i]),
                     THREADING_OK);
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
    }
    CHECK_NUMBER(threading_active_count(), 1);
}

static void start_threads_and_fork_again(void *arg) {
    start_threads(arg);
    in_child(start_threads, arg);
    start_threads(arg);
}

CASE(threads_start_in_the_child_and_in_its_child) {
    start_threads(NULL);
    in_child(start_threads_and_fork_again, NULL);
    start_threads(NULL);
}

static void *fork_and_start_threads(void *arg) {
    gate_pass(arg);
    in_child(start_threads, NULL);
    return arg;
}

/* test_reinit_tls_after_fork */
CASE(many_threads_may_fork_at_once) {
    gate door = GATE_CLOSED;
    threading_thread threads[16];
    for (int i = 0; i < 16; i++) {
        CHECK_STATUS(threading_thread_spawn(NULL, fork_and_start_threads, &door, &threads[i]),
                     THREADING_OK);
    }
    gate_await(&door, 16);
    gate_open(&door);
    for (int i = 0; i < 16; i++) {
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
    }
}

/* ---- a fork in the very last destructor, when the thread has ended for the library ---- */

typedef struct last_words {
    pthread_key_t key;
    int rounds; /* of destructors that are still to come */
    threading_thread thread;
} last_words;

static void check_late_main(void *arg) {
    char os_name[16] = "";
    threading_thread main_thread = threading_main_thread();
    CHECK(THREADING_SAME(main_thread, *(threading_thread *)arg));
    CHECK(threading_thread_is_alive(main_thread));
    CHECK_STATUS(threading_thread_set_name(main_thread, "late"), THREADING_OK);
    CHECK_NUMBER(prctl(PR_GET_NAME, os_name), 0);
    CHECK_STRING(os_name, "late");
}

static void fork_in_the_last_round(void *arg) {
    last_words *it = arg;
    if (--it->rounds > 0) {
        CHECK_NUMBER(pthread_setspecific(it->key, it), 0);
    } else {
        in_child(check_late_main, &it->thread);
    }
}

static void *leave_last_words(void *arg) {
    last_words *it = arg;
    it->thread = threading_current_thread();
    CHECK_NUMBER(pthread_setspecific(it->key, it), 0);
    return arg;
}

CASE(the_child_of_a_last_destructor_has_its_thread_as_main_and_can_name_it) {
    last_words it = {.rounds = PTHREAD_DESTRUCTOR_ITERATIONS};
    threading_thread thread;
    CHECK_NUMBER(pthread_key_create(&it.key, fork_in_the_last_round), 0);
    CHECK_STATUS(threading_thread_spawn("parent", leave_last_words, &it, &thread), THREADING_OK);
    /* It has ended for joiners while its destructor still runs; its handle has to be good until
     * then. */
    EVENTUALLY(case_tasks() == 1);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_NUMBER(it.rounds, 0);
    CHECK_NUMBER(pthread_key_delete(it.key), 0);
}

static void *say_own_name(void *name) {
    CHECK_STRING(threading_current_name(), name);
    return name;
}

/* main waits in a join meanwhile. */
static void *fork_and_start_others(void *arg) {
    static char name[] = "child's";
    pid_t pid = forked();
    if (pid == 0) {
        for (int i = 0; i < 10; i++) {
            threading_thread thread;
            CHECK_STATUS(threading_thread_spawn(name, say_own_name, name, &thread), THREADING_OK);
            CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
        }
        _exit(0);
    }
    CHECK_NUMBER(exit_code_of(pid), 0);
    return arg;
}

CASE(threads_of_the_child_know_their_names_though_the_parents_threads_waited) {
    for (int round = 0; round < 10; round++) {
        threading_thread forker;
        CHECK_STATUS(threading_thread_spawn("forker", fork_and_start_others, NULL, &forker),
                     THREADING_OK);
        CHECK_STATUS(threading_thread_finish(forker, NULL), THREADING_OK);
    }
}

enum { LOCKS = 100000 };

static void end_locks(void *arg) {
    const threading_lock *locks = arg;
    for (int i = 0; i < LOCKS; i++) {
        CHECK_STATUS(threading_lock_destroy(locks[i]), THREADING_OK);
    }
}

/* Each that nobody ever took was looked at for a millisecond, in case that its holder had not been
 * noted: too long for so many. */
CASE(a_child_ends_a_hundred_thousand_locks_that_nobody_took) {
    static threading_lock locks[LOCKS];
    for (int i = 0; i < LOCKS; i++) {
        CHECK_STATUS(threading_lock_new(&locks[i]), THREADING_OK);
    }
    in_child(end_locks, locks);
}
