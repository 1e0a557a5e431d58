// What sellers are paid: the list, and the statement of one settlement with its lines, as JSON or CSV.
#include "events/codec.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/pagination.hpp"
#include "http-edge/settlement/settlement.hpp"
#include "http-edge/settlement/stored_settlement.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace jangteo::edge::settlement {

namespace {

struct Filter {
    std::optional<events::SellerId> seller_id;
    std::optional<std::string> status;
    std::optional<std::string> period;
};

/// A seller sees his own, whatever he asks for; an admin all, or those of one seller.
Filter filter_of(const Exchange& x)
{
    constexpr std::array<std::string_view, 5> known{"scheduled", "confirmed", "held", "paid", "adjusted"};
    Filter filter;
    if (!x.caller().admin()) {
        filter.seller_id = events::SellerId{x.caller().user_id.value};
    } else if (const auto* seller = x.request.parameter("sellerId")) {
        filter.seller_id = events::SellerId::parse(*seller);
        if (!filter.seller_id) throw Problem({FieldError{"sellerId", {"UUID여야 합니다", "must be a UUID"}}});
    }
    if (const auto* status = x.request.parameter("status")) {
        if (std::ranges::find(known, *status) == known.end()) {
            throw Problem({FieldError{"status",
                                      {"scheduled, confirmed, held, paid, adjusted 중 하나여야 합니다",
                                       "must be scheduled, confirmed, held, paid or adjusted"}}});
        }
        filter.status = *status;
    }
    if (const auto* period = x.request.parameter("period")) filter.period = *period;
    return filter;
}

constexpr std::string_view line_columns =
    "booked_at, kind, order_id, order_number, product_amount, commission, amount, points_share, shipping_share, items,"
    " refund_id";

/// A settlement's lines: what was booked for its seller in its time.
postgres::Rows lines_of(postgres::Session& session, const StoredSettlement& settlement)
{
    return session.query("SELECT " + std::string(line_columns) +
                             " FROM read_settlement.lines WHERE seller_id = $1 AND booked_at >= $2 AND booked_at < $3"
                             R"( ORDER BY booked_at, "offset")",
                         {settlement.seller_id, settlement.since, settlement.until});
}

std::string lines_json(const postgres::Rows& rows)
{
    std::string json = "[";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto text_or_null = [&](std::string_view name, std::size_t column) {
            rows.null(i, column) ? append_raw(json, name, "null") : append_member(json, name, rows.text(i, column));
        };
        json += i == 0 ? R"({"bookedAt":)" : R"(,{"bookedAt":)";
        events::append_json(json, rows.timestamp(i, 0));
        append_member(json, "type", rows.text(i, 1));
        append_member(json, "orderId", rows.text(i, 2));
        text_or_null("orderNumber", 3);
        append_member(json, "productAmount", rows.integer(i, 4));
        append_member(json, "commission", rows.integer(i, 5));
        append_member(json, "amount", rows.integer(i, 6));
        append_member(json, "pointsShare", rows.integer(i, 7));
        append_member(json, "shippingShare", rows.integer(i, 8));
        append_raw(json, "items", rows.text(i, 9));
        text_or_null("refundId", 10);
        json += '}';
    }
    return json + ']';
}

/// RFC 4180. What is in it are ids, numbers, times and words of ours: nothing that would have to be quoted.
std::string lines_csv(const postgres::Rows& rows)
{
    std::string csv =
        "bookedAt,type,orderId,orderNumber,productAmount,commission,amount,pointsShare,shippingShare,refundId";
    csv += "\r\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        csv += events::to_iso8601(rows.timestamp(i, 0));
        for (const std::size_t column : {1, 2, 3, 4, 5, 6, 7, 8, 10}) {
            csv += ',';
            csv += rows.text(i, column);
        }
        csv += "\r\n";
    }
    return csv;
}

bool wants_csv(const Request& request)
{
    const auto* format = request.parameter("format");
    if (format == nullptr) return accepts(request.accept, "text/csv");
    if (*format != "csv" && *format != "json") {
        throw Problem({FieldError{"format", {"json 또는 csv여야 합니다", "must be json or csv"}}});
    }
    return *format == "csv";
}

}  // namespace

/// The latest period first.
Awaitable<Response> list(Exchange& x)
{
    const auto page = page_of(x.request);
    const auto filter = filter_of(x);
    co_await catch_up(x, settlement_model);
    struct Found {
        std::int64_t total = 0;
        std::string items = "[";
    };
    auto work = [&](postgres::Session& session) {
        const std::string from =
            " FROM read_settlement.settlements WHERE ($1::uuid IS NULL OR seller_id = $1)"
            " AND ($2::text IS NULL OR status = $2) AND ($3::text IS NULL OR period = $3)";
        Found found;
        found.total =
            session.query("SELECT count(*)" + from, {filter.seller_id, filter.status, filter.period}).integer(0, 0);
        const auto rows = session.query("SELECT " + std::string(settlement_columns) + from +
                                            " ORDER BY until DESC, settlement_id LIMIT $4 OFFSET $5",
                                        {filter.seller_id, filter.status, filter.period, page.limit, page.offset()});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (i > 0) found.items += ',';
            found.items += settlement_in(rows, i).json;
            found.items += '}';
        }
        found.items += ']';
        return found;
    };
    const auto found = co_await x.services.queries.run(work);
    co_return page_response(found.items, page, found.total);
}

Awaitable<Response> show(Exchange& x)
{
    const bool csv = wants_csv(x.request);
    const auto settlement = co_await settlement_of_caller(x);
    auto work = [&](postgres::Session& session) { return lines_of(session, settlement); };
    const auto lines = co_await x.services.queries.run(work);
    if (!csv) {
        auto json = settlement.json;
        append_raw(json, "lines", lines_json(lines));
        co_return success_response(200, json + '}');
    }
    Response response;
    response.body = lines_csv(lines);
    response.content_type = "text/csv; charset=utf-8";
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"settlement-" + settlement.period + ".csv\"");
    co_return response;
}

}  // namespace jangteo::edge::settlement
