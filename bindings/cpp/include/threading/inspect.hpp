// A look into the running program: who waits for what and for whom, since when, and which threads
// wait for each other.
#ifndef THREADING_INSPECT_HPP
#define THREADING_INSPECT_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <threading/detail/memory_file.hpp>
#include <threading/detail/name.hpp>
#include <threading/thread_reference.hpp>

namespace threading {

// g++ takes `kind::lock` for something that hides `threading::lock`.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"

/// What a thread waits for. Later versions of the library may know more kinds.
enum class kind {
    /// Nothing.
    none = THREADING_KIND_NONE,
    /// The end of a thread.
    thread = THREADING_KIND_THREAD,
    /// A lock.
    lock = THREADING_KIND_LOCK,
    /// An rlock.
    rlock = THREADING_KIND_RLOCK,
    /// A notify. A waiter that was notified waits for the condition's lock.
    condition = THREADING_KIND_CONDITION,
    /// A unit of a semaphore.
    semaphore = THREADING_KIND_SEMAPHORE,
    /// An event.
    event = THREADING_KIND_EVENT,
    /// A barrier.
    barrier = THREADING_KIND_BARRIER,
    /// A timer.
    timer = THREADING_KIND_TIMER,
    /// A local. No thread waits for one.
    local = THREADING_KIND_LOCAL,
    /// An rw_lock, to read or to write.
    rw_lock = THREADING_KIND_RWLOCK,
    /// A stop.
    stop = THREADING_KIND_STOP,
    /// A latch.
    latch = THREADING_KIND_LATCH,
    /// A queue.
    queue = THREADING_KIND_QUEUE,
    /// The end of what was submitted to an executor.
    executor = THREADING_KIND_EXECUTOR,
    /// A future. A wait for one is shown as a wait for the end of its thread.
    future = THREADING_KIND_FUTURE,
    /// Time, in `sleep_for` or `sleep_until`.
    sleep = THREADING_KIND_SLEEP,
    /// Something of the library's own; or the end of all threads, in `shutdown` or `std::exit`.
    library = THREADING_KIND_LIBRARY,
};

#pragma GCC diagnostic pop

/// How sure it is that the threads of a deadlock wait for ever.
enum class certainty {
    /// There is no deadlock.
    none = THREADING_CERTAINTY_NONE,
    /// They wait until a thread that is none of them releases a lock of theirs, which any thread
    /// may do.
    probable = THREADING_CERTAINTY_PROBABLE,
    /// They wait for ever: all that they wait for are rlocks and ends of threads.
    certain = THREADING_CERTAINTY_CERTAIN,
};

/// What one thread waits for.
struct wait {
    /// The thread that waits; names none if the library did not start it and it has not asked for
    /// itself.
    thread_reference thread;
    /// The ident of that thread.
    std::uint64_t ident = 0;
    /// The operating system's id of that thread; 0 if it is not known.
    std::uint64_t native_id = 0;
    /// What kind of thing it waits for.
    threading::kind kind = threading::kind::none;
    /// The `bits` of the handle that it waits for; 0 for a sleep, and for what has no handle.
    std::uint64_t object = 0;
    /// The ident of the thread that holds the lock or rlock, or whose end is waited for; 0 if
    /// nobody is known.
    std::uint64_t holder = 0;
    /// For how long it has waited.
    std::chrono::duration<double> waited{};
    /// For how much longer it waits at most; nothing if it has no time-out.
    std::optional<std::chrono::duration<double>> remaining{};
    /// The address to which the blocked call returns; null if it is not known.
    const void *site = nullptr;

    /// The name of what it waits for; empty if that has none, or has ended.
    [[nodiscard]] std::string name() const;
};

/// Threads that wait for each other in a circle. False if there are none.
struct deadlock {
    /// What its threads wait for, each for the next one, and the last for the first.
    std::vector<wait> waits;
    /// How sure it is.
    threading::certainty certainty = threading::certainty::none;

    /// Whether there is one.
    [[nodiscard]] explicit operator bool() const noexcept { return !waits.empty(); }
};

namespace detail {

template <class Handle>
std::string name_if_any(std::uint64_t bits,
                        threading_status (*read)(Handle, char *, std::size_t, std::size_t *)) {
    Handle handle = THREADING_NULL;
    handle.bits = bits;
    std::string name;
    return read_name(handle, read, name) == THREADING_OK ? name : std::string();
}

inline std::string name_of_object(kind what, std::uint64_t object) {
    switch (what) {
    case kind::thread:
        return name_if_any(object, threading_thread_name);
    case kind::lock:
        return name_if_any(object, threading_lock_name);
    case kind::rlock:
        return name_if_any(object, threading_rlock_name);
    case kind::condition:
        return name_if_any(object, threading_condition_name);
    case kind::semaphore:
        return name_if_any(object, threading_semaphore_name);
    case kind::event:
        return name_if_any(object, threading_event_name);
    case kind::barrier:
        return name_if_any(object, threading_barrier_name);
    case kind::rw_lock:
        return name_if_any(object, threading_rwlock_name);
    case kind::stop:
        return name_if_any(object, threading_stop_name);
    case kind::latch:
        return name_if_any(object, threading_latch_name);
    case kind::queue:
        return name_if_any(object, threading_queue_name);
    default:
        return {};
    }
}

inline wait wait_of(const threading_wait &seen) {
    wait found;
    found.thread = thread_reference(seen.thread);
    found.ident = seen.ident;
    found.native_id = seen.native_id;
    found.kind = static_cast<kind>(seen.kind);
    found.object = seen.object;
    found.holder = seen.holder;
    found.waited = std::chrono::duration<double>(seen.seconds);
    if (seen.remaining != std::numeric_limits<double>::infinity()) {
        found.remaining = std::chrono::duration<double>(seen.remaining);
    }
    found.site = seen.site;
    return found;
}

inline std::vector<wait> waits_of(const threading_wait *seen, std::size_t count) {
    std::vector<wait> found;
    found.reserve(count);
    for (std::size_t i = 0; i < count; i++) {
        found.push_back(wait_of(seen[i]));
    }
    return found;
}

inline void dump_to(std::ostream &out, threading_status (*dump)(std::int32_t),
                    const char *function) {
    const memory_file file(function);
    check(dump(file.descriptor()), function);
    const std::string text = file.text();
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

} // namespace detail

inline std::string wait::name() const { return detail::name_of_object(kind, object); }

/// What the threads of the process wait for at this moment. A thread that runs, or that waits for
/// something that is not the library's, has no entry. No thread is stopped, so each entry is true
/// at a moment of its own.
[[nodiscard]] inline std::vector<wait> waits() {
    std::vector<threading_wait> seen(threading_active_count() + 8);
    std::size_t count = 0;
    while ((count = threading_waits(seen.data(), seen.size())) == seen.size()) {
        seen.resize(2 * seen.size());
    }
    return detail::waits_of(seen.data(), count);
}

/// What that thread waits for at this moment; nothing if it runs, has not started or has ended, or
/// waits for something that is not the library's. Throws `invalid_handle`, `destroyed`.
[[nodiscard]] inline std::optional<wait> waiting_for(const thread_reference &thread) {
    threading_wait seen{};
    const threading_status status = threading_thread_waiting_for(thread.handle(), &seen);
    if (status == THREADING_NO_VALUE) {
        return std::nullopt;
    }
    detail::check(status, "threading_thread_waiting_for");
    return detail::wait_of(seen);
}

/// Looks for threads that wait for each other in a circle, without a time-out, for locks, rlocks
/// and ends of threads: `if (auto found = threading::find_deadlock())`. It never takes threads that
/// move for a deadlock. A lock that another thread than its holder has released is left out, and so
/// is a thread that waits for a lock which it took itself, unless the lock is owned.
[[nodiscard]] inline deadlock find_deadlock() {
    std::vector<threading_wait> seen(8);
    for (;;) {
        threading_certainty sure = THREADING_CERTAINTY_NONE;
        const std::size_t count = threading_find_deadlock(seen.data(), seen.size(), &sure);
        if (count <= seen.size()) {
            return {detail::waits_of(seen.data(), count), static_cast<certainty>(sure)};
        }
        seen.resize(count);
    }
}

/// Writes what every thread does, waits for and holds, and the deadlocks, as text for people, to a
/// descriptor: the standard error stream by default. Blocks as long as the descriptor does. Throws
/// `invalid_argument` if that cannot be written to, `busy` if another dump is being written,
/// `no_resources`. A signal handler calls `threading_dump` of C, which never throws.
inline void dump(int fd = 2) { detail::check(threading_dump(fd), "threading_dump"); }

/// As `dump(fd)`, to a stream, whose state says whether it took the text. All is collected first.
inline void dump(std::ostream &out) { detail::dump_to(out, threading_dump, "threading_dump"); }

/// Writes the same as JSON for programs, to a descriptor. `threading_dump_json` in the C header
/// says what is in it. Throws as `dump(fd)` does.
inline void dump_json(int fd) { detail::check(threading_dump_json(fd), "threading_dump_json"); }

/// As `dump_json(fd)`, to a stream.
inline void dump_json(std::ostream &out) {
    detail::dump_to(out, threading_dump_json, "threading_dump_json");
}

} // namespace threading

#endif
