/* make_locks WHO N: makes so many locks and does nothing else, to be traced. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <threading.h>

int main(int count, char **arguments) {
    if (count != 3)
        return 2;
    for (long left = atol(arguments[2]); left > 0; left--) {
        if (strcmp(arguments[1], "pthread") == 0) {
            pthread_mutex_t *mutex = malloc(sizeof *mutex);
            if (mutex == NULL || pthread_mutex_init(mutex, NULL) != 0)
                return 1;
            /* Without this a compiler may see that nobody uses it, and leave it out. */
            __asm__ volatile("" : : "r"(mutex) : "memory");
        } else {
            threading_lock lock;
            if (threading_lock_new(&lock) != THREADING_OK)
                return 1;
        }
    }
    return 0;
}
