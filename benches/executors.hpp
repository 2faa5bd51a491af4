// What runs functions in other threads and hands their results back. Each has `future`, what a
// submitted task leaves with its caller; `submit` and `result`, which ends it.
#ifndef EXECUTORS_HPP
#define EXECUTORS_HPP

#include <future>
#include <pthread.h>
#include <thread>
#include <threading.h>

#include "bench.hpp"
#include "rivals.hpp"

namespace bench {

inline void *same(void *argument) { return argument; }

struct our_executor {
    static constexpr const char *who = "libthreading";
    using future = threading_future;
    threading_executor executor;
    // As many workers as 0 stands for where that is no argument.
    explicit our_executor(std::size_t workers) {
        must(threading_executor_new(workers, nullptr, &executor), "threading_executor_new");
    }
    void submit(threading_target function, void *argument, future *out) {
        must(threading_executor_submit(executor, function, argument, out),
             "threading_executor_submit");
    }
    void *result(future *of) {
        void *found = nullptr;
        must(threading_future_finish(*of, &found), "threading_future_finish");
        return found;
    }
};

// A thread for each task: what C has.
struct pthread_executor {
    static constexpr const char *who = "pthread";
    using future = pthread_t;
    explicit pthread_executor(std::size_t) {}
    void submit(threading_target function, void *argument, future *out) {
        must(pthread_create(out, nullptr, function, argument), "pthread_create");
    }
    void *result(future *of) {
        void *found = nullptr;
        must(pthread_join(*of, &found), "pthread_join");
        return found;
    }
};

// Which is a thread for each task in the common implementations, too.
struct std_executor {
    static constexpr const char *who = "std";
    using future = std::future<void *>;
    explicit std_executor(std::size_t) {}
    void submit(threading_target function, void *argument, future *out) {
        *out = std::async(std::launch::async, function, argument);
    }
    void *result(future *of) { return of->get(); }
};

struct std_promise_executor {
    static constexpr const char *who = "std_promise";
    struct future {
        std::thread thread;
        std::future<void *> result;
    };
    explicit std_promise_executor(std::size_t) {}
    void submit(threading_target function, void *argument, future *out) {
        std::promise<void *> promise;
        out->result = promise.get_future();
        out->thread = std::thread([function, argument, promise = std::move(promise)]() mutable {
            promise.set_value(function(argument));
        });
    }
    void *result(future *of) {
        void *found = of->result.get();
        of->thread.join();
        return found;
    }
};

#ifdef BENCH_HAS_GLIB
// A GThreadPool hands no results back, so each task has a mutex and a condition for its own.
struct glib_executor {
    static constexpr const char *who = "glib";
    struct task {
        threading_target function;
        void *argument;
        GMutex mutex;
        GCond ended;
        bool has_ended;
    };
    using future = task *;
    GThreadPool *pool;
    explicit glib_executor(std::size_t workers) {
        pool = g_thread_pool_new(run, nullptr, static_cast<int>(workers == 0 ? usual() : workers),
                                 TRUE, nullptr);
    }
    static std::size_t usual() { return cpus_allowed().size() + 4; }
    static void run(void *data, void *) {
        task *of = static_cast<task *>(data);
        void *found = of->function(of->argument);
        g_mutex_lock(&of->mutex);
        of->argument = found;
        of->has_ended = true;
        g_cond_signal(&of->ended);
        g_mutex_unlock(&of->mutex);
    }
    void submit(threading_target function, void *argument, future *out) {
        task *made = g_new(task, 1);
        made->function = function;
        made->argument = argument;
        made->has_ended = false;
        g_mutex_init(&made->mutex);
        g_cond_init(&made->ended);
        *out = made;
        g_thread_pool_push(pool, made, nullptr);
    }
    void *result(future *of) {
        task *ended = *of;
        g_mutex_lock(&ended->mutex);
        while (!ended->has_ended)
            g_cond_wait(&ended->ended, &ended->mutex);
        g_mutex_unlock(&ended->mutex);
        void *found = ended->argument;
        g_mutex_clear(&ended->mutex);
        g_cond_clear(&ended->ended);
        g_free(ended);
        return found;
    }
};
#endif

// Those that keep their threads, so that tasks can queue.
using pools = types<our_executor
#ifdef BENCH_HAS_GLIB
                    ,
                    glib_executor
#endif
                    >;

using executors = types<our_executor, pthread_executor, std_executor, std_promise_executor
#ifdef BENCH_HAS_GLIB
                        ,
                        glib_executor
#endif
                        >;

} // namespace bench

#endif
