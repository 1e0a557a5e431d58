#include "http-edge/orders/stored_order.hpp"

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

}  // namespace

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
