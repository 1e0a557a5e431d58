// read_shipping: what is on its way to a buyer, and all that its carrier has told of it (DOA-SHP-01).
#pragma once

#include "events/shipping.hpp"
#include "projections/runtime/rows.hpp"

#include <array>

namespace jangteo::projections::shipping {

using namespace events::shipping;

struct Shipment {
    static constexpr std::string_view table = "shipments";

    events::ShipmentId shipment_id;
    events::OrderId order_id;
    events::UserId user_id;
    events::SellerId seller_id;
    std::string carrier;
    std::string tracking_number;
    std::vector<ShippedLine> lines;
    ShipmentStatus status = ShipmentStatus::opened;
    std::optional<events::Timestamp> delivered_at;  ///< By the carrier's clock.
    events::Timestamp created_at{};
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(Shipment, (),
                      (shipment_id, order_id, user_id, seller_id, carrier, tracking_number, lines, status, delivered_at,
                       created_at, updated_at))

/// One piece of news of a shipment; the first is that it was opened. The place in the log also tells the order's history
/// where to look.
struct Tracking {
    static constexpr std::string_view table = "tracking";

    std::int32_t partition = 0;
    std::int64_t offset = 0;
    events::ShipmentId shipment_id;
    events::OrderId order_id;
    ShipmentStatus status{};
    std::optional<std::string> place;
    std::optional<std::string> description;
    events::Timestamp occurred_at{};  ///< By the carrier's clock.
    events::Timestamp recorded_at{};
};
BOOST_DESCRIBE_STRUCT(Tracking, (),
                      (partition, offset, shipment_id, order_id, status, place, description, occurred_at, recorded_at))

struct Projection {
    static constexpr std::string_view name = "shipping";
    static constexpr int version = 1;
    static constexpr std::array reads = {context};
    using Event = events::shipping::Event;
    static Event decode(std::string_view type, std::string_view json) { return decode_event(type, json); }

    using Rows = projections::Rows<Keyed<Shipment, Key<&Shipment::shipment_id>, Index<&Shipment::order_id>>,
                                   Appended<Tracking, Key<&Tracking::partition, &Tracking::offset>,
                                            Index<&Tracking::shipment_id>, Index<&Tracking::order_id>>>;

    static void apply(Rows& rows, const ShipmentOpened& e, const Meta& m)
    {
        Shipment shipment;
        shipment.shipment_id = e.shipment_id;
        shipment.order_id = e.order_id;
        shipment.user_id = e.user_id;
        shipment.seller_id = e.seller_id;
        shipment.carrier = e.carrier;
        shipment.tracking_number = e.tracking_number;
        shipment.lines = e.lines;
        shipment.created_at = m.time;
        shipment.updated_at = m.time;
        rows.put(std::move(shipment));
        told(rows, e, ShipmentStatus::opened, m.time, m);
    }
    static void apply(Rows& rows, const TrackingRecorded& e, const Meta& m)
    {
        auto& shipment = rows.existing<Shipment>(e.shipment_id);
        shipment.status = e.shipment_status;
        shipment.updated_at = m.time;
        told_with_words(rows, e, e.status, m);
    }
    static void apply(Rows& rows, const ShipmentDelivered& e, const Meta& m)
    {
        auto& shipment = rows.existing<Shipment>(e.shipment_id);
        shipment.status = ShipmentStatus::delivered;
        shipment.delivered_at = e.occurred_at;
        shipment.updated_at = m.time;
        told_with_words(rows, e, ShipmentStatus::delivered, m);
    }

private:
    static Tracking& told(Rows& rows, const auto& event, ShipmentStatus status, events::Timestamp occurred_at,
                          const Meta& m)
    {
        Tracking tracking;
        tracking.partition = m.partition;
        tracking.offset = m.offset;
        tracking.shipment_id = event.shipment_id;
        tracking.order_id = event.order_id;
        tracking.status = status;
        tracking.occurred_at = occurred_at;
        tracking.recorded_at = m.time;
        return rows.append(std::move(tracking));
    }
    static void told_with_words(Rows& rows, const auto& event, ShipmentStatus status, const Meta& m)
    {
        auto& tracking = told(rows, event, status, event.occurred_at, m);
        tracking.place = event.place;
        tracking.description = event.description;
    }
};

}  // namespace jangteo::projections::shipping
