// What every row uses: the clock, CPU time, memory, statistics, the busy loop, and how the program
// ends when something is wrong.
#ifndef BENCH_HPP
#define BENCH_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace bench {

// No two objects that are measured lie in one cache line, nor in the pair of lines that some
// machines fetch together.
template <class T>
struct alignas(128) apart {
    T value{};
};

// Nanoseconds on the monotonic clock.
std::uint64_t now();
void sleep_until(std::uint64_t nanoseconds);

// CPU nanoseconds, user and system, and context switches of all threads of this process so far.
struct usage {
    double cpu, switches;
};
usage usage_now();

// Ends the program with a line on stderr; in a row's own process the row is reported as failed.
[[noreturn]] void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
// For calls that return an errno value, as pthread functions do, or a status of the library.
inline void must(int error, const char *what) {
    if (__builtin_expect(error != 0, 0))
        fail("%s: error %d", what, error);
}

// The value below which `part` of the values lie (0.5: the median); interpolates.
double quantile(std::vector<double> values, double part);

std::vector<int> cpus_allowed();
// From now on this thread, and all that it starts, run on one CPU.
void stay_on_one_cpu();

// Bytes of memory that this process has in use.
double resident_bytes();

// Calls `part` in a process of its own, so that it finds nothing that an earlier part left in
// memory, and returns what it returned.
double in_process(const std::function<double()> &part);

// Keeps a CPU busy and touches no memory: each turn waits for the multiplication of the one before.
inline void busy(std::size_t turns) {
    std::uint64_t x = turns;
    while (turns > 0) {
        x = x * 6364136223846793005u + 1;
        __asm__ volatile("" : "+r"(x));
        turns--;
    }
}

// Turns of busy() that take `nanoseconds` when nothing else has the CPU.
std::size_t busy_turns(double nanoseconds);

// A value that is stored and never read: otherwise a compiler might take results of calls for
// unused.
template <class T>
inline void keep(T const &value) {
    __asm__ volatile("" : : "r,m"(value) : "memory");
}

} // namespace bench

#endif
