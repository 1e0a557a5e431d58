// `jangteo timeline ORDER`: all that happened to an order, across contexts, with causes.
#pragma once

#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"

#include <ostream>
#include <string>

namespace jangteo::ops::timeline {

struct Settings {
    kafka::Settings kafka;
    postgres::Settings postgres;
    std::string order;  ///< Its id or its number.
    bool json = false;
};

/// The read models know where in the log an order's events are, so it takes the same time in a log of any length. What
/// they have not read yet is read from the log, as long as it is not too much; then a line says what may be missing.
/// False: there is no such order. Throws kafka::Error, postgres::Unavailable and postgres::StatementError.
bool run(const Settings& settings, std::ostream& out);

}  // namespace jangteo::ops::timeline
