/* The start and exit hooks, around the function of a timer. */
#include "gate.h"
#include "timer_tools.h"
#include "worker.h"
#include <stdio.h>
#include <stdlib.h>

static atomic_int starts, exits, in_function;
static threading_thread hooked;

static void at_start(threading_thread thread, void *ctx) {
    CHECK(ctx == &starts && THREADING_SAME(thread, hooked) &&
          THREADING_SAME(threading_current_thread(), thread));
    CHECK_NUMBER(atomic_fetch_add(&starts, 1), 0);
}

static void *between_hooks(void *arg) {
    CHECK_NUMBER(atomic_load(&starts), 1);
    CHECK_NUMBER(atomic_load(&exits), 0);
    atomic_fetch_add(&in_function, 1);
    return arg;
}

static void at_exit(threading_thread thread, void *ctx) {
    CHECK(ctx == &exits && THREADING_SAME(thread, hooked) &&
          THREADING_SAME(threading_current_thread(), thread));
    CHECK(threading_thread_is_alive(thread));
    CHECK_NUMBER(atomic_load(&in_function), 1);
    CHECK_NUMBER(atomic_fetch_add(&exits, 1), 0);
}

CASE(the_hooks_run_around_the_function_and_for_no_worker) {
    CHECK_STATUS(threading_set_start_hook(at_start, &starts), THREADING_OK);
    CHECK_STATUS(threading_set_exit_hook(at_exit, &exits), THREADING_OK);
    threading_timer timer = timer_new(0.001, between_hooks, NULL);
    hooked = threading_timer_thread(timer);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    CHECK_STATUS(timer_join(timer), THREADING_OK);
    CHECK_NUMBER(atomic_load(&exits), 1);
    timer_finish(timer);
    /* One that never fires runs no hook. */
    timer = timer_started(TIMER_FAR, timer_never, NULL);
    CHECK(timer_cancelled(timer));
    timer_finish(timer);
    CHECK_NUMBER(atomic_load(&starts), 1);
}
