// What costs something while it is recorded: in which order locks are taken, how long they are
// held, and what threads have waited for last.
#ifndef THREADING_RECORDING_HPP
#define THREADING_RECORDING_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <threading/detail/callback.hpp>
#include <threading/detail/report.hpp>
#include <threading/hooks.hpp>
#include <threading/inspect.hpp>
#include <threading/status.hpp>
#include <threading/thread_reference.hpp>

namespace threading {

/// What `inspect` records; to be combined with `|`.
enum class recorded : std::uint32_t {
    /// Nothing.
    nothing = 0,
    /// In which order threads take locks and rlocks.
    order = THREADING_INSPECT_ORDER,
    /// How long locks and rlocks are held.
    holds = THREADING_INSPECT_HOLDS,
    /// What each thread has waited for last, for `dump`.
    waits = THREADING_INSPECT_WAITS,
    /// As `order`, where all locks of one name, or that one call has made, count as one.
    classes = THREADING_INSPECT_CLASSES,
};

/// Both.
[[nodiscard]] constexpr recorded operator|(recorded one, recorded other) noexcept {
    return static_cast<recorded>(static_cast<std::uint32_t>(one) |
                                 static_cast<std::uint32_t>(other));
}

/// Records that from now on, and nothing else. While orders or holds are recorded, each acquire and
/// release of a lock or rlock takes several times as long; waits cost something only whoever waits.
/// Throws `no_resources`, `invalid_argument`.
inline void inspect(recorded what) {
    detail::check(threading_inspect(static_cast<std::uint32_t>(what)), "threading_inspect");
}

/// A pair of a circle of locks: a thread took the one, and then wanted the other.
struct order {
    /// The thread; names none if the library did not start it and it has not asked for itself.
    thread_reference thread;
    /// The ident of that thread.
    std::uint64_t ident = 0;
    /// What it took: the `bits` of its handle, what it is, and the address to which the call
    /// returns.
    std::uint64_t held = 0;
    threading::kind held_kind = threading::kind::none;
    const void *held_site = nullptr;
    /// What it wanted then, which the next pair has as `held`.
    std::uint64_t wanted = 0;
    threading::kind wanted_kind = threading::kind::none;
    const void *wanted_site = nullptr;

    /// The name of what it took; empty if it has none, or has ended.
    [[nodiscard]] std::string held_name() const { return detail::name_of_object(held_kind, held); }
    /// The name of what it wanted.
    [[nodiscard]] std::string wanted_name() const {
        return detail::name_of_object(wanted_kind, wanted);
    }
};

/// Sets what is called for each circle of locks that can hang, with a `std::vector<order>`, while
/// `recorded::order` is on. It runs in the thread that has closed the circle, must return, and must
/// not take locks of the circle. Without a hook a circle is printed.
template <class F, class = detail::enable_if_hook<F, const std::vector<order> &>>
void set_order_hook(F &&hook) {
    const auto call = [](const threading_order *pairs, std::size_t count, void *context) {
        try {
            std::vector<order> found;
            for (std::size_t i = 0; i < count; i++) {
                found.push_back({thread_reference(pairs[i].thread), pairs[i].ident, pairs[i].held,
                                 static_cast<kind>(pairs[i].held_kind), pairs[i].held_site,
                                 pairs[i].wanted, static_cast<kind>(pairs[i].wanted_kind),
                                 pairs[i].wanted_site});
            }
            (*static_cast<const std::decay_t<F> *>(context))(found);
        } catch (...) {
            detail::report(detail::carry());
        }
    };
    const char *const function = "threading_set_order_hook";
    void *const made = detail::make_hook(std::forward<F>(hook), function);
    detail::check(threading_set_order_hook(call, made), function);
}

/// Takes the order hook away; it may still be running.
inline void set_order_hook(std::nullptr_t) noexcept { threading_set_order_hook(nullptr, nullptr); }

/// How a lock or rlock was held.
struct hold {
    /// What it is.
    threading::kind kind = threading::kind::none;
    /// The `bits` of its handle.
    std::uint64_t object = 0;
    /// How many holds are over.
    std::uint64_t holds = 0;
    /// How long they were together.
    std::chrono::duration<double> total{};
    /// How long the longest was.
    std::chrono::duration<double> longest{};
    /// The address to which the call returns that began the longest; null if it is not known.
    const void *longest_site = nullptr;
    /// The ident of the thread whose hold that was.
    std::uint64_t longest_holder = 0;

    /// Its name; empty if it has none, or has ended.
    [[nodiscard]] std::string name() const { return detail::name_of_object(kind, object); }
};

/// The locks and rlocks that were held since `recorded::holds` was switched on last, those first
/// that were held longest.
[[nodiscard]] inline std::vector<hold> holds() {
    std::vector<threading_hold> seen(16);
    std::size_t count = 0;
    while ((count = threading_holds_top(seen.data(), seen.size())) == seen.size()) {
        seen.resize(2 * seen.size());
    }
    std::vector<hold> found;
    found.reserve(count);
    for (std::size_t i = 0; i < count; i++) {
        found.push_back({static_cast<kind>(seen[i].kind), seen[i].object, seen[i].holds,
                         std::chrono::duration<double>(seen[i].total),
                         std::chrono::duration<double>(seen[i].longest), seen[i].longest_site,
                         seen[i].longest_holder});
    }
    return found;
}

} // namespace threading

#endif
