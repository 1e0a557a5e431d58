#include "producers/shipping/decider.hpp"

#include "tests/unit/given.hpp"

namespace jangteo::producers::shipping {
namespace {

using namespace std::chrono_literals;
using events::ProductId;

const auto shipment = id<ShipmentId>(1);
const auto order = id<OrderId>(2);
const auto buyer = id<UserId>(3);
const auto seller = id<SellerId>(4);
const auto mug = id<ProductId>(5);

const OpenShipment open{shipment, order, buyer, seller, "CJ", "6123-4567", {{mug, 2}}};
const ShipmentOpened there{shipment, order, buyer, seller, "CJ", "6123-4567", {{mug, 2}}};

/// Before the usual time of commands, by the carrier's clock.
Timestamp ago(std::chrono::minutes time)
{
    return usual_time - time;
}
RecordTracking news(ShipmentStatus status, Timestamp at)
{
    return {shipment, status, "서울 중구", "말씀", at};
}
TrackingRecorded recorded(ShipmentStatus status, Timestamp at, ShipmentStatus standing)
{
    return {shipment, order, buyer, seller, status, "서울 중구", "말씀", at, standing};
}
ShipmentDelivered delivery(Timestamp at)
{
    return {shipment, order, buyer, seller, "서울 중구", "말씀", at};
}
using enum ShipmentStatus;

const auto under_way = recorded(in_transit, ago(300min), in_transit);
const auto at_the_door = recorded(out_for_delivery, ago(60min), out_for_delivery);

// --- OpenShipment ---

TEST(Shipping, opens_a_shipment)
{
    given<Decider>({}).when(open).then(there);
}

TEST(Shipping, opens_once)
{
    const auto first = given<Decider>({}).when(open);
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
    given<Decider>({there, delivery(ago(1min))}).when(open).then(Already{});
}

// --- RecordTracking ---

TEST(Shipping, follows_what_its_carrier_tells)
{
    for (const auto status : {picked_up, in_transit, out_for_delivery, attempt_failed, returned}) {
        given<Decider>({there}).when(news(status, ago(9min))).then(recorded(status, ago(9min), status));
    }
    given<Decider>({there, under_way}).when(news(out_for_delivery, ago(60min))).then(at_the_door);
    given<Decider>({there, under_way})
        .when(RecordTracking{shipment, in_transit, {}, {}, ago(60min)})
        .then(TrackingRecorded{shipment, order, buyer, seller, in_transit, {}, {}, ago(60min), in_transit});
}

TEST(Shipping, is_delivered)
{
    given<Decider>({there}).when(news(delivered, ago(5min))).then(delivery(ago(5min)));
    given<Decider>({there, under_way, at_the_door}).when(news(delivered, ago(5min))).then(delivery(ago(5min)));
}

TEST(Shipping, is_delivered_even_when_the_news_is_older_than_what_is_known)
{
    given<Decider>({there, at_the_door}).when(news(delivered, ago(90min))).then(delivery(ago(90min)));
}

TEST(Shipping, went_back_even_when_the_news_is_older_than_what_is_known)
{
    given<Decider>({there, at_the_door})
        .when(news(returned, ago(90min)))
        .then(recorded(returned, ago(90min), returned));
}

TEST(Shipping, takes_each_piece_of_news_once)
{
    const auto first = given<Decider>({there}).when(news(in_transit, ago(9min)));
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
    const auto end = given<Decider>({there}).when(news(delivered, ago(9min)));
    end.again().then(Already{});
    EXPECT_EQ(end.again().state(), end.state());
    // In other words it is the same news; at another time it is not.
    given<Decider>({there, under_way})
        .when(RecordTracking{shipment, in_transit, "부산", {}, ago(300min)})
        .then(Already{});
    given<Decider>({there, under_way})
        .when(news(in_transit, ago(200min)))
        .then(recorded(in_transit, ago(200min), in_transit));
}

TEST(Shipping, keeps_late_news_as_history_and_stays_where_it_is)
{
    given<Decider>({there, at_the_door})
        .when(news(in_transit, ago(300min)))
        .then(recorded(in_transit, ago(300min), out_for_delivery));
    // Late news does not make what is known any older.
    given<Decider>({there, at_the_door, recorded(out_for_delivery, ago(400min), out_for_delivery)})
        .when(news(in_transit, ago(300min)))
        .then(recorded(in_transit, ago(300min), out_for_delivery));
}

TEST(Shipping, does_not_come_back_from_the_buyer)
{
    const std::vector<Event> history{there, delivery(ago(60min))};
    for (const auto status : {picked_up, in_transit, out_for_delivery, attempt_failed, returned}) {
        given<Decider>(history).when(news(status, ago(5min))).then(recorded(status, ago(5min), delivered));
    }
    given<Decider>(history).when(news(in_transit, ago(300min))).then(recorded(in_transit, ago(300min), delivered));
}

TEST(Shipping, is_delivered_once_whatever_times_the_carrier_names)
{
    given<Decider>({there, delivery(ago(60min))})
        .when(news(delivered, ago(50min)))
        .then(recorded(delivered, ago(50min), delivered));
}

TEST(Shipping, what_went_back_to_its_seller_is_not_delivered_by_arriving_there)
{
    given<Decider>({there, recorded(returned, ago(60min), returned)})
        .when(news(delivered, ago(5min)))
        .then(recorded(delivered, ago(5min), returned));
}

TEST(Shipping, knows_nothing_of_what_was_not_opened)
{
    given<Decider>({})
        .when(news(in_transit, ago(5min)))
        .then(Rejection{"COMMON_404", {{"shipmentId", shipment.text()}}});
}

TEST(Shipping, is_opened_by_its_seller_and_not_by_a_carrier)
{
    given<Decider>({there}).when(news(opened, ago(5min))).then(Rejection{"COMMON_400", {{"status", "opened"}}});
}

TEST(Shipping, hears_nothing_from_the_future)
{
    given<Decider>({there})
        .when(news(in_transit, usual_time + clock_slack))
        .then(recorded(in_transit, usual_time + clock_slack, in_transit));
    const auto ahead = usual_time + clock_slack + 1us;
    given<Decider>({there})
        .when(news(in_transit, ahead))
        .then(Rejection{"COMMON_400", {{"occurredAt", events::to_iso8601(ahead)}}});
}

TEST(Shipping, keeps_so_much_news_and_still_hears_of_the_end)
{
    std::vector<Event> history{there};
    for (std::size_t i = 0; i < most_news; ++i) {
        history.emplace_back(recorded(in_transit, ago(std::chrono::minutes{1'000 - i}), in_transit));
    }
    const Rejection too_much{"COMMON_400", {{"news", 200}, {"maximum", 200}}};
    given<Decider>(history).when(news(in_transit, ago(5min))).then(too_much);
    given<Decider>(history).when(news(delivered, ago(5min))).then(delivery(ago(5min)));
    given<Decider>(history).when(news(returned, ago(5min))).then(recorded(returned, ago(5min), returned));
    history.emplace_back(delivery(ago(5min)));
    given<Decider>(history).when(news(delivered, ago(4min))).then_refused("COMMON_400");
}

}  // namespace
}  // namespace jangteo::producers::shipping
