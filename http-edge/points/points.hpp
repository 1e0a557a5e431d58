// Points over HTTP (DOA-POINT-01…04).
#pragma once

#include "http-edge/server/route.hpp"

namespace jangteo::edge::points {

Awaitable<Response> summary(Exchange& x);  ///< GET /api/v1/users/:userId/points/summary, ?asOf=
Awaitable<Response> history(Exchange& x);  ///< GET /api/v1/users/:userId/points
Awaitable<Response> story(Exchange& x);    ///< GET /api/v1/users/:userId/points/history
Awaitable<Response> use(Exchange& x);      ///< POST /api/v1/users/:userId/points/use
Awaitable<Response> earn(Exchange& x);     ///< POST /api/v1/users/:userId/points/earn

}  // namespace jangteo::edge::points
