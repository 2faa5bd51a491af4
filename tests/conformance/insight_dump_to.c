/* threading_dump and threading_dump_json, by where they are written to: descriptors that take
 * nothing, pipes whose reader is slow or gone, and two dumps at once. */
#include "caller.h"
#include "forked.h"
#include "insight_tools.h"

#include <fcntl.h>

enum { CHILD_IS_FINE = 50, OBJECTS = 1000 };

static const dump_function dumps[] = {threading_dump, threading_dump_json};
#define FOR_EACH_DUMP(dump) for (const dump_function *dump = dumps; dump < dumps + 2; dump++)

/* From here on a dump is longer than what fits into a pipe. */
static void hold_many(void) {
    char name[301] = "";
    memset(name, 'n', sizeof name - 1);
    for (int i = 0; i < OBJECTS; i++) {
        threading_lock lock;
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
        CHECK_STATUS(threading_lock_set_name(lock, name), THREADING_OK);
    }
}

static void check_all_there(const char *text) {
    CHECK_NUMBER(times_in(text, "\"nnnnnnnn"), OBJECTS);
    CHECK(text[strlen(text) - 1] == '\n');
}

/* ---- descriptors that take nothing ---- */

static void check_refused(int file) {
    FOR_EACH_DUMP(dump) {
        errno = CALLER_ERRNO;
        CHECK_STATUS((*dump)(file), THREADING_INVALID_ARGUMENT);
        CHECK_NUMBER(errno, CALLER_ERRNO);
    }
}

CASE(a_descriptor_that_takes_nothing_is_an_invalid_argument) {
    int ends[2], file = open("/dev/null", O_RDONLY);
    CHECK(file >= 0);
    check_refused(file);
    CHECK_NUMBER(close(file), 0);
    check_refused(file);
    check_refused(-1);
    check_refused(1 << 30);
    CHECK((file = open("/dev/full", O_WRONLY)) >= 0);
    check_refused(file);
    CHECK((file = open("/", O_RDONLY)) >= 0);
    check_refused(file);
    CHECK_NUMBER(pipe(ends), 0);
    check_refused(ends[0]);
    free(dumped(threading_dump));
}

/* ---- pipes without a reader ---- */

static sigset_t mask_now(void) {
    sigset_t mask;
    /* The system writes only as much of it as there are signals. */
    memset(&mask, 0, sizeof mask);
    CHECK_NUMBER(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
    return mask;
}

/* SIGPIPE has its default, which ends the process. */
CASE(a_pipe_whose_reader_is_gone_sends_no_signal) {
    int ends[2];
    sigset_t before = mask_now(), after, pending;
    CHECK_NUMBER(pipe(ends), 0);
    CHECK_NUMBER(close(ends[0]), 0);
    check_refused(ends[1]);
    after = mask_now();
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    CHECK_NUMBER(sigpending(&pending), 0);
    CHECK(!sigismember(&pending, SIGPIPE));
}

/* One that the program has let wait is the program's. */
CASE(a_signal_of_a_broken_pipe_that_was_pending_stays_so) {
    int ends[2];
    sigset_t pipe_alone, pending;
    sigemptyset(&pipe_alone);
    sigaddset(&pipe_alone, SIGPIPE);
    CHECK_NUMBER(pthread_sigmask(SIG_BLOCK, &pipe_alone, NULL), 0);
    CHECK_NUMBER(pipe(ends), 0);
    CHECK_NUMBER(close(ends[0]), 0);
    check_refused(ends[1]);
    CHECK_NUMBER(sigpending(&pending), 0);
    CHECK(!sigismember(&pending, SIGPIPE));
    CHECK_NUMBER(pthread_kill(pthread_self(), SIGPIPE), 0);
    check_refused(ends[1]);
    CHECK_NUMBER(sigpending(&pending), 0);
    CHECK(sigismember(&pending, SIGPIPE));
    sigset_t mask = mask_now();
    CHECK(sigismember(&mask, SIGPIPE));
}

/* ---- a dump that waits for its reader ---- */

static dump_function in_another;

static threading_status dumps_to(caller *self) { return in_another((int)self->bits); }

/* Another thread's dump that has filled the pipe, and waits. */
static void dump_starts(caller *self, dump_function dump, int ends[2]) {
    CHECK_NUMBER(pipe(ends), 0);
    in_another = dump;
    caller_start_asleep(self, FOREIGN, dumps_to, (uint64_t)ends[1], 0);
}

/* All that comes, to be freed; in small bites if it is slow. */
static char *read_all(int file, bool slowly) {
    size_t room = 1 << 22, length = 0;
    char *text = malloc(room);
    CHECK(text != NULL);
    for (;;) {
        ssize_t count = read(file, text + length, slowly ? 1000 : room - length - 1);
        CHECK(count >= 0 && length + (size_t)count < room - 1);
        length += (size_t)count;
        if (count == 0) {
            break;
        }
        if (slowly && length % 8000 < 1000) {
            case_nap();
        }
    }
    text[length] = '\0';
    return text;
}

typedef struct reader {
    worker thread;
    int file;
    bool slowly;
    char *text;
} reader;

static void reads(worker *self) {
    reader *me = self->context;
    me->text = read_all(me->file, me->slowly);
}

CASE(a_dump_whose_reader_goes_away_in_the_middle_is_over) {
    hold_many();
    FOR_EACH_DUMP(dump) {
        caller other;
        int ends[2];
        dump_starts(&other, *dump, ends);
        CHECK_NUMBER(close(ends[0]), 0);
        caller_end(&other, THREADING_INVALID_ARGUMENT);
        CHECK_NUMBER(close(ends[1]), 0);
        char *text = dumped(*dump);
        check_all_there(text);
        free(text);
    }
}

CASE(a_second_dump_at_once_is_busy_and_the_first_is_whole) {
    hold_many();
    FOR_EACH_DUMP(dump) {
        caller other;
        int ends[2], file = memfd_create("second", MFD_CLOEXEC);
        dump_starts(&other, *dump, ends);
        CHECK(file >= 0);
        CHECK_STATUS(threading_dump(file), THREADING_BUSY);
        CHECK_STATUS(threading_dump_json(file), THREADING_BUSY);
        CHECK_NUMBER(lseek(file, 0, SEEK_END), 0);
        /* Other looks are no dumps. */
        CHECK_NUMBER(deadlock_size(), 0);
        reader drain = {.file = ends[0]};
        worker_start(&drain.thread, FOREIGN, reads, &drain);
        caller_end(&other, THREADING_OK);
        CHECK_NUMBER(close(ends[1]), 0);
        worker_join(&drain.thread);
        check_all_there(drain.text);
        free(drain.text);
        char *text = dumped(*dump);
        check_all_there(text);
        free(text);
    }
}

/* The one who was in the middle of a dump is not there any more. */
CASE(a_child_forked_in_the_middle_of_a_dump_can_dump) {
    hold_many();
    caller other;
    int ends[2];
    dump_starts(&other, threading_dump, ends);
    for (int round = 0; round < 10; round++) {
        pid_t child = forked();
        if (child == 0) {
            alarm(CASE_SECONDS / 2);
            char *text = dumped(threading_dump);
            CHECK_HAS(text, "; 1 thread, 0 waiting, ");
            free(text);
            text = dumped(threading_dump_json);
            check_all_there(text);
            free(text);
            _exit(CHILD_IS_FINE);
        }
        CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
    }
    CHECK_STATUS(threading_dump(STDERR_FILENO), THREADING_BUSY);
    CHECK_NUMBER(close(ends[0]), 0);
    caller_end(&other, THREADING_INVALID_ARGUMENT);
}

CASE(a_pipe_that_does_not_block_is_waited_for) {
    hold_many();
    FOR_EACH_DUMP(dump) {
        int ends[2];
        reader slow = {.slowly = true};
        CHECK_NUMBER(pipe2(ends, O_CLOEXEC), 0);
        CHECK_NUMBER(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
        slow.file = ends[0];
        worker_start(&slow.thread, FOREIGN, reads, &slow);
        CHECK_STATUS((*dump)(ends[1]), THREADING_OK);
        CHECK_NUMBER(close(ends[1]), 0);
        worker_join(&slow.thread);
        check_all_there(slow.text);
        free(slow.text);
    }
}

/* The reader of a pipe that does not block may go away while the dump waits for room. */
CASE(a_pipe_that_does_not_block_and_loses_its_reader_is_over) {
    hold_many();
    FOR_EACH_DUMP(dump) {
        int ends[2];
        caller other;
        CHECK_NUMBER(pipe(ends), 0);
        CHECK_NUMBER(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
        in_another = *dump;
        caller_start_asleep(&other, OURS, dumps_to, (uint64_t)ends[1], 0);
        CHECK_NUMBER(close(ends[0]), 0);
        caller_end(&other, THREADING_INVALID_ARGUMENT);
    }
}

/* ---- two at once, again and again ---- */

enum { AT_ONCE = 4, ROUNDS = 300 };
static atomic_int whole, busy;

static void dumps_often(worker *self) {
    dump_function dump = dumps[(size_t)self->context % 2];
    for (int round = 0; round < ROUNDS; round++) {
        int file = memfd_create("one of several", MFD_CLOEXEC);
        CHECK(file >= 0);
        threading_status status = dump(file);
        char *text = text_of_file(file);
        CHECK(status == THREADING_OK || status == THREADING_BUSY);
        if (status == THREADING_OK) {
            CHECK(times_in(text, "MainThread") == 1 && text[strlen(text) - 1] == '\n');
            atomic_fetch_add(&whole, 1);
        } else {
            CHECK_STRING(text, "");
            atomic_fetch_add(&busy, 1);
        }
        free(text);
        close(file);
    }
}

CASE(of_dumps_at_once_each_is_whole_or_busy) {
    worker all[AT_ONCE];
    for (size_t i = 0; i < AT_ONCE; i++) {
        worker_start(&all[i], (worker_kind)(i / 2 % WORKER_KINDS), dumps_often, (void *)i);
    }
    for (size_t i = 0; i < AT_ONCE; i++) {
        worker_join(&all[i]);
    }
    CHECK(atomic_load(&whole) > 0);
    printf("%d whole, %d busy\n", atomic_load(&whole), atomic_load(&busy));
}
