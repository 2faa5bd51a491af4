// A latch: a count that threads count down, and wait for to become 0.
#ifndef THREADING_LATCH_HPP
#define THREADING_LATCH_HPP

#include <cstddef>
#include <string>

#include <threading/detail/name.hpp>
#include <threading/detail/owner.hpp>
#include <threading/duration.hpp>

namespace threading {

/// A latch, with the member functions of `std::latch`, and with errors where that has undefined
/// behaviour. It can be moved, but not while another thread calls it.
class latch {
public:
    /// The largest count.
    static constexpr std::size_t max() noexcept { return THREADING_LATCH_MAX; }

    /// Makes a latch with that count, 0 to `max()`; with 0 it is open. Throws `invalid_argument`
    /// for more, `no_resources`.
    explicit latch(std::size_t count)
        : handle_(
              detail::make<threading_latch>("threading_latch_new", threading_latch_new, count)) {}

    /// Makes a latch with a name. Throws `invalid_argument` also for a name that is not UTF-8 or
    /// has a NUL in it.
    latch(std::size_t count, const std::string &name) : latch(count) { set_name(name); }

    /// Counts down by 1. If that makes 0, the latch is open, and everyone who waits goes on. What
    /// happened before each count_down happens before the return of the waits. Throws `overflow` if
    /// the latch is open already, `invalid_handle`, `destroyed`. Safe in a signal handler if it
    /// succeeds.
    void count_down() {
        detail::check(threading_latch_count_down(handle_.get()), "threading_latch_count_down");
    }

    /// Counts down by n. Throws `overflow` if the count is less than n, `invalid_argument` for 0,
    /// and then nothing has changed; otherwise as `count_down()`.
    void count_down(std::size_t n) {
        detail::check(threading_latch_count_down_n(handle_.get(), n),
                      "threading_latch_count_down_n");
    }

    /// Counts up by n, for work that makes more work. Throws `broken` if the latch is open already,
    /// `overflow` if the count would be more than `max()`, `invalid_argument` for 0, and then
    /// nothing has changed; `invalid_handle`, `destroyed`.
    void count_up(std::size_t n = 1) {
        detail::check(threading_latch_count_up_n(handle_.get(), n), "threading_latch_count_up_n");
    }

    /// Waits until the latch is open. Throws `invalid_handle`, `destroyed`, `no_resources`.
    void wait() const {
        detail::check(threading_latch_wait(handle_.get()), "threading_latch_wait");
    }

    /// Whether the latch is open; false for a closed or moved-from latch.
    [[nodiscard]] bool try_wait() const noexcept { return threading_latch_is_open(handle_.get()); }

    /// Counts down by n, and waits. Throws what these two throw.
    void arrive_and_wait(std::size_t n = 1) {
        count_down(n);
        wait();
    }

    /// Waits until the latch is open, for at most that time, and says whether it is. 0 or less
    /// polls. Throws as `wait` does, and `invalid_argument` for NaN.
    template <class Rep, class Period>
    bool wait_for(const std::chrono::duration<Rep, Period> &time) const {
        return wait_timeout(detail::timeout(time));
    }

    /// Waits until the latch is open, at most until that clock shows that moment, and says whether
    /// it is. Throws as `wait_for`.
    template <class Clock, class Duration>
    bool wait_until(const std::chrono::time_point<Clock, Duration> &moment) const {
        return detail::wait_until(moment, [this](double seconds) { return wait_timeout(seconds); });
    }

    /// The count at this moment; 0 for a closed or moved-from latch.
    [[nodiscard]] std::size_t count() const noexcept {
        return threading_latch_count(handle_.get());
    }

    /// The name, in UTF-8; empty if it has none. Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle_.get(), threading_latch_name, "threading_latch_name");
    }

    /// Renames the latch; an empty name is none. The name tells people what it is for. Throws
    /// `invalid_argument` for a name that is not UTF-8 or has a NUL in it, `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void set_name(const std::string &name) {
        detail::set_name(handle_.get(), name, threading_latch_set_name, "threading_latch_set_name");
    }

    /// Ends the latch, open or not: every later call throws `destroyed`. Throws `busy` if threads
    /// wait for it, and then nothing has changed. The destructor does the same without throwing.
    void close() { detail::check(handle_.close(), "threading_latch_destroy"); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_latch handle() const noexcept { return handle_.get(); }

private:
    bool wait_timeout(double seconds) const {
        return detail::in_time(threading_latch_wait_timeout(handle_.get(), seconds),
                               "threading_latch_wait_timeout");
    }

    detail::owner<threading_latch, threading_latch_destroy> handle_;
};

} // namespace threading

#endif
