// The queues of pointers that are compared as objects, whole as they come from their libraries.
#ifndef QUEUES_HPP
#define QUEUES_HPP

#include <threading.h>

#include "bench.hpp"
#include "locks.hpp"
#include "rivals.hpp"

namespace bench {

struct our_queue {
    static constexpr const char *who = "libthreading";
    threading_queue queue;
    explicit our_queue(std::size_t slots) {
        must(threading_queue_new(slots, &queue), "threading_queue_new");
    }
    ~our_queue() { must(threading_queue_destroy(queue), "threading_queue_destroy"); }
    our_queue(const our_queue &) = delete;
    our_queue &operator=(const our_queue &) = delete;
    void put(std::uint64_t item) { threading_queue_put(queue, reinterpret_cast<void *>(item)); }
    std::uint64_t get() {
        void *item = nullptr;
        threading_queue_get(queue, &item);
        return reinterpret_cast<std::uint64_t>(item);
    }
};

#ifdef BENCH_HAS_GLIB
// Without a limit: producers never wait, whatever the number of slots.
struct glib_queue {
    static constexpr const char *who = "glib_unbounded";
    GAsyncQueue *queue = g_async_queue_new();
    explicit glib_queue(std::size_t) {}
    ~glib_queue() { g_async_queue_unref(queue); }
    glib_queue(const glib_queue &) = delete;
    glib_queue &operator=(const glib_queue &) = delete;
    void put(std::uint64_t item) { g_async_queue_push(queue, reinterpret_cast<void *>(item)); }
    std::uint64_t get() { return reinterpret_cast<std::uint64_t>(g_async_queue_pop(queue)); }
};
#endif

#ifdef BENCH_HAS_APR_QUEUE
// Its own, beside the one of a lock and conditions that is "apr".
struct apr_queue {
    static constexpr const char *who = "apr_queue";
    apr_pool_t *pool;
    apr_queue_t *queue;
    explicit apr_queue(std::size_t slots) {
        must(apr_pool_create(&pool, apr_pool()), "apr_pool_create");
        must(apr_queue_create(&queue, static_cast<unsigned>(slots), pool), "apr_queue_create");
    }
    ~apr_queue() { apr_pool_destroy(pool); }
    apr_queue(const apr_queue &) = delete;
    apr_queue &operator=(const apr_queue &) = delete;
    void put(std::uint64_t item) {
        while (apr_queue_push(queue, reinterpret_cast<void *>(item)) == APR_EINTR)
            continue;
    }
    std::uint64_t get() {
        void *item = nullptr;
        while (apr_queue_pop(queue, &item) == APR_EINTR)
            continue;
        return reinterpret_cast<std::uint64_t>(item);
    }
};
#endif

#ifdef BENCH_HAS_MOODYCAMEL
// Without a limit, and items of several producers come in no order.
struct moodycamel_queue {
    static constexpr const char *who = "moodycamel_unbounded";
    moodycamel::BlockingConcurrentQueue<std::uint64_t> queue;
    explicit moodycamel_queue(std::size_t slots) : queue(slots) {}
    void put(std::uint64_t item) { queue.enqueue(item); }
    std::uint64_t get() {
        std::uint64_t item = 0;
        queue.wait_dequeue(item);
        return item;
    }
};
#endif

#ifdef BENCH_HAS_READERWRITER
// For one producer and one consumer alone.
struct readerwriter_queue {
    static constexpr const char *who = "readerwriter_spsc";
    moodycamel::BlockingReaderWriterCircularBuffer<std::uint64_t> queue;
    explicit readerwriter_queue(std::size_t slots) : queue(slots) {}
    void put(std::uint64_t item) { queue.wait_enqueue(item); }
    std::uint64_t get() {
        std::uint64_t item = 0;
        queue.wait_dequeue(item);
        return item;
    }
};
#endif

} // namespace bench

#endif
