// Stops, the waits that they end, and waits for any of several objects.
#ifndef THREADING_STOP_HPP
#define THREADING_STOP_HPP

#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#if __cplusplus >= 202002L && __has_include(<stop_token>)
#include <functional>
#include <stop_token>
#endif

#include <threading/condition.hpp>
#include <threading/detail/name.hpp>
#include <threading/detail/owner.hpp>
#include <threading/duration.hpp>
#include <threading/event.hpp>
#include <threading/latch.hpp>
#include <threading/lock.hpp>
#include <threading/rlock.hpp>
#include <threading/rw_lock.hpp>
#include <threading/semaphore.hpp>
#include <threading/thread.hpp>

namespace threading {

/// A request to end waits, which is passed to the waits that it may end: see `acquire_with` and
/// `wait_with` below. It has come when it was requested, when the stop above it has come, or when
/// its deadline has passed, and stays so. It can be moved, but not while another thread calls it.
class stop {
public:
    /// Makes a stop. Throws `no_resources`.
    stop() : stop(threading_stop{}) {}

    /// Makes a stop below another, which must outlive it. Throws `overflow` if 15 stops are above
    /// that one, `invalid_handle`, `destroyed`, `no_resources`.
    explicit stop(const stop &parent) : stop(parent.handle()) {}

    /// Makes a stop that comes by itself after that time. Throws `invalid_argument` for NaN,
    /// `no_resources`.
    template <class Rep, class Period>
    explicit stop(const std::chrono::duration<Rep, Period> &time)
        : stop(threading_stop{}, detail::timeout(time)) {}

    /// Makes a stop below another that comes by itself after that time, or with that one's
    /// deadline. Throws what the others throw.
    template <class Rep, class Period>
    stop(const stop &parent, const std::chrono::duration<Rep, Period> &time)
        : stop(parent.handle(), detail::timeout(time)) {}

#if defined(__cpp_lib_jthread)
    /// Makes a stop that is requested when a stop is requested of that token. Throws
    /// `no_resources`, `std::bad_alloc`.
    explicit stop(const std::stop_token &token) : stop() {
        const threading_stop handle = handle_.get();
        callback_ = std::make_unique<callback>(
            token, [handle] { static_cast<void>(threading_stop_request(handle)); });
    }
#endif

    /// Requests the stop: the waits with it, and with stops below it, end. Throws `invalid_handle`,
    /// `destroyed`. Safe in a signal handler if it succeeds.
    void request_stop() {
        detail::check(threading_stop_request(handle_.get()), "threading_stop_request");
    }

    /// Whether it has come; false for a closed or moved-from stop.
    [[nodiscard]] bool stop_requested() const noexcept {
        return threading_stop_requested(handle_.get());
    }

    /// Whether it has come by itself, and nobody has requested it.
    [[nodiscard]] bool expired() const noexcept { return threading_stop_expired(handle_.get()); }

    /// What is left until its deadline: infinite without one, 0 when it has come.
    [[nodiscard]] std::chrono::duration<double> remaining() const noexcept {
        return std::chrono::duration<double>(threading_stop_remaining(handle_.get()));
    }

    /// Waits until it has come. Throws `invalid_handle`, `destroyed`, `no_resources`.
    void wait() const { detail::check(threading_stop_wait(handle_.get()), "threading_stop_wait"); }

    /// Sleeps for that time, and says whether the stop has come before that was over. Throws as
    /// `wait` does, and `invalid_argument` for NaN.
    template <class Rep, class Period>
    bool wait_for(const std::chrono::duration<Rep, Period> &time) const {
        return detail::in_time(threading_stop_wait_timeout(handle_.get(), detail::timeout(time)),
                               "threading_stop_wait_timeout");
    }

    /// The name, in UTF-8; empty if it has none. Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle_.get(), threading_stop_name, "threading_stop_name");
    }

    /// Renames the stop; an empty name is none. Throws `invalid_argument` for a name that is not
    /// UTF-8 or has a NUL in it, `invalid_handle`, `destroyed`, `no_resources`.
    void set_name(const std::string &name) {
        detail::set_name(handle_.get(), name, threading_stop_set_name, "threading_stop_set_name");
    }

    /// Ends the stop: every later call throws `destroyed`. Throws `busy` if threads wait with it or
    /// stops are below it, and then nothing has changed. The destructor does the same without
    /// throwing.
    void close() { detail::check(handle_.close(), "threading_stop_destroy"); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_stop handle() const noexcept { return handle_.get(); }

private:
    explicit stop(threading_stop parent)
        : handle_(detail::make<threading_stop>("threading_stop_new", threading_stop_new, parent)) {}
    stop(threading_stop parent, double seconds)
        : handle_(detail::make<threading_stop>("threading_stop_new_timeout",
                                               threading_stop_new_timeout, parent, seconds)) {}

    detail::owner<threading_stop, threading_stop_destroy> handle_;
#if defined(__cpp_lib_jthread)
    using callback = std::stop_callback<std::function<void()>>;
    std::unique_ptr<callback> callback_; // ended before the stop is
#endif
};

namespace detail {

// What a wait with a stop comes to: ok, timeout or interrupted.
inline errc ended(threading_status status, const char *function) {
    if (status != THREADING_TIMEOUT && status != THREADING_INTERRUPTED) {
        check(status, function);
    }
    return static_cast<errc>(status);
}

constexpr std::chrono::duration<double> for_ever{HUGE_VAL};

} // namespace detail

/// Takes a lock unless the stop comes first, for at most that time. Returns `errc::ok`,
/// `errc::timeout` or `errc::interrupted`; in the last two nothing was taken. So do all functions
/// below. Throws what the lock's own function throws.
[[nodiscard]] inline errc acquire_with(primitive_lock &taken, const stop &stop,
                                       std::chrono::duration<double> time = detail::for_ever) {
    return detail::ended(threading_lock_acquire_stop(taken.handle(), time.count(), stop.handle()),
                         "threading_lock_acquire_stop");
}

/// Takes an rlock, or one more level of it.
[[nodiscard]] inline errc acquire_with(rlock &taken, const stop &stop,
                                       std::chrono::duration<double> time = detail::for_ever) {
    return detail::ended(threading_rlock_acquire_stop(taken.handle(), time.count(), stop.handle()),
                         "threading_rlock_acquire_stop");
}

/// Takes the lock of a condition.
[[nodiscard]] inline errc acquire_with(condition &condition, const stop &stop,
                                       std::chrono::duration<double> time = detail::for_ever) {
    return detail::ended(
        threading_condition_acquire_stop(condition.handle(), time.count(), stop.handle()),
        "threading_condition_acquire_stop");
}

/// Takes a unit of a semaphore.
[[nodiscard]] inline errc acquire_with(semaphore &semaphore, const stop &stop,
                                       std::chrono::duration<double> time = detail::for_ever) {
    return detail::ended(
        threading_semaphore_acquire_stop(semaphore.handle(), time.count(), stop.handle()),
        "threading_semaphore_acquire_stop");
}

/// Takes an rw_lock to write.
[[nodiscard]] inline errc acquire_with(rw_lock &taken, const stop &stop,
                                       std::chrono::duration<double> time = detail::for_ever) {
    return detail::ended(
        threading_rwlock_acquire_write_stop(taken.handle(), time.count(), stop.handle()),
        "threading_rwlock_acquire_write_stop");
}

/// Takes an rw_lock to read.
[[nodiscard]] inline errc
acquire_shared_with(rw_lock &taken, const stop &stop,
                    std::chrono::duration<double> time = detail::for_ever) {
    return detail::ended(
        threading_rwlock_acquire_read_stop(taken.handle(), time.count(), stop.handle()),
        "threading_rwlock_acquire_read_stop");
}

/// Waits for a notify, with the condition's lock held, which is held again afterwards. No notify is
/// used up by a wait that the stop ends.
inline errc wait_with(condition &condition, const stop &stop,
                      std::chrono::duration<double> time = detail::for_ever) {
    return detail::ended(
        threading_condition_wait_stop(condition.handle(), time.count(), stop.handle()),
        "threading_condition_wait_stop");
}

/// Waits until an event is set.
inline errc wait_with(const event &event, const stop &stop,
                      std::chrono::duration<double> time = detail::for_ever) {
    return detail::ended(threading_event_wait_stop(event.handle(), time.count(), stop.handle()),
                         "threading_event_wait_stop");
}

/// Waits until a latch is open.
inline errc wait_with(const latch &latch, const stop &stop,
                      std::chrono::duration<double> time = detail::for_ever) {
    return detail::ended(threading_latch_wait_stop(latch.handle(), time.count(), stop.handle()),
                         "threading_latch_wait_stop");
}

/// Waits until a thread has ended; it can still be joined.
inline errc wait_with(const thread &thread, const stop &stop,
                      std::chrono::duration<double> time = detail::for_ever) {
    return detail::ended(threading_thread_join_stop(thread.handle(), time.count(), stop.handle()),
                         "threading_thread_join_stop");
}

/// Waits until any of these objects is ready, takes it, and returns its number: stops, events,
/// semaphores, locks, latches, threads, timers and futures. Of several that are ready at first it
/// is the first, so put a stop in front. Throws what the objects' own functions throw, and then
/// nothing was taken.
template <class... Objects>
[[nodiscard]] std::size_t wait_any(const Objects &...objects) {
    const threading_object any[] = {THREADING_OBJECT(objects.handle())...};
    std::size_t index = 0;
    detail::check(threading_wait_any(any, sizeof...(Objects), &index), "threading_wait_any");
    return index;
}

/// As `wait_any`, for at most that time; nothing if the time ran out first. 0 or less polls.
template <class Rep, class Period, class... Objects>
[[nodiscard]] std::optional<std::size_t>
wait_any_for(const std::chrono::duration<Rep, Period> &time, const Objects &...objects) {
    const threading_object any[] = {THREADING_OBJECT(objects.handle())...};
    std::size_t index = 0;
    if (!detail::in_time(
            threading_wait_any_timeout(any, sizeof...(Objects), detail::timeout(time), &index),
            "threading_wait_any_timeout")) {
        return std::nullopt;
    }
    return index;
}

} // namespace threading

#endif
