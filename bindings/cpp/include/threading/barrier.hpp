// A barrier: threads wait at it until so many have come, and go on together.
#ifndef THREADING_BARRIER_HPP
#define THREADING_BARRIER_HPP

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <threading/detail/callback.hpp>
#include <threading/detail/name.hpp>
#include <threading/detail/owner.hpp>
#include <threading/duration.hpp>

namespace threading {

namespace detail {

class barrier_action {
public:
    virtual ~barrier_action() = default;

    // What the library calls, in the thread that came last.
    static bool run(void *context) {
        auto &self = *static_cast<barrier_action *>(context);
        try {
            return self.call();
        } catch (...) {
            self.carried.put(carry());
            return false;
        }
    }

    carried_exceptions carried;

private:
    virtual bool call() = 0;
};

template <class Action>
class bound_barrier_action final : public barrier_action {
public:
    explicit bound_barrier_action(Action action) : action_(std::move(action)) {
        refuse_null(action_, "threading_barrier_new");
    }

private:
    bool call() override {
        if constexpr (std::is_void_v<std::invoke_result_t<Action &>>) {
            action_();
            return true;
        } else {
            return static_cast<bool>(action_());
        }
    }

    Action action_;
};

} // namespace detail

/// A barrier (Python: `threading.Barrier`). It can be used again at once, and can be moved, but not
/// while another thread calls it.
class barrier {
public:
    /// Makes a barrier for that many threads, 1 to 67,108,863. Throws `invalid_argument` for 0 or
    /// more than that, `no_resources`.
    explicit barrier(std::size_t parties)
        : barrier(parties, std::unique_ptr<detail::barrier_action>()) {}

    /// Makes a barrier with an action: it is called without arguments in the thread that comes
    /// last, before all go on. If it returns false or throws, the barrier is broken; what it throws
    /// comes out of the `wait` of the thread that ran it. It may call anything but this barrier's
    /// `wait`.
    template <class Action, class = std::enable_if_t<std::is_invocable_v<std::decay_t<Action> &>>>
    barrier(std::size_t parties, Action &&action)
        : barrier(parties, std::unique_ptr<detail::barrier_action>(
                               std::make_unique<detail::bound_barrier_action<std::decay_t<Action>>>(
                                   std::forward<Action>(action)))) {}

    /// Makes a barrier with a name. Throws `invalid_argument` also for a name that is not UTF-8 or
    /// has a NUL in it.
    barrier(std::size_t parties, const std::string &name) : barrier(parties) { set_name(name); }

    /// Makes a barrier with an action and a name.
    template <class Action, class = std::enable_if_t<std::is_invocable_v<std::decay_t<Action> &>>>
    barrier(std::size_t parties, Action &&action, const std::string &name)
        : barrier(parties, std::forward<Action>(action)) {
        set_name(name);
    }

    /// A null pointer is neither an action nor a name.
    barrier(std::size_t parties, std::nullptr_t) = delete;

    barrier(barrier &&other) noexcept = default;
    barrier &operator=(barrier &&other) noexcept {
        if (this != &other) {
            end();
            action_ = std::move(other.action_);
            handle_ = std::move(other.handle_);
        }
        return *this;
    }
    ~barrier() { end(); }

    /// Waits until all have come; returns how many had come before, 0 to parties - 1. What each
    /// thread did before it came happens before the return of all. Throws `broken` if the barrier
    /// is or gets broken, or is reset meanwhile; `would_deadlock` in this barrier's action;
    /// `invalid_handle`, `destroyed`, `no_resources`, and what the action throws.
    std::size_t wait() {
        std::size_t index = 0;
        check(threading_barrier_wait(handle_.get(), &index), "threading_barrier_wait");
        return index;
    }

    /// Waits until all have come, for at most that time; 0 or less polls. Nothing is returned if
    /// the time ran out first: then the barrier is broken for all. While the action runs, a
    /// time-out waits for its end. Throws as `wait` does, and `invalid_argument` for NaN.
    template <class Rep, class Period>
    std::optional<std::size_t> wait_for(const std::chrono::duration<Rep, Period> &time) {
        return wait_timeout(detail::timeout(time));
    }

    /// Waits as `wait_for` does for the time until that clock shows that moment, measured once, at
    /// the beginning.
    template <class Clock, class Duration>
    std::optional<std::size_t> wait_until(const std::chrono::time_point<Clock, Duration> &moment) {
        return wait_timeout(detail::timeout_until(moment));
    }

    /// Sends away everyone who waits, with `broken`, and makes the barrier whole. Throws
    /// `invalid_handle`, `destroyed`.
    void reset() {
        detail::check(threading_barrier_reset(handle_.get()), "threading_barrier_reset");
    }

    /// Breaks the barrier: everyone who waits, and who comes, gets `broken`, until it is reset.
    /// Throws `invalid_handle`, `destroyed`.
    void abort() {
        detail::check(threading_barrier_abort(handle_.get()), "threading_barrier_abort");
    }

    /// For how many threads it was made; 0 for a closed or moved-from barrier.
    [[nodiscard]] std::size_t parties() const noexcept {
        return threading_barrier_parties(handle_.get());
    }

    /// How many threads have come and wait at this moment.
    [[nodiscard]] std::size_t n_waiting() const noexcept {
        return threading_barrier_n_waiting(handle_.get());
    }

    /// Whether it is broken.
    [[nodiscard]] bool broken() const noexcept { return threading_barrier_broken(handle_.get()); }

    /// The name, in UTF-8; empty if it has none. Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle_.get(), threading_barrier_name, "threading_barrier_name");
    }

    /// Renames the barrier; an empty name is none. The name tells people what it is for. Throws
    /// `invalid_argument` for a name that is not UTF-8 or has a NUL in it, `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void set_name(const std::string &name) {
        detail::set_name(handle_.get(), name, threading_barrier_set_name,
                         "threading_barrier_set_name");
    }

    /// Ends the barrier: every later call throws `destroyed`. Throws `busy` if threads wait at it
    /// or its action runs, and then nothing has changed. The destructor does the same without
    /// throwing.
    void close() { detail::check(handle_.close(), "threading_barrier_destroy"); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_barrier handle() const noexcept { return handle_.get(); }

private:
    barrier(std::size_t parties, std::unique_ptr<detail::barrier_action> action)
        : action_(std::move(action)),
          handle_(detail::make<threading_barrier>(
              "threading_barrier_new", threading_barrier_new, parties,
              action_ ? &detail::barrier_action::run : threading_action(),
              static_cast<void *>(action_.get()))) {}

    std::optional<std::size_t> wait_timeout(double seconds) {
        std::size_t index = 0;
        const threading_status status =
            threading_barrier_wait_timeout(handle_.get(), seconds, &index);
        if (status == THREADING_TIMEOUT) {
            return std::nullopt;
        }
        check(status, "threading_barrier_wait_timeout");
        return index;
    }

    void check(threading_status status, const char *function) {
        if (status == THREADING_BROKEN && action_) {
            action_->carried.rethrow();
        }
        detail::check(status, function);
    }

    // The action of a barrier that is in use stays with it.
    void end() noexcept {
        const threading_status status = handle_.is_open() ? handle_.close() : THREADING_OK;
        if (status == THREADING_BUSY) {
            static_cast<void>(action_.release());
        }
    }

    std::unique_ptr<detail::barrier_action> action_;
    detail::owner<threading_barrier, threading_barrier_destroy> handle_;
};

} // namespace threading

#endif
