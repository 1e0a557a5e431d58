// Where in the log the events of an order are, across contexts: each read model remembers its own.
#pragma once

#include <string_view>

namespace jangteo::projections {

/// $1: the order's id. Gives context, partition and offset. (`read_commands.refusals` names what was refused on the way; a
/// replacement is held and sent by its claim's id.)
inline constexpr std::string_view places_of_order = R"(
    SELECT 'orders', (place ->> 0)::bigint, (place ->> 1)::bigint
      FROM read_orders.orders, jsonb_array_elements(positions) place WHERE order_id = $1::uuid
    UNION SELECT 'payments', (place ->> 0)::bigint, (place ->> 1)::bigint
      FROM read_payments.payments, jsonb_array_elements(positions) place WHERE order_id = $1::uuid
    UNION SELECT 'claims', (place ->> 0)::bigint, (place ->> 1)::bigint
      FROM read_claims.claims, jsonb_array_elements(positions) place WHERE order_id = $1::uuid
    UNION SELECT 'inventory', partition, "offset" FROM read_stock.movements WHERE order_id = $1::uuid
      OR order_id IN (SELECT claim_id FROM read_claims.claims WHERE order_id = $1::uuid)
    UNION SELECT 'shipping', partition, "offset" FROM read_shipping.tracking WHERE order_id = $1::uuid
    UNION SELECT 'points', partition, "offset" FROM read_points.ledger WHERE order_id = $1::uuid
    UNION SELECT context, partition, "offset" FROM read_commands.refusals WHERE correlation_id = $1::uuid)";

}  // namespace jangteo::projections
