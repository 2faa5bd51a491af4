// Threads: started and waited for, a thousand alive at once, and who is alive.
#include <dirent.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <thread>

#include "futex.hpp"
#include "locks.hpp"
#include "rows.hpp"

namespace bench {

namespace {

futex_gate gate;

// What a thread does: nothing, or wait until the gate opens.
void *nothing(void *) { return nullptr; }
void *pass_gate(void *) {
    gate.pass();
    return nullptr;
}

// Each has a handle of a thread, a start with a function, and a join.
struct our_thread {
    static constexpr const char *who = "libthreading";
    threading_thread thread;
    void start(void *(*main)(void *)) {
        must(threading_thread_spawn(nullptr, main, nullptr, &thread), "threading_thread_spawn");
    }
    void join() { must(threading_thread_finish(thread, nullptr), "threading_thread_finish"); }
};

// The four calls that Thread(), start(), join() and its end are.
struct our_thread_in_steps {
    static constexpr const char *who = "libthreading_steps";
    threading_thread thread;
    void start(void *(*main)(void *)) {
        must(threading_thread_new(nullptr, main, nullptr, &thread), "threading_thread_new");
        must(threading_thread_start(thread), "threading_thread_start");
    }
    void join() {
        must(threading_thread_join(thread), "threading_thread_join");
        must(threading_thread_destroy(thread), "threading_thread_destroy");
    }
};

struct pthread_thread {
    static constexpr const char *who = "pthread";
    pthread_t thread;
    void start(void *(*main)(void *)) {
        must(pthread_create(&thread, nullptr, main, nullptr), "pthread_create");
    }
    void join() { must(pthread_join(thread, nullptr), "pthread_join"); }
};

struct c11_thread {
    static constexpr const char *who = "c11";
    thrd_t thread;
    static int run(void *main) {
        reinterpret_cast<void *(*)(void *)>(main)(nullptr);
        return 0;
    }
    void start(void *(*main)(void *)) {
        must(thrd_create(&thread, run, reinterpret_cast<void *>(main)), "thrd_create");
    }
    void join() { must(thrd_join(thread, nullptr), "thrd_join"); }
};

struct std_thread {
    static constexpr const char *who = "std";
    std::thread thread;
    void start(void *(*main)(void *)) { thread = std::thread(main, nullptr); }
    void join() { thread.join(); }
};

#ifdef BENCH_HAS_GLIB
struct glib_thread {
    static constexpr const char *who = "glib";
    GThread *thread;
    void start(void *(*main)(void *)) { thread = g_thread_new(nullptr, main, nullptr); }
    void join() { g_thread_join(thread); }
};
#endif

#ifdef BENCH_HAS_SDL2
struct sdl_thread {
    static constexpr const char *who = "sdl2";
    SDL_Thread *thread;
    void start(void *(*main)(void *)) {
        thread = SDL_CreateThread(c11_thread::run, "bench", reinterpret_cast<void *>(main));
    }
    void join() { SDL_WaitThread(thread, nullptr); }
};
#endif

#ifdef BENCH_HAS_APR
// Each in a pool of its own, which is how the memory of one is given back.
struct apr_thread {
    static constexpr const char *who = "apr";
    apr_pool_t *pool;
    apr_thread_t *thread;
    static void *APR_THREAD_FUNC run(apr_thread_t *, void *main) {
        return reinterpret_cast<void *(*)(void *)>(main)(nullptr);
    }
    void start(void *(*main)(void *)) {
        must(apr_pool_create(&pool, apr_pool()), "apr_pool_create");
        must(apr_thread_create(&thread, nullptr, run, reinterpret_cast<void *>(main), pool),
             "apr_thread_create");
    }
    void join() {
        apr_status_t result;
        must(apr_thread_join(&result, thread), "apr_thread_join");
        apr_pool_destroy(pool);
    }
};
#endif

#ifdef BENCH_HAS_LIBUV
struct libuv_thread {
    static constexpr const char *who = "libuv";
    uv_thread_t thread;
    static void run(void *main) { reinterpret_cast<void *(*)(void *)>(main)(nullptr); }
    void start(void *(*main)(void *)) {
        must(uv_thread_create(&thread, run, reinterpret_cast<void *>(main)), "uv_thread_create");
    }
    void join() { must(uv_thread_join(&thread), "uv_thread_join"); }
};
#endif

#ifdef BENCH_HAS_BOOST
struct boost_thread {
    static constexpr const char *who = "boost";
    boost::thread thread;
    void start(void *(*main)(void *)) {
        thread = boost::thread(main, static_cast<void *>(nullptr));
    }
    void join() { thread.join(); }
};
#endif

// The system call that starts a thread, a page of stack, and the futex that the kernel wakes when
// it has ended.
struct bare_clone {
    static constexpr const char *who = "limit";
    static constexpr std::size_t stack_bytes = 16384;
    char *stack = static_cast<char *>(
        mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    futex_word alive{0};
    static int run(void *main) {
        reinterpret_cast<void *(*)(void *)>(main)(nullptr);
        return 0;
    }
    void start(void *(*main)(void *)) {
        alive = 1;
        constexpr int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                              CLONE_SYSVSEM | CLONE_CHILD_CLEARTID;
        if (clone(run, stack + stack_bytes, flags, reinterpret_cast<void *>(main), nullptr, nullptr,
                  &alive) < 0)
            fail("clone failed");
    }
    // The kernel's wake goes to a futex that processes may share.
    void join() {
        while (alive != 0)
            syscall(SYS_futex, &alive, FUTEX_WAIT, 1, nullptr);
    }
};

using threads_of_all = types<our_thread, our_thread_in_steps, pthread_thread, c11_thread, std_thread
#ifdef BENCH_HAS_GLIB
                             ,
                             glib_thread
#endif
#ifdef BENCH_HAS_SDL2
                             ,
                             sdl_thread
#endif
#ifdef BENCH_HAS_APR
                             ,
                             apr_thread
#endif
#ifdef BENCH_HAS_LIBUV
                             ,
                             libuv_thread
#endif
#ifdef BENCH_HAS_BOOST
                             ,
                             boost_thread
#endif
                             ,
                             bare_clone>;

// So many live at once; with one, it has nothing to wait for.
template <class Thread>
contender started_and_joined(std::size_t live) {
    auto *threads = new std::vector<Thread>(live);
    if (live == 1)
        return timed(
            Thread::who,
            [threads](std::size_t count) {
                std::uint64_t start = now();
                for (std::size_t i = 0; i < count; i++) {
                    threads->front().start(nothing);
                    threads->front().join();
                }
                return static_cast<double>(now() - start);
            },
            1e6);
    return {Thread::who, [threads, live]() -> sample {
                gate.open = 0;
                usage before = usage_now();
                std::uint64_t start = now();
                for (Thread &each : *threads)
                    each.start(pass_gate);
                gate.let_all_through();
                for (Thread &each : *threads)
                    each.join();
                double count = static_cast<double>(live);
                sample one = {static_cast<double>(now() - start) / count};
                usage after = usage_now();
                one.more[cpu_seconds_per_million] = (after.cpu - before.cpu) / count / 1e3;
                one.more[switches_per_op] = (after.switches - before.switches) / count;
                return one;
            }};
}

row start_row(std::size_t live, bool one_cpu) {
    row made = {"thread",
                live == 1 ? "thread start + join" : "thread start + join, many live",
                {{"cpus", one_cpu ? 1 : 2}},
                "ns a thread",
                "a clone, and a futex that waits for its end",
                {at_most(one_cpu ? 1.15 : 0.95, "pthread")},
                [live] {
                    std::vector<contender> all;
                    for_each_type(threads_of_all{}, [&](auto kind) {
                        all.push_back(started_and_joined<typename decltype(kind)::type>(live));
                    });
                    return all;
                }};
    if (live > 1) {
        made.parameters.insert(made.parameters.begin(), {"threads", live});
        made.goals.clear();
    }
    made.one_cpu = one_cpu;
    made.needs_two = !one_cpu;
    made.rounds = live == 1 ? 101 : 5;
    made.in_quick = live == 1;
    return made;
}

// ---- who is alive ----

std::size_t alive_in_proc() {
    DIR *directory = opendir("/proc/self/task");
    if (directory == nullptr)
        fail("/proc/self/task cannot be read");
    std::size_t count = 0;
    while (dirent *entry = readdir(directory))
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

// Threads of the library that sleep as long as the row's process lives.
void keep_alive(std::size_t count) {
    rlimit limit;
    if (getrlimit(RLIMIT_NPROC, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NPROC, &limit);
    }
    must(threading_set_stack_size(64 * 1024), "threading_set_stack_size");
    for (std::size_t i = 0; i < count; i++) {
        threading_thread thread;
        threading_status status =
            threading_thread_spawn_daemon(nullptr, pass_gate, nullptr, &thread);
        if (status != THREADING_OK)
            fail("only %zu of %zu threads could be started: %s; see ulimit -u, kernel.threads-max, "
                 "kernel.pid_max, vm.max_map_count "
                 "and the pids.max of the control group",
                 i, count, threading_status_name(status));
    }
}

// A program without the library can read what the kernel lists, which tells numbers and no names or
// handles.
std::vector<contender> who_is_alive(std::size_t live, bool only_count) {
    keep_alive(live);
    gate.open = 0;
    std::vector<contender> all;
    if (only_count) {
        all.push_back(looped("libthreading", [live] {
            if (threading_active_count() != live + 1)
                fail("threading_active_count is wrong");
        }));
        all.push_back(looped("limit", [] { keep(threading_version()); }));
    } else {
        // Room for one more than can be alive, so that a full array is never mistaken for the whole
        // list.
        auto *list = new std::vector<threading_thread>(live + 2);
        all.push_back(looped("libthreading", [list, live] {
            if (threading_enumerate(list->data(), list->size()) != live + 1)
                fail("threading_enumerate is wrong");
        }));
        auto *copy = new std::vector<threading_thread>(live + 2);
        all.push_back(looped("limit", [list, copy] {
            std::copy(list->begin(), list->end(), copy->begin());
            keep(copy->front());
        }));
    }
    all.push_back(looped("proc_self_task", [live] {
        if (alive_in_proc() < live + 1)
            fail("/proc/self/task is wrong");
    }));
    return all;
}

} // namespace

std::vector<row> thread_rows() {
    std::vector<row> rows;
    for (std::size_t live : {1, 1000})
        for (bool one_cpu : {false, true})
            rows.push_back(start_row(live, one_cpu));
    for (std::size_t live : {10, 1000, 10000}) {
        rows.push_back({"thread",
                        "enumerate",
                        {{"threads", live}},
                        "ns",
                        "a copy of so many handles",
                        {},
                        [live] { return who_is_alive(live, false); }});
        rows.push_back({"thread",
                        "active count",
                        {{"threads", live}},
                        "ns",
                        "a call into the library that does nothing",
                        {},
                        [live] { return who_is_alive(live, true); }});
        for (std::size_t i = rows.size() - 2; i < rows.size(); i++) {
            rows[i].rounds = 21;
            rows[i].in_quick = live == 1000;
        }
    }
    return rows;
}

} // namespace bench
