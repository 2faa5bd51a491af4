/* Names of objects that many threads change at once, that signal handlers read, and that forked
 * children keep. For what a name is see object_names.c. */
#include "forked.h"
#include "gate.h"
#include "named_kinds.h"
#include "signalled.h"
#include "worker.h"

#include <stdio.h>

/* ---- many threads ---- */

enum { RENAMERS = 4, READS = 300000 };
static const char *const names[RENAMERS] = {"short", LONGER, "",
                                            "something between the two others"};
static gate door = GATE_CLOSED;
static atomic_bool over;

typedef struct renamer {
    const named_kind *kind;
    uint64_t object;
    const char *name;
} renamer;

static void renames(worker *self) {
    renamer *me = self->context;
    gate_pass(&door);
    while (!atomic_load(&over)) {
        rename_to(me->kind, me->object, me->name);
    }
}

static void check_one_of_the_names(const named_kind *k, uint64_t object) {
    char name[128];
    size_t length = 0;
    int found = 0;
    CHECK_STATUS(k->name(object, name, sizeof name, &length), THREADING_OK);
    for (int i = 0; i < RENAMERS; i++) {
        found += strcmp(name, names[i]) == 0;
    }
    CHECK_NUMBER(found, 1);
    CHECK_NUMBER(length, strlen(name));
}

/* They go on until `over`. */
static void start_renamers(worker *threads, renamer *renamers, const named_kind *k,
                           uint64_t object) {
    for (int i = 0; i < RENAMERS; i++) {
        renamers[i] = (renamer){k, object, names[i]};
        worker_start(&threads[i], i % WORKER_KINDS, renames, &renamers[i]);
    }
    gate_open(&door);
}

CASE(an_objects_name_that_four_threads_change_is_never_torn) {
    worker threads[RENAMERS];
    renamer renamers[RENAMERS];
    const named_kind *k = kinds;
    uint64_t object = make(k);
    start_renamers(threads, renamers, k, object);
    for (int i = 0; i < READS; i++) {
        check_one_of_the_names(k, object);
    }
    atomic_store(&over, true);
    for (int i = 0; i < RENAMERS; i++) {
        worker_join(&threads[i]);
    }
    check_one_of_the_names(k, object);
    end(k, object);
}

/* A place in which objects come and go, and are named after themselves. */
typedef struct place {
    const named_kind *kind;
    _Atomic uint64_t object;
} place;

static void name_after(uint64_t object, char *name, size_t capacity) {
    snprintf(name, capacity, "the one and only name of the object %#llx",
             (unsigned long long)object);
}

static void comes_and_goes(worker *self) {
    place *here = self->context;
    gate_pass(&door);
    while (!atomic_load(&over)) {
        char name[128];
        uint64_t object = make(here->kind);
        name_after(object, name, sizeof name);
        atomic_store(&here->object, object);
        rename_to(here->kind, object, name);
        check_name(here->kind, object, name);
        end(here->kind, object);
    }
}

/* What a reader gets is the name of the object that it asked for, or none yet, or it hears that the
 * object is gone; whoever names it too late hears that, and renames no other. */
CASE(an_object_never_has_the_name_of_another_one_that_had_its_slot) {
    enum { PLACES = 3 };
    worker threads[PLACES];
    static place places[PLACES];
    int right = 0, gone = 0;
    for (int i = 0; i < PLACES; i++) {
        places[i].kind = &kinds[i % 2];
        worker_start(&threads[i], i % WORKER_KINDS, comes_and_goes, &places[i]);
    }
    gate_open(&door);
    for (int i = 0; i < READS || right == 0 || gone == 0; i++) {
        char name[128], expected[128];
        place *here = &places[i % PLACES];
        uint64_t object = atomic_load(&here->object);
        name_after(object, expected, sizeof expected);
        threading_status status = here->kind->name(object, name, sizeof name, NULL);
        if (status == THREADING_OK) {
            CHECK(name[0] == '\0' || strcmp(name, expected) == 0);
            right++;
        } else {
            CHECK(status == THREADING_DESTROYED || object == 0);
            gone++;
        }
        status = here->kind->set_name(object, expected);
        CHECK(status == THREADING_OK || status == THREADING_DESTROYED || object == 0);
    }
    atomic_store(&over, true);
    for (int i = 0; i < PLACES; i++) {
        worker_join(&threads[i]);
    }
    printf("%d names, %d of objects that were gone\n", right, gone);
}

/* ---- signal handlers ---- */

static threading_lock renamed_lock;
static atomic_int handled;

static bool is_one_of_two(const char *name, size_t length) {
    return length == strlen(name) && (strcmp(name, "short") == 0 || strcmp(name, LONGER) == 0);
}

static void reads_names(int signal) {
    char name[128];
    size_t length = 0;
    (void)signal;
    CHECK_STATUS(threading_lock_name(renamed_lock, name, sizeof name, &length), THREADING_OK);
    CHECK(is_one_of_two(name, length));
    CHECK_STATUS(threading_thread_name(threading_main_thread(), name, sizeof name, &length),
                 THREADING_OK);
    CHECK(is_one_of_two(name, length));
    atomic_fetch_add(&handled, 1);
}

/* The handler interrupts the thread that renames them wherever it is, also while it holds a lock of
 * the library's. */
CASE(names_that_a_handler_reads_while_its_thread_renames_are_whole) {
    threading_thread self = threading_main_thread();
    CHECK_STATUS(threading_lock_new(&renamed_lock), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(renamed_lock, "short"), THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(self, "short"), THREADING_OK);
    signalled_handle(SIGUSR1, reads_names);
    timer_t timer = signalled_begin(SIGUSR1, 50000, 50000);
    for (int round = 0; atomic_load(&handled) < 5000; round++) {
        const char *name = round % 2 ? "short" : LONGER;
        CHECK_STATUS(threading_lock_set_name(renamed_lock, name), THREADING_OK);
        CHECK_STATUS(threading_thread_set_name(self, name), THREADING_OK);
    }
    signalled_end(timer);
    CHECK_STATUS(threading_lock_destroy(renamed_lock), THREADING_OK);
}

/* ---- forks ---- */

CASE(a_forked_child_keeps_the_names_of_objects_and_can_change_them) {
    uint64_t objects[NAMED_KINDS];
    for (int i = 0; i < NAMED_KINDS; i++) {
        objects[i] = make(&kinds[i]);
        rename_to(&kinds[i], objects[i], i % 2 ? "given by the parent" : LONGER);
    }
    pid_t pid = forked();
    for (int i = 0; i < NAMED_KINDS; i++) {
        check_name(&kinds[i], objects[i], i % 2 ? "given by the parent" : LONGER);
    }
    if (pid == 0) {
        for (int i = 0; i < NAMED_KINDS; i++) {
            rename_to(&kinds[i], objects[i], "given by the child");
            check_name(&kinds[i], objects[i], "given by the child");
            end(&kinds[i], objects[i]);
        }
        _exit(0);
    }
    CHECK_NUMBER(exit_code_of(pid), 0);
    for (int i = 0; i < NAMED_KINDS; i++) {
        check_name(&kinds[i], objects[i], i % 2 ? "given by the parent" : LONGER);
        end(&kinds[i], objects[i]);
    }
}

CASE(in_a_child_that_is_forked_while_others_rename_names_are_whole_and_can_be_changed) {
    enum { FORKS = 100 };
    worker threads[RENAMERS];
    renamer renamers[RENAMERS];
    const named_kind *k = kinds;
    uint64_t object = make(k);
    start_renamers(threads, renamers, k, object);
    for (int i = 0; i < FORKS; i++) {
        pid_t pid = forked();
        if (pid == 0) {
            check_one_of_the_names(k, object);
            rename_to(k, object, "child");
            check_name(k, object, "child");
            _exit(0);
        }
        CHECK_NUMBER(exit_code_of(pid), 0);
    }
    atomic_store(&over, true);
    for (int i = 0; i < RENAMERS; i++) {
        worker_join(&threads[i]);
    }
    end(k, object);
}
