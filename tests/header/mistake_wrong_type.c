/* Passing one kind of handle where another belongs does not compile; a pointer to the wrong kind is
 * at least warned of, as C does it. C and C++ both read this. */
#include <threading.h>

void mix_up(threading_lock lock, threading_rlock rlock, threading_thread thread);

void mix_up(threading_lock lock, threading_rlock rlock, threading_thread thread) {
    threading_lock_acquire(rlock);     /* expect error: 'threading_rlock' */
    threading_lock_release(thread);    /* expect error: 'threading_thread' */
    threading_rlock_acquire(lock);     /* expect error: 'threading_lock' */
    threading_rlock_release(thread);   /* expect error: 'threading_thread' */
    threading_thread_start(lock);      /* expect error: 'threading_lock' */
    threading_lock_acquire(lock.bits); /* expect error: 'uint64_t' */
    threading_lock_new(&rlock);        /* expect: threading_rlock */
    threading_rlock_ensure(&lock);     /* expect: threading_lock */
    THREADING_WITH(thread) {           /* expect error: threading_thread */
    }
}
