/* Valid arguments for callbacks. */
#include "misuse.h"

void *valid_target(void *arg) { return arg; }

void valid_callback(void *ctx) { (void)ctx; }

void valid_thread_hook(threading_thread thread, void *ctx) {
    (void)thread;
    (void)ctx;
}

void valid_excepthook(const threading_exception *exception, void *ctx) {
    (void)exception;
    (void)ctx;
}

void valid_deadlock_hook(const threading_wait *waits, size_t count, threading_certainty certainty,
                         void *ctx) {
    (void)waits;
    (void)count;
    (void)certainty;
    (void)ctx;
}

void valid_order_hook(const threading_order *pairs, size_t count, void *ctx) {
    (void)pairs;
    (void)count;
    (void)ctx;
}

bool valid_predicate(void *ctx) {
    (void)ctx;
    return true;
}

bool valid_action(void *ctx) {
    (void)ctx;
    return true;
}

void *valid_init(void *ctx) { return ctx; }

void valid_destructor(void *value) { CHECK(value != NULL); }
