// TossPayments' client and errands against the stand-in, whose books say what became of the money.
#include "consumers/payments/errands.hpp"
#include "consumers/payments/toss.hpp"
#include "tests/e2e/standins.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>
#include <memory>
#include <string>
#include <variant>

namespace jangteo::consumers::payments {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using namespace events::payments;

class TossStandIn : public ::testing::Test {
protected:
    static constexpr int retries = 2;

    static void SetUpTestSuite() { outside = std::make_unique<e2e::StandIns>("toss-stand-in"); }
    static void TearDownTestSuite() { outside.reset(); }
    void TearDown() override { outside->calm(); }

    std::unique_ptr<Gateway> client(const std::string& secret_key)
    {
        return make_toss({.url = outside->url("/toss"), .secret_key = secret_key},
                         [this](const HttpRequest& request, Repeatable repeatable) {
                             return outbound_.call(http_, request, repeatable);
                         });
    }
    /// The buyer agrees in the gateway's window.
    void agrees(const std::string& method = "CARD")
    {
        const auto agreed = outside->control("POST", "/toss/pay",
                                             {{"orderId", payment.text()}, {"amount", 15'000}, {"method", method}});
        confirmation.gateway_key = agreed.at("paymentKey").as_string();
    }
    void gives_up()
    {
        const auto aborted =
            outside->control("POST", "/toss/pay", {{"orderId", payment.text()}, {"amount", 15'000}, {"abort", true}});
        confirmation.gateway_key = aborted.at("paymentKey").as_string();
    }
    [[nodiscard]] RefundAtGateway refund_of(std::int64_t amount) const
    {
        return {order,         payment, {events::random_uuid()}, Provider::toss, confirmation.gateway_key, {amount},
                "마음이 바뀜", 0};
    }
    /// What the gateway knows of this payment.
    json::object books() const
    {
        const auto ledger = outside->control("GET", "/toss/ledger?orderId=" + payment.text());
        return ledger.at("payments").as_array().at(0).as_object();
    }

    static inline std::unique_ptr<e2e::StandIns> outside;

    const events::OrderId order{events::random_uuid()};
    const events::PaymentId payment{events::random_uuid()};
    ConfirmAtGateway confirmation{order, payment, Provider::toss, "", {15'000}, 0};

private:
    HttpClient http_;
    Outbound outbound_{
        {.target = "payments.toss", .retries = retries, .first_delay = 1ms, .breaker = {.failures_to_open = 1'000}},
        Surroundings::real({})};

protected:
    const std::unique_ptr<Gateway> toss = client("test_sk_standin");
};

TEST_F(TossStandIn, captures_what_the_buyer_has_agreed_to)
{
    agrees();
    EXPECT_EQ(toss->look(payment), Standing(Undecided{}));
    const auto standing = toss->confirm(confirmation);
    const auto& captured = std::get<Captured>(standing);
    EXPECT_EQ(captured.key, confirmation.gateway_key);
    EXPECT_EQ(captured.amount, events::Won{15'000});
    EXPECT_LT(std::chrono::abs(captured.approved_at - std::chrono::system_clock::now()), 1h) << "the zone is minded";
    EXPECT_TRUE(captured.receipt_url);
    EXPECT_EQ(toss->look(payment), standing);
    EXPECT_EQ(toss->confirm(confirmation), standing);
    EXPECT_EQ(books().at("captured"), 15'000);
    EXPECT_EQ(books().at("confirms"), 1);
}

TEST_F(TossStandIn, knows_nothing_of_a_payment_that_nobody_began)
{
    EXPECT_EQ(toss->look(payment), Standing(Undecided{}));
    confirmation.gateway_key = "nobody-knows-it";
    EXPECT_EQ(std::get<Declined>(toss->confirm(confirmation)).code, "NOT_FOUND_PAYMENT");
}

TEST_F(TossStandIn, takes_no_money_from_a_buyer_who_gave_up)
{
    gives_up();
    EXPECT_EQ(std::get<Declined>(toss->confirm(confirmation)).code, "PAY_PROCESS_ABORTED");
    EXPECT_EQ(books().at("captured"), 0);
}

TEST_F(TossStandIn, says_why_a_card_was_refused_then_and_later)
{
    agrees();
    outside->trouble({{"reject_card", 1}});
    const auto standing = toss->confirm(confirmation);
    EXPECT_TRUE(std::get<Declined>(standing).code.starts_with("REJECT_CARD_"));
    EXPECT_EQ(toss->look(payment), standing);
    EXPECT_EQ(books().at("captured"), 0);
}

TEST_F(TossStandIn, takes_no_other_amount_than_agreed)
{
    agrees();
    confirmation.amount = {14'000};
    EXPECT_EQ(std::get<Declined>(toss->confirm(confirmation)).code, "INVALID_REQUEST");
    EXPECT_EQ(books().at("captured"), 0);
}

TEST_F(TossStandIn, waits_for_the_deposit_into_a_virtual_account)
{
    agrees("VIRTUAL_ACCOUNT");
    const auto waits = std::get<Awaiting>(toss->confirm(confirmation));
    EXPECT_EQ(waits.amount, events::Won{15'000});
    EXPECT_EQ(waits.bank, "20");
    EXPECT_FALSE(waits.account_number.empty());
    EXPECT_GT(waits.due_at, std::chrono::system_clock::now() + 6 * 24h);
    EXPECT_EQ(toss->look(payment), Standing(waits));
    outside->control("POST", "/toss/deposit", {{"paymentKey", confirmation.gateway_key}});
    EXPECT_EQ(std::get<Captured>(toss->look(payment)).amount, events::Won{15'000});
}

TEST_F(TossStandIn, gives_the_money_of_a_virtual_account_back_to_an_account_that_is_named)
{
    agrees("VIRTUAL_ACCOUNT");
    toss->confirm(confirmation);
    outside->control("POST", "/toss/deposit", {{"paymentKey", confirmation.gateway_key}});
    EXPECT_EQ(std::get<Declined>(toss->refund(refund_of(4'000), true, {})).code, "INVALID_REFUND_ACCOUNT_INFO");
    const RefundAccount account{"88", "110234567890", "김구매"};
    EXPECT_TRUE(std::holds_alternative<Returned>(toss->refund(refund_of(4'000), true, account)));
    EXPECT_EQ(books().at("balance"), 11'000);
}

TEST_F(TossStandIn, closes_an_account_unless_it_was_paid_into)
{
    agrees("VIRTUAL_ACCOUNT");
    toss->confirm(confirmation);
    const CloseAtGateway close{order, payment, Provider::toss, confirmation.gateway_key, "결제 시간 초과", 0};
    EXPECT_TRUE(std::holds_alternative<Closed>(toss->close(close)));
    EXPECT_TRUE(std::holds_alternative<Closed>(toss->close(close))) << "twice is harmless";
    EXPECT_THROW(outside->control("POST", "/toss/deposit", {{"paymentKey", confirmation.gateway_key}}),
                 std::runtime_error)
        << "nobody can pay in any more";
    EXPECT_EQ(books().at("captured"), 0);
}

TEST_F(TossStandIn, tells_of_the_deposit_that_was_there_before_the_account_was_closed)
{
    agrees("VIRTUAL_ACCOUNT");
    toss->confirm(confirmation);
    outside->control("POST", "/toss/deposit", {{"paymentKey", confirmation.gateway_key}});
    const auto end = toss->close({order, payment, Provider::toss, confirmation.gateway_key, "결제 시간 초과", 0});
    EXPECT_EQ(std::get<Captured>(end).amount, events::Won{15'000});
    EXPECT_EQ(books().at("balance"), 15'000);
}

TEST_F(TossStandIn, gives_back_in_parts_until_nothing_is_left)
{
    agrees();
    toss->confirm(confirmation);
    const auto first = std::get<Returned>(toss->refund(refund_of(4'000), true, {}));
    EXPECT_EQ(std::get<Declined>(toss->refund(refund_of(11'001), true, {})).code, "NOT_CANCELABLE_AMOUNT");
    EXPECT_TRUE(std::holds_alternative<Captured>(toss->look(payment)));
    const auto rest = std::get<Returned>(toss->refund(refund_of(11'000), true, {}));
    EXPECT_EQ(std::get<Declined>(toss->refund(refund_of(1), true, {})).code, "ALREADY_CANCELED_PAYMENT");
    EXPECT_EQ(toss->look(payment), Standing(Declined{"CANCELED", ""}));

    const auto found = books();
    const auto& cancels = found.at("cancels").as_array();
    ASSERT_EQ(cancels.size(), 2U);
    EXPECT_EQ(cancels[0].at("transactionKey").as_string(), first.key);
    EXPECT_EQ(cancels[1].at("transactionKey").as_string(), rest.key);
    EXPECT_EQ(found.at("balance"), 0);
}

TEST_F(TossStandIn, gives_back_once_however_often_it_is_asked_for_the_same_refund)
{
    agrees();
    toss->confirm(confirmation);
    const auto refund = refund_of(4'000);
    outside->trouble({{"done_but_silent", 1}});
    EXPECT_THROW(toss->refund(refund, true, {}), Unclear);
    outside->calm();
    const auto returned = std::get<Returned>(toss->refund(refund, true, {}));
    toss->refund(refund_of(5'000), true, {});
    EXPECT_EQ(std::get<Returned>(toss->refund(refund, true, {})), returned);

    const auto found = books();
    EXPECT_EQ(found.at("cancelled"), 9'000);
    EXPECT_EQ(found.at("cancelCalls"), 2);
    EXPECT_EQ(found.at("cancelRepeats"), retries + 2);
    EXPECT_EQ(found.at("cancels").as_array().at(0).at("transactionKey").as_string(), returned.key);
}

TEST_F(TossStandIn, a_capture_whose_answer_was_lost_is_found_by_a_look)
{
    agrees();
    outside->trouble({{"done_but_silent", 1}});
    const auto lost = carry_out(*toss, confirmation, true, {});
    EXPECT_TRUE(lost.tell == Command(RecordNoAnswer{order, payment, "confirm"}));
    EXPECT_FALSE(lost.final);
    EXPECT_EQ(books().at("confirms"), 1) << "an unclear confirmation is not repeated by itself";
    EXPECT_EQ(books().at("confirmRepeats"), 0);
    outside->calm();
    const auto found = carry_out(*toss, confirmation, false, {});
    ASSERT_TRUE(found.tell);
    EXPECT_EQ(std::get<RecordCapture>(*found.tell).gateway_key, confirmation.gateway_key);
    EXPECT_TRUE(found.final);
    EXPECT_EQ(books().at("confirms"), 1);
}

TEST_F(TossStandIn, a_confirmation_that_failed_there_is_made_the_next_time)
{
    agrees();
    outside->trouble({{"fail", 1}});
    EXPECT_FALSE(carry_out(*toss, confirmation, true, {}).final);
    outside->trouble({{"fail", 0}, {"refuse_connections", true}});
    EXPECT_FALSE(carry_out(*toss, confirmation, false, {}).final);
    EXPECT_EQ(books().at("captured"), 0);
    outside->calm();
    const auto made = carry_out(*toss, confirmation, false, {});
    ASSERT_TRUE(made.tell);
    EXPECT_TRUE(std::holds_alternative<RecordCapture>(*made.tell));
    EXPECT_EQ(books().at("captured"), 15'000);
}

TEST_F(TossStandIn, a_secret_of_somebody_else_decides_nothing)
{
    agrees();
    const auto stranger = client("test_sk_of_somebody_else");
    EXPECT_THROW(stranger->confirm(confirmation), NotNow);
    EXPECT_THROW(stranger->look(payment), NotNow);
    EXPECT_THROW(stranger->refund(refund_of(4'000), true, {}), NotNow);
    EXPECT_FALSE(carry_out(*stranger, confirmation, true, {}).tell);
    EXPECT_TRUE(std::holds_alternative<Captured>(toss->confirm(confirmation))) << "nothing was done meanwhile";
}

}  // namespace
}  // namespace jangteo::consumers::payments
