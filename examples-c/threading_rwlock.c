/* Readers and writers: four threads look at a table of prices again and again, and one raises all
 * prices from time to time. Readers do not keep each other out. While the writer works nobody
 * looks, so no reader finds a table of which only a part was raised. */
#include <stdio.h>
#include <threading.h>

enum { READERS = 4, LOOKS = 5000, RAISES = 100, GOODS = 8 };

static threading_rwlock table = THREADING_NULL;
static int prices[GOODS]; /* guarded by table; all of them are the same */
static int raises;        /* guarded by table */

typedef struct reader {
    threading_thread thread;
    int looks, half_raised;
} reader;

static void *reads(void *arg) {
    reader *self = arg;
    while (self->looks < LOOKS) {
        THREADING_WITH(threading_rwlock_reading(threading_rwlock_ensure(&table))) {
            for (int i = 1; i < GOODS; i++) {
                self->half_raised += prices[i] != prices[0];
            }
            self->looks++;
        }
    }
    return NULL;
}

static void *writes(void *arg) {
    threading_rwlock mine = threading_rwlock_ensure(&table);
    for (int round = 0; round < RAISES; round++) {
        THREADING_CHECK(threading_rwlock_acquire_write(mine));
        for (int i = 0; i < GOODS; i++) {
            prices[i]++;
        }
        raises++;
        /* From here on it only looks: readers may come in, and no other writer. */
        THREADING_CHECK(threading_rwlock_downgrade(mine));
        if (raises == RAISES) {
            printf("the last price is %d\n", prices[GOODS - 1]);
        }
        THREADING_CHECK(threading_rwlock_release_read(mine));
    }
    return arg;
}

int main(void) {
    reader readers[READERS] = {0};
    threading_thread writer;
    int looks = 0, half_raised = 0;
    for (int i = 0; i < READERS; i++) {
        THREADING_CHECK(threading_thread_spawn(NULL, reads, &readers[i], &readers[i].thread));
    }
    THREADING_CHECK(threading_thread_spawn("writer", writes, NULL, &writer));
    THREADING_CHECK(threading_thread_finish(writer, NULL));
    for (int i = 0; i < READERS; i++) {
        THREADING_CHECK(threading_thread_finish(readers[i].thread, NULL));
        looks += readers[i].looks;
        half_raised += readers[i].half_raised;
    }
    printf("%d readers looked %d times, and found %d prices that were not like the others\n",
           READERS, looks, half_raised);
    THREADING_CHECK(threading_rwlock_destroy(table));
    return 0;
}
