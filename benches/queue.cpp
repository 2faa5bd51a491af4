// Producers and consumers with a bounded queue between them: the library's own, and queues that are
// made of one lock and two conditions as textbooks have it.
#include "bounded_queue.hpp"
#include "monitors.hpp"
#include "rows.hpp"
#include "threads.hpp"

namespace bench {

namespace {

// The library's own.
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

// Made of a lock and two conditions of that library.
template <class Monitor>
struct made_queue : bounded_queue<Monitor, std::uint64_t> {
    static constexpr const char *who = Monitor::who;
    explicit made_queue(std::size_t slots)
        : bounded_queue<Monitor, std::uint64_t>(&the_one<Monitor>(), slots) {}
};

// Nanoseconds for `items` items that `pairs` producers put and as many consumers get.
template <class Queue>
double move(std::size_t items, std::size_t slots, std::size_t pairs) {
    Queue queue(slots);
    std::size_t each = items / pairs + 1;
    std::atomic<std::uint64_t> got{0};
    pthread_barrier_t begin;
    must(pthread_barrier_init(&begin, nullptr, static_cast<unsigned>(2 * pairs)),
         "pthread_barrier_init");
    std::atomic<std::uint64_t> start{0};
    crew threads;
    for (std::size_t i = 0; i < pairs; i++) {
        threads.start([&] {
            pthread_barrier_wait(&begin);
            std::uint64_t none = 0;
            start.compare_exchange_strong(none, now());
            for (std::size_t item = 1; item <= each; item++)
                queue.put(item);
        });
        threads.start([&] {
            pthread_barrier_wait(&begin);
            std::uint64_t sum = 0;
            for (std::size_t item = 0; item < each; item++)
                sum += queue.get();
            got += sum;
        });
    }
    threads.join();
    double taken = static_cast<double>(now() - start);
    pthread_barrier_destroy(&begin);
    if (got != pairs * (each * (each + 1) / 2))
        fail("%s: the queue lost an item, or gave one twice", Queue::who);
    return taken * static_cast<double>(items) / static_cast<double>(each * pairs);
}

template <class Queue>
double alone(std::size_t items, std::size_t slots) {
    Queue queue(slots);
    std::uint64_t start = now();
    for (std::size_t i = 0; i < items; i++) {
        queue.put(i);
        keep(queue.get());
    }
    return static_cast<double>(now() - start);
}

// Of the queues that are made of `Ours`, or of the library's own object.
template <class Ours>
row queue_row(const char *name, std::size_t slots, std::size_t pairs, bool one_cpu) {
    row made = {
        "queue",
        name,
        {{"slots", slots}, {"producers", pairs}, {"consumers", pairs}, {"cpus", one_cpu ? 1 : 2}},
        "ns an item",
        "the same put and get by one thread, which never waits",
        {},
        [slots, pairs] {
            std::vector<contender> all;
            auto add = [&](auto kind) {
                using queue = typename decltype(kind)::type;
                all.push_back(timed(
                    queue::who,
                    [slots, pairs](std::size_t items) { return move<queue>(items, slots, pairs); },
                    4e6));
            };
            add(identity<Ours>{});
            for_each_type(rival_monitors{}, [&](auto kind) {
                add(identity<made_queue<typename decltype(kind)::type>>{});
            });
#ifdef BENCH_HAS_GLIB
            if (std::is_same_v<Ours, our_queue> && slots == 1024)
                add(identity<glib_queue>{});
#endif
            all.push_back(
                timed("limit", [slots](std::size_t items) { return alone<Ours>(items, slots); }));
            return all;
        }};
    if (!one_cpu)
        made.goals = {at_most(std::is_same_v<Ours, our_queue> ? 1.0 : 0.95, "best")};
    made.one_cpu = one_cpu;
    made.needs_two = !one_cpu;
    made.rounds = 21;
    made.in_quick = !one_cpu;
    return made;
}

} // namespace

std::vector<row> queue_rows() {
    std::vector<row> rows;
    for (bool one_cpu : {false, true})
        for (std::size_t pairs : {1, 4})
            for (std::size_t slots : {1, 16, 1024}) {
                rows.push_back(
                    queue_row<made_queue<our_lock_and_conditions>>("queue", slots, pairs, one_cpu));
                rows.push_back(queue_row<our_queue>("queue object", slots, pairs, one_cpu));
            }
    return rows;
}

} // namespace bench
