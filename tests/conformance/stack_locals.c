/* A thread's stack is as large as was asked for, though the C library takes the program's
 * thread-locals out of it; in programs that are linked with -static too. */
#include "timer_tools.h"

#include <alloca.h>

/* More than the C library's own reserve, and more than the smallest stack. */
static __thread volatile char large[1 << 20];

static const size_t sizes[] = {32 * 1024, 64 * 1024, 1 << 20};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

/* Writes to the thread-local, and to every page of the stack but the last eighth; more than there
 * is ends the process. */
static __attribute__((noinline)) void *use_both(void *arg) {
    size_t bytes = *(size_t *)arg - *(size_t *)arg / 8;
    volatile char *area = alloca(bytes);
    for (size_t at = 0; at < bytes; at += 1024) {
        area[bytes - 1 - at] = 1;
    }
    large[sizeof large - 1] = area[bytes - 1];
    CHECK_NUMBER(large[sizeof large - 1], 1);
    return arg;
}

CASE(a_threads_own_size_is_beside_its_thread_locals) {
    for (int i = 0; i < SIZES; i++) {
        size_t size = sizes[i];
        threading_thread thread;
        CHECK_STATUS(threading_thread_new(NULL, use_both, &size, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_set_stack_size(thread, size), THREADING_OK);
        CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    }
}

CASE(the_default_size_is_beside_the_thread_locals) {
    for (int i = 0; i < SIZES; i++) {
        size_t size = sizes[i];
        threading_thread thread;
        CHECK_STATUS(threading_set_stack_size(size), THREADING_OK);
        CHECK_STATUS(threading_thread_spawn(NULL, use_both, &size, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
        CHECK_STATUS(threading_thread_spawn_daemon(NULL, use_both, &size, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    }
}

/* The first timer starts threads of the library's own. */
CASE(a_timers_stack_is_beside_its_thread_locals) {
    size_t size = sizes[0];
    CHECK_STATUS(threading_set_stack_size(size), THREADING_OK);
    timer_finish(timer_started(0, use_both, &size));
}
