// Timers: what starting and cancelling one costs while many are pending, whether threads that do it
// at once get in each other's way, and what one weighs.
#include <algorithm>
#include <random>

#include "locks.hpp"
#include "rows.hpp"
#include "threads.hpp"
#include "timers.hpp"

namespace bench {

namespace {

// Far enough that none fires while it is measured, and spread as time-outs of a busy server are.
std::vector<double> intervals(std::size_t count) {
    std::mt19937_64 random(88172645463325252u);
    std::uniform_real_distribution<double> between(600, 4200);
    std::vector<double> list(count);
    std::generate(list.begin(), list.end(), [&] { return between(random); });
    return list;
}

// In which order they are cancelled: as they were started, or any, when most of the time goes into
// waiting for memory; or all stay pending while further timers are started and cancelled, one after
// the other.
enum order { in_order, shuffled, one_more };

template <class Timer>
double start_and_cancel(std::vector<Timer> &timers, const std::vector<double> &due, order order) {
    for (std::size_t i = 0; i < timers.size(); i++)
        timers[i].make(due[i]);
    std::uint64_t begin = now();
    for (Timer &timer : timers)
        timer.start();
    double taken = static_cast<double>(now() - begin);
    if (order == shuffled)
        std::shuffle(timers.begin(), timers.end(), std::mt19937_64(2463534242u));
    begin = now();
    for (Timer &timer : timers)
        timer.cancel();
    taken += static_cast<double>(now() - begin);
    for (Timer &timer : timers)
        timer.destroy();
    all_destroyed<Timer>();
    return taken / static_cast<double>(timers.size());
}

template <class Timer>
double further(const std::vector<double> &due) {
    std::vector<Timer> timers(1000);
    for (std::size_t i = 0; i < timers.size(); i++)
        timers[i].make(due[i]);
    std::uint64_t begin = now();
    for (Timer &timer : timers) {
        timer.start();
        timer.cancel();
    }
    double taken = static_cast<double>(now() - begin);
    for (Timer &timer : timers)
        timer.destroy();
    all_destroyed<Timer>();
    return taken / static_cast<double>(timers.size());
}

template <class Timer>
contender pending(std::size_t count, order order) {
    auto *timers = new std::vector<Timer>(count);
    std::vector<double> due = intervals(std::max<std::size_t>(count, 1000));
    if (order != one_more)
        return {Timer::who, [=]() -> sample { return {start_and_cancel(*timers, due, order)}; }};
    for (std::size_t i = 0; i < count; i++) {
        (*timers)[i].make(due[i]);
        (*timers)[i].start();
    }
    return {Timer::who, [due]() -> sample { return {further<Timer>(due)}; }};
}

row pending_row(const char *name, std::size_t count, order order) {
    row made = {"timer",
                name,
                {{"pending", count}, {"cpus", 2}},
                "ns",
                "clock, a list, and two locked instructions for each",
                {},
                [count, order] {
                    std::vector<contender> all;
                    auto add = [&](auto kind) {
                        all.push_back(pending<typename decltype(kind)::type>(count, order));
                    };
                    for_each_type(timers_of_all{}, add);
                    add(identity<bare_timer>{});
                    return all;
                }};
    if (count == 1000000 && order == in_order)
        made.goals = {at_most(100, ""), at_most(0.5, "go"), at_most(1.3, "libuv")};
    made.rounds = order == one_more || count == 1000 ? 61
                  : count < 1000000                  ? 11
                  : order == in_order                ? 3
                                                     : 2;
    made.in_quick = order == in_order && count < 1000000;
    return made;
}

// ---- several threads ----

constexpr std::size_t shared_out = 200000;

// Threads that start all theirs and then cancel them: nanoseconds for each start and cancel of any
// thread.
double together(std::size_t threads) {
    std::vector<double> due = intervals(shared_out);
    std::vector<our_timer> timers(shared_out);
    pthread_barrier_t made;
    must(pthread_barrier_init(&made, nullptr, static_cast<unsigned>(threads)),
         "pthread_barrier_init");
    std::vector<apart<std::pair<std::uint64_t, std::uint64_t>>> times(threads);
    crew crew;
    for (std::size_t thread = 0; thread < threads; thread++)
        crew.start([&, thread] {
            std::size_t from = shared_out * thread / threads,
                        to = shared_out * (thread + 1) / threads;
            for (std::size_t i = from; i < to; i++)
                timers[i].make(due[i]);
            pthread_barrier_wait(&made);
            times[thread].value.first = now();
            for (std::size_t i = from; i < to; i++)
                timers[i].start();
            for (std::size_t i = from; i < to; i++)
                timers[i].cancel();
            times[thread].value.second = now();
        });
    crew.join();
    std::uint64_t first = times[0].value.first, last = 0;
    for (const auto &each : times) {
        first = std::min(first, each.value.first);
        last = std::max(last, each.value.second);
    }
    return static_cast<double>(last - first) / static_cast<double>(shared_out);
}

row threads_row(std::size_t threads) {
    row made = {"timer",
                "timer start + cancel by threads",
                {{"threads", threads}, {"pending", shared_out}, {"cpus", 2}},
                "ns",
                "",
                {},
                [threads] {
                    return std::vector<contender>{
                        {"libthreading", [threads]() -> sample {
                             return {in_process([threads] { return together(threads); })};
                         }}};
                }};
    made.rounds = 7;
    made.in_quick = false;
    return made;
}

// ---- memory ----

template <class Timer>
double bytes_each(std::size_t count) {
    std::vector<double> due = intervals(count);
    std::vector<Timer> timers(count);
    // What the list itself takes is the program's.
    std::fill(reinterpret_cast<char *>(timers.data()),
              reinterpret_cast<char *>(timers.data() + count), 1);
    resident_bytes();
    double before = resident_bytes();
    for (std::size_t i = 0; i < count; i++) {
        timers[i].make(due[i]);
        timers[i].start();
    }
    return (resident_bytes() - before) / static_cast<double>(count);
}

row memory_row(std::size_t count) {
    row made = {
        "timer", "timer memory", {{"pending", count}, {"cpus", 2}}, "bytes", "", {}, [count] {
            std::vector<contender> all;
            for_each_type(timers_of_all{}, [&](auto kind) {
                using timer = typename decltype(kind)::type;
                all.push_back({timer::who, [count]() -> sample {
                                   return {
                                       in_process([count] { return bytes_each<timer>(count); })};
                               }});
            });
            return all;
        }};
    if (count == 1000000)
        made.goals = {at_most(144, "")};
    made.rounds = 1;
    made.in_quick = count < 1000000;
    return made;
}

} // namespace

std::vector<row> timer_rows() {
    std::vector<row> rows;
    for (std::size_t count : {1000, 100000, 1000000})
        rows.push_back(pending_row("timer start + cancel", count, in_order));
    for (std::size_t count : {1000, 100000, 1000000})
        rows.push_back(pending_row("timer start + cancel, shuffled", count, shuffled));
    for (std::size_t count : {1000, 100000, 1000000})
        rows.push_back(pending_row("timer start + cancel, one more", count, one_more));
    for (std::size_t threads : {1, 2, 4})
        rows.push_back(threads_row(threads));
    for (std::size_t count : {1000, 100000, 1000000})
        rows.push_back(memory_row(count));
    rows.push_back(lateness_row());
    return rows;
}

} // namespace bench
