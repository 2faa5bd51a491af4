/* Threads for the cases: one that the library starts, or one that it has never heard of. What the
 * library promises about locks it promises to both, so most cases use both kinds. */
#ifndef WORKER_H
#define WORKER_H

#include "thread_tools.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef enum worker_kind { OURS, FOREIGN, WORKER_KINDS } worker_kind;

typedef struct worker {
    void (*body)(struct worker *self);
    void *context;
    worker_kind kind;
    threading_thread ours;
    pthread_t foreign;
    atomic_int native_id; /* the kernel's, from worker_arrives on; 0 before */
} worker;

static inline void *worker_run_(void *self) {
    worker *thread = self;
    thread->body(thread);
    return NULL;
}

static inline void worker_start(worker *self, worker_kind kind, void (*body)(worker *),
                                void *context) {
    memset(self, 0, sizeof *self);
    self->body = body;
    self->context = context;
    self->kind = kind;
    if (kind == OURS) {
        CHECK_STATUS(threading_thread_spawn(NULL, worker_run_, self, &self->ours), THREADING_OK);
    } else {
        CHECK_NUMBER(pthread_create(&self->foreign, NULL, worker_run_, self), 0);
    }
}

static inline void worker_join(worker *self) {
    if (self->kind == OURS) {
        CHECK_STATUS(threading_thread_finish(self->ours, NULL), THREADING_OK);
    } else {
        CHECK_NUMBER(pthread_join(self->foreign, NULL), 0);
    }
}

/* To be called by the thread as the last thing before a call that may block. */
static inline void worker_arrives(worker *self) {
    atomic_store(&self->native_id, (int)syscall(SYS_gettid));
}

/* Whether the thread sleeps in the call that it announced: past its announcement it can sleep
 * nowhere else. */
static inline bool worker_asleep(worker *self) {
    int id = atomic_load(&self->native_id);
    return id != 0 && task_is_asleep((uint64_t)id);
}

#endif
