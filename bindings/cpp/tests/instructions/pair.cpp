// The same work as in pair.c, through the binding.
#include <mutex>

#include <threading.hpp>

#define PAIR(kind, acquire, release)                                                               \
    extern "C" void pair_##kind(threading::kind *object);                                          \
    extern "C" void pair_##kind(threading::kind *object) {                                         \
        object->acquire();                                                                         \
        object->release();                                                                         \
    }

PAIR(lock, lock, unlock)
PAIR(rlock, lock, unlock)
PAIR(condition, lock, unlock)
PAIR(semaphore, acquire, release)

extern "C" void guard_lock(threading::lock *object);
extern "C" void guard_lock(threading::lock *object) {
    const std::lock_guard<threading::lock> guard(*object);
}

extern "C" void set_event(threading::event *object);
extern "C" void set_event(threading::event *object) { object->set(); }

extern "C" bool try_lock(threading::lock *object);
extern "C" bool try_lock(threading::lock *object) { return object->try_lock(); }

extern "C" int *get_local(threading::local<int> *object);
extern "C" int *get_local(threading::local<int> *object) { return &object->get(); }

// More than in C, which has to be noticed.
extern "C" void planted(threading::lock *object);
extern "C" void planted(threading::lock *object) {
    static volatile int count;
    object->lock();
    count = count + 1;
    object->unlock();
}
