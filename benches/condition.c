/* Waking and being woken: notify_all with many waiters, and two threads that pass a turn to and fro, for ours and for what
 * POSIX has. */
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench.h"
#include "condition_calls.h"
#include "threading.h"

enum { MAX_ROUNDS = 1001, MAX_WAITERS = 1024, NAP = 100000 };

/* ---- notify_all ---- */

/* Threads that wait on one condition, again and again. What comes before `released` is guarded by its lock. */
struct crowd {
    struct place place;
    size_t waiters;
    size_t turn;            /* counted up with each notify */
    size_t waiting;
    bool over;
    BENCH_APART atomic_size_t released;
    uint64_t last;          /* when the last one had released the lock */
    sem_t done, again;
};

BENCH_INLINE void crowd_wait(struct crowd *crowd, const struct calls calls)
{
    struct place *at = &crowd->place;
    for (bool over = false; !over;) {
        calls.lock(at);
        size_t turn = crowd->turn;
        crowd->waiting++;
        while (crowd->turn == turn)
            calls.wait(at);
        over = crowd->over;
        calls.unlock(at);
        if (atomic_fetch_add(&crowd->released, 1) + 1 == crowd->waiters) {
            crowd->last = bench_now();
            sem_post(&crowd->done);
        }
        /* Who has returned stays away from the lock until all have. */
        while (sem_wait(&crowd->again) != 0)
            continue;
    }
}

/* All of the crowd waits, and has had time to fall asleep. */
BENCH_INLINE void crowd_gather(struct crowd *crowd, const struct calls calls)
{
    for (bool all = false; !all;) {
        struct timespec nap = {0, NAP};
        nanosleep(&nap, NULL);
        calls.lock(&crowd->place);
        all = crowd->waiting == crowd->waiters;
        calls.unlock(&crowd->place);
    }
}

/* Wakes the crowd; nanoseconds until the last one has released. */
BENCH_INLINE double crowd_wake(struct crowd *crowd, bool over, bool held, const struct calls calls)
{
    crowd_gather(crowd, calls);
    atomic_store(&crowd->released, 0);
    calls.lock(&crowd->place);
    crowd->waiting = 0;
    crowd->turn++;
    crowd->over = over;
    uint64_t start;
    if (held) {
        start = bench_now();
        calls.wake(&crowd->place);
        calls.unlock(&crowd->place);
    } else {
        calls.unlock(&crowd->place);
        start = bench_now();
        calls.wake(&crowd->place);
    }
    while (sem_wait(&crowd->done) != 0)
        continue;
    for (size_t i = 0; i < crowd->waiters; i++)
        sem_post(&crowd->again);
    return (double)(crowd->last - start);
}

static void *ours_waiter(void *crowd) { crowd_wait(crowd, ours); return NULL; }
static void *posix_waiter(void *crowd) { crowd_wait(crowd, posix); return NULL; }
static double ours_crowd(struct crowd *crowd, bool over) { return crowd_wake(crowd, over, true, ours); }
static double posix_crowd(struct crowd *crowd, bool over) { return crowd_wake(crowd, over, true, posix); }
static double posix_crowd_free(struct crowd *crowd, bool over) { return crowd_wake(crowd, over, false, posix); }

static struct notify_row {
    const char *name;
    void *(*waiter)(void *crowd);
    double (*wake)(struct crowd *crowd, bool over);
    bool own;
    struct crowd crowd;
    double *nanoseconds, *switches, *cpu;   /* a waiter, one value a round */
} notify_rows[] = {
    {.name = "pthread_cond", .waiter = posix_waiter, .wake = posix_crowd},   /* the others are compared with it */
    {.name = "pthread_cond_free", .waiter = posix_waiter, .wake = posix_crowd_free},
    {.name = "condition", .waiter = ours_waiter, .wake = ours_crowd, .own = true},
    {.name = "condition_with_lock", .waiter = ours_waiter, .wake = ours_crowd},
};
enum { NOTIFY_ROWS = sizeof notify_rows / sizeof notify_rows[0] };

/* CPU microseconds and context switches of all threads of the process so far. */
static double cpu_so_far(double *switches)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (switches != NULL)
        *switches = (double)(usage.ru_nvcsw + usage.ru_nivcsw);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void notify_round(struct notify_row *row, size_t round, size_t times)
{
    double taken = 0, before, after;
    double cpu = cpu_so_far(&before);
    for (size_t i = 0; i < times; i++)
        taken += row->wake(&row->crowd, false);
    cpu = cpu_so_far(&after) - cpu;
    double each = (double)(times * row->crowd.waiters);
    row->nanoseconds[round] = taken / each;
    row->switches[round] = (after - before) / each;
    row->cpu[round] = cpu / each;
}

static void notify_all(size_t waiters, size_t rounds, size_t times, const char *only)
{
    static pthread_t threads[NOTIFY_ROWS][MAX_WAITERS];
    for (size_t i = 0; i < NOTIFY_ROWS; i++) {
        struct notify_row *row = &notify_rows[i];
        if (!bench_selected(only, row->name))
            continue;
        row->nanoseconds = bench_allocate(3 * rounds, sizeof(double));
        row->switches = row->nanoseconds + rounds;
        row->cpu = row->switches + rounds;
        row->crowd = (struct crowd){.waiters = waiters};
        place_init(&row->crowd.place, row->own);
        sem_init(&row->crowd.done, 0, 0);
        sem_init(&row->crowd.again, 0, 0);
        for (size_t thread = 0; thread < waiters; thread++)
            bench_must(pthread_create(&threads[i][thread], NULL, row->waiter, &row->crowd), "pthread_create");
        row->wake(&row->crowd, false);
    }
    for (size_t round = 0; round < rounds; round++)
        for (size_t turn = 0; turn < NOTIFY_ROWS; turn++)
            if (notify_rows[(round + turn) % NOTIFY_ROWS].nanoseconds != NULL)
                notify_round(&notify_rows[(round + turn) % NOTIFY_ROWS], round, times);

    double rival = NAN;
    for (size_t i = 0; i < NOTIFY_ROWS; i++) {
        struct notify_row *row = &notify_rows[i];
        if (row->nanoseconds == NULL)
            continue;
        row->wake(&row->crowd, true);
        for (size_t thread = 0; thread < waiters; thread++)
            pthread_join(threads[i][thread], NULL);
        double median = bench_median(row->nanoseconds, rounds);
        rival = i == 0 ? median : rival;
        printf("%-20s %8zu  %10.0f  %7.0f - %7.0f  %9.1f  %10.2f", row->name, waiters, median,
               bench_quantile(row->nanoseconds, rounds, 0.25), bench_quantile(row->nanoseconds, rounds, 0.75),
               bench_median(row->cpu, rounds), bench_median(row->switches, rounds));
        if (isnan(rival))
            printf("  %9s\n", "-");
        else
            printf("  %9.2f\n", median / rival);
        free(row->nanoseconds);
        row->nanoseconds = NULL;
    }
}

/* ---- to and fro ---- */

/* Whose turn it is: with a condition the number, guarded by its lock; else the semaphore or event of 0 or 1 that has one. */
static struct game {
    struct place place;
    int turn;
    BENCH_APART threading_semaphore semaphores[2];
    threading_event events[2];
    BENCH_APART sem_t posix[2];
} condition_game, condition_with_lock_game, posix_game;

BENCH_INLINE void turns(struct game *game, int me, size_t count, const struct calls calls)
{
    for (size_t i = 0; i < count; i++) {
        calls.lock(&game->place);
        while (game->turn != me)
            calls.wait(&game->place);
        game->turn = !me;
        calls.wake(&game->place);
        calls.unlock(&game->place);
    }
}

static void condition_turns(int me, size_t count) { turns(&condition_game, me, count, ours); }
static void condition_with_lock_turns(int me, size_t count) { turns(&condition_with_lock_game, me, count, ours); }
static void cond_turns(int me, size_t count) { turns(&posix_game, me, count, posix); }

static void semaphore_turns(int me, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        THREADING_CHECK(threading_semaphore_acquire(condition_game.semaphores[me]));
        THREADING_CHECK(threading_semaphore_release(condition_game.semaphores[!me]));
    }
}

static void sem_turns(int me, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while (sem_wait(&posix_game.posix[me]) != 0)
            continue;
        sem_post(&posix_game.posix[!me]);
    }
}

static void event_turns(int me, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        THREADING_CHECK(threading_event_wait(condition_game.events[me]));
        THREADING_CHECK(threading_event_clear(condition_game.events[me]));
        THREADING_CHECK(threading_event_set(condition_game.events[!me]));
    }
}

static struct turn_row {
    const char *name, *rival;
    void (*turns)(int me, size_t count);
    double *nanoseconds, *cpu;  /* a turn, one value a round */
    double median;
} turn_rows[] = {
    {"pthread_cond", "pthread_cond", cond_turns, NULL, NULL, NAN},
    {"condition", "pthread_cond", condition_turns, NULL, NULL, NAN},
    {"condition_with_lock", "pthread_cond", condition_with_lock_turns, NULL, NULL, NAN},
    {"sem_t", "sem_t", sem_turns, NULL, NULL, NAN},
    {"semaphore", "sem_t", semaphore_turns, NULL, NULL, NAN},
    {"event", "sem_t", event_turns, NULL, NULL, NAN},
};
enum { TURN_ROWS = sizeof turn_rows / sizeof turn_rows[0] };

struct player {
    const struct turn_row *row;
    size_t count;
};

static void *second_player(void *arg)
{
    const struct player *player = arg;
    player->row->turns(1, player->count);
    return NULL;
}

static void turns_round(struct turn_row *row, size_t round, size_t count)
{
    struct player player = {row, count};
    pthread_t thread;
    bench_must(pthread_create(&thread, NULL, second_player, &player), "pthread_create");
    double cpu = cpu_so_far(NULL);
    uint64_t start = bench_now();
    row->turns(0, count);
    row->nanoseconds[round] = (double)(bench_now() - start) / (double)(2 * count);
    row->cpu[round] = (cpu_so_far(NULL) - cpu) * 1e3 / (double)(2 * count);
    pthread_join(thread, NULL);
}

static void to_and_fro(size_t rounds, size_t count, const char *only)
{
    place_init(&condition_game.place, true);
    place_init(&condition_with_lock_game.place, false);
    place_init(&posix_game.place, true);
    for (int i = 0; i < 2; i++) {
        THREADING_CHECK(threading_semaphore_new(i == 0, &condition_game.semaphores[i]));
        THREADING_CHECK(threading_event_new(&condition_game.events[i]));
        sem_init(&posix_game.posix[i], 0, i == 0);
    }
    THREADING_CHECK(threading_event_set(condition_game.events[0]));

    for (size_t i = 0; i < TURN_ROWS; i++) {
        if (!bench_selected(only, turn_rows[i].name))
            continue;
        turn_rows[i].nanoseconds = bench_allocate(2 * rounds, sizeof(double));
        turn_rows[i].cpu = turn_rows[i].nanoseconds + rounds;
        turns_round(&turn_rows[i], 0, count);
    }
    for (size_t round = 0; round < rounds; round++)
        for (size_t turn = 0; turn < TURN_ROWS; turn++)
            if (turn_rows[(round + turn) % TURN_ROWS].nanoseconds != NULL)
                turns_round(&turn_rows[(round + turn) % TURN_ROWS], round, count);

    printf("# two threads pass a turn to and fro; %zu interleaved rounds of %zu turns each\n", rounds, count);
    printf("%-20s %8s  %15s  %11s  %8s\n", "turns", "ns", "quartiles", "CPU ns/turn", "/ rival");
    for (size_t i = 0; i < TURN_ROWS; i++) {
        struct turn_row *row = &turn_rows[i];
        if (row->nanoseconds == NULL)
            continue;
        row->median = bench_median(row->nanoseconds, rounds);
        double rival = NAN;
        for (size_t j = 0; j <= i; j++)
            if (strcmp(turn_rows[j].name, row->rival) == 0)
                rival = turn_rows[j].median;
        printf("%-20s %8.0f  %6.0f - %6.0f  %11.0f", row->name, row->median, bench_quantile(row->nanoseconds, rounds, 0.25),
               bench_quantile(row->nanoseconds, rounds, 0.75), bench_median(row->cpu, rounds));
        if (isnan(rival))
            printf("  %8s\n", "-");
        else
            printf("  %8.2f\n", row->median / rival);
    }
}

static void usage(void)
{
    puts("condition [--waiters 2,8,64] [--rounds N] [--times N, notifies in a round] [--turns N, of each in a round]\n"
         "          [--only NAME,NAME] [--part notify_all|to_and_fro]");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"waiters", required_argument, NULL, 'w'},
        {"rounds", required_argument, NULL, 'r'},
        {"times", required_argument, NULL, 't'},
        {"turns", required_argument, NULL, 'u'},
        {"only", required_argument, NULL, 'o'},
        {"part", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct bench_list waiters = bench_numbers("2,8,64", "--waiters");
    size_t rounds = 21, times = 10, count = 3000;
    const char *only = NULL, *part = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'w': waiters = bench_numbers(optarg, "--waiters"); break;
        case 'r': rounds = bench_number(optarg, "--rounds"); break;
        case 't': times = bench_number(optarg, "--times"); break;
        case 'u': count = bench_number(optarg, "--turns"); break;
        case 'o': only = optarg; break;
        case 'p': part = optarg; break;
        case 'h': usage(); return 0;
        default: usage(); return 2;
        }
    }
    if (rounds < 1 || rounds > MAX_ROUNDS || times < 1 || count < 1)
        bench_fail("--rounds is 1 to %d, --times and --turns at least 1", MAX_ROUNDS);
    for (size_t i = 0; i < waiters.count; i++)
        if (waiters.values[i] < 1 || waiters.values[i] > MAX_WAITERS)
            bench_fail("--waiters are 1 to %d", MAX_WAITERS);
    const char *names[NOTIFY_ROWS + TURN_ROWS];
    for (size_t i = 0; i < NOTIFY_ROWS; i++)
        names[i] = notify_rows[i].name;
    for (size_t i = 0; i < TURN_ROWS; i++)
        names[NOTIFY_ROWS + i] = turn_rows[i].name;
    bench_check_only(only, names, NOTIFY_ROWS + TURN_ROWS);
    static const char *const parts[] = {"notify_all", "to_and_fro"};
    bench_check_only(part, parts, 2);

    bench_head("condition", NULL);
    if (bench_selected(part, "notify_all")) {
        printf("# from the notify until the last waiter has returned and released the lock, for each waiter;\n"
               "# %zu interleaved rounds of %zu notifies\n", rounds, times);
        printf("%-20s %8s  %10s  %17s  %9s  %10s  %9s\n", "notify_all", "waiters", "ns/waiter", "quartiles", "CPU us",
               "switches", "/ pthread");
        for (size_t i = 0; i < waiters.count; i++)
            notify_all(waiters.values[i], rounds, times, only);
    }
    if (bench_selected(part, "to_and_fro"))
        to_and_fro(rounds, count, only);
    bench_foot();
    return 0;
}
