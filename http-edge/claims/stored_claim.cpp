#include "http-edge/claims/stored_claim.hpp"

#include "events/codec.hpp"
#include "http-edge/server/json_members.hpp"

namespace jangteo::edge::claims {

const std::string_view claim_columns =
    "claim_id, order_id, user_id, seller_id, kind, status, lines, reason, image_urls, wanted_options,"
    " sellers_fault::text, rejection_reason, collection -> 0, received, exchange_given_up, replacement_ready::text,"
    " replacement -> 0, refund_amount, points_back, shipping_fee, trouble, trouble_message, created_at, updated_at";

std::string_view name_of(std::string_view kind)
{
    return kind == "refund" ? "return" : kind;
}

StoredClaim claim_in(const postgres::Rows& rows, std::size_t row)
{
    StoredClaim claim{{rows.uuid(row, 0)}, {rows.uuid(row, 1)}, {rows.uuid(row, 2)}, {rows.uuid(row, 3)}, R"({"id":)"};
    auto& json = claim.json;
    const auto raw = [&](std::string_view name, std::size_t column) {
        append_raw(json, name, rows.null(row, column) ? "null" : rows.text(row, column));
    };
    const auto text = [&](std::string_view name, std::size_t column) {
        rows.null(row, column) ? append_raw(json, name, "null") : append_member(json, name, rows.text(row, column));
    };
    events::append_json(json, rows.text(row, 0));
    text("orderId", 1);
    text("userId", 2);
    text("sellerId", 3);
    append_member(json, "type", name_of(rows.text(row, 4)));
    text("status", 5);
    raw("items", 6);
    text("reason", 7);
    raw("imageUrls", 8);
    raw("wantedOptions", 9);
    raw("sellersFault", 10);
    text("rejectionReason", 11);
    raw("collection", 12);
    raw("received", 13);
    text("exchangeGivenUp", 14);
    raw("replacementReady", 15);
    raw("replacement", 16);
    std::string refund = R"({"amount":)" + std::to_string(rows.integer(row, 17));
    append_member(refund, "points", rows.integer(row, 18));
    append_member(refund, "shippingFee", rows.integer(row, 19));
    append_raw(json, "refund", refund + '}');
    text("trouble", 20);
    text("troubleMessage", 21);
    append_member(json, "createdAt", rows.timestamp(row, 22));
    append_member(json, "updatedAt", rows.timestamp(row, 23));
    json += '}';
    return claim;
}

Awaitable<StoredClaim> claim_of_caller(Exchange& x)
{
    static const std::string sql =
        "SELECT " + std::string(claim_columns) + " FROM read_claims.claims WHERE claim_id = $1";
    const auto id = x.id<events::ClaimId>("claimId");
    co_await catch_up(x, claims_model);
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(id);
    const auto rows = co_await x.services.queries.query(sql, std::move(parameters));
    if (rows.empty()) throw Problem("COMMON_404");
    auto claim = claim_in(rows, 0);
    if (!x.caller().may_act_for(claim.user_id) && !claim.sold_by(x.caller())) throw Problem("COMMON_403");
    co_return claim;
}

Awaitable<std::string> claims_of_order(Exchange& x, const orders::StoredOrder& order)
{
    static const std::string sql = "SELECT " + std::string(claim_columns) +
                                   " FROM read_claims.claims WHERE order_id = $1 ORDER BY created_at, claim_id";
    co_await catch_up(x, claims_model);
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(order.id);
    const auto rows = co_await x.services.queries.query(sql, std::move(parameters));
    const bool all = x.caller().may_act_for(order.user_id);
    std::string json = "[";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto claim = claim_in(rows, i);
        if (!all && !claim.sold_by(x.caller())) continue;
        if (json.size() > 1) json += ',';
        json += claim.json;
    }
    co_return json + ']';
}

}  // namespace jangteo::edge::claims
