// Payments over HTTP (DOA-PAY-01 to 06, 08).
#pragma once

#include "http-edge/server/route.hpp"

namespace jangteo::edge::payments {

Awaitable<Response> prepare(Exchange& x);         ///< POST /api/v1/payments/prepare
Awaitable<Response> complete(Exchange& x);        ///< POST /api/v1/payments/:paymentId/complete
Awaitable<Response> cancel(Exchange& x);          ///< POST /api/v1/payments/:paymentId/cancel
Awaitable<Response> refund(Exchange& x);          ///< POST /api/v1/payments/:paymentId/refund
Awaitable<Response> refund_account(Exchange& x);  ///< PUT /api/v1/payments/:paymentId/refund-account
Awaitable<Response> toss_webhook(Exchange& x);    ///< POST /api/v1/payments/toss/webhook
Awaitable<Response> inicis_return(Exchange& x);   ///< POST /api/v1/payments/inicis/return
Awaitable<Response> inicis_noti(Exchange& x);     ///< POST /api/v1/payments/inicis/noti
Awaitable<Response> show(Exchange& x);            ///< GET /api/v1/payments/:paymentId
Awaitable<Response> of_order(Exchange& x);        ///< GET /api/v1/payments/order/:orderId

}  // namespace jangteo::edge::payments
