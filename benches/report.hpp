// What the program says: the table on standard output, and the same as JSON.
#ifndef REPORT_HPP
#define REPORT_HPP

#include <string>
#include <vector>

#include "machine.hpp"
#include "run.hpp"

namespace bench {

// Row, parameters and CPUs in one line: what --rows is matched with.
std::string title(const row &row);

void print_head(const machine &machine);
void print_outcome(const outcome &outcome);
// Which goals were missed, and how much of the machine others had.
void print_foot(const std::vector<outcome> &outcomes, const disturbance &disturbance);

void write_json(const std::string &path, const machine &machine,
                const std::vector<outcome> &outcomes, const disturbance &disturbance);

} // namespace bench

#endif
