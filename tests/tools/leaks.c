/* A correct program that ends while one of its threads is ending: LeakSanitizer looks at no
 * register and no stack of a thread in its last round of destructors, and has to find all the same
 * what the library has for that thread.
 *
 *   leaks N   exits while the thread is in the N-th call of free in that round, and prints
 *             "correct", or "no more" if there are fewer calls */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <threading.h>
#include <unistd.h>

/* Of the sanitizer's runtime; either hook is called before it does anything. */
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
                                              void (*freed)(const volatile void *));

/* As many as the C library promises; the last one is the library's. */
enum { ROUNDS = 4, LOCALS = 100 };

static int wanted;
static atomic_int is_amid;
static _Thread_local int rounds, frees;
static pthread_key_t key;
static threading_local locals[LOCALS];

static void allocated(const volatile void *place, size_t bytes) { (void)place, (void)bytes; }

static void freed(const volatile void *place) {
    if (place != NULL && rounds >= ROUNDS - 1 && ++frees == wanted) {
        atomic_store(&is_amid, 1);
        for (;;)
            pause();
    }
}

/* Called behind the library's own in each round, since its key is younger. */
static void another_round(void *value) {
    if (++rounds < ROUNDS)
        pthread_setspecific(key, value);
}

static void *ends(void *arg) {
    for (int i = 0; i < LOCALS; i++)
        THREADING_CHECK(threading_local_set(locals[i], arg));
    if (pthread_setspecific(key, arg) != 0)
        abort();
    return NULL;
}

int main(int count, char **arguments) {
    static int value;
    pthread_t thread;
    wanted = count > 1 ? atoi(arguments[1]) : 0;
    for (int i = 0; i < LOCALS; i++)
        THREADING_CHECK(threading_local_new(NULL, NULL, NULL, &locals[i]));
    THREADING_CHECK(threading_local_set(locals[0], &value));
    if (pthread_key_create(&key, another_round) != 0 ||
        __sanitizer_install_malloc_and_free_hooks(allocated, freed) == 0 ||
        pthread_create(&thread, NULL, ends, &value) != 0)
        return 3;
    while (!atomic_load(&is_amid)) {
        if (pthread_tryjoin_np(thread, NULL) == 0) {
            puts("no more");
            return 0;
        }
        sched_yield();
    }
    puts("correct");
    return 0;
}
