// Two threads pass a turn to and fro: through a condition, semaphores, events and locks.
#include "events.hpp"
#include "futex.hpp"
#include "monitors.hpp"
#include "play.hpp"
#include "rows.hpp"
#include "semaphores.hpp"

namespace bench {

namespace {

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
