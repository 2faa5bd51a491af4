/* Keeps a value for each thread: a local is one variable that every thread sees with a value of its
 * own.
 *
 * No thread finds a value in it but what it has set itself. The local owns the values: it frees a
 * thread's when that thread ends or sets another, and all that are left when it is destroyed. */
#define _XOPEN_SOURCE 700 /* erand48 */
#include <stdio.h>
#include <stdlib.h>
#include <threading.h>

/* A whole number from 1 to 100. rand() would share its state among all threads; erand48 uses the
 * caller's. */
static int random_value(void) {
    uint64_t nanoseconds = (uint64_t)(threading_monotonic() * 1e9);
    unsigned short state[3] = {0x330E, (unsigned short)threading_get_ident(),
                               (unsigned short)nanoseconds};
    return 1 + (int)(100 * erand48(state));
}

static void show_value(threading_local data) {
    const int *value = threading_local_get(data);
    if (value != NULL)
        printf("%s : value= %d\n", threading_current_name(), *value);
    else
        printf("%s : value= No value yet\n", threading_current_name());
}

static void set_value(threading_local data, int number) {
    int *value = malloc(sizeof *value);
    if (value == NULL)
        abort();
    *value = number;
    THREADING_CHECK(threading_local_set(data, value));
}

static void *worker(void *arg) {
    threading_local *data = arg;
    show_value(*data);
    set_value(*data, random_value());
    show_value(*data);
    return NULL;
}

int main(void) {
    threading_local local_data;
    /* free is called with each value at its end */
    THREADING_CHECK(threading_local_new(NULL, free, NULL, &local_data));
    show_value(local_data);
    set_value(local_data, 1000);
    show_value(local_data);

    for (int i = 0; i < 2; i++)
        THREADING_CHECK(threading_thread_spawn(NULL, worker, &local_data, NULL));
    /* Waits for the workers: local_data is a variable of main, and they use it. */
    THREADING_CHECK(threading_shutdown());
    THREADING_CHECK(threading_local_destroy(local_data));
    return 0;
}
