// Shipments over HTTP (DOA-SHP-01).
#pragma once

#include "http-edge/server/route.hpp"

namespace jangteo::edge::shipping {

Awaitable<Response> show(Exchange& x);      ///< GET /api/v1/shippings/:shipmentId
Awaitable<Response> record(Exchange& x);    ///< POST /api/v1/shippings/:shipmentId/events
Awaitable<Response> of_order(Exchange& x);  ///< GET /api/v1/orders/:orderId/tracking

}  // namespace jangteo::edge::shipping
