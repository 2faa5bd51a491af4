// Semaphores: units that are taken and given back.
#include "harness.hpp"

namespace {

static_assert(is_move_only<threading::semaphore> && is_move_only<threading::bounded_semaphore>);

TEST(Semaphore, HasAsManyUnitsAsItWasMadeWith) {
    threading::semaphore semaphore(2);
    EXPECT_EQ(semaphore.value(), 2u);
    semaphore.acquire();
    EXPECT_TRUE(semaphore.try_acquire());
    EXPECT_FALSE(semaphore.try_acquire());
    EXPECT_EQ(semaphore.value(), 0u);
    EXPECT_EQ(threading::semaphore().value(), 1u);
    EXPECT_EQ(threading::bounded_semaphore().value(), 1u);
    EXPECT_EQ(threading::semaphore(0).value(), 0u);
}

TEST(Semaphore, GivesWhatIsReleasedToWhoeverWaits) {
    threading::semaphore semaphore(0);
    std::atomic<int> taken{0};
    std::vector<threading::thread> takers;
    for (int i = 0; i < 3; i++) {
        takers.emplace_back([&] {
            semaphore.acquire();
            taken++;
        });
    }
    semaphore.release();
    EXPECT_TRUE(comes_true([&] { return taken == 1; }));
    semaphore.release(2);
    takers.clear();
    EXPECT_EQ(taken, 3);
    EXPECT_EQ(semaphore.value(), 0u);
}

TEST(Semaphore, GivesUpAfterItsTimeAndNotBefore) {
    threading::semaphore semaphore(0);
    EXPECT_GE(time_of([&] { EXPECT_FALSE(semaphore.try_acquire_for(20ms)); }), 20ms);
    const auto end = std::chrono::system_clock::now() + 20ms;
    EXPECT_FALSE(semaphore.try_acquire_until(end));
    EXPECT_GE(std::chrono::system_clock::now(), end);
    EXPECT_FALSE(semaphore.try_acquire_for(-1s));
    semaphore.release(2);
    EXPECT_TRUE(semaphore.try_acquire_for(0s));
    EXPECT_TRUE(semaphore.try_acquire_until(std::chrono::steady_clock::time_point::min()));
    EXPECT_ERROR(errc::invalid_argument,
                 static_cast<void>(semaphore.try_acquire_for(seconds(not_a_number))));
}

TEST(Semaphore, RefusesWhatIsOutsideItsRange) {
    EXPECT_EQ(threading::semaphore::max(), static_cast<std::size_t>(THREADING_SEMAPHORE_MAX));
    EXPECT_ERROR(errc::invalid_argument, threading::semaphore(threading::semaphore::max() + 1));
    EXPECT_ERROR(errc::invalid_argument,
                 threading::bounded_semaphore(static_cast<std::size_t>(-1)));
    threading::semaphore semaphore(threading::semaphore::max());
    EXPECT_ERROR(errc::overflow, semaphore.release());
    EXPECT_ERROR(errc::invalid_argument, semaphore.release(0));
    EXPECT_EQ(semaphore.value(), threading::semaphore::max());
}

TEST(SaturatingSemaphore, AddsNothingBeyondItsMost) {
    threading::saturating_semaphore event(0, 1);
    event.release();
    event.release(5);
    EXPECT_EQ(event.value(), 1U);
    event.acquire();
    EXPECT_FALSE(event.try_acquire());
    EXPECT_EQ(threading::saturating_semaphore(2, 3, "seats").name(), "seats");
    EXPECT_ERROR(errc::invalid_argument, threading::saturating_semaphore(0, 0));
    EXPECT_ERROR(errc::invalid_argument, threading::saturating_semaphore(2, 1));
}

TEST(BoundedSemaphore, NeverHasMoreThanAtTheBeginning) {
    threading::bounded_semaphore semaphore(3);
    EXPECT_ERROR(errc::overflow, semaphore.release());
    semaphore.acquire();
    EXPECT_ERROR(errc::overflow, semaphore.release(2));
    EXPECT_EQ(semaphore.value(), 2u);
    semaphore.release();
    EXPECT_EQ(semaphore.value(), 3u);
}

TEST(SemaphoreGuard, HoldsAUnitWhileItExists) {
    threading::bounded_semaphore semaphore(2);
    try {
        const threading::semaphore_guard guard(semaphore);
        EXPECT_EQ(semaphore.value(), 1u);
        throw 1;
    } catch (int) {
        EXPECT_EQ(semaphore.value(), 2u);
    }
}

TEST(Semaphore, ThatWasClosedOrMovedFromThrows) {
    threading::semaphore semaphore(1);
    threading::semaphore moved = std::move(semaphore);
    EXPECT_EQ(moved.value(), 1u);
    EXPECT_EQ(semaphore.value(), 0u);
    EXPECT_ERROR(errc::invalid_handle, semaphore.acquire());
    EXPECT_ERROR(errc::invalid_handle, semaphore.release());
    moved.close();
    EXPECT_ERROR(errc::destroyed, moved.acquire());
    EXPECT_ERROR(errc::destroyed, static_cast<void>(moved.try_acquire()));
    EXPECT_ERROR(errc::destroyed, moved.release());
    EXPECT_ERROR(errc::destroyed, moved.close());
    moved = threading::semaphore(5);
    EXPECT_EQ(moved.value(), 5u);
    EXPECT_FALSE(THREADING_IS_NULL(moved.handle()));
}

} // namespace
