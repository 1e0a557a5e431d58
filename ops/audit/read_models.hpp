// What the read models say, and up to where in the log they say it.
#pragma once

#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"
#include "ops/audit/books.hpp"

#include <map>
#include <string>
#include <vector>

namespace jangteo::ops::audit {

struct ReadModels {
    std::map<events::ProductId, Stock> stock;
    std::map<events::UserId, std::int64_t> points;
    std::map<events::PaymentId, Money> payments;
    std::map<events::SellerId, Accounts> ledgers;
    std::map<events::SettlementId, std::int64_t> settlements;  ///< Won
    std::map<events::OrderId, Order> orders;                   ///< Status and total only.
    std::map<events::ClaimId, std::string> claims;             ///< Their status.
    /// Of the events topics: the offset up to which they are read, by the model of each context.
    std::map<kafka::TopicPartition, std::int64_t> read_below;
    std::size_t parked = 0;  ///< Events that wait for an operator: their sums are missing.
};

/// As of one moment. Throws postgres::Unavailable and postgres::StatementError.
ReadModels read_models(postgres::Session& session);

/// What differs from books of the same part of the log, in sentences.
std::vector<std::string> differences(const ReadModels& models, const Books& books);

}  // namespace jangteo::ops::audit
