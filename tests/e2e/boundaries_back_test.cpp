// Of what comes back and of what is paid out: refunds, claims, runs of settlement. tests/e2e/boundaries.hpp says how their
// processes are killed. What goes before lives in peace.
#include "tests/e2e/boundaries.hpp"

#include "events/claims.hpp"
#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/periods.hpp"
#include "events/points.hpp"
#include "events/settlement.hpp"

namespace jangteo::e2e {
namespace {

void expect_each(const Boundaries& house, const std::map<std::string_view, int>& times)
{
    for (const auto& [type, wanted] : times) {
        const auto found = house.happened.find(std::string(type));
        EXPECT_EQ(found == house.happened.end() ? 0 : found->second, wanted) << type;
    }
}

TEST_F(Boundaries, of_a_refund_give_the_money_back_once)
{
    open();
    Order kept;
    Order paid{.buyer = new_member({300})};
    bool ready = false;
    order_and_pay(kept, 2, 0, [&] {
        ship_and_deliver(kept, [&] {
            ask(kept, "POST", "/orders/" + kept.id + "/confirm-purchase", "{}",
                [&](const HttpAnswer&) { ready = true; });
        });
    });
    bool ready_too = false;
    order_and_pay(paid, 1, 300, [&] { ready_too = true; });
    live_together([&] { return ready && ready_too; });
    check_everything();  // The sale is in the seller's ledger.

    // An admin gives a part back of what was bought for good; a buyer cancels what he has paid.
    const auto payment = "/payments/" + kept.payment;
    apps.insist(
        {.method = "POST",
         .target = "/api/v1" + payment + "/refund",
         .token = token({random_uuid()}, edge::Role::admin),
         .body = R"({"amount":5000,"reason":"흠집"})",
         .idempotency_key = to_string(random_uuid()),
         .prefer = "wait=1"},
        [](const HttpAnswer& answer) {
            // Asked again while it is under way, he hears that there is nothing more to do.
            EXPECT_TRUE(answer.status == 200 || answer.status == 409) << answer.body;
        },
        whole_process_limit);
    once(kept, payment, "data.refundedAmount", "5000", [&] { kept.done = true; });
    ask(paid, "POST", "/orders/" + paid.id + "/cancel", "{}", [&](const HttpAnswer&) {
        once(paid, "/payments/" + paid.payment, "data.status", "refunded", [&] { paid.done = true; });
    });
    live_one_after_the_other({&kept, &paid});

    expect_each(*this, {{payments::RefundRequested::type, 1},
                        {payments::PaymentsClosed::type, 1},
                        {payments::PaymentRefunded::type, 2},
                        {payments::RefundFailed::type, 0},
                        {orders::OrderCancelled::type, 1},
                        {inventory::StockRestored::type, 1},
                        {points::PointsRestored::type, 1},
                        {settlement::SaleAdjusted::type, 1}});
    const auto ledger = gateways.ledger();
    EXPECT_EQ(ledger.at(kept.payment).given_back, 5'000);
    EXPECT_EQ(ledger.at(paid.payment).given_back, ledger.at(paid.payment).captured);
    for (const auto* order : {&kept, &paid}) EXPECT_EQ(ledger.at(order->payment).refunds, 1) << order->payment;
    EXPECT_EQ(seen(paid, "/users/" + paid.buyer.text() + "/points/summary", "data.balance"), "300");
    EXPECT_EQ(seen(kept, "/inventory/" + mug.text(), "data.available"), "97");
    check_with_everybody();
    const auto added = audit();
    EXPECT_EQ(added.exit_status, 0) << added.said;
    stop_all();
}

TEST_F(Boundaries, of_a_claim_give_money_points_and_goods_back_once)
{
    open();
    Order damaged{.buyer = new_member({400, 600})};
    Order whole{.buyer = new_member({300})};
    Order exchanged;
    std::size_t ready = 0;
    const auto deliver = [&](Order& order, std::int64_t quantity, std::int64_t points) {
        order_and_pay(order, quantity, points, [&] { ship_and_deliver(order, [&] { ++ready; }); });
    };
    deliver(damaged, 2, 500);
    deliver(whole, 1, 300);
    deliver(exchanged, 1, 0);
    live_together([&] { return ready == 3; });
    ready = 0;
    const auto claim = [&](Order& order, const std::string& kind) {
        claim_until_it_is_collected(order, kind, [&] { ++ready; });
    };
    claim(damaged, "return");
    claim(whole, "return");
    claim(exchanged, "exchange");
    live_together([&] { return ready == 3; });

    receive(damaged, "damaged");
    receive(whole, "resellable");
    receive(exchanged, "resellable");
    for (auto* order : {&damaged, &whole}) {
        once(*order, "/returns/" + order->claim, "data.status", "refunded", [order] { order->done = true; });
    }
    once(exchanged, "/returns/" + exchanged.claim, "data.replacementReady", "true", [&] {
        change(exchanged, R"({"status":"reshipped","carrier":"CJ","trackingNumber":"R-2"})", [&] {
            once(exchanged, "/returns/" + exchanged.claim, "data.status", "closed", [&] { exchanged.done = true; });
        });
    });
    live_one_after_the_other({&damaged, &whole, &exchanged});

    expect_each(*this, {{claims::GoodsReceived::type, 3},
                        {orders::ClaimEnded::type, 3},
                        {inventory::StockRestored::type, 2},
                        {payments::RefundRequested::type, 2},
                        {payments::PaymentRefunded::type, 2},
                        {points::PointsRestored::type, 2},
                        {claims::ClaimRefunded::type, 2},
                        {claims::ReplacementReady::type, 1},
                        {claims::GoodsReshipped::type, 1},
                        {claims::ClaimHalted::type, 0},
                        {claims::ClaimClosed::type, 1}});
    // One of two mugs, less its half of the points; all that was paid for the only one; nothing where a mug goes out.
    const auto ledger = gateways.ledger();
    EXPECT_EQ(ledger.at(damaged.payment).given_back, 11'750);
    EXPECT_EQ(ledger.at(whole.payment).given_back, ledger.at(whole.payment).captured);
    EXPECT_EQ(ledger.at(exchanged.payment).given_back, 0);
    for (const auto* order : {&damaged, &whole}) EXPECT_EQ(ledger.at(order->payment).refunds, 1) << order->payment;
    EXPECT_EQ(seen(damaged, "/users/" + damaged.buyer.text() + "/points/summary", "data.balance"), "750");
    EXPECT_EQ(seen(whole, "/users/" + whole.buyer.text() + "/points/summary", "data.balance"), "300");
    EXPECT_EQ(seen(whole, "/inventory/" + mug.text(), "data.available"), "96") << "what is damaged is not sold again";
    check_with_everybody();
    const auto added = audit();
    EXPECT_EQ(added.exit_status, 0) << added.said;
    stop_all();
}

/// A period is settled once for the whole log, so this one is far ahead, further than those of other tests.
TEST_F(Boundaries, of_a_settlement_run_settle_and_pay_everybody_once)
{
    const std::chrono::seconds ahead = std::chrono::weeks{2'100 + static_cast<int>(random() % 500)};
    const auto week = period_at(PeriodKind::week, now() + ahead);
    open({"--clock-offset-s=" + std::to_string(ahead.count())});
    caller().ahead = ahead;
    std::vector<SellerId> sellers;
    std::vector<Order> orders(2);
    std::size_t ready = 0;
    for (auto& order : orders) {
        sellers.emplace_back(random_uuid());
        const ProductId pot{random_uuid()};
        caller().ask_and_hear(inventory::PutItem{pot, 10, "화분", Won{20'000}, sellers.back()});
        mug = pot;
        order_and_pay(order, 1, 0, [&] {
            ship_and_deliver(order, [&] {
                ask(order, "POST", "/orders/" + order.id + "/confirm-purchase", "{}",
                    [&](const HttpAnswer&) { ++ready; });
            });
        });
    }
    live_together([&] { return ready == orders.size(); });
    check_everything();  // The sales are in the sellers' ledgers.

    // The run is asked for, and each seller is paid as soon as his settlement is there; somebody pays him once more.
    ask(
        orders[0], "POST", "/settlements/run", R"({"period":")" + week + R"(","beforeEnd":true})",
        [](const HttpAnswer&) {}, edge::Role::admin);
    const auto path_of = [&](std::size_t i) {
        return "/settlements/" + to_string(uuid_v5(sellers[i].value, "settlement/" + week));
    };
    for (std::size_t i = 0; i < orders.size(); ++i) {
        const auto path = path_of(i);
        const auto pay_again = [this, path, &order = orders[i]] {
            apps.insist(
                {.method = "POST",
                 .target = "/api/v1" + path + "/pay",
                 .token = token({random_uuid()}, edge::Role::admin),
                 .body = R"({"reference":"KB-2"})",
                 .idempotency_key = to_string(random_uuid()),
                 .prefer = "wait=1"},
                [&order](const HttpAnswer& answer) {
                    EXPECT_EQ(answer.status, 409U) << answer.body;
                    order.done = true;
                },
                whole_process_limit);
        };
        once(
            orders[i], path, "data.status", "scheduled",
            [this, path, pay_again, &order = orders[i]] {
                ask(
                    order, "POST", path + "/pay", R"({"reference":"KB-1"})",
                    [pay_again](const HttpAnswer&) { pay_again(); }, edge::Role::admin);
            },
            edge::Role::admin);
    }
    live_one_after_the_other({&orders[0], &orders[1]}, {"producers", "sagas"});

    expect_each(*this, {{settlement::SettlementRunStarted::type, 1},
                        {settlement::SettlementRunCompleted::type, 1},
                        {settlement::SettlementPaid::type, 2}});
    for (std::size_t i = 0; i < orders.size(); ++i) {
        const auto settled = apps.ask_and_wait(
            {.method = "GET", .target = "/api/v1" + path_of(i), .token = token({random_uuid()}, edge::Role::admin)});
        EXPECT_EQ(settled.at("data.status"), "paid") << settled.body;
        EXPECT_EQ(settled.at("data.amount"), "18000") << settled.body;
        EXPECT_EQ(settled.at("data.reference"), "KB-1") << settled.body;
    }
    check_with_everybody();
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
