// read_orders: every order as its buyer sees it.
#pragma once

#include "events/orders.hpp"
#include "projections/runtime/rows.hpp"

#include <array>

namespace jangteo::projections::orders {

using namespace events::orders;

/// `placing` until stock is held and points are spent; then `pending` (waits for payment) or `refused`. `shipped` and
/// `delivered` once all parts are (DOA-ORD-14); `returned` once all goods have come back.
enum class Status { placing, refused, pending, confirmed, processing, shipped, delivered, returned, cancelled };
BOOST_DESCRIBE_ENUM(Status, placing, refused, pending, confirmed, processing, shipped, delivered, returned, cancelled)
enum class PaymentStatus { pending, completed, failed, refunded };
BOOST_DESCRIBE_ENUM(PaymentStatus, pending, completed, failed, refunded)

/// One line. Name, price and seller are known once the order is accepted.
struct Line {
    events::ProductId product_id;
    std::optional<std::string> product_name;
    std::optional<events::Won> product_price;
    std::optional<events::SellerId> seller_id;
    std::int64_t quantity = 0;
    std::optional<events::Won> subtotal;
    std::optional<events::Json> options;
};
BOOST_DESCRIBE_STRUCT(Line, (), (product_id, product_name, product_price, seller_id, quantity, subtotal, options))

/// A seller's part that is on its way (DOA-ORD-03). What its carrier says is in read_shipping.
struct Shipment {
    events::ShipmentId shipment_id;
    events::SellerId seller_id;
    std::string carrier;
    std::string tracking_number;
    events::Timestamp shipped_at{};
    std::optional<events::Timestamp> delivered_at;
};
BOOST_DESCRIBE_STRUCT(Shipment, (), (shipment_id, seller_id, carrier, tracking_number, shipped_at, delivered_at))

struct Order {
    static constexpr std::string_view table = "orders";

    events::OrderId order_id;
    std::string order_number;
    events::UserId user_id;
    Status status = Status::placing;
    PaymentStatus payment_status = PaymentStatus::pending;
    events::Won product_amount;  ///< Amounts are 0 until the order is accepted.
    events::Won shipping_fee;
    events::Points points_used;
    events::Won total_amount;
    std::vector<Line> items;
    ShippingAddress shipping_address;
    std::vector<Shipment> shipments;                         ///< Each seller's, in the order of their leaving.
    std::optional<events::Timestamp> purchase_confirmed_at;  ///< The buyer keeps it.
    std::optional<ConfirmationCause> purchase_confirmed_by;
    std::optional<std::string> reason;  ///< Why it was refused (a code) or cancelled (somebody's words).
    std::optional<events::Json> refusal_details;
    std::optional<CancelCause> cancelled_by;
    std::vector<std::array<std::int64_t, 2>> positions;  ///< [partition, offset] of its events, for its history.
    events::Timestamp created_at{};
    events::Timestamp updated_at{};
    std::int64_t version = 0;  ///< How many events it has had.
};
BOOST_DESCRIBE_STRUCT(Order, (),
                      (order_id, order_number, user_id, status, payment_status, product_amount, shipping_fee,
                       points_used, total_amount, items, shipping_address, shipments, purchase_confirmed_at,
                       purchase_confirmed_by, reason, refusal_details, cancelled_by, positions, created_at, updated_at,
                       version))

struct Projection {
    static constexpr std::string_view name = "orders";
    static constexpr int version = 2;
    static constexpr std::array reads = {context};
    using Event = events::orders::Event;
    static Event decode(std::string_view type, std::string_view json) { return decode_event(type, json); }

    using Rows = projections::Rows<Keyed<Order, Key<&Order::order_id>, Index<&Order::user_id, &Order::created_at>>>;

    static void apply(Rows& rows, const OrderPlaced& e, const Meta& m)
    {
        Order order;
        order.order_id = e.order_id;
        order.order_number = e.order_number;
        order.user_id = e.user_id;
        order.shipping_address = e.shipping_address;
        order.created_at = m.time;
        for (const auto& line : e.lines) {
            order.items.push_back({.product_id = line.product_id,
                                   .product_name = {},
                                   .product_price = {},
                                   .seller_id = {},
                                   .quantity = line.quantity,
                                   .subtotal = {},
                                   .options = line.options});
        }
        happened(order, m);
        rows.put(std::move(order));
    }
    static void apply(Rows& rows, const OrderAccepted& e, const Meta& m)
    {
        auto& order = rows.existing<Order>(e.order_id);
        order.status = Status::pending;
        order.product_amount = e.product_amount;
        order.shipping_fee = e.shipping_fee;
        order.points_used = e.points_used;
        order.total_amount = e.total_amount;
        order.items.clear();
        for (const auto& line : e.lines) {
            order.items.push_back({line.product_id, line.name, line.unit_price, line.seller_id, line.quantity,
                                   line.subtotal, line.options});
        }
        happened(order, m);
    }
    static void apply(Rows& rows, const OrderConfirmed& e, const Meta& m)
    {
        auto& order = rows.existing<Order>(e.order_id);
        order.status = Status::confirmed;
        order.payment_status = PaymentStatus::completed;
        happened(order, m);
    }
    static void apply(Rows& rows, const ProcessingStarted& e, const Meta& m)
    {
        auto& order = rows.existing<Order>(e.order_id);
        order.status = Status::processing;
        happened(order, m);
    }
    static void apply(Rows& rows, const PartShipped& e, const Meta& m)
    {
        auto& order = rows.existing<Order>(e.order_id);
        order.status = status_of(e.order_status);
        order.shipments.push_back({e.shipment_id, e.seller_id, e.carrier, e.tracking_number, m.time, {}});
        happened(order, m);
    }
    static void apply(Rows& rows, const PartDelivered& e, const Meta& m)
    {
        auto& order = rows.existing<Order>(e.order_id);
        order.status = status_of(e.order_status);
        for (auto& shipment : order.shipments) {
            if (shipment.shipment_id == e.shipment_id) shipment.delivered_at = m.time;
        }
        happened(order, m);
    }
    static void apply(Rows& rows, const PurchaseConfirmed& e, const Meta& m)
    {
        auto& order = rows.existing<Order>(e.order_id);
        order.purchase_confirmed_at = m.time;
        order.purchase_confirmed_by = e.cause;
        happened(order, m);
    }
    /// What is claimed, and what becomes of it, is in read_claims.
    static void apply(Rows& rows, const ClaimRequested& e, const Meta& m)
    {
        happened(rows.existing<Order>(e.order_id), m);
    }
    static void apply(Rows& rows, const ClaimEnded& e, const Meta& m)
    {
        auto& order = rows.existing<Order>(e.order_id);
        if (e.nothing_left) order.status = Status::returned;
        happened(order, m);
    }
    static void apply(Rows& rows, const OrderRefused& e, const Meta& m)
    {
        auto& order = rows.existing<Order>(e.order_id);
        order.status = Status::refused;
        order.reason = e.code;
        order.refusal_details = e.details;
        happened(order, m);
    }
    static void apply(Rows& rows, const OrderCancelled& e, const Meta& m)
    {
        auto& order = rows.existing<Order>(e.order_id);
        order.status = Status::cancelled;
        if (order.payment_status == PaymentStatus::completed) order.payment_status = PaymentStatus::refunded;
        order.reason = e.reason;
        order.cancelled_by = e.cause;
        happened(order, m);
    }

private:
    static Status status_of(OrderStanding standing)
    {
        switch (standing) {
            case OrderStanding::processing: break;
            case OrderStanding::shipped: return Status::shipped;
            case OrderStanding::delivered: return Status::delivered;
        }
        return Status::processing;
    }
    static void happened(Order& order, const Meta& m)
    {
        order.positions.push_back({m.partition, m.offset});
        order.updated_at = m.time;
        ++order.version;
    }
};

}  // namespace jangteo::projections::orders
