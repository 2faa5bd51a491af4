/* Makes a kind of thread of your own: a struct with the thread in it, and functions that take the
 * struct.
 *
 * Where Python derives a class from Thread and overrides run(), C puts the thread into a struct and
 * passes the struct's address as the argument of the target. The run function may use the handle in
 * it at once: spawn writes the handle before the thread begins. */
#include <stdio.h>
#include <threading.h>

typedef struct my_thread {
    threading_thread thread;
    const char *label; /* any state that such a thread needs */
} my_thread;

static void *my_thread_run(void *arg) {
    my_thread *self = arg;
    char name[32];
    THREADING_CHECK(threading_thread_name(self->thread, name, sizeof name, NULL));
    printf("%s: %s\n", self->label, name);
    return NULL;
}

static void my_thread_start(my_thread *self) {
    self->label = "MyThread";
    THREADING_CHECK(threading_thread_spawn(NULL, my_thread_run, self, &self->thread));
}

/* After this the struct is the caller's alone again. */
static void my_thread_finish(my_thread *self) {
    THREADING_CHECK(threading_thread_finish(self->thread, NULL));
}

int main(void) {
    my_thread threads[5];
    for (int i = 0; i < 5; i++)
        my_thread_start(&threads[i]);
    for (int i = 0; i < 5; i++)
        my_thread_finish(&threads[i]);
    return 0;
}
