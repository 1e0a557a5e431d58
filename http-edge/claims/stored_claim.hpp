// A claim as read_claims has it, and who may see it.
#pragma once

#include "http-edge/orders/stored_order.hpp"
#include "http-edge/server/commanding.hpp"

#include <string>
#include <string_view>

namespace jangteo::edge::claims {

struct StoredClaim {
    events::ClaimId id;
    events::OrderId order_id;
    events::UserId user_id;
    events::SellerId seller_id;
    std::string json;  ///< As everybody sees it who may.

    [[nodiscard]] bool sold_by(const Caller& caller) const
    {
        return caller.role == Role::seller && seller_id.value == caller.user_id.value;
    }
};

/// The columns of a StoredClaim, in its order.
extern const std::string_view claim_columns;
StoredClaim claim_in(const postgres::Rows& rows, std::size_t row);

/// What the apps call a claim: `return` or `exchange`.
std::string_view name_of(std::string_view kind);

/// Throws Problem COMMON_404 when there is none, COMMON_403 when it is not the caller's: its buyer's, its seller's, or an
/// admin's.
Awaitable<StoredClaim> claim_of_caller(Exchange& x);
/// A JSON array: for the buyer and admins all claims of the order, for a seller those of his own goods.
Awaitable<std::string> claims_of_order(Exchange& x, const orders::StoredOrder& order);

}  // namespace jangteo::edge::claims
