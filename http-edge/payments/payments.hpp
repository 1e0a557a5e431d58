// Payments over HTTP (DOA-PAY-01, 05, 06).
#pragma once

#include "http-edge/server/route.hpp"

namespace jangteo::edge::payments {

Awaitable<Response> prepare(Exchange& x);   ///< POST /api/v1/payments/prepare
Awaitable<Response> show(Exchange& x);      ///< GET /api/v1/payments/:paymentId
Awaitable<Response> of_order(Exchange& x);  ///< GET /api/v1/payments/order/:orderId

}  // namespace jangteo::edge::payments
