// Tasks that other threads run: one after the other, many at once, and what one weighs that has not
// begun.
#include "executors.hpp"

#include "futex.hpp"
#include "locks.hpp"
#include "rows.hpp"
#include "threads.hpp"

namespace bench {

namespace {

constexpr double round_nanoseconds = 2e6;

template <class Executor>
Executor &the_executor() {
    static Executor *made = new Executor(0);
    return *made;
}

// Nanoseconds for `count` tasks, of which `batch` are submitted before the first result is asked
// for.
template <class Executor>
double batches(std::size_t count, std::size_t batch) {
    Executor &executor = the_executor<Executor>();
    static auto *futures = new std::vector<typename Executor::future>;
    futures->resize(batch);
    std::size_t repeats = (count + batch - 1) / batch;
    std::uint64_t start = now();
    for (std::size_t repeat = 0; repeat < repeats; repeat++) {
        for (std::size_t i = 0; i < batch; i++)
            executor.submit(same, &(*futures)[i], &(*futures)[i]);
        for (std::size_t i = 0; i < batch; i++)
            if (executor.result(&(*futures)[i]) != &(*futures)[i])
                fail("%s: a task has the result of another", Executor::who);
    }
    return static_cast<double>(now() - start) * static_cast<double>(count) /
           static_cast<double>(repeats * batch);
}

// A thread gets a turn and gives it back, without a task, a queue or a result.
struct futex_worker {
    apart<futex_turn> turns[2];
    futex_worker() {
        static crew threads;
        threads.start([this] {
            for (;;) {
                turns[1].value.acquire();
                turns[0].value.release();
            }
        });
    }
    double there_and_back(std::size_t count) {
        std::uint64_t start = now();
        for (std::size_t i = 0; i < count; i++) {
            turns[1].value.release();
            turns[0].value.acquire();
        }
        return static_cast<double>(now() - start);
    }
};

std::vector<contender> contenders(std::size_t batch) {
    std::vector<contender> all;
    for_each_type(executors{}, [&](auto kind) {
        using executor = typename decltype(kind)::type;
        all.push_back(timed(
            executor::who, [batch](std::size_t count) { return batches<executor>(count, batch); },
            round_nanoseconds));
    });
    if (batch == 1)
        all.push_back(timed(
            "limit",
            [worker = new futex_worker](std::size_t count) {
                return worker->there_and_back(count);
            },
            round_nanoseconds));
    return all;
}

row tasks_row(std::size_t batch, bool one_cpu) {
    row made = {"executor",
                batch == 1 ? "submit + result" : "submit many, then results",
                {{"cpus", one_cpu ? 1 : 2}},
                "ns",
                batch == 1 ? "two waits and two wakes of a raw futex" : "",
                {},
                [batch] { return contenders(batch); }};
    if (batch > 1)
        made.parameters.insert(made.parameters.begin(), {"tasks", batch});
    if (batch == 1)
        made.goals = {at_most(1.0, "go_threads"), at_most(0.1, "cpython")};
    made.one_cpu = one_cpu;
    made.needs_two = !one_cpu;
    made.rounds = batch == 1 ? 31 : 11;
    made.in_quick = !one_cpu;
    return made;
}

// ---- memory ----

// Resident bytes for each of so many tasks that have not begun, with their futures; the array of
// futures, which is the caller's, is not counted. One worker has a task that does not end.
template <class Pool>
double bytes_queued(std::size_t count) {
    static futex_gate never;
    Pool pool(1);
    std::vector<typename Pool::future> futures(count + 2);
    pool.submit(
        [](void *) -> void * {
            never.pass();
            return nullptr;
        },
        nullptr, &futures[count]);
    pool.submit(same, nullptr, &futures[count + 1]);
    resident_bytes();
    double before = resident_bytes();
    for (std::size_t i = 0; i < count; i++)
        pool.submit(same, nullptr, &futures[i]);
    // The process ends with this; neither the tasks nor their futures do.
    return (resident_bytes() - before) / static_cast<double>(count);
}

row memory_row() {
    constexpr std::size_t count = 1000000;
    row made = {
        "executor", "memory queued task", {{"tasks", count}}, "bytes", "", {at_most(160, "")}, [] {
            std::vector<contender> all;
            for_each_type(pools{}, [&](auto kind) {
                using pool = typename decltype(kind)::type;
                all.push_back({pool::who, []() -> sample {
                                   return {in_process([] { return bytes_queued<pool>(count); })};
                               }});
            });
            return all;
        }};
    made.rounds = 1;
    return made;
}

} // namespace

std::vector<row> executor_rows() {
    std::vector<row> rows;
    for (bool one_cpu : {false, true})
        for (std::size_t batch : {1, 1000})
            rows.push_back(tasks_row(batch, one_cpu));
    rows.push_back(memory_row());
    return rows;
}

} // namespace bench
