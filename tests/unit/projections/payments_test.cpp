#include "projections/payments.hpp"

#include "projections/list.hpp"
#include "tests/unit/projections/log.hpp"

namespace jangteo::projections::payments {
namespace {

const auto order_id = id<events::OrderId>("order");
const auto buyer = id<events::UserId>("buyer");
const auto card = id<events::PaymentId>("card");
const auto other_card = id<events::PaymentId>("other card");
const auto back = id<events::RefundId>("back");

const PaymentPrepared prepared{order_id, card, buyer, Method::card, Provider::toss, {29'800}, {}};
const PaymentCompleted completed{order_id, card, buyer, Method::card,     Provider::toss,
                                 {29'800}, "k1", noon,  "https://receipt"};

PaymentRefunded refunded(std::int64_t amount, std::int64_t in_all, RefundCause cause = RefundCause::requested)
{
    return {order_id, card, back, {amount}, {in_all}, {29'800 - in_all}, "r", cause};
}

Payment folded(const Log& log)
{
    MemoryStore store;
    fold(model(), store, log.records);
    const auto payments = rows<Payment>(store);
    EXPECT_EQ(payments.size(), 1U);
    return payments.at(0);
}

TEST(PaymentsProjection, what_the_gateway_has_not_decided_is_pending)
{
    const auto payment =
        folded(Log("payments")
                   .happened(prepared, ConfirmationRequested{order_id, card, Provider::toss, "k1", {29'800}},
                             PaymentUnknown{order_id, card, Provider::toss, "confirm"}));
    EXPECT_EQ(payment.status, Status::pending);
    EXPECT_EQ(payment.trouble, "NO_ANSWER");
    EXPECT_EQ(payment.positions.size(), 3U);
}

TEST(PaymentsProjection, a_part_that_went_back_leaves_it_completed_and_all_of_it_does_not)
{
    const auto part = folded(Log("payments").happened(prepared, completed, refunded(10'000, 10'000)));
    EXPECT_EQ(part.status, Status::completed);
    EXPECT_EQ(part.refunded_amount.value, 10'000);
    EXPECT_EQ(part.receipt_url, "https://receipt");
    const auto all =
        folded(Log("payments").happened(prepared, completed, refunded(10'000, 10'000), refunded(19'800, 29'800)));
    EXPECT_EQ(all.status, Status::refunded);
}

TEST(PaymentsProjection, an_unwanted_capture_is_counted_apart)
{
    const auto payment = folded(
        Log("payments")
            .happened(prepared, completed,
                      UnwantedCapture{order_id, card, Provider::toss, "k2", {29'800}, Unwanted::paid_already, back},
                      refunded(29'800, 29'800, RefundCause::unwanted_capture)));
    EXPECT_EQ(payment.status, Status::completed);
    EXPECT_EQ(payment.refunded_amount.value, 0);
    EXPECT_EQ(payment.unwanted_amount.value, 29'800);
    EXPECT_EQ(payment.unwanted_refunded_amount.value, 29'800);
}

TEST(PaymentsProjection, a_payment_that_another_supersedes_is_cancelled)
{
    MemoryStore store;
    fold(model(), store,
         Log("payments")
             .happened(prepared,
                       PaymentPrepared{order_id, other_card, buyer, Method::card, Provider::inicis, {29'800}, card},
                       PaymentsClosed{order_id, "unpaid", {}, {other_card}})
             .records);
    for (const auto& payment : rows<Payment>(store)) EXPECT_EQ(payment.status, Status::cancelled);
}

TEST(PaymentsProjection, points_that_pay_in_full_complete_it_at_once)
{
    const auto payment = folded(
        Log("payments")
            .happened(PaymentCompleted{order_id, card, buyer, Method::point, Provider::none, {0}, "", noon, {}}));
    EXPECT_EQ(payment.status, Status::completed);
    EXPECT_EQ(payment.approved_at, noon);
}

}  // namespace
}  // namespace jangteo::projections::payments
