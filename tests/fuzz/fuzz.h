/* The fuzzer's parts. table.c, written by fuzz_table.py from threading.h, says what can be called
 * and what may come back; arguments.c chooses arguments, objects.c keeps the objects that all
 * threads share, step.c makes one call, judge.c compares what came back with the header,
 * callbacks.c is what the library calls, rescue.c ends waits that nobody else would end, ending.c
 * calls what ends a process or a thread, workers.c is the threads that make the calls. fuzz.c and
 * fuzz_calls.c are the two programs. */
#ifndef FUZZ_H
#define FUZZ_H

#include "../objects.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <threading.h>

enum { MOST_PARAMETERS = 6, STORAGE = 512, MOST_ACTORS = 64, MOST_FUNCTIONS = 256, STATUSES = 32 };

/* Not all statuses are positive. */
enum { STATUS_SHIFT = 16 };
#define STATUS_BIT(status) (UINT32_C(1) << ((status) + STATUS_SHIFT))

enum role {
    HANDLE,
    HANDLE_POINTER, /* of _ensure: where a static handle lives */
    OUT_HANDLE,     /* where a new object's handle goes */
    OUT,            /* where another result goes */
    PROCESSORS,     /* numbers, and how many is the parameter behind them */
    BUFFER,         /* an array whose length is the parameter behind it */
    STRING,
    CALLBACK,
    SECONDS,
    NUMBER,
    CONTEXT /* the caller's own pointer, which the library only passes on */
};

enum answers {
    ANSWERS_STATUS,
    ANSWERS_BOOL,
    ANSWERS_NUMBER,
    ANSWERS_REAL,
    ANSWERS_TEXT,
    ANSWERS_POINTER,
    ANSWERS_HANDLE
};

enum ends { ENDS_NOTHING, ENDS_PROCESS_IF_NEGATIVE, ENDS_THREAD, ENDS_LIBRARY };

struct parameter {
    const char *name;
    enum role role;
    enum kind kind;
    bool nullable;
};

/* What is known of a handle before the call. */
enum standing {
    UNKNOWN,
    NOTHING, /* null */
    ENDED,   /* was valid, and its end has returned */
    FOREIGN  /* of an object of another kind */
};

struct argument {
    uint64_t bits;
    double seconds;
    size_t number;
    void *pointer;
    const char *string;
    enum standing standing;
    bool given; /* a callback: one of ours, or NULL */
};

struct answer {
    int32_t status;
    uint64_t value;
    double real;
};

struct function {
    const char *name;
    struct answer (*call)(const struct argument *arguments);
    enum answers answers;
    enum kind returns;   /* the kind of the handle that it returns */
    uint32_t documented; /* the statuses that its comment names */
    bool blocks;
    bool destroys; /* the null handle is fine, and nothing happens */
    enum ends ends;
    int count;
    struct parameter parameters[MOST_PARAMETERS];
};

/* table.c */
extern const struct function functions[];
extern const int function_count;

/* Where choices come from: numbers that follow from a seed, or the bytes of an input. */
struct source {
    const uint8_t *bytes; /* NULL: the seed */
    size_t left;
    uint64_t seed;
};

/* A thread that makes calls. Those that have a seat are watched, and rescued from waits that have
 * no end of their own. */
struct actor {
    struct source source;
    _Atomic(bool) seated;
    bool worker;  /* lives as long as the run: nobody waits for its end without a limit */
    bool library; /* the library started it */
    int depth;    /* of callbacks in whose calls it is */
    unsigned swept;
    /* For those who watch: the call that it is in, or NULL, its arguments, and when it began. */
    _Atomic(const struct function *) function;
    _Atomic(uint64_t) began;
    _Atomic(uint64_t) bits; /* of its first handle */
    _Atomic(uint64_t) ident;
    struct argument arguments[MOST_PARAMETERS]; /* for the report of a call that is stuck */
};

struct call {
    const struct function *function;
    struct argument arguments[MOST_PARAMETERS];
    bool wrong;     /* an argument is one that no call may accept */
    bool unbounded; /* it may wait for ever: somebody must see to its end */
    union place {
        unsigned char bytes[STORAGE];
        uint64_t aligned;
    } storage[MOST_PARAMETERS];
};

/* Shared with the processes that ending.c starts. */
struct statistics {
    _Atomic(uint64_t) calls[MOST_FUNCTIONS];
    _Atomic(uint64_t) statuses[MOST_FUNCTIONS][STATUSES];
    _Atomic(uint64_t) total, callbacks, rescues, endings;
};
extern struct statistics *statistics;
extern _Atomic(uint64_t) objects_made[KINDS], objects_destroyed[KINDS]; /* in this process */
extern FILE *report; /* standard error as it was: the library's own messages go nowhere */
/* this process is one of those that ending.c starts: shutting down is allowed */
extern bool library_ends;

/* report.c */
extern const bool under_address_sanitizer;
void before_exit(void); /* of a thread by threading_exit */
void set_report(int file);
void share_statistics(int file);

/* fuzz.c, fuzz_calls.c: after something failed, and was said */
_Noreturn void end_failed(void);

/* source.c */
uint64_t any_number(struct source *source);
unsigned choose(struct source *source, unsigned count); /* 0 to count - 1 */
bool one_in(struct source *source, unsigned count);
uint64_t now(void); /* nanoseconds */

/* objects.c */
void objects_add(enum kind kind, uint64_t bits);
void objects_forget(enum kind kind, uint64_t bits, bool ended);
bool objects_full(enum kind kind);
uint64_t objects_live(enum kind kind, unsigned which); /* 0 if there is none */
uint64_t objects_ended(enum kind kind, unsigned which);
uint64_t *objects_static(enum kind kind, unsigned which);
void objects_sweep(void);
extern _Thread_local bool sweeping;
void objects_destroy_all(void);
int objects_count(enum kind kind);

/* arguments.c */
void choose_arguments(struct actor *actor, struct call *call, bool destroy_live);
bool is_protected(uint64_t bits);
void protect(uint64_t bits);

/* judge.c */
void judge(const struct call *call, const struct answer *answer);
_Noreturn void fail_call(const struct call *call, const struct answer *answer, const char *what);
_Noreturn void fail(const char *what);
void print_arguments(const struct function *function, const struct argument *arguments);
enum { POISON = 0xA5 };

/* step.c */
bool step(struct actor *actor);
void make_call(struct actor *actor, struct call *call);
struct actor *take_seat(void); /* NULL: all are taken */
void leave_seat(struct actor *actor);
extern struct actor actors[MOST_ACTORS];
extern _Thread_local struct actor *current;
extern _Thread_local bool careful;

/* callbacks.c: one for each type of the header, under its name */
void *fuzz_target(void *arg);
void fuzz_callback(void *ctx);
void fuzz_thread_hook(threading_thread thread, void *ctx);
void fuzz_excepthook(const threading_exception *exception, void *ctx);
void fuzz_deadlock_hook(const threading_wait *waits, size_t count, threading_certainty certainty,
                        void *ctx);
void fuzz_order_hook(const threading_order *pairs, size_t count, void *ctx);
void fuzz_error_hook(const char *function, threading_status status, uint64_t handle, void *ctx);
bool fuzz_predicate(void *ctx);
bool fuzz_action(void *ctx);
void *fuzz_init(void *ctx);
void fuzz_destructor(void *value);
void wait_for_targets(void);
void clear_hooks(void);
bool is_value(const void *pointer); /* NULL, or one of those that callbacks and locals are given */
void *value_of(unsigned which);
extern _Atomic(int) targets; /* functions of threads and timers that run */
extern _Atomic(bool) winding_up;
extern _Atomic(uint64_t) fuzz_seed;

/* rescue.c */
void rescuer_start(void);
void rescuer_stop(void);
/* how often everyone was asked to let go of what only he can release */
extern _Atomic(unsigned) sweeps;

/* ending.c */
void ending_run(uint64_t seed, int statistics_file); /* in a process of its own */
int ending_main(uint64_t seed);

/* workers.c */
void workers_start(uint64_t seed, int threads, uint64_t calls, uint64_t deadline);
bool workers_are_done(void);
void workers_wait(void);

#endif
