// A queue: threads put items into it, and others take them out.
#ifndef THREADING_QUEUE_HPP
#define THREADING_QUEUE_HPP

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <threading/detail/name.hpp>
#include <threading/detail/owner.hpp>
#include <threading/duration.hpp>
#include <threading/stop.hpp>

namespace threading {

/// A queue of a limited number of items, which come out in the order of the puts. Each item is
/// moved to memory of its own while it is in the queue. The queue can be moved, but not while
/// another thread calls it.
template <class T>
class queue {
public:
    /// The greatest number of items.
    static constexpr std::size_t max() noexcept { return THREADING_QUEUE_MAX; }

    /// Makes a queue for that many items, 1 to `max()`. Throws `invalid_argument` for others,
    /// `no_resources`.
    explicit queue(std::size_t maxsize)
        : handle_(
              detail::make<threading_queue>("threading_queue_new", threading_queue_new, maxsize)) {}

    /// Makes a queue with a name. Throws `invalid_argument` also for a name that is not UTF-8 or
    /// has a NUL in it.
    queue(std::size_t maxsize, const std::string &name) : queue(maxsize) { set_name(name); }

    queue(queue &&other) noexcept = default;
    queue &operator=(queue &&other) noexcept {
        if (this != &other) {
            discard();
            handle_ = std::move(other.handle_);
        }
        return *this;
    }
    /// Destroys the items that are left.
    ~queue() { discard(); }

    /// Puts an item, as soon as there is room. False: the queue was shut down, and `item` has its
    /// value still. Throws `invalid_handle`, `destroyed`, `no_resources`.
    bool put(T &&item) {
        return put_by(std::move(item), "threading_queue_put",
                      [this](void *held) { return threading_queue_put(handle_.get(), held); });
    }
    /// Puts a copy of an item.
    bool put(const T &item) { return put(T(item)); }

    /// Puts an item if there is room. False: there is none, or the queue was shut down, and `item`
    /// has its value still. Throws as `put` does.
    bool try_put(T &&item) {
        return put_by(std::move(item), "threading_queue_try_put",
                      [this](void *held) { return threading_queue_try_put(handle_.get(), held); });
    }
    /// Puts a copy of an item if there is room.
    bool try_put(const T &item) { return try_put(T(item)); }

    /// Puts an item, and waits for at most that time for room; 0 or less polls. False: as
    /// `try_put`. Throws as `put` does, and `invalid_argument` for NaN.
    template <class Rep, class Period>
    bool put_for(T &&item, const std::chrono::duration<Rep, Period> &time) {
        return put_timeout(std::move(item), detail::timeout(time));
    }

    /// Puts an item, and waits for room at most until that clock shows that moment. As `put_for`.
    template <class Clock, class Duration>
    bool put_until(T &&item, const std::chrono::time_point<Clock, Duration> &moment) {
        return detail::wait_until(moment, [this, &item](double seconds) {
            return put_timeout(std::move(item), seconds);
        });
    }

    /// Puts an item, unless the stop comes before there is room, for at most that time. Returns
    /// `errc::ok`, or else `errc::interrupted`, `errc::timeout` or `errc::closed`, and `item` has
    /// its value still. Throws as `put_for` does.
    errc put_with(T &&item, const stop &stop,
                  std::chrono::duration<double> time = detail::for_ever) {
        threading_status status = THREADING_OK;
        put_by(std::move(item), "threading_queue_put_stop", [&](void *held) {
            status = threading_queue_put_stop(handle_.get(), held, time.count(), stop.handle());
            return status;
        });
        return static_cast<errc>(status);
    }

    /// Takes the item that was put first, as soon as there is one. Nothing: the queue was shut
    /// down, and is empty or was shut down at once. Throws `invalid_handle`, `destroyed`,
    /// `no_resources`.
    std::optional<T> get() {
        void *item = nullptr;
        const threading_status status = threading_queue_get(handle_.get(), &item);
        return taken(status, item, "threading_queue_get");
    }

    /// Takes the item that was put first, if there is one. Throws as `get` does.
    std::optional<T> try_get() {
        void *item = nullptr;
        const threading_status status = threading_queue_try_get(handle_.get(), &item);
        return taken(status, item, "threading_queue_try_get");
    }

    /// As `get`, for at most that time; 0 or less polls. Throws `invalid_argument` for NaN as well.
    template <class Rep, class Period>
    std::optional<T> get_for(const std::chrono::duration<Rep, Period> &time) {
        return get_timeout(detail::timeout(time));
    }

    /// As `get`, at most until that clock shows that moment.
    template <class Clock, class Duration>
    std::optional<T> get_until(const std::chrono::time_point<Clock, Duration> &moment) {
        std::optional<T> item;
        detail::wait_until(moment, [this, &item](double seconds) {
            item = get_timeout(seconds);
            return item.has_value() || is_shut();
        });
        return item;
    }

    /// As `get`, unless the stop comes first, for at most that time. Throws as `get_for` does.
    std::optional<T> get_with(const stop &stop,
                              std::chrono::duration<double> time = detail::for_ever) {
        void *item = nullptr;
        const threading_status status =
            threading_queue_get_stop(handle_.get(), time.count(), stop.handle(), &item);
        return taken(status, item, "threading_queue_get_stop");
    }

    /// Shuts the queue down: puts fail, and gets fail when it is empty, or at once. What an
    /// immediate shutdown leaves is for `drain`. Throws `invalid_handle`, `destroyed`.
    void shutdown(bool immediate = false) {
        detail::check(threading_queue_shutdown(handle_.get(), immediate),
                      "threading_queue_shutdown");
    }

    /// Takes all items that are there. Throws `invalid_handle`, `destroyed`.
    std::vector<T> drain() {
        std::vector<T> items;
        void *held[64];
        std::size_t count = 64;
        while (count == 64) {
            detail::check(threading_queue_drain(handle_.get(), held, 64, &count),
                          "threading_queue_drain");
            for (std::size_t i = 0; i < count; i++) {
                const std::unique_ptr<T> item(static_cast<T *>(held[i]));
                items.push_back(std::move(*item));
            }
        }
        return items;
    }

    /// Says that the task of an item is done. Throws `overflow` if all are, `invalid_handle`,
    /// `destroyed`.
    void task_done() {
        detail::check(threading_queue_task_done(handle_.get()), "threading_queue_task_done");
    }

    /// Waits until the tasks of all items that were put are done. Throws `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void join() { detail::check(threading_queue_join(handle_.get()), "threading_queue_join"); }

    /// Waits until all tasks are done, for at most that time, and says whether they are.
    template <class Rep, class Period>
    bool join_for(const std::chrono::duration<Rep, Period> &time) {
        return detail::in_time(threading_queue_join_timeout(handle_.get(), detail::timeout(time)),
                               "threading_queue_join_timeout");
    }

    /// Waits until all tasks are done, unless the stop comes first, for at most that time. Returns
    /// `errc::ok`, `errc::timeout` or `errc::interrupted`. Throws as `join_for` does.
    errc join_with(const stop &stop, std::chrono::duration<double> time = detail::for_ever) {
        return detail::ended(threading_queue_join_stop(handle_.get(), time.count(), stop.handle()),
                             "threading_queue_join_stop");
    }

    /// How many items there are at this moment; 0 for a closed or moved-from queue.
    [[nodiscard]] std::size_t size() const noexcept { return threading_queue_size(handle_.get()); }

    /// How many items there may be; 0 for a closed or moved-from queue.
    [[nodiscard]] std::size_t maxsize() const noexcept {
        return threading_queue_maxsize(handle_.get());
    }

    /// Whether it was shut down; false for a closed or moved-from queue.
    [[nodiscard]] bool is_shut() const noexcept { return threading_queue_is_shut(handle_.get()); }

    /// The name, in UTF-8; empty if it has none. Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle_.get(), threading_queue_name, "threading_queue_name");
    }

    /// Renames the queue; an empty name is none. The name tells people what it is for. Throws
    /// `invalid_argument` for a name that is not UTF-8 or has a NUL in it, `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void set_name(const std::string &name) {
        detail::set_name(handle_.get(), name, threading_queue_set_name, "threading_queue_set_name");
    }

    /// Ends the queue: every later call throws `destroyed`. Throws `busy` if there are items in it
    /// or threads wait for it, and then nothing has changed.
    void close() { detail::check(handle_.close(), "threading_queue_destroy"); }

    /// The handle for the C functions; it stays this object's.
    [[nodiscard]] threading_queue handle() const noexcept { return handle_.get(); }

private:
    template <class Put>
    bool put_by(T &&item, const char *function, Put call) {
        auto held = std::make_unique<T>(std::move(item));
        const threading_status status = call(held.get());
        if (status == THREADING_OK) {
            static_cast<void>(held.release());
            return true;
        }
        item = std::move(*held);
        if (status < 0) {
            detail::check(status, function);
        }
        return false;
    }
    bool put_timeout(T &&item, double seconds) {
        return put_by(std::move(item), "threading_queue_put_timeout", [this, seconds](void *held) {
            return threading_queue_put_timeout(handle_.get(), held, seconds);
        });
    }
    std::optional<T> get_timeout(double seconds) {
        void *item = nullptr;
        const threading_status status = threading_queue_get_timeout(handle_.get(), seconds, &item);
        return taken(status, item, "threading_queue_get_timeout");
    }
    static std::optional<T> taken(threading_status status, void *item, const char *function) {
        if (status < 0) {
            detail::check(status, function);
        }
        if (status != THREADING_OK) {
            return std::nullopt;
        }
        const std::unique_ptr<T> held(static_cast<T *>(item));
        return std::optional<T>(std::move(*held));
    }
    void discard() noexcept {
        void *item = nullptr;
        std::size_t count = 1;
        while (handle_.is_open() && count == 1 &&
               threading_queue_drain(handle_.get(), &item, 1, &count) == THREADING_OK) {
            if (count == 1) {
                delete static_cast<T *>(item);
            }
        }
    }

    detail::owner<threading_queue, threading_queue_destroy> handle_;
};

} // namespace threading

#endif
