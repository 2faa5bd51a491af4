// threading_bench: the same work on this library and on its rivals, side by side.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <getopt.h>
#include <regex>

#include "report.hpp"
#include "rows.hpp"
#include "run.hpp"

using namespace bench;

static void help() {
    std::puts("threading_bench [--groups NAME,NAME] [--rows REGEX] [--only WHO,WHO] [--rounds N] "
              "[--quick] [--json FILE] [--list]\n"
              "  --rows   the rows whose line in --list holds a match of this regular expression\n"
              "  --only   these and the limit alone take part\n"
              "  --quick  fewer rounds, and not all sizes");
}

static std::vector<std::string> words(const char *text) {
    std::vector<std::string> list;
    for (std::size_t length; *text != '\0'; text += length + (text[length] == ','))
        list.emplace_back(text, length = std::strcspn(text, ","));
    return list;
}

static options read_options(int count, char **arguments) {
    static const option known[] = {
        {"groups", required_argument, nullptr, 'g'},
        {"rows", required_argument, nullptr, 'w'},
        {"only", required_argument, nullptr, 'o'},
        {"rounds", required_argument, nullptr, 'r'},
        {"quick", no_argument, nullptr, 'q'},
        {"json", required_argument, nullptr, 'j'},
        {"list", no_argument, nullptr, 'l'},
        {"help", no_argument, nullptr, 'h'},
        {nullptr, 0, nullptr, 0},
    };
    options chosen;
    for (int found; (found = getopt_long(count, arguments, "", known, nullptr)) != -1;) {
        switch (found) {
        case 'g':
            chosen.groups = words(optarg);
            break;
        case 'w':
            chosen.rows = optarg;
            break;
        case 'o':
            chosen.only = words(optarg);
            break;
        case 'r':
            chosen.rounds = std::strtoul(optarg, nullptr, 10);
            break;
        case 'q':
            chosen.quick = true;
            break;
        case 'j':
            chosen.json = optarg;
            break;
        case 'l':
            chosen.list = true;
            break;
        case 'h':
            help();
            std::exit(0);
        default:
            help();
            std::exit(2);
        }
    }
    if (optind != count)
        help(), std::exit(2);
    return chosen;
}

static std::vector<row> all_rows() {
    std::vector<row> all;
    for (auto group : {lock_rows,      contended_rows, rwlock_rows,   semaphore_rows, event_rows,
                       ping_pong_rows, broadcast_rows, barrier_rows,  wait_any_rows,  stop_rows,
                       queue_rows,     pipeline_rows,  executor_rows, thread_rows,    local_rows,
                       timer_rows,     object_rows,    memory_rows,   process_rows,   busy_rows}) {
        std::vector<row> rows = group();
        all.insert(all.end(), std::make_move_iterator(rows.begin()),
                   std::make_move_iterator(rows.end()));
    }
    return all;
}

static void select(std::vector<row> *rows, const options &chosen) {
    for (const std::string &group : chosen.groups)
        if (std::none_of(rows->begin(), rows->end(),
                         [&](const row &row) { return row.group == group; }))
            fail("--groups: there is no group \"%s\"", group.c_str());
    std::regex wanted;
    try {
        wanted = std::regex(chosen.rows);
    } catch (const std::regex_error &) {
        fail("--rows: \"%s\" is not a regular expression", chosen.rows.c_str());
    }
    auto unwanted = [&](const row &row) {
        if (!chosen.groups.empty() &&
            std::find(chosen.groups.begin(), chosen.groups.end(), row.group) == chosen.groups.end())
            return true;
        return !std::regex_search(title(row), wanted) || (chosen.quick && !row.in_quick);
    };
    rows->erase(std::remove_if(rows->begin(), rows->end(), unwanted), rows->end());
}

int main(int count, char **arguments) {
    // Without this a pipe would show nothing until the end.
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    options chosen = read_options(count, arguments);
    if (chosen.quick)
        scale = 0.25;
    std::vector<row> rows = all_rows();
    std::size_t known = rows.size();
    select(&rows, chosen);
    if (chosen.list) {
        for (const row &row : rows)
            std::printf("%-12s %s\n", row.group.c_str(), title(row).c_str());
        return 0;
    }

    machine machine = this_machine();
    machine_time before = machine_time_now();
    print_head(machine);
    if (chosen.quick)
        std::printf("# --quick: short rounds, and %zu of %zu rows\n", rows.size(), known);
    std::vector<outcome> outcomes;
    std::uint64_t start = now();
    for (std::size_t i = 0; i < rows.size(); i++) {
        std::fprintf(stderr, "[%zu/%zu, %.0f s] %s\n", i + 1, rows.size(),
                     static_cast<double>(now() - start) / 1e9, title(rows[i]).c_str());
        outcomes.push_back(run(rows[i], chosen));
        print_outcome(outcomes.back());
    }
    disturbance disturbance = between(before, machine_time_now());
    print_foot(outcomes, disturbance);
    if (!chosen.json.empty())
        write_json(chosen.json, machine, outcomes, disturbance);
    return std::any_of(outcomes.begin(), outcomes.end(),
                       [](const outcome &each) { return each.failed; });
}
