// A callable with its arguments, and what became of it: shared by the thread that runs it and the object that joins it.
#ifndef THREADING_DETAIL_TASK_HPP
#define THREADING_DETAIL_TASK_HPP

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <threading/detail/callback.hpp>
#include <threading/detail/report.hpp>

namespace threading::detail {

class task {
public:
    virtual ~task() = default;

    // What the library calls. From `keep` until then the task keeps itself; the thread's object may go any time.
    static void *run(void *argument) {
        const std::shared_ptr<task> self = std::move(static_cast<task *>(argument)->self_);
        try {
            self->call();
        } catch (...) {
            self->exception_ = carry();
            report(self->exception_);
        }
        return nullptr;
    }

    static void keep(const std::shared_ptr<task> &task) { task->self_ = task; }

    // The library will not call it any more: what it holds goes now, for a caller that may keep the object.
    void abandon() noexcept {
        drop();
        const std::shared_ptr<task> self = std::move(self_);
    }

    // After the thread's end.
    void rethrow() const {
        if (exception_) {
            std::rethrow_exception(exception_);
        }
    }

private:
    virtual void call() = 0;
    virtual void drop() noexcept = 0;

    std::shared_ptr<task> self_;
    std::exception_ptr exception_;
};

// A callable with its arguments, called once.
template <class R> class work {
public:
    virtual ~work() = default;
    virtual R call() = 0;
};

// Called as std::thread calls: with decayed copies, as rvalues.
template <class R, class... Callable> class bound_work final : public work<R> {
public:
    template <class... Given> explicit bound_work(Given &&...given) : callable_(std::forward<Given>(given)...) {}

    R call() override { return call(std::index_sequence_for<Callable...>()); }

private:
    template <std::size_t... place> R call(std::index_sequence<place...>) {
        if constexpr (std::is_void_v<R>) {
            static_cast<void>(std::invoke(std::move(std::get<place>(callable_))...));
        } else {
            return std::invoke(std::move(std::get<place>(callable_))...);
        }
    }

    std::tuple<Callable...> callable_;
};

// Keeps what its work returns until somebody asks. The work itself is destroyed in the thread, before its end.
template <class R> class task_of final : public task {
    using kept = std::conditional_t<std::is_reference_v<R>, std::remove_reference_t<R> *, std::optional<R>>;

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

template <> class task_of<void> final : public task {
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
                  "a thread needs something that can be called with these arguments, which it gets as rvalues: std::ref hands on a "
                  "reference, and a name stands in braces, as in thread({\"name\"}, f)");
    refuse_null<std::decay_t<F>>(f, function);
    std::unique_ptr<work<R>> work(
        new bound_work<R, std::decay_t<F>, std::decay_t<Args>...>(std::forward<F>(f), std::forward<Args>(args)...));
    return std::make_shared<task_of<R>>(std::move(work));
}

} // namespace threading::detail

#endif
