// Right uses in C++. Only THREADING_WITH is seen by the analysis there; the functions of C are not,
// and so are silent.
#include <threading.h>

threading_lock lock = THREADING_NULL;
threading_rlock rlock = THREADING_NULL;
int counter THREADING_GUARDED_BY(lock);
int depth THREADING_GUARDED_BY(rlock);

struct account {
    threading_lock lock;
    int balance THREADING_MEMBER_GUARDED_BY(lock);
    void deposit(int amount) {
        THREADING_WITH(lock) {
            balance += amount;
        }
    }
};

static void needs_the_lock() THREADING_REQUIRES(lock);
static void needs_the_lock() { counter++; }

int every_way_out(int choice);
int every_way_out(int choice) {
    THREADING_WITH(lock) {
        needs_the_lock();
    }
    for (int i = 0; i < choice; i++) {
        THREADING_WITH(lock) {
            if (counter == 1) {
                break;
            }
            if (counter == 2) {
                continue;
            }
            if (counter == 3) {
                throw counter;
            }
            counter++;
        }
    }
    THREADING_WITH(rlock) {
        depth++;
        THREADING_WITH(rlock) {
            return depth;
        }
    }
    account mine = {THREADING_NULL, 0};
    mine.deposit(1);
    threading_lock_acquire(lock);
    threading_lock_release(lock);
    return 0;
}
