// Lengths and points of time as std::chrono has them, and the monotonic clock.
#ifndef THREADING_DURATION_HPP
#define THREADING_DURATION_HPP

#include <chrono>
#include <cmath>
#include <limits>

#include <threading/status.hpp>

namespace threading {

/// The longest finite wait, 292 years. A wait for longer, as for `std::chrono::hours::max()`, is a
/// wait for ever.
inline constexpr std::chrono::duration<double> timeout_max{THREADING_TIMEOUT_MAX};

namespace detail {

// Whole seconds and nanoseconds of 63 bits fit into a long double where it is wider than a double.
template <class Rep, class Period>
long double exact_seconds(const std::chrono::duration<Rep, Period> &time) {
    return static_cast<long double>(time.count()) * Period::num / Period::den;
}

// Rounded up: a wait is never too short. NaN stays what it is, for the library to refuse.
inline double rounded_up(long double exact) {
    const auto seconds = static_cast<double>(exact);
    return static_cast<long double>(seconds) < exact
               ? std::nextafter(seconds, std::numeric_limits<double>::infinity())
               : seconds;
}

inline double for_ever_past_maximum(double seconds) {
    return seconds > THREADING_TIMEOUT_MAX ? std::numeric_limits<double>::infinity() : seconds;
}

// What the C functions take for a wait of that length.
template <class Rep, class Period>
double timeout(const std::chrono::duration<Rep, Period> &time) {
    return for_ever_past_maximum(rounded_up(exact_seconds(time)));
}

// What is left until then. The difference is not taken in the clock's own units, where it can
// overflow.
template <class Clock, class Duration>
double timeout_until(const std::chrono::time_point<Clock, Duration> &moment) {
    return for_ever_past_maximum(rounded_up(exact_seconds(moment.time_since_epoch()) -
                                            exact_seconds(Clock::now().time_since_epoch())));
}

// Calls `wait` with what is left until that clock shows that moment. Any clock may be set back
// during a wait, or go slower than the monotonic one, hence the loop.
template <class Clock, class Duration, class Wait>
bool wait_until(const std::chrono::time_point<Clock, Duration> &moment, Wait wait) {
    while (!wait(timeout_until(moment))) {
        if (Clock::now() >= moment) {
            return false;
        }
    }
    return true;
}

} // namespace detail

/// Reads the monotonic clock, by which all waits are measured: the time since a moment that stays
/// the same while the system runs. It is the clock of `std::chrono::steady_clock` on Linux.
inline std::chrono::duration<double> monotonic() noexcept {
    return std::chrono::duration<double>(threading_monotonic());
}

/// Lets the calling thread sleep, never too short; a signal handler that runs meanwhile does not
/// end it. A negative time returns at once. Throws `invalid_argument` for NaN.
template <class Rep, class Period>
// not to synchronise: the function itself
void sleep_for(const std::chrono::duration<Rep, Period> &time) {
    // not to synchronise: the function itself
    detail::check(threading_sleep(detail::timeout(time)), "threading_sleep");
}

/// Lets the calling thread sleep until that clock shows that moment, never too short.
template <class Clock, class Duration>
// not to synchronise: the function itself
void sleep_until(const std::chrono::time_point<Clock, Duration> &moment) {
    detail::wait_until(moment, [](double seconds) {
        // not to synchronise: the function itself
        detail::check(threading_sleep(seconds), "threading_sleep");
        return false;
    });
}

} // namespace threading

#endif
