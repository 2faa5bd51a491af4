#include "machine.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench.hpp"

namespace bench {

machine this_machine() {
    machine found;
    utsname system;
    uname(&system);
    found.cpu = system.machine;
    found.kernel = std::string(system.sysname) + " " + system.release;
    std::ifstream information("/proc/cpuinfo");
    for (std::string line; std::getline(information, line);) {
        std::size_t colon = line.find(": ");
        if (line.compare(0, 10, "model name") != 0 || colon == std::string::npos)
            continue;
        found.cpu = line.substr(colon + 2) + " (" + system.machine + ")";
        break;
    }
    found.cpus = static_cast<double>(cpus_allowed().size());
    found.cpus_configured = static_cast<double>(sysconf(_SC_NPROCESSORS_CONF));
    found.memory_gib = static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                       static_cast<double>(sysconf(_SC_PAGESIZE)) / (1024.0 * 1024 * 1024);
    if (getloadavg(&found.load, 1) != 1)
        found.load = 0;
    char date[32];
    std::time_t now = std::time(nullptr);
    std::strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
    found.date = date;
    return found;
}

static double rusage_seconds(int who) {
    rusage usage;
    getrusage(who, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

machine_time machine_time_now() {
    // user, nice, system, idle, iowait, irq, softirq, steal, in ticks
    double ticks[8] = {}, second = static_cast<double>(sysconf(_SC_CLK_TCK));
    machine_time now = {0, 0, 0, rusage_seconds(RUSAGE_SELF) + rusage_seconds(RUSAGE_CHILDREN)};
    std::ifstream file("/proc/stat");
    std::string cpu;
    file >> cpu;
    for (int i = 0; i < 8 && file >> ticks[i]; i++) {
        now.total += ticks[i] / second;
        if (i != 3 && i != 4 && i != 7)
            now.busy += ticks[i] / second;
    }
    now.stolen = ticks[7] / second;
    return now;
}

disturbance between(const machine_time &before, const machine_time &after) {
    double total = after.total - before.total;
    if (total <= 0)
        return {0, 0};
    double others = std::max((after.busy - before.busy) - (after.own - before.own), 0.0);
    return {100 * others / total, 100 * (after.stolen - before.stolen) / total};
}

} // namespace bench
