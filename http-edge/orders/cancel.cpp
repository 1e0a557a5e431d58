#include "events/codec.hpp"
#include "events/orders.hpp"
#include "http-edge/orders/orders.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/server/json_members.hpp"

namespace jangteo::edge::orders {

using namespace events::orders;

namespace {

Response cancelled(Exchange&, const Answer& answer)
{
    const auto event = read<OrderCancelled>(answer);
    std::string data = R"({"id":)";
    events::append_json(data, event.order_id);
    append_member(data, "userId", event.user_id);
    append_member(data, "status", std::string_view("cancelled"));
    append_member(data, "reason", std::string_view(event.reason));
    append_member(data, "cancelledBy", to_text(event.cause));
    append_member(data, "pointsReturned", event.points_used);
    return success_response(200, data + '}', "주문이 취소되었습니다");
}

CancelCause cause_of(const Caller& caller, const StoredOrder& order)
{
    if (caller.user_id == order.user_id) return CancelCause::buyer;
    return caller.admin() ? CancelCause::admin : CancelCause::seller;
}

}  // namespace

/// DOA-ORD-05. What may still be cancelled the order itself decides; here is only who may ask.
Awaitable<Response> cancel(Exchange& x)
{
    // The reason is all there is to say, and nobody has to give one.
    BodyReader body(x.request);
    const auto fields = body.fields();
    const auto reason = fields.optional_text("reason", 500).value_or("");
    body.check();
    const auto order = co_await order_of_caller(x);
    if (!order.exists()) throw Problem("ORD_001");
    const auto head = head_of(x, body);
    const CancelOrder command{order.id, reason, cause_of(x.caller(), order)};
    auto record = command_record(x, head, context, command, order.id.text(), order.id.value);
    Render render = cancelled;
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

}  // namespace jangteo::edge::orders
