/* The thread that watches is in no list, keeps no process alive, and is not in forked children. */
#include "forked.h"
#include "insight_report.h"
#include "process_end.h"

enum { CHILD_IS_FINE = 50 };

CASE(the_watch_is_in_no_list) {
    threading_thread threads[4];
    threading_wait wait;
    int file = reports_to_file();
    for (int often = 0; often < 2; often++) {
        CHECK_STATUS(threading_watch(often ? OFTEN : LONG, 0), THREADING_OK);
        EVENTUALLY(watching_task() != 0);
        EVENTUALLY(task_is_asleep((uint64_t)watching_task()));
        CHECK_NUMBER(threading_enumerate(threads, 4), 1);
        CHECK_NUMBER(threading_active_count(), 1);
        CHECK_NUMBER(threading_waits(&wait, 1), 0);
        char *text = dumped(threading_dump);
        CHECK_HAS(text, "; 1 thread, 0 waiting, 0 sleeping");
        CHECK_HAS(text, "native=");
        CHECK_LACKS(text, "\"watch\"");
        CHECK_LACKS(text, "has not called the library");
        free(text);
        text = dumped(threading_dump_json);
        CHECK_HAS(text, "\"native_id\":");
        free(text);
    }
    CHECK_NUMBER(lseek(file, 0, SEEK_END), 0);
}

static atomic_int handled;
static void handles(int signal) {
    (void)signal;
    atomic_fetch_add(&handled, 1);
}

/* Blocked by all threads of the program's, it stays pending. */
CASE(the_watch_takes_none_of_the_programs_signals) {
    sigset_t one, pending;
    reports_to_file();
    signal(SIGUSR1, handles);
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    CHECK_STATUS(threading_watch(OFTEN, 0), THREADING_OK);
    CHECK_NUMBER(pthread_sigmask(SIG_BLOCK, &one, NULL), 0);
    await_looks(1);
    CHECK_NUMBER(kill(getpid(), SIGUSR1), 0);
    await_looks(MANY);
    CHECK_NUMBER(sigpending(&pending), 0);
    CHECK(sigismember(&pending, SIGUSR1));
    CHECK_NUMBER(atomic_load(&handled), 0);
}

/* It has looked, and looks on. */
static void watches_and(const char *line) {
    CHECK_STATUS(threading_watch(OFTEN, 0), THREADING_OK);
    await_looks(1);
    say(line);
}

CHILD(main_returns) { watches_and("returns\n"); }
CHILD(main_exits) {
    watches_and("exits\n");
    exit(7);
}
CHILD(main_leaves) {
    watches_and("leaves\n");
    pthread_exit(NULL);
}
CHILD(main_leaves_after_the_stand_in_was_told) {
    CHECK_STATUS(threading_watch(LONG, 0), THREADING_OK);
    say("leaves\n");
    pthread_exit(NULL);
}
CHILD(main_shuts_down) {
    watches_and("shuts down\n");
    CHECK_STATUS(threading_shutdown(), THREADING_OK);
}
static void *starts_the_watch(void *arg) {
    watches_and("from a thread\n");
    return arg;
}
CHILD(a_thread_starts_it_and_main_leaves) {
    CHECK_STATUS(threading_thread_spawn(NULL, starts_the_watch, NULL, NULL), THREADING_OK);
    pthread_exit(NULL);
}

/* Only this thread is left when it begins. */
static void *starts_the_watch_when_main_has_left(void *arg) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)getpid());
    EVENTUALLY(state_in(path) == 'Z');
    dawdle();
    watches_and("from a foreign thread\n");
    return arg;
}
CHILD(main_leaves_and_then_a_foreign_thread_starts_it) {
    pthread_t thread;
    CHECK_NUMBER(pthread_create(&thread, NULL, starts_the_watch_when_main_has_left, NULL), 0);
    CHECK_NUMBER(pthread_detach(thread), 0);
    pthread_exit(NULL);
}

CASE(the_watch_keeps_no_process_alive) {
    expect("main_returns", 0, "returns\n");
    expect("main_exits", 7, "exits\n");
    expect("main_leaves", 0, "leaves\n");
    expect("main_leaves_after_the_stand_in_was_told", 0, "leaves\n");
    expect("main_shuts_down", 0, "shuts down\n");
    expect("a_thread_starts_it_and_main_leaves", 0, "from a thread\n");
    expect("main_leaves_and_then_a_foreign_thread_starts_it", 0, "from a foreign thread\n");
}

/* Most children start no thread, and run another program. */
CASE(in_a_forked_child_the_watch_begins_again_with_its_first_thread) {
    reports_to_file();
    watch_begins(0);
    await_looks(1);
    for (int round = 0; round < 20; round++) {
        pid_t child = forked();
        if (child == 0) {
            circle own = {.size = 0};
            CHECK_NUMBER(case_tasks(), 1);
            circle_plant(&own, 2, TWO_LOCKS);
            CHECK_NUMBER(case_tasks(), 4);
            await_told(1);
            check_heard(&told, &own);
            circle_break(&own);
            circle_end(&own);
            /* It ends here as well, and the parent's was another. */
            CHECK_STATUS(threading_watch(INFINITY, 0), THREADING_OK);
            EVENTUALLY(case_tasks() == 1);
            _exit(CHILD_IS_FINE);
        }
        CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
    }
    await_looks(MANY);
    check_told(0);
}
