// A periodic timer: a callable that is called again and again.
#ifndef THREADING_PERIODIC_TIMER_HPP
#define THREADING_PERIODIC_TIMER_HPP

#include <functional>
#include <memory>
#include <utility>

#include <threading/detail/timer_members.hpp>

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
class periodic_timer : public detail::timer_members<periodic_timer> {
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

    /// Cancels the timer: no run begins any more. Says whether this call has prevented one. Never
    /// blocks; `join` waits for a run that goes on. Throws `invalid_handle`.
    bool cancel() {
        bool prevented = false;
        detail::check(threading_timer_cancel(handle_, &prevented), "threading_timer_cancel");
        return prevented;
    }

private:
    template <class F>
    static std::shared_ptr<detail::task> make_task(F &&f) {
        detail::refuse_null<std::decay_t<F>>(f, "threading_timer_new_periodic");
        return std::make_shared<detail::repeated_task<std::decay_t<F>>>(std::forward<F>(f));
    }

    periodic_timer(double first, double period, const std::shared_ptr<detail::task> &task)
        : timer_members(detail::make<threading_timer>(
                            "threading_timer_new_periodic", threading_timer_new_periodic, first,
                            period, &detail::task::run_again, static_cast<void *>(task.get())),
                        task) {}

    void end() noexcept {
        if (THREADING_IS_NULL(handle_)) {
            return;
        }
        threading_timer_cancel(handle_, nullptr);
        const bool runs_elsewhere = is_alive_elsewhere();
        if (runs_elsewhere && !detached_at_end_) {
            threading_thread_join(thread_);
        }
        task_->let_go();
        if (!runs_elsewhere || !detached_at_end_) {
            detail::task::keep_no_more(task_);
        } // Else a run may go on, and the task stays for the rest of the process.
        threading_timer_destroy(handle_);
        forget();
    }
};

} // namespace threading

#endif
