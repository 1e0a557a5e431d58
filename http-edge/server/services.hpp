// What handlers ask, beside their exchange.
#pragma once

#include "http-edge/docs/viewer.hpp"
#include "http-edge/server/browsers.hpp"
#include "http-edge/server/command_desk.hpp"
#include "http-edge/server/descriptions.hpp"
#include "http-edge/server/gate.hpp"
#include "http-edge/server/limits.hpp"
#include "http-edge/server/metrics.hpp"
#include "http-edge/server/passwords.hpp"
#include "http-edge/server/people.hpp"
#include "http-edge/server/positions.hpp"
#include "http-edge/server/query_pool.hpp"
#include "http-edge/server/revocations.hpp"
#include "http-edge/server/server.hpp"
#include "http-edge/server/stories.hpp"
#include "http-edge/server/tokens.hpp"

#include <functional>
#include <string>
#include <vector>

namespace jangteo::edge {

namespace streams {
class Feed;
}

struct Services {
    const Limits& limits;
    const Gateways& gateways;
    events::PeriodKind settlement_period;
    const Grades& grades;
    CommandDesk& desk;
    QueryPool& queries;
    PositionWatch& positions;
    CallerPositions& callers;
    Stories& stories;
    streams::Feed& streams;
    People& people;
    Passwords& passwords;
    Revocations& revocations;
    Gate& gate;
    const Browsers& browsers;
    const TokenSettings& tokens;   ///< What a login is given is signed with these.
    const std::string& email_key;  ///< An account's id follows from its address and this.
    bool show_codes = false;       ///< Codes are in the answers: for a stack that sends no mail.
    const Descriptions& descriptions;
    const docs::Viewer& viewer;
    Metrics& metrics;
    std::vector<MetricsSource>& metrics_sources;
    /// The clock of the trade: what commands say and what runs out goes by it.
    std::function<events::Timestamp()> now;
    std::function<bool()> draining;
    /// Of this process, beside Kafka and PostgreSQL.
    std::function<std::vector<Readiness>()> roles;
    std::function<bool()> kafka_ready;
    /// Whose token is worth nothing is known.
    std::function<bool()> revocations_ready;
};

}  // namespace jangteo::edge
