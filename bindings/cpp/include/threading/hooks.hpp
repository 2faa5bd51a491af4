// What hears of threads that begin and end, of exceptions in threads, and of calls that fail.
//
// A hook is any callable. It is called in several threads at once, hence as const, and lives until
// the process ends, since a thread may be in it when another is set. What a hook throws goes to the
// excepthook.
#ifndef THREADING_HOOKS_HPP
#define THREADING_HOOKS_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include <threading/detail/callback.hpp>
#include <threading/detail/print.hpp>
#include <threading/detail/report.hpp>
#include <threading/thread_reference.hpp>

namespace threading {

/// A failure in a thread, as the excepthook sees it. All pointers are valid during the call.
struct exception {
    /// What kind of failure: of an exception of C++, its class. Never null.
    const char *type;
    /// What happened: `what()`; may be null.
    const char *message;
    /// The exception itself; null if the report did not come from this binding.
    std::exception_ptr pointer;
    /// What the reporter passed along, if that was not this binding.
    void *payload;
    /// The thread that reported it.
    thread_reference thread;
};

/// A call that fails, as the error hook sees it.
struct error {
    const char *function; ///< The C function.
    errc code;            ///< What it came to.
    std::uint64_t handle; ///< The bits of the handle that it was called with; 0 if none.
    const char *message;  ///< One line about why it fails; a static string.
};

namespace detail {

// Never freed, and always reachable.
inline void keep_for_ever(std::shared_ptr<void> hook) {
    static std::mutex &mutex = *new std::mutex;
    static auto &kept = *new std::vector<std::shared_ptr<void>>;
    const std::lock_guard<std::mutex> guard(mutex);
    kept.push_back(std::move(hook));
}

template <class F>
void *make_hook(F &&f, const char *function) {
    refuse_null<std::decay_t<F>>(f, function);
    auto hook = std::make_shared<std::decay_t<F>>(std::forward<F>(f));
    keep_for_ever(hook);
    return hook.get();
}

template <class Hook, class... Arguments>
void call_hook(void *context, const Arguments &...arguments) {
    try {
        (*static_cast<const Hook *>(context))(arguments...);
    } catch (...) {
        report(carry());
    }
}

template <class F, class Argument>
using enable_if_hook = std::enable_if_t<std::is_invocable_v<const std::decay_t<F> &, Argument>>;

} // namespace detail

/// Sets what is called in each new thread before its callable, with a `thread_reference`.
template <class F, class = detail::enable_if_hook<F, thread_reference>>
void set_start_hook(F &&hook) {
    const auto call = [](threading_thread thread, void *context) {
        detail::call_hook<std::decay_t<F>>(context, thread_reference(thread));
    };
    detail::check(threading_set_start_hook(
                      call, detail::make_hook(std::forward<F>(hook), "threading_set_start_hook")),
                  "threading_set_start_hook");
}

/// Takes the start hook away; it may still be running.
inline void set_start_hook(std::nullptr_t) noexcept { threading_set_start_hook(nullptr, nullptr); }

/// Sets what is called in each thread of this library after its callable, with a
/// `thread_reference`, before the destructors of its thread-locals.
template <class F, class = detail::enable_if_hook<F, thread_reference>>
void set_exit_hook(F &&hook) {
    const auto call = [](threading_thread thread, void *context) {
        detail::call_hook<std::decay_t<F>>(context, thread_reference(thread));
    };
    detail::check(threading_set_exit_hook(
                      call, detail::make_hook(std::forward<F>(hook), "threading_set_exit_hook")),
                  "threading_set_exit_hook");
}

/// Takes the exit hook away; it may still be running.
inline void set_exit_hook(std::nullptr_t) noexcept { threading_set_exit_hook(nullptr, nullptr); }

/// Sets what hears of exceptions that threads do not catch (Python: `threading.excepthook`), with a
/// `threading::exception`. It is called in the thread that failed. What it throws itself is
/// printed, with its control characters as escapes.
template <class F, class = detail::enable_if_hook<F, const exception &>>
void set_excepthook(F &&hook) {
    const auto call = [](const threading_exception *failure, void *context) {
        exception seen{failure->type, failure->message, nullptr, failure->payload,
                       thread_reference(failure->thread)};
        if (detail::reporting != nullptr && failure->payload == detail::reporting) {
            seen.pointer = *detail::reporting;
            seen.payload = nullptr;
        }
        try {
            (*static_cast<const std::decay_t<F> *>(context))(std::as_const(seen));
        } catch (...) {
            try {
                std::rethrow_exception(detail::carry());
            } catch (const std::exception &error) {
                detail::print("Exception in threading::excepthook", error.what());
            } catch (...) {
                std::fprintf(stderr, "Exception in threading::excepthook\n");
            }
        }
    };
    detail::check(threading_set_excepthook(
                      call, detail::make_hook(std::forward<F>(hook), "threading_set_excepthook")),
                  "threading_set_excepthook");
}

/// Takes the excepthook away: exceptions that no `join` throws are printed to the standard error
/// stream.
inline void set_excepthook(std::nullptr_t) noexcept { threading_set_excepthook(nullptr, nullptr); }

/// Sets what hears of every call that fails, with a `threading::error`, in the thread whose call
/// fails, before that throws. It costs nothing on a path that succeeds. If a call fails in a signal
/// handler, the hook runs there too.
template <class F, class = detail::enable_if_hook<F, const error &>>
void set_error_hook(F &&hook) {
    const auto call = [](const char *function, threading_status status, std::uint64_t handle,
                         void *context) {
        detail::call_hook<std::decay_t<F>>(
            context, error{function, static_cast<errc>(status), handle, threading_error_message()});
    };
    detail::check(threading_set_error_hook(
                      call, detail::make_hook(std::forward<F>(hook), "threading_set_error_hook")),
                  "threading_set_error_hook");
}

/// Takes the error hook away; it may still be running.
inline void set_error_hook(std::nullptr_t) noexcept { threading_set_error_hook(nullptr, nullptr); }

/// Says whether each call that fails prints one line to the standard error stream, once for each
/// place in the program, before the error hook hears of it. THREADING_REPORT in the environment
/// says the same, and counts more.
inline void report_mistakes(bool on) {
    detail::check(threading_report_mistakes(on), "threading_report_mistakes");
}

/// Reports an exception in the calling thread: to the excepthook, else to the standard error
/// stream. The thread goes on. An excepthook of C gets the address of the `std::exception_ptr` as
/// its payload. A null pointer is not reported.
inline void report_exception(const std::exception_ptr &exception) noexcept {
    if (exception) {
        detail::report(exception);
    }
}

/// Reports a failure that is no exception of C++. Throws `invalid_argument` if `type` is null, or
/// one of the two is not UTF-8.
inline void report_exception(const char *type, const char *message, void *payload = nullptr) {
    detail::check(threading_report_exception(type, message, payload), "threading_report_exception");
}

} // namespace threading

#endif
