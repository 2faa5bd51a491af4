// The end of threads and of the process.
#ifndef THREADING_SHUTDOWN_HPP
#define THREADING_SHUTDOWN_HPP

#include <memory>
#include <type_traits>
#include <utility>

#include <threading/detail/callback.hpp>
#include <threading/detail/report.hpp>
#include <threading/duration.hpp>

namespace threading {

/// Ends the calling thread (Python: `_thread.exit()`): destructors on its stack run, and a `catch
/// (...)` on the way must throw on. Throws `invalid_argument` in the main thread and in threads
/// that this library did not start.
[[noreturn]] inline void exit() { detail::fail(threading_exit(nullptr), "threading_exit"); }

/// Registers a callable that is called once, before the threads are waited for at the end: the
/// place to tell them to stop. The last registered comes first. What it throws goes to the
/// excepthook. Throws `shutting_down`, `no_resources`.
template <class F, class = std::enable_if_t<std::is_invocable_v<std::decay_t<F>>>>
void register_atexit(F &&f) {
    using callable = std::decay_t<F>;
    detail::refuse_null<callable>(f, "threading_register_atexit");
    auto owned = std::make_unique<callable>(std::forward<F>(f));
    const auto call = [](void *context) {
        const std::unique_ptr<callable> mine(static_cast<callable *>(context));
        try {
            (*mine)();
        } catch (...) {
            detail::report(detail::carry());
        }
    };
    detail::check(threading_register_atexit(call, owned.get()), "threading_register_atexit");
    static_cast<void>(owned.release());
}

/// Does what the end of the process does: runs the registered callables, then waits for all threads
/// that are not daemons. Afterwards no thread can be started. A program whose threads use main's
/// own variables ends main with it. Throws `no_resources`.
inline void shutdown() { detail::check(threading_shutdown(), "threading_shutdown"); }

/// The same, but waits for at most that time, and says whether all have ended; if not, threads can
/// still be started. Throws `invalid_argument` for NaN, `no_resources`.
template <class Rep, class Period>
bool shutdown_for(const std::chrono::duration<Rep, Period> &time) {
    return detail::in_time(threading_shutdown_timeout(detail::timeout(time)),
                           "threading_shutdown_timeout");
}

/// The same, but waits at most until that clock shows that moment.
template <class Clock, class Duration>
bool shutdown_until(const std::chrono::time_point<Clock, Duration> &moment) {
    return detail::wait_until(moment, [](double seconds) {
        return detail::in_time(threading_shutdown_timeout(seconds), "threading_shutdown_timeout");
    });
}

} // namespace threading

#endif
