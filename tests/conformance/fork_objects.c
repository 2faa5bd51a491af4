/* Forks while other threads are in the middle of objects of all kinds. The child finds each object
 * in a state that it can go on with: it hangs on nothing but a lock that a vanished thread really
 * held. For locks and threads alone see fork.c and fork_traffic.c. */
#include "../objects.h"
#include "forked.h"
#include "gate.h"
#include "timer_tools.h"

#include <stdlib.h>
#include <unistd.h>

enum { FINE = 50, PATIENCE = CASE_SECONDS / 3 };

/* What everybody is busy with, some of it by a name of its own. */
static uint64_t objects[KINDS];
static threading_lock given_lock;
static threading_condition condition, on_given_lock;
static threading_semaphore semaphore;
static threading_event event;
static threading_barrier barrier;
static threading_local local;
static threading_timer far, not_started, far_given_up;
static atomic_bool stop;
static atomic_int destroyed;
static gate ready = GATE_CLOSED;

static void count_destroyed(void *arg) {
    (void)arg;
    atomic_fetch_add(&destroyed, 1);
}

static void *nothing(void *arg) { return arg; }

static void make_objects(void) {
    for (int kind = 0; kind < KINDS; kind++) {
        objects[kind] = object_kinds[kind].make_played();
    }
    condition.bits = objects[KIND_CONDITION];
    semaphore.bits = objects[KIND_SEMAPHORE];
    event.bits = objects[KIND_EVENT];
    CHECK_STATUS(threading_lock_new(&given_lock), THREADING_OK);
    CHECK_STATUS(threading_condition_new_with_lock(given_lock, &on_given_lock), THREADING_OK);
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
    CHECK_STATUS(threading_local_new(NULL, count_destroyed, NULL, &local), THREADING_OK);
    CHECK_STATUS(threading_local_destroy((threading_local){objects[KIND_LOCAL]}), THREADING_OK);
    objects[KIND_LOCAL] = local.bits;
    far = timer_started(TIMER_FAR, timer_never, NULL);
    far_given_up = timer_started(TIMER_FAR, timer_never, NULL);
    CHECK_STATUS(threading_timer_destroy(far_given_up), THREADING_OK);
    not_started = timer_new(0, nothing, NULL);
}

static void use_given_lock(void) {
    CHECK_STATUS(threading_lock_acquire(given_lock), THREADING_OK);
    CHECK_STATUS(threading_condition_notify_all(on_given_lock), THREADING_OK);
    object_right("wait", threading_condition_wait_timeout(on_given_lock, 0.0001), THREADING_TIMEOUT,
                 THREADING_TIMEOUT);
    CHECK_STATUS(threading_lock_release(given_lock), THREADING_OK);
}

/* Bursts with a breath between them, so that a forked child gets its turn on a machine with few
 * processors. */
enum { BURST = 16 };

static bool goes_on(int round) {
    if (round % BURST == 0) {
        case_nap();
    }
    return !atomic_load(&stop);
}

static void *contend(void *arg) {
    gate_pass(&ready);
    for (int round = 0; goes_on(round); round++) {
        for (int kind = 0; kind < KINDS; kind++) {
            object_kinds[kind].play(objects[kind], object_right);
        }
        use_given_lock();
    }
    return arg;
}

static void *meet_at_the_barrier(void *arg) {
    gate_pass(&ready);
    for (int round = 0; threading_barrier_wait(barrier, NULL) == THREADING_OK; round++) {
        goes_on(round);
    }
    CHECK(atomic_load(&stop));
    return arg;
}

static void *start_and_cancel_timers(void *arg) {
    atomic_int calls = 0;
    int prevented = 0, rounds = 0;
    gate_pass(&ready);
    for (; goes_on(rounds); rounds++) {
        threading_timer timer = timer_started(rounds % 3 * 0.0001, timer_count, &calls);
        if (rounds % 2) {
            prevented += timer_cancelled(timer);
        }
        timer_finish(timer);
    }
    CHECK_NUMBER(atomic_load(&calls) + prevented, rounds);
    return arg;
}

static threading_target const busy[] = {contend,
                                        contend,
                                        contend,
                                        contend,
                                        meet_at_the_barrier,
                                        meet_at_the_barrier,
                                        start_and_cancel_timers};
enum { BUSY = sizeof busy / sizeof busy[0] };
static threading_thread busy_threads[BUSY];

static void begin_traffic(void) {
    make_objects();
    for (int i = 0; i < BUSY; i++) {
        CHECK_STATUS(threading_thread_spawn("busy", busy[i], &destroyed, &busy_threads[i]),
                     THREADING_OK);
    }
    gate_await(&ready, BUSY);
    gate_open(&ready);
}

static void end_traffic(void) {
    atomic_store(&stop, true);
    CHECK_STATUS(threading_barrier_abort(barrier), THREADING_OK);
    for (int i = 0; i < BUSY; i++) {
        CHECK_STATUS(threading_thread_finish(busy_threads[i], NULL), THREADING_OK);
    }
    CHECK(timer_alive(far) && timer_alive(far_given_up));
    CHECK(timer_cancelled(far) && timer_cancelled(far_given_up));
}

/* ---- the child ---- */

static size_t reads_left(void) {
    return threading_rwlock_readers((threading_rwlock){objects[KIND_RWLOCK]});
}

/* Reads by threads that are gone keep out who writes, and let in who reads. */
static void check_reads_left(void) {
    threading_rwlock rwlock = {objects[KIND_RWLOCK]};
    CHECK_STATUS(threading_rwlock_acquire_write_timeout(rwlock, 0.0001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_rwlock_acquire_read_timeout(rwlock, PATIENCE), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
}

/* Held by nobody, or really held by a thread that is gone. */
static void check_locks(void) {
    for (const wait_kind *kind = wait_kinds; kind < wait_kinds + WAIT_KINDS; kind++) {
        uint64_t bits = objects[kind->kind];
        bool is_held = kind->held && object_kinds[kind->kind].look(bits) != 0;
        if (kind->kind == KIND_RWLOCK && reads_left() > 0) {
            check_reads_left();
        } else if (is_held) {
            CHECK_STATUS(kind->within(bits, 0.0001), THREADING_TIMEOUT);
        } else if (kind->held) {
            CHECK_STATUS(kind->within(bits, PATIENCE), THREADING_OK);
            kind->comes(bits);
        }
    }
}

static void *notify_condition(void *arg) {
    threading_condition subject = {*(uint64_t *)arg};
    CHECK_STATUS(threading_condition_acquire(subject), THREADING_OK);
    CHECK_STATUS(threading_condition_notify(subject, 1), THREADING_OK);
    CHECK_STATUS(threading_condition_release(subject), THREADING_OK);
    return NULL;
}

static void check_condition(threading_condition subject) {
    threading_thread notifier;
    if (threading_condition_locked(subject)) {
        CHECK_STATUS(threading_condition_acquire_timeout(subject, 0.0001), THREADING_TIMEOUT);
    } else {
        CHECK_STATUS(threading_condition_acquire_timeout(subject, PATIENCE), THREADING_OK);
        /* Those who waited are gone, and a notify is not spent on them. */
        CHECK_STATUS(threading_condition_wait_timeout(subject, 0.0001), THREADING_TIMEOUT);
        CHECK_STATUS(threading_thread_spawn(NULL, notify_condition, &subject.bits, &notifier),
                     THREADING_OK);
        CHECK_STATUS(threading_condition_wait_timeout(subject, PATIENCE), THREADING_OK);
        CHECK_STATUS(threading_condition_release(subject), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(notifier, NULL), THREADING_OK);
    }
}

static void *set_event_and_release(void *arg) {
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    return arg;
}

static void *wait_at_barrier(void *index) {
    CHECK_STATUS(threading_barrier_wait_timeout(barrier, PATIENCE, index), THREADING_OK);
    return index;
}

static void check_the_rest(void) {
    threading_thread thread;
    size_t index = 4711, other_index = 4711;
    /* A unit that a vanished thread had is gone with it. */
    CHECK(threading_semaphore_value(semaphore) <= 1);
    if (threading_semaphore_value(semaphore) == 1) {
        CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, PATIENCE), THREADING_OK);
    }
    CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, 0.0001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_event_clear(event), THREADING_OK);
    CHECK_STATUS(threading_event_wait_timeout(event, 0.0001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_thread_spawn(NULL, set_event_and_release, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, PATIENCE), THREADING_OK);
    CHECK_STATUS(threading_event_wait_timeout(event, PATIENCE), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);

    /* Nobody waits at it, and no cycle is half full. */
    CHECK(!threading_barrier_broken(barrier));
    CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
    CHECK_STATUS(threading_thread_spawn(NULL, wait_at_barrier, &other_index, &thread),
                 THREADING_OK);
    CHECK_STATUS(threading_barrier_wait_timeout(barrier, PATIENCE, &index), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_NUMBER(index + other_index, 1);
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
}

static int mine;

static void *find_nothing_and_set(void *arg) {
    CHECK(threading_local_get(local) == NULL);
    CHECK_STATUS(threading_local_set(local, arg), THREADING_OK);
    return arg;
}

/* The values of vanished threads may be lost; those of threads that are here are destroyed as
 * ever. */
static void check_local(void) {
    threading_thread thread;
    CHECK(threading_local_get(local) == &mine);
    atomic_store(&destroyed, 0);
    CHECK_STATUS(threading_thread_spawn(NULL, find_nothing_and_set, &local, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_NUMBER(atomic_load(&destroyed), 1);
    CHECK_STATUS(threading_local_set(local, &local), THREADING_OK);
    CHECK_NUMBER(atomic_load(&destroyed), 2);
    CHECK(threading_local_get(local) == &local);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK(atomic_load(&destroyed) >= 3);
}

static void check_timers(void) {
    atomic_int calls = 0;
    gate door = GATE_CLOSED;
    bool prevented = true;
    CHECK(!timer_alive(far));
    CHECK_STATUS(timer_join(far), THREADING_OK);
    CHECK(timer_cancelled(far));
    CHECK_STATUS(threading_timer_start(far), THREADING_ALREADY_STARTED);
    CHECK_STATUS(threading_timer_destroy(far), THREADING_OK);
    CHECK_STATUS(threading_timer_cancel(far_given_up, &prevented), THREADING_DESTROYED);
    /* Never started in the parent: it starts here. */
    CHECK_STATUS(threading_timer_start(not_started), THREADING_OK);
    timer_finish(not_started);

    threading_timer blocked[3], prevented_one = timer_started(TIMER_FAR, timer_never, NULL);
    for (int i = 0; i < 3; i++) {
        blocked[i] = timer_started(0, gate_passenger, &door);
    }
    gate_await(&door, 3);
    CHECK_NUMBER(threading_active_count(), 5);
    gate_open(&door);
    for (int i = 0; i < 3; i++) {
        timer_finish(blocked[i]);
    }
    double start = threading_monotonic();
    timer_finish(timer_started(0.002, timer_count, &calls));
    CHECK_NOT_EARLY(start, 0.002);
    CHECK_NUMBER(atomic_load(&calls), 1);
    CHECK(timer_cancelled(prevented_one));
    timer_finish(prevented_one);
}

static void check_everything_in_child(void) {
    CHECK(THREADING_SAME(threading_current_thread(), threading_main_thread()));
    CHECK_NUMBER(threading_active_count(), 1);
    check_locks();
    check_condition(condition);
    check_condition(on_given_lock);
    CHECK_STATUS(threading_condition_destroy(on_given_lock), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(given_lock), THREADING_OK);
    check_the_rest();
    check_local();
    check_timers();
    /* What threads had put that are gone. */
    void *item;
    while (threading_queue_get_timeout((threading_queue){objects[KIND_QUEUE]}, 0, &item) ==
           THREADING_OK) {
    }
    /* Also what a thread holds that is gone. */
    for (int kind = 0; kind < KINDS; kind++) {
        if (kind == KIND_RWLOCK && reads_left() > 0) {
            CHECK_STATUS(object_kinds[kind].destroy(objects[kind]), THREADING_BUSY);
            continue;
        }
        CHECK_STATUS(object_kinds[kind].destroy(objects[kind]),
                     kind == KIND_LOCAL ? THREADING_DESTROYED : THREADING_OK);
    }
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_STATUS(threading_shutdown_timeout(PATIENCE), THREADING_OK);
    _exit(FINE);
}

static void fork_often(int forks) {
    CHECK_STATUS(threading_local_set(local, &mine), THREADING_OK);
    for (int round = 0; round < forks; round++) {
        pid_t pid = forked();
        if (pid == 0) {
            check_everything_in_child();
        }
        CHECK_NUMBER(exit_code_of(pid), FINE);
    }
}

CASE(a_thousand_forks_in_the_middle_of_every_object) {
    begin_traffic();
    fork_often(1000);
    end_traffic();
}

static void *fork_in_a_function(void *arg) {
    fork_often(100);
    return arg;
}

CASE(a_hundred_forks_from_a_thread) {
    threading_thread thread;
    begin_traffic();
    CHECK_STATUS(threading_thread_spawn("forker", fork_in_a_function, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    end_traffic();
}

CASE(a_hundred_forks_from_a_timers_function) {
    begin_traffic();
    threading_timer timer = timer_started(0, fork_in_a_function, NULL);
    CHECK_STATUS(threading_thread_join(threading_timer_thread(timer)), THREADING_OK);
    timer_finish(timer);
    end_traffic();
}

static void *fork_in_a_foreign_thread(void *arg) {
    fork_often(100);
    return arg;
}

CASE(a_hundred_forks_from_a_foreign_thread) {
    pthread_t foreign;
    begin_traffic();
    CHECK_NUMBER(pthread_create(&foreign, NULL, fork_in_a_foreign_thread, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    end_traffic();
}

/* Another library's handlers, which use this one: before the fork, and on both sides after it. */
static atomic_int handled;

static void use_objects_in_handler(void) {
    atomic_int calls = 0;
    threading_timer timer = timer_started(TIMER_FAR, timer_never, NULL);
    CHECK(timer_cancelled(timer));
    timer_finish(timer);
    timer_finish(timer_started(0, timer_count, &calls));
    CHECK_NUMBER(atomic_load(&calls), 1);
    CHECK(threading_local_get(local) == &mine);
    CHECK(threading_current_name() != NULL);
    atomic_fetch_add(&handled, 1);
}

static void use_objects_before(void) {
    for (int i = 0; i < WAIT_KINDS; i++) {
        if (wait_kinds[i].held) {
            object_kinds[wait_kinds[i].kind].play(objects[wait_kinds[i].kind], object_right);
        }
    }
    use_given_lock();
    use_objects_in_handler();
}

CASE(a_hundred_forks_with_handlers_that_use_the_library) {
    begin_traffic();
    CHECK_NUMBER(pthread_atfork(use_objects_before, use_objects_in_handler, use_objects_in_handler),
                 0);
    fork_often(100);
    CHECK_NUMBER(atomic_load(&handled), 200);
    end_traffic();
}
