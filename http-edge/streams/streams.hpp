// The log as a stream over HTTP.
#pragma once

#include "http-edge/server/exchange.hpp"

namespace jangteo::edge::streams {

Awaitable<Response> all(Exchange& x);
Awaitable<Response> of_user(Exchange& x);

}  // namespace jangteo::edge::streams
