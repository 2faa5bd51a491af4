// Timers: once, after a while, unless they are cancelled.
#include "harness.hpp"

namespace {

static_assert(is_move_only<threading::timer>);

template <class Timer>
using start_of = decltype(std::declval<Timer>().start());
template <class Timer, class = void>
inline constexpr bool can_start = false;
template <class Timer>
inline constexpr bool can_start<Timer, std::void_t<start_of<Timer>>> = true;
static_assert(can_start<threading::timer &> && !can_start<threading::timer>);

TEST(Timer, FiresOnceAfterItsInterval) {
    std::atomic<int> fired{0};
    threading::timer timer(
        20ms, [&](int n, std::unique_ptr<int> owned) { fired += n + *owned; }, 1,
        std::make_unique<int>(2));
    EXPECT_EQ(timer.ident(), 0u);
    EXPECT_ERROR(errc::not_started, timer.join());
    EXPECT_GE(time_of([&] {
                  timer.start();
                  timer.join();
              }),
              20ms);
    EXPECT_EQ(fired, 3);
    EXPECT_FALSE(timer.is_alive());
    EXPECT_FALSE(timer.cancel());
    EXPECT_ERROR(errc::already_started, timer.start());
}

TEST(Timer, IsRearmedUntilItFires) {
    std::atomic<int> fired{0};
    threading::timer timer(1h, [&] { fired++; });
    EXPECT_ERROR(errc::not_started, timer.rearm(1h));
    timer.start();
    EXPECT_TRUE(timer.rearm(2h));
    EXPECT_TRUE(timer.is_alive());
    EXPECT_TRUE(timer.rearm(1ms));
    timer.join();
    EXPECT_EQ(fired, 1);
    EXPECT_FALSE(timer.rearm(1ms));
}

TEST(Timer, FiresAtOnceIfTheIntervalIsNegative) {
    std::atomic<int> fired{0};
    threading::timer timer(-1h, [&] { fired++; });
    timer.start();
    EXPECT_TRUE(timer.join_for(std::chrono::hours::max()));
    EXPECT_EQ(fired, 1);
}

TEST(Timer, IsAThread) {
    threading::timer timer(1h, [] {});
    timer.set_name("alarm");
    timer.set_daemon(true);
    EXPECT_EQ(timer.name(), "alarm");
    EXPECT_TRUE(timer.daemon());
    EXPECT_FALSE(timer.is_alive());
    timer.start();
    EXPECT_TRUE(timer.is_alive());
    EXPECT_NE(timer.ident(), 0u);
    EXPECT_EQ(timer.native_id(), 0u);
    EXPECT_EQ(timer.reference().ident(), timer.ident());
    EXPECT_EQ(timer.reference().handle().bits, threading_timer_thread(timer.handle()).bits);
    EXPECT_GE(time_of([&] { EXPECT_FALSE(timer.join_for(10ms)); }), 10ms);
    EXPECT_FALSE(timer.join_until(std::chrono::steady_clock::now()));
    EXPECT_ERROR(errc::already_started, timer.set_daemon(false));
    EXPECT_TRUE(timer.cancel());
    EXPECT_TRUE(timer.join_until(std::chrono::steady_clock::time_point::max()));
}

TEST(Timer, ThatWasCancelledInTimeLetsItsArgumentsGo) {
    const auto witness = std::make_shared<int>(1);
    const auto fail = [](auto) { FAIL() << "it was cancelled"; };
    threading::timer timer(1h, fail, witness);
    timer.start();
    EXPECT_EQ(witness.use_count(), 2);
    EXPECT_TRUE(timer.cancel());
    EXPECT_EQ(witness.use_count(), 1);
    EXPECT_FALSE(timer.cancel());
    timer.join();
    threading::timer unstarted(0s, fail, witness);
    EXPECT_TRUE(unstarted.cancel());
    EXPECT_EQ(witness.use_count(), 1);
    unstarted.start();
    unstarted.join();
}

TEST(Timer, ItsDestructorCancelsItAndWaitsIfItRuns) {
    const auto witness = std::make_shared<int>(1);
    {
        threading::timer timer(1h, [witness] { FAIL() << "its object has gone"; });
        timer.start();
        threading::timer unstarted(0s, [witness] { FAIL() << "it was not started"; });
    }
    EXPECT_EQ(witness.use_count(), 1);
    threading::event running, go_on;
    std::atomic<bool> ended{false};
    threading::thread helper([&] {
        running.wait();
        go_on.set();
    });
    {
        threading::timer timer(0s, [&] {
            running.set();
            go_on.wait();
            ended = true;
        });
        timer.start();
        running.wait();
    }
    EXPECT_TRUE(ended);
}

TEST(Timer, ThatWasMadeADaemonIsNotWaitedFor) {
    threading::event running, go_on;
    {
        threading::timer timer(0s, [&] {
            running.set();
            go_on.wait();
        });
        timer.set_daemon(true);
        timer.start();
        running.wait();
    }
    EXPECT_EQ(threading::active_count(), 2u);
    go_on.set();
    EXPECT_TRUE(comes_true([] { return threading::active_count() == 1; }));
}

TEST(Timer, ThatWasDetachedFiresAllTheSame) {
    std::atomic<bool> fired{false};
    threading::timer timer(1ms, [&, witness = std::make_unique<int>(1)] { fired = *witness == 1; });
    timer.start();
    timer.detach();
    EXPECT_TRUE(comes_true([&] { return fired.load(); }));
    EXPECT_TRUE(comes_true([] { return threading::active_count() == 1; }));
    const auto witness = std::make_shared<int>(1);
    threading::timer unstarted(0s, [witness] { FAIL() << "it was not started"; });
    unstarted.detach();
    EXPECT_EQ(witness.use_count(), 1);
}

TEST(Timer, MayDestroyItsOwnObject) {
    std::atomic<bool> ended{false};
    std::optional<threading::timer> timer;
    timer.emplace(0s, [&] {
        timer.reset();
        ended = true;
    });
    timer->start();
    EXPECT_TRUE(comes_true([&] { return ended.load(); }));
    EXPECT_TRUE(comes_true([] { return threading::active_count() == 1; }));
}

TEST(Timer, CarriesItsExceptionToJoinAndTheExcepthook) {
    static std::atomic<int> reported{0};
    threading::set_excepthook(
        [](const threading::exception &seen) { reported += seen.thread.name() == "alarm"; });
    threading::timer timer(0s, [] { throw std::domain_error("timer"); });
    timer.set_name("alarm");
    timer.start();
    EXPECT_THROW(timer.join(), std::domain_error);
    EXPECT_THROW(timer.join_for(0s), std::domain_error);
    EXPECT_EQ(reported, 1);
}

TEST(Timer, RefusesAnIntervalThatIsNone) {
    EXPECT_ERROR(errc::invalid_argument, threading::timer(seconds(not_a_number), [] {}));
    EXPECT_ERROR(errc::invalid_argument, threading::timer(std::chrono::hours::max(), [] {}));
    EXPECT_ERROR(errc::invalid_argument,
                 threading::timer(seconds(std::numeric_limits<double>::infinity()), [] {}));
}

TEST(Timer, ThatWasMovedFromThrows) {
    std::atomic<int> fired{0};
    threading::timer timer(0s, [&] { fired++; });
    threading::timer moved = std::move(timer);
    EXPECT_ERROR(errc::invalid_handle, timer.start());
    EXPECT_ERROR(errc::invalid_handle, timer.cancel());
    EXPECT_ERROR(errc::invalid_handle, timer.join());
    EXPECT_ERROR(errc::invalid_handle, timer.detach());
    EXPECT_ERROR(errc::invalid_handle, timer.set_daemon(true));
    EXPECT_FALSE(timer.is_alive());
    moved.start();
    moved.join();
    EXPECT_EQ(fired, 1);
    moved = threading::timer(1h, [] {});
    moved.start();
    EXPECT_TRUE(moved.cancel());
}

} // namespace
