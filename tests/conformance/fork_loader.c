/* A fork while another thread is inside the loader, and holds a lock of it that nobody will release
 * in the child: what the library needs of the loader it has asked before, or asks without a lock.
 */
#include "folder.h"
#include "forked.h"
#include "gate.h"
#include "timer_tools.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>

enum {
    EVERYTHING = THREADING_INSPECT_ORDER | THREADING_INSPECT_HOLDS | THREADING_INSPECT_TIMELINE |
                 THREADING_INSPECT_WAITS | THREADING_INSPECT_CLASSES
};
enum { CHILD_IS_FINE = 50 };

static void *returns(void *arg) { return arg; }

static void start_a_thread(void) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, returns, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

/* What looks at who calls, at where code lies, or for functions of other libraries. */
static void ask_everything(void) {
    threading_lock lock;
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    CHECK(nowhere >= 0);
    CHECK_STATUS(threading_report_mistakes(true), THREADING_OK);
    for (uint32_t bit = 1; bit <= EVERYTHING; bit <<= 1) {
        CHECK_STATUS(threading_inspect(bit & EVERYTHING), THREADING_OK);
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire_timeout(lock, 1e-6), THREADING_TIMEOUT);
        CHECK_STATUS(threading_dump(nowhere), THREADING_OK);
        CHECK_STATUS(threading_dump_json(nowhere), THREADING_OK);
        CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_release(lock), THREADING_NOT_ACQUIRED);
        CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
    }
    CHECK_STATUS(threading_inspect(0), THREADING_OK);
    CHECK_STATUS(threading_report_mistakes(false), THREADING_OK);
    start_a_thread();
    timer_finish(timer_started(0, returns, NULL));
    close(nowhere);
}

static void in_a_child(void) {
    pid_t child = forked();
    if (child == 0) {
        ask_everything();
        _exit(CHILD_IS_FINE);
    }
    CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
}

/* ---- dl_iterate_phdr ---- */

static gate inside = GATE_CLOSED;

static int stays(struct dl_phdr_info *info, size_t size, void *arg) {
    gate_pass(&inside);
    (void)info;
    (void)size;
    (void)arg;
    return 1;
}

static void *looks_at_what_is_loaded(void *arg) {
    dl_iterate_phdr(stays, NULL);
    return arg;
}

static void fork_while_one_looks(void) {
    pthread_t looker;
    CHECK_NUMBER(pthread_create(&looker, NULL, looks_at_what_is_loaded, NULL), 0);
    gate_await(&inside, 1);
    in_a_child();
    gate_open(&inside);
    CHECK_NUMBER(pthread_join(looker, NULL), 0);
}

CASE(a_child_does_not_wait_for_a_thread_that_looked_at_what_is_loaded) {
    ask_everything();
    fork_while_one_looks();
}

/* With the first thread the library loads the unwinder, if it is a shared one. It needs nothing
 * else of the loader. */
CASE(nor_does_a_child_that_asks_what_its_parent_has_not_asked) {
    start_a_thread();
    fork_while_one_looks();
}

/* ---- dlopen ---- */

static void *loads(void *path) {
    /* It reads what the other end never writes. */
    CHECK(dlopen(path, RTLD_NOW) == NULL);
    return path;
}

CASE(a_child_does_not_wait_for_a_thread_that_was_loading_a_library) {
    char path[80];
    pthread_t loader;
    int end;
    ask_everything();
    folder_make();
    snprintf(path, sizeof path, "%s/pipe", folder);
    CHECK_NUMBER(mkfifo(path, 0600), 0);
    CHECK_NUMBER(pthread_create(&loader, NULL, loads, path), 0);
    /* It can be opened so as soon as the other end is. */
    EVENTUALLY((end = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) >= 0);
    in_a_child();
    close(end);
    CHECK_NUMBER(pthread_join(loader, NULL), 0);
}
