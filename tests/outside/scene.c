/* A process with something of everything that a look from outside has to find:
 *
 *     scene DIRECTORY [moving | owned | waited | unreadable]
 *
 * writes its own dumps to DIRECTORY/text and DIRECTORY/json, says "ready", and stays as it is until
 * its input ends, but for what is asked of it: `r` releases a lock of the deadlock, `n` renames the
 * condition. With `moving` other threads acquire, release and rename all the time, and no
 * dumps are written. With `owned` one more thread waits for an owned lock that it holds itself.
 * With `waited` one has waited for many things before it waits on. With `unreadable` nobody but
 * root may read its memory. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <threading.h>
#include <unistd.h>

static threading_lock accounts, signal_lock, left_behind;
static threading_rlock ledger;
static threading_condition news;
static threading_semaphore tickets;
static threading_event opened;
static threading_barrier phase;
static threading_latch gate;
static threading_stop closing, closing_soon;
static threading_rwlock shelf, prices;
static threading_thread auditor;
static threading_timer timer, heartbeat;
static threading_queue basket, shelves;
static threading_executor clerks;
static threading_event morning;
static threading_future errand;
static threading_event teller_1_holds, teller_2_holds;

static void *work_1(void *arg) {
    THREADING_CHECK(threading_lock_acquire(accounts));
    THREADING_CHECK(threading_event_set(teller_1_holds));
    THREADING_CHECK(threading_event_wait(teller_2_holds));
    (void)!threading_rlock_acquire(ledger);
    return arg;
}
static void *work_2(void *arg) {
    THREADING_CHECK(threading_rlock_acquire(ledger));
    THREADING_CHECK(threading_rlock_acquire(ledger));
    THREADING_CHECK(threading_event_set(teller_2_holds));
    THREADING_CHECK(threading_event_wait(teller_1_holds));
    (void)!threading_thread_join(auditor);
    return arg;
}
static void *audit(void *arg) {
    THREADING_CHECK(threading_event_wait(teller_1_holds));
    (void)!threading_lock_acquire(accounts);
    return arg;
}
static void *wait_for_news(void *arg) {
    THREADING_CHECK(threading_condition_acquire(news));
    (void)!threading_condition_wait(news);
    return arg;
}
static void *wait_for_ticket(void *arg) {
    (void)!threading_semaphore_acquire(tickets);
    return arg;
}
static void *wait_for_opening(void *arg) {
    (void)!threading_event_wait_timeout(opened, 1000);
    return arg;
}
static void *wait_for_phase(void *arg) {
    (void)!threading_barrier_wait(phase, NULL);
    return arg;
}
static void *wait_at_gate(void *arg) {
    (void)!threading_latch_wait(gate);
    return arg;
}
static void *wait_for_any(void *arg) {
    threading_object any[] = {THREADING_OBJECT(closing), THREADING_OBJECT(left_behind),
                              THREADING_OBJECT(auditor)};
    size_t index;
    (void)!threading_wait_any(any, 3, &index);
    return arg;
}
static void *wait_with_stop(void *arg) {
    (void)!threading_semaphore_acquire_stop(tickets, 1000, closing_soon);
    return arg;
}
static void *get_from_basket(void *arg) {
    void *item;
    (void)!threading_queue_get(basket, &item);
    return arg;
}
static void *put_on_shelves(void *arg) {
    (void)!threading_queue_put_stop(shelves, NULL, 1000, closing_soon);
    return arg;
}
static void *write_shelf(void *arg) {
    (void)!threading_rwlock_acquire_write(shelf);
    return arg;
}
static void *read_prices(void *arg) {
    (void)!threading_rwlock_acquire_read(prices);
    return arg;
}
static void *sleep_long(void *arg) {
    /* not to synchronise: the sleep is what is looked at */
    (void)!threading_sleep(1000);
    return arg;
}
static void *wait_for_itself(void *arg) {
    THREADING_CHECK(threading_lock_acquire(signal_lock));
    (void)!threading_lock_acquire(signal_lock);
    return arg;
}
static void *wait_for_its_own(void *arg) {
    static threading_lock own;
    THREADING_CHECK(threading_lock_new(&own));
    THREADING_CHECK(threading_lock_set_owned(own));
    THREADING_CHECK(threading_lock_acquire(own));
    (void)!threading_lock_acquire(own);
    return arg;
}
static void *leave_behind(void *arg) {
    THREADING_CHECK(threading_lock_acquire(left_behind));
    return arg;
}
static void *wait_for_left_behind(void *arg) {
    THREADING_WITH(left_behind) {
    }
    return arg;
}
static void *wait_for_morning(void *arg) {
    (void)!threading_event_wait(morning);
    return arg;
}
static void *shut_clerks_down(void *arg) {
    (void)!threading_executor_shutdown(clerks, false);
    return arg;
}
static void *do_nothing(void *arg) { return arg; }
static void *waits_a_little(void *arg) {
    /* not to synchronise: the wait for it is what is looked at */
    THREADING_CHECK(threading_sleep(0.01));
    return arg;
}
static threading_thread start(const char *name, void *(*function)(void *));
static atomic_bool has_waited;
static void *wait_often(void *arg) {
    for (int i = 0; i < 40; i++) {
        (void)!threading_event_wait_timeout(opened, 1e-4);
    }
    (void)!threading_event_wait_stop(morning, 1e-4, closing_soon);
    (void)!threading_thread_join(start("waits", waits_a_little));
    /* not to synchronise: the sleep is what is looked at */
    THREADING_CHECK(threading_sleep(0.001));
    atomic_store(&has_waited, true);
    return wait_for_opening(arg);
}

/* Shuts down an executor whose task wants what it holds. */
static threading_rlock desk;
static void *wait_for_desk(void *arg) {
    THREADING_WITH(desk) {
    }
    return arg;
}
static void *shut_down_who_wants(void *arg) {
    threading_executor caught;
    THREADING_CHECK(threading_executor_new(1, "caught", &caught));
    THREADING_CHECK(threading_rlock_new(&desk));
    THREADING_CHECK(threading_rlock_acquire(desk));
    THREADING_CHECK(threading_executor_submit(caught, wait_for_desk, NULL, NULL));
    (void)!threading_executor_shutdown(caught, false);
    return arg;
}

/* A thread that the library did not start: it waits without a record. */
static void *foreign_waiter(void *arg) {
    (void)!threading_event_wait(opened);
    return arg;
}
/* And one that never calls the library. */
static void *stranger(void *arg) {
    pause();
    return arg;
}

static threading_thread start(const char *name, void *(*function)(void *)) {
    threading_thread thread;
    THREADING_CHECK(threading_thread_new(name, function, NULL, &thread));
    THREADING_CHECK(threading_thread_set_daemon(thread, true));
    THREADING_CHECK(threading_thread_start(thread));
    return thread;
}

/* All have come to where they stay, and the threads that ended are gone from the system. */
static void wait_until_set(size_t waiting, size_t tasks) {
    static threading_wait waits[64];
    struct stat list;
    while (threading_waits(waits, 64) != waiting || stat("/proc/self/task", &list) != 0 ||
           list.st_nlink != tasks + 2) {
        sched_yield();
    }
}

static void make_objects(void) {
    THREADING_CHECK(threading_lock_new(&accounts));
    THREADING_CHECK(threading_lock_set_name(accounts, "accounts"));
    THREADING_CHECK(threading_lock_acquire(accounts));
    THREADING_CHECK(threading_lock_release(accounts));
    THREADING_CHECK(threading_lock_new(&signal_lock));
    THREADING_CHECK(threading_lock_new(&left_behind));
    THREADING_CHECK(threading_lock_set_name(left_behind, "left \"behind\"\n\xc3\xa9\xe2\x80\xae"));
    THREADING_CHECK(threading_rlock_new(&ledger));
    THREADING_CHECK(threading_rlock_set_name(ledger, "ledger"));
    THREADING_CHECK(threading_condition_new(&news));
    THREADING_CHECK(threading_condition_set_name(
        news, "news, with a name that takes more than a single slot of the table of labels"));
    THREADING_CHECK(threading_semaphore_new(0, &tickets));
    THREADING_CHECK(threading_event_new(&opened));
    THREADING_CHECK(threading_event_set_name(opened, "opened"));
    THREADING_CHECK(threading_barrier_new(3, NULL, NULL, &phase));
    THREADING_CHECK(threading_latch_new(1, &gate));
    THREADING_CHECK(threading_stop_new((threading_stop){0}, &closing));
    THREADING_CHECK(threading_stop_set_name(closing, "closing"));
    THREADING_CHECK(threading_stop_new(closing, &closing_soon));
    THREADING_CHECK(threading_queue_new(3, &basket));
    THREADING_CHECK(threading_queue_set_name(basket, "basket"));
    THREADING_CHECK(threading_queue_new(1, &shelves));
    THREADING_CHECK(threading_queue_put(shelves, NULL));
    THREADING_CHECK(threading_executor_new(1, "clerks", &clerks));
    THREADING_CHECK(threading_event_new(&morning));
    THREADING_CHECK(threading_rwlock_new(&shelf));
    THREADING_CHECK(threading_rwlock_new(&prices));
    THREADING_CHECK(threading_rwlock_set_name(prices, "prices"));
    THREADING_CHECK(threading_event_new(&teller_1_holds));
    THREADING_CHECK(threading_event_new(&teller_2_holds));
}

static void start_all(void) {
    pthread_t thread;
    char name[601];
    threading_thread ended = start("leaver", leave_behind);
    THREADING_CHECK(threading_thread_finish(ended, NULL));
    THREADING_CHECK(threading_thread_finish(start("ended", do_nothing), NULL));
    auditor = start("auditor", audit);
    start("teller-1", work_1);
    start("teller-2", work_2);
    start(NULL, wait_for_news);
    start("ticket", wait_for_ticket);
    start("opening", wait_for_opening);
    start("any", wait_for_any);
    start("stopped", wait_with_stop);
    start("phase", wait_for_phase);
    start("gate", wait_at_gate);
    start("getter", get_from_basket);
    start("putter", put_on_shelves);
    THREADING_CHECK(threading_rwlock_acquire_read(shelf));
    THREADING_CHECK(threading_rwlock_acquire_read(shelf));
    THREADING_CHECK(threading_rwlock_acquire_write(prices));
    start("writer", write_shelf);
    start("reader", read_prices);
    start("sleeper", sleep_long);
    start("self", wait_for_itself);
    /* 2 bytes each: the cut comes between them. */
    for (size_t i = 0; i < 600; i++) {
        name[i] = "\xc3\xa9"[i % 2];
    }
    name[600] = 0;
    start(name, wait_for_left_behind);
    THREADING_CHECK(threading_timer_new(1000, do_nothing, NULL, &timer));
    THREADING_CHECK(threading_timer_start(timer));
    THREADING_CHECK(threading_timer_new_periodic(1000, 1, do_nothing, NULL, &heartbeat));
    THREADING_CHECK(threading_timer_start(heartbeat));
    /* A task that runs, one that has not begun, and who waits for both. */
    THREADING_CHECK(threading_executor_submit(clerks, wait_for_morning, NULL, NULL));
    THREADING_CHECK(threading_executor_submit(clerks, do_nothing, NULL, &errand));
    start("closer", shut_clerks_down);
    if (pthread_create(&thread, NULL, foreign_waiter, NULL) != 0 ||
        pthread_create(&thread, NULL, stranger, NULL) != 0) {
        abort();
    }
}

static int create(const char *directory, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
}

/* Writes the dump, and returns how many threads in it have not called the library. */
static int dump_json(const char *directory) {
    static char text[1 << 16];
    int strangers = 0, json = create(directory, "json");
    THREADING_CHECK(threading_dump_json(json));
    text[pread(json, text, sizeof text - 1, 0)] = 0;
    close(json);
    for (const char *at = strstr(text, "\"unmet\""); (at = strstr(at, "native_id")) != NULL; at++) {
        strangers++;
    }
    return strangers;
}

/* What moves: two locks in order, and names that change. */
static threading_lock first, second;
static void *move(void *arg) {
    for (unsigned round = 0;; round++) {
        THREADING_CHECK(threading_lock_acquire(first));
        THREADING_CHECK(threading_lock_acquire(second));
        THREADING_CHECK(threading_lock_set_name(
            first, round % 2 ? "first-odd" : "first, whose other name takes two slots"));
        THREADING_CHECK(threading_lock_release(second));
        THREADING_CHECK(threading_lock_release(first));
    }
    return arg;
}

int main(int argc, char **argv) {
    char byte;
    bool moves = argc > 2 && strcmp(argv[2], "moving") == 0;
    bool owns = argc > 2 && strcmp(argv[2], "owned") == 0;
    bool waited = argc > 2 && strcmp(argv[2], "waited") == 0;
    /* Of the library's, if the environment asks for it. */
    size_t answering = getenv("THREADING_SOCKET") != NULL;
    if (argc > 2 && strcmp(argv[2], "unreadable") == 0 && prctl(PR_SET_DUMPABLE, 0) != 0) {
        abort();
    }
    make_objects();
    if (moves) {
        THREADING_CHECK(threading_lock_new(&first));
        THREADING_CHECK(threading_lock_new(&second));
        for (int i = 0; i < 4; i++) {
            start("mover", move);
        }
    } else {
        start_all();
        if (owns) {
            start("owner", wait_for_its_own);
            start("chief", shut_down_who_wants);
        }
        if (waited) {
            start("waited", wait_often);
            while (!atomic_load(&has_waited)) {
                sched_yield();
            }
        }
        int more = (owns ? 3 : 0) + (waited ? 1 : 0);
        wait_until_set(20 + more, 23 + more + answering);
        /* The thread that serves the timer is a stranger until it has said who it is. */
        while (dump_json(argv[1]) != 1) {
            sched_yield();
        }
        int text = create(argv[1], "text");
        THREADING_CHECK(threading_dump(text));
        close(text);
    }
    puts("ready");
    fflush(stdout);
    while (read(0, &byte, 1) > 0) {
        if (byte == 'r') {
            THREADING_CHECK(threading_lock_release(accounts));
        } else if (byte == 'n') {
            THREADING_CHECK(threading_condition_set_name(
                news, "old news, and as long a name as before, in other slots of the same table"));
        }
        puts("done");
        fflush(stdout);
    }
    _exit(0);
}
