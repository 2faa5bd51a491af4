// Periodic timers: again and again, until they are cancelled or throw.
#include "harness.hpp"

namespace {

static_assert(is_move_only<threading::periodic_timer>);

TEST(PeriodicTimer, RunsUntilItsCallableCancelsIt) {
    std::atomic<int> runs{0};
    threading::periodic_timer *itself = nullptr;
    threading::periodic_timer timer(1ms, 1ms, [&, owned = std::make_unique<int>(1)] {
        if ((runs += *owned) == 3) {
            EXPECT_TRUE(itself->cancel());
        }
    });
    itself = &timer;
    EXPECT_ERROR(errc::not_started, timer.join());
    timer.start();
    timer.join();
    EXPECT_EQ(runs, 3);
    EXPECT_FALSE(timer.is_alive());
    EXPECT_FALSE(timer.cancel());
}

TEST(PeriodicTimer, IsNeverEarly) {
    threading::semaphore ran(0);
    threading::periodic_timer timer(20ms, 10ms, [&] { ran.release(); });
    EXPECT_GE(time_of([&] {
                  timer.start();
                  for (int i = 0; i < 3; i++) {
                      ran.acquire();
                  }
              }),
              40ms);
    EXPECT_TRUE(timer.cancel());
    timer.join();
}

TEST(PeriodicTimer, EndsWithWhatItsCallableThrows) {
    std::atomic<int> runs{0};
    threading::periodic_timer timer(1ms, 1ms, [&] {
        if (++runs == 2) {
            throw std::runtime_error("enough");
        }
    });
    timer.start();
    EXPECT_THROW(timer.join(), std::runtime_error);
    EXPECT_EQ(runs, 2);
}

TEST(PeriodicTimer, IsCancelledAtTheEndOfItsObject) {
    std::atomic<int> runs{0};
    threading::event begun, go_on;
    {
        threading::periodic_timer timer(1ms, 1ms, [&] {
            begun.set();
            go_on.wait();
            runs++;
        });
        timer.start();
        begun.wait();
        go_on.set();
    }
    // Nothing runs any more that refers to these.
    EXPECT_GE(runs, 1);
    threading::periodic_timer never(1h, 1h, [] {});
    never = threading::periodic_timer(1h, 1h, [] {});
    never.start();
    EXPECT_TRUE(never.is_alive());
}

TEST(PeriodicTimer, MayDestroyItself) {
    threading::event ended;
    auto kept = std::make_shared<std::optional<threading::periodic_timer>>();
    kept->emplace(1ms, 1ms, [kept, &ended] {
        kept->reset();
        ended.set();
    });
    kept->value().start();
    kept.reset();
    ended.wait();
}

TEST(PeriodicTimer, IsRearmed) {
    threading::semaphore ran(0);
    threading::periodic_timer timer(1h, 1h, [&] { ran.release(); });
    EXPECT_ERROR(errc::not_started, timer.rearm(1ms));
    timer.start();
    EXPECT_TRUE(timer.rearm(1ms));
    ran.acquire();
    EXPECT_ERROR(errc::invalid_argument, threading::periodic_timer(0s, 1h, [] {}));
}

} // namespace
