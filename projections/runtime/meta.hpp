// What a projection may know of an event besides the event itself. No clock and no I/O: applied again, the same events
// give the same rows.
#pragma once

#include "events/record.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace jangteo::projections {

struct Meta {
    std::string_view context;    ///< For instance `inventory`.
    std::int32_t partition = 0;  ///< Of the event's record.
    std::int64_t offset = 0;     ///< Of the event's record.
    events::Timestamp time{};    ///< When it happened: the clock of the edge or saga that sent the command.
    const events::Envelope& envelope;
};

/// An event that contradicts the rows it meets. Its aggregate is parked; see runtime/projector.hpp.
class CannotApply : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace jangteo::projections
