// Latches: a count that threads count down, and wait for.
#include "harness.hpp"

namespace {

static_assert(is_move_only<threading::latch>);

TEST(Latch, OpensWhenAllHaveCountedDown) {
    threading::latch latch(3);
    std::vector<int> parts(3);
    std::vector<threading::thread> threads;
    for (int i = 0; i < 3; i++) {
        threads.emplace_back([&, i] {
            parts[static_cast<std::size_t>(i)] = 4711;
            latch.arrive_and_wait();
        });
    }
    latch.wait();
    EXPECT_EQ(parts, std::vector<int>(3, 4711));
    EXPECT_TRUE(latch.try_wait());
    EXPECT_TRUE(latch.wait_for(0s));
    EXPECT_TRUE(latch.wait_until(std::chrono::steady_clock::now()));
    EXPECT_EQ(latch.count(), 0U);
    for (auto &thread : threads) {
        thread.join();
    }
}

TEST(Latch, LetsNobodyGoBefore) {
    threading::latch latch(1);
    latch.count_up(2);
    latch.count_down(2);
    EXPECT_EQ(latch.count(), 1U);
    EXPECT_FALSE(latch.try_wait());
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(latch.wait_for(20ms));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
    EXPECT_FALSE(latch.wait_until(std::chrono::system_clock::now() - 1s));
}

TEST(Latch, RefusesWhatCannotBeCounted) {
    EXPECT_EQ(threading::latch::max(), static_cast<std::size_t>(THREADING_LATCH_MAX));
    EXPECT_ERROR(errc::invalid_argument, threading::latch(threading::latch::max() + 1));
    threading::latch full(threading::latch::max());
    EXPECT_ERROR(errc::overflow, full.count_up());
    threading::latch open(0);
    EXPECT_TRUE(open.try_wait());
    EXPECT_ERROR(errc::overflow, open.count_down());
    EXPECT_ERROR(errc::overflow, open.count_down(2));
    EXPECT_ERROR(errc::broken, open.count_up());
    EXPECT_ERROR(errc::invalid_argument, open.count_down(0));
    EXPECT_ERROR(errc::invalid_argument,
                 full.wait_for(std::chrono::duration<double>(std::nan(""))));
}

TEST(Latch, ThatWasClosedOrMovedFromThrows) {
    threading::latch latch(1);
    threading::latch moved = std::move(latch);
    EXPECT_EQ(moved.count(), 1U);
    EXPECT_FALSE(latch.try_wait());
    EXPECT_ERROR(errc::invalid_handle, latch.count_down());
    EXPECT_ERROR(errc::invalid_handle, latch.wait());
    moved.close();
    EXPECT_EQ(moved.count(), 0U);
    EXPECT_FALSE(moved.try_wait());
    EXPECT_ERROR(errc::destroyed, moved.count_down());
    EXPECT_ERROR(errc::destroyed, moved.count_up());
    EXPECT_ERROR(errc::destroyed, moved.wait());
    EXPECT_ERROR(errc::destroyed, moved.wait_for(1s));
    EXPECT_ERROR(errc::destroyed, moved.close());
    EXPECT_FALSE(THREADING_IS_NULL(moved.handle()));
}

} // namespace
