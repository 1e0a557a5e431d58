// How far a partition is to be read.
#pragma once

#include "events/record.hpp"
#include "projections/runtime/projector.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace jangteo::projections::rebuild {

struct Bound {
    std::int64_t below = 0;                    ///< The first offset that is left out.
    std::optional<events::Timestamp> until{};  ///< The first event that happened later is left out, too.

    /// Shown every record in offset order. False for one that is left out, and then for all later ones.
    bool admits(const events::Record& record)
    {
        if (record.offset >= below) return false;
        if (until && record.envelope.time > *until) below = record.offset;
        return record.offset < below;
    }
};

using Bounds = std::map<Place, Bound>;

}  // namespace jangteo::projections::rebuild
