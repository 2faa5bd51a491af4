/* Statuses, their names and messages, and the version. THREADING_CHECK is in check.c. */
#include "case.h"
#include "gate.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The numbers are ABI: append, never renumber. */
static const struct {
    int32_t status;
    int32_t number;
    const char *name;
} table[] = {
    {THREADING_OK, 0, "THREADING_OK"},
    {THREADING_TIMEOUT, 1, "THREADING_TIMEOUT"},
    {THREADING_NO_VALUE, 2, "THREADING_NO_VALUE"},
    {THREADING_INTERRUPTED, 3, "THREADING_INTERRUPTED"},
    {THREADING_CLOSED, 4, "THREADING_CLOSED"},
    {THREADING_INVALID_HANDLE, -1, "THREADING_INVALID_HANDLE"},
    {THREADING_DESTROYED, -2, "THREADING_DESTROYED"},
    {THREADING_INVALID_ARGUMENT, -3, "THREADING_INVALID_ARGUMENT"},
    {THREADING_NOT_ACQUIRED, -4, "THREADING_NOT_ACQUIRED"},
    {THREADING_NOT_OWNER, -5, "THREADING_NOT_OWNER"},
    {THREADING_BUSY, -6, "THREADING_BUSY"},
    {THREADING_OVERFLOW, -7, "THREADING_OVERFLOW"},
    {THREADING_BROKEN, -8, "THREADING_BROKEN"},
    {THREADING_ALREADY_STARTED, -9, "THREADING_ALREADY_STARTED"},
    {THREADING_NOT_STARTED, -10, "THREADING_NOT_STARTED"},
    {THREADING_WOULD_DEADLOCK, -11, "THREADING_WOULD_DEADLOCK"},
    {THREADING_DUMMY, -12, "THREADING_DUMMY"},
    {THREADING_NO_RESOURCES, -13, "THREADING_NO_RESOURCES"},
    {THREADING_SHUTTING_DOWN, -14, "THREADING_SHUTTING_DOWN"},
    {THREADING_NOT_PERMITTED, -15, "THREADING_NOT_PERMITTED"},
};
enum { STATUSES = sizeof table / sizeof table[0] };

CASE(every_status_has_its_number) {
    for (int i = 0; i < STATUSES; i++) {
        CHECK_NUMBER(table[i].status, table[i].number);
    }
}

CASE(the_status_type_is_32_bits_wide) { CHECK_NUMBER(sizeof(threading_status), 4); }

CASE(the_name_is_the_whole_constant) {
    for (int i = 0; i < STATUSES; i++) {
        CHECK_STRING(threading_status_name(table[i].status), table[i].name);
    }
}

CASE(every_status_has_a_message_of_its_own) {
    for (int i = 0; i < STATUSES; i++) {
        const char *message = threading_status_message(table[i].status);
        CHECK(message != NULL && message[0] != '\0');
        for (int other = 0; other < i; other++) {
            CHECK(strcmp(message, threading_status_message(table[other].status)) != 0);
        }
    }
}

CASE(names_and_messages_are_static_strings) {
    for (int i = 0; i < STATUSES; i++) {
        CHECK(threading_status_name(table[i].status) == threading_status_name(table[i].status));
        CHECK(threading_status_message(table[i].status) ==
              threading_status_message(table[i].status));
    }
}

CASE(unknown_codes_have_a_name_and_a_message_too) {
    static const int32_t unknown[] = {5,   6,    99,      INT32_MAX, -16,       -17,          -99,
                                      256, -256, 0x10000, -0x10000,  INT32_MIN, INT32_MIN + 1};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        const char *name = threading_status_name(unknown[i]);
        const char *message = threading_status_message(unknown[i]);
        CHECK(name != NULL && name[0] != '\0');
        CHECK(message != NULL && message[0] != '\0');
        for (int known = 0; known < STATUSES; known++) {
            CHECK(strcmp(name, table[known].name) != 0);
        }
    }
}

CASE(the_version_equals_the_macros) {
    char expected[64];
    snprintf(expected, sizeof expected, "%d.%d.%d", THREADING_VERSION_MAJOR,
             THREADING_VERSION_MINOR, THREADING_VERSION_PATCH);
    CHECK_STRING(threading_version(), expected);
}

/* What is async-signal-safe may interrupt any other call, also one of ours. */

static threading_lock handler_lock = THREADING_NULL;
static atomic_int handled;

static void ask_in_handler(int signal) {
    (void)signal;
    int saved = errno;
    errno = 77;
    CHECK(threading_get_ident() != 0);
    CHECK(threading_get_native_id() == (uint64_t)syscall(SYS_gettid));
    CHECK_STRING(threading_status_name(THREADING_TIMEOUT), "THREADING_TIMEOUT");
    CHECK(threading_status_message(THREADING_TIMEOUT) != NULL);
    (void)threading_lock_locked(handler_lock);
    CHECK_NUMBER(errno, 77);
    errno = saved;
    atomic_fetch_add(&handled, 1);
}

typedef struct busy_worker {
    gate ready;
    pthread_t self;
    atomic_bool stop;
} busy_worker;

static void *call_without_end(void *arg) {
    busy_worker *worker = arg;
    threading_thread array[8];
    worker->self = pthread_self();
    gate_pass(&worker->ready);
    while (!atomic_load(&worker->stop)) {
        threading_lock lock;
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(handler_lock), THREADING_OK);
        CHECK_STATUS(threading_thread_set_name(threading_current_thread(), "busy"), THREADING_OK);
        CHECK(threading_enumerate(array, 8) >= 2);
        CHECK_STATUS(threading_lock_release(handler_lock), THREADING_OK);
        CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    }
    return NULL;
}

CASE(names_idents_and_locked_answer_in_signal_handlers) {
    busy_worker worker = {GATE_CLOSED, 0, false};
    threading_thread thread;
    struct sigaction action = {0};
    action.sa_handler = ask_in_handler;
    CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_STATUS(threading_lock_new(&handler_lock), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("busy", call_without_end, &worker, &thread), THREADING_OK);
    gate_await(&worker.ready, 1);
    gate_open(&worker.ready);
    for (int round = 0; round < 2000; round++) {
        int before = atomic_load(&handled);
        CHECK_NUMBER(pthread_kill(worker.self, SIGUSR1), 0);
        EVENTUALLY(atomic_load(&handled) > before);
    }
    atomic_store(&worker.stop, true);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}
