// Tells the excepthook of an exception.
#ifndef THREADING_DETAIL_REPORT_HPP
#define THREADING_DETAIL_REPORT_HPP

#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <memory>
#include <string>
#include <typeinfo>

#include <threading/detail/print.hpp>
#include <threading/status.hpp>

namespace threading::detail {

// The exception that the calling thread reports at the moment. It tells an excepthook whether a
// payload is ours.
inline thread_local const std::exception_ptr *reporting = nullptr;

inline void report_as(const char *type, const char *message,
                      const std::exception_ptr &exception) noexcept {
    const std::exception_ptr *const outer = reporting;
    reporting = &exception;
    void *const payload = const_cast<std::exception_ptr *>(&exception);
    if (threading_report_exception(type, message, payload) == THREADING_INVALID_ARGUMENT) {
        // A message that is not UTF-8.
        threading_report_exception(type, nullptr, payload);
    }
    reporting = outer;
}

// Calls `tell` with the exception's type and message, or null. The type is the name of the class as
// it is written in a program; of one that has none, what the compiler calls it.
template <class Tell>
void describe(const std::exception_ptr &exception, Tell tell) noexcept {
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception &error) {
        const char *const mangled = typeid(error).name();
        const std::unique_ptr<char, void (*)(void *)> name(
            abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr), std::free);
        tell(name ? name.get() : mangled, error.what());
    } catch (...) {
        const std::type_info *const type = abi::__cxa_current_exception_type();
        const char *const mangled = type != nullptr ? type->name() : "exception";
        const std::unique_ptr<char, void (*)(void *)> name(
            abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr), std::free);
        tell(name ? name.get() : mangled, nullptr);
    }
}

// Reports it as a failure of the calling thread.
inline void report(const std::exception_ptr &exception) noexcept {
    describe(exception,
             [&](const char *type, const char *message) { report_as(type, message, exception); });
}

// Reports what a thread of that name has thrown, after its end.
inline void report_late(const std::exception_ptr &exception, const std::string &thread) noexcept {
    if (threading_has_excepthook()) {
        report(exception);
    } else {
        describe(exception, [&](const char *type, const char *message) {
            print_exception(thread, type, message);
        });
    }
}

} // namespace threading::detail

#endif
