// `jangteo status`: what a running Jangteo has to say of itself, on one screen, with what needs somebody first. Pure: the
// text of /metrics and the numbers of the quarantines come in.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::ops::status {

struct Summary {
    std::vector<std::string> attention;  ///< What needs somebody, one sentence each.
    std::vector<std::string> lines;      ///< How everything stands.
};

/// `metrics`: Prometheus text. `quarantined`: tasks that wait for an operator, by target.
Summary summarize(std::string_view metrics, const std::map<std::string, std::size_t>& quarantined);

}  // namespace jangteo::ops::status
