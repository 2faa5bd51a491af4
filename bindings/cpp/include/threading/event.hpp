// An event: a flag that threads wait for, until it is set.
#ifndef THREADING_EVENT_HPP
#define THREADING_EVENT_HPP

#include <string>

#include <threading/detail/name.hpp>
#include <threading/detail/owner.hpp>
#include <threading/duration.hpp>

namespace threading {

/// An event (Python: `threading.Event`). It can be moved, but not while another thread calls it.
class event {
public:
    /// Makes an event that is not set. Throws `no_resources`.
    event() : handle_(detail::make<threading_event>("threading_event_new", threading_event_new)) {}

    /// Makes an event with a name. Throws `invalid_argument` for a name that is not UTF-8 or has a
    /// NUL in it, `no_resources`.
    explicit event(const std::string &name) : event() { set_name(name); }

    /// Sets the event: everyone who waits goes on, also if it is cleared at once, and waits succeed
    /// until then. What happened before it happens before the return of the waits that it ends.
    /// Throws `invalid_handle`, `destroyed`. Safe in a signal handler if it succeeds.
    void set() { detail::check(threading_event_set(handle_.get()), "threading_event_set"); }

    /// Clears the event: waits wait again. Throws `invalid_handle`, `destroyed`.
    void clear() { detail::check(threading_event_clear(handle_.get()), "threading_event_clear"); }

    /// Whether the event is set; false for a closed or moved-from event.
    [[nodiscard]] bool is_set() const noexcept { return threading_event_is_set(handle_.get()); }

    /// A descriptor that is readable while the event is set, for `poll`, `epoll` or, by `dup`, an
    /// Asio `posix::stream_descriptor`. It is the event's, and closed with it: do not read, write
    /// or close it. Throws `no_resources` if there is no room for one, `invalid_handle`,
    /// `destroyed`.
    [[nodiscard]] int native_descriptor() const {
        int descriptor = -1;
        detail::check(threading_event_fd(handle_.get(), &descriptor), "threading_event_fd");
        return descriptor;
    }

    /// Waits until the event is set. Throws `invalid_handle`, `destroyed`, `no_resources`.
    void wait() const {
        detail::check(threading_event_wait(handle_.get()), "threading_event_wait");
    }

    /// Waits until the event is set, for at most that time, and says whether it was. 0 or less
    /// polls. Throws as `wait` does, and `invalid_argument` for NaN. A worker's loop is `while
    /// (!stop.wait_for(1s)) tick();`.
    template <class Rep, class Period>
    bool wait_for(const std::chrono::duration<Rep, Period> &time) const {
        return wait_timeout(detail::timeout(time));
    }

    /// Waits until the event is set, at most until that clock shows that moment, and says whether
    /// it was. Throws as `wait_for`.
    template <class Clock, class Duration>
    bool wait_until(const std::chrono::time_point<Clock, Duration> &moment) const {
        return detail::wait_until(moment, [this](double seconds) { return wait_timeout(seconds); });
    }

    /// The name, in UTF-8; empty if it has none. Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle_.get(), threading_event_name, "threading_event_name");
    }

    /// Renames the event; an empty name is none. The name tells people what it is for. Throws
    /// `invalid_argument` for a name that is not UTF-8 or has a NUL in it, `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void set_name(const std::string &name) {
        detail::set_name(handle_.get(), name, threading_event_set_name, "threading_event_set_name");
    }

    /// Ends the event: every later call throws `destroyed`. Throws `busy` if threads wait for it,
    /// and then nothing has changed. The destructor does the same without throwing.
    void close() { detail::check(handle_.close(), "threading_event_destroy"); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_event handle() const noexcept { return handle_.get(); }

private:
    bool wait_timeout(double seconds) const {
        return detail::in_time(threading_event_wait_timeout(handle_.get(), seconds),
                               "threading_event_wait_timeout");
    }

    detail::owner<threading_event, threading_event_destroy> handle_;
};

} // namespace threading

#endif
