/* Where a wait was called: threading_wait.site is in the function that made the call, and a dump
 * names the file and the line. ctest runs this once more as the compiler leaves it without
 * optimizing. */
#include "caller.h"
#include "insight_tools.h"
#include "signalled.h"

#include <errno.h>

/* What is waited for; the main thread holds what can be held. */
static struct {
    threading_lock lock;
    threading_rlock rlock;
    threading_rwlock rwlock;
    threading_condition condition, held;
    threading_semaphore semaphore;
    threading_event event;
    threading_latch latch;
    threading_thread thread;
} it;

static threading_event may_end;

static void *waits_to_end(void *arg) {
    CHECK_STATUS(threading_event_wait(may_end), THREADING_OK);
    return arg;
}

static void make_all(void) {
    CHECK_STATUS(threading_lock_new(&it.lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(it.lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&it.rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(it.rlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_new(&it.rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_write(it.rwlock), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&it.condition), THREADING_OK);
    CHECK_STATUS(threading_condition_new(&it.held), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire(it.held), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(0, &it.semaphore), THREADING_OK);
    CHECK_STATUS(threading_event_new(&it.event), THREADING_OK);
    CHECK_STATUS(threading_latch_new(1, &it.latch), THREADING_OK);
    CHECK_STATUS(threading_event_new(&may_end), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn(NULL, waits_to_end, NULL, &it.thread), THREADING_OK);
}

/* ---- the calls, each in a function of its own ---- */

typedef struct place {
    const char *name;
    threading_status (*function)(caller *self);
    int line;
} place;

/* The store behind the call keeps it from being the function's last jump. */
#define CALL(name, ...)                                                                            \
    enum { name##_line = __LINE__ };                                                               \
    static __attribute__((noinline)) threading_status name(caller *self) {                         \
        threading_status status = __VA_ARGS__;                                                     \
        atomic_store(&self->returned, false);                                                      \
        return status;                                                                             \
    }
/* The line is that of the last of the macro's, for both. */
CALL(lock_acquire, threading_lock_acquire(it.lock))
CALL(lock_acquire_timeout, threading_lock_acquire_timeout(it.lock, 1000))
CALL(rlock_acquire, threading_rlock_acquire(it.rlock))
CALL(rlock_acquire_timeout, threading_rlock_acquire_timeout(it.rlock, 1000))
CALL(read_waits, threading_rwlock_acquire_read(it.rwlock))
CALL(read_timeout, threading_rwlock_acquire_read_timeout(it.rwlock, 1000))
CALL(write_waits, threading_rwlock_acquire_write(it.rwlock))
CALL(write_timeout, threading_rwlock_acquire_write_timeout(it.rwlock, 1000))
CALL(semaphore_acquire, threading_semaphore_acquire(it.semaphore))
CALL(semaphore_acquire_timeout, threading_semaphore_acquire_timeout(it.semaphore, 1000))
CALL(event_wait, threading_event_wait(it.event))
CALL(event_wait_timeout, threading_event_wait_timeout(it.event, 1000))
CALL(latch_wait, threading_latch_wait(it.latch))
CALL(latch_wait_timeout, threading_latch_wait_timeout(it.latch, 1000))
CALL(thread_join, threading_thread_join(it.thread))
CALL(thread_join_timeout, threading_thread_join_timeout(it.thread, 1000))
CALL(thread_finish, threading_thread_finish(it.thread, NULL))
CALL(condition_acquire, threading_condition_acquire(it.held))
CALL(condition_acquire_timeout, threading_condition_acquire_timeout(it.held, 1000))
/* not to synchronise: it is what is tested */
CALL(sleep_for, threading_sleep(1000))
CALL(condition_wait, threading_condition_wait(it.condition))
CALL(condition_wait_timeout, threading_condition_wait_timeout(it.condition, 1000))

enum { with_lock_line = __LINE__ + 3 };
static __attribute__((noinline)) threading_status with_lock(caller *self) {
    threading_status status = THREADING_TIMEOUT;
    THREADING_WITH(it.lock) {
        status = THREADING_OK;
    }
    atomic_store(&self->returned, false);
    return status;
}
enum { with_rlock_line = __LINE__ + 3 };
static __attribute__((noinline)) threading_status with_rlock(caller *self) {
    threading_status status = THREADING_TIMEOUT;
    THREADING_WITH(it.rlock) {
        status = THREADING_OK;
    }
    atomic_store(&self->returned, false);
    return status;
}
enum { with_reading_line = __LINE__ + 3 };
static __attribute__((noinline)) threading_status with_reading(caller *self) {
    threading_status status = THREADING_TIMEOUT;
    THREADING_WITH(threading_rwlock_reading(it.rwlock)) {
        status = THREADING_OK;
    }
    atomic_store(&self->returned, false);
    return status;
}
enum { with_writing_line = __LINE__ + 3 };
static __attribute__((noinline)) threading_status with_writing(caller *self) {
    threading_status status = THREADING_TIMEOUT;
    THREADING_WITH(threading_rwlock_writing(it.rwlock)) {
        status = THREADING_OK;
    }
    atomic_store(&self->returned, false);
    return status;
}
enum { with_semaphore_line = __LINE__ + 3 };
static __attribute__((noinline)) threading_status with_semaphore(caller *self) {
    threading_status status = THREADING_TIMEOUT;
    THREADING_WITH(it.semaphore) {
        status = THREADING_OK;
    }
    atomic_store(&self->returned, false);
    return status;
}

#define PLACE(which) #which, which, which##_line
static const place places[] = {
    {PLACE(lock_acquire)},      {PLACE(lock_acquire_timeout)},
    {PLACE(rlock_acquire)},     {PLACE(rlock_acquire_timeout)},
    {PLACE(semaphore_acquire)}, {PLACE(semaphore_acquire_timeout)},
    {PLACE(event_wait)},        {PLACE(event_wait_timeout)},
    {PLACE(latch_wait)},        {PLACE(latch_wait_timeout)},
    {PLACE(thread_join)},       {PLACE(thread_join_timeout)},
    {PLACE(with_lock)},         {PLACE(with_rlock)},
    {PLACE(with_semaphore)},    {PLACE(sleep_for)},
    {PLACE(condition_wait)},    {PLACE(condition_wait_timeout)},
    {PLACE(condition_acquire)}, {PLACE(condition_acquire_timeout)},
    {PLACE(thread_finish)},     {PLACE(read_waits)},
    {PLACE(read_timeout)},      {PLACE(write_waits)},
    {PLACE(write_timeout)},     {PLACE(with_reading)},
    {PLACE(with_writing)},
};
enum { PLACES = sizeof places / sizeof *places };

static bool is_sleep(const place *at) { return at->function == sleep_for; }
static bool is_condition(const place *at) {
    return at->function == condition_wait || at->function == condition_wait_timeout;
}

/* ---- the waits ---- */

static const place *in_a_thread;

static threading_status calls(caller *self) {
    const place *at = in_a_thread;
    if (is_condition(at)) {
        CHECK_STATUS(threading_condition_acquire(it.condition), THREADING_OK);
        worker_arrives(&self->thread);
    }
    return at->function(self);
}

/* More than these functions have. */
enum { LONGEST_FUNCTION = 512 };

static bool is_in(const void *site, threading_status (*function)(caller *)) {
    uintptr_t address = (uintptr_t)site, begin = (uintptr_t)function;
    return address > begin && address < begin + LONGEST_FUNCTION;
}

/* Starts a thread that waits at that place, and returns what it waits for. Nobody joins it. */
static threading_wait waits_at(const place *at, worker_kind whose) {
    caller *other = calloc(1, sizeof *other);
    threading_wait wait;
    CHECK(other != NULL);
    in_a_thread = at;
    caller_start(other, whose, calls, 0, -1);
    EVENTUALLY(wait_of_worker(&other->thread, &wait) && wait.site != NULL &&
               is_in(wait.site, at->function));
    return wait;
}

static void leave(void) {
    fflush(NULL);
    _exit(0);
}

CASE(the_site_of_each_wait_is_in_the_function_that_called) {
    make_all();
    for (int i = 0; i < PLACES; i++) {
        for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
            printf("%s\n", places[i].name);
            fflush(stdout);
            waits_at(&places[i], whose);
        }
    }
    leave();
}

/* The end of the line in which the thread's wait is told. */
static void check_told(const char *text, const char *begin, const char *end_of_it) {
    const char *line = strstr(text, begin);
    CHECK(line != NULL);
    const char *end = strstr(line, end_of_it);
    if (end == NULL || memchr(line, '\n', (size_t)(end - line)) != NULL) {
        fprintf(stderr, "no “%s” in: %.300s\n", end_of_it, line);
        CHECK(!"the line of the call");
    }
}

CASE(a_dump_names_the_file_and_the_line_of_each_wait) {
    make_all();
    for (int i = 0; i < PLACES; i++) {
        char native[32], site[64];
        threading_wait wait = waits_at(&places[i], FOREIGN);
        fprintf(stderr, "%s\n", places[i].name);
        snprintf(native, sizeof native, "\"native_id\":%d,", (int)wait.native_id);
        snprintf(site, sizeof site, "\"site\":\"insight_sites.c:%d\"}", places[i].line);
        char *text = dumped(threading_dump_json);
        check_told(text, native, site);
        free(text);
        text = dumped(threading_dump);
        snprintf(native, sizeof native, " native=%d ", (int)wait.native_id);
        snprintf(site, sizeof site, ", at insight_sites.c:%d\n", places[i].line);
        char *line = strstr(text, native);
        CHECK(line != NULL);
        if (is_sleep(&places[i])) {
            check_told(line, " sleeping for ", site);
        } else {
            CHECK((line = strstr(line, "\n    for ")) != NULL);
            check_told(line + 1, "    for ", site);
        }
        free(text);
    }
    leave();
}

/* ---- a handler in between ---- */

static atomic_bool over;
static atomic_long handled;
static threading_event rung;
static threading_semaphore counted;

/* Calls that say where they are called, as those that wait do. */
static void calls_too(int signal) {
    int before = errno;
    CHECK_STATUS(threading_event_set(rung), THREADING_OK);
    CHECK_STATUS(threading_semaphore_release(counted), THREADING_OK);
    atomic_fetch_add(&handled, 1);
    errno = before;
    (void)signal;
}

static __attribute__((noinline)) threading_status waits_briefly(caller *self) {
    threading_status status = threading_event_wait_timeout(it.event, 0.0005);
    self->index = 0;
    return status;
}

static threading_status waits_again_and_again(caller *self) {
    timer_t timer = signalled_begin(SIGPROF, 20000, 20000);
    while (!atomic_load(&over)) {
        CHECK_STATUS(waits_briefly(self), THREADING_TIMEOUT);
    }
    signalled_end(timer);
    return THREADING_OK;
}

CASE(a_handler_that_calls_leaves_the_site_of_the_wait_that_it_interrupts) {
    enum { SEEN = 2000, SIGNALS = 500 };
    caller other;
    long seen = 0;
    make_all();
    CHECK_STATUS(threading_event_new(&rung), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(0, &counted), THREADING_OK);
    signalled_handle(SIGPROF, calls_too);
    caller_start(&other, FOREIGN, waits_again_and_again, 0, -1);
    for (double limit = threading_monotonic() + CASE_SECONDS / 3;
         (seen < SEEN || atomic_load(&handled) < SIGNALS) && threading_monotonic() < limit;) {
        threading_wait wait;
        if (wait_of_worker(&other.thread, &wait)) {
            CHECK(is_in(wait.site, waits_briefly));
            seen++;
        }
    }
    atomic_store(&over, true);
    caller_end(&other, THREADING_OK);
    printf("%ld looks, %ld signals\n", seen, atomic_load(&handled));
    CHECK(seen >= SEEN && atomic_load(&handled) >= SIGNALS);
    leave();
}

static void calls_and_waits(void *ctx) {
    CHECK_STATUS(threading_event_set(rung), THREADING_OK);
    /* not to synchronise: a call that waits, within one */
    CHECK_STATUS(threading_sleep(0.001), THREADING_OK);
    (void)ctx;
}

static __attribute__((noinline)) threading_status shuts_down(caller *self) {
    threading_status status = threading_shutdown();
    self->index = 0;
    return status;
}

/* The callbacks run before it waits for the threads. */
CASE(a_callback_that_calls_leaves_the_site_of_the_call_that_it_is_in) {
    caller other;
    threading_wait wait;
    make_all();
    CHECK_STATUS(threading_event_new(&rung), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(calls_and_waits, NULL), THREADING_OK);
    caller_start(&other, FOREIGN, shuts_down, 0, -1);
    EVENTUALLY(threading_event_is_set(rung) && wait_of_worker(&other.thread, &wait) &&
               wait.kind == THREADING_KIND_LIBRARY);
    CHECK(is_in(wait.site, shuts_down));
    leave();
}

/* A wait that was interrupted and goes on is at its place still. */
CASE(a_wait_that_goes_on_after_a_handler_is_at_its_place) {
    caller other;
    make_all();
    CHECK_STATUS(threading_event_new(&rung), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(0, &counted), THREADING_OK);
    signalled_handle(SIGPROF, calls_too);
    in_a_thread = &places[6];
    caller_start_asleep(&other, FOREIGN, calls, 0, -1);
    for (long times = 1; times <= 100; times++) {
        threading_wait wait;
        CHECK_NUMBER(pthread_kill(other.thread.foreign, SIGPROF), 0);
        EVENTUALLY(atomic_load(&handled) == times);
        EVENTUALLY(worker_asleep(&other.thread));
        CHECK(wait_of_worker(&other.thread, &wait) && is_in(wait.site, event_wait));
    }
    leave();
}
