// A semaphore: a count of units that are taken and given back, by any thread.
#ifndef THREADING_SEMAPHORE_HPP
#define THREADING_SEMAPHORE_HPP

#include <cstddef>
#include <string>

#include <threading/detail/name.hpp>
#include <threading/detail/owner.hpp>
#include <threading/duration.hpp>

namespace threading {

/// A semaphore (Python: `threading.Semaphore`), with the member functions of
/// `std::counting_semaphore`. It can be moved, but not while another thread calls it.
class semaphore {
public:
    /// The most units that a semaphore can have.
    static constexpr std::size_t max() noexcept { return THREADING_SEMAPHORE_MAX; }

    /// Makes a semaphore with that many units, 0 to `max()`. Throws `invalid_argument` for more,
    /// `no_resources`.
    explicit semaphore(std::size_t value = 1)
        : semaphore(detail::make<threading_semaphore>("threading_semaphore_new",
                                                      threading_semaphore_new, value)) {}

    /// Makes a semaphore with a name. Throws `invalid_argument` also for a name that is not UTF-8
    /// or has a NUL in it.
    semaphore(std::size_t value, const std::string &name) : semaphore(value) { set_name(name); }

    /// Takes a unit, waiting as long as it takes. Throws `invalid_handle`, `destroyed`,
    /// `no_resources`.
    void acquire() {
        detail::check(threading_semaphore_acquire(handle_.get()), "threading_semaphore_acquire");
    }

    /// Takes a unit if there is one at this moment, and says whether it did. Never blocks. Throws
    /// `invalid_handle`, `destroyed`.
    [[nodiscard]] bool try_acquire() {
        return detail::in_time(threading_semaphore_try_acquire(handle_.get()),
                               "threading_semaphore_try_acquire");
    }

    /// Takes a unit, waiting for at most that time, and says whether it did. 0 or less polls.
    /// Throws as `acquire` does, and `invalid_argument` for NaN.
    template <class Rep, class Period>
    [[nodiscard]] bool try_acquire_for(const std::chrono::duration<Rep, Period> &time) {
        return acquire_timeout(detail::timeout(time));
    }

    /// Takes a unit, waiting at most until that clock shows that moment, and says whether it did.
    /// Throws as `try_acquire_for`.
    template <class Clock, class Duration>
    [[nodiscard]] bool try_acquire_until(const std::chrono::time_point<Clock, Duration> &moment) {
        return detail::wait_until(moment,
                                  [this](double seconds) { return acquire_timeout(seconds); });
    }

    /// Gives a unit back, whoever took it. Throws `overflow` if there would be more than `max()`,
    /// or than a bounded semaphore was made with, and then nothing has changed; `invalid_handle`,
    /// `destroyed`. Safe in a signal handler if it succeeds.
    void release() {
        detail::check(threading_semaphore_release(handle_.get()), "threading_semaphore_release");
    }

    /// Gives units back, all or none. Throws as `release()` does, and `invalid_argument` for 0.
    void release(std::size_t n) {
        detail::check(threading_semaphore_release_n(handle_.get(), n),
                      "threading_semaphore_release_n");
    }

    /// How many units there are at this moment; 0 for a closed or moved-from semaphore.
    [[nodiscard]] std::size_t value() const noexcept {
        return threading_semaphore_value(handle_.get());
    }

    /// The name, in UTF-8; empty if it has none. Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle_.get(), threading_semaphore_name, "threading_semaphore_name");
    }

    /// Renames the semaphore; an empty name is none. The name tells people what it is for. Throws
    /// `invalid_argument` for a name that is not UTF-8 or has a NUL in it, `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void set_name(const std::string &name) {
        detail::set_name(handle_.get(), name, threading_semaphore_set_name,
                         "threading_semaphore_set_name");
    }

    /// Ends the semaphore: every later call throws `destroyed`. Throws `busy` if threads wait for
    /// it, and then nothing has changed. The destructor does the same without throwing.
    void close() { detail::check(handle_.close(), "threading_semaphore_destroy"); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_semaphore handle() const noexcept { return handle_.get(); }

protected:
    /// For `bounded_semaphore`.
    explicit semaphore(threading_semaphore handle) noexcept : handle_(handle) {}

private:
    bool acquire_timeout(double seconds) {
        return detail::in_time(threading_semaphore_acquire_timeout(handle_.get(), seconds),
                               "threading_semaphore_acquire_timeout");
    }

    detail::owner<threading_semaphore, threading_semaphore_destroy> handle_;
};

/// A semaphore that never has more units than it was made with (Python:
/// `threading.BoundedSemaphore`): one release too many throws `overflow`.
class bounded_semaphore : public semaphore {
public:
    /// Makes a semaphore with that many units, 0 to `max()`. Throws `invalid_argument` for more,
    /// `no_resources`.
    explicit bounded_semaphore(std::size_t value = 1)
        : semaphore(detail::make<threading_semaphore>("threading_bounded_semaphore_new",
                                                      threading_bounded_semaphore_new, value)) {}

    /// Makes a semaphore with a name. Throws `invalid_argument` also for a name that is not UTF-8
    /// or has a NUL in it.
    bounded_semaphore(std::size_t value, const std::string &name) : bounded_semaphore(value) {
        set_name(name);
    }
};

/// A semaphore that never has more than `most` units: a release beyond that adds nothing. With a
/// most of 1 it is an auto-reset event: `release` sets it, and whoever acquires it resets it.
class saturating_semaphore : public semaphore {
public:
    /// Makes a semaphore with that many units, 0 to `most`, which is 1 to `max()`. Throws
    /// `invalid_argument` for others, `no_resources`.
    saturating_semaphore(std::size_t value, std::size_t most)
        : semaphore(detail::make<threading_semaphore>("threading_saturating_semaphore_new",
                                                      threading_saturating_semaphore_new, value,
                                                      most)) {}

    /// Makes a semaphore with a name. Throws `invalid_argument` also for a name that is not UTF-8
    /// or has a NUL in it.
    saturating_semaphore(std::size_t value, std::size_t most, const std::string &name)
        : saturating_semaphore(value, most) {
        set_name(name);
    }
};

/// Takes a unit of a semaphore, and gives it back when it goes out of scope (Python: `with
/// semaphore:`). If that fails, because the semaphore was closed or released too often, the program
/// ends by `std::terminate`.
class [[nodiscard]] semaphore_guard {
public:
    /// Takes a unit; throws what `acquire` throws.
    explicit semaphore_guard(semaphore &guarded) : semaphore_(guarded) { semaphore_.acquire(); }

    semaphore_guard(const semaphore_guard &) = delete;
    semaphore_guard &operator=(const semaphore_guard &) = delete;

    /// Gives the unit back.
    ~semaphore_guard() { semaphore_.release(); }

private:
    semaphore &semaphore_;
};

} // namespace threading

#endif
