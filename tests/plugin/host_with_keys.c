/* A program that has made many pthread keys before it loads the library: to hear of a thread's end
 * then takes memory, which a signal handler may not ask for. host_with_keys LIBRARY KEYS.
 *
 * Its own threads come and go; nothing may be left of them, whatever they called first. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threading.h>

enum { THREADS = 5000, MOST_AT_ONCE = 64 };

static struct {
    threading_thread (*current_thread)(void);
    const char *(*current_name)(void);
    threading_thread (*main_thread)(void);
    uint64_t (*get_ident)(void);
    size_t (*active_count)(void);
    bool (*is_alive)(threading_thread);
    threading_status (*thread_name)(threading_thread, char *, size_t, size_t *);
    threading_status (*lock_new)(threading_lock *);
    threading_status (*lock_acquire)(threading_lock);
    threading_status (*lock_release)(threading_lock);
} library;

static threading_lock lock = THREADING_NULL;
static threading_thread last;
static atomic_uint highest; /* of the places that idents and handles have in the library's tables */
static _Atomic uint64_t ident_in_handler;
static _Thread_local bool in_handler;

static void must(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "host_with_keys: %s\n", what);
        exit(3);
    }
}

void *__libc_calloc(size_t count, size_t size);

/* The C library asks here for memory for a value of a later key. */
void *calloc(size_t count, size_t size) {
    must(!in_handler, "nothing is allocated in a signal handler");
    return __libc_calloc(count, size);
}

static void find(void *opened, const char *name, void *function) {
    void *found = dlsym(opened, name);
    must(found != NULL, name);
    memcpy(function, &found, sizeof found);
}

static void note(uint64_t bits) {
    unsigned place = (unsigned)bits, before = atomic_load(&highest);
    while (place > before && !atomic_compare_exchange_weak(&highest, &before, place)) {
    }
}

static void handler(int signal) {
    (void)signal;
    in_handler = true;
    atomic_store(&ident_in_handler, library.get_ident());
    in_handler = false;
}

/* What a thread may do first, as an ordinary call. */

static void asks_who_it_is(void) {
    last = library.current_thread();
    note(last.bits);
    must(library.is_alive(last), "a thread that runs is alive");
}

static void takes_a_lock(void) {
    must(library.lock_acquire(lock) == THREADING_OK, "threading_lock_acquire");
    must(library.lock_release(lock) == THREADING_OK, "threading_lock_release");
}

static void asks_what_it_is_called(void) {
    must(strncmp(library.current_name(), "Dummy-", 6) == 0, "threading_current_name");
}

/* Met by a handler first, and then by itself. */
static void is_interrupted_first(void) {
    must(raise(SIGUSR1) == 0, "raise");
    uint64_t ident = atomic_load(&ident_in_handler);
    must(ident != 0 && ident == library.get_ident(), "a thread has one ident, in a handler too");
    takes_a_lock();
    must(ident == library.get_ident(), "a thread keeps its ident");
    asks_who_it_is();
}

static void *foreign(void *first) {
    void (*body)(void);
    memcpy(&body, first, sizeof body);
    body();
    note(library.get_ident());
    must(library.get_ident() == library.get_ident(), "a thread has one ident");
    return NULL;
}

static void come_and_go(void (*body)(void), const char *what) {
    char name[32];
    unsigned before = atomic_load(&highest);
    last = (threading_thread)THREADING_NULL;
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        must(pthread_create(&thread, NULL, foreign, &body) == 0, "pthread_create");
        must(pthread_join(thread, NULL) == 0, "pthread_join");
        if (!THREADING_IS_NULL(last))
            must(library.thread_name(last, name, sizeof name, NULL) == THREADING_DESTROYED,
                 "a record ends with its thread");
    }
    if (atomic_load(&highest) > before + MOST_AT_ONCE) {
        fprintf(stderr, "host_with_keys: %d threads that %s took up to %u places\n", THREADS, what,
                atomic_load(&highest));
        exit(3);
    }
    must(library.active_count() == 1, "only main is alive");
}

int main(int argc, char **argv) {
    must(argc == 3, "usage: host_with_keys LIBRARY KEYS");
    pthread_key_t key;
    for (int i = 0; i < atoi(argv[2]); i++)
        must(pthread_key_create(&key, NULL) == 0, "pthread_key_create");
    void *opened = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    must(opened != NULL, "dlopen");
    find(opened, "threading_current_thread", &library.current_thread);
    find(opened, "threading_current_name", &library.current_name);
    find(opened, "threading_main_thread", &library.main_thread);
    find(opened, "threading_get_ident", &library.get_ident);
    find(opened, "threading_active_count", &library.active_count);
    find(opened, "threading_thread_is_alive", &library.is_alive);
    find(opened, "threading_thread_name", &library.thread_name);
    find(opened, "threading_lock_new", &library.lock_new);
    find(opened, "threading_lock_acquire", &library.lock_acquire);
    find(opened, "threading_lock_release", &library.lock_release);
    must(library.lock_new(&lock) == THREADING_OK, "threading_lock_new");
    must(signal(SIGUSR1, handler) != SIG_ERR, "signal");

    /* Main itself is met by a handler first. */
    must(raise(SIGUSR1) == 0, "raise");
    must(atomic_load(&ident_in_handler) == library.get_ident(), "main has one ident");
    must(THREADING_SAME(library.current_thread(), library.main_thread()), "main is main");
    must(atomic_load(&ident_in_handler) == library.get_ident(), "main keeps its ident");

    come_and_go(asks_who_it_is, "ask who they are");
    come_and_go(takes_a_lock, "take a lock");
    come_and_go(asks_what_it_is_called, "ask what they are called");
    come_and_go(is_interrupted_first, "a signal interrupts first");
    puts("nothing is left");
    return 0;
}
