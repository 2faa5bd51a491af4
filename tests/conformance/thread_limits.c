/* When the system gives no more threads: NO_RESOURCES, nothing changed, and all is well once there
 * is room again. And how many there may be. */
#include "case.h"
#include "gate.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static atomic_int runs;

static void *count_run(void *arg) {
    atomic_fetch_add(&runs, 1);
    return arg;
}

/* Whether the system itself refuses a thread now. */
static bool system_refuses_a_thread(void) {
    pthread_t foreign;
    int error = pthread_create(&foreign, NULL, count_run, NULL);
    if (error == 0) {
        CHECK_NUMBER(pthread_join(foreign, NULL), 0);
        return false;
    }
    CHECK_NUMBER(error, EAGAIN);
    return true;
}

/* Everything that must hold while no thread can be had, and when they can be had again. */
static void start_without_and_with_room(int resource, rlim_t tight) {
    int value = 0;
    char name[32];
    void *result = NULL;
    struct rlimit limit;
    threading_thread thread, daemon, untouched = {42};
    CHECK_STATUS(threading_thread_new("patient", count_run, &value, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_new("daemon", count_run, &value, &daemon), THREADING_OK);
    CHECK_STATUS(threading_thread_set_daemon(daemon, true), THREADING_OK);

    CHECK_NUMBER(getrlimit(resource, &limit), 0);
    rlim_t roomy = limit.rlim_cur;
    limit.rlim_cur = tight;
    CHECK_NUMBER(setrlimit(resource, &limit), 0);
    if (!system_refuses_a_thread()) {
        printf("the system gives threads all the same\n");
        exit(77);
    }
    errno = 4242;
    for (int times = 0; times < 10; times++) {
        CHECK_STATUS(threading_thread_start(thread), THREADING_NO_RESOURCES);
        CHECK_STATUS(threading_thread_start(daemon), THREADING_NO_RESOURCES);
        CHECK_STATUS(threading_thread_spawn("stillborn", count_run, &value, &untouched),
                     THREADING_NO_RESOURCES);
        CHECK_STATUS(threading_thread_spawn_daemon("stillborn", count_run, &value, &untouched),
                     THREADING_NO_RESOURCES);
        CHECK_STATUS(threading_thread_spawn("stillborn", count_run, &value, NULL),
                     THREADING_NO_RESOURCES);
    }
    CHECK_NUMBER(errno, 4242);
    CHECK(untouched.bits == 42);
    CHECK(!threading_thread_is_alive(thread));
    CHECK(threading_thread_ident(thread) == 0);
    CHECK(threading_thread_native_id(thread) == 0);
    CHECK_STATUS(threading_thread_join(thread), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_NOT_STARTED);
    CHECK_STATUS(threading_thread_set_daemon(thread, true), THREADING_OK);
    CHECK_STATUS(threading_thread_set_daemon(thread, false), THREADING_OK);
    CHECK_STATUS(threading_thread_name(thread, name, sizeof name, NULL), THREADING_OK);
    CHECK_STRING(name, "patient");
    /* test_limbo_cleanup */
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_NUMBER(threading_enumerate(&untouched, 1), 1);
    CHECK(THREADING_SAME(untouched, threading_main_thread()));
    CHECK_NUMBER(atomic_load(&runs), 0);

    limit.rlim_cur = roomy;
    CHECK_NUMBER(setrlimit(resource, &limit), 0);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_start(daemon), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_ALREADY_STARTED);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == &value);
    CHECK_STATUS(threading_thread_finish(daemon, NULL), THREADING_OK);
    CHECK_NUMBER(atomic_load(&runs), 2);
    printf("had room again\n");
}

/* The number of a user's processes and threads does not limit root, so root becomes somebody who
 * has none, and whom no other process becomes meanwhile. */
static void become_nobody_else(void) {
    uid_t nobody_else = (uid_t)(20000 + getpid() % 40000);
    if (setgid((gid_t)nobody_else) != 0 || setuid(nobody_else) != 0) {
        printf("root cannot become anybody else\n");
        exit(77);
    }
}

CHILD(without_room_for_a_process) {
    if (geteuid() == 0) {
        become_nobody_else();
    }
    start_without_and_with_room(RLIMIT_NPROC, 0);
}

CHILD(without_room_in_the_address_space) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL);
    CHECK_NUMBER(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    start_without_and_with_room(RLIMIT_AS,
                                (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (1 << 20));
}

static void check_refused_child(const char *name) {
    static child_outcome outcome;
    run_child(name, &outcome);
    if (outcome.exit_code == 77) {
        printf("not checked: %s", outcome.output);
        CHECK_NUMBER(outcome.signal, 0);
        return;
    }
    CHECK_STRING(outcome.output, "had room again\n");
    CHECK_NUMBER(outcome.exit_code, 0);
}

CASE(a_start_that_the_system_refuses_can_be_tried_again) {
    check_refused_child("without_room_for_a_process");
}

CASE(a_start_without_room_for_a_stack_can_be_tried_again) {
    check_refused_child("without_room_in_the_address_space");
}

/* As many as fit, until the system has no more: then some end, and as many can start again. */
CHILD(full_house) {
    enum { MOST = 64 };
    static gate doors[MOST];
    static threading_thread threads[MOST];
    struct rlimit limit;
    int count = 0;
    if (geteuid() != 0) {
        printf("only root can become somebody whose threads nobody else counts\n");
        exit(77);
    }
    become_nobody_else();
    CHECK_NUMBER(getrlimit(RLIMIT_NPROC, &limit), 0);
    limit.rlim_cur = 20;
    CHECK_NUMBER(setrlimit(RLIMIT_NPROC, &limit), 0);
    for (int i = 0; i < MOST; i++) {
        doors[i] = (gate)GATE_CLOSED;
    }
    while (count < MOST && threading_thread_spawn(NULL, gate_passenger, &doors[count],
                                                  &threads[count]) == THREADING_OK) {
        count++;
    }
    if (count == 0 || count == MOST) {
        printf("the limit of 20 left room for %d threads\n", count);
        exit(77);
    }
    for (int round = 0; round < 100; round++) {
        int mortal = round % count;
        gate_open(&doors[mortal]);
        CHECK_STATUS(threading_thread_finish(threads[mortal], NULL), THREADING_OK);
        doors[mortal] = (gate)GATE_CLOSED;
        /* The kernel counts a thread for a moment longer than anybody can see it. */
        EVENTUALLY(threading_thread_spawn(NULL, gate_passenger, &doors[mortal], &threads[mortal]) ==
                   THREADING_OK);
    }
    for (int i = 0; i < count; i++) {
        gate_open(&doors[i]);
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
    }
    printf("had room again\n");
}

CASE(an_ended_thread_makes_room_for_another) { check_refused_child("full_house"); }

/* Python's threads cost a megabyte each; ours may be many. */
CASE(ten_thousand_live_threads_are_enumerated) {
    enum { MANY = 10000 };
    static threading_thread threads[MANY], all[MANY + 2];
    static bool found[MANY];
    gate door = GATE_CLOSED;
    int count = 0;
    CHECK_STATUS(threading_set_stack_size(32768), THREADING_OK);
    for (; count < MANY; count++) {
        threading_status status =
            threading_thread_spawn(NULL, gate_passenger, &door, &threads[count]);
        if (status == THREADING_NO_RESOURCES) {
            CHECK(system_refuses_a_thread());
            printf("the system gives no more than %d threads\n", count);
            break;
        }
        CHECK_STATUS(status, THREADING_OK);
    }
    CHECK(count > 100);
    gate_await(&door, count);
    CHECK_NUMBER(threading_active_count(), count + 1);
    double start = threading_monotonic();
    size_t listed = threading_enumerate(all, MANY + 2);
    double seconds = threading_monotonic() - start;
    printf("%d threads enumerated in %.3f ms\n", count, seconds * 1e3);
    CHECK_NUMBER(listed, count + 1);
    /* Each of them once: the name of a thread is its number. */
    for (size_t i = 0; i < listed; i++) {
        char name[32];
        if (THREADING_SAME(all[i], threading_main_thread())) {
            continue;
        }
        CHECK_STATUS(threading_thread_name(all[i], name, sizeof name, NULL), THREADING_OK);
        CHECK(strncmp(name, "Thread-", 7) == 0);
        int number = atoi(name + 7) - 1;
        CHECK(number >= 0 && number < count);
        CHECK(THREADING_SAME(all[i], threads[number]));
        CHECK(!found[number]);
        found[number] = true;
    }
    gate_open(&door);
    for (int i = 0; i < count; i++) {
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
    }
    CHECK_NUMBER(threading_active_count(), 1);
}
