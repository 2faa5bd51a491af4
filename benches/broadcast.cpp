// Many threads wait on one condition, and one thread wakes them all: from the notify until the last
// waiter has returned from its wait and released the lock. Who has released it stays away from it
// until all have.
#include <semaphore.h>
#include <unistd.h>

#include "futex.hpp"
#include "monitors.hpp"
#include "rows.hpp"
#include "threads.hpp"

namespace bench {

namespace {

// No monitor at all: all wait on one word, and are woken by one call.
struct futex_crowd {
    static constexpr const char *who = "limit";
    futex_word word{0};
    void lock() { seen() = word; }
    void unlock() {}
    void wait() {
        futex_wait(&word, seen());
        seen() = word;
    }
    void notify_all() {
        word++;
        futex_wake(&word, INT_MAX);
    }
    static std::uint32_t &seen() {
        static thread_local std::uint32_t value;
        return value;
    }
};

// Threads that wait, again and again. It lives as long as the row's process, like the threads in
// it.
template <class Monitor>
struct crowd {
    apart<Monitor> monitor;
    std::size_t waiters;
    alignas(128) std::atomic<std::size_t> turn{0}, waiting{0};
    alignas(128) std::atomic<std::size_t> released{0};
    std::uint64_t last = 0; // when the last one had released
    sem_t done, again;

    explicit crowd(std::size_t count) : waiters(count) {
        sem_init(&done, 0, 0);
        sem_init(&again, 0, 0);
        crew *threads = new crew;
        for (std::size_t i = 0; i < count; i++)
            threads->start([this] { wait(); });
    }

    void wait() {
        Monitor &at = monitor.value;
        for (;;) {
            at.lock();
            std::size_t seen = turn;
            waiting++;
            while (turn == seen)
                at.wait();
            at.unlock();
            if (released.fetch_add(1) + 1 == waiters) {
                last = now();
                sem_post(&done);
            }
            while (sem_wait(&again) != 0)
                continue;
        }
    }

    // Wakes them; nanoseconds until the last one has released.
    double wake() {
        Monitor &at = monitor.value;
        // All of them wait, and have had time to fall asleep.
        for (bool all = false; !all;) {
            usleep(100);
            at.lock();
            all = waiting == waiters;
            at.unlock();
        }
        released = 0;
        at.lock();
        waiting = 0;
        turn++;
        std::uint64_t start = now();
        at.notify_all();
        at.unlock();
        while (sem_wait(&done) != 0)
            continue;
        double taken = static_cast<double>(last - start);
        for (std::size_t i = 0; i < waiters; i++)
            sem_post(&again);
        return taken;
    }
};

// The values are for one waiter, getting ready for the next notify left out of the time and
// contained in the CPU time.
template <class Monitor>
contender woken(std::size_t waiters) {
    std::size_t times = waiters < 64 ? 10 : waiters < 512 ? 4 : 1;
    return {Monitor::who, [at = new crowd<Monitor>(waiters), times]() -> sample {
                usage before = usage_now();
                double taken = 0, all = static_cast<double>(times * at->waiters);
                for (std::size_t i = 0; i < times; i++)
                    taken += at->wake();
                usage after = usage_now();
                sample one = {taken / all};
                one.more[cpu_seconds_per_million] = (after.cpu - before.cpu) / all / 1e3;
                one.more[switches_per_op] = (after.switches - before.switches) / all;
                return one;
            }};
}

row broadcast_row(std::size_t waiters, bool one_cpu) {
    row made = {"broadcast",
                "broadcast",
                {{"waiters", waiters}, {"cpus", one_cpu ? 1 : 2}},
                "ns a waiter",
                "one raw futex wake of all",
                {},
                [waiters] {
                    std::vector<contender> all;
                    auto add = [&](auto kind) {
                        all.push_back(woken<typename decltype(kind)::type>(waiters));
                    };
                    for_each_type(types<our_monitor, our_lock_monitor>{}, add);
                    for_each_type(rival_monitors{}, add);
                    add(identity<futex_crowd>{});
                    return all;
                }};
    if (!one_cpu)
        made.goals = {at_most(1.0, "best"), at_most(1.6, "limit")};
    made.one_cpu = one_cpu;
    made.needs_two = !one_cpu;
    made.rounds = waiters < 64 ? 21 : waiters < 512 ? 11 : 7;
    made.in_quick = !one_cpu && waiters < 512;
    return made;
}

} // namespace

std::vector<row> broadcast_rows() {
    std::vector<row> rows;
    for (std::size_t waiters : {2, 8, 64, 512})
        rows.push_back(broadcast_row(waiters, false));
    for (std::size_t waiters : {8, 64})
        rows.push_back(broadcast_row(waiters, true));
    return rows;
}

} // namespace bench
