#include "http-edge/settlement/stored_settlement.hpp"

#include "events/codec.hpp"
#include "http-edge/server/json_members.hpp"

#include <array>
#include <optional>

namespace jangteo::edge::settlement {

const std::string_view settlement_columns =
    "settlement_id, seller_id, period, since, until, run_id, status, sales, commission, refunds, refunded_commission,"
    " amount, lines, adjusted_amount, held_because, reference, paid_at, scheduled_at, updated_at";

StoredSettlement settlement_in(const postgres::Rows& rows, std::size_t row)
{
    constexpr std::array<std::string_view, 7> numbers{"salesAmount",        "commissionAmount", "refundAmount",
                                                      "refundedCommission", "amount",           "lineCount",
                                                      "adjustedAmount"};
    constexpr std::size_t first_number = 7;
    StoredSettlement stored{{rows.uuid(row, 0)},    {rows.uuid(row, 1)},    std::string(rows.text(row, 2)),
                            rows.timestamp(row, 3), rows.timestamp(row, 4), R"({"id":)"};
    auto& json = stored.json;
    const auto text_or_null = [&](std::string_view name, std::size_t column) {
        rows.null(row, column) ? append_raw(json, name, "null") : append_member(json, name, rows.text(row, column));
    };
    events::append_json(json, rows.text(row, 0));
    append_member(json, "sellerId", rows.text(row, 1));
    append_member(json, "period", rows.text(row, 2));
    append_member(json, "until", stored.until);
    append_member(json, "runId", rows.text(row, 5));
    append_member(json, "status", rows.text(row, 6));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        append_member(json, numbers[i], rows.integer(row, first_number + i));
    }
    text_or_null("holdReason", 14);
    text_or_null("reference", 15);
    rows.null(row, 16) ? append_raw(json, "paidAt", "null") : append_member(json, "paidAt", rows.timestamp(row, 16));
    append_member(json, "scheduledAt", rows.timestamp(row, 17));
    append_member(json, "updatedAt", rows.timestamp(row, 18));
    return stored;
}

Awaitable<StoredSettlement> settlement_of_caller(Exchange& x)
{
    const auto id = x.id<events::SettlementId>("settlementId");
    co_await catch_up(x, settlement_model);
    const std::string sql =
        "SELECT " + std::string(settlement_columns) + " FROM read_settlement.settlements WHERE settlement_id = $1";
    auto work = [&](postgres::Session& session) {
        const auto rows = session.query(sql, {id});
        return rows.empty() ? std::optional<StoredSettlement>() : settlement_in(rows, 0);
    };
    auto found = co_await x.services.queries.run(work);
    if (!found) throw Problem("COMMON_404");
    if (!found->may_be_seen_by(x.caller())) throw Problem("COMMON_403");
    co_return std::move(*found);
}

}  // namespace jangteo::edge::settlement
