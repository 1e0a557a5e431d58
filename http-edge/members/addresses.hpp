// The addresses that a member keeps, opened for whoever may see them.
#pragma once

#include "http-edge/server/exchange.hpp"

#include <string>

namespace jangteo::edge::members {

/// A JSON array: the default first, then the newest (DOA-USER-03). Empty of a person who was erased.
Awaitable<std::string> addresses_of(Exchange& x, events::UserId user);

}  // namespace jangteo::edge::members
