/* Signals that come again and again to one thread, from a timer of the kernel, without
 * SA_RESTART. */
#ifndef SIGNALLED_H
#define SIGNALLED_H

#include "case.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static inline void signalled_handle(int signal, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    CHECK_NUMBER(sigaction(signal, &action, NULL), 0);
}

/* From now on the calling thread gets that signal: after so many nanoseconds, and then again and
 * again. */
static inline timer_t signalled_begin(int signal, long first, long every_nanoseconds) {
    struct sigevent expiry;
    struct itimerspec every = {{0, every_nanoseconds}, {0, first}};
    timer_t timer;
    memset(&expiry, 0, sizeof expiry);
    expiry.sigev_notify = SIGEV_THREAD_ID;
    expiry.sigev_signo = signal;
    expiry.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    CHECK_NUMBER(timer_create(CLOCK_MONOTONIC, &expiry, &timer), 0);
    CHECK_NUMBER(timer_settime(timer, 0, &every, NULL), 0);
    return timer;
}

static inline void signalled_end(timer_t timer) { CHECK_NUMBER(timer_delete(timer), 0); }

#endif
