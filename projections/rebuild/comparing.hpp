// Are the built tables the live ones? By count and by a digest of all rows, whatever their order.
#pragma once

#include "infra/postgres/session.hpp"
#include "projections/rebuild/rebuild.hpp"

#include <map>
#include <string>
#include <vector>

namespace jangteo::projections::rebuild {

struct Digest {
    std::int64_t rows = 0;
    std::string sum;  ///< Of the rows' hashes.

    friend bool operator==(const Digest&, const Digest&) = default;
};
using Digests = std::map<std::string, Digest>;  ///< By table.

/// Rows whose time will be over soon are left out: the live runner deletes them when it comes to it. `now`: the time
/// by which both sides judge that.
Digests digests(postgres::Transaction& transaction, const ReadModel& model, const TableSet& set, events::Timestamp now);

/// In sentences.
std::vector<std::string> differences(const Digests& live, const Digests& built);

}  // namespace jangteo::projections::rebuild
