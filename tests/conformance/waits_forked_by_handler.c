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

/* The system begins the sleep again after the handler, with what it was given before: nothing but a wake-up ends that. */
static void sleeper_is_forked(caller *sleeper, threading_status (*call)(caller *), uint64_t bits) {
    struct sigaction action = {.sa_handler = fork_in_the_middle, .sa_flags = SA_RESTART};
    CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
    atomic_store(&plan.child, 0);
    plan.bits = bits;
    caller_start_asleep(sleeper, FOREIGN, call, bits, 0);
    CHECK_NUMBER(pthread_kill(sleeper->thread.foreign, SIGUSR1), 0);
    EVENTUALLY(atomic_load(&plan.child) != 0);
    CHECK_NUMBER(exit_code_of(atomic_load(&plan.child)), CHILD_IS_FINE);
    CHECK(!atomic_load(&sleeper->returned));
}

static threading_status waits_event(caller *self) { return threading_event_wait((threading_event){self->bits}); }
static threading_status calls_event(caller *self) { return calls(self, waits_event); }
static void sets_event(void) { CHECK_STATUS(threading_event_set((threading_event){plan.bits}), THREADING_OK); }

CASE(a_wait_for_an_event_goes_on_in_the_child) {
    threading_event event;
    caller sleeper;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    plan.ends_wait = sets_event, plan.answer = THREADING_OK;
    sleeper_is_forked(&sleeper, calls_event, event.bits);
    CHECK_STATUS(threading_event_set(event), THREADING_OK);
    caller_end(&sleeper, THREADING_OK);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

static threading_status waits_semaphore(caller *self) {
    return threading_semaphore_acquire((threading_semaphore){self->bits});
}
static threading_status calls_semaphore(caller *self) { return calls(self, waits_semaphore); }
static void gives_unit(void) { CHECK_STATUS(threading_semaphore_release((threading_semaphore){plan.bits}), THREADING_OK); }

CASE(a_wait_for_a_unit_goes_on_in_the_child) {
    threading_semaphore semaphore;
    caller sleeper;
    CHECK_STATUS(threading_semaphore_new(0, &semaphore), THREADING_OK);
    plan.ends_wait = gives_unit, plan.answer = THREADING_OK;
    sleeper_is_forked(&sleeper, calls_semaphore, semaphore.bits);
    CHECK_STATUS(threading_semaphore_release(semaphore), THREADING_OK);
    caller_end(&sleeper, THREADING_OK);
    CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
}

static threading_status waits_barrier(caller *self) {
    return threading_barrier_wait((threading_barrier){self->bits}, &self->index);
}
static threading_status calls_barrier(caller *self) { return calls(self, waits_barrier); }
static void breaks_barrier(void) { CHECK_STATUS(threading_barrier_abort((threading_barrier){plan.bits}), THREADING_OK); }

CASE(a_wait_at_a_barrier_goes_on_in_the_child) {
    threading_barrier barrier;
    caller sleeper;
    CHECK_STATUS(threading_barrier_new(2, NULL, NULL, &barrier), THREADING_OK);
    plan.ends_wait = breaks_barrier, plan.answer = THREADING_BROKEN;
    sleeper_is_forked(&sleeper, calls_barrier, barrier.bits);
    CHECK_STATUS(threading_barrier_wait(barrier, NULL), THREADING_OK);
    caller_end(&sleeper, THREADING_OK);
    CHECK_STATUS(threading_barrier_destroy(barrier), THREADING_OK);
}
