// What timers of one call and of many have in common: their handles, their callable, and most of
// what is done to them.
#ifndef THREADING_DETAIL_TIMER_MEMBERS_HPP
#define THREADING_DETAIL_TIMER_MEMBERS_HPP

#include <memory>
#include <utility>

#include <threading/detail/owner.hpp>
#include <threading/detail/task.hpp>
#include <threading/detail/thread_members.hpp>
#include <threading/thread_reference.hpp>

namespace threading::detail {

/// `Timer` ends what it owns itself, since what becomes of the callable then differs.
template <class Timer>
class timer_members : public thread_members<Timer> {
public:
    /// Starts the timer. One that was cancelled ends at once. Not for a temporary, whose end would
    /// cancel it. Throws `already_started`, `no_resources` (and then it can be started again
    /// later), `shutting_down`, `invalid_handle`.
    void start() & { check(threading_timer_start(handle_), "threading_timer_start"); }

    /// Has a timer that is pending fire so long from now, and says whether it was in time for that:
    /// a watchdog calls this at each sign of life. The periods of a periodic one count from then
    /// on. Never blocks. Throws `not_started`, `invalid_argument` for NaN and more than 292 years,
    /// `invalid_handle`.
    template <class Rep, class Period>
    bool rearm(const std::chrono::duration<Rep, Period> &interval) {
        bool rearmed = false;
        const double seconds = rounded_up(exact_seconds(interval));
        check(threading_timer_rearm(handle_, seconds, &rearmed), "threading_timer_rearm");
        return rearmed;
    }

    /// Says whether the process may end without it, or during its callable. Throws
    /// `already_started`, `invalid_handle`.
    void set_daemon(bool daemon) {
        check(threading_thread_set_daemon(thread_, daemon), "threading_thread_set_daemon");
        detached_at_end_ = daemon;
    }

    /// Names the timer's thread without owning it.
    [[nodiscard]] thread_reference reference() const noexcept { return thread_reference(thread_); }

    /// The handle for the C functions; it stays this object's. Do not cancel it past this object,
    /// which would not hear of it.
    [[nodiscard]] threading_timer handle() const noexcept { return handle_; }

protected:
    timer_members() noexcept = default;
    timer_members(threading_timer handle, const std::shared_ptr<task> &callable)
        : handle_(handle), thread_(threading_timer_thread(handle)), task_(callable) {
        task::keep(task_);
    }

    void take(timer_members &other) noexcept {
        handle_ = std::exchange(other.handle_, threading_timer{});
        thread_ = std::exchange(other.thread_, threading_thread{});
        task_ = std::move(other.task_);
        detached_at_end_ = std::exchange(other.detached_at_end_, false);
    }

    /// There is no timer any more.
    void forget() noexcept {
        task_.reset();
        handle_ = threading_timer{};
        thread_ = threading_thread{};
    }

    /// Whether the callable may run in another thread. One that destroys its own timer cannot wait
    /// for itself.
    [[nodiscard]] bool is_alive_elsewhere() const noexcept {
        return this->is_alive() && this->ident() != threading_get_ident();
    }

    threading_timer handle_ = THREADING_NULL;
    threading_thread thread_ = THREADING_NULL;
    std::shared_ptr<task> task_;
    bool detached_at_end_ = false;

private:
    friend class thread_members<Timer>;
    [[nodiscard]] threading_thread thread_handle() const noexcept { return thread_; }
    void rethrow() const { task_->rethrow(); }
};

} // namespace threading::detail

#endif
