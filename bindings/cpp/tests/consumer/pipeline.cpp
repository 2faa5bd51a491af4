// A program as a user writes it: workers that take from a queue until they are told to stop.
#include <deque>
#include <iostream>
#include <stdexcept>
#include <vector>

#include <threading.hpp>

using namespace std::chrono_literals;

namespace {

class queue {
public:
    void put(int item) {
        const threading::lock_guard guard(filled_);
        items_.push_back(item);
        filled_.notify();
    }
    void close() {
        const threading::lock_guard guard(filled_);
        closed_ = true;
        filled_.notify_all();
    }
    // False at the end.
    bool take(int &item) {
        const threading::lock_guard guard(filled_);
        filled_.wait([this]() THREADING_NO_ANALYSIS { return closed_ || !items_.empty(); });
        if (items_.empty()) {
            return false;
        }
        item = items_.front();
        items_.pop_front();
        return true;
    }

private:
    threading::condition filled_;
    std::deque<int> items_ THREADING_GUARDED_BY(filled_);
    bool closed_ THREADING_GUARDED_BY(filled_) = false;
};

} // namespace

int main() {
    queue work;
    std::vector<threading::thread_of<int>> workers;
    for (int i = 0; i < 3; i++) {
        workers.emplace_back(threading::thread_attributes{"worker-" + std::to_string(i)}, [&work] {
            int sum = 0;
            for (int item = 0; work.take(item);) {
                sum += item;
            }
            return sum;
        });
    }
    for (int item = 1; item <= 100; item++) {
        work.put(item);
    }
    work.close();
    int sum = 0;
    for (auto &worker : workers) {
        sum += worker.join();
    }
    std::cout << "sum " << sum << '\n';

    threading::set_excepthook([](const threading::exception &seen) {
        std::cout << seen.thread.name() << ": " << seen.type << ": " << seen.message << '\n';
    });
    threading::timer alarm(10ms, [] { throw std::runtime_error("too late"); });
    alarm.set_name("alarm");
    alarm.start();
    try {
        alarm.join();
    } catch (const std::runtime_error &) {
        std::cout << "carried\n";
    }
}
