/* Dumps and looks from anywhere: signal handlers in the middle of the library, a handler of
 * SIGSEGV, destructors of ending threads, the end of the process, and a thread that the library has
 * never met. */
#include "forked.h"
#include "gate.h"
#include "insight_tools.h"
#include "process_end.h"
#include "signalled.h"
#include "waits.h"

#include <errno.h>
#include <fcntl.h>

/* ---- handlers in the middle of everything ---- */

/* Dumps are made for ten seconds at most. */
enum { BUSY_THREADS = 6, DUMPS = 100000, SECONDS = 10, HANDLER_ERRNO = 1234 };

static uint64_t played[KINDS];
static atomic_bool over;
static atomic_long dumps, refused;
static gate ready = GATE_CLOSED;
static int nowhere;

static void looks(int signal) {
    threading_wait waits[4];
    int before = errno;
    errno = HANDLER_ERRNO;
    long number = atomic_fetch_add(&dumps, 1);
    threading_status status =
        number % 4 == 3 ? threading_dump_json(nowhere) : threading_dump(nowhere);
    CHECK(status == THREADING_OK || status == THREADING_BUSY);
    atomic_fetch_add(&refused, status == THREADING_BUSY);
    CHECK(threading_waits(waits, 4) <= 4);
    CHECK_NUMBER(deadlock_size(), 0);
    CHECK_NUMBER(errno, HANDLER_ERRNO);
    errno = before;
    (void)signal;
}

static void *returns(void *arg) { return arg; }

static void uses_everything(worker *self) {
    (void)self;
    gate_pass(&ready);
    timer_t timer = signalled_begin(SIGPROF, 100000, 200000);
    while (!atomic_load(&over)) {
        threading_thread thread;
        threading_lock named;
        for (int kind = 0; kind < KINDS; kind++) {
            object_kinds[kind].play(played[kind], object_right);
        }
        uint64_t brief = wait_kinds[WAIT_event_wait].make();
        object_kinds[KIND_EVENT].end(brief);
        CHECK_STATUS(threading_thread_spawn("brief", returns, NULL, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_set_name(thread, "a longer name than before, by far"),
                     THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
        CHECK_STATUS(threading_lock_new(&named), THREADING_OK);
        CHECK_STATUS(threading_lock_set_name(named, "brief"), THREADING_OK);
        CHECK_STATUS(threading_lock_destroy(named), THREADING_OK);
    }
    signalled_end(timer);
}

static void start_everything(worker *all) {
    CHECK((nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)) >= 0);
    for (int kind = 0; kind < KINDS; kind++) {
        played[kind] = object_kinds[kind].make_played();
    }
    signalled_handle(SIGPROF, looks);
    for (int i = 0; i < BUSY_THREADS; i++) {
        worker_start(&all[i], i % WORKER_KINDS, uses_everything, NULL);
    }
    gate_open(&ready);
}

static void end_everything(worker *all) {
    atomic_store(&over, true);
    for (int i = 0; i < BUSY_THREADS; i++) {
        worker_join(&all[i]);
    }
    printf("%ld dumps, %ld of them busy\n", atomic_load(&dumps), atomic_load(&refused));
    CHECK(atomic_load(&dumps) > atomic_load(&refused));
    free(dumped(threading_dump));
}

CASE(handlers_dump_while_six_threads_use_everything) {
    worker all[BUSY_THREADS];
    double start = threading_monotonic();
    start_everything(all);
    while (atomic_load(&dumps) < DUMPS && threading_monotonic() - start < SECONDS) {
        case_nap();
    }
    end_everything(all);
}

CASE(children_forked_while_handlers_dump_can_dump) {
    enum { FORKS = 50, CHILD_IS_FINE = 50 };
    worker all[BUSY_THREADS];
    start_everything(all);
    for (int round = 0; round < FORKS; round++) {
        pid_t child = forked();
        if (child == 0) {
            CHECK_NUMBER(deadlock_size(), 0);
            free(dumped(threading_dump_json));
            char *text = dumped(threading_dump);
            CHECK_HAS(text, "; 1 thread, 0 waiting, ");
            free(text);
            _exit(CHILD_IS_FINE);
        }
        CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
    }
    end_everything(all);
}

/* ---- a handler of a fault ---- */

static void dumps_and_ends(int signal) {
    CHECK_STATUS(threading_dump(STDOUT_FILENO), THREADING_OK);
    CHECK_STATUS(threading_dump_json(STDOUT_FILENO), THREADING_OK);
    _exit(signal);
}

static volatile int *volatile no_place;

/* With a lock held, and inside a callback of the library's. */
static bool faults(void *ctx) {
    (void)ctx;
    *no_place = 1;
    return true;
}

CHILD(a_fault_in_a_predicate) {
    threading_condition condition;
    signalled_handle(SIGSEGV, dumps_and_ends);
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    CHECK_STATUS(threading_condition_acquire(condition), THREADING_OK);
    CHECK_STATUS(threading_condition_wait_for(condition, faults, NULL), THREADING_OK);
}

CASE(a_handler_of_a_fault_can_dump) {
    static child_outcome outcome;
    run_child("a_fault_in_a_predicate", &outcome);
    CHECK_NUMBER(outcome.signal, 0);
    CHECK_NUMBER(outcome.exit_code, SIGSEGV);
    CHECK_NUMBER(times_in(outcome.output, "\"MainThread\""), 2);
    CHECK_HAS(outcome.output, "    holds rlock (0x");
}

/* On a stack of its own, as such handlers should be. */
CHILD(a_fault_with_a_stack_of_its_own) {
    static char stack[32768];
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action;
    CHECK_NUMBER(sigaltstack(&own, NULL), 0);
    memset(&action, 0, sizeof action);
    action.sa_handler = dumps_and_ends;
    action.sa_flags = SA_ONSTACK;
    CHECK_NUMBER(sigaction(SIGSEGV, &action, NULL), 0);
    faults(NULL);
}

CASE(a_dump_fits_on_a_stack_of_32_kibibytes) {
    static child_outcome outcome;
    run_child("a_fault_with_a_stack_of_its_own", &outcome);
    CHECK_NUMBER(outcome.signal, 0);
    CHECK_NUMBER(outcome.exit_code, SIGSEGV);
    CHECK_NUMBER(times_in(outcome.output, "\"MainThread\""), 2);
}

/* ---- the end of a thread ---- */

/* The first dump of each, since a thread goes on for a moment after it was joined. */
static struct texts {
    char *of_local;
    char *of_key;
} texts[WORKER_KINDS];

static void keep_first(char **place, char *text) {
    if (*place == NULL) {
        *place = text;
    } else {
        free(text);
    }
}

static void local_dumps(void *value) {
    struct texts *own = value;
    keep_first(&own->of_local, dumped(threading_dump));
}

static pthread_key_t key;
static threading_local local;
static worker_kind current;

/* It comes again and again, until the C library lets it come no more: then the library's own part
 * of the thread's end is over. */
static void key_dumps(void *value) {
    struct texts *own = value;
    keep_first(&own->of_key, dumped(threading_dump));
    CHECK_NUMBER(deadlock_size(), 0);
    CHECK_NUMBER(pthread_setspecific(key, value), 0);
}

static void leaves_values(worker *self) {
    (void)self;
    CHECK_STATUS(threading_local_set(local, &texts[current]), THREADING_OK);
    CHECK_NUMBER(pthread_setspecific(key, &texts[current]), 0);
}

CASE(destructors_of_an_ending_thread_can_dump) {
    CHECK_STATUS(threading_local_new(NULL, local_dumps, NULL, &local), THREADING_OK);
    CHECK_NUMBER(pthread_key_create(&key, key_dumps), 0);
    for (current = 0; current < WORKER_KINDS; current++) {
        worker thread;
        worker_start(&thread, current, leaves_values, NULL);
        worker_join(&thread);
        CHECK(texts[current].of_local != NULL && texts[current].of_key != NULL);
        CHECK_HAS(texts[current].of_local, "\"MainThread\" ident=");
        CHECK_HAS(texts[current].of_key, "\"MainThread\" ident=");
    }
}

/* ---- the end of the process ---- */

static void says_dump(void) { CHECK_STATUS(threading_dump(STDOUT_FILENO), THREADING_OK); }

static void says_dump_too(void *ctx) {
    (void)ctx;
    says_dump();
    CHECK_STATUS(threading_dump_json(STDOUT_FILENO), THREADING_OK);
}

static void *stays(void *arg) {
    threading_event event;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    (void)threading_event_wait(event);
    return arg;
}

CHILD(dumps_at_its_end) {
    threading_wait wait;
    threading_thread daemon;
    CHECK_NUMBER(atexit(says_dump), 0);
    CHECK_STATUS(threading_register_atexit(says_dump_too, NULL), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn_daemon("stays", stays, NULL, &daemon), THREADING_OK);
    EVENTUALLY(threading_thread_waiting_for(daemon, &wait) == THREADING_OK);
}

CASE(a_process_can_dump_at_its_end) {
    static child_outcome outcome;
    run_child("dumps_at_its_end", &outcome);
    CHECK_NUMBER(outcome.signal, 0);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK_NUMBER(times_in(outcome.output, "\"MainThread\""), 3);
    CHECK_NUMBER(times_in(outcome.output, "\"stays\""), 3);
    CHECK_NUMBER(times_in(outcome.output, " daemon waiting for "), 2);
}

/* ---- a thread that the library has never met ---- */

static void dumps_first(worker *self) {
    char mark[64];
    char *text = dumped(threading_dump);
    snprintf(mark, sizeof mark, "native=%llu ", (unsigned long long)my_native_id());
    CHECK_HAS(text, mark);
    CHECK_HAS(text, "has not called the library");
    free(text);
    /* Whether it looks or not, it is not counted among the threads. */
    CHECK_NUMBER(threading_active_count(), 1);
    (void)self;
}

CASE(a_look_meets_no_thread) {
    worker other;
    worker_start(&other, FOREIGN, dumps_first, NULL);
    worker_join(&other);
}

CHILD(dumps_before_anything_else) {
    says_dump();
    CHECK_NUMBER(deadlock_size(), 0);
}

CASE(a_look_may_be_the_first_call_of_all) {
    static child_outcome outcome;
    run_child("dumps_before_anything_else", &outcome);
    CHECK_NUMBER(outcome.exit_code, 0);
    CHECK_HAS(outcome.output, "\"MainThread\"");
}

/* ---- handlers in threads that wait ---- */

static char *of_handler;
static atomic_bool has_dumped;

static void dumps_into_memory(int signal) {
    (void)signal;
    of_handler = dumped(threading_dump); /* malloc: the thread is known to be in a wait */
    atomic_store(&has_dumped, true);
}

EACH_WAIT(is_in_the_dump_of_a_handler_that_interrupts_it) {
    scene at;
    caller other;
    scene_open(&at, kind);
    signalled_handle(SIGUSR1, dumps_into_memory);
    caller_start_asleep(&other, FOREIGN, calls_scene, scene_bits(&at), -1);
    CHECK_NUMBER(pthread_kill(other.thread.foreign, SIGUSR1), 0);
    EVENTUALLY(atomic_load(&has_dumped));
    char mark[64];
    snprintf(mark, sizeof mark, "native=%d foreign waiting for ",
             atomic_load(&other.thread.native_id));
    kind->comes(at.bits);
    caller_end(&other, THREADING_OK);
    CHECK_HAS(of_handler, mark);
    free(of_handler);
    scene_close(&at);
}
