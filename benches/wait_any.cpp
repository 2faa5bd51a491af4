// The first of several objects: one that is ready, none that is, and a turn that threads pass to
// and fro through objects of which one is never ready.
#include "wait_any.hpp"

#include "futex.hpp"
#include "locks.hpp"
#include "play.hpp"
#include "rows.hpp"

namespace bench {

namespace {

using all_several = types<our_several, poll_several, pthread_several>;

const char *const empty_call = "a call into the library that does nothing, threading_version";

// The last of them has a unit, which is taken and given back; or none has.
template <class Several>
contender polled(std::size_t objects, bool one_is_ready) {
    Several *several = new Several(objects);
    if (!one_is_ready)
        return looped(Several::who, [several] {
            if (several->try_take() != none_of_several)
                fail("%s: took what nobody has given", Several::who);
        });
    return looped(Several::who, [several, last = objects - 1] {
        several->give(last);
        if (several->try_take() != last)
            fail("%s: did not take what was there", Several::who);
    });
}

row polled_row(std::size_t objects, bool one_is_ready) {
    row made = {"wait_any",
                one_is_ready ? "give + wait_any" : "wait_any poll, none ready",
                {{"objects", objects}},
                "ns",
                empty_call,
                {at_most(1.0, "poll")},
                [objects, one_is_ready] {
                    std::vector<contender> all;
                    for_each_type(all_several{}, [&](auto kind) {
                        using several = typename decltype(kind)::type;
                        all.push_back(polled<several>(objects, one_is_ready));
                    });
                    all.push_back(looped("limit", [] { keep(threading_version()); }));
                    return all;
                }};
    made.in_quick = objects == 2;
    return made;
}

// The first of each thread's objects is never given.
template <class Several>
contender through_several(std::size_t objects) {
    struct pair {
        apart<Several> turns[2];
    };
    pair *both = new pair{{{Several(objects)}, {Several(objects)}}};
    both->turns[0].value.give(objects - 1);
    return game(Several::who, [both, last = objects - 1](int me, std::size_t count) {
        for (std::size_t i = 0; i < count; i++) {
            if (both->turns[me].value.take() != last)
                fail("%s: took what nobody has given", Several::who);
            both->turns[!me].value.give(last);
        }
    });
}

row game_row(std::size_t objects, bool one_cpu) {
    row made = {"wait_any",
                "ping-pong wait_any",
                {{"objects", objects}, {"cpus", one_cpu ? 1 : 2}},
                "ns",
                "one wait and one wake of a raw futex",
                {at_most(1.0, "poll")},
                [objects] {
                    std::vector<contender> all;
                    for_each_type(all_several{}, [&](auto kind) {
                        all.push_back(through_several<typename decltype(kind)::type>(objects));
                    });
                    all.push_back(through_semaphore<futex_turn>());
                    return all;
                }};
    made.one_cpu = one_cpu;
    made.needs_two = !one_cpu;
    made.rounds = 31;
    made.in_quick = objects == 2 && !one_cpu;
    return made;
}

} // namespace

std::vector<row> wait_any_rows() {
    std::vector<row> rows;
    for (bool one_is_ready : {true, false})
        for (std::size_t objects : {2, 8})
            rows.push_back(polled_row(objects, one_is_ready));
    for (bool one_cpu : {false, true})
        for (std::size_t objects : {2, 8})
            rows.push_back(game_row(objects, one_cpu));
    return rows;
}

} // namespace bench
