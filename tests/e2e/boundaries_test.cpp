// Of the order process: tests/e2e/boundaries.hpp says how it is killed.
#include "tests/e2e/boundaries.hpp"

#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/points.hpp"
#include "events/settlement.hpp"
#include "events/shipping.hpp"

namespace jangteo::e2e {
namespace {

TEST_F(Boundaries, of_the_order_process_lose_and_repeat_nothing)
{
    open();
    Order kept{.buyer = new_member({400, 600})};
    Order paid_and_cancelled{.buyer = new_member({300})};
    Order cancelled{.buyer = new_member({300})};
    Order for_lack_of_stock{.buyer = new_member({200})};
    Order for_lack_of_points{.buyer = new_member({100})};
    const auto cancel = [this](Order& order) {
        ask(order, "POST", "/orders/" + order.id + "/cancel", "{}", [&](const HttpAnswer&) { order.done = true; });
    };
    place(kept, 2, 500, [&](const HttpAnswer& placed) {
        kept.id = placed.at("data.id");
        pay(kept, [&] {
            ship_and_deliver(kept, [&] {
                ask(kept, "POST", "/orders/" + kept.id + "/confirm-purchase", "{}",
                    [&](const HttpAnswer&) { kept.done = true; });
            });
        });
    });
    place(paid_and_cancelled, 1, 300, [&](const HttpAnswer& placed) {
        paid_and_cancelled.id = placed.at("data.id");
        pay(paid_and_cancelled, [&] { cancel(paid_and_cancelled); });
    });
    place(cancelled, 1, 300, [&](const HttpAnswer& placed) {
        cancelled.id = placed.at("data.id");
        cancel(cancelled);
    });
    const auto refused_with = [](Order& order, const std::string& code) {
        return [&order, code](const HttpAnswer& answer) {
            EXPECT_EQ(answer.at("error.code"), code) << answer.body;
            order.done = true;
        };
    };
    place(for_lack_of_stock, 100, 200, refused_with(for_lack_of_stock, "PROD_002"));
    place(for_lack_of_points, 1, 500, refused_with(for_lack_of_points, "POINT_001"));

    live_one_after_the_other({&kept, &paid_and_cancelled, &cancelled, &for_lack_of_stock, &for_lack_of_points});
    // Each effect once, with a kill before and after it.
    const std::map<std::string_view, int> once_each{
        {orders::OrderPlaced::type, 5},         {orders::OrderAccepted::type, 3},
        {orders::OrderRefused::type, 2},        {points::PointsSpent::type, 4},
        {points::PointsRestored::type, 3},      {points::PointsEarned::type, 1},
        {payments::PaymentPrepared::type, 2},   {payments::ConfirmationRequested::type, 2},
        {payments::PaymentCompleted::type, 2},  {orders::OrderConfirmed::type, 2},
        {inventory::StockDeducted::type, 2},    {inventory::StockRestored::type, 1},
        {orders::OrderCancelled::type, 2},      {payments::PaymentRefunded::type, 1},
        {orders::PartShipped::type, 1},         {shipping::ShipmentOpened::type, 1},
        {shipping::ShipmentDelivered::type, 1}, {orders::PartDelivered::type, 1},
        {orders::PurchaseConfirmed::type, 1},   {settlement::SaleRecorded::type, 1},
        {settlement::SellerRegistered::type, 1}};
    for (const auto& [type, times] : once_each) EXPECT_EQ(happened[std::string(type)], times) << type;

    const auto ledger = gateways.ledger();
    EXPECT_EQ(ledger.at(kept.payment).confirms, 1);
    EXPECT_EQ(ledger.at(kept.payment).captured, 26'500) << "two mugs and the way, without the points";
    EXPECT_EQ(ledger.at(kept.payment).given_back, 0);
    EXPECT_EQ(ledger.at(paid_and_cancelled.payment).confirms, 1);
    EXPECT_EQ(ledger.at(paid_and_cancelled.payment).captured, ledger.at(paid_and_cancelled.payment).given_back);

    check_with_everybody();
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
