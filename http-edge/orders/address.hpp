// Where an order goes is personal: sealed with the buyer's key before the command leaves, opened for whoever may see the
// order (docs/decisions/0014).
#pragma once

#include "events/orders.hpp"
#include "http-edge/orders/stored_order.hpp"

namespace jangteo::edge::orders {

/// Throws Problem USER_001 for a buyer who was erased.
Awaitable<void> seal_address(Exchange& x, events::orders::PlaceOrder& order);
/// The JSON of the address as it was typed; of a person who was erased, that they were. Orders of before are as they are.
Awaitable<void> open_address(Exchange& x, StoredOrder& order);

}  // namespace jangteo::edge::orders
