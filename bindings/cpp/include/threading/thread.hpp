// A thread.
#ifndef THREADING_THREAD_HPP
#define THREADING_THREAD_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <threading/detail/owner.hpp>
#include <threading/detail/task.hpp>
#include <threading/detail/thread_members.hpp>
#include <threading/thread_reference.hpp>

namespace threading {

/// What a thread is made with. In C++20: `threading::thread t({.name = "worker", .daemon = true},
/// work);`
struct thread_attributes {
    /// In UTF-8; an empty one becomes Thread-N.
    std::string name{};
    /// Whether the process may end without it; nothing: as the thread that makes it. In a thread
    /// that this library did not start that is true.
    std::optional<bool> daemon{};
    /// In bytes, at least 32,768; 0 is what `threading::stack_size` says.
    std::size_t stack_size = 0;
};

/// Says that a thread is to be started later, by `start`.
struct defer_start_t {
    explicit defer_start_t() = default;
};
/// Says that a thread is to be started later, by `start`.
inline constexpr defer_start_t defer_start{};

/// How urgently the operating system runs a thread, beside others that want the same processor.
enum class priority : std::int32_t {
    /// About a tenth of what a normal one gets, and all that nobody else wants.
    low = THREADING_PRIORITY_LOW,
    /// What threads have if nobody asks for more or less.
    normal = THREADING_PRIORITY_NORMAL,
    /// About ten times what a normal one gets.
    high = THREADING_PRIORITY_HIGH,
    /// Before all threads that are not real-time ones, as long as it wants.
    realtime = THREADING_PRIORITY_REALTIME,
};

class thread;

namespace detail {

// What is none of the other arguments of a thread's constructors is taken for the callable;
// make_task says if it is none.
template <class F, class Plain = std::decay_t<F>>
using enable_if_work =
    std::enable_if_t<!std::is_same_v<Plain, thread_attributes> &&
                     !std::is_same_v<Plain, defer_start_t> && !std::is_base_of_v<thread, Plain> &&
                     !std::is_convertible_v<Plain, std::shared_ptr<task>>>;

} // namespace detail

/// A thread (Python: `threading.Thread`), which runs a callable with arguments, both copied or
/// moved into it as `std::thread` does.
///
/// What the callable throws comes out of every `join`; an excepthook hears of it at once, in the
/// thread. Without one it is printed, but not if a `join` has thrown it before the object goes.
/// What the callable returns is for `thread_of`. A thread that ends by `threading::exit`,
/// pthread_exit or cancellation runs its destructors.
///
/// The destructor joins, as that of `std::jthread` does, because the callable may refer to what
/// goes next; an exception does not come out of it. A thread that was made a daemon, by its
/// attributes or `set_daemon`, is detached instead: it runs on by itself. So is one after `detach`.
/// A thread can be moved; an object is for one thread at a time, but any number may join.
class thread : public detail::thread_members<thread> {
public:
    /// Has no thread; calls throw `invalid_handle`.
    thread() noexcept = default;

    /// Makes a thread and starts it. Throws `no_resources`, `shutting_down`.
    template <class F, class... Args, class = detail::enable_if_work<F>>
    explicit thread(F &&f, Args &&...args)
        : thread(thread_attributes(), std::forward<F>(f), std::forward<Args>(args)...) {}

    /// Makes a thread with a name and more, and starts it. Throws `invalid_argument` for a name
    /// that is not UTF-8 or has a NUL in it and for a stack too small, `no_resources`,
    /// `shutting_down`.
    template <class F, class... Args, class = detail::enable_if_work<F>>
    explicit thread(const thread_attributes &attributes, F &&f, Args &&...args)
        : thread(attributes, detail::make_task<void>("threading_thread_new", std::forward<F>(f),
                                                     std::forward<Args>(args)...)) {
        start();
    }

    /// Makes a thread that `start` will start. Throws `no_resources`.
    template <class F, class... Args, class = detail::enable_if_work<F>>
    explicit thread(defer_start_t, F &&f, Args &&...args)
        : thread(thread_attributes(),
                 detail::make_task<void>("threading_thread_new", std::forward<F>(f),
                                         std::forward<Args>(args)...)) {}

    /// Makes a thread with a name and more that `start` will start. Throws `invalid_argument`,
    /// `no_resources`.
    template <class F, class... Args, class = detail::enable_if_work<F>>
    explicit thread(defer_start_t, const thread_attributes &attributes, F &&f, Args &&...args)
        : thread(attributes, detail::make_task<void>("threading_thread_new", std::forward<F>(f),
                                                     std::forward<Args>(args)...)) {}

    thread(thread &&other) noexcept { take(other); }
    thread &operator=(thread &&other) noexcept {
        if (this != &other) {
            end();
            take(other);
        }
        return *this;
    }
    ~thread() { end(); }

    /// Starts a thread that was made with `defer_start`; does not wait until it runs. Throws
    /// `already_started`, `no_resources` (and then it can be started again later), `shutting_down`,
    /// `invalid_handle`.
    void start() { detail::check(threading_thread_start(handle_), "threading_thread_start"); }

    /// Detaches the thread: it runs on by itself, and this object has none any more. One that was
    /// not started never runs. What it refers to must outlive it. Throws `busy` while it is being
    /// started, `invalid_handle` if there is none.
    void detach() {
        if (THREADING_IS_NULL(handle_)) {
            detail::fail(THREADING_INVALID_HANDLE, "threading_thread_destroy");
        }
        detail::check(destroy(), "threading_thread_destroy");
    }

    /// Says whether the process may end without it; the destructor then detaches it. Throws
    /// `already_started`, `invalid_handle`.
    void set_daemon(bool daemon) {
        detail::check(threading_thread_set_daemon(handle_, daemon), "threading_thread_set_daemon");
        detached_at_end_ = daemon;
    }

    /// Says how large its stack shall be, in bytes: at least 32,768; 0 is what
    /// `threading::stack_size` says at its start. Throws `already_started`, `invalid_argument`,
    /// `invalid_handle`.
    void set_stack_size(std::size_t bytes) {
        detail::check(threading_thread_set_stack_size(handle_, bytes),
                      "threading_thread_set_stack_size");
    }

    /// Has it run on these processors and on no others; they are numbered from 0, as the operating
    /// system does it. Before the start they are kept, and `start` throws what this would throw if
    /// the operating system refuses them. Throws `invalid_argument` for no processors, for those
    /// that it may not use and once it has ended, `not_permitted`, `no_resources`,
    /// `invalid_handle`.
    void set_affinity(const std::vector<std::uint32_t> &processors) {
        detail::check(threading_thread_set_affinity(handle_, processors.data(), processors.size()),
                      "threading_thread_set_affinity");
    }

    /// Says how urgently it runs. Before the start that is kept, and `start` throws what this would
    /// throw if the operating system forbids it. Throws `not_permitted`, `invalid_argument` once it
    /// has ended, `no_resources`, `invalid_handle`.
    void set_priority(priority wanted) {
        detail::check(threading_thread_set_priority(handle_, static_cast<std::int32_t>(wanted)),
                      "threading_thread_set_priority");
    }

    /// Names the thread without owning it.
    [[nodiscard]] thread_reference reference() const noexcept { return thread_reference(handle_); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_thread handle() const noexcept { return handle_; }

protected:
    /// For `thread_of`, which knows what its task returns.
    thread(const thread_attributes &attributes, std::shared_ptr<detail::task> task)
        : thread(detail::c_name(attributes.name, "threading_thread_new"), std::move(task)) {
        if (attributes.daemon) {
            set_daemon(*attributes.daemon);
        }
        if (attributes.stack_size != 0) {
            set_stack_size(attributes.stack_size);
        }
    }

    /// For `thread_of`.
    [[nodiscard]] detail::task &task() const noexcept { return *task_; }

private:
    friend class detail::thread_members<thread>;
    [[nodiscard]] threading_thread thread_handle() const noexcept { return handle_; }

    // All constructors come through here, so that the destructor runs if what they do then throws.
    thread(const char *name, std::shared_ptr<detail::task> task)
        : handle_(detail::make<threading_thread>("threading_thread_new", threading_thread_new, name,
                                                 &detail::task::run,
                                                 static_cast<void *>(task.get()))),
          task_(std::move(task)) {
        detail::task::keep(task_);
    }

    void rethrow() const { task_->rethrow(); }

    void take(thread &other) noexcept {
        handle_ = std::exchange(other.handle_, threading_thread{});
        task_ = std::move(other.task_);
        detached_at_end_ = std::exchange(other.detached_at_end_, false);
    }

    threading_status destroy() noexcept {
        const bool never_started = threading_thread_ident(handle_) == 0;
        const threading_status status = threading_thread_destroy(handle_);
        if (status == THREADING_OK) {
            if (never_started) {
                task_->abandon();
            }
            task_->let_go();
            task_.reset();
            handle_ = threading_thread{};
        }
        return status;
    }

    // A thread that destroys its own object cannot wait for itself: it is detached too.
    void end() noexcept {
        if (THREADING_IS_NULL(handle_)) {
            return;
        }
        if (!detached_at_end_ && is_alive() && ident() != threading_get_ident()) {
            threading_thread_join(handle_);
        }
        if (destroy() != THREADING_OK) {
            task_->let_go();
        }
    }

    threading_thread handle_ = THREADING_NULL;
    std::shared_ptr<detail::task> task_;
    bool detached_at_end_ = false;
};

} // namespace threading

#endif
