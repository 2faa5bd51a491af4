/* Objects that threads wait for, after a fork in the middle of everything: a child finds them in
 * the state that they had, nobody waits, and they work. */
#include "barrier_tools.h"
#include "condition_tools.h"
#include "forked.h"
#include "gate.h"
#include "waits.h"

enum { CHILD_IS_FINE = 50 };

/* Runs that in a forked child. */
#define IN_CHILD(body)                                                                             \
    do {                                                                                           \
        pid_t pid_ = forked();                                                                     \
        if (pid_ == 0) {                                                                           \
            body;                                                                                  \
            _exit(CHILD_IS_FINE);                                                                  \
        }                                                                                          \
        CHECK_NUMBER(exit_code_of(pid_), CHILD_IS_FINE);                                           \
    } while (0)

/* ---- every call that waits ---- */

/* Nobody waits any more: what comes is for whoever comes to wait then. What ran in the parent has
 * ended. */
static void use_scene(const scene *at) {
    const object_kind *object = &object_kinds[at->kind->kind];
    bool runs = object->traits & OBJECT_RUNS;
    caller other;
    caller_start(&other, OURS, calls_scene, scene_bits(at), 0.001);
    caller_end(&other, runs ? THREADING_OK : THREADING_TIMEOUT);
    if (!runs) {
        caller_start_asleep(&other, FOREIGN, calls_scene, scene_bits(at), -1);
        CHECK_STATUS(object->destroy(at->bits), THREADING_BUSY);
        at->kind->comes(at->bits);
        caller_end(&other, THREADING_OK);
        object->use(at->bits);
    }
    object->end(at->bits);
}

EACH_WAIT(begins_anew_in_the_child) {
    scene at;
    caller other;
    scene_open(&at, kind);
    caller_start_asleep(&other, FOREIGN, calls_scene, scene_bits(&at), -1);
    IN_CHILD(use_scene(&at));
    if (!kind->held) {
        IN_CHILD(object_kinds[kind->kind].let_go(at.bits);
                 CHECK_STATUS(object_kinds[kind->kind].destroy(at.bits), THREADING_OK));
    }
    kind->comes(at.bits);
    caller_end(&other, THREADING_OK);
    scene_close(&at);
}

/* ---- one object, with threads that sleep at it ---- */

static void use_semaphore(threading_semaphore semaphore) {
    /* Those who slept are gone: the unit is for whoever comes. */
    CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
    CHECK_STATUS(threading_semaphore_acquire_timeout(semaphore, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    CHECK_NUMBER(threading_semaphore_value(semaphore), 1);
    CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
    use_scene(&(scene){&wait_kinds[WAIT_semaphore_acquire], semaphore.bits});
}

CASE(semaphore_that_others_wait_for) {
    caller others[4];
    scene at;
    scene_open(&at, &wait_kinds[WAIT_semaphore_acquire]);
    threading_semaphore semaphore = {at.bits};
    for (int i = 0; i < 4; i++) {
        caller_start_asleep(&others[i], i % WORKER_KINDS, calls_scene, scene_bits(&at), -1);
    }
    IN_CHILD(use_semaphore(semaphore));
    IN_CHILD(CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK));
    IN_CHILD(CHECK_STATUS(threading_semaphore_release_n(semaphore, 4), THREADING_OK);
             CHECK_NUMBER(threading_semaphore_value(semaphore), 4);
             CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK));
    CHECK_STATUS(threading_semaphore_release_n(semaphore, 4), THREADING_OK);
    for (int i = 0; i < 4; i++) {
        caller_end(&others[i], THREADING_OK);
    }
}

static void use_event(threading_event event, bool set) {
    CHECK(threading_event_is_set(event) == set);
    CHECK_STATUS(threading_event_wait_timeout(event, 0.001),
                 set ? THREADING_OK : THREADING_TIMEOUT);
    CHECK_STATUS(threading_event_clear(event), THREADING_OK);
    use_scene(&(scene){&wait_kinds[WAIT_event_wait], event.bits});
}

/* test_at_fork_reinit of EventTests */
CASE(event_that_others_wait_for) {
    caller others[4];
    scene at;
    scene_open(&at, &wait_kinds[WAIT_event_wait]);
    threading_event event = {at.bits};
    for (int i = 0; i < 4; i++) {
        caller_start_asleep(&others[i], i % WORKER_KINDS, calls_scene, scene_bits(&at), -1);
    }
    IN_CHILD(use_event(event, false));
    IN_CHILD(CHECK_STATUS(threading_event_destroy(event), THREADING_OK));
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    IN_CHILD(use_event(event, true));
    for (int i = 0; i < 4; i++) {
        caller_end(&others[i], THREADING_OK);
    }
}

static void use_barrier(threading_barrier barrier) {
    barrier_check_whole(barrier);
    CHECK_STATUS(threading_barrier_wait_timeout(barrier, 0.001, NULL), THREADING_TIMEOUT);
    CHECK(threading_barrier_broken(barrier));
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
}

CASE(barrier_that_others_wait_at) {
    threading_barrier barrier = barrier_make(4, NULL, NULL);
    caller others[3];
    comers_start(others, barrier, 3);
    IN_CHILD(use_barrier(barrier));
    IN_CHILD(CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
             CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK));
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    comers_end(others, 3, THREADING_OK);
    CHECK_STATUS(threading_barrier_abort(barrier), THREADING_OK);
    IN_CHILD(CHECK(threading_barrier_broken(barrier));
             CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_BROKEN));
}

static void use_condition(threading_condition condition) {
    meeting at = {.condition = condition};
    attendee waiting[2];
    meeting_notify_all(&at);
    attendees_start(waiting, &at, 2);
    CHECK_STATUS(threading_condition_destroy(condition), THREADING_BUSY);
    meeting_notify(&at, 1);
    attendee_end(&waiting[0], THREADING_OK);
    CHECK_NUMBER(meeting_returned(&at), 1);
    meeting_notify(&at, 1);
    attendee_end(&waiting[1], THREADING_OK);
    CHECK_STATUS(threading_condition_destroy(condition), THREADING_OK);
}

CASE(condition_that_others_wait_on) {
    for (underneath kind = 0; kind < UNDERNEATHS; kind++) {
        subject us;
        attendee waiting[4];
        subject_make(&us, kind);
        meeting at = {.condition = us.condition};
        attendees_start(waiting, &at, 4);
        IN_CHILD(use_condition(us.condition));
        IN_CHILD(CHECK_STATUS(threading_condition_destroy(us.condition), THREADING_OK));
        /* Held by the thread that forks, with two notified who wait for the lock. */
        CHECK_STATUS(threading_condition_acquire(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_notify(us.condition, 2), THREADING_OK);
        IN_CHILD(CHECK_NUMBER(subject_depth(&us), 1); CHECK_STATUS(
                     threading_condition_wait_timeout(us.condition, 0.001), THREADING_TIMEOUT);
                 CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
                 use_condition(us.condition));
        CHECK_STATUS(threading_condition_notify_all(us.condition), THREADING_OK);
        CHECK_STATUS(threading_condition_release(us.condition), THREADING_OK);
        attendees_end(waiting, 4);
        subject_end(&us);
    }
}

/* ---- inside a callback ---- */

static bool forks(void *ctx) {
    threading_barrier *barrier = ctx;
    pid_t pid = fork();
    if (pid != 0) {
        CHECK_NUMBER(exit_code_of(pid), CHILD_IS_FINE);
        return true;
    }
    alarm(CASE_SECONDS / 2);
    CHECK_STATUS(threading_barrier_wait(*barrier, NULL), THREADING_WOULD_DEADLOCK);
    CHECK_STATUS(threading_barrier_destroy(*barrier), THREADING_BUSY);
    return true;
}

CASE(barrier_forked_in_its_action_goes_on_in_both) {
    pid_t self = getpid();
    threading_barrier barrier;
    caller others[2];
    barrier = barrier_make(3, forks, &barrier);
    comers_start(others, barrier, 2);
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    if (getpid() != self) {
        CHECK_NUMBER(threading_barrier_n_waiting(barrier), 0);
        CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
        _exit(CHILD_IS_FINE);
    }
    comers_end(others, 2, THREADING_OK);
}

/* ---- in the middle of everything ---- */

typedef struct traffic {
    uint64_t bits[KINDS];
    atomic_bool over;
    gate ready;
} traffic;

static void contends(worker *self) {
    traffic *all = self->context;
    gate_pass(&all->ready);
    while (!atomic_load(&all->over)) {
        for (int kind = 0; kind < KINDS; kind++) {
            object_kinds[kind].play(all->bits[kind], object_right);
        }
        uint64_t brief = wait_kinds[WAIT_event_wait].make();
        object_kinds[KIND_EVENT].end(brief);
    }
}

/* The child hangs on nothing but what a vanished thread really held: that is the condition's own
 * rlock, the unit, reads of the rwlock, which any thread may release, and what it has put. */
static void use_everything(traffic *all) {
    threading_semaphore semaphore = {all->bits[KIND_SEMAPHORE]};
    threading_event event = {all->bits[KIND_EVENT]};
    threading_barrier barrier = {all->bits[KIND_BARRIER]};
    threading_condition condition = {all->bits[KIND_CONDITION]};
    threading_rwlock rwlock = {all->bits[KIND_RWLOCK]};
    threading_queue queue = {all->bits[KIND_QUEUE]};
    void *item;
    CHECK(threading_semaphore_value(semaphore) <= 1);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    CHECK_STATUS(threading_semaphore_acquire(semaphore), THREADING_OK);
    use_event(event, threading_event_is_set(event));
    CHECK_STATUS(threading_barrier_reset(barrier), THREADING_OK);
    use_barrier(barrier);
    if (threading_condition_locked(condition)) {
        CHECK_STATUS(threading_condition_acquire_timeout(condition, 0.001), THREADING_TIMEOUT);
        CHECK_STATUS(threading_condition_destroy(condition), THREADING_OK);
    } else {
        use_condition(condition);
    }
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    use_condition(condition);
    while (threading_rwlock_readers(rwlock) > 0) {
        CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_BUSY);
        CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    }
    while (threading_queue_try_get(queue, &item) == THREADING_OK) {
        CHECK(item == NULL);
    }
    for (int kind = 0; kind < KINDS; kind++) {
        bool is_over = kind == KIND_EVENT || kind == KIND_BARRIER || kind == KIND_CONDITION;
        CHECK_STATUS(object_kinds[kind].destroy(all->bits[kind]),
                     is_over ? THREADING_DESTROYED : THREADING_OK);
    }
}

CASE(two_hundred_forks_in_the_middle_of_everything) {
    enum { THREADS = 4 };
    traffic all = {.over = false, .ready = GATE_CLOSED};
    worker threads[THREADS];
    for (int kind = 0; kind < KINDS; kind++) {
        all.bits[kind] = object_kinds[kind].make_played();
    }
    for (int i = 0; i < THREADS; i++) {
        worker_start(&threads[i], i % WORKER_KINDS, contends, &all);
    }
    gate_await(&all.ready, THREADS);
    gate_open(&all.ready);
    for (int round = 0; round < 200; round++) {
        IN_CHILD(use_everything(&all));
    }
    atomic_store(&all.over, true);
    for (int i = 0; i < THREADS; i++) {
        worker_join(&threads[i]);
    }
}
