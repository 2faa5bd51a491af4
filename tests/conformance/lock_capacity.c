/* Many locks, many times: handles stay distinct, an old one never comes to life again, and memory
 * is used again. */
#include "lock_kind.h"

#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { MILLION = 1000000 };

static uint64_t handles[MILLION];

static int compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static void check_distinct(uint64_t *array, size_t count) {
    qsort(array, count, sizeof array[0], compare);
    for (size_t i = 0; i < count; i++) {
        CHECK(array[i] != (i == 0 ? 0 : array[i - 1]));
    }
}

/* The memory of its own that the process has in use, in bytes: without the pages of files, which
 * come and go as programs run, and exactly, which /proc/self/statm is not while threads run. */
static long memory(void) {
    long kibibytes = -1;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    CHECK(file != NULL);
    for (char line[256]; kibibytes < 0 && fgets(line, sizeof line, file) != NULL;) {
        sscanf(line, "Anonymous: %ld", &kibibytes);
    }
    fclose(file);
    CHECK(kibibytes > 0);
    return kibibytes * 1024;
}

static void ten_thousand_at_once(const lock_kind *kind) {
    enum { COUNT = 10000 };
    for (int i = 0; i < COUNT; i++) {
        handles[i] = lock_new(kind);
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK(!kind->locked(handles[i]));
    }
    check_distinct(handles, COUNT);
}
CASE(lock_10000_at_once_are_distinct) { ten_thousand_at_once(&primitive); }
CASE(rlock_10000_at_once_are_distinct) { ten_thousand_at_once(&reentrant); }

/* More than the table holds before it has to grow: each is a lock of its own, whatever is done to
 * the others. */
static void seventy_thousand_at_once(const lock_kind *kind) {
    enum { COUNT = 70000 };
    for (int i = 0; i < COUNT; i++) {
        handles[i] = lock_new(kind);
        CHECK_STATUS(kind->acquire(handles[i]), THREADING_OK);
    }
    for (int i = 0; i < COUNT; i += 2) {
        CHECK_STATUS(kind->release(handles[i]), THREADING_OK);
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK(kind->locked(handles[i]) == (i % 2 == 1));
        CHECK_STATUS(kind->release(handles[i]), i % 2 == 1 ? THREADING_OK : THREADING_NOT_ACQUIRED);
    }
    /* The last are as good to wait for as the first. */
    static const int some[] = {0, 65535, 65536, COUNT - 1};
    for (int i = 0; i < 4; i++) {
        waiter waiting;
        CHECK_STATUS(kind->acquire(handles[some[i]]), THREADING_OK);
        waiter_start(&waiting, i % WORKER_KINDS, kind, handles[some[i]]);
        EVENTUALLY(worker_asleep(&waiting.thread));
        CHECK_STATUS(kind->release(handles[some[i]]), THREADING_OK);
        waiter_end(&waiting, THREADING_OK);
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK_STATUS(kind->destroy(handles[i]), THREADING_OK);
        CHECK_STATUS(kind->acquire(handles[i]), THREADING_DESTROYED);
    }
    check_distinct(handles, COUNT);
}
CASE(lock_70000_at_once_all_work) { seventy_thousand_at_once(&primitive); }
CASE(rlock_70000_at_once_all_work) { seventy_thousand_at_once(&reentrant); }

static void a_million_rounds(const lock_kind *kind) {
    for (int i = 0; i < MILLION; i++) {
        handles[i] = lock_new(kind);
        CHECK_STATUS(kind->destroy(handles[i]), THREADING_OK);
    }
    uint64_t living = lock_new(kind);
    CHECK_STATUS(kind->acquire(living), THREADING_OK);
    for (int i = 0; i < MILLION; i++) {
        CHECK_STATUS(kind->release(handles[i]), THREADING_DESTROYED);
        CHECK_STATUS(kind->try_acquire(handles[i]), THREADING_DESTROYED);
        CHECK_STATUS(kind->destroy(handles[i]), THREADING_DESTROYED);
        CHECK(!kind->locked(handles[i]));
    }
    CHECK(kind->locked(living));
    CHECK_STATUS(kind->release(living), THREADING_OK);
    check_distinct(handles, MILLION);
}
CASE(lock_handle_stays_destroyed_through_a_million_rounds) { a_million_rounds(&primitive); }
CASE(rlock_handle_stays_destroyed_through_a_million_rounds) { a_million_rounds(&reentrant); }

typedef struct maker {
    worker thread;
    const lock_kind *kind;
    uint64_t *mine;
    size_t count;
} maker;

static void makes(worker *self) {
    maker *me = self->context;
    for (size_t i = 0; i < me->count; i++) {
        /* One more is made and destroyed between: slots that become free are wanted by all at
         * once. */
        uint64_t passing = lock_new(me->kind);
        me->mine[i] = lock_new(me->kind);
        CHECK_STATUS(me->kind->acquire(me->mine[i]), THREADING_OK);
        CHECK_STATUS(me->kind->destroy(passing), THREADING_OK);
        CHECK_STATUS(me->kind->release(me->mine[i]), THREADING_OK);
    }
}

static void made_by_many_threads(const lock_kind *kind) {
    enum { MAKERS = 4, EACH = 50000 };
    maker makers[MAKERS];
    for (int i = 0; i < MAKERS; i++) {
        makers[i].kind = kind;
        makers[i].mine = handles + (size_t)i * EACH;
        makers[i].count = EACH;
        worker_start(&makers[i].thread, i % WORKER_KINDS, makes, &makers[i]);
    }
    for (int i = 0; i < MAKERS; i++) {
        worker_join(&makers[i].thread);
    }
    for (int i = 0; i < MAKERS * EACH; i++) {
        CHECK_STATUS(kind->try_acquire(handles[i]), THREADING_OK);
    }
    for (int i = 0; i < MAKERS * EACH; i++) {
        CHECK_STATUS(kind->release(handles[i]), THREADING_OK);
        CHECK_STATUS(kind->destroy(handles[i]), THREADING_OK);
    }
    check_distinct(handles, MAKERS * EACH);
}
CASE(lock_made_by_many_threads_at_once_are_distinct) { made_by_many_threads(&primitive); }
CASE(rlock_made_by_many_threads_at_once_are_distinct) { made_by_many_threads(&reentrant); }

/* ---- memory ---- */

/* What the process may grow by for reasons of its own: a tenth of a byte for each lock. */
enum { SLACK = MILLION / 10 };

static void flat_one_by_one(const lock_kind *kind) {
    long first = 0;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MILLION; i++) {
            CHECK_STATUS(kind->destroy(lock_new(kind)), THREADING_OK);
        }
        if (round == 0) {
            first = memory();
        }
    }
    CHECK(memory() - first < SLACK);
}
CASE(lock_memory_is_flat_over_a_second_million) { flat_one_by_one(&primitive); }
CASE(rlock_memory_is_flat_over_a_second_million) { flat_one_by_one(&reentrant); }

static void a_million_at_once(const lock_kind *kind) {
    long before, first = 0;
    memset(handles, 1, sizeof handles);
    before = memory();
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MILLION; i++) {
            handles[i] = lock_new(kind);
        }
        if (round == 0) {
            first = memory();
            /* Each takes one cache line. */
            CHECK(first - before < 64L * MILLION + SLACK);
        }
        for (int i = 0; i < MILLION; i++) {
            CHECK_STATUS(kind->destroy(handles[i]), THREADING_OK);
        }
    }
    CHECK(memory() - first < SLACK);
}
CASE(lock_a_million_at_once_take_64_bytes_each_and_memory_stays_flat) {
    a_million_at_once(&primitive);
}
CASE(rlock_a_million_at_once_take_64_bytes_each_and_memory_stays_flat) {
    a_million_at_once(&reentrant);
}

/* Contention, timeouts and threads that come and go must not cost memory either. */
static void flat_under_contention(const lock_kind *kind) {
    uint64_t bits = lock_new(kind);
    long first = 0;
    for (int round = 0; round < 3000; round++) {
        holder other;
        waiter waiting;
        worker_kind whose = round % WORKER_KINDS;
        holder_start(&other, whose, kind, bits);
        waiter_start_timeout(&waiting, whose, kind, bits, round % 3 == 0 ? 0.0001 : INFINITY);
        holder_end(&other);
        worker_join(&waiting.thread);
        if (round == 1000) {
            first = memory();
        }
    }
    /* 50 bytes for each round with its two threads. */
    CHECK(memory() - first < SLACK);
}
CASE(lock_memory_is_flat_under_contention) { flat_under_contention(&primitive); }
CASE(rlock_memory_is_flat_under_contention) { flat_under_contention(&reentrant); }

/* ---- no memory left ---- */

/* So much address space and no more: the tables cannot grow. */
static void forbid_growth(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL);
    CHECK_NUMBER(fscanf(file, "%ld", &pages), 1);
    fclose(file);
    struct rlimit limit;
    CHECK_NUMBER(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (1 << 20);
    CHECK_NUMBER(setrlimit(RLIMIT_AS, &limit), 0);
}

static void no_memory(const lock_kind *kind) {
    const uint64_t untouched = 4711;
    threading_status status = THREADING_OK;
    uint64_t bits = untouched;
    int count = 0;
    forbid_growth();
    while (count < MILLION && (status = kind->make(&bits)) == THREADING_OK) {
        handles[count++] = bits;
        bits = untouched;
    }
    CHECK_STATUS(status, THREADING_NO_RESOURCES);
    CHECK_NUMBER(bits, untouched);
    CHECK(count > 0);
    if (kind == &primitive) {
        threading_lock lock = THREADING_NULL;
        CHECK(THREADING_IS_NULL(threading_lock_ensure(&lock)));
        CHECK(THREADING_IS_NULL(lock));
    } else {
        threading_rlock rlock = THREADING_NULL;
        CHECK(THREADING_IS_NULL(threading_rlock_ensure(&rlock)));
        CHECK(THREADING_IS_NULL(rlock));
    }
    for (int i = 0; i < count; i++) {
        CHECK_STATUS(kind->acquire(handles[i]), THREADING_OK);
        CHECK_STATUS(kind->release(handles[i]), THREADING_OK);
    }
    /* What one gives back another gets. */
    CHECK_STATUS(kind->destroy(handles[0]), THREADING_OK);
    handles[0] = lock_new(kind);
    CHECK_STATUS(kind->make(&bits), THREADING_NO_RESOURCES);
    CHECK_STATUS(kind->acquire(handles[0]), THREADING_OK);
    CHECK_STATUS(kind->release(handles[0]), THREADING_OK);
}
CASE(lock_new_without_memory_is_no_resources) { no_memory(&primitive); }
CASE(rlock_new_without_memory_is_no_resources) { no_memory(&reentrant); }
