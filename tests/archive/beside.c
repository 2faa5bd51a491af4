/* A program with two Rust archives in it: ours and somebody else's (other.rs). Each has Rust's
 * standard library inside, with its own personality for exceptions, its own thread-locals and its
 * own start, and each must go on with its own. */
#include <stdio.h>
#include <stdlib.h>
#include <threading.h>

int other_catches(int times);
void *other_exits(void *value);
int other_thread(int value);
int other_dropped(void);
int other_arguments(void);

static int checked;

static void check(int holds, const char *what) {
    checked++;
    if (!holds) {
        fprintf(stderr, "beside: %s\n", what);
        exit(1);
    }
}

static void destroyed(void *count) { ++*(int *)count; }

/* In a thread of ours: the other archive panics and catches, and then ends the thread through our
 * frames. */
static void *work(void *local) {
    static int values;
    check(threading_local_set(*(threading_local *)local, &values) == THREADING_OK,
          "a local is set");
    check(other_catches(10) == 10, "ten panics are caught in a thread");
    return other_exits(&values);
}

int main(int argc, char **argv) {
    threading_thread thread;
    threading_local local;
    threading_lock lock;
    void *result = NULL;
    (void)argv;
    check(other_arguments() == argc, "the other archive knows the program's arguments");
    check(other_catches(10) == 10, "ten panics are caught in main");
    check(other_thread(7) == 7, "a thread of the other archive");
    check(threading_lock_new(&lock) == THREADING_OK, "a lock");
    check(threading_local_new(NULL, destroyed, NULL, &local) == THREADING_OK, "a local");
    THREADING_WITH(lock) {
        check(threading_thread_spawn("work", work, &local, &thread) == THREADING_OK,
              "a thread starts");
        check(threading_thread_finish(thread, &result) == THREADING_OK, "it ends");
    }
    check(result != NULL && *(int *)result == 1,
          "pthread_exit's value came through our frames, and the local was destroyed");
    check(other_dropped() == 22, "everything in the other archive was dropped");
    check(!threading_lock_locked(lock), "the lock is free");
    printf("%d checks\n", checked);
    return checked == 12 ? 0 : 1;
}
