/* A storm of signals, a thousand a second, without SA_RESTART: no blocking call ends, fails or
 * shortens its wait because of it. */
#include "signalled.h"
#include "waits.h"

#include <math.h>
#include <stdio.h>

static atomic_int signals;

static void counts(int signal) {
    (void)signal;
    atomic_fetch_add(&signals, 1);
}

CASE(a_thousand_signals_a_second_neither_end_nor_shorten_any_wait) {
    const double SECONDS = 0.05;
    waits_begin();
    signalled_handle(SIGUSR1, counts);
    timer_t storm = signalled_begin(SIGUSR1, 1000000, 1000000);
    for (int i = 0; i < ALL_WAITS; i++) {
        int before = atomic_load(&signals);
        double start = threading_monotonic();
        CHECK_STATUS(wait_within(i, SECONDS), THREADING_TIMEOUT);
        CHECK_NOT_EARLY(start, SECONDS);
        /* It really was interrupted: even a slow machine delivers some of the fifty. */
        CHECK(atomic_load(&signals) > before);
    }
    signalled_end(storm);
    printf("%d waits, %d signals\n", (int)ALL_WAITS, atomic_load(&signals));
    waits_end();
}

static threading_status calls_in_a_storm(caller *self) {
    timer_t storm = signalled_begin(SIGUSR1, 1000000, 1000000);
    threading_status status = calls_scene(self);
    signalled_end(storm);
    return status;
}

CASE(a_storm_of_signals_does_not_end_a_wait_without_limit) {
    caller threads[WAIT_KINDS];
    waits_begin();
    signalled_handle(SIGUSR1, counts);
    for (int i = 0; i < WAIT_KINDS; i++) {
        caller_start(&threads[i], i % WORKER_KINDS, calls_in_a_storm,
                     scene_bits(&all_waits.scenes[i]), -1);
    }
    /* Each has been interrupted often by then. */
    EVENTUALLY(atomic_load(&signals) > 100 * WAIT_KINDS);
    for (int i = 0; i < WAIT_KINDS; i++) {
        EVENTUALLY(worker_asleep(&threads[i].thread));
        CHECK(!atomic_load(&threads[i].returned));
    }
    waits_come();
    for (int i = 0; i < WAIT_KINDS; i++) {
        caller_end(&threads[i], THREADING_OK);
    }
    printf("%d signals\n", atomic_load(&signals));
    waits_end();
}
