/* A condition that was made with a lock is waited for and notified while the lock is held by the
 * lock's own name, by that of the condition, or by the caller: clang's analysis says nothing, since
 * it cannot know which lock belongs to which condition. */
#include <threading.h>

typedef struct queue {
    threading_lock lock;
    threading_condition not_empty, not_full;
    int items;
} queue;

threading_lock lock;
threading_condition ready;
int items THREADING_GUARDED_BY(lock);

threading_status makes(queue *mine);
void takes(queue *mine);
void waits_for_its_caller(queue *mine);
void by_the_locks_name(void);
void by_the_conditions_name(void);

threading_status makes(queue *mine) {
    threading_status status = threading_lock_new(&mine->lock);
    return status == THREADING_OK ? threading_condition_new_with_lock(mine->lock, &mine->not_empty)
                                  : status;
}

void takes(queue *mine) {
    THREADING_WITH(mine->lock) {
        while (mine->items == 0) {
            threading_condition_wait(mine->not_empty);
        }
        mine->items--;
        threading_condition_notify(mine->not_full, 1);
    }
}

void waits_for_its_caller(queue *mine) { threading_condition_wait(mine->not_empty); }

void by_the_locks_name(void) {
    threading_lock_acquire(lock);
    while (items == 0) {
        threading_condition_wait_timeout(ready, 1);
    }
    threading_condition_notify_all(ready);
    threading_lock_release(lock);
}

void by_the_conditions_name(void) {
    THREADING_WITH(ready) {
        threading_condition_wait(ready);
    }
}
