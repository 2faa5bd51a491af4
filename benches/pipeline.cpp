// A pipeline, as parallel compressors have it: one thread reads blocks of 128 KiB, a few work on
// them, and one writes them. Between them lie two bounded queues.
#include <cstring>
#include <memory>

#include "bounded_queue.hpp"
#include "monitors.hpp"
#include "rows.hpp"
#include "threads.hpp"

namespace bench {

namespace {

constexpr std::size_t block_words = 128 * 1024 / sizeof(std::uint64_t), slots = 8;

using block = std::vector<std::uint64_t>;

// So much work is done on a block that it takes a few times as long as copying it.
std::uint64_t digest(const block &words, std::size_t turns) {
    std::uint64_t sum = 0;
    for (std::size_t turn = 0; turn < turns; turn++)
        for (std::uint64_t word : words)
            sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
    return sum;
}

// The blocks of a pipeline: at each of them stands one thread at most.
struct pool {
    block source = block(block_words, 3);
    std::vector<block> blocks;
    explicit pool(std::size_t count) : blocks(count, block(block_words)) {}
};

template <class Monitor>
struct pipeline {
    using queue = bounded_queue<Monitor, block *>;

    explicit pipeline(std::size_t count)
        : workers(count), all(2 * slots + count + 2), free(&monitors[0].value, all.blocks.size()),
          read(&monitors[1].value, slots), done(&monitors[2].value, slots) {
        for (block &each : all.blocks)
            free.put(&each);
    }

    void reader(std::size_t blocks) {
        for (std::size_t i = 0; i < blocks; i++) {
            block *next = free.get();
            std::memcpy(next->data(), all.source.data(), block_words * sizeof(std::uint64_t));
            read.put(next);
        }
        for (std::size_t i = 0; i < workers; i++)
            read.put(nullptr);
    }
    void worker() {
        while (block *next = read.get()) {
            next->front() = digest(*next, 2);
            done.put(next);
        }
    }
    void writer(std::size_t blocks) {
        for (std::size_t i = 0; i < blocks; i++) {
            block *next = done.get();
            keep(digest(*next, 1));
            free.put(next);
        }
    }

    double run(std::size_t blocks) {
        crew threads;
        std::uint64_t start = now();
        threads.start([this, blocks] { reader(blocks); });
        for (std::size_t i = 0; i < workers; i++)
            threads.start([this] { worker(); });
        writer(blocks);
        threads.join();
        return static_cast<double>(now() - start);
    }

    apart<Monitor> monitors[3];
    std::size_t workers;
    pool all;
    queue free, read, done;
};

double alone(std::size_t blocks) {
    static pool one(1);
    std::uint64_t start = now();
    for (std::size_t i = 0; i < blocks; i++) {
        block &only = one.blocks.front();
        std::memcpy(only.data(), one.source.data(), block_words * sizeof(std::uint64_t));
        only.front() = digest(only, 2);
        keep(digest(only, 1));
    }
    return static_cast<double>(now() - start);
}

} // namespace

std::vector<row> pipeline_rows() {
    std::size_t workers = cpus_allowed().size();
    row made = {"queue",
                "pipeline",
                {{"workers", workers}, {"cpus", 2}},
                "ns a block",
                "the same work by one thread",
                {at_most(1.1, "best")},
                [workers] {
                    std::vector<contender> all;
                    auto add = [&](auto kind) {
                        using monitor = typename decltype(kind)::type;
                        auto at = std::make_shared<pipeline<monitor>>(workers);
                        auto run = [at](std::size_t blocks) { return at->run(blocks); };
                        all.push_back(timed(monitor::who, run, 8e6));
                    };
                    add(identity<our_lock_and_conditions>{});
                    for_each_type(rival_monitors{}, add);
                    all.push_back(timed("limit", alone, 8e6));
                    return all;
                }};
    made.needs_two = true;
    made.rounds = 21;
    return {made};
}

} // namespace bench
