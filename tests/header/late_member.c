/* A member guarded by another, with the option that C needs for it. */
#include <threading.h>

typedef struct account {
    threading_lock lock;
    int balance THREADING_MEMBER_GUARDED_BY(lock);
} account;

void deposit(account *mine, int amount);
int peek(const account *mine);

void deposit(account *mine, int amount) {
    THREADING_WITH(mine->lock) {
        mine->balance += amount;
    }
    threading_lock_acquire(mine->lock);
    mine->balance += amount;
    threading_lock_release(mine->lock);
}

int peek(const account *mine) {
    /* expect: reading variable 'balance' requires holding lock 'mine->lock' */
    return mine->balance;
}
