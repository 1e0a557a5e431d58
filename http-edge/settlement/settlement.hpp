// Settlements over HTTP (DOA-SET-01).
#pragma once

#include "http-edge/server/route.hpp"

namespace jangteo::edge::settlement {

Awaitable<Response> list(Exchange& x);     ///< GET /api/v1/settlements
Awaitable<Response> show(Exchange& x);     ///< GET /api/v1/settlements/:settlementId
Awaitable<Response> run(Exchange& x);      ///< POST /api/v1/settlements/run
Awaitable<Response> confirm(Exchange& x);  ///< POST /api/v1/settlements/:settlementId/confirm
Awaitable<Response> pay(Exchange& x);      ///< POST /api/v1/settlements/:settlementId/pay
Awaitable<Response> hold(Exchange& x);     ///< POST /api/v1/settlements/:settlementId/hold
Awaitable<Response> release(Exchange& x);  ///< POST /api/v1/settlements/:settlementId/release

}  // namespace jangteo::edge::settlement
