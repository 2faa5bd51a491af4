/* What the binding is compared with: the same work in C, with the same care for failures. */
#include <stdlib.h>
#include <threading.h>

/* As the binding's: out of line, and it does not return. */
static __attribute__((noinline, cold, noreturn)) void fail(threading_status status) {
    exit(status);
}

static void check(threading_status status) {
    if (__builtin_expect(status != THREADING_OK, 0)) {
        fail(status);
    }
}

#define PAIR(kind)                                                                                 \
    void pair_##kind(threading_##kind *object);                                                    \
    void pair_##kind(threading_##kind *object) {                                                   \
        check(threading_##kind##_acquire(*object));                                                \
        check(threading_##kind##_release(*object));                                                \
    }

PAIR(lock)
PAIR(rlock)
PAIR(condition)
PAIR(semaphore)

void guard_lock(threading_lock *object);
void guard_lock(threading_lock *object) {
    check(threading_lock_acquire(*object));
    check(threading_lock_release(*object));
}

void set_event(threading_event *object);
void set_event(threading_event *object) { check(threading_event_set(*object)); }

bool try_lock(threading_lock *object);
bool try_lock(threading_lock *object) {
    const threading_status status = threading_lock_try_acquire(*object);
    if (status == THREADING_TIMEOUT) {
        return false;
    }
    check(status);
    return true;
}

int *get_local(threading_local *object);
int *get_local(threading_local *object) {
    int *value = threading_local_get(*object);
    if (__builtin_expect(value == NULL, 0)) {
        /* Tells a bad handle from a local without a value. */
        fail(threading_local_delete(*object));
    }
    return value;
}

/* Compared with a function that does more, which has to be noticed. */
void planted(threading_lock *object);
void planted(threading_lock *object) {
    check(threading_lock_acquire(*object));
    check(threading_lock_release(*object));
}
