// The rivals' headers, as far as they were found when the program was built.
#ifndef RIVALS_HPP
#define RIVALS_HPP

#ifdef BENCH_HAS_GLIB
#include <glib.h>
#endif
#ifdef BENCH_HAS_NSYNC
#include <nsync.h>
#endif
#ifdef BENCH_HAS_ABSEIL
#include <absl/synchronization/barrier.h>
#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>
#endif
#ifdef BENCH_HAS_SDL2
#include <SDL.h>
#endif
#ifdef BENCH_HAS_APR
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>
#include <apr_version.h>
#endif
#ifdef BENCH_HAS_APR_QUEUE
#include <apr_queue.h>
#include <apu_version.h>
#endif
#ifdef BENCH_HAS_MOODYCAMEL
#include <concurrentqueue/blockingconcurrentqueue.h>
#endif
#ifdef BENCH_HAS_READERWRITER
#include <readerwriterqueue/readerwritercircularbuffer.h>
#endif
#ifdef BENCH_HAS_LIBUV
#include <uv.h>
#endif
#ifdef BENCH_HAS_BOOST
#include <boost/thread/barrier.hpp>
#include <boost/thread/condition_variable.hpp>
#include <boost/thread/mutex.hpp>
#include <boost/thread/recursive_mutex.hpp>
#include <boost/thread/thread.hpp>
#include <boost/thread/tss.hpp>
#include <boost/version.hpp>
#endif

namespace bench {

// A list of types, to go through all rivals of a kind.
template <class... T>
struct types {};

// Calls f(identity<T>) for each of them.
template <class T>
struct identity {
    using type = T;
};
template <class... T, class Function>
void for_each_type(types<T...>, Function function) {
    (function(identity<T>{}), ...);
}

} // namespace bench

#endif
