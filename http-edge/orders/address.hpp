// Where an order goes is personal: sealed with the buyer's key before the command leaves, opened for whoever may see the
// order (docs/decisions/0014).
#pragma once

#include "events/orders.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/server/body.hpp"

namespace jangteo::edge::orders {

/// DOA-ORD-01: `^01[0-9]-?[0-9]{3,4}-?[0-9]{4}$`
std::string read_mobile_number(const Fields& fields, std::string_view name);
/// What is wrong or missing is noted in the reader of the body.
events::orders::ShippingAddress read_address(const Fields& fields);

/// Throws Problem USER_001 for a buyer who was erased.
Awaitable<void> seal_address(Exchange& x, events::orders::PlaceOrder& order);
/// The JSON of the address as it was typed; of a person who was erased, that they were. Orders of before are as they are.
Awaitable<void> open_address(Exchange& x, StoredOrder& order);

}  // namespace jangteo::edge::orders
