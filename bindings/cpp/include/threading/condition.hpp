// A condition: threads that hold a lock wait until another one that holds it tells them to look
// again.
#ifndef THREADING_CONDITION_HPP
#define THREADING_CONDITION_HPP

#include <chrono>
#include <cstddef>
#include <exception>
#include <limits>
#include <string>
#include <type_traits>

#include <threading/detail/callback.hpp>
#include <threading/detail/name.hpp>
#include <threading/detail/owner.hpp>
#include <threading/duration.hpp>
#include <threading/lock.hpp>
#include <threading/rlock.hpp>

namespace threading {

namespace detail {

template <class Time>
inline constexpr bool is_plain_time = false;
template <class Rep, class Period>
inline constexpr bool is_plain_time<std::chrono::duration<Rep, Period>> = true;
template <class Clock, class Duration>
inline constexpr bool is_plain_time<std::chrono::time_point<Clock, Duration>> = true;
template <class Predicate>
inline constexpr bool is_predicate =
    std::is_invocable_r_v<bool, std::remove_reference_t<Predicate> &>;
template <class Time>
inline constexpr bool is_time = is_plain_time<std::remove_cv_t<std::remove_reference_t<Time>>>;

} // namespace detail

#ifdef THREADING_CONDITIONS_ARE_LOCKS
#define THREADING_NEEDS_LOCK_ THREADING_REQUIRES(*this)
#else
#define THREADING_NEEDS_LOCK_
#endif
#define THREADING_TAKES_NO_LOCK_                                                                   \
    "a threading::condition is its own lock, and its waits take no other: hold it with "           \
    "std::unique_lock lock(condition), "                                                           \
    "and call condition.wait() or condition.wait(predicate)"

/// A condition (Python: `threading.Condition`). It has the members of its lock, so guards take the
/// condition itself; several conditions may share one lock. Waiters are notified in the order in
/// which they came, and none is woken without a notify. It can be moved, but not while another
/// thread calls it.
///
/// A predicate is called with the lock held, first before any wait and then after each notify. What
/// it throws comes out of the wait, with the lock held.
///
/// clang's analysis cannot know by which name the lock is held, so `wait` and `notify` ask it
/// nothing. A program that holds each condition by its own name, with `threading::lock_guard` or
/// `lock`, defines THREADING_CONDITIONS_ARE_LOCKS before it includes this: then it hears of each
/// wait and notify without the lock. `holds` is for the exceptions.
class THREADING_CAPABILITY_("condition") THREADING_REENTRANT_ condition {
public:
    /// Makes a condition on an rlock of its own. Throws `no_resources`.
    condition()
        : handle_(detail::make<threading_condition>("threading_condition_new",
                                                    threading_condition_new)) {}

    /// Makes a condition on a lock, which has to live longer. Throws `invalid_handle`, `destroyed`,
    /// `no_resources`.
    explicit condition(const threading::lock &shared)
        : handle_(detail::make<threading_condition>("threading_condition_new_with_lock",
                                                    threading_condition_new_with_lock,
                                                    shared.handle())) {}

    /// Makes a condition on an rlock, which has to live longer. Throws `invalid_handle`,
    /// `destroyed`, `no_resources`.
    explicit condition(const threading::rlock &shared)
        : handle_(detail::make<threading_condition>("threading_condition_new_with_rlock",
                                                    threading_condition_new_with_rlock,
                                                    shared.handle())) {}

    /// Makes a condition with a name, on an rlock of its own. Throws `invalid_argument` for a name
    /// that is not UTF-8 or has a NUL in it, `no_resources`.
    explicit condition(const std::string &name) : condition() { set_name(name); }

    /// Makes a condition with a name on a lock, which has to live longer. Throws `invalid_argument`
    /// too, for a name that is not UTF-8 or has a NUL in it.
    condition(const threading::lock &shared, const std::string &name) : condition(shared) {
        set_name(name);
    }

    /// Makes a condition with a name on an rlock, which has to live longer. Throws
    /// `invalid_argument` too, for a name that is not UTF-8 or has a NUL in it.
    condition(const threading::rlock &shared, const std::string &name) : condition(shared) {
        set_name(name);
    }

    /// Takes the condition's lock, waiting as long as it takes. Throws `invalid_handle`,
    /// `destroyed`, `no_resources`, and `overflow` for an rlock.
    void lock() THREADING_ACQUIRE_() THREADING_NO_ANALYSIS {
        detail::check(threading_condition_acquire(handle_.get()), "threading_condition_acquire");
    }

    /// Takes the condition's lock if that is possible at this moment, and says whether it did.
    /// Throws as `lock` does.
    [[nodiscard]] bool try_lock() THREADING_TRY_ACQUIRE_(true) THREADING_NO_ANALYSIS {
        return detail::in_time(threading_condition_try_acquire(handle_.get()),
                               "threading_condition_try_acquire");
    }

    /// Takes the condition's lock, waiting for at most that time, and says whether it did. 0 or
    /// less polls. Throws as `lock` does, and `invalid_argument` for NaN.
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(const std::chrono::duration<Rep, Period> &time)
        THREADING_TRY_ACQUIRE_(true) THREADING_NO_ANALYSIS {
        return acquire_timeout(detail::timeout(time));
    }

    /// Takes the condition's lock, waiting at most until that clock shows that moment, and says
    /// whether it did.
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_until(const std::chrono::time_point<Clock, Duration> &moment)
        THREADING_TRY_ACQUIRE_(true) THREADING_NO_ANALYSIS {
        return detail::wait_until(moment,
                                  [this](double seconds) { return acquire_timeout(seconds); });
    }

    /// Releases the condition's lock; of an rlock, one level. Throws `not_acquired`, `not_owner`,
    /// `invalid_handle`, `destroyed`.
    void unlock() THREADING_RELEASE_() THREADING_NO_ANALYSIS {
        detail::check(threading_condition_release(handle_.get()), "threading_condition_release");
    }

    /// Whether somebody holds the lock at this moment; false for a closed or moved-from condition.
    [[nodiscard]] bool locked() const noexcept { return threading_condition_locked(handle_.get()); }

    /// Releases the lock (all levels, if it is an rlock), waits for a notify, and takes the lock
    /// again, as deep as before. Check in a loop for what you wait for. The caller holds the lock:
    /// throws `not_acquired` or `not_owner` if not; `invalid_handle`, `destroyed`, `no_resources`.
    void wait() THREADING_NEEDS_LOCK_ {
        detail::check(threading_condition_wait(handle_.get()), "threading_condition_wait");
    }

    /// Waits until the predicate holds. The caller holds the lock. Throws as `wait()` does, and
    /// what the predicate throws.
    template <class Predicate>
    void wait(Predicate &&predicate) THREADING_NEEDS_LOCK_ {
        static_assert(detail::is_predicate<Predicate>, THREADING_TAKES_NO_LOCK_);
        wait_predicate(predicate, std::numeric_limits<double>::infinity());
    }

    /// Waits for a notify, for at most that time, and then until the lock is free; says whether one
    /// came. 0 or less polls. The caller holds the lock. Throws as `wait()` does, and
    /// `invalid_argument` for NaN.
    template <class Rep, class Period>
    bool wait_for(const std::chrono::duration<Rep, Period> &time) THREADING_NEEDS_LOCK_ {
        return wait_timeout(detail::timeout(time));
    }

    /// Waits until the predicate holds, for at most that time; returns what the predicate said
    /// last. After the time has run out it is asked once more. The caller holds the lock. Throws as
    /// `wait_for(time)` does, and what the predicate throws.
    template <class Rep, class Period, class Predicate>
    bool wait_for(const std::chrono::duration<Rep, Period> &time,
                  Predicate &&predicate) THREADING_NEEDS_LOCK_ {
        static_assert(detail::is_predicate<Predicate>, THREADING_TAKES_NO_LOCK_);
        return wait_predicate(predicate, detail::timeout(time));
    }

    /// Waits for a notify, at most until that clock shows that moment; says whether one came.
    /// Throws as `wait_for(time)` does.
    template <class Clock, class Duration>
    bool wait_until(const std::chrono::time_point<Clock, Duration> &moment) THREADING_NEEDS_LOCK_ {
        return detail::wait_until(moment, [this](double seconds) { return wait_timeout(seconds); });
    }

    /// Waits until the predicate holds, at most until that clock shows that moment; returns what
    /// the predicate said last.
    template <class Clock, class Duration, class Predicate>
    bool wait_until(const std::chrono::time_point<Clock, Duration> &moment,
                    Predicate &&predicate) THREADING_NEEDS_LOCK_ {
        static_assert(detail::is_predicate<Predicate>, THREADING_TAKES_NO_LOCK_);
        return detail::wait_until(
            moment, [&](double seconds) { return wait_predicate(predicate, seconds); });
    }

    // Calls as those of std::condition_variable, which a reader of C++ will try: they do not
    // compile, and say why.
    template <class Lock, class Predicate>
    void wait(Lock &&, Predicate &&) {
        static_assert(!std::is_same_v<Lock, Lock>, THREADING_TAKES_NO_LOCK_);
    }
    template <class Lock, class Time, class... Predicate,
              class = std::enable_if_t<!detail::is_time<Lock>>>
    bool wait_for(Lock &&, Time &&, Predicate &&...) {
        static_assert(detail::is_time<Lock>, THREADING_TAKES_NO_LOCK_);
        return false;
    }
    template <class Lock, class Time, class... Predicate,
              class = std::enable_if_t<!detail::is_time<Lock>>>
    bool wait_until(Lock &&, Time &&, Predicate &&...) {
        static_assert(detail::is_time<Lock>, THREADING_TAKES_NO_LOCK_);
        return false;
    }

    /// Wakes waiters, at most `n`, those first who came first; they go on when the caller has
    /// released the lock. 0 wakes nobody. The caller holds the lock: throws `not_acquired` or
    /// `not_owner` if not; `invalid_handle`, `destroyed`. Never blocks.
    void notify(std::size_t n = 1) THREADING_NEEDS_LOCK_ {
        detail::check(threading_condition_notify(handle_.get(), n), "threading_condition_notify");
    }

    /// `notify(1)`, by the standard's name.
    void notify_one() THREADING_NEEDS_LOCK_ { notify(1); }

    /// Wakes all who wait at this moment. Throws as `notify` does.
    void notify_all() THREADING_NEEDS_LOCK_ {
        detail::check(threading_condition_notify_all(handle_.get()),
                      "threading_condition_notify_all");
    }

    /// Says to clang's analysis that the caller holds the lock, by another name. It does nothing.
    void holds() const noexcept THREADING_ASSERT_HELD_() {}

    /// The name, in UTF-8; empty if it has none. Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle_.get(), threading_condition_name, "threading_condition_name");
    }

    /// Renames the condition; an empty name is none. The name tells people what it is for. Throws
    /// `invalid_argument` for a name that is not UTF-8 or has a NUL in it, `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void set_name(const std::string &name) {
        detail::set_name(handle_.get(), name, threading_condition_set_name,
                         "threading_condition_set_name");
    }

    /// Ends the condition: every later call throws `destroyed`; a lock that it was made with lives
    /// on. Throws `busy` if threads wait for it or hold its own rlock, and then nothing has
    /// changed. The destructor does the same without throwing.
    void close() { detail::check(handle_.close(), "threading_condition_destroy"); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_condition handle() const noexcept { return handle_.get(); }

private:
    template <class Predicate>
    struct question {
        Predicate &predicate;
        std::exception_ptr exception;

        static bool ask(void *context) {
            auto &self = *static_cast<question *>(context);
            try {
                return static_cast<bool>(self.predicate());
            } catch (...) {
                self.exception = detail::carry();
                // Ends the wait with the lock held.
                return true;
            }
        }
    };

    template <class Predicate>
    bool wait_predicate(Predicate &predicate, double seconds) {
        // What is none has been refused. Another error about the same mistake would hide the one
        // that says what to do.
        if constexpr (detail::is_predicate<Predicate>) {
            return wait_until_true(predicate, seconds);
        } else {
            return false;
        }
    }

    template <class Predicate>
    bool wait_until_true(Predicate &predicate, double seconds) {
        detail::refuse_null(predicate, "threading_condition_wait_for_timeout");
        question<Predicate> asked{predicate, nullptr};
        const bool holds =
            detail::in_time(threading_condition_wait_for_timeout(
                                handle_.get(), question<Predicate>::ask, &asked, seconds),
                            "threading_condition_wait_for_timeout");
        if (asked.exception) {
            std::rethrow_exception(asked.exception);
        }
        return holds;
    }

    bool wait_timeout(double seconds) {
        return detail::in_time(threading_condition_wait_timeout(handle_.get(), seconds),
                               "threading_condition_wait_timeout");
    }

    bool acquire_timeout(double seconds) THREADING_NO_ANALYSIS {
        return detail::in_time(threading_condition_acquire_timeout(handle_.get(), seconds),
                               "threading_condition_acquire_timeout");
    }

    detail::owner<threading_condition, threading_condition_destroy> handle_;
};

#undef THREADING_NEEDS_LOCK_
#undef THREADING_TAKES_NO_LOCK_

} // namespace threading

#endif
