/* The fuzzer for libFuzzer: the bytes of an input are the choices that are made, call after call,
 * in one thread. The threads and timers that the calls start, and the rescuer, run beside it. */
#include "fuzz.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* So that libFuzzer keeps the input. */
void end_failed(void) { abort(); }

/* Run it with -close_fd_mask=2: the library prints the exceptions that nobody hears of. */
int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    report = fdopen(dup(STDERR_FILENO), "w");
    if (!report) {
        exit(2);
    }
    share_statistics(memfd_create("statistics", 0));
    protect(threading_main_thread().bits);
    rescuer_start();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct actor *actor = take_seat();
    if (!actor) {
        fail("there is a seat for the one who calls");
    }
    atomic_store(&fuzz_seed, 1);
    atomic_store(&winding_up, false);
    actor->source = (struct source){.bytes = bytes, .left = size};
    actor->worker = true;
    current = actor;
    while (step(actor)) {
    }
    objects_sweep();
    current = NULL;
    leave_seat(actor);
    wait_for_targets();
    clear_hooks();
    objects_destroy_all();
    return 0;
}
