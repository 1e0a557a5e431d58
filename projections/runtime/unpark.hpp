// What an operator does with an aggregate that is parked in a read model: its waiting events are applied in order, rows
// and list of what waits in one transaction under the checkpoint's lock, beside the running owner. That one has older
// rows in memory: the checkpoint's count of interventions tells it to begin anew.
#pragma once

#include "infra/kafka/record_fetcher.hpp"
#include "infra/postgres/session.hpp"
#include "projections/runtime/projector.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace jangteo::projections {

struct Unparked {
    std::int64_t left_out = -1;  ///< The offset of the event that was left out; -1: none.
    std::size_t applied = 0;
    std::size_t waiting = 0;  ///< Still.
    std::string reason;       ///< Why the first of these could not be applied; empty when none waits.
};

/// Where the waiting events of an aggregate are.
std::vector<std::int64_t> parked_offsets(postgres::Session& session, const ReadModel& model, const Place& place,
                                         const std::string& aggregate);

/// `leave_out_first`: without the event that could not be applied. `note` writes what was done, in the same
/// transaction; it is called only when something was. Throws kafka::Error, postgres::Unavailable and
/// postgres::StatementError; then nothing has changed.
Unparked unpark(const ReadModel& model, postgres::Session& session, kafka::RecordFetcher& fetcher, const Place& place,
                const std::string& aggregate, bool leave_out_first,
                const std::function<void(postgres::Transaction&, const Unparked&)>& note);

}  // namespace jangteo::projections
