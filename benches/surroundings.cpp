#include "surroundings.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include "bench.hpp"

namespace bench {

namespace {

// The two kinds of control groups, and what each calls the time that a group may use.
struct hierarchy {
    const char *group, *file, *limit;
};
constexpr hierarchy hierarchies[] = {
    {"/sys/fs/cgroup/threading_bench", "/sys/fs/cgroup/threading_bench/cpu.max", "%zu 100000"},
    {"/sys/fs/cgroup/cpu/threading_bench", "/sys/fs/cgroup/cpu/threading_bench/cpu.cfs_quota_us",
     "%zu"},
};

int start_pipe[2] = {-1, -1};
std::vector<pid_t> others;

bool write_to(const std::string &path, const std::string &text) {
    int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    close(file);
    return written;
}

[[noreturn]] void burn() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(start_pipe[1]);
    char go;
    if (read(start_pipe[0], &go, 1) != 0)
        _exit(1);
    for (;;)
        busy(1000000);
}

std::string join_throttled_group() {
    std::size_t microseconds = cpus_allowed().size() * 50000;
    for (const hierarchy &each : hierarchies) {
        char limit[32];
        std::snprintf(limit, sizeof limit, each.limit, microseconds);
        if (mkdir(each.group, 0755) != 0 && errno != EEXIST)
            continue;
        if (write_to(each.file, limit) &&
            write_to(std::string(each.group) + "/cgroup.procs", std::to_string(getpid())))
            return "";
        rmdir(each.group);
    }
    return "this system lets it make no control group with a limit of CPU time";
}

} // namespace

std::string start_others(const surroundings &around) {
    if (around.busy == 0)
        return "";
    if (pipe(start_pipe) != 0)
        return "there is no pipe";
    std::size_t count =
        static_cast<std::size_t>(around.busy * static_cast<double>(cpus_allowed().size()));
    for (std::size_t i = 0; i < count; i++) {
        pid_t other = fork();
        if (other == 0)
            burn();
        if (other < 0)
            return "there are no processes for it";
        others.push_back(other);
    }
    close(start_pipe[0]);
    return "";
}

std::string take_privilege(const surroundings &around) {
    if (around.has == privilege::nice && setpriority(PRIO_PROCESS, 0, 19) != 0)
        return std::string("nice 19 is refused: ") + std::strerror(errno);
    sched_param lowest = {};
    lowest.sched_priority = sched_get_priority_min(SCHED_FIFO);
    if (around.has == privilege::realtime && sched_setscheduler(0, SCHED_FIFO, &lowest) != 0)
        return std::string("SCHED_FIFO is refused: ") + std::strerror(errno);
    return "";
}

std::string begin_surroundings(const surroundings &around) {
    // Its end is what the others wait for.
    if (around.busy > 0)
        close(start_pipe[1]);
    return around.has == privilege::throttled ? join_throttled_group() : "";
}

void end_others() {
    for (pid_t other : others) {
        kill(other, SIGKILL);
        while (waitpid(other, nullptr, 0) < 0 && errno == EINTR)
            continue;
    }
    others.clear();
}

void clean_surroundings() {
    for (const hierarchy &each : hierarchies)
        rmdir(each.group);
}

} // namespace bench
