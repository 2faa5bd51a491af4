/* A pipeline: a reader, two workers and a printer, with a queue between each two stages.
 *
 * The queues have few places, so a fast stage waits for a slow one instead of filling the memory.
 * The end comes from the front: each stage shuts its queue down when it has nothing left to put,
 * and the next one ends when that queue is empty. */
#include <stdio.h>
#include <threading.h>

enum { LINES = 6, WORKERS = 2 };

static const char *const text[LINES] = {
    "a queue has few places",      "who puts waits for room",    "who gets waits for an item",
    "what is put first comes out", "nothing is lost or doubled", "the end comes from the front",
};

typedef struct line {
    const char *text;
    int words; /* written by a worker; the queue makes it visible to the printer */
} line;

static threading_queue lines, counted;

static void *read_lines(void *arg) {
    line *all = arg;
    for (int i = 0; i < LINES; i++) {
        all[i].text = text[i];
        THREADING_CHECK(threading_queue_put(lines, &all[i]));
    }
    printf("%s has read %d lines\n", threading_current_name(), LINES);
    THREADING_CHECK(threading_queue_shutdown(lines, false));
    return NULL;
}

static void *count_words(void *arg) {
    void *item;
    while (threading_queue_get(lines, &item) == THREADING_OK) {
        line *one = item;
        one->words = 1;
        for (const char *at = one->text; *at != '\0'; at++)
            one->words += *at == ' ';
        THREADING_CHECK(threading_queue_put(counted, one));
    }
    return arg;
}

static void *add_counts(void *arg) {
    void *item;
    while (threading_queue_get(counted, &item) == THREADING_OK)
        *(int *)arg += ((line *)item)->words;
    return NULL;
}

int main(void) {
    threading_thread reader, workers[WORKERS], printer;
    line all[LINES] = {{NULL, 0}};
    int words = 0;
    THREADING_CHECK(threading_queue_new(2, &lines));
    THREADING_CHECK(threading_queue_new(2, &counted));
    THREADING_CHECK(threading_thread_spawn("reader", read_lines, all, &reader));
    for (int i = 0; i < WORKERS; i++)
        THREADING_CHECK(threading_thread_spawn(NULL, count_words, NULL, &workers[i]));
    THREADING_CHECK(threading_thread_spawn("printer", add_counts, &words, &printer));
    THREADING_CHECK(threading_thread_finish(reader, NULL));
    for (int i = 0; i < WORKERS; i++)
        THREADING_CHECK(threading_thread_finish(workers[i], NULL));
    THREADING_CHECK(threading_queue_shutdown(counted, false));
    THREADING_CHECK(threading_thread_finish(printer, NULL));
    printf("%d lines have %d words\n", LINES, words);
    printf("another put: %s\n", threading_status_name(threading_queue_put(lines, all)));
    THREADING_CHECK(threading_queue_destroy(lines));
    THREADING_CHECK(threading_queue_destroy(counted));
    return 0;
}
