// What members do beside buying, over HTTP (DOA-CHK-01…04, DOA-USER-01…12).
#pragma once

#include "http-edge/server/route.hpp"

namespace jangteo::edge::members {

Awaitable<Response> show_profile(Exchange& x);    ///< GET /api/v1/users/:userId/profile
Awaitable<Response> change_profile(Exchange& x);  ///< PUT /api/v1/users/:userId/profile

Awaitable<Response> list_addresses(Exchange& x);  ///< GET /api/v1/users/:userId/addresses
Awaitable<Response> add_address(Exchange& x);     ///< POST /api/v1/users/:userId/addresses
Awaitable<Response> change_address(Exchange& x);  ///< PUT /api/v1/users/:userId/addresses/:addressId
Awaitable<Response> remove_address(Exchange& x);  ///< DELETE /api/v1/users/:userId/addresses/:addressId

Awaitable<Response> check_in(Exchange& x);          ///< POST /api/v1/users/:userId/checkin
Awaitable<Response> checkin_status(Exchange& x);    ///< GET /api/v1/users/:userId/checkin/status
Awaitable<Response> checkin_calendar(Exchange& x);  ///< GET /api/v1/users/:userId/checkin/calendar
Awaitable<Response> checkin_stats(Exchange& x);     ///< GET /api/v1/users/:userId/checkin/stats

Awaitable<Response> wishlist(Exchange& x);         ///< GET /api/v1/users/:userId/wishlist
Awaitable<Response> wish(Exchange& x);             ///< POST /api/v1/users/:userId/wishlist
Awaitable<Response> wish_no_more(Exchange& x);     ///< DELETE /api/v1/users/:userId/wishlist/:productId
Awaitable<Response> recently_viewed(Exchange& x);  ///< GET /api/v1/users/:userId/recently-viewed
Awaitable<Response> view(Exchange& x);             ///< POST /api/v1/users/:userId/recently-viewed

Awaitable<Response> notifications(Exchange& x);         ///< GET /api/v1/users/:userId/notification-settings
Awaitable<Response> choose_notifications(Exchange& x);  ///< PUT /api/v1/users/:userId/notification-settings

Awaitable<Response> summary(Exchange& x);  ///< GET /api/v1/users/:userId/summary

}  // namespace jangteo::edge::members
