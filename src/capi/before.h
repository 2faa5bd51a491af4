
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
#define THREADING_VERSION_MAJOR @MAJOR@
/** Version of this header: additions. */
#define THREADING_VERSION_MINOR @MINOR@
/** Version of this header: repairs. */
#define THREADING_VERSION_PATCH @PATCH@

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
