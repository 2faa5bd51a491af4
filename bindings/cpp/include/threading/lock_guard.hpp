// A guard that clang's thread-safety analysis understands.
#ifndef THREADING_LOCK_GUARD_HPP
#define THREADING_LOCK_GUARD_HPP

#include <mutex>

#include <threading/status.hpp>

namespace threading {

/// Holds a lock, rlock or condition while it exists (Python: `with lock:`). It is `std::lock_guard`
/// with the annotations for clang's -Wthread-safety, which the standard library's guards lack. If
/// unlocking fails, because the block has unlocked or closed it already, the program ends by
/// `std::terminate`, as with the standard's guards.
template <class Lockable>
class [[nodiscard]] THREADING_ATTRIBUTE_(scoped_lockable) lock_guard {
public:
    /// Locks it; throws what its `lock` throws.
    explicit lock_guard(Lockable &lockable) THREADING_ACQUIRE_(lockable) : lockable_(lockable) {
        lockable_.lock();
    }

    /// Takes over one that the calling thread has locked.
    lock_guard(Lockable &lockable, std::adopt_lock_t) noexcept THREADING_REQUIRES(lockable)
        : lockable_(lockable) {}

    lock_guard(const lock_guard &) = delete;
    lock_guard &operator=(const lock_guard &) = delete;

    /// Unlocks it.
    ~lock_guard() THREADING_RELEASE_() { lockable_.unlock(); }

private:
    Lockable &lockable_;
};

} // namespace threading

#endif
