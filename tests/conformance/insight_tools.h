/* Looks into the running program: one wait of many, and dumps as texts. */
#ifndef INSIGHT_TOOLS_H
#define INSIGHT_TOOLS_H

#include "worker.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* For programs with fewer threads. */
enum { MOST_WAITS = 4096 };

/* Whether the thread with that id of the kernel's waits, and for what; else `*out` is all zero. */
static inline bool wait_of_native(uint64_t native_id, threading_wait *out) {
    memset(out, 0, sizeof *out);
    static _Thread_local threading_wait array[MOST_WAITS];
    size_t count = threading_waits(array, MOST_WAITS);
    CHECK(count < MOST_WAITS);
    for (size_t i = 0; i < count; i++) {
        if (array[i].native_id == native_id) {
            *out = array[i];
            return true;
        }
    }
    return false;
}

static inline bool wait_of_worker(worker *self, threading_wait *out) {
    return wait_of_native((uint64_t)atomic_load(&self->native_id), out);
}

static inline uint64_t my_native_id(void) { return (uint64_t)syscall(SYS_gettid); }

/* What is not used yet is zero. */
static inline void check_spare_parts(const threading_wait *wait) {
    for (size_t i = 0; i < sizeof wait->reserved / sizeof wait->reserved[0]; i++) {
        CHECK_NUMBER(wait->reserved[i], 0);
    }
}

static inline bool is_same_wait(const threading_wait *one, const threading_wait *other) {
    return one->ident == other->ident && one->native_id == other->native_id &&
           one->object == other->object && one->holder == other->holder &&
           one->kind == other->kind && THREADING_SAME(one->thread, other->thread);
}

static inline size_t deadlock_size(void) { return threading_find_deadlock(NULL, 0, NULL); }

/* ---- dumps ---- */

typedef threading_status (*dump_function)(int fd);

/* All of a file, NUL-terminated; to be freed. */
static inline char *text_of_file(int file) {
    struct stat status;
    CHECK_NUMBER(fstat(file, &status), 0);
    size_t length = (size_t)status.st_size;
    char *text = malloc(length + 1);
    CHECK(text != NULL);
    CHECK(pread(file, text, length, 0) == (ssize_t)length);
    text[length] = '\0';
    return text;
}

/* What it writes, once no other thread writes one; to be freed. */
static inline char *dumped(dump_function dump) {
    int file = memfd_create("dump", MFD_CLOEXEC);
    CHECK(file >= 0);
    threading_status written = dump(file);
    while (written == THREADING_BUSY) {
        sched_yield();
        written = dump(file);
    }
    CHECK_STATUS(written, THREADING_OK);
    char *text = text_of_file(file);
    close(file);
    return text;
}

/* How often a text holds another. */
static inline int times_in(const char *text, const char *part) {
    int times = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        times++;
    }
    return times;
}

#define CHECK_HAS(text, part) check_times((text), (part), 1, __FILE__, __LINE__)
#define CHECK_LACKS(text, part) check_times((text), (part), 0, __FILE__, __LINE__)
static inline void check_times(const char *text, const char *part, int times, const char *file,
                               int line) {
    int found = times_in(text, part);
    if (found != times) {
        fprintf(stderr, "this has %d times, and not %d times, “%s”:\n%s\n", found, times, part,
                text);
    }
    case_check(found == times, part, file, line);
}

/* The lines about one thread, from its own on; to be freed. It is there once. */
static inline char *block_of(const char *text, uint64_t native_id) {
    char mark[64];
    snprintf(mark, sizeof mark, " native=%llu ", (unsigned long long)native_id);
    CHECK_HAS(text, mark);
    const char *start = strstr(text, mark), *end = start;
    while (start > text && start[-1] != '\n') {
        start--;
    }
    do {
        end = strchr(end, '\n') + 1;
    } while (*end == ' ');
    return strndup(start, (size_t)(end - start));
}

#endif
