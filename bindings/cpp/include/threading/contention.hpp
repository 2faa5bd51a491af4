// Which locks, rlocks and semaphores threads have waited for longest.
#ifndef THREADING_CONTENTION_HPP
#define THREADING_CONTENTION_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <threading/inspect.hpp>
#include <threading/status.hpp>

namespace threading {

/// How a lock, rlock or semaphore was waited for.
struct contended {
    /// What it is.
    threading::kind kind = threading::kind::none;
    /// The `bits` of its handle.
    std::uint64_t object = 0;
    /// How many waits have acquired it.
    std::uint64_t waits = 0;
    /// How many waits ran out of time.
    std::uint64_t timeouts = 0;
    /// How long the waits were together that acquired it.
    std::chrono::duration<double> total{};
    /// How long the longest of them was.
    std::chrono::duration<double> longest{};
    /// The ident of the thread that held it when the longest wait began; 0 if it is not known.
    std::uint64_t longest_holder = 0;

    /// Its name; empty if it has none, or has ended.
    [[nodiscard]] std::string name() const { return detail::name_of_object(kind, object); }
};

/// The locks, rlocks and semaphores that threads have waited for, those first whose waits took
/// longest together. An acquire that finds the lock free, or gets it after a few microseconds of
/// spinning, is no wait. Nothing has to be switched on before.
[[nodiscard]] inline std::vector<contended> contention() {
    std::vector<threading_contention> seen(16);
    std::size_t count = 0;
    while ((count = threading_contention_top(seen.data(), seen.size())) == seen.size()) {
        seen.resize(2 * seen.size());
    }
    std::vector<contended> found;
    found.reserve(count);
    for (std::size_t i = 0; i < count; i++) {
        found.push_back({static_cast<kind>(seen[i].kind), seen[i].object, seen[i].waits,
                         seen[i].timeouts, std::chrono::duration<double>(seen[i].total),
                         std::chrono::duration<double>(seen[i].longest), seen[i].longest_holder});
    }
    return found;
}

/// Begins to count waits anew, for all locks, rlocks and semaphores. Waits that end at the same
/// time may be counted before or after.
inline void contention_reset() {
    detail::check(threading_contention_reset(), "threading_contention_reset");
}

} // namespace threading

#endif
