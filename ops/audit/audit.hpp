// `jangteo audit`: do stock, points and money add up, for each order and in total, in the log and in the read models? On a
// running system, without holding anything up.
#pragma once

#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"

#include <chrono>
#include <ostream>

namespace jangteo::ops::audit {

struct Settings {
    kafka::Settings kafka;
    postgres::Settings postgres;
    std::chrono::seconds patience{60};     ///< What changed since may still be under way.
    std::chrono::seconds clock_offset{0};  ///< By how much the clock of the trade is ahead.
};

/// Writes what it counts, every difference (the first hundred in words) and one closing line. True: everything adds up.
/// Throws kafka::Error, postgres::Unavailable and postgres::StatementError.
bool run(const Settings& settings, std::ostream& out);

}  // namespace jangteo::ops::audit
