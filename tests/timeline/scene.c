/* What is recorded, and written to the standard output:
 *
 *     scene MODE [ARGUMENT]
 *
 * check.py says what has to be in it. Nothing here sleeps to synchronise: threads are seen to wait
 * before others go on. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <threading.h>
#include <unistd.h>

#define OK(call) THREADING_CHECK(call)

static threading_lock accounts;
static threading_rlock ledger;
static threading_condition news;
static threading_semaphore tickets;
static threading_event opened;
static threading_barrier phase;
static threading_latch gate;

static void make_objects(void) {
    OK(threading_lock_new(&accounts));
    OK(threading_lock_set_name(accounts, "accounts"));
    OK(threading_rlock_new(&ledger));
    OK(threading_rlock_set_name(ledger, "ledger"));
    OK(threading_condition_new(&news));
    OK(threading_condition_set_name(news, "news"));
    OK(threading_semaphore_new(0, &tickets));
    OK(threading_semaphore_set_name(tickets, "tickets"));
    OK(threading_event_new(&opened));
    OK(threading_event_set_name(opened, "opened"));
    OK(threading_barrier_new(2, NULL, NULL, &phase));
    OK(threading_barrier_set_name(phase, "phase"));
    OK(threading_latch_new(1, &gate));
    OK(threading_latch_set_name(gate, "gate"));
}

static threading_thread start(const char *name, threading_target target, void *argument) {
    threading_thread thread;
    OK(threading_thread_new(name, target, argument, &thread));
    OK(threading_thread_start(thread));
    return thread;
}

static void end(threading_thread thread) {
    OK(threading_thread_join(thread));
    OK(threading_thread_destroy(thread));
}

/* The thread sleeps in the kernel, so it has recorded that it waits. */
static bool is_asleep(uint64_t native_id) {
    char path[64], text[512], *end;
    snprintf(path, sizeof path, "/proc/self/task/%lu/stat", (unsigned long)native_id);
    FILE *file = fopen(path, "r");
    if (!file) {
        return false;
    }
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    end = strrchr(text, ')');
    return end && strncmp(end, ") S", 3) == 0;
}

static void until_it_waits(threading_thread thread) {
    threading_wait wait;
    while (threading_thread_waiting_for(thread, &wait) != THREADING_OK ||
           !is_asleep(wait.native_id)) {
        sched_yield();
    }
}

static void write_timeline(void) { OK(threading_timeline_json(STDOUT_FILENO)); }

/* ---- every kind of wait ---- */

static void *wants_lock(void *arg) {
    OK(threading_lock_acquire(accounts));
    OK(threading_lock_release(accounts));
    return arg;
}
static void *wants_rlock(void *arg) {
    OK(threading_rlock_acquire(ledger));
    OK(threading_rlock_release(ledger));
    return arg;
}
static void *wants_news(void *arg) {
    OK(threading_condition_acquire(news));
    OK(threading_condition_wait(news));
    OK(threading_condition_release(news));
    return arg;
}
static void *wants_ticket(void *arg) {
    OK(threading_semaphore_acquire(tickets));
    return arg;
}
static void *wants_opening(void *arg) {
    OK(threading_event_wait(opened));
    return arg;
}
static void *wants_phase(void *arg) {
    OK(threading_barrier_wait(phase, NULL));
    return arg;
}
static void *wants_gate(void *arg) {
    OK(threading_latch_wait(gate));
    return arg;
}
static void *wants_end(void *arg) {
    OK(threading_thread_join(*(threading_thread *)arg));
    return arg;
}
static void *sleeps(void *arg) {
    /* not to synchronise: the sleep is what is recorded */
    OK(threading_sleep(0.001));
    return arg;
}
static void *rings(void *arg) { return arg; }

static void let_in(const char *name, threading_target target, void (*let)(void)) {
    threading_thread thread = start(name, target, NULL);
    until_it_waits(thread);
    let();
    end(thread);
}

static void lets_lock(void) { OK(threading_lock_release(accounts)); }
static void lets_rlock(void) { OK(threading_rlock_release(ledger)); }
static void lets_news(void) {
    OK(threading_condition_acquire(news));
    OK(threading_condition_notify(news, 1));
    OK(threading_condition_release(news));
}
static void lets_ticket(void) { OK(threading_semaphore_release(tickets)); }
static void lets_opening(void) { OK(threading_event_set(opened)); }
static void lets_phase(void) { OK(threading_barrier_wait(phase, NULL)); }
static void lets_gate(void) { OK(threading_latch_count_down(gate)); }

static void run_timers(void) {
    threading_timer timer;
    OK(threading_timer_new(0, rings, NULL, &timer));
    OK(threading_timer_start(timer));
    OK(threading_thread_join(threading_timer_thread(timer)));
    OK(threading_timer_destroy(timer));
    bool prevented;
    OK(threading_timer_new(1000, rings, NULL, &timer));
    OK(threading_timer_start(timer));
    OK(threading_timer_cancel(timer, &prevented));
    OK(threading_timer_destroy(timer));
}

static void do_waits(void) {
    make_objects();
    OK(threading_mark("the first \"mark\""));
    OK(threading_lock_acquire(accounts));
    let_in("wants-lock", wants_lock, lets_lock);
    OK(threading_rlock_acquire(ledger));
    OK(threading_rlock_acquire(ledger));
    OK(threading_rlock_release(ledger));
    let_in("wants-rlock", wants_rlock, lets_rlock);
    let_in("wants-news", wants_news, lets_news);
    let_in("wants-ticket", wants_ticket, lets_ticket);
    let_in("wants-opening", wants_opening, lets_opening);
    let_in("wants-phase", wants_phase, lets_phase);
    let_in("wants-gate", wants_gate, lets_gate);
    OK(threading_event_clear(opened));
    threading_thread other = start("ends-late", wants_opening, NULL);
    threading_thread joiner = start("wants-end", wants_end, &other);
    until_it_waits(other);
    until_it_waits(joiner);
    OK(threading_event_set(opened));
    end(joiner);
    OK(threading_thread_destroy(other));
    end(start("sleeps", sleeps, NULL));
    run_timers();
    OK(threading_mark("the last one"));
    write_timeline();
}

/* ---- a deadlock: waits without an end ---- */

static threading_event two_hold[2];

static void *takes_both(void *arg) {
    bool first = arg == NULL;
    if (first) {
        OK(threading_lock_acquire(accounts));
    } else {
        OK(threading_rlock_acquire(ledger));
    }
    OK(threading_event_set(two_hold[first]));
    OK(threading_event_wait(two_hold[!first]));
    (void)(first ? threading_rlock_acquire(ledger) : threading_lock_acquire(accounts));
    return arg;
}

static void do_deadlock(void) {
    make_objects();
    for (int i = 0; i < 2; i++) {
        OK(threading_event_new(&two_hold[i]));
    }
    threading_thread one = start("teller-1", takes_both, NULL);
    threading_thread other = start("teller-2", takes_both, &accounts);
    while (threading_find_deadlock(NULL, 0, NULL) == 0) {
        sched_yield();
    }
    until_it_waits(one);
    until_it_waits(other);
    OK(threading_report_html(STDOUT_FILENO));
    _exit(0);
}

/* ---- more threads than there is room for ---- */

static void do_crowd(int count) {
    make_objects();
    threading_thread *threads = calloc((size_t)count, sizeof *threads);
    for (int i = 0; i < count; i++) {
        threads[i] = start(NULL, wants_opening, NULL);
        until_it_waits(threads[i]);
    }
    write_timeline();
    OK(threading_event_set(opened));
    for (int i = 0; i < count; i++) {
        end(threads[i]);
    }
    free(threads);
}

static void do_generations(int count) {
    make_objects();
    for (int i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "generation-%d", i);
        threading_thread thread = start(name, wants_ticket, NULL);
        until_it_waits(thread);
        OK(threading_semaphore_release(tickets));
        end(thread);
    }
    write_timeline();
}

/* ---- written while everything goes on, and is interrupted ---- */

static const char LONG_MARK[] = "a mark of some parts, which is there whole or not at all";
static atomic_bool is_over;

static void interrupt(int number) {
    (void)number;
    (void)!threading_event_set(opened);
    (void)!threading_event_clear(opened);
    (void)!threading_mark(LONG_MARK);
}

static void *storms(void *arg) {
    while (!atomic_load(&is_over)) {
        OK(threading_lock_acquire(accounts));
        OK(threading_mark(LONG_MARK));
        OK(threading_lock_release(accounts));
        OK(threading_rlock_acquire(ledger));
        OK(threading_rlock_release(ledger));
        (void)!threading_event_wait_timeout(opened, 1e-5);
    }
    return arg;
}

static void do_storm(int count, const char *folder) {
    make_objects();
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
    sigaction(SIGPROF, &action, NULL);
    threading_thread threads[4];
    for (int i = 0; i < 4; i++) {
        threads[i] = start(NULL, storms, NULL);
    }
    struct itimerval often = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_PROF, &often, NULL);
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%d.json", folder, i);
        int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        OK(threading_timeline_json(file));
        close(file);
        end(start("short", wants_rlock, NULL));
    }
    struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_PROF, &never, NULL);
    atomic_store(&is_over, true);
    for (int i = 0; i < 4; i++) {
        end(threads[i]);
    }
    write_timeline();
}

/* ---- on and off ---- */

static void do_switch(void) {
    OK(threading_mark("before"));
    OK(threading_inspect(THREADING_INSPECT_TIMELINE));
    OK(threading_mark("first"));
    OK(threading_inspect(THREADING_INSPECT_TIMELINE | THREADING_INSPECT_HOLDS));
    OK(threading_mark("still the first"));
    OK(threading_inspect(0));
    OK(threading_mark("between"));
    write_timeline();
    OK(threading_inspect(THREADING_INSPECT_TIMELINE));
    OK(threading_mark("second"));
    write_timeline();
}

/* ---- forks ---- */

static void do_fork(void) {
    make_objects();
    OK(threading_mark("of the parent"));
    end(start("of-the-parent", wants_opening, (OK(threading_event_set(opened)), NULL)));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        OK(threading_mark("of the child"));
        end(start("of-the-child", wants_opening, NULL));
        exit(0);
    }
    int status = 1;
    if (waitpid(child, &status, 0) != child || status != 0) {
        exit(1);
    }
    OK(threading_mark("after the fork"));
    printf("%ld %ld\n", (long)getpid(), (long)child);
}

/* ---- no memory ---- */

static int ways[2];

/* Its first event comes when there is no memory for a ring. */
static void *is_poor(void *arg) {
    char byte;
    (void)!read(ways[0], &byte, 1);
    (void)!threading_mark("of a poor thread");
    return arg;
}

static void do_poor(void) {
    make_objects();
    pthread_t poor;
    (void)!(pipe(ways) == 0 && pthread_create(&poor, NULL, is_poor, NULL) == 0);
    struct rlimit before, none;
    getrlimit(RLIMIT_AS, &before);
    none = (struct rlimit){0, before.rlim_max};
    setrlimit(RLIMIT_AS, &none);
    (void)!write(ways[1], "x", 1);
    pthread_join(poor, NULL);
    OK(threading_mark("of one that has a ring"));
    threading_status refused = threading_timeline_json(STDOUT_FILENO);
    setrlimit(RLIMIT_AS, &before);
    if (refused != THREADING_NO_RESOURCES) {
        exit(1);
    }
    write_timeline();
}

int main(int count, char **arguments) {
    const char *mode = count > 1 ? arguments[1] : "";
    int number = count > 2 ? atoi(arguments[2]) : 0;
    if (strcmp(mode, "waits") == 0) {
        do_waits();
    } else if (strcmp(mode, "deadlock") == 0) {
        do_deadlock();
    } else if (strcmp(mode, "crowd") == 0) {
        do_crowd(number);
    } else if (strcmp(mode, "generations") == 0) {
        do_generations(number);
    } else if (strcmp(mode, "storm") == 0 && count > 3) {
        do_storm(number, arguments[3]);
    } else if (strcmp(mode, "switch") == 0) {
        do_switch();
    } else if (strcmp(mode, "fork") == 0) {
        do_fork();
    } else if (strcmp(mode, "poor") == 0) {
        do_poor();
    } else if (strcmp(mode, "nothing") == 0) {
        write_timeline();
    } else {
        return 2;
    }
    return 0;
}
