#include "http-edge/members/standing.hpp"

#include <chrono>

namespace jangteo::edge::members {

namespace {

constexpr std::chrono::days a_year{365};

}  // namespace

Standing read_standing(postgres::Session& session, const events::UserId& user, events::Timestamp now)
{
    const auto rows = session.query(
        // Points whose time is over count no more, whether or not the ledger has taken them out yet (DOA-POINT-11).
        "SELECT (SELECT coalesce(sum((lot ->> 'remaining')::bigint), 0)::bigint FROM read_points.accounts,"
        " jsonb_array_elements(lots) AS lot WHERE user_id = $1 AND (lot ->> 'expiresAt')::timestamptz > $2),"
        " (SELECT coalesce(sum(product_amount), 0)::bigint FROM read_orders.orders"
        " WHERE user_id = $1 AND purchase_confirmed_at > $3)",
        {user, now, now - a_year});
    return {rows.integer(0, 0), rows.integer(0, 1)};
}

}  // namespace jangteo::edge::members
