/* Gives each thread a first value: an initialiser that runs in a thread when it first asks for its
 * value.
 *
 * It is the __init__() of Python's subclass of local, and runs once in each thread, always for the
 * same local: that is what the id shows. A thread that never asks has no value, and costs
 * nothing. */
#define _XOPEN_SOURCE 700 /* erand48 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <threading.h>

typedef struct my_local {
    threading_local values;
    int first;            /* what every thread's value begins with */
    threading_lock print; /* keeps a line whole that two functions print */
} my_local;

/* A whole number from 1 to 100. rand() would share its state among all threads; erand48 uses the
 * caller's. */
static int random_value(void) {
    uint64_t nanoseconds = (uint64_t)(threading_monotonic() * 1e9);
    unsigned short state[3] = {0x330E, (unsigned short)threading_get_ident(),
                               (unsigned short)nanoseconds};
    return 1 + (int)(100 * erand48(state));
}

static void *my_local_init(void *ctx) {
    const my_local *self = ctx;
    printf("(Initializing %" PRIu64 " for %s) ", self->values.bits, threading_current_name());
    int *value = malloc(sizeof *value);
    if (value == NULL)
        abort();
    *value = self->first;
    return value;
}

static void show_value(my_local *data) {
    THREADING_WITH(data->print) {
        printf("%s : value= ", threading_current_name());
        const int *value = threading_local_get(data->values);
        printf("%d\n", *value);
    }
}

static void *worker(void *arg) {
    my_local *data = arg;
    show_value(data);
    /* this thread's, so no other reads or writes it */
    int *value = threading_local_get(data->values);
    *value = random_value();
    show_value(data);
    return NULL;
}

int main(void) {
    my_local data = {THREADING_NULL, 1000, THREADING_NULL};
    THREADING_CHECK(threading_lock_new(&data.print));
    THREADING_CHECK(threading_local_new(my_local_init, free, &data, &data.values));
    /* as in Python, where the thread that makes the local runs __init__() at once */
    threading_local_get(data.values);
    show_value(&data);

    for (int i = 0; i < 2; i++)
        THREADING_CHECK(threading_thread_spawn(NULL, worker, &data, NULL));
    /* Waits for the workers: data is a variable of main, and they use it. */
    THREADING_CHECK(threading_shutdown());
    THREADING_CHECK(threading_local_destroy(data.values));
    THREADING_CHECK(threading_lock_destroy(data.print));
    return 0;
}
