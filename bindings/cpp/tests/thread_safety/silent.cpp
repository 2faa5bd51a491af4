// Right uses: clang's -Wthread-safety has nothing to say.
#include <mutex>

#include <threading.hpp>

using namespace std::chrono_literals;

class account {
public:
    void deposit(int amount) THREADING_EXCLUDES(lock_) {
        const threading::lock_guard guard(lock_);
        add(amount);
    }
    bool try_deposit(int amount) {
        if (!lock_.try_lock()) {
            return false;
        }
        add(amount);
        lock_.unlock();
        return true;
    }
    bool deposit_within(int amount, std::chrono::milliseconds time) {
        if (lock_.try_lock_for(time)) {
            add(amount);
            lock_.unlock();
            return true;
        }
        if (lock_.try_lock_until(std::chrono::steady_clock::now() + time)) {
            const threading::lock_guard guard(lock_, std::adopt_lock);
            add(amount);
        }
        return false;
    }

private:
    void add(int amount) THREADING_REQUIRES(lock_) { balance_ += amount; }

    threading::lock lock_;
    int balance_ THREADING_GUARDED_BY(lock_) = 0;
};

threading::rlock rlock;
int depth THREADING_GUARDED_BY(rlock);
threading::condition condition;
int items THREADING_GUARDED_BY(condition);

int every_way_out(int choice);
int every_way_out(int choice) {
    account mine;
    mine.deposit(1);
    mine.try_deposit(2);
    mine.deposit_within(3, 1ms);
    {
        const threading::lock_guard guard(rlock);
        if (choice == 1) {
            return depth;
        }
        if (choice == 2) {
            throw depth;
        }
    }
    condition.lock();
    while (items == 0) {
        condition.wait();
    }
    items -= 1;
    condition.notify();
    condition.unlock();
    threading::lock moved;
    threading::lock target = std::move(moved);
    const std::scoped_lock guard(target);
    return 0;
}
