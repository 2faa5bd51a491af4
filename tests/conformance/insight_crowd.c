/* Dumps and looks at many threads: they are all there, and how long that takes is printed. The
 * first dump of a process also finds the lines of the calls. Of the later ones it is the quickest.
 */
#include "insight_circle.h"

#include <pthread.h>

static threading_event leave;

static void *stays(void *arg) {
    CHECK_STATUS(threading_event_wait(leave), THREADING_OK);
    return arg;
}

/* Starts as many as the system gives, and returns how many that are. */
static int crowd_start(int wanted, threading_thread *threads) {
    int count = 0;
    CHECK_STATUS(threading_set_stack_size(32768), THREADING_OK);
    CHECK_STATUS(threading_event_new(&leave), THREADING_OK);
    while (count < wanted) {
        threading_status status = threading_thread_spawn(NULL, stays, NULL, &threads[count]);
        if (status == THREADING_NO_RESOURCES) {
            printf("the system gives no more than %d threads\n", count);
            break;
        }
        CHECK_STATUS(status, THREADING_OK);
        count++;
    }
    CHECK(count >= 10);
    return count;
}

/* A thread that begins may wait for something of the library's first. */
static bool all_wait(int count, threading_wait *waits) {
    size_t listed = threading_waits(waits, (size_t)count + 1);
    bool all = listed == (size_t)count;
    for (size_t i = 0; i < listed; i++) {
        all = all && waits[i].object == leave.bits;
        CHECK(waits[i].ident != 0 && waits[i].native_id != 0);
    }
    return all;
}

static double milliseconds(double start) { return (threading_monotonic() - start) * 1e3; }

/* The quickest of a few dumps. */
static double quickest(dump_function dump) {
    double best = INFINITY;
    int file = memfd_create("dump", MFD_CLOEXEC);
    CHECK(file >= 0);
    for (int i = 0; i < 5; i++) {
        CHECK_NUMBER(ftruncate(file, 0), 0);
        CHECK(lseek(file, 0, SEEK_SET) == 0);
        double start = threading_monotonic();
        CHECK_STATUS(dump(file), THREADING_OK);
        double took = milliseconds(start);
        best = took < best ? took : best;
    }
    close(file);
    return best;
}

static void look_at(int wanted) {
    static const edge edges[] = {BY_LOCK, BY_RLOCK, BY_LOCK, BY_JOIN};
    threading_thread *threads = malloc((size_t)wanted * sizeof *threads);
    threading_wait *waits = malloc(((size_t)wanted + 1) * sizeof *waits);
    circle one = {.size = 0};
    char head[64];
    CHECK(threads != NULL && waits != NULL);
    int count = crowd_start(wanted, threads);
    EVENTUALLY(all_wait(count, waits));
    double start = threading_monotonic();
    CHECK(all_wait(count, waits));
    double listed = milliseconds(start);
    circle_plant(&one, 4, edges);
    start = threading_monotonic();
    CHECK_NUMBER(deadlock_size(), 4);
    double looked = milliseconds(start);
    check_found(&one);
    start = threading_monotonic();
    char *text = dumped(threading_dump);
    double written = milliseconds(start);
    start = threading_monotonic();
    char *json = dumped(threading_dump_json);
    printf("%d threads: waits %.3f ms, deadlock %.3f ms, first text %.3f ms, JSON %.3f ms; ", count,
           listed, looked, written, milliseconds(start));
    printf("later text %.3f ms, JSON %.3f ms\n", quickest(threading_dump),
           quickest(threading_dump_json));
    snprintf(head, sizeof head, "%d threads, %d waiting", count + 5, count + 4);
    CHECK_HAS(text, head);
    CHECK_NUMBER(times_in(text, "\n    for event (0x"), count);
    CHECK_NUMBER(times_in(text, " ident=0x"), count + 5);
    CHECK_NUMBER(times_in(json, "\"wait\":{\"kind\":\"event\""), count);
    circle_break(&one);
    circle_end(&one);
    CHECK_STATUS(threading_event_set(leave), THREADING_OK);
    for (int i = 0; i < count; i++) {
        CHECK_STATUS(threading_thread_finish(threads[i], NULL), THREADING_OK);
    }
    CHECK(all_wait(0, waits));
    free(text);
    free(json);
    free(threads);
    free(waits);
}

CASE(ten_threads_are_all_seen) { look_at(10); }
CASE(a_thousand_threads_are_all_seen) { look_at(1000); }
CASE(ten_thousand_threads_are_all_seen) { look_at(10000); }
