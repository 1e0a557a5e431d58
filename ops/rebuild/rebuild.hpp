// `jangteo rebuild`, as its operator sees it: how far it is, and what came of it. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace jangteo::ops::rebuild {

/// One line for a phase: `filling    [######----]  60 %  600,000 of 1,000,000 events  200,000/s  2 s left`. A phase
/// without events has no more to say than how long it has been going on.
std::string progress_line(const std::string& phase, std::int64_t events, std::int64_t total,
                          std::chrono::duration<double> passed);

struct Summary {
    std::string projection;
    std::string schema;  ///< Where the tables are.
    bool live = false;   ///< Everybody asks them now.
    std::int64_t events = 0;
    std::vector<std::pair<std::string, double>> seconds;  ///< By phase, in their order.
    std::map<std::string, std::int64_t> rows;             ///< By table.
    std::vector<std::string> parked;                      ///< Aggregates, each in a sentence.
    std::string compared;                                 ///< What was compared; empty: nothing.
    std::vector<std::string> differences;
    std::string not_switched;  ///< Why not; empty: it has, or was not meant to.
};

/// For people; the last line says what to do when something is to be done.
std::string text_of(const Summary& summary);
/// One object on one line.
std::string json_of(const Summary& summary);

}  // namespace jangteo::ops::rebuild
