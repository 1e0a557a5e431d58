// Returns and exchanges over HTTP (DOA-ORD-06, 07, 09; SM-08).
#pragma once

#include "http-edge/server/route.hpp"

namespace jangteo::edge::claims {

Awaitable<Response> give_back(Exchange& x);  ///< POST /api/v1/orders/:orderId/return
Awaitable<Response> exchange(Exchange& x);   ///< POST /api/v1/orders/:orderId/exchange
Awaitable<Response> list(Exchange& x);       ///< GET /api/v1/returns
Awaitable<Response> show(Exchange& x);       ///< GET /api/v1/returns/:claimId
Awaitable<Response> change(Exchange& x);     ///< PATCH /api/v1/returns/:claimId

}  // namespace jangteo::edge::claims
