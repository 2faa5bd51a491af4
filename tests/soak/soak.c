/* Everything at once, for minutes: all primitives, threads, timers and locals under random load,
 * with invariants checked.
 *
 *     soak [--minutes N] [--seed N]
 *
 * It ends by itself after that time, and fails when an invariant does not hold, when a game stands
 * still, or when memory grows. */
#include "soak.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROGRESS_SECONDS = 10, STANDSTILL_SECONDS = 30, GROWTH_MIB = 24, WARM_UP_SECONDS = 30 };

static const struct game *const games[] = {
    &lock_game,    &rlock_game,    &semaphore_game, &condition_game, &event_game,
    &barrier_game, &breaking_game, &churn_game,     &timer_game,     &local_game,
    &thread_game,  &look_game,     &task_game};
enum { GAMES = sizeof games / sizeof *games };

atomic_bool over;

static struct player {
    const struct game *game;
    int me;
    uint64_t random;
    threading_thread thread;
    atomic_long rounds;
    long seen;
    double seen_at;
} players[GAMES][MOST_PLAYERS];

_Noreturn void fail(const char *what, const char *file, int line) {
    fprintf(stderr, "FAILED: %s\n    at %s:%d, in %s\n", what, file, line,
            threading_current_name());
    fflush(NULL);
    abort();
}

void object_check(bool holds, const char *text, const char *file, int line) {
    if (!holds) {
        fail(text, file, line);
    }
}

/* Steele, Lea and Flood's SplitMix. */
uint64_t next_random(uint64_t *state) {
    uint64_t number = *state += UINT64_C(0x9E3779B97F4A7C15);
    number = (number ^ (number >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94D049BB133111EB);
    return number ^ (number >> 31);
}

static double resident_mib(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    EXPECT(file && fscanf(file, "%*s %ld", &pages) == 1);
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1024 * 1024);
}

static int system_threads(void) {
    int count = 0;
    DIR *directory = opendir("/proc/self/task");
    EXPECT(directory);
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}

/* ---- playing ---- */

static void *plays(void *arg) {
    struct player *player = arg;
    bool (*goes_on)(void) = player->game->goes_on;
    while (goes_on ? goes_on() : !atomic_load(&over)) {
        player->game->play(player->me, &player->random);
        atomic_fetch_add_explicit(&player->rounds, 1, memory_order_relaxed);
    }
    return player;
}

static void start(uint64_t seed) {
    for (int game = 0; game < GAMES; game++) {
        games[game]->begin();
        for (int me = 0; me < games[game]->players; me++) {
            struct player *player = &players[game][me];
            player->game = games[game];
            player->me = me;
            player->random =
                seed + (uint64_t)(game * MOST_PLAYERS + me) * UINT64_C(0xA24BAED4963EE407);
            player->seen_at = threading_monotonic();
            OK(threading_thread_spawn(games[game]->name, plays, player, &player->thread));
        }
    }
}

static void look_for_standstill(void) {
    for (int game = 0; game < GAMES; game++) {
        for (int me = 0; me < games[game]->players; me++) {
            struct player *player = &players[game][me];
            long rounds = atomic_load(&player->rounds);
            double time = threading_monotonic();
            if (rounds != player->seen) {
                player->seen = rounds;
                player->seen_at = time;
            } else if (time - player->seen_at > STANDSTILL_SECONDS) {
                fprintf(stderr, "%s, player %d: stands still after %ld rounds\n", games[game]->name,
                        me, rounds);
                fail("everyone goes on", __FILE__, __LINE__);
            }
        }
    }
}

static void print_rounds(double seconds) {
    printf("%4.0f s:", seconds);
    for (int game = 0; game < GAMES; game++) {
        long rounds = 0;
        for (int me = 0; me < games[game]->players; me++) {
            rounds += atomic_load(&players[game][me].rounds);
        }
        printf(" %s %ld,", games[game]->name, rounds);
    }
    printf(" %d threads, %.1f MiB\n", system_threads(), resident_mib());
    fflush(stdout);
}

static void end(void) {
    atomic_store(&over, true);
    for (int game = 0; game < GAMES; game++) {
        for (int me = 0; me < games[game]->players; me++) {
            void *result = NULL;
            threading_status status;
            while ((status = threading_thread_join_timeout(players[game][me].thread, 1)) ==
                   THREADING_TIMEOUT) {
                look_for_standstill();
            }
            OK(status);
            OK(threading_thread_finish(players[game][me].thread, &result));
            EXPECT(result == &players[game][me]);
            EXPECT(atomic_load(&players[game][me].rounds) > 0);
        }
        games[game]->end();
    }
}

static double number_of(const char *text) {
    char *rest = NULL;
    double number = strtod(text, &rest);
    if (rest == text || *rest != '\0' || !(number > 0)) {
        fprintf(stderr, "usage: soak [--minutes N] [--seed N]\n");
        exit(2);
    }
    return number;
}

int main(int count, char **arguments) {
    double minutes = 10;
    double seed = 1;
    for (int index = 1; index < count; index += 2) {
        double *value = strcmp(arguments[index], "--minutes") == 0 ? &minutes
                        : strcmp(arguments[index], "--seed") == 0  ? &seed
                                                                   : NULL;
        *(value ? value : &seed) =
            number_of(value && index + 1 < count ? arguments[index + 1] : "");
    }
    double seconds = minutes * 60;
    double began = threading_monotonic();
    double next_progress = PROGRESS_SECONDS;
    double warm_at = seconds / 4 < WARM_UP_SECONDS ? seconds / 4 : WARM_UP_SECONDS;
    double warm = 0;
    int threads_before = system_threads();
    start((uint64_t)seed);
    for (double now = 0; now < seconds; now = threading_monotonic() - began) {
        OK(threading_sleep(0.1)); /* not to synchronise: the pace of looking */
        look_for_standstill();
        if (warm == 0 && now >= warm_at) {
            warm = resident_mib();
        }
        if (now >= next_progress) {
            print_rounds(now);
            next_progress += PROGRESS_SECONDS;
        }
    }
    print_rounds(threading_monotonic() - began);
    double mib = resident_mib();
    end();
    EXPECT(threading_active_count() == 1);
    /* The timers' workers end after a second without work; the thread that watches their clock
     * stays. */
    int left = system_threads();
    for (int round = 0; round < 100 && left > threads_before + 1; round++) {
        /* not to synchronise: the pace of looking for the threads' ends */
        OK(threading_sleep(0.05));
        left = system_threads();
    }
    printf("%.0f s: %.1f MiB, %.1f MiB after %.0f s, %.1f MiB at the end; %d threads of the "
           "system, %d at the beginning\n",
           seconds, mib, warm, warm_at, resident_mib(), left, threads_before);
    EXPECT(warm > 0 && mib <= warm + GROWTH_MIB);
    EXPECT(left <= threads_before + 1);
    return 0;
}
