
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
#define THREADING_VERSION_MAJOR @MAJOR@
/** The minor version of this header: it increases with additions. */
#define THREADING_VERSION_MINOR @MINOR@
/** The patch version of this header: it increases with repairs. */
#define THREADING_VERSION_PATCH @PATCH@

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

@ANNOTATIONS@

@HANDLES@
