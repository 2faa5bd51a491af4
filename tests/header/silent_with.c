/* THREADING_WITH in C: the block holds the lock, whichever way it is left. */
#include <threading.h>

threading_lock lock, second;
int counter THREADING_GUARDED_BY(lock);
int other THREADING_GUARDED_BY(second);

int every_way_out(int choice);
void one_after_the_other(void);
void needs_the_lock(void) THREADING_REQUIRES(lock);

int every_way_out(int choice) {
    THREADING_WITH(lock) {
        counter++;
    }
    THREADING_WITH(lock)
        counter++;
    for (int i = 0; i < choice; i++) {
        THREADING_WITH(lock) {
            if (counter == 1) {
                break;
            }
            if (counter == 2) {
                continue;
            }
            counter++;
        }
    }
    THREADING_WITH(lock) {
        if (counter == 3) {
            goto out;
        }
        THREADING_WITH(second) {
            other = counter;
            return other;
        }
    }
out:
    if (choice)
        THREADING_WITH(lock)
            needs_the_lock();
    else
        THREADING_WITH(second)
            other++;
    return 0;
}

/* Of the same lock, one after the other. */
void one_after_the_other(void) {
    THREADING_WITH(lock) {
        counter++;
    }
    THREADING_WITH(lock) {
        counter++;
    }
    threading_lock_acquire(second);
    other++;
    threading_lock_release(second);
}

void needs_the_lock(void) { counter++; }
