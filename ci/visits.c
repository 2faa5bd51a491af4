/* Calls that visits.py follows: a lock that another thread holds, a condition's wait until it is
 * notified, a thread's start. */
#include <stdio.h>
#include <threading.h>
#include <time.h>

static threading_lock lock;
static threading_condition condition;

static void must(threading_status status) { threading_check(status, "a call", __FILE__, __LINE__); }

/* Until the other thread has fallen asleep: a wait that ends before is another path. */
static void nap(void) {
    const struct timespec moment = {0, 300000000};
    nanosleep(&moment, NULL);
}

static void *acquires(void *arg) {
    must(threading_lock_acquire(lock));
    must(threading_lock_release(lock));
    return arg;
}

static void *waits(void *arg) {
    must(threading_condition_acquire(condition));
    must(threading_condition_wait(condition));
    must(threading_condition_release(condition));
    return arg;
}

int main(void) {
    threading_thread thread;
    must(threading_lock_new(&lock));
    must(threading_condition_new(&condition));
    must(threading_lock_acquire(lock));
    must(threading_thread_new(NULL, acquires, NULL, &thread));
    must(threading_thread_start(thread));
    nap();
    must(threading_lock_release(lock));
    must(threading_thread_finish(thread, NULL));
    must(threading_thread_spawn(NULL, waits, NULL, &thread));
    nap();
    must(threading_condition_acquire(condition));
    must(threading_condition_notify(condition, 1));
    must(threading_condition_release(condition));
    must(threading_thread_finish(thread, NULL));
    return 0;
}
