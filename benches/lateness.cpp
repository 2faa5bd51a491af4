// How late the functions of timers are called, beside a thread that sleeps until the same times.
#include <algorithm>
#include <random>

#include "locks.hpp"
#include "rows.hpp"
#include "timers.hpp"

namespace bench {

namespace {

constexpr std::size_t count = 10000;
// Seconds: the first is due when all have been started.
constexpr double lead = 0.05;

struct due {
    std::uint64_t at;
    double late; // microseconds; below 0 would be early
};

std::vector<due> dues(count);
std::vector<double> intervals(count);

// Random times within `spread`, in whole milliseconds, since some rivals know no others.
void choose_intervals(double spread) {
    std::mt19937_64 random(362436069);
    std::uniform_int_distribution<int> between(static_cast<int>(lead * 1e3),
                                               static_cast<int>((lead + spread) * 1e3));
    for (double &each : intervals)
        each = between(random) / 1e3;
}

void begin(std::size_t i) { dues[i].at = now() + static_cast<std::uint64_t>(intervals[i] * 1e9); }

void note(due *which) {
    which->late = (static_cast<double>(now()) - static_cast<double>(which->at)) / 1e3;
}

// The median; what 99.9 % did not exceed and the longest are told beside it.
sample lateness() {
    std::vector<double> late;
    for (const due &each : dues)
        late.push_back(each.late);
    sample one = {quantile(late, 0.5)};
    one.more[p999_us] = quantile(late, 0.999);
    one.more[longest_wait_ms] = quantile(late, 1) / 1e3;
    return one;
}

sample ours() {
    std::vector<threading_timer> timers(count);
    auto call = [](void *which) -> void * {
        note(static_cast<due *>(which));
        return nullptr;
    };
    for (std::size_t i = 0; i < count; i++)
        must(threading_timer_new(intervals[i], call, &dues[i], &timers[i]), "threading_timer_new");
    for (std::size_t i = 0; i < count; i++) {
        // Read before the start, so what is early by this is early by any reckoning.
        begin(i);
        must(threading_timer_start(timers[i]), "threading_timer_start");
    }
    for (threading_timer timer : timers)
        must(threading_thread_join(threading_timer_thread(timer)), "threading_thread_join");
    for (threading_timer timer : timers)
        must(threading_timer_destroy(timer), "threading_timer_destroy");
    for (const due &each : dues)
        if (each.late < 0)
            fail("a timer was %.3f us early", -each.late);
    return lateness();
}

#ifdef BENCH_HAS_LIBUV
sample libuv() {
    uv_loop_t *loop = libuv_timer::loop();
    std::vector<uv_timer_t> timers(count);
    uv_update_time(loop);
    for (std::size_t i = 0; i < count; i++) {
        must(uv_timer_init(loop, &timers[i]), "uv_timer_init");
        timers[i].data = &dues[i];
        begin(i);
        auto call = [](uv_timer_t *timer) { note(static_cast<due *>(timer->data)); };
        must(uv_timer_start(&timers[i], call, static_cast<std::uint64_t>(intervals[i] * 1e3 + 0.5),
                            0),
             "uv_timer_start");
    }
    uv_run(loop, UV_RUN_DEFAULT);
    for (uv_timer_t &timer : timers)
        uv_close(reinterpret_cast<uv_handle_t *>(&timer), nullptr);
    uv_run(loop, UV_RUN_DEFAULT);
    return lateness();
}
#endif

#ifdef BENCH_HAS_GLIB
sample glib() {
    static std::size_t left;
    left = count;
    auto call = [](void *which) -> gboolean {
        note(static_cast<due *>(which));
        left--;
        return G_SOURCE_REMOVE;
    };
    for (std::size_t i = 0; i < count; i++) {
        GSource *timer = g_timeout_source_new(static_cast<guint>(intervals[i] * 1e3 + 0.5));
        g_source_set_callback(timer, call, &dues[i], nullptr);
        begin(i);
        g_source_attach(timer, glib_timer::context());
        g_source_unref(timer);
    }
    while (left > 0)
        g_main_context_iteration(glib_timer::context(), TRUE);
    return lateness();
}
#endif

// One thread that does nothing but sleep until the next of the same times: what this machine can do
// at this moment.
sample sleeper() {
    std::uint64_t start = now();
    for (std::size_t i = 0; i < count; i++)
        dues[i].at = start + static_cast<std::uint64_t>(intervals[i] * 1e9);
    std::sort(dues.begin(), dues.end(), [](const due &a, const due &b) { return a.at < b.at; });
    for (due &each : dues) {
        sleep_until(each.at);
        note(&each);
    }
    return lateness();
}

// The round that is not counted is not run: nothing here is faster the second time.
contender once(const char *who, sample (*round)()) {
    return {who, [round, warm = true]() mutable -> sample {
                if (std::exchange(warm, false))
                    return {unknown};
                return round();
            }};
}

} // namespace

row lateness_row() {
    row made = {"timer",
                "timer lateness",
                {{"timers", count}, {"cpus", 2}},
                "us",
                "a thread that sleeps until each of the same times",
                {},
                [] {
                    choose_intervals(scale < 1 ? 0.25 : 1);
                    return std::vector<contender>{once("libthreading", ours),
#ifdef BENCH_HAS_LIBUV
                                                  once("libuv", libuv),
#endif
#ifdef BENCH_HAS_GLIB
                                                  once("glib", glib),
#endif
                                                  once("limit", sleeper)};
                }};
    made.rounds = 1;
    return made;
}

} // namespace bench
