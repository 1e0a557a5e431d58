// A settlement as read_settlement has it, and who may see it.
#pragma once

#include "http-edge/server/commanding.hpp"

#include <string>
#include <string_view>

namespace jangteo::edge::settlement {

struct StoredSettlement {
    events::SettlementId id;
    events::SellerId seller_id;
    std::string period;
    events::Timestamp since;
    events::Timestamp until;
    std::string json;  ///< Of the whole row, without the brace that closes it.

    [[nodiscard]] bool may_be_seen_by(const Caller& caller) const
    {
        return caller.admin() || (caller.role == Role::seller && caller.user_id.value == seller_id.value);
    }
};

/// The columns of a StoredSettlement, in its order.
extern const std::string_view settlement_columns;
StoredSettlement settlement_in(const postgres::Rows& rows, std::size_t row);

/// Of the path. Throws Problem COMMON_404 when there is none, COMMON_403 when it is another seller's.
Awaitable<StoredSettlement> settlement_of_caller(Exchange& x);

}  // namespace jangteo::edge::settlement
