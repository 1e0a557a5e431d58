#include "events/codec.hpp"
#include "events/orders.hpp"
#include "http-edge/orders/orders.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/server/json_members.hpp"

#include <algorithm>
#include <array>

namespace jangteo::edge::orders {

using namespace events::orders;

namespace {

constexpr std::array<std::string_view, 6> statuses{"pending", "confirmed", "processing",
                                                   "shipped", "delivered", "cancelled"};

Response processing(Exchange&, const Answer& answer)
{
    const auto event = read<ProcessingStarted>(answer);
    std::string data = R"({"id":)";
    events::append_json(data, event.order_id);
    append_member(data, "userId", event.user_id);
    append_member(data, "status", std::string_view("processing"));
    return success_response(200, data + '}', "주문 상태가 변경되었습니다");
}

}  // namespace

/// DOA-ORD-04: by a seller of one of its lines, or an admin. Payment confirms an order and `cancel` cancels it; the one
/// step that is taken by saying so is to begin preparing the goods.
Awaitable<Response> change_status(Exchange& x)
{
    BodyReader body(x.request.body);
    const auto fields = body.fields();
    const auto status = fields.text("status", 1, 20);
    if (!status.empty() && std::ranges::find(statuses, status) == statuses.end()) {
        fields.wrong("status", {"주문 상태여야 합니다", "must be the status of an order"});
    }
    body.check();
    const auto order = co_await order_of_caller(x);
    if (!order.exists()) throw Problem("ORD_001");
    if (!x.caller().admin() && !order.sold_by(x.caller())) throw Problem("COMMON_403");
    if (status != "processing") throw Problem("ORD_003");
    const auto head = head_of(x, body);
    auto record = command_record(x, head, context, StartProcessing{order.id}, order.id.text(), order.id.value);
    Render render = processing;
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

}  // namespace jangteo::edge::orders
