// A lock and two conditions that go with it, of each library that has conditions.
#ifndef MONITORS_HPP
#define MONITORS_HPP

#include <condition_variable>

#include "locks.hpp"

namespace bench {

// As in Python: the condition has a recursive lock of its own. It has one condition only.
struct our_monitor {
    static constexpr const char *who = "libthreading";
    threading_condition condition;
    our_monitor() { must(threading_condition_new(&condition), "threading_condition_new"); }
    void lock() { threading_condition_acquire(condition); }
    void unlock() { threading_condition_release(condition); }
    void wait(int = 0) { threading_condition_wait(condition); }
    void notify(int = 0) { threading_condition_notify(condition, 1); }
    void notify_all(int = 0) { threading_condition_notify_all(condition); }
};

// Conditions that were made with a lock, as rivals have it.
struct our_lock_and_conditions {
    static constexpr const char *who = "libthreading";
    threading_lock mutex;
    threading_condition conditions[2];
    our_lock_and_conditions() {
        must(threading_lock_new(&mutex), "threading_lock_new");
        for (threading_condition &each : conditions)
            must(threading_condition_new_with_lock(mutex, &each),
                 "threading_condition_new_with_lock");
    }
    void lock() { threading_lock_acquire(mutex); }
    void unlock() { threading_lock_release(mutex); }
    void wait(int i = 0) { threading_condition_wait(conditions[i]); }
    void notify(int i = 0) { threading_condition_notify(conditions[i], 1); }
    void notify_all(int i = 0) { threading_condition_notify_all(conditions[i]); }
};

// The same beside our_monitor.
struct our_lock_monitor : our_lock_and_conditions {
    static constexpr const char *who = "libthreading_lock";
};

struct pthread_monitor {
    static constexpr const char *who = "pthread";
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t conditions[2] = {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};
    void lock() { pthread_mutex_lock(&mutex); }
    void unlock() { pthread_mutex_unlock(&mutex); }
    void wait(int i = 0) { pthread_cond_wait(&conditions[i], &mutex); }
    void notify(int i = 0) { pthread_cond_signal(&conditions[i]); }
    void notify_all(int i = 0) { pthread_cond_broadcast(&conditions[i]); }
};

struct c11_monitor {
    static constexpr const char *who = "c11";
    mtx_t mutex;
    cnd_t conditions[2];
    c11_monitor() {
        must(mtx_init(&mutex, mtx_plain), "mtx_init");
        for (cnd_t &each : conditions)
            must(cnd_init(&each), "cnd_init");
    }
    void lock() { mtx_lock(&mutex); }
    void unlock() { mtx_unlock(&mutex); }
    void wait(int i = 0) { cnd_wait(&conditions[i], &mutex); }
    void notify(int i = 0) { cnd_signal(&conditions[i]); }
    void notify_all(int i = 0) { cnd_broadcast(&conditions[i]); }
};

// Conditions of C++: those of the standard library, and those of Boost.
template <class Mutex, class Condition, class Unique, class Adopt>
struct cpp_monitor {
    Mutex mutex;
    Condition conditions[2];
    void lock() { mutex.lock(); }
    void unlock() { mutex.unlock(); }
    void wait(int i = 0) {
        Unique held(mutex, Adopt());
        conditions[i].wait(held);
        held.release();
    }
    void notify(int i = 0) { conditions[i].notify_one(); }
    void notify_all(int i = 0) { conditions[i].notify_all(); }
};

struct std_monitor : cpp_monitor<std::mutex, std::condition_variable, std::unique_lock<std::mutex>,
                                 std::adopt_lock_t> {
    static constexpr const char *who = "std";
};

#ifdef BENCH_HAS_BOOST
struct boost_monitor : cpp_monitor<boost::mutex, boost::condition_variable,
                                   boost::unique_lock<boost::mutex>, boost::adopt_lock_t> {
    static constexpr const char *who = "boost";
};
#endif

#ifdef BENCH_HAS_GLIB
struct glib_monitor {
    static constexpr const char *who = "glib";
    GMutex mutex;
    GCond conditions[2];
    glib_monitor() {
        g_mutex_init(&mutex);
        for (GCond &each : conditions)
            g_cond_init(&each);
    }
    void lock() { g_mutex_lock(&mutex); }
    void unlock() { g_mutex_unlock(&mutex); }
    void wait(int i = 0) { g_cond_wait(&conditions[i], &mutex); }
    void notify(int i = 0) { g_cond_signal(&conditions[i]); }
    void notify_all(int i = 0) { g_cond_broadcast(&conditions[i]); }
};
#endif

#ifdef BENCH_HAS_NSYNC
struct nsync_monitor {
    static constexpr const char *who = "nsync";
    nsync::nsync_mu mutex;
    nsync::nsync_cv conditions[2];
    nsync_monitor() {
        nsync::nsync_mu_init(&mutex);
        for (nsync::nsync_cv &each : conditions)
            nsync::nsync_cv_init(&each);
    }
    void lock() { nsync::nsync_mu_lock(&mutex); }
    void unlock() { nsync::nsync_mu_unlock(&mutex); }
    void wait(int i = 0) { nsync::nsync_cv_wait(&conditions[i], &mutex); }
    void notify(int i = 0) { nsync::nsync_cv_signal(&conditions[i]); }
    void notify_all(int i = 0) { nsync::nsync_cv_broadcast(&conditions[i]); }
};
#endif

#ifdef BENCH_HAS_ABSEIL
struct abseil_monitor {
    static constexpr const char *who = "abseil";
    absl::Mutex mutex;
    absl::CondVar conditions[2];
    void lock() { mutex.Lock(); }
    void unlock() { mutex.Unlock(); }
    void wait(int i = 0) { conditions[i].Wait(&mutex); }
    void notify(int i = 0) { conditions[i].Signal(); }
    void notify_all(int i = 0) { conditions[i].SignalAll(); }
};
#endif

#ifdef BENCH_HAS_SDL2
struct sdl_monitor {
    static constexpr const char *who = "sdl2";
    SDL_mutex *mutex = SDL_CreateMutex();
    SDL_cond *conditions[2] = {SDL_CreateCond(), SDL_CreateCond()};
    void lock() { SDL_LockMutex(mutex); }
    void unlock() { SDL_UnlockMutex(mutex); }
    void wait(int i = 0) { SDL_CondWait(conditions[i], mutex); }
    void notify(int i = 0) { SDL_CondSignal(conditions[i]); }
    void notify_all(int i = 0) { SDL_CondBroadcast(conditions[i]); }
};
#endif

#ifdef BENCH_HAS_APR
struct apr_monitor {
    static constexpr const char *who = "apr";
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *conditions[2];
    apr_monitor() {
        must(apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_UNNESTED, apr_pool()),
             "apr_thread_mutex_create");
        for (apr_thread_cond_t *&each : conditions)
            must(apr_thread_cond_create(&each, apr_pool()), "apr_thread_cond_create");
    }
    void lock() { apr_thread_mutex_lock(mutex); }
    void unlock() { apr_thread_mutex_unlock(mutex); }
    void wait(int i = 0) { apr_thread_cond_wait(conditions[i], mutex); }
    void notify(int i = 0) { apr_thread_cond_signal(conditions[i]); }
    void notify_all(int i = 0) { apr_thread_cond_broadcast(conditions[i]); }
};
#endif

#ifdef BENCH_HAS_LIBUV
struct libuv_monitor {
    static constexpr const char *who = "libuv";
    uv_mutex_t mutex;
    uv_cond_t conditions[2];
    libuv_monitor() {
        must(uv_mutex_init(&mutex), "uv_mutex_init");
        for (uv_cond_t &each : conditions)
            must(uv_cond_init(&each), "uv_cond_init");
    }
    void lock() { uv_mutex_lock(&mutex); }
    void unlock() { uv_mutex_unlock(&mutex); }
    void wait(int i = 0) { uv_cond_wait(&conditions[i], &mutex); }
    void notify(int i = 0) { uv_cond_signal(&conditions[i]); }
    void notify_all(int i = 0) { uv_cond_broadcast(&conditions[i]); }
};
#endif

using rival_monitors = types<pthread_monitor, c11_monitor, std_monitor
#ifdef BENCH_HAS_GLIB
                             ,
                             glib_monitor
#endif
#ifdef BENCH_HAS_NSYNC
                             ,
                             nsync_monitor
#endif
#ifdef BENCH_HAS_ABSEIL
                             ,
                             abseil_monitor
#endif
#ifdef BENCH_HAS_SDL2
                             ,
                             sdl_monitor
#endif
#ifdef BENCH_HAS_APR
                             ,
                             apr_monitor
#endif
#ifdef BENCH_HAS_LIBUV
                             ,
                             libuv_monitor
#endif
#ifdef BENCH_HAS_BOOST
                             ,
                             boost_monitor
#endif
                             >;

} // namespace bench

#endif
