/* The library is used before its own constructor has run: what is asked first makes sure that it is
 * ready. A function of .preinit_array is called before every constructor, those of shared libraries
 * too. */
#include "thread_tools.h"
#include "timer_tools.h"

#include <pthread.h>
#include <string.h>

static threading_thread thread, self;
static threading_timer timer;
static threading_status status = THREADING_INTERRUPTED;
static size_t number;
static int calls;

static void *result_of_argument(void *arg) { return arg; }

static void count_call(void *arg) { ++*(int *)arg; }

static bool is(const char *wanted, const char *name) { return strcmp(wanted, name) == 0; }

/* The first call of the process, as the case's name says. */
static void before_everything(int count, char **arguments, char **environment) {
    (void)environment;
    const char *name = count > 1 ? arguments[1] : "";
    if (is(name, "a_thread_made_before_everything_is_no_daemon")) {
        status = threading_thread_new(NULL, result_of_argument, &number, &thread);
    } else if (is(name, "a_thread_spawned_before_everything_is_no_daemon")) {
        status = threading_thread_spawn(NULL, result_of_argument, &number, &thread);
    } else if (is(name, "a_timer_made_before_everything_is_no_daemon")) {
        status = threading_timer_new(TIMER_FAR, timer_never, NULL, &timer);
    } else if (is(name, "a_callback_registered_before_everything_runs")) {
        status = threading_register_atexit(count_call, &calls);
    } else if (is(name, "whoever_asks_before_everything_is_main")) {
        self = threading_current_thread();
        number = threading_thread_is_alive(self);
    } else if (is(name, "main_is_known_before_everything")) {
        self = threading_main_thread();
        number = threading_thread_is_alive(self);
    } else if (is(name, "main_is_counted_before_everything")) {
        number = threading_active_count();
    } else if (is(name, "main_is_listed_before_everything")) {
        number = threading_enumerate(&self, 1);
    } else if (is(name, "a_shutdown_before_everything_is_final")) {
        status = threading_shutdown();
    }
}

__attribute__((used,
               section(".preinit_array"))) static void (*const first)(int, char **,
                                                                      char **) = before_everything;

static void check_thread(void) {
    CHECK_STATUS(status, THREADING_OK);
    CHECK(!threading_thread_daemon(thread));
}

CASE(a_thread_made_before_everything_is_no_daemon) {
    void *result = NULL;
    check_thread();
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == &number);
}

CASE(a_thread_spawned_before_everything_is_no_daemon) {
    void *result = NULL;
    check_thread();
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == &number);
}

CASE(a_timer_made_before_everything_is_no_daemon) {
    CHECK_STATUS(status, THREADING_OK);
    CHECK(!threading_thread_daemon(threading_timer_thread(timer)));
    CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
}

CASE(a_callback_registered_before_everything_runs) {
    CHECK_STATUS(status, THREADING_OK);
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
    CHECK_NUMBER(calls, 1);
}

static void check_main(void) {
    CHECK_NUMBER(number, 1);
    CHECK(!THREADING_IS_NULL(self));
    CHECK(THREADING_SAME(self, threading_main_thread()));
    CHECK(THREADING_SAME(self, threading_current_thread()));
    CHECK_STRING(threading_current_name(), "MainThread");
    CHECK_NUMBER(threading_active_count(), 1);
}

CASE(whoever_asks_before_everything_is_main) { check_main(); }

CASE(main_is_known_before_everything) { check_main(); }

CASE(main_is_counted_before_everything) { CHECK_NUMBER(number, 1); }

CASE(main_is_listed_before_everything) { check_main(); }

static void *join_main(void *arg) {
    CHECK_STATUS(threading_thread_join_timeout(threading_main_thread(), 0), THREADING_OK);
    return arg;
}

CASE(a_shutdown_before_everything_is_final) {
    pthread_t foreign;
    CHECK_STATUS(status, THREADING_OK);
    CHECK_NUMBER(pthread_create(&foreign, NULL, join_main, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
    CHECK_STATUS(threading_thread_spawn(NULL, result_of_argument, NULL, &thread),
                 THREADING_SHUTTING_DOWN);
    CHECK_NUMBER(threading_active_count(), 1);
}
