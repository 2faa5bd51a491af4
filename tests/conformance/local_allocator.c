/* A program's own allocator that uses locals, as profilers of memory do: the library calls it while
 * it makes room for the values of a thread. */
#include "local_tools.h"

#include <stdlib.h>

enum { LOCALS = 200, FIRST = 0, LAST = LOCALS - 1 };

static threading_local locals[LOCALS];
static value values[LOCALS];
/* How many calls come, with this one, until the allocator uses a local; 0: it uses none. */
static _Thread_local int calls_left;

static void use_local(void) {
    if (calls_left > 0 && --calls_left == 0) {
        CHECK_STATUS(threading_local_set(locals[LAST], &values[LAST]), THREADING_OK);
    }
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);

void *malloc(size_t size) {
    use_local();
    return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
    use_local();
    return __libc_calloc(count, size);
}

typedef struct amid {
    int call;      /* in which call of the allocator the local is used */
    bool happened; /* whether there were as many */
} amid;

/* The allocator needs more room than the call in which it is called. */
static void set_first(worker *self) {
    amid *me = self->context;
    calls_left = me->call;
    CHECK_STATUS(threading_local_set(locals[FIRST], &values[FIRST]), THREADING_OK);
    me->happened = calls_left == 0;
    calls_left = 0;
    CHECK(threading_local_get(locals[FIRST]) == &values[FIRST]);
    CHECK(threading_local_get(locals[LAST]) == (me->happened ? &values[LAST] : NULL));
    for (int i = 0; i < LOCALS; i++) {
        if (threading_local_get(locals[i]) == NULL) {
            CHECK_STATUS(threading_local_set(locals[i], &values[i]), THREADING_OK);
        }
    }
    for (int i = 0; i < LOCALS; i++) {
        CHECK(threading_local_get(locals[i]) == &values[i]);
    }
}

CASE(an_allocator_that_uses_locals_amid_the_growth_of_an_array_loses_none) {
    int threads = 0;
    for (int i = 0; i < LOCALS; i++) {
        locals[i] = local_new(NULL, value_destroy, NULL);
    }
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        amid of = {.call = 0, .happened = true};
        while (of.happened) {
            of.call++;
            in_thread(whose, set_first, &of);
            threads++;
        }
        CHECK(of.call > 1);
    }
    for (int i = 0; i < LOCALS; i++) {
        CHECK_NUMBER(value_destroyed(&values[i]), threads);
        CHECK_STATUS(threading_local_destroy(locals[i]), THREADING_OK);
    }
}
