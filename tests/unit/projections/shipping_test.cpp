#include "projections/shipping.hpp"

#include "projections/list.hpp"
#include "tests/unit/projections/log.hpp"

namespace jangteo::projections::shipping {
namespace {

const auto shipment_id = id<events::ShipmentId>("shipment");
const auto order_id = id<events::OrderId>("order");
const auto buyer = id<events::UserId>("buyer");
const auto seller = id<events::SellerId>("seller");
const auto mug = id<events::ProductId>("mug");

const ShipmentOpened opened{shipment_id, order_id, buyer, seller, "CJ", "6123", {{mug, 2}}};

TrackingRecorded recorded(ShipmentStatus status, events::Timestamp at, ShipmentStatus standing)
{
    return {shipment_id, order_id, buyer, seller, status, "서울", {}, at, standing};
}
ShipmentDelivered delivered(events::Timestamp at)
{
    return {shipment_id, order_id, buyer, seller, {}, "문 앞", at};
}

struct Folded {
    Shipment shipment;
    std::vector<Tracking> tracking;
};
Folded folded(const Log& log)
{
    MemoryStore store;
    fold(model(), store, log.records);
    const auto shipments = rows<Shipment>(store);
    EXPECT_EQ(shipments.size(), 1U);
    EXPECT_TRUE(store.parked().empty());
    return {shipments.at(0), rows<Tracking>(store)};
}

TEST(ShippingProjection, a_shipment_begins_with_its_opening)
{
    const auto [shipment, tracking] = folded(Log("shipping").happened(opened));
    EXPECT_EQ(shipment.status, ShipmentStatus::opened);
    EXPECT_EQ(shipment.order_id, order_id);
    EXPECT_EQ(shipment.user_id, buyer);
    EXPECT_EQ(shipment.seller_id, seller);
    EXPECT_EQ(shipment.carrier, "CJ");
    EXPECT_EQ(shipment.tracking_number, "6123");
    EXPECT_EQ(shipment.lines, (std::vector<ShippedLine>{{mug, 2}}));
    EXPECT_EQ(shipment.created_at, noon);
    ASSERT_EQ(tracking.size(), 1U);
    EXPECT_EQ(tracking[0].status, ShipmentStatus::opened);
    EXPECT_EQ(tracking[0].order_id, order_id);
    EXPECT_EQ(tracking[0].occurred_at, noon);
}

TEST(ShippingProjection, stands_where_the_event_says_and_keeps_what_was_told)
{
    const auto [shipment, tracking] = folded(
        Log("shipping")
            .happened(opened, recorded(ShipmentStatus::out_for_delivery, noon - 1h, ShipmentStatus::out_for_delivery),
                      recorded(ShipmentStatus::in_transit, noon - 5h, ShipmentStatus::out_for_delivery)));
    EXPECT_EQ(shipment.status, ShipmentStatus::out_for_delivery);
    EXPECT_EQ(shipment.updated_at, noon + 2s);
    EXPECT_EQ(shipment.delivered_at, std::nullopt);
    ASSERT_EQ(tracking.size(), 3U);
    EXPECT_EQ(tracking[2].status, ShipmentStatus::in_transit);
    EXPECT_EQ(tracking[2].place, "서울");
    EXPECT_EQ(tracking[2].occurred_at, noon - 5h);
    EXPECT_EQ(tracking[2].recorded_at, noon + 2s);
}

TEST(ShippingProjection, is_delivered_when_its_carrier_says_and_stays_so)
{
    const auto [shipment, tracking] =
        folded(Log("shipping")
                   .happened(opened, delivered(noon - 2h),
                             recorded(ShipmentStatus::in_transit, noon - 1h, ShipmentStatus::delivered)));
    EXPECT_EQ(shipment.status, ShipmentStatus::delivered);
    EXPECT_EQ(shipment.delivered_at, noon - 2h);
    ASSERT_EQ(tracking.size(), 3U);
    EXPECT_EQ(tracking[1].status, ShipmentStatus::delivered);
    EXPECT_EQ(tracking[1].description, "문 앞");
}

TEST(ShippingProjection, news_of_what_was_not_opened_waits)
{
    MemoryStore store;
    fold(model(), store, Log("shipping").happened(delivered(noon)).records);
    EXPECT_EQ(store.rows("shipments"), 0U);
    EXPECT_EQ(store.rows("tracking"), 0U);
    ASSERT_EQ(store.parked().size(), 1U);
    EXPECT_EQ(store.parked()[0].aggregate, shipment_id.text());
}

}  // namespace
}  // namespace jangteo::projections::shipping
