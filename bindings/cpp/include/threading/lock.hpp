// A lock: held by one thread at a time, released by any.
#ifndef THREADING_LOCK_HPP
#define THREADING_LOCK_HPP

#include <string>

#include <threading/detail/name.hpp>
#include <threading/detail/owner.hpp>
#include <threading/duration.hpp>

namespace threading {

/// A primitive lock (Python: `threading.Lock`), which meets the standard's requirements on a timed
/// mutex: `std::unique_lock`, `std::scoped_lock`, `std::lock` and `std::condition_variable_any`
/// take it. Any thread may unlock it. It can be moved, also while it is held, but not while another
/// thread calls it.
///
/// Its name is `threading::lock`; a class with a member `lock` cannot be called `lock` itself.
class THREADING_CAPABILITY_("lock") primitive_lock {
public:
    /// Makes a lock that nobody holds. Throws `no_resources`.
    primitive_lock()
        : handle_(detail::make<threading_lock>("threading_lock_new", threading_lock_new)) {}

    /// Makes a lock with a name. Throws `invalid_argument` for a name that is not UTF-8 or has a
    /// NUL in it, `no_resources`.
    explicit primitive_lock(const std::string &name) : primitive_lock() { set_name(name); }

    /// Takes the lock, waiting as long as it takes; a thread that holds it already waits for
    /// another to unlock it. Throws `invalid_handle`, `destroyed`, `no_resources`.
    void lock() THREADING_ACQUIRE_() THREADING_NO_ANALYSIS {
        detail::check(threading_lock_acquire(handle_.get()), "threading_lock_acquire");
    }

    /// Takes the lock if it is free at this moment, and says whether it did. Never blocks. Throws
    /// `invalid_handle`, `destroyed`.
    [[nodiscard]] bool try_lock() THREADING_TRY_ACQUIRE_(true) THREADING_NO_ANALYSIS {
        return detail::in_time(threading_lock_try_acquire(handle_.get()),
                               "threading_lock_try_acquire");
    }

    /// Takes the lock, waiting for at most that time, and says whether it did. 0 or less polls.
    /// Throws as `lock` does, and `invalid_argument` for NaN.
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(const std::chrono::duration<Rep, Period> &time)
        THREADING_TRY_ACQUIRE_(true) THREADING_NO_ANALYSIS {
        return acquire_timeout(detail::timeout(time));
    }

    /// Takes the lock, waiting at most until that clock shows that moment, and says whether it did.
    /// Throws as `try_lock_for`.
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_until(const std::chrono::time_point<Clock, Duration> &moment)
        THREADING_TRY_ACQUIRE_(true) THREADING_NO_ANALYSIS {
        return detail::wait_until(moment,
                                  [this](double seconds) { return acquire_timeout(seconds); });
    }

    /// Releases the lock, whoever took it. Throws `not_acquired` if nobody holds it,
    /// `invalid_handle`, `destroyed`.
    void unlock() THREADING_RELEASE_() THREADING_NO_ANALYSIS {
        detail::check(threading_lock_release(handle_.get()), "threading_lock_release");
    }

    /// Whether somebody holds it at this moment; false for a closed or moved-from lock.
    [[nodiscard]] bool locked() const noexcept { return threading_lock_locked(handle_.get()); }

    /// The name, in UTF-8; empty if it has none. Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle_.get(), threading_lock_name, "threading_lock_name");
    }

    /// Renames the lock; an empty name is none. The name tells people what it is for. Throws
    /// `invalid_argument` for a name that is not UTF-8 or has a NUL in it, `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void set_name(const std::string &name) {
        detail::set_name(handle_.get(), name, threading_lock_set_name, "threading_lock_set_name");
    }

    /// Makes the lock owned: from now on only the thread that has taken it unlocks it, and a
    /// deadlock with it is certain. Throws `busy` if a thread holds it, `invalid_handle`,
    /// `destroyed`.
    void set_owned() {
        detail::check(threading_lock_set_owned(handle_.get()), "threading_lock_set_owned");
    }

    /// Ends the lock: every later call throws `destroyed`. Throws `busy` if it is held, waited on,
    /// or a condition's, and then nothing has changed. The destructor does the same without
    /// throwing: a lock in use stays for the rest of the process.
    void close() { detail::check(handle_.close(), "threading_lock_destroy"); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_lock handle() const noexcept { return handle_.get(); }

private:
    bool acquire_timeout(double seconds) THREADING_NO_ANALYSIS {
        return detail::in_time(threading_lock_acquire_timeout(handle_.get(), seconds),
                               "threading_lock_acquire_timeout");
    }

    detail::owner<threading_lock, threading_lock_destroy> handle_;
};

/// A lock: held by one thread at a time, released by any (Python: `threading.Lock`).
using lock = primitive_lock;

} // namespace threading

#endif
