// What threads have waited for longest.
#include "harness.hpp"

#include <algorithm>

namespace {

// A thread waits until the object, which the caller holds, is released.
template <class Object, class Release>
void have_it_awaited(Object &object, Release release) {
    threading::thread thread([&] { const std::lock_guard<Object> guard(object); });
    ASSERT_TRUE(comes_true([&] { return threading::waiting_for(thread.reference()).has_value(); }));
    release();
    thread.join();
}

std::optional<threading::contended> counts_of(std::uint64_t object) {
    const auto all = threading::contention();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const auto &seen) { return seen.object == object; });
    return found == all.end() ? std::nullopt : std::make_optional(*found);
}

TEST(Contention, CountsTheWaitsForEachLock) {
    threading::lock accounts{"accounts"}, quiet;
    threading::rlock ledger{"ledger"};
    quiet.lock();
    quiet.unlock();
    accounts.lock();
    EXPECT_FALSE(accounts.try_lock_for(1ms));
    for (int i = 0; i < 2; i++) {
        have_it_awaited(accounts, [&] { accounts.unlock(); });
        accounts.lock();
    }
    accounts.unlock();
    ledger.lock();
    have_it_awaited(ledger, [&] { ledger.unlock(); });
    const auto found = counts_of(accounts.handle().bits);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, threading::kind::lock);
    EXPECT_EQ(found->name(), "accounts");
    EXPECT_EQ(found->waits, 2u);
    EXPECT_EQ(found->timeouts, 1u);
    EXPECT_GT(found->longest.count(), 0);
    EXPECT_GT(found->total, found->longest);
    EXPECT_EQ(found->longest_holder, threading::get_ident());
    EXPECT_FALSE(counts_of(quiet.handle().bits));
    const auto other = counts_of(ledger.handle().bits);
    ASSERT_TRUE(other);
    EXPECT_EQ(other->kind, threading::kind::rlock);
    EXPECT_EQ(other->waits, 1u);
    const auto all = threading::contention();
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const auto &one, const auto &next) {
        return one.total > next.total;
    }));
    threading::contention_reset();
    EXPECT_FALSE(counts_of(accounts.handle().bits));
}

TEST(Contention, ListsMoreThanItHasRoomForAtFirst) {
    std::vector<threading::lock> locks(40);
    for (threading::lock &lock : locks) {
        lock.lock();
        EXPECT_FALSE(lock.try_lock_for(1ms));
    }
    EXPECT_EQ(threading::contention().size(), locks.size());
    for (threading::lock &lock : locks) {
        lock.unlock();
    }
}

} // namespace
