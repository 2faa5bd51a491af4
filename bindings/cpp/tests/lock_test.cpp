// Locks and rlocks: mutexes as the standard wants them, and their misuse is an exception.
#include "harness.hpp"

#include <condition_variable>

namespace {

template <class Lock>
class Mutex : public testing::Test {};
using mutexes = testing::Types<threading::lock, threading::rlock, threading::condition>;
struct mutex_names {
    template <class Kind>
    static std::string GetName(int) {
        return std::is_same_v<Kind, threading::lock>    ? "lock"
               : std::is_same_v<Kind, threading::rlock> ? "rlock"
                                                        : "condition";
    }
};
TYPED_TEST_SUITE(Mutex, mutexes, mutex_names);

static_assert(is_move_only<threading::lock> && is_move_only<threading::rlock>);
static_assert(std::is_same_v<threading::lock, threading::primitive_lock>);
static_assert(sizeof(threading::lock) <= 2 * sizeof(threading_lock));

// In another thread, which an rlock tells apart.
template <class Call>
auto elsewhere(Call call) {
    return threading::thread_of(call).join();
}

TYPED_TEST(Mutex, IsHeldFromLockToUnlock) {
    TypeParam lock;
    EXPECT_FALSE(lock.locked());
    lock.lock();
    EXPECT_TRUE(lock.locked());
    lock.unlock();
    EXPECT_FALSE(lock.locked());
}

TYPED_TEST(Mutex, LetsOneThreadInAtATime) {
    TypeParam lock;
    int counter = 0;
    std::vector<threading::thread> threads;
    for (int i = 0; i < 4; i++) {
        threads.emplace_back([&] {
            for (int round = 0; round < 1000; round++) {
                const std::scoped_lock guard(lock);
                counter++;
            }
        });
    }
    threads.clear();
    EXPECT_EQ(counter, 4000);
}

TYPED_TEST(Mutex, TriesAndSaysWhetherItGotIt) {
    TypeParam lock;
    EXPECT_TRUE(lock.try_lock());
    EXPECT_FALSE(elsewhere([&] { return lock.try_lock(); }));
    lock.unlock();
    EXPECT_TRUE(elsewhere([&] {
        const bool got = lock.try_lock();
        lock.unlock();
        return got;
    }));
}

TYPED_TEST(Mutex, WaitsNoLessThanItIsTold) {
    TypeParam lock;
    lock.lock();
    elsewhere([&] {
        EXPECT_GE(time_of([&] { EXPECT_FALSE(lock.try_lock_for(20ms)); }), 20ms);
        const auto steady = std::chrono::steady_clock::now() + 20ms;
        EXPECT_FALSE(lock.try_lock_until(steady));
        EXPECT_GE(std::chrono::steady_clock::now(), steady);
        const auto system = std::chrono::system_clock::now() + 20ms;
        EXPECT_FALSE(lock.try_lock_until(system));
        EXPECT_GE(std::chrono::system_clock::now(), system);
    });
    lock.unlock();
}

TYPED_TEST(Mutex, PollsIfTheTimeIsZeroOrLess) {
    TypeParam lock;
    lock.lock();
    elsewhere([&] {
        EXPECT_FALSE(lock.try_lock_for(0s));
        EXPECT_FALSE(lock.try_lock_for(-1h));
        EXPECT_FALSE(lock.try_lock_until(std::chrono::steady_clock::time_point::min()));
    });
    lock.unlock();
    EXPECT_TRUE(lock.try_lock_for(-1h));
    lock.unlock();
    EXPECT_TRUE(lock.try_lock_until(std::chrono::system_clock::time_point::max()));
    lock.unlock();
    EXPECT_TRUE(lock.try_lock_for(std::chrono::hours::max()));
    lock.unlock();
}

TYPED_TEST(Mutex, RefusesATimeThatIsNoNumber) {
    TypeParam lock;
    EXPECT_ERROR(errc::invalid_argument,
                 static_cast<void>(lock.try_lock_for(seconds(not_a_number))));
    EXPECT_ERROR(
        errc::invalid_argument,
        static_cast<void>(lock.try_lock_until(
            std::chrono::time_point<std::chrono::steady_clock, seconds>(seconds(not_a_number)))));
    EXPECT_FALSE(lock.locked());
}

TYPED_TEST(Mutex, IsTakenByTheStandardsGuards) {
    TypeParam a, b;
    {
        const std::lock_guard<TypeParam> guard(a);
        EXPECT_TRUE(a.locked());
    }
    {
        std::unique_lock<TypeParam> guard(a, 1s);
        EXPECT_TRUE(guard.owns_lock());
        guard.unlock();
        EXPECT_TRUE(guard.try_lock_until(std::chrono::steady_clock::now() + 1s));
    }
    {
        const std::scoped_lock guard(a, b);
        EXPECT_TRUE(a.locked() && b.locked());
    }
    std::lock(a, b);
    EXPECT_TRUE(a.locked() && b.locked());
    a.unlock();
    b.unlock();
    EXPECT_EQ(std::try_lock(a, b), -1);
    a.unlock();
    b.unlock();
}

TYPED_TEST(Mutex, IsTakenByTheStandardsConditionVariable) {
    TypeParam lock;
    std::condition_variable_any variable;
    bool ready = false;
    threading::thread waker([&] {
        const std::lock_guard<TypeParam> guard(lock);
        ready = true;
        variable.notify_one();
    });
    {
        std::unique_lock<TypeParam> guard(lock);
        variable.wait(guard, [&] { return ready; });
        EXPECT_TRUE(guard.owns_lock());
    }
    waker.join();
}

TYPED_TEST(Mutex, IsTakenByOurGuard) {
    TypeParam lock;
    {
        const threading::lock_guard guard(lock);
        EXPECT_TRUE(lock.locked());
    }
    EXPECT_FALSE(lock.locked());
    lock.lock();
    {
        const threading::lock_guard guard(lock, std::adopt_lock);
        EXPECT_TRUE(lock.locked());
    }
    EXPECT_FALSE(lock.locked());
    try {
        const threading::lock_guard guard(lock);
        throw 1;
    } catch (int) {
        EXPECT_FALSE(lock.locked());
    }
}

TYPED_TEST(Mutex, ThrowsIfItIsUnlockedAndNobodyHoldsIt) {
    TypeParam lock;
    EXPECT_ERROR(errc::not_acquired, lock.unlock());
    EXPECT_FALSE(lock.locked());
}

TYPED_TEST(Mutex, ThatWasClosedThrowsDestroyed) {
    TypeParam lock;
    lock.close();
    EXPECT_ERROR(errc::destroyed, lock.lock());
    EXPECT_ERROR(errc::destroyed, static_cast<void>(lock.try_lock()));
    EXPECT_ERROR(errc::destroyed, static_cast<void>(lock.try_lock_for(1s)));
    EXPECT_ERROR(errc::destroyed, lock.unlock());
    EXPECT_ERROR(errc::destroyed, lock.close());
    EXPECT_FALSE(lock.locked());
}

TYPED_TEST(Mutex, ThatWasMovedFromThrowsInvalidHandle) {
    TypeParam lock;
    lock.lock();
    TypeParam moved = std::move(lock);
    EXPECT_TRUE(moved.locked());
    EXPECT_ERROR(errc::invalid_handle, lock.lock());
    EXPECT_ERROR(errc::invalid_handle, static_cast<void>(lock.try_lock()));
    EXPECT_ERROR(errc::invalid_handle, lock.unlock());
    EXPECT_FALSE(lock.locked());
    EXPECT_TRUE(THREADING_IS_NULL(lock.handle()));
    moved.unlock();
    lock = std::move(moved);
    lock.lock();
    lock.unlock();
}

TYPED_TEST(Mutex, ThatIsHeldCannotBeClosed) {
    TypeParam lock;
    lock.lock();
    EXPECT_ERROR(errc::busy, lock.close());
    EXPECT_TRUE(lock.locked());
    lock.unlock();
    lock.close();
}

TYPED_TEST(Mutex, ThatGoesWhileItIsHeldStaysForTheCFunctions) {
    std::optional<TypeParam> lock(std::in_place);
    const auto handle = lock->handle();
    lock->lock();
    static int failures;
    threading::set_error_hook(
        [](const threading::error &error) { failures += error.code == errc::busy; });
    lock.reset();
    threading::set_error_hook(nullptr);
    EXPECT_EQ(failures, 1);
    failures = 0;
    if constexpr (std::is_same_v<TypeParam, threading::lock>) {
        EXPECT_TRUE(threading_lock_locked(handle));
    } else if constexpr (std::is_same_v<TypeParam, threading::rlock>) {
        EXPECT_TRUE(threading_rlock_locked(handle));
    } else {
        EXPECT_TRUE(threading_condition_locked(handle));
    }
}

TYPED_TEST(Mutex, EndsTheProgramIfAGuardCannotUnlock) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            TypeParam lock;
            const threading::lock_guard guard(lock);
            lock.unlock();
        },
        "system_error");
}

TEST(Lock, MayBeUnlockedByAnyThread) {
    threading::lock lock;
    lock.lock();
    elsewhere([&] { lock.unlock(); });
    EXPECT_FALSE(lock.locked());
}

TEST(RLock, IsTakenByItsThreadAsOftenAsThatLikes) {
    threading::rlock rlock;
    EXPECT_EQ(rlock.depth(), 0u);
    EXPECT_EQ(rlock.owner(), 0u);
    rlock.lock();
    EXPECT_TRUE(rlock.try_lock());
    EXPECT_TRUE(rlock.try_lock_for(0s));
    EXPECT_TRUE(rlock.try_lock_until(std::chrono::steady_clock::now()));
    EXPECT_EQ(rlock.depth(), 4u);
    EXPECT_EQ(rlock.owner(), threading::get_ident());
    const auto owner = threading::get_ident();
    elsewhere([&] {
        EXPECT_EQ(rlock.depth(), 0u);
        EXPECT_EQ(rlock.owner(), owner);
    });
    for (int i = 0; i < 4; i++) {
        EXPECT_TRUE(rlock.locked());
        rlock.unlock();
    }
    EXPECT_FALSE(rlock.locked());
}

TEST(RLock, ThrowsIfAnotherThreadUnlocksIt) {
    threading::rlock rlock;
    rlock.lock();
    elsewhere([&] { EXPECT_ERROR(errc::not_owner, rlock.unlock()); });
    EXPECT_EQ(rlock.depth(), 1u);
    rlock.unlock();
}

} // namespace
