// Planted mistakes: clang's -Wthread-safety reports each.
#include <threading.hpp>

class account {
public:
    void deposit(int amount) {
        // expect: writing variable 'balance_' requires holding lock 'lock_' exclusively
        balance_ += amount;
    }
    void forgets() {
        lock_.lock();
        balance_ += 1;
    } // expect: 'lock_' is still held at the end of function
    void unlocks() {
        lock_.unlock(); // expect: 'lock_' that was not held
    }
    void twice() {
        const threading::lock_guard guard(lock_);
        lock_.lock(); // expect: 'lock_' that is already held
    }
    void does_not_ask() {
        static_cast<void>(lock_.try_lock());
        // expect: writing variable 'balance_' requires holding lock 'lock_' exclusively
        balance_ += 1;
    }
    void after_the_guard() {
        {
            const threading::lock_guard guard(lock_);
            balance_ += 1;
        }
        // expect: writing variable 'balance_' requires holding lock 'lock_' exclusively
        balance_ += 1;
    }
    void calls() {
        add(1); // expect: calling function 'add' requires holding lock 'lock_' exclusively
    }
    void adopts() {
        // expect: requires holding lock 'lock_' exclusively
        const threading::lock_guard guard(lock_, std::adopt_lock);
    }
    void holds_another() {
        const threading::lock_guard guard(other_);
        // expect: writing variable 'balance_' requires holding lock 'lock_' exclusively
        balance_ += 1;
    }

private:
    void add(int amount) THREADING_REQUIRES(lock_) { balance_ += amount; }

    threading::lock lock_;
    threading::lock other_;
    int balance_ THREADING_GUARDED_BY(lock_) = 0;
};

threading::rlock rlock;
int depth THREADING_GUARDED_BY(rlock);
threading::condition condition;
int items THREADING_GUARDED_BY(condition);

int outside(account &mine);
int outside(account &mine) {
    mine.deposit(1);
    mine.forgets();
    mine.unlocks();
    mine.twice();
    mine.does_not_ask();
    mine.after_the_guard();
    mine.calls();
    mine.adopts();
    mine.holds_another();
    // expect: writing variable 'items' requires holding condition 'condition' exclusively
    items += 1;
    return depth; // expect: reading variable 'depth' requires holding rlock 'rlock'
}
