#include "projections/orders.hpp"

#include "tests/unit/projections/log.hpp"

namespace jangteo::projections::orders {
namespace {

const auto order_id = id<events::OrderId>("order");
const auto buyer = id<events::UserId>("buyer");
const auto mug = id<events::ProductId>("mug");
const auto seller = id<events::SellerId>("seller");
const ShippingAddress home{"홍길동", "010-1234-5678", "04524", "서울시 중구", "3층"};

const OrderPlaced placed{order_id, "ORD-20260118-000A", buyer, {{mug, 2, events::Json{R"({"colour":"blue"})"}}}, home,
                         {500}};
const OrderAccepted accepted{
    order_id, "ORD-20260118-000A",
    buyer,    {{mug, "머그컵", {9'900}, seller, 2, {19'800}, events::Json{R"({"colour":"blue"})"}}},
    {19'800}, {3'000},
    {500},    {22'300},
    noon};

Order folded(const Log& log)
{
    MemoryStore store;
    fold(model(), store, log.records);
    const auto orders = rows<Order>(store);
    EXPECT_EQ(orders.size(), 1u);
    return orders.at(0);
}

TEST(OrdersProjection, a_placed_order_is_being_placed_and_has_no_price_yet)
{
    const auto order = folded(Log("orders").happened(placed));
    EXPECT_EQ(order.status, Status::placing);
    EXPECT_EQ(order.order_number, "ORD-20260118-000A");
    EXPECT_EQ(order.user_id, buyer);
    EXPECT_EQ(order.total_amount.value, 0);
    ASSERT_EQ(order.items.size(), 1u);
    EXPECT_EQ(order.items[0].product_id, mug);
    EXPECT_EQ(order.items[0].quantity, 2);
    EXPECT_EQ(order.items[0].product_name, std::nullopt);
    EXPECT_EQ(order.items[0].options->text, R"({"colour":"blue"})");
    EXPECT_EQ(order.shipping_address, home);
    EXPECT_EQ(order.created_at, noon);
}

TEST(OrdersProjection, an_accepted_order_waits_for_payment_at_the_prices_that_count)
{
    const auto order = folded(Log("orders").happened(placed, accepted));
    EXPECT_EQ(order.status, Status::pending);
    EXPECT_EQ(order.payment_status, PaymentStatus::pending);
    EXPECT_EQ(order.product_amount.value, 19'800);
    EXPECT_EQ(order.shipping_fee.value, 3'000);
    EXPECT_EQ(order.points_used.value, 500);
    EXPECT_EQ(order.total_amount.value, 22'300);
    ASSERT_EQ(order.items.size(), 1u);
    EXPECT_EQ(order.items[0].product_name, "머그컵");
    EXPECT_EQ(order.items[0].subtotal->value, 19'800);
    EXPECT_EQ(order.created_at, noon);
    EXPECT_EQ(order.updated_at, noon + 1s);
    EXPECT_EQ(order.version, 2);
    EXPECT_EQ(order.positions, (std::vector<std::array<std::int64_t, 2>>{{0, 0}, {0, 1}}));
}

TEST(OrdersProjection, a_refused_order_says_why)
{
    const auto order = folded(
        Log("orders").happened(placed, OrderRefused{order_id, buyer, "PROD_002", events::Json{R"({"available":1})"}}));
    EXPECT_EQ(order.status, Status::refused);
    EXPECT_EQ(order.reason, "PROD_002");
    EXPECT_EQ(order.refusal_details->text, R"({"available":1})");
}

TEST(OrdersProjection, a_cancelled_order_says_who_and_why)
{
    const auto order = folded(Log("orders").happened(
        placed, accepted, OrderCancelled{order_id, buyer, "마음이 바뀌었어요", CancelCause::buyer, {{mug, 2}}, {500}}));
    EXPECT_EQ(order.status, Status::cancelled);
    EXPECT_EQ(order.reason, "마음이 바뀌었어요");
    EXPECT_EQ(order.cancelled_by, CancelCause::buyer);
    EXPECT_EQ(order.total_amount.value, 22'300);
    EXPECT_EQ(order.version, 3);
}

TEST(OrdersProjection, parts_are_shipped_and_delivered_and_the_whole_is_kept)
{
    const auto other = id<events::SellerId>("other");
    const auto first = id<events::ShipmentId>("first");
    const auto second = id<events::ShipmentId>("second");
    Log log("orders");
    log.happened(placed, accepted, OrderConfirmed{order_id, buyer, id<events::PaymentId>("payment")},
                 PartShipped{order_id, buyer, seller, first, "CJ", "6123", {{mug, 1}}, OrderStanding::processing});
    const auto part = folded(log);
    EXPECT_EQ(part.status, Status::processing);
    ASSERT_EQ(part.shipments.size(), 1U);
    EXPECT_EQ(part.shipments[0].shipment_id, first);
    EXPECT_EQ(part.shipments[0].seller_id, seller);
    EXPECT_EQ(part.shipments[0].carrier, "CJ");
    EXPECT_EQ(part.shipments[0].tracking_number, "6123");
    EXPECT_EQ(part.shipments[0].shipped_at, noon + 3s);
    EXPECT_EQ(part.shipments[0].delivered_at, std::nullopt);

    log.happened(PartShipped{order_id, buyer, other, second, "한진", "77", {{mug, 1}}, OrderStanding::shipped},
                 PartDelivered{order_id, buyer, other, second, OrderStanding::shipped});
    const auto shipped = folded(log);
    EXPECT_EQ(shipped.status, Status::shipped);
    ASSERT_EQ(shipped.shipments.size(), 2U);
    EXPECT_EQ(shipped.shipments[0].delivered_at, std::nullopt);
    EXPECT_EQ(shipped.shipments[1].delivered_at, noon + 5s);

    log.happened(PartDelivered{order_id, buyer, seller, first, OrderStanding::delivered});
    const auto delivered = folded(log);
    EXPECT_EQ(delivered.status, Status::delivered);
    EXPECT_EQ(delivered.purchase_confirmed_at, std::nullopt);

    log.happened(
        PurchaseConfirmed{order_id, buyer, ConfirmationCause::time, {19'300}, {{seller, {9'900}}, {other, {9'900}}}});
    const auto kept = folded(log);
    EXPECT_EQ(kept.status, Status::delivered);
    EXPECT_EQ(kept.purchase_confirmed_at, noon + 7s);
    EXPECT_EQ(kept.purchase_confirmed_by, ConfirmationCause::time);
    EXPECT_EQ(kept.positions.size(), 8U);
    EXPECT_EQ(kept.version, 8);
}

TEST(OrdersProjection, an_order_that_was_never_placed_cannot_be_accepted)
{
    MemoryStore store;
    fold(model(), store, Log("orders").happened(accepted).records);
    EXPECT_EQ(store.rows("orders"), 0u);
    ASSERT_EQ(store.parked().size(), 1u);
    EXPECT_EQ(store.parked()[0].aggregate, order_id.text());
}

}  // namespace
}  // namespace jangteo::projections::orders
