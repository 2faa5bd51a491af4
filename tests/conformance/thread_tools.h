/* What several of the thread programs do: start threads of either kind, look who is listed, and who
 * sleeps. */
#ifndef THREAD_TOOLS_H
#define THREAD_TOOLS_H

#include "case.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* threading_thread_spawn_daemon or threading_thread_spawn. */
static inline threading_status spawn_as(bool daemon, const char *name, threading_target target,
                                        void *arg, threading_thread *out) {
    return daemon ? threading_thread_spawn_daemon(name, target, arg, out)
                  : threading_thread_spawn(name, target, arg, out);
}

/* For programs with less than 1024 threads. */
static inline bool thread_is_listed(threading_thread thread) {
    threading_thread array[1024];
    size_t count = threading_enumerate(array, 1024);
    CHECK(count < 1024);
    for (size_t i = 0; i < count; i++) {
        if (THREADING_SAME(array[i], thread)) {
            return true;
        }
    }
    return false;
}

#ifdef _WIN32
/* See below; in tests/everywhere/windows/posix.c. */
bool task_is_asleep(uint64_t native_id);
size_t address_space(void);
#else
/* The state that the kernel shows in that file of /proc, such as 'S' for a sleep and 'Z' for an
 * end; 0 if there is no such file. */
static inline char state_in(const char *path) {
    char line[512];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    size_t length = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[length] = '\0';
    /* The state follows the name, which is in parentheses and may itself hold one. */
    const char *state = strrchr(line, ')');
    return state != NULL && state[1] == ' ' ? state[2] : 0;
}

/* Whether the kernel has put that thread of this process to sleep: the only sign of a wait that no
 * query shows. */
static inline bool task_is_asleep(uint64_t native_id) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%llu/stat", (unsigned long long)native_id);
    return state_in(path) == 'S';
}

/* The address space in use, in bytes: what a thread that was neither reaped nor detached keeps most
 * of. */
static inline size_t address_space(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL);
    CHECK_NUMBER(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}
#endif

#endif
