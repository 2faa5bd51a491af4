// The locks that are compared, each behind the same members. Everything ends in a call into a
// shared library, as in programs that use it, so that no rival wins by being inlined.
#ifndef LOCKS_HPP
#define LOCKS_HPP

#include <atomic>
#include <mutex>
#include <pthread.h>
#include <threading.h>
#include <threads.h>

#include "bench.hpp"
#include "rivals.hpp"

namespace bench {

struct our_lock {
    static constexpr const char *who = "libthreading";
    threading_lock lock;
    our_lock() { must(threading_lock_new(&lock), "threading_lock_new"); }
    void acquire() { threading_lock_acquire(lock); }
    void release() { threading_lock_release(lock); }
    bool try_acquire() { return threading_lock_try_acquire(lock) == THREADING_OK; }
};

struct our_rlock {
    static constexpr const char *who = "libthreading";
    threading_rlock lock;
    our_rlock() { must(threading_rlock_new(&lock), "threading_rlock_new"); }
    void acquire() { threading_rlock_acquire(lock); }
    void release() { threading_rlock_release(lock); }
};

struct pthread_lock {
    static constexpr const char *who = "pthread";
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    void acquire() { pthread_mutex_lock(&lock); }
    void release() { pthread_mutex_unlock(&lock); }
    bool try_acquire() { return pthread_mutex_trylock(&lock) == 0; }
};

struct pthread_recursive_lock {
    static constexpr const char *who = "pthread_recursive";
    pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    void acquire() { pthread_mutex_lock(&lock); }
    void release() { pthread_mutex_unlock(&lock); }
};

struct c11_lock {
    static constexpr const char *who = "c11";
    mtx_t lock;
    c11_lock() { must(mtx_init(&lock, mtx_plain), "mtx_init"); }
    void acquire() { mtx_lock(&lock); }
    void release() { mtx_unlock(&lock); }
    bool try_acquire() { return mtx_trylock(&lock) == thrd_success; }
};

struct c11_recursive_lock : c11_lock {
    c11_recursive_lock() { must(mtx_init(&lock, mtx_plain | mtx_recursive), "mtx_init"); }
};

struct std_lock {
    static constexpr const char *who = "std";
    std::mutex lock;
    void acquire() { lock.lock(); }
    void release() { lock.unlock(); }
    bool try_acquire() { return lock.try_lock(); }
};

struct std_recursive_lock {
    static constexpr const char *who = "std";
    std::recursive_mutex lock;
    void acquire() { lock.lock(); }
    void release() { lock.unlock(); }
};

#ifdef BENCH_HAS_GLIB
struct glib_lock {
    static constexpr const char *who = "glib";
    GMutex lock;
    glib_lock() { g_mutex_init(&lock); }
    void acquire() { g_mutex_lock(&lock); }
    void release() { g_mutex_unlock(&lock); }
    bool try_acquire() { return g_mutex_trylock(&lock); }
};

struct glib_recursive_lock {
    static constexpr const char *who = "glib";
    GRecMutex lock;
    glib_recursive_lock() { g_rec_mutex_init(&lock); }
    void acquire() { g_rec_mutex_lock(&lock); }
    void release() { g_rec_mutex_unlock(&lock); }
};
#endif

#ifdef BENCH_HAS_NSYNC
struct nsync_lock {
    static constexpr const char *who = "nsync";
    nsync::nsync_mu lock;
    nsync_lock() { nsync::nsync_mu_init(&lock); }
    void acquire() { nsync::nsync_mu_lock(&lock); }
    void release() { nsync::nsync_mu_unlock(&lock); }
    bool try_acquire() { return nsync::nsync_mu_trylock(&lock) != 0; }
};
#endif

#ifdef BENCH_HAS_ABSEIL
struct abseil_lock {
    static constexpr const char *who = "abseil";
    absl::Mutex lock;
    void acquire() { lock.Lock(); }
    void release() { lock.Unlock(); }
    bool try_acquire() { return lock.TryLock(); }
};
#endif

#ifdef BENCH_HAS_SDL2
// SDL's mutexes are all recursive.
struct sdl_lock {
    static constexpr const char *who = "sdl2";
    SDL_mutex *lock = SDL_CreateMutex();
    void acquire() { SDL_LockMutex(lock); }
    void release() { SDL_UnlockMutex(lock); }
    bool try_acquire() { return SDL_TryLockMutex(lock) == 0; }
};
#endif

#ifdef BENCH_HAS_APR
inline apr_pool_t *apr_pool() {
    static apr_pool_t *pool = [] {
        apr_pool_t *made = nullptr;
        must(apr_initialize(), "apr_initialize");
        must(apr_pool_create(&made, nullptr), "apr_pool_create");
        return made;
    }();
    return pool;
}

struct apr_lock {
    static constexpr const char *who = "apr";
    apr_thread_mutex_t *lock;
    explicit apr_lock(unsigned flags = APR_THREAD_MUTEX_UNNESTED) {
        must(apr_thread_mutex_create(&lock, flags, apr_pool()), "apr_thread_mutex_create");
    }
    void acquire() { apr_thread_mutex_lock(lock); }
    void release() { apr_thread_mutex_unlock(lock); }
    bool try_acquire() { return apr_thread_mutex_trylock(lock) == APR_SUCCESS; }
};

struct apr_recursive_lock : apr_lock {
    apr_recursive_lock() : apr_lock(APR_THREAD_MUTEX_NESTED) {}
};
#endif

#ifdef BENCH_HAS_LIBUV
struct libuv_lock {
    static constexpr const char *who = "libuv";
    uv_mutex_t lock;
    libuv_lock() { must(uv_mutex_init(&lock), "uv_mutex_init"); }
    void acquire() { uv_mutex_lock(&lock); }
    void release() { uv_mutex_unlock(&lock); }
    bool try_acquire() { return uv_mutex_trylock(&lock) == 0; }
};

struct libuv_recursive_lock {
    static constexpr const char *who = "libuv";
    uv_mutex_t lock;
    libuv_recursive_lock() { must(uv_mutex_init_recursive(&lock), "uv_mutex_init_recursive"); }
    void acquire() { uv_mutex_lock(&lock); }
    void release() { uv_mutex_unlock(&lock); }
};
#endif

#ifdef BENCH_HAS_BOOST
struct boost_lock {
    static constexpr const char *who = "boost";
    boost::mutex lock;
    void acquire() { lock.lock(); }
    void release() { lock.unlock(); }
    bool try_acquire() { return lock.try_lock(); }
};

struct boost_recursive_lock {
    static constexpr const char *who = "boost";
    boost::recursive_mutex lock;
    void acquire() { lock.lock(); }
    void release() { lock.unlock(); }
};
#endif

// Not a lock that a program could use: it never waits. The two locked instructions that every lock
// needs at least.
struct two_instructions {
    static constexpr const char *who = "limit";
    std::atomic<std::uint32_t> word{0};
    void acquire() {
        std::uint32_t idle = 0;
        keep(word.compare_exchange_strong(idle, 1, std::memory_order_acquire));
    }
    void release() { keep(word.exchange(0, std::memory_order_release)); }
};

// Each with a way of its own to make threads wait.
using different_locks = types<our_lock, pthread_lock
#ifdef BENCH_HAS_GLIB
                              ,
                              glib_lock
#endif
#ifdef BENCH_HAS_NSYNC
                              ,
                              nsync_lock
#endif
#ifdef BENCH_HAS_ABSEIL
                              ,
                              abseil_lock
#endif
                              >;

// Those that call pthread's behind a layer of their own.
using wrapped_locks = types<c11_lock, std_lock
#ifdef BENCH_HAS_SDL2
                            ,
                            sdl_lock
#endif
#ifdef BENCH_HAS_APR
                            ,
                            apr_lock
#endif
#ifdef BENCH_HAS_LIBUV
                            ,
                            libuv_lock
#endif
#ifdef BENCH_HAS_BOOST
                            ,
                            boost_lock
#endif
                            >;

using recursive_locks =
    types<our_rlock, pthread_recursive_lock, c11_recursive_lock, std_recursive_lock
#ifdef BENCH_HAS_GLIB
          ,
          glib_recursive_lock
#endif
#ifdef BENCH_HAS_SDL2
          ,
          sdl_lock
#endif
#ifdef BENCH_HAS_APR
          ,
          apr_recursive_lock
#endif
#ifdef BENCH_HAS_LIBUV
          ,
          libuv_recursive_lock
#endif
#ifdef BENCH_HAS_BOOST
          ,
          boost_recursive_lock
#endif
          >;

// One that is made once, with no other near it, and never destroyed: the process ends with the row.
template <class T>
T &the_one() {
    static apart<T> *object = new apart<T>;
    return object->value;
}

} // namespace bench

#endif
