// A timer: a callable that is called once, after a while.
#ifndef THREADING_TIMER_HPP
#define THREADING_TIMER_HPP

#include <memory>
#include <utility>

#include <threading/detail/timer_members.hpp>

namespace threading {

/// A timer (Python: `threading.Timer`): it has all that a thread has, and costs no thread of the
/// operating system while it is pending. A million of them are an ordinary load.
///
/// What the callable throws comes out of every `join`; an excepthook hears of it at once, in its
/// thread. Without one it is printed, but not if a `join` has thrown it before the object goes.
///
/// The destructor cancels the timer, and waits for a callable that runs already, because that may
/// refer to what goes next; not if the timer was made a daemon by `set_daemon`. After `detach` the
/// timer fires by itself. It can be moved; an object is for one thread at a time, but any number
/// may join.
class timer : public detail::timer_members<timer> {
public:
    /// Makes a timer, to be started by `start`: that much later it calls `f` with `args`, copied or
    /// moved into it as `std::thread` does. 0 or less calls at once. Throws `invalid_argument` for
    /// NaN and more than 292 years, `no_resources`.
    template <class Rep, class Period, class F, class... Args>
    explicit timer(const std::chrono::duration<Rep, Period> &interval, F &&f, Args &&...args)
        : timer(detail::rounded_up(detail::exact_seconds(interval)),
                detail::make_task<void>("threading_timer_new", std::forward<F>(f),
                                        std::forward<Args>(args)...)) {}

    timer(timer &&other) noexcept { take(other); }
    timer &operator=(timer &&other) noexcept {
        if (this != &other) {
            end();
            take(other);
        }
        return *this;
    }
    ~timer() { end(); }

    /// Cancels the timer: if its callable has not begun, it will not be called. Says whether this
    /// call has prevented it. Never blocks; `join` waits for a callable that runs. Throws
    /// `invalid_handle`.
    bool cancel() {
        bool prevented = false;
        detail::check(threading_timer_cancel(handle_, &prevented), "threading_timer_cancel");
        if (prevented) {
            task_->abandon();
        }
        return prevented;
    }

    /// Detaches the timer: if it was started it fires all the same, and this object has none any
    /// more. One that was not started never fires. What it refers to must outlive it. Throws `busy`
    /// while it is being started, `invalid_handle` if there is none.
    void detach() {
        if (THREADING_IS_NULL(handle_)) {
            detail::fail(THREADING_INVALID_HANDLE, "threading_timer_destroy");
        }
        detail::check(destroy(), "threading_timer_destroy");
    }

private:
    timer(double interval, const std::shared_ptr<detail::task> &task)
        : timer_members(detail::make<threading_timer>("threading_timer_new", threading_timer_new,
                                                      interval, &detail::task::run,
                                                      static_cast<void *>(task.get())),
                        task) {}

    threading_status destroy() noexcept {
        const bool never_started = threading_thread_ident(thread_) == 0;
        const threading_status status = threading_timer_destroy(handle_);
        if (status == THREADING_OK) {
            if (never_started) {
                task_->abandon();
            }
            task_->let_go();
            forget();
        }
        return status;
    }

    void end() noexcept {
        if (THREADING_IS_NULL(handle_)) {
            return;
        }
        bool prevented = false;
        threading_timer_cancel(handle_, &prevented);
        if (prevented) {
            task_->abandon();
        } else if (!detached_at_end_ && is_alive_elsewhere()) {
            threading_thread_join(thread_);
        }
        if (destroy() != THREADING_OK) {
            task_->let_go();
        }
    }
};

} // namespace threading

#endif
