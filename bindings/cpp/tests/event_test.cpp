// Events: a flag that threads wait for.
#include "harness.hpp"

#include <poll.h>

namespace {

static_assert(is_move_only<threading::event>);

TEST(Event, IsSetFromSetToClear) {
    threading::event event;
    EXPECT_FALSE(event.is_set());
    event.set();
    event.set();
    EXPECT_TRUE(event.is_set());
    event.wait();
    EXPECT_TRUE(event.wait_for(0s));
    EXPECT_TRUE(event.wait_until(std::chrono::steady_clock::time_point::min()));
    event.clear();
    EXPECT_FALSE(event.is_set());
}

TEST(Event, HasADescriptorThatIsReadableWhileItIsSet) {
    threading::event event;
    pollfd readable = {event.native_descriptor(), POLLIN, 0};
    EXPECT_EQ(poll(&readable, 1, 0), 0);
    event.set();
    EXPECT_EQ(poll(&readable, 1, 0), 1);
    event.clear();
    EXPECT_EQ(poll(&readable, 1, 0), 0);
    EXPECT_EQ(event.native_descriptor(), readable.fd);
    event.close();
    EXPECT_ERROR(errc::destroyed, static_cast<void>(event.native_descriptor()));
}

TEST(Event, LetsEverybodyGoOnWhoWaits) {
    threading::event event;
    std::atomic<int> gone{0};
    std::vector<threading::thread> waiters;
    for (int i = 0; i < 3; i++) {
        waiters.emplace_back([&] {
            event.wait();
            gone++;
        });
    }
    EXPECT_EQ(gone, 0);
    event.set();
    waiters.clear();
    EXPECT_EQ(gone, 3);
}

TEST(Event, GivesUpAfterItsTimeAndNotBefore) {
    const threading::event event;
    EXPECT_GE(time_of([&] { EXPECT_FALSE(event.wait_for(20ms)); }), 20ms);
    const auto end = std::chrono::system_clock::now() + 20ms;
    EXPECT_FALSE(event.wait_until(end));
    EXPECT_GE(std::chrono::system_clock::now(), end);
    EXPECT_FALSE(event.wait_for(-1h));
    EXPECT_ERROR(errc::invalid_argument, event.wait_for(seconds(not_a_number)));
}

TEST(Event, ThatWasClosedOrMovedFromThrows) {
    threading::event event;
    event.set();
    threading::event moved = std::move(event);
    EXPECT_TRUE(moved.is_set());
    EXPECT_FALSE(event.is_set());
    EXPECT_ERROR(errc::invalid_handle, event.set());
    EXPECT_ERROR(errc::invalid_handle, event.wait());
    moved.close();
    EXPECT_FALSE(moved.is_set());
    EXPECT_ERROR(errc::destroyed, moved.set());
    EXPECT_ERROR(errc::destroyed, moved.clear());
    EXPECT_ERROR(errc::destroyed, moved.wait());
    EXPECT_ERROR(errc::destroyed, moved.wait_for(1s));
    EXPECT_ERROR(errc::destroyed, moved.close());
    EXPECT_FALSE(THREADING_IS_NULL(moved.handle()));
}

} // namespace
