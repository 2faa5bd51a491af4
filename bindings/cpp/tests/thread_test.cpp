// Threads: what they run, what comes out of join, and what their objects do when they go.
#include "harness.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

namespace {

static_assert(is_move_only<threading::thread> && is_move_only<threading::thread_of<int>>);

// The excepthook would print what these tests throw on purpose.
class Thread : public testing::Test {
protected:
    void SetUp() override {
        threading::set_excepthook([](const threading::exception &) {});
    }
};

int add(int a, int b) { return a + b; }

struct account {
    int balance = 1;
    int deposit(int amount) { return balance += amount; }
};

TEST_F(Thread, RunsAnyCallableWithItsArguments) {
    std::atomic<int> sum{0};
    threading::thread([&] { sum += 1; }).join();
    threading::thread(
        [&](int a, const std::string &text) { sum += a + static_cast<int>(text.size()); }, 2,
        "three")
        .join();
    threading::thread([&](std::unique_ptr<int> owned) { sum += *owned; }, std::make_unique<int>(4))
        .join();
    threading::thread([owned = std::make_unique<int>(5), &sum]() mutable {
        sum += *std::exchange(owned, nullptr);
    }).join();
    account mine;
    threading::thread(&account::deposit, &mine, 6).join();
    EXPECT_EQ(sum + mine.balance, 1 + 2 + 5 + 4 + 5 + 7);
    int by_reference = 0;
    threading::thread([](int &target) { target = 8; }, std::ref(by_reference)).join();
    EXPECT_EQ(by_reference, 8);
}

TEST_F(Thread, CopiesItsArgumentsBeforeItRuns) {
    const auto argument = std::make_shared<int>(3);
    threading::thread thread(
        threading::defer_start, [](std::shared_ptr<int> &&mine) { EXPECT_EQ(*mine, 3); }, argument);
    EXPECT_EQ(argument.use_count(), 2);
    thread.start();
    thread.join();
    EXPECT_EQ(argument.use_count(), 1);
}

TEST_F(Thread, HasLetItsCallableGoWhenItHasEnded) {
    const auto witness = std::make_shared<int>(3);
    // What is captured of a constant is copied where it should be moved.
    threading::thread thread([witness] { EXPECT_EQ(*witness, 3); });
    thread.join();
    EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(Thread, CarriesTheResultToJoin) {
    threading::thread_of sum(add, 1, 2);
    static_assert(std::is_same_v<decltype(sum), threading::thread_of<int>>);
    EXPECT_EQ(sum.join(), 3);
    EXPECT_EQ(sum.join(), 3);
    EXPECT_EQ(*threading::thread_of([] { return std::make_unique<int>(4); }).join(), 4);
    threading::thread_of owner([] { return std::make_unique<int>(5); });
    const std::unique_ptr<int> mine = std::move(owner.join());
    EXPECT_EQ(*mine, 5);
    int target = 0;
    threading::thread_of reference([&]() -> int & { return target; });
    EXPECT_EQ(&reference.join(), &target);
    threading::thread_of nothing([] {});
    static_assert(std::is_same_v<decltype(nothing), threading::thread_of<void>>);
    nothing.join();
    threading::thread_of<double> converted([] { return 1; });
    EXPECT_EQ(converted.join(), 1.0);
    threading::thread_of named({"adder"}, add, 3, 4);
    EXPECT_EQ(named.name(), "adder");
    EXPECT_EQ(named.join(), 7);
    threading::thread_of later(threading::defer_start, {"later"}, add, 4, 5);
    threading::thread_of much_later(threading::defer_start, add, 5, 6);
    EXPECT_ERROR(errc::not_started, later.join());
    later.start();
    EXPECT_EQ(later.join(), 9);
}

TEST_F(Thread, CarriesTheExceptionToEveryJoin) {
    threading::thread thread([] { throw std::domain_error("work"); });
    EXPECT_THROW(thread.join(), std::domain_error);
    EXPECT_THROW(thread.join(), std::domain_error);
    EXPECT_THROW(thread.join_for(1s), std::domain_error);
    EXPECT_THROW(thread.join_until(std::chrono::steady_clock::now()), std::domain_error);
    thread.reference().join();
    threading::thread_of<int> result([]() -> int { throw 5; });
    EXPECT_THROW(result.join(), int);
    EXPECT_THROW(std::move(result).join(), int);
}

TEST_F(Thread, JoinsForNoLessThanItIsTold) {
    threading::event stop;
    threading::thread thread([&] { stop.wait(); });
    EXPECT_GE(time_of([&] { EXPECT_FALSE(thread.join_for(20ms)); }), 20ms);
    const auto end = std::chrono::system_clock::now() + 20ms;
    EXPECT_FALSE(thread.join_until(end));
    EXPECT_GE(std::chrono::system_clock::now(), end);
    EXPECT_FALSE(thread.join_for(-1s));
    EXPECT_FALSE(thread.reference().join_for(1ms));
    EXPECT_FALSE(thread.reference().join_until(std::chrono::steady_clock::now()));
    EXPECT_ERROR(errc::invalid_argument, thread.join_for(seconds(not_a_number)));
    stop.set();
    EXPECT_TRUE(thread.join_for(std::chrono::hours::max()));
    EXPECT_TRUE(thread.reference().join_for(0s));
    EXPECT_TRUE(thread.reference().join_until(std::chrono::steady_clock::time_point::max()));
}

TEST_F(Thread, MayBeJoinedByManyAtOnce) {
    threading::event stop;
    threading::thread_of thread([&] {
        stop.wait();
        return 3;
    });
    std::vector<threading::thread> joiners;
    for (int i = 0; i < 3; i++) {
        joiners.emplace_back([&] { EXPECT_EQ(thread.join(), 3); });
    }
    stop.set();
    for (auto &joiner : joiners) {
        joiner.join();
    }
}

TEST_F(Thread, StartsOnceAndWhenItIsTold) {
    std::atomic<bool> ran{false};
    threading::thread thread(threading::defer_start, [&] { ran = true; });
    EXPECT_FALSE(thread.is_alive());
    EXPECT_EQ(thread.ident(), 0u);
    EXPECT_EQ(thread.native_id(), 0u);
    EXPECT_ERROR(errc::not_started, static_cast<void>(thread.native_handle()));
    EXPECT_ERROR(errc::not_started, thread.join());
    EXPECT_FALSE(ran);
    thread.start();
    EXPECT_NE(thread.ident(), 0u);
    EXPECT_NE(thread.native_id(), 0u);
    thread.join();
    EXPECT_TRUE(ran);
    EXPECT_FALSE(thread.is_alive());
    EXPECT_ERROR(errc::no_value, static_cast<void>(thread.native_handle()));
    EXPECT_TRUE(pthread_equal(threading::main_thread().native_handle(), pthread_self()));
    EXPECT_ERROR(errc::already_started, thread.start());
}

TEST_F(Thread, HasTheNameThatItIsGiven) {
    threading::event stop;
    threading::thread thread({"worker"}, [&] {
        EXPECT_STREQ(threading::current_name(), "worker");
        stop.wait();
    });
    EXPECT_EQ(thread.name(), "worker");
    const std::string longer(1000, 'n');
    stop.set();
    thread.join();
    thread.set_name(longer);
    EXPECT_EQ(thread.name(), longer);
    thread.set_name("");
    EXPECT_EQ(thread.name().rfind("Thread-", 0), 0u);
    threading::thread(threading::defer_start, [] {}).set_name("\xc3\xa9");
}

TEST_F(Thread, RefusesAttributesThatMakeNoSense) {
    const std::string cut("a\0b", 3);
    EXPECT_ERROR(errc::invalid_argument, threading::thread({"\xff"}, [] {}));
    EXPECT_ERROR(errc::invalid_argument, threading::thread({cut}, [] {}));
    EXPECT_ERROR(errc::invalid_argument, threading::thread({"", false, 5}, [] {}));
    threading::thread thread(threading::defer_start, {"kept"}, [] {});
    EXPECT_ERROR(errc::invalid_argument, thread.set_name(cut));
    EXPECT_ERROR(errc::invalid_argument, thread.set_name("\xff"));
    EXPECT_ERROR(errc::invalid_argument, thread.set_stack_size(5));
    EXPECT_EQ(thread.name(), "kept");
}

TEST_F(Thread, HasTheStackThatItIsGiven) {
    const auto stack = [] {
        pthread_attr_t attributes;
        void *address;
        std::size_t size = 0;
        pthread_getattr_np(pthread_self(), &attributes);
        pthread_attr_getstack(&attributes, &address, &size);
        pthread_attr_destroy(&attributes);
        return size;
    };
    threading::thread_attributes attributes;
    attributes.stack_size = 3 << 20;
    EXPECT_GE(threading::thread_of(attributes, stack).join(), std::size_t(3) << 20);
    threading::thread_of thread(threading::defer_start, stack);
    thread.set_stack_size(5 << 20);
    thread.start();
    EXPECT_GE(thread.join(), std::size_t(5) << 20);
    EXPECT_ERROR(errc::already_started, thread.set_stack_size(1 << 20));
}

TEST_F(Thread, RunsOnTheProcessorsThatItIsGiven) {
    cpu_set_t all;
    ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
    std::uint32_t processor = 0;
    while (!CPU_ISSET(processor, &all)) {
        processor++;
    }
    threading::thread_of thread(threading::defer_start, [] {
        cpu_set_t own;
        sched_getaffinity(0, sizeof own, &own);
        return CPU_COUNT(&own);
    });
    EXPECT_ERROR(errc::invalid_argument, thread.set_affinity({}));
    thread.set_affinity({processor, 8191});
    EXPECT_ERROR(errc::invalid_argument, thread.start());
    thread.set_affinity({processor});
    thread.start();
    EXPECT_EQ(thread.join(), 1);
    EXPECT_ERROR(errc::invalid_argument, thread.set_affinity({processor}));
}

TEST_F(Thread, RunsWithThePriorityThatItIsGiven) {
    if (getpriority(PRIO_PROCESS, 0) > 10) {
        GTEST_SKIP() << "the process is lower than low";
    }
    threading::thread_of thread(threading::defer_start, [] {
        return getpriority(PRIO_PROCESS, static_cast<id_t>(threading::get_native_id()));
    });
    EXPECT_ERROR(errc::invalid_argument, thread.set_priority(static_cast<threading::priority>(3)));
    thread.set_priority(threading::priority::realtime);
    thread.set_priority(threading::priority::low);
    thread.start();
    EXPECT_EQ(thread.join(), 10);
    EXPECT_ERROR(errc::invalid_argument, thread.set_priority(threading::priority::normal));
}

TEST_F(Thread, InheritsTheDaemonFlagUnlessItIsSaid) {
    EXPECT_FALSE(threading::thread(threading::defer_start, [] {}).daemon());
    threading::thread daemon({"", true}, [] {
        EXPECT_TRUE(threading::current_thread().daemon());
        EXPECT_TRUE(threading::thread(threading::defer_start, [] {}).daemon());
        EXPECT_FALSE(threading::thread(threading::defer_start, {"", false}, [] {}).daemon());
    });
    daemon.join();
    EXPECT_ERROR(errc::already_started, daemon.set_daemon(false));
    threading::thread thread(threading::defer_start, [] {});
    thread.set_daemon(true);
    EXPECT_TRUE(thread.daemon());
}

TEST_F(Thread, CannotJoinItself) {
    threading::thread_of thread(threading::defer_start, [] {
        return error_of([] { threading::current_thread().join(); });
    });
    thread.start();
    EXPECT_EQ(thread.join(), threading::make_error_code(errc::would_deadlock));
}

TEST_F(Thread, EndsByExitWithItsDestructorsRunAndWithoutResult) {
    const auto witness = std::make_shared<int>(1);
    threading::thread_of thread([mine = witness]() -> int {
        const auto local = mine;
        threading::exit();
    });
    EXPECT_ERROR(errc::no_value, thread.join());
    EXPECT_EQ(witness.use_count(), 1);
    threading::thread([] { threading::exit(); }).join();
    EXPECT_ERROR(errc::invalid_argument, threading::exit());
}

TEST_F(Thread, EndsByPthreadExitAndByCancellation) {
    const auto witness = std::make_shared<int>(1);
    threading::thread_of exits([mine = witness]() -> int { pthread_exit(nullptr); });
    EXPECT_ERROR(errc::no_value, exits.join());
    std::atomic<pthread_t> self{};
    std::atomic<bool> known{false};
    threading::thread cancelled([&, mine = witness] {
        self = pthread_self();
        known = true;
        for (;;) {
            pthread_testcancel();
        }
    });
    EXPECT_TRUE(comes_true([&] { return known.load(); }));
    pthread_cancel(self);
    cancelled.join();
    EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(Thread, ThatHasNoneThrowsInvalidHandle) {
    threading::thread thread;
    EXPECT_ERROR(errc::invalid_handle, thread.join());
    EXPECT_ERROR(errc::invalid_handle, thread.join_for(1s));
    EXPECT_ERROR(errc::invalid_handle, thread.start());
    EXPECT_ERROR(errc::invalid_handle, thread.detach());
    EXPECT_ERROR(errc::invalid_handle, thread.set_daemon(true));
    EXPECT_ERROR(errc::invalid_handle, thread.set_name("name"));
    EXPECT_ERROR(errc::invalid_handle, static_cast<void>(thread.name()));
    EXPECT_FALSE(thread.is_alive());
    EXPECT_FALSE(thread.daemon());
    EXPECT_FALSE(thread.reference());
    EXPECT_TRUE(THREADING_IS_NULL(thread.handle()));
    EXPECT_ERROR(errc::invalid_handle, threading::thread_of<int>().join());
    threading::thread running([] {});
    thread = std::move(running);
    EXPECT_ERROR(errc::invalid_handle, running.join());
    thread.join();
}

} // namespace
