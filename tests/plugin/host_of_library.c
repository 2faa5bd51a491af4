/* A program that loads the library itself at run time, and lets go of it while threads live:
 * host_of_library LIBRARY.
 *
 * The functions are the program's own; the library must stay for their threads, and the process
 * must wait for them. */
#include <dlfcn.h>
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threading.h>
#include <unistd.h>

static threading_local mine = THREADING_NULL;
/* A unit for each thread, from main once it has let go of the library. */
static sem_t let_go;

static struct {
    threading_status (*spawn)(const char *, threading_target, void *, threading_thread *);
    threading_status (*timer_new)(double, threading_target, void *, threading_timer *);
    threading_status (*timer_start)(threading_timer);
    threading_status (*timer_destroy)(threading_timer);
    threading_status (*local_new)(threading_init, threading_destructor, void *, threading_local *);
    threading_status (*local_set)(threading_local, void *);
} library;

static void must(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "host_of_library: %s\n", what);
        exit(3);
    }
}

static void say(const char *text) { must(write(1, text, strlen(text)) > 0, "write"); }

static void destroyed(void *value) { say(value); }

static void *outlives(void *arg) {
    while (sem_wait(&let_go) != 0) {
        must(errno == EINTR, "sem_wait");
    }
    must(library.local_set(mine, "a value was destroyed\n") == THREADING_OK, "threading_local_set");
    say("a thread ended\n");
    return arg;
}

static void *fires(void *arg) {
    say("a timer fired\n");
    return arg;
}

static void find(void *opened, const char *name, void *function) {
    void *found = dlsym(opened, name);
    must(found != NULL, name);
    memcpy(function, &found, sizeof found);
}

int main(int argc, char **argv) {
    must(argc == 2, "usage: host_of_library LIBRARY");
    must(sem_init(&let_go, 0, 0) == 0, "sem_init");
    for (int round = 0; round < 3; round++) {
        threading_timer timer;
        void *opened = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        must(opened != NULL, "dlopen");
        find(opened, "threading_thread_spawn", &library.spawn);
        find(opened, "threading_timer_new", &library.timer_new);
        find(opened, "threading_timer_start", &library.timer_start);
        find(opened, "threading_timer_destroy", &library.timer_destroy);
        find(opened, "threading_local_new", &library.local_new);
        find(opened, "threading_local_set", &library.local_set);
        must(round > 0 || library.local_new(NULL, destroyed, NULL, &mine) == THREADING_OK,
             "threading_local_new");
        must(library.spawn("outlives", outlives, NULL, NULL) == THREADING_OK,
             "threading_thread_spawn");
        must(library.timer_new(0.05, fires, NULL, &timer) == THREADING_OK, "threading_timer_new");
        must(library.timer_start(timer) == THREADING_OK, "threading_timer_start");
        must(library.timer_destroy(timer) == THREADING_OK, "threading_timer_destroy");
        must(dlclose(opened) == 0, "dlclose");
        must(sem_post(&let_go) == 0, "sem_post");
    }
    say("main returns\n");
    return 0;
}
