// Names a thread without owning it.
#ifndef THREADING_THREAD_REFERENCE_HPP
#define THREADING_THREAD_REFERENCE_HPP

#include <cstddef>
#include <functional>

#include <threading/detail/thread_members.hpp>

namespace threading {

/// A thread that somebody else owns, as `current_thread` and `enumerate` give it. It can be copied, compared and hashed, and has no
/// effect on how long anything lives: once the thread's object has gone and the thread has ended, calls throw `destroyed`.
class thread_reference : public detail::thread_members<thread_reference> {
public:
    /// Names no thread.
    thread_reference() noexcept = default;

    /// Names the thread of a handle of C.
    explicit thread_reference(threading_thread handle) noexcept : handle_(handle) {}

    /// Waits for the thread's end. What it threw does not come out here, but from the thread's own object. Throws `not_started`,
    /// `dummy` if the library did not start it, `would_deadlock` if it is the calling thread, `invalid_handle`, `destroyed`,
    /// `no_resources`.
    void join() const { detail::check(threading_thread_join(handle_), "threading_thread_join"); }

    /// Waits for the thread's end, for at most that time, and says whether it has ended. 0 and less polls. Throws as `join` does, and
    /// `invalid_argument` for NaN.
    template <class Rep, class Period> bool join_for(const std::chrono::duration<Rep, Period> &time) const {
        return join_timeout(detail::timeout(time));
    }

    /// Waits for the thread's end, at most until that clock shows that moment, and says whether it has ended.
    template <class Clock, class Duration> bool join_until(const std::chrono::time_point<Clock, Duration> &moment) const {
        return detail::wait_until(moment, [this](double seconds) { return join_timeout(seconds); });
    }

    /// Whether it names a thread, which may have ended.
    [[nodiscard]] explicit operator bool() const noexcept { return !THREADING_IS_NULL(handle_); }

    /// The handle for the C functions.
    [[nodiscard]] threading_thread handle() const noexcept { return handle_; }

    /// Whether two name the same thread.
    friend bool operator==(const thread_reference &a, const thread_reference &b) noexcept {
        return THREADING_SAME(a.handle_, b.handle_);
    }
    /// Whether two name different threads.
    friend bool operator!=(const thread_reference &a, const thread_reference &b) noexcept { return !(a == b); }

private:
    friend class detail::thread_members<thread_reference>;
    [[nodiscard]] threading_thread thread_handle() const noexcept { return handle_; }

    threading_thread handle_ = THREADING_NULL;
};

} // namespace threading

/// Lets references to threads be keys of the standard's unordered containers.
template <> struct std::hash<threading::thread_reference> {
    /// Equal references have equal values.
    std::size_t operator()(const threading::thread_reference &thread) const noexcept {
        return std::hash<std::uint64_t>()(thread.handle().bits);
    }
};

#endif
