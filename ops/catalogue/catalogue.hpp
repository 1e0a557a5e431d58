// The catalogue of messages: everything that is said in this house, where it is said and what is in it, as an AsyncAPI 3
// document. Made of the schemas and of the lists of topics and targets, so that it cannot say anything else than they do.
#pragma once

#include "events/schemas.hpp"

#include <span>
#include <string>
#include <vector>

namespace jangteo::ops::catalogue {

struct Places {
    std::vector<std::string> topics;   ///< `orders.commands`, `orders.events`, `order_fulfilment.inbox`, …
    std::vector<std::string> targets;  ///< Of tasks: `payments.toss` is the queue `tasks.payments.toss`.
};

/// JSON. Throws std::runtime_error for a message that has no place, and for a place that nobody knows what is said at.
std::string asyncapi(std::span<const events::SchemaFile> schemas, const Places& places);

}  // namespace jangteo::ops::catalogue
