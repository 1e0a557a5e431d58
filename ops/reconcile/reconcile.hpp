// `jangteo reconcile`: our books of a period beside the gateways', and the commands that make ours right.
#pragma once

#include "consumers/payments/gateway_books.hpp"
#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"
#include "ops/reconcile/compare.hpp"

#include <chrono>
#include <ostream>
#include <string>
#include <vector>

namespace jangteo::ops::reconcile {

struct Gateway {
    events::payments::Provider provider{};
    consumers::payments::GatewayBooks& books;
};

struct Settings {
    kafka::Settings kafka;
    postgres::Settings postgres;
    std::chrono::seconds clock_offset{0};
    events::Timestamp from{};
    events::Timestamp to{};
    std::chrono::seconds patience{300};  ///< What has changed since then may still be under way.
    bool repair = false;                 ///< Else it is only said what would be sent.
    std::string who{};
    std::string reason{};
    bool json = false;
};

/// Says each difference by name, what a repair would send, and with `repair` sends it and looks again. True: nothing
/// differs, or nothing does any more. Throws consumers::payments::Unclear and NotNow when a gateway does not show its books,
/// and what Kafka and PostgreSQL throw.
bool run(const Settings& settings, const std::vector<Gateway>& gateways, std::ostream& out);

}  // namespace jangteo::ops::reconcile
