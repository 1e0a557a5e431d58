// The OpenAPI document, and a page to read it.
#pragma once

#include "http-edge/server/exchange.hpp"

namespace jangteo::edge::docs {

Awaitable<Response> document(Exchange& x);
Awaitable<Response> page(Exchange& x);
Awaitable<Response> file(Exchange& x);

}  // namespace jangteo::edge::docs
