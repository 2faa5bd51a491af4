// A semaphore that nobody else wants, and one unit that several threads want.
#include "semaphores.hpp"

#include "contended.hpp"

namespace bench {

namespace {

std::vector<contender> uncontended() {
    std::vector<contender> all;
    auto add = [&](auto kind) {
        using semaphore = typename decltype(kind)::type;
        all.push_back(looped(semaphore::who, [at = &the_one<semaphore>()] {
            at->acquire();
            at->release();
        }));
    };
    for_each_type(semaphores{}, add);
    add(identity<two_instructions>{});
    return all;
}

row contended_row(std::size_t threads, bool one_cpu) {
    contention how = {threads, 0,
                      threads <= 2 ? 0.006 : (threads < 16 ? 0.02 : 0.08) * (scale < 1 ? 0.5 : 1),
                      false};
    row made = {"semaphore",
                "contended semaphore",
                {{"threads", threads}, {"section_ns", 0}, {"cpus", one_cpu ? 1 : 2}},
                "ns",
                "an uncontended pair, one thread",
                {at_most(1.0, "pthread")},
                [how] {
                    std::vector<contender> all;
                    for_each_type(semaphores{}, [&](auto kind) {
                        all.push_back(contended<typename decltype(kind)::type>(how));
                    });
                    all.push_back(alone<our_semaphore>(how));
                    return all;
                }};
    made.one_cpu = one_cpu;
    made.needs_two = !one_cpu;
    made.rounds = threads <= 2 ? 21 : threads < 16 ? 7 : 3;
    made.in_quick = !one_cpu;
    return made;
}

} // namespace

std::vector<row> semaphore_rows() {
    std::vector<row> rows = {{"semaphore",
                              "semaphore uncontended",
                              {},
                              "ns",
                              "two locked instructions",
                              {at_most(1.0, "pthread")},
                              uncontended}};
    for (bool one_cpu : {false, true})
        for (std::size_t threads : {2, 4, 16, 64})
            rows.push_back(contended_row(threads, one_cpu));
    return rows;
}

} // namespace bench
