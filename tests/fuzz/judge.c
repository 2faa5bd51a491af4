/* Compares what came back from a call with what the header promises. */
#include "fuzz.h"

#include <math.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_PARTIES = 67108863, MOST_THREADS = 100000, LEAST_STACK = 32768 };

void print_arguments(const struct function *function, const struct argument *arguments) {
    fprintf(report, "%s(", function->name);
    for (int index = 0; index < function->count; index++) {
        const struct parameter *parameter = &function->parameters[index];
        const struct argument *argument = &arguments[index];
        fprintf(report, "%s%s = ", index ? ", " : "", parameter->name);
        switch (parameter->role) {
        case HANDLE:
            fprintf(report, "%#llx", (unsigned long long)argument->bits);
            break;
        case SECONDS:
            fprintf(report, "%g", argument->seconds);
            break;
        case NUMBER:
            fprintf(report, "%zu", argument->number);
            break;
        case STRING:
            fprintf(report, "\"%s\"", argument->string ? argument->string : "(NULL)");
            break;
        case CALLBACK:
            fprintf(report, "%s", argument->given ? "a function" : "NULL");
            break;
        default:
            fprintf(report, "%p", argument->pointer);
        }
    }
    fprintf(report, ")\n");
}

_Noreturn void fail(const char *what) {
    fprintf(report, "FAILED: %s\n", what);
    fflush(report);
    end_failed();
}

void object_check(bool holds, const char *text, const char *file, int line) {
    if (!holds) {
        fprintf(report, "at %s:%d:\n", file, line);
        fail(text);
    }
}

_Noreturn void fail_call(const struct call *call, const struct answer *answer, const char *what) {
    flockfile(report);
    fprintf(report, "FAILED: %s\n    ", what);
    print_arguments(call->function, call->arguments);
    if (call->function->answers == ANSWERS_STATUS) {
        fprintf(report, "    came back: %s (%d)\n", threading_status_name(answer->status),
                answer->status);
    } else {
        fprintf(report, "    came back: %#llx, %g\n", (unsigned long long)answer->value,
                answer->real);
    }
    fflush(report);
    end_failed();
}

#define EXPECT(condition, what)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_call(call, answer, what);                                                         \
        }                                                                                          \
    } while (0)

static bool is_untouched(const unsigned char *bytes, size_t count) {
    for (size_t index = 0; index < count; index++) {
        if (bytes[index] != POISON) {
            return false;
        }
    }
    return true;
}

static bool is_utf8(const char *text, size_t length) {
    for (size_t index = 0; index < length;) {
        unsigned char first = (unsigned char)text[index];
        size_t more = first < 0x80 ? 0 : first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
        if ((first >= 0x80 && first < 0xC2) || first > 0xF4 || index + more >= length) {
            return false;
        }
        for (; more > 0; more--) {
            if (((unsigned char)text[++index] & 0xC0) != 0x80) {
                return false;
            }
        }
        index++;
    }
    return true;
}

/* ---- out-parameters ---- */

static void judge_written(const struct call *call, const struct answer *answer, int index) {
    const struct parameter *parameter = &call->function->parameters[index];
    const unsigned char *bytes = call->storage[index].bytes;
    size_t number = 0;
    if (parameter->role == OUT_HANDLE) {
        uint64_t bits = call->storage[index].aligned;
        EXPECT(bits != 0 && !is_untouched(bytes, sizeof bits), "a new object's handle is written");
        EXPECT(is_untouched(bytes + sizeof bits, STORAGE - sizeof bits),
               "nothing is written behind the handle");
    } else if (parameter->role == BUFFER && strcmp(parameter->name, "items") == 0) {
        const struct argument *after = &call->arguments[index + 1];
        memcpy(&number, call->storage[index + 2].bytes, sizeof number);
        EXPECT(number <= after->number, "no more items than there is room for");
        EXPECT(is_untouched(bytes + number * sizeof(void *), STORAGE - number * sizeof(void *)),
               "nothing is written behind the items");
    } else if (parameter->role == BUFFER) {
        size_t capacity = call->arguments[index + 1].number;
        const char *end = memchr(bytes, '\0', capacity);
        EXPECT(capacity == 0 || end, "the name ends with a NUL");
        EXPECT(capacity == 0 || is_utf8((const char *)bytes, (size_t)(end - (const char *)bytes)),
               "the name is UTF-8, cut between characters");
        EXPECT(is_untouched(bytes + capacity, STORAGE - capacity),
               "nothing is written behind the buffer");
    } else if (strcmp(call->function->name, "threading_thread_waiting_for") == 0) {
        threading_wait wait;
        memcpy(&wait, bytes, sizeof wait);
        EXPECT(wait.kind != THREADING_KIND_NONE && wait.ident != 0, "it waits for something");
        EXPECT(wait.seconds >= 0 && wait.remaining >= 0, "times are not negative");
        EXPECT(is_untouched(bytes + sizeof wait, STORAGE - sizeof wait),
               "nothing is written behind the wait");
    } else if (strcmp(parameter->name, "prevented") == 0) {
        EXPECT(bytes[0] <= 1, "a bool is false or true");
    } else if (strcmp(parameter->name, "index") == 0) {
        memcpy(&number, bytes, sizeof number);
        EXPECT(number < MOST_PARTIES, "a barrier's index is less than its parties");
    } else if (strcmp(parameter->name, "out") == 0 || strcmp(parameter->name, "result") == 0) {
        void *result;
        memcpy(&result, bytes, sizeof result);
        EXPECT(is_value(result), "a thread's result is what its target returned");
    }
}

static void judge_places(const struct call *call, const struct answer *answer) {
    const struct function *function = call->function;
    for (int index = 0; index < function->count; index++) {
        enum role role = function->parameters[index].role;
        if ((role != OUT && role != OUT_HANDLE && role != BUFFER) ||
            call->arguments[index].pointer == NULL) {
            continue;
        }
        if (function->answers == ANSWERS_STATUS && answer->status != THREADING_OK) {
            /* An object may end while its name is copied: then a part of it is there. */
            if (role == BUFFER && answer->status == THREADING_DESTROYED &&
                strcmp(function->parameters[index].name, "buffer") == 0) {
                continue;
            }
            EXPECT(is_untouched(call->storage[index].bytes, STORAGE),
                   "results are written only on THREADING_OK");
        } else if (function->answers == ANSWERS_STATUS) {
            judge_written(call, answer, index);
        }
    }
}

/* ---- statuses ---- */

static bool is_listed(uint32_t statuses, int32_t status) {
    return status >= -STATUS_SHIFT && status < STATUS_SHIFT && (statuses & STATUS_BIT(status));
}

static void judge_status(const struct call *call, const struct answer *answer) {
    const struct function *function = call->function;
    const uint32_t argument = STATUS_BIT(THREADING_INVALID_ARGUMENT);
    int32_t status = answer->status;
    if (function->ends == ENDS_PROCESS_IF_NEGATIVE) {
        /* A number that is no status has no constant to be passed on as. */
        bool known = call->arguments[0].number <= THREADING_CLOSED;
        EXPECT(status == (known ? (int32_t)call->arguments[0].number : THREADING_OK),
               "threading_check passes on what is no error");
        return;
    }
    EXPECT(is_listed(function->documented, status),
           "the header documents no such status for this function");
    EXPECT(!call->wrong || status < 0 || (function->destroys && status == 0),
           "a wrong argument is an error");
    bool begins_with_handle = function->count && function->parameters[0].role == HANDLE;
    for (int index = 1; index < function->count; index++) {
        /* A stop that is bad or has come is told of first. */
        begins_with_handle = begins_with_handle && function->parameters[index].role != HANDLE;
    }
    switch (begins_with_handle ? call->arguments[0].standing : UNKNOWN) {
    case NOTHING:
        EXPECT(function->destroys || function->parameters[0].nullable
                   ? status == THREADING_OK || !function->destroys
                   : is_listed(STATUS_BIT(THREADING_INVALID_HANDLE) | argument, status),
               "the null handle is invalid, and destroying it is nothing");
        break;
    case FOREIGN:
        EXPECT(is_listed(STATUS_BIT(THREADING_INVALID_HANDLE) | argument, status),
               "a handle of another kind is invalid");
        break;
    case ENDED:
        EXPECT(is_listed(STATUS_BIT(THREADING_DESTROYED) | argument, status),
               "what was destroyed stays destroyed");
        break;
    default:
        break;
    }
}

/* ---- answers ---- */

static void judge_number(const struct call *call, const struct answer *answer) {
    const char *name = call->function->name + strlen("threading_");
    uint64_t value = answer->value;
    if (strcmp(name, "enumerate") == 0) {
        EXPECT(value <= (call->arguments[0].pointer ? call->arguments[1].number : 0),
               "no more threads than there is room for");
        if (call->arguments[0].pointer) {
            size_t used = value * sizeof(threading_thread);
            EXPECT(is_untouched(call->storage[0].bytes + used, STORAGE - used),
                   "nothing is written behind the threads");
        }
    } else if (strcmp(name, "waits") == 0 || strcmp(name, "find_deadlock") == 0) {
        size_t room = call->arguments[0].pointer ? call->arguments[1].number : 0;
        EXPECT(value <= (name[0] == 'w' ? room : MOST_THREADS), "there are not so many waits");
        EXPECT(name[0] == 'w' || value != 1, "no thread alone is a deadlock");
        if (call->arguments[0].pointer) {
            size_t used = (value < room ? value : room) * sizeof(threading_wait);
            EXPECT(is_untouched(call->storage[0].bytes + used, STORAGE - used),
                   "nothing is written behind the waits");
        }
    } else if (strcmp(name, "contention_top") == 0) {
        size_t room = call->arguments[0].pointer ? call->arguments[1].number : 0;
        EXPECT(value <= room, "no more is written than there is room for");
        if (call->arguments[0].pointer) {
            size_t used = value * sizeof(threading_contention);
            EXPECT(is_untouched(call->storage[0].bytes + used, STORAGE - used),
                   "nothing is written behind the counts");
        }
    } else if (strcmp(name, "active_count") == 0 || strcmp(name, "barrier_n_waiting") == 0) {
        EXPECT(value <= MOST_THREADS, "there are not so many threads");
    } else if (strcmp(name, "semaphore_value") == 0) {
        EXPECT(value <= THREADING_SEMAPHORE_MAX,
               "a semaphore has no more than THREADING_SEMAPHORE_MAX");
    } else if (strcmp(name, "queue_size") == 0 || strcmp(name, "queue_maxsize") == 0) {
        EXPECT(value <= 1000, "no queue is made for more items than that");
    } else if (strcmp(name, "barrier_parties") == 0) {
        EXPECT(value <= MOST_PARTIES, "a barrier has no more parties than that");
    } else if (strcmp(name, "rlock_depth") == 0) {
        EXPECT(value <= UINT32_MAX, "an rlock is not so deep");
    } else if (strcmp(name, "get_native_id") == 0) {
        EXPECT(value == (uint64_t)syscall(SYS_gettid), "the native id is the kernel's");
    } else if (strcmp(name, "get_ident") == 0) {
        EXPECT(value != 0, "an ident is never 0");
    } else if (strcmp(name, "stack_size") == 0) {
        EXPECT(value == 0 || value >= LEAST_STACK, "a stack size is 0 or large enough");
    } else if (strcmp(name, "thread_native_id") == 0) {
        EXPECT(value <= INT32_MAX, "a native id is a thread id");
    }
}

static void judge_answer(const struct call *call, const struct answer *answer) {
    static _Thread_local double latest;
    const struct function *function = call->function;
    bool bad_handle = function->count && function->parameters[0].role == HANDLE &&
                      call->arguments[0].standing != UNKNOWN;
    EXPECT(!bad_handle || answer->value == 0, "the answer about a bad handle is false, 0 or null");
    switch (function->answers) {
    case ANSWERS_BOOL:
        EXPECT(answer->value <= 1, "a bool is false or true");
        break;
    case ANSWERS_NUMBER:
        judge_number(call, answer);
        break;
    case ANSWERS_REAL:
        if (function->count) {
            /* Until a moment that is none it is none. */
            bool none = call->function->parameters[0].role == SECONDS &&
                        isnan(call->arguments[0].seconds) && isnan(answer->real);
            EXPECT(none || answer->real >= 0, "what remains is a time");
            EXPECT(!bad_handle || answer->real == 0, "nothing remains to a bad handle");
        } else {
            EXPECT(answer->real >= latest, "the clock is monotonic");
            latest = answer->real;
        }
        break;
    case ANSWERS_TEXT: {
        const char *text = (const char *)(uintptr_t)answer->value;
        EXPECT(text && strlen(text) > 0 && is_utf8(text, strlen(text)),
               "a text is never NULL or empty, and is UTF-8");
        break;
    }
    case ANSWERS_POINTER:
        EXPECT(is_value((const void *)(uintptr_t)answer->value),
               "a local's value is one that was put there");
        break;
    case ANSWERS_HANDLE:
        if (function->count && function->parameters[0].role == HANDLE_POINTER) {
            EXPECT(call->arguments[0].pointer || answer->value == 0, "there is no object in NULL");
            EXPECT(call->arguments[0].bits == 0 || answer->value == call->arguments[0].bits,
                   "what is not null is left as it is");
            EXPECT(call->arguments[0].pointer != call->storage[0].bytes ||
                       answer->value == call->storage[0].aligned,
                   "the object's handle is where it was asked for");
        }
        break;
    case ANSWERS_STATUS:
        break;
    }
}

void judge(const struct call *call, const struct answer *answer) {
    if (call->function->answers == ANSWERS_STATUS) {
        judge_status(call, answer);
    } else {
        judge_answer(call, answer);
    }
    judge_places(call, answer);
}
