// What members ask the market, over HTTP (DOA-INQ-01…04).
#pragma once

#include "http-edge/server/route.hpp"

namespace jangteo::edge::inquiries {

Awaitable<Response> ask(Exchange& x);           ///< POST /api/v1/users/:userId/inquiries
Awaitable<Response> list_of_user(Exchange& x);  ///< GET /api/v1/users/:userId/inquiries
Awaitable<Response> show(Exchange& x);          ///< GET /api/v1/users/:userId/inquiries/:inquiryId
Awaitable<Response> ask_again(Exchange& x);     ///< POST /api/v1/users/:userId/inquiries/:inquiryId/questions

Awaitable<Response> list(Exchange& x);     ///< GET /api/v1/admin/inquiries
Awaitable<Response> reply(Exchange& x);    ///< POST /api/v1/admin/inquiries/:inquiryId/reply
Awaitable<Response> resolve(Exchange& x);  ///< POST /api/v1/admin/inquiries/:inquiryId/resolve

}  // namespace jangteo::edge::inquiries
