// Hooks: who hears of what, and what happens when a hook throws.
#include "harness.hpp"

#include <algorithm>
#include <functional>

namespace {

TEST(Excepthook, HearsOfWhatAThreadDoesNotCatchEvenIfNobodyJoins) {
    static std::string type, message, name;
    static bool same = false;
    threading::event heard;
    threading::set_excepthook([&](const threading::exception &seen) {
        type = seen.type;
        message = seen.message;
        name = seen.thread.name();
        try {
            std::rethrow_exception(seen.pointer);
        } catch (const std::domain_error &error) {
            same = error.what() == message;
        }
        EXPECT_EQ(seen.payload, nullptr);
        heard.set();
    });
    threading::thread({"worker"}, [] { throw std::domain_error("out of range"); }).detach();
    heard.wait();
    threading::shutdown();
    EXPECT_EQ(type, "std::domain_error");
    EXPECT_EQ(message, "out of range");
    EXPECT_EQ(name, "worker");
    EXPECT_TRUE(same);
}

TEST(Excepthook, HearsOfExceptionsThatAreNoStandardOnes) {
    static std::string type = "nothing";
    static bool has_message = true;
    threading::set_excepthook([](const threading::exception &seen) {
        type = seen.type;
        has_message = seen.message != nullptr;
    });
    EXPECT_THROW(threading::thread([] { throw 5; }).join(), int);
    EXPECT_EQ(type, "int");
    EXPECT_FALSE(has_message);
    EXPECT_THROW(threading::thread([] { throw std::runtime_error("\xff"); }).join(),
                 std::runtime_error);
    EXPECT_EQ(type, "std::runtime_error");
    EXPECT_FALSE(has_message);
}

TEST(Excepthook, TellsReportsOfOthersFromExceptions) {
    static void *payload = nullptr;
    static bool has_pointer = true;
    threading::set_excepthook([](const threading::exception &seen) {
        payload = seen.payload;
        has_pointer = seen.pointer != nullptr;
    });
    int mine = 0;
    threading::report_exception("Mistake", "of C", &mine);
    EXPECT_EQ(payload, &mine);
    EXPECT_FALSE(has_pointer);
    threading::report_exception(std::make_exception_ptr(5));
    EXPECT_TRUE(has_pointer);
    EXPECT_EQ(payload, nullptr);
    has_pointer = false;
    threading::report_exception(std::exception_ptr());
    EXPECT_FALSE(has_pointer);
    EXPECT_ERROR(errc::invalid_argument, threading::report_exception(nullptr, "message"));
    EXPECT_ERROR(errc::invalid_argument, threading::report_exception("Mistake", "\xff"));
}

// What is printed while that runs.
template <class Call>
std::string printed(Call call) {
    testing::internal::CaptureStderr();
    call();
    return testing::internal::GetCapturedStderr();
}

void fail() { throw std::domain_error("printed\n"); }
const char *const report = "Exception in thread worker:\nstd::domain_error: printed\\n\n";

TEST(WithoutAnExcepthook, AnExceptionThatAJoinThrowsIsNotPrintedToo) {
    threading::set_excepthook([](const threading::exception &) { FAIL() << "it was taken away"; });
    threading::set_excepthook(nullptr);
    EXPECT_EQ(printed([] {
                  EXPECT_THROW(threading::thread({"worker"}, fail).join(), std::domain_error);
                  EXPECT_THROW(static_cast<void>(threading::thread({"worker"}, fail).join_for(1h)),
                               std::domain_error);
                  EXPECT_THROW(
                      threading::thread_of<int>({"worker"}, []() -> int { throw 5; }).join(), int);
                  threading::timer timer(0s, fail);
                  timer.start();
                  EXPECT_THROW(timer.join(), std::domain_error);
              }),
              "");
}

TEST(WithoutAnExcepthook, AnExceptionThatNoJoinThrowsIsPrintedOnceWhenTheObjectGoes) {
    EXPECT_EQ(printed([] { threading::thread({"worker"}, fail); }), report);
    EXPECT_EQ(printed([] {
                  threading::thread thread({"worker"}, fail);
                  // It throws nothing, and so it leaves the exception to the object.
                  thread.reference().join();
                  thread = threading::thread();
              }),
              report);
    EXPECT_EQ(printed([] {
                  threading::thread thread({"worker"}, fail);
                  thread.reference().join();
                  thread.detach();
              }),
              report);
    EXPECT_EQ(printed([] {
                  threading::timer timer(0s, fail);
                  timer.set_name("worker");
                  timer.start();
                  timer.reference().join();
              }),
              report);
    EXPECT_EQ(printed([] { threading::thread({"w\x1b"}, [] { throw 5; }); }),
              "Exception in thread w\\x1b:\nint\n");
}

TEST(WithoutAnExcepthook, AnExceptionThatNobodyCanJoinAnyMoreIsPrintedAtOnce) {
    threading::event detached;
    EXPECT_EQ(printed([&] {
                  threading::thread thread({"worker"}, [&] {
                      detached.wait();
                      fail();
                  });
                  thread.detach();
                  detached.set();
                  EXPECT_TRUE(comes_true([] { return threading::active_count() == 1; }));
              }),
              report);
}

TEST(WithoutAnExcepthook, AnExceptionOfAnObjectThatIsNeverDestroyedIsPrintedAtTheEnd) {
    const auto leave = [] {
        static auto &leaked = *new threading::thread({"leaked"}, fail);
        leaked.reference().join();
        std::exit(3);
    };
    EXPECT_EXIT(leave(), testing::ExitedWithCode(3),
                "^Exception in thread leaked:\nstd::domain_error: printed");
    const auto leave_joined = [] {
        static auto &leaked = *new threading::thread({"leaked"}, fail);
        EXPECT_THROW(leaked.join(), std::domain_error);
        std::exit(3);
    };
    EXPECT_EXIT(leave_joined(), testing::ExitedWithCode(3), "^$");
}

// Who sets one wants to hear of it there and then, with the thread still there.
TEST(Excepthook, HearsAtOnceAlsoOfWhatAJoinThrows) {
    static std::atomic<int> heard{0};
    threading::set_excepthook([](const threading::exception &seen) {
        heard += seen.thread == threading::current_thread();
    });
    threading::thread thread(fail);
    thread.reference().join();
    EXPECT_EQ(heard, 1);
    EXPECT_THROW(thread.join(), std::domain_error);
    thread = threading::thread();
    EXPECT_EQ(heard, 1);
}

TEST(Excepthook, ThatThrowsIsPrintedAndNothingUnwinds) {
    testing::internal::CaptureStderr();
    threading::set_excepthook(
        [](const threading::exception &) { throw std::logic_error("of the hook"); });
    EXPECT_THROW(threading::thread([] { throw 5; }).join(), int);
    threading::set_excepthook([](const threading::exception &) { throw 6; });
    EXPECT_THROW(threading::thread([] { throw 5; }).join(), int);
    const std::string output = testing::internal::GetCapturedStderr();
    EXPECT_EQ(
        output,
        "Exception in threading::excepthook: of the hook\nException in threading::excepthook\n");
}

// A message that begins a line and clears the screen; the letters beside the marks of direction and
// after a byte that is no UTF-8.
TEST(Excepthook, ThatThrowsIsPrintedInOneLineWhateverItsMessageIs) {
    testing::internal::CaptureStderr();
    threading::set_excepthook([](const threading::exception &) {
        throw std::logic_error(
            "a\nroot logged in\x1b[2J\r\t\x7f \xc2\x9b"
            "2J \xe2\x80\xa8\xe2\x80\xae \xd8\x9c caf\xc3\xa9 \xf0\x9f\x98\x80 \x9b"
            "2J \xe2\x82");
    });
    EXPECT_THROW(threading::thread([] { throw 5; }).join(), int);
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "Exception in threading::excepthook: a\\nroot logged in\\x1b[2J\\r\\t\\x7f \\u009b2J "
              "\\u2028\\u202e \\u061c "
              "caf\xc3\xa9 \xf0\x9f\x98\x80 \\x9b2J \\xe2\\x82\n");
}

TEST(ThreadHooks, AreCalledInEachThreadBeforeAndAfterItsCallable) {
    static threading::lock lock;
    static std::vector<std::string> seen;
    const auto note = [](std::string text) {
        const threading::lock_guard guard(lock);
        seen.push_back(std::move(text));
    };
    threading::set_start_hook(
        [note, owned = std::make_unique<int>(1)](threading::thread_reference thread) {
            EXPECT_EQ(thread, threading::current_thread());
            note("start " + thread.name());
        });
    threading::set_exit_hook(
        [note](threading::thread_reference thread) { note("exit " + thread.name()); });
    threading::thread({"a"}, [note] { note("run"); }).join();
    threading::thread({"b"}, [] { threading::exit(); }).join();
    threading::set_start_hook(nullptr);
    threading::set_exit_hook(nullptr);
    threading::thread([note] { note("unseen"); }).join();
    EXPECT_EQ(seen, (std::vector<std::string>{"start a", "run", "exit a", "start b", "exit b",
                                              "unseen"}));
}

TEST(ThreadHooks, ThatThrowAreReportedAndTheThreadRunsOn) {
    static std::atomic<int> reported{0};
    threading::set_excepthook(
        [](const threading::exception &seen) { reported += seen.pointer != nullptr; });
    threading::set_start_hook([](threading::thread_reference) { throw 1; });
    threading::set_exit_hook([](threading::thread_reference) { throw 2; });
    EXPECT_EQ(threading::thread_of([] { return 3; }).join(), 3);
    threading::set_start_hook(nullptr);
    threading::set_exit_hook(nullptr);
    EXPECT_EQ(reported, 2);
}

TEST(ErrorHook, HearsOfEveryCallThatFailsBeforeItThrows) {
    static std::vector<threading::error> seen;
    threading::set_error_hook([](const threading::error &error) { seen.push_back(error); });
    threading::lock lock;
    EXPECT_ERROR(errc::not_acquired, lock.unlock());
    EXPECT_EQ(seen.size(), 1u);
    EXPECT_STREQ(seen.at(0).function, "threading_lock_release");
    EXPECT_EQ(seen.at(0).code, errc::not_acquired);
    EXPECT_EQ(seen.at(0).handle, lock.handle().bits);
    EXPECT_STREQ(seen.at(0).message, "nobody holds the lock that the call releases");
    EXPECT_STREQ(threading::error_message(), seen.at(0).message);
    threading::set_error_hook(nullptr);
    EXPECT_ERROR(errc::not_acquired, lock.unlock());
    EXPECT_EQ(seen.size(), 1u);
}

TEST(ErrorHook, IsSilentWhileObjectsComeAndGo) {
    static std::atomic<int> failures{0};
    threading::set_error_hook([](const threading::error &) { failures++; });
    {
        threading::lock lock;
        threading::condition condition(lock), own;
        threading::rlock rlock, moved = std::move(rlock);
        threading::semaphore semaphore;
        threading::bounded_semaphore bounded;
        threading::event event;
        threading::barrier barrier(1, [] {});
        threading::local<int> local;
        threading::timer timer(1h, [] {}), unstarted(1h, [] {});
        timer.start();
        threading::thread thread([] {}), none, later(threading::defer_start, [] {});
        threading::event closed;
        closed.close();
        barrier = threading::barrier(2);
        *local = 3;
    }
    EXPECT_EQ(failures, 0);
}

TEST(ErrorHook, ThatThrowsIsReportedAndTheCallGoesOn) {
    static std::atomic<int> reported{0};
    threading::set_excepthook([](const threading::exception &) { reported++; });
    threading::set_error_hook(
        [](const threading::error &) { throw std::logic_error("of the hook"); });
    threading::lock lock;
    EXPECT_ERROR(errc::not_acquired, lock.unlock());
    threading::set_error_hook(nullptr);
    EXPECT_EQ(reported, 1);
}

TEST(ReportMistakes, PrintsEachCallThatFailsOnceForItsPlace) {
    threading::lock lock;
    const auto mistake = [&] { EXPECT_ERROR(errc::not_acquired, lock.unlock()); };
    threading::report_mistakes(true);
    const std::string output = printed([&] {
        mistake();
        mistake();
    });
    EXPECT_NE(output.find("threading_lock_release failed: THREADING_NOT_ACQUIRED"),
              std::string::npos)
        << output;
    EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1) << output;
    threading::report_mistakes(false);
    EXPECT_EQ(printed([&] { EXPECT_ERROR(errc::not_acquired, lock.unlock()); }), "");
}

TEST(NullPointers, AreRefusedAsCallables) {
    void (*work)() = nullptr;
    void (*thread_hook)(threading::thread_reference) = nullptr;
    void (*excepthook)(const threading::exception &) = nullptr;
    void (*error_hook)(const threading::error &) = nullptr;
    bool (*predicate)() = nullptr;
    int (*initialiser)() = nullptr;
    std::string (std::string::*member)() const = nullptr;
    EXPECT_ERROR(errc::invalid_argument, threading::thread{work});
    EXPECT_ERROR(errc::invalid_argument, threading::thread_of{initialiser});
    EXPECT_ERROR(errc::invalid_argument, threading::thread(member, std::string()));
    EXPECT_ERROR(errc::invalid_argument, threading::timer(1s, work));
    EXPECT_ERROR(errc::invalid_argument, threading::register_atexit(work));
    EXPECT_ERROR(errc::invalid_argument, threading::barrier(1, work));
    EXPECT_ERROR(errc::invalid_argument, threading::local<int>{initialiser});
    EXPECT_ERROR(errc::invalid_argument, threading::set_start_hook(thread_hook));
    EXPECT_ERROR(errc::invalid_argument, threading::set_exit_hook(thread_hook));
    EXPECT_ERROR(errc::invalid_argument, threading::set_excepthook(excepthook));
    EXPECT_ERROR(errc::invalid_argument, threading::set_error_hook(error_hook));
    threading::condition condition;
    const threading::lock_guard guard(condition);
    EXPECT_ERROR(errc::invalid_argument, condition.wait(predicate));
    EXPECT_TRUE(condition.locked());
}

TEST(NullPointers, OfCallablesThatCheckThemselvesAreExceptionsOfTheThread) {
    threading::set_excepthook([](const threading::exception &) {});
    EXPECT_THROW(threading::thread(std::function<void()>()).join(), std::bad_function_call);
}

} // namespace
