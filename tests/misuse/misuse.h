/* What the table written by generate.py and the program that runs it have in common.
 *
 * The table says what the functions of threading.h take. forms.c misuses them one argument at a
 * time, attempt.c makes one such call and compares what comes back with the rules that hold for
 * every function, issued.c knows which handles are valid. What makes objects, and shows that they
 * still work, is a row of objects.def. */
#ifndef MISUSE_H
#define MISUSE_H

#include "../objects.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <threading.h>

enum { MOST_PARAMETERS = 6, STORAGE = 512 };

enum role {
    HANDLE,
    HANDLE_POINTER, /* of _ensure: where a static handle lives */
    OUT,            /* written on success only */
    STRING,
    CALLBACK,
    SECONDS,
    NUMBER,
    CONTEXT /* the caller's own pointer, which the library only passes on */
};

struct parameter {
    const char *name;
    enum role role;
    const object_kind *kind;
    int state;        /* of the valid handle */
    size_t number;    /* a valid one */
    bool may_be_null; /* a handle: null stands for none */
};

struct argument {
    uint64_t bits;
    double seconds;
    size_t number;
    void *pointer;
    const char *string;
    bool given; /* a callback: a valid one, or NULL */
};

struct answer {
    int32_t status; /* of a function that acts */
    uint64_t value; /* of one that asks: 0 for false, 0 and null */
};

struct function {
    const char *name;
    struct answer (*call)(const struct argument *arguments);
    bool acts;         /* returns a status; else it asks */
    bool accepts_null; /* destroy: the null handle is OK and nothing happens */
    int count;
    const struct parameter *parameters;
};

struct misuse {
    const char *name;
    const struct function *function;
    int index; /* of the parameter */
    void (*run)(const struct misuse *misuse);
    size_t number; /* of number_wrong */
};

struct declared {
    const char *name;
    void (*address)(void);
    const char *why_not_called; /* NULL: the table has cases for it */
};

/* Written by generate.py; the lists end with an entry of nothing but NULL. */
extern const struct misuse misuses[];
extern const struct declared declared_functions[];

/* forms.c */
void handle_null(const struct misuse *misuse);
void handle_stale(const struct misuse *misuse);
void handle_foreign_kind(const struct misuse *misuse);
void handle_random(const struct misuse *misuse);
void handle_not_yet_issued(const struct misuse *misuse);
void pointer_null(const struct misuse *misuse);
void pointer_null_allowed(const struct misuse *misuse);
void pointer_null_without_room(const struct misuse *misuse);
void string_not_utf8(const struct misuse *misuse);
void seconds_nan(const struct misuse *misuse);
void seconds_too_large(const struct misuse *misuse);
void number_wrong(const struct misuse *misuse);

/* attempt.c */
void attempt_prepare(const struct misuse *misuse);
void attempt_finish(void);
void attempt_describe(const char *format, ...);
void attempt_handle(const struct misuse *misuse, uint64_t bits);
void attempt_arguments(const struct misuse *misuse, struct argument *arguments);
void attempt_refused(const struct misuse *misuse, const struct argument *arguments, int32_t status,
                     int32_t other);
void attempt_accepted(const struct misuse *misuse, const struct argument *arguments);
uint64_t canary_of(const object_kind *kind);
void misuse_error_hook(const char *function, threading_status status, uint64_t handle, void *ctx);

/* issued.c */
enum standing { NEVER_ISSUED, LIVE, ENDED };
uint64_t issue(const object_kind *kind, int state);
void note_issued(const object_kind *kind, uint64_t bits);
void note_ended(const object_kind *kind, uint64_t bits);
void end(const object_kind *kind, uint64_t bits);
enum standing standing_of(const object_kind *kind, uint64_t bits);

/* callbacks.c: valid arguments. */
void *valid_target(void *arg);
void valid_callback(void *ctx);
void valid_thread_hook(threading_thread thread, void *ctx);
void valid_excepthook(const threading_exception *exception, void *ctx);
void valid_deadlock_hook(const threading_wait *waits, size_t count, threading_certainty certainty,
                         void *ctx);
void valid_order_hook(const threading_order *pairs, size_t count, void *ctx);
bool valid_predicate(void *ctx);
bool valid_action(void *ctx);
void *valid_init(void *ctx);
void valid_destructor(void *value);

/* Ends the process with what was tried, and where, if the condition is false. */
#define CHECK(condition) object_check((condition), #condition, __FILE__, __LINE__)

#endif
