// What looks into the running program by itself: dumps at a signal, and a thread that looks for
// deadlocks.
#ifndef THREADING_WATCH_HPP
#define THREADING_WATCH_HPP

#include <chrono>
#include <cstddef>
#include <ratio>
#include <string>
#include <type_traits>
#include <utility>

#include <threading/detail/callback.hpp>
#include <threading/detail/name.hpp>
#include <threading/detail/report.hpp>
#include <threading/duration.hpp>
#include <threading/hooks.hpp>
#include <threading/inspect.hpp>

namespace threading {

/// Has that signal, and no other, append a dump to a file whenever the process gets it; 0: no
/// signal does any more. `%p` in the path is the process's id. Without a path dumps go to the
/// standard error stream. Reports of `watch` go there as well. Throws `busy` if the program handles
/// or ignores the signal; `invalid_argument` if there is no such signal, if it cannot be handled,
/// or if the path is not UTF-8 or longer than 1,023 bytes; `no_resources`.
inline void dump_on_signal(int signal, const std::string &path = {}) {
    const char *const function = "threading_dump_on_signal";
    const char *const file = path.empty() ? nullptr : detail::c_name(path, function);
    detail::check(threading_dump_on_signal(signal, file), function);
}

/// Has a thread of the library's look for deadlocks at these intervals. It prints each one once, to
/// where `dump_on_signal` writes, and then calls the deadlock hook. One that another thread could
/// end by releasing a lock has to last for `patience` before. An interval of more than 292 years,
/// such as `std::chrono::hours::max()`, ends the watch. Throws `invalid_argument` for NaN and for
/// an interval of 0 or less, `no_resources`.
template <class Rep, class Period, class PatienceRep = double, class PatiencePeriod = std::ratio<1>>
void watch(const std::chrono::duration<Rep, Period> &interval,
           const std::chrono::duration<PatienceRep, PatiencePeriod> &patience =
               std::chrono::duration<PatienceRep, PatiencePeriod>::zero()) {
    detail::check(threading_watch(detail::timeout(interval), detail::timeout(patience)),
                  "threading_watch");
}

/// Sets what `watch` calls for each deadlock that it finds, with a `threading::deadlock`, in the
/// thread that watches. It must return, and must not take locks of the deadlock.
template <class F, class = detail::enable_if_hook<F, const deadlock &>>
void set_deadlock_hook(F &&hook) {
    const auto call = [](const threading_wait *waits, std::size_t count, threading_certainty sure,
                         void *context) {
        try {
            const deadlock found{detail::waits_of(waits, count), static_cast<certainty>(sure)};
            (*static_cast<const std::decay_t<F> *>(context))(found);
        } catch (...) {
            detail::report(detail::carry());
        }
    };
    const char *const function = "threading_set_deadlock_hook";
    void *const made = detail::make_hook(std::forward<F>(hook), function);
    detail::check(threading_set_deadlock_hook(call, made), function);
}

/// Takes the deadlock hook away; it may still be running.
inline void set_deadlock_hook(std::nullptr_t) noexcept {
    threading_set_deadlock_hook(nullptr, nullptr);
}

} // namespace threading

#endif
