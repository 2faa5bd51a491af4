// Conditions: waits, predicates and what they throw.
#include "harness.hpp"

namespace {

static_assert(is_move_only<threading::condition>);

struct on_its_own {
    threading::condition condition;
};
struct on_a_lock {
    threading::lock shared;
    threading::condition condition{shared};
};
struct on_an_rlock {
    threading::rlock shared;
    threading::condition condition{shared};
};

template <class Kind>
class Condition : public testing::Test {
protected:
    Kind kind;
};
using kinds = testing::Types<on_its_own, on_a_lock, on_an_rlock>;
struct kind_names {
    template <class Kind>
    static std::string GetName(int) {
        return std::is_same_v<Kind, on_its_own>  ? "on_its_own"
               : std::is_same_v<Kind, on_a_lock> ? "on_a_lock"
                                                 : "on_an_rlock";
    }
};
TYPED_TEST_SUITE(Condition, kinds, kind_names);

TYPED_TEST(Condition, WaitsUntilNotified) {
    auto &condition = this->kind.condition;
    bool waiting = false;
    bool woken = false;
    threading::thread waiter([&] {
        const threading::lock_guard guard(condition);
        waiting = true;
        condition.wait();
        woken = true;
    });
    // Who has the lock while `waiting` is set knows the waiter asleep: only the wait gives the lock
    // up.
    EXPECT_TRUE(comes_true([&] {
        const threading::lock_guard guard(condition);
        return waiting;
    }));
    {
        const threading::lock_guard guard(condition);
        EXPECT_FALSE(woken);
        condition.notify();
        EXPECT_FALSE(woken);
    }
    waiter.join();
    EXPECT_TRUE(woken);
}

TYPED_TEST(Condition, WaitsForAPredicate) {
    auto &condition = this->kind.condition;
    int items = 0;
    threading::thread producer([&] {
        for (int i = 0; i < 3; i++) {
            const threading::lock_guard guard(condition);
            items++;
            condition.notify_one();
        }
    });
    const threading::lock_guard guard(condition);
    condition.wait([&] { return items == 3; });
    EXPECT_EQ(items, 3);
    EXPECT_TRUE(condition.locked());
    EXPECT_TRUE(condition.wait_for(1h, [&] { return items == 3; }));
    EXPECT_TRUE(condition.wait_until(std::chrono::steady_clock::now(), [&] { return items == 3; }));
}

TYPED_TEST(Condition, GivesUpAfterItsTimeAndNotBefore) {
    auto &condition = this->kind.condition;
    const threading::lock_guard guard(condition);
    EXPECT_GE(time_of([&] { EXPECT_FALSE(condition.wait_for(15ms)); }), 15ms);
    EXPECT_GE(time_of([&] { EXPECT_FALSE(condition.wait_for(15ms, [] { return false; })); }), 15ms);
    const auto steady = std::chrono::steady_clock::now() + 15ms;
    EXPECT_FALSE(condition.wait_until(steady));
    EXPECT_GE(std::chrono::steady_clock::now(), steady);
    const auto system = std::chrono::system_clock::now() + 15ms;
    EXPECT_FALSE(condition.wait_until(system, [] { return false; }));
    EXPECT_GE(std::chrono::system_clock::now(), system);
    EXPECT_FALSE(condition.wait_for(-1s));
    EXPECT_TRUE(condition.locked());
    EXPECT_ERROR(errc::invalid_argument, condition.wait_for(seconds(not_a_number)));
}

TYPED_TEST(Condition, AsksThePredicateOnceMoreWhenTheTimeIsUp) {
    auto &condition = this->kind.condition;
    const threading::lock_guard guard(condition);
    int asked = 0;
    EXPECT_TRUE(condition.wait_for(1ms, [&] { return ++asked == 2; }));
    EXPECT_EQ(asked, 2);
}

TYPED_TEST(Condition, LetsOutWhatThePredicateThrowsWithTheLockHeld) {
    auto &condition = this->kind.condition;
    const threading::lock_guard guard(condition);
    const auto throws = []() -> bool { throw std::domain_error("predicate"); };
    EXPECT_THROW(condition.wait(throws), std::domain_error);
    EXPECT_TRUE(condition.locked());
    EXPECT_THROW(condition.wait_for(1h, throws), std::domain_error);
    EXPECT_THROW(condition.wait_until(std::chrono::steady_clock::time_point::max(), throws),
                 std::domain_error);
    EXPECT_TRUE(condition.locked());
}

TYPED_TEST(Condition, NotifiesAllWhoWait) {
    auto &condition = this->kind.condition;
    int waiting = 0;
    int woken = 0;
    std::vector<threading::thread> waiters;
    for (int i = 0; i < 3; i++) {
        waiters.emplace_back([&] {
            const threading::lock_guard guard(condition);
            waiting++;
            condition.wait();
            woken++;
        });
    }
    EXPECT_TRUE(comes_true([&] {
        const threading::lock_guard guard(condition);
        return waiting == 3;
    }));
    {
        const threading::lock_guard guard(condition);
        condition.notify(0);
        condition.notify_all();
    }
    waiters.clear();
    EXPECT_EQ(woken, 3);
}

TYPED_TEST(Condition, NotifiesAsManyAsItIsTold) {
    auto &condition = this->kind.condition;
    int waiting = 0;
    std::atomic<int> woken{0};
    std::vector<threading::thread> waiters;
    for (int i = 0; i < 3; i++) {
        waiters.emplace_back([&] {
            const threading::lock_guard guard(condition);
            waiting++;
            woken += condition.wait_for(1h);
        });
    }
    EXPECT_TRUE(comes_true([&] {
        const threading::lock_guard guard(condition);
        return waiting == 3;
    }));
    {
        const threading::lock_guard guard(condition);
        condition.notify(2);
    }
    EXPECT_TRUE(comes_true([&] { return woken == 2; }));
    {
        const threading::lock_guard guard(condition);
        condition.notify(5);
    }
    waiters.clear();
    EXPECT_EQ(woken, 3);
}

TYPED_TEST(Condition, WithoutItsLockThrows) {
    auto &condition = this->kind.condition;
    EXPECT_ERROR(errc::not_acquired, condition.wait());
    EXPECT_ERROR(errc::not_acquired, condition.wait([] { return true; }));
    EXPECT_ERROR(errc::not_acquired, condition.wait_for(1s));
    EXPECT_ERROR(errc::not_acquired, condition.notify());
    EXPECT_ERROR(errc::not_acquired, condition.notify_one());
    EXPECT_ERROR(errc::not_acquired, condition.notify_all());
}

TYPED_TEST(Condition, ThatWasClosedOrMovedFromThrows) {
    auto &condition = this->kind.condition;
    threading::condition moved = std::move(condition);
    EXPECT_ERROR(errc::invalid_handle, condition.wait());
    EXPECT_ERROR(errc::invalid_handle, condition.notify_all());
    moved.close();
    EXPECT_ERROR(errc::destroyed, moved.wait());
    EXPECT_ERROR(errc::destroyed, moved.wait_for(1s, [] { return true; }));
    EXPECT_ERROR(errc::destroyed, moved.notify());
}

TEST(ConditionOnAnRLock, GivesUpEveryLevelAndTakesThemBack) {
    threading::rlock rlock;
    threading::condition condition(rlock);
    const threading::lock_guard outer(rlock);
    const threading::lock_guard inner(condition);
    EXPECT_EQ(rlock.depth(), 2u);
    threading::thread other([&] {
        const threading::lock_guard guard(rlock);
        condition.notify();
    });
    condition.wait();
    EXPECT_EQ(rlock.depth(), 2u);
    other.join();
}

TEST(ConditionOnAnRLock, OfAnotherThreadThrows) {
    threading::rlock rlock;
    threading::condition condition(rlock);
    rlock.lock();
    threading::thread([&] {
        EXPECT_ERROR(errc::not_owner, condition.wait());
        EXPECT_ERROR(errc::not_owner, condition.notify_all());
    }).join();
    rlock.unlock();
}

TEST(ConditionOnALock, KeepsTheLockFromBeingClosed) {
    threading::lock lock;
    {
        threading::condition condition(lock);
        EXPECT_ERROR(errc::busy, lock.close());
    }
    lock.close();
    EXPECT_ERROR(errc::destroyed, threading::condition{lock});
}

} // namespace
