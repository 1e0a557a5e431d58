// An order as read_orders has it, and who may see it.
#pragma once

#include "http-edge/server/commanding.hpp"

#include <optional>
#include <string>
#include <vector>

namespace jangteo::edge::orders {

struct StoredOrder {
    events::OrderId id;
    std::string number;
    events::UserId user_id;
    std::string status;
    std::string payment_status;
    std::int64_t product_amount = 0;
    std::int64_t shipping_fee = 0;
    std::int64_t points_used = 0;
    std::int64_t total_amount = 0;
    std::string items;             ///< JSON
    std::string shipping_address;  ///< JSON
    std::string shipments;         ///< JSON: each seller's part that has left.
    std::optional<events::Timestamp> purchase_confirmed_at;
    std::optional<std::string> reason;
    std::optional<std::string> cancelled_by;
    std::string positions;  ///< JSON: `[[partition, offset], …]`
    events::Timestamp created_at;
    events::Timestamp updated_at;
    std::vector<events::SellerId> sellers;  ///< Of its lines, each once.

    /// Neither being placed nor refused: for its buyer it exists (ORD_001).
    [[nodiscard]] bool exists() const { return status != "placing" && status != "refused"; }
    [[nodiscard]] bool sold_by(const Caller& caller) const;
};

/// The columns of a StoredOrder, in its order.
extern const std::string_view order_columns;
StoredOrder order_in(const postgres::Rows& rows, std::size_t row);

/// The order as it was at that moment, from the log; empty when it was not there yet.
Awaitable<std::optional<StoredOrder>> order_then(Exchange& x, const StoredOrder& now, events::Timestamp moment);

/// Waits for what the caller wrote, then asks. Empty when there is none.
Awaitable<std::optional<StoredOrder>> find_order(Exchange& x, events::OrderId id);
/// Throws Problem ORD_001 when the order does not exist for anybody, COMMON_403 when it is not the caller's: the buyer's,
/// a seller's of one of its lines, or an admin's (DOA-ORD-03).
Awaitable<StoredOrder> order_of_caller(Exchange& x);

}  // namespace jangteo::edge::orders
