/* What the library calls: functions that call it back, now and then, with anything. */
#include "fuzz.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { VALUES = 16, MOST_DEPTH = 2 };

static uint64_t values[VALUES];
_Atomic(int) targets;
_Atomic(bool) winding_up;
_Atomic(uint64_t) fuzz_seed;

void *value_of(unsigned which) { return which % 4 ? &values[which % VALUES] : NULL; }

bool is_value(const void *pointer) {
    uintptr_t offset = (uintptr_t)pointer - (uintptr_t)values;
    return pointer == NULL || (offset < sizeof values && offset % sizeof *values == 0);
}

static struct source fresh_source(void) {
    return (struct source){.seed = atomic_fetch_add(&fuzz_seed, UINT64_C(0xD1B54A32D192ED03))};
}

/* A few calls from inside a callback, whichever thread it runs in. */
static unsigned call_back(unsigned most) {
    struct actor guest = {.source = {.seed = 0}};
    struct actor *actor = current;
    atomic_fetch_add_explicit(&statistics->callbacks, 1, memory_order_relaxed);
    if (!actor) {
        /* Before the target or after it, or in a thread of the library's own. */
        guest.source = fresh_source();
        guest.library = true;
        current = actor = &guest;
    }
    /* What is called at the exit makes no more calls: a timer that it started would keep the
     * process for days. */
    if (actor->depth < MOST_DEPTH && !sweeping && !atomic_load(&winding_up)) {
        actor->depth++;
        for (unsigned count = choose(&actor->source, most); count > 0; count--) {
            step(actor);
        }
        actor->depth--;
    }
    unsigned random = choose(&actor->source, 256);
    if (actor == &guest) {
        objects_sweep();
        current = NULL;
    }
    return random;
}

/* The function of a thread or a timer: it makes calls as the workers do, if there is a seat for
 * it. */
void *fuzz_target(void *arg) {
    (void)arg;
    atomic_fetch_add(&targets, 1);
    /* One that begins when all is being wound up must not wait for anything: nobody would come to
     * the rescue. */
    struct actor *actor = atomic_load(&winding_up) ? NULL : take_seat();
    if (!actor) {
        atomic_fetch_sub(&targets, 1);
        return value_of((unsigned)fresh_source().seed);
    }
    actor->source = fresh_source();
    actor->library = true;
    current = actor;
    for (unsigned count = choose(&actor->source, 6); count > 0; count--) {
        step(actor);
    }
    objects_sweep();
    unsigned way = choose(&actor->source, 16);
    void *result = value_of(choose(&actor->source, 256));
    current = NULL;
    leave_seat(actor);
    atomic_fetch_sub(&targets, 1);
    if (way == 0) {
        before_exit();
        threading_exit(result);
    } else if (way == 1) {
        pthread_exit(result);
    }
    return result;
}

/* Until every function of a thread or a timer that makes calls is over; those that begin later make
 * none. */
void wait_for_targets(void) {
    atomic_store(&winding_up, true);
    while (atomic_load(&targets)) {
        usleep(100); /* not to synchronise: the pace of looking */
    }
}

void clear_hooks(void) {
    threading_set_start_hook(NULL, NULL);
    threading_set_exit_hook(NULL, NULL);
    threading_set_error_hook(NULL, NULL);
    threading_set_excepthook(NULL, NULL);
    threading_set_deadlock_hook(NULL, NULL);
    threading_set_order_hook(NULL, NULL);
}

/* As a callback, but it takes nothing that only this thread can release: the call that it is in
 * goes on to wait. */
static unsigned call_back_carefully(unsigned most) {
    bool outer = careful;
    careful = true;
    unsigned random = call_back(most);
    careful = outer;
    return random;
}

void fuzz_callback(void *ctx) {
    (void)ctx;
    call_back_carefully(3);
}

void fuzz_thread_hook(threading_thread thread, void *ctx) {
    (void)ctx;
    if (THREADING_IS_NULL(thread)) {
        fail("a hook is told which thread it is");
    }
    call_back(3);
}

void fuzz_excepthook(const threading_exception *exception, void *ctx) {
    (void)ctx;
    if (!exception || !exception->type || !is_value(exception->payload)) {
        fail("an excepthook gets a type, and the payload that was reported");
    }
    call_back(3);
}

/* Nobody watches. */
void fuzz_deadlock_hook(const threading_wait *waits, size_t count, threading_certainty certainty,
                        void *ctx) {
    (void)waits;
    (void)count;
    (void)certainty;
    (void)ctx;
    fail("a deadlock hook is called by the watch alone");
}

/* Nothing is inspected. */
void fuzz_order_hook(const threading_order *pairs, size_t count, void *ctx) {
    (void)pairs;
    (void)count;
    (void)ctx;
    fail("an order hook is called while orders are inspected alone");
}

void fuzz_error_hook(const char *function, threading_status status, uint64_t handle, void *ctx) {
    (void)handle;
    (void)ctx;
    if (!function || strncmp(function, "threading_", 10) != 0 || status >= 0 ||
        strlen(threading_status_name(status)) == 0) {
        fail("an error hook gets a function's name and an error");
    }
    if (one_in(&(struct source){.seed = handle + (uint64_t)(uintptr_t)&status}, 64)) {
        call_back(2);
    }
}

bool fuzz_predicate(void *ctx) {
    (void)ctx;
    bool says = call_back_carefully(3) % 2;
    /* An input that has run out cannot say no for ever. */
    return says || (current && current->source.bytes && current->source.left == 0);
}

bool fuzz_action(void *ctx) {
    (void)ctx;
    return call_back(3) % 4;
}

void *fuzz_init(void *ctx) {
    (void)ctx;
    return value_of(call_back(3));
}

void fuzz_destructor(void *value) {
    if (!value || !is_value(value)) {
        fail("a destructor gets a value that was there, and never NULL");
    }
    call_back(3);
}
