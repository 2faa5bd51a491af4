/* The signal that writes a dump meets threads anywhere in the library, as fast as signals go: each
 * dump is whole, and everybody goes on. */
#include "caller.h"
#include "insight_tools.h"
#include "waits.h"

#include <signal.h>

#define HEAD "libthreading 0."

/* With what the main thread holds a dump is longer than what is written at once. */
enum { BUSY_THREADS = 8, SECONDS = 3, HELD = 300, MOST_BYTES = 100000000 };
#define HELD_NAME "held all the time by the main thread"

static uint64_t played[KINDS];
static atomic_bool over;
static atomic_int ended;

static void *returns(void *arg) { return arg; }

static void uses_everything(worker *self) {
    CHECK(threading_get_ident() != 0);
    worker_arrives(self);
    while (!atomic_load(&over)) {
        threading_thread thread;
        threading_lock named;
        for (int kind = 0; kind < KINDS; kind++) {
            object_kinds[kind].play(played[kind], object_right);
        }
        CHECK_STATUS(threading_thread_spawn("brief", returns, NULL, &thread), THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
        CHECK_STATUS(threading_lock_new(&named), THREADING_OK);
        CHECK_STATUS(threading_lock_set_name(named, "brief"), THREADING_OK);
        CHECK_STATUS(threading_lock_destroy(named), THREADING_OK);
        errno = CALLER_ERRNO;
        for (volatile int i = 0; i < 1000; i++) {
        }
        CHECK_NUMBER(errno, CALLER_ERRNO);
    }
    /* It is there while signals are sent to it. */
    atomic_fetch_add(&ended, 1);
    EVENTUALLY(atomic_load(&ended) > BUSY_THREADS);
}

/* The lines of a dump begin with one of these: a thread that has ended since it was seen has no
 * name any more, and stands there by its ident. */
static bool is_line(const char *line) {
    static const char *const begins[] = {"\"",       "thread 0x", "    holds ",
                                         "    for ", "native",    "contention:"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        if (strncmp(line, begins[i], strlen(begins[i])) == 0) {
            return true;
        }
    }
    char *end;
    strtoul(line, &end, 10);
    return end > line && (strncmp(end, " timers are pending", 19) == 0 || *end == ' ');
}

/* A head and a second line, then lines that are whole; all that are busy are there. */
static void check_whole(const char *dump, const char *end, const worker *all) {
    int line_number = 0, held = 0;
    for (const char *line = dump; line < end; line_number++) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        CHECK(next != NULL);
        if (!(line_number == 1 ? strncmp(line, "Each line is true at", 20) == 0
                               : line_number == 0 || is_line(line))) {
            fprintf(stderr, "%.*s\n", (int)(next - line), line);
            CHECK(!"a line of a dump");
        }
        const char *name = strstr(line, HELD_NAME);
        held += name != NULL && name < next;
        line = next + 1;
    }
    CHECK_NUMBER(held, HELD);
    for (int i = 0; i < BUSY_THREADS; i++) {
        char native[32];
        snprintf(native, sizeof native, " native=%d ", atomic_load(&all[i].native_id));
        const char *found = strstr(dump, native);
        CHECK(found != NULL && found < end);
    }
}

CASE(signals_as_fast_as_they_go_meet_eight_threads_that_use_everything) {
    worker all[BUSY_THREADS];
    sigset_t blocked;
    char path[64];
    int file = memfd_create("dumps", 0), dumps = 0;
    long signals = 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    CHECK_STATUS(threading_dump_on_signal(SIGUSR1, path), THREADING_OK);
    for (int kind = 0; kind < KINDS; kind++) {
        played[kind] = object_kinds[kind].make_played();
    }
    for (int i = 0; i < HELD; i++) {
        threading_lock lock;
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_set_name(lock, HELD_NAME), THREADING_OK);
    }
    for (int i = 0; i < BUSY_THREADS; i++) {
        worker_start(&all[i], i % WORKER_KINDS, uses_everything, NULL);
        EVENTUALLY(atomic_load(&all[i].native_id) != 0);
    }
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    CHECK_NUMBER(pthread_sigmask(SIG_BLOCK, &blocked, NULL), 0);
    for (double start = threading_monotonic();
         threading_monotonic() - start < SECONDS && lseek(file, 0, SEEK_END) < MOST_BYTES;
         signals++) {
        long to = signals % (BUSY_THREADS + 1);
        int id = to < BUSY_THREADS ? atomic_load(&all[to].native_id) : 0;
        CHECK_NUMBER(id ? syscall(SYS_tgkill, getpid(), id, SIGUSR1) : kill(getpid(), SIGUSR1), 0);
    }
    atomic_store(&over, true);
    EVENTUALLY(atomic_load(&ended) == BUSY_THREADS);
    atomic_fetch_add(&ended, 1);
    for (int i = 0; i < BUSY_THREADS; i++) {
        worker_join(&all[i]);
    }
    char *text = text_of_file(file);
    CHECK(strncmp(text, HEAD, strlen(HEAD)) == 0);
    for (char *dump = text, *next; *dump != '\0'; dump = next, dumps++) {
        next = strstr(dump + 1, HEAD);
        next = next ? next : dump + strlen(dump);
        check_whole(dump, next, all);
    }
    printf("%ld signals, %d dumps\n", signals, dumps);
    CHECK(dumps > BUSY_THREADS);
    free(text);
}
