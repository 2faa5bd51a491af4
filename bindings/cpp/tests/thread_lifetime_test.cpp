// What happens when the object of a thread goes, and whom the excepthook tells.
#include "harness.hpp"

#include <unordered_set>

namespace {

TEST(ThreadLifetime, ItsDestructorWaitsForTheThread) {
    std::atomic<bool> ended{false};
    threading::event begin;
    threading::thread starter([&] { begin.set(); });
    {
        threading::thread thread([&] {
            begin.wait();
            ended = true;
        });
    }
    EXPECT_TRUE(ended);
}

TEST(ThreadLifetime, AnAssignmentWaitsForTheThreadBefore) {
    std::atomic<bool> ended{false};
    threading::thread thread([&] { ended = true; });
    thread = threading::thread([] {});
    EXPECT_TRUE(ended);
    thread.join();
}

TEST(ThreadLifetime, AThreadThatWasMadeADaemonIsGivenUp) {
    threading::event stop;
    threading::thread_reference running;
    {
        threading::thread thread({"daemon", true}, [&] { stop.wait(); });
        running = thread.reference();
    }
    EXPECT_TRUE(running.is_alive());
    EXPECT_EQ(running.name(), "daemon");
    {
        threading::thread later(threading::defer_start, [&] { stop.wait(); });
        later.set_daemon(true);
        later.start();
    }
    stop.set();
    EXPECT_TRUE(comes_true(
        [&] { return error_of([&] { static_cast<void>(running.name()); }) == errc::destroyed; }));
    EXPECT_TRUE(comes_true([] { return threading::active_count() == 1; }));
}

TEST(ThreadLifetime, AThreadThatIsADaemonByInheritanceIsWaitedFor) {
    threading::thread({"parent", true}, [] {
        std::atomic<bool> ended{false};
        {
            threading::thread child([&] { ended = true; });
        }
        EXPECT_TRUE(ended);
    }).join();
}

TEST(ThreadLifetime, ADetachedThreadRunsOn) {
    threading::event stop;
    std::atomic<bool> ended{false};
    threading::thread thread([&, witness = std::make_shared<int>(1)] {
        stop.wait();
        EXPECT_EQ(*witness, 1);
        ended = true;
    });
    thread.detach();
    EXPECT_ERROR(errc::invalid_handle, thread.join());
    stop.set();
    EXPECT_TRUE(comes_true([&] { return ended.load(); }));
    EXPECT_TRUE(comes_true([] { return threading::active_count() == 1; }));
}

TEST(ThreadLifetime, AThreadThatNeverStartsLetsItsArgumentsGo) {
    const auto witness = std::make_shared<int>(1);
    const auto idle = [](auto) {};
    static_cast<void>(threading::thread(threading::defer_start, idle, witness));
    EXPECT_EQ(witness.use_count(), 1);
    threading::thread detached(threading::defer_start, idle, witness);
    detached.detach();
    EXPECT_EQ(witness.use_count(), 1);
    EXPECT_ERROR(errc::invalid_argument, threading::thread({"", false, 1}, idle, witness));
    EXPECT_EQ(witness.use_count(), 1);
}

TEST(ThreadLifetime, AThreadThatDestroysItsOwnObjectIsGivenUp) {
    std::atomic<bool> ended{false};
    auto thread = std::make_unique<threading::thread>(threading::defer_start, [&] {});
    threading::event owned;
    *thread = threading::thread([&] {
        owned.wait();
        thread.reset();
        ended = true;
    });
    owned.set();
    EXPECT_TRUE(comes_true([&] { return ended.load(); }));
    EXPECT_TRUE(comes_true([] { return threading::active_count() == 1; }));
}

TEST(ThreadLifetime, AThreadOfMovesIntoAThread) {
    std::vector<threading::thread> threads;
    threads.push_back(threading::thread_of([] { return 3; }));
    threads.emplace_back([] { return std::string("forgotten"); });
    for (auto &thread : threads) {
        thread.join();
    }
}

TEST(ThreadLifetime, AThreadOfThatWasGivenAnotherKindOfThreadHasNoValue) {
    threading::thread_of sum([] { return 3; });
    static_cast<threading::thread &>(sum) = threading::thread([] {});
    EXPECT_ERROR(errc::no_value, sum.join());
    EXPECT_ERROR(errc::no_value, std::move(sum).join());
}

TEST(ThreadLifetime, WhileTheProcessEndsNoThreadIsStarted) {
    const auto witness = std::make_shared<int>(1);
    threading::event stop;
    threading::thread running([&] { stop.wait(); });
    EXPECT_FALSE(threading::shutdown_for(1ms));
    EXPECT_FALSE(threading::shutdown_until(std::chrono::steady_clock::now() + 1ms));
    EXPECT_ERROR(errc::invalid_argument, threading::shutdown_for(seconds(not_a_number)));
    stop.set();
    threading::shutdown();
    EXPECT_TRUE(threading::shutdown_for(0s));
    const auto idle = [](auto) {};
    EXPECT_ERROR(errc::shutting_down, threading::thread(idle, witness));
    EXPECT_EQ(witness.use_count(), 1);
    threading::thread thread(threading::defer_start, idle, witness);
    EXPECT_ERROR(errc::shutting_down, thread.start());
    EXPECT_ERROR(errc::shutting_down, threading::register_atexit([witness] {}));
    threading::timer timer(0s, [witness] {});
    EXPECT_ERROR(errc::shutting_down, timer.start());
    thread.detach();
    timer.detach();
    EXPECT_EQ(witness.use_count(), 1);
}

TEST(Atexit, RunsTheLastRegisteredFirstAndReportsWhatTheyThrow) {
    static std::vector<int> order;
    threading::set_excepthook(
        [](const threading::exception &seen) { order.push_back(seen.pointer ? 100 : 0); });
    threading::register_atexit([owned = std::make_unique<int>(1)] { order.push_back(*owned); });
    threading::register_atexit([] { throw std::domain_error("at exit"); });
    threading::register_atexit([] { order.push_back(2); });
    threading::shutdown();
    EXPECT_EQ(order, (std::vector<int>{2, 100, 1}));
}

TEST(Current, IsTheCallingThread) {
    EXPECT_EQ(threading::current_thread(), threading::main_thread());
    EXPECT_STREQ(threading::current_name(), "MainThread");
    EXPECT_EQ(threading::main_thread().ident(), threading::get_ident());
    EXPECT_EQ(threading::main_thread().native_id(), threading::get_native_id());
    threading::thread thread(threading::defer_start, [&] {
        EXPECT_EQ(threading::current_thread(), thread.reference());
        EXPECT_NE(threading::current_thread(), threading::main_thread());
        EXPECT_EQ(threading::get_ident(), thread.ident());
    });
    thread.start();
    thread.join();
    std::thread([] {
        EXPECT_EQ(threading::current_thread().name().rfind("Dummy-", 0), 0u);
        EXPECT_TRUE(threading::current_thread().daemon());
        const threading::thread_reference dummy = threading::current_thread();
        threading::thread([&] { EXPECT_ERROR(errc::dummy, dummy.join()); }).join();
    }).join();
}

TEST(Current, EnumeratesAllThatAreAlive) {
    threading::event stop;
    std::unordered_set<threading::thread_reference> expected{threading::main_thread()};
    std::vector<threading::thread> threads;
    for (int i = 0; i < 20; i++) {
        threads.emplace_back([&] { stop.wait(); });
        expected.insert(threads.back().reference());
    }
    const auto all = threading::enumerate();
    EXPECT_EQ((std::unordered_set<threading::thread_reference>(all.begin(), all.end())), expected);
    EXPECT_EQ(all.size(), 21u);
    EXPECT_EQ(threading::active_count(), 21u);
    stop.set();
}

TEST(Current, StackSizeIsWhatWasSet) {
    EXPECT_EQ(threading::stack_size(), 0u);
    threading::set_stack_size(1 << 20);
    EXPECT_EQ(threading::stack_size(), 1u << 20);
    EXPECT_ERROR(errc::invalid_argument, threading::set_stack_size(1));
    EXPECT_EQ(threading::stack_size(), 1u << 20);
    threading::set_stack_size(0);
}

TEST(Reference, OfNothingIsFalseAndThrows) {
    const threading::thread_reference nothing;
    EXPECT_FALSE(nothing);
    EXPECT_TRUE(threading::main_thread());
    EXPECT_ERROR(errc::invalid_handle, nothing.join());
    EXPECT_ERROR(errc::invalid_handle, nothing.join_for(1s));
    EXPECT_ERROR(errc::invalid_handle, static_cast<void>(nothing.name()));
    EXPECT_EQ(nothing.ident(), 0u);
    EXPECT_EQ(nothing, threading::thread_reference(threading_thread(nothing.handle())));
}

} // namespace
