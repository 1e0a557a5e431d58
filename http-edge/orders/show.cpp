#include "events/codec.hpp"
#include "http-edge/claims/stored_claim.hpp"
#include "http-edge/orders/address.hpp"
#include "http-edge/orders/orders.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/pagination.hpp"
#include "http-edge/server/past.hpp"

#include <array>
#include <boost/json.hpp>

namespace jangteo::edge::orders {

namespace {

/// Where it goes and how. Parts of several sellers have a number each; as with `sellerId`, the one at the top is filled
/// when there is one (DOA-ORD-14).
std::string shipping_json(const StoredOrder& order)
{
    std::string json = R"({"address":)" + order.shipping_address;
    const auto shipments = boost::json::parse(order.shipments);
    const auto& parts = shipments.as_array();
    const auto of_the_only_one = [&](std::string_view name) {
        const bool one = parts.size() == 1 && order.sellers.size() == 1;
        append_raw(json, name, one ? boost::json::serialize(parts.front().at(name)) : "null");
    };
    of_the_only_one("carrier");
    of_the_only_one("trackingNumber");
    append_raw(json, "shipments", order.shipments);
    return json + '}';
}

/// DOA-ORD-03: the order, its lines, where it goes, and how its amount comes about.
std::string order_json(const StoredOrder& order)
{
    std::string json = R"({"id":)";
    events::append_json(json, order.id);
    append_member(json, "orderNumber", std::string_view(order.number));
    append_member(json, "userId", order.user_id);
    if (order.sellers.size() == 1) {
        append_member(json, "sellerId", order.sellers.front());  // DOA-ORD-14
    } else {
        append_raw(json, "sellerId", "null");
    }
    append_member(json, "status", std::string_view(order.status));
    append_member(json, "paymentStatus", std::string_view(order.payment_status));
    append_member(json, "totalAmount", order.total_amount);
    append_raw(json, "items", order.items);
    append_raw(json, "shippingAddress", order.shipping_address);
    append_raw(json, "shipping", shipping_json(order));
    std::string payment = R"({"productAmount":)" + std::to_string(order.product_amount);
    append_member(payment, "shippingFee", order.shipping_fee);
    append_member(payment, "pointsUsed", order.points_used);
    append_member(payment, "totalAmount", order.total_amount);
    append_raw(json, "payment", payment + '}');
    if (order.cancelled_by) append_member(json, "cancelledBy", std::string_view(*order.cancelled_by));
    if (order.reason) append_member(json, "reason", std::string_view(*order.reason));
    if (order.purchase_confirmed_at) append_member(json, "purchaseConfirmedAt", *order.purchase_confirmed_at);
    append_member(json, "createdAt", order.created_at);
    append_member(json, "updatedAt", order.updated_at);
    return json + '}';
}

/// X-31: what the app's tabs are called, and what the statuses are called.
struct Filter {
    std::string_view name;
    std::string_view condition;
};
constexpr std::array filters{
    Filter{"all", "status NOT IN ('placing', 'refused')"},
    Filter{"waiting", "status IN ('pending', 'confirmed', 'processing')"},
    Filter{"shipping", "status = 'shipped'"},
    Filter{"pending", "status = 'pending'"},
    Filter{"confirmed", "status = 'confirmed'"},
    Filter{"processing", "status = 'processing'"},
    Filter{"shipped", "status = 'shipped'"},
    Filter{"delivered", "status = 'delivered'"},
    Filter{"returned", "status = 'returned'"},
    Filter{"cancelled", "status = 'cancelled'"},
};

const Filter& filter_of(const Request& request)
{
    const auto* status = request.parameter("status");
    if (status == nullptr) return filters.front();
    for (const auto& filter : filters) {
        if (filter.name == *status) return filter;
    }
    throw Problem({FieldError{"status",
                              {"all, waiting, shipping 또는 주문 상태여야 합니다",
                               "must be all, waiting, shipping or the status of an order"}}});
}

struct Found {
    std::int64_t total = 0;
    std::vector<StoredOrder> orders;
};

}  // namespace

Awaitable<Response> show(Exchange& x)
{
    const auto moment = as_of(x.request);
    auto order = co_await order_of_caller(x);
    if (moment) {
        auto then = co_await order_then(x, order, *moment);
        if (!then) throw Problem("ORD_001");
        order = std::move(*then);
    }
    if (!order.exists()) throw Problem("ORD_001");
    co_await open_address(x, order);
    auto json = order_json(order);
    json.pop_back();  // What is claimed of it stands beside the rest.
    const auto claims = co_await claims::claims_of_order(x, order);
    append_raw(json, "claims", claims);
    co_return success_response(200, json + '}');
}

/// DOA-ORD-02: newest first.
Awaitable<Response> list_of_user(Exchange& x)
{
    const auto user = x.id<events::UserId>("userId", "USER_001");
    const auto page = page_of(x.request);
    const auto& filter = filter_of(x.request);
    co_await catch_up(x, orders_model);
    const auto where = " FROM read_orders.orders WHERE user_id = $1 AND " + std::string(filter.condition);
    const auto count_sql = "SELECT count(*)" + where;
    const auto page_sql =
        "SELECT " + std::string(order_columns) + where + " ORDER BY created_at DESC, order_id LIMIT $2 OFFSET $3";
    auto work = [&](postgres::Session& session) {
        Found found;
        found.total = session.query(count_sql, {user}).integer(0, 0);
        const auto rows = session.query(page_sql, {user, page.limit, page.offset()});
        for (std::size_t i = 0; i < rows.size(); ++i) found.orders.push_back(order_in(rows, i));
        return found;
    };
    auto found = co_await x.services.queries.run(work);
    std::string items = "[";
    for (auto& order : found.orders) {
        co_await open_address(x, order);
        if (items.size() > 1) items += ',';
        items += order_json(order);
    }
    items += ']';
    co_return page_response(items, page, found.total);
}

}  // namespace jangteo::edge::orders
