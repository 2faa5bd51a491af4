// Read-write locks: any number of threads read, or one writes.
#include "harness.hpp"

#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace {

static_assert(is_move_only<threading::rw_lock>);

TEST(RwLock, IsReadByMany) {
    threading::rw_lock lock;
    const std::shared_lock mine(lock);
    EXPECT_EQ(lock.readers(), 1U);
    threading::thread([&] {
        EXPECT_FALSE(lock.try_lock_for(1ms) || lock.write_locked());
        const std::shared_lock another(lock);
        EXPECT_EQ(lock.readers(), 2U);
    }).join();
    EXPECT_EQ(lock.readers(), 1U);
}

TEST(RwLock, IsWrittenByOne) {
    threading::rw_lock lock;
    const std::unique_lock mine(lock);
    EXPECT_TRUE(lock.write_locked());
    EXPECT_EQ(lock.writer(), threading_get_ident());
    threading::thread([&] {
        EXPECT_FALSE(std::shared_lock(lock, std::try_to_lock).owns_lock());
        EXPECT_FALSE(std::shared_lock(lock, 5ms).owns_lock());
        EXPECT_FALSE(std::shared_lock(lock, std::chrono::system_clock::now() + 5ms).owns_lock());
        EXPECT_FALSE(std::unique_lock(lock, std::try_to_lock).owns_lock());
        EXPECT_FALSE(std::unique_lock(lock, 5ms).owns_lock());
        EXPECT_FALSE(std::unique_lock(lock, std::chrono::steady_clock::now() + 5ms).owns_lock());
        EXPECT_ERROR(errc::not_owner, lock.unlock());
        EXPECT_ERROR(errc::not_owner, lock.downgrade());
    }).join();
    EXPECT_ERROR(errc::would_deadlock, lock.lock());
    EXPECT_ERROR(errc::would_deadlock, lock.lock_shared());
}

TEST(RwLock, GuardsWhatManyReadAndWrite) {
    threading::rw_lock lock;
    long first = 0, second = 0;
    std::atomic<bool> is_torn = false;
    std::vector<threading::thread> threads;
    for (int i = 0; i < 4; i++) {
        threads.emplace_back([&, i] {
            for (int round = 0; round < 2000; round++) {
                if ((round + i) % 4 == 0) {
                    const std::scoped_lock writing(lock);
                    first++;
                    second++;
                } else {
                    const std::shared_lock reading(lock);
                    is_torn = is_torn || first != second;
                }
            }
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    EXPECT_FALSE(is_torn);
    EXPECT_EQ(first, 2000);
}

TEST(RwLock, WritesOnAsItReadsAndReadsOnAsItWrites) {
    threading::rw_lock lock;
    lock.lock();
    lock.downgrade();
    EXPECT_EQ(lock.readers(), 1U);
    EXPECT_TRUE(lock.try_upgrade());
    EXPECT_TRUE(lock.write_locked());
    lock.downgrade();
    lock.lock_shared();
    EXPECT_FALSE(lock.try_upgrade());
    EXPECT_EQ(lock.readers(), 2U);
    lock.unlock_shared();
    lock.unlock_shared();
    EXPECT_ERROR(errc::not_acquired, lock.unlock_shared());
    EXPECT_ERROR(errc::not_acquired, lock.unlock());
    EXPECT_ERROR(errc::not_acquired, lock.downgrade());
    EXPECT_ERROR(errc::not_acquired, (void)lock.try_upgrade());
}

TEST(RwLock, RefusesBadTimesAndReadsThatWouldWrite) {
    threading::rw_lock lock;
    const std::chrono::duration<double> nan(std::nan(""));
    EXPECT_ERROR(errc::invalid_argument, (void)lock.try_lock_for(nan));
    EXPECT_ERROR(errc::invalid_argument, (void)lock.try_lock_shared_for(nan));
    const std::shared_lock mine(lock);
    EXPECT_ERROR(errc::would_deadlock, lock.lock());
}

TEST(RwLock, ThatWasClosedOrMovedFromThrows) {
    threading::rw_lock lock;
    lock.lock_shared();
    threading::rw_lock moved = std::move(lock);
    EXPECT_EQ(moved.readers(), 1U);
    EXPECT_ERROR(errc::busy, moved.close());
    moved.unlock_shared();
    EXPECT_ERROR(errc::invalid_handle, lock.lock());
    EXPECT_ERROR(errc::invalid_handle, lock.lock_shared());
    moved.close();
    EXPECT_ERROR(errc::destroyed, moved.lock());
    EXPECT_ERROR(errc::destroyed, moved.lock_shared());
    EXPECT_ERROR(errc::destroyed, (void)moved.try_lock());
    EXPECT_ERROR(errc::destroyed, (void)moved.try_lock_shared());
    EXPECT_ERROR(errc::destroyed, moved.close());
    EXPECT_EQ(moved.readers(), 0U);
    EXPECT_EQ(moved.writer(), 0U);
    EXPECT_FALSE(moved.write_locked());
    EXPECT_FALSE(THREADING_IS_NULL(moved.handle()));
}

} // namespace
