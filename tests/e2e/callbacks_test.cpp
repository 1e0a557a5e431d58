// Gateways speak for everybody who pays, from a handful of addresses.
#include "tests/e2e/payments_house.hpp"

namespace jangteo::e2e {
namespace {

using Callbacks = PaymentsHouse;

TEST_F(Callbacks, of_gateways_are_not_held_to_the_limit_of_an_address)
{
    constexpr int times = 150;
    constexpr int limit = 10;
    more_settings = {"--rate-limit-anonymous=" + std::to_string(limit)};
    const auto mug = open(10);
    const auto order = prepared(mug);
    EXPECT_EQ(apps.ask_and_wait(complete_request(order)).status, 200U);
    for (int i = 0; i < times; ++i) {
        const auto told = apps.ask_and_wait({.method = "POST",
                                             .target = "/api/v1/payments/toss/webhook",
                                             .body = R"({"eventType":"PAYMENT_STATUS_CHANGED","data":{"orderId":")" +
                                                     order.payment + R"(","status":"DONE"}})"});
        ASSERT_EQ(told.status, 200U) << "the " << i << "th: " << told.body;
        const auto noted = apps.ask_and_wait(noti_request(order));
        ASSERT_EQ(noted.status, 200U) << "the " << i << "th: " << noted.body;
    }
    // Others from that address are, within the same minute.
    bool held = false;
    for (int i = 0; i <= limit && !held; ++i) {
        held = apps.ask_and_wait(form("/inicis/return", "resultCode=0001&orderNumber=" + order.payment)).status == 429U;
    }
    EXPECT_TRUE(held) << "there is no limit, so nothing was shown";
    check_everything();
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
