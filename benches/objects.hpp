// One object of each kind that a program makes and destroys: ours behind a handle, the rivals' in
// memory that the program allocates for itself. APR is left out: it gives the memory of one back
// with the whole pool alone.
#ifndef OBJECTS_HPP
#define OBJECTS_HPP

#include <cstdlib>
#include <semaphore.h>

#include "events.hpp"
#include "monitors.hpp"

namespace bench {

template <class Handle, threading_status (*New)(Handle *), threading_status (*Destroy)(Handle)>
struct our_object {
    static constexpr const char *who = "libthreading";
    Handle handle;
    void make() { must(New(&handle), "making an object"); }
    void destroy() { must(Destroy(handle), "destroying an object"); }
};

// malloc, init, destroy, free.
template <class Object, void (*Init)(Object *), void (*End)(Object *)>
struct allocated {
    Object *object;
    void make() {
        object = static_cast<Object *>(std::malloc(sizeof(Object)));
        Init(object);
    }
    void destroy() {
        End(object);
        std::free(object);
    }
};

template <class Object>
struct newed {
    Object *object;
    void make() { object = new Object; }
    void destroy() { delete object; }
};

template <class Object>
void nothing_to_end(Object *) {}

template <class Base>
struct of_pthread : Base {
    static constexpr const char *who = "pthread";
};
template <class Base>
struct of_std : Base {
    static constexpr const char *who = "std";
};
template <class Base>
struct of_glib : Base {
    static constexpr const char *who = "glib";
};
template <class Base>
struct of_nsync : Base {
    static constexpr const char *who = "nsync";
};
template <class Base>
struct of_abseil : Base {
    static constexpr const char *who = "abseil";
};
template <class Base>
struct of_boost : Base {
    static constexpr const char *who = "boost";
};
template <class Base>
struct of_libuv : Base {
    static constexpr const char *who = "libuv";
};

// ---- ours ----

inline threading_status new_condition_with_lock(threading_condition *out) {
    static threading_lock lock = threading_lock{0};
    return threading_condition_new_with_lock(threading_lock_ensure(&lock), out);
}
inline threading_status new_semaphore(threading_semaphore *out) {
    return threading_semaphore_new(1, out);
}
inline threading_status new_barrier(threading_barrier *out) {
    return threading_barrier_new(2, nullptr, nullptr, out);
}
inline void *never_started(void *) { fail("a timer ran that was not started"); }
inline threading_status new_timer(threading_timer *out) {
    return threading_timer_new(3600, never_started, nullptr, out);
}
inline threading_status new_local(threading_local *out) {
    return threading_local_new(nullptr, nullptr, nullptr, out);
}

using our_new_lock = our_object<threading_lock, threading_lock_new, threading_lock_destroy>;
using our_new_rlock = our_object<threading_rlock, threading_rlock_new, threading_rlock_destroy>;
using our_new_condition =
    our_object<threading_condition, threading_condition_new, threading_condition_destroy>;
using our_new_condition_with_lock =
    our_object<threading_condition, new_condition_with_lock, threading_condition_destroy>;
using our_new_semaphore =
    our_object<threading_semaphore, new_semaphore, threading_semaphore_destroy>;
using our_new_event = our_object<threading_event, threading_event_new, threading_event_destroy>;
using our_new_barrier = our_object<threading_barrier, new_barrier, threading_barrier_destroy>;
using our_new_timer = our_object<threading_timer, new_timer, threading_timer_destroy>;
using our_new_local = our_object<threading_local, new_local, threading_local_destroy>;

// ---- pthread's ----

inline void init_mutex(pthread_mutex_t *mutex) { pthread_mutex_init(mutex, nullptr); }
inline void init_recursive(pthread_mutex_t *mutex) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}
inline void end_mutex(pthread_mutex_t *mutex) { pthread_mutex_destroy(mutex); }
inline void init_cond(pthread_cond_t *cond) { pthread_cond_init(cond, nullptr); }
inline void end_cond(pthread_cond_t *cond) { pthread_cond_destroy(cond); }
inline void init_sem(sem_t *semaphore) { sem_init(semaphore, 0, 1); }
inline void end_sem(sem_t *semaphore) { sem_destroy(semaphore); }
inline void init_barrier(pthread_barrier_t *barrier) { pthread_barrier_init(barrier, nullptr, 2); }
inline void end_barrier(pthread_barrier_t *barrier) { pthread_barrier_destroy(barrier); }

// Python's condition with a recursive lock of its own, and its event, as a C program writes them.
struct cond_and_mutex {
    pthread_cond_t cond;
    pthread_mutex_t mutex;
    bool value;
};
inline void init_condition(cond_and_mutex *both) {
    init_recursive(&both->mutex);
    init_cond(&both->cond);
}
inline void init_event(cond_and_mutex *both) {
    init_mutex(&both->mutex);
    init_cond(&both->cond);
    both->value = false;
}
inline void end_both(cond_and_mutex *both) {
    end_cond(&both->cond);
    end_mutex(&both->mutex);
}

using pthread_new_lock = of_pthread<allocated<pthread_mutex_t, init_mutex, end_mutex>>;
using pthread_new_rlock = of_pthread<allocated<pthread_mutex_t, init_recursive, end_mutex>>;
using pthread_new_condition = of_pthread<allocated<cond_and_mutex, init_condition, end_both>>;
using pthread_new_condition_with_lock = of_pthread<allocated<pthread_cond_t, init_cond, end_cond>>;
using pthread_new_semaphore = of_pthread<allocated<sem_t, init_sem, end_sem>>;
using pthread_new_event = of_pthread<allocated<cond_and_mutex, init_event, end_both>>;
using pthread_new_barrier = of_pthread<allocated<pthread_barrier_t, init_barrier, end_barrier>>;

struct pthread_new_local {
    static constexpr const char *who = "pthread";
    pthread_key_t key;
    void make() { must(pthread_key_create(&key, nullptr), "pthread_key_create"); }
    void destroy() { pthread_key_delete(key); }
};

// The least that a program pays for an object of its own.
struct smallest_block {
    static constexpr const char *who = "limit";
    void *block;
    void make() {
        block = std::malloc(8);
        keep(block);
    }
    void destroy() { std::free(block); }
};

// ---- others' ----

#ifdef BENCH_HAS_GLIB
using glib_new_lock = of_glib<allocated<GMutex, g_mutex_init, g_mutex_clear>>;
using glib_new_rlock = of_glib<allocated<GRecMutex, g_rec_mutex_init, g_rec_mutex_clear>>;
using glib_new_condition_with_lock = of_glib<allocated<GCond, g_cond_init, g_cond_clear>>;
#endif
#ifdef BENCH_HAS_NSYNC
using nsync_new_lock =
    of_nsync<allocated<nsync::nsync_mu, nsync::nsync_mu_init, nothing_to_end<nsync::nsync_mu>>>;
using nsync_new_condition_with_lock =
    of_nsync<allocated<nsync::nsync_cv, nsync::nsync_cv_init, nothing_to_end<nsync::nsync_cv>>>;
struct nsync_new_event {
    static constexpr const char *who = "nsync";
    nsync::nsync_note note;
    void make() { note = nsync::nsync_note_new(nullptr, nsync::nsync_time_no_deadline); }
    void destroy() { nsync::nsync_note_free(note); }
};
#endif
#ifdef BENCH_HAS_BOOST
struct boost_barrier_of_two : boost::barrier {
    boost_barrier_of_two() : boost::barrier(2) {}
};
#endif
#ifdef BENCH_HAS_SDL2
template <class Object, Object *(*Make)(), void (*End)(Object *)>
struct sdl_object {
    static constexpr const char *who = "sdl2";
    Object *object;
    void make() { object = Make(); }
    void destroy() { End(object); }
};
inline SDL_sem *make_sdl_semaphore() { return SDL_CreateSemaphore(1); }
using sdl_new_lock = sdl_object<SDL_mutex, SDL_CreateMutex, SDL_DestroyMutex>;
using sdl_new_condition_with_lock = sdl_object<SDL_cond, SDL_CreateCond, SDL_DestroyCond>;
using sdl_new_semaphore = sdl_object<SDL_sem, make_sdl_semaphore, SDL_DestroySemaphore>;
#endif

} // namespace bench

#endif
