// What a program pays for having the library at all: loading, size, system calls, and how it runs
// under ThreadSanitizer.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "locks.hpp"
#include "rows.hpp"

extern char **environ;

namespace bench {

namespace {

// The small programs are built beside this one.
std::string beside(const std::string &name) {
    char *self = realpath("/proc/self/exe", nullptr);
    std::string path = self == nullptr ? "" : self;
    std::free(self);
    return path.substr(0, path.rfind('/') + 1) + name;
}

bool is_there(const std::string &path) { return access(path.c_str(), X_OK) == 0; }

double number_from(const std::string &command) {
    double value;
    FILE *output = popen(command.c_str(), "r");
    bool read = output != nullptr && std::fscanf(output, "%lf", &value) == 1;
    if (output == nullptr || pclose(output) != 0 || !read)
        fail("no number came from: %s", command.c_str());
    return value;
}

// ---- load and exit ----

void run_to_its_end(const std::string &path) {
    char *arguments[] = {const_cast<char *>(path.c_str()), nullptr};
    pid_t child;
    int status;
    must(posix_spawn(&child, path.c_str(), nullptr, nullptr, arguments, environ), "posix_spawn");
    if (waitpid(child, &status, 0) != child || status != 0)
        fail("%s failed", path.c_str());
}

const char *const rivals[] = {"glib", "nsync", "abseil", "sdl2", "apr", "libuv", "boost", "std"};

std::vector<contender> empty_programs() {
    std::vector<contender> all;
    auto add = [&](const std::string &who, const std::string &path) {
        if (is_there(path))
            all.push_back({who, [path]() -> sample {
                               constexpr int times = 20;
                               std::uint64_t start = now();
                               for (int i = 0; i < times; i++)
                                   run_to_its_end(path);
                               return {static_cast<double>(now() - start) / times / 1e3};
                           }});
    };
    add("libthreading", beside("programs/empty_libthreading"));
    for (const char *rival : rivals)
        add(rival, beside(std::string("programs/empty_") + rival));
    add("limit", beside("programs/empty_none"));
    return all;
}

// ---- the library itself ----

std::string file_of(void *function) {
    Dl_info info;
    if (dladdr(function, &info) == 0)
        fail("a library has no file");
    char *path = realpath(info.dli_fname, nullptr);
    std::string found = path == nullptr ? "" : path;
    std::free(path);
    return found;
}

template <class Function>
void *address(Function *function) {
    return reinterpret_cast<void *>(function);
}

std::vector<std::pair<std::string, std::string>> library_files() {
    return {
        {"libthreading", file_of(address(threading_version))},
#ifdef BENCH_HAS_GLIB
        {"glib", file_of(address(g_mutex_lock))},
#endif
#ifdef BENCH_HAS_NSYNC
        {"nsync", file_of(address(nsync::nsync_mu_lock))},
#endif
#ifdef BENCH_HAS_SDL2
        {"sdl2", file_of(address(SDL_LockMutex))},
#endif
#ifdef BENCH_HAS_APR
        {"apr", file_of(address(apr_thread_mutex_lock))},
#endif
#ifdef BENCH_HAS_LIBUV
        {"libuv", file_of(address(uv_mutex_lock))},
#endif
#ifdef BENCH_HAS_BOOST
        {"boost", file_of(address(boost::this_thread::interruption_requested))},
#endif
    };
}

std::vector<contender> loads() {
    std::vector<contender> all;
    for (const auto &library : library_files())
        all.push_back({library.first, [path = library.second]() -> sample {
                           return {number_from(beside("programs/load") + " '" + path + "'") / 1e3};
                       }});
    return all;
}

std::vector<contender> sizes() {
    std::vector<contender> all;
    for (const auto &library : library_files()) {
        // Debian's libraries have no symbols that only a debugger reads.
        std::string path =
            library.first == "libthreading" ? beside("libthreading-stripped.so") : library.second;
        struct stat found;
        if (stat(path.c_str(), &found) == 0)
            all.push_back({library.first, [bytes = static_cast<double>(found.st_size)]() -> sample {
                               return {bytes};
                           }});
    }
    return all;
}

// ---- system calls ----

// How many system calls a process makes that makes so many locks, less those of one that makes
// none.
double calls(const std::string &who, std::size_t locks) {
    double found[2];
    for (int i = 0; i < 2; i++)
        found[i] = number_from("strace -f -c -U name,calls " + beside("programs/make_locks") + " " +
                               who + " " + std::to_string(i == 0 ? 0 : locks) +
                               " 2>&1 | awk '$1 == \"total\" { print $2 }'");
    return found[1] - found[0];
}

constexpr std::size_t locks_made = 60000;

std::vector<contender> traced() {
    // Where tracing is forbidden, strace is there and sees nothing.
    if (std::system("strace -c true >/dev/null 2>&1") != 0)
        return {};
    std::vector<contender> all;
    for (const char *who : {"libthreading", "pthread"})
        all.push_back({who, [who]() -> sample { return {calls(who, locks_made)}; }});
    return all;
}

// ---- inspection ----

std::vector<contender> inspected(const std::string &what, bool has_rival) {
    std::string with = beside("programs/inspected_tsan"),
                without = beside("programs/inspected_plain");
    if (!is_there(with))
        return {};
    std::vector<contender> all = {{"libthreading", [=]() -> sample {
                                       return {number_from(with + " libthreading " + what)};
                                   }}};
    if (has_rival)
        all.push_back(
            {"pthread", [=]() -> sample { return {number_from(with + " pthread " + what)}; }});
    all.push_back(
        {"limit", [=]() -> sample { return {number_from(without + " libthreading " + what)}; }});
    return all;
}

row inspected_row(const char *name, const std::string &what, bool has_rival) {
    row made = {"process", name, {}, "ns", "the same with nobody looking", {}, [=] {
                    return inspected(what, has_rival);
                }};
    made.rounds = 3;
    made.needs = "ThreadSanitizer's runtime";
    made.in_quick = false;
    return made;
}

} // namespace

std::vector<row> program_rows() {
    std::vector<row> rows = {
        {"process",
         "load and exit of an empty program",
         {},
         "us",
         "a program that has the C library alone",
         {},
         empty_programs},
        {"process", "library load", {}, "us", "", {}, loads},
        {"process", "library size", {}, "bytes", "", {}, sizes},
        {"process", "system calls to make locks", {{"locks", locks_made}}, "calls", "", {}, traced},
        inspected_row("lock uncontended, inspected", "lock", true),
        inspected_row("semaphore uncontended, inspected", "semaphore", true),
        inspected_row("event wait when set, inspected", "event", false),
    };
    rows[0].rounds = rows[1].rounds = 11;
    rows[2].rounds = rows[3].rounds = 1;
    rows[3].needs = "strace, allowed to trace";
    rows[3].in_quick = false;
    return rows;
}

} // namespace bench
