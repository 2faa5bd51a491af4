// Threads that a row needs, not those that it measures.
#ifndef BENCH_THREADS_HPP
#define BENCH_THREADS_HPP

#include <deque>
#include <functional>
#include <pthread.h>

#include "bench.hpp"

namespace bench {

// Threads with small stacks that are joined at the end.
class crew {
public:
    crew() {
        must(pthread_attr_init(&attributes_), "pthread_attr_init");
        must(pthread_attr_setstacksize(&attributes_, 128 * 1024), "pthread_attr_setstacksize");
    }
    crew(const crew &) = delete;
    crew &operator=(const crew &) = delete;
    ~crew() {
        join();
        pthread_attr_destroy(&attributes_);
    }
    void start(std::function<void()> main) {
        mains_.push_back(std::move(main));
        threads_.emplace_back();
        must(pthread_create(&threads_.back(), &attributes_, run, &mains_.back()), "pthread_create");
    }
    void join() {
        for (pthread_t thread : threads_)
            must(pthread_join(thread, nullptr), "pthread_join");
        threads_.clear();
        mains_.clear();
    }

private:
    static void *run(void *main) {
        (*static_cast<std::function<void()> *>(main))();
        return nullptr;
    }
    pthread_attr_t attributes_;
    std::deque<std::function<void()>> mains_;
    std::deque<pthread_t> threads_;
};

} // namespace bench

#endif
