/* Memory, mappings and threads that the system refuses: each call answers THREADING_NO_RESOURCES or
 * does its work, nothing is lost, and everything works once there is enough again.
 *
 * This program's own malloc, mmap, pthread_create and the like stand before the C library's, and
 * can be told to fail one of the calls that come. Each failure is tried in a process of its own, in
 * which the library has done nothing before. */
#include "forked.h"
#include "named_kinds.h"
#include "real_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* How many requests come before the one that fails; negative: none fails any more. All: every one
 * from then on. */
static atomic_int left = -1;
static atomic_bool all;
static atomic_int failures;

static bool fails(void) {
    if (atomic_load(&left) < 0 || atomic_fetch_sub(&left, 1) != 0) {
        return false;
    }
    atomic_fetch_add(&failures, 1);
    if (atomic_load(&all)) {
        atomic_store(&left, 0);
    }
    errno = ENOMEM;
    return true;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return fails() ? NULL : __libc_calloc(count, size); }
void *realloc(void *block, size_t size) { return fails() ? NULL : __libc_realloc(block, size); }

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset) {
    if (fails()) {
        return MAP_FAILED;
    }
    return real_mmap(address, length, protection, flags, file, offset);
}

/* Threads that were joined and whose handles no other thread has yet; 0: room for one. Whoever
 * joins such a thread again acts on memory that is not a thread's any more, or is another's. */
enum { MOST_JOINED = 64 };
static _Atomic(pthread_t) joined[MOST_JOINED];
static atomic_int joined_again;

static bool replace_joined(pthread_t old, pthread_t new) {
    for (int i = 0; i < MOST_JOINED; i++) {
        pthread_t found = old;
        if (atomic_compare_exchange_strong(&joined[i], &found, new)) {
            return true;
        }
    }
    return false;
}

int pthread_tryjoin_np(pthread_t thread, void **value) {
    for (int i = 0; i < MOST_JOINED; i++) {
        atomic_fetch_add(&joined_again, atomic_load(&joined[i]) == thread);
    }
    int error = real_pthread_tryjoin_np(thread, value);
    if (error == 0) {
        (void)replace_joined(0, thread);
    }
    return error;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *),
                   void *arg) {
    if (fails()) {
        return EAGAIN;
    }
    /* It may answer with the handle of any of them. */
    for (int i = 0; i < MOST_JOINED; i++) {
        atomic_store(&joined[i], 0);
    }
    int error = real_pthread_create(thread, attributes, routine, arg);
    if (error == 0) {
        (void)replace_joined(*thread, 0);
    }
    return error;
}

int pthread_setspecific(pthread_key_t key, const void *value) {
    static int (*real)(pthread_key_t, const void *);
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_setspecific");
    }
    return fails() ? ENOMEM : real(key, value);
}

static atomic_int refused;

/* Whether a call was refused for want of something; anything else but success is a fault. */
static bool done(threading_status status) {
    if (status == THREADING_NO_RESOURCES) {
        atomic_fetch_add(&refused, 1);
        return false;
    }
    CHECK_STATUS(status, THREADING_OK);
    return true;
}

static threading_event over;
static atomic_int ran, values;

static void *value_of_local(void *ctx) {
    atomic_fetch_add(&values, 1);
    return ctx;
}

static void end_of_value(void *value) {
    (void)value;
    atomic_fetch_sub(&values, 1);
}

static void *waits(void *local) {
    (void)threading_current_name();
    (void)threading_local_get(*(threading_local *)local);
    threading_status status = threading_event_wait(over);
    CHECK(status == THREADING_OK || status == THREADING_NO_RESOURCES);
    atomic_fetch_add(&ran, 1);
    return local;
}

static void *fires(void *arg) {
    atomic_fetch_add(&ran, 1);
    return arg;
}

static void threads_and_timers(threading_local *local) {
    enum { THREADS = 3 };
    threading_thread threads[THREADS] = {THREADING_NULL, THREADING_NULL, THREADING_NULL};
    threading_timer timer = THREADING_NULL;
    int expected = 0;
    for (int i = 0; i < THREADS; i++) {
        if (done(threading_thread_new("a name that somebody gave it", waits, local, &threads[i]))) {
            if (done(threading_thread_start(threads[i]))) {
                expected++;
                (void)done(threading_thread_set_name(threads[i], "another name"));
            } else {
                CHECK_STATUS(threading_thread_destroy(threads[i]), THREADING_OK);
                threads[i] = (threading_thread)THREADING_NULL;
            }
        }
    }
    if (done(threading_timer_new(0.001, fires, NULL, &timer))) {
        bool started = done(threading_timer_start(timer));
        expected += started;
        /* Without a thread for it, it fires when there is one. */
        if (started) {
            atomic_store(&left, -1);
            threading_timer again;
            CHECK_STATUS(threading_timer_new(0, fires, NULL, &again), THREADING_OK);
            CHECK_STATUS(threading_timer_start(again), THREADING_OK);
            CHECK_STATUS(threading_thread_join(threading_timer_thread(again)), THREADING_OK);
            CHECK_STATUS(threading_timer_destroy(again), THREADING_OK);
            expected++;
            CHECK_STATUS(threading_thread_join(threading_timer_thread(timer)), THREADING_OK);
        }
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    }
    CHECK_STATUS(threading_event_set(over), THREADING_OK);
    for (int i = 0; i < THREADS; i++) {
        if (!THREADING_SAME(threads[i], ((threading_thread)THREADING_NULL))) {
            if (!done(threading_thread_finish(threads[i], NULL))) {
                atomic_store(&left, -1);
                CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
            }
        }
    }
    CHECK_NUMBER(atomic_load(&ran), expected);
}

/* Locks beyond the first segment of 65,536, whose memory has to be mapped. */
static void many_locks(void) {
    enum { MANY = 70000 };
    static threading_lock locks[MANY];
    int made = 0;
    while (made < MANY && done(threading_lock_new(&locks[made]))) {
        made++;
    }
    for (int i = 0; i < made; i++) {
        CHECK_STATUS(threading_lock_acquire(locks[i]), THREADING_OK);
        CHECK_STATUS(threading_lock_release(locks[i]), THREADING_OK);
        CHECK_STATUS(threading_lock_destroy(locks[i]), THREADING_OK);
    }
}

/* Names, also one that takes more than the first segment of 65,536 pieces, until there has been
 * such a one: then there is room. An object that is refused a name keeps the one that it had. */
static void names(void) {
    enum { LONG = 3000000 };
    static char long_name[LONG + 1];
    static bool has_room;
    memset(long_name, 'n', LONG);
    FOR_EACH_KIND(k) {
        size_t length = 99;
        /* What it takes to make one is not what is tried here. */
        int refuses = atomic_exchange(&left, -1);
        uint64_t object = make(k);
        atomic_store(&left, refuses);
        bool named = could_rename_to(k, object, "first");
        check_name(k, object, named ? "first" : "");
        size_t wanted = has_room ? 6 : LONG;
        bool renamed = could_rename_to(k, object, has_room ? "second" : long_name);
        has_room = has_room || renamed;
        CHECK_STATUS(k->name(object, NULL, 0, &length), THREADING_OK);
        CHECK_NUMBER(length, renamed ? wanted : named ? 5 : 0);
        rename_to(k, object, NULL);
        end(k, object);
    }
}

static void everything(void) {
    threading_local local = THREADING_NULL;
    threading_condition condition;
    if (!done(threading_event_new(&over))) {
        return;
    }
    bool has_local = done(threading_local_new(value_of_local, end_of_value, &local, &local));
    if (has_local) {
        (void)threading_local_get(local);
        (void)done(threading_local_set(local, &local));
    }
    if (done(threading_condition_new(&condition))) {
        if (done(threading_condition_acquire(condition))) {
            threading_status status = threading_condition_wait_timeout(condition, 0.001);
            CHECK(status == THREADING_TIMEOUT || status == THREADING_NO_RESOURCES);
            CHECK_STATUS(threading_condition_release(condition), THREADING_OK);
        }
        CHECK_STATUS(threading_condition_destroy(condition), THREADING_OK);
    }
    names();
    threads_and_timers(&local);
    many_locks();
    if (has_local) {
        CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    }
    CHECK_STATUS(threading_event_destroy(over), THREADING_OK);
}

static void (*work_after)(void) = everything;

/* One process, in which the request of that number fails, or all from it on. Returns how many
 * failed, which the process tells by its code: a check that fails there ends it with 1. */
enum { NONE_FAILED = 100, MOST_TOLD = 100 };
static int failures_from(int number, bool from_then_on) {
    pid_t pid = forked();
    if (pid == 0) {
        atomic_store(&all, from_then_on);
        atomic_store(&left, number);
        everything();
        atomic_store(&left, -1);
        int failed = atomic_load(&failures);
        atomic_store(&ran, 0);
        work_after();
        CHECK_NUMBER(threading_active_count(), 1);
        CHECK_NUMBER(atomic_load(&joined_again), 0);
        _exit(NONE_FAILED + (failed > MOST_TOLD ? MOST_TOLD : failed));
    }
    int code = exit_code_of(pid);
    CHECK(code >= NONE_FAILED);
    return code - NONE_FAILED;
}

static void each_request_fails_once(bool from_then_on) {
    int number = 0;
    while (failures_from(number, from_then_on) > 0) {
        number++;
    }
    printf("%d requests of the library, each of them refused in a process of its own\n", number);
    CHECK(number >= 10);
}

CASE(one_refused_request_of_the_system_loses_nothing) { each_request_fails_once(false); }

CASE(when_the_system_refuses_everything_nothing_is_lost) { each_request_fails_once(true); }
