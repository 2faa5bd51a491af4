// A stop: asked for, made and destroyed, requested with many below it, and as what wakes a thread.
#include "stops.hpp"

#include <deque>

#include "futex.hpp"
#include "locks.hpp"
#include "play.hpp"
#include "rows.hpp"

namespace bench {

namespace {

template <class Stop>
Stop &the_parent() {
    static Stop *made = [] {
        Stop *one = &the_one<Stop>();
        one->make(nullptr);
        return one;
    }();
    return *made;
}

template <class Each>
std::vector<contender> each_stop(Each each) {
    std::vector<contender> all;
    for_each_type(stops{}, [&](auto kind) {
        all.push_back(each(identity<typename decltype(kind)::type>{}));
    });
    return all;
}

std::vector<contender> asked() {
    std::vector<contender> all = each_stop([](auto kind) {
        using stop = typename decltype(kind)::type;
        stop *child = &(new apart<stop>)->value;
        child->make(&the_parent<stop>());
        return looped(stop::who, [child] { keep(child->requested()); });
    });
    all.push_back(looped("limit", [] { keep(threading_version()); }));
    return all;
}

std::vector<contender> made_and_destroyed() {
    return each_stop([](auto kind) {
        using stop = typename decltype(kind)::type;
        stop *child = &(new apart<stop>)->value;
        return looped(stop::who, [child, parent = &the_parent<stop>()] {
            child->make(parent);
            child->destroy();
        });
    });
}

// Nanoseconds of one request for each stop that hears of it. Making them is not counted.
template <class Stop>
double requested(std::size_t children) {
    Stop parent;
    parent.make(nullptr);
    std::deque<Stop> below(children);
    for (Stop &each : below)
        each.make(&parent);
    std::uint64_t start = now();
    parent.request();
    double taken = static_cast<double>(now() - start);
    for (Stop &each : below) {
        if (!each.requested())
            fail("%s: a stop has not heard of a request", Stop::who);
        each.destroy();
    }
    parent.destroy();
    return taken / static_cast<double>(children);
}

std::vector<contender> requests(std::size_t children) {
    return each_stop([children](auto kind) {
        using stop = typename decltype(kind)::type;
        return contender{stop::who, [children]() -> sample { return {requested<stop>(children)}; }};
    });
}

// A stop comes once, so there is one for each pass. Making them is not counted.
template <class Stop>
double passes(std::size_t count) {
    std::size_t each = count / 2 + 1;
    std::deque<Stop> turns[2] = {std::deque<Stop>(each), std::deque<Stop>(each)};
    for (std::deque<Stop> &side : turns)
        for (Stop &stop : side)
            stop.make(nullptr);
    turns[0][0].request();
    double taken = play(each, [&](int me, std::size_t rounds) {
        for (std::size_t i = 0; i < rounds; i++) {
            turns[me][i].wait();
            if (me == 0)
                turns[1][i].request();
            else if (i + 1 < rounds)
                turns[0][i + 1].request();
        }
    });
    for (std::deque<Stop> &side : turns)
        for (Stop &stop : side)
            stop.destroy();
    return taken * static_cast<double>(count) / static_cast<double>(2 * each);
}

std::vector<contender> games() {
    std::vector<contender> all = each_stop([](auto kind) {
        using stop = typename decltype(kind)::type;
        return timed(stop::who, passes<stop>, 2e6);
    });
    all.push_back(through_semaphore<futex_turn>());
    return all;
}

row game_row(bool one_cpu) {
    row made = {"stop",
                "ping-pong stop",
                {{"cpus", one_cpu ? 1 : 2}},
                "ns",
                "one wait and one wake of a raw futex",
                {at_most(1.0, "best")},
                games};
    made.one_cpu = one_cpu;
    made.needs_two = !one_cpu;
    made.rounds = 31;
    return made;
}

} // namespace

std::vector<row> stop_rows() {
    std::vector<row> rows = {
        {"stop",
         "stop requested",
         {},
         "ns",
         "a call into the library that does nothing, threading_version",
         {},
         asked},
        {"stop", "stop new + destroy", {}, "ns", "", {at_most(1.0, "best")}, made_and_destroyed},
    };
    for (std::size_t children : {1, 1000}) {
        rows.push_back({"stop",
                        "stop request",
                        {{"children", children}},
                        "ns a child",
                        "",
                        {at_most(1.0, "best")},
                        [children] { return requests(children); }});
        rows.back().rounds = 101;
    }
    for (bool one_cpu : {false, true})
        rows.push_back(game_row(one_cpu));
    return rows;
}

} // namespace bench
