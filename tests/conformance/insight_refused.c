/* Looks for which the system has no memory: they say so or do without, say nothing wrong, and work
 * once there is memory again.
 *
 * This program's own mmap stands before the C library's, and can be told to fail. */
#include "insight_circle.h"
#include "real_calls.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

/* How many requests come before the one that fails; negative: none fails any more. */
static atomic_int left = -1;
static atomic_int failures;

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset) {
    if (atomic_load(&left) >= 0 && atomic_fetch_sub(&left, 1) == 0) {
        atomic_fetch_add(&failures, 1);
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return real_mmap(address, length, protection, flags, file, offset);
}

/* The names of locks take the labels of the first segment, of which each has 32 bytes, and there is
 * no memory for another. */
CASE(a_path_for_which_there_is_no_memory_takes_no_signal) {
    static char text[65536 * 32];
    struct sigaction found;
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(lock, "first"), THREADING_OK);
    memset(text, 'x', sizeof text - 1);
    for (size_t length = sizeof text - 1; length > 0;) {
        text[length] = '\0';
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        atomic_store(&left, 0);
        threading_status named = threading_lock_set_name(lock, text);
        atomic_store(&left, -1);
        text[length] = 'x';
        CHECK(named == THREADING_OK || named == THREADING_NO_RESOURCES);
        length = named == THREADING_OK ? length : length / 2;
    }
    atomic_store(&left, 0);
    CHECK_STATUS(threading_dump_on_signal(SIGUSR1, "dump"), THREADING_NO_RESOURCES);
    atomic_store(&left, -1);
    CHECK(sigaction(SIGUSR1, NULL, &found) == 0 && found.sa_handler == SIG_DFL);
    CHECK_STATUS(threading_dump_on_signal(SIGUSR1, NULL), THREADING_OK);
    CHECK_STATUS(threading_dump_on_signal(0, NULL), THREADING_OK);
}

static const edge TWO_LOCKS[] = {BY_LOCK, BY_LOCK};

/* So many that what is known of them does not fit into the memory that the library keeps. */
#define CROWD 400
static int crowd_size;
static threading_event leave;
static threading_thread crowd[CROWD];
static threading_wait waits_of_crowd[CROWD];

static void *stays(void *arg) {
    CHECK_STATUS(threading_event_wait(leave), THREADING_OK);
    return arg;
}

static void crowd_start(void) {
    CHECK_STATUS(threading_set_stack_size(32768), THREADING_OK);
    CHECK_STATUS(threading_event_new(&leave), THREADING_OK);
    for (crowd_size = 0; crowd_size < CROWD; crowd_size++) {
        CHECK_STATUS(threading_thread_spawn(NULL, stays, NULL, &crowd[crowd_size]), THREADING_OK);
    }
    EVENTUALLY(threading_waits(waits_of_crowd, CROWD) == CROWD);
}

static void crowd_end(void) {
    CHECK_STATUS(threading_event_set(leave), THREADING_OK);
    while (crowd_size > 0) {
        CHECK_STATUS(threading_thread_finish(crowd[--crowd_size], NULL), THREADING_OK);
    }
}

static void check_text(const char *text) {
    CHECK_HAS(text, "DEADLOCK (probable) of 2 threads");
    CHECK_HAS(text, " 1 deadlock\n");
    CHECK_NUMBER(times_in(text, "    holds lock "), 2);
}

static void check_json(const char *text) {
    CHECK_HAS(text, "{\"certainty\":\"probable\",\"threads\":[");
    CHECK_NUMBER(times_in(text, ",\"state\":\"waiting\""), 2 + crowd_size);
    CHECK(strcmp(text + strlen(text) - 4, "\n]}\n") == 0 || strstr(text, "\"unmet\":[]}") != NULL);
}

/* Nothing that was refused is left out in silence. */
static void each_request_is_refused_once(dump_function dump, void (*check)(const char *)) {
    int refused = 0;
    for (int number = 0;; number++) {
        int file = memfd_create("dump", MFD_CLOEXEC), before = atomic_load(&failures);
        CHECK(file >= 0);
        atomic_store(&left, number);
        threading_status status = dump(file);
        atomic_store(&left, -1);
        char *text = text_of_file(file);
        if (status == THREADING_NO_RESOURCES) {
            CHECK_STRING(text, "");
            refused++;
        } else {
            CHECK_STATUS(status, THREADING_OK);
            check(text);
        }
        free(text);
        close(file);
        if (atomic_load(&failures) == before) {
            break;
        }
    }
    CHECK(refused >= 3);
    printf("refused for want of %d requests\n", refused);
}

CASE(a_dump_without_memory_is_refused_before_it_has_written_anything) {
    circle one = {.size = 0};
    crowd_start();
    circle_plant(&one, 2, TWO_LOCKS);
    each_request_is_refused_once(threading_dump, check_text);
    each_request_is_refused_once(threading_dump_json, check_json);
    circle_break(&one);
    circle_end(&one);
    crowd_end();
}

CASE(a_look_for_deadlocks_without_memory_finds_none) {
    circle one = {.size = 0};
    circle_plant(&one, 2, TWO_LOCKS);
    atomic_store(&left, 0);
    check_none_found();
    CHECK_NUMBER(atomic_load(&failures), 1);
    check_found(&one);
    circle_break(&one);
    circle_end(&one);
}

CASE(a_process_that_has_used_up_its_memory_sees_what_needs_none) {
    circle one = {.size = 0};
    threading_wait waits[4];
    circle_plant(&one, 2, TWO_LOCKS);
    int file = memfd_create("dump", MFD_CLOEXEC);
    CHECK(file >= 0);
    struct rlimit before, none;
    CHECK_NUMBER(getrlimit(RLIMIT_AS, &before), 0);
    none = (struct rlimit){0, before.rlim_max};
    CHECK_NUMBER(setrlimit(RLIMIT_AS, &none), 0);
    threading_status text = threading_dump(file), json = threading_dump_json(file);
    size_t found = deadlock_size(), count = threading_waits(waits, 4);
    CHECK_NUMBER(setrlimit(RLIMIT_AS, &before), 0);
    CHECK_STATUS(text, THREADING_NO_RESOURCES);
    CHECK_STATUS(json, THREADING_NO_RESOURCES);
    CHECK_NUMBER(found, 0);
    CHECK_NUMBER(count, 2);
    CHECK_NUMBER(lseek(file, 0, SEEK_END), 0);
    check_found(&one);
    char *after = dumped(threading_dump);
    check_text(after);
    CHECK_HAS(after, "3 threads, 2 waiting");
    free(after);
    circle_break(&one);
    circle_end(&one);
}
