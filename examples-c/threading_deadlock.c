/* Two tellers wait for each other for ever, and the library's watch says so.
 *
 * alice takes checking, then savings; bob takes savings, then checking. If all threads took the
 * locks in the same order, this could not happen. With any argument nobody watches, and the program
 * hangs: docs/finding-a-hang.md shows how to find out why. */
#include <stdio.h>
#include <threading.h>

typedef struct account {
    threading_lock lock;
    int balance; /* guarded by lock */
} account;

typedef struct transfer {
    account *from, *to;
} transfer;

static account checking = {THREADING_NULL, 100}, savings = {THREADING_NULL, 100};
static threading_barrier both;
static threading_event found;

static void *teller(void *arg) {
    transfer *order = arg;
    THREADING_WITH(order->from->lock) {
        /* Without this both tellers would be lucky nearly always. */
        THREADING_CHECK(threading_barrier_wait(both, NULL));
        THREADING_WITH(order->to->lock) {
            order->from->balance -= 10;
            order->to->balance += 10;
        }
    }
    return NULL;
}

/* The watch calls this when it has printed what it found. */
static void stop(const threading_wait *waits, size_t count, threading_certainty certainty,
                 void *ctx) {
    (void)waits;
    (void)count;
    (void)certainty;
    (void)ctx;
    THREADING_CHECK(threading_event_set(found));
}

int main(int argc, char **argv) {
    static transfer to_savings = {&checking, &savings}, to_checking = {&savings, &checking};
    (void)argv;
    THREADING_CHECK(threading_lock_new(&checking.lock));
    THREADING_CHECK(threading_lock_set_name(checking.lock, "checking"));
    THREADING_CHECK(threading_lock_new(&savings.lock));
    THREADING_CHECK(threading_lock_set_name(savings.lock, "savings"));
    THREADING_CHECK(threading_barrier_new(2, NULL, NULL, &both));
    THREADING_CHECK(threading_event_new(&found));
    THREADING_CHECK(threading_event_set_name(found, "found"));
    /* The library does not wait for daemons, so the process can end although they never do. */
    THREADING_CHECK(threading_thread_spawn_daemon("alice", teller, &to_savings, NULL));
    THREADING_CHECK(threading_thread_spawn_daemon("bob", teller, &to_checking, NULL));
    if (argc == 1) {
        THREADING_CHECK(threading_set_deadlock_hook(stop, NULL));
        THREADING_CHECK(threading_watch(0.1, 0)); /* ten looks a second; report at once */
    }
    THREADING_CHECK(threading_event_wait(found));
    return 0;
}
