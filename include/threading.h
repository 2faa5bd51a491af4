/* threading.h - Python's threading module for every language that can call C. */
#ifndef THREADING_LIBTHREADING_H
#define THREADING_LIBTHREADING_H


/* Written by build.rs from src/capi with cbindgen 0.29.4: change it there. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @mainpage
 *
 * Threads as in Python's threading module. Every object is named by a small handle, which is passed by value, can be copied and
 * stored freely, and owns nothing. Whatever the handle, the order of the calls and the thread: a call is never undefined behaviour,
 * but returns a status.
 *
 * - A function that acts returns a #threading_status: 0 is THREADING_OK, positive values are other expected outcomes, negative ones
 *   are errors, after which everything is as before. Results go through pointers, and are written only on THREADING_OK.
 * - A function that asks returns the answer itself; for a bad handle that is false, 0 or null.
 * - A function that can block has a twin whose name ends in _timeout and which takes seconds: 0 or less polls, INFINITY waits
 *   forever, and the wait is rounded up to nanoseconds. The clock is monotonic.
 * - A thread **ends** when its target has ended and its thread-locals are destroyed. A **daemon** is a thread that the end of the
 *   process does not wait for. A **Dummy** is a thread that the library did not start.
 * - To **destroy** an object ends it: its handle is THREADING_DESTROYED from then on, in every thread. To destroy a thread or a timer
 *   that has been started and has not ended is to **detach** it: it goes on, its handle stays valid until it ends, and is
 *   THREADING_DESTROYED afterwards. To **finish** a thread is to join it, read its result and destroy it, in one call.
 * - The library prints only where this says so: each line goes to the standard error stream in one piece. In names and messages
 *   that it prints, control characters (C0, DEL, C1), line and paragraph separators, marks of writing direction and bytes that are
 *   not UTF-8 become escapes: `\n`, `\r`, `\t`, `\x1b`, `\u2028`. Hooks and queries get the texts as they are.
 * - Names ending in _ are private to this header. It needs C99 or C++11, or later.
 * - `<libthreading/threading.h>` is this header too, for programs that have or find another `threading.h`.
 *
 * A fork: the child has one thread, the one that forked. There it is the main thread, and keeps its handle, its ident, its name and its
 * values of locals. The handles of the parent's other threads and of its timers stay valid in the child; those of detached ones are destroyed:
 * - None of them is alive, and a join returns at once. threading_thread_result says THREADING_NO_VALUE if the thread had not ended before
 *   the fork. What it held stays held.
 * - A timer that was pending does not fire. threading_timer_cancel says that the function was prevented: its `arg` in the child is the
 *   child's to free.
 * - Nobody destroys their values of locals.
 * - Threads and timers that were not started can be started.
 * This holds as well for a child that was made without the C library's fork handlers, by _Fork or by the system call: it is noticed at the
 * first call that has to wait, or that starts or ends something, or asks for threads. That call should be made by the thread that forked;
 * until then another thread of the child gets THREADING_NO_RESOURCES from what has to wait or to start something.
 */

/** Version of this header: changes that break programs. */
#define THREADING_VERSION_MAJOR 0
/** Version of this header: additions. */
#define THREADING_VERSION_MINOR 1
/** Version of this header: repairs. */
#define THREADING_VERSION_PATCH 0

/** The longest finite wait, in seconds. */
#define THREADING_TIMEOUT_MAX 9223372036.0

/** The most units that a semaphore can have. */
#define THREADING_SEMAPHORE_MAX 268435455

/** Initialises any handle to the null handle: `static threading_lock lock = THREADING_NULL;`. An initialiser, not an expression. */
#define THREADING_NULL {0}
/** Whether a handle is the null handle. */
#define THREADING_IS_NULL(handle) ((handle).bits == 0)
/** Whether two handles name the same object. */
#define THREADING_SAME(a, b) ((a).bits == (b).bits)

/**
 * @page analysis Static analysis
 *
 * clang's -Wthread-safety checks in C that what a lock guards is used only while the lock is held. In C++ clang cannot resolve a handle
 * that is passed by value, so there it sees THREADING_WITH alone; the classes of threading.hpp are annotated in full.
 *
 * - THREADING_GUARDED_BY on data, THREADING_REQUIRES and THREADING_EXCLUDES on functions say what is guarded, and who holds what.
 * - The result of a try: clang follows `==` and `!=` with THREADING_OK in an `if` or a loop, also of a variable that has the result. It does
 *   not follow a `switch` over it, nor THREADING_CHECK: in a `switch` it complains of what is right.
 * - A condition is a capability, which threading_condition_acquire and THREADING_WITH(condition) take. To wait or to notify without the lock
 *   is the classic mistake. clang cannot know which lock a condition was made with, so it reports this in two cases: for a condition that
 *   is declared THREADING_GUARDED_BY its lock; and for all conditions if THREADING_CONDITIONS_ARE_LOCKS is defined before this header is
 *   included, which says that the program holds each condition by its own name. THREADING_HOLDS is for the exceptions.
 */
#if defined(__clang__)
#define THREADING_ATTRIBUTE_(x) __attribute__((x))
#else
#define THREADING_ATTRIBUTE_(x)
#endif
#define THREADING_CAPABILITY_(name) THREADING_ATTRIBUTE_(capability(name))
#define THREADING_ACQUIRE_(...) THREADING_ATTRIBUTE_(acquire_capability(__VA_ARGS__))
#define THREADING_TRY_ACQUIRE_(...) THREADING_ATTRIBUTE_(try_acquire_capability(__VA_ARGS__))
#define THREADING_RELEASE_(...) THREADING_ATTRIBUTE_(release_capability(__VA_ARGS__))
#define THREADING_ASSERT_HELD_(...) THREADING_ATTRIBUTE_(assert_capability(__VA_ARGS__))
#define THREADING_RETURNS_LOCK_(x) THREADING_ATTRIBUTE_(lock_returned(x))
/** On a variable: it is used only while x is held. */
#define THREADING_GUARDED_BY(x) THREADING_ATTRIBUTE_(guarded_by(x))
/** On a pointer: what it points to is used only while x is held. */
#define THREADING_PT_GUARDED_BY(x) THREADING_ATTRIBUTE_(pt_guarded_by(x))
/** On a function: its caller holds these. */
#define THREADING_REQUIRES(...) THREADING_ATTRIBUTE_(requires_capability(__VA_ARGS__))
/** On a function: its caller does not hold these. */
#define THREADING_EXCLUDES(...) THREADING_ATTRIBUTE_(locks_excluded(__VA_ARGS__))
/** On a function: the analysis does not look at its body. */
#define THREADING_NO_ANALYSIS THREADING_ATTRIBUTE_(no_thread_safety_analysis)
#if defined(__cplusplus) || defined(THREADING_LATE_MEMBERS)
/**
 * On a member of a struct: it is used only while the member x is held. In C, clang needs the option
 * -fexperimental-late-parse-attributes for it: define THREADING_LATE_MEMBERS if you pass that option. Else it has no effect in C.
 */
#define THREADING_MEMBER_GUARDED_BY(x) THREADING_GUARDED_BY(x)
#else
/**
 * On a member of a struct: it is used only while the member x is held. In C, clang needs the option
 * -fexperimental-late-parse-attributes for it: define THREADING_LATE_MEMBERS if you pass that option. Else it has no effect in C.
 */
#define THREADING_MEMBER_GUARDED_BY(x)
#endif
#if defined(__has_attribute)
#if __has_attribute(reentrant_capability)
#define THREADING_REENTRANT_ __attribute__((reentrant_capability))
#endif
#if __has_attribute(warn_unused_result) && !defined(THREADING_NO_MUST_CHECK)
/** On a function: its result must not be ignored. Define THREADING_NO_MUST_CHECK to switch the warning off. */
#define THREADING_MUST_CHECK __attribute__((warn_unused_result))
#endif
#endif
#ifndef THREADING_REENTRANT_
#define THREADING_REENTRANT_
#endif
#ifndef THREADING_MUST_CHECK
/** On a function: its result must not be ignored. This compiler cannot warn about it. */
#define THREADING_MUST_CHECK
#endif
#if defined(THREADING_CONDITIONS_ARE_LOCKS) && !defined(__cplusplus)
#define THREADING_C_CONDITION_(x) THREADING_REQUIRES(x)
#else
#define THREADING_C_CONDITION_(x)
#endif
#ifdef __cplusplus
#define THREADING_C_ACQUIRE_(x)
#define THREADING_C_TRY_ACQUIRE_(x)
#define THREADING_C_RELEASE_(x)
#define THREADING_C_RETURNS_LOCK_(x)
#else
#define THREADING_C_ACQUIRE_(x) THREADING_ACQUIRE_(x)
#define THREADING_C_TRY_ACQUIRE_(x) THREADING_TRY_ACQUIRE_(0, x)
#define THREADING_C_RELEASE_(x) THREADING_RELEASE_(x)
#define THREADING_C_RETURNS_LOCK_(x) THREADING_RETURNS_LOCK_(x)
#endif

/**
 * A thread: started once, joined by any number of threads, any number of times.
 *
 * Made by threading_thread_new or _spawn, ended by threading_thread_destroy or _finish. Handles from threading_current_thread,
 * threading_main_thread and threading_enumerate are borrowed: they need no destroying. The zero value is the null handle.
 * @code
 * static void *work(void *arg) { return arg; }
 * threading_thread thread;
 * if (threading_thread_spawn("worker", work, NULL, &thread) == THREADING_OK) {
 *     threading_thread_finish(thread, NULL);   // join, result and destroy in one
 * }
 * @endcode
 */
typedef struct threading_thread {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_thread;

/**
 * A lock: one thread at a time holds it, and any thread may release it.
 *
 * Made by threading_lock_new, or by threading_lock_ensure for a static; ended by threading_lock_destroy. It costs 64 bytes. A
 * thread that finds it free takes it, even if others sleep waiting for it; but threads that have waited for a millisecond get it in the
 * order in which they came. A release happens before the acquire that follows it.
 * @code
 * static threading_lock lock = THREADING_NULL;
 * static int balance;   // guarded by lock
 * THREADING_WITH(threading_lock_ensure(&lock)) {
 *     balance += 1;
 * }
 * @endcode
 */
typedef struct THREADING_CAPABILITY_("lock") threading_lock {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_lock;

/**
 * A reentrant lock: one thread at a time holds it, any number of times, and has to release it as many times.
 *
 * Made by threading_rlock_new, or by threading_rlock_ensure for a static; ended by threading_rlock_destroy. It costs 64 bytes, and is
 * as fair as a lock. If a thread ends while it holds an rlock, the rlock stays held, and can be destroyed.
 *
 * A clang that lacks the attribute reentrant_capability (clang 14 and 19 do) reports, with -Wthread-safety, a function that acquires the
 * same rlock twice: THREADING_NO_ANALYSIS on that function silences it.
 */
typedef struct THREADING_CAPABILITY_("rlock") THREADING_REENTRANT_ threading_rlock {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_rlock;

/**
 * A condition: threads that hold a lock wait until another thread, which holds the same lock then, notifies them.
 *
 * Made by threading_condition_new, which gives it an rlock of its own, by threading_condition_new_with_lock and _new_with_rlock, or by
 * threading_condition_ensure for a static; ended by threading_condition_destroy. It costs 64 bytes. Waiters are notified in the order in
 * which they came. No waiter is woken without a notify, and a notified waiter is woken only when it can take the lock.
 * @code
 * threading_condition_acquire(ready);           // a consumer
 * while (items == 0) {
 *     threading_condition_wait(ready);
 * }
 * items -= 1;
 * threading_condition_release(ready);
 * @endcode
 */
typedef struct THREADING_CAPABILITY_("condition") THREADING_REENTRANT_ threading_condition {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_condition;

/**
 * A semaphore: a number of units, which any thread can take and give back.
 *
 * Made by threading_semaphore_new or threading_bounded_semaphore_new, ended by threading_semaphore_destroy. It costs 64 bytes, and is
 * as fair as a lock. threading_semaphore_release may be called in a signal handler.
 */
typedef struct threading_semaphore {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_semaphore;

/**
 * An event: a flag that threads wait for, until it is set.
 *
 * Made by threading_event_new, or by threading_event_ensure for a static; ended by threading_event_destroy. It costs 64 bytes.
 * threading_event_set may be called in a signal handler.
 * @code
 * while (!threading_event_is_set(stop)) {       // a worker
 *     work();
 * }
 * @endcode
 */
typedef struct threading_event {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_event;

/**
 * A barrier: a number of threads wait at it until all have come, and then go on together. It can be used again at once.
 *
 * Made by threading_barrier_new, ended by threading_barrier_destroy. It costs 64 bytes. A thread whose time runs out breaks the
 * barrier for all threads, and so does threading_barrier_abort; threading_barrier_reset repairs it.
 */
typedef struct threading_barrier {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_barrier;

/**
 * A timer: a function that is called once, after a while.
 *
 * Made by threading_timer_new, started by threading_timer_start, ended by threading_timer_destroy. It costs 128 bytes, and no thread of the
 * operating system while it is pending. Its thread, from threading_timer_thread, has a name, a daemon flag and all else.
 */
typedef struct threading_timer {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_timer;

/**
 * A local: a variable of which every thread has a value of its own.
 *
 * Made by threading_local_new, ended by threading_local_destroy. A value is made at a thread's first get, and destroyed when the thread
 * ends, also of a thread that the library did not start. Values that destructors set are destroyed in another round; there are at least 4
 * rounds. The main thread's values are not destroyed at the end of the process, so that functions that run then can use them; they are
 * destroyed if main ends by pthread_exit().
 */
typedef struct threading_local {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_local;


/**
 * The outcome of a call: 0 is success, positive values are the other expected outcomes, negative
 * ones are errors, so `if (status < 0)` is the whole error test. The numbers are part of the ABI:
 * new ones are appended, none is renumbered.
 */
enum threading_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Done.
     */
    THREADING_OK = 0,
    /**
     * The time ran out first, or a poll did not succeed at once.
     */
    THREADING_TIMEOUT = 1,
    /**
     * There is none: a local has no value in this thread, or a thread of the parent's no result in
     * a forked child.
     */
    THREADING_NO_VALUE = 2,
    /**
     * Reserved for waits that can be cancelled: only a thread that has asked for that will see it.
     */
    THREADING_INTERRUPTED = 3,
    /**
     * The handle is null, made up, or of another kind.
     */
    THREADING_INVALID_HANDLE = -1,
    /**
     * The handle was valid once; its object has been destroyed.
     */
    THREADING_DESTROYED = -2,
    /**
     * An argument is outside its range, a needed pointer is NULL, or a name is not UTF-8.
     */
    THREADING_INVALID_ARGUMENT = -3,
    /**
     * The call releases a lock, or waits or notifies under it, and nobody holds it.
     */
    THREADING_NOT_ACQUIRED = -4,
    /**
     * The call releases an rlock, or waits or notifies under it, and another thread holds it.
     */
    THREADING_NOT_OWNER = -5,
    /**
     * It is in use: held, waited for, not ended yet, or owned by the library.
     */
    THREADING_BUSY = -6,
    /**
     * A count is at its limit: the units of a semaphore, or the levels of an rlock.
     */
    THREADING_OVERFLOW = -7,
    /**
     * The barrier was broken before the call, or broke or was reset while the caller waited.
     */
    THREADING_BROKEN = -8,
    /**
     * The thread or timer has been started before.
     */
    THREADING_ALREADY_STARTED = -9,
    /**
     * The thread or timer has not been started.
     */
    THREADING_NOT_STARTED = -10,
    /**
     * The caller would wait for itself: a thread joins itself, or a barrier's action waits at its
     * own barrier.
     */
    THREADING_WOULD_DEADLOCK = -11,
    /**
     * The library did not start this thread, so it cannot be joined.
     */
    THREADING_DUMMY = -12,
    /**
     * Memory, handles or threads of the operating system ran out.
     */
    THREADING_NO_RESOURCES = -13,
    /**
     * The library has shut down: nothing can be started or registered any more.
     */
    THREADING_SHUTTING_DOWN = -14,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum threading_status threading_status;
#else
typedef int32_t threading_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The function that a thread runs: it gets the `arg` that the thread was made with, and returns
 * the thread's result. It may also end by `threading_exit`, pthread_exit or cancellation. It must
 * not detach or join its own pthread: the library joins it.
 */
typedef void *(*threading_target)(void *arg);

/**
 * A function that is called once, with the context that it was registered with. It must return.
 */
typedef void (*threading_callback)(void *ctx);

/**
 * Called in a thread, at its start or at its end, with the thread and the context that was set. It
 * must return.
 */
typedef void (*threading_thread_hook)(threading_thread thread, void *ctx);

/**
 * A failure in a thread, as the excepthook sees it. All pointers are valid during the call.
 */
typedef struct threading_exception {
    /**
     * The kind of failure: a word, such as a class name. Never NULL.
     */
    const char *type;
    /**
     * What happened, for a person; may be NULL.
     */
    const char *message;
    /**
     * What the reporter passed along; may be NULL.
     */
    void *payload;
    /**
     * The thread that reported it.
     */
    threading_thread thread;
} threading_exception;

/**
 * Called in a thread that reports a failure. The exception lives during the call. It must return.
 */
typedef void (*threading_excepthook)(const struct threading_exception *exception, void *ctx);

/**
 * Called in the thread whose call fails, before that call returns: with the function's name, its
 * status, the bits of the handle that it was called with (0 if none), and the context that was
 * set. It must return. Calls that fail inside the hook are not reported.
 */
typedef void (*threading_error_hook)(const char *function, threading_status status, uint64_t handle, void *ctx);

/**
 * The predicate of a wait_for: it returns whether the wait is over. It is called with the
 * condition's lock held. It must return.
 */
typedef bool (*threading_predicate)(void *ctx);

/**
 * The action of a barrier: the last thread to come calls it before all go on. If it returns false,
 * the barrier breaks. No lock of the library is held during the call. It may call every function
 * except a wait at the same barrier. It must return.
 */
typedef bool (*threading_action)(void *ctx);

/**
 * The initialiser of a local: makes a thread's value, in that thread, at its first get. It may
 * return NULL for no value; then it does not run again in that thread. It must return. If it
 * unwinds, no value was made, and the next get calls it again.
 */
typedef void *(*threading_init)(void *ctx);

/**
 * The destructor of a local's values: destroys one value; never called with NULL. It must return.
 */
typedef void (*threading_destructor)(void *value);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the whole name of a status's constant, such as "THREADING_TIMEOUT".
 *
 * @param status  any number.
 * @return a static string, never NULL; for a number that is no status, a string that says so.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
const char *threading_status_name(int32_t status);

/**
 * Returns one line about a status, for a person.
 *
 * @param status  any number.
 * @return a static string, never NULL; for a number that is no status, a string that says so.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
const char *threading_status_message(int32_t status);

/**
 * Returns one line about why the last call that failed in the calling thread has failed.
 *
 * It says more than `threading_status_message` where a status has several causes: which lock was
 * not held, which argument was wrong. In an error hook it is the call that the hook is told of. A
 * call has failed if it returned a negative status, or asked with a bad handle.
 * @return a static string, never NULL; it says so if no call has failed in this thread.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
const char *threading_error_message(void);

/**
 * Returns the version of the library that runs, such as "0.1.0"; the header's own version is in
 * the macros.
 *
 * @return a static string, never NULL.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
const char *threading_version(void);

/**
 * Prints where and why a call failed, and aborts; passes any other status on. `THREADING_CHECK`
 * calls it.
 *
 * @param status  what the call returned.
 * @param call  the call's text, or NULL.
 * @param file  the source file, or NULL.
 * @param line  the line in it.
 * @return `status`, if it is not negative, or THREADING_OK for a positive number that is no
 * status; else the function does not return, but prints one line to the standard error stream and
 * calls abort(): file, line, call, status, what `threading_error_message` says of it, and the
 * thread.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_check(int32_t status, const char *call, const char *file, int line);

/**
 * Makes a thread that is not started yet (Python: `threading.Thread(target=..., name=...,
 * args=...)`).
 *
 * It inherits the daemon flag of the thread that makes it. If the library did not start that
 * thread, the new one is a daemon.
 * @param name  its name in UTF-8, which is copied; or NULL. NULL and "" give it a name of the form
 * Thread-N.
 * @param target  what it will run.
 * @param arg  passed to `target`; it stays the caller's, who frees it if `target` never runs.
 * @param out  where the handle goes; it is the caller's, to be destroyed with
 * `threading_thread_destroy` or `_finish`.
 * @retval THREADING_OK  `*out` is a thread.
 * @retval THREADING_INVALID_ARGUMENT  `target` or `out` is NULL, or `name` is not UTF-8.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_new(const char *name, threading_target target, void *arg, threading_thread *out);

/**
 * Makes a thread and starts it: `threading_thread_new` and `threading_thread_start` in one.
 *
 * The thread keeps the process alive: `return` from main and `exit` wait until it has ended. It is
 * a daemon, for which they do not wait, if the calling thread is one or was not started by this
 * library. For one that the process need not wait for use `threading_thread_spawn_daemon`; to tell
 * it at the end to stop, register a function with `threading_register_atexit`. A handler of
 * atexit() is too late for that: it runs after the wait.
 * @param name  its name in UTF-8, which is copied; or NULL. NULL and "" give it a name of the form
 * Thread-N.
 * @param target  what it runs.
 * @param arg  passed to `target`; it stays the caller's if the call fails.
 * @param out  where the handle goes; it is written before `target` runs, so that `target` may read
 * it; or NULL: then the thread is detached from the beginning.
 * @retval THREADING_OK  the thread runs, or is about to.
 * @retval THREADING_INVALID_ARGUMENT  `target` is NULL, `name` is not UTF-8, or the operating
 * system takes no stack of the size that `threading_set_stack_size` or the platform's default asks
 * for.
 * @retval THREADING_NO_RESOURCES  memory, handles or threads of the operating system ran out, or
 * it does not permit the thread.
 * @retval THREADING_SHUTTING_DOWN  the library has shut down.
 * @par Blocking
 * Never; it does not wait for the thread to run.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_spawn(const char *name, threading_target target, void *arg, threading_thread *out);

/**
 * Makes a daemon thread and starts it: one that does not keep the process alive (Python:
 * `Thread(..., daemon=True)`).
 *
 * @param name  its name in UTF-8, which is copied; or NULL. NULL and "" give it a name of the form
 * Thread-N.
 * @param target  what it runs.
 * @param arg  passed to `target`; it stays the caller's if the call fails.
 * @param out  where the handle goes; it is written before `target` runs, so that `target` may read
 * it; or NULL: then the thread is detached from the beginning.
 * @retval THREADING_OK  the thread runs, or is about to.
 * @retval THREADING_INVALID_ARGUMENT  `target` is NULL, `name` is not UTF-8, or the operating
 * system takes no stack of the size that `threading_set_stack_size` or the platform's default asks
 * for.
 * @retval THREADING_NO_RESOURCES  memory, handles or threads of the operating system ran out, or
 * it does not permit the thread.
 * @retval THREADING_SHUTTING_DOWN  the library has shut down.
 * @par Blocking
 * Never; it does not wait for the thread to run.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_spawn_daemon(const char *name,
                                               threading_target target,
                                               void *arg,
                                               threading_thread *out);

/**
 * Starts a thread; it does not wait until the thread runs (Python: `Thread.start()`).
 *
 * Unless it is a daemon, `return` from main and `exit` wait until it has ended, before they run
 * any handler of atexit(): what tells it to stop is registered with `threading_register_atexit`.
 * @param thread  a thread that was not started yet.
 * @retval THREADING_OK  the thread runs, or is about to; its ident and name are known.
 * @retval THREADING_ALREADY_STARTED  it was started before; a thread runs once.
 * @retval THREADING_INVALID_ARGUMENT  the operating system takes no stack of the thread's size,
 * now or later; with another size it can be started.
 * @retval THREADING_NO_RESOURCES  the operating system has no room for the thread at this moment
 * or does not permit it, or memory ran out; it can be started again later.
 * @retval THREADING_SHUTTING_DOWN  the library has shut down.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `thread` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_start(threading_thread thread);

/**
 * Waits for the end of a thread, its thread-locals' destructors included (Python:
 * `Thread.join()`).
 *
 * Any number of threads may join, any number of times. What the thread did happens before the
 * return of this call.
 * @param thread  a thread that was started. The main thread counts as ended when it begins exit or
 * shutdown.
 * @retval THREADING_OK  it has ended, or runs exit or shutdown.
 * @retval THREADING_NOT_STARTED  it was not started yet.
 * @retval THREADING_DUMMY  the library did not start it.
 * @retval THREADING_WOULD_DEADLOCK  it is the calling thread.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the thread has ended. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_join(threading_thread thread);

/**
 * Waits for the end of a thread, for at most that time (Python: `Thread.join(timeout)`).
 *
 * @param thread  a thread that was started.
 * @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  it has ended, or runs exit or shutdown.
 * @retval THREADING_TIMEOUT  the time ran out first.
 * @retval THREADING_NOT_STARTED  it was not started yet.
 * @retval THREADING_DUMMY  the library did not start it.
 * @retval THREADING_WOULD_DEADLOCK  it is the calling thread.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the thread has ended or the time is up, on the monotonic clock; never less. Signals
 * neither end nor lengthen it.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_join_timeout(threading_thread thread, double seconds);

/**
 * Reads what a thread's target returned, or gave to `threading_exit` or pthread_exit;
 * PTHREAD_CANCELED after a cancellation. After a pthread_exit or a cancellation in a timer's
 * function it is NULL if memory ran out.
 *
 * @param thread  a thread that has ended.
 * @param out  where the result goes: the address of a `void *`.
 * @retval THREADING_OK  `*out` is the result.
 * @retval THREADING_NO_VALUE  a fork came before its end, and this is the child: nobody knows how
 * far it got.
 * @retval THREADING_NOT_STARTED  it was not started yet.
 * @retval THREADING_BUSY  it has not ended.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Never, except for the moment that the operating system needs to end a thread that used
 * pthread_exit.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_result(threading_thread thread, void **out);

/**
 * Finishes a thread: joins it, reads its result and destroys it, as pthread_join does.
 *
 * @param thread  a thread that was started.
 * @param result  where the result goes: the address of a `void *`; or NULL.
 * @retval THREADING_OK  it has ended, and its handle is THREADING_DESTROYED from now on.
 * @retval THREADING_NO_VALUE  the same, but it has no result, as `threading_thread_result` says.
 * @retval THREADING_NOT_STARTED  it was not started yet.
 * @retval THREADING_DUMMY  the library did not start it.
 * @retval THREADING_WOULD_DEADLOCK  it is the calling thread.
 * @retval THREADING_BUSY  it is the main thread, it runs exit or shutdown, or another thread waits
 * for its result.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the thread has ended. Signals do not end the wait.
 * @par Thread safety
 * Any thread; of several that finish the same thread one succeeds.
 */
threading_status threading_thread_finish(threading_thread thread, void **result);

/**
 * Tells whether a thread was started and has not ended (Python: `Thread.is_alive()`).
 *
 * @param thread  the thread.
 * @return whether it is alive; false for a bad handle, for which the error hook is called, and for
 * a thread that runs exit or shutdown.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
bool threading_thread_is_alive(threading_thread thread);

/**
 * Destroys a thread, or detaches it if it has been started and has not ended: then it goes on, as
 * after pthread_detach.
 *
 * The handle of a detached thread stays valid until the thread ends, and is THREADING_DESTROYED
 * afterwards.
 * @param thread  the thread; the null handle is allowed: then nothing happens.
 * @retval THREADING_OK  it is destroyed, or detached.
 * @retval THREADING_BUSY  it is the main thread or a Dummy, is being started, or another thread
 * waits for its result.
 * @retval THREADING_INVALID_HANDLE  `thread` is made up, or of another kind.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread, also the thread itself.
 */
threading_status threading_thread_destroy(threading_thread thread);

/**
 * Ends the calling thread as if its target had returned `result` (Python: `_thread.exit()`). C++
 * destructors and cleanup handlers on its stack run.
 *
 * @param result  the thread's result.
 * @retval THREADING_INVALID_ARGUMENT  the calling thread is the main thread, was not started by
 * this library, or its target has returned already. In all other threads the function does not
 * return.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread that this library started.
 */
threading_status threading_exit(void *result);

/**
 * Copies the name of a thread (Python: `Thread.name`).
 *
 * @param thread  the thread.
 * @param buffer  where the name goes, NUL-terminated, and cut between characters if it does not
 * fit; or NULL if `capacity` is 0.
 * @param capacity  bytes of `buffer`; 0 writes nothing.
 * @param length  where the length of the whole name goes, in bytes without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` has the name, or its beginning.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
 * @par Blocking
 * Never, except for the moment in which another thread changes a name.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_name(threading_thread thread, char *buffer, size_t capacity, size_t *length);

/**
 * Renames a thread, whether it runs or not (Python: `Thread.name = ...`).
 *
 * A running thread gets the name in the operating system too; Linux keeps the first 15 bytes. On
 * Linux the main thread's name is the name of the process, which tools such as ps and killall
 * show.
 * @param thread  the thread.
 * @param name  the name in UTF-8, copied; "" gives back the default name.
 * @retval THREADING_OK  the name is set.
 * @retval THREADING_INVALID_ARGUMENT  `name` is NULL or not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name.
 * @par Blocking
 * Never, except for the moment in which another thread changes a name.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_set_name(threading_thread thread, const char *name);

/**
 * Tells whether a thread is a daemon: the end of the process does not wait for it (Python:
 * `Thread.daemon`).
 *
 * @param thread  the thread.
 * @return its daemon flag; false for a bad handle, for which the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
bool threading_thread_daemon(threading_thread thread);

/**
 * Sets whether a thread is a daemon, before its start: the end of the process does not wait for
 * daemons (Python: `Thread.daemon = ...`).
 *
 * @param thread  a thread that was not started yet.
 * @param daemon  whether it is one.
 * @retval THREADING_OK  the flag is set.
 * @retval THREADING_ALREADY_STARTED  it was started before; the main thread and Dummies count as
 * started.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_set_daemon(threading_thread thread, bool daemon);

/**
 * Sets the size of a thread's stack, before its start.
 *
 * @param thread  a thread that was not started yet.
 * @param bytes  at least 32,768, rounded up to pages; 0 means the size that `threading_stack_size`
 * returns when the thread is started.
 * @retval THREADING_OK  the thread will get at least that much, beside its thread-locals.
 * @retval THREADING_INVALID_ARGUMENT  `bytes` is too small, or larger than any memory could be.
 * @retval THREADING_ALREADY_STARTED  it was started before; the main thread and Dummies count as
 * started.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or detached and has ended.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_set_stack_size(threading_thread thread, size_t bytes);

/**
 * Returns a thread's ident: a number that no other thread of the process has, before or after
 * (Python: `Thread.ident`).
 *
 * @param thread  the thread.
 * @return the ident, never 0 from its start on; 0 before, and for a bad handle, for which the
 * error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
uint64_t threading_thread_ident(threading_thread thread);

/**
 * Returns the operating system's id of a thread, by which tools such as top know it (Python:
 * `Thread.native_id`).
 *
 * @param thread  the thread.
 * @return the id; 0 before its start, and for a bad handle, for which the error hook is called.
 * After its end the system may give the id to another thread.
 * @par Blocking
 * Right after the start, until the thread runs; else never.
 * @par Thread safety
 * Any thread.
 */
uint64_t threading_thread_native_id(threading_thread thread);

/**
 * Returns the calling thread (Python: `threading.current_thread()`).
 *
 * A thread that this library did not start gets a record of its own here, named Dummy-N, which
 * vanishes when the thread ends.
 * @return the thread; the handle is borrowed, not owned. Null only if memory ran out, or in the
 * last of the thread's thread-local destructors.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_thread threading_current_thread(void);

/**
 * Returns the main thread: the one that the process began with; after a fork, the one that forked
 * (Python: `threading.main_thread()`).
 *
 * @return the thread; the handle is borrowed, not owned.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_thread threading_main_thread(void);

/**
 * Returns the calling thread's name, for logs.
 *
 * @return the name, NUL-terminated, never NULL; valid until this thread calls this function again
 * or ends.
 * @par Blocking
 * Never, except for the moment in which another thread changes a name.
 * @par Thread safety
 * Any thread.
 */
const char *threading_current_name(void);

/**
 * Returns the calling thread's ident: a number that no other thread of the process has, before or
 * after (Python: `threading.get_ident()`).
 *
 * @return the ident, never 0.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
uint64_t threading_get_ident(void);

/**
 * Returns the operating system's id of the calling thread, by which tools such as top know it
 * (Python: `threading.get_native_id()`).
 *
 * @return the id, never 0.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
uint64_t threading_get_native_id(void);

/**
 * Counts the threads that are alive: the main thread, those that were started and have not ended,
 * and Dummies (Python: `threading.active_count()`).
 *
 * @return how many.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
size_t threading_active_count(void);

/**
 * Lists the threads that are alive (Python: `threading.enumerate()`).
 *
 * If there is room, every thread that is alive during the whole call is listed; a thread that had
 * ended before the call is not. A thread that joins all of them must leave out itself, and the
 * main thread, which may end only with the process.
 * @param array  where the handles go; they are borrowed, not owned; or NULL if `capacity` is 0.
 * @param capacity  how many fit.
 * @return how many were written, never more than `capacity`; if it equals `capacity` there may be
 * more.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
size_t threading_enumerate(threading_thread *array, size_t capacity);

/**
 * Returns the stack size of new threads, as it was set (Python: `threading.stack_size()`).
 *
 * @return bytes; 0 is the platform's default, whose size it does not tell:
 * `threading_set_stack_size` says what that is.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
size_t threading_stack_size(void);

/**
 * Sets the stack size of threads that are started from now on (Python: `threading.stack_size(n)`).
 *
 * The platform's default is what the C library gives a thread that it makes without attributes, at
 * the moment of the start: with glibc RLIMIT_STACK as it was when the process began, or what the
 * program has set by `pthread_setattr_default_np` since. The guard area behind the stack is always
 * the platform's. Thread-locals that the C library takes from the stack are added to the size.
 * @param bytes  at least 32,768, rounded up to pages when a thread is started; 0 is the platform's
 * default.
 * @retval THREADING_OK  the size is set.
 * @retval THREADING_INVALID_ARGUMENT  `bytes` is too small, or larger than any memory could be.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_set_stack_size(size_t bytes);

/**
 * Reads the monotonic clock, by which all waits are measured.
 *
 * It is the kernel's, by which the kernel sleeps. A program that puts another `clock_gettime` in
 * the C library's place, as libfaketime does, changes neither this clock nor a wait.
 * @return seconds since a moment that stays the same while the system runs.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
double threading_monotonic(void);

/**
 * Lets the calling thread sleep (Python: `time.sleep()`). A signal handler that runs meanwhile
 * does not shorten it.
 *
 * @param seconds  0 or less returns at once, INFINITY never returns; rounded up to nanoseconds; at
 * most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the time has passed.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
 * @par Blocking
 * For that time, on the monotonic clock; never less.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_sleep(double seconds);

/**
 * Registers a function that runs at the end of the process, before the threads are joined: the
 * place to tell threads to stop (Python: `threading._register_atexit()`). The last registered
 * function runs first.
 *
 * A handler of atexit() cannot do this: it runs after the join, so a process whose handler stops
 * its threads would never end. When main ends by pthread_exit(), the function runs when all
 * threads have ended that are not daemons: then it cannot tell them to stop either.
 * @param fn  the function; it runs once, in the thread that shuts down or exits.
 * @param ctx  passed to the function; it stays the caller's; or NULL.
 * @retval THREADING_OK  it will run.
 * @retval THREADING_INVALID_ARGUMENT  `fn` is NULL.
 * @retval THREADING_SHUTTING_DOWN  the shutdown has begun.
 * @retval THREADING_NO_RESOURCES  memory ran out.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_register_atexit(threading_callback fn, void *ctx);

/**
 * Does what the end of the process does: runs the functions of threading_register_atexit, then
 * waits until all threads have ended that are not daemons, also those that start meanwhile.
 * Afterwards no thread can be started.
 *
 * `return` from main and exit() in main do this before anything else: before any handler of
 * atexit() runs and before any static is destroyed. exit() in another thread does it in the order
 * of the handlers: it first runs those that were registered after the first thread was started,
 * then waits for the threads, then runs the others. So does exit() in main with musl. When main
 * ends by pthread_exit(), it is done when all threads have ended that are not daemons, and the
 * process then ends as by exit(0).
 *
 * If several threads call exit(), one of them ends the process, with its code, and the others wait
 * for that: a thread other than main, if there is one among them. An exit() that has waited for
 * five seconds says once on stderr for which threads; the environment variable THREADING_REPORT=0
 * silences that.
 *
 * Call this at the end of main if threads use main's own variables, or if another thread may call
 * exit(). The calling thread counts as ended for threads that join it.
 * @retval THREADING_OK  all have ended; later calls do nothing.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until all threads that are not daemons have ended.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_shutdown(void);

/**
 * Does what `threading_shutdown` does, but waits for at most that time.
 *
 * @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  all have ended; later calls do nothing.
 * @retval THREADING_TIMEOUT  the time ran out first. The registered functions have run and do not
 * run again; threads can still be started, and the end of the process waits for them as always.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX;
 * nothing has changed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until all threads that are not daemons have ended or the time is up, on the monotonic clock.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_shutdown_timeout(double seconds);

/**
 * Sets the hook that is called in each new thread before its target (the place of Python's
 * `threading.settrace()`).
 *
 * @param fn  the hook; or NULL: none from now on. The previous hook may still be running when the
 * call returns.
 * @param ctx  passed to the hook; it stays the caller's; or NULL.
 * @retval THREADING_OK  the hook is set.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_set_start_hook(threading_thread_hook fn, void *ctx);

/**
 * Sets the hook that is called in each thread of this library after its target, and before the
 * thread's thread-locals are destroyed. It is called too if the target ends by pthread_exit or
 * cancellation.
 *
 * @param fn  the hook; or NULL: none from now on. The previous hook may still be running when the
 * call returns.
 * @param ctx  passed to the hook; it stays the caller's; or NULL.
 * @retval THREADING_OK  the hook is set.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_set_exit_hook(threading_thread_hook fn, void *ctx);

/**
 * Sets the hook that `threading_report_exception` calls (Python: `threading.excepthook`).
 *
 * @param fn  the hook; or NULL: failures are printed to the standard error stream. The previous
 * hook may still be running when the call returns.
 * @param ctx  passed to the hook; it stays the caller's; or NULL.
 * @retval THREADING_OK  the hook is set.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_set_excepthook(threading_excepthook fn, void *ctx);

/**
 * Tells whether an excepthook is set: if not, `threading_report_exception` prints.
 *
 * @return whether one is set at this moment.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
bool threading_has_excepthook(void);

/**
 * Sets the hook that is called for every call of this library that fails: one that returns a
 * negative status, or asks about a bad handle.
 *
 * A program that ignores results learns of its mistakes by this hook. Inside the hook
 * `threading_error_message` says why the call fails. It costs nothing for calls that succeed. If a
 * call fails in a signal handler, the hook runs there too.
 * @param fn  the hook; or NULL: none from now on. The previous hook may still be running when the
 * call returns.
 * @param ctx  passed to the hook; it stays the caller's; or NULL.
 * @retval THREADING_OK  the hook is set.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; the hook runs in any thread.
 */
threading_status threading_set_error_hook(threading_error_hook fn, void *ctx);

/**
 * Reports a failure in the calling thread: to the excepthook, else to the standard error stream
 * (what Python does with an exception that a thread does not catch). The thread goes on. What is
 * printed are two lines, whatever is in the texts: control characters in them become escapes, such
 * as `\n`. The hook gets the texts as they are.
 *
 * @param type  the kind of failure, in UTF-8: a word, such as a class name.
 * @param message  what happened, for a person, in UTF-8; or NULL.
 * @param payload  passed to the excepthook; or NULL.
 * @retval THREADING_OK  the hook has returned, or the failure was printed.
 * @retval THREADING_INVALID_ARGUMENT  `type` is NULL, or one of the two is not UTF-8; nothing is
 * reported.
 * @par Blocking
 * Never, except for what the hook does.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_report_exception(const char *type, const char *message, void *payload);

/**
 * Makes a lock that nobody holds (Python: `threading.Lock()`).
 *
 * @param out  where the handle goes; it is the caller's, to be destroyed with
 * `threading_lock_destroy`.
 * @retval THREADING_OK  `*out` is a lock.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never; no system call while a segment of 65,536 locks has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_lock_new(threading_lock *out);

/**
 * Returns the lock in `*handle`, and makes it first if it is null: for statics, which begin as
 * `THREADING_NULL`.
 *
 * If several threads make it at the same time, all get the same lock.
 * @param handle  a handle that lives as long as the lock is used; only this function changes it,
 * and only if it is null. Its address is not kept.
 * @return the lock; null if there was no memory for it, or if `handle` is NULL: the error hook is
 * called for both.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
threading_lock threading_lock_ensure(threading_lock *handle) THREADING_C_RETURNS_LOCK_(*handle);

/**
 * Acquires the lock; waits as long as needed (Python: `Lock.acquire()`).
 *
 * A thread that already holds the lock waits too, until another thread releases it. A release
 * happens before the acquire that follows it.
 * @param lock  the lock.
 * @retval THREADING_OK  the caller holds it.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `lock` was destroyed: before the call, or during the call before
 * the caller had begun to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the lock is the caller's. Signals do not end the wait. Threads that have waited for more
 * than a millisecond get it in the order in which they came.
 * @par Thread safety
 * Any thread.
 *
 */
threading_status threading_lock_acquire(threading_lock lock) THREADING_C_ACQUIRE_(lock);

/**
 * Acquires the lock if it is free at this moment (Python: `Lock.acquire(False)`).
 *
 * @param lock  the lock.
 * @retval THREADING_OK  the caller holds it.
 * @retval THREADING_TIMEOUT  it is held.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `lock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK threading_status threading_lock_try_acquire(threading_lock lock) THREADING_C_TRY_ACQUIRE_(lock);

/**
 * Acquires the lock; waits for at most that time (Python: `Lock.acquire(timeout=...)`).
 *
 * @param lock  the lock.
 * @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the caller holds it; also if it was released at the moment when the time
 * ran out.
 * @retval THREADING_TIMEOUT  the time ran out first; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `lock` was destroyed: before the call, or during the call before
 * the caller had begun to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the lock is the caller's or the time is up, on the monotonic clock; never less. Signals
 * neither end nor lengthen it.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_lock_acquire_timeout(threading_lock lock,
                                                double seconds)
THREADING_C_TRY_ACQUIRE_(lock);

/**
 * Releases the lock, so that the next waiter can take it (Python: `Lock.release()`). Any thread
 * may release it, not only the one that acquired it.
 *
 * @param lock  the lock.
 * @retval THREADING_OK  it is released; the next thread may hold it already.
 * @retval THREADING_NOT_ACQUIRED  nobody held it.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `lock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
threading_status threading_lock_release(threading_lock lock) THREADING_C_RELEASE_(lock);

/**
 * Tells whether a thread holds the lock (Python: `Lock.locked()`). The answer is about the moment
 * of the call; it may be out of date when the call returns.
 *
 * @param lock  the lock.
 * @return whether it is held; false for a bad handle, for which the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
bool threading_lock_locked(threading_lock lock);

/**
 * Destroys the lock: from now on its handle is `THREADING_DESTROYED`, in every thread.
 *
 * @param lock  the lock; the null handle is allowed: then nothing happens.
 * @retval THREADING_OK  it is destroyed. A thread whose call had begun, but that did not wait yet,
 * gets THREADING_DESTROYED.
 * @retval THREADING_BUSY  it is held by a thread that has not ended, threads wait for it, or a
 * condition that was made with it has not been destroyed; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `lock` is made up, or of another kind.
 * @retval THREADING_DESTROYED  it was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_lock_destroy(threading_lock lock);

/**
 * Makes an rlock that nobody holds (Python: `threading.RLock()`).
 *
 * @param out  where the handle goes; it is the caller's, to be destroyed with
 * `threading_rlock_destroy`.
 * @retval THREADING_OK  `*out` is an rlock.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never; no system call while a segment of 65,536 rlocks has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_rlock_new(threading_rlock *out);

/**
 * Returns the rlock in `*handle`, and makes it first if it is null: for statics, which begin as
 * `THREADING_NULL`.
 *
 * If several threads make it at the same time, all get the same rlock.
 * @param handle  a handle that lives as long as the rlock is used; only this function changes it,
 * and only if it is null. Its address is not kept.
 * @return the rlock; null if there was no memory for it, or if `handle` is NULL: the error hook is
 * called for both.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
threading_rlock threading_rlock_ensure(threading_rlock *handle) THREADING_C_RETURNS_LOCK_(*handle);

/**
 * Acquires the rlock; waits as long as needed (Python: `RLock.acquire()`). A thread that already
 * holds it does not wait, and holds it one level deeper.
 *
 * @param rlock  the rlock.
 * @retval THREADING_OK  the caller holds it, one level deeper than before; each acquire needs a
 * release of its own.
 * @retval THREADING_OVERFLOW  the caller holds it 4,294,967,295 times already.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `rlock` was destroyed: before the call, or during the call before
 * the caller had begun to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the rlock is the caller's. Signals do not end the wait. Threads that have waited for more
 * than a millisecond get it in the order in which they came.
 * @par Thread safety
 * Any thread.
 *
 */
threading_status threading_rlock_acquire(threading_rlock rlock) THREADING_C_ACQUIRE_(rlock);

/**
 * Acquires the rlock if it is free or the caller's at this moment (Python:
 * `RLock.acquire(False)`).
 *
 * @param rlock  the rlock.
 * @retval THREADING_OK  the caller holds it, one level deeper than before.
 * @retval THREADING_TIMEOUT  another thread holds it.
 * @retval THREADING_OVERFLOW  the caller holds it 4,294,967,295 times already.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `rlock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_rlock_try_acquire(threading_rlock rlock)
THREADING_C_TRY_ACQUIRE_(rlock);

/**
 * Acquires the rlock; waits for at most that time (Python: `RLock.acquire(timeout=...)`).
 *
 * @param rlock  the rlock.
 * @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the caller holds it, one level deeper than before; also if it was released
 * at the moment when the time ran out.
 * @retval THREADING_TIMEOUT  the time ran out first; nothing has changed.
 * @retval THREADING_OVERFLOW  the caller holds it 4,294,967,295 times already.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `rlock` was destroyed: before the call, or during the call before
 * the caller had begun to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the rlock is the caller's or the time is up, on the monotonic clock; never less. Signals
 * neither end nor lengthen it.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_rlock_acquire_timeout(threading_rlock rlock,
                                                 double seconds)
THREADING_C_TRY_ACQUIRE_(rlock);

/**
 * Releases one level of the rlock. After the last level the next waiter can take it (Python:
 * `RLock.release()`).
 *
 * @param rlock  the rlock.
 * @retval THREADING_OK  the caller holds it one level less, or no longer.
 * @retval THREADING_NOT_ACQUIRED  nobody holds it.
 * @retval THREADING_NOT_OWNER  another thread holds it; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `rlock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * The thread that holds it; any other gets a status.
 *
 */
threading_status threading_rlock_release(threading_rlock rlock) THREADING_C_RELEASE_(rlock);

/**
 * Tells whether a thread holds the rlock (Python: `RLock.locked()`). The answer is about the
 * moment of the call; it may be out of date when the call returns.
 *
 * @param rlock  the rlock.
 * @return whether it is held, by the caller or another; false for a bad handle, for which the
 * error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
bool threading_rlock_locked(threading_rlock rlock);

/**
 * Tells how many levels deep the calling thread holds the rlock.
 *
 * @param rlock  the rlock.
 * @return the depth; 0 if the caller does not hold it, and for a bad handle, for which the error
 * hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
size_t threading_rlock_depth(threading_rlock rlock);

/**
 * Tells which thread holds the rlock, and how deep. About another thread's rlock the answer may be
 * out of date when the call returns.
 *
 * @param rlock  the rlock.
 * @param depth  where the depth goes, 0 if nobody holds it; or NULL.
 * @return the ident of the thread that holds it; 0 if nobody does, and for a bad handle, for which
 * the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
uint64_t threading_rlock_owner(threading_rlock rlock, size_t *depth);

/**
 * Destroys the rlock: from now on its handle is `THREADING_DESTROYED`, in every thread.
 *
 * @param rlock  the rlock; the null handle is allowed: then nothing happens.
 * @retval THREADING_OK  it is destroyed. A thread whose call had begun, but that did not wait yet,
 * gets THREADING_DESTROYED.
 * @retval THREADING_BUSY  it is held by a thread that has not ended, threads wait for it, or a
 * condition that was made with it has not been destroyed; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `rlock` is made up, or of another kind.
 * @retval THREADING_DESTROYED  it was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_rlock_destroy(threading_rlock rlock);

/**
 * Makes a condition on an rlock of its own (Python: `threading.Condition()`).
 *
 * @param out  where the handle goes; it is the caller's, to be destroyed with
 * `threading_condition_destroy`.
 * @retval THREADING_OK  `*out` is a condition.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never; no system call while a segment of 65,536 conditions has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_condition_new(threading_condition *out);

/**
 * Makes a condition on a lock (Python: `threading.Condition(lock)`). Several conditions may share
 * one lock.
 *
 * @param lock  the lock; it cannot be destroyed before the condition.
 * @param out  where the handle goes; it is the caller's, to be destroyed with
 * `threading_condition_destroy`.
 * @retval THREADING_OK  `*out` is a condition.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `lock` was destroyed.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out, or there are 1,048,575 conditions on
 * this lock.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_condition_new_with_lock(threading_lock lock, threading_condition *out);

/**
 * Makes a condition on an rlock (Python: `threading.Condition(rlock)`). Several conditions may
 * share one rlock.
 *
 * @param rlock  the rlock; it cannot be destroyed before the condition.
 * @param out  where the handle goes; it is the caller's, to be destroyed with
 * `threading_condition_destroy`.
 * @retval THREADING_OK  `*out` is a condition.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `rlock` was destroyed.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out, or there are 1,048,575 conditions on
 * this rlock.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_condition_new_with_rlock(threading_rlock rlock, threading_condition *out);

/**
 * Returns the condition in `*handle`, and makes it first, on an rlock of its own, if it is null:
 * for statics, which begin as `THREADING_NULL`.
 *
 * If several threads make it at the same time, all get the same condition.
 * @param handle  a handle that lives as long as the condition is used; only this function changes
 * it, and only if it is null. Its address is not kept.
 * @return the condition; null if there was no memory for it, or if `handle` is NULL: the error
 * hook is called for both.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
threading_condition threading_condition_ensure(threading_condition *handle) THREADING_C_RETURNS_LOCK_(*handle);

/**
 * Acquires the condition's lock; waits as long as needed (Python: `Condition.acquire()`).
 *
 * @param condition  the condition.
 * @retval THREADING_OK  the caller holds the lock; an rlock one level deeper than before.
 * @retval THREADING_OVERFLOW  the caller holds the rlock 4,294,967,295 times already.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `condition` was destroyed: before the call, or during the call
 * before the caller had begun to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the lock is the caller's. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 *
 */
threading_status threading_condition_acquire(threading_condition condition) THREADING_C_ACQUIRE_(condition);

/**
 * Acquires the condition's lock if that is possible at this moment (Python:
 * `Condition.acquire(False)`).
 *
 * @param condition  the condition.
 * @retval THREADING_OK  the caller holds the lock; an rlock one level deeper than before.
 * @retval THREADING_TIMEOUT  it is held.
 * @retval THREADING_OVERFLOW  the caller holds the rlock 4,294,967,295 times already.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `condition` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_condition_try_acquire(threading_condition condition)
THREADING_C_TRY_ACQUIRE_(condition);

/**
 * Acquires the condition's lock; waits for at most that time (Python:
 * `Condition.acquire(timeout=...)`).
 *
 * @param condition  the condition.
 * @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the caller holds the lock; an rlock one level deeper than before.
 * @retval THREADING_TIMEOUT  the time ran out first; nothing has changed.
 * @retval THREADING_OVERFLOW  the caller holds the rlock 4,294,967,295 times already.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `condition` was destroyed: before the call, or during the call
 * before the caller had begun to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the lock is the caller's or the time is up, on the monotonic clock; never less. Signals
 * neither end nor lengthen it.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_condition_acquire_timeout(threading_condition condition,
                                                     double seconds)
THREADING_C_TRY_ACQUIRE_(condition);

/**
 * Releases the condition's lock, or one level of it if it is an rlock (Python:
 * `Condition.release()`).
 *
 * @param condition  the condition.
 * @retval THREADING_OK  the caller holds it one level less, or no longer.
 * @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
 * @retval THREADING_NOT_OWNER  another thread holds its rlock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `condition` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * The thread that holds the rlock; for a plain lock any thread.
 *
 */
threading_status threading_condition_release(threading_condition condition) THREADING_C_RELEASE_(condition);

/**
 * Tells whether a thread holds the condition's lock (Python: `Condition.locked()`).
 *
 * @param condition  the condition.
 * @return whether it is held; false for a bad handle, for which the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
bool threading_condition_locked(threading_condition condition);

/**
 * Releases the condition's lock (all levels, if it is an rlock), waits for a notify, and acquires
 * the lock again, as deep as before (Python: `Condition.wait()`).
 *
 * No notify is lost between the release and the wait, and the wait does not end without a notify.
 * But another thread may hold the lock between the notify and the return of this call, so check in
 * a loop for what you wait for.
 * @param condition  the condition; the caller holds its lock.
 * @retval THREADING_OK  notified; the caller holds the lock again.
 * @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
 * @retval THREADING_NOT_OWNER  another thread holds its rlock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `condition` was destroyed: before the call, or when the caller was
 * about to take the lock back. In the second case the lock was destroyed with it, and the caller
 * does not hold it.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until notified, and then until the lock is free. Signals do not end the wait.
 * @par Thread safety
 * A thread that holds the lock.
 *
 */
threading_status threading_condition_wait(threading_condition condition) THREADING_C_CONDITION_(condition);

/**
 * Waits for a notify, for at most that time (Python: `Condition.wait(timeout)`).
 *
 * Without a predicate function the loop is: `double end = threading_monotonic() + 2; while (!ready
 * && threading_condition_wait_timeout(c, end - threading_monotonic()) == THREADING_OK) {}`.
 * @param condition  the condition; the caller holds its lock.
 * @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  notified; the caller holds the lock again.
 * @retval THREADING_TIMEOUT  the time ran out first. The caller holds the lock again, and has used
 * up no notify.
 * @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
 * @retval THREADING_NOT_OWNER  another thread holds its rlock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `condition` was destroyed: before the call, or when the caller was
 * about to take the lock back. In the second case the lock was destroyed with it, and the caller
 * does not hold it.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until notified or the time is up, on the monotonic clock, and then until the lock is free, which
 * the time does not limit.
 * @par Thread safety
 * A thread that holds the lock.
 *
 */
threading_status threading_condition_wait_timeout(threading_condition condition,
                                                  double seconds)
THREADING_C_CONDITION_(condition);

/**
 * Waits until a predicate returns true (Python: `Condition.wait_for()`). The predicate is called
 * with the lock held, once before any wait and then after each notify.
 *
 * @param condition  the condition; the caller holds its lock.
 * @param predicate  returns whether the wait is over.
 * @param ctx  passed to `predicate`; it stays the caller's; or NULL.
 * @retval THREADING_OK  the predicate has returned true; the caller holds the lock.
 * @retval THREADING_INVALID_ARGUMENT  `predicate` is NULL.
 * @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
 * @retval THREADING_NOT_OWNER  another thread holds its rlock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `condition` was destroyed: before the call, or when the caller was
 * about to take the lock back. In the second case the lock was destroyed with it, and the caller
 * does not hold it.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the predicate returns true. Signals do not end the wait.
 * @par Thread safety
 * A thread that holds the lock.
 *
 */
threading_status threading_condition_wait_for(threading_condition condition,
                                              threading_predicate predicate,
                                              void *ctx)
THREADING_C_CONDITION_(condition);

/**
 * Waits until a predicate returns true, for at most that time (Python:
 * `Condition.wait_for(predicate, timeout)`). When the time has run out the predicate is called
 * once more.
 *
 * @param condition  the condition; the caller holds its lock.
 * @param predicate  returns whether the wait is over.
 * @param ctx  passed to `predicate`; it stays the caller's; or NULL.
 * @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the predicate has returned true; the caller holds the lock.
 * @retval THREADING_TIMEOUT  the time ran out, and the predicate has returned false; the caller
 * holds the lock.
 * @retval THREADING_INVALID_ARGUMENT  `predicate` is NULL, or `seconds` is NaN, or finite and over
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
 * @retval THREADING_NOT_OWNER  another thread holds its rlock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `condition` was destroyed: before the call, or when the caller was
 * about to take the lock back. In the second case the lock was destroyed with it, and the caller
 * does not hold it.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the predicate returns true or the time is up, on the monotonic clock, and then until the
 * lock is free.
 * @par Thread safety
 * A thread that holds the lock.
 *
 */
threading_status threading_condition_wait_for_timeout(threading_condition condition,
                                                      threading_predicate predicate,
                                                      void *ctx,
                                                      double seconds)
THREADING_C_CONDITION_(condition);

/**
 * Wakes at most `n` waiters, in the order in which they came (Python: `Condition.notify(n)`). They
 * return when the caller has released the lock; waiters that are notified together take it in any
 * order.
 *
 * @param condition  the condition; the caller holds its lock.
 * @param n  how many at most. 0 wakes nobody: the status then only tells whether the caller holds
 * the lock.
 * @retval THREADING_OK  `n` waiters were notified, or all if there were fewer.
 * @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
 * @retval THREADING_NOT_OWNER  another thread holds its rlock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `condition` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * A thread that holds the lock.
 *
 */
threading_status threading_condition_notify(threading_condition condition, size_t n) THREADING_C_CONDITION_(condition);

/**
 * Wakes all threads that wait at this moment (Python: `Condition.notify_all()`). They return one
 * after the other, when the caller has released the lock.
 *
 * @param condition  the condition; the caller holds its lock.
 * @retval THREADING_OK  all waiters were notified.
 * @retval THREADING_NOT_ACQUIRED  nobody holds its lock.
 * @retval THREADING_NOT_OWNER  another thread holds its rlock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `condition` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * A thread that holds the lock.
 *
 */
threading_status threading_condition_notify_all(threading_condition condition) THREADING_C_CONDITION_(condition);

/**
 * Destroys the condition, and its own rlock if it has one. A lock that it was made with stays as
 * it is.
 *
 * @param condition  the condition; the null handle is allowed: then nothing happens.
 * @retval THREADING_OK  it is destroyed. A thread whose call had begun, but that did not wait yet,
 * gets THREADING_DESTROYED; so does one that was about to take the condition's own rlock back
 * after a notify.
 * @retval THREADING_BUSY  threads wait for it, hold its own rlock, or wait for that; nothing has
 * changed.
 * @retval THREADING_INVALID_HANDLE  `condition` is made up, or of another kind.
 * @retval THREADING_DESTROYED  it was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_condition_destroy(threading_condition condition);

/**
 * Makes a semaphore with `value` units (Python: `threading.Semaphore(value)`).
 *
 * @param value  how many acquires succeed before the first release; 0 to THREADING_SEMAPHORE_MAX.
 * @param out  where the handle goes; it is the caller's, to be destroyed with
 * `threading_semaphore_destroy`.
 * @retval THREADING_OK  `*out` is a semaphore.
 * @retval THREADING_INVALID_ARGUMENT  `value` is over THREADING_SEMAPHORE_MAX, or `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never; no system call while a segment of 65,536 semaphores has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_semaphore_new(size_t value, threading_semaphore *out);

/**
 * Makes a semaphore that never has more units than it is made with (Python:
 * `threading.BoundedSemaphore(value)`): a release too many is an error, and adds no unit.
 *
 * @param value  how many acquires succeed before the first release; 0 to THREADING_SEMAPHORE_MAX.
 * @param out  where the handle goes; it is the caller's, to be destroyed with
 * `threading_semaphore_destroy`.
 * @retval THREADING_OK  `*out` is a semaphore.
 * @retval THREADING_INVALID_ARGUMENT  `value` is over THREADING_SEMAPHORE_MAX, or `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never; no system call while a segment of 65,536 semaphores has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_bounded_semaphore_new(size_t value, threading_semaphore *out);

/**
 * Takes a unit; waits as long as needed (Python: `Semaphore.acquire()`).
 *
 * A release happens before the acquire that takes its unit.
 * @param semaphore  the semaphore.
 * @retval THREADING_OK  the unit is the caller's.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed: before the call, or during the call
 * before the caller had begun to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until there is a unit. Signals do not end the wait. Threads that have waited for more than a
 * millisecond get units in the order in which they came.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_semaphore_acquire(threading_semaphore semaphore);

/**
 * Takes a unit if there is one at this moment (Python: `Semaphore.acquire(False)`).
 *
 * @param semaphore  the semaphore.
 * @retval THREADING_OK  the unit is the caller's.
 * @retval THREADING_TIMEOUT  there is none.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
THREADING_MUST_CHECK threading_status threading_semaphore_try_acquire(threading_semaphore semaphore);

/**
 * Takes a unit; waits for at most that time (Python: `Semaphore.acquire(timeout=...)`).
 *
 * @param semaphore  the semaphore.
 * @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the unit is the caller's; also if one was given back at the moment when
 * the time ran out.
 * @retval THREADING_TIMEOUT  the time ran out first; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed: before the call, or during the call
 * before the caller had begun to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until there is a unit or the time is up, on the monotonic clock; never less. Signals neither end
 * nor lengthen it.
 * @par Thread safety
 * Any thread.
 */
THREADING_MUST_CHECK
threading_status threading_semaphore_acquire_timeout(threading_semaphore semaphore,
                                                     double seconds);

/**
 * Gives a unit back, and wakes a waiter (Python: `Semaphore.release()`). Any thread may do that,
 * not only the one that took the unit.
 *
 * @param semaphore  the semaphore.
 * @retval THREADING_OK  there is one more unit.
 * @retval THREADING_OVERFLOW  there would be more than a bounded semaphore was made with, or than
 * THREADING_SEMAPHORE_MAX; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_semaphore_release(threading_semaphore semaphore);

/**
 * Gives `n` units back, or none if the call fails, and wakes as many waiters (Python:
 * `Semaphore.release(n)`).
 *
 * @param semaphore  the semaphore.
 * @param n  how many, at least 1.
 * @retval THREADING_OK  there are `n` more units.
 * @retval THREADING_INVALID_ARGUMENT  `n` is 0.
 * @retval THREADING_OVERFLOW  there would be more than a bounded semaphore was made with, or than
 * THREADING_SEMAPHORE_MAX; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_semaphore_release_n(threading_semaphore semaphore, size_t n);

/**
 * Tells how many units there are. The answer is about the moment of the call; it may be out of
 * date when the call returns.
 *
 * @param semaphore  the semaphore.
 * @return the count; 0 for a bad handle, for which the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
size_t threading_semaphore_value(threading_semaphore semaphore);

/**
 * Destroys the semaphore: from now on its handle is `THREADING_DESTROYED`, in every thread. It
 * does not matter whether units are taken.
 *
 * @param semaphore  the semaphore; the null handle is allowed: then nothing happens.
 * @retval THREADING_OK  it is destroyed. A thread whose call had begun, but that did not wait yet,
 * gets THREADING_DESTROYED.
 * @retval THREADING_BUSY  threads wait for it; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is made up, or of another kind.
 * @retval THREADING_DESTROYED  it was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_semaphore_destroy(threading_semaphore semaphore);

/**
 * Makes an event that is not set (Python: `threading.Event()`).
 *
 * @param out  where the handle goes; it is the caller's, to be destroyed with
 * `threading_event_destroy`.
 * @retval THREADING_OK  `*out` is an event.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never; no system call while a segment of 65,536 events has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_event_new(threading_event *out);

/**
 * Returns the event in `*handle`, and makes it first if it is null: for statics, which begin as
 * `THREADING_NULL`.
 *
 * If several threads make it at the same time, all get the same event.
 * @param handle  a handle that lives as long as the event is used; only this function changes it,
 * and only if it is null. Its address is not kept.
 * @return the event; null if there was no memory for it, or if `handle` is NULL: the error hook is
 * called for both.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_event threading_event_ensure(threading_event *handle);

/**
 * Sets the event: all waiting threads go on, and later waits succeed at once until it is cleared
 * (Python: `Event.set()`).
 *
 * What the caller did before this call happens before the return of the waits that it ends.
 * @param event  the event; it may be set already.
 * @retval THREADING_OK  it is set.
 * @retval THREADING_INVALID_HANDLE  `event` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `event` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_event_set(threading_event event);

/**
 * Clears the event: later waits wait again (Python: `Event.clear()`). Threads that an earlier set
 * has woken go on all the same.
 *
 * @param event  the event; it may be clear already.
 * @retval THREADING_OK  it is clear.
 * @retval THREADING_INVALID_HANDLE  `event` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `event` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_event_clear(threading_event event);

/**
 * Tells whether the event is set (Python: `Event.is_set()`).
 *
 * @param event  the event.
 * @return whether it is set; false for a bad handle, for which the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
bool threading_event_is_set(threading_event event);

/**
 * Waits until the event is set (Python: `Event.wait()`).
 *
 * @param event  the event.
 * @retval THREADING_OK  it is set, or was set while the caller waited.
 * @retval THREADING_INVALID_HANDLE  `event` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `event` was destroyed: before the call, or during the call before
 * the caller had begun to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the event is set; not at all if it is. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_event_wait(threading_event event);

/**
 * Waits until the event is set, for at most that time (Python: `Event.wait(timeout)`).
 *
 * A worker's loop: `while (threading_event_wait_timeout(stop, 1.0) == THREADING_TIMEOUT) tick();`.
 * @param event  the event.
 * @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  it is set, or was set while the caller waited; also if it was set at the
 * moment when the time ran out.
 * @retval THREADING_TIMEOUT  the time ran out first.
 * @retval THREADING_INVALID_HANDLE  `event` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `event` was destroyed: before the call, or during the call before
 * the caller had begun to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the event is set or the time is up, on the monotonic clock; never less. Signals neither
 * end nor lengthen it.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_event_wait_timeout(threading_event event, double seconds);

/**
 * Destroys the event: from now on its handle is `THREADING_DESTROYED`, in every thread.
 *
 * @param event  the event; the null handle is allowed: then nothing happens.
 * @retval THREADING_OK  it is destroyed. A thread whose call had begun, but that did not wait yet,
 * gets THREADING_DESTROYED.
 * @retval THREADING_BUSY  threads wait for it; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `event` is made up, or of another kind.
 * @retval THREADING_DESTROYED  it was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_event_destroy(threading_event event);

/**
 * Makes a barrier for a number of threads, which wait at it until all have come (Python:
 * `threading.Barrier(parties, action)`).
 *
 * @param parties  the number of threads, 1 to 67,108,863.
 * @param action  a function that the last thread to come calls before all go on; or NULL.
 * @param ctx  passed to `action`; it stays the caller's; or NULL.
 * @param out  where the handle goes; it is the caller's, to be destroyed with
 * `threading_barrier_destroy`.
 * @retval THREADING_OK  `*out` is a barrier.
 * @retval THREADING_INVALID_ARGUMENT  `parties` is 0 or too many, or `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never; no system call while a segment of 65,536 barriers has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_new(size_t parties, threading_action action, void *ctx, threading_barrier *out);

/**
 * Waits until all threads have come (Python: `Barrier.wait()`). The barrier can be used again at
 * once.
 *
 * What each thread did before it came happens before the return of all threads.
 * @param barrier  the barrier.
 * @param index  where the number of threads that came earlier goes, 0 to parties - 1; or NULL.
 * @retval THREADING_OK  all have come, and the action has returned true.
 * @retval THREADING_BROKEN  the barrier was broken before the call, or it broke or was reset while
 * the caller waited, or its action returned false.
 * @retval THREADING_WOULD_DEADLOCK  the caller runs this barrier's action.
 * @retval THREADING_INVALID_HANDLE  `barrier` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `barrier` was destroyed: before the call, or during the call before
 * the caller had begun to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until all have come or the barrier breaks. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_wait(threading_barrier barrier, size_t *index);

/**
 * Waits until all threads have come, for at most that time (Python: `Barrier.wait(timeout)`). If
 * the time runs out, the barrier breaks for all threads.
 *
 * @param barrier  the barrier.
 * @param seconds  0 or less polls, INFINITY waits forever; rounded up to nanoseconds; at most
 * THREADING_TIMEOUT_MAX.
 * @param index  where the number of threads that came earlier goes, 0 to parties - 1; or NULL.
 * @retval THREADING_OK  all have come, and the action has returned true; also if the last thread
 * came at the moment when the time ran out.
 * @retval THREADING_TIMEOUT  the caller's time ran out first: the barrier is broken now, and all
 * other threads get THREADING_BROKEN.
 * @retval THREADING_BROKEN  the barrier was broken before the call, or it broke or was reset while
 * the caller waited, or its action returned false.
 * @retval THREADING_WOULD_DEADLOCK  the caller runs this barrier's action.
 * @retval THREADING_INVALID_HANDLE  `barrier` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `barrier` was destroyed: before the call, or during the call before
 * the caller had begun to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or finite and over THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until all have come, the barrier breaks or the time is up, on the monotonic clock; while the
 * action runs, until its end. Signals neither end nor lengthen it.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_wait_timeout(threading_barrier barrier, double seconds, size_t *index);

/**
 * Repairs the barrier; threads that wait at it get THREADING_BROKEN (Python: `Barrier.reset()`).
 *
 * @param barrier  the barrier.
 * @retval THREADING_OK  it is not broken, and nobody waits. If the barrier's own action has called
 * this, all threads whose wait the action belongs to get THREADING_BROKEN, also the one that runs
 * it.
 * @retval THREADING_INVALID_HANDLE  `barrier` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `barrier` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_reset(threading_barrier barrier);

/**
 * Breaks the barrier: threads that wait at it, and threads that come later, get THREADING_BROKEN
 * until it is reset (Python: `Barrier.abort()`).
 *
 * @param barrier  the barrier.
 * @retval THREADING_OK  it is broken.
 * @retval THREADING_INVALID_HANDLE  `barrier` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `barrier` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_abort(threading_barrier barrier);

/**
 * Tells for how many threads the barrier was made (Python: `Barrier.parties`).
 *
 * @param barrier  the barrier.
 * @return the parties; 0 for a bad handle, for which the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
size_t threading_barrier_parties(threading_barrier barrier);

/**
 * Tells how many threads wait at the barrier (Python: `Barrier.n_waiting`). The answer is about
 * the moment of the call; it may be out of date when the call returns.
 *
 * @param barrier  the barrier.
 * @return how many; 0 for a bad handle, for which the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
size_t threading_barrier_n_waiting(threading_barrier barrier);

/**
 * Tells whether the barrier is broken (Python: `Barrier.broken`).
 *
 * @param barrier  the barrier.
 * @return whether it is; false for a bad handle, for which the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
bool threading_barrier_broken(threading_barrier barrier);

/**
 * Destroys the barrier: from now on its handle is `THREADING_DESTROYED`, in every thread.
 *
 * @param barrier  the barrier; the null handle is allowed: then nothing happens.
 * @retval THREADING_OK  it is destroyed. A thread whose call had begun, but that did not wait yet,
 * gets THREADING_DESTROYED.
 * @retval THREADING_BUSY  threads wait at it, or its action runs; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `barrier` is made up, or of another kind.
 * @retval THREADING_DESTROYED  it was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_destroy(threading_barrier barrier);

/**
 * Makes a timer that is not started yet: after its start it waits, and then calls a function once
 * (Python: `threading.Timer(interval, function, args=...)`).
 *
 * It inherits the daemon flag of the thread that makes it; if the library did not start that
 * thread, the timer is a daemon. A million pending timers are an ordinary load, and one slow
 * function does not delay the others.
 *
 * `function` runs in a thread of the library's that runs other functions before and after it. It
 * begins with the signal mask of the thread that starts the timer. If the same thread makes the
 * timer and starts it, that is the mask that the thread has in this call, and a change between the
 * two calls does not count. Hooks and destructors of its locals run with the same mask, and a
 * child of a fork in it keeps that mask. Its name, for the operating system too, is the timer's.
 * Affinity, scheduling policy and priority are those of a thread that started a timer, maybe
 * another one: a function that changes them changes them for later functions.
 * @param interval  seconds from the start to the call; 0 or less calls at once; rounded up; at
 * most THREADING_TIMEOUT_MAX.
 * @param function  what is called, in a thread of its own name; it may end as a thread's target
 * may.
 * @param arg  passed to `function`; it stays the caller's, who frees it if `function` never runs.
 * @param out  where the handle goes; it is the caller's, to be destroyed with
 * `threading_timer_destroy`.
 * @retval THREADING_OK  `*out` is a timer.
 * @retval THREADING_INVALID_ARGUMENT  `interval` is NaN, infinite or over THREADING_TIMEOUT_MAX,
 * or `function` or `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_timer_new(double interval, threading_target function, void *arg, threading_timer *out);

/**
 * Starts a timer (Python: `Timer.start()`): from now on its thread is alive and, unless it is a
 * daemon, keeps the process alive until the function has returned. One that was cancelled before
 * ends at once.
 *
 * @param timer  a timer that was not started yet.
 * @retval THREADING_OK  it is pending.
 * @retval THREADING_ALREADY_STARTED  it was started before; a timer runs once.
 * @retval THREADING_INVALID_ARGUMENT  the first timer needs a thread, and the operating system
 * takes no stack of the default size for it.
 * @retval THREADING_NO_RESOURCES  the first timer needs a thread, and the operating system has no
 * room for it at this moment or does not permit it; it can be started again later.
 * @retval THREADING_SHUTTING_DOWN  the library has shut down.
 * @retval THREADING_INVALID_HANDLE  `timer` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `timer` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_timer_start(threading_timer timer);

/**
 * Cancels a timer (Python: `Timer.cancel()`): if its function has not begun, it will not be
 * called.
 *
 * In the child of a fork a timer of the parent's does not fire. The first cancel there says that
 * the function was prevented, and the child's `arg` is the caller's, unless the function had begun
 * before the fork.
 * @param timer  the timer, started or not.
 * @param prevented  where it goes whether this call has prevented the function, so that `arg` is
 * the caller's again; or NULL.
 * @retval THREADING_OK  the function will not begin any more; it may be running, or have run.
 * @retval THREADING_INVALID_HANDLE  `timer` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `timer` was destroyed, or detached and has ended.
 * @par Blocking
 * Never; join the timer's thread to wait for a function that runs.
 * @par Thread safety
 * Any thread, also the timer's function.
 */
threading_status threading_timer_cancel(threading_timer timer, bool *prevented);

/**
 * Returns the timer's thread, for its name, daemon flag, join, is_alive and result. Starting it
 * starts the timer.
 *
 * @param timer  the timer.
 * @return the thread; the handle is borrowed, and destroying it is THREADING_BUSY. Null for a bad
 * handle, for which the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_thread threading_timer_thread(threading_timer timer);

/**
 * Destroys a timer, or detaches it if it is pending or its function runs: then it goes on.
 *
 * A detached timer fires all the same. Its handle stays valid until its function has returned, and
 * is THREADING_DESTROYED afterwards. To prevent the function, cancel the timer first.
 * @param timer  the timer; the null handle is allowed: then nothing happens.
 * @retval THREADING_OK  it is destroyed, or detached.
 * @retval THREADING_BUSY  it is being started at this moment, or another thread waits for its
 * result.
 * @retval THREADING_INVALID_HANDLE  `timer` is made up, or of another kind.
 * @retval THREADING_DESTROYED  `timer` was destroyed, or detached and has ended.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread, also the timer's function.
 */
threading_status threading_timer_destroy(threading_timer timer);

/**
 * Makes a local: every thread has a value of its own in it (Python: `threading.local()`).
 *
 * @param init  makes a thread's value at its first get; or NULL: there is none until it is set.
 * @param destroy  destroys a value: when it is replaced or deleted, when its thread ends, and when
 * the local is destroyed; or NULL: then nothing destroys values.
 * @param ctx  passed to `init`; it stays the caller's; or NULL.
 * @param out  where the handle goes; it is the caller's, to be destroyed with
 * `threading_local_destroy`.
 * @retval THREADING_OK  `*out` is a local.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_local_new(threading_init init,
                                     threading_destructor destroy,
                                     void *ctx,
                                     threading_local *out);

/**
 * Returns the calling thread's value. At the thread's first call the initialiser makes it.
 *
 * @param local  the local.
 * @return the value; NULL if there is none, if memory ran out, and for a bad handle; in the last
 * two cases the error hook is called.
 * @par Blocking
 * Never, except for what the initialiser does.
 * @par Thread safety
 * Any thread.
 */
void *threading_local_get(threading_local local);

/**
 * Sets the calling thread's value. The initialiser does not run in this thread any more.
 *
 * @param local  the local.
 * @param value  the value, which now belongs to the local; or NULL for none. The one before it is
 * destroyed, unless it is the same.
 * @retval THREADING_OK  the value is set.
 * @retval THREADING_INVALID_HANDLE  `local` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `local` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for it, or the call is made in the last of
 * the thread's thread-local destructors.
 * @par Blocking
 * Never, except for what the destructor does.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_local_set(threading_local local, void *value);

/**
 * Destroys the calling thread's value; from then on there is none, and the initialiser does not
 * run again (Python: `del local.x`).
 *
 * @param local  the local.
 * @retval THREADING_OK  there is no value.
 * @retval THREADING_NO_VALUE  there was none.
 * @retval THREADING_INVALID_HANDLE  `local` is null, made up, or of another kind.
 * @retval THREADING_DESTROYED  `local` was destroyed.
 * @par Blocking
 * Never, except for what the destructor does.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_local_delete(threading_local local);

/**
 * Destroys the local, and the values of all threads, each once, in the calling thread.
 *
 * The program must make sure that no thread uses its value any more. A thread that ends at the
 * same time may still be inside its own value's destructor when the call returns.
 * @param local  the local; the null handle is allowed: then nothing happens.
 * @retval THREADING_OK  it is destroyed.
 * @retval THREADING_INVALID_HANDLE  `local` is made up, or of another kind.
 * @retval THREADING_DESTROYED  it was destroyed before.
 * @par Blocking
 * Never, except for what the destructors do.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_local_destroy(threading_local local);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus


/* What clang's thread-safety analysis recognises in `== THREADING_OK` is a literal, and not a constant of an enumeration. */
#if defined(__clang__) && !defined(__cplusplus)
#define THREADING_OK 0
#endif

/**
 * The call's status; if that is an error, prints file, line, call, status and thread to the standard error stream and aborts.
 *
 * clang's thread-safety analysis does not see through it, nor through a `switch`: keep the status of a try_acquire in a variable, and
 * compare that with `==` or `!=`.
 */
#define THREADING_CHECK(call) threading_check((call), #call, __FILE__, __LINE__)

#define THREADING_PASTE_(a, b) THREADING_PASTE_AGAIN_(a, b)
#define THREADING_PASTE_AGAIN_(a, b) a##b
/* Two on one line need __COUNTER__, which clang from 22 on calls an extension where it is asked to be pedantic: it is told not to. */
#define THREADING_UNIQUE_ THREADING_PASTE_(threading_with_, __COUNTER__)
#if defined(__has_warning)
#if __has_warning("-Wc2y-extensions")
#define THREADING_PUSH_ _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wc2y-extensions\"")
#define THREADING_POP_ _Pragma("clang diagnostic pop")
#endif
#endif
#ifndef THREADING_PUSH_
#define THREADING_PUSH_
#define THREADING_POP_
#endif

#if defined(__cplusplus)

/** Whether this compiler has THREADING_WITH. */
#define THREADING_HAS_WITH 1

/* Holds something, and releases it when it goes out of scope. */
class threading_with_ {
public:
    threading_with_() : release_(nullptr), bits_(0), entered_(false) {}
    threading_with_(const threading_with_ &) = delete;
    threading_with_ &operator=(const threading_with_ &) = delete;
    ~threading_with_() {
        if (release_) {
            release_(bits_);
        }
    }
    bool entered() const { return entered_; }
#define THREADING_WITH_ENTER_(kind, attributes)                                                                        \
    bool enter(const threading_##kind &x) attributes THREADING_NO_ANALYSIS {                                           \
        entered_ = true;                                                                                               \
        bits_ = x.bits;                                                                                                \
        if (threading_##kind##_acquire(x) != THREADING_OK) {                                                           \
            return false;                                                                                              \
        }                                                                                                              \
        release_ = leave_##kind;                                                                                       \
        return true;                                                                                                   \
    }                                                                                                                  \
    static void leave_##kind(uint64_t bits) THREADING_NO_ANALYSIS {                                                    \
        threading_##kind x;                                                                                            \
        x.bits = bits;                                                                                                 \
        threading_##kind##_release(x);                                                                                 \
    }
    THREADING_WITH_ENTER_(lock, THREADING_EXCLUDES(x) THREADING_ASSERT_HELD_(x))
    THREADING_WITH_ENTER_(rlock, THREADING_ASSERT_HELD_(x))
    THREADING_WITH_ENTER_(condition, THREADING_ASSERT_HELD_(x))
    THREADING_WITH_ENTER_(semaphore, )
#undef THREADING_WITH_ENTER_

private:
    void (*release_)(uint64_t);
    uint64_t bits_;
    bool entered_;
};

#define THREADING_WITH_(x, with) for (threading_with_ with; !with.entered() && with.enter(x);)

#elif defined(__GNUC__) || defined(__clang__) || defined(__TINYC__)

/** Whether this compiler has THREADING_WITH. */
#define THREADING_HAS_WITH 1

/* Holds something, and releases it when it goes out of scope. */
typedef struct threading_with_ {
    void (*release)(uint64_t bits);
    uint64_t bits;
    bool entered;
} threading_with_;

static inline void threading_with_leave_(threading_with_ *with) {
    if (with->release) {
        with->release(with->bits);
    }
}

#define THREADING_WITH_ENTER_(kind, attributes)                                                                        \
    THREADING_NO_ANALYSIS static inline void threading_with_leave_##kind##_(uint64_t bits) {                           \
        threading_##kind x = {bits};                                                                                   \
        threading_##kind##_release(x);                                                                                 \
    }                                                                                                                  \
    static inline bool threading_with_##kind##_(threading_with_ *with, threading_##kind x) attributes;                 \
    THREADING_NO_ANALYSIS static inline bool threading_with_##kind##_(threading_with_ *with, threading_##kind x) {     \
        with->entered = true;                                                                                          \
        with->bits = x.bits;                                                                                           \
        if (threading_##kind##_acquire(x) != THREADING_OK) {                                                           \
            return false;                                                                                              \
        }                                                                                                              \
        with->release = threading_with_leave_##kind##_;                                                                \
        return true;                                                                                                   \
    }
THREADING_WITH_ENTER_(lock, THREADING_EXCLUDES(x) THREADING_ASSERT_HELD_(x))
THREADING_WITH_ENTER_(rlock, THREADING_ASSERT_HELD_(x))
THREADING_WITH_ENTER_(condition, THREADING_ASSERT_HELD_(x))
THREADING_WITH_ENTER_(semaphore, )
#undef THREADING_WITH_ENTER_

#define THREADING_WITH_KIND_(x)                                                                                        \
    __extension__ _Generic((x), threading_lock: threading_with_lock_, threading_rlock: threading_with_rlock_,          \
                           threading_condition: threading_with_condition_,                                             \
                           threading_semaphore: threading_with_semaphore_)
#define THREADING_WITH_(x, with)                                                                                       \
    for (__attribute__((cleanup(threading_with_leave_))) threading_with_ with = {0, 0, false};                         \
         !with.entered && THREADING_WITH_KIND_(x)(&with, x);)

#else

/** Whether this compiler has THREADING_WITH. */
#define THREADING_HAS_WITH 0

#endif

#ifdef __cplusplus
/** Says to clang's analysis in C that the caller holds the condition's lock, by another name. It does nothing. */
#define THREADING_HOLDS(condition) ((void)(condition))
#else
static inline void threading_holds_(threading_condition condition) THREADING_ASSERT_HELD_(condition);
static inline void threading_holds_(threading_condition condition) { (void)condition; }
/** Says to clang's analysis in C that the caller holds the condition's lock, by another name. It does nothing. */
#define THREADING_HOLDS(condition) threading_holds_(condition)
#endif

#if THREADING_HAS_WITH
/**
 * Holds x, a lock, rlock, condition or semaphore, for the statement that follows (Python: `with x:`).
 *
 * x is evaluated once, and released on every way out: the statement's end, break, continue, return, goto, a C++ exception. If it
 * cannot be acquired, the statement is skipped, and the error hook has been called.
 *
 * It is a loop that runs once: break and continue leave the block, and not a loop around it. longjmp leaves x held; so does
 * pthread_exit in C that was compiled without -fexceptions. It needs C++, or a C compiler with __attribute__((cleanup)). For clang's
 * thread-safety analysis in C++ x has to be the name of a handle, and not a call that returns one.
 * @code
 * THREADING_WITH(lock) {
 *     balance += 1;
 * }
 * @endcode
 */
#define THREADING_WITH(x) THREADING_PUSH_ THREADING_WITH_(x, THREADING_UNIQUE_) THREADING_POP_
#endif

#endif /* THREADING_LIBTHREADING_H */
