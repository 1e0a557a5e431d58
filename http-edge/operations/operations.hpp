// What runs the edge, as operators and load balancers ask it.
#pragma once

#include "http-edge/server/route.hpp"
#include "http-edge/server/server.hpp"

#include <string_view>
#include <vector>

namespace jangteo::edge::operations {

Awaitable<Response> health(Exchange& x);   ///< GET /health: the process answers.
Awaitable<Response> ready(Exchange& x);    ///< GET /ready: it can do its work; 503 when not, and while it ends.
Awaitable<Response> metrics(Exchange& x);  ///< GET /metrics: Prometheus' text format.

/// 200 when all parts are ready, else 503; names each.
Response readiness(const std::vector<Readiness>& parts);
inline constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace jangteo::edge::operations
