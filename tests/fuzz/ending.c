/* Calls what ends a process, the library or a thread: each in a process of its own, in its main
 * thread, in a thread of the library or in a stranger, while other threads fuzz. */
#include "fuzz.h"

#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS = 400, THREADS = 3, LIMIT_SECONDS = 60, WAYS = 4 };
extern char **environ;

static const char *const ways[WAYS] = {"threading_check", "threading_shutdown",
                                       "threading_shutdown_timeout", "threading_exit"};

static const struct function *function_named(const char *name) {
    for (int index = 0; index < function_count; index++) {
        if (strcmp(functions[index].name, name) == 0) {
            return &functions[index];
        }
    }
    fail("the header has the functions that end something");
}

/* ---- in the process of its own ---- */

struct ending {
    const struct function *function;
    struct source source;
    bool library;
    void *result;
};

static void count_before(const struct function *function) {
    atomic_fetch_add(&statistics->calls[function - functions], 1);
    atomic_fetch_add(&statistics->total, 1);
}

static void call_ending(struct ending *ending) {
    const struct function *function = ending->function;
    struct call call = {.function = function};
    struct actor *actor = take_seat();
    if (!actor) {
        fail("there is a seat for the thread that ends something");
    }
    actor->source = ending->source;
    actor->library = ending->library;
    current = actor;
    if (function->ends == ENDS_LIBRARY) {
        call.unbounded = true;
        choose_arguments(actor, &call, false);
        make_call(actor, &call);
    } else if (function->ends == ENDS_PROCESS_IF_NEGATIVE) {
        count_before(function);
        threading_check(-1 - (int)choose(&actor->source, 20),
                        one_in(&actor->source, 2) ? NULL : "fuzz()",
                        one_in(&actor->source, 2) ? NULL : __FILE__, __LINE__);
        fail("threading_check with an error aborts");
    }
    objects_sweep();
    current = NULL;
    leave_seat(actor);
    if (function->ends == ENDS_THREAD && ending->library) {
        count_before(function);
        before_exit();
        threading_exit(ending->result);
        fail("threading_exit ends a thread of the library");
    } else if (function->ends == ENDS_THREAD) {
        count_before(function);
        if (threading_exit(ending->result) != THREADING_INVALID_ARGUMENT) {
            fail("threading_exit is refused in a thread that the library did not start, and in the "
                 "main thread");
        }
    }
}

static void *ending_thread(void *arg) {
    struct ending *ending = arg;
    call_ending(ending);
    return ending->result;
}

static void call_in_library(struct ending *ending) {
    threading_thread thread;
    void *result = NULL;
    int32_t status;
    ending->library = true;
    do {
        /* The others may have asked for stacks larger than there is room for, or shut the library
         * down. */
        threading_set_stack_size(0);
        status = threading_thread_spawn("ending", ending_thread, ending, &thread);
    } while (status == THREADING_NO_RESOURCES);
    if (status == THREADING_SHUTTING_DOWN) {
        ending->library = false;
        call_ending(ending);
        return;
    }
    if (status != THREADING_OK) {
        fail("a thread that ends something can be started");
    }
    /* Others may have given it up. */
    status = threading_thread_finish(thread, &result);
    if (status != THREADING_DESTROYED && status != THREADING_BUSY &&
        (status != THREADING_OK || result != ending->result)) {
        fail("a thread's result is what it gave to threading_exit or returned");
    }
}

static void call_in_stranger(struct ending *ending) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, ending_thread, ending) != 0 ||
        pthread_join(thread, NULL) != 0) {
        fail("a stranger that ends something can be started");
    }
}

/* The program with --ending. */
int ending_main(uint64_t seed) {
    struct source source = {.seed = seed};
    /* A thread in a shutdown counts as ended, and may read this after main has returned. */
    static struct ending ending;
    ending.function = function_named(ways[choose(&source, WAYS)]);
    ending.result = value_of(choose(&source, 256));
    alarm(LIMIT_SECONDS);
    library_ends = true;
    atomic_store(&fuzz_seed, any_number(&source));
    rescuer_start();
    workers_start(any_number(&source), THREADS, choose(&source, CALLS), UINT64_MAX);
    unsigned where = choose(&source, 3);
    ending.source = source;
    if (where == 0) {
        call_ending(&ending);
    } else if (where == 1) {
        call_in_library(&ending);
    } else {
        call_in_stranger(&ending);
    }
    workers_wait();
    wait_for_targets();
    rescuer_stop();
    clear_hooks();
    objects_destroy_all();
    return 0;
}

/* ---- in the fuzzer ---- */

void ending_run(uint64_t seed, int statistics_file) {
    char seed_text[32];
    char file_text[16];
    char report_text[16];
    char *arguments[] = {"fuzz", "--ending", seed_text, file_text, report_text, NULL};
    struct source source = {.seed = seed};
    const char *way = ways[choose(&source, WAYS)];
    int status = 0;
    pid_t child;
    snprintf(seed_text, sizeof seed_text, "%llu", (unsigned long long)seed);
    snprintf(file_text, sizeof file_text, "%d", statistics_file);
    snprintf(report_text, sizeof report_text, "%d", fileno(report));
    if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ) != 0) {
        fail("the fuzzer can start itself");
    }
    while (waitpid(child, &status, 0) < 0) {
    }
    atomic_fetch_add(&statistics->endings, 1);
    bool aborts = strcmp(way, "threading_check") == 0;
    if (aborts ? !(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
               : !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
        fprintf(report, "FAILED: %s with --ending %s: exit status %d, signal %d\n", way, seed_text,
                WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                WIFSIGNALED(status) ? WTERMSIG(status) : 0);
        fflush(report);
        end_failed();
    }
}
