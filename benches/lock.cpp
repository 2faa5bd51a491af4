// A lock that nobody else wants, and a lock that somebody else holds.
#include "locks.hpp"

#include <semaphore.h>
#include <unistd.h>

#include "rows.hpp"

namespace bench {

namespace {

template <class Lock>
contender pair() {
    return looped(Lock::who, [lock = &the_one<Lock>()] {
        lock->acquire();
        lock->release();
    });
}

// Another thread holds it: the same thread would get a recursive one.
template <class Lock>
void held_elsewhere() {
    static sem_t held;
    sem_init(&held, 0, 0);
    pthread_t thread;
    must(pthread_create(
             &thread, nullptr,
             [](void *) -> void * {
                 the_one<Lock>().acquire();
                 sem_post(&held);
                 for (;;)
                     pause();
             },
             nullptr),
         "pthread_create");
    while (sem_wait(&held) != 0)
        continue;
}

template <class Lock>
contender failed_try() {
    held_elsewhere<Lock>();
    return looped(Lock::who, [lock = &the_one<Lock>()] {
        if (lock->try_acquire())
            fail("%s: a try took a lock that is held", Lock::who);
    });
}

std::vector<contender> uncontended() {
    std::vector<contender> all;
    auto add = [&](auto kind) { all.push_back(pair<typename decltype(kind)::type>()); };
    for_each_type(different_locks{}, add);
    for_each_type(wrapped_locks{}, add);
    add(identity<two_instructions>{});
    return all;
}

std::vector<contender> tried() {
    std::vector<contender> all;
    auto add = [&](auto kind) { all.push_back(failed_try<typename decltype(kind)::type>()); };
    for_each_type(different_locks{}, add);
    for_each_type(wrapped_locks{}, add);
    return all;
}

// With `nested`, the thread has it once already.
std::vector<contender> recursive(bool nested) {
    std::vector<contender> all;
    for_each_type(recursive_locks{}, [&](auto kind) {
        using lock = typename decltype(kind)::type;
        if (nested)
            the_one<lock>().acquire();
        all.push_back(pair<lock>());
    });
    all.push_back(pair<two_instructions>());
    return all;
}

} // namespace

std::vector<row> lock_rows() {
    const char *limit = "two locked instructions";
    return {
        {"lock",
         "lock uncontended",
         {},
         "ns",
         limit,
         {at_most(1.15, "best"), below(1.0, "pthread")},
         uncontended},
        {"lock", "try on a held lock", {}, "ns", "", {at_most(1.0, "best")}, tried},
        {"lock",
         "rlock first level",
         {},
         "ns",
         limit,
         {at_most(0.9, "pthread_recursive")},
         [] { return recursive(false); }},
        {"lock",
         "rlock nested",
         {},
         "ns",
         limit,
         {at_most(0.8, "pthread_recursive")},
         [] { return recursive(true); }},
    };
}

} // namespace bench
