/* threading_register_atexit in a forked child: what the parent was in the middle of ends with the
 * fork, and what the forking thread is in the middle of goes on. */
#include "forked.h"
#include "gate.h"
#include "thread_tools.h"

enum { DONE = 50 };

static void ignore(void *arg) { (void)arg; }

static void check_in_child(threading_status expected) {
    pid_t pid = forked();
    if (pid == 0) {
        CHECK_STATUS(threading_register_atexit(ignore, NULL), expected);
        _exit(DONE);
    }
    CHECK_NUMBER(exit_code_of(pid), DONE);
}

CASE(a_callback_can_be_registered_in_a_child) {
    check_in_child(THREADING_OK);
    CHECK_STATUS(threading_register_atexit(ignore, NULL), THREADING_OK);
    check_in_child(THREADING_OK);
}

static void wait_in_callback(void *door) { gate_pass(door); }

static void *shut_down(void *arg) {
    CHECK_STATUS(threading_shutdown_timeout(0), THREADING_TIMEOUT);
    return arg;
}

CASE(a_shutdown_of_another_thread_is_none_in_the_child) {
    gate door = GATE_CLOSED;
    gate over = GATE_CLOSED;
    threading_thread kept;
    pthread_t foreign;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &over, &kept), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(wait_in_callback, &door), THREADING_OK);
    CHECK_NUMBER(pthread_create(&foreign, NULL, shut_down, NULL), 0);
    gate_await(&door, 1);
    CHECK_STATUS(threading_register_atexit(ignore, NULL), THREADING_SHUTTING_DOWN);
    check_in_child(THREADING_OK);
    gate_open(&door);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK_STATUS(threading_register_atexit(ignore, NULL), THREADING_OK);
    gate_open(&over);
    CHECK_STATUS(threading_thread_finish(kept, NULL), THREADING_OK);
}

static void fork_in_callback(void *arg) {
    (void)arg;
    check_in_child(THREADING_SHUTTING_DOWN);
}

CASE(the_shutdown_that_the_forking_thread_is_in_goes_on_in_the_child) {
    CHECK_STATUS(threading_register_atexit(fork_in_callback, NULL), THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
}
