/* A signal handler that forks in the middle of a wait: in the child that wait begins anew, of the only thread that there is. */
#include "caller.h"
#include "forked.h"

enum { CHILD_IS_FINE = 50 };

/* What the handler does in the child, where it is the only thread, and what the wait then answers there. */
static struct {
    void (*ends_wait)(void);
    threading_status answer;
    uint64_t bits;
    _Atomic pid_t child;
    atomic_bool is_child;
} plan;

static void fork_in_the_middle(int signal) {
    (void)signal;
    int before = errno;
    pid_t pid = forked();
    if (pid == 0) {
        atomic_store(&plan.is_child, true);
        plan.ends_wait();
    } else {
        atomic_store(&plan.child, pid);
    }
    errno = before;
}

static threading_status calls(caller *self, threading_status (*waits)(caller *)) {
    threading_status status = waits(self);
    if (atomic_load(&plan.is_child)) {
        CHECK_STATUS(status, plan.answer);
        _exit(CHILD_IS_FINE);
    }
    return status;
}

/* The system begins the sleep again after the handler, with what it was given before: nothing but a wake-up ends that. In this process the
 * wait goes on too, and ends as it does in the child. */
static void check_goes_on_in_both(threading_status (*call)(caller *), uint64_t bits, void (*ends_wait)(void),
                                  threading_status answer) {
    caller sleeper;
    struct sigaction action = {.sa_handler = fork_in_the_middle, .sa_flags = SA_RESTART};
    CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
    plan.ends_wait = ends_wait, plan.answer = answer, plan.bits = bits;
    caller_start_asleep(&sleeper, FOREIGN, call, bits, 0);
    CHECK_NUMBER(pthread_kill(sleeper.thread.foreign, SIGUSR1), 0);
    EVENTUALLY(atomic_load(&plan.child) != 0);
    CHECK_NUMBER(exit_code_of(atomic_load(&plan.child)), CHILD_IS_FINE);
    CHECK(!atomic_load(&sleeper.returned));
    ends_wait();
    caller_end(&sleeper, answer);
}

static threading_status waits_event(caller *self) { return threading_event_wait((threading_event){self->bits}); }
static threading_status calls_event(caller *self) { return calls(self, waits_event); }
static void sets_event(void) { CHECK_STATUS(threading_event_set((threading_event){plan.bits}), THREADING_OK); }

CASE(a_wait_for_an_event_goes_on_in_the_child) {
    threading_event event;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    check_goes_on_in_both(calls_event, event.bits, sets_event, THREADING_OK);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

static threading_status waits_semaphore(caller *self) {
    return threading_semaphore_acquire((threading_semaphore){self->bits});
}
static threading_status calls_semaphore(caller *self) { return calls(self, waits_semaphore); }
static void gives_unit(void) { CHECK_STATUS(threading_semaphore_release((threading_semaphore){plan.bits}), THREADING_OK); }

CASE(a_wait_for_a_unit_goes_on_in_the_child) {
    threading_semaphore semaphore;
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    check_goes_on_in_both(calls_semaphore, semaphore.bits, gives_unit, THREADING_OK);
    CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
}

static threading_status waits_barrier(caller *self) {
    return threading_barrier_wait((threading_barrier){self->bits}, &self->index);
}
static threading_status calls_barrier(caller *self) { return calls(self, waits_barrier); }
static void breaks_barrier(void) { CHECK_STATUS(threading_barrier_abort((threading_barrier){plan.bits}), THREADING_OK); }

CASE(a_wait_at_a_barrier_goes_on_in_the_child) {
    threading_barrier barrier;
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
    check_goes_on_in_both(calls_barrier, barrier.bits, breaks_barrier, THREADING_BROKEN);
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
}
