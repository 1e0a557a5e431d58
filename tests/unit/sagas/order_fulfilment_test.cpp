// The order process from the payment on. What comes before it, the simulation tells in ten thousand histories.
#include "sagas/order_fulfilment.hpp"

#include "events/codec.hpp"

#include <gtest/gtest.h>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace jangteo::sagas {
namespace {

using namespace std::chrono_literals;
using namespace events;
using orders::OrderStanding;

static_assert(IsSaga<OrderFulfilment>);

template <class Id>
Id id(std::string_view name)
{
    return Id{uuid_v5(url_namespace, name)};
}

const auto order = id<OrderId>("order");
const auto buyer = id<UserId>("buyer");
const auto potter = id<SellerId>("potter");
const auto mug = id<ProductId>("mug");
const auto shipment = id<ShipmentId>("shipment");
const Timestamp noon = parse_iso8601("2026-01-18T12:00:00Z").value();

const orders::OrderPlaced placed{order, "ORD-20260118-000A", buyer, {{mug, 2, {}}}, {}, {}};
const inventory::StockHeld held{mug, order, 2, "Mug", {9'900}, potter, 5, 2, false};
const orders::OrderAccepted accepted{order, "ORD-20260118-000A", buyer, {}, {19'800}, {3'000}, {}, {22'800}, noon};
const payments::PaymentCompleted paid{
    order, id<PaymentId>("payment"), buyer, payments::Method::card, payments::Provider::toss, {22'800}, "key", noon,
    {}};
const orders::OrderConfirmed confirmed{order, buyer, paid.payment_id};
const orders::PartShipped shipped{order, buyer, potter, shipment, "CJ", "6123", {{mug, 2}}, OrderStanding::shipped};
const shipping::ShipmentDelivered arrived{shipment, order, buyer, potter, {}, {}, noon - 48h};
const orders::PartDelivered delivered{order, buyer, potter, shipment, OrderStanding::delivered};

orders::PurchaseConfirmed kept(std::int64_t reward_base)
{
    return {order, buyer, orders::ConfirmationCause::buyer, {reward_base}, {{potter, {19'800}}}};
}
orders::ClaimRequested claimed(std::string_view name)
{
    return {order, id<ClaimId>(name), buyer, potter, orders::ClaimKind::refund, {{mug, 1}}, "깨졌어요", {}, {}};
}
orders::ClaimEnded claim_ended(std::string_view name, orders::ClaimOutcome outcome, bool nothing_left = false)
{
    orders::ClaimEnded event{.order_id = order, .claim_id = id<ClaimId>(name), .user_id = buyer, .seller_id = potter};
    event.outcome = outcome;
    event.nothing_left = nothing_left;
    return event;
}
/// A week later.
events::sagas::TimerFired fired(std::string_view name, std::string_view token = "")
{
    return {"order_fulfilment", order.value, std::string(name), std::string(token), noon};
}
Refused refused(std::string_view command)
{
    return {std::string(command), order.text(), {"COMMON_409", {}}};
}

/// What follows from the last of these, which all happen at noon; timers fire a week later.
Outputs after(std::initializer_list<OrderFulfilment::Input> inputs, const OrderFulfilment& saga = {})
{
    OrderFulfilment::State state;
    Outputs out;
    for (const auto& input : inputs) {
        const bool timer = std::holds_alternative<events::sagas::TimerFired>(input);
        const Meta meta{order.value, timer ? noon + std::chrono::days{7} : noon};
        std::visit(
            [&](const auto& what) {
                OrderFulfilment::evolve(state, what, meta);
                out = saga.react(state, what, meta);
            },
            input);
    }
    return out;
}

template <class Command>
Command only_command(const Outputs& out)
{
    EXPECT_TRUE(out.timers.empty());
    EXPECT_EQ(out.commands.size(), 1U);
    Command command;
    if (out.commands.size() != 1) return command;
    EXPECT_EQ(out.commands[0].type, Command::type);
    EXPECT_FALSE(out.commands[0].settles);
    if (out.commands[0].type == Command::type) from_json(out.commands[0].value, command);
    return command;
}

void expect_nothing(const Outputs& out)
{
    EXPECT_TRUE(out.commands.empty());
    EXPECT_TRUE(out.timers.empty());
}

TEST(OrderFulfilment, opens_a_shipment_for_each_part_that_leaves)
{
    const auto out = after({placed, held, accepted, paid, confirmed, shipped});
    const auto open = only_command<shipping::OpenShipment>(out);
    EXPECT_EQ(open, (shipping::OpenShipment{shipment, order, buyer, potter, "CJ", "6123", {{mug, 2}}}));
    EXPECT_EQ(out.commands[0].subject, shipment.text());
}

TEST(OrderFulfilment, tells_the_order_what_its_carrier_has_delivered)
{
    const auto out = after({placed, held, accepted, paid, confirmed, shipped, arrived});
    EXPECT_EQ(only_command<orders::DeliverPart>(out), (orders::DeliverPart{order, shipment}));
}

TEST(OrderFulfilment, gives_the_buyer_seven_days_from_when_the_last_part_is_known_to_be_there)
{
    const auto out = after({placed, held, accepted, paid, confirmed, shipped, arrived, delivered});
    EXPECT_TRUE(out.commands.empty());
    ASSERT_EQ(out.timers.size(), 1U);
    EXPECT_EQ(out.timers[0].name, "confirm_due");
    EXPECT_EQ(out.timers[0].due_at, noon + std::chrono::days{7});
    OrderFulfilment hasty;
    hasty.confirm_after = 2s;
    EXPECT_EQ(after({placed, accepted, delivered}, hasty).timers.at(0).due_at, noon + 2s);
}

TEST(OrderFulfilment, waits_for_the_other_parts)
{
    auto one_of_two = delivered;
    for (const auto standing : {OrderStanding::processing, OrderStanding::shipped}) {
        one_of_two.order_status = standing;
        expect_nothing(after({placed, held, accepted, paid, confirmed, shipped, arrived, one_of_two}));
    }
}

TEST(OrderFulfilment, confirms_the_purchase_when_the_days_are_over)
{
    const auto out =
        after({placed, held, accepted, paid, confirmed, shipped, arrived, delivered, fired("confirm_due")});
    EXPECT_EQ(only_command<orders::ConfirmPurchase>(out),
              (orders::ConfirmPurchase{order, orders::ConfirmationCause::time}));
}

TEST(OrderFulfilment, does_nothing_when_the_days_are_over_and_the_buyer_was_quicker)
{
    expect_nothing(
        after({placed, held, accepted, paid, confirmed, shipped, arrived, delivered, kept(100), fired("confirm_due")}));
    // The two may also meet at the order, which takes the buyer's word.
    expect_nothing(after({placed, held, accepted, paid, confirmed, shipped, arrived, delivered, fired("confirm_due"),
                          kept(100), refused(orders::ConfirmPurchase::type)}));
}

TEST(OrderFulfilment, timers_of_another_phase_mean_nothing)
{
    expect_nothing(after({placed, held, accepted, fired("confirm_due")}));
    expect_nothing(after({placed, held, accepted, paid, confirmed, shipped, fired("confirm_due")}));
    expect_nothing(after({placed, held, accepted, paid, confirmed, shipped, arrived, delivered, fired("payment_due")}));
}

TEST(OrderFulfilment, nobody_confirms_while_something_is_claimed)
{
    using enum orders::ClaimOutcome;
    expect_nothing(after(
        {placed, held, accepted, paid, confirmed, shipped, arrived, delivered, claimed("a"), fired("confirm_due")}));
    expect_nothing(after({placed, held, accepted, paid, confirmed, shipped, arrived, delivered, claimed("a"),
                          claimed("b"), claim_ended("a", dropped)}));
    for (const auto outcome : {dropped, returned, exchanged}) {
        const auto out = after({placed, held, accepted, paid, confirmed, shipped, arrived, delivered, claimed("a"),
                                claim_ended("a", outcome)});
        EXPECT_TRUE(out.commands.empty());
        ASSERT_EQ(out.timers.size(), 1U);
        EXPECT_EQ(out.timers[0].name, "confirm_due");
        EXPECT_EQ(out.timers[0].due_at, noon + std::chrono::days{7}) << "the days go on, or begin anew";
        const auto kept_then = after({placed, held, accepted, paid, confirmed, shipped, arrived, delivered,
                                      claimed("a"), claim_ended("a", outcome), fired("confirm_due")});
        EXPECT_EQ(only_command<orders::ConfirmPurchase>(kept_then).cause, orders::ConfirmationCause::time);
    }
}

TEST(OrderFulfilment, an_order_of_which_nothing_is_left_is_not_confirmed)
{
    const auto back = claim_ended("a", orders::ClaimOutcome::returned, true);
    expect_nothing(after({placed, held, accepted, paid, confirmed, shipped, arrived, delivered, claimed("a"), back}));
    expect_nothing(after({placed, held, accepted, paid, confirmed, shipped, arrived, delivered, claimed("a"), back,
                          fired("confirm_due")}));
}

TEST(OrderFulfilment, a_timer_of_days_that_have_begun_anew_means_nothing)
{
    OrderFulfilment::State state;
    const OrderFulfilment saga;
    const auto take = [&](const auto& what, Timestamp time) {
        const Meta meta{order.value, time};
        OrderFulfilment::evolve(state, what, meta);
        return saga.react(state, what, meta);
    };
    static_cast<void>(take(delivered, noon));
    static_cast<void>(take(claimed("a"), noon));
    const auto out = take(claim_ended("a", orders::ClaimOutcome::exchanged), noon + 48h);
    EXPECT_EQ(out.timers.at(0).due_at, noon + 48h + std::chrono::days{7});
    expect_nothing(take(fired("confirm_due"), noon + std::chrono::days{7}));
    EXPECT_EQ(take(fired("confirm_due"), noon + 48h + std::chrono::days{7}).commands.size(), 1U);
}

TEST(OrderFulfilment, rewards_a_purchase_with_two_in_a_hundred_rounded_down)
{
    const auto reward = [](std::int64_t base) {
        return only_command<points::EarnPoints>(after({placed, held, accepted, paid, confirmed, kept(base)}));
    };
    const auto earn = reward(19'849);
    EXPECT_EQ(earn.user_id, buyer);
    EXPECT_EQ(earn.amount.value, 396);  // 396.98
    EXPECT_EQ(earn.source, points::PointSource::purchase);
    EXPECT_EQ(earn.reference, order.text()) << "one reward per source and reference";
    EXPECT_EQ(earn.order_id, order);
    EXPECT_EQ(earn.expires_at, std::nullopt);
    EXPECT_EQ(reward(50).amount.value, 1);
}

TEST(OrderFulfilment, a_reward_of_nothing_is_none)
{
    expect_nothing(after({placed, held, accepted, paid, confirmed, kept(0)}));
    expect_nothing(after({placed, held, accepted, paid, confirmed, kept(49)}));
}

TEST(OrderFulfilment, what_was_refused_because_it_is_done_changes_nothing)
{
    for (const auto command : {shipping::OpenShipment::type, orders::DeliverPart::type, points::EarnPoints::type}) {
        expect_nothing(after({placed, held, accepted, paid, confirmed, shipped, refused(command)}));
    }
}

// ---- An operator ----------------------------------------------------------------------------------------------------

events::sagas::InstancePushed pushed(events::sagas::Push push)
{
    return {"order_fulfilment", order.value, push, {}, "operator:kim", "it stands still"};
}
const auto compensated = pushed(events::sagas::Push::compensate);

/// Two products and points, of which only one product has answered.
orders::OrderPlaced of_two()
{
    auto two = placed;
    two.lines.push_back({id<ProductId>("cup"), 1, {}});
    two.points_to_use = {100};
    return two;
}

TEST(OrderFulfilment, gives_back_what_was_asked_for_when_an_operator_gives_the_order_up)
{
    const auto out = after({of_two(), held, compensated});
    std::map<std::string, int> sent;
    for (const auto& command : out.commands) ++sent[command.type];
    EXPECT_EQ(sent[std::string(inventory::ReleaseStock::type)], 2) << "also what has not answered";
    EXPECT_EQ(sent[std::string(points::RestorePoints::type)], 1);
    ASSERT_EQ(out.commands.size(), 4U);
    EXPECT_EQ(out.commands.back().type, orders::RefuseOrder::type);
    EXPECT_TRUE(out.commands.back().settles) << "the buyer hears of it";
    // Answers that come late find nothing to do.
    const points::PointsSpent spent{buyer, {}, order, {100}, {}, "주문 사용", {0}};
    auto cup = held;
    cup.product_id = id<ProductId>("cup");
    expect_nothing(after({of_two(), held, compensated, cup}));
    expect_nothing(after({of_two(), held, compensated, cup, spent}));
    expect_nothing(after({of_two(), held, compensated, cup, refused(points::SpendPoints::type)}));
}

TEST(OrderFulfilment, cancels_an_order_that_an_operator_gives_up_later)
{
    const orders::CancelOrder cancel{order, "it stands still", orders::CancelCause::admin};
    // Its acceptance is on its way, and is decided first.
    EXPECT_EQ(only_command<orders::CancelOrder>(after({placed, held, compensated})), cancel);
    EXPECT_EQ(only_command<orders::CancelOrder>(after({placed, held, accepted, compensated})), cancel);
    EXPECT_EQ(only_command<orders::CancelOrder>(after({placed, held, accepted, paid, confirmed, compensated})), cancel);
}

TEST(OrderFulfilment, has_nothing_to_undo_at_its_end)
{
    const orders::OrderRefused no{order, buyer, "PROD_002", {}};
    expect_nothing(after({placed, refused(inventory::HoldStock::type), compensated}));
    expect_nothing(after({placed, refused(inventory::HoldStock::type), no, compensated}));
    expect_nothing(
        after({placed, held, accepted, paid, confirmed, shipped, arrived, delivered, kept(100), compensated}));
    for (const auto push : {events::sagas::Push::retry, events::sagas::Push::skip}) {
        expect_nothing(after({placed, held, accepted, pushed(push)}));
    }
}

TEST(OrderFulfilment, cannot_do_without_the_answers_that_decide_it)
{
    const OrderFulfilment::State state;
    EXPECT_FALSE(OrderFulfilment::may_skip(state, inventory::HoldStock::type));
    EXPECT_FALSE(OrderFulfilment::may_skip(state, orders::ConfirmOrder::type));
    EXPECT_TRUE(OrderFulfilment::may_skip(state, points::EarnPoints::type));
    EXPECT_TRUE(OrderFulfilment::may_skip(state, inventory::ReleaseStock::type));
}

// --- Virtual accounts: payment is due when the account is (DOA-ORD-13) ---

const payments::VirtualAccountIssued issued{order, paid.payment_id, buyer,      payments::Provider::toss,
                                            "key", {22'800},        {"20", ""}, noon + 24h};

TEST(OrderFulfilment, waits_for_a_deposit_as_long_as_its_account_does)
{
    const auto out = after({placed, held, accepted, issued});
    ASSERT_EQ(out.timers.size(), 1U);
    EXPECT_EQ(out.timers[0].due_at, noon + 24h);
    expect_nothing(after({placed, held, accepted, issued, fired("payment_due", "accepted")}));
    const auto over = after({placed, held, accepted, issued, fired("payment_due", out.timers[0].token)});
    EXPECT_EQ(only_command<orders::CancelOrder>(over).cause, orders::CancelCause::unpaid);
    expect_nothing(after({placed, held, accepted, issued, paid, fired("payment_due", out.timers[0].token)}));
}

TEST(OrderFulfilment, hears_of_an_account_before_the_acceptance)
{
    const auto out = after({placed, held, issued, accepted});
    ASSERT_EQ(out.timers.size(), 1U);
    EXPECT_EQ(out.timers[0].due_at, noon + 24h) << "also when its first reminder came too early";
    const auto over = after({placed, held, issued, accepted, fired("payment_due", out.timers[0].token)});
    EXPECT_EQ(only_command<orders::CancelOrder>(over).cause, orders::CancelCause::unpaid);
    const payments::PaymentCancelled end{order, paid.payment_id, ""};
    const auto given_up = after({placed, held, issued, end, accepted});
    ASSERT_EQ(given_up.timers.size(), 1U);
    const auto late = after({placed, held, issued, end, accepted, fired("payment_due", given_up.timers[0].token)});
    EXPECT_EQ(only_command<orders::CancelOrder>(late).cause, orders::CancelCause::unpaid);
}

TEST(OrderFulfilment, gives_whoever_gave_up_a_deposit_the_usual_time)
{
    const payments::PaymentCancelled end{order, paid.payment_id, ""};
    const auto out = after({placed, held, accepted, issued, end});
    ASSERT_EQ(out.timers.size(), 1U);
    EXPECT_EQ(out.timers[0].due_at, noon + 30min);
    const auto over = after({placed, held, accepted, issued, end, fired("payment_due", out.timers[0].token)});
    EXPECT_EQ(only_command<orders::CancelOrder>(over).cause, orders::CancelCause::unpaid);
    // Another payment's end is none of this.
    expect_nothing(after({placed, held, accepted, end}));
}

TEST(OrderFulfilment, waits_no_longer_for_an_account_that_is_over)
{
    const payments::PaymentFailed end{order, paid.payment_id, "EXPIRED", ""};
    auto at_once = issued;
    at_once.due_at = noon - 1s;
    for (const auto& [account, due] : {std::pair(issued, noon + 30min), std::pair(at_once, at_once.due_at)}) {
        const auto out = after({placed, held, accepted, account, end});
        ASSERT_EQ(out.timers.size(), 1U);
        EXPECT_EQ(out.timers[0].due_at, due);
        const auto over = after({placed, held, accepted, account, end, fired("payment_due", out.timers[0].token)});
        EXPECT_EQ(only_command<orders::CancelOrder>(over).cause, orders::CancelCause::unpaid);
    }
    expect_nothing(after({placed, held, accepted, end}));
}

}  // namespace
}  // namespace jangteo::sagas
