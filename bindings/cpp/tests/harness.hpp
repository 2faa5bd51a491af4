// What the tests of all objects share.
#ifndef THREADING_TESTS_HARNESS_HPP
#define THREADING_TESTS_HARNESS_HPP

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <threading.hpp>

namespace {

using namespace std::chrono_literals;
using threading::errc;

// What a call threw; no error if it threw nothing.
template <class Call>
[[maybe_unused]] std::error_code error_of(Call call) {
    try {
        call();
    } catch (const std::system_error &error) {
        return error.code();
    }
    return {};
}

#define EXPECT_ERROR(code, ...)                                                                    \
    EXPECT_EQ(error_of([&] { __VA_ARGS__; }), threading::make_error_code(code))

// Waits for a state that something shows; false if it does not come, which is a failure and not
// lateness.
template <class State>
[[maybe_unused]] bool comes_true(State state) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!state()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

// How long a call took.
template <class Call>
[[maybe_unused]] std::chrono::steady_clock::duration time_of(Call call) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    return std::chrono::steady_clock::now() - begin;
}

// Objects can be moved and not copied, and a move does not throw.
template <class Object>
inline constexpr bool is_move_only =
    std::conjunction_v<std::is_nothrow_move_constructible<Object>,
                       std::is_nothrow_move_assignable<Object>,
                       std::negation<std::is_copy_constructible<Object>>,
                       std::negation<std::is_copy_assignable<Object>>>;

// A clock of its own that the test moves, as users have them.
struct test_clock {
    using duration = std::chrono::milliseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<test_clock>;
    static constexpr bool is_steady = false;
    static inline std::atomic<rep> moment{0};
    static inline std::atomic<int> readings{0};
    static time_point now() {
        readings++;
        return time_point(duration(moment.load()));
    }
};

inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
using seconds = std::chrono::duration<double>;

} // namespace

#endif
