/* Locals of the main thread, at the end of the process. */
#include "local_mortal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say_that_main_has_ended(value *self) {
    be_the_same_thread(self);
    CHECK(write(STDOUT_FILENO, "destroyed\n", 10) == 10);
}

CHILD(main_ends_by_pthread_exit) {
    static mortal me;
    me.local = local_of_values();
    me.it.then = say_that_main_has_ended;
    be_mortal(&(worker){.context = &me});
    pthread_exit(NULL);
}

CASE(mains_values_are_destroyed_when_it_ends_by_pthread_exit) {
    static child_outcome outcome;
    run_child("main_ends_by_pthread_exit", &outcome);
    CHECK_STRING(outcome.output, "destroyed\n");
    CHECK_NUMBER(outcome.exit_code, 0);
}

static threading_local at_exit_local;
static value at_exit_value;

static void find_it_at_exit(void) {
    CHECK(threading_local_get(at_exit_local) == &at_exit_value);
    CHECK_NUMBER(value_destroyed(&at_exit_value), 0);
    CHECK_STATUS(threading_local_delete(at_exit_local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&at_exit_value), 1);
    CHECK(write(STDOUT_FILENO, "found\n", 6) == 6);
}

CHILD(look_at_exit) {
    at_exit_local = local_of_values();
    CHECK_STATUS(threading_local_set(at_exit_local, &at_exit_value), THREADING_OK);
    CHECK_NUMBER(atexit(find_it_at_exit), 0);
}

/* test_locals_at_exit: locals are there until the last handlers have run */
CASE(mains_values_are_still_there_in_handlers_of_exit) {
    static child_outcome outcome;
    run_child("look_at_exit", &outcome);
    CHECK_STRING(outcome.output, "found\n");
    CHECK_NUMBER(outcome.exit_code, 0);
}
