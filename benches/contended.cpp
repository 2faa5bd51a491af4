#include "contended.hpp"

#include <algorithm>
#include <deque>
#include <limits>

namespace bench {

void waits::add(const waits &others) {
    for (std::size_t i = 0; i < places; i++)
        counts_[i] += others.counts_[i];
    longest_ = std::max(longest_, others.longest_);
}

double waits::quantile(double part) const {
    std::uint64_t all = 0, seen = 0;
    for (std::uint64_t count : counts_)
        all += count;
    for (std::size_t i = 0; i < places; i++) {
        seen += counts_[i];
        if (static_cast<double>(seen) < part * static_cast<double>(all))
            continue;
        std::size_t shift = i < steps ? 0 : i / steps - 1;
        std::size_t least = i < steps ? i : (steps + i % steps) << shift;
        // The middle of the step, and never more than the longest.
        return std::min(static_cast<double>(least) +
                            0.5 * static_cast<double>((std::size_t{1} << shift) - 1),
                        longest());
    }
    return unknown;
}

namespace {

struct counted {
    double nanoseconds, total, writes, least;
    usage used;
    waits waited;
};

std::size_t calibrated(double section) {
    static double known = 0;
    static std::size_t turns = 0;
    if (section != known) {
        turns = busy_turns(section);
        known = section;
    }
    return turns;
}

counted one_part(const char *who, void *lock, void *(*main)(void *), const contention &how,
                 double seconds, bool watched) {
    static arena at;
    at.turns = calibrated(how.section);
    at.watched = watched;
    at.stop = false;
    std::fill(std::begin(at.guarded), std::end(at.guarded), 0);
    pthread_attr_t attributes;
    must(pthread_attr_init(&attributes), "pthread_attr_init");
    must(pthread_attr_setstacksize(&attributes, 256 * 1024), "pthread_attr_setstacksize");
    must(pthread_barrier_init(&at.begin, nullptr, static_cast<unsigned>(how.threads) + 1),
         "pthread_barrier_init");
    std::deque<worker> workers(how.threads);
    for (worker &each : workers) {
        each.at = &at;
        each.lock = lock;
        must(pthread_create(&each.thread, &attributes, main, &each), "pthread_create");
    }
    // The barrier opens when this thread arrives, so the clock is read before: the workers may run
    // before this thread runs again.
    usage before = usage_now();
    std::uint64_t start = now();
    pthread_barrier_wait(&at.begin);
    sleep_until(start + static_cast<std::uint64_t>(seconds * 1e9));
    at.stop = true;
    counted result = {static_cast<double>(now() - start),      0,           0,
                      std::numeric_limits<double>::infinity(), usage_now(), {}};
    result.used.cpu -= before.cpu;
    result.used.switches -= before.switches;
    for (worker &each : workers) {
        must(pthread_join(each.thread, nullptr), "pthread_join");
        result.total += static_cast<double>(each.sections);
        result.writes += static_cast<double>(each.writes);
        result.least = std::min(result.least, static_cast<double>(each.sections));
        result.waited.add(each.waited);
    }
    pthread_barrier_destroy(&at.begin);
    pthread_attr_destroy(&attributes);
    for (std::uint64_t word : at.guarded)
        if (static_cast<double>(word) != result.writes)
            fail("%s let two threads in at once: %.0f sections, %llu counted", who, result.writes,
                 static_cast<unsigned long long>(word));
    return result;
}

} // namespace

sample contend(const char *who, void *lock, void *(*main)(void *), const contention &how) {
    counted part = one_part(who, lock, main, how, how.seconds, how.watched);
    sample one = {part.nanoseconds / part.total};
    one.more[cpu_seconds_per_million] = part.used.cpu / part.total / 1e3;
    one.more[switches_per_op] = part.used.switches / part.total;
    one.more[least_percent] = 100 * part.least * static_cast<double>(how.threads) / part.total;
    if (!how.watched)
        part.waited = one_part(who, lock, main, how, how.seconds / 8, true).waited;
    one.more[p999_us] = part.waited.quantile(0.999) / 1e3;
    one.more[longest_wait_ms] = part.waited.longest() / 1e6;
    return one;
}

} // namespace bench
