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

Response shipped(Exchange&, const Answer& answer)
{
    const auto event = read<PartShipped>(answer);
    std::string data = R"({"id":)";
    events::append_json(data, event.order_id);
    append_member(data, "userId", event.user_id);
    append_member(data, "status", to_text(event.order_status));
    append_member(data, "sellerId", event.seller_id);
    append_member(data, "shipmentId", event.shipment_id);
    append_member(data, "carrier", std::string_view(event.carrier));
    append_member(data, "trackingNumber", std::string_view(event.tracking_number));
    return success_response(200, data + '}', "배송이 시작되었습니다");
}

/// What a change to `shipped` has to say beside it.
struct Handover {
    std::string carrier;
    std::string tracking_number;
    std::optional<events::SellerId> seller_id;
};

Handover read_handover(const Fields& fields)
{
    return {fields.text("carrier", 1, 40), fields.text("trackingNumber", 1, 64),
            fields.optional_id<events::SellerId>("sellerId")};
}

/// A seller ships his own part. An admin says whose, unless it can be only one's (DOA-ORD-14).
events::SellerId whose_part(const Caller& caller, const StoredOrder& order, const Handover& handover)
{
    if (!caller.admin()) {
        const events::SellerId own{caller.user_id.value};
        if (handover.seller_id.value_or(own) != own) throw Problem("COMMON_403");
        return own;
    }
    if (handover.seller_id) return *handover.seller_id;
    if (order.sellers.size() == 1) return order.sellers.front();
    throw Problem({FieldError{"sellerId",
                              {"여러 판매자의 주문이므로 어느 판매자의 배송인지 지정해야 합니다",
                               "must say whose part is shipped: the order has several sellers"}}});
}

template <class Command>
Awaitable<Response> send(Exchange& x, const BodyReader& body, const Command& command,
                         Response (*said)(Exchange&, const Answer&))
{
    const auto head = head_of(x, body);
    const auto& id = command.order_id;
    auto record = command_record(x, head, context, command, id.text(), id.value);
    Render render = said;
    auto response = co_await settle(x, std::move(record), std::move(render));
    co_return response;
}

}  // namespace

/// DOA-ORD-04: by a seller of one of its lines, or an admin. Payment confirms an order, `cancel` cancels it and its
/// carriers deliver it; the steps that are taken by saying so are to begin preparing the goods and to ship them.
Awaitable<Response> change_status(Exchange& x)
{
    BodyReader body(x.request);
    const auto fields = body.fields();
    const auto status = fields.text("status", 1, 20);
    if (!status.empty() && std::ranges::find(statuses, status) == statuses.end()) {
        fields.wrong("status", {"주문 상태여야 합니다", "must be the status of an order"});
    }
    const auto handover = status == "shipped" ? read_handover(fields) : Handover{};
    body.check();
    const auto order = co_await order_of_caller(x);
    if (!order.exists()) throw Problem("ORD_001");
    if (!x.caller().admin() && !order.sold_by(x.caller())) throw Problem("COMMON_403");
    if (status == "processing") {
        const StartProcessing command{order.id};
        auto response = co_await send(x, body, command, processing);
        co_return response;
    }
    if (status != "shipped") throw Problem("ORD_003");
    const auto seller = whose_part(x.caller(), order, handover);
    const ShipPart command{order.id, seller, handover.carrier, handover.tracking_number};
    auto response = co_await send(x, body, command, shipped);
    co_return response;
}

}  // namespace jangteo::edge::orders
