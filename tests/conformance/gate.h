/* A door that threads wait at until it is opened. It is made of POSIX alone, so that a fault in the
 * library shows in the case and not in what holds the case together. */
#ifndef GATE_H
#define GATE_H

#include <pthread.h>
#include <stdbool.h>

typedef struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int arrived;
    bool open;
} gate;

/* Versions of the formatter disagree about a macro that is nothing but braces. */
/* clang-format off */
#define GATE_CLOSED {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false}
/* clang-format on */

/* Arrives and waits until the gate is open; it stays open for whoever comes later. */
static inline void gate_pass(gate *door) {
    pthread_mutex_lock(&door->mutex);
    door->arrived++;
    pthread_cond_broadcast(&door->changed);
    while (!door->open) {
        pthread_cond_wait(&door->changed, &door->mutex);
    }
    pthread_mutex_unlock(&door->mutex);
}

static inline void gate_open(gate *door) {
    pthread_mutex_lock(&door->mutex);
    door->open = true;
    pthread_cond_broadcast(&door->changed);
    pthread_mutex_unlock(&door->mutex);
}

/* Waits until that many have arrived, however many of them passed since. */
static inline void gate_await(gate *door, int arrivals) {
    pthread_mutex_lock(&door->mutex);
    while (door->arrived < arrivals) {
        pthread_cond_wait(&door->changed, &door->mutex);
    }
    pthread_mutex_unlock(&door->mutex);
}

/* A thread's target: passes the gate that is its argument, and results in it. */
static inline void *gate_passenger(void *arg) {
    gate_pass((gate *)arg);
    return arg;
}

#endif
