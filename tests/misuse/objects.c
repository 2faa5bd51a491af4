/* Makes objects, shows that they work, and ends them; those that threads wait at are in objects_waiting.c. A kind that the
 * header gains gets its entry here and in the tables of generate.py, which stops until it has one. */
#include "misuse.h"

#include <semaphore.h>
#include <stdlib.h>

#define OK(call) CHECK((call) == THREADING_OK)

/* ---- lock ---- */

static uint64_t lock_make(int state) {
    threading_lock lock = THREADING_NULL;
    (void)state;
    OK(threading_lock_new(&lock));
    return lock.bits;
}

static void lock_end(uint64_t bits) {
    OK(threading_lock_destroy((threading_lock){bits}));
}

static uint64_t lock_look(uint64_t bits) {
    return threading_lock_locked((threading_lock){bits});
}

static void lock_use(uint64_t bits) {
    threading_lock lock = {bits};
    OK(threading_lock_try_acquire(lock));
    CHECK(threading_lock_try_acquire(lock) == THREADING_TIMEOUT);
    CHECK(threading_lock_locked(lock));
    OK(threading_lock_release(lock));
    CHECK(!threading_lock_locked(lock));
}

const struct kind lock_kind = {"threading_lock", 1, FRESH, lock_make, lock_end, lock_look, lock_use};

/* ---- rlock ---- */

static uint64_t rlock_make(int state) {
    threading_rlock rlock = THREADING_NULL;
    (void)state;
    OK(threading_rlock_new(&rlock));
    return rlock.bits;
}

static void rlock_end(uint64_t bits) {
    OK(threading_rlock_destroy((threading_rlock){bits}));
}

static uint64_t rlock_look(uint64_t bits) {
    threading_rlock rlock = {bits};
    size_t depth = 0;
    uint64_t owner = threading_rlock_owner(rlock, &depth);
    return owner * 31 + depth * 7 + threading_rlock_locked(rlock);
}

static void rlock_use(uint64_t bits) {
    threading_rlock rlock = {bits};
    OK(threading_rlock_acquire(rlock));
    OK(threading_rlock_try_acquire(rlock));
    CHECK(threading_rlock_depth(rlock) == 2);
    CHECK(threading_rlock_owner(rlock, NULL) == threading_get_ident());
    OK(threading_rlock_release(rlock));
    OK(threading_rlock_release(rlock));
    CHECK(!threading_rlock_locked(rlock));
}

const struct kind rlock_kind = {"threading_rlock", 1, FRESH, rlock_make, rlock_end, rlock_look, rlock_use};

/* ---- thread ---- */

/* A running thread runs until its `end` opens its gate. */
struct gate {
    uint64_t bits;
    sem_t open;
    struct gate *next;
};
static struct gate *gates;

static void *thread_main(void *arg) {
    struct gate *held_by = arg;
    while (held_by && sem_wait(&held_by->open) != 0) {
    }
    return NULL;
}

static uint64_t thread_make(int state) {
    threading_thread thread = THREADING_NULL;
    struct gate *held_by = NULL;
    if (state == THREAD_RUNNING) {
        held_by = malloc(sizeof *held_by);
        CHECK(held_by && sem_init(&held_by->open, 0, 0) == 0);
    }
    OK(threading_thread_new("canary", thread_main, held_by, &thread));
    if (held_by) {
        held_by->bits = thread.bits;
        held_by->next = gates;
        gates = held_by;
    }
    if (state != FRESH) {
        OK(threading_thread_start(thread));
    }
    if (state == THREAD_ENDED) {
        OK(threading_thread_join(thread));
    }
    return thread.bits;
}

static void thread_open_gate(uint64_t bits) {
    for (struct gate *one = gates; one; one = one->next) {
        if (one->bits == bits) {
            CHECK(sem_post(&one->open) == 0);
            return;
        }
    }
}

static bool thread_was_started(threading_thread thread) {
    return threading_thread_ident(thread) != 0;
}

/* A running one is given up first: its handle is stale once it has ended. */
static void thread_end(uint64_t bits) {
    threading_thread thread = {bits};
    bool running = threading_thread_is_alive(thread);
    OK(threading_thread_destroy(thread));
    if (running) {
        CHECK(threading_thread_is_alive(thread));
        thread_open_gate(bits);
        threading_status status = threading_thread_join(thread);
        CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
    }
}

static uint64_t thread_look(uint64_t bits) {
    threading_thread thread = {bits};
    char name[STORAGE] = "";
    uint64_t number = threading_thread_ident(thread) * 31;
    number += threading_thread_daemon(thread) ? 2 : 0;
    number += threading_thread_is_alive(thread) ? 1 : 0;
    OK(threading_thread_name(thread, name, sizeof name, NULL));
    for (const char *letter = name; *letter; letter++) {
        number = number * 31 + (unsigned char)*letter;
    }
    return number;
}

static void thread_use(uint64_t bits) {
    threading_thread thread = {bits};
    if (!thread_was_started(thread)) {
        OK(threading_thread_set_daemon(thread, !threading_thread_daemon(thread)));
        OK(threading_thread_set_daemon(thread, !threading_thread_daemon(thread)));
    } else if (threading_thread_is_alive(thread)) {
        CHECK(threading_thread_join_timeout(thread, 0) == THREADING_TIMEOUT);
        CHECK(threading_thread_native_id(thread) != 0);
    } else {
        void *result = &result;
        OK(threading_thread_join(thread));
        OK(threading_thread_result(thread, &result));
        CHECK(result == NULL);
    }
}

const struct kind thread_kind = {"threading_thread", 3, THREAD_RUNNING, thread_make, thread_end, thread_look, thread_use};

/* ---- timer ---- */

enum { LONG = 1000 };

/* Its thread has a handle, too, which ends with it. */
static uint64_t timer_make(int state) {
    threading_timer timer = THREADING_NULL;
    OK(threading_timer_new(LONG, valid_target, NULL, &timer));
    if (state == TIMER_PENDING) {
        OK(threading_timer_start(timer));
    }
    note_issued(&thread_kind, threading_timer_thread(timer).bits);
    return timer.bits;
}

static void timer_end(uint64_t bits) {
    threading_timer timer = {bits};
    threading_thread thread = threading_timer_thread(timer);
    bool prevented = false;
    OK(threading_timer_cancel(timer, &prevented));
    CHECK(prevented);
    OK(threading_timer_destroy(timer));
    note_ended(&thread_kind, thread.bits);
}

static uint64_t timer_look(uint64_t bits) {
    threading_thread thread = threading_timer_thread((threading_timer){bits});
    return thread.bits * 31 + threading_thread_is_alive(thread) * 2 + threading_thread_daemon(thread);
}

static void timer_use(uint64_t bits) {
    threading_thread thread = threading_timer_thread((threading_timer){bits});
    if (threading_thread_is_alive(thread)) {
        CHECK(threading_thread_join_timeout(thread, 0) == THREADING_TIMEOUT);
    } else {
        OK(threading_thread_set_daemon(thread, !threading_thread_daemon(thread)));
        OK(threading_thread_set_daemon(thread, !threading_thread_daemon(thread)));
    }
}

const struct kind timer_kind = {"threading_timer", TIMER_STATES, FRESH, timer_make, timer_end, timer_look, timer_use};

/* ---- local ---- */

/* Any address will do. */
static int local_value;

static uint64_t local_make(int state) {
    threading_local local = THREADING_NULL;
    OK(threading_local_new(valid_init, valid_destructor, NULL, &local));
    if (state == LOCAL_SET) {
        OK(threading_local_set(local, &local_value));
    }
    return local.bits;
}

static void local_end(uint64_t bits) {
    OK(threading_local_destroy((threading_local){bits}));
}

static uint64_t local_look(uint64_t bits) {
    return (uint64_t)(uintptr_t)threading_local_get((threading_local){bits});
}

static void local_use(uint64_t bits) {
    threading_local local = {bits};
    void *value = threading_local_get(local);
    OK(threading_local_set(local, &local));
    CHECK(threading_local_get(local) == &local);
    OK(threading_local_delete(local));
    CHECK(threading_local_get(local) == NULL);
    OK(threading_local_set(local, value));
}

const struct kind local_kind = {"threading_local", LOCAL_STATES, LOCAL_SET, local_make, local_end, local_look, local_use};

/* ---- callbacks ---- */

void *valid_target(void *arg) {
    return arg;
}

void valid_callback(void *ctx) {
    (void)ctx;
}

void valid_thread_hook(threading_thread thread, void *ctx) {
    (void)thread;
    (void)ctx;
}

void valid_excepthook(const threading_exception *exception, void *ctx) {
    (void)exception;
    (void)ctx;
}

bool valid_predicate(void *ctx) {
    (void)ctx;
    return true;
}

bool valid_action(void *ctx) {
    (void)ctx;
    return true;
}

void *valid_init(void *ctx) {
    return ctx;
}

void valid_destructor(void *value) {
    CHECK(value != NULL);
}
