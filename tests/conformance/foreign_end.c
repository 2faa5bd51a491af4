/* Threads that the library did not start, and that end without its hearing of it: their records end
 * all the same, and nobody else is taken for them who has got the kernel's id of one. */
#include "forked.h"
#include "gate.h"
#include "thread_tools.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { SLOTS_AT_MOST = 4096 };

static threading_thread dummy;
static pid_t native_id;

static void note_myself(void) {
    dummy = threading_current_thread();
    CHECK(!THREADING_IS_NULL(dummy));
    CHECK(threading_thread_is_alive(dummy));
    native_id = (pid_t)threading_get_native_id();
}

/* Calls the library for the first time in a destructor; in which round of them, counting from 0, is
 * for `late_key` to say. */
static pthread_key_t late_key;
static int late_round;

static void late_destructor(void *value) {
    uintptr_t round = (uintptr_t)value - 1;
    if (round == (uintptr_t)late_round) {
        note_myself();
    } else {
        CHECK_NUMBER(pthread_setspecific(late_key, (void *)(round + 2)), 0);
    }
}

static void *comes_late(void *arg) {
    CHECK_NUMBER(pthread_setspecific(late_key, (void *)1), 0);
    return arg;
}

static void *vanishes(void *arg) {
    note_myself();
    syscall(SYS_exit, 0);
    return arg;
}

static void run_foreign(void *(*body)(void *)) {
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, body, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
}

static void check_slots_are_used_again(void *(*body)(void *)) {
    enum { THREADS = 10000 };
    uint32_t highest = 0;
    for (int i = 0; i < THREADS; i++) {
        run_foreign(body);
        uint32_t place = (uint32_t)dummy.bits;
        highest = place > highest ? place : highest;
    }
    CHECK(highest <= SLOTS_AT_MOST);
    CHECK_NUMBER(threading_active_count(), 1);
}

CASE(records_of_threads_that_came_in_their_last_destructors_are_used_again) {
    CHECK_NUMBER(pthread_key_create(&late_key, late_destructor), 0);
    for (late_round = 0; late_round < 4; late_round++) {
        check_slots_are_used_again(comes_late);
    }
}

CASE(records_of_threads_that_vanished_are_used_again) { check_slots_are_used_again(vanishes); }

/* The next thread of this process gets that id from the kernel, if no other process is quicker:
 * here there is none. */
static bool next_thread_gets(pid_t id) {
    FILE *file = fopen("/proc/sys/kernel/ns_last_pid", "w");
    if (file == NULL) {
        return false;
    }
    bool done = fprintf(file, "%d", (int)id - 1) > 0;
    return fclose(file) == 0 && done;
}

static threading_thread gone;
static pid_t id_of_the_gone;
static threading_lock lock;

static void *has_the_same_id(void *is_renamed) {
    char before[16], after[16];
    if (syscall(SYS_gettid) != id_of_the_gone) {
        printf("the kernel gives another id\n");
        _exit(77);
    }
    CHECK_NUMBER(pthread_getname_np(pthread_self(), before, sizeof before), 0);
    if (is_renamed != NULL) {
        threading_status status = threading_thread_set_name(gone, "another's");
        CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
        CHECK_NUMBER(pthread_getname_np(pthread_self(), after, sizeof after), 0);
        CHECK_STRING(after, before);
    }
    CHECK(!threading_thread_is_alive(gone));
    CHECK(!thread_is_listed(gone));
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK(!THREADING_SAME(threading_current_thread(), gone));
    CHECK_NUMBER(threading_active_count(), 2);
    return NULL;
}

static void *vanishes_with_a_lock(void *arg) {
    CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    native_id = (pid_t)syscall(SYS_gettid);
    syscall(SYS_exit, 0);
    return arg;
}

static void *ends_the_lock(void *arg) {
    if (syscall(SYS_gettid) != id_of_the_gone) {
        printf("the kernel gives another id\n");
        _exit(77);
    }
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    return arg;
}

static void runs_with_the_id_of_the_last_one(void *(*body)(void *), void *arg) {
    pthread_t other;
    gone = dummy;
    id_of_the_gone = native_id;
    if (!next_thread_gets(id_of_the_gone)) {
        printf("no id can be chosen\n");
        _exit(77);
    }
    CHECK_NUMBER(pthread_create(&other, NULL, body, arg), 0);
    CHECK_NUMBER(pthread_join(other, NULL), 0);
}

static void in_a_namespace_of_its_own(void) {
    static int renamed;
    CHECK_NUMBER(pthread_key_create(&late_key, late_destructor), 0);
    for (late_round = 0; late_round < 4; late_round++) {
        run_foreign(comes_late);
        runs_with_the_id_of_the_last_one(has_the_same_id, late_round % 2 ? &renamed : NULL);
    }
    run_foreign(vanishes);
    runs_with_the_id_of_the_last_one(has_the_same_id, NULL);
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    run_foreign(vanishes_with_a_lock);
    runs_with_the_id_of_the_last_one(ends_the_lock, NULL);
}

CHILD(ids_are_given_again) {
    if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0 &&
        unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) != 0) {
        printf("no namespace can be had\n");
        exit(77);
    }
    pid_t first = fork();
    CHECK(first >= 0);
    if (first == 0) {
        /* So that what is looked up by an id is this namespace's. */
        if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("proc", "/proc", "proc", 0, NULL) != 0) {
            printf("no /proc can be had\n");
            _exit(77);
        }
        in_a_namespace_of_its_own();
        printf("nobody was taken for another\n");
        fflush(stdout);
        _exit(0);
    }
    int state = 0;
    CHECK_NUMBER(waitpid(first, &state, 0), first);
    exit(WIFEXITED(state) ? WEXITSTATUS(state) : 1);
}

CASE(a_thread_that_is_gone_stays_gone_when_another_gets_its_id) {
    static child_outcome outcome;
    run_child("ids_are_given_again", &outcome);
    if (outcome.exit_code == 77) {
        printf("not checked: %s", outcome.output);
        CHECK_NUMBER(outcome.signal, 0);
        return;
    }
    CHECK_STRING(outcome.output, "nobody was taken for another\n");
    CHECK_NUMBER(outcome.exit_code, 0);
}

/* ---- a thread of the parent's is gone in a forked child ---- */

static gate stays = GATE_CLOSED;
static uint64_t ident_of_the_gone;

static void *tells_its_ident(void *ident) {
    *(uint64_t *)ident = threading_get_ident();
    return NULL;
}

static void *stays_in_the_parent(void *arg) {
    ident_of_the_gone = threading_get_ident();
    gate_pass(&stays);
    return arg;
}

CASE(no_thread_of_a_child_gets_the_ident_of_one_that_the_child_does_not_have) {
    pthread_t native;
    CHECK_NUMBER(pthread_create(&native, NULL, stays_in_the_parent, NULL), 0);
    gate_await(&stays, 1);
    pid_t pid = forked();
    if (pid == 0) {
        for (int i = 0; i < 20; i++) {
            uint64_t ident = 0;
            CHECK_NUMBER(pthread_create(&native, NULL, tells_its_ident, &ident), 0);
            CHECK_NUMBER(pthread_join(native, NULL), 0);
            CHECK(ident != 0 && ident != ident_of_the_gone);
        }
        _exit(0);
    }
    CHECK_NUMBER(exit_code_of(pid), 0);
    gate_open(&stays);
    CHECK_NUMBER(pthread_join(native, NULL), 0);
}
