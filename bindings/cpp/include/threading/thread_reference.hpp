// Names a thread without owning it.
#ifndef THREADING_THREAD_REFERENCE_HPP
#define THREADING_THREAD_REFERENCE_HPP

#include <cstddef>
#include <functional>

#include <threading/detail/thread_members.hpp>

namespace threading {

/// A thread that somebody else owns, as `current_thread` and `enumerate` give it. It can be copied,
/// compared and hashed, and has no effect on how long anything lives: once the thread's object has
/// gone and the thread has ended, calls throw `destroyed`.
class thread_reference : public detail::thread_members<thread_reference> {
public:
    /// Names no thread.
    thread_reference() noexcept = default;

    /// Names the thread of a handle of C.
    explicit thread_reference(threading_thread handle) noexcept : handle_(handle) {}

    /// Whether it names a thread, which may have ended.
    [[nodiscard]] explicit operator bool() const noexcept { return !THREADING_IS_NULL(handle_); }

    /// The handle for the C functions.
    [[nodiscard]] threading_thread handle() const noexcept { return handle_; }

    /// Whether two name the same thread.
    friend bool operator==(const thread_reference &a, const thread_reference &b) noexcept {
        return THREADING_SAME(a.handle_, b.handle_);
    }
    /// Whether two name different threads.
    friend bool operator!=(const thread_reference &a, const thread_reference &b) noexcept {
        return !(a == b);
    }

private:
    friend class detail::thread_members<thread_reference>;
    [[nodiscard]] threading_thread thread_handle() const noexcept { return handle_; }

    // What a thread threw comes out of its own object.
    void rethrow() const noexcept {}

    threading_thread handle_ = THREADING_NULL;
};

} // namespace threading

/// Lets references to threads be keys of the standard's unordered containers.
template <>
struct std::hash<threading::thread_reference> {
    /// Equal references have equal values.
    std::size_t operator()(const threading::thread_reference &thread) const noexcept {
        return std::hash<std::uint64_t>()(thread.handle().bits);
    }
};

#endif
