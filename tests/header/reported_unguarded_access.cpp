// Touching what a lock guards without holding it, in C++.
#include <threading.h>

threading_lock lock = THREADING_NULL;
threading_rlock rlock = THREADING_NULL;
int counter THREADING_GUARDED_BY(lock);
int *pointer THREADING_PT_GUARDED_BY(rlock);

struct account {
    threading_lock guard;
    int balance THREADING_MEMBER_GUARDED_BY(guard);
    void deposit(int amount) {
        // expect: writing variable 'balance' requires holding lock 'guard' exclusively
        balance += amount;
    }
};

static void needs_the_lock() THREADING_REQUIRES(lock);
static void needs_the_lock() { counter++; }

void unguarded(account &mine);
void unguarded(account &mine) {
    mine.deposit(1);
    counter++; // expect: writing variable 'counter' requires holding lock 'lock' exclusively
    // expect: the value pointed to by 'pointer' requires holding rlock 'rlock' exclusively
    *pointer = 1;
    // expect: calling function 'needs_the_lock' requires holding lock 'lock' exclusively
    needs_the_lock();
}
