// Producers and consumers with a bounded queue between them: the library's own, and queues that are
// made of one lock and two conditions as textbooks have it.
#include "bounded_queue.hpp"
#include "monitors.hpp"
#include "queues.hpp"
#include "rows.hpp"
#include "threads.hpp"

namespace bench {

namespace {

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

// Rivals' queues, where their limits are no other than the row's.
template <class Add>
void add_objects([[maybe_unused]] std::size_t slots, [[maybe_unused]] std::size_t pairs,
                 [[maybe_unused]] Add add) {
#ifdef BENCH_HAS_APR_QUEUE
    add(identity<apr_queue>{});
#endif
#ifdef BENCH_HAS_GLIB
    if (slots == 1024)
        add(identity<glib_queue>{});
#endif
#ifdef BENCH_HAS_MOODYCAMEL
    if (slots == 1024)
        add(identity<moodycamel_queue>{});
#endif
#ifdef BENCH_HAS_READERWRITER
    if (pairs == 1)
        add(identity<readerwriter_queue>{});
#endif
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
            if (std::is_same_v<Ours, our_queue>)
                add_objects(slots, pairs, add);
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
