// Our books of a period, from the log: the read model says where in it the events of a payment are, the log says what they
// are. So a reconciliation takes as long as its period was busy, however long the log is, and trusts no row.
#pragma once

#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"
#include "ops/reconcile/our_books.hpp"

#include <set>

namespace jangteo::ops::reconcile {

struct Wanted {
    events::Timestamp since{};           ///< Every payment that has changed since then
    events::Timestamp begun_before{};    ///< and was begun before,
    std::set<events::PaymentId> also{};  ///< and these.
};

/// Up to the end that the log has now: what the read model has not read yet is read from the log as well.
/// Throws kafka::Error and what PostgreSQL's session throws.
OurBooks read_log(const kafka::Settings& kafka, const postgres::Settings& postgres, const Wanted& wanted);

}  // namespace jangteo::ops::reconcile
