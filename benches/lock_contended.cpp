// A lock that several threads want.
#include "contended.hpp"

namespace bench {

namespace {

std::vector<contender> contenders(const contention &how) {
    std::vector<contender> all;
    for_each_type(different_locks{},
                  [&](auto kind) { all.push_back(contended<typename decltype(kind)::type>(how)); });
    all.push_back(alone<our_lock>(how));
    return all;
}

// Short, so that most rounds are not disturbed; but with more threads than CPUs long enough that a
// scheduler gives each of them several slices.
double seconds(std::size_t threads) {
    return threads <= 2 ? 0.006 : (threads < 16 ? 0.02 : 0.1) * (scale < 1 ? 0.5 : 1);
}

row contended_row(std::size_t threads, double section, bool one_cpu) {
    contention how = {threads, section, seconds(threads), false};
    row made = {"contended",
                "contended lock",
                {{"threads", threads}, {"section_ns", section}, {"cpus", one_cpu ? 1 : 2}},
                "ns",
                "the section and an uncontended pair, one thread",
                {},
                [how] { return contenders(how); }};
    made.one_cpu = one_cpu;
    made.needs_two = !one_cpu;
    made.rounds = threads <= 2 ? 21 : threads < 16 ? 7 : 3;
    made.in_quick = !one_cpu && section != 100 && threads != 1;
    // What must be reached is said of two CPUs.
    if (!one_cpu && section == 0 && threads > 1)
        made.goals = {at_most(0.9, "best")};
    else if (!one_cpu && section > 0)
        made.goals = {at_most(1.1, "limit"), at_most(1.0, "fair")};
    return made;
}

row fairness_row(std::size_t threads, double section, bool one_cpu) {
    contention how = {threads, section, 1, true};
    row made = {"fairness",
                "fairness",
                {{"threads", threads}, {"section_ns", section}, {"cpus", one_cpu ? 1 : 2}},
                "ns",
                "the section and an uncontended pair, one thread",
                {at_least(threads <= 16 ? 50 : 30, least_percent),
                 at_most(200, "", longest_wait_ms),
                 at_most(1.0, "pthread", cpu_seconds_per_million)},
                [how] { return contenders(how); }};
    made.one_cpu = one_cpu;
    made.needs_two = !one_cpu;
    made.rounds = 1;
    made.in_quick = false;
    return made;
}

} // namespace

std::vector<row> contended_rows() {
    std::vector<row> rows;
    for (bool one_cpu : {false, true})
        for (double section : {0, 100, 1000})
            for (std::size_t threads : {1, 2, 4, 16, 64})
                // One thread has one CPU anyway.
                if (threads > 1 || !one_cpu)
                    rows.push_back(contended_row(threads, section, one_cpu));
    for (double section : {0, 1000})
        for (std::size_t threads : {16, 64})
            rows.push_back(fairness_row(threads, section, false));
    for (std::size_t threads : {16, 64})
        rows.push_back(fairness_row(threads, 1000, true));
    return rows;
}

} // namespace bench
