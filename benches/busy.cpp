// The rows of contended objects and of hand-offs once more, where the machine has other things to
// do: beside one and beside four processes for each CPU that only burn it, in a group that may use
// half of the CPUs' time, with nice 19, and under SCHED_FIFO.
#include <algorithm>
#include <iterator>

#include "rows.hpp"

namespace bench {

namespace {

double parameter(const row &row, const char *name) {
    for (const auto &each : row.parameters)
        if (each.first == name)
            return each.second;
    return 0;
}

// Of each kind of row the sizes that are told apart.
bool is_chosen(const row &row) {
    double threads = parameter(row, "threads");
    if (row.one_cpu || row.group == "fairness")
        return false;
    if (row.group == "contended")
        return (threads == 4 || threads == 16) && parameter(row, "section_ns") != 100;
    if (row.group == "semaphore")
        return row.name == "contended semaphore" && (threads == 4 || threads == 16);
    if (row.group == "broadcast")
        return parameter(row, "waiters") == 8 || parameter(row, "waiters") == 64;
    if (row.group == "rwlock")
        return row.name == "contended rwlock" && threads == 4 &&
               parameter(row, "writes_percent") == 10;
    // What one thread does alone is no slower beside others.
    if (row.group == "wait_any" || row.group == "stop")
        return row.name == "ping-pong stop" ||
               (row.name == "ping-pong wait_any" && parameter(row, "objects") == 2);
    if (row.group == "executor")
        return row.unit == "ns";
    return row.group == "barrier" ? threads == 8 || threads == 64 : true;
}

// Where less is enough to see how a privilege changes it.
bool is_exemplary(const row &row) {
    return row.name == "ping-pong condition" ||
           (row.group == "queue" && parameter(row, "slots") != 16 &&
            parameter(row, "producers") == 4) ||
           (row.group == "contended" && parameter(row, "threads") == 4 &&
            parameter(row, "section_ns") == 0);
}

row beside(row made, surroundings around, const char *privilege) {
    made.group = "busy";
    made.name += privilege;
    if (around.busy > 0)
        made.parameters.emplace_back("busy", around.busy);
    made.around = around;
    made.goals = {at_most(1.2, "best"), at_most(1.5, "best", cpu_seconds_per_million)};
    made.rounds = 5;
    made.deadline = 120;
    made.in_quick = false;
    return made;
}

} // namespace

std::vector<row> busy_rows() {
    std::vector<row> usual, rows;
    for (auto group :
         {contended_rows, rwlock_rows, semaphore_rows, ping_pong_rows, broadcast_rows, barrier_rows,
          queue_rows, pipeline_rows, wait_any_rows, stop_rows, executor_rows}) {
        std::vector<row> of_group = group();
        std::copy_if(std::make_move_iterator(of_group.begin()),
                     std::make_move_iterator(of_group.end()), std::back_inserter(usual), is_chosen);
    }
    for (double busy : {1, 4})
        for (const row &each : usual)
            rows.push_back(beside(each, {busy, privilege::usual}, ""));
    for (const row &each : usual)
        if (is_exemplary(each)) {
            rows.push_back(beside(each, {0, privilege::throttled}, ", half of the CPU time"));
            rows.push_back(beside(each, {1, privilege::nice}, ", nice 19"));
            rows.push_back(beside(each, {1, privilege::realtime}, ", SCHED_FIFO"));
        }
    return rows;
}

} // namespace bench
