// What calls come to: an error code for each status of the library, and the exception that carries
// it.
#ifndef THREADING_STATUS_HPP
#define THREADING_STATUS_HPP

#include <string>
#include <system_error>
#include <type_traits>

#include <libthreading/threading.h>

namespace threading {

/// One enumerator for each `threading_status`, with its number. As codes of `std::system_error`
/// only the negative ones and `no_value` are ever thrown: a time that ran out is a return value.
enum class errc {
    /// Done.
    ok = THREADING_OK,
    /// The time ran out first.
    timeout = THREADING_TIMEOUT,
    /// There is no value: of a local in this thread, or of a thread that ended by exit.
    no_value = THREADING_NO_VALUE,
    /// The stop that the wait was given has come, and nothing was taken.
    interrupted = THREADING_INTERRUPTED,
    /// The queue was shut down.
    closed = THREADING_CLOSED,
    /// The object was moved from, or never had anything.
    invalid_handle = THREADING_INVALID_HANDLE,
    /// The object was closed.
    destroyed = THREADING_DESTROYED,
    /// An argument is outside its range, or a name is not UTF-8.
    invalid_argument = THREADING_INVALID_ARGUMENT,
    /// The call needs the lock held, and nobody holds it.
    not_acquired = THREADING_NOT_ACQUIRED,
    /// The call needs the caller to hold the lock, and another thread does.
    not_owner = THREADING_NOT_OWNER,
    /// It is held, waited for, not empty, not ended yet, or owned by the library.
    busy = THREADING_BUSY,
    /// A count is at its limit: units of a semaphore, levels of an rlock, a latch's count, stops
    /// above one, or a queue's finished tasks.
    overflow = THREADING_OVERFLOW,
    /// The barrier was broken before, or broke or was reset meanwhile; or the latch is open.
    broken = THREADING_BROKEN,
    /// The thread or timer has been started before.
    already_started = THREADING_ALREADY_STARTED,
    /// The thread or timer has not been started.
    not_started = THREADING_NOT_STARTED,
    /// A thread joins itself, or a barrier's action waits at its own barrier.
    would_deadlock = THREADING_WOULD_DEADLOCK,
    /// The library did not start this thread, so it cannot be joined.
    dummy = THREADING_DUMMY,
    /// Memory, handles or threads of the operating system ran out.
    no_resources = THREADING_NO_RESOURCES,
    /// The library has shut down.
    shutting_down = THREADING_SHUTTING_DOWN,
    /// The operating system forbids it.
    not_permitted = THREADING_NOT_PERMITTED,
};

} // namespace threading

/// Lets `error.code() == threading::errc::busy` be written.
template <>
struct std::is_error_code_enum<threading::errc> : std::true_type {};

namespace threading {

namespace detail {

class category final : public std::error_category {
public:
    const char *name() const noexcept override { return "threading"; }
    std::string message(int value) const override { return threading_status_message(value); }
    // Where the operating system has a word for it, code that compares with std::errc works as it
    // does with std::mutex.
    std::error_condition default_error_condition(int value) const noexcept override {
        switch (value) {
        case THREADING_TIMEOUT:
            return std::errc::timed_out;
        case THREADING_INTERRUPTED:
            return std::errc::interrupted;
        case THREADING_INVALID_ARGUMENT:
            return std::errc::invalid_argument;
        case THREADING_NOT_ACQUIRED:
        case THREADING_NOT_OWNER:
        case THREADING_NOT_PERMITTED:
            return std::errc::operation_not_permitted;
        case THREADING_BUSY:
            return std::errc::device_or_resource_busy;
        case THREADING_OVERFLOW:
            return std::errc::value_too_large;
        case THREADING_WOULD_DEADLOCK:
            return std::errc::resource_deadlock_would_occur;
        case THREADING_NO_RESOURCES:
            return std::errc::resource_unavailable_try_again;
        default:
            return std::error_condition(value, *this);
        }
    }
};

} // namespace detail

/// The category of all error codes of this library; its name is "threading".
inline const std::error_category &error_category() noexcept {
    // Never destroyed: errors can be thrown while the process ends.
    static const std::error_category &category = *new detail::category;
    return category;
}

/// The error code of a status.
inline std::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), error_category()};
}

/// The whole name of the C constant, such as "THREADING_TIMEOUT"; a static string.
inline const char *status_name(errc code) noexcept {
    return threading_status_name(static_cast<int>(code));
}

/// One line about a status, for a person; a static string.
inline const char *status_message(errc code) noexcept {
    return threading_status_message(static_cast<int>(code));
}

/// One line about why the last call of the library that failed in the calling thread has failed,
/// which says more than the status where that has several causes; a static string.
inline const char *error_message() noexcept { return threading_error_message(); }

/// The version of the library that runs, such as "0.1.0"; a static string.
inline const char *version() noexcept { return threading_version(); }

namespace detail {

// Out of line and cold, so that a call that succeeds pays for one branch and nothing else.
[[noreturn]] __attribute__((noinline, cold)) inline void fail(threading_status status,
                                                              const char *function) {
    throw std::system_error(make_error_code(static_cast<errc>(status)), function);
}

// `function` is the C function that the header explains.
inline void check(threading_status status, const char *function) {
    if (__builtin_expect(status != THREADING_OK, 0)) {
        fail(status, function);
    }
}

// Whether it was done; false if the time ran out first.
inline bool in_time(threading_status status, const char *function) {
    if (status == THREADING_TIMEOUT) {
        return false;
    }
    check(status, function);
    return true;
}

} // namespace detail

} // namespace threading

#endif
