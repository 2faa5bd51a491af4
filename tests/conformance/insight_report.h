/* What the library writes by itself, to where the program or the environment has it written, and
 * the thread that looks for deadlocks. */
#ifndef INSIGHT_REPORT_H
#define INSIGHT_REPORT_H

#include "insight_circle.h"

#include <dirent.h>

/* ---- where it goes ---- */

/* A file without a name in any folder, and its path: reports go there from now on. */
static inline int reports_to_file(void) {
    static char path[64];
    int file = memfd_create("reports", 0);
    CHECK(file >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    CHECK_STATUS(threading_dump_on_signal(0, path), THREADING_OK);
    return file;
}

/* How often a file holds that text. */
static inline int times_in_file(int file, const char *part) {
    char *text = text_of_file(file);
    int times = times_in(text, part);
    free(text);
    return times;
}

/* Every dump has this once. */
#define DUMP_HEAD "libthreading 0."

/* ---- the thread that watches ---- */

/* The kernel's id of it; 0: there is none. */
static inline int watching_task(void) {
    int found = 0;
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    for (struct dirent *entry; found == 0 && (entry = readdir(tasks)) != NULL;) {
        char path[300], name[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file != NULL) {
            found = fgets(name, sizeof name, file) && !strcmp(name, "watch\n") ? atoi(entry->d_name)
                                                                               : 0;
            fclose(file);
        }
    }
    closedir(tasks);
    return found;
}

/* How often it has gone to sleep: once before each look, at least. */
static inline long times_watched(void) {
    char path[64], line[256];
    long times = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/status", watching_task());
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        while (fgets(line, sizeof line, file)) {
            sscanf(line, "voluntary_ctxt_switches: %ld", &times);
        }
        fclose(file);
    }
    return times;
}

/* Returns when it has looked that often from now on. */
static inline void await_looks(int looks) {
    EVENTUALLY(watching_task() != 0);
    long before = times_watched();
    EVENTUALLY(times_watched() > before + looks);
}

/* ---- what it tells ---- */

/* What the deadlock hook has heard last; to be read when `times` says that it was called. */
typedef struct heard {
    atomic_int times;
    size_t count;
    threading_certainty certainty;
    threading_wait waits[MOST_SIZE];
    uint64_t native_id; /* of the thread in which it ran */
} heard;

static inline void hears(const threading_wait *waits, size_t count, threading_certainty certainty,
                         void *ctx) {
    heard *self = ctx;
    CHECK(count >= LEAST_SIZE && count <= MOST_SIZE);
    memcpy(self->waits, waits, count * sizeof *waits);
    self->count = count;
    self->certainty = certainty;
    self->native_id = my_native_id();
    atomic_fetch_add(&self->times, 1);
}

/* What was heard last is this deadlock. */
static inline void check_heard(const heard *self, circle *of) {
    check_circle(of, self->waits, self->count);
    CHECK_NUMBER(self->certainty, circle_certainty(of));
}

/* A number of looks after which whatever was to come would have come. */
enum { MANY = 20 };
static const double OFTEN = 0.001, LONG = 1000;

static heard told;

/* From now on a thread looks often. */
static inline void watch_begins(double patience) {
    CHECK_STATUS(threading_set_deadlock_hook(hears, &told), THREADING_OK);
    CHECK_STATUS(threading_watch(OFTEN, patience), THREADING_OK);
}

static inline void check_told(int times) { CHECK_NUMBER(atomic_load(&told.times), times); }
static inline void await_told(int times) {
    EVENTUALLY(atomic_load(&told.times) >= times);
    check_told(times);
}

static const edge TWO_LOCKS[] = {BY_LOCK, BY_LOCK};
static const edge THREE_RLOCKS[] = {BY_RLOCK, BY_RLOCK, BY_RLOCK};

/* For who leaves threads behind that wait for ever. */
static inline void leave(void) {
    fflush(NULL);
    _exit(0);
}

#endif
