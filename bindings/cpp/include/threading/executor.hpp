// An executor: threads that run what is submitted to them; and the futures of that.
#ifndef THREADING_EXECUTOR_HPP
#define THREADING_EXECUTOR_HPP

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include <threading/detail/name.hpp>
#include <threading/detail/owner.hpp>
#include <threading/detail/report.hpp>
#include <threading/detail/task.hpp>
#include <threading/duration.hpp>
#include <threading/stop.hpp>
#include <threading/thread_of.hpp>
#include <threading/thread_reference.hpp>

namespace threading {

namespace detail {

class submission;

// What was submitted to an executor and has not begun. A task that is cancelled never takes itself
// out: so the executor or its future does.
struct submissions {
    std::mutex mutex;
    std::unordered_map<submission *, std::shared_ptr<submission>> held;

    void keep(const std::shared_ptr<submission> &one) {
        const std::lock_guard<std::mutex> guard(mutex);
        held.emplace(one.get(), one);
    }
    std::shared_ptr<submission> take(submission *one) noexcept {
        const std::lock_guard<std::mutex> guard(mutex);
        const auto found = held.find(one);
        if (found == held.end()) {
            return nullptr;
        }
        std::shared_ptr<submission> taken = std::move(found->second);
        held.erase(found);
        return taken;
    }
};

// A callable with its arguments, and what became of it.
class submission {
public:
    explicit submission(std::shared_ptr<submissions> home) noexcept : home_(std::move(home)) {}
    virtual ~submission() = default;

    // What the library calls.
    static void *run(void *argument) {
        auto *const self = static_cast<submission *>(argument);
        const std::shared_ptr<submission> kept = self->home_->take(self);
        try {
            kept->call();
        } catch (...) {
            kept->exception_ = carry();
        }
        return nullptr;
    }

    // It will not be called.
    void abandon() noexcept { const auto kept = home_->take(this); }

    void rethrow() const {
        if (exception_) {
            std::rethrow_exception(exception_);
        }
    }

private:
    virtual void call() = 0;

    std::shared_ptr<submissions> home_;
    std::exception_ptr exception_;
};

template <class R>
class submission_of final : public submission {
    using kept =
        std::conditional_t<std::is_reference_v<R>, std::remove_reference_t<R> *, std::optional<R>>;

public:
    submission_of(std::shared_ptr<submissions> home, std::unique_ptr<work<R>> work) noexcept
        : submission(std::move(home)), work_(std::move(work)) {}

    R result() {
        rethrow();
        if (!result_) {
            fail(THREADING_NO_VALUE, "threading::future::get");
        }
        return static_cast<R &&>(*result_);
    }

private:
    void call() override {
        const std::unique_ptr<work<R>> work = std::move(work_);
        if constexpr (std::is_reference_v<R>) {
            result_ = std::addressof(work->call());
        } else {
            result_.emplace(work->call());
        }
    }

    std::unique_ptr<work<R>> work_;
    kept result_{};
};

template <>
class submission_of<void> final : public submission {
public:
    submission_of(std::shared_ptr<submissions> home, std::unique_ptr<work<void>> work) noexcept
        : submission(std::move(home)), work_(std::move(work)) {}

    void result() { rethrow(); }

private:
    void call() override { std::exchange(work_, nullptr)->call(); }

    std::unique_ptr<work<void>> work_;
};

} // namespace detail

class executor;

/// What a callable that was submitted to an executor returns or throws, once it has. It can be
/// moved; any number of threads may wait, and one may `get`. The destructor gives the callable up:
/// it is called all the same. To take futures as they come, pass them to `wait_any`.
template <class R>
class future {
public:
    /// Has none; calls throw `invalid_handle`.
    future() noexcept : handle_(threading_future{}) {}

    /// Whether there is one: not after `get`.
    [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }

    /// Waits for the end of the callable, ends the future, and returns what the callable has
    /// returned, or throws what it has thrown. Throws `no_value` if it was cancelled or has ended
    /// its thread, `would_deadlock` in the callable itself, `invalid_handle`, `no_resources`.
    R get() {
        wait();
        future ended = std::move(*this);
        if (threading_future_was_cancelled(ended.handle_.get())) {
            detail::fail(THREADING_NO_VALUE, "threading_future_result");
        }
        return ended.state_->result();
    }

    /// Waits until the callable has returned or thrown, or was cancelled. A callable of an executor
    /// may wait for another: meanwhile it does not count among those that run. Throws as `get`.
    void wait() const {
        detail::check(threading_future_wait(handle_.get()), "threading_future_wait");
    }

    /// Waits for at most that time, and says whether it is done; 0 or less polls. Throws as `wait`,
    /// and `invalid_argument` for NaN.
    template <class Rep, class Period>
    bool wait_for(const std::chrono::duration<Rep, Period> &time) const {
        return wait_timeout(detail::timeout(time));
    }

    /// Waits at most until that clock shows that moment, and says whether it is done. Throws as
    /// `wait_for`.
    template <class Clock, class Duration>
    bool wait_until(const std::chrono::time_point<Clock, Duration> &moment) const {
        return detail::wait_until(moment, [this](double seconds) { return wait_timeout(seconds); });
    }

    /// Whether the callable has returned or thrown, or was cancelled.
    [[nodiscard]] bool is_done() const noexcept { return threading_future_is_done(handle_.get()); }

    /// Whether it was cancelled: it is never called.
    [[nodiscard]] bool was_cancelled() const noexcept {
        return threading_future_was_cancelled(handle_.get());
    }

    /// Cancels a callable that has not begun, and says whether this call has prevented it. Throws
    /// `invalid_handle`.
    bool cancel() {
        bool prevented = false;
        detail::check(threading_future_cancel(handle_.get(), &prevented),
                      "threading_future_cancel");
        if (prevented) {
            state_->abandon();
        }
        return prevented;
    }

    /// Names the thread in which the callable runs without owning it.
    [[nodiscard]] thread_reference reference() const noexcept {
        return thread_reference(threading_future_thread(handle_.get()));
    }

    /// The handle for the C functions; it stays this object's. Do not cancel it past this object.
    [[nodiscard]] threading_future handle() const noexcept { return handle_.get(); }

private:
    friend class executor;

    future(threading_future handle, std::shared_ptr<detail::submission_of<R>> state) noexcept
        : handle_(handle), state_(std::move(state)) {}

    bool wait_timeout(double seconds) const {
        return detail::in_time(threading_future_wait_timeout(handle_.get(), seconds),
                               "threading_future_wait_timeout");
    }

    detail::owner<threading_future, threading_future_destroy> handle_;
    std::shared_ptr<detail::submission_of<R>> state_;
};

/// Waits until a callable that was submitted has ended, as the other functions of this name wait.
/// The callable goes on when the stop comes.
template <class R>
errc wait_with(const future<R> &future, const stop &stop,
               std::chrono::duration<double> time = detail::for_ever) {
    return detail::ended(threading_future_wait_stop(future.handle(), time.count(), stop.handle()),
                         "threading_future_wait_stop");
}

/// An executor: threads that run callables, at most so many at once, in the order of their
/// submission. It can be moved, but not while another thread calls it. The destructor shuts it down
/// and waits for all callables; so an executor does not end in a callable of its own.
class executor {
public:
    /// The greatest number of callables that run at once.
    static constexpr std::size_t max() noexcept { return THREADING_EXECUTOR_MAX; }

    /// Makes an executor that runs at most so many callables at once; 0: a number that suits the
    /// machine. Throws `invalid_argument` for more than `max()`, `no_resources`.
    explicit executor(std::size_t max_workers = 0) : executor(max_workers, std::string()) {}

    /// Makes an executor with a name, which the names of its threads begin with. Throws
    /// `invalid_argument` also for a name that is not UTF-8 or has a NUL in it.
    executor(std::size_t max_workers, const std::string &name)
        : home_(std::make_shared<detail::submissions>()),
          handle_(detail::make<threading_executor>(
              "threading_executor_new", threading_executor_new, max_workers,
              detail::c_name(name, "threading_executor_new"))) {}

    executor(executor &&other) noexcept = default;
    executor &operator=(executor &&other) noexcept {
        if (this != &other) {
            end();
            home_ = std::move(other.home_);
            handle_ = std::move(other.handle_);
        }
        return *this;
    }
    ~executor() { end(); }

    /// Has a thread call `f` with `args`, copied or moved into it as `std::thread` does. Throws
    /// `shutting_down` after a shutdown, `no_resources`, `invalid_handle`, `destroyed`, and
    /// `invalid_argument` for a null function.
    template <class F, class... Args>
    future<detail::result_of<F, Args...>> submit(F &&f, Args &&...args) {
        using R = detail::result_of<F, Args...>;
        detail::refuse_null<std::decay_t<F>>(f, "threading_executor_submit");
        std::unique_ptr<detail::work<R>> work(
            new detail::bound_work<R, std::decay_t<F>, std::decay_t<Args>...>(
                std::forward<F>(f), std::forward<Args>(args)...));
        auto state = std::make_shared<detail::submission_of<R>>(home_, std::move(work));
        if (home_) {
            home_->keep(state);
        }
        threading_future handle = THREADING_NULL;
        detail::submission *const argument = state.get();
        const threading_status status = threading_executor_submit(
            handle_.get(), &detail::submission::run, static_cast<void *>(argument), &handle);
        if (status != THREADING_OK && home_) {
            state->abandon();
        }
        detail::check(status, "threading_executor_submit");
        return future<R>(handle, std::move(state));
    }

    /// Ends the submission, and waits for all callables, or for those that have begun if the others
    /// are to be cancelled. Throws `would_deadlock` in a callable of the executor, `no_resources`,
    /// `invalid_handle`, `destroyed`.
    void shutdown(bool cancel_pending = false) {
        detail::check(threading_executor_shutdown(handle_.get(), cancel_pending),
                      "threading_executor_shutdown");
        drop_cancelled();
    }

    /// As `shutdown`, but waits for at most that time, and says whether all have ended; 0 or less
    /// does not wait. Throws as `shutdown`, and `invalid_argument` for NaN.
    template <class Rep, class Period>
    bool shutdown_for(const std::chrono::duration<Rep, Period> &time, bool cancel_pending = false) {
        const double seconds = detail::timeout(time);
        const bool done = detail::in_time(
            threading_executor_shutdown_timeout(handle_.get(), cancel_pending, seconds),
            "threading_executor_shutdown_timeout");
        if (done) {
            drop_cancelled();
        }
        return done;
    }

    /// Whether it was shut down.
    [[nodiscard]] bool is_shut() const noexcept {
        return threading_executor_is_shut(handle_.get());
    }

    /// The name, in UTF-8; empty if it has none. Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle_.get(), threading_executor_name, "threading_executor_name");
    }

    /// Renames the executor; an empty name is none. Later threads are called after it. Throws
    /// `invalid_argument` for a name that is not UTF-8 or has a NUL in it, `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void set_name(const std::string &name) {
        detail::set_name(handle_.get(), name, threading_executor_set_name,
                         "threading_executor_set_name");
    }

    /// Ends the executor: every later call throws `destroyed`. Throws `busy` if a callable has not
    /// ended, and then nothing has changed.
    void close() { detail::check(handle_.close(), "threading_executor_destroy"); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_executor handle() const noexcept { return handle_.get(); }

private:
    // Nothing runs any more: what is left was cancelled.
    void drop_cancelled() noexcept {
        std::unordered_map<detail::submission *, std::shared_ptr<detail::submission>> left;
        if (home_) {
            const std::lock_guard<std::mutex> guard(home_->mutex);
            left.swap(home_->held);
        }
    }

    void end() noexcept {
        if (handle_.is_open() &&
            threading_executor_shutdown(handle_.get(), false) == THREADING_OK) {
            drop_cancelled();
        }
    }

    std::shared_ptr<detail::submissions> home_;
    detail::owner<threading_executor, threading_executor_destroy> handle_;
};

} // namespace threading

#endif
