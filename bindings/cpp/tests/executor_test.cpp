// Executors and futures: values and exceptions come back, and nothing is lost of what is cancelled.
#include "harness.hpp"

#include <memory>
#include <stdexcept>

namespace {

static_assert(is_move_only<threading::executor>);
static_assert(is_move_only<threading::future<int>>);

TEST(Executor, BringsValuesAndExceptionsBack) {
    threading::executor pool(2, "pool");
    auto sum = pool.submit([](int a, int b) { return a + b; }, 1, 2);
    auto fails = pool.submit([]() -> int { throw std::runtime_error("no"); });
    auto moves =
        pool.submit([](std::unique_ptr<int> given) { return given; }, std::make_unique<int>(7));
    int target = 0;
    auto refers = pool.submit([](int &what) -> int & { return what; }, std::ref(target));
    auto nothing = pool.submit([] {});
    EXPECT_EQ(sum.get(), 3);
    EXPECT_FALSE(sum.valid());
    EXPECT_ERROR(errc::invalid_handle, static_cast<void>(sum.get()));
    EXPECT_THROW(fails.get(), std::runtime_error);
    EXPECT_EQ(*moves.get(), 7);
    EXPECT_EQ(&refers.get(), &target);
    nothing.get();
    EXPECT_EQ(pool.submit([] { return std::string(threading::current_name(), 5); }).get(), "pool_");
}

TEST(Executor, CallsNothingThatWasCancelledAndLosesNothing) {
    const auto counted = std::make_shared<int>(0);
    threading::executor pool(1);
    threading::event open, begun;
    auto busy = pool.submit([&] {
        begun.set();
        open.wait();
    });
    begun.wait();
    auto one = pool.submit([counted] { ADD_FAILURE(); });
    auto other = pool.submit([counted] { ADD_FAILURE(); });
    {
        auto given_up = pool.submit([counted] { ADD_FAILURE(); });
    }
    EXPECT_FALSE(one.wait_for(1ms));
    EXPECT_FALSE(one.wait_until(std::chrono::steady_clock::now() + 1ms));
    EXPECT_TRUE(one.cancel());
    EXPECT_FALSE(one.cancel());
    EXPECT_FALSE(busy.cancel());
    EXPECT_TRUE(one.is_done() && one.was_cancelled());
    EXPECT_FALSE(pool.shutdown_for(0s, true));
    EXPECT_TRUE(pool.is_shut());
    EXPECT_TRUE(other.was_cancelled());
    EXPECT_ERROR(errc::no_value, static_cast<void>(other.get()));
    EXPECT_ERROR(errc::shutting_down, static_cast<void>(pool.submit([] {})));
    EXPECT_ERROR(errc::busy, static_cast<void>(pool.close()));
    threading::stop stop(1ms);
    EXPECT_EQ(threading::wait_with(busy, stop), errc::interrupted);
    open.set();
    pool.shutdown();
    EXPECT_TRUE(pool.shutdown_for(1s));
    busy.get();
    pool.close();
    EXPECT_ERROR(errc::destroyed, static_cast<void>(pool.submit([] {})));
    one = {};
    EXPECT_EQ(counted.use_count(), 1);
}

TEST(Executor, LetsATaskWaitForAnother) {
    threading::executor pool(1);
    auto outer = pool.submit([&pool] {
        auto inner = pool.submit([] { return 41; });
        return inner.get() + 1;
    });
    EXPECT_EQ(threading::wait_any(outer), 0U);
    EXPECT_EQ(outer.get(), 42);
    EXPECT_ERROR(errc::would_deadlock, pool.submit([&pool] { pool.shutdown(); }).get());
}

TEST(Executor, WaitsForWhatWasSubmittedWhenItGoes) {
    std::atomic<int> calls{0};
    {
        threading::executor pool(2);
        for (int i = 0; i < 100; i++) {
            pool.submit([&calls] { calls++; });
        }
        threading::executor moved = std::move(pool);
        EXPECT_ERROR(errc::invalid_handle, static_cast<void>(pool.submit([] {})));
    }
    EXPECT_EQ(calls, 100);
}

} // namespace
