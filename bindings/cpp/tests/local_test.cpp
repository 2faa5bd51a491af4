// Locals: a value for each thread.
#include "harness.hpp"

namespace {

static_assert(is_move_only<threading::local<int>>);

// Counts those that exist.
struct counted {
    explicit counted(int value = 0) : number(value) { alive++; }
    counted(counted &&other) noexcept : number(other.number) { alive++; }
    counted(const counted &) = delete;
    counted &operator=(const counted &) = delete;
    ~counted() { alive--; }
    int number;
    static inline std::atomic<int> alive{0};
};

struct without_default {
    explicit without_default(int value) : number(value) {}
    int number;
};

TEST(Local, HasAValueOfItsOwnInEveryThread) {
    threading::local<int> local;
    EXPECT_EQ(local.get(), 0);
    local.get() = 5;
    *local += 1;
    threading::thread([&] {
        EXPECT_EQ(*local, 0);
        *local = 7;
    }).join();
    EXPECT_EQ(*local, 6);
    EXPECT_EQ(local.find(), &local.get());
}

TEST(Local, BeginsWithWhatTheInitialiserReturns) {
    std::atomic<int> calls{0};
    const threading::local<std::string> local([&] {
        calls++;
        return "begins";
    });
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(local->size(), 6u);
    EXPECT_EQ(*local, "begins");
    threading::thread([&] { EXPECT_EQ(*local, "begins"); }).join();
    EXPECT_EQ(calls, 2);
}

TEST(Local, TakesAnInitialiserAndValuesThatCanOnlyBeMoved) {
    threading::local<std::unique_ptr<int>> local(
        [owned = std::make_unique<int>(3)] { return std::make_unique<int>(*owned); });
    EXPECT_EQ(**local, 3);
    local.set(std::make_unique<int>(4));
    EXPECT_EQ(**local, 4);
}

TEST(Local, HasNoValueWithoutInitialiserUntilItIsSet) {
    threading::local<int> local(nullptr);
    EXPECT_EQ(local.find(), nullptr);
    EXPECT_ERROR(errc::no_value, local.get());
    EXPECT_ERROR(errc::no_value, *local);
    EXPECT_FALSE(local.reset());
    local.set(3);
    EXPECT_EQ(*local, 3);
    threading::local<without_default> other;
    EXPECT_EQ(other.find(), nullptr);
    other.set(without_default(4));
    EXPECT_EQ(other->number, 4);
}

TEST(Local, HasNoValueAfterAReset) {
    threading::local<int> local([] { return 3; });
    EXPECT_EQ(*local, 3);
    EXPECT_TRUE(local.reset());
    EXPECT_FALSE(local.reset());
    EXPECT_EQ(local.find(), nullptr);
    EXPECT_ERROR(errc::no_value, local.get());
    local.set(5);
    EXPECT_EQ(*local, 5);
}

TEST(Local, DestroysEachValueOnce) {
    {
        threading::local<counted> local;
        static_cast<void>(local.get());
        EXPECT_EQ(counted::alive, 1);
        local.set(counted(2));
        EXPECT_EQ(counted::alive, 1);
        EXPECT_EQ(local->number, 2);
        threading::thread([&] {
            static_cast<void>(local.get());
            EXPECT_EQ(counted::alive, 2);
        }).join();
        EXPECT_EQ(counted::alive, 1);
        local.reset();
        EXPECT_EQ(counted::alive, 0);
        local.set(counted(3));
    }
    EXPECT_EQ(counted::alive, 0);
}

TEST(Local, DestroysTheValuesOfThreadsThatTheLibraryDidNotStart) {
    threading::local<counted> local;
    std::thread([&] { EXPECT_EQ(local->number, 0); }).join();
    EXPECT_EQ(counted::alive, 0);
}

TEST(Local, LetsOutWhatTheInitialiserThrows) {
    const threading::local<int> local([]() -> int { throw std::domain_error("initialiser"); });
    EXPECT_THROW(static_cast<void>(local.get()), std::domain_error);
    EXPECT_ERROR(errc::no_value, local.get());
    threading::thread([&] {
        EXPECT_THROW(static_cast<void>(local.find()), std::domain_error);
        local.set(4);
        EXPECT_EQ(*local, 4);
    }).join();
    EXPECT_ERROR(errc::no_value, local.get());
}

TEST(Local, DoesNotKeepAValueThatItCannotSet) {
    threading::local<counted> local;
    local.close();
    EXPECT_ERROR(errc::destroyed, local.set(counted(1)));
    EXPECT_EQ(counted::alive, 0);
}

TEST(Local, ThatWasClosedOrMovedFromThrows) {
    threading::local<counted> local([] { return counted(9); });
    EXPECT_EQ(local->number, 9);
    threading::local<counted> moved = std::move(local);
    EXPECT_EQ(moved->number, 9);
    EXPECT_ERROR(errc::invalid_handle, local.get());
    EXPECT_ERROR(errc::invalid_handle, local.reset());
    EXPECT_EQ(local.find(), nullptr);
    moved.close();
    EXPECT_EQ(counted::alive, 0);
    EXPECT_ERROR(errc::destroyed, moved.get());
    EXPECT_ERROR(errc::destroyed, moved.reset());
    EXPECT_ERROR(errc::destroyed, moved.close());
    EXPECT_EQ(moved.find(), nullptr);
    moved = threading::local<counted>();
    EXPECT_EQ(moved->number, 0);
    EXPECT_FALSE(THREADING_IS_NULL(moved.handle()));
}

} // namespace
