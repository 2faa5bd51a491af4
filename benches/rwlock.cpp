// A read-write lock: one that nobody else wants, and one that several threads read and write.
#include "rwlocks.hpp"

#include "contended.hpp"

namespace bench {

namespace {

std::vector<contender> uncontended(bool reads) {
    std::vector<contender> all;
    auto add = [&](auto kind) {
        using rwlock = typename decltype(kind)::type;
        rwlock *at = &the_one<rwlock>();
        if (reads)
            all.push_back(looped(rwlock::who, [at] {
                at->acquire_read();
                at->release_read();
            }));
        else
            all.push_back(looped(rwlock::who, [at] {
                at->acquire();
                at->release();
            }));
    };
    for_each_type(rwlocks{}, add);
    add(identity<counted_reads>{});
    return all;
}

// Reads and writes in an order of chance, `percent` writes. A read that finds half of a write ends
// the program. Only writers' waits are noted.
template <class Lock, std::size_t percent, bool watched>
void read_and_write(worker *me) {
    Lock *lock = static_cast<Lock *>(me->lock);
    arena *at = me->at;
    const std::size_t turns = at->turns;
    std::uint64_t sections = 0, writes = 0, chance = reinterpret_cast<std::uintptr_t>(me) | 1;
    pthread_barrier_wait(&at->begin);
    while (!at->stop.load(std::memory_order_relaxed)) {
        chance = chance * 6364136223846793005u + 1442695040888963407u;
        if ((chance >> 33) % 100 < percent) {
            std::uint64_t asked = watched ? now() : 0;
            lock->acquire();
            if (watched)
                me->waited.add(now() - asked);
            for (std::uint64_t &word : at->guarded)
                *static_cast<volatile std::uint64_t *>(&word) =
                    *static_cast<volatile std::uint64_t *>(&word) + 1;
            busy(turns);
            lock->release();
            writes++;
        } else {
            lock->acquire_read();
            const volatile std::uint64_t *first = &at->guarded[0], *last = &at->guarded[3];
            if (__builtin_expect(*first != *last, 0))
                fail("%s: a read met a write", Lock::who);
            busy(turns);
            lock->release_read();
        }
        sections++;
    }
    me->sections = sections;
    me->writes = writes;
}

template <class Lock, std::size_t percent>
void *reader_and_writer(void *argument) {
    worker *me = static_cast<worker *>(argument);
    if (me->at->watched)
        read_and_write<Lock, percent, true>(me);
    else
        read_and_write<Lock, percent, false>(me);
    return nullptr;
}

template <class Lock, std::size_t percent>
contender shared(const contention &how) {
    return {Lock::who, [how, first = true]() mutable -> sample {
                contention now = how;
                if (stretch > 1)
                    now.seconds = std::max(now.seconds, 0.1);
                if (first)
                    now.seconds = 0.01;
                first = false;
                return contend(Lock::who, &the_one<Lock>(), reader_and_writer<Lock, percent>, now);
            }};
}

template <std::size_t percent>
std::vector<contender> contenders(const contention &how) {
    std::vector<contender> all;
    for_each_type(rwlocks{}, [&](auto kind) {
        all.push_back(shared<typename decltype(kind)::type, percent>(how));
    });
    contention single = {1, how.section, 0.01, false};
    all.push_back({"limit", [single]() -> sample {
                       return contend("limit", &the_one<our_rwlock>(),
                                      reader_and_writer<our_rwlock, percent>, single);
                   }});
    return all;
}

template <std::size_t percent>
row contended_row(std::size_t threads, bool watched) {
    contention how = {threads, 0, watched ? 0.5 : threads <= 2 ? 0.006 : 0.05, watched};
    row made = {"rwlock",
                watched ? "longest wait to write" : "contended rwlock",
                {{"threads", threads}, {"writes_percent", percent}},
                "ns",
                "the same in one thread",
                {},
                [how] { return contenders<percent>(how); }};
    if (watched)
        made.goals = {at_most(0.25, "pthread", longest_wait_ms)};
    else if (threads <= 2)
        made.goals = {at_most(1.0, "best")};
    else
        // A convoy, in which each hands the lock to one that sleeps, takes ten times as long.
        made.goals = {at_most(1.15, "pthread_writers"), at_most(5, "its median", longest_round)};
    made.needs_two = true;
    made.rounds = watched ? 3 : 21;
    made.tells_longest = !watched && threads > 2;
    made.in_quick = percent == 10;
    return made;
}

} // namespace

std::vector<row> rwlock_rows() {
    std::vector<row> rows;
    for (bool reads : {true, false})
        rows.push_back({"rwlock",
                        reads ? "rwlock uncontended, read" : "rwlock uncontended, write",
                        {},
                        "ns",
                        "two locked instructions",
                        {at_most(1.1, "best"), at_most(1.0, "pthread")},
                        [reads] { return uncontended(reads); }});
    for (std::size_t threads : {2, 4, 8}) {
        rows.push_back(contended_row<1>(threads, false));
        rows.push_back(contended_row<10>(threads, false));
        rows.push_back(contended_row<50>(threads, false));
    }
    for (std::size_t threads : {4, 8})
        rows.push_back(contended_row<10>(threads, true));
    return rows;
}

} // namespace bench
