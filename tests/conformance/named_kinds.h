/* The kinds whose objects have names, behind one face. */
#ifndef NAMED_KINDS_H
#define NAMED_KINDS_H

#include "../objects.h"
#include "case.h"

#include <string.h>

typedef struct named_kind {
    enum kind kind;
    threading_status (*set_name)(uint64_t bits, const char *name);
    threading_status (*name)(uint64_t bits, char *buffer, size_t capacity, size_t *length);
} named_kind;

#define NAMED(type, set_name_of_it, name_of_it)                                                    \
    static inline threading_status type##_set(uint64_t bits, const char *name) {                   \
        threading_##type it = {bits};                                                              \
        return set_name_of_it;                                                                     \
    }                                                                                              \
    static inline threading_status type##_get(uint64_t bits, char *buffer, size_t capacity,        \
                                              size_t *length) {                                    \
        threading_##type it = {bits};                                                              \
        return name_of_it;                                                                         \
    }
NAMED(lock, threading_lock_set_name(it, name), threading_lock_name(it, buffer, capacity, length))
NAMED(rlock, threading_rlock_set_name(it, name), threading_rlock_name(it, buffer, capacity, length))
NAMED(rwlock, threading_rwlock_set_name(it, name),
      threading_rwlock_name(it, buffer, capacity, length))
NAMED(condition, threading_condition_set_name(it, name),
      threading_condition_name(it, buffer, capacity, length))
NAMED(semaphore, threading_semaphore_set_name(it, name),
      threading_semaphore_name(it, buffer, capacity, length))
NAMED(event, threading_event_set_name(it, name), threading_event_name(it, buffer, capacity, length))
NAMED(barrier, threading_barrier_set_name(it, name),
      threading_barrier_name(it, buffer, capacity, length))
NAMED(latch, threading_latch_set_name(it, name), threading_latch_name(it, buffer, capacity, length))
NAMED(stop, threading_stop_set_name(it, name), threading_stop_name(it, buffer, capacity, length))
NAMED(queue, threading_queue_set_name(it, name), threading_queue_name(it, buffer, capacity, length))
NAMED(executor, threading_executor_set_name(it, name),
      threading_executor_name(it, buffer, capacity, length))
NAMED(local, threading_local_set_name(it, name), threading_local_name(it, buffer, capacity, length))

static const named_kind kinds[] = {
    {KIND_LOCK, lock_set, lock_get},
    {KIND_RLOCK, rlock_set, rlock_get},
    {KIND_RWLOCK, rwlock_set, rwlock_get},
    {KIND_CONDITION, condition_set, condition_get},
    {KIND_SEMAPHORE, semaphore_set, semaphore_get},
    {KIND_EVENT, event_set, event_get},
    {KIND_BARRIER, barrier_set, barrier_get},
    {KIND_LATCH, latch_set, latch_get},
    {KIND_STOP, stop_set, stop_get},
    {KIND_QUEUE, queue_set, queue_get},
    {KIND_EXECUTOR, executor_set, executor_get},
    {KIND_LOCAL, local_set, local_get},
};
enum { NAMED_KINDS = sizeof kinds / sizeof kinds[0] };

#define FOR_EACH_KIND(k) for (const named_kind *k = kinds; k < kinds + NAMED_KINDS; k++)

static inline uint64_t make(const named_kind *k) { return object_kinds[k->kind].make(FRESH); }

static inline void end(const named_kind *k, uint64_t object) { object_kinds[k->kind].end(object); }

static inline void rename_to(const named_kind *k, uint64_t object, const char *name) {
    CHECK_STATUS(k->set_name(object, name), THREADING_OK);
}

/* Whether it has got the name: if not, there was no memory for it. */
static inline bool could_rename_to(const named_kind *k, uint64_t object, const char *name) {
    threading_status status = k->set_name(object, name);
    CHECK(status == THREADING_OK || status == THREADING_NO_RESOURCES);
    return status == THREADING_OK;
}

static inline void check_name(const named_kind *k, uint64_t object, const char *expected) {
    char name[128];
    size_t length = 99;
    CHECK_STATUS(k->name(object, name, sizeof name, &length), THREADING_OK);
    CHECK_STRING(name, expected);
    CHECK_NUMBER(length, strlen(expected));
}

/* It takes several of the pieces in which names are kept. */
#define LONGER "a name of quite another length, far past what fits into a single piece of memory"

#endif
