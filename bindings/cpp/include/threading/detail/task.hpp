// A callable with its arguments, and what became of it: shared by the thread that runs it and the
// object that joins it.
#ifndef THREADING_DETAIL_TASK_HPP
#define THREADING_DETAIL_TASK_HPP

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <threading/detail/callback.hpp>
#include <threading/detail/report.hpp>

namespace threading::detail {

class task {
public:
    virtual ~task() = default;

    // What the library calls. From `keep` until then the task keeps itself; the thread's object may
    // go any time.
    static void *run(void *argument) {
        const std::shared_ptr<task> self = std::move(static_cast<task *>(argument)->self_);
        try {
            self->call();
        } catch (...) {
            self->exception_ = carry();
            self->fail_in(self);
        }
        return nullptr;
    }

    // What the library calls for each run of a periodic timer. The timer's object keeps the task
    // until no run can begin any more. What is not NULL ends the timer.
    static void *run_again(void *argument) {
        const std::shared_ptr<task> self = static_cast<task *>(argument)->self_;
        try {
            self->call();
            return nullptr;
        } catch (...) {
            self->exception_ = carry();
            self->fail_in(self);
            return argument;
        }
    }

    static void keep(const std::shared_ptr<task> &task) { task->self_ = task; }
    static void keep_no_more(const std::shared_ptr<task> &task) noexcept { task->self_.reset(); }

    // The library will not call it any more: what it holds goes now, for a caller that may keep the
    // object.
    void abandon() noexcept {
        drop();
        const std::shared_ptr<task> self = std::move(self_);
    }

    // After the thread's end.
    void rethrow() {
        if (exception_) {
            fate_ = fate::told;
            std::rethrow_exception(exception_);
        }
    }

    // Nobody will join the thread any more.
    void let_go() noexcept {
        fate expected = fate::open;
        if (!fate_.compare_exchange_strong(expected, fate::let_go) &&
            fate_.exchange(fate::told) == fate::unjoined) {
            report_late(exception_, thread_name_);
        }
    }

private:
    // What becomes of an exception. An excepthook hears of it at once, in the thread. Without one
    // it is printed, unless a join throws it: so it waits until one has, or until none can any
    // more.
    //
    // | open     | the callable has thrown nothing as yet, and a join may come            |
    // | let_go   | no join can come: what it throws is reported at once                   |
    // | unjoined | it has thrown, and no join has thrown that as yet                      |
    // | told     | a join has thrown it, or it was reported; nothing is left to be done   |
    enum class fate { open, let_go, unjoined, told };

    virtual void call() = 0;
    virtual void drop() noexcept = 0;

    // In the thread, in a handler of the exception.
    void fail_in(const std::shared_ptr<task> &self) noexcept {
        fate expected = fate::open;
        if (threading_has_excepthook() || !wait_for_join(self) ||
            !fate_.compare_exchange_strong(expected, fate::unjoined)) {
            fate_ = fate::told;
            report(exception_);
        }
    }

    // False: there is no memory to wait for a join with.
    bool wait_for_join(const std::shared_ptr<task> &self) noexcept {
        try {
            thread_name_ = threading_current_name();
            report_at_exit(self);
            return true;
        } catch (const std::exception &) {
            return false;
        }
    }

    // An object that is never destroyed lets go at the end of the process.
    static void report_at_exit(const std::shared_ptr<task> &self) {
        static std::mutex &mutex = *new std::mutex;
        static auto &failed = *new std::vector<std::weak_ptr<task>>;
        const auto let_all_go = [] {
            std::vector<std::weak_ptr<task>> left;
            {
                const std::lock_guard<std::mutex> guard(mutex);
                left.swap(failed);
            }
            for (const auto &each : left) {
                if (const auto task = each.lock()) {
                    task->let_go();
                }
            }
        };
        static const bool registered = std::atexit(let_all_go) == 0;
        const std::lock_guard<std::mutex> guard(mutex);
        failed.erase(std::remove_if(failed.begin(), failed.end(),
                                    [](const auto &each) { return each.expired(); }),
                     failed.end());
        failed.push_back(self);
        static_cast<void>(registered);
    }

    std::shared_ptr<task> self_;
    std::exception_ptr exception_;
    std::string thread_name_;
    std::atomic<fate> fate_{fate::open};
};

// A callable with its arguments, called once.
template <class R>
class work {
public:
    virtual ~work() = default;
    virtual R call() = 0;
};

// Called as std::thread calls: with decayed copies, as rvalues.
template <class R, class... Callable>
class bound_work final : public work<R> {
public:
    template <class... Given>
    explicit bound_work(Given &&...given) : callable_(std::forward<Given>(given)...) {}

    R call() override { return call(std::index_sequence_for<Callable...>()); }

private:
    template <std::size_t... place>
    R call(std::index_sequence<place...>) {
        if constexpr (std::is_void_v<R>) {
            static_cast<void>(std::invoke(std::move(std::get<place>(callable_))...));
        } else {
            return std::invoke(std::move(std::get<place>(callable_))...);
        }
    }

    std::tuple<Callable...> callable_;
};

// Keeps what its work returns until somebody asks. The work itself is destroyed in the thread,
// before its end.
template <class R>
class task_of final : public task {
    using kept =
        std::conditional_t<std::is_reference_v<R>, std::remove_reference_t<R> *, std::optional<R>>;

public:
    explicit task_of(std::unique_ptr<work<R>> work) noexcept : work_(std::move(work)) {}

    std::remove_reference_t<R> &result() {
        if (!result_) {
            fail(THREADING_NO_VALUE, "threading::thread_of::join");
        }
        return *result_;
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
    void drop() noexcept override { work_.reset(); }

    std::unique_ptr<work<R>> work_;
    kept result_{};
};

template <>
class task_of<void> final : public task {
public:
    explicit task_of(std::unique_ptr<work<void>> work) noexcept : work_(std::move(work)) {}

    void result() {}

private:
    void call() override { std::exchange(work_, nullptr)->call(); }
    void drop() noexcept override { work_.reset(); }

    std::unique_ptr<work<void>> work_;
};

template <class R, class F, class... Args>
std::shared_ptr<task_of<R>> make_task(const char *function, F &&f, Args &&...args) {
    static_assert(std::is_invocable_r_v<R, std::decay_t<F>, std::decay_t<Args>...>,
                  "a thread needs something that can be called with these arguments, which it gets "
                  "as rvalues: std::ref hands on a "
                  "reference, and a name stands in braces, as in thread({\"name\"}, f)");
    refuse_null<std::decay_t<F>>(f, function);
    std::unique_ptr<work<R>> work(new bound_work<R, std::decay_t<F>, std::decay_t<Args>...>(
        std::forward<F>(f), std::forward<Args>(args)...));
    return std::make_shared<task_of<R>>(std::move(work));
}

} // namespace threading::detail

#endif
