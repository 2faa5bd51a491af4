// Which libraries take part, and which do not.
#ifndef VERSIONS_HPP
#define VERSIONS_HPP

#include <string>
#include <utility>
#include <vector>

namespace bench {

// Name and version of each library that takes part.
std::vector<std::pair<std::string, std::string>> versions();
// The rivals that were not found when the program was built.
std::vector<std::string> missing_rivals();

} // namespace bench

#endif
