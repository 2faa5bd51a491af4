// What asks threads to stop: a tree of requests. POSIX has none; a program writes a flag, and its
// own way to wake who waits.
#ifndef STOPS_HPP
#define STOPS_HPP

#include <condition_variable>
#include <mutex>
#include <threading.h>
#include <version>
#ifdef __cpp_lib_jthread
#include <optional>
#include <stop_token>
#endif

#include "bench.hpp"
#include "rivals.hpp"

namespace bench {

// Each is made without or with one above it, whose request it hears, and destroyed.
struct our_stop {
    static constexpr const char *who = "libthreading";
    threading_stop stop;
    void make(our_stop *above) {
        threading_stop none = THREADING_NULL;
        must(threading_stop_new(above == nullptr ? none : above->stop, &stop),
             "threading_stop_new");
    }
    void destroy() { must(threading_stop_destroy(stop), "threading_stop_destroy"); }
    bool requested() { return threading_stop_requested(stop); }
    void request() { threading_stop_request(stop); }
    void wait() { threading_stop_wait(stop); }
};

#ifdef __cpp_lib_jthread
// A stop_source hears of no other: a callback on the one above requests it.
struct std_stop {
    static constexpr const char *who = "std";
    struct pass_on {
        std::stop_source *source;
        void operator()() const { source->request_stop(); }
    };
    std::optional<std::stop_source> source;
    std::optional<std::stop_callback<pass_on>> heard;
    std::mutex mutex;
    std::condition_variable_any never;
    void make(std_stop *above) {
        source.emplace();
        if (above != nullptr)
            heard.emplace(above->source->get_token(), pass_on{&*source});
    }
    void destroy() {
        heard.reset();
        source.reset();
    }
    bool requested() { return source->stop_requested(); }
    void request() { source->request_stop(); }
    void wait() {
        std::unique_lock<std::mutex> held(mutex);
        never.wait(held, source->get_token(), [] { return false; });
    }
};
#endif

using stops = types<our_stop
#ifdef __cpp_lib_jthread
                    ,
                    std_stop
#endif
                    >;

} // namespace bench

#endif
