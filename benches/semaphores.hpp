// The counting semaphores that are compared. GLib, nsync, abseil and Boost's thread library have
// none.
#ifndef SEMAPHORES_HPP
#define SEMAPHORES_HPP

#include <cerrno>
#include <semaphore.h>
#include <threading.h>
#include <version>
#ifdef __cpp_lib_semaphore
#include <semaphore>
#endif

#include "bench.hpp"
#include "rivals.hpp"

namespace bench {

struct our_semaphore {
    static constexpr const char *who = "libthreading";
    threading_semaphore semaphore;
    explicit our_semaphore(unsigned value = 1) {
        must(threading_semaphore_new(value, &semaphore), "threading_semaphore_new");
    }
    void acquire() { threading_semaphore_acquire(semaphore); }
    void release() { threading_semaphore_release(semaphore); }
};

struct posix_semaphore {
    static constexpr const char *who = "pthread";
    sem_t semaphore;
    explicit posix_semaphore(unsigned value = 1) { sem_init(&semaphore, 0, value); }
    void acquire() {
        while (sem_wait(&semaphore) != 0)
            continue;
    }
    void release() { sem_post(&semaphore); }
};

#ifdef __cpp_lib_semaphore
struct std_semaphore {
    static constexpr const char *who = "std";
    std::counting_semaphore<> semaphore;
    explicit std_semaphore(unsigned value = 1) : semaphore(value) {}
    void acquire() { semaphore.acquire(); }
    void release() { semaphore.release(); }
};
#endif

#ifdef BENCH_HAS_SDL2
struct sdl_semaphore {
    static constexpr const char *who = "sdl2";
    SDL_sem *semaphore;
    explicit sdl_semaphore(unsigned value = 1) : semaphore(SDL_CreateSemaphore(value)) {}
    void acquire() { SDL_SemWait(semaphore); }
    void release() { SDL_SemPost(semaphore); }
};
#endif

#ifdef BENCH_HAS_LIBUV
struct libuv_semaphore {
    static constexpr const char *who = "libuv";
    uv_sem_t semaphore;
    explicit libuv_semaphore(unsigned value = 1) {
        must(uv_sem_init(&semaphore, value), "uv_sem_init");
    }
    void acquire() { uv_sem_wait(&semaphore); }
    void release() { uv_sem_post(&semaphore); }
};
#endif

using semaphores = types<our_semaphore, posix_semaphore
#ifdef __cpp_lib_semaphore
                         ,
                         std_semaphore
#endif
#ifdef BENCH_HAS_SDL2
                         ,
                         sdl_semaphore
#endif
#ifdef BENCH_HAS_LIBUV
                         ,
                         libuv_semaphore
#endif
                         >;

} // namespace bench

#endif
