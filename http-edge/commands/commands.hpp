// What became of a command whose answer did not come in time.
#pragma once

#include "http-edge/server/command_desk.hpp"
#include "http-edge/server/query_pool.hpp"
#include "http-edge/server/route.hpp"

#include <optional>

namespace jangteo::edge::commands {

Awaitable<Response> show(Exchange& x);  ///< GET /api/v1/commands/:id

/// From read_commands.outcomes; empty when there is none (yet).
Awaitable<std::optional<KnownOutcome>> find_outcome(QueryPool& queries, events::Uuid command);

}  // namespace jangteo::edge::commands
