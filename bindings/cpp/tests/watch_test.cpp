// Dumps at a signal, and the thread that looks for deadlocks.
#include "harness.hpp"
#include "tellers.hpp"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace {

// A file of the test's own, with %p in its path for the process's id.
struct dump_file {
    std::string pattern = testing::TempDir() + "threading-watch-%p.txt";
    std::string path = testing::TempDir() + "threading-watch-" + std::to_string(getpid()) + ".txt";

    dump_file() { std::remove(path.c_str()); }
    dump_file(const dump_file &) = delete;
    dump_file &operator=(const dump_file &) = delete;
    ~dump_file() { std::remove(path.c_str()); }

    [[nodiscard]] std::string text() const {
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }
    [[nodiscard]] bool has(const std::string &part) const {
        return text().find(part) != std::string::npos;
    }
};

TEST(DumpOnSignal, AppendsADumpToTheFileForEachSignal) {
    const dump_file file;
    threading::lock accounts{"accounts"};
    const threading::lock_guard guard(accounts);
    threading::dump_on_signal(SIGQUIT, file.pattern);
    ASSERT_EQ(std::raise(SIGQUIT), 0);
    const std::string once = file.text();
    EXPECT_TRUE(file.has("holds lock \"accounts\"")) << once;
    ASSERT_EQ(std::raise(SIGQUIT), 0);
    EXPECT_GT(file.text().size(), once.size());
    EXPECT_EQ(file.text().substr(0, once.size()), once);
}

TEST(DumpOnSignal, WritesToTheStandardErrorStreamWithoutAPath) {
    threading::dump_on_signal(SIGUSR1);
    testing::internal::CaptureStderr();
    ASSERT_EQ(std::raise(SIGUSR1), 0);
    EXPECT_NE(testing::internal::GetCapturedStderr().find("\"MainThread\""), std::string::npos);
}

TEST(DumpOnSignal, GivesTheSignalBackWithZero) {
    threading::dump_on_signal(SIGUSR1);
    threading::dump_on_signal(0);
    struct sigaction action = {};
    ASSERT_EQ(sigaction(SIGUSR1, nullptr, &action), 0);
    EXPECT_EQ(action.sa_handler, SIG_DFL);
}

TEST(DumpOnSignal, RefusesWhatTheProgramUsesAndWhatIsNoSignal) {
    ASSERT_NE(std::signal(SIGUSR1, [](int) {}), SIG_ERR);
    EXPECT_ERROR(errc::busy, threading::dump_on_signal(SIGUSR1));
    EXPECT_ERROR(errc::invalid_argument, threading::dump_on_signal(SIGKILL));
    EXPECT_ERROR(errc::invalid_argument, threading::dump_on_signal(1000));
    EXPECT_ERROR(errc::invalid_argument,
                 threading::dump_on_signal(SIGUSR2, std::string("a\0b", 3)));
    EXPECT_ERROR(errc::invalid_argument, threading::dump_on_signal(SIGUSR2, "\xff"));
    EXPECT_ERROR(errc::invalid_argument,
                 threading::dump_on_signal(SIGUSR2, std::string(1024, 'a')));
}

TEST(Watch, TellsTheHookAndTheFileOfEachDeadlockOnce) {
    const dump_file file;
    static std::atomic<int> calls{0};
    static threading::deadlock heard;
    static threading::event told;
    threading::dump_on_signal(0, file.pattern);
    threading::set_deadlock_hook([](const threading::deadlock &found) {
        if (calls++ == 0) {
            heard = found;
        }
        told.set();
    });
    threading::watch(1ms);
    const two_tellers<threading::rlock> tellers;
    told.wait();
    EXPECT_EQ(heard.certainty, threading::certainty::certain);
    ASSERT_EQ(heard.waits.size(), 2u);
    const bool begins_with_first = heard.waits[0].ident == tellers.first.ident();
    const threading::wait &first = heard.waits[begins_with_first ? 0 : 1];
    EXPECT_EQ(first.thread, tellers.first.reference());
    EXPECT_EQ(first.kind, threading::kind::rlock);
    EXPECT_EQ(first.name(), "ledger");
    EXPECT_EQ(first.holder, tellers.second.ident());
    EXPECT_TRUE(file.has("DEADLOCK (certain) of 2 threads")) << file.text();
    // The looks that come find this one, and not the first again.
    const two_tellers<threading::rlock> others;
    EXPECT_TRUE(comes_true([] { return calls == 2; }));
    threading::watch(std::chrono::hours::max());
    threading::set_deadlock_hook(nullptr);
    EXPECT_EQ(calls, 2);
}

TEST(Watch, HasPatienceWithWhatAnotherThreadCouldEnd) {
    const dump_file file;
    static std::atomic<int> probable{0}, certain{0};
    threading::dump_on_signal(0, file.pattern);
    threading::set_deadlock_hook([](const threading::deadlock &found) {
        (found.certainty == threading::certainty::certain ? certain : probable)++;
    });
    const two_tellers<threading::lock> patient;
    threading::watch(1ms, 1h);
    const two_tellers<threading::rlock> certainly;
    EXPECT_TRUE(comes_true([] { return certain == 1; }));
    EXPECT_EQ(probable, 0);
    threading::watch(1ms);
    EXPECT_TRUE(comes_true([] { return probable == 1; }));
    EXPECT_EQ(certain, 1);
}

TEST(Watch, RefusesIntervalsThatAreNone) {
    EXPECT_ERROR(errc::invalid_argument, threading::watch(0s));
    EXPECT_ERROR(errc::invalid_argument, threading::watch(-1s, 1s));
    EXPECT_ERROR(errc::invalid_argument, threading::watch(seconds(not_a_number)));
    EXPECT_ERROR(errc::invalid_argument, threading::watch(1s, seconds(not_a_number)));
    threading::watch(std::chrono::hours::max(), std::chrono::hours::max());
}

TEST(DeadlockHook, ThatThrowsIsReportedAndTheWatchGoesOn) {
    const dump_file file;
    static std::atomic<int> reported{0};
    threading::dump_on_signal(0, file.pattern);
    threading::set_excepthook([](const threading::exception &seen) {
        reported += std::string(seen.message) == "of the hook";
    });
    threading::set_deadlock_hook([owned = std::make_unique<int>(1)](const threading::deadlock &) {
        throw std::logic_error("of the hook");
    });
    threading::watch(1ms);
    const two_tellers<threading::rlock> tellers;
    EXPECT_TRUE(comes_true([] { return reported == 1; }));
    const two_tellers<threading::rlock> others;
    EXPECT_TRUE(comes_true([] { return reported == 2; }));
}

TEST(DeadlockHook, IsNoNullPointer) {
    void (*hook)(const threading::deadlock &) = nullptr;
    EXPECT_ERROR(errc::invalid_argument, threading::set_deadlock_hook(hook));
}

} // namespace
