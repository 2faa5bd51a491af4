// Durations: any of std::chrono's, never too short, and without overflow.
#include "harness.hpp"

#include <cstdint>

namespace {

using threading::detail::timeout;
using threading::detail::timeout_until;

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Duration, IsRoundedUpAndNeverDown) {
    EXPECT_EQ(timeout(1s), 1.0);
    EXPECT_EQ(timeout(1500ms), 1.5);
    EXPECT_EQ(timeout(2min), 120.0);
    EXPECT_EQ(timeout(0ns), 0.0);
    for (std::int64_t count : {1, 3, 7, 100'000'001, 999'999'999}) {
        const long double exact = count / 1e9L;
        EXPECT_GE(static_cast<long double>(timeout(std::chrono::nanoseconds(count))), exact)
            << count;
        EXPECT_LT(static_cast<long double>(timeout(std::chrono::nanoseconds(count))),
                  exact * (1 + 1e-15L))
            << count;
    }
    // 2^53 + 1 nanoseconds have no double of their own.
    const std::chrono::nanoseconds odd((std::int64_t(1) << 53) + 1);
    EXPECT_GE(static_cast<long double>(timeout(odd)) * 1e9L, static_cast<long double>(odd.count()));
}

TEST(Duration, OfAnyKindIsTaken) {
    EXPECT_EQ(timeout(std::chrono::duration<float>(0.5f)), 0.5);
    EXPECT_EQ(timeout(std::chrono::duration<double, std::milli>(250)), 0.25);
    EXPECT_EQ(timeout(std::chrono::duration<int, std::ratio<1, 4>>(3)), 0.75);
    EXPECT_EQ(timeout(std::chrono::duration<unsigned, std::ratio<86400>>(2)), 172800.0);
    EXPECT_EQ(timeout(std::chrono::duration<std::int8_t>(-7)), -7.0);
}

TEST(Duration, LongerThanTheLongestWaitIsForEver) {
    EXPECT_EQ(timeout(std::chrono::hours::max()), infinity);
    EXPECT_EQ(timeout(std::chrono::duration<std::int64_t, std::ratio<31556952>>::max()), infinity);
    EXPECT_EQ(timeout(seconds(infinity)), infinity);
    EXPECT_EQ(timeout(threading::timeout_max), THREADING_TIMEOUT_MAX);
    // 292.47 years are more than the 292.27 that the library can count.
    EXPECT_EQ(timeout(std::chrono::nanoseconds::max()), infinity);
}

TEST(Duration, NegativeOnesStayNegativeAndNaNStaysNaN) {
    EXPECT_LT(timeout(-1ns), 0.0);
    EXPECT_LT(timeout(std::chrono::hours::min()), 0.0);
    EXPECT_LT(timeout(seconds(-infinity)), 0.0);
    EXPECT_TRUE(std::isnan(timeout(seconds(not_a_number))));
}

TEST(Duration, UntilTheEndsOfAClockDoesNotOverflow) {
    using std::chrono::steady_clock;
    using std::chrono::system_clock;
    EXPECT_GT(timeout_until(steady_clock::time_point::max()), 1e8);
    EXPECT_LT(timeout_until(steady_clock::time_point::min()), -1e8);
    EXPECT_GT(timeout_until(system_clock::time_point::max()), 1e8);
    EXPECT_LT(timeout_until(system_clock::time_point::min()), -1e8);
    EXPECT_EQ(timeout_until(std::chrono::time_point<system_clock, std::chrono::hours>::max()),
              infinity);
    EXPECT_TRUE(std::isnan(
        timeout_until(std::chrono::time_point<system_clock, seconds>(seconds(not_a_number)))));
}

TEST(Duration, EndsWhenTheUsersClockSaysSoAndNotBefore) {
    test_clock::moment = 0;
    test_clock::readings = 0;
    threading::event never;
    threading::thread mover([] {
        // The wait has looked at the clock when its time had run out, and goes on waiting.
        EXPECT_TRUE(comes_true([] { return test_clock::readings.load() >= 5; }));
        test_clock::moment = 1000;
    });
    EXPECT_FALSE(never.wait_until(test_clock::time_point(1ms)));
    EXPECT_EQ(test_clock::moment.load(), 1000);
    mover.join();
}

TEST(Sleep, LastsAtLeastAsLongAsSaid) {
    /* not to synchronise: it is what is tested */
    EXPECT_GE(time_of([] { threading::sleep_for(20ms); }), 20ms);
    /* not to synchronise: it is what is tested */
    EXPECT_GE(time_of([] { threading::sleep_for(seconds(0.015)); }), 15ms);
    const auto end = std::chrono::system_clock::now() + 20ms;
    threading::sleep_until(end); /* not to synchronise: it is what is tested */
    EXPECT_GE(std::chrono::system_clock::now(), end);
}

TEST(Sleep, OfNegativeTimeReturnsAndOfNaNThrows) {
    threading::sleep_for(-1h); /* not to synchronise: it is what is tested */
    /* not to synchronise: it is what is tested */
    threading::sleep_until(std::chrono::steady_clock::time_point::min());
    /* not to synchronise: bad input */
    EXPECT_ERROR(errc::invalid_argument, threading::sleep_for(seconds(not_a_number)));
}

TEST(Monotonic, IsTheSteadyClock) {
    const seconds before = std::chrono::steady_clock::now().time_since_epoch();
    const seconds between = threading::monotonic();
    const seconds after = std::chrono::steady_clock::now().time_since_epoch();
    EXPECT_LE(before, between);
    EXPECT_LE(between, after);
}

} // namespace
