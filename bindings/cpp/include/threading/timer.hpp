// A timer: a callable that is called once, after a while.
#ifndef THREADING_TIMER_HPP
#define THREADING_TIMER_HPP

#include <memory>
#include <utility>

#include <threading/detail/owner.hpp>
#include <threading/detail/task.hpp>
#include <threading/detail/thread_members.hpp>
#include <threading/thread_reference.hpp>

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
class timer : public detail::thread_members<timer> {
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

    /// Starts the timer. One that was cancelled ends at once. Not for a temporary, whose end would
    /// cancel it. Throws `already_started`, `no_resources` (and then it can be started again
    /// later), `shutting_down`, `invalid_handle`.
    void start() & { detail::check(threading_timer_start(handle_), "threading_timer_start"); }

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

    /// Has a timer that is pending fire so long from now, and says whether it was in time for that:
    /// a watchdog calls this at each sign of life. Never blocks. Throws `not_started`,
    /// `invalid_argument` for NaN and more than 292 years, `invalid_handle`.
    template <class Rep, class Period>
    bool rearm(const std::chrono::duration<Rep, Period> &interval) {
        bool rearmed = false;
        const double seconds = detail::rounded_up(detail::exact_seconds(interval));
        detail::check(threading_timer_rearm(handle_, seconds, &rearmed), "threading_timer_rearm");
        return rearmed;
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

    /// Says whether the process may end without it. Throws `already_started`, `invalid_handle`.
    void set_daemon(bool daemon) {
        detail::check(threading_thread_set_daemon(thread_, daemon), "threading_thread_set_daemon");
        detached_at_end_ = daemon;
    }

    /// Names the timer's thread without owning it.
    [[nodiscard]] thread_reference reference() const noexcept { return thread_reference(thread_); }

    /// The handle for the C functions; it stays this object's. Do not cancel it past this object,
    /// which would not hear of it.
    [[nodiscard]] threading_timer handle() const noexcept { return handle_; }

private:
    friend class detail::thread_members<timer>;
    [[nodiscard]] threading_thread thread_handle() const noexcept { return thread_; }

    timer(double interval, std::shared_ptr<detail::task> task)
        : handle_(detail::make<threading_timer>("threading_timer_new", threading_timer_new,
                                                interval, &detail::task::run,
                                                static_cast<void *>(task.get()))),
          thread_(threading_timer_thread(handle_)), task_(std::move(task)) {
        detail::task::keep(task_);
    }

    void rethrow() const { task_->rethrow(); }

    void take(timer &other) noexcept {
        handle_ = std::exchange(other.handle_, threading_timer{});
        thread_ = std::exchange(other.thread_, threading_thread{});
        task_ = std::move(other.task_);
        detached_at_end_ = std::exchange(other.detached_at_end_, false);
    }

    threading_status destroy() noexcept {
        const bool never_started = threading_thread_ident(thread_) == 0;
        const threading_status status = threading_timer_destroy(handle_);
        if (status == THREADING_OK) {
            if (never_started) {
                task_->abandon();
            }
            task_->let_go();
            task_.reset();
            handle_ = threading_timer{};
            thread_ = threading_thread{};
        }
        return status;
    }

    // A callable that destroys its own timer cannot wait for itself.
    void end() noexcept {
        if (THREADING_IS_NULL(handle_)) {
            return;
        }
        bool prevented = false;
        threading_timer_cancel(handle_, &prevented);
        if (prevented) {
            task_->abandon();
        } else if (!detached_at_end_ && is_alive() && ident() != threading_get_ident()) {
            threading_thread_join(thread_);
        }
        if (destroy() != THREADING_OK) {
            task_->let_go();
        }
    }

    threading_timer handle_ = THREADING_NULL;
    threading_thread thread_ = THREADING_NULL;
    std::shared_ptr<detail::task> task_;
    bool detached_at_end_ = false;
};

} // namespace threading

#endif
