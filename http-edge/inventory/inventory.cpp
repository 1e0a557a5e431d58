#include "http-edge/inventory/inventory.hpp"

#include "events/codec.hpp"
#include "events/inventory.hpp"
#include "http-edge/server/commanding.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/pagination.hpp"
#include "http-edge/server/past.hpp"

namespace jangteo::edge::inventory {

using namespace events::inventory;

namespace {

constexpr std::int64_t most_units = 1'000'000'000;

struct Item {
    events::ProductId product_id;
    std::string name;
    std::int64_t unit_price = 0;
    events::SellerId seller_id;
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
};

std::string item_json(const Item& item)
{
    std::string json = R"({"productId":)";
    events::append_json(json, item.product_id);
    json += R"(,"name":)";
    events::append_json(json, item.name);
    json += R"(,"unitPrice":)";
    events::append_json(json, item.unit_price);
    json += R"(,"sellerId":)";
    events::append_json(json, item.seller_id);
    json += R"(,"onHand":)";
    events::append_json(json, item.on_hand);
    json += R"(,"reserved":)";
    events::append_json(json, item.reserved);
    json += R"(,"available":)";
    events::append_json(json, item.on_hand - item.reserved);
    return json + '}';
}

Awaitable<std::optional<Item>> find_item(Exchange& x, events::ProductId id)
{
    co_await catch_up(x, stock_model);
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(id);
    const auto rows = co_await x.services.queries.query(
        "SELECT name, unit_price, seller_id, on_hand, reserved FROM read_stock.stock WHERE product_id = $1",
        std::move(parameters));
    std::optional<Item> item;
    if (!rows.empty()) {
        item = Item{id,
                    std::string(rows.text(0, 0)),
                    rows.integer(0, 1),
                    {rows.uuid(0, 2)},
                    rows.integer(0, 3),
                    rows.integer(0, 4)};
    }
    co_return item;
}

struct Units {
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
};

/// What the last movement up to that moment has left. Empty when there was none yet. Throws Problem COMMON_400 when that
/// lies behind too many movements.
std::optional<Units> units_at(postgres::Session& session, const events::ProductId& id, events::Timestamp moment)
{
    constexpr std::int64_t most_movements = 100'000;
    const auto found = session.query(
        "SELECT on_hand, reserved FROM (SELECT \"offset\", on_hand, reserved, occurred_at FROM read_stock.movements"
        " WHERE product_id = $1 ORDER BY \"offset\" DESC LIMIT $2) last WHERE occurred_at <= $3"
        " ORDER BY \"offset\" DESC LIMIT 1",
        {id, most_movements, moment});
    if (!found.empty()) return Units{found.integer(0, 0), found.integer(0, 1)};
    const auto older = session.query(
        "SELECT 1 FROM read_stock.movements WHERE product_id = $1 ORDER BY \"offset\" DESC OFFSET $2 LIMIT 1",
        {id, most_movements});
    if (!older.empty()) refuse_too_long_a_past();
    return std::nullopt;
}

/// The offer of that time is in the history.
std::string units_json(const events::ProductId& id, const Units& units, events::Timestamp moment)
{
    std::string json = R"({"productId":)";
    events::append_json(json, id);
    append_member(json, "asOf", moment);
    append_member(json, "onHand", units.on_hand);
    append_member(json, "reserved", units.reserved);
    append_member(json, "available", units.on_hand - units.reserved);
    return json + '}';
}

bool is_seller(const Caller& caller, const events::SellerId& seller)
{
    return caller.role == Role::seller && caller.user_id.value == seller.value;
}

Response put_done(Exchange&, const Answer& answer)
{
    const auto event = read<ItemPut>(answer);
    return success_response(200, item_json({event.product_id, event.name, event.unit_price.value, event.seller_id,
                                            event.on_hand, event.reserved}));
}

}  // namespace

Awaitable<Response> show(Exchange& x)
{
    const auto id = x.id<events::ProductId>("productId", "PROD_001");
    const auto moment = as_of(x.request);
    const auto item = co_await find_item(x, id);
    if (!item) throw Problem("PROD_001");
    if (!moment) co_return success_response(200, item_json(*item));
    const auto units = [&](postgres::Session& session) { return units_at(session, id, *moment); };
    const auto then = co_await x.services.queries.run(units);
    if (!then) throw Problem("PROD_001");
    co_return success_response(200, units_json(id, *then, *moment));
}

/// Sets count and offer in one step. A seller may do so for products of their own, and for those that are nobody's yet.
Awaitable<Response> put(Exchange& x)
{
    PutItem command;
    command.product_id = x.id<events::ProductId>("productId", "PROD_001");
    BodyReader body(x.request);
    const auto fields = body.fields();
    command.on_hand = fields.integer("onHand", 0, most_units);
    command.name = fields.text("name", 1, 255);
    command.unit_price = {fields.integer("unitPrice", 0, events::largest_amount.value)};
    command.seller_id = fields.id<events::SellerId>("sellerId");
    body.check();
    // Whether the product is another seller's, only its owner in the log knows for sure: the decider refuses that.
    if (!x.caller().admin() && !is_seller(x.caller(), command.seller_id)) throw Problem("COMMON_403");
    const auto head = head_of(x, body);
    auto record = command_record(x, head, context, command, command.product_id.text(), x.trace.correlation_id);
    Render render = put_done;
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

/// Newest first. A product's events are in one partition, so their offsets are their order.
Awaitable<Response> movements(Exchange& x)
{
    const auto id = x.id<events::ProductId>("productId", "PROD_001");
    const auto page = page_of(x.request);
    const auto item = co_await find_item(x, id);
    if (!item) throw Problem("PROD_001");
    if (!x.caller().admin() && !is_seller(x.caller(), item->seller_id)) throw Problem("COMMON_403");
    struct Found {
        std::int64_t total = 0;
        std::string items = "[";
    };
    auto work = [&](postgres::Session& session) {
        Found found;
        found.total =
            session.query("SELECT count(*) FROM read_stock.movements WHERE product_id = $1", {id}).integer(0, 0);
        const auto rows = session.query(
            "SELECT type, quantity, on_hand, reserved, order_id, reason, occurred_at FROM read_stock.movements"
            " WHERE product_id = $1 ORDER BY \"offset\" DESC LIMIT $2 OFFSET $3",
            {id, page.limit, page.offset()});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            auto& json = found.items;
            json += i > 0 ? R"(,{"type":)" : R"({"type":)";
            events::append_json(json, rows.text(i, 0));
            json += R"(,"quantity":)" + std::string(rows.text(i, 1));
            json += R"(,"onHand":)" + std::string(rows.text(i, 2));
            json += R"(,"reserved":)" + std::string(rows.text(i, 3));
            json += R"(,"orderId":)";
            rows.null(i, 4) ? void(json += "null") : events::append_json(json, rows.text(i, 4));
            json += R"(,"reason":)";
            rows.null(i, 5) ? void(json += "null") : events::append_json(json, rows.text(i, 5));
            json += R"(,"occurredAt":)";
            events::append_json(json, rows.timestamp(i, 6));
            json += '}';
        }
        found.items += ']';
        return found;
    };
    const auto found = co_await x.services.queries.run(work);
    co_return page_response(found.items, page, found.total);
}

/// Newest first: every movement's event as it is in the log, with who and why.
Awaitable<Response> history(Exchange& x)
{
    const auto id = x.id<events::ProductId>("productId", "PROD_001");
    const auto page = page_of(x.request);
    const auto item = co_await find_item(x, id);
    if (!item) throw Problem("PROD_001");
    if (!x.caller().admin() && !is_seller(x.caller(), item->seller_id)) throw Problem("COMMON_403");
    auto work = [&](postgres::Session& session) {
        const auto count = session.query("SELECT count(*) FROM read_stock.movements WHERE product_id = $1", {id});
        auto rows = session.query(
            "SELECT partition, \"offset\" FROM read_stock.movements WHERE product_id = $1"
            " ORDER BY \"offset\" DESC LIMIT $2 OFFSET $3",
            {id, page.limit, page.offset()});
        return std::pair(count.integer(0, 0), std::move(rows));
    };
    const auto [total, rows] = co_await x.services.queries.run(work);
    auto response = co_await events_page(x, "inventory", page, rows, total);
    co_return response;
}

}  // namespace jangteo::edge::inventory
