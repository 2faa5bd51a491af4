// The read-write locks that are compared. GLib's, SDL's, APR's, libuv's and Boost's call pthread's
// or have nothing that bounds a writer's wait.
#ifndef RWLOCKS_HPP
#define RWLOCKS_HPP

#include <atomic>
#include <pthread.h>
#include <shared_mutex>
#include <threading.h>

#include "bench.hpp"
#include "rivals.hpp"

namespace bench {

struct our_rwlock {
    static constexpr const char *who = "libthreading";
    threading_rwlock lock;
    our_rwlock() { must(threading_rwlock_new(&lock), "threading_rwlock_new"); }
    void acquire_read() { threading_rwlock_acquire_read(lock); }
    void release_read() { threading_rwlock_release_read(lock); }
    void acquire() { threading_rwlock_acquire_write(lock); }
    void release() { threading_rwlock_release_write(lock); }
};

// As it comes: readers go first.
struct pthread_rwlock {
    static constexpr const char *who = "pthread";
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    void acquire_read() { pthread_rwlock_rdlock(&lock); }
    void release_read() { pthread_rwlock_unlock(&lock); }
    void acquire() { pthread_rwlock_wrlock(&lock); }
    void release() { pthread_rwlock_unlock(&lock); }
};

#ifdef __GLIBC__
// Writers go first, so that their wait is bounded; a reader that reads again waits for itself.
struct pthread_writers_rwlock : pthread_rwlock {
    static constexpr const char *who = "pthread_writers";
    pthread_writers_rwlock() {
        pthread_rwlockattr_t kind;
        must(pthread_rwlockattr_init(&kind), "pthread_rwlockattr_init");
        must(pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP),
             "pthread_rwlockattr_setkind_np");
        must(pthread_rwlock_init(&lock, &kind), "pthread_rwlock_init");
    }
};
#endif

struct std_rwlock {
    static constexpr const char *who = "std";
    std::shared_mutex lock;
    void acquire_read() { lock.lock_shared(); }
    void release_read() { lock.unlock_shared(); }
    void acquire() { lock.lock(); }
    void release() { lock.unlock(); }
};

#ifdef BENCH_HAS_NSYNC
struct nsync_rwlock {
    static constexpr const char *who = "nsync";
    nsync::nsync_mu lock;
    nsync_rwlock() { nsync::nsync_mu_init(&lock); }
    void acquire_read() { nsync::nsync_mu_rlock(&lock); }
    void release_read() { nsync::nsync_mu_runlock(&lock); }
    void acquire() { nsync::nsync_mu_lock(&lock); }
    void release() { nsync::nsync_mu_unlock(&lock); }
};
#endif

#ifdef BENCH_HAS_ABSEIL
struct abseil_rwlock {
    static constexpr const char *who = "abseil";
    absl::Mutex lock;
    void acquire_read() { lock.ReaderLock(); }
    void release_read() { lock.ReaderUnlock(); }
    void acquire() { lock.Lock(); }
    void release() { lock.Unlock(); }
};
#endif

// The two locked instructions that every one needs at least.
struct counted_reads {
    static constexpr const char *who = "limit";
    std::atomic<std::uint64_t> word{0};
    void acquire_read() {
        std::uint64_t found = word.load(std::memory_order_relaxed);
        keep(word.compare_exchange_strong(found, found + 2, std::memory_order_acquire));
    }
    void release_read() { keep(word.fetch_sub(2, std::memory_order_release)); }
    void acquire() {
        std::uint64_t idle = 0;
        keep(word.compare_exchange_strong(idle, 1, std::memory_order_acquire));
    }
    void release() { keep(word.exchange(0, std::memory_order_release)); }
};

using rwlocks = types<our_rwlock, pthread_rwlock
#ifdef __GLIBC__
                      ,
                      pthread_writers_rwlock
#endif
                      ,
                      std_rwlock
#ifdef BENCH_HAS_NSYNC
                      ,
                      nsync_rwlock
#endif
#ifdef BENCH_HAS_ABSEIL
                      ,
                      abseil_rwlock
#endif
                      >;

} // namespace bench

#endif
