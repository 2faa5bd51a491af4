/* What stands between Go and the library's callbacks. The other direction, Go calling the library,
 * needs nothing in between. */
#ifndef THREADING_GO_CALLBACKS_H
#define THREADING_GO_CALLBACKS_H

#include <stdint.h>
#include <libthreading/threading.h>

/*
 * Go values cross C as the integers of runtime/cgo.Handle, never as pointers. A "failure" is such a
 * handle too, or 0: it carries a panic or a Goexit of a callback around the library, to the Go
 * function whose call the callback ran in.
 */

threading_status threading_go_thread_new(const char *name, uintptr_t task, threading_thread *out);
threading_status threading_go_timer_new(double interval, uintptr_t task, threading_timer *out);
threading_status threading_go_timer_new_periodic(double first, double period, uintptr_t task,
                                                 threading_timer *out);
threading_status threading_go_executor_submit(threading_executor executor, uintptr_t task,
                                              threading_future *out);
threading_status threading_go_register_atexit(uintptr_t function);

threading_status threading_go_set_start_hook(bool on);
threading_status threading_go_set_exit_hook(bool on);
threading_status threading_go_set_excepthook(bool on);
threading_status threading_go_set_error_hook(bool on);
threading_status threading_go_set_deadlock_hook(bool on);
threading_status threading_go_set_order_hook(bool on);
threading_status threading_go_report_exception(const char *type, const char *message,
                                               uintptr_t payload);

typedef struct threading_go_arrival {
    threading_status status;
    size_t index;
    uintptr_t failure;
} threading_go_arrival;

/* An action of 0 is none. */
threading_status threading_go_barrier_new(size_t parties, uintptr_t action, threading_barrier *out);
threading_go_arrival threading_go_barrier_wait(threading_barrier barrier);
threading_go_arrival threading_go_barrier_wait_timeout(threading_barrier barrier, double seconds);

typedef struct threading_go_value {
    uintptr_t value;
    uintptr_t failure;
} threading_go_value;

/* An initialiser of 0 is none. */
threading_status threading_go_local_new(uintptr_t initialiser, threading_local *out);
threading_go_value threading_go_local_get(threading_local local);
threading_status threading_go_local_set(threading_local local, uintptr_t value);
threading_status threading_go_local_delete(threading_local local);
threading_status threading_go_local_destroy(threading_local local);
/* Takes one of the values whose thread ended where Go could not be called; 0 if there is none. */
uintptr_t threading_go_local_reap(void);

#endif
