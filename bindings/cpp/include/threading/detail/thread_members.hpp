// What can be asked of everything that is a thread: of a thread, of a reference to one, and of a
// timer.
#ifndef THREADING_DETAIL_THREAD_MEMBERS_HPP
#define THREADING_DETAIL_THREAD_MEMBERS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <pthread.h>

#include <threading/detail/name.hpp>
#include <threading/duration.hpp>

namespace threading::detail {

/// `Thread` has two members: `thread_handle` returns the handle, and `rethrow` throws what an ended
/// thread's callable has thrown.
template <class Thread>
class thread_members {
public:
    /// The name, in UTF-8 (Python: `Thread.name`). Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle(), threading_thread_name, "threading_thread_name");
    }

    /// Renames the thread, whether it runs or not; the operating system hears of it too. An empty
    /// name gives back the default name. Throws `invalid_argument` for a name that is not UTF-8 or
    /// has a NUL in it, `invalid_handle`, `destroyed`, `no_resources`.
    void set_name(const std::string &name) const {
        detail::set_name(handle(), name, threading_thread_set_name, "threading_thread_set_name");
    }

    /// Whether the process may end without it (Python: `Thread.daemon`).
    [[nodiscard]] bool daemon() const noexcept { return threading_thread_daemon(handle()); }

    /// Whether it was started and has not ended.
    [[nodiscard]] bool is_alive() const noexcept { return threading_thread_is_alive(handle()); }

    /// A number that no other thread of the process has, before or after; 0 before its start.
    [[nodiscard]] std::uint64_t ident() const noexcept { return threading_thread_ident(handle()); }

    /// The operating system's id, by which tools such as top know it; 0 before its start. Right
    /// after the start this waits until the thread runs.
    [[nodiscard]] std::uint64_t native_id() const noexcept {
        return threading_thread_native_id(handle());
    }

    /// What the C library calls the thread while it runs (C++: `std::thread::native_handle`). The
    /// library joins the thread: do not join or detach it. Right after the start this waits until
    /// the thread runs. Throws `not_started`, `no_value` if it has ended, `invalid_argument` for a
    /// timer's, `invalid_handle`, `destroyed`, `no_resources`.
    [[nodiscard]] pthread_t native_handle() const {
        pthread_t native{};
        check(threading_thread_pthread(handle(), &native), "threading_thread_pthread");
        return native;
    }

    /// Waits for the thread's end, its thread-locals' destructors included; for a timer's, until it
    /// has fired or was cancelled. Then throws what its callable has thrown, but not from a mere
    /// reference. It may be called any number of times. Throws `not_started`, `would_deadlock` if
    /// it is the calling thread, `dummy` if the library did not start it, `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void join() const {
        check(threading_thread_join(handle()), "threading_thread_join");
        self().rethrow();
    }

    /// Waits for the thread's end, for at most that time, and says whether it has ended; if so,
    /// throws what `join` would. 0 or less polls. Throws as `join` does, and `invalid_argument` for
    /// NaN.
    template <class Rep, class Period>
    bool join_for(const std::chrono::duration<Rep, Period> &time) const {
        return ended(join_timeout(timeout(time)));
    }

    /// Waits for the thread's end, at most until that clock shows that moment; else as `join_for`.
    template <class Clock, class Duration>
    bool join_until(const std::chrono::time_point<Clock, Duration> &moment) const {
        return ended(wait_until(moment, [this](double seconds) { return join_timeout(seconds); }));
    }

private:
    // Whether the thread has ended by then. The time is measured by `wait_until` where a clock is
    // asked.
    [[nodiscard]] bool join_timeout(double seconds) const {
        return in_time(threading_thread_join_timeout(handle(), seconds),
                       "threading_thread_join_timeout");
    }

    [[nodiscard]] bool ended(bool in_time) const {
        if (in_time) {
            self().rethrow();
        }
        return in_time;
    }

    [[nodiscard]] const Thread &self() const noexcept { return static_cast<const Thread &>(*this); }
    [[nodiscard]] threading_thread handle() const noexcept { return self().thread_handle(); }
};

} // namespace threading::detail

#endif
