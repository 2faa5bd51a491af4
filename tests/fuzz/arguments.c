/* Chooses the arguments of a call: ordinary ones mostly, and every kind of wrong and extreme
 * one. */
#include "fuzz.h"

#include <fcntl.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* How a handle is made up: kind (6 bits), generation (26), index (32). */
enum { KIND_SHIFT = 58 };
#define KIND_MASK (~UINT64_C(0) << KIND_SHIFT)

/* The main thread and the workers, whose end nobody may wait for without a limit. */
static _Atomic(uint64_t) protected[MOST_ACTORS];

void protect(uint64_t bits) {
    for (int index = 0; index < MOST_ACTORS; index++) {
        uint64_t expected = 0;
        if (atomic_compare_exchange_strong(&protected[index], &expected, bits)) {
            return;
        }
    }
    fail("more threads than can be protected");
}

bool is_protected(uint64_t bits) {
    for (int index = 0; index < MOST_ACTORS; index++) {
        if (bits && atomic_load(&protected[index]) == bits) {
            return true;
        }
    }
    return false;
}

/* ---- handles ---- */

/* Threads that nobody made by hand. */
static uint64_t borrowed_thread(struct source *source) {
    threading_thread listed[8];
    size_t count;
    switch (choose(source, 4)) {
    case 0:
        return threading_main_thread().bits;
    case 1:
        return threading_current_thread().bits;
    case 2:
        return threading_timer_thread(
                   (threading_timer){objects_live(KIND_TIMER, choose(source, 256))})
            .bits;
    default:
        count = threading_enumerate(listed, COUNT_OF(listed));
        return count ? listed[choose(source, (unsigned)count)].bits : 0;
    }
}

static void choose_handle(struct source *source, enum kind kind, struct argument *argument) {
    unsigned which = choose(source, 256);
    enum kind other = (enum kind)((kind + 1 + choose(source, KINDS - 1)) % KINDS);
    uint64_t live = objects_live(kind, choose(source, 256));
    argument->standing = UNKNOWN;
    if (which < 180) {
        argument->bits = kind == KIND_THREAD && which < 40 ? borrowed_thread(source) : live;
    } else if (which < 205) {
        argument->bits = objects_ended(kind, choose(source, 256));
        argument->standing = ENDED;
    } else if (which < 212) {
        argument->bits = 0;
    } else if (which < 226) {
        argument->bits = objects_live(other, choose(source, 256));
        argument->standing = FOREIGN;
    } else if (which < 232) {
        argument->bits = objects_ended(other, choose(source, 256));
        argument->standing = FOREIGN;
    } else if (which < 244) {
        argument->bits = live ^ UINT64_C(1) << choose(source, 64);
    } else if (which < 250) {
        argument->bits = (any_number(source) & 0xFFFFFFFF) | (live & ~UINT64_C(0xFFFFFFFF));
    } else if (which < 253) {
        argument->bits = (any_number(source) & ~KIND_MASK) | (live & KIND_MASK);
    } else {
        argument->bits = any_number(source);
    }
    if (argument->bits == 0) {
        argument->standing = NOTHING;
    }
}

/* ---- times ---- */

/* `forever` is there for the fuzzer's own functions only: those that somebody ends. */
static double choose_seconds(struct source *source, bool forever) {
    static const double odd[] = {
        0, -0.0, -1, -INFINITY, -DBL_MAX, DBL_MIN, 4.9406564584124654e-324, 1e-9, 1e-300, 1e-6};
    static const double wrong[] = {NAN, -NAN, 9223372037.0, DBL_MAX, 1e300};
    static const double endless[] = {INFINITY, THREADING_TIMEOUT_MAX, 1e9, 3600};
    if (forever && one_in(source, 48)) {
        return endless[choose(source, COUNT_OF(endless))];
    }
    switch (choose(source, 8)) {
    case 0:
        return wrong[choose(source, COUNT_OF(wrong))];
    case 1:
    case 2:
    case 3:
        return odd[choose(source, COUNT_OF(odd))];
    default:
        return (double)choose(source, 100) * 1e-6;
    }
}

static bool seconds_are_wrong(double seconds) {
    return isnan(seconds) || (isfinite(seconds) && seconds > THREADING_TIMEOUT_MAX);
}

/* ---- plain numbers, by the parameter's name ---- */

/* One that takes all that is written, and others that take nothing. */
static size_t choose_descriptor(struct source *source) {
    static atomic_int nowhere;
    int opened = atomic_load(&nowhere);
    if (opened == 0) {
        opened = open("/dev/null", O_WRONLY | O_CLOEXEC);
        atomic_store(&nowhere, opened);
    }
    return choose(source, 4) == 0 ? (size_t)opened : choose(source, 2) == 0 ? SIZE_MAX : 1 << 20;
}

static size_t choose_number(struct source *source, const struct function *function,
                            const char *name) {
    static const size_t counts[] = {
        0, 1, 2, 3, 7, THREADING_SEMAPHORE_MAX, THREADING_SEMAPHORE_MAX + 1, SIZE_MAX};
    static const size_t parties[] = {1, 2, 2, 2, 3, 3, 4, 0, 67108863, 67108864, SIZE_MAX};
    static const size_t sizes[] = {
        1, 2, 2, 3, 7, 8, 16, 16, 0, 1000, THREADING_QUEUE_MAX + (size_t)1, SIZE_MAX};
    static const size_t workers[] = {0,       1, 1, 2, 3, 5, THREADING_EXECUTOR_MAX + (size_t)1,
                                     SIZE_MAX};
    static const size_t bytes[] = {0, 65536, 65536,          1 << 18,         1 << 20,
                                   1, 32767, SIZE_MAX >> 24, SIZE_MAX - 4096, SIZE_MAX};
    static const size_t statuses[] = {0,           1,           2,           3,
                                      4,           1000,        INT_MAX,     (size_t)-1,
                                      (size_t)-14, (size_t)-15, (size_t)-16, (size_t)INT_MIN};
    /* No more and no less than others: the machine has other work. */
    static const size_t priorities[] = {THREADING_PRIORITY_NORMAL, 3, (size_t)-2, INT_MAX,
                                        (size_t)INT_MIN};
    if (strcmp(name, "fd") == 0) {
        return choose_descriptor(source);
    }
    if (strcmp(name, "what") == 0) {
        return choose(source, 5);
    }
    if (strcmp(name, "priority") == 0) {
        return priorities[choose(source, COUNT_OF(priorities))];
    }
    if (strcmp(name, "parties") == 0) {
        return parties[choose(source, COUNT_OF(parties))];
    }
    if (strcmp(name, "max_workers") == 0) {
        return workers[choose(source, COUNT_OF(workers))];
    }
    if (strcmp(name, "maxsize") == 0) {
        return sizes[choose(source, COUNT_OF(sizes))];
    }
    if (strcmp(name, "bytes") == 0) {
        return bytes[choose(source, COUNT_OF(bytes))];
    }
    if (strcmp(name, "status") == 0) {
        return statuses[choose(
            source, function->ends == ENDS_PROCESS_IF_NEGATIVE ? 7 : COUNT_OF(statuses))];
    }
    if (strcmp(name, "daemon") == 0 || strcmp(name, "line") == 0 ||
        strcmp(name, "immediate") == 0 || strcmp(name, "cancel_pending") == 0) {
        return choose(source, 2);
    }
    /* n and value: small ones mostly. Nobody can end a wait for a bounded semaphore of nothing. */
    size_t number = counts[choose(source, one_in(source, 4) ? COUNT_OF(counts) : 5)];
    return number == 0 && strstr(function->name, "bounded") ? 1 : number;
}

/* ---- pointers ---- */

static const char *choose_string(struct source *source, bool nullable, bool *wrong) {
    static const char long_one[] =
        "a name that is longer than any operating system takes, and than the place that it is "
        "copied to: "
        "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789";
    static const char *const right[] = {"worker",
                                        "",
                                        "%s%n%d",
                                        "h\xC3\xA9t\xC3\xA9rog\xC3\xA8ne",
                                        "\xF0\x9F\xA7\xB5\xF0\x9F\xA7\xB5",
                                        long_one};
    static const char *const not_utf8[] = {"\xFF",     "\xC3",         "cut \xE2\x82",
                                           "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80"};
    switch (choose(source, 8)) {
    case 0:
        *wrong = *wrong || !nullable;
        return NULL;
    case 1:
        *wrong = true;
        return not_utf8[choose(source, COUNT_OF(not_utf8))];
    default:
        return right[choose(source, COUNT_OF(right))];
    }
}

/* The array and its length are chosen together, since the one must fit into the other. */
static void choose_buffer(struct source *source, struct call *call, int index) {
    static const size_t lengths[] = {0, 1, 2, 5, 15, 16};
    const struct parameter *parameter = &call->function->parameters[index];
    bool waits = parameter->kind == KINDS && strcmp(parameter->name, "array") == 0;
    bool items = strcmp(parameter->name, "items") == 0;
    size_t unit = parameter->kind == KINDS ? 1 : sizeof(threading_thread);
    size_t length = lengths[choose(source, COUNT_OF(lengths))];
    bool absent = one_in(source, 8);
    call->arguments[index].pointer = absent ? NULL : call->storage[index].bytes;
    if (waits && length > STORAGE / sizeof(threading_wait)) {
        length = STORAGE / sizeof(threading_wait);
    }
    call->arguments[index + 1].number = length * (unit == 1 && !waits && !items ? 8 : 1);
    call->wrong = call->wrong || (absent && length != 0);
}

/* The first processors are mostly there, and the last never. */
static void choose_processors(struct source *source, struct call *call, int index) {
    static const uint32_t numbers[] = {0, 0, 1, 1, 2, 3, 8191, 8192, UINT32_MAX};
    static const size_t wrong_counts[] = {0, 8193, SIZE_MAX};
    uint32_t chosen[4];
    for (size_t i = 0; i < COUNT_OF(chosen); i++) {
        chosen[i] = numbers[choose(source, COUNT_OF(numbers))];
    }
    memcpy(call->storage[index].bytes, chosen, sizeof chosen);
    bool absent = one_in(source, 8);
    call->arguments[index].pointer = absent ? NULL : call->storage[index].bytes;
    bool wrong = one_in(source, 8);
    size_t count = wrong ? wrong_counts[choose(source, COUNT_OF(wrong_counts))]
                         : 1 + choose(source, COUNT_OF(chosen));
    call->arguments[index + 1].number = count;
    call->wrong = call->wrong || absent || wrong;
}

static void choose_place(struct source *source, struct call *call, int index) {
    const struct parameter *parameter = &call->function->parameters[index];
    struct argument *argument = &call->arguments[index];
    memset(call->storage[index].bytes, POISON, STORAGE);
    if (one_in(source, 16)) {
        argument->pointer = NULL;
        call->wrong = call->wrong || !parameter->nullable;
        return;
    }
    argument->pointer = call->storage[index].bytes;
    if (parameter->role == HANDLE_POINTER) {
        unsigned which = choose(source, 8);
        if (which < 3) {
            argument->pointer = objects_static(parameter->kind, choose(source, 256));
        } else {
            /* Whatever is there and not null is handed on as it is. */
            call->storage[index].aligned = which == 7 ? any_number(source) : 0;
            argument->bits = call->storage[index].aligned;
        }
    }
}

/* `destroy_live`: room is needed, so it had better be an object that is there. */
void choose_arguments(struct actor *actor, struct call *call, bool destroy_live) {
    struct source *source = &actor->source;
    const struct function *function = call->function;
    bool seated = atomic_load(&actor->seated) && actor->depth == 0;
    bool ends_library = function->ends == ENDS_LIBRARY;
    for (int index = 0; index < function->count; index++) {
        const struct parameter *parameter = &function->parameters[index];
        struct argument *argument = &call->arguments[index];
        bool no_handle = function->parameters[0].role != HANDLE;
        switch (parameter->role) {
        case HANDLE:
            choose_handle(source, parameter->kind, argument);
            if (destroy_live) {
                *argument =
                    (struct argument){.bits = objects_live(parameter->kind, choose(source, 256))};
                argument->standing = argument->bits ? UNKNOWN : NOTHING;
            }
            break;
        case HANDLE_POINTER:
        case OUT_HANDLE:
        case OUT:
            choose_place(source, call, index);
            break;
        case BUFFER:
            memset(call->storage[index].bytes, POISON, STORAGE);
            choose_buffer(source, call, index);
            index++; /* its length */
            break;
        case PROCESSORS:
            choose_processors(source, call, index);
            index++; /* how many there are */
            break;
        case STRING: {
            bool text = function->answers == ANSWERS_STATUS && function->ends == ENDS_NOTHING;
            bool ignored = false;
            argument->string =
                choose_string(source, parameter->nullable, text ? &call->wrong : &ignored);
            break;
        }
        case CALLBACK:
            argument->given = !one_in(source, parameter->nullable ? 3 : 12);
            call->wrong = call->wrong || !(argument->given || parameter->nullable);
            break;
        case SECONDS:
            argument->seconds = choose_seconds(source, seated && function->blocks && !no_handle);
            if (ends_library && !library_ends) {
                argument->seconds = one_in(source, 2) ? NAN : DBL_MAX;
            }
            if (strcmp(parameter->name, "interval") == 0 && one_in(source, 4)) {
                argument->seconds = one_in(source, 2) ? 1e6 : INFINITY;
                call->wrong = call->wrong || isinf(argument->seconds);
            }
            call->wrong = call->wrong || seconds_are_wrong(argument->seconds);
            call->unbounded = call->unbounded || (function->blocks && argument->seconds > 1);
            break;
        case NUMBER:
            argument->number = choose_number(source, function, parameter->name);
            break;
        case CONTEXT:
            argument->pointer = value_of(choose(source, 256));
            break;
        }
    }
}
