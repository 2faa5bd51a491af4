// A periodic timer: a callable that is called again and again.
#ifndef THREADING_PERIODIC_TIMER_HPP
#define THREADING_PERIODIC_TIMER_HPP

#include <functional>
#include <memory>
#include <utility>

#include <threading/detail/owner.hpp>
#include <threading/detail/task.hpp>
#include <threading/detail/thread_members.hpp>
#include <threading/thread_reference.hpp>

namespace threading {

namespace detail {

// A callable that is called for each run, and goes with the task.
template <class F>
class repeated_task final : public task {
public:
    template <class Given>
    explicit repeated_task(Given &&given) : callable_(std::forward<Given>(given)) {}

private:
    void call() override { static_cast<void>(std::invoke(callable_)); }
    void drop() noexcept override {}

    F callable_;
};

} // namespace detail

/// A timer that calls its callable again and again, without drift: the first time after `first`,
/// and then at each multiple of `period` after that. Two runs never overlap; those that are due
/// while one goes on are left out. It ends when it is cancelled, which its callable may do as well,
/// with the end of the process, or when its callable throws: that comes out of every `join`.
///
/// The destructor cancels the timer, and waits for a run that goes on, because that may refer to
/// what goes next; not if the timer was made a daemon by `set_daemon`. It can be moved; an object
/// is for one thread at a time, but any number may join.
class periodic_timer : public detail::thread_members<periodic_timer> {
public:
    /// Makes a timer, to be started by `start`, with a copy of `f`. Throws `invalid_argument` for 0
    /// or less, NaN, and more than 292 years, `no_resources`.
    template <class Rep1, class Period1, class Rep2, class Period2, class F>
    periodic_timer(const std::chrono::duration<Rep1, Period1> &first,
                   const std::chrono::duration<Rep2, Period2> &period, F &&f)
        : periodic_timer(detail::rounded_up(detail::exact_seconds(first)),
                         detail::rounded_up(detail::exact_seconds(period)),
                         make_task(std::forward<F>(f))) {}

    periodic_timer(periodic_timer &&other) noexcept { take(other); }
    periodic_timer &operator=(periodic_timer &&other) noexcept {
        if (this != &other) {
            end();
            take(other);
        }
        return *this;
    }
    ~periodic_timer() { end(); }

    /// Starts the timer. One that was cancelled ends at once. Not for a temporary, whose end would
    /// cancel it. Throws `already_started`, `no_resources` (and then it can be started again
    /// later), `shutting_down`, `invalid_handle`.
    void start() & { detail::check(threading_timer_start(handle_), "threading_timer_start"); }

    /// Cancels the timer: no run begins any more. Says whether this call has prevented one. Never
    /// blocks; `join` waits for a run that goes on. Throws `invalid_handle`.
    bool cancel() {
        bool prevented = false;
        detail::check(threading_timer_cancel(handle_, &prevented), "threading_timer_cancel");
        return prevented;
    }

    /// Moves the next run to so long from now, from which on the periods count, and says whether it
    /// was in time for that. Never blocks. Throws `not_started`, `invalid_argument` for NaN and
    /// more than 292 years, `invalid_handle`.
    template <class Rep, class Period>
    bool rearm(const std::chrono::duration<Rep, Period> &interval) {
        bool rearmed = false;
        const double seconds = detail::rounded_up(detail::exact_seconds(interval));
        detail::check(threading_timer_rearm(handle_, seconds, &rearmed), "threading_timer_rearm");
        return rearmed;
    }

    /// Says whether the process may end during a run. Throws `already_started`, `invalid_handle`.
    void set_daemon(bool daemon) {
        detail::check(threading_thread_set_daemon(thread_, daemon), "threading_thread_set_daemon");
        detached_at_end_ = daemon;
    }

    /// Names the timer's thread without owning it.
    [[nodiscard]] thread_reference reference() const noexcept { return thread_reference(thread_); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_timer handle() const noexcept { return handle_; }

private:
    friend class detail::thread_members<periodic_timer>;
    [[nodiscard]] threading_thread thread_handle() const noexcept { return thread_; }

    template <class F>
    static std::shared_ptr<detail::task> make_task(F &&f) {
        detail::refuse_null<std::decay_t<F>>(f, "threading_timer_new_periodic");
        return std::make_shared<detail::repeated_task<std::decay_t<F>>>(std::forward<F>(f));
    }

    periodic_timer(double first, double period, std::shared_ptr<detail::task> task)
        : handle_(detail::make<threading_timer>(
              "threading_timer_new_periodic", threading_timer_new_periodic, first, period,
              &detail::task::run_again, static_cast<void *>(task.get()))),
          thread_(threading_timer_thread(handle_)), task_(std::move(task)) {
        detail::task::keep(task_);
    }

    void rethrow() const { task_->rethrow(); }

    void take(periodic_timer &other) noexcept {
        handle_ = std::exchange(other.handle_, threading_timer{});
        thread_ = std::exchange(other.thread_, threading_thread{});
        task_ = std::move(other.task_);
        detached_at_end_ = std::exchange(other.detached_at_end_, false);
    }

    // A callable that destroys its own timer cannot wait for itself.
    void end() noexcept {
        if (THREADING_IS_NULL(handle_)) {
            return;
        }
        threading_timer_cancel(handle_, nullptr);
        const bool is_alive_elsewhere = is_alive() && ident() != threading_get_ident();
        if (is_alive_elsewhere && !detached_at_end_) {
            threading_thread_join(thread_);
        }
        task_->let_go();
        if (!is_alive_elsewhere || !detached_at_end_) {
            detail::task::keep_no_more(task_);
        } // Else a run may go on, and the task stays for the rest of the process.
        threading_timer_destroy(handle_);
        task_.reset();
        handle_ = threading_timer{};
        thread_ = threading_thread{};
    }

    threading_timer handle_ = THREADING_NULL;
    threading_thread thread_ = THREADING_NULL;
    std::shared_ptr<detail::task> task_;
    bool detached_at_end_ = false;
};

} // namespace threading

#endif
