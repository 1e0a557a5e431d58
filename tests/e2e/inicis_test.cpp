// Paying at KG Inicis, which knows no idempotency keys.
#include "tests/e2e/payments_house.hpp"

#include <algorithm>
#include <vector>

namespace jangteo::e2e {
namespace {

class PaymentsAtInicis : public PaymentsHouse {
public:
    HttpRequest refund_request(const Order& order, std::int64_t amount)
    {
        auto request = post(order, "/payments/" + order.payment + "/refund",
                            R"({"amount":)" + std::to_string(amount) + R"(,"reason":"흠집"})");
        request.token = token({random_uuid()}, edge::Role::admin);
        return request;
    }
};

TEST_F(PaymentsAtInicis, an_order_is_paid_in_either_window_and_what_is_cancelled_is_given_back)
{
    const auto mug = open(10);
    for (const bool mobile : {false, true}) {
        auto order = prepared(mug, 1, true);
        order.mobile = mobile;
        agree(order);
        const auto paid = apps.ask_and_wait(complete_request(order));
        EXPECT_EQ(paid.status, 200U) << paid.body;
        EXPECT_EQ(paid.at("data.status"), "completed");
        EXPECT_EQ(apps.ask_and_wait(complete_request(order)).body, paid.body) << "the browser came twice";
        const auto noti = apps.ask_and_wait(noti_request(order));
        EXPECT_EQ(noti.status, 200U);
        EXPECT_EQ(noti.body, "OK") << "they send it again otherwise";
        EXPECT_TRUE(soon([&] { return status_of(order) == "confirmed"; })) << status_of(order);
        EXPECT_EQ(gateways.ledger().at(order.payment).captured, order.amount);

        const auto back = apps.ask_and_wait(refund_request(order, 2'000));
        EXPECT_EQ(back.status, 200U) << back.body;
        EXPECT_EQ(back.at("data.remainingAmount"), std::to_string(order.amount - 2'000));
        EXPECT_EQ(apps.ask_and_wait(post(order, "/payments/" + order.payment + "/cancel", "{}")).status, 200U);
        EXPECT_TRUE(soon([&] { return gateways.ledger().at(order.payment).given_back == order.amount; }));
        EXPECT_TRUE(soon([&] { return get(order, "/payments/" + order.payment).at("data.status") == "refunded"; }));
        EXPECT_EQ(gateways.ledger().at(order.payment).refunds, 2) << "each refund once";
    }
    check_everything();
    stop_all();
}

TEST_F(PaymentsAtInicis, nobody_but_the_gateway_is_asked_and_who_gave_up_may_try_again)
{
    const auto mug = open(10);
    auto order = prepared(mug, 1, true);
    const auto gave_up = apps.ask_and_wait(form("/inicis/return", "resultCode=0001&orderNumber=" + order.payment));
    EXPECT_EQ(gave_up.status, 402U) << gave_up.body;
    EXPECT_EQ(get(order, "/payments/" + order.payment).at("data.status"), "pending");

    const auto elsewhere = apps.ask_and_wait(form("/inicis/return",
                                                  "resultCode=0000&authToken=t&authUrl=http%3A%2F%2F169.254.169.254%2F"
                                                  "&orderNumber=" +
                                                      order.payment));
    EXPECT_EQ(elsewhere.status, 402U) << elsewhere.body;
    EXPECT_EQ(elsewhere.at("error.details.gatewayCode"), "FOREIGN_ADDRESS");

    const auto json = apps.ask_and_wait({.method = "POST", .target = "/api/v1/payments/inicis/return", .body = "{}"});
    EXPECT_EQ(json.status, 415U);
    const auto begun = apps.ask_and_wait(prepare_request(order));
    ASSERT_EQ(begun.status, 201U) << begun.body;
    order.payment = begun.at("data.paymentId");
    agree(order);
    EXPECT_EQ(apps.ask_and_wait(complete_request(order)).status, 200U);
    check_everything();
    stop_all();
}

TEST_F(PaymentsAtInicis, refunds_asked_for_at_once_come_one_after_the_other_and_each_once)
{
    const auto mug = open(100);
    std::vector<Order> orders;
    for (int i = 0; i < 6; ++i) {
        orders.push_back(prepared(mug, 1, true));
        ASSERT_EQ(apps.ask_and_wait(complete_request(orders.back())).status, 200U);
    }
    gateways.trouble({{"fail", 0.2}, {"done_but_silent", 0.3}, {"silent_ms", 20}});
    for (const auto& order : orders) {
        for (const std::int64_t amount : {1'000, 2'000, 3'000}) {
            auto request = refund_request(order, amount);
            request.prefer = "wait=1";
            apps.ask(request, [](const HttpAnswer& answer) {
                EXPECT_TRUE(answer.status == 200 || answer.status == 202) << answer.body;
            });
        }
    }
    ASSERT_TRUE(apps.run_until_idle(60s));
    EXPECT_TRUE(soon(
        [&] {
            const auto ledger = gateways.ledger();
            return std::ranges::all_of(orders,
                                       [&](const Order& order) { return ledger.at(order.payment).refunds == 3; });
        },
        90s));
    say("the gateway's deeds: " + gateways.deeds());
    gateways.calm();
    check_everything();
    const auto ledger = gateways.ledger();
    for (const auto& order : orders) {
        EXPECT_EQ(ledger.at(order.payment).given_back, 6'000);
        EXPECT_EQ(get(order, "/payments/" + order.payment).at("data.refundedAmount"), "6000");
    }
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
