// Threads that meet at a barrier, again and again: the time of one meeting.
#include <memory>
#include <pthread.h>
#include <threading.h>
#include <version>
#ifdef __cpp_lib_barrier
#include <barrier>
#endif

#include "futex.hpp"
#include "locks.hpp"
#include "rows.hpp"
#include "threads.hpp"

namespace bench {

namespace {

struct our_barrier {
    static constexpr const char *who = "libthreading";
    threading_barrier barrier;
    explicit our_barrier(unsigned threads) {
        must(threading_barrier_new(threads, nullptr, nullptr, &barrier), "threading_barrier_new");
    }
    ~our_barrier() { threading_barrier_destroy(barrier); }
    void wait() { threading_barrier_wait(barrier, nullptr); }
};

struct pthread_barrier {
    static constexpr const char *who = "pthread";
    pthread_barrier_t barrier;
    explicit pthread_barrier(unsigned threads) {
        must(pthread_barrier_init(&barrier, nullptr, threads), "pthread_barrier_init");
    }
    ~pthread_barrier() { pthread_barrier_destroy(&barrier); }
    void wait() { pthread_barrier_wait(&barrier); }
};

#ifdef __cpp_lib_barrier
struct std_barrier {
    static constexpr const char *who = "std";
    std::barrier<> barrier;
    explicit std_barrier(unsigned threads) : barrier(threads) {}
    void wait() { barrier.arrive_and_wait(); }
};
#endif

#ifdef BENCH_HAS_LIBUV
struct libuv_barrier {
    static constexpr const char *who = "libuv";
    uv_barrier_t barrier;
    explicit libuv_barrier(unsigned threads) {
        must(uv_barrier_init(&barrier, threads), "uv_barrier_init");
    }
    ~libuv_barrier() { uv_barrier_destroy(&barrier); }
    void wait() { uv_barrier_wait(&barrier); }
};
#endif

#ifdef BENCH_HAS_BOOST
struct boost_barrier {
    static constexpr const char *who = "boost";
    boost::barrier barrier;
    explicit boost_barrier(unsigned threads) : barrier(threads) {}
    void wait() { barrier.wait(); }
};
#endif

struct futex_barrier {
    static constexpr const char *who = "limit";
    unsigned threads;
    futex_word arrived{0}, round{0};
    explicit futex_barrier(unsigned count) : threads(count) {}
    void wait() {
        std::uint32_t now = round;
        if (arrived.fetch_add(1) + 1 == threads) {
            arrived = 0;
            round++;
            futex_wake(&round, INT_MAX);
            return;
        }
        while (round == now)
            futex_wait(&round, now);
    }
};

using barriers = types<our_barrier, pthread_barrier
#ifdef __cpp_lib_barrier
                       ,
                       std_barrier
#endif
#ifdef BENCH_HAS_LIBUV
                       ,
                       libuv_barrier
#endif
#ifdef BENCH_HAS_BOOST
                       ,
                       boost_barrier
#endif
                       ,
                       futex_barrier>;

template <class Barrier>
double meet(std::size_t threads, std::size_t rounds) {
    auto barrier = std::make_unique<Barrier>(static_cast<unsigned>(threads));
    std::uint64_t start = 0, end = 0;
    crew others;
    auto main = [&](bool first) {
        barrier->wait();
        if (first)
            start = now();
        for (std::size_t i = 0; i < rounds; i++)
            barrier->wait();
        if (first)
            end = now();
    };
    for (std::size_t i = 0; i < threads; i++)
        others.start([&main, i] { main(i == 0); });
    others.join();
    return static_cast<double>(end - start);
}

row barrier_row(std::size_t threads, bool one_cpu) {
    row made = {
        "barrier",
        "barrier",
        {{"threads", threads}, {"cpus", one_cpu ? 1 : 2}},
        "ns a round",
        "a counter, and one raw futex wake of all",
        {},
        [threads] {
            std::vector<contender> all;
            for_each_type(barriers{}, [&](auto kind) {
                using barrier = typename decltype(kind)::type;
                all.push_back(timed(
                    barrier::who,
                    [threads](std::size_t rounds) { return meet<barrier>(threads, rounds); },
                    threads <= 8 ? 4e6 : 12e6));
            });
            return all;
        }};
    if (!one_cpu)
        made.goals = {at_most(threads <= 8 ? 1.0 : 1.6, "pthread")};
    made.one_cpu = one_cpu;
    made.needs_two = !one_cpu;
    made.rounds = threads <= 8 ? 21 : 7;
    made.in_quick = !one_cpu;
    return made;
}

} // namespace

std::vector<row> barrier_rows() {
    std::vector<row> rows;
    for (bool one_cpu : {false, true})
        for (std::size_t threads : {2, 8, 64})
            rows.push_back(barrier_row(threads, one_cpu));
    return rows;
}

} // namespace bench
