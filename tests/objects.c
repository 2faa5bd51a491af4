/* The functions and the tables that objects.def stands for. */
#include "objects.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CHECK(condition) object_check((condition), #condition, __FILE__, __LINE__)
#define OK(call) check_ok((call), #call, __FILE__, __LINE__)

static void check_ok(threading_status status, const char *call, const char *file, int line) {
    char text[256];
    if (status != THREADING_OK) {
        snprintf(text, sizeof text, "%s is %s", call, threading_status_name(status));
    }
    object_check(status == THREADING_OK, status == THREADING_OK ? call : text, file, line);
}

void object_right(const char *call, threading_status status, threading_status one,
                  threading_status other) {
    check_ok(status == one || status == other ? THREADING_OK : status, call, __FILE__, __LINE__);
}

__attribute__((weak)) void object_issued(enum kind kind, uint64_t bits) { (void)kind, (void)bits; }
__attribute__((weak)) void object_ended(enum kind kind, uint64_t bits) { (void)kind, (void)bits; }

#ifdef THREADING_WAITS
_Static_assert(WAIT_KINDS == THREADING_WAITS,
               "CMake reads the waits of objects.def as the compiler does");
#endif

/* ---- callbacks ---- */

static int a_value; /* any address will do */

static void *returns(void *arg) { return arg; }

static bool agrees(void *ctx) {
    (void)ctx;
    return true;
}

static void is_destroyed(void *value) { CHECK(value != NULL); }

/* ---- threads and timers ---- */

/* A running thread runs until its door is opened. It waits for that without the C library's locks
 * and the library's, since a suite may have made either useless. */
typedef struct door {
    uint64_t bits;
    pid_t process; /* in which the thread is */
    int file;
    struct door *next;
} door;
static door *doors;

static void *wait_at_door(void *arg) {
    door *self = arg;
    uint64_t opened;
    while (read(self->file, &opened, sizeof opened) < 0) {
    }
    close(self->file);
    free(self);
    return NULL;
}

static threading_status spawn_at_door(threading_thread *it) {
    door *one = malloc(sizeof *one);
    CHECK(one && (one->file = eventfd(0, 0)) >= 0);
    threading_status status = threading_thread_spawn_daemon("canary", wait_at_door, one, it);
    one->process = getpid();
    one->bits = it->bits;
    one->next = doors;
    doors = one;
    return status;
}

/* A forked child has the door, but no thread waits there: the file is that of the parent's. */
static threading_status open_door(uint64_t bits) {
    const uint64_t opened = 1;
    for (door **place = &doors; *place; place = &(*place)->next) {
        door *one = *place;
        if (one->bits == bits) {
            *place = one->next; /* the thread frees it */
            bool is_here = one->process == getpid();
            CHECK(!is_here || write(one->file, &opened, sizeof opened) == sizeof opened);
            break;
        }
    }
    return THREADING_OK;
}

static uint64_t look_at_thread(threading_thread thread) {
    char name[64] = "";
    uint64_t number = threading_thread_ident(thread) * 31 + threading_thread_daemon(thread) * 2 +
                      threading_thread_is_alive(thread);
    OK(threading_thread_name(thread, name, sizeof name, NULL));
    for (const char *letter = name; *letter; letter++) {
        number = number * 31 + (unsigned char)*letter;
    }
    return number;
}

static void use_thread(threading_thread thread) {
    if (threading_thread_is_alive(thread)) {
        CHECK(threading_thread_join_timeout(thread, 0) == THREADING_TIMEOUT);
    } else if (threading_thread_ident(thread) == 0) {
        OK(threading_thread_set_daemon(thread, !threading_thread_daemon(thread)));
        OK(threading_thread_set_daemon(thread, !threading_thread_daemon(thread)));
    } else {
        void *result = &result;
        OK(threading_thread_join(thread));
        OK(threading_thread_result(thread, &result));
        CHECK(result == NULL);
    }
}

/* A running one is given up first: its handle is stale once it has ended. */
static void end_thread(threading_thread it) {
    bool running = threading_thread_is_alive(it);
    OK(threading_thread_destroy(it));
    if (running) {
        CHECK(threading_thread_is_alive(it));
        open_door(it.bits);
        threading_status status = threading_thread_join(it);
        CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
    }
}

/* Its thread has a handle, too, which ends with it. */
static void make_timer(threading_timer *it) {
    OK(threading_timer_new(1000, returns, NULL, it));
    object_issued(KIND_THREAD, threading_timer_thread(*it).bits);
}

static void end_timer(threading_timer it) {
    threading_thread thread = threading_timer_thread(it);
    bool prevented = false;
    OK(threading_timer_cancel(it, &prevented));
    CHECK(prevented);
    OK(threading_timer_destroy(it));
    object_ended(KIND_THREAD, thread.bits);
}

/* ---- conditions ---- */

/* The lock of each is made here, so that somebody knows its handle. */
typedef struct underneath {
    uint64_t bits, lock;
    enum kind kind;
    struct underneath *next;
} underneath;
static underneath *underneaths;

static void make_condition(threading_condition *it, enum kind kind) {
    underneath *one = malloc(sizeof *one);
    CHECK(one);
    uint64_t lock = object_kinds[kind].make(FRESH);
    object_issued(kind, lock);
    OK(kind == KIND_LOCK ? threading_condition_new_with_lock((threading_lock){lock}, it)
                         : threading_condition_new_with_rlock((threading_rlock){lock}, it));
    *one = (underneath){it->bits, lock, kind, underneaths};
    underneaths = one;
}

static void end_condition(threading_condition it) {
    if (threading_condition_locked(it)) {
        OK(threading_condition_release(it));
    }
    OK(threading_condition_destroy(it));
    for (underneath **place = &underneaths; *place; place = &(*place)->next) {
        underneath *one = *place;
        if (one->bits == it.bits) {
            object_kinds[one->kind].end(one->lock);
            object_ended(one->kind, one->lock);
            *place = one->next;
            free(one);
            break;
        }
    }
}

static bool always(void *ctx) { return ctx != NULL; }

/* Nobody waits, so a notify wakes nobody and a wait ends with its time. */
static void use_condition(threading_condition it) {
    bool held = threading_condition_locked(it);
    OK(threading_condition_acquire(it));
    OK(threading_condition_notify_all(it));
    CHECK(threading_condition_wait_timeout(it, 0) == THREADING_TIMEOUT);
    OK(threading_condition_wait_for(it, always, &it));
    CHECK(threading_condition_locked(it));
    OK(threading_condition_release(it));
    CHECK(threading_condition_locked(it) == held);
}

static _Atomic(uint64_t) notified;

static bool was_notified(void *ctx) {
    return atomic_load(&notified) == ((threading_condition *)ctx)->bits;
}

static threading_status notify(threading_condition it) {
    OK(threading_condition_acquire(it));
    atomic_store(&notified, it.bits);
    OK(threading_condition_notify_all(it));
    return threading_condition_release(it);
}

static threading_status release_after(threading_condition it, threading_status status) {
    OK(threading_condition_release(it));
    return status;
}

#include "objects_rwlocks.h"

/* ---- the others ---- */

static void use_semaphore(threading_semaphore it) {
    size_t value = threading_semaphore_value(it);
    for (size_t taken = 0; taken < value; taken++) {
        OK(threading_semaphore_acquire(it));
    }
    CHECK(threading_semaphore_try_acquire(it) == THREADING_TIMEOUT);
    OK(value == 0 ? THREADING_OK : threading_semaphore_release_n(it, value));
    CHECK(threading_semaphore_value(it) == value);
}

#include "objects_stop.h"
#include "objects_queue.h"
#include "objects_executor.h"

static void use_barrier(threading_barrier it) {
    bool broken = threading_barrier_broken(it);
    size_t index = 4711;
    OK(threading_barrier_reset(it));
    CHECK(!threading_barrier_broken(it));
    if (threading_barrier_parties(it) == 1) {
        OK(threading_barrier_wait(it, &index));
        CHECK(index == 0);
    } else {
        CHECK(threading_barrier_wait_timeout(it, 0, &index) == THREADING_TIMEOUT);
        CHECK(index == 4711);
        CHECK(threading_barrier_broken(it));
    }
    OK(broken ? threading_barrier_abort(it) : threading_barrier_reset(it));
}

/* Whoever waits in vain breaks it for all. */
static threading_status whole_after(threading_barrier it, threading_status status) {
    OK(status == THREADING_TIMEOUT ? threading_barrier_reset(it) : THREADING_OK);
    return status;
}

static void use_local(threading_local it) {
    void *value = threading_local_get(it);
    OK(threading_local_set(it, &it));
    CHECK(threading_local_get(it) == &it);
    OK(threading_local_delete(it));
    CHECK(threading_local_get(it) == NULL);
    OK(threading_local_set(it, value));
}

/* ---- the functions of each row ---- */

/* One that the row lacks does not compile: nothing is returned. */
#define OBJECT(NAME, name, parts)                                                                  \
    static uint64_t make_one_##name(int state) {                                                   \
        threading_##name it = THREADING_NULL;                                                      \
        switch (state) { parts }                                                                   \
        return it.bits;                                                                            \
    }                                                                                              \
    _Static_assert(NAME##_STATES > 0, "a row says how to make one");
#define MAKE(state, statements)                                                                    \
    case state:                                                                                    \
        statements break;
#include "objects.def"

#define ON_ONE(type, name, what, parts)                                                            \
    static type what##_##name##_row(uint64_t bits) {                                               \
        threading_##name it = {bits};                                                              \
        (void)it;                                                                                  \
        parts                                                                                      \
    }
#define OBJECT(NAME, name, parts) ON_ONE(uint64_t, name, look, parts)
#define LOOK(number) return number;
#include "objects.def"
#define OBJECT(NAME, name, parts) ON_ONE(bool, name, use, parts)
#define USE(statements) statements return true;
#include "objects.def"
#define OBJECT(NAME, name, parts)                                                                  \
    ON_ONE(threading_status, name, destroy, return threading_##name##_destroy(it);)                \
    ON_ONE(bool, name, try_end, parts)                                                             \
    static void end_##name##_row(uint64_t bits) {                                                  \
        CHECK(try_end_##name##_row(bits) && destroy_##name##_row(bits) == THREADING_DESTROYED);    \
    }
#define END(statements) statements return true;
#include "objects.def"

#define OBJECT(NAME, name, parts)                                                                  \
    static uint64_t make_played_##name(void) {                                                     \
        threading_##name it = THREADING_NULL;                                                      \
        parts return it.bits;                                                                      \
    }
#define PLAY(make, statements) OK(make);
#include "objects.def"
#define OBJECT(NAME, name, parts)                                                                  \
    static void play_##name(uint64_t bits, object_judge judge) {                                   \
        threading_##name it = {bits};                                                              \
        (void)it, (void)judge;                                                                     \
        parts                                                                                      \
    }
#define PLAY(make, statements) statements
#define MUST(call) judge(#call, (call), THREADING_OK, THREADING_OK)
#define MAY(call, one, other) judge(#call, (call), one, other)
#include "objects.def"

#define OBJECT(NAME, name, parts) ON_ONE(void, name, let_go, parts)
#define LET_GO(statements) statements
#include "objects.def"
#define OBJECT(NAME, name, parts) ON_ONE(bool, name, is_gone, parts return true;)
#define RUNS(call) return (call) == THREADING_DESTROYED;
#include "objects.def"
#define OBJECT(NAME, name, parts)                                                                  \
    ON_ONE(threading_status, name, rescue, parts return THREADING_TIMEOUT;)
#define RESCUE(status, call)                                                                       \
    call;                                                                                          \
    return status;
#include "objects.def"

const object_kind object_kinds[KINDS] = {
#define OBJECT(NAME, name, parts)                                                                  \
    [KIND_##NAME] = {"threading_" #name,  NAME##_STATES,        0 parts,                           \
                     make_one_##name,     end_##name##_row,     look_##name##_row,                 \
                     use_##name##_row,    make_played_##name,   play_##name,                       \
                     let_go_##name##_row, destroy_##name##_row, is_gone_##name##_row,              \
                     rescue_##name##_row},
#define OWNED | OBJECT_OWNED
#define RUNS(call) | OBJECT_RUNS
#define RESCUE(status, call) | OBJECT_RESCUED
#include "objects.def"
};

/* ---- the waits ---- */

#define NOT_HELD
#define HELD(call) OK(call);
#define HANDLER(call) OK(call)
#define THREAD(call) OK(call)
#define HOLDING(call) release_after(it, (OK(threading_condition_acquire(it)), (call)))
#define WAIT_FUNCTION(type, name, call, what, parameters, statements)                              \
    static type name##_##call##_##what parameters {                                                \
        threading_##name it = {bits};                                                              \
        (void)it;                                                                                  \
        statements                                                                                 \
    }
#define OBJECT(NAME, name, parts) parts
#define WAIT(name, call, make, holds, wait, wait_within, gives)                                    \
    static uint64_t name##_##call##_make(void) {                                                   \
        threading_##name it = THREADING_NULL;                                                      \
        OK(make);                                                                                  \
        return it.bits;                                                                            \
    }                                                                                              \
    WAIT_FUNCTION(void, name, call, hold, (uint64_t bits), holds)                                  \
    WAIT_FUNCTION(threading_status, name, call, without, (uint64_t bits), return wait;)            \
    WAIT_FUNCTION(threading_status, name, call, within, (uint64_t bits, double seconds),           \
                  return wait_within;)                                                             \
    WAIT_FUNCTION(void, name, call, comes, (uint64_t bits), gives;)
#include "objects.def"
#undef NOT_HELD
#undef HELD
#undef HANDLER
#undef THREAD

enum {
#define OBJECT(NAME, name, parts) kind_of_##name = KIND_##NAME,
#include "objects.def"
};

const wait_kind wait_kinds[WAIT_KINDS] = {
#define NOT_HELD false
#define HELD(call) true
#define HANDLER(call) true
#define THREAD(call) false
#define OBJECT(NAME, name, parts) parts
#define WAIT(name, call, make, holds, wait, wait_within, gives)                                    \
    {#name "_" #call,                                                                              \
     (enum kind)kind_of_##name,                                                                    \
     holds,                                                                                        \
     gives,                                                                                        \
     name##_##call##_make,                                                                         \
     name##_##call##_hold,                                                                         \
     name##_##call##_without,                                                                      \
     name##_##call##_within,                                                                       \
     name##_##call##_comes},
#include "objects.def"
};
