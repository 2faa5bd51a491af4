// Ways to wait for the first of several objects, each of which somebody may give a unit to. Each
// has so many of them, from 0 on; `take` waits until one has a unit, takes it, and says which.
#ifndef WAIT_ANY_HPP
#define WAIT_ANY_HPP

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <threading.h>
#include <unistd.h>

#include "bench.hpp"

namespace bench {

constexpr std::size_t most_of_several = 8, none_of_several = most_of_several;

struct our_several {
    static constexpr const char *who = "libthreading";
    std::size_t count;
    threading_semaphore semaphores[most_of_several];
    threading_object objects[most_of_several];
    explicit our_several(std::size_t how_many) : count(how_many) {
        for (std::size_t i = 0; i < count; i++) {
            must(threading_semaphore_new(0, &semaphores[i]), "threading_semaphore_new");
            objects[i] = THREADING_OBJECT(semaphores[i]);
        }
    }
    void give(std::size_t which) { threading_semaphore_release(semaphores[which]); }
    std::size_t take() {
        std::size_t which = none_of_several;
        must(threading_wait_any(objects, count, &which), "threading_wait_any");
        return which;
    }
    std::size_t try_take() {
        std::size_t which = none_of_several;
        keep(threading_wait_any_timeout(objects, count, 0, &which));
        return which;
    }
};

// Descriptors, which the kernel counts and waits for.
struct poll_several {
    static constexpr const char *who = "poll";
    std::size_t count;
    pollfd files[most_of_several];
    explicit poll_several(std::size_t how_many) : count(how_many) {
        for (std::size_t i = 0; i < count; i++) {
            files[i] = {eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC), POLLIN, 0};
            if (files[i].fd < 0)
                fail("eventfd: error %d", errno);
        }
    }
    void give(std::size_t which) {
        std::uint64_t one = 1;
        if (write(files[which].fd, &one, sizeof one) != sizeof one)
            fail("an eventfd could not be written: error %d", errno);
    }
    std::size_t ready(int milliseconds) {
        if (poll(files, count, milliseconds) > 0)
            for (std::size_t i = 0; i < count; i++) {
                std::uint64_t one;
                // Another thread may have taken it meanwhile.
                if (files[i].revents != 0 && read(files[i].fd, &one, sizeof one) == sizeof one)
                    return i;
            }
        return none_of_several;
    }
    std::size_t take() {
        for (;;) {
            std::size_t which = ready(-1);
            if (which != none_of_several)
                return which;
        }
    }
    std::size_t try_take() { return ready(0); }
};

// One mutex and one condition for all of them: what a program with pthreads can do that has all of
// the objects in its own hands.
struct pthread_several {
    static constexpr const char *who = "pthread";
    std::size_t count;
    std::size_t units[most_of_several] = {};
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t given = PTHREAD_COND_INITIALIZER;
    explicit pthread_several(std::size_t how_many) : count(how_many) {}
    void give(std::size_t which) {
        pthread_mutex_lock(&mutex);
        units[which]++;
        pthread_cond_signal(&given);
        pthread_mutex_unlock(&mutex);
    }
    std::size_t found() {
        for (std::size_t i = 0; i < count; i++)
            if (units[i] > 0) {
                units[i]--;
                return i;
            }
        return none_of_several;
    }
    std::size_t take() {
        pthread_mutex_lock(&mutex);
        std::size_t which;
        while ((which = found()) == none_of_several)
            pthread_cond_wait(&given, &mutex);
        pthread_mutex_unlock(&mutex);
        return which;
    }
    std::size_t try_take() {
        pthread_mutex_lock(&mutex);
        std::size_t which = found();
        pthread_mutex_unlock(&mutex);
        return which;
    }
};

} // namespace bench

#endif
