/* THREADING_SOCKET=1: the thread that answers is in no list, keeps no process alive, and takes no
 * signal and no descriptor; a forked child answers under its own name. */
#include "insight_socket.h"
#include "refused_call.h"

#include <dirent.h>
#include <fcntl.h>

/* The kernel's number, for headers that are older than this call. It is the same everywhere. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static void *nothing(void *arg) { return arg; }

/* ---- the process ---- */

/* How many sockets the program has among its descriptors. */
static int sockets_now(void) {
    int count = 0;
    DIR *list = opendir("/proc/self/fd");
    CHECK(list != NULL);
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        char path[300], target[16] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        count += readlink(path, target, sizeof target - 1) > 0 && !strncmp(target, "socket:", 7);
    }
    closedir(list);
    return count;
}

CHILD(says_how_many_sockets_it_sees) {
    char text[32];
    if (getenv("THREADING_SOCKET") != NULL) {
        check_answers();
    }
    snprintf(text, sizeof text, "%d sockets", sockets_now());
    say(text);
    _exit(0);
}
CHILD(closes_all_and_answers) {
    check_answers();
    for (int i = 3; i < 256; i++) {
        close(i);
    }
    for (int i = 0; i < 16; i++) {
        CHECK(open("/dev/null", O_RDONLY) >= 0);
    }
    check_answers();
}
CASE(the_program_neither_sees_the_socket_nor_closes_it) {
    char without[64];
    snprintf(without, sizeof without, "%.63s", run("says_how_many_sockets_it_sees", NULL));
    CHECK_STRING(run("says_how_many_sockets_it_sees", "1"), without);
    CHECK_STRING(run("closes_all_and_answers", "1"), "");
}

CHILD(is_alone) {
    threading_thread threads[4];
    check_answers();
    CHECK_NUMBER(case_tasks(), 2);
    CHECK_NUMBER(threading_enumerate(threads, 4), 1);
    CHECK_NUMBER(threading_active_count(), 1);
    char *text = answered("dump\n");
    CHECK_HAS(text, "; 1 thread, 0 waiting, 0 sleeping");
    CHECK_LACKS(text, "has not called the library");
    free(text);
}
CHILD(main_leaves) {
    check_answers();
    say("leaves\n");
    pthread_exit(NULL);
}
CASE(the_thread_is_in_no_list_and_keeps_no_process_alive) {
    CHECK_STRING(run("is_alone", "1"), "");
    CHECK_STRING(run("main_leaves", "1"), "leaves\n");
}

static atomic_int handled;
static void handles(int signal) {
    (void)signal;
    atomic_fetch_add(&handled, 1);
}
CHILD(takes_no_signal) {
    sigset_t one, pending;
    signal(SIGUSR1, handles);
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    CHECK_NUMBER(pthread_sigmask(SIG_BLOCK, &one, NULL), 0);
    check_answers();
    CHECK_NUMBER(kill(getpid(), SIGUSR1), 0);
    check_answers();
    CHECK_NUMBER(sigpending(&pending), 0);
    CHECK(sigismember(&pending, SIGUSR1));
    CHECK_NUMBER(atomic_load(&handled), 0);
}
CASE(the_thread_takes_none_of_the_programs_signals) {
    CHECK_STRING(run("takes_no_signal", "1"), "");
}

/* Takes its own name, and becomes another program that would have it too. */
CHILD(finds_its_name_taken) {
    struct sockaddr_un address;
    socklen_t length = address_of(getpid(), &address);
    int other = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_NUMBER(bind(other, (struct sockaddr *)&address, length), 0);
    CHECK_NUMBER(setenv("THREADING_SOCKET", "1", 1), 0);
    execl("/proc/self/exe", "child", "goes_on_alone", (char *)NULL);
    CHECK(!"it becomes another program");
}
CHILD(goes_on_alone) {
    EVENTUALLY(case_tasks() == 1);
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    CHECK_NUMBER(connection_to(getpid()), -1);
}
CASE(a_name_that_is_taken_is_told_in_one_line) {
    CHECK_STRING(run("finds_its_name_taken", NULL),
                 "libthreading: THREADING_SOCKET=1 is ignored: another socket has that name\n");
}

CHILD(is_refused_what_it_needs) {
    refuse(atol(getenv("CALL")), EPERM);
    CHECK_NUMBER(setenv("THREADING_SOCKET", "1", 1), 0);
    execl("/proc/self/exe", "child", "goes_on_alone", (char *)NULL);
    CHECK(!"it becomes another program");
}
CASE(what_the_system_refuses_is_told_in_one_line) {
    static const long calls[] = {SYS_close_range, SYS_bind, SYS_listen};
    for (int i = 0; i < 3; i++) {
        char text[24];
        snprintf(text, sizeof text, "%ld", calls[i]);
        CHECK_NUMBER(setenv("CALL", text, 1), 0);
        CHECK_STRING(run("is_refused_what_it_needs", NULL),
                     "libthreading: THREADING_SOCKET=1 is ignored: the system has no such socket, "
                     "or no descriptors of a thread's own\n");
    }
}

CHILD(has_no_socket) {
    CHECK_NUMBER(case_tasks(), 1);
    CHECK_NUMBER(connection_to(getpid()), -1);
}
CASE(without_the_variable_there_is_no_socket) {
    CHECK_STRING(run("has_no_socket", NULL), "");
    CHECK_STRING(run("has_no_socket", "0"), "");
}

/* ---- forked children ---- */

/* It has no socket until it starts a thread, and never its parent's. */
static void check_child(void) {
    char own[64];
    threading_thread thread;
    CHECK_NUMBER(case_tasks(), 1);
    CHECK_NUMBER(connection_to(getpid()), -1);
    CHECK_STATUS(threading_thread_spawn(NULL, nothing, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    char *text = answered("dump\n");
    snprintf(own, sizeof own, ": process %d (", (int)getpid());
    CHECK_HAS(text, own);
    free(text);
}

CHILD(forks) {
    check_answers();
    for (int round = 0; round < 10; round++) {
        pid_t child = forked();
        if (child == 0) {
            check_child();
            pid_t grandchild = forked();
            if (grandchild == 0) {
                check_child();
                _exit(CHILD_IS_FINE);
            }
            CHECK_NUMBER(exit_code_of(grandchild), CHILD_IS_FINE);
            _exit(CHILD_IS_FINE);
        }
        CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
    }
    check_answers();
}
CASE(a_forked_child_answers_under_its_own_name_from_its_first_thread_on) {
    CHECK_STRING(run("forks", "1"), "");
}

CHILD(leaves_a_child_behind) {
    pid_t parent = getpid();
    int silent = connected();
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(CASE_SECONDS / 2);
        EVENTUALLY(getppid() != parent);
        EVENTUALLY(connection_to(parent) == -1);
        /* A connection that it had inherited would stay open. */
        char *text = rest_of(silent);
        CHECK_STRING(text, "");
        free(text);
        say("gone\n");
    }
    _exit(0);
}
CASE(a_child_does_not_keep_its_parents_socket) {
    CHECK_STRING(run("leaves_a_child_behind", "1"), "gone\n");
}
