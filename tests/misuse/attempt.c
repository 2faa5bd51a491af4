/* One wrong call, and everything that must hold after it: the answer is the one that the rules
 * give, the error hook has heard of it once and rightly, errno, out-parameters and valid objects
 * are as they were, and an object of every kind works. */
#include "misuse.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATTERN = 0xA5, STRANGE_ERRNO = 4242 };

/* ---- what is being tried, for the message when it goes wrong ---- */

static const struct misuse *current;
static char description[256];
static char outcome[256];
static int attempts;

void attempt_describe(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsnprintf(description, sizeof description, format, values);
    va_end(values);
    outcome[0] = '\0';
}

void object_check(bool holds, const char *text, const char *file, int line) {
    if (!holds) {
        fprintf(stderr, "FAILED: %s\n    at %s:%d\n    in %s.%s\n    with %s\n    %s\n", text, file,
                line, current ? current->function->name : "(no function)",
                current ? current->name : "", description, outcome);
        fflush(NULL);
        _exit(1);
    }
}

/* ---- the error hook ---- */

static struct report {
    int count;
    const char *function;
    int32_t status;
    uint64_t handle;
    void *ctx;
    pthread_t thread;
} report;

void misuse_error_hook(const char *function, threading_status status, uint64_t handle, void *ctx) {
    report.count++;
    report.function = function;
    report.status = status;
    report.handle = handle;
    report.ctx = ctx;
    report.thread = pthread_self();
}

static void listen(void) {
    CHECK(threading_set_error_hook(misuse_error_hook, &report) == THREADING_OK);
}

/* ---- canaries ---- */

static uint64_t canaries[KINDS];
static uint64_t canary_looks[KINDS];

uint64_t canary_of(const object_kind *kind) { return canaries[kind - object_kinds]; }

/* Using them is no misuse either: nothing is reported. */
static void canaries_check(void) {
    report.count = 0;
    for (int index = 0; index < KINDS; index++) {
        CHECK(object_kinds[index].look(canaries[index]) == canary_looks[index]);
        object_kinds[index].use(canaries[index]);
        CHECK(object_kinds[index].look(canaries[index]) == canary_looks[index]);
    }
    CHECK(report.count == 0);
}

void attempt_prepare(const struct misuse *misuse) {
    current = misuse;
    listen();
    note_issued(&object_kinds[KIND_THREAD], threading_main_thread().bits);
    for (int index = 0; index < KINDS; index++) {
        canaries[index] = issue(&object_kinds[index], object_kinds[index].states - 1);
        canary_looks[index] = object_kinds[index].look(canaries[index]);
    }
    canaries_check();
}

/* A wrong handle must not have spoilt the slot that it points at: objects made now are new ones,
 * and they work. */
void attempt_finish(void) {
    CHECK(attempts > 0);
    attempt_describe("objects made afterwards");
    for (int index = 0; index < KINDS; index++) {
        uint64_t made[8];
        for (int number = 0; number < 8; number++) {
            made[number] = issue(&object_kinds[index], number % object_kinds[index].states);
            object_kinds[index].use(made[number]);
        }
        for (int number = 0; number < 8; number++) {
            end(&object_kinds[index], made[number]);
        }
    }
    canaries_check();
    for (int index = 0; index < KINDS; index++) {
        end(&object_kinds[index], canaries[index]);
    }
}

/* ---- arguments ---- */

static union {
    unsigned char bytes[STORAGE];
    uint64_t aligned;
} storage[MOST_PARAMETERS];

static bool is_valid_handle(const struct misuse *misuse, int index) {
    return misuse->function->parameters[index].role == HANDLE && index != misuse->index;
}

/* Everything valid; a handle that is to be misused stays null. */
void attempt_arguments(const struct misuse *misuse, struct argument *arguments) {
    for (int index = 0; index < misuse->function->count; index++) {
        const struct parameter *parameter = &misuse->function->parameters[index];
        arguments[index] = (struct argument){.number = parameter->number,
                                             .pointer = &storage[index],
                                             .string = "valid",
                                             .given = true};
        if (is_valid_handle(misuse, index)) {
            arguments[index].bits = issue(parameter->kind, parameter->state);
        }
    }
}

static void arguments_end(const struct misuse *misuse, const struct argument *arguments) {
    for (int index = 0; index < misuse->function->count; index++) {
        if (is_valid_handle(misuse, index)) {
            const object_kind *kind = misuse->function->parameters[index].kind;
            kind->use(arguments[index].bits);
            end(kind, arguments[index].bits);
        }
    }
}

static uint64_t arguments_look(const struct misuse *misuse, const struct argument *arguments) {
    uint64_t number = threading_active_count();
    for (int index = 0; index < misuse->function->count; index++) {
        if (is_valid_handle(misuse, index)) {
            number =
                number * 31 + misuse->function->parameters[index].kind->look(arguments[index].bits);
        }
    }
    return number;
}

static void fill(const struct misuse *misuse, const struct argument *arguments, int index,
                 void *place) {
    memset(place, PATTERN, STORAGE);
    if (misuse->function->parameters[index].role == HANDLE_POINTER) {
        memcpy(place, &arguments[index].bits, sizeof arguments[index].bits);
    }
}

/* ---- one call ---- */

static struct answer call(const struct misuse *misuse, const struct argument *arguments) {
    const struct function *function = misuse->function;
    for (int index = 0; index < function->count; index++) {
        fill(misuse, arguments, index, &storage[index]);
    }
    attempts++;
    report.count = 0;
    errno = STRANGE_ERRNO;
    struct answer given = function->call(arguments);
    int left_errno = errno;
    snprintf(outcome, sizeof outcome, "%s, value %#llx; %d reports: %s by %s of handle %#llx",
             function->acts ? threading_status_name(given.status) : "asked",
             (unsigned long long)given.value, report.count,
             report.count ? threading_status_name(report.status) : "-",
             report.count ? report.function : "-",
             (unsigned long long)(report.count ? report.handle : 0));
    CHECK(left_errno == STRANGE_ERRNO);
    return given;
}

static void storage_check(const struct misuse *misuse, const struct argument *arguments) {
    for (int index = 0; index < misuse->function->count; index++) {
        unsigned char before[STORAGE];
        fill(misuse, arguments, index, before);
        CHECK(memcmp(&storage[index], before, STORAGE) == 0);
    }
}

/* The call is refused with `status`, or with `other` where the rules leave open which of two
 * mistakes is seen first. */
void attempt_refused(const struct misuse *misuse, const struct argument *arguments, int32_t status,
                     int32_t other) {
    const struct function *function = misuse->function;
    uint64_t before = arguments_look(misuse, arguments);
    struct answer given = call(misuse, arguments);
    if (function->acts) {
        CHECK(given.status == status || given.status == other);
    } else {
        CHECK(given.value == 0);
    }
    CHECK(report.count == 1);
    CHECK(strcmp(report.function, function->name) == 0);
    CHECK(report.status == (function->acts ? given.status : status));
    CHECK(report.ctx == &report);
    CHECK(pthread_equal(report.thread, pthread_self()));
    if (function->parameters[misuse->index].role == HANDLE) {
        CHECK(report.handle == arguments[misuse->index].bits);
    }
    storage_check(misuse, arguments);
    CHECK(arguments_look(misuse, arguments) == before);
    canaries_check();
    arguments_end(misuse, arguments);
}

/* The call is no misuse after all. It may have taken the error hook away or ended its objects. */
void attempt_accepted(const struct misuse *misuse, const struct argument *arguments) {
    struct answer given = call(misuse, arguments);
    CHECK(given.status >= 0);
    CHECK(report.count == 0);
    listen();
    canaries_check();
}

/* What _ensure finds in a static that is not null it hands on as it is: the next call judges it. */
static void ensure_with(const struct misuse *misuse, const struct argument *arguments) {
    uint64_t bits = arguments[misuse->index].bits;
    struct answer given = call(misuse, arguments);
    CHECK(given.value == bits);
    CHECK(report.count == 0);
    storage_check(misuse, arguments);
    canaries_check();
}

static int seconds_of(const struct function *function) {
    for (int index = 0; index < function->count; index++) {
        if (function->parameters[index].role == SECONDS) {
            return index;
        }
    }
    return -1;
}

/* Calls with a handle that is not valid for this function, and says what must come back; with a
 * valid one it does nothing. */
void attempt_handle(const struct misuse *misuse, uint64_t bits) {
    static const double waits[] = {0, 1, -1, INFINITY, NAN};
    const struct function *function = misuse->function;
    enum standing standing = standing_of(function->parameters[misuse->index].kind, bits);
    bool in_place = function->parameters[misuse->index].role == HANDLE_POINTER;
    bool may_be_null = function->parameters[misuse->index].may_be_null && !function->accepts_null;
    if (standing == LIVE || ((in_place || may_be_null) && bits == 0)) {
        return;
    }
    int32_t status = standing == ENDED ? THREADING_DESTROYED : THREADING_INVALID_HANDLE;
    int seconds = seconds_of(function);
    int count = seconds < 0 ? 1 : (int)(sizeof waits / sizeof *waits);
    for (int index = 0; index < count; index++) {
        struct argument arguments[MOST_PARAMETERS];
        double wait = waits[index];
        attempt_describe("handle %#llx, seconds %g", (unsigned long long)bits, wait);
        attempt_arguments(misuse, arguments);
        arguments[misuse->index].bits = bits;
        if (seconds >= 0) {
            arguments[seconds].seconds = wait;
        }
        if (in_place) {
            ensure_with(misuse, arguments);
        } else if (bits == 0 && function->accepts_null) {
            attempt_accepted(misuse, arguments);
        } else {
            attempt_refused(misuse, arguments, status,
                            isnan(wait) ? THREADING_INVALID_ARGUMENT : status);
        }
    }
}
