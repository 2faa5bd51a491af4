// A reentrant lock: held by one thread at a time, as often as that likes.
#ifndef THREADING_RLOCK_HPP
#define THREADING_RLOCK_HPP

#include <cstddef>
#include <cstdint>
#include <string>

#include <threading/detail/name.hpp>
#include <threading/detail/owner.hpp>
#include <threading/duration.hpp>

namespace threading {

/// A reentrant lock (Python: `threading.RLock`), which meets the standard's requirements on a timed
/// mutex. The thread that holds it can take it again, and has to unlock it as often. It can be
/// moved, also while it is held, but not while another thread calls it.
class THREADING_CAPABILITY_("rlock") THREADING_REENTRANT_ rlock {
public:
    /// Makes an rlock that nobody holds. Throws `no_resources`.
    rlock() : handle_(detail::make<threading_rlock>("threading_rlock_new", threading_rlock_new)) {}

    /// Makes an rlock with a name. Throws `invalid_argument` for a name that is not UTF-8 or has a
    /// NUL in it, `no_resources`.
    explicit rlock(const std::string &name) : rlock() { set_name(name); }

    /// Takes the rlock, waiting as long as it takes; a thread that holds it goes one level deeper
    /// at once. Throws `overflow` at 4,294,967,295 levels, `invalid_handle`, `destroyed`,
    /// `no_resources`.
    void lock() THREADING_ACQUIRE_() THREADING_NO_ANALYSIS {
        detail::check(threading_rlock_acquire(handle_.get()), "threading_rlock_acquire");
    }

    /// Takes the rlock if it is free or the caller's at this moment, and says whether it did. Never
    /// blocks. Throws `overflow`, `invalid_handle`, `destroyed`.
    [[nodiscard]] bool try_lock() THREADING_TRY_ACQUIRE_(true) THREADING_NO_ANALYSIS {
        return detail::in_time(threading_rlock_try_acquire(handle_.get()),
                               "threading_rlock_try_acquire");
    }

    /// Takes the rlock, waiting for at most that time, and says whether it did. 0 or less polls.
    /// Throws as `lock` does, and `invalid_argument` for NaN.
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(const std::chrono::duration<Rep, Period> &time)
        THREADING_TRY_ACQUIRE_(true) THREADING_NO_ANALYSIS {
        return acquire_timeout(detail::timeout(time));
    }

    /// Takes the rlock, waiting at most until that clock shows that moment, and says whether it
    /// did. Throws as `try_lock_for`.
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_until(const std::chrono::time_point<Clock, Duration> &moment)
        THREADING_TRY_ACQUIRE_(true) THREADING_NO_ANALYSIS {
        return detail::wait_until(moment,
                                  [this](double seconds) { return acquire_timeout(seconds); });
    }

    /// Goes one level up, and at the last level releases the rlock. Throws `not_acquired` if nobody
    /// holds it, `not_owner` if another thread does, `invalid_handle`, `destroyed`.
    void unlock() THREADING_RELEASE_() THREADING_NO_ANALYSIS {
        detail::check(threading_rlock_release(handle_.get()), "threading_rlock_release");
    }

    /// Whether somebody holds it at this moment, the caller or another; false for a closed or
    /// moved-from rlock.
    [[nodiscard]] bool locked() const noexcept { return threading_rlock_locked(handle_.get()); }

    /// How many levels deep the calling thread holds it; 0 if it does not.
    [[nodiscard]] std::size_t depth() const noexcept {
        return threading_rlock_depth(handle_.get());
    }

    /// The ident of the thread that holds it at this moment; 0 if nobody does.
    [[nodiscard]] std::uint64_t owner() const noexcept {
        return threading_rlock_owner(handle_.get(), nullptr);
    }

    /// The name, in UTF-8; empty if it has none. Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle_.get(), threading_rlock_name, "threading_rlock_name");
    }

    /// Renames the rlock; an empty name is none. The name tells people what it is for. Throws
    /// `invalid_argument` for a name that is not UTF-8 or has a NUL in it, `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void set_name(const std::string &name) {
        detail::set_name(handle_.get(), name, threading_rlock_set_name, "threading_rlock_set_name");
    }

    /// Ends the rlock: every later call throws `destroyed`. Throws `busy` if it is held, waited on,
    /// or a condition's, and then nothing has changed. The destructor does the same without
    /// throwing: an rlock in use stays for the rest of the process.
    void close() { detail::check(handle_.close(), "threading_rlock_destroy"); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_rlock handle() const noexcept { return handle_.get(); }

private:
    bool acquire_timeout(double seconds) THREADING_NO_ANALYSIS {
        return detail::in_time(threading_rlock_acquire_timeout(handle_.get(), seconds),
                               "threading_rlock_acquire_timeout");
    }

    detail::owner<threading_rlock, threading_rlock_destroy> handle_;
};

} // namespace threading

#endif
