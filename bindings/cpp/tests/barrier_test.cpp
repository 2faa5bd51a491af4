// Barriers: arrivals, actions, and how they break.
#include "harness.hpp"

#include <set>

namespace {

static_assert(is_move_only<threading::barrier>);

TEST(Barrier, LetsAllGoOnTogetherAndAgain) {
    threading::barrier barrier(3);
    EXPECT_EQ(barrier.parties(), 3u);
    std::atomic<int> arrived{0};
    threading::lock lock;
    std::multiset<std::size_t> indices;
    std::vector<threading::thread> threads;
    for (int i = 0; i < 3; i++) {
        threads.emplace_back([&] {
            for (int round = 1; round <= 2; round++) {
                arrived++;
                const std::size_t index = barrier.wait();
                EXPECT_GE(arrived, 3 * round);
                const threading::lock_guard guard(lock);
                indices.insert(index);
            }
        });
    }
    threads.clear();
    EXPECT_EQ(indices, (std::multiset<std::size_t>{0, 0, 1, 1, 2, 2}));
    EXPECT_EQ(barrier.n_waiting(), 0u);
    EXPECT_FALSE(barrier.broken());
}

TEST(Barrier, RunsItsActionOnceInTheThreadThatComesLast) {
    std::atomic<int> runs{0};
    std::atomic<std::uint64_t> runner{0};
    threading::barrier barrier(2, [&] {
        runs++;
        runner = threading::get_ident();
    });
    threading::thread first([&] { EXPECT_EQ(barrier.wait(), 0u); });
    EXPECT_TRUE(comes_true([&] { return barrier.n_waiting() == 1; }));
    EXPECT_EQ(barrier.wait_for(1h), std::optional<std::size_t>(1));
    first.join();
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(runner, threading::get_ident());
}

TEST(Barrier, TakesAnActionThatCanOnlyBeMoved) {
    threading::barrier barrier(1, [owned = std::make_unique<int>(5)] { return *owned == 5; });
    EXPECT_EQ(barrier.wait(), 0u);
}

TEST(Barrier, BreaksIfItsActionSaysFalse) {
    threading::barrier barrier(1, [] { return false; });
    EXPECT_ERROR(errc::broken, barrier.wait());
    EXPECT_TRUE(barrier.broken());
}

TEST(Barrier, LetsOutWhatItsActionThrowsWhereItRan) {
    threading::barrier barrier(2, [] { throw std::domain_error("action"); });
    threading::thread first([&] { EXPECT_ERROR(errc::broken, barrier.wait()); });
    EXPECT_TRUE(comes_true([&] { return barrier.n_waiting() == 1; }));
    EXPECT_THROW(barrier.wait(), std::domain_error);
    first.join();
    EXPECT_TRUE(barrier.broken());
    EXPECT_ERROR(errc::broken, barrier.wait());
    barrier.reset();
    threading::thread again([&] { EXPECT_ERROR(errc::broken, barrier.wait()); });
    EXPECT_TRUE(comes_true([&] { return barrier.n_waiting() == 1; }));
    EXPECT_THROW(static_cast<void>(barrier.wait_for(1h)), std::domain_error);
}

TEST(Barrier, BreaksForAllIfSomebodysTimeRunsOutAndNotBefore) {
    threading::barrier barrier(3);
    threading::thread other([&] { EXPECT_ERROR(errc::broken, barrier.wait()); });
    EXPECT_TRUE(comes_true([&] { return barrier.n_waiting() == 1; }));
    EXPECT_GE(time_of([&] { EXPECT_EQ(barrier.wait_for(20ms), std::nullopt); }), 20ms);
    other.join();
    EXPECT_TRUE(barrier.broken());
    barrier.reset();
    const auto end = std::chrono::steady_clock::now() + 20ms;
    EXPECT_EQ(barrier.wait_until(end), std::nullopt);
    EXPECT_GE(std::chrono::steady_clock::now(), end);
    barrier.reset();
    EXPECT_ERROR(errc::invalid_argument, barrier.wait_for(seconds(not_a_number)));
    EXPECT_FALSE(barrier.broken());
}

TEST(Barrier, SendsAwayWhoWaitsWhenItIsResetOrAborted) {
    threading::barrier barrier(2);
    threading::thread first([&] { EXPECT_ERROR(errc::broken, barrier.wait()); });
    EXPECT_TRUE(comes_true([&] { return barrier.n_waiting() == 1; }));
    barrier.reset();
    first.join();
    EXPECT_FALSE(barrier.broken());
    barrier.abort();
    EXPECT_TRUE(barrier.broken());
    EXPECT_ERROR(errc::broken, barrier.wait());
}

TEST(Barrier, RefusesToWaitInItsOwnAction) {
    std::optional<threading::barrier> barrier;
    std::error_code seen;
    barrier.emplace(1, [&] { seen = error_of([&] { barrier->wait(); }); });
    barrier->wait();
    EXPECT_EQ(seen, threading::make_error_code(errc::would_deadlock));
}

TEST(Barrier, RefusesZeroParties) {
    EXPECT_ERROR(errc::invalid_argument, threading::barrier(0));
    EXPECT_ERROR(errc::invalid_argument, threading::barrier(static_cast<std::size_t>(-1), [] {}));
}

TEST(Barrier, ThatIsWaitedAtCannotBeClosed) {
    threading::barrier barrier(2);
    threading::thread first([&] { EXPECT_EQ(barrier.wait(), 0u); });
    EXPECT_TRUE(comes_true([&] { return barrier.n_waiting() == 1; }));
    EXPECT_ERROR(errc::busy, barrier.close());
    EXPECT_EQ(barrier.wait(), 1u);
    first.join();
    barrier.close();
}

TEST(Barrier, ThatGoesInItsActionKeepsTheActionToItsEnd) {
    std::optional<threading::barrier> barrier;
    int seen = 0;
    barrier.emplace(1, [&, witness = std::make_shared<int>(5)] {
        EXPECT_ERROR(errc::busy, barrier->close());
        // What goes is the object's claim alone.
        static_cast<void>(threading::barrier(std::move(*barrier)));
        seen = *witness;
    });
    const threading_barrier handle = barrier->handle();
    EXPECT_EQ(threading_barrier_wait(handle, nullptr), THREADING_OK);
    EXPECT_EQ(seen, 5);
}

TEST(Barrier, ThatWasClosedOrMovedFromThrows) {
    threading::barrier barrier(1, [] { throw std::domain_error("action"); });
    threading::barrier moved = std::move(barrier);
    EXPECT_THROW(moved.wait(), std::domain_error);
    EXPECT_ERROR(errc::invalid_handle, barrier.wait());
    EXPECT_ERROR(errc::invalid_handle, barrier.abort());
    EXPECT_EQ(barrier.parties(), 0u);
    moved.close();
    EXPECT_ERROR(errc::destroyed, moved.wait());
    EXPECT_ERROR(errc::destroyed, moved.wait_for(1s));
    EXPECT_ERROR(errc::destroyed, moved.reset());
    EXPECT_ERROR(errc::destroyed, moved.abort());
    EXPECT_ERROR(errc::destroyed, moved.close());
    EXPECT_EQ(moved.parties(), 0u);
    moved = threading::barrier(1);
    EXPECT_EQ(moved.wait(), 0u);
    EXPECT_FALSE(THREADING_IS_NULL(moved.handle()));
}

} // namespace
