/* The threads that make the calls: every second one is started by the library, the others are
 * strangers to it. */
#include "fuzz.h"

#include <pthread.h>
#include <semaphore.h>

static struct plan {
    uint64_t seed, calls, deadline;
    int threads, started;
    pthread_barrier_t begin;
    sem_t done;
    pthread_t strangers[MOST_ACTORS];
} plan;
static _Atomic(int) finished;

static void work(int number, bool library) {
    struct actor *actor = take_seat();
    if (!actor) {
        fail("there is a seat for each worker");
    }
    actor->source =
        (struct source){.seed = plan.seed + (uint64_t)number * UINT64_C(0xA24BAED4963EE407)};
    actor->library = library;
    actor->worker = true;
    if (library) {
        protect(threading_current_thread().bits);
    }
    current = actor;
    pthread_barrier_wait(&plan.begin);
    for (uint64_t count = 0;
         count < plan.calls / (uint64_t)plan.threads && (count % 64 || now() < plan.deadline);
         count++) {
        step(actor);
    }
    objects_sweep();
    current = NULL;
    leave_seat(actor);
    atomic_fetch_add(&finished, 1);
    sem_post(&plan.done);
}

static void *stranger(void *arg) {
    work((int)(intptr_t)arg, false);
    return NULL;
}

static void *own(void *arg) {
    work((int)(intptr_t)arg, true);
    return NULL;
}

/* `deadline`: on the clock of now(), when they end although calls are left. */
void workers_start(uint64_t seed, int threads, uint64_t calls, uint64_t deadline) {
    plan.seed = seed;
    plan.threads = threads;
    plan.calls = calls;
    plan.deadline = deadline;
    protect(threading_main_thread().bits);
    if (pthread_barrier_init(&plan.begin, NULL, (unsigned)threads) != 0 ||
        sem_init(&plan.done, 0, 0) != 0) {
        fail("a barrier and a semaphore can be made");
    }
    for (int number = 0; number < threads; number++) {
        void *arg = (void *)(intptr_t)number;
        bool good = number % 2 ? pthread_create(&plan.strangers[number], NULL, stranger, arg) == 0
                               : threading_thread_spawn("fuzzer", own, arg, NULL) == THREADING_OK;
        if (!good) {
            fail("the workers can be started");
        }
    }
}

bool workers_are_done(void) { return atomic_load(&finished) == plan.threads; }

void workers_wait(void) {
    for (int number = 0; number < plan.threads;) {
        number += sem_wait(&plan.done) == 0;
    }
    for (int number = 1; number < plan.threads; number += 2) {
        pthread_join(plan.strangers[number], NULL);
    }
}
