#include "report.hpp"

#include <cmath>
#include <cstdio>

#include "versions.hpp"

namespace bench {

namespace {

// Three digits that count, and no power of ten.
std::string number(double value) {
    char text[32];
    if (std::isnan(value))
        return "-";
    double size = std::fabs(value);
    std::snprintf(text, sizeof text,
                  size >= 100 || value == 0 ? "%.0f"
                  : size >= 10              ? "%.1f"
                  : size >= 1               ? "%.2f"
                                            : "%.3f",
                  value);
    return text;
}

void print_ratio(double value, double against) {
    if (!(against > 0))
        std::printf(" %9s", "-");
    else
        std::printf(" %9.2f", value / against);
}

std::string what_was_reached(const reached &each) {
    std::string text = each.what->text + ": " + number(each.value);
    return std::isnan(each.low) ? text : text + " (lower quartiles: " + number(each.low) + ")";
}

const char *pthread_of(const outcome &outcome) {
    return outcome.find("pthread") != nullptr ? "pthread" : "pthread_recursive";
}

} // namespace

std::string title(const row &row) {
    std::string text = row.name;
    for (const auto &parameter : row.parameters)
        text += " " + parameter.first + "=" + short_number(parameter.second);
    return text;
}

void print_head(const machine &machine) {
    std::printf("# threading_bench: %s, %.0f of %.0f CPUs allowed, %.1f GiB, %s, %s, load %.2f\n#",
                machine.cpu.c_str(), machine.cpus, machine.cpus_configured, machine.memory_gib,
                machine.kernel.c_str(), machine.date.c_str(), machine.load);
    const char *separator = " ";
    for (const auto &version : versions()) {
        std::printf("%s%s %s", separator, version.first.c_str(), version.second.c_str());
        separator = ", ";
    }
    std::printf("\n");
    for (const std::string &missing : missing_rivals())
        std::printf("# %s was not found when this program was built, and is left out\n",
                    missing.c_str());
    if (machine.cpus < 2)
        std::printf(
            "# one CPU is allowed: threads never truly meet, and rows that need two say so\n");
}

void print_outcome(const outcome &outcome) {
    const row &row = *outcome.of;
    if (!outcome.skipped.empty()) {
        std::printf("\n%s\n    not measured: %s\n", title(row).c_str(), outcome.skipped.c_str());
        return;
    }
    const result *best = outcome.best(), *pthread = outcome.find(pthread_of(outcome));
    bool more[extras] = {};
    for (const result &each : outcome.results)
        for (std::size_t i = 0; i < extras; i++)
            more[i] = more[i] || !std::isnan(each.more[i]);
    static const char *const heads[extras] = {"CPU s/Mop",  "switches/op", "least %",
                                              "99.9 % us",  "longest ms",  "99 % round",
                                              "longest one"};

    std::printf("\n%s, %s, %zu rounds", title(row).c_str(), row.unit.c_str(), outcome.rounds);
    if (!std::isnan(outcome.limit))
        std::printf("; limit: %s, %s", row.limit.c_str(), number(outcome.limit).c_str());
    std::printf("\n    %-20s %10s %23s %9s %9s %9s", "", "median", "quartiles", "/ best",
                "/ pthread", "/ limit");
    for (std::size_t i = 0; i < extras; i++)
        if (more[i])
            std::printf(" %11s", heads[i]);
    std::printf("\n");
    for (const result &each : outcome.results) {
        std::printf("    %-20s %10s %10s - %10s", each.who.c_str(), number(each.median).c_str(),
                    number(each.low).c_str(), number(each.high).c_str());
        print_ratio(each.median, best == nullptr ? unknown : best->median);
        print_ratio(each.median, pthread == nullptr ? unknown : pthread->median);
        print_ratio(each.median, outcome.limit);
        for (std::size_t i = 0; i < extras; i++)
            if (more[i])
                std::printf(" %11s", number(each.more[i]).c_str());
        std::printf("\n");
    }
    for (const reached &each : outcome.goals)
        if (each.known())
            std::printf("    %-8s %s\n", each.met ? "met" : "MISSED",
                        what_was_reached(each).c_str());
}

void print_foot(const std::vector<outcome> &outcomes, const disturbance &disturbance) {
    std::size_t goals = 0, missed = 0;
    for (const outcome &outcome : outcomes)
        for (const reached &each : outcome.goals) {
            goals += each.known();
            missed += each.known() && !each.met;
        }
    std::printf("\n# %zu goals, %zu missed%s\n", goals, missed, missed == 0 ? "" : ":");
    for (const outcome &outcome : outcomes) {
        for (const reached &each : outcome.goals)
            if (each.known() && !each.met)
                std::printf("#   %-60s %s\n", title(*outcome.of).c_str(),
                            what_was_reached(each).c_str());
        if (!outcome.skipped.empty())
            std::printf("#   %-60s not measured: %s\n", title(*outcome.of).c_str(),
                        outcome.skipped.c_str());
    }
    std::printf("# meanwhile other processes had %.0f %% of the machine's CPU time, and its host "
                "took %.0f %%%s\n",
                disturbance.others, disturbance.host,
                disturbance.others + disturbance.host > 5 ? ": too much, run it again" : "");
}

} // namespace bench
