// A thread that has a result.
#ifndef THREADING_THREAD_OF_HPP
#define THREADING_THREAD_OF_HPP

#include <type_traits>
#include <utility>

#include <threading/thread.hpp>

namespace threading {

namespace detail {

// What a call of copies of these returns.
template <class F, class... Args>
using result_of = std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>;

} // namespace detail

/// A thread whose `join` returns what its callable has returned: `threading::thread_of sum(add, 1,
/// 2); sum.join() == 3`. In all else it is a `thread`, and can be moved into one, which forgets the
/// result.
template <class R>
class thread_of : public thread {
public:
    /// Has no thread; calls throw `invalid_handle`.
    thread_of() noexcept = default;

    /// Makes a thread and starts it. Throws as `thread` does.
    template <class F, class... Args, class = detail::enable_if_work<F>>
    explicit thread_of(F &&f, Args &&...args)
        : thread_of(thread_attributes(), std::forward<F>(f), std::forward<Args>(args)...) {}

    /// Makes a thread with a name and more, and starts it. Throws as `thread` does.
    template <class F, class... Args, class = detail::enable_if_work<F>>
    explicit thread_of(const thread_attributes &attributes, F &&f, Args &&...args)
        : thread_of(defer_start, attributes, std::forward<F>(f), std::forward<Args>(args)...) {
        start();
    }

    /// Makes a thread that `start` will start. Throws as `thread` does.
    template <class F, class... Args, class = detail::enable_if_work<F>>
    explicit thread_of(defer_start_t, F &&f, Args &&...args)
        : thread_of(defer_start, thread_attributes(), std::forward<F>(f),
                    std::forward<Args>(args)...) {}

    /// Makes a thread with a name and more that `start` will start. Throws as `thread` does.
    template <class F, class... Args, class = detail::enable_if_work<F>>
    explicit thread_of(defer_start_t, const thread_attributes &attributes, F &&f, Args &&...args)
        : thread(attributes, detail::make_task<R>("threading_thread_new", std::forward<F>(f),
                                                  std::forward<Args>(args)...)) {}

    /// Waits for the thread's end, and returns the result or throws what the callable has thrown.
    /// The reference is valid as long as this object has the thread; move from it what cannot be
    /// copied. Throws as `thread::join` does, and `no_value` if the thread ended by
    /// `threading::exit`, pthread_exit or cancellation.
    std::add_lvalue_reference_t<R> join() const & {
        thread::join();
        return typed().result();
    }

    /// The same for an object that is about to go: the result itself.
    R join() && {
        thread::join();
        if constexpr (std::is_void_v<R> || std::is_reference_v<R>) {
            return typed().result();
        } else {
            return std::move(typed().result());
        }
    }

private:
    // By a reference to its base, an object can be given a thread that returns something else.
    [[nodiscard]] detail::task_of<R> &typed() const {
        auto *const typed = dynamic_cast<detail::task_of<R> *>(&task());
        if (typed == nullptr) {
            detail::fail(THREADING_NO_VALUE, "threading::thread_of::join");
        }
        return *typed;
    }
};

/// What the callable returns is what the thread is of.
template <class F, class... A>
thread_of(F &&, A &&...) -> thread_of<detail::result_of<F, A...>>;
/// The same with attributes.
template <class F, class... A>
thread_of(thread_attributes, F &&, A &&...) -> thread_of<detail::result_of<F, A...>>;
/// The same to be started later.
template <class F, class... A>
thread_of(defer_start_t, F &&, A &&...) -> thread_of<detail::result_of<F, A...>>;
/// The same with attributes, to be started later.
template <class F, class... A>
thread_of(defer_start_t, thread_attributes, F &&, A &&...) -> thread_of<detail::result_of<F, A...>>;

} // namespace threading

#endif
