/* A plug-in whose threads, timer and thread-locals outlive the program's use of it. */
#include <stdio.h>
#include <stdlib.h>
#include <threading.h>
#include <unistd.h>

int plugin_begin(void);

static threading_local mine = THREADING_NULL;

static void say(const char *text) {
    /* One piece each, whoever else writes. */
    if (write(1, text, __builtin_strlen(text)) < 0)
        abort();
}

static void destroyed(void *value) { say(value); }

static void *outlives(void *arg) {
    THREADING_CHECK(threading_local_set(mine, "a value was destroyed\n"));
    /* not to synchronise: so that the program is past dlclose; it must do no harm if not */
    THREADING_CHECK(threading_sleep(0.05));
    say("a thread ended\n");
    return arg;
}

static void *fires(void *arg) {
    say("a timer fired\n");
    return arg;
}

int plugin_begin(void) {
    threading_timer timer;
    if (THREADING_SAME(mine, ((threading_local)THREADING_NULL)) &&
        threading_local_new(NULL, destroyed, NULL, &mine) != THREADING_OK)
        return 1;
    if (threading_thread_spawn("outlives", outlives, NULL, NULL) != THREADING_OK)
        return 1;
    if (threading_timer_new(0.05, fires, NULL, &timer) != THREADING_OK ||
        threading_timer_start(timer) != THREADING_OK)
        return 1;
    return threading_timer_destroy(timer) != THREADING_OK;
}
