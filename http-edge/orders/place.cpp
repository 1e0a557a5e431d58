#include "events/codec.hpp"
#include "events/orders.hpp"
#include "http-edge/orders/address.hpp"
#include "http-edge/orders/orders.hpp"
#include "http-edge/orders/stored_order.hpp"

namespace jangteo::edge::orders {

using namespace events::orders;

namespace {

constexpr std::string_view created_message = "주문이 성공적으로 생성되었습니다";
constexpr std::string_view created_english = "The order was placed";
constexpr std::size_t most_lines = 200;
constexpr std::int64_t most_points = 1'000'000'000;

PlaceOrder read_order(const Exchange& x, BodyReader& body)
{
    PlaceOrder order;
    const auto fields = body.fields();
    order.user_id = fields.id<events::UserId>("userId");
    fields.each("items", 1, most_lines, [&](const Fields& item, std::size_t) {
        OrderLine line;
        line.product_id = item.id<events::ProductId>("productId");
        line.quantity = item.integer("quantity", 1, 100);
        line.options = item.optional_json_object("options");
        order.lines.push_back(std::move(line));
    });
    const auto address = fields.object("shippingAddress");
    if (fields.has("shippingAddress")) order.shipping_address = read_address(address);
    order.points_to_use = {fields.optional_integer("pointsToUse", -most_points, most_points).value_or(0)};
    demand_key(x, body);
    body.check();
    return order;
}

/// DOA-ORD-01: what a buyer is told of an order that has just been placed, and again for every repeat of the request.
Response placed(const Exchange& x, const events::OrderId& id, std::string_view number, const events::UserId& user,
                std::int64_t total_amount, events::Timestamp placed_at)
{
    std::string data = R"({"id":)";
    events::append_json(data, id);
    data += R"(,"orderNumber":)";
    events::append_json(data, number);
    data += R"(,"userId":)";
    events::append_json(data, user);
    data += R"(,"status":"pending","totalAmount":)";
    events::append_json(data, total_amount);
    data += R"(,"paymentStatus":"pending","createdAt":)";
    events::append_json(data, placed_at);
    data += '}';
    auto response =
        success_response(201, data, x.style.language == Language::korean ? created_message : created_english);
    response.headers.emplace_back("Location", "/api/v1/orders/" + id.text());
    return response;
}

Response settled(Exchange& x, const Answer& answer, events::Timestamp sent_at)
{
    if (is<OrderRefused>(answer)) {
        const auto refused = read<OrderRefused>(answer);
        return x.refuse(refused.code, refused.details.text);
    }
    if (!is<OrderAccepted>(answer)) throw std::runtime_error("an order was answered by " + answer.type);
    const auto accepted = read<OrderAccepted>(answer);
    // Placed at another moment than this request was sent: by an earlier sending of the same key.
    x.replayed |= accepted.placed_at != sent_at;
    return placed(x, accepted.order_id, accepted.order_number, accepted.user_id, accepted.total_amount.value,
                  accepted.placed_at);
}

/// The same key days later: nobody remembers the outcome any more, but the order has the id that follows from the key.
Awaitable<Response> told_again(Exchange& x, events::OrderId id, Response conflict)
{
    const auto order = co_await find_order(x, id);
    if (!order || order->status == "placing") co_return conflict;
    x.replayed = true;
    if (order->status == "refused") co_return x.refuse(order->reason.value_or("COMMON_409"));
    co_return placed(x, order->id, order->number, order->user_id, order->total_amount, order->created_at);
}

}  // namespace

Awaitable<Response> place(Exchange& x)
{
    BodyReader body(x.request);
    auto order = read_order(x, body);
    if (!x.caller().may_act_for(order.user_id)) throw Problem("COMMON_403");
    if (order.points_to_use.value < 0) {
        throw Problem("POINT_002", R"({"amount":)" + std::to_string(order.points_to_use.value) + '}');
    }
    const auto head = head_of(x, body);
    order.order_id = {events::uuid_v5(head.id.value, "order")};
    co_await seal_address(x, order);
    auto command = command_record(x, head, context, order, order.order_id.text(), order.order_id.value);
    const auto sent_at = command.envelope.time;
    Render render = [sent_at](Exchange& exchange, const Answer& answer) { return settled(exchange, answer, sent_at); };
    auto response = co_await settle(x, std::move(command), std::move(render));
    if (response.error_code == "COMMON_409" && head.fingerprint != 0) {
        response = co_await told_again(x, order.order_id, std::move(response));
    }
    co_return response;
}

}  // namespace jangteo::edge::orders
