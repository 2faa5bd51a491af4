/* THREADING_WITH in every position in which a statement may stand; C and C++ both read this.
 * Whether it does what it should is for the conformance programs; here it must compile without a
 * word from the compiler, optimised too. */
#include <threading.h>

typedef struct account {
    threading_lock guard;
    threading_rlock guards[2];
    int balance;
} account;

threading_lock lock_of(account *mine);
int with_everywhere(account *mine, const account *yours, threading_lock lock, threading_rlock rlock,
                    int choice);
int with_ensure(void);

int with_everywhere(account *mine, const account *yours, threading_lock lock, threading_rlock rlock,
                    int choice) {
    int sum = 0;
    threading_condition condition = THREADING_NULL;
    THREADING_HOLDS(condition);
    THREADING_WITH(lock) {
        sum += mine->balance;
    }
    THREADING_WITH(rlock)
        sum++;
    THREADING_WITH(lock) {
        sum++;
    }
    THREADING_WITH(rlock) {
        sum++;
    }
    THREADING_WITH(mine->guard)
        THREADING_WITH(mine->guards[0])
            THREADING_WITH(mine->guards[1])
                sum++;
    THREADING_WITH(yours->guard) {
        sum += yours->balance;
    }
    THREADING_WITH(lock_of(mine)) {
        const int sum_inside = sum;
        THREADING_WITH(rlock) {
            const int sum_further_inside = sum_inside + 1;
            THREADING_WITH(rlock)
                sum += sum_further_inside;
        }
    }
    THREADING_WITH(lock) {
    }
    if (choice)
        THREADING_WITH(lock)
            sum++;
    if (choice)
        THREADING_WITH(lock)
            sum++;
    else
        sum--;
    if (choice == 1)
        sum++;
    else if (choice == 2)
        THREADING_WITH(rlock)
            sum++;
    else
        THREADING_WITH(lock) {
            sum--;
        }
    for (int i = 0; i < choice; i++)
        THREADING_WITH(lock) {
            if (i == 3) {
                break;
            }
            if (i == 4) {
                continue;
            }
            sum++;
        }
    while (sum < choice)
        THREADING_WITH(rlock)
            sum++;
    do
        THREADING_WITH(lock)
            sum++;
    while (sum < choice);
    switch (choice) {
    case 1:
        THREADING_WITH(lock) {
            sum++;
        }
        break;
    default:
        THREADING_WITH(rlock)
            sum++;
    }
again:
    THREADING_WITH(lock) {
        if (sum < choice) {
            sum++;
            goto again;
        }
        if (sum == choice) {
            goto out;
        }
        THREADING_WITH(rlock) {
            return sum;
        }
    }
out:
    THREADING_WITH(choice ? lock : mine->guard)
        return sum;
    return -1;
}

int with_ensure(void) {
    static threading_lock lock = THREADING_NULL;
    static threading_rlock rlock = THREADING_NULL;
    static int uses;
    THREADING_WITH(threading_lock_ensure(&lock)) {
        THREADING_WITH(threading_rlock_ensure(&rlock)) {
            return ++uses;
        }
    }
    return 0;
}
