// What runs the edge, as operators and load balancers ask it.
#pragma once

#include "http-edge/server/route.hpp"

namespace jangteo::edge::operations {

Awaitable<Response> health(Exchange& x);   ///< GET /health: the process answers.
Awaitable<Response> ready(Exchange& x);    ///< GET /ready: it can do its work; 503 when not, and while it ends.
Awaitable<Response> metrics(Exchange& x);  ///< GET /metrics: Prometheus' text format.

}  // namespace jangteo::edge::operations
