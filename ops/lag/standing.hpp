// How readers of the log stand, on a few lines, and what of it needs somebody. Pure.
#pragma once

#include "ops/lag/lag.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::ops::lag {

struct Standing {
    std::vector<std::string> lines;      ///< One for each reader.
    std::vector<std::string> attention;  ///< Sentences.
};

/// `role` and `does`: `producers`, `decides`. Something that has waited for longer than `patience` needs somebody, and
/// so does a partition that has something to read and nobody who reads it.
Standing standing_of(std::string_view role, std::string_view does, std::span<const Lag> lags, events::Timestamp now,
                     std::chrono::seconds patience);

/// As a JSON object a partition.
std::string json_of(std::string_view role, const Lag& lag, events::Timestamp now);

}  // namespace jangteo::ops::lag
