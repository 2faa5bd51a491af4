// The kernel's own way to wait and to wake, with nothing around it: the limit of whatever makes
// threads wait.
#ifndef FUTEX_HPP
#define FUTEX_HPP

#include <atomic>
#include <climits>
#include <cstdint>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bench {

using futex_word = std::atomic<std::uint32_t>;

inline void futex_wait(futex_word *word, std::uint32_t expected) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, nullptr);
}
inline void futex_wake(futex_word *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count);
}

// A turn that is passed on with one wait and one wake.
struct futex_turn {
    static constexpr const char *who = "limit";
    futex_word given;
    explicit futex_turn(unsigned value = 0) : given(value) {}
    void acquire() {
        while (given.exchange(0) == 0)
            futex_wait(&given, 0);
    }
    void release() {
        given.store(1);
        futex_wake(&given, 1);
    }
};

// A gate that is shut until it is opened once.
struct futex_gate {
    futex_word open{0};
    void pass() {
        while (open.load() == 0)
            futex_wait(&open, 0);
    }
    void let_all_through() {
        open.store(1);
        futex_wake(&open, INT_MAX);
    }
};

} // namespace bench

#endif
