/* A signal handler that forks in the middle of a wait: in the child that wait begins anew, of the
 * only thread that there is. */
#include "forked.h"
#include "waits.h"

enum { CHILD_IS_FINE = 50 };

static scene at;
static _Atomic pid_t child;
static volatile sig_atomic_t waits;
static atomic_bool child_has_ended;
static bool is_child;
static threading_status answer; /* of the wait in the child */

/* Ends all waits if that is possible, and says what they get; what nobody can end ends with its
 * time. */
static threading_status rescues(void) { return object_kinds[at.kind->kind].rescue(at.bits); }

static void fork_in_the_middle(int signal) {
    (void)signal;
    int before = errno;
    if (!waits) {
        return;
    }
    pid_t pid = forked();
    if (pid == 0) {
        is_child = true;
        /* What ran has ended: a call that looks at it notices the fork. */
        answer = object_kinds[at.kind->kind].traits & OBJECT_RUNS ? at.kind->within(at.bits, 0)
                                                                  : rescues();
    } else {
        atomic_store(&child, pid);
    }
    errno = before;
}

static threading_status calls(caller *self) {
    waits = true;
    threading_status status = calls_scene(self);
    waits = false;
    if (is_child) {
        CHECK_STATUS(status, answer);
        _exit(CHILD_IS_FINE);
    }
    /* The child does not outlive this thread. */
    EVENTUALLY(atomic_load(&child) == 0 || atomic_load(&child_has_ended));
    return status;
}

/* The system begins the sleep again after the handler, with what it was given before: nothing but a
 * wake-up ends that. In this process the wait goes on too, and ends as it does in the child.
 * Returns whether the signal met it in the middle. */
static bool goes_on_in_both(const wait_kind *kind, double seconds) {
    caller sleeper;
    scene_open(&at, kind);
    caller_start(&sleeper, FOREIGN, calls, scene_bits(&at), seconds);
    EVENTUALLY(worker_asleep(&sleeper.thread) || atomic_load(&sleeper.returned));
    CHECK(seconds > 0 || !atomic_load(&sleeper.returned));
    CHECK_NUMBER(pthread_kill(sleeper.thread.foreign, SIGUSR1), 0);
    EVENTUALLY(atomic_load(&child) != 0 || atomic_load(&sleeper.returned));
    bool met = atomic_load(&child) != 0;
    if (met) {
        CHECK_NUMBER(exit_code_of(atomic_load(&child)), CHILD_IS_FINE);
        atomic_store(&child_has_ended, true);
    }
    CHECK(seconds > 0 || !atomic_load(&sleeper.returned));
    bool runs = object_kinds[kind->kind].traits & OBJECT_RUNS;
    if (runs) {
        kind->comes(at.bits);
    }
    caller_end(&sleeper, runs ? THREADING_OK : rescues());
    if (kind->held && seconds > 0) {
        kind->comes(at.bits);
    }
    scene_close(&at);
    return met;
}

EACH_WAIT(goes_on_in_the_child) {
    struct sigaction action = {.sa_handler = fork_in_the_middle, .sa_flags = SA_RESTART};
    CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
    double seconds = object_kinds[kind->kind].traits & (OBJECT_RESCUED | OBJECT_RUNS) ? -1 : 0.25;
    while (!goes_on_in_both(kind, seconds)) {
        seconds *= 2;
    }
}

static threading_event outer, inner;
static atomic_bool inside;

static void wait_inside(int signal) {
    (void)signal;
    atomic_store(&inside, true);
    CHECK_STATUS(threading_event_wait(inner), THREADING_OK);
}

static void fork_and_set(int signal) {
    (void)signal;
    pid_t pid = forked();
    if (pid == 0) {
        is_child = true;
        CHECK_STATUS(threading_event_set(inner), THREADING_OK);
        CHECK_STATUS(threading_event_set(outer), THREADING_OK);
    } else {
        atomic_store(&child, pid);
    }
}

static void wait_outside(worker *self) {
    worker_arrives(self);
    CHECK_STATUS(threading_event_wait(outer), THREADING_OK);
    if (is_child) {
        /* A new thread's wait meets neither of the two. */
        threading_lock lock;
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire_timeout(lock, 0.001), THREADING_TIMEOUT);
        _exit(CHILD_IS_FINE);
    }
}

CASE(a_wait_of_a_handler_goes_on_in_the_child_as_the_wait_does_that_it_interrupted) {
    CHECK_STATUS(threading_event_new(&outer), THREADING_OK);
    CHECK_STATUS(threading_event_new(&inner), THREADING_OK);
    struct sigaction action = {.sa_handler = wait_inside, .sa_flags = SA_RESTART};
    CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
    action.sa_handler = fork_and_set;
    CHECK_NUMBER(sigaction(SIGUSR2, &action, NULL), 0);
    worker thread;
    worker_start(&thread, FOREIGN, wait_outside, NULL);
    EVENTUALLY(worker_asleep(&thread));
    CHECK_NUMBER(pthread_kill(thread.foreign, SIGUSR1), 0);
    EVENTUALLY(atomic_load(&inside) && worker_asleep(&thread));
    CHECK_NUMBER(pthread_kill(thread.foreign, SIGUSR2), 0);
    EVENTUALLY(atomic_load(&child) != 0);
    CHECK_NUMBER(exit_code_of(atomic_load(&child)), CHILD_IS_FINE);
    CHECK_STATUS(threading_event_set(inner), THREADING_OK);
    CHECK_STATUS(threading_event_set(outer), THREADING_OK);
    worker_join(&thread);
}
