/* Threads that take locks in orders, and what is told of them. */
#ifndef INSIGHT_ORDER_H
#define INSIGHT_ORDER_H

#include "forked.h"
#include "insight_tools.h"

enum { MOST_TOLD = 8, MOST_PAIRS = 6 };

/* ---- what is told ---- */

static struct {
    threading_order pairs[MOST_PAIRS];
    size_t count;
} told[MOST_TOLD];
static atomic_size_t tellings;
static int context;
/* Orders are those of classes: what is wanted may be another lock than the next one holds. */
static bool by_class;

static inline void hears(const threading_order *pairs, size_t count, void *ctx) {
    CHECK(ctx == &context);
    CHECK(count >= 2 && count <= MOST_PAIRS);
    size_t number = atomic_load(&tellings);
    CHECK(number < MOST_TOLD);
    told[number].count = count;
    memcpy(told[number].pairs, pairs, count * sizeof *pairs);
    for (size_t i = 0; i < count; i++) {
        for (int spare = 0; spare < 4; spare++) {
            CHECK_NUMBER(pairs[i].reserved[spare], 0);
        }
        CHECK(by_class || pairs[i].wanted == pairs[(i + 1) % count].held);
    }
    atomic_store(&tellings, number + 1);
}

static inline void begin(void) {
    CHECK_STATUS(threading_set_order_hook(hears, &context), THREADING_OK);
    CHECK_STATUS(threading_inspect(THREADING_INSPECT_ORDER), THREADING_OK);
}

/* The pair of the last telling that has that as held. */
static inline const threading_order *pair_of(uint64_t held) {
    size_t last = atomic_load(&tellings) - 1;
    for (size_t i = 0; i < told[last].count; i++) {
        if (told[last].pairs[i].held == held) {
            return &told[last].pairs[i];
        }
    }
    CHECK(!"the pair was told");
    return NULL;
}

/* ---- objects of either kind ---- */

typedef struct thing {
    threading_kind kind;
    threading_lock lock;
    threading_rlock rlock;
} thing;

static inline thing make(threading_kind kind) {
    thing made = {.kind = kind};
    if (kind == THREADING_KIND_LOCK) {
        CHECK_STATUS(threading_lock_new(&made.lock), THREADING_OK);
    } else {
        CHECK_STATUS(threading_rlock_new(&made.rlock), THREADING_OK);
    }
    return made;
}

static inline uint64_t bits(thing it) {
    return it.kind == THREADING_KIND_LOCK ? it.lock.bits : it.rlock.bits;
}

static inline void take(thing it) {
    if (it.kind == THREADING_KIND_LOCK) {
        CHECK_STATUS(threading_lock_acquire(it.lock), THREADING_OK);
    } else {
        CHECK_STATUS(threading_rlock_acquire(it.rlock), THREADING_OK);
    }
}

static inline void let_go(thing it) {
    if (it.kind == THREADING_KIND_LOCK) {
        CHECK_STATUS(threading_lock_release(it.lock), THREADING_OK);
    } else {
        CHECK_STATUS(threading_rlock_release(it.rlock), THREADING_OK);
    }
}

/* ---- threads that exist together, and run one after the other ---- */

enum { MOST_TAKEN = 4 };

typedef struct taker {
    worker thread;
    thing *taken[MOST_TAKEN];
    threading_event may, done;
    uint64_t ident;
} taker;

static inline void takes_in_order(worker *self) {
    taker *mine = self->context;
    mine->ident = threading_get_ident();
    CHECK_STATUS(threading_event_wait(mine->may), THREADING_OK);
    int count = 0;
    for (; count < MOST_TAKEN && mine->taken[count] != NULL; count++) {
        take(*mine->taken[count]);
    }
    while (count-- > 0) {
        let_go(*mine->taken[count]);
    }
    CHECK_STATUS(threading_event_set(mine->done), THREADING_OK);
    CHECK_STATUS(threading_event_clear(mine->may), THREADING_OK);
    CHECK_STATUS(threading_event_wait(mine->may), THREADING_OK);
}

static inline void begin_taker(taker *self, worker_kind kind, thing *a, thing *b, thing *c) {
    memset(self, 0, sizeof *self);
    self->taken[0] = a;
    self->taken[1] = b;
    self->taken[2] = c;
    CHECK_STATUS(threading_event_new(&self->may), THREADING_OK);
    CHECK_STATUS(threading_event_new(&self->done), THREADING_OK);
    worker_start(&self->thread, kind, takes_in_order, self);
}

static inline void run_taker(taker *self) {
    CHECK_STATUS(threading_event_set(self->may), THREADING_OK);
    CHECK_STATUS(threading_event_wait(self->done), THREADING_OK);
}

static inline void end_taker(taker *self) {
    EVENTUALLY(!threading_event_is_set(self->may));
    CHECK_STATUS(threading_event_set(self->may), THREADING_OK);
    worker_join(&self->thread);
}

/* Two threads that exist together and take what they take one after the other. */
static inline void run_both(thing *one[3], thing *other[3]) {
    taker first, second;
    begin_taker(&first, OURS, one[0], one[1], one[2]);
    begin_taker(&second, FOREIGN, other[0], other[1], other[2]);
    run_taker(&first);
    run_taker(&second);
    end_taker(&first);
    end_taker(&second);
}

static const threading_kind kinds[] = {THREADING_KIND_LOCK, THREADING_KIND_RLOCK};

static inline void nothing_is_told(void) { CHECK_NUMBER(atomic_load(&tellings), 0); }

#endif
