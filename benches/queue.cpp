// Producers and consumers with a bounded queue between them, made of one lock and two conditions as
// textbooks have it.
#include "bounded_queue.hpp"
#include "monitors.hpp"
#include "rows.hpp"
#include "threads.hpp"

namespace bench {

namespace {

// Nanoseconds for `items` items that `pairs` producers put and as many consumers get.
template <class Monitor>
double move(std::size_t items, std::size_t slots, std::size_t pairs) {
    bounded_queue<Monitor, std::uint64_t> queue(&the_one<Monitor>(), slots);
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
        fail("%s: the queue lost an item, or gave one twice", Monitor::who);
    return taken * static_cast<double>(items) / static_cast<double>(each * pairs);
}

double alone(std::size_t items, std::size_t slots) {
    bounded_queue<our_lock_and_conditions, std::uint64_t> queue(&the_one<our_lock_and_conditions>(),
                                                                slots);
    std::uint64_t start = now();
    for (std::size_t i = 0; i < items; i++) {
        queue.put(i);
        keep(queue.get());
    }
    return static_cast<double>(now() - start);
}

row queue_row(std::size_t slots, std::size_t pairs, bool one_cpu) {
    row made = {
        "queue",
        "queue",
        {{"slots", slots}, {"producers", pairs}, {"consumers", pairs}, {"cpus", one_cpu ? 1 : 2}},
        "ns an item",
        "the same put and get by one thread, which never waits",
        {},
        [slots, pairs] {
            std::vector<contender> all;
            auto add = [&](auto kind) {
                using monitor = typename decltype(kind)::type;
                all.push_back(timed(
                    monitor::who,
                    [slots, pairs](std::size_t items) {
                        return move<monitor>(items, slots, pairs);
                    },
                    4e6));
            };
            add(identity<our_lock_and_conditions>{});
            for_each_type(rival_monitors{}, add);
            all.push_back(
                timed("limit", [slots](std::size_t items) { return alone(items, slots); }));
            return all;
        }};
    if (!one_cpu)
        made.goals = {at_most(0.95, "best")};
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
            for (std::size_t slots : {1, 16, 1024})
                rows.push_back(queue_row(slots, pairs, one_cpu));
    return rows;
}

} // namespace bench
