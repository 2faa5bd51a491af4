/* threading_dump_on_signal: where the dump of a signal goes, which signals it takes and which it
 * leaves, and that it harms nothing of what it interrupts. */
#include "caller.h"
#include "folder.h"
#include "forked.h"
#include "insight_circle.h"

#include <limits.h>

enum { CHILD_IS_FINE = 50 };
#define HEAD "libthreading 0."

/* How often that file of the folder has a dump of that process, and of no other. */
static int dumps_of(pid_t process, const char *name) {
    char head[64];
    char *text = folder_text(name);
    if (text == NULL) {
        return 0;
    }
    snprintf(head, sizeof head, ": process %d (", (int)process);
    int times = times_in(text, head);
    CHECK_NUMBER(times_in(text, HEAD), times);
    CHECK_NUMBER(times_in(text, "\"MainThread\" ident="), times);
    free(text);
    return times;
}

static void dump_on(int signal, const char *name) {
    char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK_STATUS(threading_dump_on_signal(signal, path), THREADING_OK);
}

static void (*disposition(int signal))(int) {
    struct sigaction action;
    CHECK_NUMBER(sigaction(signal, NULL, &action), 0);
    return action.sa_handler;
}
static bool is_default(int signal) { return disposition(signal) == SIG_DFL; }

/* What is written to the standard error stream from now on. */
static int catch_errors(void) {
    int file = memfd_create("errors", MFD_CLOEXEC);
    CHECK(file >= 0 && dup2(file, STDERR_FILENO) == STDERR_FILENO);
    return file;
}
static int dumps_in(int file) {
    char *text = text_of_file(file);
    int times = times_in(text, HEAD);
    CHECK_NUMBER(times_in(text, "\"MainThread\" ident="), times);
    free(text);
    return times;
}

/* ---- where it goes ---- */

CASE(each_signal_appends_a_dump_to_the_file) {
    folder_make();
    dump_on(SIGUSR1, "dump");
    char path[400];
    struct stat status;
    snprintf(path, sizeof path, "%s/dump", folder);
    CHECK(stat(path, &status) < 0);
    for (int times = 1; times <= 3; times++) {
        CHECK_NUMBER(raise(SIGUSR1), 0);
        CHECK_NUMBER(dumps_of(getpid(), "dump"), times);
    }
    /* It may name secrets, and is opened anew for each dump. */
    CHECK_NUMBER(stat(path, &status), 0);
    CHECK_NUMBER(status.st_mode & 0777, 0600);
    CHECK_NUMBER(unlink(path), 0);
    FILE *begun = fopen(path, "w");
    CHECK(begun != NULL && fputs("begun by others\n", begun) >= 0 && fclose(begun) == 0);
    CHECK_NUMBER(kill(getpid(), SIGUSR1), 0);
    CHECK_NUMBER(dumps_of(getpid(), "dump"), 1);
    char *text = folder_text("dump");
    CHECK(strncmp(text, "begun by others\n" HEAD, strlen("begun by others\n" HEAD)) == 0);
    free(text);
}

CASE(the_file_of_a_forked_child_has_the_childs_id_in_its_name) {
    char name[64], of_child[64];
    folder_make();
    dump_on(SIGUSR1, "%p.dump.%q.%p");
    snprintf(name, sizeof name, "%d.dump.%%q.%d", (int)getpid(), (int)getpid());
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(dumps_of(getpid(), name), 1);
    pid_t child = forked();
    if (child == 0) {
        CHECK_NUMBER(raise(SIGUSR1), 0);
        _exit(CHILD_IS_FINE);
    }
    CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
    snprintf(of_child, sizeof of_child, "%d.dump.%%q.%d", (int)child, (int)child);
    CHECK_NUMBER(dumps_of(child, of_child), 1);
    CHECK_NUMBER(dumps_of(getpid(), name), 1);
}

CASE(without_a_path_it_goes_to_the_standard_error_stream) {
    folder_make();
    int errors = catch_errors();
    CHECK_STATUS(threading_dump_on_signal(SIGUSR1, NULL), THREADING_OK);
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(dumps_in(errors), 1);
    dump_on(SIGUSR1, "dump");
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(dumps_in(errors), 1);
    CHECK_NUMBER(dumps_of(getpid(), "dump"), 1);
    CHECK_STATUS(threading_dump_on_signal(SIGUSR1, NULL), THREADING_OK);
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(dumps_in(errors), 2);
    CHECK_NUMBER(dumps_of(getpid(), "dump"), 1);
}

/* It is copied. */
CASE(the_path_need_not_outlive_the_call) {
    char path[400];
    folder_make();
    snprintf(path, sizeof path, "%s/dump", folder);
    CHECK_STATUS(threading_dump_on_signal(SIGUSR1, path), THREADING_OK);
    memset(path, 'x', sizeof path);
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(dumps_of(getpid(), "dump"), 1);
}

CASE(a_file_that_cannot_be_opened_is_replaced_by_the_standard_error_stream) {
    static char ids[1024];
    folder_make();
    int errors = catch_errors();
    dump_on(SIGUSR1, "is/not/there");
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(dumps_in(errors), 1);
    dump_on(SIGUSR1, "");
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(dumps_in(errors), 2);
    /* Longer than any path, when the ids are in it. */
    for (size_t i = 0; i + 2 < sizeof ids; i += 2) {
        memcpy(ids + i, "%p", 2);
    }
    CHECK_STATUS(threading_dump_on_signal(SIGUSR1, ids), THREADING_OK);
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(dumps_in(errors), 3);
    /* It can be opened from now on. */
    dump_on(SIGUSR1, "dump");
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(dumps_in(errors), 3);
    CHECK_NUMBER(dumps_of(getpid(), "dump"), 1);
}

/* ---- what is refused ---- */

/* SIGUSR1 writes to "dump" as before, which has that many; and SIGUSR2 is nobody's. */
static void check_nothing_changed(int *times) {
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(dumps_of(getpid(), "dump"), ++*times);
    CHECK(is_default(SIGUSR2));
    CHECK(folder_text("other") == NULL);
}

static threading_status elsewhere(int signal) {
    char path[400];
    snprintf(path, sizeof path, "%s/other", folder);
    return threading_dump_on_signal(signal, path);
}

static atomic_int handled;
static void handles(int signal) {
    (void)signal;
    atomic_fetch_add(&handled, 1);
}

CASE(a_signal_that_the_program_handles_or_ignores_is_left_to_it) {
    int times = 0;
    folder_make();
    dump_on(SIGUSR1, "dump");
    signal(SIGHUP, handles);
    signal(SIGQUIT, SIG_IGN);
    for (int round = 0; round < 2; round++) {
        CHECK_STATUS(elsewhere(SIGHUP), THREADING_BUSY);
        CHECK_STATUS(elsewhere(SIGQUIT), THREADING_BUSY);
        CHECK_STATUS(threading_dump_on_signal(SIGHUP, NULL), THREADING_BUSY);
        CHECK(disposition(SIGHUP) == handles && disposition(SIGQUIT) == SIG_IGN);
        CHECK_NUMBER(raise(SIGHUP), 0);
        CHECK_NUMBER(raise(SIGQUIT), 0);
        CHECK_NUMBER(atomic_load(&handled), round + 1);
        check_nothing_changed(&times);
    }
    /* The program no longer does. */
    signal(SIGHUP, SIG_DFL);
    CHECK_STATUS(elsewhere(SIGHUP), THREADING_OK);
    CHECK_NUMBER(raise(SIGHUP), 0);
    CHECK_NUMBER(dumps_of(getpid(), "other"), 1);
}

CASE(what_is_no_signal_or_cannot_be_handled_changes_nothing) {
    static const int none[] = {SIGKILL, SIGSTOP, -1, 65, 1000, INT_MAX, INT_MIN};
    int times = 0;
    folder_make();
    dump_on(SIGUSR1, "dump");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        errno = CALLER_ERRNO;
        CHECK_STATUS(elsewhere(none[i]), THREADING_INVALID_ARGUMENT);
        CHECK_NUMBER(errno, CALLER_ERRNO);
        check_nothing_changed(&times);
    }
}

CASE(a_path_that_is_too_long_or_not_utf8_changes_nothing) {
    static char path[1025];
    static const int signals[] = {SIGUSR1, SIGUSR2, 0};
    int times = 0;
    folder_make();
    dump_on(SIGUSR1, "dump");
    memset(path, '/', sizeof path - 1);
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_dump_on_signal(signals[i], path), THREADING_INVALID_ARGUMENT);
        check_nothing_changed(&times);
        CHECK_STATUS(threading_dump_on_signal(signals[i], "caf\xe9"), THREADING_INVALID_ARGUMENT);
        CHECK_STRING(threading_error_message(), "the path is not UTF-8");
        check_nothing_changed(&times);
    }
    /* One byte less is a path. */
    memcpy(path, folder, strlen(folder));
    path[1023] = '\0';
    memcpy(path + 1023 - 5, "/long", 6);
    CHECK_NUMBER(strlen(path), 1023);
    CHECK_STATUS(threading_dump_on_signal(SIGUSR2, path), THREADING_OK);
    CHECK_NUMBER(raise(SIGUSR2), 0);
    CHECK_NUMBER(dumps_of(getpid(), "long"), 1);
}

/* ---- another signal, and none ---- */

CASE(a_signal_that_writes_no_more_has_its_default_again) {
    folder_make();
    dump_on(SIGUSR1, "dump");
    CHECK(!is_default(SIGUSR1));
    dump_on(SIGUSR2, "dump");
    CHECK(is_default(SIGUSR1) && !is_default(SIGUSR2));
    CHECK_NUMBER(raise(SIGUSR2), 0);
    CHECK_NUMBER(dumps_of(getpid(), "dump"), 1);
    CHECK_STATUS(threading_dump_on_signal(0, NULL), THREADING_OK);
    CHECK(is_default(SIGUSR1) && is_default(SIGUSR2));
    CHECK_STATUS(threading_dump_on_signal(0, NULL), THREADING_OK);
    pid_t child = forked();
    if (child == 0) {
        raise(SIGUSR2);
        _exit(CHILD_IS_FINE);
    }
    int state = 0;
    CHECK_NUMBER(waitpid(child, &state, 0), child);
    CHECK(WIFSIGNALED(state) && WTERMSIG(state) == SIGUSR2);
}

CASE(a_handler_that_the_program_has_set_meanwhile_stays) {
    folder_make();
    dump_on(SIGUSR1, "dump");
    signal(SIGUSR1, handles);
    dump_on(SIGUSR2, "dump");
    CHECK(disposition(SIGUSR1) == handles);
    signal(SIGUSR2, SIG_IGN);
    CHECK_STATUS(threading_dump_on_signal(0, NULL), THREADING_OK);
    CHECK(disposition(SIGUSR2) == SIG_IGN);
}

/* ---- what it interrupts ---- */

CASE(errno_stays_as_it_was) {
    folder_make();
    catch_errors();
    static const char *const names[] = {"dump", "is/not/there"};
    for (int i = 0; i < 2; i++) {
        dump_on(SIGUSR1, names[i]);
        errno = CALLER_ERRNO;
        raise(SIGUSR1);
        CHECK_NUMBER(errno, CALLER_ERRNO);
    }
}

static int pipe_ends[2];

static threading_status reads_one(caller *self) {
    char byte;
    ssize_t count = read(pipe_ends[0], &byte, 1);
    (void)self;
    return count == 1 ? THREADING_OK : THREADING_BROKEN;
}

CASE(a_system_call_that_can_go_on_goes_on) {
    caller reader;
    folder_make();
    dump_on(SIGUSR1, "dump");
    CHECK_NUMBER(pipe(pipe_ends), 0);
    caller_start_asleep(&reader, FOREIGN, reads_one, 0, -1);
    for (int times = 1; times <= 3; times++) {
        CHECK_NUMBER(pthread_kill(reader.thread.foreign, SIGUSR1), 0);
        EVENTUALLY(dumps_of(getpid(), "dump") == times);
        EVENTUALLY(worker_asleep(&reader.thread));
        CHECK(!atomic_load(&reader.returned));
    }
    CHECK_NUMBER(write(pipe_ends[1], "x", 1), 1);
    caller_end(&reader, THREADING_OK);
}

/* As large as those of other languages' threads. */
enum { ALTERNATE = 32768, GUARD = 65536 };

/* From now on the calling thread has one of that size, and below it nothing may be touched. */
static char *alternate_stack(size_t size) {
    char *place = mmap(NULL, GUARD + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(place != MAP_FAILED);
    CHECK_NUMBER(mprotect(place + GUARD, size, PROT_READ | PROT_WRITE), 0);
    stack_t stack = {.ss_sp = place + GUARD, .ss_size = size};
    CHECK_NUMBER(sigaltstack(&stack, NULL), 0);
    return place + GUARD;
}

CASE(an_alternate_stack_that_is_too_small_is_not_overrun) {
    folder_make();
    int errors = catch_errors();
    dump_on(SIGUSR1, "dump");
    /* What the processor's registers need: musl refuses smaller ones. */
#ifdef _SC_MINSIGSTKSZ
    size_t least = (size_t)sysconf(_SC_MINSIGSTKSZ);
#else
    size_t least = 0;
#endif
    for (size_t size = 8192; size <= ALTERNATE; size += 4096) {
        if (size < least) {
            continue;
        }
        bool is_large = size >= 24 * 1024;
        alternate_stack(size);
        CHECK(ftruncate(errors, 0) == 0 && lseek(errors, 0, SEEK_SET) == 0);
        CHECK_NUMBER(raise(SIGUSR1), 0);
        char *text = text_of_file(errors);
        CHECK_NUMBER(times_in(text, "the alternate signal stack has less than 24 KB\n"), !is_large);
        free(text);
        CHECK_NUMBER(dumps_of(getpid(), "dump"), is_large ? (int)(size - 20 * 1024) / 4096 : 0);
    }
}

CASE(an_alternate_stack_is_used_and_is_large_enough) {
    static const edge edges[] = {BY_LOCK, BY_LOCKS_CONDITION, BY_LOCK};
    circle one = {.size = 0};
    folder_make();
    dump_on(SIGUSR1, "dump");
    circle_plant(&one, 3, edges);
    char *stack = alternate_stack(ALTERNATE);
    memset(stack, 0x5a, ALTERNATE);
    CHECK_NUMBER(raise(SIGUSR1), 0);
    CHECK_NUMBER(dumps_of(getpid(), "dump"), 1);
    size_t unused = 0;
    while (unused < ALTERNATE && stack[unused] == 0x5a) {
        unused++;
    }
    printf("%zu bytes of stack\n", (size_t)ALTERNATE - unused);
    CHECK(unused > 0 && unused < ALTERNATE);
    circle_break(&one);
    circle_end(&one);
}
