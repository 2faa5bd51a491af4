/* The operating system's copy of a name, read where the kernel shows it: at most 15 bytes, cut
 * between characters. */
#include "case.h"
#include "gate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The name in the kernel of a thread of this process; empty if there is no such thread. */
static void os_name(uint64_t native_id, char name[32]) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%llu/comm", (unsigned long long)native_id);
    FILE *file = fopen(path, "r");
    name[0] = '\0';
    if (file == NULL) {
        return;
    }
    size_t length = fread(name, 1, 31, file);
    fclose(file);
    name[length > 0 && name[length - 1] == '\n' ? length - 1 : length] = '\0';
}

static void check_os_name(threading_thread thread, const char *expected) {
    char name[32];
    os_name(threading_thread_native_id(thread), name);
    CHECK_STRING(name, expected);
}

#define E_ACUTE "\xc3\xa9"
#define EURO "\xe2\x82\xac"
#define EMOJI "\xf0\x9f\x98\x80"

static const struct {
    const char *name, *os_name;
} names[] = {
    {"w", "w"},
    {"exactly15bytes!", "exactly15bytes!"},
    {"exactly16bytes!!", "exactly16bytes!"},
    {"a name that is much too long for the system", "a name that is "},
    /* two bytes a character: seven fit */
    {E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE,
     E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE},
    /* three: five fill it */
    {EURO EURO EURO EURO EURO EURO, EURO EURO EURO EURO EURO},
    /* four: three fit, and three bytes stay unused */
    {EMOJI EMOJI EMOJI EMOJI, EMOJI EMOJI EMOJI},
    {"1234567890123" EURO, "1234567890123"},
    {"12345678901234" E_ACUTE, "12345678901234"},
    {"123456789012345" E_ACUTE, "123456789012345"},
};
enum { NAMES = sizeof names / sizeof names[0] };

static void *check_own_os_name(void *expected) {
    check_os_name(threading_current_thread(), expected);
    return NULL;
}

CASE(a_new_threads_name_has_reached_the_os_when_its_target_runs) {
    for (int i = 0; i < NAMES; i++) {
        threading_thread thread;
        void *expected = (void *)(uintptr_t)names[i].os_name;
        CHECK_STATUS(threading_thread_spawn(names[i].name, check_own_os_name, expected, &thread),
                     THREADING_OK);
        CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
    }
}

CASE(a_default_name_reaches_the_os) {
    gate door = GATE_CLOSED;
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn(NULL, gate_passenger, &door, &thread), THREADING_OK);
    gate_await(&door, 1);
    check_os_name(thread, "Thread-1");
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

CASE(renaming_another_running_thread_reaches_the_os_and_leaves_its_name_whole) {
    gate door = GATE_CLOSED;
    char name[128];
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn("before", gate_passenger, &door, &thread), THREADING_OK);
    gate_await(&door, 1);
    check_os_name(thread, "before");
    for (int i = 0; i < NAMES; i++) {
        CHECK_STATUS(threading_thread_set_name(thread, names[i].name), THREADING_OK);
        check_os_name(thread, names[i].os_name);
        CHECK_STATUS(threading_thread_name(thread, name, sizeof name, NULL), THREADING_OK);
        CHECK_STRING(name, names[i].name);
    }
    gate_open(&door);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

CASE(a_thread_renamed_before_its_start_starts_with_the_new_name) {
    threading_thread thread;
    static char after[] = "after";
    CHECK_STATUS(threading_thread_new("before", check_own_os_name, after, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(thread, "after"), THREADING_OK);
    CHECK_STATUS(threading_thread_start(thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

static void *rename_oneself(void *arg) {
    CHECK_STATUS(threading_thread_set_name(threading_current_thread(), "self-made"), THREADING_OK);
    check_os_name(threading_current_thread(), "self-made");
    return arg;
}

CASE(a_thread_may_rename_itself) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn("before", rename_oneself, NULL, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, NULL), THREADING_OK);
}

CASE(a_foreign_thread_may_be_renamed) {
    pthread_t foreign;
    CHECK_NUMBER(pthread_create(&foreign, NULL, rename_oneself, NULL), 0);
    CHECK_NUMBER(pthread_join(foreign, NULL), 0);
}

/* The main thread's name in the kernel is the process's, which ps and pkill show: only its owner
 * changes it. */
CASE(the_process_is_renamed_with_main_and_never_before) {
    char name[32];
    os_name((uint64_t)getpid(), name);
    CHECK(strcmp(name, "MainThread") != 0);
    CHECK(strncmp(name, "thread_os_names", 15) == 0);
    CHECK(threading_current_name() != NULL);
    check_os_name(threading_current_thread(), name);
    CHECK_STATUS(threading_thread_set_name(threading_main_thread(), "conductor"), THREADING_OK);
    os_name((uint64_t)getpid(), name);
    CHECK_STRING(name, "conductor");
}

/* A plain thread that says its kernel id, waits, and has kept its name. */
typedef struct plain {
    gate ready, end;
    uint64_t native_id;
} plain;

static void *keep_name(void *arg) {
    plain *it = arg;
    pthread_setname_np(pthread_self(), "bystander");
    it->native_id = (uint64_t)syscall(SYS_gettid);
    gate_open(&it->ready);
    gate_pass(&it->end);
    return NULL;
}

/* Makes the kernel give out that id next, where it lets us; harmless where it does not. */
static void ask_for_next_id(uint64_t native_id) {
    char text[32];
    int file = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
    if (file >= 0) {
        int length = snprintf(text, sizeof text, "%llu", (unsigned long long)native_id - 1);
        ssize_t written = write(file, text, (size_t)length);
        (void)written;
        close(file);
    }
}

static long highest_id(void) {
    long highest = LONG_MAX;
    FILE *file = fopen("/proc/sys/kernel/pid_max", "r");
    if (file != NULL) {
        if (fscanf(file, "%ld", &highest) != 1) {
            highest = LONG_MAX;
        }
        fclose(file);
    }
    return highest;
}

CASE(renaming_an_ended_thread_does_not_touch_the_heir_of_its_id) {
    char name[32];
    gate door = GATE_CLOSED;
    threading_thread thread;
    gate_open(&door);
    CHECK_STATUS(threading_thread_spawn("mortal", gate_passenger, &door, &thread), THREADING_OK);
    uint64_t native_id = threading_thread_native_id(thread);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    /* Where ids are few, going round them all brings it back; where they are many, the kernel must
     * let us ask for it. */
    long attempts = highest_id() <= 100000 ? 2 * highest_id() : 1000;
    for (long attempt = 0; attempt < attempts; attempt++) {
        plain heir = {GATE_CLOSED, GATE_CLOSED, 0};
        pthread_t foreign;
        ask_for_next_id(native_id);
        CHECK_NUMBER(pthread_create(&foreign, NULL, keep_name, &heir), 0);
        gate_pass(&heir.ready);
        bool last = heir.native_id == native_id || attempt == attempts - 1;
        if (last) {
            if (heir.native_id != native_id) {
                printf(
                    "the id did not come back: only that no other thread is renamed was checked\n");
            }
            CHECK_STATUS(threading_thread_set_name(thread, "ghost"), THREADING_OK);
            os_name(heir.native_id, name);
            CHECK_STRING(name, "bystander");
            os_name((uint64_t)getpid(), name);
            CHECK(strcmp(name, "ghost") != 0);
        }
        gate_open(&heir.end);
        CHECK_NUMBER(pthread_join(foreign, NULL), 0);
        if (last) {
            break;
        }
    }
}
