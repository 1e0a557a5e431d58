#include "http-edge/shipping/shipping.hpp"

#include "events/codec.hpp"
#include "events/shipping.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/server/commanding.hpp"
#include "http-edge/server/json_members.hpp"

namespace jangteo::edge::shipping {

using namespace events::shipping;

namespace {

constexpr std::string_view columns =
    "shipment_id, order_id, user_id, seller_id, carrier, tracking_number, lines, status, delivered_at, created_at,"
    " updated_at";

struct Stored {
    events::ShipmentId id;
    events::OrderId order_id;
    events::UserId user_id;
    events::SellerId seller_id;
    std::string json;  ///< With all that was told of it.

    [[nodiscard]] bool sent_by(const Caller& caller) const
    {
        return caller.role == Role::seller && seller_id.value == caller.user_id.value;
    }
};

Stored stored_in(const postgres::Rows& rows, std::size_t row)
{
    Stored stored{{rows.uuid(row, 0)}, {rows.uuid(row, 1)}, {rows.uuid(row, 2)}, {rows.uuid(row, 3)}, R"({"id":)"};
    auto& json = stored.json;
    events::append_json(json, rows.text(row, 0));
    append_member(json, "orderId", rows.text(row, 1));
    append_member(json, "userId", rows.text(row, 2));
    append_member(json, "sellerId", rows.text(row, 3));
    append_member(json, "carrier", rows.text(row, 4));
    append_member(json, "trackingNumber", rows.text(row, 5));
    append_raw(json, "items", rows.text(row, 6));
    append_member(json, "status", rows.text(row, 7));
    rows.null(row, 8) ? append_raw(json, "deliveredAt", "null")
                      : append_member(json, "deliveredAt", rows.timestamp(row, 8));
    append_member(json, "createdAt", rows.timestamp(row, 9));
    append_member(json, "updatedAt", rows.timestamp(row, 10));
    return stored;
}

/// All that was told of the shipment, by the carrier's clock.
std::string events_json(postgres::Session& session, const events::ShipmentId& id)
{
    const auto rows = session.query(
        "SELECT status, place, description, occurred_at, recorded_at FROM read_shipping.tracking"
        R"( WHERE shipment_id = $1 ORDER BY occurred_at, "offset")",
        {id});
    std::string json = "[";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto text_or_null = [&](std::string_view name, std::size_t column) {
            rows.null(i, column) ? append_raw(json, name, "null") : append_member(json, name, rows.text(i, column));
        };
        json += i == 0 ? R"({"status":)" : R"(,{"status":)";
        events::append_json(json, rows.text(i, 0));
        text_or_null("place", 1);
        text_or_null("description", 2);
        append_member(json, "occurredAt", rows.timestamp(i, 3));
        append_member(json, "recordedAt", rows.timestamp(i, 4));
        json += '}';
    }
    return json + ']';
}

/// With their events, in the order of their opening.
Awaitable<std::vector<Stored>> find(Exchange& x, std::string_view condition, const events::Uuid& id)
{
    co_await catch_up(x, shipping_model);
    const std::string sql = "SELECT " + std::string(columns) + " FROM read_shipping.shipments WHERE " +
                            std::string(condition) + " ORDER BY created_at, shipment_id";
    auto work = [&](postgres::Session& session) {
        std::vector<Stored> found;
        const auto rows = session.query(sql, {id});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            auto& stored = found.emplace_back(stored_in(rows, i));
            append_raw(stored.json, "events", events_json(session, stored.id));
            stored.json += '}';
        }
        return found;
    };
    auto found = co_await x.services.queries.run(work);
    co_return found;
}

/// Throws Problem COMMON_404 when there is none, COMMON_403 when it is not the caller's: its buyer's, its seller's, or
/// an admin's.
Awaitable<Stored> shipment_of_caller(Exchange& x)
{
    const auto id = x.id<events::ShipmentId>("shipmentId");
    auto found = co_await find(x, "shipment_id = $1", id.value);
    if (found.empty()) throw Problem("COMMON_404");
    const auto& caller = x.caller();
    if (!caller.may_act_for(found[0].user_id) && !found[0].sent_by(caller)) throw Problem("COMMON_403");
    co_return std::move(found[0]);
}

ShipmentStatus read_status(const Fields& fields)
{
    const auto text = fields.text("status", 1, 40);
    const auto status = parse_shipment_status(text);
    if (status && *status != ShipmentStatus::opened) return *status;
    if (!text.empty()) {
        fields.wrong("status",
                     {"picked_up, in_transit, out_for_delivery, attempt_failed, delivered, returned 중 하나여야 합니다",
                      "must be picked_up, in_transit, out_for_delivery, attempt_failed, delivered or returned"});
    }
    return ShipmentStatus::in_transit;
}

Response told(Exchange&, const Answer& answer)
{
    const auto data = [](const auto& event, ShipmentStatus status, ShipmentStatus standing) {
        std::string json = R"({"shipmentId":)";
        events::append_json(json, event.shipment_id);
        append_member(json, "orderId", event.order_id);
        append_member(json, "status", to_text(status));
        append_member(json, "occurredAt", event.occurred_at);
        append_member(json, "shipmentStatus", to_text(standing));
        return json + '}';
    };
    if (is<ShipmentDelivered>(answer)) {
        const auto event = read<ShipmentDelivered>(answer);
        return success_response(201, data(event, ShipmentStatus::delivered, ShipmentStatus::delivered));
    }
    const auto event = read<TrackingRecorded>(answer);
    return success_response(201, data(event, event.status, event.shipment_status));
}

}  // namespace

Awaitable<Response> show(Exchange& x)
{
    const auto shipment = co_await shipment_of_caller(x);
    co_return success_response(200, shipment.json);
}

/// What a carrier says, told by the seller or an admin. It belongs to the order's process, so it goes by the order's id.
Awaitable<Response> record(Exchange& x)
{
    BodyReader body(x.request);
    const auto fields = body.fields();
    RecordTracking command;
    command.status = read_status(fields);
    command.place = fields.optional_text("place", 200);
    command.description = fields.optional_text("description", 500);
    command.occurred_at = fields.time("occurredAt");
    body.check();
    const auto shipment = co_await shipment_of_caller(x);
    if (!x.caller().admin() && !shipment.sent_by(x.caller())) throw Problem("COMMON_403");
    command.shipment_id = shipment.id;
    const auto head = head_of(x, body);
    auto sent = command_record(x, head, context, command, shipment.id.text(), shipment.order_id.value);
    Render render = told;
    auto response = co_await settle(x, std::move(sent), std::move(render));
    co_return response;
}

/// For its buyer and admins all shipments of the order; for a seller his own.
Awaitable<Response> of_order(Exchange& x)
{
    const auto order = co_await orders::order_of_caller(x);
    if (!order.exists()) throw Problem("ORD_001");
    const auto shipments = co_await find(x, "order_id = $1", order.id.value);
    const bool all = x.caller().may_act_for(order.user_id);
    std::string json = R"({"orderId":)";
    events::append_json(json, order.id);
    append_member(json, "status", std::string_view(order.status));
    json += R"(,"shipments":[)";
    for (bool first = true; const auto& shipment : shipments) {
        if (!all && !shipment.sent_by(x.caller())) continue;
        if (!first) json += ',';
        first = false;
        json += shipment.json;
    }
    co_return success_response(200, json + "]}");
}

}  // namespace jangteo::edge::shipping
