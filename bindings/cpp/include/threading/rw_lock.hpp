// A read-write lock: any number of threads read, or one thread writes.
#ifndef THREADING_RW_LOCK_HPP
#define THREADING_RW_LOCK_HPP

#include <cstddef>
#include <cstdint>
#include <string>

#include <threading/detail/name.hpp>
#include <threading/detail/owner.hpp>
#include <threading/duration.hpp>

namespace threading {

/// A read-write lock, which meets the standard's requirements on a shared timed mutex:
/// `std::shared_lock` reads it, and `std::unique_lock` writes it. The thread that locks it unlocks
/// it. It can be moved, also while it is held, but not while another thread calls it.
///
/// While a writer waits, threads that come do not read, but a thread that reads, this rw_lock or
/// another, never waits for a writer that only waits.
class THREADING_CAPABILITY_("rw_lock") rw_lock {
public:
    /// Makes an rw_lock that nobody holds. Throws `no_resources`.
    rw_lock()
        : handle_(detail::make<threading_rwlock>("threading_rwlock_new", threading_rwlock_new)) {}

    /// Makes an rw_lock with a name. Throws `invalid_argument` for a name that is not UTF-8 or has
    /// a NUL in it, `no_resources`.
    explicit rw_lock(const std::string &name) : rw_lock() { set_name(name); }

    /// Takes it to write, waiting as long as it takes. Throws `would_deadlock` if the caller writes
    /// it, or reads it and nothing else; `invalid_handle`, `destroyed`, `no_resources`.
    void lock() THREADING_ACQUIRE_() THREADING_NO_ANALYSIS {
        detail::check(threading_rwlock_acquire_write(handle_.get()),
                      "threading_rwlock_acquire_write");
    }

    /// Takes it to write if nobody reads or writes at this moment, and says whether it did. Never
    /// blocks. Throws as `lock` does.
    [[nodiscard]] bool try_lock() THREADING_TRY_ACQUIRE_(true) THREADING_NO_ANALYSIS {
        return detail::in_time(threading_rwlock_try_acquire_write(handle_.get()),
                               "threading_rwlock_try_acquire_write");
    }

    /// Takes it to write, waiting for at most that time, and says whether it did. 0 or less polls.
    /// Throws as `lock` does, and `invalid_argument` for NaN.
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(const std::chrono::duration<Rep, Period> &time)
        THREADING_TRY_ACQUIRE_(true) THREADING_NO_ANALYSIS {
        return write_timeout(detail::timeout(time));
    }

    /// Takes it to write, waiting at most until that clock shows that moment, and says whether it
    /// did. Throws as `try_lock_for`.
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_until(const std::chrono::time_point<Clock, Duration> &moment)
        THREADING_TRY_ACQUIRE_(true) THREADING_NO_ANALYSIS {
        return detail::wait_until(moment,
                                  [this](double seconds) { return write_timeout(seconds); });
    }

    /// Ends the caller's write. Throws `not_acquired` if nobody writes, `not_owner` if another
    /// thread does, `invalid_handle`, `destroyed`.
    void unlock() THREADING_RELEASE_() THREADING_NO_ANALYSIS {
        detail::check(threading_rwlock_release_write(handle_.get()),
                      "threading_rwlock_release_write");
    }

    /// Takes it to read, waiting as long as it takes. Throws `would_deadlock` if the caller writes
    /// it, `overflow` if there are too many reads, `invalid_handle`, `destroyed`, `no_resources`.
    void lock_shared() THREADING_ACQUIRE_SHARED_() THREADING_NO_ANALYSIS {
        detail::check(threading_rwlock_acquire_read(handle_.get()),
                      "threading_rwlock_acquire_read");
    }

    /// Takes it to read if that is possible at this moment, and says whether it did. Never blocks.
    /// Throws as `lock_shared` does.
    [[nodiscard]] bool try_lock_shared() THREADING_TRY_ACQUIRE_SHARED_(true) THREADING_NO_ANALYSIS {
        return detail::in_time(threading_rwlock_try_acquire_read(handle_.get()),
                               "threading_rwlock_try_acquire_read");
    }

    /// Takes it to read, waiting for at most that time, and says whether it did. 0 or less polls.
    /// Throws as `lock_shared` does, and `invalid_argument` for NaN.
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_shared_for(const std::chrono::duration<Rep, Period> &time)
        THREADING_TRY_ACQUIRE_SHARED_(true) THREADING_NO_ANALYSIS {
        return read_timeout(detail::timeout(time));
    }

    /// Takes it to read, waiting at most until that clock shows that moment, and says whether it
    /// did. Throws as `try_lock_shared_for`.
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_shared_until(const std::chrono::time_point<Clock, Duration> &moment)
        THREADING_TRY_ACQUIRE_SHARED_(true) THREADING_NO_ANALYSIS {
        return detail::wait_until(moment, [this](double seconds) { return read_timeout(seconds); });
    }

    /// Ends a read of the caller's. Throws `not_acquired` if nobody reads, `invalid_handle`,
    /// `destroyed`.
    void unlock_shared() THREADING_RELEASE_SHARED_() THREADING_NO_ANALYSIS {
        detail::check(threading_rwlock_release_read(handle_.get()),
                      "threading_rwlock_release_read");
    }

    /// Makes the caller's write a read, with no other write in between; `unlock_shared` ends it.
    /// Throws as `unlock` does.
    void downgrade() THREADING_RELEASE_() THREADING_ACQUIRE_SHARED_() THREADING_NO_ANALYSIS {
        detail::check(threading_rwlock_downgrade(handle_.get()), "threading_rwlock_downgrade");
    }

    /// Makes the caller's read a write if there is no other read at this moment, and says whether
    /// it did; if not, the caller still reads. Never blocks. Throws `not_acquired` if nobody reads,
    /// `invalid_handle`, `destroyed`.
    [[nodiscard]] bool try_upgrade() THREADING_NO_ANALYSIS {
        return detail::in_time(threading_rwlock_try_upgrade(handle_.get()),
                               "threading_rwlock_try_upgrade");
    }

    /// Whether somebody writes at this moment; false for a closed or moved-from rw_lock.
    [[nodiscard]] bool write_locked() const noexcept {
        return threading_rwlock_write_locked(handle_.get());
    }

    /// How many reads there are at this moment; 0 for a closed or moved-from rw_lock.
    [[nodiscard]] std::size_t readers() const noexcept {
        return threading_rwlock_readers(handle_.get());
    }

    /// The ident of the thread that writes; 0 if nobody does, or for a closed or moved-from
    /// rw_lock.
    [[nodiscard]] std::uint64_t writer() const noexcept {
        return threading_rwlock_writer(handle_.get());
    }

    /// The name, in UTF-8; empty if it has none. Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle_.get(), threading_rwlock_name, "threading_rwlock_name");
    }

    /// Renames the rw_lock; an empty name is none. The name tells people what it is for. Throws
    /// `invalid_argument` for a name that is not UTF-8 or has a NUL in it, `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void set_name(const std::string &name) {
        detail::set_name(handle_.get(), name, threading_rwlock_set_name,
                         "threading_rwlock_set_name");
    }

    /// Ends the rw_lock: every later call throws `destroyed`. Throws `busy` if it is held or waited
    /// on, and then nothing has changed. The destructor does the same without throwing: an rw_lock
    /// in use stays for the rest of the process.
    void close() { detail::check(handle_.close(), "threading_rwlock_destroy"); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_rwlock handle() const noexcept { return handle_.get(); }

private:
    bool write_timeout(double seconds) THREADING_NO_ANALYSIS {
        return detail::in_time(threading_rwlock_acquire_write_timeout(handle_.get(), seconds),
                               "threading_rwlock_acquire_write_timeout");
    }

    bool read_timeout(double seconds) THREADING_NO_ANALYSIS {
        return detail::in_time(threading_rwlock_acquire_read_timeout(handle_.get(), seconds),
                               "threading_rwlock_acquire_read_timeout");
    }

    detail::owner<threading_rwlock, threading_rwlock_destroy> handle_;
};

} // namespace threading

#endif
