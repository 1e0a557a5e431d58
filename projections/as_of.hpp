// What a read model's row was at a moment: the model's own code, over the events of its aggregate up to then.
#pragma once

#include "events/record.hpp"

#include <optional>
#include <span>
#include <string>

namespace jangteo::projections {

/// JSON of the row that these events of one aggregate, in their order, come to, with names as the API has them; empty
/// when they come to none. Throws what an event throws that cannot be read or applied.
std::optional<std::string> order_as_of(std::span<const events::Record> events);
std::optional<std::string> account_as_of(std::span<const events::Record> events);

}  // namespace jangteo::projections
