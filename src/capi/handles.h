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
