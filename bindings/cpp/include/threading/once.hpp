// A once: a callable succeeds once, whichever thread comes first.
#ifndef THREADING_ONCE_HPP
#define THREADING_ONCE_HPP

#include <functional>
#include <type_traits>
#include <utility>

#include <threading/detail/callback.hpp>
#include <threading/duration.hpp>
#include <threading/status.hpp>

namespace threading {

/// What `call_once` remembers, as `std::once_flag`. A static one needs no code when the program
/// begins or ends. It cannot be copied or moved.
class once {
public:
    constexpr once() noexcept = default;
    once(const once &) = delete;
    once &operator=(const once &) = delete;

    /// Whether a callable has succeeded; what it did is seen then.
    [[nodiscard]] bool done() const noexcept { return threading_once_done(&once_); }

    /// For the C functions.
    [[nodiscard]] threading_once *handle() noexcept { return &once_; }

private:
    threading_once once_ = THREADING_NULL;
};

namespace detail {

// A callable for one call of threading_once_run, and what it throws on its way out.
template <class Call>
class once_call {
public:
    explicit once_call(Call &call) : call_(call) {}

    static bool run(void *context) {
        auto &self = *static_cast<once_call *>(context);
        try {
            if constexpr (std::is_same_v<std::invoke_result_t<Call &>, bool>) {
                return self.call_();
            } else {
                self.call_();
                return true;
            }
        } catch (...) {
            self.thrown_ = carry();
            return false;
        }
    }

    // Throws what the callable has thrown, or the status.
    void check(threading_status status, const char *function) const {
        if (thrown_) {
            std::rethrow_exception(thrown_);
        }
        detail::check(status, function);
    }

private:
    Call &call_;
    std::exception_ptr thrown_;
};

} // namespace detail

/// Calls the callable with the arguments, unless a call with this once has succeeded before. If
/// several threads come at the same time, one calls and the others wait. A callable that throws, or
/// that results in false as a bool, has failed: then the next thread calls its own. Throws what the
/// callable throws; `broken` if it results in false; `would_deadlock` inside the callable of this
/// once; `no_resources`.
template <class Callable, class... Args>
void call_once(once &flag, Callable &&callable, Args &&...args) {
    if (flag.done()) {
        return;
    }
    detail::refuse_null(callable, "threading_once_run");
    auto call = [&]() -> decltype(auto) {
        return std::invoke(std::forward<Callable>(callable), std::forward<Args>(args)...);
    };
    detail::once_call<decltype(call)> once_call(call);
    once_call.check(
        threading_once_run(flag.handle(), detail::once_call<decltype(call)>::run, &once_call),
        "threading_once_run");
}

/// As `call_once`, and waits for another thread for at most that time; 0 or less polls. Returns
/// whether the once is done. Throws as `call_once` does, and `invalid_argument` for NaN.
template <class Rep, class Period, class Callable, class... Args>
bool call_once_for(once &flag, const std::chrono::duration<Rep, Period> &time, Callable &&callable,
                   Args &&...args) {
    detail::refuse_null(callable, "threading_once_run_timeout");
    auto call = [&]() -> decltype(auto) {
        return std::invoke(std::forward<Callable>(callable), std::forward<Args>(args)...);
    };
    detail::once_call<decltype(call)> once_call(call);
    const threading_status status = threading_once_run_timeout(
        flag.handle(), detail::once_call<decltype(call)>::run, &once_call, detail::timeout(time));
    if (status == THREADING_TIMEOUT) {
        return false;
    }
    once_call.check(status, "threading_once_run_timeout");
    return true;
}

} // namespace threading

#endif
