#include "http-edge/streams/own_events.hpp"

#include "events/codec.hpp"
#include "http-edge/server/json_members.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace jangteo::edge::streams {

namespace json = boost::json;

namespace {

struct Shape {
    std::string_view type;
    std::string_view kind;
    std::string_view what;
    std::array<std::string_view, 5> members;
};

constexpr std::string_view prefix = "jangteo.";

// Codes, ids and amounts: an app has its own words, and what people wrote stays where it is read.
// clang-format off
constexpr std::array list{
    Shape{"orders.OrderPlaced",         "order",    "placed",     {"orderId", "orderNumber"}},
    Shape{"orders.OrderAccepted",       "order",    "accepted",   {"orderId", "orderNumber", "totalAmount", "pointsUsed"}},
    Shape{"orders.OrderRefused",        "order",    "refused",    {"orderId", "code"}},
    Shape{"orders.OrderConfirmed",      "order",    "confirmed",  {"orderId", "paymentId"}},
    Shape{"orders.OrderCancelled",      "order",    "cancelled",  {"orderId", "cause"}},
    Shape{"orders.ProcessingStarted",   "order",    "processing", {"orderId"}},
    Shape{"orders.PartShipped",         "order",    "shipped",    {"orderId", "shipmentId", "orderStatus"}},
    Shape{"orders.PartDelivered",       "order",    "delivered",  {"orderId", "shipmentId", "orderStatus"}},
    Shape{"orders.PurchaseConfirmed",   "order",    "completed",  {"orderId", "cause"}},
    Shape{"orders.ClaimEnded",          "claim",    "ended",      {"claimId", "orderId", "outcome"}},
    Shape{"payments.PaymentPrepared",   "payment",  "prepared",   {"orderId", "paymentId", "method", "amount"}},
    Shape{"payments.PaymentCompleted",  "payment",  "completed",  {"orderId", "paymentId", "method", "amount"}},
    Shape{"payments.PaymentFailed",     "payment",  "failed",     {"orderId", "paymentId", "code"}},
    Shape{"payments.PaymentCancelled",  "payment",  "cancelled",  {"orderId", "paymentId"}},
    Shape{"payments.PaymentRefunded",   "payment",  "refunded",   {"orderId", "paymentId", "refundId", "amount"}},
    Shape{"points.PointsEarned",        "points",   "earned",     {"amount", "balance", "source", "orderId", "expiresAt"}},
    Shape{"points.PointsSpent",         "points",   "spent",      {"amount", "balance", "orderId"}},
    Shape{"points.PointsRestored",      "points",   "restored",   {"amount", "balance", "orderId", "claimId"}},
    Shape{"points.PointsExpired",       "points",   "expired",    {"amount", "balance"}},
    Shape{"points.PointsAdjusted",      "points",   "adjusted",   {"amount", "balance"}},
    Shape{"shipping.ShipmentOpened",    "shipment", "opened",     {"shipmentId", "orderId", "carrier", "trackingNumber"}},
    Shape{"shipping.TrackingRecorded",  "shipment", "tracked",    {"shipmentId", "orderId", "status", "occurredAt"}},
    Shape{"shipping.ShipmentDelivered", "shipment", "delivered",  {"shipmentId", "orderId", "occurredAt"}},
    Shape{"claims.ClaimOpened",         "claim",    "opened",     {"claimId", "orderId", "kind"}},
    Shape{"claims.ClaimApproved",       "claim",    "approved",   {"claimId", "orderId"}},
    Shape{"claims.ClaimRejected",       "claim",    "rejected",   {"claimId", "orderId"}},
    Shape{"claims.ClaimWithdrawn",      "claim",    "withdrawn",  {"claimId", "orderId"}},
    Shape{"claims.CollectionStarted",   "claim",    "collecting", {"claimId", "orderId", "carrier", "trackingNumber"}},
    Shape{"claims.GoodsReceived",       "claim",    "received",   {"claimId", "orderId"}},
    Shape{"claims.ClaimRefunded",       "claim",    "refunded",   {"claimId", "orderId", "refundAmount", "pointsBack"}},
    Shape{"claims.GoodsReshipped",      "claim",    "reshipped",  {"claimId", "orderId", "carrier", "trackingNumber"}},
    Shape{"claims.ClaimClosed",         "claim",    "closed",     {"claimId", "orderId"}},
    Shape{"inquiries.InquiryAnswered",  "inquiry",  "answered",   {"inquiryId"}},
    Shape{"inquiries.InquiryResolved",  "inquiry",  "resolved",   {"inquiryId"}},
};
// clang-format on

const Shape* shape_of(std::string_view type)
{
    if (!type.starts_with(prefix)) return nullptr;
    const auto found = std::ranges::find(list, type.substr(prefix.size()), &Shape::type);
    return found == list.end() ? nullptr : &*found;
}

std::optional<events::Uuid> id_in(const json::object& object, std::string_view name)
{
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return events::parse_uuid(std::string_view(value->get_string()));
}

}  // namespace

bool has_own_events(std::string_view context)
{
    return std::ranges::any_of(
        list, [&](const Shape& shape) { return shape.type.starts_with(context) && shape.type[context.size()] == '.'; });
}

std::optional<Owner> owner_of(const events::Record& record)
{
    if (shape_of(record.envelope.type) == nullptr) return std::nullopt;
    const auto value = json::parse(record.value);
    const auto& object = value.as_object();
    return Owner{id_in(object, "userId"), id_in(object, "orderId")};
}

OwnEvent own_event(const events::Record& record)
{
    const auto* shape = shape_of(record.envelope.type);
    const auto value = json::parse(record.value);
    std::string text = R"({"time":)";
    events::append_json(text, record.envelope.time);
    append_member(text, "kind", shape->kind);
    append_member(text, "what", shape->what);
    for (const auto name : shape->members) {
        const auto* member = name.empty() ? nullptr : value.as_object().if_contains(name);
        if (member == nullptr) continue;
        // A claim's own kind (refund, exchange) must not take the place of ours.
        append_raw(text, name == "kind" ? "claimKind" : name, json::serialize(*member));
    }
    return {shape->kind, text + '}'};
}

}  // namespace jangteo::edge::streams
