/* threading.h - Python's threading module for every language that can call C. */
#ifndef THREADING_LIBTHREADING_H
#define THREADING_LIBTHREADING_H


/* Written by packaging/header from src/capi with cbindgen 0.29.4: change it there. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @mainpage
 *
 * This library gives C the threads of Python's threading module. A small handle names each object.
 * A handle is passed by value, can be copied and stored freely, and owns nothing. A call with a bad
 * handle, in a wrong order or from a wrong thread is never undefined behaviour: it returns a
 * status.
 *
 * - A function that acts returns a #threading_status. 0 is THREADING_OK, positive values are the
 *   other expected outcomes, and negative values are errors. A call that returns an error has
 *   changed nothing. A function writes results through pointers, and only if it returns
 *   THREADING_OK.
 * - A **query** only reads, and returns its answer directly. A **bad handle** is one for which a
 *   function that acts returns THREADING_INVALID_HANDLE or THREADING_DESTROYED. For a bad handle a
 *   query returns false, 0 or null.
 * - A function that waits has a second form, whose name ends in _timeout and which takes a time-out
 *   in seconds; only threading_thread_finish and threading_future_finish have none. Most have a
 *   third form, whose name ends in _stop: see threading_stop. A time-out of 0 or less **polls**:
 *   the call does not wait. INFINITY waits forever. A time-out is rounded up to nanoseconds, and
 *   measured on the monotonic clock.
 * - A thread **ends** when its target has ended and its thread-local variables are destroyed. A
 *   **daemon** is a thread for which the end of the process does not wait. A **Dummy** is a thread
 *   that the library did not start, other than the main thread.
 * - To **destroy** an object is to end it: from then on calls with its handle return
 *   THREADING_DESTROYED, in every thread. A thread or a timer that has been started and has not
 *   ended is not destroyed but **detached**: it goes on, its handle stays valid until it ends, and
 *   is then destroyed. To **finish** a thread is to join it, to read its result and to destroy it,
 *   in one call.
 * - The library prints only where these comments say so, and writes each line to the standard error
 *   stream in one piece. In the names and messages that it prints, it replaces control characters
 *   (C0, DEL, C1), line and paragraph separators, characters that set the writing direction, and
 *   bytes that are not UTF-8 by escapes: `\n`, `\r`, `\t`, `\x1b`, `\u2028`. Hooks and queries
 *   receive the texts unchanged.
 * - Names that end in _ are private to this header. The header needs C99 or C++11, or a later
 *   version.
 * - `<libthreading/threading.h>` is the same header, for programs that have or find another
 *   `threading.h`.
 *
 * Fork: a forked child has one thread, the thread that forked. In the child it is the main thread,
 * and it keeps its handle, its ident, its name and its values of locals. The handles of the
 * parent's other threads and of its timers stay valid in the child, but detached threads and timers
 * are destroyed there. For these other threads and timers:
 * - None of the threads is alive, and a join returns at once. threading_thread_result returns
 *   THREADING_NO_VALUE if the thread had not ended before the fork. Locks and other objects that
 *   the thread held stay held.
 * - A pending timer does not fire. threading_timer_cancel reports that it has prevented the
 *   function, and the child then owns its copy of `arg`.
 * - The threads' values of locals are not destroyed.
 * - Threads and timers that had not been started can be started.
 *
 * The same holds for a child that was made without the C library's fork handlers, by _Fork or by
 * the system call. The library notices such a fork at the child's first call that has to wait, that
 * starts or ends something, or that queries threads. The thread that forked should make this call.
 * Until then another thread of the child gets THREADING_NO_RESOURCES from a call that has to wait
 * or to start something, or that gives a thread its first value of a local.
 */

/** The major version of this header: it increases when a change breaks programs. */
#define THREADING_VERSION_MAJOR 0
/** The minor version of this header: it increases with additions. */
#define THREADING_VERSION_MINOR 2
/** The patch version of this header: it increases with repairs. */
#define THREADING_VERSION_PATCH 0

/** The longest finite time-out, in seconds. */
#define THREADING_TIMEOUT_MAX 9223372036.0

/** The largest number of units that a semaphore can have. */
#define THREADING_SEMAPHORE_MAX 268435455

/** For threading_inspect: in which order threads take locks and rlocks. */
#define THREADING_INSPECT_ORDER 1
/** For threading_inspect: how long locks and rlocks are held. */
#define THREADING_INSPECT_HOLDS 2
/** For threading_inspect: what threads do, and when, for `threading_timeline_json`. */
#define THREADING_INSPECT_TIMELINE 4
/** For threading_inspect: what each thread has waited for last, for `threading_dump`. */
#define THREADING_INSPECT_WAITS 8
/** For threading_inspect: in which order threads take locks and rlocks, of which all of one class
 * count as one. */
#define THREADING_INSPECT_CLASSES 16

/** The largest count that a latch can have. */
#define THREADING_LATCH_MAX 67108864

/** The largest number of objects that threading_wait_any waits for. */
#define THREADING_WAIT_ANY_MAX 64

/** The largest number of tasks that an executor can run at once. */
#define THREADING_EXECUTOR_MAX 65536
/** The largest number of items for which a queue can be made. */
#define THREADING_QUEUE_MAX 67108864

/**
 * The null handle of any type, as an initialiser: `static threading_lock lock = THREADING_NULL;`.
 * It is not an expression.
 */
#define THREADING_NULL {0}
/** True if a handle is the null handle. */
#define THREADING_IS_NULL(handle) ((handle).bits == 0)
/** True if two handles name the same object. */
#define THREADING_SAME(a, b) ((a).bits == (b).bits)

/**
 * @page analysis Static analysis
 *
 * In C, clang's -Wthread-safety checks that data is used only while the lock that guards it is
 * held. In C++ clang cannot resolve a handle that is passed by value: there it understands only
 * THREADING_WITH. The classes of threading.hpp have all annotations.
 *
 * - THREADING_GUARDED_BY on data says which lock guards the data. THREADING_REQUIRES and
 *   THREADING_EXCLUDES on a function say which locks its caller holds, and which locks its caller
 *   does not hold. Data that an rwlock guards is read while the rwlock is acquired in either way,
 *   and changed while it is acquired to write. THREADING_REQUIRES_SHARED asks for either way.
 * - The result of a try_acquire: clang follows a comparison with THREADING_OK by `==` or `!=` in an
 *   `if` or a loop, also if the result is in a variable. It does not follow a `switch` over the
 *   result, nor THREADING_CHECK: it warns about a correct `switch`.
 * - A condition is a capability, which threading_condition_acquire and THREADING_WITH(condition)
 *   acquire. It is a common mistake to wait or to notify without the lock. clang cannot know which
 *   lock a condition was made with, so it reports this mistake in two cases only. The first case is
 *   a condition that is declared THREADING_GUARDED_BY its lock. The second case is any condition,
 *   if THREADING_CONDITIONS_ARE_LOCKS is defined before this header is included: this macro says
 *   that the program acquires each condition by the condition's own name. THREADING_HOLDS is for
 *   the exceptions.
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
#define THREADING_ACQUIRE_SHARED_(...) THREADING_ATTRIBUTE_(acquire_shared_capability(__VA_ARGS__))
#define THREADING_TRY_ACQUIRE_SHARED_(...)                                                         \
    THREADING_ATTRIBUTE_(try_acquire_shared_capability(__VA_ARGS__))
#define THREADING_RELEASE_SHARED_(...) THREADING_ATTRIBUTE_(release_shared_capability(__VA_ARGS__))
#define THREADING_ASSERT_SHARED_(...) THREADING_ATTRIBUTE_(assert_shared_capability(__VA_ARGS__))
#define THREADING_ASSERT_HELD_(...) THREADING_ATTRIBUTE_(assert_capability(__VA_ARGS__))
#define THREADING_RETURNS_LOCK_(x) THREADING_ATTRIBUTE_(lock_returned(x))
/** On a variable: the variable is used only while x is held. */
#define THREADING_GUARDED_BY(x) THREADING_ATTRIBUTE_(guarded_by(x))
/** On a pointer: the memory that it points to is used only while x is held. */
#define THREADING_PT_GUARDED_BY(x) THREADING_ATTRIBUTE_(pt_guarded_by(x))
/** On a function: its caller holds these locks. */
#define THREADING_REQUIRES(...) THREADING_ATTRIBUTE_(requires_capability(__VA_ARGS__))
/** On a function: its caller reads or writes these rwlocks. */
#define THREADING_REQUIRES_SHARED(...)                                                             \
    THREADING_ATTRIBUTE_(requires_shared_capability(__VA_ARGS__))
/** On a function: its caller does not hold these locks. */
#define THREADING_EXCLUDES(...) THREADING_ATTRIBUTE_(locks_excluded(__VA_ARGS__))
/** On a function: the analysis does not check its body. */
#define THREADING_NO_ANALYSIS THREADING_ATTRIBUTE_(no_thread_safety_analysis)
/* clang 19 to 22 take the option, but warn of right uses: for them the lock is another than that of
 * the same struct. */
#if defined(__cplusplus) ||                                                                        \
    (defined(THREADING_LATE_MEMBERS) && defined(__clang_major__) && __clang_major__ >= 23)
/**
 * On a member of a struct: the member is used only while x is held, which is a member of the same
 * struct. In C this needs clang 23 or newer with the option -fexperimental-late-parse-attributes:
 * define THREADING_LATE_MEMBERS if you pass that option. Otherwise the macro has no effect in C.
 */
#define THREADING_MEMBER_GUARDED_BY(x) THREADING_GUARDED_BY(x)
#else
/**
 * On a member of a struct: the member is used only while x is held, which is a member of the same
 * struct. In C this needs clang 23 or newer with the option -fexperimental-late-parse-attributes:
 * define THREADING_LATE_MEMBERS if you pass that option. Otherwise the macro has no effect in C.
 */
#define THREADING_MEMBER_GUARDED_BY(x)
#endif
#if defined(__has_attribute)
#if __has_attribute(reentrant_capability)
#define THREADING_REENTRANT_ __attribute__((reentrant_capability))
#endif
#if __has_attribute(warn_unused_result) && !defined(THREADING_NO_MUST_CHECK)
/**
 * On a function: its result must not be ignored. Define THREADING_NO_MUST_CHECK to turn the warning
 * off.
 */
#define THREADING_MUST_CHECK __attribute__((warn_unused_result))
#endif
#endif
#ifndef THREADING_REENTRANT_
#define THREADING_REENTRANT_
#endif
/* So that the place of a call is the caller's, also in a program that is not optimised. */
#if defined(__GNUC__) || defined(__clang__)
#define THREADING_INLINE_ __attribute__((always_inline)) inline
#else
#define THREADING_INLINE_ inline
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
#define THREADING_C_ACQUIRE_SHARED_(x)
#define THREADING_C_TRY_ACQUIRE_SHARED_(x)
#define THREADING_C_RELEASE_SHARED_(x)
#define THREADING_C_RETURNS_LOCK_(x)
#else
#define THREADING_C_ACQUIRE_(x) THREADING_ACQUIRE_(x)
#define THREADING_C_TRY_ACQUIRE_(x) THREADING_TRY_ACQUIRE_(0, x)
#define THREADING_C_RELEASE_(x) THREADING_RELEASE_(x)
#define THREADING_C_ACQUIRE_SHARED_(x) THREADING_ACQUIRE_SHARED_(x)
#define THREADING_C_TRY_ACQUIRE_SHARED_(x) THREADING_TRY_ACQUIRE_SHARED_(0, x)
#define THREADING_C_RELEASE_SHARED_(x) THREADING_RELEASE_SHARED_(x)
#define THREADING_C_RETURNS_LOCK_(x) THREADING_RETURNS_LOCK_(x)
#endif

/**
 * A thread. It is started once, and joined by any number of threads, any number of times.
 *
 * threading_thread_new and threading_thread_spawn make a thread; threading_thread_destroy and
 * threading_thread_finish destroy it. Handles from threading_current_thread, threading_main_thread
 * and threading_enumerate are borrowed: do not destroy them. The zero value is the null handle.
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
 * A lock: one thread at a time holds it. It is a mutex, but unlike a mutex of C11 or POSIX any
 * thread may release it.
 *
 * threading_lock_new makes a lock, and threading_lock_ensure makes one for a static variable;
 * threading_lock_destroy destroys it. A lock costs 64 bytes. A thread that finds the lock free
 * acquires it, even if other threads wait for it. But threads that have waited for more than a
 * millisecond acquire the lock in the order in which they began to wait. A release happens before
 * the next acquire.
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
 * A reentrant lock (a recursive mutex in C11 and POSIX): one thread at a time holds it. The thread
 * can acquire it any number of times, and must release it the same number of times.
 *
 * threading_rlock_new makes an rlock, and threading_rlock_ensure makes one for a static variable;
 * threading_rlock_destroy destroys it. An rlock costs 64 bytes, and is as fair as a lock. If a
 * thread ends while it holds an rlock, the rlock stays held, but can be destroyed.
 *
 * Some versions of clang, such as 14 and 19, lack the attribute reentrant_capability. With
 * -Wthread-safety they warn about a function that acquires the same rlock twice;
 * THREADING_NO_ANALYSIS on that function turns the warning off.
 */
typedef struct THREADING_CAPABILITY_("rlock") THREADING_REENTRANT_ threading_rlock {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_rlock;

/**
 * A read-write lock: any number of threads read, or one thread writes.
 *
 * threading_rwlock_new makes an rwlock, and threading_rwlock_ensure makes one for a static
 * variable; threading_rwlock_destroy destroys it. An rwlock costs 64 bytes. While a writer waits,
 * new readers wait too. But a thread that already reads never waits for a writer that has not begun
 * to write. When a write ends, all readers that wait are let in. Among writers an rwlock is as fair
 * as a lock. A write happens before the reads and writes that follow, and reads before the next
 * write.
 * @code
 * static threading_rwlock table = THREADING_NULL;
 * THREADING_WITH(threading_rwlock_reading(threading_rwlock_ensure(&table))) {
 *     found = look_up(key);
 * }
 * THREADING_WITH(threading_rwlock_writing(threading_rwlock_ensure(&table))) {
 *     enter(key, value);
 * }
 * @endcode
 */
typedef struct THREADING_CAPABILITY_("rwlock") threading_rwlock {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_rwlock;

/** An rwlock that THREADING_WITH acquires to read; threading_rwlock_reading makes one. */
typedef struct THREADING_CAPABILITY_("rwlock") threading_reading {
    /** The rwlock. */
    threading_rwlock rwlock;
} threading_reading;

/** An rwlock that THREADING_WITH acquires to write; threading_rwlock_writing makes one. */
typedef struct THREADING_CAPABILITY_("rwlock") threading_writing {
    /** The rwlock. */
    threading_rwlock rwlock;
} threading_writing;

/**
 * A condition (a condition variable in C11 and POSIX): a thread that holds a lock waits until
 * another thread, which then holds the same lock, notifies it.
 *
 * threading_condition_new and threading_condition_ensure (for a static variable) make a condition
 * with its own rlock; threading_condition_new_with_lock and _new_with_rlock make one on an existing
 * lock, which is destroyed after it. threading_condition_destroy destroys it. A condition costs 64
 * bytes. Waiters are notified in the order in which they began to wait. There are no spurious
 * wake-ups, and a notified waiter wakes only when it can acquire the lock.
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
 * A semaphore: a number of units, which any thread can acquire and release.
 *
 * threading_semaphore_new, threading_bounded_semaphore_new and threading_saturating_semaphore_new
 * make a semaphore, and threading_semaphore_ensure makes one for a static variable;
 * threading_semaphore_destroy destroys it. A semaphore costs 64 bytes, and is as fair as a lock. A
 * signal handler may call threading_semaphore_release.
 */
typedef struct threading_semaphore {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_semaphore;

/**
 * An event: a flag. Threads wait until it is set.
 *
 * threading_event_new makes an event, and threading_event_ensure makes one for a static variable;
 * threading_event_destroy destroys it. An event costs 64 bytes. A signal handler may call
 * threading_event_set.
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
 * A barrier: a fixed number of threads wait at it until all of them have arrived, and then all go
 * on. It can be used again at once.
 *
 * threading_barrier_new makes a barrier; threading_barrier_destroy destroys it. A barrier costs 64
 * bytes. If a thread's time-out expires, the barrier breaks for all threads.
 * threading_barrier_abort breaks it too, and threading_barrier_reset repairs it.
 */
typedef struct threading_barrier {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_barrier;

/**
 * A latch: threads count it down, and other threads wait until the count is 0. Then it is open, and
 * stays open.
 *
 * threading_latch_new makes a latch; threading_latch_destroy destroys it. A latch costs 64 bytes. A
 * signal handler may call threading_latch_count_down.
 * @code
 * threading_latch_new(jobs, &done);             // one for each job
 * threading_latch_count_down(done);             // at the end of each job
 * threading_latch_wait(done);                   // who needs all of them
 * @endcode
 */
typedef struct threading_latch {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_latch;

/**
 * A once: a function succeeds once, whichever thread calls first, and the others wait for that.
 *
 * It is a variable of the program, usually a static one, and not a handle: threading_once_run needs
 * its address, and nothing destroys it. It costs 8 bytes.
 * @code
 * static threading_once ready = THREADING_NULL;
 * static bool load(void *table) { return read_table(table); }
 *
 * if (threading_once_run(&ready, load, &table) == THREADING_OK) {
 *     use(&table);
 * }
 * @endcode
 */
typedef struct threading_once {
    /** What the library knows of it; all zero: no thread has called yet. */
    uint64_t state;
} threading_once;

/**
 * A stop: a request to end waits, which a caller passes to the waits that it may end.
 *
 * A stop has come when it was requested, when a stop above it has come, or when its deadline has
 * passed. Each function that waits for a lock, an rlock, an rwlock, a condition, a semaphore, an
 * event, a latch, a queue, a future or the end of a thread has a twin whose name ends in `_stop`:
 * that returns THREADING_INTERRUPTED when the stop comes first, and then it has changed nothing. A
 * barrier's wait has none: a thread that leaves a barrier breaks it for all, which is what
 * threading_barrier_abort does. A stop that has come stays so. Nothing ends the waits of a thread
 * that was not given the stop.
 *
 * threading_stop_new makes a stop; threading_stop_destroy destroys it. A stop costs 64 bytes. A
 * signal handler may call threading_stop_request.
 * @code
 * threading_stop_new(all, &one);                // one request of many: ends with all of them
 * threading_semaphore_acquire_stop(places, 5, one);
 * threading_stop_request(all);                  // anywhere else, or in a signal handler
 * @endcode
 */
typedef struct threading_stop {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_stop;

/**
 * Any object that threading_wait_any can wait for, as an element of its array.
 *
 * @code
 * threading_object any[] = {THREADING_OBJECT(stop), THREADING_OBJECT(jobs)};
 * @endcode
 */
typedef struct threading_object {
    /** The value of the object's handle. */
    uint64_t bits;
} threading_object;
/** The element for a handle of any type. It is an initialiser and not an expression. */
#define THREADING_OBJECT(handle) {(handle).bits}

/**
 * A queue: threads put items into it, and others take them out in the same order. It has room for a
 * number of items: a thread that puts into a full queue waits, and so does a thread that takes from
 * an empty one.
 *
 * threading_queue_new makes a queue; threading_queue_destroy destroys it once it is empty. Items
 * are pointers, and what they point to is the program's. A queue costs 192 bytes and a pointer for
 * each place. threading_queue_shutdown ends the work: puts fail, and gets fail when the queue is
 * empty.
 * @code
 * while (threading_queue_get(jobs, &job) == THREADING_OK)     // a worker
 *     run(job);
 * threading_queue_put(jobs, job);                             // who has work
 * threading_queue_shutdown(jobs, false);                      // no more work: workers end
 * @endcode
 */
typedef struct threading_queue {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_queue;

/**
 * An executor: worker threads that run the tasks that are submitted to it. At most a fixed number
 * of tasks run at once. A task that waits for the future of another task does not count among them,
 * so another task begins: tasks may wait for tasks, however few workers there are.
 *
 * threading_executor_new makes an executor, and threading_executor_submit submits a task.
 * threading_executor_shutdown waits until all tasks have ended, and threading_executor_destroy
 * destroys the executor. An executor costs 128 bytes.
 * @code
 * threading_executor_new(4, "pool", &pool);
 * threading_executor_submit(pool, draw, &page, &drawn);       // draw(&page), in a worker
 * threading_future_finish(drawn, &picture);                   // waits for what draw returns
 * @endcode
 */
typedef struct threading_executor {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_executor;

/**
 * A future: the end and the result of a task.
 *
 * threading_executor_submit makes a future; threading_future_destroy and threading_future_finish
 * destroy it. It costs nothing more than its task. threading_wait_any waits for the first of
 * several futures.
 */
typedef struct threading_future {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_future;

/**
 * A timer: it calls a function once, after an interval, or periodically.
 *
 * threading_timer_new makes a timer, threading_timer_new_periodic a periodic one.
 * threading_timer_start starts it, threading_timer_rearm moves the time at which it is due, and
 * threading_timer_destroy destroys it. A timer costs 128 bytes, and needs no thread of the
 * operating system while it is pending. threading_timer_thread returns the timer's thread, which
 * has a name, a daemon flag and everything else that a thread has.
 */
typedef struct threading_timer {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_timer;

/**
 * A local (thread-specific data in POSIX): a variable of which every thread has its own value.
 *
 * threading_local_new makes a local; threading_local_destroy destroys it. The initialiser makes a
 * thread's value at the thread's first get. The destructor destroys the value when the thread ends,
 * also if the library did not start the thread. Destructors may set new values: these are destroyed
 * in another round, and there are at least 4 rounds. The main thread's values are not destroyed at
 * the end of the process, so that functions that run then can still use them. They are destroyed if
 * main ends by pthread_exit().
 */
typedef struct threading_local {
    /** The value; all zero is the null handle. */
    uint64_t bits;
} threading_local;


/**
 * The outcome of a call. 0 is success, positive values are the other expected outcomes, and
 * negative values are errors: `if (status < 0)` is the whole error test. The numbers are part of
 * the ABI: new statuses get new numbers, and no number changes.
 */
enum threading_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * The call has succeeded.
     */
    THREADING_OK = 0,
    /**
     * The time-out expired first, or a poll did not succeed at once.
     */
    THREADING_TIMEOUT = 1,
    /**
     * There is no value: a local has none in this thread, a task was cancelled, or a thread waits
     * for nothing; or this process is a forked child, and a thread of the parent has no result.
     */
    THREADING_NO_VALUE = 2,
    /**
     * The stop that the call was given had come before, or came first: nothing was taken, and
     * nothing has changed. No other call can return this.
     */
    THREADING_INTERRUPTED = 3,
    /**
     * The queue was shut down: nothing can be put into it any more, and it is empty, or its
     * shutdown was immediate.
     */
    THREADING_CLOSED = 4,
    /**
     * The handle is null, was never made by the library, or names an object of another type.
     */
    THREADING_INVALID_HANDLE = -1,
    /**
     * The handle was valid before, but its object has been destroyed.
     */
    THREADING_DESTROYED = -2,
    /**
     * An argument is out of range, a required pointer is NULL, or a text is not UTF-8.
     */
    THREADING_INVALID_ARGUMENT = -3,
    /**
     * No thread holds the lock, or reads or writes the rwlock, but the call needs that: to release
     * it, to wait or to notify.
     */
    THREADING_NOT_ACQUIRED = -4,
    /**
     * Another thread holds the rlock or the owned lock, or writes the rwlock, but the call needs
     * that the caller does: to release it, to wait or to notify.
     */
    THREADING_NOT_OWNER = -5,
    /**
     * The object is in use: it is held, waited for, not empty, has not ended, or is owned by the
     * library.
     */
    THREADING_BUSY = -6,
    /**
     * A number is at its limit: the units of a semaphore, the levels of an rlock, the count of a
     * latch, the stops above one, or the finished tasks of a queue.
     */
    THREADING_OVERFLOW = -7,
    /**
     * The barrier was broken before the call, or broke or was reset while the caller waited, or
     * its action returned false; the function of a once returned false; or a latch that is to be
     * counted up is open already.
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
     * The caller would wait for itself: a thread or a task for its own end, the action of a
     * barrier at that barrier, the function of a once for that once, or a thread for the end of
     * its own read or write of an rwlock.
     */
    THREADING_WOULD_DEADLOCK = -11,
    /**
     * The thread is a Dummy: it cannot be joined, because the library did not start it.
     */
    THREADING_DUMMY = -12,
    /**
     * Memory, handles or threads of the operating system ran out.
     */
    THREADING_NO_RESOURCES = -13,
    /**
     * The library or the executor has shut down: nothing can be started, submitted or registered
     * any more.
     */
    THREADING_SHUTTING_DOWN = -14,
    /**
     * The operating system forbids it.
     */
    THREADING_NOT_PERMITTED = -15,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum threading_status threading_status;
#else
typedef int32_t threading_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a thread waits for. The numbers are part of the ABI: new kinds get new numbers.
 */
enum threading_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Nothing.
     */
    THREADING_KIND_NONE = 0,
    /**
     * The end of a thread.
     */
    THREADING_KIND_THREAD = 1,
    /**
     * A lock.
     */
    THREADING_KIND_LOCK = 2,
    /**
     * An rlock.
     */
    THREADING_KIND_RLOCK = 3,
    /**
     * A notify of a condition. A waiter that was notified waits for the condition's lock.
     */
    THREADING_KIND_CONDITION = 4,
    /**
     * A unit of a semaphore.
     */
    THREADING_KIND_SEMAPHORE = 5,
    /**
     * An event.
     */
    THREADING_KIND_EVENT = 6,
    /**
     * A barrier.
     */
    THREADING_KIND_BARRIER = 7,
    /**
     * A timer.
     */
    THREADING_KIND_TIMER = 8,
    /**
     * A local. No thread waits for one.
     */
    THREADING_KIND_LOCAL = 9,
    /**
     * An rwlock, to read or to write.
     */
    THREADING_KIND_RWLOCK = 10,
    /**
     * A stop.
     */
    THREADING_KIND_STOP = 11,
    /**
     * A latch.
     */
    THREADING_KIND_LATCH = 12,
    /**
     * An item of a queue, or room in it, or the end of its tasks.
     */
    THREADING_KIND_QUEUE = 13,
    /**
     * The end of the tasks of an executor.
     */
    THREADING_KIND_EXECUTOR = 14,
    /**
     * A future. A wait for one is shown as a wait for the end of its thread.
     */
    THREADING_KIND_FUTURE = 15,
    /**
     * Time, in `threading_sleep`.
     */
    THREADING_KIND_SLEEP = 256,
    /**
     * Something of the library's own, for a moment; or the end of all threads, in
     * `threading_shutdown` or `exit`.
     */
    THREADING_KIND_LIBRARY = 257,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum threading_kind threading_kind;
#else
typedef int32_t threading_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How sure it is that the threads of a deadlock wait for ever.
 */
enum threading_certainty
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * There is no deadlock.
     */
    THREADING_CERTAINTY_NONE = 0,
    /**
     * Their circle has a lock in it, and any thread may release a lock. If another thread does,
     * they go on; if none does, they wait for ever.
     */
    THREADING_CERTAINTY_PROBABLE = 1,
    /**
     * They wait for ever: all that they wait for are rlocks, owned locks, ends of writes, ends of
     * threads and ends of an executor's tasks.
     */
    THREADING_CERTAINTY_CERTAIN = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum threading_certainty threading_certainty;
#else
typedef int32_t threading_certainty;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How urgently the operating system runs a thread, beside other threads that want the same
 * processor. The numbers are part of the ABI: new priorities get new numbers.
 */
enum threading_priority
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * It gets about a tenth of the processor that a normal one gets, and all that nobody else
     * wants.
     */
    THREADING_PRIORITY_LOW = -1,
    /**
     * What threads have if nobody asks for more or less.
     */
    THREADING_PRIORITY_NORMAL = 0,
    /**
     * It gets about ten times what a normal one gets.
     */
    THREADING_PRIORITY_HIGH = 1,
    /**
     * It runs before all threads that are not real-time ones, for as long as it wants to.
     */
    THREADING_PRIORITY_REALTIME = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum threading_priority threading_priority;
#else
typedef int32_t threading_priority;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The function that a thread runs. Its parameter `arg` is the `arg` that the thread was made with.
 * Its return value is the thread's result. It may also end by `threading_exit`, by pthread_exit or
 * by cancellation. It must not detach or join its own pthread, because the library joins that.
 */
typedef void *(*threading_target)(void *arg);

/**
 * A function that the library calls once, with the context that was registered with it. It must
 * return.
 */
typedef void (*threading_callback)(void *ctx);

/**
 * A start hook or an exit hook. The library calls it in a thread, at the thread's start or end,
 * with the thread and the context that was set. The hook must return.
 */
typedef void (*threading_thread_hook)(threading_thread thread, void *ctx);

/**
 * A failure in a thread, as the excepthook receives it. All pointers are valid only during the
 * call of the hook.
 */
typedef struct threading_exception {
    /**
     * The kind of failure: a word, such as a class name. Never NULL.
     */
    const char *type;
    /**
     * What happened, in words for a person; or NULL.
     */
    const char *message;
    /**
     * The payload from `threading_report_exception`; or NULL.
     */
    void *payload;
    /**
     * The thread that reported the failure.
     */
    threading_thread thread;
} threading_exception;

/**
 * An excepthook. The library calls it in a thread that reports a failure. `*exception` is valid
 * only during the call. The hook must return.
 */
typedef void (*threading_excepthook)(const struct threading_exception *exception, void *ctx);

/**
 * An error hook. The library calls it in the thread whose call fails, before that call returns.
 * Its arguments are the name of the function, the status, the bits of the handle that the function
 * was called with (0 if there is none), and the context that was set. The hook must return. A call
 * that fails inside the hook is not reported.
 */
typedef void (*threading_error_hook)(const char *function,
                                     threading_status status,
                                     uint64_t handle,
                                     void *ctx);

/**
 * The predicate of a wait_for: a function that returns true when the wait is over. It is called
 * while the calling thread holds the condition's lock. The predicate must return.
 */
typedef bool (*threading_predicate)(void *ctx);

/**
 * The action of a barrier. The last thread to arrive calls it, before all threads go on. If it
 * returns false, the barrier breaks. The library holds none of its own locks during the call. The
 * action may call every function except a wait at the same barrier, and must return.
 */
typedef bool (*threading_action)(void *ctx);

/**
 * The initialiser of a local. It makes the calling thread's value, at that thread's first get. It
 * may return NULL for no value; then it does not run again in that thread. The initialiser must
 * return. If it unwinds, it has made no value, and the next get calls it again.
 */
typedef void *(*threading_init)(void *ctx);

/**
 * The destructor of a local: it destroys one value. It is never called with NULL, and must return.
 */
typedef void (*threading_destructor)(void *value);

/**
 * What one thread waits for.
 */
typedef struct threading_wait {
    /**
     * The thread that waits, a borrowed handle; null for a thread that the library did not start
     * and that has not asked for its handle.
     */
    threading_thread thread;
    /**
     * The ident of that thread.
     */
    uint64_t ident;
    /**
     * The kernel's id of that thread; 0 if it is not known.
     */
    uint64_t native_id;
    /**
     * The bits of the handle of what it waits for; 0 for a sleep, and for what has no handle.
     */
    uint64_t object;
    /**
     * The ident of the thread that holds the lock or rlock, that writes the rwlock, or whose end
     * is waited for; 0 if nobody is known. For the end of all tasks of an executor it is known
     * only in a deadlock: there it is one of those tasks, in the circle.
     */
    uint64_t holder;
    /**
     * For how many seconds it has waited.
     */
    double seconds;
    /**
     * For how many seconds more it waits at most; INFINITY if it has no time-out.
     */
    double remaining;
    /**
     * The address to which the blocked call returns, from which debuggers and `addr2line` make a
     * line; NULL if it is not known.
     */
    const void *site;
    /**
     * What it waits for.
     */
    threading_kind kind;
    /**
     * For later versions; 0.
     */
    uint32_t reserved[7];
} threading_wait;

/**
 * How threads have waited for one lock, rlock, rwlock or semaphore.
 */
typedef struct threading_contention {
    /**
     * The bits of its handle.
     */
    uint64_t object;
    /**
     * How many waits have acquired it.
     */
    uint64_t waits;
    /**
     * How many waits ran out of time.
     */
    uint64_t timeouts;
    /**
     * How many seconds the `waits` lasted, all together.
     */
    double total;
    /**
     * How many seconds the longest was.
     */
    double longest;
    /**
     * The ident of the thread that held it, or wrote it, when the longest wait began; 0 if it is
     * not known, and for a semaphore, which nobody holds.
     */
    uint64_t longest_holder;
    /**
     * What it is.
     */
    threading_kind kind;
    /**
     * For later versions; 0.
     */
    uint32_t reserved[3];
} threading_contention;

/**
 * A deadlock hook. The library calls it in the thread that watches, with the threads of a deadlock
 * in the order in which they wait for each other, their number, how sure it is, and the context
 * that was set. The entries are valid only during the call. The hook must return, and must not
 * acquire locks of the deadlock.
 */
typedef void (*threading_deadlock_hook)(const struct threading_wait *waits,
                                        size_t count,
                                        threading_certainty certainty,
                                        void *ctx);

/**
 * A pair of a circle of locks: a thread took the one, and then wanted the other.
 */
typedef struct threading_order {
    /**
     * The thread, a borrowed handle; null for a thread that the library did not start and that has
     * not asked for its handle.
     */
    threading_thread thread;
    /**
     * The ident of that thread.
     */
    uint64_t ident;
    /**
     * The bits of the handle of the lock or rlock that it took.
     */
    uint64_t held;
    /**
     * The bits of the handle of the lock or rlock that it wanted then. The next pair of the circle
     * has it as `held`; the last pair wants what the first one has as `held`.
     */
    uint64_t wanted;
    /**
     * The address to which the call returns that took `held`; NULL if it is not known.
     */
    const void *held_site;
    /**
     * The address to which the call returns that wanted `wanted`; NULL if it is not known.
     */
    const void *wanted_site;
    /**
     * What `held` is.
     */
    threading_kind held_kind;
    /**
     * What `wanted` is.
     */
    threading_kind wanted_kind;
    /**
     * For later versions; 0.
     */
    uint32_t reserved[4];
} threading_order;

/**
 * An order hook. The library calls it with the pairs of a circle of locks, in which each wants
 * what the next one holds (or one of its class: THREADING_INSPECT_CLASSES), their number, and the
 * context that was set. The entries are valid only during the call. It runs in the thread that has
 * closed the circle, which holds the locks that it held, and in a call that acquires: so the hook
 * must return, and must not acquire locks of the circle.
 */
typedef void (*threading_order_hook)(const struct threading_order *pairs, size_t count, void *ctx);

/**
 * How threads have held one lock or rlock.
 */
typedef struct threading_hold {
    /**
     * The bits of its handle.
     */
    uint64_t object;
    /**
     * How many holds are over.
     */
    uint64_t holds;
    /**
     * How many seconds they lasted, all together.
     */
    double total;
    /**
     * How many seconds the longest was.
     */
    double longest;
    /**
     * The address to which the call returns that began the longest; NULL if it is not known.
     */
    const void *longest_site;
    /**
     * The ident of the thread whose hold that was.
     */
    uint64_t longest_holder;
    /**
     * What it is.
     */
    threading_kind kind;
    /**
     * For later versions; 0.
     */
    uint32_t reserved[3];
} threading_hold;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the full name of a status constant, such as "THREADING_TIMEOUT".
 *
 * @param status  any number.
 * @return a static string, never NULL. For a number that is not a status, the string says so.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
const char *threading_status_name(int32_t status);

/**
 * Returns one line that explains a status to a person.
 *
 * @param status  any number.
 * @return a static string, never NULL. For a number that is not a status, the string says so.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
const char *threading_status_message(int32_t status);

/**
 * Returns the cause of the last failed call of the calling thread, as one line of text.
 *
 * If a status has several causes, this line is more precise than `threading_status_message`: it
 * says which lock was not held, or which argument was wrong. In an error hook the line is about
 * the call that the hook was called for. A call has failed if it returned a negative status, or if
 * it was a query with a bad handle.
 * @return a static string, never NULL. If no call has failed in this thread, the string says so.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
const char *threading_error_message(void);

/**
 * Returns the version of the loaded library, such as "0.1.0". The version of the header is in the
 * macros THREADING_VERSION_MAJOR, _MINOR and _PATCH.
 *
 * @return a static string, never NULL.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
const char *threading_version(void);

/**
 * Checks a status: for a negative one it prints where and why the call failed, and aborts.
 * `THREADING_CHECK` calls this function.
 *
 * @param status  the status that the call returned.
 * @param call  the source text of the call, or NULL.
 * @param file  the name of the source file, or NULL.
 * @param line  the line number in that file.
 * @return `status` if it is not negative; THREADING_OK for a positive number that is not a status.
 * If `status` is negative, the function does not return: it prints one line to the standard error
 * stream and calls abort(). The line contains the file, the line number, the call, the status, the
 * cause (as `threading_error_message` gives it) and the name of the thread.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_check(int32_t status, const char *call, const char *file, int line);

/**
 * Says that a `THREADING_WITH` has skipped its statement. The macro calls this function if the
 * object cannot be acquired.
 *
 * A critical section that is lost in silence is never wanted, so one line is printed to the
 * standard error stream, once for each place in the program, even if mistakes are not told
 * otherwise. If they are (see `threading_report_mistakes`), the call that failed was told already.
 * The environment variable THREADING_REPORT=0 silences this line.
 *
 * @param status  the status with which the object was not acquired.
 * @param file  the name of the source file, or NULL.
 * @param line  the line number in that file.
 * @return `status`; THREADING_OK for a number that is not a status. The line is printed only if
 * `status` is negative.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_with_failed_(int32_t status, const char *file, int line);

/**
 * Makes a thread, but does not start it (Python: `threading.Thread(target=..., name=...,
 * args=...)`).
 *
 * The new thread inherits the daemon flag of the calling thread. If the calling thread is a Dummy,
 * the new thread is a daemon.
 * @param name  the name in UTF-8, which the library copies; or NULL. For NULL and "" the name is
 * Thread-N, with a number N.
 * @param target  the function that the thread will run.
 * @param arg  passed to `target`. The library never frees it: if `target` never runs, the caller
 * must free it.
 * @param out  receives the handle. The caller owns the thread, and destroys it with
 * `threading_thread_destroy` or `threading_thread_finish`.
 * @retval THREADING_OK  `*out` is the new thread.
 * @retval THREADING_INVALID_ARGUMENT  `target` or `out` is NULL, or `name` is not UTF-8.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_new(const char *name,
                                      threading_target target,
                                      void *arg,
                                      threading_thread *out);

/**
 * Makes a thread and starts it: `threading_thread_new` and `threading_thread_start` in one call.
 *
 * The thread keeps the process alive: `return` from main and `exit` wait until the thread has
 * ended. But if the calling thread is a daemon or a Dummy, the new thread is a daemon, and they do
 * not wait for it. `threading_thread_spawn_daemon` always makes a daemon. To tell the thread to
 * stop when the process ends, register a function with `threading_register_atexit`. A handler of
 * atexit() is too late for that, because it runs after the wait.
 * @param name  the name in UTF-8, which the library copies; or NULL. For NULL and "" the name is
 * Thread-N, with a number N.
 * @param target  the function that the thread runs.
 * @param arg  passed to `target`. The library never frees it: if the call fails, the caller must
 * free it.
 * @param out  receives the handle before `target` runs, so `target` may read it; or NULL. With
 * NULL the thread is detached from the beginning.
 * @retval THREADING_OK  the thread runs, or will run soon.
 * @retval THREADING_INVALID_ARGUMENT  `target` is NULL, `name` is not UTF-8, or the operating
 * system rejects the stack size: the size from `threading_set_stack_size`, or the platform's
 * default.
 * @retval THREADING_NO_RESOURCES  memory, handles or threads of the operating system ran out, or
 * the operating system does not permit the thread.
 * @retval THREADING_SHUTTING_DOWN  the library has shut down.
 * @par Blocking
 * Never; the call does not wait until the thread runs.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_spawn(const char *name,
                                        threading_target target,
                                        void *arg,
                                        threading_thread *out);

/**
 * Makes a daemon thread and starts it (Python: `Thread(..., daemon=True)`). The end of the process
 * does not wait for a daemon.
 *
 * @param name  the name in UTF-8, which the library copies; or NULL. For NULL and "" the name is
 * Thread-N, with a number N.
 * @param target  the function that the thread runs.
 * @param arg  passed to `target`. The library never frees it: if the call fails, the caller must
 * free it.
 * @param out  receives the handle before `target` runs, so `target` may read it; or NULL. With
 * NULL the thread is detached from the beginning.
 * @retval THREADING_OK  the thread runs, or will run soon.
 * @retval THREADING_INVALID_ARGUMENT  `target` is NULL, `name` is not UTF-8, or the operating
 * system rejects the stack size: the size from `threading_set_stack_size`, or the platform's
 * default.
 * @retval THREADING_NO_RESOURCES  memory, handles or threads of the operating system ran out, or
 * the operating system does not permit the thread.
 * @retval THREADING_SHUTTING_DOWN  the library has shut down.
 * @par Blocking
 * Never; the call does not wait until the thread runs.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_spawn_daemon(const char *name,
                                               threading_target target,
                                               void *arg,
                                               threading_thread *out);

/**
 * Starts a thread, and does not wait until it runs (Python: `Thread.start()`).
 *
 * Unless the thread is a daemon, `return` from main and `exit` wait until it has ended. They wait
 * before they run the handlers of atexit(). So a function that tells the thread to stop must be
 * registered with `threading_register_atexit`.
 * @param thread  a thread that has not been started.
 * @retval THREADING_OK  the thread runs, or will run soon. Its ident and its name are known.
 * @retval THREADING_ALREADY_STARTED  the thread was started before; a thread runs only once.
 * @retval THREADING_INVALID_ARGUMENT  the operating system always rejects the thread's stack size,
 * or the thread may not use a processor that `threading_thread_set_affinity` has set. The thread
 * can be started with another size and other processors.
 * @retval THREADING_NOT_PERMITTED  `threading_thread_set_affinity` has set processors, and the
 * operating system forbids the thread to choose any; or it forbids the priority that
 * `threading_thread_set_priority` has set. The thread can be started with another one.
 * @retval THREADING_NO_RESOURCES  memory ran out, or the operating system has no room for the
 * thread at this moment or does not permit it. The thread can be started again later.
 * @retval THREADING_SHUTTING_DOWN  the library has shut down.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed.
 * @par Blocking
 * Never; but if `threading_thread_set_affinity` or `threading_thread_set_priority` was called,
 * until the thread has its processors and its priority.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_start(threading_thread thread);

/**
 * Waits until a thread has ended; the destructors of its thread-local variables have then run too
 * (Python: `Thread.join()`).
 *
 * Any number of threads may join a thread, any number of times. Everything that the thread did
 * happens before this call returns.
 * @param thread  a thread that has been started. A thread in exit() or `threading_shutdown`, such
 * as the main thread, counts as ended.
 * @retval THREADING_OK  the thread has ended, or is in exit() or `threading_shutdown`.
 * @retval THREADING_NOT_STARTED  the thread has not been started.
 * @retval THREADING_DUMMY  the thread is a Dummy: the library did not start it.
 * @retval THREADING_WOULD_DEADLOCK  `thread` is the calling thread.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the thread has ended. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_join(threading_thread thread);

/**
 * Waits until a thread has ended, for at most `seconds` (Python: `Thread.join(timeout)`).
 *
 * @param thread  a thread that has been started.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the thread has ended, or is in exit() or `threading_shutdown`.
 * @retval THREADING_TIMEOUT  the time-out expired first.
 * @retval THREADING_NOT_STARTED  the thread has not been started.
 * @retval THREADING_DUMMY  the thread is a Dummy: the library did not start it.
 * @retval THREADING_WOULD_DEADLOCK  `thread` is the calling thread.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the thread has ended, or until the time-out expires on the monotonic clock, never earlier.
 * Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_join_timeout(threading_thread thread, double seconds);

/**
 * Reads the result of a thread: the value that its target returned, or that the thread passed to
 * `threading_exit` or pthread_exit.
 *
 * After a cancellation the result is PTHREAD_CANCELED. If a timer's function ended by pthread_exit
 * or by cancellation and memory ran out, the result is NULL.
 * @param thread  a thread that has ended.
 * @param out  receives the result: the address of a `void *`.
 * @retval THREADING_OK  `*out` is the result.
 * @retval THREADING_NO_VALUE  this process is a forked child, and the thread had not ended before
 * the fork. The thread has no result.
 * @retval THREADING_NOT_STARTED  the thread has not been started.
 * @retval THREADING_BUSY  the thread has not ended.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Never, with one exception: after a pthread_exit the call waits for the short time that the
 * operating system needs to end the thread.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_result(threading_thread thread, void **out);

/**
 * Finishes a thread: joins it, reads its result and destroys it, as pthread_join does.
 *
 * @param thread  a thread that has been started.
 * @param result  receives the result: the address of a `void *`; or NULL.
 * @retval THREADING_OK  the thread has ended, and is destroyed.
 * @retval THREADING_NO_VALUE  as THREADING_OK, but the thread has no result: see
 * `threading_thread_result`.
 * @retval THREADING_NOT_STARTED  the thread has not been started.
 * @retval THREADING_DUMMY  the thread is a Dummy: the library did not start it.
 * @retval THREADING_WOULD_DEADLOCK  `thread` is the calling thread.
 * @retval THREADING_BUSY  the thread is the main thread or the thread of a timer, is in exit() or
 * `threading_shutdown`, or another thread waits for its result.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the thread has ended. Signals do not end the wait.
 * @par Thread safety
 * Any thread. If several threads finish the same thread, one of them succeeds.
 */
threading_status threading_thread_finish(threading_thread thread, void **result);

/**
 * Tells whether a thread is alive: it has been started, and has not ended (Python:
 * `Thread.is_alive()`).
 *
 * @param thread  the thread.
 * @return whether the thread is alive; false for a thread in exit() or `threading_shutdown`. For a
 * bad handle: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
bool threading_thread_is_alive(threading_thread thread);

/**
 * Destroys a thread. If the thread has been started and has not ended, the call detaches it
 * instead: the thread goes on, as after pthread_detach.
 *
 * The handle of a detached thread stays valid until the thread ends. After that, calls with it
 * return THREADING_DESTROYED.
 * @param thread  the thread. For the null handle the call does nothing and returns THREADING_OK.
 * @retval THREADING_OK  the thread is destroyed or detached.
 * @retval THREADING_BUSY  the thread is the main thread, a Dummy or the thread of a timer, is
 * being started at this moment, or another thread waits for its result.
 * @retval THREADING_INVALID_HANDLE  `thread` is not null, and is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread, including `thread` itself.
 */
threading_status threading_thread_destroy(threading_thread thread);

/**
 * Ends the calling thread as if its target had returned `result` (Python: `_thread.exit()`). C++
 * destructors and cleanup handlers on the thread's stack run.
 *
 * @param result  the thread's result.
 * @retval THREADING_INVALID_ARGUMENT  the calling thread is the main thread, was not started by
 * this library, or its target has already returned. In all other threads the function does not
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
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters.
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended. If that
 * happened during the call, `buffer` may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_thread_name(threading_thread thread,
                                       char *buffer,
                                       size_t capacity,
                                       size_t *length);

/**
 * Renames a thread, at any time in its life (Python: `Thread.name = ...`).
 *
 * A running thread also gets the name in the operating system; Linux keeps the first 15 bytes. On
 * Linux the main thread's name is also the name of the process, which tools such as ps and killall
 * show.
 * @param thread  the thread.
 * @param name  the name in UTF-8, which the library copies; "" restores the default name.
 * @retval THREADING_OK  the thread has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is NULL or not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name.
 * @par Blocking
 * Never, except for a short time while another thread changes a name.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_set_name(threading_thread thread, const char *name);

/**
 * Tells whether a thread is a daemon: a thread for which the end of the process does not wait
 * (Python: `Thread.daemon`).
 *
 * @param thread  the thread.
 * @return the daemon flag. For a bad handle: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
bool threading_thread_daemon(threading_thread thread);

/**
 * Sets the daemon flag of a thread before its start: the end of the process does not wait for a
 * daemon (Python: `Thread.daemon = ...`).
 *
 * @param thread  a thread that has not been started.
 * @param daemon  true to make the thread a daemon.
 * @retval THREADING_OK  the flag is set.
 * @retval THREADING_ALREADY_STARTED  the thread was started before; the main thread and Dummies
 * count as started.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_set_daemon(threading_thread thread, bool daemon);

/**
 * Sets the stack size of a thread before its start.
 *
 * @param thread  a thread that has not been started.
 * @param bytes  the size in bytes, at least 32,768, rounded up to whole pages. 0 means the size
 * that `threading_stack_size` returns when the thread is started.
 * @retval THREADING_OK  the thread will have a stack of at least this size, in addition to the
 * memory for its thread-local variables.
 * @retval THREADING_INVALID_ARGUMENT  `bytes` is too small, or is larger than any memory can be.
 * @retval THREADING_ALREADY_STARTED  the thread was started before; the main thread and Dummies
 * count as started.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_set_stack_size(threading_thread thread, size_t bytes);

/**
 * Returns the ident of a thread: a number that no other thread of the process ever has, earlier or
 * later (Python: `Thread.ident`).
 *
 * @param thread  the thread.
 * @return the ident. It is 0 before the start of the thread, and never 0 afterwards. For a bad
 * handle: 0, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
uint64_t threading_thread_ident(threading_thread thread);

/**
 * Returns the operating system's id of a thread, which tools such as top show (Python:
 * `Thread.native_id`).
 *
 * After the thread's end the operating system may give the id to another thread.
 * @param thread  the thread.
 * @return the id; 0 before the start of the thread. For a bad handle: 0, and the error hook is
 * called.
 * @par Blocking
 * Only right after the start, until the thread runs; otherwise never.
 * @par Thread safety
 * Any thread.
 */
uint64_t threading_thread_native_id(threading_thread thread);

/**
 * Writes the `pthread_t` of a thread, by which the C library knows it, to `*out`: for functions
 * such as `pthread_kill` and `pthread_setschedparam`, while the thread is alive. The library joins
 * the thread: do not join or detach it.
 *
 * The thread may end at any time. A program that uses the value has to know that the thread has
 * not ended yet, as it has to with pthreads: after that the C library may give the value to
 * another thread.
 * @param thread  the thread, which the library has started or not.
 * @param out  the address of a `pthread_t`. Its type is `void *` because this header includes no
 * header that declares `pthread_t`.
 * @retval THREADING_OK  `*out` is the value.
 * @retval THREADING_NOT_STARTED  the thread has not been started.
 * @retval THREADING_NO_VALUE  the thread has ended; or it is the main thread, and another thread
 * has loaded the library.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL, or the thread is a timer's or a task's: the
 * function of a timer or a task runs in one of the library's threads.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed.
 * @retval THREADING_NO_RESOURCES  the thread was started and does not run yet, and there is no
 * memory to wait for that.
 * @par Blocking
 * Only right after the start, until the thread runs; otherwise never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_pthread(threading_thread thread, void *out);

/**
 * Sets the processors on which a thread may run.
 *
 * A thread that runs gets them at once. A thread that has not been started applies them itself,
 * before anything else that it does, the start hook included. If the operating system refuses
 * then, the start fails with the status that this function would return. Neither the hook nor the
 * thread's function has run, and the thread can be started again. Such a start waits until the
 * thread has applied its processors.
 *
 * Without this call a thread has the processors of the thread that starts it. That is also true of
 * the threads in which the library runs timers and tasks.
 * @param thread  the thread, which the library has started or not.
 * @param processors  the numbers of the processors, as the operating system counts them, from 0;
 * in any order. The library copies them.
 * @param count  how many numbers there are, from 1 to 8192.
 * @retval THREADING_OK  the thread runs on these processors, or will do so from its start on.
 * @retval THREADING_INVALID_ARGUMENT  `processors` is NULL; `count` is 0 or more than 8192; there
 * is no processor of that number, or the thread may not use it, which is found out when the thread
 * runs; the thread has ended; or it is a timer's or a task's, whose function runs in one of the
 * library's threads.
 * @retval THREADING_NOT_PERMITTED  the operating system forbids the call: a sandbox, for example.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
 * @retval THREADING_NO_RESOURCES  there is no memory to keep the processors until the start, or to
 * wait until a thread that was started runs.
 * @par Blocking
 * Only right after the start, until the thread runs; otherwise never, except for a short time
 * while another thread changes a name or the processors of a thread.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_set_affinity(threading_thread thread,
                                               const uint32_t *processors,
                                               size_t count);

/**
 * Says how urgently the operating system runs a thread, beside other threads that want the same
 * processor.
 *
 * On Linux this is one call for two things that pthreads and the kernel keep apart, since a
 * program wants one of four. `THREADING_PRIORITY_LOW`, `_NORMAL` and `_HIGH` are the policy
 * `SCHED_OTHER` with the nice values 10, 0 and -10. They are of this thread alone: Linux has a
 * nice value for each thread. `THREADING_PRIORITY_REALTIME` is the policy `SCHED_RR` with the
 * lowest real-time priority, 1. Such a thread that never waits can take a whole processor from all
 * others. A program that needs another policy or number uses `threading_thread_pthread` and
 * `pthread_setschedparam`.
 *
 * A user without privileges may always ask for less, and then not for more again: so a thread that
 * is low stays so. `HIGH`, `REALTIME` and the way back from `LOW` need CAP_SYS_NICE, or the limits
 * RLIMIT_NICE (30 for `HIGH`, 20 for `NORMAL`) and RLIMIT_RTPRIO (1).
 *
 * A thread that runs gets its priority at once. A thread that has not been started applies it
 * itself, before anything else that it does, the start hook included. If the operating system
 * refuses then, the start fails with `THREADING_NOT_PERMITTED`. Neither the hook nor the thread's
 * function has run, and the thread can be started again, also with another priority. Such a start
 * waits until the thread has applied its priority.
 *
 * Without this call a thread has the policy and the nice value of the thread that starts it. That
 * is also true of the threads in which the library runs timers and tasks. The priority decides who
 * gets a processor; it does not change who gets a lock, and a thread that holds one does not
 * inherit the priority of those that wait for it.
 * @param thread  the thread, which the library has started or not.
 * @param priority  a `threading_priority`.
 * @retval THREADING_OK  the thread has the priority, or will have it from its start on.
 * @retval THREADING_NOT_PERMITTED  the operating system forbids it.
 * @retval THREADING_INVALID_ARGUMENT  `priority` is none; the thread has ended; or it is a timer's
 * or a task's, whose function runs in one of the library's threads.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
 * @retval THREADING_NO_RESOURCES  there is no memory to keep the priority until the start, or to
 * wait until a thread that was started runs.
 * @par Blocking
 * Only right after the start, until the thread runs; otherwise never, except for a short time
 * while another thread changes a name, the processors or the priority of a thread.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_set_priority(threading_thread thread, int32_t priority);

/**
 * Returns the calling thread (Python: `threading.current_thread()`).
 *
 * If the library did not start the calling thread, this call makes a Dummy for it: a record that
 * is named Dummy-N. The Dummy disappears when the thread ends.
 * @return the thread; the handle is borrowed, not owned. It is null only if memory ran out, or in
 * the last round of the thread's thread-local destructors.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_thread threading_current_thread(void);

/**
 * Returns the main thread: the thread that the process began with, or, in a forked child, the
 * thread that forked (Python: `threading.main_thread()`).
 *
 * @return the thread; the handle is borrowed, not owned.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_thread threading_main_thread(void);

/**
 * Returns the name of the calling thread, for log messages.
 *
 * @return the name, NUL-terminated, never NULL. It is valid until the calling thread calls this
 * function again, or ends.
 * @par Blocking
 * Never, except for a short time while another thread changes a name.
 * @par Thread safety
 * Any thread.
 */
const char *threading_current_name(void);

/**
 * Returns the ident of the calling thread: a number that no other thread of the process ever has,
 * earlier or later (Python: `threading.get_ident()`).
 *
 * @return the ident, never 0.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
uint64_t threading_get_ident(void);

/**
 * Returns the operating system's id of the calling thread, which tools such as top show (Python:
 * `threading.get_native_id()`).
 *
 * @return the id, never 0.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
uint64_t threading_get_native_id(void);

/**
 * Counts the threads that are alive: the main thread, all threads that have been started and have
 * not ended, and Dummies (Python: `threading.active_count()`).
 *
 * @return the number of threads.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
size_t threading_active_count(void);

/**
 * Lists the threads that are alive (Python: `threading.enumerate()`).
 *
 * If the array has room, the list contains every thread that is alive during the whole call. It
 * contains no thread that had ended before the call. To join all threads, a program must leave out
 * the calling thread, and the main thread, which may end only with the process.
 * @param array  receives the handles, which are borrowed, not owned; or NULL if `capacity` is 0.
 * @param capacity  the number of handles that fit into `array`.
 * @return the number of handles that were written, at most `capacity`. If it equals `capacity`,
 * there may be more threads.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
size_t threading_enumerate(threading_thread *array, size_t capacity);

/**
 * Returns the stack size of new threads, as the program has set it (Python:
 * `threading.stack_size()`).
 *
 * @return the size in bytes. 0 stands for the platform's default: see `threading_set_stack_size`.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
size_t threading_stack_size(void);

/**
 * Sets the stack size of all threads that are started from now on (Python:
 * `threading.stack_size(n)`).
 *
 * When a thread is started, the platform's default is the size that the C library gives to a
 * thread without attributes. In glibc this is the value of RLIMIT_STACK at the beginning of the
 * process, or the size that the program has set later with `pthread_setattr_default_np`. The guard
 * area of the stack always has the platform's size. The C library takes memory for thread-local
 * variables from the stack; the library adds this memory to the size.
 * @param bytes  the size in bytes, at least 32,768, rounded up to whole pages when a thread is
 * started; 0 means the platform's default.
 * @retval THREADING_OK  the size is set.
 * @retval THREADING_INVALID_ARGUMENT  `bytes` is too small, or is larger than any memory can be.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_set_stack_size(size_t bytes);

/**
 * Reads the monotonic clock, which measures all waits.
 *
 * It is the kernel's clock, which the kernel itself uses for sleeping threads. A program may
 * replace the C library's `clock_gettime`, as libfaketime does: that changes neither this clock
 * nor a wait.
 * @return the seconds since a fixed moment, which does not change while the system runs.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
double threading_monotonic(void);

/**
 * Tells how much time is left until a moment of the monotonic clock: the time-out of a wait that
 * is to end then.
 *
 * With it a loop of waits keeps one deadline:
 * @code
 * double deadline = threading_monotonic() + 2;
 * while (!ready && status == THREADING_OK) {
 *     status = threading_condition_wait_timeout(changed, threading_remaining(deadline));
 * }
 * @endcode
 *
 * No function takes a deadline itself: that would be one more form of every function that waits,
 * and this function serves them all.
 * @param deadline  the moment, as threading_monotonic() has it; INFINITY for none.
 * @return the seconds until then; 0 if it has passed, with which every wait polls. INFINITY for
 * INFINITY, NaN for NaN.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
double threading_remaining(double deadline);

/**
 * Makes the calling thread sleep (Python: `time.sleep()`). A signal handler that runs during the
 * sleep does not shorten it.
 *
 * @param seconds  the duration in seconds, rounded up to nanoseconds. 0 or less returns at once,
 * and INFINITY never returns. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the time has passed.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @par Blocking
 * Until the time has passed on the monotonic clock, never less.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_sleep(double seconds);

/**
 * Registers a function that runs when the process ends, before the threads are joined: it is the
 * place to tell threads to stop (Python: `threading._register_atexit()`). The function that was
 * registered last runs first.
 *
 * A handler of atexit() cannot tell threads to stop: it runs after the join, so the process would
 * wait for these threads forever. If main ends by pthread_exit(), the function runs after all
 * threads that are not daemons have ended: in this case it cannot tell them to stop either.
 * @param fn  the function. It runs once, in the thread that calls exit or shuts down.
 * @param ctx  passed to `fn`, or NULL. It stays owned by the caller.
 * @retval THREADING_OK  the function will run.
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
 * Shuts the library down, as the end of the process does: it runs the functions of
 * threading_register_atexit, and then waits until all threads that are not daemons have ended,
 * including threads that start during the wait. Afterwards no thread can be started.
 *
 * `return` from main, and exit() in main, do this first: before any handler of atexit() runs, and
 * before any static object is destroyed. exit() in another thread does it after some of the
 * handlers: it first runs the handlers that were registered after the first thread was started,
 * then waits for the threads, and then runs the other handlers. With musl, exit() in main does the
 * same. If main ends by pthread_exit(), the shutdown takes place when all threads that are not
 * daemons have ended, and then the process ends as by exit(0).
 *
 * If several threads call exit(), one of them ends the process with its exit code, and the others
 * wait for the end. If threads other than main are among them, one of those ends the process. If
 * an exit() has waited for five seconds, it prints once to the standard error stream which threads
 * it waits for; the environment variable THREADING_REPORT=0 turns this message off.
 *
 * Call this function at the end of main if threads use variables of main, or if another thread may
 * call exit(). During the call the calling thread counts as ended for threads that join it. While
 * a task waits in this call, or in exit(), another task of its executor may begin.
 * @retval THREADING_OK  all threads that are not daemons have ended. Later calls do nothing.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait; or the caller is a task, and
 * the operating system has no room for a worker that could run the tasks behind it.
 * @par Blocking
 * Until all threads that are not daemons have ended.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_shutdown(void);

/**
 * Shuts the library down as `threading_shutdown` does, but waits for at most `seconds`.
 *
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  all threads that are not daemons have ended. Later calls do nothing.
 * @retval THREADING_TIMEOUT  the time-out expired first. The registered functions have run, and do
 * not run again. Threads can still be started, and the end of the process waits for them as usual.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX; nothing has changed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait; or the caller is a task, and
 * the operating system has no room for a worker that could run the tasks behind it.
 * @par Blocking
 * Until all threads that are not daemons have ended, or until the time-out expires on the
 * monotonic clock.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_shutdown_timeout(double seconds);

/**
 * Sets the start hook. Every new thread calls it before its target (Python has
 * `threading.settrace()` for this).
 *
 * @param fn  the hook, or NULL for no hook. The previous hook may still be running when the call
 * returns.
 * @param ctx  passed to the hook, or NULL. It stays owned by the caller.
 * @retval THREADING_OK  the hook is set.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_set_start_hook(threading_thread_hook fn, void *ctx);

/**
 * Sets the exit hook. Every thread that this library started calls it after its target, and before
 * its thread-local variables are destroyed. The hook is also called if the target ends by
 * pthread_exit or by cancellation.
 *
 * @param fn  the hook, or NULL for no hook. The previous hook may still be running when the call
 * returns.
 * @param ctx  passed to the hook, or NULL. It stays owned by the caller.
 * @retval THREADING_OK  the hook is set.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_set_exit_hook(threading_thread_hook fn, void *ctx);

/**
 * Sets the excepthook, which `threading_report_exception` calls (Python: `threading.excepthook`).
 *
 * @param fn  the hook, or NULL: then failures are printed to the standard error stream. The
 * previous hook may still be running when the call returns.
 * @param ctx  passed to the hook, or NULL. It stays owned by the caller.
 * @retval THREADING_OK  the hook is set.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_set_excepthook(threading_excepthook fn, void *ctx);

/**
 * Tells whether an excepthook is set; without one `threading_report_exception` prints.
 *
 * @return whether an excepthook is set at this moment.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
bool threading_has_excepthook(void);

/**
 * Sets the error hook, which is called for every failing call of this library: a call that returns
 * a negative status, or a query with a bad handle.
 *
 * The hook shows the mistakes of a program that ignores statuses. Inside the hook
 * `threading_error_message` says why the call fails. Calls that succeed cost nothing extra. If a
 * call fails in a signal handler, the hook runs in the signal handler too.
 * @param fn  the hook, or NULL for no hook. The previous hook may still be running when the call
 * returns.
 * @param ctx  passed to the hook, or NULL. It stays owned by the caller.
 * @retval THREADING_OK  the hook is set.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; the hook runs in any thread.
 */
threading_status threading_set_error_hook(threading_error_hook fn, void *ctx);

/**
 * Switches on or off that mistakes are told: each call that fails, with a negative status or as a
 * query with a bad handle, prints one line to the standard error stream, once for each place in
 * the program.
 *
 * The line has the place of the call, the function, the status and its cause (as
 * `threading_error_message` gives it), the object's type and handle, and the name of the thread.
 * The place is the file and the line if the program was compiled with -g, and otherwise
 * `program+0x1234`, which `addr2line -e program 0x1234` may know. The line is printed before the
 * error hook runs. A lock is reported as well if its own holder has tried to acquire it for a
 * second, without a time-out.
 *
 * The environment can say the same without a change of the program:
 * - `THREADING_REPORT=1` tells mistakes from the start, whatever this function is called with.
 * - `THREADING_REPORT=abort` does the same, and aborts after the first line.
 * - `THREADING_REPORT=0` tells none, whatever this function is called with. It also silences a
 *   `THREADING_WITH` that skips its statement, and the notice of an exit that waits for long.
 *
 * Only `threading_lock_acquire` gets slower, and only if it has to wait. Calls that succeed
 * otherwise cost nothing extra. In a signal handler the line has the name that the system has for
 * the thread; before glibc 2.35 and in other C libraries the place is missing there.
 * @param on  whether mistakes are told from now on.
 * @retval THREADING_OK  always.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_report_mistakes(bool on);

/**
 * Reports a failure in the calling thread: it calls the excepthook, or without one prints to the
 * standard error stream (as Python does for an exception that a thread does not catch). The thread
 * goes on.
 *
 * The printed report always has two lines: control characters in the texts become escapes, such as
 * `\n`. The excepthook receives the texts unchanged.
 * @param type  the kind of failure, in UTF-8: a word, such as the name of a class.
 * @param message  what happened, in words for a person, in UTF-8; or NULL.
 * @param payload  passed to the excepthook, or NULL.
 * @retval THREADING_OK  the hook has returned, or the failure was printed.
 * @retval THREADING_INVALID_ARGUMENT  `type` is NULL, or `type` or `message` is not UTF-8; nothing
 * is reported.
 * @par Blocking
 * Never, apart from what the hook does.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_report_exception(const char *type, const char *message, void *payload);

/**
 * Makes a lock, which no thread holds yet (Python: `threading.Lock()`).
 *
 * @param out  receives the handle. The caller owns the lock, and destroys it with
 * `threading_lock_destroy`.
 * @retval THREADING_OK  `*out` is the new lock.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never. The call makes no system call while the current segment of 65,536 locks has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_lock_new(threading_lock *out);

/**
 * Returns the lock in `*handle`. If `*handle` is null, the call first makes a lock and stores its
 * handle there. This is for static variables, which begin as `THREADING_NULL`.
 *
 * If several threads make the lock at the same time, all of them get the same lock.
 * @param handle  the address of a handle that exists as long as the lock is used. Only this
 * function changes the handle, and only if it is null. The library does not keep the address.
 * @return the lock; null if there is no memory for it, or if `handle` is NULL. In both cases the
 * error hook is called.
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
 * A thread that already holds the lock waits too, until another thread releases the lock. A
 * release happens before the next acquire.
 * @param lock  the lock.
 * @retval THREADING_OK  the caller holds the lock.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
 * @retval THREADING_DESTROYED  `lock` was destroyed before the call, or during the call before the
 * caller began to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller has acquired the lock. Signals do not end the wait. Threads that have waited
 * for more than a millisecond acquire the lock in the order in which they began to wait.
 * @par Thread safety
 * Any thread.
 *
 */
threading_status threading_lock_acquire(threading_lock lock) THREADING_C_ACQUIRE_(lock);

/**
 * Acquires the lock if it is free at this moment (Python: `Lock.acquire(False)`).
 *
 * @param lock  the lock.
 * @retval THREADING_OK  the caller holds the lock.
 * @retval THREADING_TIMEOUT  a thread holds the lock.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
 * @retval THREADING_DESTROYED  `lock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_lock_try_acquire(threading_lock lock)
THREADING_C_TRY_ACQUIRE_(lock);

/**
 * Acquires the lock; waits for at most `seconds` (Python: `Lock.acquire(timeout=...)`).
 *
 * @param lock  the lock.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the caller holds the lock. This is also possible if the lock was released
 * at the moment at which the time-out expired.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
 * @retval THREADING_DESTROYED  `lock` was destroyed before the call, or during the call before the
 * caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller has acquired the lock, or until the time-out expires on the monotonic clock,
 * never earlier. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_lock_acquire_timeout(threading_lock lock,
                                                double seconds)
THREADING_C_TRY_ACQUIRE_(lock);

/**
 * Releases the lock, so that the next waiter can acquire it (Python: `Lock.release()`). Any thread
 * may release the lock, not only the thread that acquired it, unless the lock is owned
 * (`threading_lock_set_owned`).
 *
 * @param lock  the lock.
 * @retval THREADING_OK  the lock is released; another thread may already hold it.
 * @retval THREADING_NOT_ACQUIRED  no thread held the lock.
 * @retval THREADING_NOT_OWNER  the lock is owned, and another thread holds it; nothing has
 * changed.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
 * @retval THREADING_DESTROYED  `lock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
threading_status threading_lock_release(threading_lock lock) THREADING_C_RELEASE_(lock);

/**
 * Makes the lock owned: from now on only the thread that has acquired it releases it, and
 * `threading_find_deadlock` and the watch are certain of a deadlock with it.
 *
 * At first a lock is not owned: any thread may release it, as in Python. An owned lock costs some
 * hundred instructions for an acquire and its release instead of some dozen, and no other lock
 * costs more. It stays owned. Waits and notifies of conditions on it are for its holder alone.
 * Call this when you have made the lock: no other thread may be in a call that releases it.
 * @param lock  the lock, which no thread holds.
 * @retval THREADING_OK  the lock is owned.
 * @retval THREADING_BUSY  a thread holds the lock; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
 * @retval THREADING_DESTROYED  `lock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_lock_set_owned(threading_lock lock);

/**
 * Tells whether a thread holds the lock (Python: `Lock.locked()`). The answer describes the moment
 * of the call, and may be out of date when the call returns.
 *
 * @param lock  the lock.
 * @return whether a thread holds the lock. For a bad handle: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
bool threading_lock_locked(threading_lock lock);

/**
 * Gives a lock a name, which tells people what it is for. At first a lock has no name.
 *
 * Names need not be unique, and may contain any character.
 * @param lock  the lock.
 * @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
 * @retval THREADING_OK  the lock has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
 * @retval THREADING_DESTROYED  `lock` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name; the lock keeps the name that it
 * had.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_lock_set_name(threading_lock lock, const char *name);

/**
 * Copies the name of a lock.
 *
 * @param lock  the lock.
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters. A lock without a name has the name "".
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
 * @retval THREADING_DESTROYED  `lock` was destroyed. If that happened during the call, `buffer`
 * may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_lock_name(threading_lock lock,
                                     char *buffer,
                                     size_t capacity,
                                     size_t *length);

/**
 * Destroys the lock: from now on calls with its handle return `THREADING_DESTROYED`, in every
 * thread.
 *
 * Conditions on the lock are destroyed first. A lock knows how many there are, and not which: to
 * find out whether a thread waits in one of them, for whom there would be no lock to acquire any
 * more, each wait would have to count itself in the lock.
 * @param lock  the lock. For the null handle the call does nothing and returns THREADING_OK.
 * @retval THREADING_OK  the lock is destroyed. A call that has begun, but does not wait yet,
 * returns THREADING_DESTROYED.
 * @retval THREADING_BUSY  a thread that has not ended holds the lock, threads wait for it, or a
 * condition on this lock has not been destroyed; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `lock` is not null, and is not a handle of a lock.
 * @retval THREADING_DESTROYED  `lock` was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_lock_destroy(threading_lock lock);

/**
 * Makes an rlock, which no thread holds yet (Python: `threading.RLock()`).
 *
 * @param out  receives the handle. The caller owns the rlock, and destroys it with
 * `threading_rlock_destroy`.
 * @retval THREADING_OK  `*out` is the new rlock.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never. The call makes no system call while the current segment of 65,536 rlocks has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_rlock_new(threading_rlock *out);

/**
 * Returns the rlock in `*handle`. If `*handle` is null, the call first makes an rlock and stores
 * its handle there. This is for static variables, which begin as `THREADING_NULL`.
 *
 * If several threads make the rlock at the same time, all of them get the same rlock.
 * @param handle  the address of a handle that exists as long as the rlock is used. Only this
 * function changes the handle, and only if it is null. The library does not keep the address.
 * @return the rlock; null if there is no memory for it, or if `handle` is NULL. In both cases the
 * error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
threading_rlock threading_rlock_ensure(threading_rlock *handle) THREADING_C_RETURNS_LOCK_(*handle);

/**
 * Acquires the rlock; waits as long as needed (Python: `RLock.acquire()`). A thread that already
 * holds the rlock does not wait: it then holds it one level deeper.
 *
 * @param rlock  the rlock.
 * @retval THREADING_OK  the caller holds the rlock one level deeper than before. Each acquire
 * needs its own release.
 * @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
 * @retval THREADING_DESTROYED  `rlock` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller has acquired the rlock. Signals do not end the wait. Threads that have waited
 * for more than a millisecond acquire the rlock in the order in which they began to wait.
 * @par Thread safety
 * Any thread.
 *
 */
threading_status threading_rlock_acquire(threading_rlock rlock) THREADING_C_ACQUIRE_(rlock);

/**
 * Acquires the rlock if no other thread holds it at this moment (Python: `RLock.acquire(False)`).
 *
 * @param rlock  the rlock.
 * @retval THREADING_OK  the caller holds the rlock one level deeper than before.
 * @retval THREADING_TIMEOUT  another thread holds the rlock.
 * @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
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
 * Acquires the rlock; waits for at most `seconds` (Python: `RLock.acquire(timeout=...)`).
 *
 * @param rlock  the rlock.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the caller holds the rlock one level deeper than before. This is also
 * possible if the rlock was released at the moment at which the time-out expired.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
 * @retval THREADING_DESTROYED  `rlock` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller has acquired the rlock, or until the time-out expires on the monotonic clock,
 * never earlier. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_rlock_acquire_timeout(threading_rlock rlock,
                                                 double seconds)
THREADING_C_TRY_ACQUIRE_(rlock);

/**
 * Releases one level of the rlock (Python: `RLock.release()`). When the last level is released,
 * the next waiter can acquire the rlock.
 *
 * @param rlock  the rlock.
 * @retval THREADING_OK  the caller holds the rlock one level less deep, or no longer holds it.
 * @retval THREADING_NOT_ACQUIRED  no thread holds the rlock.
 * @retval THREADING_NOT_OWNER  another thread holds the rlock; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
 * @retval THREADING_DESTROYED  `rlock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * The thread that holds the rlock; any other thread gets an error status.
 *
 */
threading_status threading_rlock_release(threading_rlock rlock) THREADING_C_RELEASE_(rlock);

/**
 * Tells whether a thread holds the rlock (Python: `RLock.locked()`). The answer describes the
 * moment of the call, and may be out of date when the call returns.
 *
 * @param rlock  the rlock.
 * @return whether the caller or another thread holds the rlock. For a bad handle: false, and the
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
 * @return the number of levels; 0 if the caller does not hold the rlock. For a bad handle: 0, and
 * the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
size_t threading_rlock_depth(threading_rlock rlock);

/**
 * Tells which thread holds the rlock, and how many levels deep. If another thread holds the rlock,
 * the answer may be out of date when the call returns.
 *
 * @param rlock  the rlock.
 * @param depth  receives the number of levels, 0 if no thread holds the rlock; or NULL.
 * @return the ident of the thread that holds the rlock; 0 if no thread does. For a bad handle: 0,
 * and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
uint64_t threading_rlock_owner(threading_rlock rlock, size_t *depth);

/**
 * Gives an rlock a name, which tells people what it is for. At first an rlock has no name.
 *
 * Names need not be unique, and may contain any character.
 * @param rlock  the rlock.
 * @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
 * @retval THREADING_OK  the rlock has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
 * @retval THREADING_DESTROYED  `rlock` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name; the rlock keeps the name that
 * it had.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_rlock_set_name(threading_rlock rlock, const char *name);

/**
 * Copies the name of an rlock.
 *
 * @param rlock  the rlock.
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters. An rlock without a name has the name "".
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
 * @retval THREADING_DESTROYED  `rlock` was destroyed. If that happened during the call, `buffer`
 * may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_rlock_name(threading_rlock rlock,
                                      char *buffer,
                                      size_t capacity,
                                      size_t *length);

/**
 * Destroys the rlock: from now on calls with its handle return `THREADING_DESTROYED`, in every
 * thread.
 *
 * @param rlock  the rlock. For the null handle the call does nothing and returns THREADING_OK.
 * @retval THREADING_OK  the rlock is destroyed. A call that has begun, but does not wait yet,
 * returns THREADING_DESTROYED.
 * @retval THREADING_BUSY  a thread that has not ended holds the rlock, threads wait for it, or a
 * condition on this rlock has not been destroyed; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `rlock` is not null, and is not a handle of an rlock.
 * @retval THREADING_DESTROYED  `rlock` was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_rlock_destroy(threading_rlock rlock);

/**
 * Makes an rwlock, which no thread reads or writes yet.
 *
 * @param out  receives the handle. The caller owns the rwlock, and destroys it with
 * `threading_rwlock_destroy`.
 * @retval THREADING_OK  `*out` is the new rwlock.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never. The call makes no system call while the current segment of 65,536 rwlocks has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_rwlock_new(threading_rwlock *out);

/**
 * Returns the rwlock in `*handle`. If `*handle` is null, the call first makes an rwlock and stores
 * its handle there. This is for static variables, which begin as `THREADING_NULL`.
 *
 * If several threads make the rwlock at the same time, all of them get the same rwlock.
 * @param handle  the address of a handle that exists as long as the rwlock is used. Only this
 * function changes the handle, and only if it is null. The library does not keep the address.
 * @return the rwlock; null if there is no memory for it, or if `handle` is NULL. In both cases the
 * error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
threading_rwlock threading_rwlock_ensure(threading_rwlock *handle)
THREADING_C_RETURNS_LOCK_(*handle);

/**
 * Makes the caller's write a read, with no other write in between. Readers that wait are let in.
 *
 * @param rwlock  the rwlock.
 * @retval THREADING_OK  the caller reads, and ends that with threading_rwlock_release_read.
 * @retval THREADING_NOT_ACQUIRED  no thread writes it.
 * @retval THREADING_NOT_OWNER  another thread writes it; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * The thread that writes; any other thread gets an error status.
 *
 */
threading_status threading_rwlock_downgrade(threading_rwlock rwlock)
THREADING_C_RELEASE_(rwlock) THREADING_C_ACQUIRE_SHARED_(rwlock);

/**
 * Makes the caller's read a write, if there is no other read at this moment. It does not wait:
 * two threads that both waited for the end of the other's read would wait for ever.
 *
 * @param rwlock  the rwlock, which the caller reads.
 * @retval THREADING_OK  the caller writes, and no other thread has written in between. It ends
 * that with threading_rwlock_release_write, or makes it a read again.
 * @retval THREADING_TIMEOUT  there are other reads: the caller still reads. To write, it ends its
 * read, acquires the rwlock to write, and then looks again at what it has read.
 * @retval THREADING_NOT_ACQUIRED  no thread reads it.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * A thread that reads.
 */
THREADING_MUST_CHECK threading_status threading_rwlock_try_upgrade(threading_rwlock rwlock);

/**
 * The rwlock, for THREADING_WITH to acquire it to read:
 * `THREADING_WITH(threading_rwlock_reading(rwlock)) { ... }`.
 *
 * @param rwlock  the rwlock.
 * @return the same handle, as another type. THREADING_WITH finds out whether it is a good one.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
threading_reading threading_rwlock_reading(threading_rwlock rwlock)
THREADING_C_RETURNS_LOCK_(rwlock);

/**
 * The rwlock, for THREADING_WITH to acquire it to write:
 * `THREADING_WITH(threading_rwlock_writing(rwlock)) { ... }`.
 *
 * @param rwlock  the rwlock.
 * @return the same handle, as another type. THREADING_WITH finds out whether it is a good one.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
threading_writing threading_rwlock_writing(threading_rwlock rwlock)
THREADING_C_RETURNS_LOCK_(rwlock);

/**
 * Tells whether a thread writes. The answer describes the moment of the call, and may be out of
 * date when the call returns.
 *
 * @param rwlock  the rwlock.
 * @return whether a thread writes. For a bad handle: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
bool threading_rwlock_write_locked(threading_rwlock rwlock);

/**
 * Tells how many reads there are. The answer describes the moment of the call, and may be out of
 * date when the call returns.
 *
 * @param rwlock  the rwlock.
 * @return the number of reads: a thread that reads twice counts twice, and so do threads that are
 * let in and have not run yet. For a bad handle: 0, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
size_t threading_rwlock_readers(threading_rwlock rwlock);

/**
 * Tells which thread writes. Unless it is the caller, the answer may be out of date when the call
 * returns.
 *
 * @param rwlock  the rwlock.
 * @return the ident of the thread that writes; 0 if no thread does. For a bad handle: 0, and the
 * error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
uint64_t threading_rwlock_writer(threading_rwlock rwlock);

/**
 * Gives an rwlock a name, which tells people what it is for. At first an rwlock has no name.
 *
 * Names need not be unique, and may contain any character.
 * @param rwlock  the rwlock.
 * @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
 * @retval THREADING_OK  the rwlock has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name; the rwlock keeps the name that
 * it had.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_rwlock_set_name(threading_rwlock rwlock, const char *name);

/**
 * Copies the name of an rwlock.
 *
 * @param rwlock  the rwlock.
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters. An rwlock without a name has the name "".
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed. If that happened during the call, `buffer`
 * may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_rwlock_name(threading_rwlock rwlock,
                                       char *buffer,
                                       size_t capacity,
                                       size_t *length);

/**
 * Destroys the rwlock: from now on calls with its handle return `THREADING_DESTROYED`, in every
 * thread.
 *
 * @param rwlock  the rwlock. For the null handle the call does nothing and returns THREADING_OK.
 * @retval THREADING_OK  the rwlock is destroyed. A call that has begun, but does not wait yet,
 * returns THREADING_DESTROYED.
 * @retval THREADING_BUSY  there are reads, a thread that has not ended writes, or threads wait for
 * it; nothing has changed. A read of a thread that has ended counts too.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is not null, and is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_rwlock_destroy(threading_rwlock rwlock);

/**
 * Acquires the rwlock to read; waits as long as needed. Any number of threads can read at once,
 * and one thread any number of times: each acquire needs its own release.
 *
 * While a writer waits, a thread that comes to read waits too. But a thread that already reads,
 * this rwlock or another, never waits for a writer that only waits: so a read inside a read cannot
 * deadlock.
 * @param rwlock  the rwlock.
 * @retval THREADING_OK  the caller reads. The end of the last write happens before the return of
 * this call.
 * @retval THREADING_WOULD_DEADLOCK  the caller writes it: it would wait for itself.
 * @retval THREADING_OVERFLOW  there are 67,108,863 reads already.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until no thread writes, and no writer that came earlier waits. When a write ends, all readers
 * that wait are let in. A reader that is being woken may be overtaken by one more write, unless it
 * has waited for more than a millisecond. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 *
 */
threading_status threading_rwlock_acquire_read(threading_rwlock rwlock)
THREADING_C_ACQUIRE_SHARED_(rwlock);

/**
 * Acquires the rwlock to read if that is possible at this moment.
 *
 * @param rwlock  the rwlock.
 * @retval THREADING_OK  the caller reads.
 * @retval THREADING_TIMEOUT  another thread writes, or a writer waits and the caller reads
 * nothing.
 * @retval THREADING_WOULD_DEADLOCK  the caller writes it.
 * @retval THREADING_OVERFLOW  there are 67,108,863 reads already.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_rwlock_try_acquire_read(threading_rwlock rwlock)
THREADING_C_TRY_ACQUIRE_SHARED_(rwlock);

/**
 * Acquires the rwlock to read; waits for at most `seconds`.
 *
 * @param rwlock  the rwlock.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the caller reads. This is also possible if the rwlock was released at the
 * moment at which the time-out expired.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_WOULD_DEADLOCK  the caller writes it.
 * @retval THREADING_OVERFLOW  there are 67,108,863 reads already.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller reads, as threading_rwlock_acquire_read says, or until the time-out expires on
 * the monotonic clock, never earlier. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_rwlock_acquire_read_timeout(threading_rwlock rwlock,
                                                       double seconds)
THREADING_C_TRY_ACQUIRE_SHARED_(rwlock);

/**
 * Ends a read. The end of the last read lets in a writer that waits.
 *
 * The thread that began a read must end it. The rwlock counts reads, and does not know whose they
 * are: if another thread ends the read, the call succeeds, but from then on the library is wrong
 * about what the two threads read.
 * @param rwlock  the rwlock.
 * @retval THREADING_OK  there is one read less.
 * @retval THREADING_NOT_ACQUIRED  no thread reads it.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; see above.
 *
 */
threading_status threading_rwlock_release_read(threading_rwlock rwlock)
THREADING_C_RELEASE_SHARED_(rwlock);

/**
 * Acquires the rwlock to write; waits as long as needed. While a thread writes, no other thread
 * reads or writes.
 *
 * @param rwlock  the rwlock.
 * @retval THREADING_OK  the caller writes. The ends of the last write, and of the reads since
 * then, happen before the return of this call.
 * @retval THREADING_WOULD_DEADLOCK  the caller writes or reads it: it would wait for itself. A
 * caller that reads it more than once, or reads another rwlock too, is not told: it waits for
 * ever.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until no thread reads or writes. While the caller waits, threads that come to read wait too.
 * Threads that have waited for more than a millisecond acquire the rwlock to write in the order in
 * which they began to wait. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 *
 */
threading_status threading_rwlock_acquire_write(threading_rwlock rwlock)
THREADING_C_ACQUIRE_(rwlock);

/**
 * Acquires the rwlock to write if no thread reads or writes at this moment.
 *
 * @param rwlock  the rwlock.
 * @retval THREADING_OK  the caller writes.
 * @retval THREADING_TIMEOUT  another thread reads or writes.
 * @retval THREADING_WOULD_DEADLOCK  the caller writes or reads it.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_rwlock_try_acquire_write(threading_rwlock rwlock)
THREADING_C_TRY_ACQUIRE_(rwlock);

/**
 * Acquires the rwlock to write; waits for at most `seconds`.
 *
 * @param rwlock  the rwlock.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the caller writes. This is also possible if the rwlock was released at the
 * moment at which the time-out expired.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed, and readers that
 * waited for this writer alone are let in.
 * @retval THREADING_WOULD_DEADLOCK  the caller writes or reads it.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller writes, as threading_rwlock_acquire_write says, or until the time-out expires
 * on the monotonic clock, never earlier. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_rwlock_acquire_write_timeout(threading_rwlock rwlock,
                                                        double seconds)
THREADING_C_TRY_ACQUIRE_(rwlock);

/**
 * Ends the caller's write, and lets in all readers that wait, or else a writer.
 *
 * @param rwlock  the rwlock.
 * @retval THREADING_OK  the caller does not write any more.
 * @retval THREADING_NOT_ACQUIRED  no thread writes it.
 * @retval THREADING_NOT_OWNER  another thread writes it; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
 * @retval THREADING_DESTROYED  `rwlock` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * The thread that writes; any other thread gets an error status.
 *
 */
threading_status threading_rwlock_release_write(threading_rwlock rwlock)
THREADING_C_RELEASE_(rwlock);

/**
 * Makes a condition together with its own rlock (Python: `threading.Condition()`).
 *
 * @param out  receives the handle. The caller owns the condition, and destroys it with
 * `threading_condition_destroy`.
 * @retval THREADING_OK  `*out` is the new condition.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never. The call makes no system call while the current segment of 65,536 conditions has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_condition_new(threading_condition *out);

/**
 * Makes a condition on an existing lock (Python: `threading.Condition(lock)`). Several conditions
 * may share one lock.
 *
 * @param lock  the lock. It cannot be destroyed before the condition.
 * @param out  receives the handle. The caller owns the condition, and destroys it with
 * `threading_condition_destroy`.
 * @retval THREADING_OK  `*out` is the new condition.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock.
 * @retval THREADING_DESTROYED  `lock` was destroyed.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out, or there are already 1,048,575
 * conditions on this lock.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_condition_new_with_lock(threading_lock lock, threading_condition *out);

/**
 * Makes a condition on an existing rlock (Python: `threading.Condition(rlock)`). Several
 * conditions may share one rlock.
 *
 * @param rlock  the rlock. It cannot be destroyed before the condition.
 * @param out  receives the handle. The caller owns the condition, and destroys it with
 * `threading_condition_destroy`.
 * @retval THREADING_OK  `*out` is the new condition.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock.
 * @retval THREADING_DESTROYED  `rlock` was destroyed.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out, or there are already 1,048,575
 * conditions on this rlock.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_condition_new_with_rlock(threading_rlock rlock,
                                                    threading_condition *out);

/**
 * Returns the condition in `*handle`. If `*handle` is null, the call first makes a condition
 * together with its own rlock and stores its handle there. This is for static variables, which
 * begin as `THREADING_NULL`.
 *
 * If several threads make the condition at the same time, all of them get the same condition.
 * @param handle  the address of a handle that exists as long as the condition is used. Only this
 * function changes the handle, and only if it is null. The library does not keep the address.
 * @return the condition; null if there is no memory for it, or if `handle` is NULL. In both cases
 * the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 *
 */
threading_condition threading_condition_ensure(threading_condition *handle)
THREADING_C_RETURNS_LOCK_(*handle);

/**
 * Acquires the condition's lock; waits as long as needed (Python: `Condition.acquire()`).
 *
 * @param condition  the condition.
 * @retval THREADING_OK  the caller holds the lock. If the lock is an rlock, the caller holds it
 * one level deeper than before.
 * @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
 * @retval THREADING_DESTROYED  `condition` was destroyed before the call, or during the call
 * before the caller began to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller has acquired the lock. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 *
 */
threading_status threading_condition_acquire(threading_condition condition)
THREADING_C_ACQUIRE_(condition);

/**
 * Acquires the condition's lock if that is possible at this moment (Python:
 * `Condition.acquire(False)`).
 *
 * @param condition  the condition.
 * @retval THREADING_OK  the caller holds the lock. If the lock is an rlock, the caller holds it
 * one level deeper than before.
 * @retval THREADING_TIMEOUT  another thread holds the lock, or the caller holds it and it is not
 * an rlock.
 * @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
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
 * Acquires the condition's lock; waits for at most `seconds` (Python:
 * `Condition.acquire(timeout=...)`).
 *
 * @param condition  the condition.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the caller holds the lock. If the lock is an rlock, the caller holds it
 * one level deeper than before.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
 * @retval THREADING_DESTROYED  `condition` was destroyed before the call, or during the call
 * before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller has acquired the lock, or until the time-out expires on the monotonic clock,
 * never earlier. Signals neither end nor lengthen the wait.
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
 * @retval THREADING_OK  the lock is released; of an rlock, one level is released.
 * @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
 * @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
 * @retval THREADING_DESTROYED  `condition` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * The thread that holds the rlock. If the condition's lock is a plain lock, any thread.
 *
 */
threading_status threading_condition_release(threading_condition condition)
THREADING_C_RELEASE_(condition);

/**
 * Tells whether a thread holds the condition's lock (Python: `Condition.locked()`).
 *
 * @param condition  the condition.
 * @return whether a thread holds the lock. For a bad handle: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
bool threading_condition_locked(threading_condition condition);

/**
 * Releases the condition's lock, waits for a notify, and acquires the lock again (Python:
 * `Condition.wait()`). If the lock is an rlock, the call releases all levels, and acquires the
 * same number of levels again.
 *
 * No notify is lost between the release and the wait, and the wait does not end without a notify:
 * there are no spurious wake-ups. But another thread may hold the lock between the notify and the
 * return of this call. So call this function in a loop that checks what the thread waits for.
 * @param condition  the condition; the caller holds its lock.
 * @retval THREADING_OK  the caller was notified, and holds the lock again.
 * @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
 * @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
 * @retval THREADING_DESTROYED  `condition` was destroyed before the call, or when the caller was
 * about to acquire the lock again. In the second case the lock was destroyed too, and the caller
 * does not hold it.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller is notified, and then until it has acquired the lock. Signals do not end the
 * wait.
 * @par Thread safety
 * A thread that holds the lock.
 *
 */
threading_status threading_condition_wait(threading_condition condition)
THREADING_C_CONDITION_(condition);

/**
 * Waits for a notify as `threading_condition_wait` does, for at most `seconds` (Python:
 * `Condition.wait(timeout)`).
 *
 * Without a predicate function the loop is: `double end = threading_monotonic() + 2; while (!ready
 * && threading_condition_wait_timeout(c, threading_remaining(end)) == THREADING_OK) {}`.
 * @param condition  the condition; the caller holds its lock.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the caller was notified, and holds the lock again.
 * @retval THREADING_TIMEOUT  the time-out expired first. The caller holds the lock again, and has
 * not consumed a notify.
 * @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
 * @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
 * @retval THREADING_DESTROYED  `condition` was destroyed before the call, or when the caller was
 * about to acquire the lock again. In the second case the lock was destroyed too, and the caller
 * does not hold it.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller is notified, or until the time-out expires on the monotonic clock; and then
 * until the caller has acquired the lock. The time-out does not limit this second wait.
 * @par Thread safety
 * A thread that holds the lock.
 *
 */
threading_status threading_condition_wait_timeout(threading_condition condition,
                                                  double seconds)
THREADING_C_CONDITION_(condition);

/**
 * Waits until a predicate returns true (Python: `Condition.wait_for()`). The predicate is called
 * while the caller holds the lock: once before the first wait, and then after each notify.
 *
 * @param condition  the condition; the caller holds its lock.
 * @param predicate  returns true when the wait is over.
 * @param ctx  passed to `predicate`, or NULL. It stays owned by the caller.
 * @retval THREADING_OK  the predicate has returned true; the caller holds the lock.
 * @retval THREADING_INVALID_ARGUMENT  `predicate` is NULL.
 * @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
 * @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
 * @retval THREADING_DESTROYED  `condition` was destroyed before the call, or when the caller was
 * about to acquire the lock again. In the second case the lock was destroyed too, and the caller
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
 * Waits until a predicate returns true, for at most `seconds` (Python:
 * `Condition.wait_for(predicate, timeout)`). When the time-out has expired, the predicate is
 * called once more.
 *
 * @param condition  the condition; the caller holds its lock.
 * @param predicate  returns true when the wait is over.
 * @param ctx  passed to `predicate`, or NULL. It stays owned by the caller.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the predicate has returned true; the caller holds the lock.
 * @retval THREADING_TIMEOUT  the time-out has expired, and the predicate has returned false; the
 * caller holds the lock.
 * @retval THREADING_INVALID_ARGUMENT  `predicate` is NULL, or `seconds` is NaN, or is finite and
 * greater than THREADING_TIMEOUT_MAX.
 * @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
 * @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
 * @retval THREADING_DESTROYED  `condition` was destroyed before the call, or when the caller was
 * about to acquire the lock again. In the second case the lock was destroyed too, and the caller
 * does not hold it.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the predicate returns true, or until the time-out expires on the monotonic clock; and then
 * until the caller has acquired the lock.
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
 * Notifies at most `n` waiters, in the order in which they began to wait (Python:
 * `Condition.notify(n)`). They return after the caller has released the lock. Waiters that are
 * notified together acquire the lock in any order.
 *
 * A notify without the lock is an error, as in Python; POSIX allows it. What a waiter waits for
 * changes with the lock held. Otherwise the change can come between the waiter's look and its
 * wait, and the notify that follows reaches nobody: a wait that never ends, once in a million
 * times. So hold the lock for the change, and notify before the release. That costs no wake-up: a
 * notified waiter sleeps on until it can acquire the lock. Where no lock can be held, as in a
 * signal handler, a thread can wait for an event or a semaphore instead.
 * @param condition  the condition; the caller holds its lock.
 * @param n  the largest number of waiters to notify. 0 notifies no waiter: then the status only
 * tells whether the caller holds the lock.
 * @retval THREADING_OK  `n` waiters were notified, or all waiters if there were fewer.
 * @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
 * @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
 * @retval THREADING_DESTROYED  `condition` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * A thread that holds the lock.
 *
 */
threading_status threading_condition_notify(threading_condition condition,
                                            size_t n)
THREADING_C_CONDITION_(condition);

/**
 * Notifies all threads that wait at this moment (Python: `Condition.notify_all()`). They return
 * one after another, after the caller has released the lock.
 *
 * @param condition  the condition; the caller holds its lock.
 * @retval THREADING_OK  all waiters were notified.
 * @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
 * @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
 * @retval THREADING_DESTROYED  `condition` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * A thread that holds the lock.
 *
 */
threading_status threading_condition_notify_all(threading_condition condition)
THREADING_C_CONDITION_(condition);

/**
 * Gives a condition a name, which tells people what it is for. At first a condition has no name.
 *
 * Names need not be unique, and may contain any character.
 * @param condition  the condition.
 * @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
 * @retval THREADING_OK  the condition has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
 * @retval THREADING_DESTROYED  `condition` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name; the condition keeps the name
 * that it had.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_condition_set_name(threading_condition condition, const char *name);

/**
 * Copies the name of a condition.
 *
 * @param condition  the condition.
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters. A condition without a name has the name "".
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition.
 * @retval THREADING_DESTROYED  `condition` was destroyed. If that happened during the call,
 * `buffer` may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_condition_name(threading_condition condition,
                                          char *buffer,
                                          size_t capacity,
                                          size_t *length);

/**
 * Destroys the condition, and the condition's own rlock if it has one. A lock or rlock that the
 * condition was made on does not change.
 *
 * @param condition  the condition. For the null handle the call does nothing and returns
 * THREADING_OK.
 * @retval THREADING_OK  the condition is destroyed. A call that has begun, but does not wait yet,
 * returns THREADING_DESTROYED. So does a wait that was notified, and that was about to acquire the
 * condition's own rlock again.
 * @retval THREADING_BUSY  threads wait for the condition, or hold its own rlock, or wait for its
 * own rlock; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `condition` is not null, and is not a handle of a condition.
 * @retval THREADING_DESTROYED  `condition` was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_condition_destroy(threading_condition condition);

/**
 * Makes a semaphore with `value` units (Python: `threading.Semaphore(value)`).
 *
 * @param value  the number of units at the beginning, 0 to THREADING_SEMAPHORE_MAX.
 * @param out  receives the handle. The caller owns the semaphore, and destroys it with
 * `threading_semaphore_destroy`.
 * @retval THREADING_OK  `*out` is the new semaphore.
 * @retval THREADING_INVALID_ARGUMENT  `value` is greater than THREADING_SEMAPHORE_MAX, or `out` is
 * NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never. The call makes no system call while the current segment of 65,536 semaphores has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_semaphore_new(size_t value, threading_semaphore *out);

/**
 * Returns the semaphore in `*handle`. If `*handle` is null, the call first makes a semaphore with
 * `value` units and stores its handle there. This is for static variables, which begin as
 * `THREADING_NULL`.
 *
 * If several threads make the semaphore at the same time, all of them get the same semaphore. Only
 * a call that makes the semaphore looks at the other arguments.
 * @param handle  the address of a handle that exists as long as the semaphore is used. Only this
 * function changes the handle, and only if it is null. The library does not keep the address.
 * @param value  the number of units at the beginning, 0 to THREADING_SEMAPHORE_MAX.
 * @return the semaphore; null if there is no memory for it, or if `handle` is NULL, or if `value`
 * is greater than THREADING_SEMAPHORE_MAX. In all these cases the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_semaphore threading_semaphore_ensure(threading_semaphore *handle, size_t value);

/**
 * Makes a bounded semaphore: it never has more than `value` units (Python:
 * `threading.BoundedSemaphore(value)`). A release beyond this number is an error, and adds no
 * unit.
 *
 * @param value  the number of units at the beginning, 0 to THREADING_SEMAPHORE_MAX.
 * @param out  receives the handle. The caller owns the semaphore, and destroys it with
 * `threading_semaphore_destroy`.
 * @retval THREADING_OK  `*out` is the new semaphore.
 * @retval THREADING_INVALID_ARGUMENT  `value` is greater than THREADING_SEMAPHORE_MAX, or `out` is
 * NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never. The call makes no system call while the current segment of 65,536 semaphores has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_bounded_semaphore_new(size_t value, threading_semaphore *out);

/**
 * Makes a saturating semaphore: it never has more than `most` units, and a release beyond this
 * number succeeds and adds no unit.
 *
 * With `most` 1 it is what Win32 calls an auto-reset event: a release sets it, and a thread that
 * acquires the unit resets it. However often it is set before that, one thread goes on.
 * threading_semaphore_try_acquire resets it without a wait.
 * @param value  the number of units at the beginning, 0 to THREADING_SEMAPHORE_MAX, and at most
 * `most`.
 * @param most  the greatest number of units, 1 to THREADING_SEMAPHORE_MAX.
 * @param out  receives the handle. The caller owns the semaphore, and destroys it with
 * `threading_semaphore_destroy`.
 * @retval THREADING_OK  `*out` is the new semaphore.
 * @retval THREADING_INVALID_ARGUMENT  `most` is 0 or greater than THREADING_SEMAPHORE_MAX, `value`
 * is greater than `most`, or `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never. The call makes no system call while the current segment of 65,536 semaphores has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_saturating_semaphore_new(size_t value,
                                                    size_t most,
                                                    threading_semaphore *out);

/**
 * Acquires a unit; waits as long as needed (Python: `Semaphore.acquire()`).
 *
 * A release happens before the acquire that acquires its unit.
 * @param semaphore  the semaphore.
 * @retval THREADING_OK  the caller has a unit.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed before the call, or during the call
 * before the caller began to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller has acquired a unit. Signals do not end the wait. Threads that have waited for
 * more than a millisecond acquire units in the order in which they began to wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_semaphore_acquire(threading_semaphore semaphore);

/**
 * Acquires a unit if one is available at this moment (Python: `Semaphore.acquire(False)`).
 *
 * @param semaphore  the semaphore.
 * @retval THREADING_OK  the caller has a unit.
 * @retval THREADING_TIMEOUT  no unit is available.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
THREADING_MUST_CHECK
threading_status threading_semaphore_try_acquire(threading_semaphore semaphore);

/**
 * Acquires a unit; waits for at most `seconds` (Python: `Semaphore.acquire(timeout=...)`).
 *
 * @param semaphore  the semaphore.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the caller has a unit. This is also possible if a unit was released at the
 * moment at which the time-out expired.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed before the call, or during the call
 * before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller has acquired a unit, or until the time-out expires on the monotonic clock,
 * never earlier. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 */
THREADING_MUST_CHECK
threading_status threading_semaphore_acquire_timeout(threading_semaphore semaphore,
                                                     double seconds);

/**
 * Releases a unit, and wakes a waiter (Python: `Semaphore.release()`). Any thread may release a
 * unit, not only a thread that has acquired one.
 *
 * @param semaphore  the semaphore.
 * @retval THREADING_OK  the semaphore has one more unit; or it saturates, and has as many as it
 * can have.
 * @retval THREADING_OVERFLOW  the semaphore would have more than THREADING_SEMAPHORE_MAX units or,
 * if it is bounded, more units than it was made with; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_semaphore_release(threading_semaphore semaphore);

/**
 * Releases `n` units, and wakes up to `n` waiters (Python: `Semaphore.release(n)`). If the call
 * fails, it releases none.
 *
 * @param semaphore  the semaphore.
 * @param n  the number of units, at least 1.
 * @retval THREADING_OK  the semaphore has `n` more units; or it saturates, and has as many as it
 * can have.
 * @retval THREADING_INVALID_ARGUMENT  `n` is 0.
 * @retval THREADING_OVERFLOW  the semaphore would have more than THREADING_SEMAPHORE_MAX units or,
 * if it is bounded, more units than it was made with; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_semaphore_release_n(threading_semaphore semaphore, size_t n);

/**
 * Tells how many units are available. The answer describes the moment of the call, and may be out
 * of date when the call returns.
 *
 * @param semaphore  the semaphore.
 * @return the number of units. For a bad handle: 0, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
size_t threading_semaphore_value(threading_semaphore semaphore);

/**
 * Gives a semaphore a name, which tells people what it is for. At first a semaphore has no name.
 *
 * Names need not be unique, and may contain any character.
 * @param semaphore  the semaphore.
 * @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
 * @retval THREADING_OK  the semaphore has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name; the semaphore keeps the name
 * that it had.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_semaphore_set_name(threading_semaphore semaphore, const char *name);

/**
 * Copies the name of a semaphore.
 *
 * @param semaphore  the semaphore.
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters. A semaphore without a name has the name "".
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed. If that happened during the call,
 * `buffer` may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_semaphore_name(threading_semaphore semaphore,
                                          char *buffer,
                                          size_t capacity,
                                          size_t *length);

/**
 * Destroys the semaphore: from now on calls with its handle return `THREADING_DESTROYED`, in every
 * thread. The call succeeds even if threads have not released their units.
 *
 * @param semaphore  the semaphore. For the null handle the call does nothing and returns
 * THREADING_OK.
 * @retval THREADING_OK  the semaphore is destroyed. A call that has begun, but does not wait yet,
 * returns THREADING_DESTROYED.
 * @retval THREADING_BUSY  threads wait for a unit; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is not null, and is not a handle of a semaphore.
 * @retval THREADING_DESTROYED  `semaphore` was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_semaphore_destroy(threading_semaphore semaphore);

/**
 * Makes an event that is not set (Python: `threading.Event()`).
 *
 * @param out  receives the handle. The caller owns the event, and destroys it with
 * `threading_event_destroy`.
 * @retval THREADING_OK  `*out` is the new event.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never. The call makes no system call while the current segment of 65,536 events has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_event_new(threading_event *out);

/**
 * Returns the event in `*handle`. If `*handle` is null, the call first makes an event and stores
 * its handle there. This is for static variables, which begin as `THREADING_NULL`.
 *
 * If several threads make the event at the same time, all of them get the same event.
 * @param handle  the address of a handle that exists as long as the event is used. Only this
 * function changes the handle, and only if it is null. The library does not keep the address.
 * @return the event; null if there is no memory for it, or if `handle` is NULL. In both cases the
 * error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_event threading_event_ensure(threading_event *handle);

/**
 * Sets the event: all waiting threads go on, and later waits return at once until the event is
 * cleared (Python: `Event.set()`).
 *
 * Everything that the caller did before this call happens before the return of the waits that the
 * call ends.
 * @param event  the event, which may already be set.
 * @retval THREADING_OK  the event is set.
 * @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
 * @retval THREADING_DESTROYED  `event` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_event_set(threading_event event);

/**
 * Clears the event: later waits block again (Python: `Event.clear()`). Threads that an earlier set
 * has woken go on nevertheless.
 *
 * @param event  the event, which may already be clear.
 * @retval THREADING_OK  the event is clear.
 * @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
 * @retval THREADING_DESTROYED  `event` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_event_clear(threading_event event);

/**
 * Tells whether the event is set (Python: `Event.is_set()`).
 *
 * @param event  the event.
 * @return whether the event is set. For a bad handle: false, and the error hook is called.
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
 * @retval THREADING_OK  the event is set, or was set while the caller waited.
 * @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
 * @retval THREADING_DESTROYED  `event` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the event is set; not at all if it is already set. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_event_wait(threading_event event);

/**
 * Waits until the event is set, for at most `seconds` (Python: `Event.wait(timeout)`).
 *
 * A worker's loop is: `while (threading_event_wait_timeout(stop, 1.0) == THREADING_TIMEOUT)
 * tick();`.
 * @param event  the event.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the event is set, or was set while the caller waited. This is also
 * possible if the event was set at the moment at which the time-out expired.
 * @retval THREADING_TIMEOUT  the time-out expired first.
 * @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
 * @retval THREADING_DESTROYED  `event` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the event is set, or until the time-out expires on the monotonic clock, never earlier.
 * Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_event_wait_timeout(threading_event event, double seconds);

/**
 * Returns a descriptor that is readable while the event is set: for `poll`, `epoll`, libuv or
 * asyncio, beside sockets and pipes.
 *
 * The first call makes the descriptor; an event without one costs nothing more. Later calls return
 * the same number. The descriptor shows each set and each clear, also those in signal handlers. If
 * a set is followed by a clear at once, a thread that polls may miss it, while a thread that waits
 * by `threading_event_wait` does not. After the poll, call `threading_event_is_set`: if it returns
 * true, everything that the caller of the set did before it happens before what follows.
 *
 * The descriptor belongs to the library: add it to a set of descriptors, but do not read, write or
 * close it. It is closed when the event is destroyed, so take it out of the set before that. If a
 * program closes it all the same, the event works as before, nothing is written to another file
 * that gets the number, and the next call makes a new descriptor. It is closed by `exec`.
 *
 * In a forked child the file is still the parent's, and the child's calls with the event do not
 * change it. A call of this function there gives the child a file of its own under the same
 * number, which has to be added to sets of descriptors again.
 * @param event  the event.
 * @param fd  receives the descriptor.
 * @retval THREADING_OK  `*fd` is the descriptor.
 * @retval THREADING_INVALID_ARGUMENT  `fd` is NULL.
 * @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
 * @retval THREADING_DESTROYED  `event` was destroyed.
 * @retval THREADING_NO_RESOURCES  the process or the system has no room for a descriptor; nothing
 * has changed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_event_fd(threading_event event, int *fd);

/**
 * Gives an event a name, which tells people what it is for. At first an event has no name.
 *
 * Names need not be unique, and may contain any character.
 * @param event  the event.
 * @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
 * @retval THREADING_OK  the event has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
 * @retval THREADING_DESTROYED  `event` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name; the event keeps the name that
 * it had.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_event_set_name(threading_event event, const char *name);

/**
 * Copies the name of an event.
 *
 * @param event  the event.
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters. An event without a name has the name "".
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event.
 * @retval THREADING_DESTROYED  `event` was destroyed. If that happened during the call, `buffer`
 * may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_event_name(threading_event event,
                                      char *buffer,
                                      size_t capacity,
                                      size_t *length);

/**
 * Destroys the event: from now on calls with its handle return `THREADING_DESTROYED`, in every
 * thread.
 *
 * @param event  the event. For the null handle the call does nothing and returns THREADING_OK.
 * @retval THREADING_OK  the event is destroyed. A call that has begun, but does not wait yet,
 * returns THREADING_DESTROYED.
 * @retval THREADING_BUSY  threads wait for the event; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `event` is not null, and is not a handle of an event.
 * @retval THREADING_DESTROYED  `event` was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_event_destroy(threading_event event);

/**
 * Makes a barrier for a number of threads, which wait at it until all of them have arrived
 * (Python: `threading.Barrier(parties, action)`).
 *
 * @param parties  the number of threads, 1 to 67,108,863.
 * @param action  a function that the last thread to arrive calls before all threads go on; or
 * NULL.
 * @param ctx  passed to `action`, or NULL. It stays owned by the caller.
 * @param out  receives the handle. The caller owns the barrier, and destroys it with
 * `threading_barrier_destroy`.
 * @retval THREADING_OK  `*out` is the new barrier.
 * @retval THREADING_INVALID_ARGUMENT  `parties` is 0 or greater than 67,108,863, or `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never. The call makes no system call while the current segment of 65,536 barriers has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_new(size_t parties,
                                       threading_action action,
                                       void *ctx,
                                       threading_barrier *out);

/**
 * Returns the barrier in `*handle`. If `*handle` is null, the call first makes a barrier for a
 * number of threads and stores its handle there. This is for static variables, which begin as
 * `THREADING_NULL`.
 *
 * If several threads make the barrier at the same time, all of them get the same barrier. Only a
 * call that makes the barrier looks at the other arguments.
 * @param handle  the address of a handle that exists as long as the barrier is used. Only this
 * function changes the handle, and only if it is null. The library does not keep the address.
 * @param parties  the number of threads, 1 to 67,108,863.
 * @param action  a function that the last thread to arrive calls before all threads go on; or
 * NULL.
 * @param ctx  passed to `action`, or NULL. It stays owned by the caller.
 * @return the barrier; null if there is no memory for it, or if `handle` is NULL, or if `parties`
 * is 0 or greater than 67,108,863. In all these cases the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_barrier threading_barrier_ensure(threading_barrier *handle,
                                           size_t parties,
                                           threading_action action,
                                           void *ctx);

/**
 * Waits until all threads have arrived (Python: `Barrier.wait()`). The barrier can be used again
 * at once.
 *
 * Everything that each thread did before it arrived happens before the return of all threads.
 * @param barrier  the barrier.
 * @param index  receives the number of threads that arrived earlier, 0 to parties - 1; or NULL.
 * @retval THREADING_OK  all threads have arrived, and the action has returned true.
 * @retval THREADING_BROKEN  the barrier was broken before the call, or broke or was reset while
 * the caller waited, or its action returned false.
 * @retval THREADING_WOULD_DEADLOCK  the caller runs this barrier's action.
 * @retval THREADING_INVALID_HANDLE  `barrier` is null, or is not a handle of a barrier.
 * @retval THREADING_DESTROYED  `barrier` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until all threads have arrived, or the barrier breaks. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_wait(threading_barrier barrier, size_t *index);

/**
 * Waits until all threads have arrived, for at most `seconds` (Python: `Barrier.wait(timeout)`).
 * If the time-out expires, the barrier breaks for all threads.
 *
 * @param barrier  the barrier.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param index  receives the number of threads that arrived earlier, 0 to parties - 1; or NULL.
 * @retval THREADING_OK  all threads have arrived, and the action has returned true. This is also
 * possible if the last thread arrived at the moment at which the time-out expired.
 * @retval THREADING_TIMEOUT  the caller's time-out expired first: the barrier is broken now, and
 * all other threads get THREADING_BROKEN.
 * @retval THREADING_BROKEN  the barrier was broken before the call, or broke or was reset while
 * the caller waited, or its action returned false.
 * @retval THREADING_WOULD_DEADLOCK  the caller runs this barrier's action.
 * @retval THREADING_INVALID_HANDLE  `barrier` is null, or is not a handle of a barrier.
 * @retval THREADING_DESTROYED  `barrier` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until all threads have arrived, or the barrier breaks, or the time-out expires on the monotonic
 * clock. If the time-out expires while the action runs, until the action has returned. Signals
 * neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_wait_timeout(threading_barrier barrier,
                                                double seconds,
                                                size_t *index);

/**
 * Resets the barrier: it is not broken afterwards, and threads that wait at it get
 * THREADING_BROKEN (Python: `Barrier.reset()`).
 *
 * @param barrier  the barrier.
 * @retval THREADING_OK  the barrier is not broken, and no thread waits at it. If the barrier's own
 * action made this call, all threads that wait for that action get THREADING_BROKEN, and so does
 * the thread that runs it.
 * @retval THREADING_INVALID_HANDLE  `barrier` is null, or is not a handle of a barrier.
 * @retval THREADING_DESTROYED  `barrier` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_reset(threading_barrier barrier);

/**
 * Breaks the barrier (Python: `Barrier.abort()`). Threads that wait at it get THREADING_BROKEN,
 * and so do threads that arrive later, until the barrier is reset.
 *
 * @param barrier  the barrier.
 * @retval THREADING_OK  the barrier is broken.
 * @retval THREADING_INVALID_HANDLE  `barrier` is null, or is not a handle of a barrier.
 * @retval THREADING_DESTROYED  `barrier` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_abort(threading_barrier barrier);

/**
 * Returns the number of threads that the barrier was made for (Python: `Barrier.parties`).
 *
 * @param barrier  the barrier.
 * @return the number of threads. For a bad handle: 0, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
size_t threading_barrier_parties(threading_barrier barrier);

/**
 * Returns the number of threads that wait at the barrier (Python: `Barrier.n_waiting`). The answer
 * describes the moment of the call, and may be out of date when the call returns.
 *
 * @param barrier  the barrier.
 * @return the number of threads. For a bad handle: 0, and the error hook is called.
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
 * @return whether the barrier is broken. For a bad handle: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
bool threading_barrier_broken(threading_barrier barrier);

/**
 * Gives a barrier a name, which tells people what it is for. At first a barrier has no name.
 *
 * Names need not be unique, and may contain any character.
 * @param barrier  the barrier.
 * @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
 * @retval THREADING_OK  the barrier has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `barrier` is null, or is not a handle of a barrier.
 * @retval THREADING_DESTROYED  `barrier` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name; the barrier keeps the name that
 * it had.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_set_name(threading_barrier barrier, const char *name);

/**
 * Copies the name of a barrier.
 *
 * @param barrier  the barrier.
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters. A barrier without a name has the name "".
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `barrier` is null, or is not a handle of a barrier.
 * @retval THREADING_DESTROYED  `barrier` was destroyed. If that happened during the call, `buffer`
 * may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_barrier_name(threading_barrier barrier,
                                        char *buffer,
                                        size_t capacity,
                                        size_t *length);

/**
 * Destroys the barrier: from now on calls with its handle return `THREADING_DESTROYED`, in every
 * thread.
 *
 * @param barrier  the barrier. For the null handle the call does nothing and returns THREADING_OK.
 * @retval THREADING_OK  the barrier is destroyed. A call that has begun, but does not wait yet,
 * returns THREADING_DESTROYED.
 * @retval THREADING_BUSY  threads wait at the barrier, or its action runs; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `barrier` is not null, and is not a handle of a barrier.
 * @retval THREADING_DESTROYED  `barrier` was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_barrier_destroy(threading_barrier barrier);

/**
 * Makes a latch with a count. The latch is open when the count is 0.
 *
 * @param count  the count at the beginning, 0 to THREADING_LATCH_MAX. A latch with the count 0 is
 * open from the beginning.
 * @param out  receives the handle. The caller owns the latch, and destroys it with
 * `threading_latch_destroy`.
 * @retval THREADING_OK  `*out` is the new latch.
 * @retval THREADING_INVALID_ARGUMENT  `count` is greater than THREADING_LATCH_MAX, or `out` is
 * NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never. The call makes no system call while the current segment of 65,536 latches has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_latch_new(size_t count, threading_latch *out);

/**
 * Returns the latch in `*handle`. If `*handle` is null, the call first makes a latch with a count
 * and stores its handle there. This is for static variables, which begin as `THREADING_NULL`.
 *
 * If several threads make the latch at the same time, all of them get the same latch. Only a call
 * that makes the latch looks at the other arguments.
 * @param handle  the address of a handle that exists as long as the latch is used. Only this
 * function changes the handle, and only if it is null. The library does not keep the address.
 * @param count  the count at the beginning, 0 to THREADING_LATCH_MAX.
 * @return the latch; null if there is no memory for it, or if `handle` is NULL, or if `count` is
 * greater than THREADING_LATCH_MAX. In all these cases the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_latch threading_latch_ensure(threading_latch *handle, size_t count);

/**
 * Counts the latch down by 1. If the count becomes 0, the latch is open: all waiting threads go
 * on, and later waits return at once.
 *
 * Everything that a thread did before it counted down happens before the return of the waits that
 * find the latch open. A thread whose wait has returned may destroy the latch at once, even if the
 * call that opened the latch has not returned yet.
 * @param latch  the latch.
 * @retval THREADING_OK  the count is less by 1.
 * @retval THREADING_OVERFLOW  the latch is open already; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
 * @retval THREADING_DESTROYED  `latch` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_latch_count_down(threading_latch latch);

/**
 * Counts the latch down by `n`, as `n` calls of `threading_latch_count_down` do. If the call
 * fails, the count does not change.
 *
 * @param latch  the latch.
 * @param n  the number to subtract from the count, at least 1.
 * @retval THREADING_OK  the count is less by `n`.
 * @retval THREADING_INVALID_ARGUMENT  `n` is 0.
 * @retval THREADING_OVERFLOW  the count is less than `n`; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
 * @retval THREADING_DESTROYED  `latch` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_latch_count_down_n(threading_latch latch, size_t n);

/**
 * Counts the latch up by `n`, for work that makes more work. If the call fails, the count does not
 * change.
 *
 * Only a thread that still has to count down can know that the latch is not open: it counts up
 * before it counts down.
 * @param latch  the latch, which is not open.
 * @param n  the number to add to the count, at least 1.
 * @retval THREADING_OK  the count is greater by `n`.
 * @retval THREADING_BROKEN  the latch is open already, and waiting threads may have gone on;
 * nothing has changed.
 * @retval THREADING_INVALID_ARGUMENT  `n` is 0.
 * @retval THREADING_OVERFLOW  the count would be greater than THREADING_LATCH_MAX; nothing has
 * changed.
 * @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
 * @retval THREADING_DESTROYED  `latch` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_latch_count_up_n(threading_latch latch, size_t n);

/**
 * Waits until the latch is open.
 *
 * @param latch  the latch.
 * @retval THREADING_OK  the latch is open.
 * @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
 * @retval THREADING_DESTROYED  `latch` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the latch is open; not at all if it is already open. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_latch_wait(threading_latch latch);

/**
 * Waits until the latch is open, for at most `seconds`.
 *
 * @param latch  the latch.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the latch is open. This is also possible if it was opened at the moment at
 * which the time-out expired.
 * @retval THREADING_TIMEOUT  the time-out expired first.
 * @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
 * @retval THREADING_DESTROYED  `latch` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the latch is open, or until the time-out expires on the monotonic clock, never earlier.
 * Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_latch_wait_timeout(threading_latch latch, double seconds);

/**
 * Tells whether the latch is open. An open latch stays open.
 *
 * @param latch  the latch.
 * @return whether the latch is open. For a bad handle: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
bool threading_latch_is_open(threading_latch latch);

/**
 * Returns the count of the latch, for logs: other threads may change it at any time.
 *
 * @param latch  the latch.
 * @return the count; 0 if the latch is open. For a bad handle: 0, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
size_t threading_latch_count(threading_latch latch);

/**
 * Gives a latch a name, which tells people what it is for. At first a latch has no name.
 *
 * Names need not be unique, and may contain any character.
 * @param latch  the latch.
 * @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
 * @retval THREADING_OK  the latch has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
 * @retval THREADING_DESTROYED  `latch` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name; the latch keeps the name that
 * it had.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_latch_set_name(threading_latch latch, const char *name);

/**
 * Copies the name of a latch.
 *
 * @param latch  the latch.
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters. A latch without a name has the name "".
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch.
 * @retval THREADING_DESTROYED  `latch` was destroyed. If that happened during the call, `buffer`
 * may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_latch_name(threading_latch latch,
                                      char *buffer,
                                      size_t capacity,
                                      size_t *length);

/**
 * Destroys the latch, open or not: from now on calls with its handle return `THREADING_DESTROYED`,
 * in every thread.
 *
 * @param latch  the latch. For the null handle the call does nothing and returns THREADING_OK.
 * @retval THREADING_OK  the latch is destroyed. A call that has begun, but does not wait yet,
 * returns THREADING_DESTROYED.
 * @retval THREADING_BUSY  threads wait for the latch; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `latch` is not null, and is not a handle of a latch.
 * @retval THREADING_DESTROYED  `latch` was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_latch_destroy(threading_latch latch);

/**
 * Calls a function, unless a call with the same once has succeeded before. If several threads come
 * at the same time, one of them calls its function, and the others wait until that has returned.
 *
 * What the function did happens before the return of every call that returns THREADING_OK. A
 * function that returns false, or that is left by an exception, by `threading_exit` or
 * pthread_exit, or by cancellation, has failed: then one of the threads that wait calls its own
 * function, or else the next that comes. In a child that is forked while another thread runs the
 * function, the once is not done: the next call in the child runs it anew. If the thread forks
 * that runs it, it goes on in the child.
 * @param once  the address of a once, which begins as THREADING_NULL and needs no end. Only the
 * functions of onces change it.
 * @param function  called with `ctx` at most once by this call. It returns whether it has
 * succeeded.
 * @param ctx  passed to `function`, or NULL. It stays owned by the caller.
 * @retval THREADING_OK  a function has succeeded, in this call or before.
 * @retval THREADING_BROKEN  this call has called `function`, which returned false.
 * @retval THREADING_WOULD_DEADLOCK  the caller is in the function of this once.
 * @retval THREADING_INVALID_ARGUMENT  `once` or `function` is NULL.
 * @retval THREADING_INVALID_HANDLE  `*once` is the value of no once.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Until no other thread runs the function of this once. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_once_run(threading_once *once, threading_action function, void *ctx);

/**
 * As `threading_once_run`; waits for at most `seconds`.
 *
 * @param once  the address of a once.
 * @param function  called with `ctx` at most once by this call, however long it takes. It returns
 * whether it has succeeded.
 * @param ctx  passed to `function`, or NULL. It stays owned by the caller.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  a function has succeeded, in this call or before.
 * @retval THREADING_TIMEOUT  the time-out expired while another thread ran its function; this call
 * has called none.
 * @retval THREADING_BROKEN  this call has called `function`, which returned false.
 * @retval THREADING_WOULD_DEADLOCK  the caller is in the function of this once.
 * @retval THREADING_INVALID_ARGUMENT  `once` or `function` is NULL; or `seconds` is NaN, or is
 * finite and greater than THREADING_TIMEOUT_MAX.
 * @retval THREADING_INVALID_HANDLE  `*once` is the value of no once.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Until no other thread runs the function of this once, or until the time-out expires on the
 * monotonic clock, never earlier. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_once_run_timeout(threading_once *once,
                                            threading_action function,
                                            void *ctx,
                                            double seconds);

/**
 * Tells whether a call with this once has succeeded. If so, what its function did is seen.
 *
 * @param once  the address of a once.
 * @return whether it is done. If `once` is NULL: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
bool threading_once_done(const threading_once *once);

/**
 * Makes a stop, which has not come.
 *
 * @param parent  the stop above the new one: when that has come, the new one has come as well.
 * With the null handle there is none.
 * @param out  receives the handle. The caller owns the stop, and destroys it with
 * `threading_stop_destroy`.
 * @retval THREADING_OK  `*out` is the new stop. If the parent has come already, so has the new
 * stop.
 * @retval THREADING_INVALID_HANDLE  `parent` is not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `parent` was destroyed.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_OVERFLOW  15 stops are above `parent` already.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out, or `parent` has 1,048,575 children.
 * @par Blocking
 * Never. The call makes no system call while the current segment of 65,536 stops has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_stop_new(threading_stop parent, threading_stop *out);

/**
 * Makes a stop with a deadline: it comes by itself after `seconds`, or when its parent's deadline
 * passes if that is earlier.
 *
 * @param parent  the stop above the new one: when that has come, the new one has come as well.
 * With the null handle there is none.
 * @param seconds  the time until it comes, rounded up to nanoseconds; 0 or less: it has come,
 * INFINITY: it has no deadline of its own. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param out  receives the handle. The caller owns the stop, and destroys it with
 * `threading_stop_destroy`.
 * @retval THREADING_OK  `*out` is the new stop. If the parent has come already, so has the new
 * stop.
 * @retval THREADING_INVALID_HANDLE  `parent` is not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `parent` was destroyed.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL; or `seconds` is NaN, or is finite and greater
 * than THREADING_TIMEOUT_MAX.
 * @retval THREADING_OVERFLOW  15 stops are above `parent` already.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out, or `parent` has 1,048,575 children.
 * @par Blocking
 * Never. The call makes no system call while the current segment of 65,536 stops has room.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_stop_new_timeout(threading_stop parent,
                                            double seconds,
                                            threading_stop *out);

/**
 * Returns the stop in `*handle`. If `*handle` is null, the call first makes a stop, which has no
 * parent and has not come, and stores its handle there. This is for static variables, which begin
 * as `THREADING_NULL`.
 *
 * If several threads make the stop at the same time, all of them get the same stop.
 * @param handle  the address of a handle that exists as long as the stop is used. Only this
 * function changes the handle, and only if it is null. The library does not keep the address.
 * @return the stop; null if there is no memory for it, or if `handle` is NULL. In both cases
 * the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_stop threading_stop_ensure(threading_stop *handle);

/**
 * Requests the stop: it has come, and so have all stops below it. The waits with one of them end,
 * and later ones return at once. A request cannot be taken back.
 *
 * Everything that the caller did before this call happens before the return of the waits that the
 * call ends.
 * @param stop  the stop, which may have come before.
 * @retval THREADING_OK  the stop has come.
 * @retval THREADING_INVALID_HANDLE  `stop` is null, or is not a handle of a stop.
 * @retval THREADING_DESTROYED  `stop` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_stop_request(threading_stop stop);

/**
 * Tells whether the stop has come: it, or a stop above it, was requested, or its deadline has
 * passed.
 *
 * @param stop  the stop.
 * @return whether the stop has come. For a bad handle: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
bool threading_stop_requested(threading_stop stop);

/**
 * Tells whether the stop has come by itself: its deadline has passed, and neither it nor a stop
 * above it was requested.
 *
 * @param stop  the stop.
 * @return whether the stop has come by itself. For a bad handle: false, and the error hook is
 * called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
bool threading_stop_expired(threading_stop stop);

/**
 * Returns the time that is left until the stop's deadline.
 *
 * @param stop  the stop.
 * @return the time in seconds; INFINITY for a stop without a deadline, and 0 for one that has
 * come. For a bad handle: 0, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
double threading_stop_remaining(threading_stop stop);

/**
 * Waits until the stop has come.
 *
 * @param stop  the stop.
 * @retval THREADING_OK  the stop has come.
 * @retval THREADING_INVALID_HANDLE  `stop` is null, or is not a handle of a stop.
 * @retval THREADING_DESTROYED  `stop` was destroyed before the call, or during the call before the
 * caller began to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the stop has come; not at all if it has. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_stop_wait(threading_stop stop);

/**
 * Waits until the stop has come, for at most `seconds`: a sleep that can be ended.
 *
 * @param stop  the stop.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the stop has come.
 * @retval THREADING_TIMEOUT  the time-out expired first.
 * @retval THREADING_INVALID_HANDLE  `stop` is null, or is not a handle of a stop.
 * @retval THREADING_DESTROYED  `stop` was destroyed before the call, or during the call before the
 * caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the stop has come, or until the time-out expires on the monotonic clock, never earlier.
 * Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_stop_wait_timeout(threading_stop stop, double seconds);

/**
 * Gives a stop a name, which tells people what it is for. At first a stop has no name.
 *
 * Names need not be unique, and may contain any character.
 * @param stop  the stop.
 * @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
 * @retval THREADING_OK  the stop has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `stop` is null, or is not a handle of a stop.
 * @retval THREADING_DESTROYED  `stop` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name; the stop keeps the name that
 * it had.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_stop_set_name(threading_stop stop, const char *name);

/**
 * Copies the name of a stop.
 *
 * @param stop  the stop.
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters. A stop without a name has the name "".
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `stop` is null, or is not a handle of a stop.
 * @retval THREADING_DESTROYED  `stop` was destroyed. If that happened during the call, `buffer`
 * may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_stop_name(threading_stop stop,
                                     char *buffer,
                                     size_t capacity,
                                     size_t *length);

/**
 * Destroys the stop: from now on calls with its handle return `THREADING_DESTROYED`, in every
 * thread.
 *
 * @param stop  the stop, whether it has come or not. For the null handle the call does nothing and
 * returns THREADING_OK.
 * @retval THREADING_OK  the stop is destroyed.
 * @retval THREADING_BUSY  threads wait with the stop, or there are stops whose parent it is;
 * nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `stop` is not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `stop` was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_stop_destroy(threading_stop stop);

/**
 * Acquires the lock, unless a stop comes first: for a wait that can be ended.
 *
 * @param lock  the lock.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_lock_acquire_timeout`.
 * @retval THREADING_OK  the caller holds the lock.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
 * nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `lock` is null, or is not a handle of a lock; or `stop` is not
 * null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `lock` or `stop` was destroyed before the call, or during the call
 * before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller has acquired the lock, until the time-out expires on the monotonic clock, or
 * until `stop` has come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_lock_acquire_stop(threading_lock lock,
                                             double seconds,
                                             threading_stop stop)
THREADING_C_TRY_ACQUIRE_(lock);

/**
 * Acquires the rlock, or one more level of it if the caller holds it, unless a stop comes first.
 *
 * @param rlock  the rlock.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_rlock_acquire_timeout`.
 * @retval THREADING_OK  the caller holds the rlock one level deeper than before.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
 * nothing has changed.
 * @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
 * @retval THREADING_INVALID_HANDLE  `rlock` is null, or is not a handle of an rlock; or `stop` is
 * not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `rlock` or `stop` was destroyed before the call, or during the call
 * before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller has acquired the rlock, until the time-out expires on the monotonic clock, or
 * until `stop` has come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_rlock_acquire_stop(threading_rlock rlock,
                                              double seconds,
                                              threading_stop stop)
THREADING_C_TRY_ACQUIRE_(rlock);

/**
 * Acquires the condition's lock, unless a stop comes first.
 *
 * @param condition  the condition.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_condition_acquire_timeout`.
 * @retval THREADING_OK  the caller holds the lock.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
 * nothing has changed.
 * @retval THREADING_OVERFLOW  the caller already holds the rlock 4,294,967,295 levels deep.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition; or
 * `stop` is not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `condition` or `stop` was destroyed before the call, or during the
 * call before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller has acquired the lock, until the time-out expires on the monotonic clock, or
 * until `stop` has come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_condition_acquire_stop(threading_condition condition,
                                                  double seconds,
                                                  threading_stop stop)
THREADING_C_TRY_ACQUIRE_(condition);

/**
 * Releases the lock, waits until another thread notifies the condition or a stop comes, and
 * acquires the lock again.
 *
 * @param condition  the condition; the caller holds its lock.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_condition_wait_timeout`.
 * @retval THREADING_OK  the caller was notified, and holds the lock again. A caller that was
 * notified counts as notified, whatever happens to `stop` until it holds the lock.
 * @retval THREADING_TIMEOUT  the time-out expired first. The caller holds the lock again, and has
 * not consumed a notify.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first. The caller holds the lock
 * again, and has not consumed a notify.
 * @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
 * @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition; or
 * `stop` is not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `condition` or `stop` was destroyed before the call, or during the
 * call before the caller began to wait; or `condition` was destroyed when the caller was about to
 * acquire the lock again, and the lock was destroyed too.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller is notified, until the time-out expires on the monotonic clock, or until `stop`
 * has come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * A thread that holds the lock.
 *
 */
threading_status threading_condition_wait_stop(threading_condition condition,
                                               double seconds,
                                               threading_stop stop)
THREADING_C_CONDITION_(condition);

/**
 * Waits until a predicate returns true, or a stop comes. The predicate is called while the caller
 * holds the lock: once before the first wait, after each notify, and once more when the time-out
 * has expired or `stop` has come.
 *
 * @param condition  the condition; the caller holds its lock.
 * @param predicate  returns true when the wait is over. It is not called if `stop` had come before
 * the call.
 * @param ctx  passed to `predicate`, or NULL. It stays owned by the caller.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_condition_wait_for_timeout`.
 * @retval THREADING_OK  the predicate has returned true; the caller holds the lock.
 * @retval THREADING_TIMEOUT  the time-out expired first, and then the predicate returned false;
 * the caller holds the lock.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first, and then the predicate
 * returned false; the caller holds the lock.
 * @retval THREADING_NOT_ACQUIRED  no thread holds the condition's lock.
 * @retval THREADING_NOT_OWNER  another thread holds the condition's rlock or owned lock.
 * @retval THREADING_INVALID_HANDLE  `condition` is null, or is not a handle of a condition; or
 * `stop` is not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `condition` or `stop` was destroyed before the call, or during the
 * call before the caller began to wait; or `condition` was destroyed when the caller was about to
 * acquire the lock again, and the lock was destroyed too.
 * @retval THREADING_INVALID_ARGUMENT  `predicate` is NULL; or `seconds` is NaN, or is finite and
 * greater than THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the predicate returns true, until the time-out expires on the monotonic clock, or until
 * `stop` has come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * A thread that holds the lock.
 *
 */
threading_status threading_condition_wait_for_stop(threading_condition condition,
                                                   threading_predicate predicate,
                                                   void *ctx,
                                                   double seconds,
                                                   threading_stop stop)
THREADING_C_CONDITION_(condition);

/**
 * Acquires a unit, unless a stop comes first.
 *
 * @param semaphore  the semaphore.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_semaphore_acquire_timeout`.
 * @retval THREADING_OK  the caller has acquired a unit.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
 * nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `semaphore` is null, or is not a handle of a semaphore; or
 * `stop` is not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `semaphore` or `stop` was destroyed before the call, or during the
 * call before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until a unit is acquired, until the time-out expires on the monotonic clock, or until `stop` has
 * come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 */
THREADING_MUST_CHECK
threading_status threading_semaphore_acquire_stop(threading_semaphore semaphore,
                                                  double seconds,
                                                  threading_stop stop);

/**
 * Waits until the event is set, or a stop comes.
 *
 * @param event  the event.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_event_wait_timeout`.
 * @retval THREADING_OK  the event is set, or was set while the caller waited.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
 * nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `event` is null, or is not a handle of an event; or `stop` is
 * not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `event` or `stop` was destroyed before the call, or during the call
 * before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the event is set, until the time-out expires on the monotonic clock, or until `stop` has
 * come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_event_wait_stop(threading_event event,
                                           double seconds,
                                           threading_stop stop);

/**
 * Waits until the latch is open, or a stop comes.
 *
 * @param latch  the latch.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_latch_wait_timeout`.
 * @retval THREADING_OK  the latch is open.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
 * nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `latch` is null, or is not a handle of a latch; or `stop` is
 * not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `latch` or `stop` was destroyed before the call, or during the call
 * before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the latch is open, until the time-out expires on the monotonic clock, or until `stop` has
 * come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_latch_wait_stop(threading_latch latch,
                                           double seconds,
                                           threading_stop stop);

/**
 * Waits until a thread has ended, or a stop comes.
 *
 * @param thread  a thread that has been started.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_thread_join_timeout`.
 * @retval THREADING_OK  the thread has ended.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
 * nothing has changed.
 * @retval THREADING_NOT_STARTED  the thread has not been started.
 * @retval THREADING_DUMMY  the thread is a Dummy: the library did not start it.
 * @retval THREADING_WOULD_DEADLOCK  `thread` is the calling thread.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread; or `stop` is
 * not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `thread` or `stop` was destroyed before the call, or during the
 * call before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the thread has ended, until the time-out expires on the monotonic clock, or until `stop`
 * has come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_thread_join_stop(threading_thread thread,
                                            double seconds,
                                            threading_stop stop);

/**
 * Acquires the rwlock to read, unless a stop comes first.
 *
 * @param rwlock  the rwlock.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is
 * `threading_rwlock_acquire_read_timeout`.
 * @retval THREADING_OK  the caller reads.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
 * nothing has changed.
 * @retval THREADING_WOULD_DEADLOCK  the caller writes it: it would wait for itself.
 * @retval THREADING_OVERFLOW  there are 67,108,863 reads already.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock; or `stop`
 * is not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `rwlock` or `stop` was destroyed before the call, or during the
 * call before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller reads, as threading_rwlock_acquire_read says, until the time-out expires on the
 * monotonic clock, or until `stop` has come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_rwlock_acquire_read_stop(threading_rwlock rwlock,
                                                    double seconds,
                                                    threading_stop stop)
THREADING_C_TRY_ACQUIRE_SHARED_(rwlock);

/**
 * Acquires the rwlock to write, unless a stop comes first.
 *
 * @param rwlock  the rwlock.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is
 * `threading_rwlock_acquire_write_timeout`.
 * @retval THREADING_OK  the caller writes.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed, and readers that
 * waited for this writer alone are let in.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
 * nothing has changed, but that readers that waited for this writer alone are let in.
 * @retval THREADING_WOULD_DEADLOCK  the caller writes or reads it, as for
 * threading_rwlock_acquire_write.
 * @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock; or `stop`
 * is not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `rwlock` or `stop` was destroyed before the call, or during the
 * call before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until the caller writes, as threading_rwlock_acquire_write says, until the time-out expires on
 * the monotonic clock, or until `stop` has come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 *
 */
THREADING_MUST_CHECK
threading_status threading_rwlock_acquire_write_stop(threading_rwlock rwlock,
                                                     double seconds,
                                                     threading_stop stop)
THREADING_C_TRY_ACQUIRE_(rwlock);

/**
 * Waits until one of several objects is ready, and takes that one.
 *
 * If several are ready when the function is called, the first of them in the array is taken: put a
 * stop in front. While the caller waits, the one that becomes ready first is taken. A caller that
 * wants to serve all alike begins with another object each time.
 *
 * If the call fails, nothing was taken. The objects are looked at in order, and those behind one
 * that is ready are not looked at. The error hook gets the handle of the object that is at fault.
 * @param objects  the objects, each an initialiser `THREADING_OBJECT(handle)`: events (waited for
 * until they are set), stops (until they have come), semaphores (a unit is acquired), locks
 * (acquired), latches (until they are open), threads (until they have ended), timers and futures
 * (until their function has ended, or they are cancelled). The same object may stand there twice.
 * The array is read only.
 * @param count  how many there are, 1 to THREADING_WAIT_ANY_MAX.
 * @param index  receives the number of the object that was ready; or NULL if `count` is 1.
 * @retval THREADING_OK  `*index` is the object that was ready. It alone was taken, once.
 * @retval THREADING_INVALID_ARGUMENT  `objects` or `index` is NULL, `count` is 0 or greater than
 * THREADING_WAIT_ANY_MAX, or an object is of a kind that this call cannot wait for: a
 * condition, a barrier, an rlock, an rwlock, a queue, an executor, a local.
 * @retval THREADING_INVALID_HANDLE  an object is null, or is not a handle.
 * @retval THREADING_DESTROYED  an object was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_NOT_STARTED  an object is a thread or a timer that has not been started.
 * @retval THREADING_DUMMY  an object is a Dummy: a thread that the library did not start.
 * @retval THREADING_WOULD_DEADLOCK  an object is the calling thread.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until an object is ready. Signals do not end the wait.
 * @par Thread safety
 * Any thread.
 */
THREADING_MUST_CHECK
threading_status threading_wait_any(const threading_object *objects,
                                    size_t count,
                                    size_t *index);

/**
 * Waits until one of several objects is ready, for at most `seconds`, and takes that one.
 *
 * If several are ready when the function is called, the first of them in the array is taken: put a
 * stop in front. While the caller waits, the one that becomes ready first is taken. A caller that
 * wants to serve all alike begins with another object each time.
 *
 * If the call fails, nothing was taken. The objects are looked at in order, and those behind one
 * that is ready are not looked at. The error hook gets the handle of the object that is at fault.
 * @param objects  the objects, each an initialiser `THREADING_OBJECT(handle)`: events (waited for
 * until they are set), stops (until they have come), semaphores (a unit is acquired), locks
 * (acquired), latches (until they are open), threads (until they have ended), timers and futures
 * (until their function has ended, or they are cancelled). The same object may stand there twice.
 * The array is read only.
 * @param count  how many there are, 1 to THREADING_WAIT_ANY_MAX.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param index  receives the number of the object that was ready; or NULL if `count` is 1.
 * @retval THREADING_OK  `*index` is the object that was ready. It alone was taken, once.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing was taken.
 * @retval THREADING_INVALID_ARGUMENT  `objects` or `index` is NULL, `count` is 0 or greater than
 * THREADING_WAIT_ANY_MAX, or an object is of a kind that this call cannot wait for: a condition, a
 * barrier, an rlock, an rwlock, a queue, an executor, a local; or `seconds` is NaN, or is finite
 * and greater than THREADING_TIMEOUT_MAX.
 * @retval THREADING_INVALID_HANDLE  an object is null, or is not a handle.
 * @retval THREADING_DESTROYED  an object was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_NOT_STARTED  an object is a thread or a timer that has not been started.
 * @retval THREADING_DUMMY  an object is a Dummy: a thread that the library did not start.
 * @retval THREADING_WOULD_DEADLOCK  an object is the calling thread.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until an object is ready, or until the time-out expires on the monotonic clock, never earlier.
 * Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread.
 */
THREADING_MUST_CHECK
threading_status threading_wait_any_timeout(const threading_object *objects,
                                            size_t count,
                                            double seconds,
                                            size_t *index);

/**
 * Makes an empty queue for at most `maxsize` items (Python: `queue.Queue(maxsize)`, but a queue
 * always has a limit).
 *
 * @param maxsize  the greatest number of items, 1 to THREADING_QUEUE_MAX. The queue takes memory
 * for as many pointers, rounded up to a power of two.
 * @param out  receives the handle. The caller owns the queue, and destroys it with
 * `threading_queue_destroy`.
 * @retval THREADING_OK  `*out` is the new queue.
 * @retval THREADING_INVALID_ARGUMENT  `maxsize` is 0 or greater than THREADING_QUEUE_MAX, or `out`
 * is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_queue_new(size_t maxsize, threading_queue *out);

/**
 * Returns the queue in `*handle`. If `*handle` is null, the call first makes an empty queue for at
 * most `maxsize` items and stores its handle there. This is for static variables, which begin as
 * `THREADING_NULL`.
 *
 * If several threads make the queue at the same time, all of them get the same queue. Only a call
 * that makes the queue looks at the other arguments.
 * @param handle  the address of a handle that exists as long as the queue is used. Only this
 * function changes the handle, and only if it is null. The library does not keep the address.
 * @param maxsize  the greatest number of items, 1 to THREADING_QUEUE_MAX.
 * @return the queue; null if there is no memory for it, or if `handle` is NULL, or if `maxsize` is
 * 0 or greater than THREADING_QUEUE_MAX. In all these cases the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_queue threading_queue_ensure(threading_queue *handle, size_t maxsize);

/**
 * Puts an item at the end of the queue (Python: `Queue.put(item)`). If the queue is full, the call
 * waits until there is room.
 *
 * Items are taken in the order in which they were put. Everything that a thread did before it put
 * an item happens before the return of the call that takes the item.
 *
 * While many places are taken, a thread that waits for room in a queue of 8 or more may go on up
 * to about 0.1 milliseconds later than the first place is free: it is woken once for many places,
 * and not once for each.
 * @param queue  the queue.
 * @param item  the item, which the queue only keeps: NULL is an item like any other. What it
 * points to is the program's. If the call fails the item is not in the queue.
 * @retval THREADING_OK  the item is in the queue.
 * @retval THREADING_CLOSED  the queue was shut down, before the call or while the caller waited.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_NO_RESOURCES  the queue is full, and there is no memory for the wait.
 * @par Blocking
 * Until there is room or the queue is shut down; not at all if there is room. Signals do not end
 * the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_put(threading_queue queue, void *item);

/**
 * Puts an item at the end of the queue if there is room (Python: `Queue.put_nowait(item)`).
 *
 * @param queue  the queue.
 * @param item  the item, as for `threading_queue_put`.
 * @retval THREADING_OK  the item is in the queue.
 * @retval THREADING_TIMEOUT  the queue is full.
 * @retval THREADING_CLOSED  the queue was shut down.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_try_put(threading_queue queue, void *item);

/**
 * Puts an item at the end of the queue, and waits for at most `seconds` until there is room
 * (Python: `Queue.put(item, timeout=seconds)`).
 *
 * @param queue  the queue.
 * @param item  the item, as for `threading_queue_put`.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the item is in the queue. This is also possible if there was room at the
 * moment at which the time-out expired.
 * @retval THREADING_TIMEOUT  the time-out expired first: the item is not in the queue.
 * @retval THREADING_CLOSED  the queue was shut down, before the call or while the caller waited.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  the queue is full, and there is no memory for the wait.
 * @par Blocking
 * Until there is room, until the queue is shut down, or until the time-out expires on the
 * monotonic clock, never earlier. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_put_timeout(threading_queue queue, void *item, double seconds);

/**
 * Takes the item that was put first (Python: `Queue.get()`). If the queue is empty, the call waits
 * until there is an item.
 *
 * @param queue  the queue.
 * @param item  receives the item, which is the caller's now. If the call fails, `*item` does not
 * change.
 * @retval THREADING_OK  `*item` is the item, which is not in the queue any more.
 * @retval THREADING_CLOSED  the queue was shut down and is empty, or its shutdown was immediate;
 * before the call or while the caller waited.
 * @retval THREADING_INVALID_ARGUMENT  `item` is NULL.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_NO_RESOURCES  the queue is empty, and there is no memory for the wait.
 * @par Blocking
 * Until there is an item or the queue is shut down; not at all if there is an item. Signals do not
 * end the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_get(threading_queue queue, void **item);

/**
 * Takes the item that was put first if there is one (Python: `Queue.get_nowait()`).
 *
 * @param queue  the queue.
 * @param item  receives the item, as for `threading_queue_get`.
 * @retval THREADING_OK  `*item` is the item, which is not in the queue any more.
 * @retval THREADING_TIMEOUT  the queue is empty.
 * @retval THREADING_CLOSED  the queue was shut down and is empty, or its shutdown was immediate.
 * @retval THREADING_INVALID_ARGUMENT  `item` is NULL.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_try_get(threading_queue queue, void **item);

/**
 * Takes the item that was put first, and waits for at most `seconds` until there is one (Python:
 * `Queue.get(timeout=seconds)`).
 *
 * @param queue  the queue.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param item  receives the item, as for `threading_queue_get`.
 * @retval THREADING_OK  `*item` is the item, which is not in the queue any more. This is also
 * possible if it was put at the moment at which the time-out expired.
 * @retval THREADING_TIMEOUT  the time-out expired first.
 * @retval THREADING_CLOSED  the queue was shut down and is empty, or its shutdown was immediate;
 * before the call or while the caller waited.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX; or `item` is NULL.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_NO_RESOURCES  the queue is empty, and there is no memory for the wait.
 * @par Blocking
 * Until there is an item, until the queue is shut down, or until the time-out expires on the
 * monotonic clock, never earlier. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_get_timeout(threading_queue queue, double seconds, void **item);

/**
 * Shuts the queue down (Python: `Queue.shutdown(immediate)`): from now on every put fails with
 * THREADING_CLOSED. Gets take what is in the queue, and fail with THREADING_CLOSED when it is
 * empty. Threads that wait in a put or a get go on with the same outcome.
 *
 * After an immediate shutdown all gets fail at once. The items are still in the queue:
 * `threading_queue_drain` takes them, so that nothing is lost. Their tasks count as done.
 *
 * A queue cannot be opened again. A second shutdown changes nothing, unless it is the first
 * immediate one.
 * @param queue  the queue.
 * @param immediate  whether gets fail at once, and not only when the queue is empty.
 * @retval THREADING_OK  the queue is shut down.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_shutdown(threading_queue queue, bool immediate);

/**
 * Takes the items that are in the queue, up to `capacity`, in the order in which they were put;
 * also after an immediate shutdown. The call does not wait for items.
 *
 * This is how a program gets its memory back before it destroys a queue, and how a consumer takes
 * many items with one call. While the call takes more than 256 items other threads may take some
 * in between.
 * @param queue  the queue.
 * @param items  receives the items; or NULL if `capacity` is 0.
 * @param capacity  the number of pointers that `items` has room for.
 * @param count  receives the number of items that were taken, 0 to `capacity`.
 * @retval THREADING_OK  `items[0]` to `items[*count - 1]` are the items, which are not in the
 * queue any more.
 * @retval THREADING_INVALID_ARGUMENT  `count` is NULL, or `items` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_drain(threading_queue queue,
                                       void **items,
                                       size_t capacity,
                                       size_t *count);

/**
 * Says that a task is done (Python: `Queue.task_done()`): that of an item that a thread has taken
 * from the queue and has finished. Each put makes a task.
 *
 * Only programs that call `threading_queue_join` need this call. Everything that a thread did
 * before it happens before the return of the join that finds all tasks done.
 * @param queue  the queue.
 * @retval THREADING_OK  there is one unfinished task less. If it was the last one, threads that
 * wait in `threading_queue_join` go on.
 * @retval THREADING_OVERFLOW  no task is unfinished: the call was made more often than items were
 * put; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_task_done(threading_queue queue);

/**
 * Waits until all tasks are done (Python: `Queue.join()`): until `threading_queue_task_done` was
 * called for each item that was put.
 *
 * A shutdown does not end the wait. An immediate one counts the tasks of the items that are left
 * in the queue as done.
 * @param queue  the queue.
 * @retval THREADING_OK  no task was unfinished.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until all tasks are done; not at all if they are done already. Signals do not end the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_join(threading_queue queue);

/**
 * Waits until all tasks are done, for at most `seconds`.
 *
 * @param queue  the queue.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  no task was unfinished. This is also possible if the last one was done at
 * the moment at which the time-out expired.
 * @retval THREADING_TIMEOUT  the time-out expired first.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed before the call, or during the call before
 * the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until all tasks are done, or until the time-out expires on the monotonic clock, never earlier.
 * Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_join_timeout(threading_queue queue, double seconds);

/**
 * Returns the number of items in the queue, for logs: other threads may change it at any time
 * (Python: `Queue.qsize()`).
 *
 * @param queue  the queue.
 * @return the number of items. For a bad handle: 0, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
size_t threading_queue_size(threading_queue queue);

/**
 * Returns the greatest number of items that the queue was made for (Python: `Queue.maxsize`).
 *
 * @param queue  the queue.
 * @return the greatest number of items. For a bad handle: 0, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
size_t threading_queue_maxsize(threading_queue queue);

/**
 * Tells whether the queue was shut down (Python: `Queue.is_shutdown`). A queue that was shut down
 * stays so.
 *
 * @param queue  the queue.
 * @return whether the queue was shut down. For a bad handle: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
bool threading_queue_is_shut(threading_queue queue);

/**
 * Gives a queue a name, which tells people what it is for. At first a queue has no name.
 *
 * Names need not be unique, and may contain any character.
 * @param queue  the queue.
 * @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
 * @retval THREADING_OK  the queue has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name; the queue keeps the name that
 * it had.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_queue_set_name(threading_queue queue, const char *name);

/**
 * Copies the name of a queue.
 *
 * @param queue  the queue.
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters. A queue without a name has the name "".
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed. If that happened during the call, `buffer`
 * may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_queue_name(threading_queue queue,
                                      char *buffer,
                                      size_t capacity,
                                      size_t *length);

/**
 * Destroys the queue, which must be empty: from now on calls with its handle return
 * `THREADING_DESTROYED`, in every thread.
 *
 * The items belong to the program, so a queue with items in it is not destroyed:
 * `threading_queue_drain` takes them out.
 * @param queue  the queue, shut down or not. For the null handle the call does nothing and returns
 * THREADING_OK.
 * @retval THREADING_OK  the queue is destroyed. A call that has begun, but does not wait yet,
 * returns THREADING_DESTROYED.
 * @retval THREADING_BUSY  there are items in the queue, or threads wait for it; nothing has
 * changed.
 * @retval THREADING_INVALID_HANDLE  `queue` is not null, and is not a handle of a queue.
 * @retval THREADING_DESTROYED  `queue` was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_destroy(threading_queue queue);

/**
 * Puts an item at the end of the queue, unless a stop comes before there is room.
 *
 * @param queue  the queue.
 * @param item  the item, as for `threading_queue_put`.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_queue_put_timeout`.
 * @retval THREADING_OK  the item is in the queue.
 * @retval THREADING_TIMEOUT  the time-out expired first: the item is not in the queue.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first: the item is not in the
 * queue.
 * @retval THREADING_CLOSED  the queue was shut down, before the call or while the caller waited.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue; or `stop` is
 * not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `queue` or `stop` was destroyed before the call, or during the call
 * before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  the queue is full, and there is no memory for the wait.
 * @par Blocking
 * Until there is room, until the queue is shut down, until the time-out expires on the monotonic
 * clock, or until `stop` has come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_put_stop(threading_queue queue,
                                          void *item,
                                          double seconds,
                                          threading_stop stop);

/**
 * Takes the item that was put first, unless a stop comes before there is one.
 *
 * @param queue  the queue.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_queue_get_timeout`.
 * @param item  receives the item, as for `threading_queue_get`.
 * @retval THREADING_OK  `*item` is the item, which is not in the queue any more.
 * @retval THREADING_TIMEOUT  the time-out expired first.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first: no item was taken.
 * @retval THREADING_CLOSED  the queue was shut down and is empty, or its shutdown was immediate;
 * before the call or while the caller waited.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue; or `stop` is
 * not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `queue` or `stop` was destroyed before the call, or during the call
 * before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX; or `item` is NULL.
 * @retval THREADING_NO_RESOURCES  the queue is empty, and there is no memory for the wait.
 * @par Blocking
 * Until there is an item, until the queue is shut down, until the time-out expires on the
 * monotonic clock, or until `stop` has come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_get_stop(threading_queue queue,
                                          double seconds,
                                          threading_stop stop,
                                          void **item);

/**
 * Waits until all tasks are done, unless a stop comes first.
 *
 * @param queue  the queue.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_queue_join_timeout`.
 * @retval THREADING_OK  no task was unfinished.
 * @retval THREADING_TIMEOUT  the time-out expired first.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first.
 * @retval THREADING_INVALID_HANDLE  `queue` is null, or is not a handle of a queue; or `stop` is
 * not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `queue` or `stop` was destroyed before the call, or during the call
 * before the caller began to wait.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait.
 * @par Blocking
 * Until all tasks are done, until the time-out expires on the monotonic clock, or until `stop` has
 * come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_queue_join_stop(threading_queue queue,
                                           double seconds,
                                           threading_stop stop);

/**
 * Makes a timer, but does not start it (Python: `threading.Timer(interval, function, args=...)`).
 * After its start the timer waits for `interval`, and then calls `function` once.
 *
 * The timer inherits the daemon flag of the calling thread. If the calling thread is a Dummy, the
 * timer is a daemon. A program may have a million pending timers. A slow function does not delay
 * the functions of other timers.
 *
 * `function` runs in a worker thread of the library, which runs the functions of other timers
 * before and after it. While the function runs, the worker thread has the timer's name, in the
 * operating system too. The function begins with the signal mask of the thread that starts the
 * timer. If the same thread makes and starts the timer, the library reads that mask when the timer
 * is made: a change of the mask between the two calls has no effect. Hooks and the destructors of
 * the thread's values of locals run with the same signal mask, and a child that `function` forks
 * keeps it. The affinity, the scheduling policy and the priority are those of a thread that
 * started a timer, possibly another timer. If a function changes them, they stay changed for later
 * functions.
 * @param interval  the seconds from the start to the call, rounded up to nanoseconds, at most
 * THREADING_TIMEOUT_MAX. 0 or less calls `function` at once.
 * @param function  the function. It runs as a thread's target does, and may end in the same ways.
 * @param arg  passed to `function`. The library never frees it: if `function` never runs, the
 * caller must free it.
 * @param out  receives the handle. The caller owns the timer, and destroys it with
 * `threading_timer_destroy`.
 * @retval THREADING_OK  `*out` is the new timer.
 * @retval THREADING_INVALID_ARGUMENT  `interval` is NaN, infinite or greater than
 * THREADING_TIMEOUT_MAX, or `function` or `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_timer_new(double interval,
                                     threading_target function,
                                     void *arg,
                                     threading_timer *out);

/**
 * Makes a periodic timer, but does not start it. After its start the timer waits for `first`, and
 * then calls `function` again and again, until one of these ends it:
 *
 * - `threading_timer_cancel`, also from inside `function`;
 * - `function` returns something else than NULL, or ends by `threading_exit`, `pthread_exit` or a
 *   cancellation. That is the result of the timer's thread;
 * - a shutdown of the library: a run that has begun goes on, and after the shutdown no run begins.
 *
 * The runs are due at start + `first` + k times `period`, for k = 0, 1, 2 and so on. So they do
 * not drift, however long a run takes and however late it begins. A run never begins before it is
 * due, and two runs never overlap. A run that is due while `function` still runs, or whose
 * successor is due already when it could begin, is skipped: the next one is due at the next such
 * time in the future. So a late run is followed by no burst, and there is at most one run in a
 * period.
 *
 * Until it has ended the timer's thread is alive, also between runs, and a join waits for the end.
 * But the timer keeps the process alive only during a run, and not at all if it is a daemon: a
 * program that returns from main need not cancel its periodic timers.
 *
 * Each run is as that of another timer (see `threading_timer_new`): it may run in another worker
 * thread than the one before, the hooks of threads run before and after it, and the values of
 * locals are destroyed after it. All runs have the same ident and the same name.
 * @param first  the seconds from the start to the first run, greater than 0, rounded up to
 * nanoseconds, at most THREADING_TIMEOUT_MAX.
 * @param period  the seconds between the times at which two successive runs are due; as `first`.
 * The clock of timers has steps of 128 microseconds: of the runs of a shorter period, those that
 * are due in the same step are skipped but one.
 * @param function  the function. It returns NULL to be called again.
 * @param arg  passed to `function`. The library never frees it. After the timer's thread was
 * joined, or if a cancel of a timer that was not started returned true, no run uses it.
 * @param out  receives the handle. The caller owns the timer, and destroys it with
 * `threading_timer_destroy`.
 * @retval THREADING_OK  `*out` is the new timer.
 * @retval THREADING_INVALID_ARGUMENT  `first` or `period` is NaN, infinite, greater than
 * THREADING_TIMEOUT_MAX, or not greater than 0; or `function` or `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_timer_new_periodic(double first,
                                              double period,
                                              threading_target function,
                                              void *arg,
                                              threading_timer *out);

/**
 * Starts a timer (Python: `Timer.start()`).
 *
 * From now on the timer's thread is alive. Unless the timer is a daemon or periodic, it keeps the
 * process alive until its function has returned. A timer that was cancelled before its start ends
 * at once.
 * @param timer  a timer that has not been started.
 * @retval THREADING_OK  the timer is pending.
 * @retval THREADING_ALREADY_STARTED  the timer was started before; a timer runs only once.
 * @retval THREADING_INVALID_ARGUMENT  the library starts a thread for the first timer, and the
 * operating system rejects the default stack size.
 * @retval THREADING_NO_RESOURCES  the library starts a thread for the first timer, and the
 * operating system has no room for it at this moment or does not permit it. The timer can be
 * started again later.
 * @retval THREADING_SHUTTING_DOWN  the library has shut down.
 * @retval THREADING_INVALID_HANDLE  `timer` is null, or is not a handle of a timer.
 * @retval THREADING_DESTROYED  `timer` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_timer_start(threading_timer timer);

/**
 * Moves the time at which the next run of a timer is due: it is due after `interval`, counted from
 * now on. A watchdog calls this whenever something has come, and its function runs once nothing
 * has come for that long.
 *
 * The next run of a timer that is pending is the one that it waits for. During a run of a periodic
 * timer, also in its own function, it is the run that comes after that. A periodic timer goes on
 * with its period from there: its runs are due at now + `interval` + k times `period`.
 * @param timer  a timer that was started.
 * @param interval  the seconds from now to the next run, rounded up to nanoseconds, at most
 * THREADING_TIMEOUT_MAX. With 0 or less it is due at once.
 * @param rearmed  receives whether there is a next run, whose time has been moved; or NULL. False:
 * it is too late, since the timer has fired, or ended, or was cancelled; nothing has changed, and
 * the timer cannot be used again.
 * @retval THREADING_OK  `*rearmed` says what happened.
 * @retval THREADING_NOT_STARTED  the timer has not been started.
 * @retval THREADING_INVALID_ARGUMENT  `interval` is NaN, infinite or greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_INVALID_HANDLE  `timer` is null, or is not a handle of a timer.
 * @retval THREADING_DESTROYED  `timer` was destroyed, or was detached and has ended.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread, and the timer's function itself.
 */
threading_status threading_timer_rearm(threading_timer timer, double interval, bool *rearmed);

/**
 * Cancels a timer: if its function has not begun, it will not be called (Python:
 * `Timer.cancel()`). The function of a periodic timer will not be called again.
 *
 * In a forked child the parent's timers do not fire. If the function of such a timer had not begun
 * before the fork, the first cancel in the child reports that it has prevented the function, and
 * the caller owns the child's copy of `arg`.
 * @param timer  the timer, which may be started or not.
 * @param prevented  receives true if this call has prevented the function, so that the caller owns
 * `arg` again; otherwise it receives false; or NULL. For a periodic timer true says that this call
 * has prevented all further runs. A run that has begun may still use `arg`: join the timer's
 * thread before you free it.
 * @retval THREADING_OK  the function will not begin from now on. It may be running, or may have
 * run.
 * @retval THREADING_INVALID_HANDLE  `timer` is null, or is not a handle of a timer.
 * @retval THREADING_DESTROYED  `timer` was destroyed, or was detached and has ended.
 * @par Blocking
 * Never. To wait for a function that is running, join the timer's thread.
 * @par Thread safety
 * Any thread, and the timer's function itself.
 */
threading_status threading_timer_cancel(threading_timer timer, bool *prevented);

/**
 * Returns the timer's thread: use it for the name, the daemon flag, is_alive, join and result.
 * Starting this thread starts the timer.
 *
 * @param timer  the timer.
 * @return the thread; the handle is borrowed, not owned, and an attempt to destroy it returns
 * THREADING_BUSY. For a bad handle: null, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_thread threading_timer_thread(threading_timer timer);

/**
 * Destroys a timer. If the timer is pending or its function is running, the call detaches the
 * timer instead: the timer goes on.
 *
 * A detached timer still calls its function. Its handle stays valid until the function has
 * returned, or until a periodic timer has ended. After that, calls with it return
 * THREADING_DESTROYED. To prevent the function, cancel the timer first.
 * @param timer  the timer. For the null handle the call does nothing and returns THREADING_OK.
 * @retval THREADING_OK  the timer is destroyed or detached.
 * @retval THREADING_BUSY  the timer is being started at this moment, or another thread waits for
 * its result.
 * @retval THREADING_INVALID_HANDLE  `timer` is not null, and is not a handle of a timer.
 * @retval THREADING_DESTROYED  `timer` was destroyed, or was detached and has ended.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread, and the timer's function itself.
 */
threading_status threading_timer_destroy(threading_timer timer);

/**
 * Makes an executor (Python: `ThreadPoolExecutor(max_workers, thread_name_prefix)`): threads that
 * run the tasks which are submitted to it, in the order of their submission.
 *
 * The executor starts a worker thread when a task needs one. A worker without work ends after a
 * second. All workers have the signal mask of the thread that makes the executor. What a task
 * changes of its thread, such as the signal mask or the priority, stays changed for later tasks in
 * that thread.
 * @param max_workers  how many tasks run at once, 0 to THREADING_EXECUTOR_MAX. 0 is the number
 * of processors + 4, and at most 32.
 * @param name_prefix  what the names of the threads in which tasks run begin with, in UTF-8; or
 * NULL. The thread is called `name_prefix` and `_0`, `_1` and so on, and without a prefix
 * `Executor-N_0` and so on. It is the executor's name, too, which `threading_executor_set_name`
 * changes for later workers. Of a longer one than 200 bytes only the beginning is used for
 * threads.
 * @param out  receives the handle. The caller owns the executor, and destroys it with
 * `threading_executor_destroy`.
 * @retval THREADING_OK  `*out` is the new executor.
 * @retval THREADING_INVALID_ARGUMENT  `max_workers` is greater than THREADING_EXECUTOR_MAX,
 * `name_prefix` is not UTF-8, or `out` is NULL.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_executor_new(size_t max_workers,
                                        const char *name_prefix,
                                        threading_executor *out);

/**
 * Submits a task: a worker thread will call `function` (Python: `Executor.submit`).
 *
 * `function` runs as a thread's target does, and may end in the same ways. While it runs it is a
 * thread of its own for the library: it has an ident of its own, values of locals of its own,
 * which are destroyed at its end, and the start and exit hooks run. A task that has not ended
 * keeps the process alive, whichever thread has submitted it, unless it is cancelled. What the
 * caller did before happens before the task begins.
 * @param executor  the executor.
 * @param function  the function.
 * @param arg  passed to `function`. The library never frees it: if `function` never runs, the
 * caller must free it.
 * @param out  receives the future, which may be written before the call returns, and is written
 * before `function` begins. The caller owns the future, and ends it with
 * `threading_future_destroy` or `threading_future_finish`; or NULL, and then the task is detached.
 * @retval THREADING_OK  the task is submitted.
 * @retval THREADING_INVALID_ARGUMENT  `function` is NULL; or a worker is needed, and the operating
 * system rejects the default stack size.
 * @retval THREADING_SHUTTING_DOWN  the executor was shut down, or the library was.
 * @retval THREADING_NO_RESOURCES  memory or handles ran out, or there is no worker, and the
 * operating system has no room for one at this moment or does not permit it.
 * @retval THREADING_INVALID_HANDLE  `executor` is null, or is not a handle of an executor.
 * @retval THREADING_DESTROYED  `executor` was destroyed.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread, also in a task; not from a signal handler.
 */
threading_status threading_executor_submit(threading_executor executor,
                                           threading_target function,
                                           void *arg,
                                           threading_future *out);

/**
 * Shuts the executor down, and waits until all its tasks have ended (Python:
 * `Executor.shutdown(cancel_futures=cancel_pending)`).
 *
 * From now on no task can be submitted. Any number of threads may call this, any number of times.
 * Everything that the tasks did happens before the return of a call that returns THREADING_OK.
 * @param executor  the executor.
 * @param cancel_pending  true: tasks that have not begun are cancelled, as if by
 * `threading_future_cancel`. False: they run first.
 * @retval THREADING_OK  all tasks have ended, or were cancelled.
 * @retval THREADING_WOULD_DEADLOCK  the caller is a task of the executor, and would wait for
 * itself; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `executor` is null, or is not a handle of an executor.
 * @retval THREADING_DESTROYED  `executor` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait; the executor is shut down all
 * the same.
 * @par Blocking
 * Until all tasks have ended. Signals do not end the wait.
 * @par Thread safety
 * Any thread but a task of the executor; not from a signal handler.
 */
threading_status threading_executor_shutdown(threading_executor executor, bool cancel_pending);

/**
 * Shuts the executor down, and waits for at most `seconds` until all its tasks have ended.
 *
 * From now on no task can be submitted, also if the time-out expires. With 0 seconds the call only
 * shuts down (Python: `Executor.shutdown(wait=False)`).
 * @param executor  the executor.
 * @param cancel_pending  true: tasks that have not begun are cancelled, as if by
 * `threading_future_cancel`. False: they run first.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  all tasks have ended, or were cancelled.
 * @retval THREADING_TIMEOUT  the time-out expired first; the executor is shut down.
 * @retval THREADING_WOULD_DEADLOCK  the caller is a task of the executor, and would wait for
 * itself; nothing has changed.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX; nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `executor` is null, or is not a handle of an executor.
 * @retval THREADING_DESTROYED  `executor` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait; the executor is shut down all
 * the same.
 * @par Blocking
 * Until all tasks have ended, or until the time-out expires on the monotonic clock, never earlier.
 * Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread but a task of the executor; not from a signal handler.
 */
threading_status threading_executor_shutdown_timeout(threading_executor executor,
                                                     bool cancel_pending,
                                                     double seconds);

/**
 * Tells whether the executor was shut down, so that no task can be submitted.
 *
 * @param executor  the executor.
 * @return true if it was. For a bad handle: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
bool threading_executor_is_shut(threading_executor executor);

/**
 * Gives an executor a name, which tells people what it is for. Workers that are started later are
 * called after it.
 *
 * Names need not be unique, and may contain any character.
 * @param executor  the executor.
 * @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
 * @retval THREADING_OK  the executor has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `executor` is null, or is not a handle of an executor.
 * @retval THREADING_DESTROYED  `executor` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name; the executor keeps the name
 * that it had.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_executor_set_name(threading_executor executor, const char *name);

/**
 * Copies the name of an executor.
 *
 * @param executor  the executor.
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters. An executor without a name has the name "".
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `executor` is null, or is not a handle of an executor.
 * @retval THREADING_DESTROYED  `executor` was destroyed. If that happened during the call,
 * `buffer` may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_executor_name(threading_executor executor,
                                         char *buffer,
                                         size_t capacity,
                                         size_t *length);

/**
 * Destroys an executor whose tasks have ended, shut down or not: from now on calls with its handle
 * return `THREADING_DESTROYED`, in every thread. Futures of its tasks stay as they are.
 *
 * @param executor  the executor. For the null handle the call does nothing and returns
 * THREADING_OK.
 * @retval THREADING_OK  the executor is destroyed. Its workers, which are idle, end.
 * @retval THREADING_BUSY  a task has not ended, or threads wait in `threading_executor_shutdown`;
 * nothing has changed.
 * @retval THREADING_INVALID_HANDLE  `executor` is not null, and is not a handle of an executor.
 * @retval THREADING_DESTROYED  `executor` was destroyed before.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_executor_destroy(threading_executor executor);

/**
 * Waits until the task has ended, or was cancelled.
 *
 * A task may wait for another task of the same executor: while it does, it does not count among
 * those that run, so another may begin. When it goes on, it does so at once, and for that time
 * more tasks run than `max_workers`.
 * Everything that the task did happens before the return of the call.
 * @param future  the future.
 * @retval THREADING_OK  the task has ended, was cancelled, or is in exit() or
 * `threading_shutdown`.
 * @retval THREADING_WOULD_DEADLOCK  the caller is the task itself.
 * @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future.
 * @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
 * @retval THREADING_NO_RESOURCES  there is no memory for the wait; or the caller is the last of
 * its executor's workers that does not wait for a future, tasks of that executor have not begun,
 * and the operating system has no room for another worker.
 * @par Blocking
 * Until the task has ended. Signals do not end the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_future_wait(threading_future future);

/**
 * Waits until the task has ended, or was cancelled, for at most `seconds`. The wait is that of
 * `threading_future_wait`.
 *
 * @param future  the future.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @retval THREADING_OK  the task has ended, was cancelled, or is in exit() or
 * `threading_shutdown`.
 * @retval THREADING_TIMEOUT  the time-out expired first.
 * @retval THREADING_WOULD_DEADLOCK  the caller is the task itself.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future.
 * @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
 * @retval THREADING_NO_RESOURCES  as for `threading_future_wait`.
 * @par Blocking
 * Until the task has ended, or until the time-out expires on the monotonic clock, never earlier.
 * Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_future_wait_timeout(threading_future future, double seconds);

/**
 * Waits until the task has ended, or was cancelled, or a stop comes. The wait is that of
 * `threading_future_wait`.
 *
 * @param future  the future.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param stop  the stop; with the null handle the call is `threading_future_wait_timeout`.
 * @retval THREADING_OK  the task has ended, was cancelled, or is in exit() or
 * `threading_shutdown`.
 * @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
 * @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
 * nothing has changed. The task goes on.
 * @retval THREADING_WOULD_DEADLOCK  the caller is the task itself.
 * @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future; or `stop` is
 * not null, and is not a handle of a stop.
 * @retval THREADING_DESTROYED  `future` or `stop` was destroyed before the call, or during the
 * call before the caller began to wait; or `future` was detached, and its task has ended.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX.
 * @retval THREADING_NO_RESOURCES  as for `threading_future_wait`.
 * @par Blocking
 * Until the task has ended, until the time-out expires on the monotonic clock, or until `stop` has
 * come. Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_future_wait_stop(threading_future future,
                                            double seconds,
                                            threading_stop stop);

/**
 * Waits until the task has ended, and writes its result (Python: `Future.result()`). The wait is
 * that of `threading_future_wait`.
 *
 * @param future  the future.
 * @param out  receives what the task's function returned, or passed to `threading_exit` or
 * `pthread_exit`.
 * @retval THREADING_OK  `*out` is the result.
 * @retval THREADING_NO_VALUE  the task was cancelled, or a fork has left it behind in the parent.
 * @retval THREADING_BUSY  the task is in exit() or `threading_shutdown`, and has no result yet.
 * @retval THREADING_WOULD_DEADLOCK  the caller is the task itself.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future.
 * @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
 * @retval THREADING_NO_RESOURCES  as for `threading_future_wait`.
 * @par Blocking
 * Until the task has ended. Signals do not end the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_future_result(threading_future future, void **out);

/**
 * Waits until the task has ended, for at most `seconds`, and writes its result (Python:
 * `Future.result(timeout)`). The wait is that of `threading_future_wait`.
 *
 * @param future  the future.
 * @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
 * INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
 * @param out  receives what the task's function returned, or passed to `threading_exit` or
 * `pthread_exit`.
 * @retval THREADING_OK  `*out` is the result.
 * @retval THREADING_TIMEOUT  the time-out expired first.
 * @retval THREADING_NO_VALUE  the task was cancelled, or a fork has left it behind in the parent.
 * @retval THREADING_BUSY  the task is in exit() or `threading_shutdown`, and has no result yet.
 * @retval THREADING_WOULD_DEADLOCK  the caller is the task itself.
 * @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX; or `out` is NULL.
 * @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future.
 * @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
 * @retval THREADING_NO_RESOURCES  as for `threading_future_wait`.
 * @par Blocking
 * Until the task has ended, or until the time-out expires on the monotonic clock, never earlier.
 * Signals neither end nor lengthen the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_future_result_timeout(threading_future future,
                                                 double seconds,
                                                 void **out);

/**
 * Waits until the task has ended, writes its result, and destroys the future.
 *
 * @param future  the future.
 * @param result  receives the result, as for `threading_future_result`; or NULL.
 * @retval THREADING_OK  `*result` is the result, and the future is destroyed.
 * @retval THREADING_NO_VALUE  the task was cancelled, or a fork has left it behind in the parent;
 * the future is destroyed.
 * @retval THREADING_BUSY  another thread waits for the future, or the task is in exit() or
 * `threading_shutdown`; it is not destroyed.
 * @retval THREADING_WOULD_DEADLOCK  the caller is the task itself.
 * @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future.
 * @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
 * @retval THREADING_NO_RESOURCES  as for `threading_future_wait`.
 * @par Blocking
 * Until the task has ended. Signals do not end the wait.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_future_finish(threading_future future, void **result);

/**
 * Cancels a task that has not begun (Python: `Future.cancel()`). A cancelled task is done: waits
 * for its future end, and there is no result.
 *
 * In a forked child all tasks of the parent that had not ended are cancelled.
 * @param future  the future.
 * @param prevented  receives true if this call has prevented the function, so that the caller owns
 * `arg` again; otherwise it receives false; or NULL.
 * @retval THREADING_OK  `*prevented` says what happened.
 * @retval THREADING_INVALID_HANDLE  `future` is null, or is not a handle of a future.
 * @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; not from a signal handler.
 */
threading_status threading_future_cancel(threading_future future, bool *prevented);

/**
 * Tells whether the task has ended, or was cancelled (Python: `Future.done()`). If so, everything
 * that it did happens before the return of the call.
 *
 * @param future  the future.
 * @return true if it has, or was. For a bad handle: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
bool threading_future_is_done(threading_future future);

/**
 * Tells whether the task was cancelled (Python: `Future.cancelled()`): by
 * `threading_future_cancel`, by a shutdown of its executor, or by a fork, in the child.
 *
 * @param future  the future.
 * @return true if it was. For a bad handle: false, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
bool threading_future_was_cancelled(threading_future future);

/**
 * Returns the task's thread: use it for the name, the ident, is_alive and join. While the task
 * runs its name is that of the worker, unless it was given another; before and after that it is
 * one of its own.
 *
 * A task that waits in `threading_thread_join` counts among those that run: no other task begins
 * in its place. `threading_future_wait` is the wait in which one does.
 * @param future  the future.
 * @return the thread; the handle is borrowed, not owned, and an attempt to destroy it returns
 * THREADING_BUSY. For a bad handle: null, and the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_thread threading_future_thread(threading_future future);

/**
 * Destroys a future. If its task has not ended, the call detaches the task instead: the task runs
 * all the same.
 *
 * The handle of a detached task stays valid until the task has ended. After that, calls
 * with it return THREADING_DESTROYED. To prevent the function, cancel the task first.
 * @param future  the future. For the null handle the call does nothing and returns THREADING_OK.
 * @retval THREADING_OK  the future is destroyed, or its task is detached.
 * @retval THREADING_BUSY  the task is about to end at this moment, or another thread waits for it.
 * @retval THREADING_INVALID_HANDLE  `future` is not null, and is not a handle of a future.
 * @retval THREADING_DESTROYED  `future` was destroyed, or was detached and has ended.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread, and the task itself; not from a signal handler.
 */
threading_status threading_future_destroy(threading_future future);

/**
 * Makes a local: a variable of which every thread has its own value (Python: `threading.local()`).
 *
 * @param init  makes the value of a thread at that thread's first get, or NULL: then a thread has
 * no value until it sets one.
 * @param destroy  destroys a value, or NULL: then the library destroys no value. It is called when
 * a value is replaced or deleted, when the thread of the value ends, and when the local is
 * destroyed.
 * @param ctx  passed to `init`, or NULL. It stays owned by the caller.
 * @param out  receives the handle. The caller owns the local, and destroys it with
 * `threading_local_destroy`.
 * @retval THREADING_OK  `*out` is the new local.
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
 * Returns the local in `*handle`. If `*handle` is null, the call first makes a local and stores
 * its handle there. This is for static variables, which begin as `THREADING_NULL`.
 *
 * If several threads make the local at the same time, all of them get the same local. Only a call
 * that makes the local looks at the other arguments.
 * @param handle  the address of a handle that exists as long as the local is used. Only this
 * function changes the handle, and only if it is null. The library does not keep the address.
 * @param init  makes the value of a thread at that thread's first get, or NULL: then a thread has
 * no value until it sets one.
 * @param destroy  destroys a value, or NULL: then the library destroys no value.
 * @param ctx  passed to `init`, or NULL. It stays owned by the caller.
 * @return the local; null if there is no memory for it, or if `handle` is NULL. In both cases
 * the error hook is called.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_local threading_local_ensure(threading_local *handle,
                                       threading_init init,
                                       threading_destructor destroy,
                                       void *ctx);

/**
 * Returns the calling thread's value. The thread's first get calls the initialiser to make it.
 *
 * @param local  the local.
 * @return the value; NULL if there is none. If memory ran out, and for a bad handle: NULL, and the
 * error hook is called.
 * @par Blocking
 * Never, apart from what the initialiser does.
 * @par Thread safety
 * Any thread.
 */
void *threading_local_get(threading_local local);

/**
 * Sets the calling thread's value. From now on the initialiser does not run in this thread.
 *
 * @param local  the local.
 * @param value  the new value, or NULL for no value. The local owns the value from now on. The
 * previous value is destroyed, unless it is the same.
 * @retval THREADING_OK  the value is set.
 * @retval THREADING_INVALID_HANDLE  `local` is null, or is not a handle of a local.
 * @retval THREADING_DESTROYED  `local` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the value, or the thread is in the last
 * round of its thread-local destructors.
 * @par Blocking
 * Never, apart from what the destructor does.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_local_set(threading_local local, void *value);

/**
 * Sets the calling thread's value, and gives the old value to the caller instead of destroying it.
 * The initialiser does not run.
 *
 * @param local  the local.
 * @param value  the new value, which the library destroys as that of `threading_local_set`; or
 * NULL: from now on the thread has no value, as after `threading_local_delete`.
 * @param old  receives the old value, which is the caller's from now on, or NULL if there was
 * none: the address of a `void *`.
 * @retval THREADING_OK  the value is set, and `*old` is the old one.
 * @retval THREADING_INVALID_ARGUMENT  `old` is NULL.
 * @retval THREADING_INVALID_HANDLE  `local` is null, or is not a handle of a local.
 * @retval THREADING_DESTROYED  `local` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the value, or the thread is past its last
 * destructors; the old value stays.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_local_exchange(threading_local local, void *value, void **old);

/**
 * Destroys the calling thread's value (Python: `del local.x`). From now on the thread has no
 * value, and the initialiser does not run in it again.
 *
 * @param local  the local.
 * @retval THREADING_OK  the value is destroyed, and the thread has none.
 * @retval THREADING_NO_VALUE  the thread had no value.
 * @retval THREADING_INVALID_HANDLE  `local` is null, or is not a handle of a local.
 * @retval THREADING_DESTROYED  `local` was destroyed.
 * @par Blocking
 * Never, apart from what the destructor does.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_local_delete(threading_local local);

/**
 * Gives a local a name, which tells people what it is for. At first a local has no name.
 *
 * Names need not be unique, and may contain any character.
 * @param local  the local.
 * @param name  the name in UTF-8, which the library copies; "" or NULL for no name.
 * @retval THREADING_OK  the local has the new name.
 * @retval THREADING_INVALID_ARGUMENT  `name` is not UTF-8.
 * @retval THREADING_INVALID_HANDLE  `local` is null, or is not a handle of a local.
 * @retval THREADING_DESTROYED  `local` was destroyed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the name; the local keeps the name that
 * it had.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_local_set_name(threading_local local, const char *name);

/**
 * Copies the name of a local.
 *
 * @param local  the local.
 * @param buffer  receives the name and a terminating NUL; or NULL if `capacity` is 0. A name that
 * does not fit is cut between two characters. A local without a name has the name "".
 * @param capacity  the size of `buffer` in bytes; with 0 the call writes nothing to it.
 * @param length  receives the length of the whole name in bytes, without the NUL; or NULL.
 * @retval THREADING_OK  `buffer` contains the name, or the beginning of it.
 * @retval THREADING_INVALID_ARGUMENT  `buffer` is NULL and `capacity` is not 0.
 * @retval THREADING_INVALID_HANDLE  `local` is null, or is not a handle of a local.
 * @retval THREADING_DESTROYED  `local` was destroyed. If that happened during the call, `buffer`
 * may contain a part of the name.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_local_name(threading_local local,
                                      char *buffer,
                                      size_t capacity,
                                      size_t *length);

/**
 * Destroys the local and the values of all threads. The destructor runs in the calling thread,
 * once for each value.
 *
 * The program must make sure that no thread uses its value any more. A thread that ends at the
 * same time may still be running the destructor of its own value when the call returns.
 * @param local  the local. For the null handle the call does nothing and returns THREADING_OK.
 * @retval THREADING_OK  the local is destroyed.
 * @retval THREADING_INVALID_HANDLE  `local` is not null, and is not a handle of a local.
 * @retval THREADING_DESTROYED  `local` was destroyed before.
 * @par Blocking
 * Never, apart from what the destructors do.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_local_destroy(threading_local local);

/**
 * Lists what the threads of the process wait for at this moment.
 *
 * Each entry is true at a moment of its own: the threads are not stopped. A thread that runs, or
 * that waits for something that is not the library's, has no entry.
 * @param array  receives the entries; or NULL if `capacity` is 0.
 * @param capacity  the number of entries that fit into `array`.
 * @return the number of entries that were written, at most `capacity`. If it equals `capacity`,
 * there may be more.
 * @par Blocking
 * Never. The call takes no lock and allocates nothing.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
size_t threading_waits(struct threading_wait *array, size_t capacity);

/**
 * Tells what a thread waits for at this moment.
 *
 * @param thread  the thread.
 * @param out  receives what it waits for.
 * @retval THREADING_OK  the thread waits, and `*out` says for what.
 * @retval THREADING_NO_VALUE  the thread runs, has not started or has ended, or waits for
 * something that is not the library's; `*out` is unchanged.
 * @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
 * @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
 * @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
 * @par Blocking
 * Never. The call takes no lock and allocates nothing.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_thread_waiting_for(threading_thread thread, struct threading_wait *out);

/**
 * Looks for threads that wait for each other in a circle.
 *
 * The look takes no lock and stops no thread. It finds threads that wait without a time-out or a
 * stop for locks, rlocks, the ends of writes of rwlocks, ends of threads and tasks, and shutdowns
 * of executors. It looks at what it has found a second time, so that it never reports threads that
 * move as a deadlock. A lock that another thread than its holder has released is used as a signal,
 * and is left out; so is a thread that waits for a lock which it acquired itself, unless the lock
 * is owned (`threading_lock_set_owned`): then that thread alone is a deadlock.
 * @param array  receives the threads of one deadlock, in the order in which they wait for each
 * other; or NULL if `capacity` is 0.
 * @param capacity  the number of entries that fit into `array`.
 * @param certainty  receives how sure it is; or NULL.
 * @return the number of threads of the deadlock, of which at most `capacity` were written; 0 if
 * there is no deadlock, or no memory to look for one, or if `array` is NULL and `capacity` is not
 * 0. Of several deadlocks it is any one.
 * @par Blocking
 * Never. The call takes no lock, and allocates memory from the system only.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
size_t threading_find_deadlock(struct threading_wait *array,
                               size_t capacity,
                               threading_certainty *certainty);

/**
 * Lists the locks, rlocks, rwlocks and semaphores that threads have waited for longest.
 *
 * The library counts waits in a queue: an acquire that finds the lock free, or that gets it after
 * a few microseconds of spinning, is not counted. `total` is the sum over all threads, so it may
 * be more than the time that has passed. Counting is always on, and costs nothing in an acquire
 * that does not wait. The environment variable THREADING_CONTENTION is a number: that many of them
 * are written as text at the end of the process, to where `threading_dump_on_signal` writes.
 * @param array  receives the entries, the greatest `total` first; or NULL if `capacity` is 0.
 * @param capacity  the number of entries that fit into `array`.
 * @return the number of entries that were written, at most `capacity`; 0 if nothing was waited
 * for, or if there is no memory for the list.
 * @par Blocking
 * Never. The call takes no lock, and allocates memory from the system only.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
size_t threading_contention_top(struct threading_contention *array, size_t capacity);

/**
 * Begins to count waits anew, for all locks, rlocks, rwlocks and semaphores.
 *
 * Waits that end at the same time may be counted before or after.
 * @retval THREADING_OK  the counts are 0.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_contention_reset(void);

/**
 * Writes what every thread does, waits for and holds, and the deadlocks, as text for people.
 *
 * The text is one line or a few for each thread, and each deadlock with its threads. Each line is
 * true at a moment of its own, since no thread is stopped; a deadlock was looked at twice. The
 * text may change from version to version: programs read `threading_dump_json`. Names are written
 * with escapes for control characters, and up to 255 bytes of them.
 * @param fd  a descriptor that is open for writing; 2 is the standard error stream.
 * @retval THREADING_OK  all was written.
 * @retval THREADING_BUSY  another dump is being written.
 * @retval THREADING_INVALID_ARGUMENT  the descriptor cannot be written to, or takes no more.
 * @retval THREADING_NO_RESOURCES  there is no memory for the look.
 * @par Blocking
 * As long as the descriptor does. The call takes no lock, and allocates memory from the system
 * only. No SIGPIPE is sent.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_dump(int32_t fd);

/**
 * As `threading_dump`, as JSON for programs.
 *
 * The text is one object. Handles and idents are strings of 0x and 16 hexadecimal digits; times
 * are numbers of seconds with three decimals. A `name` is null where there is none. Later
 * versions may add members, and readers skip those that they do not know.
 *
 * - `threading`: the number of the schema, which is 1. `version`: the library's. `pid`, `program`:
 *   the id and the name of the process. `monotonic`: when the look was made, as
 *   `threading_monotonic` tells it.
 * - `threads`: for each thread its `name`, its `ident`, its `native_id`, which is 0 before it
 *   runs, its `state` (waiting, sleeping, starting or running), whether it is a `daemon`, whether
 *   it is `foreign`: the library did not start it; whether it is `periodic`: the thread of a
 *   periodic timer; in `holds`, the handles of the locks and rlocks that it holds, and of the
 *   rwlocks that it writes; if it waits or sleeps, `wait`; and, while that is recorded
 *   (`threading_inspect`), in `last_waits` what it has waited for, the latest first.
 * - `wait`: the `kind` of what it waits for, such as lock, thread, sleep, or library for something
 *   of the library's own; the handle of the `object` and its `name`; in `others`, which only a
 *   wait for several objects or with a stop has, the handles of the other objects that may end it;
 *   for how many `seconds` it has waited; how many are `remaining`, null without a time-out; the
 *   ident of the `holder` that it waits for, or null; and the `site` of the call: file and line,
 *   or a place in a file, or an address, or null.
 * - `last_waits`: `kind`, `object`, `name` and `site` as in `wait`; how many `seconds` it took,
 *   and how many `ago` it ended; the `outcome` (woken, timeout, stopped or broken); and whether it
 *   was one of `several`: another object, or a stop, might have ended it too.
 * - `pending_timers`, `pending_periodic_timers`: how many timers that run once, and how many
 *   periodic ones, are not due yet. `pending_tasks`: how many tasks of executors have not begun.
 * - `objects`: of what is held or waited for its `kind`, `handle` and `name`; of the own rlock of
 *   a condition, the handle of that `condition`; the ident of its `holder`, or null; of an rlock
 *   that is held, how many levels `depth` is; of an rwlock, how many `reads` there are; how many
 *   threads are `waiting`; and whether it was used as a `signal`: another thread than its holder
 *   has released that lock.
 * - `deadlocks`: of each its `certainty` (probable or certain), and the idents of its `threads`,
 *   in the order in which they wait for each other.
 * - `contention`: of each lock, rlock, rwlock and semaphore that threads have waited for its
 *   `kind`, its handle as `object`, its `name`, how many `waits` have acquired it, how many were
 *   `timeouts`, how long the waits took in `total`, how long the `longest` took, and the ident of
 *   the `longest_holder`, which held it when that began, or null; always null for a semaphore.
 * - `holds`: of each lock and rlock that was held while that was recorded
 *   (`threading_inspect`) its `kind`, its handle as `object`, its `name`, how many `holds` are
 *   over, how long they lasted in `total`, how long the `longest` lasted, the ident of the
 *   `longest_holder`, whose it was, and as `longest_site` where it began, or null.
 * - `unmet`: the `native_id` and the name (`comm`) of each thread that has not called the library.
 *
 * @param fd  a descriptor that is open for writing.
 * @retval THREADING_OK  all was written.
 * @retval THREADING_BUSY  another dump is being written.
 * @retval THREADING_INVALID_ARGUMENT  the descriptor cannot be written to, or takes no more.
 * @retval THREADING_NO_RESOURCES  there is no memory for the look.
 * @par Blocking
 * As `threading_dump`.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_dump_json(int32_t fd);

/**
 * Writes a dump whenever the process gets a signal, for example by `kill -QUIT` from a shell.
 *
 * The dump is that of `threading_dump`. The environment variables THREADING_DUMP_SIGNAL (QUIT,
 * USR1, USR2, HUP, INT, TERM, ALRM, PROF, or a number) and THREADING_DUMP_FILE do the same without
 * a call. Shells start programs in the background of a script with QUIT ignored; USR1 works there.
 * Without a signal, a program that was started with the environment variable THREADING_SOCKET=1
 * gives its dump to the programs `threading-dump` and `threading-top` of its own user and of root.
 * The handler runs on the alternate signal stack of the thread that gets the signal, if it has
 * one. If that is less than 24 KB, one line on the standard error stream says so, and there is no
 * dump.
 * @param signal  the signal's number; 0: from now on no signal writes one.
 * @param path  the file to which dumps are appended, in which %p is the process's id; it is opened
 * anew for each dump. NULL: the standard error stream. The library copies it. Reports of
 * `threading_watch` go there as well.
 * @retval THREADING_OK  the signal writes dumps from now on, and no other signal does.
 * @retval THREADING_BUSY  the program handles the signal already, or ignores it.
 * @retval THREADING_INVALID_ARGUMENT  there is no such signal, or it cannot be handled; or the
 * path is not UTF-8, or longer than 1,023 bytes.
 * @retval THREADING_NO_RESOURCES  there is no memory for the path.
 * @par Blocking
 * Never, except for a short time while another thread calls it.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_dump_on_signal(int32_t signal, const char *path);

/**
 * Starts the watch: a thread of the library's that looks for deadlocks again and again.
 *
 * It prints each deadlock that it finds once, with its threads and objects, to where
 * `threading_dump_on_signal` writes, else to the standard error stream; then it calls the deadlock
 * hook. The environment variable THREADING_WATCH does the same without a call: the interval, and
 * after a comma the patience, which is 5 if it is left out (`1` or `5,10`). The environment
 * variable THREADING_ON_DEADLOCK says what is done with a deadlock: a list of `report`, the
 * default; `dump`, a whole dump instead of the report; and `abort`, which ends the process by
 * SIGABRT afterwards. While another dump is being written, it is tried again for five seconds. The
 * thread appears in no list, and keeps no process alive. In a forked child it begins again, with
 * the same times, when the child starts its first thread by the library.
 * @param interval  the time between two looks in seconds, more than 0; INFINITY: no more looks.
 * @param patience  for how many seconds a probable deadlock has to last before it is reported; 0
 * or less reports it at once, and INFINITY never. Certain deadlocks are always reported at once.
 * @retval THREADING_OK  the thread looks at these intervals from now on.
 * @retval THREADING_INVALID_ARGUMENT  a number is NaN, or is finite and greater than
 * THREADING_TIMEOUT_MAX; or `interval` is 0 or less.
 * @retval THREADING_NO_RESOURCES  the system has no room for a thread.
 * @par Blocking
 * Never, except for a short time while another thread calls it.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_watch(double interval, double patience);

/**
 * Sets the deadlock hook, which `threading_watch` calls for each deadlock that it finds.
 *
 * @param fn  the hook, or NULL for no hook. The previous hook may still be running when the call
 * returns.
 * @param ctx  passed to the hook, or NULL. It stays owned by the caller.
 * @retval THREADING_OK  the hook is set.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_set_deadlock_hook(threading_deadlock_hook fn, void *ctx);

/**
 * Begins to record what costs something while it is recorded, or ends that.
 *
 * While ORDER, HOLDS or TIMELINE is on, each acquire and release of a lock or rlock takes several
 * times as long as otherwise: some hundred instructions instead of some dozen. WAITS costs some
 * hundred instructions in each call that goes to sleep, and nothing in any other: each thread
 * keeps its last 32 waits and sleeps, which `threading_dump` then shows, each with its object, how
 * long it was, how long ago it ended and how, and in which line. While nothing is on, nothing
 * costs anything. The environment variable THREADING_INSPECT does the same without a call: a list
 * of `order`, `classes`, `holds`, `timeline` and `waits`, with commas between them. Call sites
 * need no switch: what blocks, or is recorded, is known by its line.
 *
 * CLASSES is ORDER for programs that make many locks of each sort: locks of one name, or without a
 * name those that were made by one call, are a class, and all of a class count as one lock. So two
 * orders are found that were never taken with the same two locks; and a lock that is taken inside
 * of another one of its class is no order. A lock without a name that was made before CLASSES was
 * on is a class of its own.
 *
 * What is held at the moment of the call is recorded from its next acquire on, and a wait from the
 * next one on. What was recorded before WAITS was switched off and on is forgotten. A forked child
 * records what its parent did, and begins with no last waits.
 * @param what  any of THREADING_INSPECT_ORDER, THREADING_INSPECT_HOLDS,
 * THREADING_INSPECT_TIMELINE, THREADING_INSPECT_WAITS and THREADING_INSPECT_CLASSES; 0: nothing
 * from now on.
 * @retval THREADING_OK  this is recorded from now on, and nothing else.
 * @retval THREADING_INVALID_ARGUMENT  `what` has a bit that stands for nothing; nothing has
 * changed.
 * @retval THREADING_NO_RESOURCES  there is no memory for the records; nothing has changed.
 * @par Blocking
 * Never, except for a short time while another thread calls it. The call visits each object of the
 * process.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_inspect(uint32_t what);

/**
 * Sets the order hook, which is called for each circle of locks that can hang, while
 * THREADING_INSPECT_ORDER is on. Without a hook a circle is printed, to where
 * `threading_dump_on_signal` writes, else to the standard error stream.
 *
 * A circle is reported once, with the first threads that were seen in it. It is reported only if
 * it can hang: each of its pairs comes from another thread, no two of these threads hold the same
 * lock, and none has ended and was joined before another was started. An acquire that tries, or
 * has a time-out, counts as held and never as wanted. A process reports at most 1,024 circles.
 * With THREADING_INSPECT_CLASSES a circle is one of classes: then what a pair wants, and what the
 * next one holds, may be two locks of one class.
 * @param fn  the hook, or NULL for no hook. The previous hook may still be running when the call
 * returns.
 * @param ctx  passed to the hook, or NULL. It stays owned by the caller.
 * @retval THREADING_OK  the hook is set.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
threading_status threading_set_order_hook(threading_order_hook fn, void *ctx);

/**
 * Lists the locks and rlocks that were held longest, since THREADING_INSPECT_HOLDS was switched on
 * last. They are listed also after it was switched off.
 *
 * A hold is counted when the thread releases that acquired. The wait of a condition ends a hold,
 * and begins another. A lock that another thread has released is used as a signal: its holds are
 * not counted from then on.
 * @param array  receives the entries, the greatest `longest` first; or NULL if `capacity` is 0.
 * @param capacity  the number of entries that fit into `array`.
 * @return the number of entries that were written, at most `capacity`; 0 if nothing was held, or
 * if there is no memory for the list.
 * @par Blocking
 * Never. The call takes no lock, and allocates memory from the system only.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
size_t threading_holds_top(struct threading_hold *array, size_t capacity);

/**
 * Writes what the threads did lately, as a timeline that viewers such as Perfetto and speedscope
 * draw.
 *
 * The text is one object of JSON in Chrome's Trace Event Format. Each thread has a track with its
 * waits; the wait for a lock says who held it. Each lock and rlock has a track with its holders,
 * and arrows lead from a release or notify to the wait that it has ended. Recorded is what
 * happens while THREADING_INSPECT_TIMELINE is on: see `threading_inspect`. Each thread keeps its
 * latest 4,096 events, and all threads together at most 64 MB. The environment variable
 * THREADING_TIMELINE=FILE switches the recording on when the library is loaded, and has the
 * timeline written to that file at the end of the process; %p in it is the process's id.
 * @param fd  a descriptor that is open for writing.
 * @retval THREADING_OK  all was written; without a recording that is a timeline without events.
 * @retval THREADING_BUSY  another timeline, dump or report is being written.
 * @retval THREADING_INVALID_ARGUMENT  the descriptor cannot be written to, or takes no more.
 * @retval THREADING_NO_RESOURCES  there is no memory for the look; what was written is not
 * complete.
 * @par Blocking
 * As long as the descriptor does. The call takes no lock, and allocates memory from the system
 * only. Threads go on recording meanwhile. No SIGPIPE is sent.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_timeline_json(int32_t fd);

/**
 * Puts a text into the timeline, at this moment of the calling thread's track.
 *
 * While the timeline is off, nothing happens.
 * @param text  the text, of which up to 64 bytes are kept. The library copies it.
 * @retval THREADING_OK  the text is in the timeline, or the timeline is off.
 * @retval THREADING_INVALID_ARGUMENT  the text is NULL, or is not UTF-8.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_mark(const char *text);

/**
 * Writes a page of HTML for people: what every thread does, waits for and holds, the deadlocks,
 * what was waited for longest, and the timeline.
 *
 * The page has what `threading_dump_json` and `threading_timeline_json` write, and draws it. It is
 * one file, and loads nothing from elsewhere. Without a recording its timeline is empty.
 * @param fd  a descriptor that is open for writing.
 * @retval THREADING_OK  all was written.
 * @retval THREADING_BUSY  another dump, timeline or report is being written.
 * @retval THREADING_INVALID_ARGUMENT  the descriptor cannot be written to, or takes no more.
 * @retval THREADING_NO_RESOURCES  there is no memory for the look; what was written is not
 * complete.
 * @par Blocking
 * As `threading_timeline_json`.
 * @par Thread safety
 * Any thread; async-signal-safe.
 */
threading_status threading_report_html(int32_t fd);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus


#ifdef __cplusplus
extern "C" {
#endif

/**
 * Where debuggers and `threading-dump` find what they read of the library's memory. It is a
 * constant, for readers outside the process: a program has `threading_dump` and
 * `threading_waits`.
 *
 * It begins with the eight bytes "THREADNG", and then, as 32-bit numbers, the version of the layout
 * and the size of the constant in bytes. What follows belongs to that version, which has nothing to
 * do with the library's. `threading_layout.py`, which is installed with the library, reads it.
 */
extern const unsigned char threading_debug_layout[];

#ifdef __cplusplus
}
#endif

/* clang's thread-safety analysis understands `== THREADING_OK` only for a literal, and not for a
 * constant of an enumeration. */
#if defined(__clang__) && !defined(__cplusplus)
#define THREADING_OK 0
#endif

/**
 * Evaluates the call, and yields its status. If the status is an error, prints the file, the line,
 * the call, the status and the thread to the standard error stream, and aborts.
 *
 * clang's thread-safety analysis does not see the result through this macro, nor through a
 * `switch`. Keep the status of a try_acquire in a variable, and compare the variable by `==` or
 * `!=`.
 */
#define THREADING_CHECK(call) threading_check((call), #call, __FILE__, __LINE__)

#define THREADING_PASTE_(a, b) THREADING_PASTE_AGAIN_(a, b)
#define THREADING_PASTE_AGAIN_(a, b) a##b
/* Two uses on one line need __COUNTER__. From version 22 on, clang -pedantic warns about it as an
 * extension: these pragmas turn the warning off. */
#define THREADING_UNIQUE_ THREADING_PASTE_(threading_with_, __COUNTER__)
#if defined(__has_warning)
#if __has_warning("-Wc2y-extensions")
#define THREADING_PUSH_                                                                            \
    _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wc2y-extensions\"")
#define THREADING_POP_ _Pragma("clang diagnostic pop")
#endif
#endif
#ifndef THREADING_PUSH_
#define THREADING_PUSH_
#define THREADING_POP_
#endif

#if defined(__cplusplus)

/** 1 if this compiler has THREADING_WITH, else 0. */
#define THREADING_HAS_WITH 1

/* Holds an object, and releases it at the end of the scope. */
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
#define THREADING_WITH_ENTER_(kind, object, mode, handle, attributes)                              \
    THREADING_INLINE_ bool enter(const threading_##kind &x, const char *file, int line)            \
        attributes THREADING_NO_ANALYSIS {                                                         \
        const threading_##object object_ = handle;                                                 \
        entered_ = true;                                                                           \
        bits_ = object_.bits;                                                                      \
        const threading_status status = threading_##object##_acquire##mode(object_);               \
        if (status != THREADING_OK) {                                                              \
            threading_with_failed_(status, file, line);                                            \
            return false;                                                                          \
        }                                                                                          \
        release_ = leave_##kind;                                                                   \
        return true;                                                                               \
    }                                                                                              \
    static void leave_##kind(uint64_t bits) THREADING_NO_ANALYSIS {                                \
        threading_##object object_;                                                                \
        object_.bits = bits;                                                                       \
        threading_##object##_release##mode(object_);                                               \
    }
    THREADING_WITH_ENTER_(lock, lock, , x, THREADING_EXCLUDES(x) THREADING_ASSERT_HELD_(x))
    THREADING_WITH_ENTER_(rlock, rlock, , x, THREADING_ASSERT_HELD_(x))
    THREADING_WITH_ENTER_(reading, rwlock, _read, x.rwlock, THREADING_ASSERT_SHARED_(x))
    THREADING_WITH_ENTER_(writing, rwlock, _write, x.rwlock,
                          THREADING_EXCLUDES(x) THREADING_ASSERT_HELD_(x))
    THREADING_WITH_ENTER_(condition, condition, , x, THREADING_ASSERT_HELD_(x))
    THREADING_WITH_ENTER_(semaphore, semaphore, , x, )
#undef THREADING_WITH_ENTER_

private:
    void (*release_)(uint64_t);
    uint64_t bits_;
    bool entered_;
};

#define THREADING_WITH_(x, with)                                                                   \
    for (threading_with_ with; !with.entered() && with.enter(x, __FILE__, __LINE__);)

#elif defined(__GNUC__) || defined(__clang__) || defined(__TINYC__)

/** 1 if this compiler has THREADING_WITH, else 0. */
#define THREADING_HAS_WITH 1

/* Holds an object, and releases it at the end of the scope. */
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

#define THREADING_WITH_ENTER_(kind, object, mode, handle, attributes)                              \
    THREADING_NO_ANALYSIS static inline void threading_with_leave_##kind##_(uint64_t bits) {       \
        threading_##object object_ = {bits};                                                       \
        threading_##object##_release##mode(object_);                                               \
    }                                                                                              \
    static THREADING_INLINE_ bool threading_with_##kind##_(                                        \
        threading_with_ *with, threading_##kind x, const char *file, int line) attributes;         \
    THREADING_NO_ANALYSIS static THREADING_INLINE_ bool threading_with_##kind##_(                  \
        threading_with_ *with, threading_##kind x, const char *file, int line) {                   \
        const threading_##object object_ = handle;                                                 \
        threading_status status;                                                                   \
        with->entered = true;                                                                      \
        with->bits = object_.bits;                                                                 \
        status = threading_##object##_acquire##mode(object_);                                      \
        if (status != THREADING_OK) {                                                              \
            threading_with_failed_(status, file, line);                                            \
            return false;                                                                          \
        }                                                                                          \
        with->release = threading_with_leave_##kind##_;                                            \
        return true;                                                                               \
    }
THREADING_WITH_ENTER_(lock, lock, , x, THREADING_EXCLUDES(x) THREADING_ASSERT_HELD_(x))
THREADING_WITH_ENTER_(rlock, rlock, , x, THREADING_ASSERT_HELD_(x))
THREADING_WITH_ENTER_(reading, rwlock, _read, x.rwlock, THREADING_ASSERT_SHARED_(x))
THREADING_WITH_ENTER_(writing, rwlock, _write, x.rwlock,
                      THREADING_EXCLUDES(x) THREADING_ASSERT_HELD_(x))
THREADING_WITH_ENTER_(condition, condition, , x, THREADING_ASSERT_HELD_(x))
THREADING_WITH_ENTER_(semaphore, semaphore, , x, )
#undef THREADING_WITH_ENTER_

#define THREADING_WITH_KIND_(x)                                                                    \
    __extension__ _Generic((x),                                                                    \
        threading_lock: threading_with_lock_,                                                      \
        threading_rlock: threading_with_rlock_,                                                    \
        threading_reading: threading_with_reading_,                                                \
        threading_writing: threading_with_writing_,                                                \
        threading_condition: threading_with_condition_,                                            \
        threading_semaphore: threading_with_semaphore_)
#define THREADING_WITH_(x, with)                                                                   \
    for (__attribute__((cleanup(threading_with_leave_))) threading_with_ with = {0, 0, false};     \
         !with.entered && THREADING_WITH_KIND_(x)(&with, x, __FILE__, __LINE__);)

#else

/** 1 if this compiler has THREADING_WITH, else 0. */
#define THREADING_HAS_WITH 0

#endif

#ifdef __cplusplus
/**
 * Tells clang's analysis in C that the caller holds the condition's lock under another name. It
 * does nothing else.
 */
#define THREADING_HOLDS(condition) ((void)(condition))
#else
static inline void threading_holds_(threading_condition condition)
    THREADING_ASSERT_HELD_(condition);
static inline void threading_holds_(threading_condition condition) { (void)condition; }
/**
 * Tells clang's analysis in C that the caller holds the condition's lock under another name. It
 * does nothing else.
 */
#define THREADING_HOLDS(condition) threading_holds_(condition)
#endif

#if THREADING_HAS_WITH
/**
 * Acquires x, which is a lock, rlock, condition or semaphore, or what threading_rwlock_reading or
 * threading_rwlock_writing returns, and releases it after the statement that follows (Python:
 * `with x:`).
 *
 * x is evaluated once. It is released however the statement is left: at its end, by break,
 * continue, return or goto, or by a C++ exception. If x cannot be acquired, the statement is
 * skipped; the error hook has then been called, and a line on the standard error stream says so,
 * once for each THREADING_WITH. The environment variable THREADING_REPORT=0 silences that line.
 *
 * The macro is a loop that runs once: break and continue leave the statement, and not a loop around
 * it. longjmp leaves x held, and so does pthread_exit in C that was compiled without -fexceptions.
 * The macro needs C++, or a C compiler with __attribute__((cleanup)). For clang's thread-safety
 * analysis in C++, x must be the name of a handle, not a call that returns one.
 * @code
 * THREADING_WITH(lock) {
 *     balance += 1;
 * }
 * @endcode
 */
#define THREADING_WITH(x) THREADING_PUSH_ THREADING_WITH_(x, THREADING_UNIQUE_) THREADING_POP_
#endif

#endif /* THREADING_LIBTHREADING_H */
