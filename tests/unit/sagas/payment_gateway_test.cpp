// Which questions the gateways are asked, and in which order.
#include "sagas/payment_gateway.hpp"

#include "events/codec.hpp"

#include <gtest/gtest.h>
#include <string_view>
#include <vector>

namespace jangteo::sagas {
namespace {

using namespace std::chrono_literals;
using namespace events;
using namespace events::payments;

static_assert(IsSaga<PaymentGateway>);

template <class Id>
Id id(std::string_view name)
{
    return Id{uuid_v5(url_namespace, name)};
}

const auto order = id<OrderId>("order");
const auto buyer = id<UserId>("buyer");
const auto payment = id<PaymentId>("payment");
const auto first = id<RefundId>("first");
const auto second = id<RefundId>("second");
const auto third = id<RefundId>("third");
const Timestamp noon = parse_iso8601("2026-01-18T12:00:00Z").value();

PaymentCompleted paid(Provider provider)
{
    return {order, payment, buyer, Method::bank_transfer, provider, {10'000}, "key", noon, {}};
}
RefundRequested ask(const RefundId& refund, std::int64_t amount, Provider provider = Provider::inicis)
{
    return {order, payment, refund, provider, "key", {amount}, "흠집", RefundCause::requested};
}
PaymentRefunded back(const RefundId& refund, std::int64_t amount, std::int64_t remaining)
{
    return {order, payment, refund, {amount}, {10'000 - remaining}, {remaining}, "R", RefundCause::requested};
}

class Gateways : public ::testing::Test {
protected:
    void hear(const PaymentGateway::Input& input)
    {
        std::visit(
            [&](const auto& what) {
                PaymentGateway::evolve(state_, what, meta_);
                out = PaymentGateway{}.react(state_, what, meta_);
            },
            input);
    }
    /// The one refund that is asked for now.
    RefundAtGateway refund() const
    {
        EXPECT_EQ(out.tasks.size(), 1U);
        RefundAtGateway task;
        if (!out.tasks.empty()) from_json(out.tasks[0].value, task);
        return task;
    }

    Outputs out;

private:
    const Meta meta_{order.value, noon};
    PaymentGateway::State state_;
};

TEST_F(Gateways, inicis_is_asked_for_one_refund_after_the_other_and_told_what_will_be_left)
{
    hear(paid(Provider::inicis));
    hear(ask(first, 2'000));
    EXPECT_EQ(
        refund(),
        (RefundAtGateway{
            order, payment, first, Provider::inicis, "key", {2'000}, "흠집", 0, Method::bank_transfer, Won{8'000}}));
    EXPECT_EQ(out.tasks[0].target, "payments.inicis");
    hear(ask(second, 3'000));
    EXPECT_TRUE(out.tasks.empty());
    hear(ask(third, 5'000));
    EXPECT_TRUE(out.tasks.empty());
    hear(back(first, 2'000, 8'000));
    EXPECT_EQ(refund().refund_id, second);
    EXPECT_EQ(refund().left_after, Won{5'000});
    hear(back(second, 3'000, 5'000));
    EXPECT_EQ(refund().refund_id, third);
    EXPECT_EQ(refund().left_after, Won{0});
    hear(back(third, 5'000, 0));
    EXPECT_TRUE(out.tasks.empty());
}

TEST_F(Gateways, what_was_refused_is_still_there_for_the_next)
{
    hear(paid(Provider::inicis));
    hear(ask(first, 2'000));
    hear(PaymentsClosed{order, "unpaid", {{payment, second, {8'000}}}, {}});
    EXPECT_TRUE(out.tasks.empty()) << "the first has no answer yet";
    hear(RefundFailed{order, payment, first, {2'000}, "NO", ""});
    EXPECT_EQ(refund().refund_id, second);
    EXPECT_EQ(refund().left_after, Won{2'000});
    EXPECT_EQ(refund().method, Method::bank_transfer);
}

TEST_F(Gateways, toss_knows_refunds_by_their_ids_and_is_asked_at_once)
{
    hear(paid(Provider::toss));
    for (const auto& refund_id : {first, second}) {
        hear(ask(refund_id, 2'000, Provider::toss));
        EXPECT_EQ(refund().refund_id, refund_id);
        EXPECT_FALSE(refund().left_after);
        EXPECT_TRUE(out.tasks[0].settles);
    }
}

TEST_F(Gateways, an_answer_goes_only_to_whoever_waits_for_it)
{
    hear(paid(Provider::inicis));
    hear(ask(first, 2'000));
    EXPECT_TRUE(out.tasks[0].settles);
    hear(ask(second, 3'000));
    hear(ask(third, 5'000));
    hear(back(first, 2'000, 8'000));
    EXPECT_FALSE(out.tasks.at(0).settles) << "the last caller waits for another one";
    hear(back(second, 3'000, 5'000));
    EXPECT_TRUE(out.tasks.at(0).settles);
}

TEST_F(Gateways, a_question_without_an_answer_is_put_again_as_it_was)
{
    hear(paid(Provider::inicis));
    hear(ask(first, 2'000));
    const auto asked = refund();
    hear(ask(second, 3'000));
    hear(events::sagas::TimerFired{"payment_gateway", order.value, "no_answer", first.text(), noon});
    auto again = asked;
    again.asked = 1;
    EXPECT_EQ(refund(), again);
    ASSERT_EQ(out.timers.size(), 1U);
    EXPECT_EQ(out.timers[0].due_at, noon + 2min);
}

TEST_F(Gateways, an_unwanted_capture_leaves_nothing_behind)
{
    hear(UnwantedCapture{order, payment, Provider::inicis, "other", {10'000}, Unwanted::given_up, first, Method::card});
    EXPECT_EQ(refund().left_after, Won{0});
    EXPECT_EQ(refund().method, Method::card);
}

// --- Virtual accounts ---

const SealedAccount account{"20", "v1.key.sealed"};
const VirtualAccountIssued issued{order, payment, buyer, Provider::toss, "key", {10'000}, account, noon + 24h};
const PaymentCompleted deposited{order, payment, buyer, Method::virtual_account, Provider::toss, {10'000},
                                 "key", noon,    {}};

TEST_F(Gateways, are_asked_for_a_deposit_until_it_is_there)
{
    hear(issued);
    ASSERT_EQ(out.timers.size(), 1U);
    const events::sagas::TimerFired fired{"payment_gateway", order.value, out.timers[0].name, out.timers[0].token,
                                          noon};
    hear(fired);
    ASSERT_EQ(out.tasks.size(), 1U);
    EXPECT_EQ(out.tasks[0].type, LookAtGateway::type);
    EXPECT_EQ(out.timers.size(), 1U);
    hear(deposited);
    hear(fired);
    EXPECT_TRUE(out.tasks.empty());
    EXPECT_TRUE(out.timers.empty());
}

TEST_F(Gateways, close_an_account_whose_order_or_payment_was_given_up)
{
    hear(issued);
    hear(PaymentsClosed{order, "결제 시간 초과", {}, {payment}});
    ASSERT_EQ(out.tasks.size(), 1U);
    CloseAtGateway close;
    from_json(out.tasks[0].value, close);
    EXPECT_EQ(close, (CloseAtGateway{order, payment, Provider::toss, "key", "결제 시간 초과", 0}));
    hear(events::sagas::TimerFired{"payment_gateway", order.value, "no_answer", payment.text(), noon});
    ASSERT_EQ(out.tasks.size(), 1U) << "until it has its answer";
    hear(VirtualAccountClosed{order, payment});
    hear(events::sagas::TimerFired{"payment_gateway", order.value, "no_answer", payment.text(), noon});
    EXPECT_TRUE(out.tasks.empty());
}

TEST_F(Gateways, close_what_was_opened_too_late_and_leave_alone_what_was_never_opened)
{
    hear(PaymentCancelled{order, payment, "another way"});
    EXPECT_TRUE(out.tasks.empty());
    hear(UnwantedAccount{order, payment, Provider::toss, "key", Unwanted::given_up});
    ASSERT_EQ(out.tasks.size(), 1U);
    EXPECT_EQ(out.tasks[0].type, CloseAtGateway::type);
}

TEST_F(Gateways, money_of_a_virtual_account_waits_for_an_account_to_go_to)
{
    hear(issued);
    hear(deposited);
    hear(PaymentsClosed{order, "마음이 바뀜", {{payment, first, {10'000}}}, {}});
    EXPECT_TRUE(out.tasks.empty());
    EXPECT_TRUE(out.timers.empty());
    hear(RefundAccountNamed{order, payment, account});
    EXPECT_EQ(refund().refund_id, first);
    EXPECT_EQ(refund().account, account);
    hear(RefundAccountNamed{order, payment, account});
    EXPECT_TRUE(out.tasks.empty()) << "it is under way";
}

TEST_F(Gateways, a_late_deposit_goes_back_to_the_account_that_was_named)
{
    hear(RefundAccountNamed{order, payment, account});
    hear(UnwantedCapture{
        order, payment, Provider::toss, "key", {10'000}, Unwanted::order_closed, first, Method::virtual_account});
    EXPECT_EQ(refund().account, account);
}

// --- An operator ---

events::sagas::InstancePushed pushed(events::sagas::Push push, std::optional<Uuid> step = {})
{
    return {"payment_gateway", order.value, push, step, "operator:kim", "it stands still"};
}

TEST_F(Gateways, a_deposit_without_an_account_to_go_to_is_not_asked_for_by_a_push_either)
{
    hear(issued);
    hear(deposited);
    hear(PaymentsClosed{order, "마음이 바뀜", {{payment, first, {10'000}}}, {}});
    hear(pushed(events::sagas::Push::retry));
    EXPECT_TRUE(out.tasks.empty());
    hear(RefundAccountNamed{order, payment, account});
    hear(pushed(events::sagas::Push::retry));
    EXPECT_EQ(refund().account, account);
    EXPECT_EQ(refund().asked, 1) << "the gateway may have given it back";
}

TEST_F(Gateways, a_push_asks_for_a_deposit_and_for_a_closing)
{
    hear(issued);
    hear(pushed(events::sagas::Push::retry));
    ASSERT_EQ(out.tasks.size(), 1U);
    EXPECT_EQ(out.tasks[0].type, LookAtGateway::type);
    hear(PaymentCancelled{order, payment, "another way"});
    hear(pushed(events::sagas::Push::retry, payment.value));
    ASSERT_EQ(out.tasks.size(), 1U);
    EXPECT_EQ(out.tasks[0].type, CloseAtGateway::type);
    hear(pushed(events::sagas::Push::skip, payment.value));
    hear(pushed(events::sagas::Push::retry));
    EXPECT_TRUE(out.tasks.empty());
}

TEST_F(Gateways, a_push_asks_for_the_refund_whose_turn_it_is_and_skips_to_the_next)
{
    hear(paid(Provider::inicis));
    hear(ask(first, 1'000));
    hear(ask(second, 2'000));
    hear(pushed(events::sagas::Push::retry));
    EXPECT_EQ(refund().refund_id, first);
    EXPECT_EQ(refund().asked, 1);
    hear(pushed(events::sagas::Push::skip, first.value));
    EXPECT_EQ(refund().refund_id, second);
    hear(back(first, 1'000, 9'000));
    EXPECT_TRUE(out.tasks.empty()) << "its answer is still taken";
}

}  // namespace
}  // namespace jangteo::sagas
