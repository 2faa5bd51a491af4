// Several threads want the same thing, which lets one in at a time: throughput, what it costs, and
// who is left behind.
#ifndef CONTENDED_HPP
#define CONTENDED_HPP

#include <algorithm>
#include <pthread.h>

#include "locks.hpp"
#include "rows.hpp"

namespace bench {

struct contention {
    std::size_t threads;
    double section; // nanoseconds that it is held, beyond a few increments
    double seconds; // of a round
    // the whole round reads the clock around every wait; else a short part after it does
    bool watched;
};

// What all threads of a round share. What is written lies apart from what is only read.
struct arena {
    std::size_t turns = 0;
    bool watched = false;
    pthread_barrier_t begin;
    alignas(128) std::atomic<bool> stop{false};
    // guarded by what is measured; all four always equal
    alignas(128) std::uint64_t guarded[4] = {};
};

// How long threads waited: counts in steps of a sixteenth, and the longest.
class waits {
public:
    void add(std::uint64_t nanoseconds) {
        counts_[place(nanoseconds)]++;
        longest_ = nanoseconds > longest_ ? nanoseconds : longest_;
    }
    void add(const waits &others);
    double longest() const { return static_cast<double>(longest_); }
    double quantile(double part) const;

private:
    static constexpr std::size_t steps = 16, places = 64 * steps;
    static std::size_t place(std::uint64_t nanoseconds) {
        if (nanoseconds < steps)
            return static_cast<std::size_t>(nanoseconds);
        std::size_t shift = static_cast<std::size_t>(63 - __builtin_clzll(nanoseconds)) - 4;
        return (shift + 1) * steps + static_cast<std::size_t>((nanoseconds >> shift) % steps);
    }
    std::uint64_t counts_[places] = {}, longest_ = 0;
};

struct alignas(128) worker {
    arena *at;
    void *lock;
    pthread_t thread;
    // sections, and those of them in which it was alone and counted at `guarded`
    std::uint64_t sections = 0, writes = 0;
    waits waited;
};

template <class Lock, bool watched>
void work(worker *me) {
    Lock *lock = static_cast<Lock *>(me->lock);
    arena *at = me->at;
    const std::size_t turns = at->turns;
    std::uint64_t sections = 0;
    pthread_barrier_wait(&at->begin);
    while (!at->stop.load(std::memory_order_relaxed)) {
        std::uint64_t asked = watched ? now() : 0;
        lock->acquire();
        if (watched)
            me->waited.add(now() - asked);
        for (std::uint64_t &word : at->guarded)
            // A lock that lets two in at once must be seen, so each increment is a load and a store
            // of its own.
            *static_cast<volatile std::uint64_t *>(&word) =
                *static_cast<volatile std::uint64_t *>(&word) + 1;
        busy(turns);
        lock->release();
        sections++;
    }
    me->sections = me->writes = sections;
}

template <class Lock>
void *worker_main(void *argument) {
    worker *me = static_cast<worker *>(argument);
    if (me->at->watched)
        work<Lock, true>(me);
    else
        work<Lock, false>(me);
    return nullptr;
}

// One round; `main` is worker_main of the type that `lock` has.
sample contend(const char *who, void *lock, void *(*main)(void *), const contention &how);

template <class Lock>
contender contended(const contention &how) {
    // The first round, which is not counted, may be short.
    return {Lock::who, [how, first = true]() mutable -> sample {
                contention now = how;
                if (stretch > 1)
                    now.seconds = std::max(now.seconds, 0.1);
                if (first)
                    now.seconds = 0.01;
                first = false;
                return contend(Lock::who, &the_one<Lock>(), worker_main<Lock>, now);
            }};
}

// What one thread needs for the same section and an uncontended pair, as the limit.
template <class Lock>
contender alone(const contention &how) {
    contention single = {1, how.section, 0.01, false};
    return {"limit", [single]() -> sample {
                return contend("limit", &the_one<Lock>(), worker_main<Lock>, single);
            }};
}

} // namespace bench

#endif
