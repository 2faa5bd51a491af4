// What a row is: the same work for this library, its rivals and the limit, and what it must reach.
#ifndef ROWS_HPP
#define ROWS_HPP

#include <array>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "bench.hpp"
#include "surroundings.hpp"

namespace bench {

// What is measured beside the value itself.
enum extra {
    cpu_seconds_per_million,
    switches_per_op,
    least_percent,
    p999_us,
    longest_wait_ms,
    slow_round,    // what 99 % of the rounds did not exceed, in the row's unit
    longest_round, // the same of all rounds
    extras
};

constexpr std::array<const char *, extras> extra_names = {
    "cpu_seconds_per_million", "switches_per_op", "least_percent", "p999_us",
    "longest_wait_ms",         "slow_round",      "longest_round"};

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

struct sample {
    double value;
    std::array<double, extras> more = {unknown, unknown, unknown, unknown,
                                       unknown, unknown, unknown};
};

// Who takes part in a row. Its first round is not counted: it warms up, and finds how long a round
// must be.
struct contender {
    std::string who;
    std::function<sample()> round;
};

// What a row must reach. `who` is compared with `ratio` times what stands in `against`: the name of
// a rival, "best" (of all rivals), "fair" (the best of the rivals that serve their least-served
// thread at 30 % of its share at least), "limit", "its median", or "" for a plain number.
struct goal {
    std::string text, against;
    double ratio;
    int of = -1; // one of `extra`, or -1 for the value itself
    bool at_least = false;
};

struct row {
    std::string group, name;
    std::vector<std::pair<std::string, double>> parameters;
    std::string unit, limit; // `limit` says what the contender "limit" is; "" where there is none
    std::vector<goal> goals;
    std::function<std::vector<contender>()> make; // called in the row's own process
    bool one_cpu = false;                         // all threads on one CPU
    bool needs_two = false;                       // means nothing on a machine with one CPU
    std::size_t rounds = 0;                       // 0: as many as usual
    bool in_quick = true;
    std::string needs = {};     // what is not installed where nobody takes part
    bool tells_longest = false; // of its rounds, as rows beside busy processes do
    double deadline = 60;       // seconds for all rounds; a row that hangs must not stop the others
    surroundings around = {};
};

std::string short_number(double value);
goal at_most(double ratio, const std::string &against, int of = -1);
goal below(double ratio, const std::string &against);
goal at_least(double value, int of);

// How long one round of a loop is, in nanoseconds: shorter than the slice of time that a scheduler
// gives to somebody else, so that most rounds are not interrupted at all, and their median shows
// what the work costs.
extern double loop_round;
// By how much less is done where an amount of work makes a row long; 1 without --quick.
extern double scale;
// By how much longer each round is than usual: beside other processes a round has to be longer than
// their slices of time.
extern double stretch;

// A contender whose `time` says how many nanoseconds so many operations took; as many as fill a
// round are done.
template <class Time>
contender timed(const std::string &who, Time time, double round = loop_round) {
    return {who, [time, round = round * stretch, count = std::size_t{0}]() mutable -> sample {
                if (count == 0) {
                    count = 8;
                    double taken;
                    while ((taken = time(count)) < round / 4)
                        count *= 2;
                    count =
                        static_cast<std::size_t>(static_cast<double>(count) * round / taken) + 1;
                }
                usage before = usage_now();
                double operations = static_cast<double>(count);
                sample one = {time(count) / operations};
                usage after = usage_now();
                // What is over in nanoseconds never switches, and its CPU time is its time.
                if (one.value > 200) {
                    one.more[cpu_seconds_per_million] = (after.cpu - before.cpu) / operations / 1e3;
                    one.more[switches_per_op] = (after.switches - before.switches) / operations;
                }
                return one;
            }};
}

// A contender whose operation is called in a loop, which is as long as fills a round. The call is
// inlined, the loop is its own.
template <class Operation>
contender looped(const std::string &who, Operation operation) {
    return timed(who, [operation](std::size_t count) mutable {
        std::uint64_t start = now();
        for (std::size_t i = 0; i < count; i++)
            operation();
        return static_cast<double>(now() - start);
    });
}

// The groups, in the order in which they are run. Each file of rows adds its own.
std::vector<row> lock_rows();
std::vector<row> contended_rows();
std::vector<row> rwlock_rows();
std::vector<row> semaphore_rows();
std::vector<row> event_rows();
std::vector<row> ping_pong_rows();
std::vector<row> broadcast_rows();
std::vector<row> barrier_rows();
std::vector<row> wait_any_rows();
std::vector<row> stop_rows();
std::vector<row> queue_rows();
std::vector<row> pipeline_rows();
std::vector<row> busy_rows();
std::vector<row> executor_rows();
std::vector<row> thread_rows();
std::vector<row> local_rows();
std::vector<row> timer_rows();
row lateness_row();
std::vector<row> object_rows();
std::vector<row> object_memory_rows();
std::vector<row> memory_rows();
std::vector<row> program_rows();
std::vector<row> process_rows();

} // namespace bench

#endif
