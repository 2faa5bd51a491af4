// The timers that are compared, in great numbers. Those of libuv and GLib belong to a loop of one
// thread and may be used by no other; libuv's take the time from their loop, and do not read the
// clock. timer_create of POSIX asks the kernel for each, and how many a user may have is limited
// like pending signals, so it is no rival here.
#ifndef TIMERS_HPP
#define TIMERS_HPP

#include <atomic>
#include <threading.h>

#include "bench.hpp"
#include "rivals.hpp"

namespace bench {

[[noreturn]] inline void not_due() { fail("a timer fired that is not due for minutes"); }

// Each is made with the seconds until it is due, then started, cancelled and destroyed.
struct our_timer {
    static constexpr const char *who = "libthreading";
    threading_timer timer;
    static void *never(void *) { not_due(); }
    void make(double seconds) {
        must(threading_timer_new(seconds, never, nullptr, &timer), "threading_timer_new");
    }
    void start() { must(threading_timer_start(timer), "threading_timer_start"); }
    void cancel() {
        bool prevented;
        must(threading_timer_cancel(timer, &prevented), "threading_timer_cancel");
        if (!prevented)
            not_due();
    }
    void destroy() { must(threading_timer_destroy(timer), "threading_timer_destroy"); }
};

#ifdef BENCH_HAS_LIBUV
struct libuv_timer {
    static constexpr const char *who = "libuv";
    uv_timer_t *timer;
    std::uint64_t milliseconds;
    static uv_loop_t *loop() {
        static uv_loop_t *made = [] {
            uv_loop_t *one = new uv_loop_t;
            must(uv_loop_init(one), "uv_loop_init");
            return one;
        }();
        return made;
    }
    static void never(uv_timer_t *) { not_due(); }
    void make(double seconds) {
        timer = new uv_timer_t;
        must(uv_timer_init(loop(), timer), "uv_timer_init");
        milliseconds = static_cast<std::uint64_t>(seconds * 1e3);
    }
    void start() { must(uv_timer_start(timer, never, milliseconds, 0), "uv_timer_start"); }
    void cancel() { must(uv_timer_stop(timer), "uv_timer_stop"); }
    // Closing one for good needs a turn of the loop.
    void destroy() {
        uv_close(reinterpret_cast<uv_handle_t *>(timer),
                 [](uv_handle_t *handle) { delete reinterpret_cast<uv_timer_t *>(handle); });
    }
    static void all_destroyed() { uv_run(loop(), UV_RUN_NOWAIT); }
};
#endif

#ifdef BENCH_HAS_GLIB
struct glib_timer {
    static constexpr const char *who = "glib";
    GSource *timer;
    static GMainContext *context() {
        static GMainContext *made = g_main_context_new();
        return made;
    }
    static gboolean never(void *) { not_due(); }
    void make(double seconds) {
        timer = g_timeout_source_new(static_cast<guint>(seconds * 1e3));
        g_source_set_callback(timer, never, nullptr, nullptr);
    }
    void start() { g_source_attach(timer, context()); }
    void cancel() { g_source_destroy(timer); }
    void destroy() { g_source_unref(timer); }
};
#endif

// The least that any timer does that threads may share: it reads the clock, and goes into a list
// and out again, under two locked instructions each. It fires never.
struct bare_entry {
    bare_entry *next, *previous;
    std::uint64_t due;
};
inline bare_entry bare_list = {&bare_list, &bare_list, 0};

struct bare_timer {
    static constexpr const char *who = "limit";
    bare_entry *entry;
    double interval;
    static inline std::atomic<bool> held{false};
    void make(double seconds) {
        entry = new bare_entry;
        interval = seconds;
    }
    void start() {
        entry->due = now() + static_cast<std::uint64_t>(interval * 1e9);
        keep(held.exchange(true));
        entry->next = &bare_list;
        entry->previous = bare_list.previous;
        bare_list.previous = bare_list.previous->next = entry;
        keep(held.exchange(false));
    }
    void cancel() {
        keep(held.exchange(true));
        entry->next->previous = entry->previous;
        entry->previous->next = entry->next;
        keep(held.exchange(false));
    }
    void destroy() { delete entry; }
};

using timers_of_all = types<our_timer
#ifdef BENCH_HAS_LIBUV
                            ,
                            libuv_timer
#endif
#ifdef BENCH_HAS_GLIB
                            ,
                            glib_timer
#endif
                            >;

template <class Timer>
void all_destroyed() {
#ifdef BENCH_HAS_LIBUV
    if constexpr (std::is_same<Timer, libuv_timer>::value)
        libuv_timer::all_destroyed();
#endif
}

} // namespace bench

#endif
