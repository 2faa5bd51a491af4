/* Joins all threads without having kept their handles: enumerate lists the threads that are alive.
 *
 * The list includes the thread that asks. A thread cannot wait for its own end, so main leaves
 * itself out. */
#define _XOPEN_SOURCE 700 /* erand48 */
#include <stdio.h>
#include <stdlib.h>
#include <threading.h>

enum { WORKERS = 3, MOST_THREADS = 16 };

/* A whole number of seconds from 1 to 5. rand() would share its state among all threads; erand48
 * uses the caller's. */
static int random_pause(void) {
    uint64_t nanoseconds = (uint64_t)(threading_monotonic() * 1e9);
    unsigned short state[3] = {0x330E, (unsigned short)threading_get_ident(),
                               (unsigned short)nanoseconds};
    return 1 + (int)(5 * erand48(state));
}

static void *worker(void *arg) {
    (void)arg;
    int pause = random_pause();
    printf("Starting: %s sleeping %d\n", threading_current_name(), pause);
    THREADING_CHECK(threading_sleep(pause));
    printf("Ending  : %s\n", threading_current_name());
    return NULL;
}

int main(void) {
    for (int i = 0; i < WORKERS; i++) {
        /* Forgotten, but not destroyed: so it still names the thread, and enumerate will give it
         * back. */
        threading_thread forgotten;
        THREADING_CHECK(threading_thread_spawn_daemon(NULL, worker, NULL, &forgotten));
    }

    threading_thread main_thread = threading_current_thread();
    threading_thread alive[MOST_THREADS];
    size_t count = threading_enumerate(alive, MOST_THREADS);
    for (size_t i = 0; i < count; i++) {
        if (THREADING_SAME(alive[i], main_thread))
            continue;
        char name[32];
        THREADING_CHECK(threading_thread_name(alive[i], name, sizeof name, NULL));
        printf("Joining : %s\n", name);
        THREADING_CHECK(threading_thread_finish(alive[i], NULL)); /* join and destroy in one */
    }
    return 0;
}
