/* The signal mask of a timer's function: that of the thread which starts the timer, as it was when
 * that thread made it, in all that the library calls for it, however the function ends. Between
 * functions the library's own threads leave the process's signals to the program's. */
#include "forked.h"
#include "gate.h"
#include "local_tools.h"
#include "timer_tools.h"

#include <signal.h>
#include <spawn.h>

extern char **environ;

static sigset_t mask_now(void) {
    sigset_t set;
    CHECK_NUMBER(pthread_sigmask(SIG_BLOCK, NULL, &set), 0);
    return set;
}

static void set_mask(sigset_t set) { CHECK_NUMBER(pthread_sigmask(SIG_SETMASK, &set, NULL), 0); }

/* Masks that differ in faults, in ordinary signals and in real-time ones, as the system makes them:
 * some signals cannot be blocked. */
static sigset_t mask_of(int number) {
    sigset_t set, before = mask_now();
    sigemptyset(&set);
    if (number == 1) {
        sigaddset(&set, SIGUSR1);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGRTMAX);
    } else if (number == 2) {
        sigaddset(&set, SIGSEGV);
        sigaddset(&set, SIGPROF);
        sigaddset(&set, SIGRTMIN);
    } else if (number == 3) {
        sigfillset(&set);
    }
    set_mask(set);
    set = mask_now();
    set_mask(before);
    return set;
}
enum { MASKS = 4 };

static void check_mask(sigset_t expected) {
    sigset_t found = mask_now();
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        CHECK_NUMBER(sigismember(&found, signal), sigismember(&expected, signal));
    }
}

static void *look(void *expected) {
    check_mask(*(sigset_t *)expected);
    return expected;
}

/* A timer that is made with that mask; the caller's own is another before and after. */
static threading_timer made_with(sigset_t mask, threading_target function, void *arg) {
    sigset_t before = mask_now();
    set_mask(mask);
    threading_timer timer = timer_new(0, function, arg);
    set_mask(before);
    return timer;
}

static void started_with(sigset_t mask, threading_target function, void *arg) {
    threading_timer timer = made_with(mask, function, arg);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    timer_finish(timer);
}

CASE(a_function_begins_with_the_mask_of_the_thread_that_made_its_timer) {
    for (int round = 0; round < 20; round++) {
        for (int number = 0; number < MASKS; number++) {
            sigset_t mask = mask_of(number);
            started_with(mask, look, &mask);
        }
    }
}

static threading_timer made_elsewhere;

static void *make_with_another_mask(void *expected) {
    made_elsewhere = made_with(mask_of(1), look, expected);
    return expected;
}

CASE(a_timer_that_another_thread_made_has_the_mask_of_the_thread_that_starts_it) {
    for (int number = 0; number < MASKS; number++) {
        sigset_t mask = mask_of(number), before = mask_now();
        pthread_t maker;
        CHECK_NUMBER(pthread_create(&maker, NULL, make_with_another_mask, &mask), 0);
        CHECK_NUMBER(pthread_join(maker, NULL), 0);
        set_mask(mask);
        CHECK_STATUS(threading_timer_start(made_elsewhere), THREADING_OK);
        set_mask(before);
        timer_finish(made_elsewhere);
    }
}

static void *start_one_more(void *expected) {
    check_mask(*(sigset_t *)expected);
    timer_finish(timer_started(0, look, expected));
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, look, expected, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    return expected;
}

CASE(timers_and_threads_that_a_function_makes_inherit_the_mask_from_it) {
    for (int number = 0; number < MASKS; number++) {
        sigset_t mask = mask_of(number);
        started_with(mask, start_one_more, &mask);
    }
}

/* ---- what a function leaves behind ---- */

static void *change_and_return(void *arg) {
    set_mask(mask_of(1));
    return arg;
}

static void *change_and_leave(void *arg) {
    set_mask(mask_of(2));
    threading_exit(arg);
    return NULL;
}

static void *change_and_exit(void *arg) {
    set_mask(mask_of(3));
    pthread_exit(arg);
}

static void *change_and_die(void *arg) {
    set_mask(mask_of(1));
    pthread_cancel(pthread_self());
    pthread_testcancel();
    return arg;
}

static threading_target const changes[] = {change_and_return, change_and_leave, change_and_exit,
                                           change_and_die};
enum { CHANGES = sizeof changes / sizeof changes[0] };

CASE(a_mask_that_a_function_left_behind_does_not_meet_the_next) {
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < CHANGES; i++) {
            sigset_t none = mask_of(0), some = mask_of(2);
            timer_finish(timer_started(0, changes[i], NULL));
            started_with(none, look, &none);
            timer_finish(timer_started(0, changes[i], NULL));
            started_with(some, look, &some);
        }
    }
}

/* ---- hooks and destructors ---- */

static sigset_t hooks_mask;
static atomic_int hooks_called;

static void look_in_a_hook(threading_thread thread, void *ctx) {
    (void)thread;
    (void)ctx;
    check_mask(hooks_mask);
    atomic_fetch_add(&hooks_called, 1);
}

static void look_in_a_destructor(value *self) {
    (void)self;
    check_mask(hooks_mask);
}

static threading_local values;

static void *keep_a_value(void *kept) {
    CHECK_STATUS(threading_local_set(values, kept), THREADING_OK);
    return kept;
}

CASE(hooks_and_destructors_of_locals_run_with_the_functions_mask) {
    values = local_of_values();
    CHECK_STATUS(threading_set_start_hook(look_in_a_hook, NULL), THREADING_OK);
    CHECK_STATUS(threading_set_exit_hook(look_in_a_hook, NULL), THREADING_OK);
    for (int number = 0; number < MASKS; number++) {
        value kept = {.then = look_in_a_destructor};
        hooks_mask = mask_of(number);
        started_with(hooks_mask, keep_a_value, &kept);
        CHECK_NUMBER(value_destroyed(&kept), 1);
    }
    CHECK_NUMBER(atomic_load(&hooks_called), 2 * MASKS);
    CHECK_STATUS(threading_set_start_hook(NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_set_exit_hook(NULL, NULL), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(values), THREADING_OK);
}

static pthread_key_t key;
static atomic_int key_destroyed;

static void look_at_the_workers_end(void *expected) {
    check_mask(*(sigset_t *)expected);
    atomic_fetch_add(&key_destroyed, 1);
}

static void *keep_in_the_key(void *expected) {
    CHECK_NUMBER(pthread_setspecific(key, expected), 0);
    pthread_exit(expected);
}

/* The C library destroys them when the library's own thread ends. */
CASE(destructors_of_the_c_librarys_keys_run_with_the_functions_mask) {
    static sigset_t masks[MASKS];
    CHECK_NUMBER(pthread_key_create(&key, look_at_the_workers_end), 0);
    for (int number = 0; number < MASKS; number++) {
        masks[number] = mask_of(number);
        started_with(masks[number], keep_in_the_key, &masks[number]);
        EVENTUALLY(atomic_load(&key_destroyed) == number + 1);
    }
}

/* ---- what the mask is for ---- */

static pthread_t handled_in;
static atomic_int handled, handled_elsewhere;

static void handle(int signal) {
    (void)signal;
    atomic_fetch_add(pthread_equal(pthread_self(), handled_in) ? &handled : &handled_elsewhere, 1);
}

static void handle_usr1(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
}

static void *raise_one(void *arg) {
    handled_in = pthread_self();
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(atomic_load(&handled), 1);
    return arg;
}

CASE(a_signal_that_a_function_raises_is_handled_before_raise_returns) {
    handle_usr1();
    timer_finish(timer_started(0, raise_one, NULL));
    CHECK_NUMBER(atomic_load(&handled), 1);
}

static void *start_a_program(void *pid) {
    char *words[] = {"sleep", "60", NULL};
    CHECK_NUMBER(posix_spawnp(pid, "sleep", NULL, NULL, words, environ), 0);
    return pid;
}

CASE(a_program_that_a_function_starts_can_be_ended_by_sigterm) {
    pid_t pid = 0;
    int state = 0;
    timer_finish(timer_started(0, start_a_program, &pid));
    CHECK(pid > 0);
    CHECK_NUMBER(kill(pid, SIGTERM), 0);
    CHECK_NUMBER(waitpid(pid, &state, 0), pid);
    CHECK(WIFSIGNALED(state));
    CHECK_NUMBER(WTERMSIG(state), SIGTERM);
}

static void *fork_and_look(void *expected) {
    pid_t pid = forked();
    if (pid == 0) {
        check_mask(*(sigset_t *)expected);
        timer_finish(timer_started(0, look, expected));
        _exit(50);
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    return expected;
}

CASE(the_child_of_a_fork_in_a_function_keeps_its_mask) {
    for (int number = 0; number < MASKS; number++) {
        sigset_t mask = mask_of(number);
        started_with(mask, fork_and_look, &mask);
    }
}

/* The kernel picks any thread that does not block a signal of the process: main alone is left to it
 * here, beside workers without work and functions of timers that were made with the signal
 * blocked. */
CASE(a_signal_of_the_process_reaches_neither_the_service_nor_an_idle_worker) {
    enum { SIGNALS = 200, WAITING = 8 };
    gate door = GATE_CLOSED, other_door = GATE_CLOSED;
    threading_timer busy[WAITING], idle[WAITING];
    handle_usr1();
    handled_in = pthread_self();
    for (int i = 0; i < WAITING; i++) {
        idle[i] = timer_started(0, gate_passenger, &other_door);
        busy[i] = made_with(mask_of(1), gate_passenger, &door);
        CHECK_STATUS(threading_timer_start(busy[i]), THREADING_OK);
    }
    gate_await(&door, WAITING);
    gate_await(&other_door, WAITING);
    gate_open(&other_door);
    for (int i = 0; i < WAITING; i++) {
        timer_finish(idle[i]);
    }
    for (int i = 0; i < SIGNALS; i++) {
        CHECK_NUMBER(kill(getpid(), SIGUSR1), 0);
        EVENTUALLY(atomic_load(&handled) + atomic_load(&handled_elsewhere) == i + 1);
    }
    CHECK_NUMBER(atomic_load(&handled_elsewhere), 0);
    gate_open(&door);
    for (int i = 0; i < WAITING; i++) {
        timer_finish(busy[i]);
    }
}
