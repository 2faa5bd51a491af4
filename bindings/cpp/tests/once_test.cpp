// Onces: a callable succeeds once, and exceptions come through.
#include "harness.hpp"

namespace {

static_assert(!std::is_copy_constructible_v<threading::once> &&
              !std::is_move_constructible_v<threading::once>);

threading::once of_the_process;

TEST(Once, CallsOneCallableAndAllSeeWhatItDid) {
    std::vector<threading::thread> threads;
    int calls = 0;
    for (int i = 0; i < 8; i++) {
        threads.emplace_back([&] {
            const auto add = [&](int more) { calls += more; };
            threading::call_once(of_the_process, add, 1);
            EXPECT_EQ(calls, 1);
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    EXPECT_TRUE(of_the_process.done());
    EXPECT_TRUE(threading::call_once_for(of_the_process, 0s, [&] { calls++; }));
    EXPECT_EQ(calls, 1);
}

TEST(Once, LetsTheNextCallAfterAnExceptionOrFalse) {
    threading::once once;
    EXPECT_THROW(threading::call_once(once, [] { throw std::runtime_error("no"); }),
                 std::runtime_error);
    EXPECT_ERROR(errc::broken, threading::call_once(once, [] { return false; }));
    EXPECT_FALSE(once.done());
    int calls = 0;
    threading::call_once(once, [&] {
        calls++;
        return true;
    });
    EXPECT_TRUE(once.done());
    EXPECT_EQ(calls, 1);
}

TEST(Once, TellsACallableThatWaitsForItself) {
    threading::once once;
    threading::call_once(
        once, [&] { EXPECT_ERROR(errc::would_deadlock, threading::call_once(once, [] {})); });
    EXPECT_TRUE(once.done());
}

TEST(Once, WaitsForAtMostThatTime) {
    threading::once once;
    threading::event inside;
    threading::event leave;
    threading::thread runner([&] {
        threading::call_once(once, [&] {
            inside.set();
            leave.wait();
        });
    });
    inside.wait();
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(threading::call_once_for(once, 20ms, [] { FAIL(); }));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
    leave.set();
    EXPECT_TRUE(threading::call_once_for(once, 10s, [] { FAIL(); }));
    runner.join();
}

} // namespace
