// Two threads pass a turn to and fro: each waits for its own, then gives it to the other.
#ifndef PLAY_HPP
#define PLAY_HPP

#include <atomic>
#include <sched.h>

#include "rows.hpp"
#include "threads.hpp"

namespace bench {

// Nanoseconds for `count` turns of each; `turns` is called with who plays, 0 or 1.
template <class Turns>
double play(std::size_t count, Turns turns) {
    std::atomic<bool> ready{false};
    crew second;
    second.start([&] {
        ready = true;
        turns(1, count);
    });
    while (!ready)
        sched_yield();
    std::uint64_t start = now();
    turns(0, count);
    second.join();
    return static_cast<double>(now() - start);
}

// The values are for one pass; count / 2 passes go each way.
template <class Turns>
contender game(const char *who, Turns turns) {
    constexpr double round_nanoseconds = 2e6;
    return timed(
        who,
        [turns](std::size_t count) {
            std::size_t each = count / 2 + 1;
            return play(each, turns) * static_cast<double>(count) / static_cast<double>(2 * each);
        },
        round_nanoseconds);
}

// Two of what can be taken by one thread and given back by another.
template <class Semaphore>
contender through_semaphore(const char *who = Semaphore::who) {
    struct pair {
        apart<Semaphore> turns[2] = {{Semaphore(1)}, {Semaphore(0)}};
    };
    return game(who, [at = new pair](int me, std::size_t count) {
        for (std::size_t i = 0; i < count; i++) {
            at->turns[me].value.acquire();
            at->turns[!me].value.release();
        }
    });
}

} // namespace bench

#endif
