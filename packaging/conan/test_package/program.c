#include <stdio.h>
#include <threading.h>

static void *work(void *arg) {
    printf("%s works on %s\n", threading_current_name(), (const char *)arg);
    return NULL;
}

int main(void) {
    threading_thread thread;
    THREADING_CHECK(threading_thread_spawn("worker", work, "a task", &thread));
    THREADING_CHECK(threading_thread_finish(thread, NULL)); /* join, result and destroy in one */
}
