#include "http-edge/orders/stored_order.hpp"

#include "http-edge/server/past.hpp"
#include "projections/as_of.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace jangteo::edge::orders {

const std::string_view order_columns =
    "order_id, order_number, user_id, status, payment_status, product_amount, shipping_fee, points_used, total_amount,"
    " items, shipping_address, reason, cancelled_by, positions, created_at, updated_at, shipments,"
    " purchase_confirmed_at";

namespace {

std::optional<std::string> text_or_null(const postgres::Rows& rows, std::size_t row, std::size_t column)
{
    return rows.null(row, column) ? std::nullopt : std::optional(std::string(rows.text(row, column)));
}

std::vector<events::SellerId> sellers_in(const std::string& items)
{
    std::vector<events::SellerId> sellers;
    const auto parsed = boost::json::parse(items);
    for (const auto& item : parsed.as_array()) {
        const auto* seller = item.as_object().if_contains("sellerId");
        if (seller == nullptr || !seller->is_string()) continue;
        const auto id = events::SellerId::parse(std::string_view(seller->get_string()));
        if (id && std::ranges::find(sellers, *id) == sellers.end()) sellers.push_back(*id);
    }
    return sellers;
}

/// A row of read_orders.orders as JSON.
StoredOrder order_in(std::string_view json)
{
    const auto row = boost::json::parse(json);
    const auto text = [&](const char* name) { return std::string(std::string_view(row.at(name).as_string())); };
    const auto number = [&](const char* name) { return row.at(name).to_number<std::int64_t>(); };
    const auto time = [&](const char* name) { return events::parse_iso8601(text(name)).value_or(events::Timestamp{}); };
    const auto has = [&](const char* name) {
        const auto* member = row.as_object().if_contains(name);
        return member != nullptr && !member->is_null();
    };
    StoredOrder order;
    order.id = events::OrderId::parse(text("orderId")).value_or(events::OrderId{});
    order.number = text("orderNumber");
    order.user_id = events::UserId::parse(text("userId")).value_or(events::UserId{});
    order.status = text("status");
    order.payment_status = text("paymentStatus");
    order.product_amount = number("productAmount");
    order.shipping_fee = number("shippingFee");
    order.points_used = number("pointsUsed");
    order.total_amount = number("totalAmount");
    order.items = boost::json::serialize(row.at("items"));
    order.shipping_address = boost::json::serialize(row.at("shippingAddress"));
    order.shipments = boost::json::serialize(row.at("shipments"));
    if (has("purchaseConfirmedAt")) order.purchase_confirmed_at = time("purchaseConfirmedAt");
    if (has("reason")) order.reason = text("reason");
    if (has("cancelledBy")) order.cancelled_by = text("cancelledBy");
    order.created_at = time("createdAt");
    order.updated_at = time("updatedAt");
    order.sellers = sellers_in(order.items);
    return order;
}

}  // namespace

Awaitable<std::optional<StoredOrder>> order_then(Exchange& x, const StoredOrder& now, events::Timestamp moment)
{
    std::vector<kafka::RecordPlace> places;
    const auto positions = boost::json::parse(now.positions);
    for (const auto& pair : positions.as_array()) {
        places.push_back(
            {{"orders.events", pair.at(0).to_number<std::int32_t>()}, pair.at(1).to_number<std::int64_t>()});
    }
    const auto events = co_await read_past(x, std::move(places), moment);
    const auto row = projections::order_as_of(events);
    std::optional<StoredOrder> then;
    if (row) then = order_in(*row);
    co_return then;
}

bool StoredOrder::sold_by(const Caller& caller) const
{
    return caller.role == Role::seller &&
           std::ranges::any_of(sellers, [&](const auto& seller) { return seller.value == caller.user_id.value; });
}

StoredOrder order_in(const postgres::Rows& rows, std::size_t row)
{
    StoredOrder order;
    order.id = {rows.uuid(row, 0)};
    order.number = rows.text(row, 1);
    order.user_id = {rows.uuid(row, 2)};
    order.status = rows.text(row, 3);
    order.payment_status = rows.text(row, 4);
    order.product_amount = rows.integer(row, 5);
    order.shipping_fee = rows.integer(row, 6);
    order.points_used = rows.integer(row, 7);
    order.total_amount = rows.integer(row, 8);
    order.items = rows.text(row, 9);
    order.shipping_address = rows.text(row, 10);
    order.reason = text_or_null(rows, row, 11);
    order.cancelled_by = text_or_null(rows, row, 12);
    order.positions = rows.text(row, 13);
    order.created_at = rows.timestamp(row, 14);
    order.updated_at = rows.timestamp(row, 15);
    order.shipments = rows.text(row, 16);
    if (!rows.null(row, 17)) order.purchase_confirmed_at = rows.timestamp(row, 17);
    order.sellers = sellers_in(order.items);
    return order;
}

Awaitable<std::optional<StoredOrder>> find_order(Exchange& x, events::OrderId id)
{
    static const std::string sql =
        "SELECT " + std::string(order_columns) + " FROM read_orders.orders WHERE order_id = $1";
    co_await catch_up(x, orders_model);
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(id);
    const auto rows = co_await x.services.queries.query(sql, std::move(parameters));
    std::optional<StoredOrder> order;
    if (!rows.empty()) order = order_in(rows, 0);
    co_return order;
}

Awaitable<StoredOrder> order_of_caller(Exchange& x)
{
    const auto id = x.id<events::OrderId>("orderId", "ORD_001");
    auto order = co_await find_order(x, id);
    if (!order) throw Problem("ORD_001");
    const auto& caller = x.caller();
    if (!caller.may_act_for(order->user_id) && !order->sold_by(caller)) throw Problem("COMMON_403");
    co_return std::move(*order);
}

}  // namespace jangteo::edge::orders
