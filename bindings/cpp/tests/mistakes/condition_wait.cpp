// What a reader of std::condition_variable tries: each is one error, which says what to do instead.
#include <mutex>

#include <threading.hpp>

using namespace std::chrono_literals;

void wait_with_locks(threading::condition &condition, threading::lock &lock, bool &ready);
void wait_with_locks(threading::condition &condition, threading::lock &lock, bool &ready) {
    std::unique_lock<threading::condition> own(condition);
    std::unique_lock<threading::lock> other(lock);
    const auto is_ready = [&] { return ready; };
    const auto end = std::chrono::steady_clock::now() + 1s;
    condition.wait(own);           // expect error: a threading::condition is its own lock
    condition.wait(other);         // expect error: its waits take no other
    condition.wait(lock);          // expect error: its waits take no other
    condition.wait(own, is_ready); // expect error: hold it with std::unique_lock lock(condition)
    condition.wait_for(own, 1s);   // expect error: its waits take no other
    condition.wait_for(own, 1s, is_ready);    // expect error: its waits take no other
    condition.wait_until(own, end);           // expect error: its waits take no other
    condition.wait_until(own, end, is_ready); // expect error: its waits take no other
    // expect error: condition.wait() or condition.wait(predicate)
    condition.wait(std::unique_lock<threading::condition>(condition));
    condition.wait_for(1s, own); // expect error: its waits take no other
    // These are right.
    condition.wait();
    condition.wait(is_ready);
    condition.wait_for(1s);
    condition.wait_for(1s, is_ready);
    condition.wait_until(end);
    condition.wait_until(end, is_ready);
}
