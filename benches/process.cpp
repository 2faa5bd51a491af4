// What happens to a process: signals, threads that others have started, forks.
#include <csignal>
#include <cstring>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "events.hpp"
#include "futex.hpp"
#include "locks.hpp"
#include "rows.hpp"
#include "semaphores.hpp"
#include "threads.hpp"
#include "timers.hpp"

namespace bench {

namespace {

// ---- a signal handler wakes a waiter ----

struct event_wake {
    static constexpr const char *who = "libthreading";
    our_event event;
    void wait() {
        event.wait();
        event.clear();
    }
    void wake() { event.set(); }
};

struct our_semaphore_wake {
    static constexpr const char *who = "libthreading_semaphore";
    our_semaphore semaphore{0};
    void wait() { semaphore.acquire(); }
    void wake() { semaphore.release(); }
};

struct posix_wake {
    static constexpr const char *who = "pthread";
    posix_semaphore semaphore{0};
    void wait() { semaphore.acquire(); }
    void wake() { semaphore.release(); }
};

struct futex_wake_up {
    static constexpr const char *who = "limit";
    futex_turn turn{0};
    void wait() { turn.acquire(); }
    void wake() { turn.release(); }
};

void (*wake_from_handler)();

// From raise() until the waiter runs; the median of some.
template <class Wake>
contender signalled() {
    struct waiter {
        std::atomic<std::uint64_t> woken{0};
        crew thread;
    };
    auto *state = new waiter;
    state->thread.start([state] {
        for (;;) {
            the_one<Wake>().wait();
            state->woken = now();
        }
    });
    return {Wake::who, [state]() -> sample {
                wake_from_handler = [] { the_one<Wake>().wake(); };
                signal(SIGUSR1, [](int) { wake_from_handler(); });
                std::vector<double> times;
                for (int i = 0; i < 30; i++) {
                    state->woken = 0;
                    // It waits, and has had time to fall asleep.
                    usleep(200);
                    std::uint64_t start = now();
                    raise(SIGUSR1);
                    while (state->woken == 0)
                        sched_yield();
                    times.push_back(static_cast<double>(state->woken - start));
                }
                return {quantile(times, 0.5)};
            }};
}

std::vector<contender> signals() {
    std::vector<contender> all;
    for_each_type(types<event_wake, our_semaphore_wake, posix_wake, futex_wake_up>{},
                  [&](auto kind) { all.push_back(signalled<typename decltype(kind)::type>()); });
    return all;
}

// ---- the first call of a thread that somebody else has started ----

template <class Call>
contender first_call(const char *who, Call call) {
    return {who, [call]() -> sample {
                std::vector<double> times;
                for (int i = 0; i < 50; i++) {
                    crew thread;
                    thread.start([&] {
                        std::uint64_t start = now();
                        call();
                        times.push_back(static_cast<double>(now() - start));
                    });
                }
                return {quantile(times, 0.5)};
            }};
}

struct with_destructor {
    int value = 0;
    ~with_destructor() { keep(value); }
};

std::vector<contender> first_calls() {
    static pthread_key_t keys[40];
    for (pthread_key_t &key : keys)
        must(pthread_key_create(&key, [](void *) {}), "pthread_key_create");
    return {
        first_call("libthreading", [] { keep(threading_current_thread()); }),
        first_call("libthreading_lock",
                   [] {
                       the_one<our_lock>().acquire();
                       the_one<our_lock>().release();
                   }),
        first_call("pthread", [] { pthread_setspecific(keys[39], keys); }),
#ifdef BENCH_HAS_GLIB
        first_call("glib", [] { keep(g_thread_self()); }),
#endif
#ifdef BENCH_HAS_BOOST
        first_call("boost", [] { keep(boost::this_thread::interruption_enabled()); }),
#endif
        first_call("limit",
                   [] {
                       static thread_local with_destructor own;
                       own.value++;
                   }),
    };
}

// ---- fork ----

// The median of some forks: how long the parent was away, or how long the child's first lock took.
template <class Lock>
double fork_times(bool in_child) {
    void *memory =
        mmap(nullptr, sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("no shared memory");
    double *in_shared = static_cast<double *>(memory);
    Lock &lock = the_one<Lock>();
    std::vector<double> times;
    for (int i = 0; i < 7; i++) {
        std::uint64_t start = now();
        pid_t child = fork();
        std::uint64_t returned = now();
        if (child == 0) {
            lock.acquire();
            lock.release();
            *in_shared = static_cast<double>(now() - returned);
            _exit(0);
        }
        int status;
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
            fail("fork failed");
        times.push_back(in_child ? *in_shared : static_cast<double>(returned - start));
    }
    return quantile(times, 0.5) / 1e3;
}

void sleep_for_good() {
    for (;;)
        pause();
}

double our_fork(std::size_t threads, std::size_t timers, bool in_child) {
    for (std::size_t i = 0; i < threads; i++) {
        threading_thread thread;
        auto main = [](void *) -> void * {
            sleep_for_good();
            return nullptr;
        };
        must(threading_thread_spawn_daemon(nullptr, main, nullptr, &thread),
             "threading_thread_spawn_daemon");
    }
    std::vector<our_timer> pending(timers);
    for (our_timer &each : pending) {
        each.make(3600);
        each.start();
    }
    return fork_times<our_lock>(in_child);
}

// As many threads, and as much memory as ours takes for the timers.
double plain_fork(std::size_t threads, std::size_t timers, bool in_child) {
    for (std::size_t i = 0; i < threads; i++) {
        pthread_t thread;
        auto main = [](void *) -> void * {
            sleep_for_good();
            return nullptr;
        };
        must(pthread_create(&thread, nullptr, main, nullptr), "pthread_create");
    }
    std::vector<char> memory(timers * (128 + sizeof(our_timer)), 1);
    keep(memory.data());
    return fork_times<pthread_lock>(in_child);
}

row fork_row(const char *name, std::size_t threads, std::size_t timers, bool in_child) {
    row made = {
        "process", name, {{"threads", threads}, {"timers", timers}}, "us", "", {}, [=] {
            auto run = [=](const char *who,
                           double (*part)(std::size_t, std::size_t, bool)) -> contender {
                return {who, [=]() -> sample {
                            return {in_process([=] { return part(threads, timers, in_child); })};
                        }};
            };
            return std::vector<contender>{run("libthreading", our_fork),
                                          run("pthread", plain_fork)};
        }};
    made.rounds = 3;
    made.in_quick = threads == 0;
    return made;
}

// ---- a blocked thread ----

// Resident bytes for each thread that waits for a lock: its stack as far as it was touched, and
// what libraries keep for it. What the kernel keeps is not in it.
template <class Lock>
double blocked_bytes(bool ours) {
    constexpr std::size_t threads = 1000;
    the_one<Lock>().acquire();
    resident_bytes();
    double before = resident_bytes();
    auto main = [](void *) -> void * {
        the_one<Lock>().acquire();
        return nullptr;
    };
    for (std::size_t i = 0; i < threads; i++) {
        threading_thread handle;
        pthread_t thread;
        if (ours)
            must(threading_thread_spawn_daemon(nullptr, main, nullptr, &handle),
                 "threading_thread_spawn_daemon");
        else
            must(pthread_create(&thread, nullptr, main, nullptr), "pthread_create");
    }
    // Until all of them have gone to sleep.
    double bytes = 0;
    for (double last = -1; bytes != last; usleep(50000)) {
        last = bytes;
        bytes = resident_bytes();
    }
    return (bytes - before) / static_cast<double>(threads);
}

std::vector<contender> blocked_threads() {
    std::vector<contender> all;
    for_each_type(different_locks{}, [&](auto kind) {
        using lock = typename decltype(kind)::type;
        bool ours = std::is_same<lock, our_lock>::value;
        all.push_back({lock::who, [ours]() -> sample {
                           return {in_process([ours] { return blocked_bytes<lock>(ours); })};
                       }});
    });
    return all;
}

} // namespace

std::vector<row> memory_rows() {
    std::vector<row> rows = object_memory_rows();
    rows.push_back(
        {"memory", "memory blocked thread", {{"threads", 1000}}, "bytes", "", {}, blocked_threads});
    rows.back().rounds = 1;
    return rows;
}

std::vector<row> process_rows() {
    std::vector<row> rows = {
        {"process",
         "signal to waiter",
         {{"cpus", 2}},
         "ns",
         "a raw futex wake in the handler",
         {},
         signals},
        {"process",
         "first call of a foreign thread",
         {},
         "ns",
         "the first use of a thread_local with a destructor",
         {},
         first_calls},
    };
    rows[0].needs_two = true;
    rows[0].rounds = rows[1].rounds = 15;
    for (bool in_child : {false, true}) {
        const char *name = in_child ? "first lock in a forked child" : "fork";
        rows.push_back(fork_row(name, 0, 0, in_child));
        rows.push_back(fork_row(name, 1000, 1000000, in_child));
    }
    for (row &each : program_rows())
        rows.push_back(std::move(each));
    return rows;
}

} // namespace bench
