// A deadlock to look at.
#ifndef THREADING_TESTS_TELLERS_HPP
#define THREADING_TESTS_TELLERS_HPP

#include "harness.hpp"

namespace {

// Two tellers, each of which holds what the other wants. They never end, so their locks do not
// either: a test has a process of its own.
template <class Lock>
struct two_tellers {
    Lock &accounts = *new Lock("accounts");
    Lock &ledger = *new Lock("ledger");
    threading::barrier &both = *new threading::barrier(2);
    threading::thread first{{"teller-1", true}, [this] { serve(accounts, ledger); }};
    threading::thread second{{"teller-2", true}, [this] { serve(ledger, accounts); }};

    two_tellers() {
        EXPECT_TRUE(comes_true([] { return static_cast<bool>(threading::find_deadlock()); }));
    }

private:
    void serve(Lock &mine, Lock &yours) {
        mine.lock();
        both.wait();
        yours.lock();
    }
};

} // namespace

#endif
