// Callables of C++ behind the C function pointers of the library: what they throw never unwinds
// through it.
#ifndef THREADING_DETAIL_CALLBACK_HPP
#define THREADING_DETAIL_CALLBACK_HPP

#include <cstdint>
#include <exception>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include <threading/status.hpp>

namespace threading::detail {

// A null pointer is refused before it is called; other callables that are empty throw by
// themselves.
template <class Callable>
void refuse_null(const Callable &callable, const char *function) {
    if constexpr (std::is_pointer_v<Callable> || std::is_member_pointer_v<Callable>) {
        if (callable == nullptr) {
            fail(THREADING_INVALID_ARGUMENT, function);
        }
    }
}

// In a `catch (...)`: the exception, to be carried. What is none of C++'s own is the end of the
// thread, by pthread_exit, threading_exit or cancellation: it has no exception_ptr, must not be
// stopped, and is thrown on.
inline std::exception_ptr carry() {
    std::exception_ptr exception = std::current_exception();
    if (!exception) {
        throw;
    }
    return exception;
}

// Exceptions on their way from a callback to the call that ran it, in the same thread, past the
// library in between.
class carried_exceptions {
public:
    // Without memory the exception is lost, and the call throws what the library says of it.
    void put(std::exception_ptr exception) noexcept {
        try {
            const std::lock_guard<std::mutex> guard(mutex_);
            exceptions_.emplace_back(threading_get_ident(), std::move(exception));
        } catch (const std::exception &) {
            return;
        }
    }

    // Throws what the calling thread has put, if it has.
    void rethrow() {
        std::exception_ptr exception;
        {
            const std::lock_guard<std::mutex> guard(mutex_);
            for (auto place = exceptions_.begin(); place != exceptions_.end(); ++place) {
                if (place->first == threading_get_ident()) {
                    exception = std::move(place->second);
                    exceptions_.erase(place);
                    break;
                }
            }
        }
        if (exception) {
            std::rethrow_exception(exception);
        }
    }

private:
    std::mutex mutex_;
    std::vector<std::pair<std::uint64_t, std::exception_ptr>> exceptions_;
};

} // namespace threading::detail

#endif
