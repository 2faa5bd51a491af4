// Two threads pass a turn to and fro: each waits for its own, then gives it to the other.
#include <sched.h>

#include "events.hpp"
#include "futex.hpp"
#include "monitors.hpp"
#include "rows.hpp"
#include "semaphores.hpp"
#include "threads.hpp"

namespace bench {

namespace {

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

constexpr double round_nanoseconds = 2e6;

// The values are for one pass; count / 2 passes go each way.
template <class Turns>
contender game(const char *who, Turns turns) {
    return timed(
        who,
        [turns](std::size_t count) {
            std::size_t each = count / 2 + 1;
            return play(each, turns) * static_cast<double>(count) / static_cast<double>(2 * each);
        },
        round_nanoseconds);
}

// Whose turn it is, guarded by the monitor.
template <class Monitor>
contender through_condition() {
    static apart<int> turn;
    return game(Monitor::who, [at = &the_one<Monitor>()](int me, std::size_t count) {
        for (std::size_t i = 0; i < count; i++) {
            at->lock();
            while (turn.value != me)
                at->wait();
            turn.value = !me;
            at->notify();
            at->unlock();
        }
    });
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

template <class Event>
contender through_event() {
    struct pair {
        apart<Event> turns[2];
    };
    pair *both = new pair;
    both->turns[0].value.set();
    return game(Event::who, [both](int me, std::size_t count) {
        for (std::size_t i = 0; i < count; i++) {
            both->turns[me].value.wait();
            both->turns[me].value.clear();
            both->turns[!me].value.set();
        }
    });
}

// A lock that is held is no one's turn: the other thread releases it.
struct lock_as_turn : our_lock {
    explicit lock_as_turn(unsigned value) {
        if (value == 0)
            acquire();
    }
};

std::vector<contender> condition_games() {
    std::vector<contender> all;
    auto add = [&](auto kind) {
        all.push_back(through_condition<typename decltype(kind)::type>());
    };
    for_each_type(types<our_monitor, our_lock_monitor>{}, add);
    for_each_type(rival_monitors{}, add);
    all.push_back(through_semaphore<futex_turn>());
    return all;
}

std::vector<contender> semaphore_games() {
    std::vector<contender> all;
    for_each_type(semaphores{}, [&](auto kind) {
        all.push_back(through_semaphore<typename decltype(kind)::type>());
    });
    all.push_back(through_semaphore<futex_turn>());
    return all;
}

std::vector<contender> event_games() {
    std::vector<contender> all;
    for_each_type(clearable_events{}, [&](auto kind) {
        all.push_back(through_event<typename decltype(kind)::type>());
    });
    all.push_back(through_semaphore<futex_turn>());
    return all;
}

// No rival lets one thread release what another has locked; what its users take is a semaphore.
std::vector<contender> lock_games() {
    std::vector<contender> all = semaphore_games();
    all.front() = through_semaphore<lock_as_turn>();
    return all;
}

row game_row(const char *name, double of_limit, bool one_cpu, std::vector<contender> (*make)()) {
    row made = {"ping_pong",
                name,
                {{"cpus", one_cpu ? 1 : 2}},
                "ns",
                "one wait and one wake of a raw futex",
                {at_most(1.0, "best"), at_most(of_limit, "limit")},
                make};
    made.one_cpu = one_cpu;
    made.needs_two = !one_cpu;
    made.rounds = 31;
    return made;
}

} // namespace

std::vector<row> ping_pong_rows() {
    std::vector<row> rows;
    for (bool one_cpu : {false, true}) {
        rows.push_back(game_row("ping-pong condition", 1.5, one_cpu, condition_games));
        rows.push_back(game_row("ping-pong semaphore", 1.25, one_cpu, semaphore_games));
        rows.push_back(game_row("ping-pong event", 1.25, one_cpu, event_games));
        rows.push_back(game_row("ping-pong lock", 1.25, one_cpu, lock_games));
    }
    return rows;
}

} // namespace bench
