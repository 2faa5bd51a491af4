// The machine that the program runs on, and how much of it others had meanwhile.
#ifndef MACHINE_HPP
#define MACHINE_HPP

#include <string>

namespace bench {

struct machine {
    std::string cpu, kernel, date;
    double cpus, cpus_configured, memory_gib, load;
};
machine this_machine();

// CPU seconds since the machine started, of all CPUs together, and of this process with its
// children.
struct machine_time {
    double total, busy, stolen, own;
};
machine_time machine_time_now();

// In per cent of what all CPUs had between the two: what other processes took, and what the
// machine's host did.
struct disturbance {
    double others, host;
};
disturbance between(const machine_time &before, const machine_time &after);

} // namespace bench

#endif
