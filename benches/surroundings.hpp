// What a row has around it: other processes that want the CPUs too, or less of the CPUs than others
// have.
#ifndef SURROUNDINGS_HPP
#define SURROUNDINGS_HPP

#include <string>

namespace bench {

enum class privilege {
    usual,
    throttled, // in a group that may use half of the CPUs' time
    nice,      // with nice 19
    realtime   // under SCHED_FIFO
};

struct surroundings {
    double busy = 0; // so many other processes for each CPU, which only burn it
    privilege has = privilege::usual;

    bool usual() const { return busy == 0 && has == privilege::usual; }
};

// Of the row's process, which calls these in this order. Each returns why it cannot be, or "".
std::string start_others(const surroundings &around);       // they stand still
std::string take_privilege(const surroundings &around);     // before it has threads
std::string begin_surroundings(const surroundings &around); // the others run, and the group counts

// The others end, so that their time counts as the program's own and not as a stranger's.
void end_others();

// Of its parent, after that process has ended.
void clean_surroundings();

} // namespace bench

#endif
