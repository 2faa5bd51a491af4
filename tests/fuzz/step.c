/* One call: chosen, announced to those who watch, made, judged, and remembered. */
#include "fuzz.h"

#include <string.h>

struct actor actors[MOST_ACTORS];
_Thread_local struct actor *current;
_Thread_local bool careful;

struct actor *take_seat(void) {
    for (int index = 0; index < MOST_ACTORS; index++) {
        bool seated = false;
        if (atomic_compare_exchange_strong(&actors[index].seated, &seated, true)) {
            actors[index].worker = false;
            actors[index].library = false;
            actors[index].depth = 0;
            atomic_store(&actors[index].ident, threading_get_ident());
            actors[index].swept = atomic_load(&sweeps);
            return &actors[index];
        }
    }
    return NULL;
}

void leave_seat(struct actor *actor) { atomic_store(&actor->seated, false); }

/* ---- what the objects' shelves have to know ---- */

static void remember_end(const struct call *call, int32_t status) {
    enum kind kind = call->function->parameters[0].kind;
    uint64_t bits = call->arguments[0].bits;
    if (status == THREADING_OK && bits != 0) {
        atomic_fetch_add(&objects_destroyed[kind], 1);
        objects_forget(kind, bits, object_kinds[kind].is_gone(bits));
    } else if (status == THREADING_DESTROYED) {
        /* What was invalid may be a handle that another thread is given at this very moment. */
        objects_forget(kind, bits, false);
    }
}

static bool is_about_owned(const struct function *function) {
    enum kind kind = function->count ? function->parameters[0].kind : KINDS;
    return kind != KINDS && object_kinds[kind].traits & OBJECT_OWNED;
}

/* What is held then only this thread can release. */
static bool takes_for_itself(const struct function *function) {
    return is_about_owned(function) && strstr(function->name, "acquire");
}

static void remember(const struct call *call, const struct answer *answer) {
    const struct function *function = call->function;
    for (int index = 0; index < function->count; index++) {
        if (function->parameters[index].role == OUT_HANDLE && answer->status == THREADING_OK &&
            call->arguments[index].pointer) {
            atomic_fetch_add(&objects_made[function->parameters[index].kind], 1);
            objects_add(function->parameters[index].kind, call->storage[index].aligned);
        }
    }
    if (takes_for_itself(function) && answer->status == THREADING_OK) {
        /* A made-up handle may be right, before its maker has shown it to anybody: who holds it
         * must find it again. */
        objects_add(function->parameters[0].kind, call->arguments[0].bits);
    }
    if (function->destroys || strcmp(function->name, "threading_thread_finish") == 0 ||
        strcmp(function->name, "threading_future_finish") == 0) {
        remember_end(call, answer->status);
    }
    if (function->count && function->parameters[0].role == HANDLE_POINTER &&
        call->arguments[0].bits == 0 && answer->value != 0) {
        atomic_fetch_add(&objects_made[function->returns],
                         call->arguments[0].pointer == call->storage[0].bytes);
        objects_add(function->returns, answer->value);
    }
}

/* ---- the call ---- */

static void count_call(const struct function *function, const struct answer *answer) {
    size_t index = (size_t)(function - functions);
    atomic_fetch_add_explicit(&statistics->calls[index], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&statistics->total, 1, memory_order_relaxed);
    if (function->answers == ANSWERS_STATUS && answer->status >= -STATUS_SHIFT &&
        answer->status < STATUS_SHIFT) {
        atomic_fetch_add_explicit(&statistics->statuses[index][answer->status + STATUS_SHIFT], 1,
                                  memory_order_relaxed);
    }
}

void make_call(struct actor *actor, struct call *call) {
    /* A callback makes calls inside a call, which goes on afterwards. */
    const struct function *outer = atomic_load(&actor->function);
    struct argument outer_arguments[MOST_PARAMETERS];
    memcpy(outer_arguments, actor->arguments, sizeof outer_arguments);
    memcpy(actor->arguments, call->arguments, sizeof actor->arguments);
    atomic_store(&actor->bits, call->arguments[0].bits);
    atomic_store(&actor->began, now());
    atomic_store(&actor->function, call->function);

    struct answer answer = call->function->call(call->arguments);

    memcpy(actor->arguments, outer_arguments, sizeof outer_arguments);
    atomic_store(&actor->bits, outer_arguments[0].bits);
    atomic_store(&actor->began, now());
    atomic_store(&actor->function, outer);
    if (strcmp(call->function->name, "threading_set_stack_size") == 0) {
        /* With stacks larger than any memory nothing would start any more. */
        threading_set_stack_size(0);
    }
    judge(call, &answer);
    count_call(call->function, &answer);
    remember(call, &answer);
}

/* Or for tasks, which are threads too. */
static bool waits_for_a_thread(const struct function *function) {
    enum kind kind = function->parameters[0].kind;
    return function->parameters[0].role == HANDLE &&
           (kind == KIND_THREAD || kind == KIND_FUTURE || kind == KIND_EXECUTOR);
}

/* What the shelves keep is enough: then the call is one that makes room. */
static const struct function *or_destroy(const struct function *function, bool *destroy_live) {
    enum kind kind = KINDS;
    for (int index = 0; index < function->count; index++) {
        if (function->parameters[index].role == OUT_HANDLE ||
            function->parameters[index].role == HANDLE_POINTER) {
            kind = function->parameters[index].kind;
        }
    }
    if (kind == KINDS || !objects_full(kind)) {
        return function;
    }
    for (int index = 0; index < function_count; index++) {
        if (functions[index].destroys && functions[index].parameters[0].kind == kind) {
            *destroy_live = true;
            return &functions[index];
        }
    }
    return function;
}

/* Whether this thread may make this call here. */
static bool is_allowed(const struct actor *actor, const struct call *call) {
    static _Atomic(int) registered;
    const struct function *function = call->function;
    if (function->ends == ENDS_THREAD) {
        return !actor->library;
    }
    if (function->ends == ENDS_LIBRARY &&
        (function->count == 0 || (library_ends && actor->depth > 0))) {
        return false;
    }
    if (strcmp(function->name, "threading_register_atexit") == 0 && call->arguments[0].given) {
        /* They are kept to the end. */
        return atomic_fetch_add(&registered, 1) < 100;
    }
    if (careful && takes_for_itself(function)) {
        return false;
    }
    if (!call->unbounded) {
        return true;
    }
    if (!atomic_load(&actor->seated) || actor->depth > 0) {
        return false;
    }
    if (waits_for_a_thread(function)) {
        return actor->worker && !is_protected(call->arguments[0].bits);
    }
    return true;
}

/* Whoever waits without a limit holds nothing that only he can release, so that there is always
 * somebody who goes on. */
static void let_go(struct actor *actor, const struct call *call) {
    unsigned asked = atomic_load(&sweeps);
    bool takes = takes_for_itself(call->function) ||
                 (call->function->count && waits_for_a_thread(call->function));
    if (actor->depth == 0 && (actor->swept != asked || (call->unbounded && takes))) {
        actor->swept = asked;
        objects_sweep();
    }
}

static threading_status take(enum kind kind, uint64_t bits, double seconds) {
    for (int index = 0; index < WAIT_KINDS; index++) {
        if (wait_kinds[index].kind == kind && wait_kinds[index].held) {
            return wait_kinds[index].within(bits, seconds);
        }
    }
    return THREADING_INVALID_HANDLE;
}

/* What is right only for whoever holds the object would hardly ever be so by chance. */
static void hold(struct actor *actor, const struct call *call) {
    const struct function *function = call->function;
    uint64_t bits = call->arguments[0].bits;
    bool needs_it = is_about_owned(function) && function->parameters[0].role == HANDLE &&
                    function->answers == ANSWERS_STATUS && !function->destroys &&
                    !takes_for_itself(function);
    if (careful || !needs_it || !one_in(&actor->source, 2)) {
        return;
    }
    enum kind kind = function->parameters[0].kind;
    if (take(kind, bits, 1e-4) == THREADING_OK) {
        objects_add(kind, bits);
        if (one_in(&actor->source, 8)) {
            take(kind, bits, 0);
        }
    }
}

/* False: the source of choices has run out. */
bool step(struct actor *actor) {
    struct call call;
    for (int attempt = 0; attempt < 16; attempt++) {
        if (actor->source.bytes && actor->source.left == 0) {
            return false;
        }
        bool destroy_live = false;
        memset(&call, 0, offsetof(struct call, storage));
        call.function =
            or_destroy(&functions[choose(&actor->source, (unsigned)function_count)], &destroy_live);
        bool limited = false;
        for (int index = 0; index < call.function->count; index++) {
            limited = limited || call.function->parameters[index].role == SECONDS;
        }
        call.unbounded = call.function->blocks && !limited;
        /* They cost a rescue each. */
        if (call.unbounded && !one_in(&actor->source, 24)) {
            continue;
        }
        choose_arguments(actor, &call, destroy_live);
        if (is_allowed(actor, &call)) {
            let_go(actor, &call);
            hold(actor, &call);
            make_call(actor, &call);
            return true;
        }
    }
    return true;
}
