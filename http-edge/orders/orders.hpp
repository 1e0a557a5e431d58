// Orders over HTTP (DOA-ORD-01 to 05, 08, 09).
#pragma once

#include "http-edge/server/route.hpp"

namespace jangteo::edge::orders {

Awaitable<Response> place(Exchange& x);          ///< POST /api/v1/orders
Awaitable<Response> show(Exchange& x);           ///< GET /api/v1/orders/:orderId
Awaitable<Response> list_of_user(Exchange& x);   ///< GET /api/v1/orders/user/:userId
Awaitable<Response> cancel(Exchange& x);         ///< POST /api/v1/orders/:orderId/cancel
Awaitable<Response> change_status(Exchange& x);  ///< PATCH /api/v1/orders/:orderId/status
Awaitable<Response> confirm(Exchange& x);        ///< POST /api/v1/orders/:orderId/confirm-purchase
Awaitable<Response> history(Exchange& x);        ///< GET /api/v1/orders/:orderId/history

}  // namespace jangteo::edge::orders
