/* Right uses of conditions, on which clang's analysis says nothing, in a program that holds each by
 * its own name and says so. */
#define THREADING_CONDITIONS_ARE_LOCKS
#include <threading.h>

typedef struct queue {
    threading_condition ready;
    int items;
} queue;

threading_condition ready;
int items THREADING_GUARDED_BY(ready);
threading_lock lock;
threading_condition made_with_lock;
int others THREADING_GUARDED_BY(lock);

void takes(void);
bool puts(queue *mine);
void notifies_for_its_caller(queue *mine) THREADING_REQUIRES(mine->ready);
void holds_the_lock_by_its_name(void);
threading_status makes_and_destroys(void);

void takes(void) {
    threading_condition_acquire(ready);
    while (items == 0) {
        threading_condition_wait(ready);
    }
    items--;
    threading_condition_release(ready);
    THREADING_WITH(ready) {
        threading_condition_notify(ready, 1);
    }
    THREADING_WITH(threading_condition_ensure(&ready)) {
        threading_condition_wait_timeout(ready, 1);
        threading_condition_notify_all(ready);
    }
}

bool puts(queue *mine) {
    if (threading_condition_try_acquire(mine->ready) != THREADING_OK) {
        return false;
    }
    mine->items++;
    notifies_for_its_caller(mine);
    threading_condition_release(mine->ready);
    return true;
}

void notifies_for_its_caller(queue *mine) { threading_condition_notify(mine->ready, 1); }

void holds_the_lock_by_its_name(void) {
    THREADING_WITH(lock) {
        THREADING_HOLDS(made_with_lock);
        while (others == 0) {
            threading_condition_wait(made_with_lock);
        }
        others--;
        threading_condition_notify_all(made_with_lock);
    }
}

threading_status makes_and_destroys(void) {
    threading_condition mine;
    threading_status status = threading_condition_new(&mine);
    return status == THREADING_OK ? threading_condition_destroy(mine) : status;
}
