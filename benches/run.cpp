#include "run.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

double loop_round = 4e5;
double scale = 1;
double stretch = 1;

std::string short_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

goal at_most(double ratio, const std::string &against, int of) {
    std::string what = of == -1 ? "" : std::string(extra_names[static_cast<std::size_t>(of)]) + " ";
    return {what + "<= " + short_number(ratio) + (against.empty() ? "" : " of " + against), against,
            ratio, of, false};
}

goal below(double ratio, const std::string &against) {
    return {"< " + short_number(ratio) + " of " + against, against, std::nextafter(ratio, 0.0), -1,
            false};
}

goal at_least(double value, int of) {
    return {std::string(extra_names[static_cast<std::size_t>(of)]) + " >= " + short_number(value),
            "", value, of, true};
}

namespace {

constexpr std::size_t most_contenders = 32, most_rounds = 1001, usual_rounds = 61;
// Who takes longer for a round than this is not asked again: what it took counts.
constexpr double longest_round_seconds = 5;

// What the row's process tells its parent, in memory that both share.
struct shared_results {
    std::size_t contenders, rounds;
    char refused[160]; // why the row cannot have what it wants around it
    char who[most_contenders][24];
    double samples[most_contenders][most_rounds][1 + extras];
};

// glibc leaves the locked instructions of a mutex out as long as a process has never had a second
// thread. Programs that need locks have threads, so one sleeps in every row's process.
void start_a_sleeper() {
    pthread_t thread;
    must(pthread_create(
             &thread, nullptr,
             [](void *) -> void * {
                 for (;;)
                     pause();
             },
             nullptr),
         "pthread_create");
}

bool selected(const std::vector<std::string> &only, const std::string &who) {
    return only.empty() || who == "limit" || std::find(only.begin(), only.end(), who) != only.end();
}

void run_rounds(const row &row, const options &options, std::size_t rounds,
                shared_results *shared) {
    if (row.one_cpu)
        stay_on_one_cpu();
    if (row.around.busy > 0)
        stretch = 5;
    auto refused = [shared](const std::string &why) {
        std::snprintf(shared->refused, sizeof shared->refused, "%s", why.c_str());
        return !why.empty();
    };
    if (refused(start_others(row.around)) || refused(take_privilege(row.around)))
        return;
    start_a_sleeper();
    std::vector<contender> all = row.make(), chosen;
    for (contender &each : all)
        if (selected(options.only, each.who))
            chosen.push_back(std::move(each));
    if (chosen.size() > most_contenders)
        fail("more than %zu contenders", most_contenders);
    for (std::size_t i = 0; i < chosen.size(); i++) {
        std::snprintf(shared->who[i], sizeof shared->who[i], "%s", chosen[i].who.c_str());
        chosen[i].round();
    }
    if (refused(begin_surroundings(row.around)))
        return;
    // Each round begins with another contender, so that none always follows the same neighbour.
    std::vector<bool> given_up(chosen.size());
    for (std::size_t round = 0; round < rounds; round++) {
        for (std::size_t turn = 0; turn < chosen.size(); turn++) {
            std::size_t i = (round + turn) % chosen.size();
            if (given_up[i]) {
                std::fill_n(shared->samples[i][round], 1 + extras, unknown);
                continue;
            }
            std::uint64_t start = now();
            sample one = chosen[i].round();
            given_up[i] = static_cast<double>(now() - start) > longest_round_seconds * 1e9;
            shared->samples[i][round][0] = one.value;
            std::copy(one.more.begin(), one.more.end(), &shared->samples[i][round][1]);
        }
    }
    shared->contenders = chosen.size();
    shared->rounds = rounds;
}

// Waits for the row's process, and no longer than it may take; how it ended where it did not end
// well.
std::string wait_for(pid_t child, double deadline) {
    int handle = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
    bool late = false;
    if (handle >= 0) {
        pollfd ended = {handle, POLLIN, 0};
        late = poll(&ended, 1, static_cast<int>(deadline * 1e3)) == 0;
        close(handle);
    }
    if (late)
        kill(child, SIGKILL);
    int status;
    while (waitpid(child, &status, 0) != child)
        continue;
    if (late)
        return "it hung: ended after " + short_number(deadline) + " s";
    if (WIFSIGNALED(status))
        return std::string("its process was ended by ") + strsignal(WTERMSIG(status));
    return status == 0 ? "" : "it failed, as was said on standard error";
}

std::vector<double> column(const shared_results *shared, std::size_t contender, std::size_t which) {
    std::vector<double> values;
    for (std::size_t round = 0; round < shared->rounds; round++)
        if (!std::isnan(shared->samples[contender][round][which]))
            values.push_back(shared->samples[contender][round][which]);
    return values;
}

void collect(const shared_results *shared, outcome *outcome) {
    outcome->rounds = shared->rounds;
    for (std::size_t i = 0; i < shared->contenders; i++) {
        std::vector<double> values = column(shared, i, 0);
        result one = {shared->who[i],
                      quantile(values, 0.5),
                      quantile(values, 0.25),
                      quantile(values, 0.75),
                      {}};
        for (std::size_t more = 0; more < extras; more++)
            one.more[more] =
                quantile(column(shared, i, 1 + more), more == longest_wait_ms ? 1 : 0.5);
        if (!outcome->of->around.usual())
            one.more[slow_round] = quantile(values, 0.99);
        if (!outcome->of->around.usual() || outcome->of->tells_longest)
            one.more[longest_round] = quantile(values, 1);
        if (one.who == "limit") {
            outcome->limit = one.median;
            outcome->limit_low = one.low;
        } else {
            outcome->results.push_back(one);
        }
    }
}

// What a goal is about, of one who takes part.
double figure(const result *result, int which, bool low) {
    if (result == nullptr || (which != -1 && low))
        return unknown;
    return which != -1 ? result->more[static_cast<std::size_t>(which)]
           : low       ? result->low
                       : result->median;
}

double reached_value(const outcome &outcome, const goal &goal, bool low) {
    double against = 1;
    if (goal.against == "limit")
        against = low ? outcome.limit_low : outcome.limit;
    else if (goal.against == "its median")
        against = figure(outcome.find("libthreading"), -1, low);
    else if (goal.against == "best" || goal.against == "fair")
        against = figure(outcome.best(goal.against == "fair", low), goal.of, low);
    else if (!goal.against.empty())
        against = figure(outcome.find(goal.against), goal.of, low);
    return figure(outcome.find("libthreading"), goal.of, low) / against;
}

void judge(outcome *outcome) {
    for (const goal &goal : outcome->of->goals) {
        double value = reached_value(*outcome, goal, false);
        outcome->goals.push_back({&goal, value, reached_value(*outcome, goal, true),
                                  goal.at_least ? value >= goal.ratio : value <= goal.ratio});
    }
}

} // namespace

const result *outcome::find(const std::string &who) const {
    for (const result &each : results)
        if (each.who == who)
            return &each;
    return nullptr;
}

const result *outcome::best(bool fair, bool low) const {
    const result *found = nullptr;
    for (const result &each : results)
        if (!is_ours(each.who) && !does_less(each.who) &&
            !(fair && !(each.more[least_percent] >= 30)) &&
            (found == nullptr || figure(&each, -1, low) < figure(found, -1, low)))
            found = &each;
    return found;
}

outcome run(const row &row, const options &options) {
    outcome outcome = {&row, "", false, 0, {}, unknown, unknown, {}};
    if (row.needs_two && cpus_allowed().size() < 2) {
        outcome.skipped = "it needs two CPUs and means nothing on one";
        return outcome;
    }
    std::size_t rounds = row.rounds == 0 ? usual_rounds : row.rounds;
    if (options.quick)
        rounds = rounds / 4 + 1;
    if (options.rounds != 0)
        rounds = std::min(options.rounds, most_rounds);

    void *memory = mmap(nullptr, sizeof(shared_results), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("no shared memory");
    shared_results *shared = static_cast<shared_results *>(memory);
    std::fflush(nullptr);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_rounds(row, options, rounds, shared);
        end_others();
        _exit(0);
    }
    if (child < 0)
        fail("no process for %s", row.name.c_str());
    outcome.skipped = wait_for(child, row.deadline);
    outcome.failed = !outcome.skipped.empty();
    clean_surroundings();
    if (!outcome.failed && shared->refused[0] != '\0')
        outcome.skipped = shared->refused;
    if (outcome.skipped.empty()) {
        collect(shared, &outcome);
        judge(&outcome);
    }
    if (outcome.skipped.empty() && outcome.results.empty())
        outcome.skipped = row.needs.empty() ? "nobody takes part" : "it needs " + row.needs;
    munmap(memory, sizeof(shared_results));
    return outcome;
}

} // namespace bench
