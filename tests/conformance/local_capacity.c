/* Many locals, many threads, many times: nobody's value is mixed up with another's, and memory is
 * used again. */
#include "gate.h"
#include "local_tools.h"

#include <stdlib.h>
#include <sys/resource.h>

enum { MANY = 70000 };

static threading_local locals[MANY];

/* The memory of its own that the process has in use, in bytes, as in lock_capacity.c. */
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

/* ---- many at once ---- */

enum { LOCALS = 1000, THREADS = 50 };

typedef struct holder {
    worker thread;
    gate *all_set, *leave;
    atomic_int destroyed[LOCALS];
} holder;

static void count_one(void *counter) { atomic_fetch_add((atomic_int *)counter, 1); }

static void hold_all(worker *self) {
    holder *me = self->context;
    for (int i = 0; i < LOCALS; i++) {
        CHECK(threading_local_get(locals[i]) == NULL);
        CHECK_STATUS(threading_local_set(locals[i], &me->destroyed[i]), THREADING_OK);
    }
    gate_pass(me->all_set);
    for (int i = 0; i < LOCALS; i++) {
        CHECK(threading_local_get(locals[i]) == &me->destroyed[i]);
    }
    gate_pass(me->leave);
    /* Half of them are gone now. */
    for (int i = 0; i < LOCALS; i++) {
        CHECK(threading_local_get(locals[i]) == (i % 2 ? &me->destroyed[i] : NULL));
    }
}

CASE(a_thousand_locals_in_fifty_threads_are_fifty_thousand_values) {
    static holder holders[THREADS];
    gate all_set = GATE_CLOSED, leave = GATE_CLOSED;
    for (int i = 0; i < LOCALS; i++) {
        locals[i] = local_new(NULL, count_one, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        holders[i].all_set = &all_set;
        holders[i].leave = &leave;
        worker_start(&holders[i].thread, i % WORKER_KINDS, hold_all, &holders[i]);
    }
    gate_await(&all_set, THREADS);
    gate_open(&all_set);
    gate_await(&leave, THREADS);
    for (int i = 0; i < LOCALS; i += 2) {
        CHECK_STATUS(threading_local_destroy(locals[i]), THREADING_OK);
    }
    for (int i = 0; i < THREADS; i++) {
        for (int j = 0; j < LOCALS; j++) {
            CHECK_NUMBER(atomic_load(&holders[i].destroyed[j]), j % 2 == 0);
        }
    }
    gate_open(&leave);
    for (int i = 0; i < THREADS; i++) {
        worker_join(&holders[i].thread);
        for (int j = 0; j < LOCALS; j++) {
            CHECK_NUMBER(atomic_load(&holders[i].destroyed[j]), 1);
        }
    }
    for (int i = 1; i < LOCALS; i += 2) {
        CHECK_STATUS(threading_local_destroy(locals[i]), THREADING_OK);
    }
}

static atomic_int counters[WORKER_KINDS + 1][MANY];

static void use_all(worker *self) {
    atomic_int *mine = self->context;
    for (int i = MANY - 1; i >= 0; i--) {
        CHECK(threading_local_get(locals[i]) == NULL);
        CHECK_STATUS(threading_local_set(locals[i], &mine[i]), THREADING_OK);
    }
    for (int i = 0; i < MANY; i++) {
        CHECK(threading_local_get(locals[i]) == &mine[i]);
    }
}

CASE(seventy_thousand_locals_at_once_all_work) {
    for (int i = 0; i < MANY; i++) {
        locals[i] = local_new(NULL, count_one, NULL);
        CHECK_STATUS(threading_local_set(locals[i], &counters[0][i]), THREADING_OK);
    }
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        in_thread(whose, use_all, counters[whose + 1]);
    }
    for (int i = 0; i < MANY; i++) {
        CHECK(threading_local_get(locals[i]) == &counters[0][i]);
        CHECK_STATUS(threading_local_destroy(locals[i]), THREADING_OK);
        CHECK(threading_local_get(locals[i]) == NULL);
        CHECK_STATUS(threading_local_set(locals[i], &counters[0][i]), THREADING_DESTROYED);
    }
    for (int i = 0; i < MANY; i++) {
        for (int j = 0; j <= WORKER_KINDS; j++) {
            CHECK_NUMBER(atomic_load(&counters[j][i]), 1);
        }
    }
}

static void make_many(worker *self) {
    threading_local *mine = self->context;
    for (int i = 0; i < 5000; i++) {
        threading_local passing = local_of_values();
        mine[i] = local_new(NULL, NULL, NULL);
        CHECK_STATUS(threading_local_set(mine[i], self), THREADING_OK);
        CHECK_STATUS(threading_local_destroy(passing), THREADING_OK);
        CHECK(threading_local_get(mine[i]) == self);
        CHECK(threading_local_get(passing) == NULL);
        CHECK_STATUS(threading_local_destroy(mine[i]), THREADING_OK);
        mine[i] = local_of_values();
    }
}

static int compare(const void *left, const void *right) {
    uint64_t a = ((const threading_local *)left)->bits, b = ((const threading_local *)right)->bits;
    return a < b ? -1 : a > b;
}

CASE(locals_made_by_many_threads_at_once_are_distinct) {
    worker threads[4];
    for (int i = 0; i < 4; i++) {
        worker_start(&threads[i], i % WORKER_KINDS, make_many, &locals[i * 5000]);
    }
    for (int i = 0; i < 4; i++) {
        worker_join(&threads[i]);
    }
    qsort(locals, 20000, sizeof locals[0], compare);
    for (int i = 0; i < 20000; i++) {
        CHECK(locals[i].bits != (i == 0 ? 0 : locals[i - 1].bits));
        CHECK_STATUS(threading_local_destroy(locals[i]), THREADING_OK);
    }
}

/* ---- memory ---- */

enum { SLACK = 100000 };

CASE(memory_is_flat_over_a_second_hundred_thousand_locals) {
    static atomic_int counter;
    long first = 0;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100000; i++) {
            threading_local local = local_new(NULL, count_one, NULL);
            CHECK_STATUS(threading_local_set(local, &counter), THREADING_OK);
            CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
        }
        CHECK_NUMBER(atomic_load(&counter), (round + 1) * 100000);
        if (round == 0) {
            first = memory();
        }
    }
    CHECK(memory() - first < SLACK);
}

static void use_a_few(worker *self) {
    for (int i = 0; i < 20; i++) {
        CHECK_STATUS(threading_local_set(locals[i], self->context), THREADING_OK);
    }
}

CASE(memory_is_flat_over_twenty_thousand_threads) {
    static atomic_int counter;
    long first = 0;
    for (int i = 0; i < 20; i++) {
        locals[i] = local_new(NULL, count_one, NULL);
    }
    for (int i = 0; i < 20000; i++) {
        in_thread(i % WORKER_KINDS, use_a_few, &counter);
        if (i == 2000) {
            first = memory();
        }
    }
    CHECK_NUMBER(atomic_load(&counter), 20 * 20000);
    /* About 5 bytes for each thread. */
    CHECK(memory() - first < SLACK);
    for (int i = 0; i < 20; i++) {
        CHECK_STATUS(threading_local_destroy(locals[i]), THREADING_OK);
    }
}

/* ---- no memory left ---- */

/* So much address space and no more. */
static void forbid_growth(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL);
    CHECK_NUMBER(fscanf(file, "%ld", &pages), 1);
    fclose(file);
    struct rlimit limit;
    CHECK_NUMBER(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (64 << 10);
    CHECK_NUMBER(setrlimit(RLIMIT_AS, &limit), 0);
}

static atomic_int inits;

static void *init_counted(void *ctx) {
    atomic_fetch_add(&inits, 1);
    return ctx;
}

CASE(without_memory_a_value_is_refused_and_stays_the_callers) {
    static atomic_int counter, ctx;
    threading_status status = THREADING_OK;
    int count = 0;
    for (int i = 0; i < MANY; i++) {
        locals[i] = local_new(init_counted, count_one, &ctx);
    }
    forbid_growth();
    /* Nor may the C library have any left over. A compiler leaves out a block that nobody keeps. */
    static void *volatile kept;
    for (size_t size = 1 << 20; size >= 64; size /= 2) {
        while ((kept = malloc(size)) != NULL) {
        }
    }
    while (count < MANY &&
           (status = threading_local_set(locals[count], &counter)) == THREADING_OK) {
        count++;
    }
    CHECK_STATUS(status, THREADING_NO_RESOURCES);
    CHECK_NUMBER(atomic_load(&counter), 0);
    CHECK(threading_local_get(locals[MANY - 1]) == NULL);
    CHECK_NUMBER(atomic_load(&inits), 0);
    CHECK_STATUS(threading_local_delete(locals[MANY - 1]), THREADING_NO_VALUE);
    /* What is there goes on working. */
    for (int i = 0; i < count; i++) {
        CHECK(threading_local_get(locals[i]) == &counter);
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_STATUS(threading_local_destroy(locals[i]), THREADING_OK);
    }
    CHECK_NUMBER(atomic_load(&counter), count);
}

CASE(new_without_memory_is_no_resources) {
    threading_status status = THREADING_OK;
    threading_local last = {4711};
    int count = 0;
    forbid_growth();
    while (count < MANY &&
           (status = threading_local_new(NULL, NULL, NULL, &last)) == THREADING_OK) {
        locals[count++] = last;
        last.bits = 4711;
    }
    CHECK_STATUS(status, THREADING_NO_RESOURCES);
    CHECK_NUMBER(last.bits, 4711);
    CHECK(count > 0);
    CHECK_STATUS(threading_local_destroy(locals[0]), THREADING_OK);
    CHECK_STATUS(threading_local_new(NULL, NULL, NULL, &locals[0]), THREADING_OK);
    CHECK_STATUS(threading_local_new(NULL, NULL, NULL, &last), THREADING_NO_RESOURCES);
}
