// Tells the excepthook of an exception.
#ifndef THREADING_DETAIL_REPORT_HPP
#define THREADING_DETAIL_REPORT_HPP

#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <memory>
#include <typeinfo>

#include <threading/status.hpp>

namespace threading::detail {

// The exception that the calling thread reports at the moment. It tells an excepthook whether a payload is ours.
inline thread_local const std::exception_ptr *reporting = nullptr;

inline void report_as(const char *type, const char *message, const std::exception_ptr &exception) noexcept {
    const std::exception_ptr *const outer = reporting;
    reporting = &exception;
    void *const payload = const_cast<std::exception_ptr *>(&exception);
    if (threading_report_exception(type, message, payload) == THREADING_INVALID_ARGUMENT) {
        // A message that is not UTF-8.
        threading_report_exception(type, nullptr, payload);
    }
    reporting = outer;
}

// The name of the class as it is written in a program; of a type that has none, what the compiler calls it.
inline void report(const std::exception_ptr &exception) noexcept {
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception &error) {
        const char *const mangled = typeid(error).name();
        const std::unique_ptr<char, void (*)(void *)> name(abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr), std::free);
        report_as(name ? name.get() : mangled, error.what(), exception);
    } catch (...) {
        const std::type_info *const type = abi::__cxa_current_exception_type();
        const char *const mangled = type != nullptr ? type->name() : "exception";
        const std::unique_ptr<char, void (*)(void *)> name(abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr), std::free);
        report_as(name ? name.get() : mangled, nullptr, exception);
    }
}

} // namespace threading::detail

#endif
