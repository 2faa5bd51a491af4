// In which order locks are taken, how long they are held, and what was waited for last.
#include "harness.hpp"

#include <algorithm>
#include <sstream>

namespace {

// Two threads that exist together, of which one takes after the other.
void take_both_ways(threading::lock &one, threading::rlock &other) {
    threading::event done, end;
    threading::thread first([&] {
        {
            const std::scoped_lock<threading::lock> outer(one);
            const std::scoped_lock<threading::rlock> inner(other);
        }
        done.set();
        end.wait();
    });
    threading::thread second([&] {
        done.wait();
        const std::scoped_lock<threading::rlock> outer(other);
        const std::scoped_lock<threading::lock> inner(one);
    });
    second.join();
    end.set();
    first.join();
}

TEST(Order, TheHookHearsOfTwoOrdersOnce) {
    threading::lock accounts{"accounts"};
    threading::rlock ledger{"ledger"};
    std::vector<std::vector<threading::order>> heard;
    threading::set_order_hook([&](const auto &pairs) { heard.push_back(pairs); });
    threading::inspect(threading::recorded::order);
    take_both_ways(accounts, ledger);
    take_both_ways(accounts, ledger);
    threading::inspect(threading::recorded::nothing);
    threading::set_order_hook(nullptr);
    ASSERT_EQ(heard.size(), 1U);
    ASSERT_EQ(heard[0].size(), 2U);
    EXPECT_EQ(heard[0][0].held_name(), "ledger");
    EXPECT_EQ(heard[0][0].wanted_name(), "accounts");
    EXPECT_EQ(heard[0][0].held_kind, threading::kind::rlock);
    EXPECT_EQ(heard[0][1].held, accounts.handle().bits);
    EXPECT_EQ(heard[0][1].wanted, ledger.handle().bits);
    EXPECT_NE(heard[0][0].ident, heard[0][1].ident);
}

TEST(Order, OfClassesTheHookHearsThoughNoTwoLocksWereTakenInBoth) {
    threading::lock one{"account"}, other{"account"};
    threading::rlock ledger{"ledger"}, journal{"ledger"};
    std::size_t heard = 0;
    threading::set_order_hook([&](const auto &pairs) { heard += pairs.size(); });
    threading::inspect(threading::recorded::classes);
    threading::event done, end;
    threading::thread first([&] {
        {
            const std::scoped_lock<threading::lock> outer(one);
            const std::scoped_lock<threading::rlock> inner(ledger);
        }
        done.set();
        end.wait();
    });
    threading::thread second([&] {
        done.wait();
        const std::scoped_lock<threading::rlock> outer(journal);
        const std::scoped_lock<threading::lock> inner(other);
    });
    second.join();
    end.set();
    first.join();
    threading::inspect(threading::recorded::nothing);
    threading::set_order_hook(nullptr);
    EXPECT_EQ(heard, 2U);
}

TEST(Holds, TheLongestComesFirst) {
    threading::lock accounts{"accounts"}, quiet;
    threading::inspect(threading::recorded::holds | threading::recorded::order);
    quiet.lock();
    quiet.unlock();
    {
        const threading::lock_guard guard(accounts);
        threading::sleep_for(2ms); /* not to synchronise: a hold lasts */
    }
    threading::inspect(threading::recorded::nothing);
    const auto found = threading::holds();
    ASSERT_GE(found.size(), 2U);
    EXPECT_EQ(found[0].name(), "accounts");
    EXPECT_EQ(found[0].kind, threading::kind::lock);
    EXPECT_EQ(found[0].holds, 1U);
    EXPECT_GE(found[0].longest, 2ms);
    EXPECT_EQ(found[0].total, found[0].longest);
    EXPECT_EQ(found[0].longest_holder, threading::get_ident());
    EXPECT_THROW(threading::inspect(static_cast<threading::recorded>(1U << 30)), std::system_error);
}

TEST(Waits, TheLastAreInADump) {
    threading::event never{"never"};
    threading::inspect(threading::recorded::waits);
    EXPECT_FALSE(never.wait_for(1ms));
    std::ostringstream text;
    threading::dump(text);
    threading::inspect(threading::recorded::nothing);
    EXPECT_NE(text.str().find(" s for event \"never\" ("), std::string::npos) << text.str();
}

TEST(Owned, OnlyTheHolderUnlocks) {
    threading::lock lock;
    lock.set_owned();
    lock.lock();
    threading::thread thread([&] { EXPECT_THROW(lock.unlock(), std::system_error); });
    thread.join();
    lock.unlock();
}

} // namespace
