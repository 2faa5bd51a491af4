/* load LIBRARY: nanoseconds to load it and what it needs, into a process that has nothing but the C
 * library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

int main(int count, char **arguments) {
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    void *library = count == 2 ? dlopen(arguments[1], RTLD_NOW) : NULL;
    clock_gettime(CLOCK_MONOTONIC, &after);
    if (library == NULL) {
        fprintf(stderr, "load: %s\n", count == 2 ? dlerror() : "one library, please");
        return 1;
    }
    printf("%.0f\n",
           (double)(after.tv_sec - before.tv_sec) * 1e9 + (double)(after.tv_nsec - before.tv_nsec));
    return 0;
}
