// pthread_exit and cancellation unwind through callbacks and guards, and are not stopped on their
// way.
#include "harness.hpp"

#include <pthread.h>

namespace {

TEST(Unwinding, ThroughAGuardReleasesTheLock) {
    threading::lock lock;
    threading::semaphore semaphore(1);
    threading::thread([&] {
        const threading::lock_guard guard(lock);
        const threading::semaphore_guard unit(semaphore);
        threading::exit();
    }).join();
    EXPECT_FALSE(lock.locked());
    EXPECT_EQ(semaphore.value(), 1u);
}

TEST(Unwinding, ThroughAPredicateEndsTheThreadAndReleasesTheLock) {
    threading::condition condition;
    std::atomic<bool> returned{false};
    threading::thread([&] {
        const threading::lock_guard guard(condition);
        condition.wait([]() -> bool { pthread_exit(nullptr); });
        returned = true;
    }).join();
    EXPECT_FALSE(returned);
    EXPECT_FALSE(condition.locked());
}

TEST(Unwinding, ThroughAnActionEndsTheThreadAndBreaksTheBarrier) {
    threading::barrier barrier(1, [] { threading::exit(); });
    std::atomic<bool> returned{false};
    threading::thread([&] {
        barrier.wait();
        returned = true;
    }).join();
    EXPECT_FALSE(returned);
    EXPECT_TRUE(barrier.broken());
}

TEST(Unwinding, ThroughAnInitialiserEndsTheThreadAndMakesNoValue) {
    const threading::local<int> local([]() -> int { pthread_exit(nullptr); });
    std::atomic<bool> returned{false};
    threading::thread([&] {
        static_cast<void>(local.get());
        returned = true;
    }).join();
    EXPECT_FALSE(returned);
}

} // namespace
