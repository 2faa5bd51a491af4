/* Timers by the thousand: all are called, none early and none twice, few threads serve them, and
 * nothing is left of them. */
#include "gate.h"
#include "timer_tools.h"
#include "worker.h"

#include <stdlib.h>

typedef struct appointment {
    threading_timer timer;
    double due;
    atomic_int calls;
    double late; /* seconds; negative if it was early */
} appointment;

static void *keep_appointment(void *arg) {
    appointment *mine = arg;
    mine->late = threading_monotonic() - mine->due;
    atomic_fetch_add(&mine->calls, 1);
    return arg;
}

static int by_lateness(const void *a, const void *b) {
    double left = ((const appointment *)a)->late, right = ((const appointment *)b)->late;
    return (left > right) - (left < right);
}

/* Spread without order, so that neighbours in time are not neighbours in the making. */
CASE(ten_thousand_timers_are_called_once_each_and_none_early) {
    enum { TIMERS = 10000 };
    appointment *all = calloc(TIMERS, sizeof *all);
    CHECK(all != NULL);
    for (int i = 0; i < TIMERS; i++) {
        double interval = (double)(i * 7919L % TIMERS) * (2.0 / TIMERS);
        all[i].timer = timer_new(interval, keep_appointment, &all[i]);
        all[i].due = threading_monotonic() + interval;
        CHECK_STATUS(threading_timer_start(all[i].timer), THREADING_OK);
    }
    for (int i = 0; i < TIMERS; i++) {
        timer_finish(all[i].timer);
    }
    for (int i = 0; i < TIMERS; i++) {
        CHECK_NUMBER(atomic_load(&all[i].calls), 1);
        CHECK(all[i].late >= 0);
    }
    qsort(all, TIMERS, sizeof *all, by_lateness);
    printf("late: half within %.3f ms, 99 %% within %.3f ms, all within %.3f ms\n",
           all[TIMERS / 2].late * 1e3, all[TIMERS / 100 * 99].late * 1e3,
           all[TIMERS - 1].late * 1e3);
    CHECK_NUMBER(threading_active_count(), 1);
    free(all);
}

CASE(slow_functions_do_not_hold_up_others) {
    enum { SLOW = 20, QUICK = 200 };
    gate door = GATE_CLOSED;
    threading_timer slow[SLOW], quick[QUICK];
    atomic_int calls = 0;
    for (int i = 0; i < SLOW; i++) {
        slow[i] = timer_started(0, gate_passenger, &door);
        gate_await(&door, i + 1);
        /* However many are in their functions by now, there is a worker for these. */
        for (int next = i * (QUICK / SLOW); next < (i + 1) * (QUICK / SLOW); next++) {
            quick[next] = timer_started(next % 3 * 0.001, timer_count, &calls);
            timer_finish(quick[next]);
        }
    }
    CHECK_NUMBER(atomic_load(&calls), QUICK);
    CHECK_NUMBER(door.arrived, SLOW);
    gate_open(&door);
    for (int i = 0; i < SLOW; i++) {
        timer_finish(slow[i]);
    }
}

/* They wait for each other: if the library did not run all of them at once, none would end. */
CASE(a_thousand_blocking_functions_due_at_once_all_run) {
    enum { TIMERS = 1000 };
    gate door = GATE_CLOSED;
    static threading_timer timers[TIMERS];
    if (sizeof(size_t) == 4) {
        /* There is no room for so many stacks as large as usual. */
        CHECK_STATUS(threading_set_stack_size(65536), THREADING_OK);
    }
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = timer_started(0.05, gate_passenger, &door);
    }
    gate_await(&door, TIMERS);
    CHECK(case_tasks() >= TIMERS);
    CHECK_NUMBER(threading_active_count(), TIMERS + 1);
    gate_open(&door);
    for (int i = 0; i < TIMERS; i++) {
        timer_finish(timers[i]);
    }
    /* Workers without work go; the service may stay. */
    EVENTUALLY(case_tasks() <= 2);
}

/* Many more than processors, since an interrupted machine is allowed a doubling or two. The number
 * doubles whenever no worker has run for some milliseconds, which beside thirty busy threads of
 * other processes has been seen nine times: then it is far fewer than timers. A thread for each
 * timer, idle for a second, would be all of them. */
enum { FEW_TASKS = 100, FEW_BESIDE_OTHERS = 5000 };

/* A nap that takes so long has had to wait for a processor, in seconds. */
static const double HELD_UP = 0.005;

typedef struct observed {
    size_t most; /* tasks */
    bool held_up;
} observed;

static atomic_bool observed_enough;

static void *observe_tasks(void *arg) {
    observed *tasks = arg;
    while (!atomic_load(&observed_enough)) {
        size_t now = case_tasks();
        tasks->most = now > tasks->most ? now : tasks->most;
        double begun = threading_monotonic();
        case_nap();
        tasks->held_up |= threading_monotonic() - begun > HELD_UP;
    }
    return NULL;
}

static void need_few_threads(double (*interval)(double start, int i)) {
    enum { TIMERS = 100000 };
    threading_timer *timers = calloc(TIMERS, sizeof *timers);
    atomic_int calls = 0;
    observed tasks = {0, false};
    pthread_t observer;
    CHECK(timers != NULL);
    CHECK_NUMBER(pthread_create(&observer, NULL, observe_tasks, &tasks), 0);
    double start = threading_monotonic();
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = timer_started(interval(start, i), timer_count, &calls);
    }
    for (int i = 0; i < TIMERS; i++) {
        timer_finish(timers[i]);
    }
    atomic_store(&observed_enough, true);
    CHECK_NUMBER(pthread_join(observer, NULL), 0);
    CHECK_NUMBER(atomic_load(&calls), TIMERS);
    printf("%zu tasks at most%s\n", tasks.most, tasks.held_up ? ", held up by others" : "");
    CHECK(tasks.most >= 3);
    CHECK(tasks.most <= (tasks.held_up ? FEW_BESIDE_OTHERS : FEW_TASKS));
    free(timers);
}

static double at_the_same_time(double start, int i) {
    (void)i;
    return start + 1 - threading_monotonic();
}

static double at_once(double start, int i) {
    (void)start;
    (void)i;
    return 0;
}

CASE(a_hundred_thousand_short_functions_due_together_need_few_threads) {
    need_few_threads(at_the_same_time);
}

CASE(a_hundred_thousand_short_functions_one_after_another_need_few_threads) {
    need_few_threads(at_once);
}

/* ---- start, cancel and fire at the same moment ---- */

enum { RACERS = 4, RACES = 10000 };

typedef struct race {
    threading_timer timer;
    atomic_int calls, prevented, starts;
} race;

typedef struct racer {
    race *races;
    unsigned random;
    atomic_int *here; /* who has come to the end */
} racer;

static unsigned next_random(unsigned *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static void run_races(worker *self) {
    racer *me = self->context;
    for (int i = 0; i < RACES; i++) {
        race *it = &me->races[i];
        for (int step = 0; step < 2; step++) {
            if ((next_random(&me->random) & 1) == 0) {
                threading_status status = threading_timer_start(it->timer);
                CHECK(status == THREADING_OK || status == THREADING_ALREADY_STARTED);
                atomic_fetch_add(&it->starts, status == THREADING_OK);
            } else {
                atomic_fetch_add(&it->prevented, timer_cancelled(it->timer));
            }
        }
    }
    atomic_fetch_add(me->here, 1);
}

CASE(each_timer_is_called_or_prevented_and_never_both) {
    static race races[RACES];
    static const double intervals[] = {0, 1e-6, 0.0002, 0.001};
    racer racers[RACERS];
    worker threads[RACERS];
    atomic_int here = 0;
    int called = 0, prevented = 0;
    for (int i = 0; i < RACES; i++) {
        races[i].timer = timer_new(intervals[i % 4], timer_count, &races[i].calls);
    }
    for (int i = 0; i < RACERS; i++) {
        racers[i] = (racer){races, (unsigned)i * 7919u + 1, &here};
        worker_start(&threads[i], i % WORKER_KINDS, run_races, &racers[i]);
    }
    for (int i = 0; i < RACERS; i++) {
        worker_join(&threads[i]);
    }
    CHECK_NUMBER(atomic_load(&here), RACERS);
    for (int i = 0; i < RACES; i++) {
        race *it = &races[i];
        if (atomic_load(&it->starts) == 0) {
            CHECK_STATUS(threading_timer_start(it->timer), THREADING_OK);
        } else {
            CHECK_NUMBER(atomic_load(&it->starts), 1);
        }
        timer_finish(it->timer);
        CHECK_NUMBER(atomic_load(&it->calls) + atomic_load(&it->prevented), 1);
        called += atomic_load(&it->calls);
        prevented += atomic_load(&it->prevented);
    }
    printf("%d called, %d prevented\n", called, prevented);
    CHECK_NUMBER(threading_active_count(), 1);
    CHECK_STATUS(threading_shutdown_timeout(0), THREADING_OK);
}

typedef struct duel {
    _Atomic uint64_t bits; /* 0: none yet */
    atomic_int round, calls, prevented;
} duel;

static void cancel_at_the_last_moment(worker *self) {
    duel *it = self->context;
    for (int round = 1; round > 0; round++) {
        while (atomic_load(&it->round) < round) {
            if (atomic_load(&it->round) < 0) {
                return;
            }
            sched_yield();
        }
        bool prevented = false;
        threading_status status =
            threading_timer_cancel((threading_timer){atomic_load(&it->bits)}, &prevented);
        CHECK(status == THREADING_OK || status == THREADING_DESTROYED);
        atomic_fetch_add(&it->prevented, prevented);
    }
}

/* Destroyed, cancelled and fired within the same moments, by three threads, and its slot used again
 * at once. */
CASE(a_destroy_that_meets_the_end_loses_and_repeats_nothing) {
    enum { ROUNDS = 20000 };
    duel it = {0};
    worker canceller;
    worker_start(&canceller, FOREIGN, cancel_at_the_last_moment, &it);
    for (int round = 1; round <= ROUNDS; round++) {
        threading_timer timer = timer_new(round % 3 * 1e-5, timer_count, &it.calls);
        atomic_store(&it.bits, timer.bits);
        CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
        atomic_store(&it.round, round);
        CHECK_STATUS(threading_timer_destroy(timer), THREADING_OK);
    }
    /* The canceller need not have seen every round. */
    EVENTUALLY(threading_active_count() == 1);
    atomic_store(&it.round, -1);
    worker_join(&canceller);
    CHECK_NUMBER(atomic_load(&it.calls) + atomic_load(&it.prevented), ROUNDS);
    CHECK_STATUS(threading_shutdown_timeout(0), THREADING_OK);
}

/* ---- memory ---- */

static long resident_pages(void) {
    long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL);
    CHECK_NUMBER(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident;
}

enum { BATCH = 1000 };

static void use_and_drop(int batches) {
    static threading_timer timers[BATCH];
    atomic_int calls = 0;
    for (int batch = 0; batch < batches; batch++) {
        for (int i = 0; i < BATCH; i++) {
            timers[i] = timer_new(i % 2 ? 0 : TIMER_FAR, timer_count, &calls);
            CHECK_STATUS(
                threading_thread_set_name(threading_timer_thread(timers[i]), "one of very many"),
                THREADING_OK);
            CHECK_STATUS(threading_timer_start(timers[i]), THREADING_OK);
        }
        for (int i = 0; i < BATCH; i++) {
            CHECK(i % 2 || timer_cancelled(timers[i]));
            /* Some are given up before their end, some are destroyed after it. */
            if (i % 4 == 3) {
                CHECK_STATUS(threading_timer_destroy(timers[i]), THREADING_OK);
            } else {
                timer_finish(timers[i]);
            }
        }
        EVENTUALLY(threading_active_count() == 1);
    }
    CHECK_NUMBER(atomic_load(&calls), batches * (BATCH / 2));
}

CASE(three_hundred_thousand_timers_leave_no_memory_behind) {
    use_and_drop(20);
    long before = resident_pages();
    use_and_drop(280);
    long grown = resident_pages() - before;
    printf("%ld pages more\n", grown);
    /* 280,000 timers of 128 bytes would be 8,750 pages. */
    CHECK(grown < 500);
}

/* Stacks that the system has no room for are the program's wish for its own threads; timers fire
 * all the same. */
CASE(timers_fire_though_no_thread_can_have_the_stack_that_was_asked_for) {
    atomic_int calls = 0;
    threading_thread thread;
    if (sizeof(size_t) == 4) {
        case_skip("there is room for each size that can be asked for");
    }
    CHECK_STATUS(threading_set_stack_size(SIZE_OF_POWER(46)), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("too large", timer_count, &calls, &thread),
                 THREADING_NO_RESOURCES);
    for (int i = 0; i < 10; i++) {
        timer_finish(timer_started(0.001 * i, timer_count, &calls));
    }
    CHECK_NUMBER(atomic_load(&calls), 10);
}
