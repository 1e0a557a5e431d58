// Stock over HTTP (DOA-INV-01, 06).
#pragma once

#include "http-edge/server/route.hpp"

namespace jangteo::edge::inventory {

Awaitable<Response> show(Exchange& x);       ///< GET /api/v1/inventory/:productId, ?asOf=
Awaitable<Response> put(Exchange& x);        ///< PUT /api/v1/inventory/:productId
Awaitable<Response> movements(Exchange& x);  ///< GET /api/v1/inventory/:productId/movements
Awaitable<Response> history(Exchange& x);    ///< GET /api/v1/inventory/:productId/history

}  // namespace jangteo::edge::inventory
