// Queues: what threads put into them and take out of them.
#include "harness.hpp"

#include <memory>

namespace {

using numbers = threading::queue<int>;
static_assert(is_move_only<numbers>);

TEST(Queue, GivesItemsInOrderAndEndsWithItsShutdown) {
    numbers queue(3);
    std::vector<int> got;
    threading::thread consumer([&] {
        while (auto item = queue.get()) {
            got.push_back(*item);
            queue.task_done();
        }
    });
    std::vector<int> sent;
    for (int i = 0; i < 1000; i++) {
        EXPECT_TRUE(queue.put(i));
        sent.push_back(i);
    }
    queue.join();
    EXPECT_TRUE(queue.join_for(0s));
    queue.shutdown();
    consumer.join();
    EXPECT_EQ(got, sent);
    EXPECT_FALSE(queue.put(1));
    EXPECT_FALSE(queue.try_get().has_value());
}

TEST(Queue, IsFullAndEmpty) {
    numbers queue(2);
    EXPECT_EQ(queue.maxsize(), 2U);
    EXPECT_FALSE(queue.try_get().has_value());
    EXPECT_FALSE(queue.get_for(1ms).has_value());
    EXPECT_FALSE(queue.get_until(std::chrono::steady_clock::now() + 1ms).has_value());
    EXPECT_TRUE(queue.try_put(1));
    EXPECT_TRUE(queue.put_for(2, 1s));
    EXPECT_FALSE(queue.try_put(3));
    EXPECT_FALSE(queue.put_for(3, 1ms));
    EXPECT_FALSE(queue.put_until(3, std::chrono::steady_clock::now() - 1s));
    EXPECT_EQ(queue.size(), 2U);
    EXPECT_FALSE(queue.join_for(1ms));
    EXPECT_ERROR(errc::busy, queue.close());
    EXPECT_EQ(queue.get_for(1s), std::optional<int>(1));
    EXPECT_EQ(queue.get_until(std::chrono::steady_clock::now()), std::optional<int>(2));
}

TEST(Queue, LosesNoItemThatCannotBePut) {
    threading::queue<std::unique_ptr<int>> queue(1);
    auto first = std::make_unique<int>(1), second = std::make_unique<int>(2);
    EXPECT_TRUE(queue.put(std::move(first)));
    EXPECT_FALSE(queue.try_put(std::move(second)));
    ASSERT_TRUE(second);
    queue.shutdown(true);
    EXPECT_TRUE(queue.is_shut());
    EXPECT_FALSE(queue.put(std::move(second)));
    ASSERT_TRUE(second);
    EXPECT_FALSE(queue.get().has_value());
    const auto left = queue.drain();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(*left.front(), 1);
    queue.close();
}

TEST(Queue, DestroysWhatIsLeftInIt) {
    auto counted = std::make_shared<int>(1);
    {
        threading::queue<std::shared_ptr<int>> queue(100), other(1);
        for (int i = 0; i < 70; i++) {
            queue.put(counted);
        }
        other.put(counted);
        EXPECT_EQ(counted.use_count(), 72);
        EXPECT_EQ(queue.drain().size(), 70U);
        queue.put(counted);
        other = std::move(queue);
        EXPECT_EQ(counted.use_count(), 2);
    }
    EXPECT_EQ(counted.use_count(), 1);
}

TEST(Queue, RefusesWhatItCannotBe) {
    EXPECT_EQ(numbers::max(), static_cast<std::size_t>(THREADING_QUEUE_MAX));
    EXPECT_ERROR(errc::invalid_argument, numbers(0));
    EXPECT_ERROR(errc::invalid_argument, numbers(numbers::max() + 1));
    numbers queue(1);
    EXPECT_ERROR(errc::overflow, queue.task_done());
    EXPECT_ERROR(errc::invalid_argument,
                 queue.get_for(std::chrono::duration<double>(std::nan(""))));
}

TEST(Queue, ThatWasClosedOrMovedFromThrows) {
    numbers queue(1);
    numbers moved = std::move(queue);
    EXPECT_EQ(moved.maxsize(), 1U);
    EXPECT_ERROR(errc::invalid_handle, queue.put(1));
    EXPECT_ERROR(errc::invalid_handle, queue.get());
    moved.close();
    EXPECT_EQ(moved.size(), 0U);
    EXPECT_ERROR(errc::destroyed, moved.try_put(1));
    EXPECT_ERROR(errc::destroyed, moved.try_get());
    EXPECT_ERROR(errc::destroyed, moved.shutdown());
    EXPECT_ERROR(errc::destroyed, moved.drain());
    EXPECT_ERROR(errc::destroyed, moved.join());
    EXPECT_ERROR(errc::destroyed, moved.close());
}

} // namespace
