// Names of objects: given by the constructor or later, and read back.
#include "harness.hpp"

namespace {

// How each kind is made, without a name and with one.
template <class Object>
struct maker {
    static Object plain() { return Object(); }
    static Object named(const std::string &name) { return Object(name); }
};
template <class Object>
struct counted_maker {
    static Object plain() { return Object(1); }
    static Object named(const std::string &name) { return Object(1, name); }
};
template <>
struct maker<threading::semaphore> : counted_maker<threading::semaphore> {};
template <>
struct maker<threading::bounded_semaphore> : counted_maker<threading::bounded_semaphore> {};
template <>
struct maker<threading::barrier> : counted_maker<threading::barrier> {};
template <>
struct maker<threading::latch> : counted_maker<threading::latch> {};
template <>
struct maker<threading::queue<int>> : counted_maker<threading::queue<int>> {};
template <>
struct maker<threading::executor> : counted_maker<threading::executor> {};
template <>
struct maker<threading::local<int>> {
    static threading::local<int> plain() { return threading::local<int>(); }
    static threading::local<int> named(const std::string &name) {
        return threading::local<int>([] { return 1; }, name);
    }
};

template <class Object>
class Named : public testing::Test {};
using objects =
    testing::Types<threading::lock, threading::rlock, threading::rw_lock, threading::condition,
                   threading::semaphore, threading::bounded_semaphore, threading::event,
                   threading::barrier, threading::latch, threading::queue<int>, threading::executor,
                   threading::local<int>>;
struct object_names {
    template <class Object>
    static std::string GetName(int number) {
        return std::to_string(number);
    }
};
TYPED_TEST_SUITE(Named, objects, object_names);

TYPED_TEST(Named, HasTheNameThatItWasMadeWith) {
    EXPECT_EQ(maker<TypeParam>::named("accounts").name(), "accounts");
    EXPECT_EQ(maker<TypeParam>::named("").name(), "");
    EXPECT_EQ(maker<TypeParam>::plain().name(), "");
}

TYPED_TEST(Named, CanBeRenamedAndUnnamed) {
    auto object = maker<TypeParam>::plain();
    for (const std::string &name :
         {std::string("accounts"), std::string("Zürich ☂\n\""), std::string(63, 'x'),
          std::string(64, 'y'), std::string(1000, 'z'), std::string()}) {
        object.set_name(name);
        EXPECT_EQ(object.name(), name);
    }
}

TYPED_TEST(Named, KeepsItsNameWhenANewOneIsRefused) {
    auto object = maker<TypeParam>::named("accounts");
    EXPECT_ERROR(errc::invalid_argument, object.set_name("not UTF-8: \xff"));
    EXPECT_ERROR(errc::invalid_argument, object.set_name(std::string("a\0b", 3)));
    EXPECT_EQ(object.name(), "accounts");
    EXPECT_ERROR(errc::invalid_argument, maker<TypeParam>::named("\xff"));
    EXPECT_ERROR(errc::invalid_argument, maker<TypeParam>::named(std::string(1, '\0')));
}

TYPED_TEST(Named, KeepsItsNameWhenItIsMoved) {
    auto object = maker<TypeParam>::named("accounts");
    auto moved = std::move(object);
    EXPECT_EQ(moved.name(), "accounts");
    EXPECT_ERROR(errc::invalid_handle, static_cast<void>(object.name()));
    EXPECT_ERROR(errc::invalid_handle, object.set_name("ledger"));
}

TYPED_TEST(Named, ThatWasClosedThrowsDestroyed) {
    auto object = maker<TypeParam>::named("accounts");
    object.close();
    EXPECT_ERROR(errc::destroyed, static_cast<void>(object.name()));
    EXPECT_ERROR(errc::destroyed, object.set_name("ledger"));
}

TEST(Name, CanBeALiteralInBraces) {
    const threading::lock accounts{"accounts"};
    const threading::semaphore slots{5, "slots"};
    EXPECT_EQ(accounts.name(), "accounts");
    EXPECT_EQ(slots.name(), "slots");
    EXPECT_EQ(slots.value(), 5u);
}

TEST(Name, OfAConditionIsNotThatOfItsLock) {
    const threading::lock lock{"accounts"};
    const threading::rlock rlock{"ledger"};
    EXPECT_EQ(threading::condition(lock, "full").name(), "full");
    EXPECT_EQ(threading::condition(rlock, "empty").name(), "empty");
    EXPECT_EQ(threading::condition(lock).name(), "");
    EXPECT_EQ(lock.name(), "accounts");
    EXPECT_EQ(rlock.name(), "ledger");
}

TEST(Name, StandsBehindAnActionOrAnInitialiser) {
    int calls = 0;
    const auto action = [&] { calls++; };
    threading::barrier barrier(1, action, "start");
    EXPECT_EQ(barrier.wait(), 0u);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(barrier.name(), "start");
    const threading::local<int> none(nullptr, "seat");
    EXPECT_EQ(none.find(), nullptr);
    EXPECT_EQ(none.name(), "seat");
}

// What looks like a value or like no action is no name.
static_assert(!std::is_constructible_v<threading::local<std::string>, const char *>);
static_assert(!std::is_constructible_v<threading::barrier, std::size_t, std::nullptr_t>);
static_assert(!std::is_convertible_v<const char *, threading::lock>);

} // namespace
