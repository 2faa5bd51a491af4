// Waiting and notifying without the lock, in a program that holds each condition by its own name
// and says so.
#define THREADING_CONDITIONS_ARE_LOCKS
#include <threading.hpp>

using namespace std::chrono_literals;

class queue {
public:
    void without() {
        condition_.wait();                                       // expect: 'condition_' exclusively
        condition_.wait([] { return true; });                    // expect: 'condition_' exclusively
        condition_.wait_for(1s);                                 // expect: 'condition_' exclusively
        condition_.wait_for(1s, [] { return true; });            // expect: 'condition_' exclusively
        condition_.wait_until(std::chrono::steady_clock::now()); // expect: 'condition_' exclusively
        condition_.notify();                                     // expect: 'condition_' exclusively
        condition_.notify_one();                                 // expect: 'condition_' exclusively
        condition_.notify_all();                                 // expect: 'condition_' exclusively
    }
    void with_another() {
        const threading::lock_guard guard(other_);
        condition_.notify(); // expect: 'condition_' exclusively
    }

private:
    threading::condition condition_;
    threading::lock other_;
};

void outside(queue &mine);
void outside(queue &mine) {
    mine.without();
    mine.with_another();
}
