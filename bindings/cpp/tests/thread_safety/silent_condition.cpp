// Right uses of conditions, in a program that holds each by its own name and says so.
#define THREADING_CONDITIONS_ARE_LOCKS
#include <threading.hpp>

using namespace std::chrono_literals;

class queue {
public:
    void take() {
        const threading::lock_guard guard(condition_);
        while (items_ == 0) {
            condition_.wait();
        }
        items_ -= 1;
        condition_.wait([] { return true; });
        condition_.wait_for(1s, [] { return true; });
    }
    void put() {
        condition_.lock();
        items_ += 1;
        tell();
        condition_.unlock();
    }
    void by_another_name() {
        const threading::lock_guard guard(lock_);
        on_lock_.holds();
        on_lock_.notify_all();
        on_lock_.wait_until(std::chrono::steady_clock::now(), [] { return true; });
    }

private:
    void tell() THREADING_REQUIRES(condition_) { condition_.notify_one(); }

    threading::condition condition_;
    int items_ THREADING_GUARDED_BY(condition_) = 0;
    threading::lock lock_;
    threading::condition on_lock_{lock_};
};

void outside(queue &mine);
void outside(queue &mine) {
    mine.take();
    mine.put();
    mine.by_another_name();
}
