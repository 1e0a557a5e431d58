// KG Inicis' client and errands against the stand-in, whose books say what became of the money.
#include "consumers/payments/errands.hpp"
#include "consumers/payments/inicis.hpp"
#include "tests/e2e/standins.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <variant>

namespace jangteo::consumers::payments {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using namespace events::payments;

class InicisStandIn : public ::testing::TestWithParam<Device> {
protected:
    static void SetUpTestSuite() { outside = std::make_unique<e2e::StandIns>("inicis-stand-in"); }
    static void TearDownTestSuite() { outside.reset(); }
    void SetUp() override { agrees(); }
    void TearDown() override { outside->calm(); }

    std::unique_ptr<Gateway> client(const std::string& api_key, const std::string& sign_key = "sign_key_standin")
    {
        return make_inicis(
            {.url = outside->url("/inicis"), .merchant = "standin000", .sign_key = sign_key, .api_key = api_key},
            [this](const HttpRequest& request, Repeatable repeatable) {
                return outbound_.call(http_, request, repeatable);
            },
            [] { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); });
    }
    /// The buyer agrees in the gateway's window.
    void agrees()
    {
        const bool pc = GetParam() == Device::pc;
        const auto brought = outside->control(
            "POST", "/inicis/pay", {{"orderId", payment.text()}, {"amount", 15'000}, {"device", pc ? "pc" : "mobile"}});
        confirmation.approval = Approval{GetParam(), std::string(brought.at(pc ? "authToken" : "P_TID").as_string()),
                                         std::string(brought.at(pc ? "authUrl" : "P_REQ_URL").as_string())};
    }
    std::string captured() { return std::get<Captured>(inicis->confirm(confirmation)).key; }
    [[nodiscard]] RefundAtGateway refund_of(const std::string& tid, std::int64_t amount, std::int64_t left_after) const
    {
        return {order, payment,      {events::random_uuid()}, Provider::inicis, tid, {amount}, "마음이 바뀜",
                0,     Method::card, events::Won{left_after}};
    }
    json::object books() const
    {
        const auto ledger = outside->control("GET", "/inicis/ledger?orderId=" + payment.text());
        return ledger.at("payments").as_array().back().as_object();
    }

    static inline std::unique_ptr<e2e::StandIns> outside;

    const events::OrderId order{events::random_uuid()};
    const events::PaymentId payment{events::random_uuid()};
    ConfirmAtGateway confirmation{order, payment, Provider::inicis, payment.text(), {15'000}, 0, {}};

private:
    HttpClient http_;
    Outbound outbound_{
        {.target = "payments.inicis", .retries = 2, .first_delay = 1ms, .breaker = {.failures_to_open = 1'000}},
        Surroundings::real({})};

protected:
    const std::unique_ptr<Gateway> inicis = client("api_key_standin");
};

TEST_P(InicisStandIn, captures_what_the_buyer_has_agreed_to)
{
    EXPECT_EQ(inicis->look(payment), Standing(Undecided{}));
    const auto standing = std::get<Captured>(inicis->confirm(confirmation));
    EXPECT_EQ(standing.amount, events::Won{15'000});
    EXPECT_LT(std::chrono::abs(standing.approved_at - std::chrono::system_clock::now()), 1h) << "the zone is minded";
    EXPECT_EQ(std::get<Captured>(inicis->look(payment)).key, standing.key);
    EXPECT_EQ(std::get<Captured>(inicis->confirm(confirmation)).key, standing.key) << "the token is used: a look";
    EXPECT_EQ(books().at("captured"), 15'000);
}

TEST_P(InicisStandIn, says_why_a_card_was_refused)
{
    outside->trouble({{"reject_card", 1}});
    EXPECT_TRUE(std::holds_alternative<Declined>(inicis->confirm(confirmation)));
    EXPECT_EQ(books().at("captured"), 0);
}

TEST_P(InicisStandIn, an_approval_whose_answer_was_lost_is_found_by_a_look)
{
    outside->trouble({{"done_but_silent", 1}});
    const auto lost = carry_out(*inicis, confirmation, true, {});
    EXPECT_TRUE(lost.tell == Command(RecordNoAnswer{order, payment, "confirm"}));
    EXPECT_FALSE(lost.final);
    EXPECT_TRUE(lost.in_doubt);
    outside->calm();
    const auto found = carry_out(*inicis, confirmation, false, {});
    ASSERT_TRUE(found.tell);
    EXPECT_TRUE(std::holds_alternative<RecordCapture>(*found.tell));
    EXPECT_EQ(books().at("balance"), 15'000);
    EXPECT_EQ(books().at("approvals"), 1);
}

TEST_P(InicisStandIn, an_approval_that_a_dead_worker_asked_for_is_found)
{
    captured();
    const auto found = carry_out(*inicis, confirmation, false, {});
    ASSERT_TRUE(found.tell);
    EXPECT_EQ(std::get<RecordCapture>(*found.tell).amount, events::Won{15'000});
    EXPECT_EQ(books().at("balance"), 15'000);
}

TEST_P(InicisStandIn, an_approval_that_failed_there_is_made_the_next_time)
{
    outside->trouble({{"fail", 1}});
    EXPECT_FALSE(carry_out(*inicis, confirmation, true, {}).final);
    outside->trouble({{"fail", 0}, {"refuse_connections", true}});
    EXPECT_FALSE(carry_out(*inicis, confirmation, false, {}).final);
    outside->calm();
    const auto made = carry_out(*inicis, confirmation, false, {});
    ASSERT_TRUE(made.tell);
    EXPECT_TRUE(std::holds_alternative<RecordCapture>(*made.tell));
}

TEST_P(InicisStandIn, gives_back_in_parts_until_nothing_is_left)
{
    const auto tid = captured();
    EXPECT_TRUE(std::holds_alternative<Returned>(inicis->refund(refund_of(tid, 4'000, 11'000), true, {})));
    EXPECT_TRUE(std::holds_alternative<Declined>(inicis->refund(refund_of(tid, 4'000, 11'000), true, {})))
        << "the lock";
    EXPECT_TRUE(std::holds_alternative<Returned>(inicis->refund(refund_of(tid, 11'000, 0), true, {})));
    EXPECT_TRUE(std::holds_alternative<Declined>(inicis->look(payment)));
    EXPECT_EQ(books().at("balance"), 0);
    EXPECT_EQ(books().at("cancels").as_array().size(), 2U);
}

TEST_P(InicisStandIn, gives_all_of_it_back_at_once)
{
    const auto tid = captured();
    EXPECT_TRUE(std::holds_alternative<Returned>(inicis->refund(refund_of(tid, 15'000, 0), true, {})));
    EXPECT_EQ(books().at("cancels").as_array().at(0).at("how"), "refund");
}

TEST_P(InicisStandIn, gives_back_once_however_often_it_is_asked_for_the_same_refund)
{
    const auto tid = captured();
    for (const auto& refund : {refund_of(tid, 4'000, 11'000), refund_of(tid, 5'000, 6'000), refund_of(tid, 6'000, 0)}) {
        // The look is answered; what comes after it is done in silence.
        outside->trouble({{"done_but_silent", 1}});
        EXPECT_FALSE(carry_out(*inicis, refund, true, {}).final);
        outside->trouble({{"done_but_silent", 0.5}});
        for (bool final = false; !final;) final = carry_out(*inicis, refund, false, {}).final;
        outside->calm();
        const auto known = carry_out(*inicis, refund, false, {});
        ASSERT_TRUE(known.tell);
        EXPECT_TRUE(std::holds_alternative<RecordRefund>(*known.tell));
    }
    EXPECT_EQ(books().at("cancelled"), 15'000);
    EXPECT_EQ(books().at("cancels").as_array().size(), 3U);
}

TEST_P(InicisStandIn, keys_of_somebody_else_take_and_give_nothing)
{
    const auto tid = captured();
    const auto stranger = client("api_key_of_somebody_else", "sign_key_of_somebody_else");
    EXPECT_THROW(stranger->look(payment), NotNow);
    EXPECT_THROW(stranger->refund(refund_of(tid, 4'000, 11'000), true, {}), NotNow);
    EXPECT_EQ(books().at("balance"), 15'000);
}

INSTANTIATE_TEST_SUITE_P(Windows, InicisStandIn, ::testing::Values(Device::pc, Device::mobile),
                         [](const auto& window) { return std::string(to_text(window.param)); });

}  // namespace
}  // namespace jangteo::consumers::payments
