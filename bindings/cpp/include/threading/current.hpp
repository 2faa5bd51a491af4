// The calling thread, and all of them.
#ifndef THREADING_CURRENT_HPP
#define THREADING_CURRENT_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

#include <threading/thread_reference.hpp>

namespace threading {

/// The calling thread (Python: `threading.current_thread()`). One that this library did not start
/// gets a record of its own here, named Dummy-N. Names no thread only if memory ran out, or if the
/// last of the thread's destructors run already.
[[nodiscard]] inline thread_reference current_thread() noexcept {
    return thread_reference(threading_current_thread());
}

/// The thread that the process began with; after a fork, the one that forked.
[[nodiscard]] inline thread_reference main_thread() noexcept {
    return thread_reference(threading_main_thread());
}

/// The calling thread's name, for logs: never null, and valid until this thread calls this again or
/// ends.
[[nodiscard]] inline const char *current_name() noexcept { return threading_current_name(); }

/// The calling thread's ident, never 0 and never used again. Async-signal-safe.
[[nodiscard]] inline std::uint64_t get_ident() noexcept { return threading_get_ident(); }

/// The operating system's id of the calling thread. Async-signal-safe.
[[nodiscard]] inline std::uint64_t get_native_id() noexcept { return threading_get_native_id(); }

/// How many threads are alive: the main thread, those that were started and have not ended, and
/// Dummies.
[[nodiscard]] inline std::size_t active_count() noexcept { return threading_active_count(); }

/// The threads that are alive (Python: `threading.enumerate()`): every one that is alive during the
/// whole call, and none that had ended before it.
[[nodiscard]] inline std::vector<thread_reference> enumerate() {
    std::vector<threading_thread> handles(threading_active_count() + 8);
    std::size_t count = 0;
    while ((count = threading_enumerate(handles.data(), handles.size())) == handles.size()) {
        handles.resize(2 * handles.size());
    }
    std::vector<thread_reference> threads;
    threads.reserve(count);
    for (std::size_t i = 0; i < count; i++) {
        threads.emplace_back(handles[i]);
    }
    return threads;
}

/// The stack size in bytes that new threads get, as it was set; 0 is the platform's default.
[[nodiscard]] inline std::size_t stack_size() noexcept { return threading_stack_size(); }

/// Sets the stack size of threads that are started from now on: at least 32,768 bytes; 0 is the
/// platform's default. Throws `invalid_argument` if it is too small, or larger than any memory.
inline void set_stack_size(std::size_t bytes) {
    detail::check(threading_set_stack_size(bytes), "threading_set_stack_size");
}

} // namespace threading

#endif
