/* A thread pool by hand: a queue of jobs, and threads that take them until it is shut down and
 * empty. threading_executor.c is the pool that the library has.
 *
 * The queue has room for two jobs, so who submits faster than the pool works has to wait. No lock
 * is needed: each job is one thread's alone at any time. */
#include <stdio.h>
#include <threading.h>

enum { WORKERS = 3, JOBS = 12 };

typedef struct job {
    int number, square;
} job;

static threading_queue jobs;

static void *work(void *arg) {
    void *next;
    while (threading_queue_get(jobs, &next) == THREADING_OK) {
        job *mine = next;
        mine->square = mine->number * mine->number;
        THREADING_CHECK(threading_queue_task_done(jobs));
    }
    printf("a worker goes home\n");
    return arg;
}

int main(void) {
    threading_thread workers[WORKERS];
    job all[JOBS];
    THREADING_CHECK(threading_queue_new(2, &jobs));
    for (int i = 0; i < WORKERS; i++) {
        THREADING_CHECK(threading_thread_spawn("worker", work, NULL, &workers[i]));
    }
    for (int i = 0; i < JOBS; i++) {
        all[i] = (job){i, 0};
        THREADING_CHECK(threading_queue_put(jobs, &all[i]));
    }
    THREADING_CHECK(threading_queue_join(jobs)); /* until each job is done */
    int sum = 0;
    for (int i = 0; i < JOBS; i++) {
        sum += all[i].square;
    }
    printf("the squares of 0 to %d are %d together\n", JOBS - 1, sum);

    THREADING_CHECK(threading_queue_shutdown(jobs, false));
    for (int i = 0; i < WORKERS; i++) {
        THREADING_CHECK(threading_thread_finish(workers[i], NULL));
    }
    THREADING_CHECK(threading_queue_destroy(jobs));
    return 0;
}
