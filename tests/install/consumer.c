/* The first program of somebody who has only what was installed: a thread, a static lock, and the
 * library's version. */
#include <stdio.h>
#include <threading.h>

static threading_lock lock = THREADING_NULL;

static void *work(void *count) {
    THREADING_WITH(threading_lock_ensure(&lock)) {
        ++*(int *)count;
    }
    return count;
}

int main(void) {
    int count = 0;
    threading_thread thread;
    THREADING_CHECK(threading_thread_spawn("worker", work, &count, &thread));
    THREADING_CHECK(threading_thread_finish(thread, NULL));
    printf("%s, %d worker\n", threading_version(), count);
    return 0;
}
