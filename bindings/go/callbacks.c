#include "callbacks.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "_cgo_export.h"

/* Whether this thread runs, or ran, a Go func as its target. */
static _Thread_local bool is_ours;
/* How many calls of threading_go_local_* this thread is in. */
static _Thread_local unsigned int in_local;
/* What the last callback in this thread left for the call that it ran in. */
static _Thread_local uintptr_t failure;
/* What this thread reports at the moment. The hook's payload may be another language's, and is
 * never taken for a handle. */
static _Thread_local uintptr_t reported;

static uintptr_t take_failure(void) {
    uintptr_t taken = failure;
    failure = 0;
    return taken;
}

/* ---- threads, timers and executors ---- */

/*
 * The library's threads for timers block all signals, each time before they call. Go needs SIGURG
 * to stop a goroutine that makes no calls, or its garbage collector waits for the func; and Go
 * unblocks it only when a thread enters it for the first time.
 */
static void enter_go(sigset_t *before) {
    sigset_t preemption;
    sigemptyset(&preemption);
    sigaddset(&preemption, SIGURG);
    pthread_sigmask(SIG_UNBLOCK, &preemption, before);
    is_ours = true;
}

static void *run(void *arg) {
    sigset_t before;
    enter_go(&before);
    threadingGoRun((uintptr_t)arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return NULL;
}

/* What a periodic timer runs. NULL is for another run. */
static void *run_again(void *arg) {
    sigset_t before;
    enter_go(&before);
    bool again = threadingGoRunAgain((uintptr_t)arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return again ? NULL : (void *)1;
}

/*
 * The library makes daemons in threads that it did not start. Nearly every thread of a Go program
 * is one, and a goroutine cannot tell which it is on, so the flag would come by chance. Here it is
 * inherited from a Thread's func, and false everywhere else.
 */
static threading_status choose_daemon(threading_thread thread) {
    return is_ours ? THREADING_OK : threading_thread_set_daemon(thread, false);
}

threading_status threading_go_thread_new(const char *name, uintptr_t task, threading_thread *out) {
    threading_status status = threading_thread_new(name, run, (void *)task, out);
    return status == THREADING_OK ? choose_daemon(*out) : status;
}

threading_status threading_go_timer_new(double interval, uintptr_t task, threading_timer *out) {
    threading_status status = threading_timer_new(interval, run, (void *)task, out);
    return status == THREADING_OK ? choose_daemon(threading_timer_thread(*out)) : status;
}

threading_status threading_go_timer_new_periodic(double first, double period, uintptr_t task,
                                                 threading_timer *out) {
    threading_status status =
        threading_timer_new_periodic(first, period, run_again, (void *)task, out);
    return status == THREADING_OK ? choose_daemon(threading_timer_thread(*out)) : status;
}

threading_status threading_go_executor_submit(threading_executor executor, uintptr_t task,
                                              threading_future *out) {
    return threading_executor_submit(executor, run, (void *)task, out);
}

static void run_atexit(void *ctx) { threadingGoAtexit((uintptr_t)ctx); }

threading_status threading_go_register_atexit(uintptr_t function) {
    return threading_register_atexit(run_atexit, (void *)function);
}

/* ---- hooks ---- */

static void start_hook(threading_thread thread, void *ctx) {
    (void)ctx;
    threadingGoStartHook(thread.bits);
}

static void exit_hook(threading_thread thread, void *ctx) {
    (void)ctx;
    threadingGoExitHook(thread.bits);
}

static void excepthook(const threading_exception *exception, void *ctx) {
    (void)ctx;
    uintptr_t payload = (uintptr_t)exception->payload == reported ? reported : 0;
    threadingGoExcepthook((char *)exception->type, (char *)exception->message, payload,
                          exception->thread.bits);
}

static void error_hook(const char *function, threading_status status, uint64_t handle, void *ctx) {
    (void)ctx;
    threadingGoErrorHook((char *)function, status, handle);
}

static void deadlock_hook(const threading_wait *waits, size_t count, threading_certainty certainty,
                          void *ctx) {
    (void)ctx;
    threadingGoDeadlockHook((threading_wait *)waits, count, certainty);
}

static void order_hook(const threading_order *pairs, size_t count, void *ctx) {
    (void)ctx;
    threadingGoOrderHook((threading_order *)pairs, count);
}

threading_status threading_go_set_order_hook(bool on) {
    return threading_set_order_hook(on ? order_hook : NULL, NULL);
}

threading_status threading_go_set_start_hook(bool on) {
    return threading_set_start_hook(on ? start_hook : NULL, NULL);
}

threading_status threading_go_set_exit_hook(bool on) {
    return threading_set_exit_hook(on ? exit_hook : NULL, NULL);
}

threading_status threading_go_set_excepthook(bool on) {
    return threading_set_excepthook(on ? excepthook : NULL, NULL);
}

threading_status threading_go_set_error_hook(bool on) {
    return threading_set_error_hook(on ? error_hook : NULL, NULL);
}

threading_status threading_go_set_deadlock_hook(bool on) {
    return threading_set_deadlock_hook(on ? deadlock_hook : NULL, NULL);
}

threading_status threading_go_report_exception(const char *type, const char *message,
                                               uintptr_t payload) {
    uintptr_t outer = reported;
    reported = payload;
    threading_status status = threading_report_exception(type, message, (void *)payload);
    reported = outer;
    return status;
}

/* ---- barriers ---- */

static bool run_action(void *ctx) {
    bool good = false;
    uintptr_t failed = threadingGoAction((uintptr_t)ctx, &good);
    failure = failed;
    return good;
}

threading_status threading_go_barrier_new(size_t parties, uintptr_t action,
                                          threading_barrier *out) {
    return threading_barrier_new(parties, action ? run_action : NULL, (void *)action, out);
}

threading_go_arrival threading_go_barrier_wait(threading_barrier barrier) {
    threading_go_arrival arrival = {0, 0, 0};
    arrival.status = threading_barrier_wait(barrier, &arrival.index);
    arrival.failure = take_failure();
    return arrival;
}

threading_go_arrival threading_go_barrier_wait_timeout(threading_barrier barrier, double seconds) {
    threading_go_arrival arrival = {0, 0, 0};
    arrival.status = threading_barrier_wait_timeout(barrier, seconds, &arrival.index);
    arrival.failure = take_failure();
    return arrival;
}

/* ---- locals ---- */

/* A thread's value of a Local. */
struct value {
    uintptr_t handle;
    struct value *next;
};

static _Atomic(struct value *) unreaped;

/*
 * A thread that Go itself made and ends calls this after Go has torn it down, and must not enter Go
 * again. Nothing tells such a thread from others that are ending, so only those are entered of
 * which it is known that they may be.
 */
static void end_value(void *ended) {
    struct value *value = ended;
    if (is_ours || in_local != 0) {
        threadingGoEndValue(value->handle);
        free(value);
        return;
    }
    value->next = atomic_load(&unreaped);
    while (!atomic_compare_exchange_weak(&unreaped, &value->next, value)) {
    }
}

uintptr_t threading_go_local_reap(void) {
    if (atomic_load(&unreaped) == NULL) {
        return 0;
    }
    /* The whole list is taken, and its rest put back, so that no other thread can have freed what
     * is looked at. */
    struct value *first = atomic_exchange(&unreaped, NULL);
    if (first == NULL) {
        return 0;
    }
    while (first->next != NULL) {
        struct value *value = first->next;
        first->next = value->next;
        value->next = atomic_load(&unreaped);
        while (!atomic_compare_exchange_weak(&unreaped, &value->next, value)) {
        }
    }
    uintptr_t handle = first->handle;
    free(first);
    return handle;
}

static void *new_value(uintptr_t handle) {
    struct value *value = malloc(sizeof *value);
    if (value != NULL) {
        value->handle = handle;
        value->next = NULL;
    }
    return value;
}

static void *initialise(void *ctx) {
    uintptr_t handle = 0;
    uintptr_t failed = threadingGoInitialise((uintptr_t)ctx, &handle);
    failure = failed;
    if (handle == 0) {
        return NULL;
    }
    void *value = new_value(handle);
    if (value == NULL) {
        threadingGoEndValue(handle);
    }
    return value;
}

threading_status threading_go_local_new(uintptr_t initialiser, threading_local *out) {
    return threading_local_new(initialiser ? initialise : NULL, end_value, (void *)initialiser,
                               out);
}

threading_go_value threading_go_local_get(threading_local local) {
    in_local++;
    struct value *value = threading_local_get(local);
    in_local--;
    threading_go_value got = {value ? value->handle : 0, take_failure()};
    return got;
}

threading_status threading_go_local_set(threading_local local, uintptr_t handle) {
    void *value = new_value(handle);
    if (value == NULL) {
        return THREADING_NO_RESOURCES;
    }
    in_local++;
    threading_status status = threading_local_set(local, value);
    in_local--;
    if (status != THREADING_OK) {
        free(value);
    }
    return status;
}

threading_status threading_go_local_delete(threading_local local) {
    in_local++;
    threading_status status = threading_local_delete(local);
    in_local--;
    return status;
}

threading_status threading_go_local_destroy(threading_local local) {
    in_local++;
    threading_status status = threading_local_destroy(local);
    in_local--;
    return status;
}
