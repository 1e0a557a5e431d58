#include "events/codec.hpp"
#include "events/orders.hpp"
#include "http-edge/orders/orders.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/server/json_members.hpp"

namespace jangteo::edge::orders {

using namespace events::orders;

namespace {

Response kept(Exchange&, const Answer& answer)
{
    const auto event = read<PurchaseConfirmed>(answer);
    std::string data = R"({"id":)";
    events::append_json(data, event.order_id);
    append_member(data, "userId", event.user_id);
    append_member(data, "status", std::string_view("delivered"));
    append_member(data, "purchaseConfirmedBy", to_text(event.cause));
    return success_response(200, data + '}', "구매가 확정되었습니다");
}

}  // namespace

/// DOA-ORD-08: by nobody but its buyer; time does it without being asked. The points come a moment later.
Awaitable<Response> confirm(Exchange& x)
{
    BodyReader body(x.request);
    body.fields();
    body.check();
    const auto order = co_await order_of_caller(x);
    if (!order.exists()) throw Problem("ORD_001");
    if (x.caller().user_id != order.user_id) throw Problem("COMMON_403");
    const auto head = head_of(x, body);
    const ConfirmPurchase command{order.id, ConfirmationCause::buyer};
    auto record = command_record(x, head, context, command, order.id.text(), order.id.value);
    Render render = kept;
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

}  // namespace jangteo::edge::orders
