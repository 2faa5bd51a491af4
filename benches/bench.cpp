#include "bench.hpp"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ctime>
#include <unistd.h>

namespace bench {

std::uint64_t now() {
    timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return static_cast<std::uint64_t>(at.tv_sec) * 1000000000u +
           static_cast<std::uint64_t>(at.tv_nsec);
}

void sleep_until(std::uint64_t nanoseconds) {
    timespec when = {static_cast<time_t>(nanoseconds / 1000000000u),
                     static_cast<long>(nanoseconds % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr) != 0)
        continue;
}

usage usage_now() {
    rusage had;
    getrusage(RUSAGE_SELF, &had);
    return {(static_cast<double>(had.ru_utime.tv_sec) + static_cast<double>(had.ru_stime.tv_sec)) *
                    1e9 +
                (static_cast<double>(had.ru_utime.tv_usec) +
                 static_cast<double>(had.ru_stime.tv_usec)) *
                    1e3,
            static_cast<double>(had.ru_nvcsw + had.ru_nivcsw)};
}

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::vfprintf(stderr, format, arguments);
    va_end(arguments);
    std::fputc('\n', stderr);
    // Other threads of a row may be anywhere, so nothing is cleaned up.
    _exit(1);
}

double quantile(std::vector<double> values, double part) {
    if (values.empty())
        return NAN;
    std::sort(values.begin(), values.end());
    double place = part * static_cast<double>(values.size() - 1);
    std::size_t below = static_cast<std::size_t>(place);
    if (below + 1 >= values.size())
        return values.back();
    return values[below] +
           (place - static_cast<double>(below)) * (values[below + 1] - values[below]);
}

std::vector<int> cpus_allowed() {
    std::vector<int> cpus;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
            if (CPU_ISSET(cpu, &set))
                cpus.push_back(cpu);
    return cpus;
}

void stay_on_one_cpu() {
    // Not the first one, where most systems handle their interrupts.
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpus_allowed().back(), &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        fail("sched_setaffinity failed");
}

// smaps_rollup counts the pages; statm, on newer kernels, tells an estimate that is off by some
// dozens of them.
double resident_bytes() {
    char line[256];
    unsigned long long size = 0, resident = 0;
    if (FILE *file = std::fopen("/proc/self/smaps_rollup", "r")) {
        while (resident == 0 && std::fgets(line, sizeof line, file) != nullptr)
            if (std::sscanf(line, "Rss: %llu kB", &resident) != 1)
                resident = 0;
        std::fclose(file);
        if (resident > 0)
            return static_cast<double>(resident) * 1024;
    }
    FILE *file = std::fopen("/proc/self/statm", "r");
    if (file == nullptr || std::fscanf(file, "%llu %llu", &size, &resident) != 2)
        fail("/proc/self/statm cannot be read");
    std::fclose(file);
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double in_process(const std::function<double()> &part) {
    void *memory =
        mmap(nullptr, sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("no shared memory");
    double *result = static_cast<double *>(memory);
    pid_t child = fork();
    if (child == 0) {
        *result = part();
        _exit(0);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        fail("a process that measures failed");
    double value = *result;
    munmap(memory, sizeof(double));
    return value;
}

std::size_t busy_turns(double nanoseconds) {
    constexpr std::size_t turns = 200000;
    double best = INFINITY;
    // The quickest try is the one that nothing interrupted.
    for (int tries = 0; tries < 25 && nanoseconds > 0; tries++) {
        std::uint64_t start = now();
        busy(turns);
        best = std::fmin(best, static_cast<double>(now() - start));
    }
    return nanoseconds > 0 ? static_cast<std::size_t>(nanoseconds / (best / turns) + 0.5) : 0;
}

} // namespace bench
