#include "http-edge/points/points.hpp"

#include "events/codec.hpp"
#include "events/points.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/server/commanding.hpp"
#include "http-edge/server/pagination.hpp"
#include "http-edge/server/past.hpp"
#include "projections/as_of.hpp"

#include <array>
#include <boost/json.hpp>

namespace jangteo::edge::points {

using namespace events::points;

namespace {

constexpr std::int64_t most_points = 1'000'000'000;
constexpr std::chrono::days soon{30};
constexpr std::chrono::hours seoul_offset{9};

/// Midnight in Seoul on the first of the month that `now` falls in.
events::Timestamp month_began(events::Timestamp now)
{
    using namespace std::chrono;
    const auto local = floor<days>(now + seoul_offset);
    const year_month_day day{local};
    return sys_days{day.year() / day.month() / 1} - seoul_offset;
}

struct Summary {
    std::int64_t balance = 0;
    std::int64_t total_earned = 0;
    std::int64_t total_used = 0;
    std::int64_t expiring_soon = 0;
    std::int64_t earned_this_month = 0;
};

/// Points whose time is over count no more, whether or not the ledger has taken them out yet (DOA-POINT-11).
void count_lots(Summary& summary, std::string_view lots, events::Timestamp now)
{
    const auto parsed = boost::json::parse(boost::json::string_view(lots.data(), lots.size()));
    for (const auto& lot : parsed.as_array()) {
        const auto remaining = lot.at("remaining").to_number<std::int64_t>();
        const auto& text = lot.at("expiresAt").as_string();
        const auto expires_at = events::parse_iso8601({text.data(), text.size()});
        if (!expires_at) continue;
        if (*expires_at <= now) {
            summary.balance -= remaining;
        } else if (*expires_at <= now + soon) {
            summary.expiring_soon += remaining;
        }
    }
}

Summary read_summary(postgres::Session& session, const events::UserId& user, events::Timestamp now)
{
    Summary summary;
    const auto rows = session.query(
        "SELECT balance, total_earned, total_used, lots FROM read_points.accounts WHERE user_id = $1", {user});
    if (rows.empty()) return summary;  // Nobody has given them a point yet.
    summary.balance = rows.integer(0, 0);
    summary.total_earned = rows.integer(0, 1);
    summary.total_used = rows.integer(0, 2);
    count_lots(summary, rows.text(0, 3), now);
    summary.earned_this_month = session
                                    .query(
                                        "SELECT coalesce(sum(amount), 0)::bigint FROM read_points.ledger"
                                        " WHERE user_id = $1 AND type = 'earn' AND created_at >= $2",
                                        {user, month_began(now)})
                                    .integer(0, 0);
    return summary;
}

/// From the member's events up to that moment, by the read model's own code.
Summary summary_in(const std::optional<std::string>& account, const std::vector<events::Record>& events,
                   events::Timestamp moment)
{
    Summary summary;
    if (!account) return summary;
    const auto row = boost::json::parse(*account);
    summary.balance = row.at("balance").to_number<std::int64_t>();
    summary.total_earned = row.at("totalEarned").to_number<std::int64_t>();
    summary.total_used = row.at("totalUsed").to_number<std::int64_t>();
    count_lots(summary, boost::json::serialize(row.at("lots")), moment);
    for (const auto& record : events) {
        if (record.envelope.type != PointsEarned::type || record.envelope.time < month_began(moment)) continue;
        PointsEarned earned;
        from_json(record.value, earned);
        summary.earned_this_month += earned.amount.value;
    }
    return summary;
}

Awaitable<Summary> summary_then(Exchange& x, events::UserId user, events::Timestamp moment)
{
    auto work = [&](postgres::Session& session) {
        const auto rows = session.query(
            "SELECT DISTINCT partition, \"offset\" FROM read_points.ledger WHERE user_id = $1"
            " ORDER BY partition, \"offset\" LIMIT $2",
            {user, longest_past + 1});
        std::vector<kafka::RecordPlace> places;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            places.push_back({{"points.events", static_cast<std::int32_t>(rows.integer(i, 0))}, rows.integer(i, 1)});
        }
        return places;
    };
    auto places = co_await x.services.queries.run(work);
    const auto events = co_await read_past(x, std::move(places), moment);
    co_return summary_in(projections::account_as_of(events), events, moment);
}

std::string amount_details(std::int64_t amount)
{
    return R"({"amount":)" + std::to_string(amount) + '}';
}

/// An amount of the wrong kind is a wrong field; one that is not above zero is POINT_002.
std::int64_t read_amount(const Fields& fields)
{
    return fields.integer("amount", -most_points, most_points);
}

void check_amount(std::int64_t amount)
{
    if (amount <= 0) throw Problem("POINT_002", amount_details(amount));
}

void append_order(std::string& json, const std::optional<events::OrderId>& order_id)
{
    json += R"(,"orderId":)";
    order_id ? events::append_json(json, *order_id) : void(json += "null");
}

Response spent(Exchange&, const Answer& answer)
{
    const auto event = read<PointsSpent>(answer);
    std::string data = R"({"id":)";
    events::append_json(data, event.spend_id);
    data += R"(,"userId":)";
    events::append_json(data, event.user_id);
    data += R"(,"type":"use","amount":)";
    events::append_json(data, event.amount);
    data += R"(,"balance":)";
    events::append_json(data, event.balance);
    append_order(data, event.order_id);
    data += R"(,"description":)";
    events::append_json(data, event.description);
    data += R"(,"lots":[)";
    for (bool first = true; const auto& part : event.allocations) {
        data += first ? R"({"lotId":)" : R"(,{"lotId":)";
        first = false;
        events::append_json(data, part.lot_id);
        data += R"(,"amount":)";
        events::append_json(data, part.amount);
        data += '}';
    }
    data += "]}";
    return success_response(201, data);
}

Response earned(Exchange&, const Answer& answer)
{
    const auto event = read<PointsEarned>(answer);
    std::string data = R"({"id":)";
    events::append_json(data, event.lot_id);
    data += R"(,"userId":)";
    events::append_json(data, event.user_id);
    data += R"(,"type":"earn","amount":)";
    events::append_json(data, event.amount);
    data += R"(,"source":)";
    events::append_json(data, to_text(event.source));
    data += R"(,"balance":)";
    events::append_json(data, event.balance);
    append_order(data, event.order_id);
    data += R"(,"description":)";
    events::append_json(data, event.description);
    data += R"(,"expiresAt":)";
    events::append_json(data, event.expires_at);
    data += '}';
    return success_response(201, data);
}

PointSource read_source(const Fields& fields)
{
    constexpr std::array sources{PointSource::daily_checkin, PointSource::purchase, PointSource::review,
                                 PointSource::admin,         PointSource::refund,   PointSource::event};
    const auto text = fields.text("source", 1, 40);
    for (const auto source : sources) {
        if (text == to_text(source)) return source;
    }
    if (!text.empty()) {
        fields.wrong("source", {"daily_checkin, purchase, review, admin, refund, event 중 하나여야 합니다",
                                "must be one of daily_checkin, purchase, review, admin, refund, event"});
    }
    return PointSource::admin;
}

/// Points are spent on an order of one's own (X-18). One that the read model does not know is nobody else's.
Awaitable<void> refuse_anothers_order(Exchange& x, events::OrderId id)
{
    const auto order = co_await orders::find_order(x, id);
    if (order && !x.caller().may_act_for(order->user_id)) throw Problem("COMMON_403");
}

}  // namespace

Awaitable<Response> summary(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    co_await catch_up(x, points_model);
    Summary found;
    if (const auto moment = as_of(x.request)) {
        found = co_await summary_then(x, user, *moment);
    } else {
        auto work = [&user, now = x.services.now()](postgres::Session& session) {
            return read_summary(session, user, now);
        };
        found = co_await x.services.queries.run(work);
    }
    std::string data = R"({"userId":)";
    events::append_json(data, user);
    data += R"(,"balance":)" + std::to_string(found.balance);
    data += R"(,"expiringSoon":)" + std::to_string(found.expiring_soon);
    data += R"(,"earnedThisMonth":)" + std::to_string(found.earned_this_month);
    data += R"(,"totalEarned":)" + std::to_string(found.total_earned);
    data += R"(,"totalUsed":)" + std::to_string(found.total_used);
    data += '}';
    co_return success_response(200, data);
}

/// Newest first. A member's events are in one partition, so their offsets are their order.
Awaitable<Response> history(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    const auto page = page_of(x.request);
    std::string type = "all";
    if (const auto* wanted = x.request.parameter("type")) type = *wanted;
    if (type != "all" && type != "earn" && type != "use" && type != "expire") {
        throw Problem({FieldError{
            "type", {"all, earn, use, expire 중 하나여야 합니다", "must be one of all, earn, use, expire"}}});
    }
    co_await catch_up(x, points_model);
    struct Found {
        std::int64_t total = 0;
        std::string items = "[";
    };
    auto work = [&](postgres::Session& session) {
        constexpr std::string_view count_sql =
            "SELECT count(*) FROM read_points.ledger WHERE user_id = $1 AND ($2 = 'all' OR type = $2)";
        constexpr std::string_view page_sql =
            "SELECT entry_id, type, amount, source, description, order_id, related_entry_id, expires_at, balance,"
            " created_at FROM read_points.ledger WHERE user_id = $1 AND ($2 = 'all' OR type = $2)"
            " ORDER BY \"offset\" DESC, line DESC LIMIT $3 OFFSET $4";
        Found found;
        found.total = session.query(count_sql, {user, type}).integer(0, 0);
        const auto rows = session.query(page_sql, {user, type, page.limit, page.offset()});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            auto& json = found.items;
            const auto text = [&](std::string_view name, std::size_t column) {
                json += ",\"";
                json += name;
                json += "\":";
                rows.null(i, column) ? void(json += "null") : events::append_json(json, rows.text(i, column));
            };
            json += i > 0 ? R"(,{"id":)" : R"({"id":)";
            events::append_json(json, rows.text(i, 0));
            text("type", 1);
            json += R"(,"amount":)" + std::string(rows.text(i, 2));
            text("source", 3);
            text("description", 4);
            text("orderId", 5);
            text("relatedPointId", 6);
            json += R"(,"expiresAt":)";
            rows.null(i, 7) ? void(json += "null") : events::append_json(json, rows.timestamp(i, 7));
            json += R"(,"balance":)" + std::string(rows.text(i, 8));
            json += R"(,"createdAt":)";
            events::append_json(json, rows.timestamp(i, 9));
            json += '}';
        }
        found.items += ']';
        return found;
    };
    const auto found = co_await x.services.queries.run(work);
    co_return page_response(found.items, page, found.total);
}

/// Newest first: the ledger's events as they are in the log, with who and why.
Awaitable<Response> story(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    const auto page = page_of(x.request);
    co_await catch_up(x, points_model);
    auto work = [&](postgres::Session& session) {
        const auto count =
            session.query("SELECT count(DISTINCT \"offset\") FROM read_points.ledger WHERE user_id = $1", {user});
        auto rows = session.query(
            "SELECT DISTINCT partition, \"offset\" FROM read_points.ledger WHERE user_id = $1"
            " ORDER BY \"offset\" DESC LIMIT $2 OFFSET $3",
            {user, page.limit, page.offset()});
        return std::pair(count.integer(0, 0), std::move(rows));
    };
    const auto [total, rows] = co_await x.services.queries.run(work);
    auto response = co_await events_page(x, "points", page, rows, total);
    co_return response;
}

Awaitable<Response> use(Exchange& x)
{
    SpendPoints command;
    command.user_id = x.id<events::UserId>("userId", "USER_001");
    BodyReader body(x.request);
    const auto fields = body.fields();
    command.amount = {read_amount(fields)};
    command.order_id = fields.optional_id<events::OrderId>("orderId");
    command.description = fields.text("description", 1, 500);
    demand_key(x, body);
    body.check();
    check_amount(command.amount.value);
    if (command.order_id) co_await refuse_anothers_order(x, *command.order_id);
    const auto head = head_of(x, body);
    auto record = command_record(x, head, context, command, command.user_id.text(), x.trace.correlation_id);
    Render render = spent;
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

/// DOA-POINT-04: never for ordinary users.
Awaitable<Response> earn(Exchange& x)
{
    EarnPoints command;
    command.user_id = x.id<events::UserId>("userId", "USER_001");
    BodyReader body(x.request);
    const auto fields = body.fields();
    command.amount = {read_amount(fields)};
    command.source = read_source(fields);
    command.reference = fields.optional_text("reference", 200);
    if (command.reference && command.reference->empty()) command.reference.reset();
    command.order_id = fields.optional_id<events::OrderId>("orderId");
    command.description = fields.text("description", 1, 500);
    command.expires_at = fields.optional_time("expiresAt");
    demand_key(x, body);
    body.check();
    check_amount(command.amount.value);
    const auto head = head_of(x, body);
    auto record = command_record(x, head, context, command, command.user_id.text(), x.trace.correlation_id);
    Render render = earned;
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

}  // namespace jangteo::edge::points
