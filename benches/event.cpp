// An event that nobody waits for.
#include "events.hpp"

#include "locks.hpp"
#include "rows.hpp"

namespace bench {

namespace {

const char *const empty_call = "a call into the library that does nothing, threading_version";

contender call_alone() {
    return looped("limit", [] { keep(threading_version()); });
}

// `operation` on an event of each kind, which is set when `set` says so.
template <class Events, class Operation>
std::vector<contender> each(Events kinds, bool set, Operation operation) {
    std::vector<contender> all;
    for_each_type(kinds, [&](auto kind) {
        using event = typename decltype(kind)::type;
        if (set)
            the_one<event>().set();
        all.push_back(looped(event::who, [at = &the_one<event>(), operation] { operation(*at); }));
    });
    all.push_back(call_alone());
    return all;
}

} // namespace

std::vector<row> event_rows() {
    auto is_set = [](auto &event) { keep(event.is_set()); };
    auto wait = [](auto &event) { event.wait(); };
    auto set_and_clear = [](auto &event) {
        event.set();
        event.clear();
    };
    return {
        {"event",
         "event is_set, clear",
         {},
         "ns",
         empty_call,
         {at_most(1.5, "limit")},
         [=] { return each(all_events{}, false, is_set); }},
        {"event",
         "event is_set, set",
         {},
         "ns",
         empty_call,
         {at_most(1.5, "limit")},
         [=] { return each(all_events{}, true, is_set); }},
        {"event",
         "event wait when set",
         {},
         "ns",
         empty_call,
         {at_most(1.5, "limit")},
         [=] { return each(all_events{}, true, wait); }},
        {"event",
         "event set and clear, no waiter",
         {},
         "ns",
         empty_call,
         {},
         [=] { return each(clearable_events{}, false, set_and_clear); }},
    };
}

} // namespace bench
