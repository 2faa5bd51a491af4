/* threading_thread_set_priority: how urgently a thread runs. What the system permits this user is
 * asked of the system itself, so every user passes, and some cases give up their privileges. */
#include "caller.h"
#include "forked.h"
#include "gate.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* The kernel's struct sched_attr, as it was at first. */
typedef struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t realtime;
    uint64_t others[3];
} scheduling;

static const int32_t priorities[] = {THREADING_PRIORITY_LOW, THREADING_PRIORITY_NORMAL,
                                     THREADING_PRIORITY_HIGH, THREADING_PRIORITY_REALTIME};
enum { PRIORITIES = sizeof priorities / sizeof *priorities };

/* What the header says of a priority. */
static scheduling meant(int32_t priority) {
    scheduling is = {.size = sizeof is, .policy = SCHED_OTHER};
    if (priority == THREADING_PRIORITY_REALTIME) {
        is.policy = SCHED_RR;
        is.realtime = 1;
    } else {
        is.nice = -10 * priority;
    }
    return is;
}

/* Of a thread, by its kernel's id or 0 for the caller. */
static scheduling found(uint64_t native_id) {
    scheduling is;
    CHECK_NUMBER(syscall(SYS_sched_getattr, (pid_t)native_id, &is, sizeof is, 0), 0);
    return is;
}

static bool has(uint64_t native_id, int32_t priority) {
    scheduling is = found(native_id), wanted = meant(priority);
    return is.policy == wanted.policy && is.realtime == wanted.realtime &&
           (is.policy != SCHED_OTHER || is.nice == wanted.nice);
}

/* What the system says to a thread like the caller that wants it. */
static threading_status answer_to(int32_t priority) {
    pid_t child = forked();
    if (child == 0) {
        scheduling wanted = meant(priority);
        _exit(syscall(SYS_sched_setattr, 0, &wanted, 0) != 0);
    }
    return exit_code_of(child) == 0 ? THREADING_OK : THREADING_NOT_PERMITTED;
}

/* A process of a user that is lower already cannot be made low. */
static void skip_if_lower_than_low(void) {
    if (answer_to(THREADING_PRIORITY_LOW) != THREADING_OK) {
        case_skip("this process has a nice value above 10");
    }
}

/* From now on the calling thread, and what it makes, has no privileges and these limits, if the
 * limits of the process are not below. */
static void become_a_user(rlim_t nice, rlim_t realtime) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    struct rlimit limit = {nice, nice};
    setrlimit(RLIMIT_NICE, &limit);
    limit.rlim_cur = limit.rlim_max = realtime;
    setrlimit(RLIMIT_RTPRIO, &limit);
    CHECK_NUMBER(syscall(SYS_capget, &header, data), 0);
    for (int word = 0; word < 2; word++) {
        data[word].effective = data[word].permitted = data[word].inheritable = 0;
    }
    CHECK_NUMBER(syscall(SYS_capset, &header, data), 0);
}

static int runs;

static void *checks_priority(void *arg) {
    CHECK(has(0, *(const int32_t *)arg));
    runs++;
    return arg;
}

static void hook_checks_priority(threading_thread thread, void *ctx) {
    (void)thread;
    checks_priority(ctx);
}

/* A new thread has the priority from its beginning, or its start fails as the system says. */
static void start_with(int32_t priority) {
    threading_thread thread;
    threading_status answer = answer_to(priority);
    CHECK_STATUS(threading_set_start_hook(hook_checks_priority, &priority), THREADING_OK);
    CHECK_STATUS(threading_thread_new(NULL, checks_priority, &priority, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_priority(thread, THREADING_PRIORITY_LOW), THREADING_OK);
    CHECK_STATUS(threading_thread_set_priority(thread, priority), THREADING_OK);
    runs = 0;
    CHECK_STATUS(threading_thread_start(thread), answer);
    if (answer == THREADING_OK) {
        CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
        CHECK_NUMBER(runs, 2);
    } else {
        CHECK_NUMBER(runs, 0);
        CHECK_STATUS(threading_thread_join(thread), THREADING_NOT_STARTED);
    }
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
    CHECK_STATUS(threading_set_start_hook(NULL, NULL), THREADING_OK);
}

CASE(a_thread_has_its_priority_before_it_does_anything) {
    skip_if_lower_than_low();
    for (int i = 0; i < PRIORITIES; i++) {
        start_with(priorities[i]);
    }
}

static gate door = GATE_CLOSED;

/* Another thread that runs is given each priority in turn, up and down again. */
static void change_another(void) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &thread), THREADING_OK);
    uint64_t native_id = threading_thread_native_id(thread);
    for (int i = 0; i < 2 * PRIORITIES; i++) {
        int32_t priority = priorities[i < PRIORITIES ? i : 2 * PRIORITIES - 1 - i];
        scheduling before = found(native_id), wanted = meant(priority);
        threading_status status = threading_thread_set_priority(thread, priority);
        if (status == THREADING_OK) {
            CHECK(has(native_id, priority));
        } else {
            CHECK_STATUS(status, THREADING_NOT_PERMITTED);
            CHECK_NUMBER(found(native_id).policy, before.policy);
            CHECK_NUMBER(found(native_id).nice, before.nice);
            CHECK(syscall(SYS_sched_setattr, (pid_t)native_id, &wanted, 0) != 0);
        }
    }
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

CASE(a_thread_that_runs_is_changed_at_once) {
    threading_thread thread;
    gate other = GATE_CLOSED;
    scheduling own = found(0);
    skip_if_lower_than_low();
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &other, &thread), THREADING_OK);
    uint64_t native_id = threading_thread_native_id(thread);
    CHECK_STATUS(threading_thread_set_priority(thread, THREADING_PRIORITY_LOW), THREADING_OK);
    CHECK(has(native_id, THREADING_PRIORITY_LOW));
    /* Of this thread alone. */
    CHECK_NUMBER(found(0).nice, own.nice);
    gate_open(&other);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    change_another();
}

static threading_status lowers_itself(caller *self) {
    (void)self;
    threading_status status =
        threading_thread_set_priority(threading_current_thread(), THREADING_PRIORITY_LOW);
    CHECK(has(0, THREADING_PRIORITY_LOW));
    return status;
}

CASE(any_thread_may_change_itself_and_what_it_starts_has_the_same) {
    static const int32_t low = THREADING_PRIORITY_LOW;
    threading_thread thread;
    skip_if_lower_than_low();
    for (int standing = 0; standing < 2; standing++) {
        caller stranger;
        caller_start(&stranger, standing == 0 ? OURS : FOREIGN, lowers_itself, 0, 0);
        caller_end(&stranger, THREADING_OK);
    }
    CHECK_STATUS(threading_thread_set_priority(threading_main_thread(), low), THREADING_OK);
    CHECK(has(0, low));
    runs = 0;
    CHECK_STATUS(threading_thread_spawn(NULL, checks_priority, (void *)&low, &thread),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_NUMBER(runs, 1);
}

static void *counts_runs(void *arg) {
    runs++;
    return arg;
}

static void hook_counts_runs(threading_thread thread, void *ctx) {
    (void)thread;
    counts_runs(ctx);
}

CASE(without_privileges_a_start_fails_that_asks_for_more_and_leaves_nothing) {
    threading_thread thread;
    int value;
    void *result;
    become_a_user(0, 0);
    skip_if_lower_than_low();
    CHECK_STATUS(threading_set_start_hook(hook_counts_runs, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_new("refused", counts_runs, &value, &thread), THREADING_OK);
    for (int round = 0; round < 100; round++) {
        CHECK_STATUS(threading_thread_set_priority(thread, round % 2 == 0
                                                               ? THREADING_PRIORITY_HIGH
                                                               : THREADING_PRIORITY_REALTIME),
                     THREADING_OK);
        CHECK_STATUS(threading_thread_start(thread), THREADING_NOT_PERMITTED);
        CHECK(strstr(threading_error_message(), "priority") != NULL);
        CHECK(!threading_thread_is_alive(thread));
        CHECK_NUMBER(threading_thread_ident(thread), 0);
        CHECK_NUMBER(threading_thread_native_id(thread), 0);
        CHECK_NUMBER(threading_active_count(), 1);
        CHECK_STATUS(threading_thread_join(thread), THREADING_NOT_STARTED);
    }
    CHECK_NUMBER(runs, 0);
    CHECK_STATUS(threading_thread_set_priority(thread, THREADING_PRIORITY_LOW), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == &value);
    CHECK_NUMBER(runs, 2);
}

CASE(without_privileges_a_thread_that_runs_keeps_what_it_has_if_it_asks_for_more) {
    threading_thread self = threading_main_thread();
    become_a_user(0, 0);
    skip_if_lower_than_low();
    scheduling before = found(0);
    CHECK_STATUS(threading_thread_set_priority(self, THREADING_PRIORITY_HIGH),
                 THREADING_NOT_PERMITTED);
    CHECK_STATUS(threading_thread_set_priority(self, THREADING_PRIORITY_REALTIME),
                 THREADING_NOT_PERMITTED);
    CHECK(strstr(threading_error_message(), "priority") != NULL);
    CHECK_NUMBER(found(0).policy, before.policy);
    CHECK_NUMBER(found(0).nice, before.nice);
    CHECK_STATUS(threading_thread_set_priority(self, THREADING_PRIORITY_LOW), THREADING_OK);
    CHECK_STATUS(threading_thread_set_priority(self, THREADING_PRIORITY_NORMAL),
                 THREADING_NOT_PERMITTED);
    CHECK(has(0, THREADING_PRIORITY_LOW));
    change_another();
}

/* The limits can be raised only by who has privileges. */
CASE(a_user_has_what_the_limits_that_the_header_names_give) {
    static const struct {
        rlim_t nice, realtime;
    } limits[] = {{19, 0}, {20, 0}, {29, 0}, {30, 0}, {30, 1}};
    skip_if_lower_than_low();
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        pid_t child = forked();
        if (child == 0) {
            struct rlimit nice, realtime;
            threading_thread self = threading_current_thread();
            become_a_user(limits[i].nice, limits[i].realtime);
            CHECK_NUMBER(getrlimit(RLIMIT_NICE, &nice), 0);
            CHECK_NUMBER(getrlimit(RLIMIT_RTPRIO, &realtime), 0);
            CHECK_STATUS(threading_thread_set_priority(self, THREADING_PRIORITY_LOW), THREADING_OK);
            CHECK_STATUS(threading_thread_set_priority(self, THREADING_PRIORITY_NORMAL),
                         nice.rlim_cur >= 20 ? THREADING_OK : THREADING_NOT_PERMITTED);
            CHECK_STATUS(threading_thread_set_priority(self, THREADING_PRIORITY_HIGH),
                         nice.rlim_cur >= 30 ? THREADING_OK : THREADING_NOT_PERMITTED);
            threading_status answer = answer_to(THREADING_PRIORITY_REALTIME);
            CHECK(answer != THREADING_OK || realtime.rlim_cur >= 1);
            CHECK_STATUS(threading_thread_set_priority(self, THREADING_PRIORITY_REALTIME), answer);
            _exit(0);
        }
        CHECK_NUMBER(exit_code_of(child), 0);
    }
}

CASE(what_is_no_priority_changes_nothing) {
    static const int32_t wrong[] = {-2, 3, 4, INT32_MIN, INT32_MAX};
    static const int32_t low = THREADING_PRIORITY_LOW;
    threading_thread thread;
    skip_if_lower_than_low();
    CHECK_STATUS(threading_thread_new(NULL, checks_priority, (void *)&low, &thread), THREADING_OK);
    const threading_thread both[] = {thread, threading_main_thread()};
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(threading_thread_set_priority(both[i], low), THREADING_OK);
        for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
            CHECK_STATUS(threading_thread_set_priority(both[i], wrong[at]),
                         THREADING_INVALID_ARGUMENT);
            CHECK(strstr(threading_error_message(), "priority") != NULL);
        }
    }
    CHECK(has(0, low));
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_NUMBER(runs, 1);
    CHECK_STATUS(threading_thread_set_priority(thread, low), THREADING_DESTROYED);
    CHECK_STATUS(threading_thread_set_priority((threading_thread)THREADING_NULL, low),
                 THREADING_INVALID_HANDLE);
}

static void *returns(void *arg) { return arg; }

CASE(a_timer_a_task_and_a_thread_that_has_ended_have_no_priority) {
    const int32_t low = THREADING_PRIORITY_LOW;
    threading_timer timer;
    threading_thread thread;
    threading_executor pool;
    threading_future future;
    CHECK_STATUS(threading_timer_new(1000, returns, NULL, &timer), THREADING_OK);
    CHECK_STATUS(threading_thread_set_priority(threading_timer_thread(timer), low),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    CHECK_STATUS(threading_executor_new(1, NULL, &pool), THREADING_OK);
    CHECK_STATUS(threading_executor_submit(pool, returns, NULL, &future), THREADING_OK);
    CHECK_STATUS(threading_thread_set_priority(threading_future_thread(future), low),
                 THREADING_INVALID_ARGUMENT);
    CHECK_STATUS(threading_thread_spawn(NULL, returns, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_priority(thread, low), THREADING_INVALID_ARGUMENT);
    CHECK(strstr(threading_error_message(), "ended") != NULL);
}

enum { LARGE = 64 * 1024 * 1024 };

static void *has_all_three(void *arg) {
    pthread_attr_t attributes;
    size_t size = 0;
    cpu_set_t set;
    CHECK_NUMBER(pthread_getattr_np(pthread_self(), &attributes), 0);
    CHECK_NUMBER(pthread_attr_getstacksize(&attributes, &size), 0);
    CHECK_NUMBER(pthread_attr_destroy(&attributes), 0);
    CHECK(size >= LARGE);
    CHECK_NUMBER(sched_getaffinity(0, sizeof set, &set), 0);
    CHECK(CPU_COUNT(&set) == 1 && CPU_ISSET(*(uint32_t *)arg, &set));
    CHECK(has(0, THREADING_PRIORITY_LOW));
    return arg;
}

CASE(priority_processors_and_stack_size_leave_each_other_alone) {
    cpu_set_t set;
    uint32_t processor = 0;
    skip_if_lower_than_low();
    CHECK_NUMBER(sched_getaffinity(0, sizeof set, &set), 0);
    while (!CPU_ISSET(processor, &set)) {
        processor++;
    }
    for (int first = 0; first < 3; first++) {
        threading_thread thread;
        CHECK_STATUS(threading_thread_new(NULL, has_all_three, &processor, &thread), THREADING_OK);
        for (int step = first; step < first + 3; step++) {
            threading_status status =
                step % 3 == 0   ? threading_thread_set_stack_size(thread, LARGE)
                : step % 3 == 1 ? threading_thread_set_affinity(thread, &processor, 1)
                                : threading_thread_set_priority(thread, THREADING_PRIORITY_LOW);
            CHECK_STATUS(status, THREADING_OK);
        }
        CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    }
}

CASE(a_forked_child_starts_with_the_priority_that_its_parent_has_chosen) {
    static const int32_t low = THREADING_PRIORITY_LOW;
    threading_thread thread;
    skip_if_lower_than_low();
    CHECK_STATUS(threading_thread_new(NULL, checks_priority, (void *)&low, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_priority(thread, low), THREADING_OK);
    pid_t child = forked();
    if (child == 0) {
        CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
        CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
        _exit(runs);
    }
    CHECK_NUMBER(exit_code_of(child), 1);
    CHECK_STATUS(threading_thread_destroy(thread), THREADING_OK);
}
