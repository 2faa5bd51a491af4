// Stops, the waits that they end, and waits for any of several objects.
#include "harness.hpp"

namespace {

using threading::errc;

static_assert(std::is_move_constructible_v<threading::stop>);

TEST(Stop, EndsWaitsAndTakesNothing) {
    threading::stop all, one(all);
    threading::semaphore semaphore(0);
    threading::thread thread([&] {
        EXPECT_EQ(threading::acquire_with(semaphore, one), errc::interrupted);
        EXPECT_EQ(threading::acquire_with(semaphore, one, 1s), errc::interrupted);
    });
    EXPECT_FALSE(one.stop_requested());
    all.request_stop();
    thread.join();
    EXPECT_TRUE(one.stop_requested());
    EXPECT_FALSE(one.expired());
    semaphore.release();
    EXPECT_EQ(semaphore.value(), 1U);
    EXPECT_TRUE(one.wait_for(0s));
    one.wait();
}

TEST(Stop, HasADeadlineOfItsOwnOrItsParents) {
    threading::stop brief(10ms), below(brief, 1h), plain;
    EXPECT_TRUE(std::isinf(plain.remaining().count()));
    EXPECT_LE(below.remaining(), 10ms);
    below.wait();
    EXPECT_TRUE(below.expired());
    EXPECT_FALSE(plain.wait_for(1ms));
    EXPECT_ERROR(errc::busy, brief.close());
    below.close();
    brief.close();
}

TEST(Stop, EachKindOfWaitTakesOne) {
    threading::stop stop(1h);
    threading::lock lock;
    threading::rlock rlock;
    threading::condition condition;
    threading::event event;
    threading::latch latch(1);
    EXPECT_EQ(threading::acquire_with(lock, stop), errc::ok);
    EXPECT_EQ(threading::acquire_with(lock, stop, 1ms), errc::timeout);
    lock.unlock();
    EXPECT_EQ(threading::acquire_with(rlock, stop), errc::ok);
    rlock.unlock();
    EXPECT_EQ(threading::acquire_with(condition, stop), errc::ok);
    EXPECT_EQ(threading::wait_with(condition, stop, 1ms), errc::timeout);
    EXPECT_EQ(threading::wait_with(event, stop, 1ms), errc::timeout);
    EXPECT_EQ(threading::wait_with(latch, stop, 1ms), errc::timeout);
    stop.request_stop();
    EXPECT_EQ(threading::wait_with(condition, stop), errc::interrupted);
    condition.unlock();
    EXPECT_EQ(threading::wait_with(event, stop), errc::interrupted);
    EXPECT_EQ(threading::wait_with(latch, stop), errc::interrupted);
}

TEST(Stop, EndsWaitsForAnRwLock) {
    threading::stop stop(1h);
    threading::rw_lock lock;
    EXPECT_EQ(threading::acquire_shared_with(lock, stop), errc::ok);
    threading::thread thread([&] {
        EXPECT_EQ(threading::acquire_with(lock, threading::stop(), 1ms), errc::timeout);
        EXPECT_EQ(threading::acquire_with(lock, stop), errc::interrupted);
        EXPECT_EQ(threading::acquire_shared_with(lock, stop), errc::interrupted);
    });
    stop.request_stop();
    thread.join();
    lock.unlock_shared();
    EXPECT_EQ(threading::acquire_with(lock, threading::stop()), errc::ok);
    EXPECT_ERROR(errc::would_deadlock,
                 static_cast<void>(threading::acquire_shared_with(lock, threading::stop())));
    lock.unlock();
}

TEST(Stop, EndsWaitsForAQueue) {
    threading::stop stop(1h);
    threading::queue<std::string> queue(1);
    EXPECT_EQ(queue.get_with(stop, 1ms), std::nullopt);
    EXPECT_EQ(queue.put_with("first", stop), errc::ok);
    std::string second = "second";
    EXPECT_EQ(queue.put_with(std::move(second), stop, 1ms), errc::timeout);
    EXPECT_EQ(second, "second");
    EXPECT_EQ(queue.join_with(stop, 1ms), errc::timeout);
    threading::thread thread([&] {
        EXPECT_EQ(queue.put_with(std::move(second), stop), errc::interrupted);
        EXPECT_EQ(queue.join_with(stop), errc::interrupted);
        EXPECT_EQ(queue.get_with(stop), std::nullopt);
    });
    stop.request_stop();
    thread.join();
    EXPECT_EQ(second, "second");
    EXPECT_EQ(queue.get_with(threading::stop()), "first");
    queue.shutdown();
    EXPECT_EQ(queue.put_with(std::move(second), threading::stop()), errc::closed);
    queue.close();
    EXPECT_ERROR(errc::destroyed, static_cast<void>(queue.join_with(threading::stop())));
}

TEST(WaitAny, TakesTheFirstThatIsReady) {
    threading::stop stop;
    threading::event event;
    threading::semaphore semaphore(1);
    EXPECT_EQ(threading::wait_any(stop, event, semaphore), 2U);
    EXPECT_EQ(threading::wait_any_for(1ms, stop, event, semaphore), std::nullopt);
    event.set();
    EXPECT_EQ(threading::wait_any_for(0s, stop, event, semaphore), 1U);
    stop.request_stop();
    EXPECT_EQ(threading::wait_any(stop, event, semaphore), 0U);
}

#if defined(__cpp_lib_jthread)
TEST(Stop, ComesWithATokenOfTheStandards) {
    std::stop_source source;
    threading::stop stop(source.get_token());
    threading::event event;
    EXPECT_EQ(threading::wait_with(event, stop, 1ms), errc::timeout);
    source.request_stop();
    EXPECT_EQ(threading::wait_with(event, stop), errc::interrupted);
}
#endif

} // namespace
