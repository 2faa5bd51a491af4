// A look into the running program: waits, deadlocks and dumps.
#include "harness.hpp"
#include "tellers.hpp"

#include <algorithm>
#include <fcntl.h>
#include <regex>
#include <sstream>
#include <unistd.h>

namespace {

bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

template <class Lock>
void expect_deadlock(threading::kind kind, threading::certainty certainty) {
    two_tellers<Lock> tellers;
    const threading::deadlock found = threading::find_deadlock();
    EXPECT_EQ(found.certainty, certainty);
    ASSERT_EQ(found.waits.size(), 2u);
    const bool begins_with_first = found.waits[0].ident == tellers.first.ident();
    const threading::wait &first = found.waits[begins_with_first ? 0 : 1];
    const threading::wait &second = found.waits[begins_with_first ? 1 : 0];
    EXPECT_EQ(first.thread, tellers.first.reference());
    EXPECT_EQ(second.thread, tellers.second.reference());
    EXPECT_EQ(first.thread.name(), "teller-1");
    EXPECT_EQ(second.thread.name(), "teller-2");
    EXPECT_EQ(first.object, tellers.ledger.handle().bits);
    EXPECT_EQ(second.object, tellers.accounts.handle().bits);
    EXPECT_EQ(first.holder, second.ident);
    EXPECT_EQ(second.holder, first.ident);
    EXPECT_EQ(first.native_id, tellers.first.native_id());
    EXPECT_EQ(first.kind, kind);
    EXPECT_EQ(first.name(), "ledger");
    EXPECT_EQ(second.name(), "accounts");
    EXPECT_GE(first.waited.count(), 0);
    EXPECT_FALSE(first.remaining);
}

TEST(Inspect, FindsTwoTellersWhoWaitForEachOther) {
    expect_deadlock<threading::lock>(threading::kind::lock, threading::certainty::probable);
}

TEST(Inspect, IsCertainIfOnlyTheTellersCouldRelease) {
    expect_deadlock<threading::rlock>(threading::kind::rlock, threading::certainty::certain);
}

TEST(Inspect, FindsADeadlockOfMoreThreadsThanItHasRoomForAtFirst) {
    constexpr std::size_t count = 20;
    auto &locks = *new std::vector<threading::rlock>(count);
    auto &all = *new threading::barrier(count);
    std::vector<threading::thread> threads;
    for (std::size_t i = 0; i < count; i++) {
        threads.emplace_back(threading::thread_attributes{"", true}, [&, i] {
            locks[i].lock();
            all.wait();
            locks[(i + 1) % count].lock();
        });
    }
    ASSERT_TRUE(comes_true([] { return static_cast<bool>(threading::find_deadlock()); }));
    const threading::deadlock found = threading::find_deadlock();
    ASSERT_EQ(found.waits.size(), count);
    for (std::size_t i = 0; i < count; i++) {
        EXPECT_EQ(found.waits[i].holder, found.waits[(i + 1) % count].ident);
    }
}

TEST(Inspect, FindsNothingWhereNothingIs) {
    const threading::deadlock found = threading::find_deadlock();
    EXPECT_FALSE(found);
    EXPECT_EQ(found.certainty, threading::certainty::none);
    EXPECT_TRUE(threading::waits().empty());
}

TEST(Inspect, ListsAllWhoWaitAndWhatFor) {
    threading::event stop{"stop"};
    std::vector<threading::thread> threads;
    for (int i = 0; i < 30; i++) {
        threads.emplace_back([&] { stop.wait(); });
    }
    EXPECT_TRUE(comes_true([] { return threading::waits().size() == 30; }));
    for (const threading::wait &wait : threading::waits()) {
        EXPECT_EQ(wait.kind, threading::kind::event);
        EXPECT_EQ(wait.name(), "stop");
        EXPECT_EQ(wait.object, stop.handle().bits);
        EXPECT_EQ(wait.holder, 0u);
        EXPECT_TRUE(std::any_of(threads.begin(), threads.end(), [&](const auto &thread) {
            return thread.reference() == wait.thread && thread.ident() == wait.ident;
        }));
    }
    stop.set();
}

TEST(Inspect, TellsWhatOneThreadWaitsFor) {
    threading::semaphore slots(0, "slots");
    threading::thread thread(threading::defer_start,
                             [&] { static_cast<void>(slots.try_acquire_for(1h)); });
    EXPECT_FALSE(threading::waiting_for(thread.reference()));
    thread.start();
    EXPECT_TRUE(comes_true([&] { return threading::waiting_for(thread.reference()).has_value(); }));
    const auto wait = threading::waiting_for(thread.reference());
    ASSERT_TRUE(wait);
    EXPECT_EQ(wait->kind, threading::kind::semaphore);
    EXPECT_EQ(wait->object, slots.handle().bits);
    ASSERT_TRUE(wait->remaining);
    EXPECT_GT(*wait->remaining, 1min);
    EXPECT_LE(*wait->remaining, 1h);
    slots.release();
    thread.join();
    EXPECT_FALSE(threading::waiting_for(thread.reference()));
    EXPECT_FALSE(threading::waiting_for(threading::current_thread()));
    EXPECT_ERROR(errc::invalid_handle,
                 static_cast<void>(threading::waiting_for(threading::thread_reference())));
    const auto reference = thread.reference();
    thread.detach();
    EXPECT_ERROR(errc::destroyed, static_cast<void>(threading::waiting_for(reference)));
}

// Each kind of thing that a thread can wait for.
TEST(Inspect, KnowsTheNameOfWhatAThreadWaitsFor) {
    const auto expect_name = [](threading::kind kind, const char *name, auto wait, auto release) {
        threading::thread thread(wait);
        EXPECT_TRUE(comes_true([&] {
            const auto found = threading::waiting_for(thread.reference());
            return found && found->kind == kind && found->name() == name;
        })) << name;
        release();
        thread.join();
        EXPECT_EQ(threading::wait().name(), "");
    };
    threading::condition condition{"condition"};
    threading::semaphore semaphore(0, "semaphore");
    threading::barrier barrier(2, "barrier");
    threading::latch latch(1, "latch");
    threading::rw_lock rw_lock("rw_lock");
    threading::queue<int> queue(1, "queue");
    threading::event event{"event"};
    threading::thread other({"other"}, [&] { event.wait(); });
    expect_name(
        threading::kind::thread, "other", [&] { threading_thread_join(other.handle()); },
        [&] { event.set(); });
    expect_name(
        threading::kind::condition, "condition",
        [&] {
            const threading::lock_guard guard(condition);
            condition.wait();
        },
        [&] {
            const threading::lock_guard guard(condition);
            condition.notify();
        });
    expect_name(
        threading::kind::semaphore, "semaphore", [&] { semaphore.acquire(); },
        [&] { semaphore.release(); });
    expect_name(
        threading::kind::barrier, "barrier", [&] { barrier.wait(); }, [&] { barrier.wait(); });
    expect_name(
        threading::kind::latch, "latch", [&] { latch.wait(); }, [&] { latch.count_down(); });
    rw_lock.lock();
    expect_name(
        threading::kind::rw_lock, "rw_lock",
        [&] {
            rw_lock.lock_shared();
            rw_lock.unlock_shared();
        },
        [&] { rw_lock.unlock(); });
    const auto get = [&] { queue.get(); };
    expect_name(threading::kind::queue, "queue", get, [&] { queue.put(1); });
    expect_name(
        threading::kind::sleep, "",
        [&] {
            while (latch.count() == 0 && event.is_set()) {
                threading::sleep_for(1ms); // not to synchronise: it is what is looked at
            }
        },
        [&] { event.clear(); });
}

TEST(Inspect, DumpsToAStreamAndToADescriptor) {
    const two_tellers<threading::lock> tellers;
    std::ostringstream text;
    threading::dump(text);
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    threading::dump(ends[1]);
    threading::dump_json(ends[1]);
    close(ends[1]);
    std::string piped;
    char part[512];
    for (ssize_t count = 0; (count = read(ends[0], part, sizeof part)) > 0;) {
        piped.append(part, static_cast<std::size_t>(count));
    }
    close(ends[0]);
    for (const std::string &dump : {text.str(), piped}) {
        EXPECT_TRUE(contains(dump, "DEADLOCK (probable) of 2 threads")) << dump;
        EXPECT_TRUE(std::regex_search(
            dump, std::regex("\"teller-1\" has waited [0-9.]+ s for lock \"ledger\" "
                             "\\(0x[0-9a-f]+\\), held by \"teller-2\"")))
            << dump;
        EXPECT_TRUE(contains(dump, "holds lock \"accounts\"")) << dump;
    }
    EXPECT_TRUE(contains(piped, "\"deadlocks\":[\n  {\"certainty\":\"probable\"")) << piped;
    std::ostringstream json;
    threading::dump_json(json);
    EXPECT_EQ(json.str().find("{\"threading\":1,"), 0u) << json.str();
    EXPECT_TRUE(contains(json.str(), "\"name\":\"accounts\"")) << json.str();
    EXPECT_EQ(json.str().substr(json.str().size() - 2), "}\n");
}

TEST(Inspect, DumpsMoreThanAPipeHolds) {
    const std::string name(200, 'n');
    threading::event stop;
    std::vector<threading::thread> threads;
    for (int i = 0; i < 300; i++) {
        threads.emplace_back(threading::thread_attributes{name}, [&] { stop.wait(); });
    }
    std::ostringstream json;
    threading::dump_json(json);
    EXPECT_GT(json.str().size(), std::size_t(1) << 16);
    EXPECT_EQ(json.str().substr(json.str().size() - 2), "}\n");
    stop.set();
}

TEST(Inspect, SaysIfADescriptorOrAStreamTakesNothing) {
    EXPECT_ERROR(errc::invalid_argument, threading::dump(-1));
    EXPECT_ERROR(errc::invalid_argument, threading::dump_json(-1));
    const int reads_only = open("/dev/null", O_RDONLY | O_CLOEXEC);
    EXPECT_ERROR(errc::invalid_argument, threading::dump(reads_only));
    close(reads_only);
    std::ostringstream bad;
    bad.setstate(std::ios::badbit);
    threading::dump(bad);
    EXPECT_TRUE(bad.str().empty());
    EXPECT_FALSE(bad.good());
}

// A dump waits for its descriptor, and another one does not wait for the dump.
TEST(Inspect, IsBusyWhileAnotherDumpIsWritten) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    const std::string full(4096, 'x');
    while (write(ends[1], full.data(), full.size()) > 0) {
    }
    std::error_code outcome;
    threading::thread dumper([&] {
        // The dumps below may be quicker at first.
        do {
            outcome = error_of([&] { threading::dump(ends[1]); });
        } while (outcome == errc::busy);
    });
    EXPECT_TRUE(comes_true([] {
        std::ostringstream text;
        return error_of([&] { threading::dump(text); }) == errc::busy;
    }));
    std::ostringstream json;
    EXPECT_ERROR(errc::busy, threading::dump_json(json));
    close(ends[0]);
    dumper.join();
    EXPECT_EQ(outcome, errc::invalid_argument);
    threading::dump(json);
    EXPECT_FALSE(json.str().empty());
    close(ends[1]);
}

} // namespace
