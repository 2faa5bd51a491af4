// Runs a row in a process of its own, and works out what was reached.
#ifndef RUN_HPP
#define RUN_HPP

#include <string>
#include <vector>

#include "rows.hpp"

namespace bench {

struct options {
    std::vector<std::string> groups, only; // empty: all
    std::string rows, json;                // a regular expression; a file
    std::size_t rounds = 0;                // 0: each row's own
    bool quick = false, list = false;
};

struct result {
    std::string who;
    double median, low, high; // low and high are the quartiles
    // medians of the rounds; the longest wait is that of all rounds
    std::array<double, extras> more;
};

struct reached {
    const goal *what;
    // the ratio, or the number itself; unknown where nobody is there to be compared with
    double value;
    // the same of the lower quartiles, which a busy machine disturbs less; unknown where a goal is
    // about no time
    double low;
    bool met;

    bool known() const { return value == value; }
};

struct outcome {
    const row *of;
    std::string skipped; // why it was not run, or how it ended; else empty
    bool failed = false;
    std::size_t rounds = 0;
    std::vector<result> results; // this library's first
    double limit = unknown, limit_low = unknown;
    std::vector<reached> goals;

    const result *find(const std::string &who) const;
    // The best of all rivals, or of those that are fair; null where there is none.
    const result *best(bool fair = false, bool low = false) const;
};

inline bool is_ours(const std::string &who) { return who.compare(0, 12, "libthreading") == 0; }

// Shown, but no rivals: a queue that keeps no order and has no limit, and one for two threads.
inline bool does_less(const std::string &who) {
    return who == "moodycamel_unbounded" || who == "readerwriter_spsc";
}

outcome run(const row &row, const options &options);

} // namespace bench

#endif
