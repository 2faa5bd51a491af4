/* A thread pool that runs one task at a time: it counts primes, part by part.
 *
 * The first task waits for the others, though there is one place only: a task that waits for a
 * future gives its place to another. */
#include <stdint.h>
#include <stdio.h>
#include <threading.h>

enum { PARTS = 8, EACH = 2500 };

static threading_executor pool;

static void *count_primes(void *arg) {
    intptr_t part = (intptr_t)arg, count = 0;
    for (intptr_t number = part * EACH; number < (part + 1) * EACH; number++) {
        intptr_t divisor = 2;
        while (divisor * divisor <= number && number % divisor != 0)
            divisor++;
        count += number > 1 && divisor * divisor > number;
    }
    return (void *)count;
}

static void *count_all(void *arg) {
    threading_future parts[PARTS];
    threading_object any[PARTS];
    size_t first = PARTS;
    intptr_t sum = 0;
    for (intptr_t i = 0; i < PARTS; i++) {
        THREADING_CHECK(threading_executor_submit(pool, count_primes, (void *)i, &parts[i]));
        any[i] = (threading_object)THREADING_OBJECT(parts[i]);
    }
    THREADING_CHECK(threading_wait_any(any, PARTS, &first));
    printf("%s: part %d is done first\n", threading_current_name(), (int)first + 1);
    for (int i = 0; i < PARTS; i++) {
        void *count;
        THREADING_CHECK(threading_future_finish(parts[i], &count));
        sum += (intptr_t)count;
    }
    return (void *)(sum + (intptr_t)arg);
}

int main(void) {
    threading_future all, late;
    void *result;
    THREADING_CHECK(threading_executor_new(1, "pool", &pool));
    THREADING_CHECK(threading_executor_submit(pool, count_all, NULL, &all));
    THREADING_CHECK(threading_future_finish(all, &result));
    printf("there are %d primes below %d\n", (int)(intptr_t)result, PARTS * EACH);
    THREADING_CHECK(threading_executor_shutdown(pool, false));
    threading_status status = threading_executor_submit(pool, count_primes, NULL, &late);
    printf("another task: %s\n", threading_status_name(status));
    THREADING_CHECK(threading_executor_destroy(pool));
    return 0;
}
