// The claims of one order: what comes back, and what goes back for it.
#include "sagas/claim_process.hpp"

#include "events/codec.hpp"

#include <gtest/gtest.h>
#include <initializer_list>
#include <string_view>

namespace jangteo::sagas {
namespace {

using namespace events;
using orders::ClaimKind;
using orders::ClaimOutcome;

static_assert(IsSaga<ClaimProcess>);

template <class Id>
Id id(std::string_view name)
{
    return Id{uuid_v5(url_namespace, name)};
}

const auto order = id<OrderId>("order");
const auto buyer = id<UserId>("buyer");
const auto potter = id<SellerId>("potter");
const auto mug = id<ProductId>("mug");
const auto tea = id<ProductId>("tea");
const auto payment = id<PaymentId>("payment");
const auto claim = id<ClaimId>("claim");
const auto other = id<ClaimId>("other");
const Timestamp noon = parse_iso8601("2026-01-18T12:00:00Z").value();
const OrderId in_its_name{claim.value};
const RefundId refund{uuid_v5(claim.value, "refund")};

orders::ClaimRequested requested(ClaimKind kind = ClaimKind::refund, const ClaimId& claim_id = claim)
{
    return {order, claim_id, buyer, potter, kind, {{mug, 2}, {tea, 1}}, "깨졌어요", {"https://a.kr/1.jpg"}, {}};
}
claims::GoodsReceived received(const ClaimId& claim_id = claim)
{
    return {claim_id, order, claims::ClaimKind::refund, {{mug, 1, 1}, {tea, 0, 1}}, true};
}
orders::ClaimEnded ended(std::int64_t money, std::int64_t points, const ClaimId& claim_id = claim)
{
    orders::ClaimEnded event{.order_id = order, .claim_id = claim_id, .user_id = buyer, .seller_id = potter};
    event.outcome = ClaimOutcome::returned;
    event.refund_amount = {money};
    event.points_back = {points};
    event.payment_id = payment;
    return event;
}
points::PointsRestored points_back(const ClaimId& claim_id = claim)
{
    points::PointsRestored event{.user_id = buyer, .order_id = order};
    event.claim_id = claim_id;
    return event;
}
payments::PaymentRefunded money_back(const RefundId& refund_id = refund)
{
    return {order, payment, refund_id, {19'500}, {19'500}, {0}, "key", payments::RefundCause::claim};
}
const payments::RefundFailed money_refused{order,           payment, refund, {19'500}, "NOT_CANCELABLE_PAYMENT",
                                           "취소할 수 없음"};
const claims::ClaimRefunded done{claim, order, {19'500}, {500}, {0}};
const claims::ClaimHalted halted{claim, order, "NOT_CANCELABLE_PAYMENT", "취소할 수 없음"};
const claims::ClaimResumed resumed{claim, order};
const claims::ReplacementReady ready{claim, order};
const claims::GoodsReshipped reshipped{claim, order, "CJ", "2"};
const claims::ExchangeGivenUp given_up{claim, order, "PROD_002", true};
inventory::StockHeld held(const ProductId& product, const OrderId& owner = in_its_name)
{
    return {product, owner, 1, "Mug", {9'900}, potter, 5, 2, false};
}
Refused refused(std::string_view command, const ProductId& product = mug, const char* detail = "available")
{
    return {std::string(command), product.text(), {"PROD_002", {{detail, 0}}}};
}

struct After {
    Outputs out;
    std::string phase;
};
After after(std::initializer_list<ClaimProcess::Input> inputs)
{
    const ClaimProcess saga;
    ClaimProcess::State state;
    After last;
    for (const auto& input : inputs) {
        std::visit(
            [&](const auto& what) {
                const Meta meta{order.value, noon};
                ClaimProcess::evolve(state, what, meta);
                last.out = saga.react(state, what, meta);
            },
            input);
    }
    last.phase = ClaimProcess::phase(state);
    return last;
}
Outputs what_follows(std::initializer_list<ClaimProcess::Input> inputs)
{
    return after(inputs).out;
}

/// These commands, in this order, and nothing else.
template <class... Commands>
void expect_commands(const Outputs& out, const Commands&... expected)
{
    EXPECT_TRUE(out.timers.empty());
    EXPECT_TRUE(out.tasks.empty());
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& command : out.commands) found.emplace_back(command.type, command.value);
    EXPECT_EQ(found, (std::vector<std::pair<std::string, std::string>>{
                         std::pair{std::string(Commands::type), to_json(expected)}...}));
}

const orders::EndClaim end_returned{order, claim, ClaimOutcome::returned, true};
const points::RestorePoints restore{buyer, order, "반품 환급", Points{500}, claim};
const payments::RequestRefund request_refund{order,       payment,     refund,
                                             Won{19'500}, "반품 환불", payments::RefundCause::claim};
const claims::CompleteReturn complete{claim, {19'500}, {500}, {0}};

// ---- Happy path -----------------------------------------------------------------------------------------------------

TEST(ClaimProcess, opens_the_claim_and_lets_that_answer_the_buyer)
{
    const auto out = what_follows({requested()});
    expect_commands(out, claims::OpenClaim{claim,
                                           order,
                                           buyer,
                                           potter,
                                           claims::ClaimKind::refund,
                                           {{mug, 2}, {tea, 1}},
                                           "깨졌어요",
                                           {"https://a.kr/1.jpg"},
                                           {}});
    EXPECT_TRUE(out.commands.at(0).settles);
    EXPECT_EQ(after({requested()}).phase, "waiting");
}

TEST(ClaimProcess, what_can_be_sold_again_goes_to_the_shelf_and_what_is_damaged_does_not)
{
    expect_commands(what_follows({requested(), received()}), inventory::RestoreStock{mug, order, 1, "반품 입고"},
                    end_returned);
}

TEST(ClaimProcess, money_and_points_go_back_and_then_the_return_is_done)
{
    expect_commands(what_follows({requested(), received(), ended(19'500, 500)}), restore, request_refund);
    expect_commands(what_follows({requested(), received(), ended(19'500, 500), points_back()}));
    expect_commands(what_follows({requested(), received(), ended(19'500, 500), points_back(), money_back()}), complete);
    expect_commands(what_follows({requested(), received(), ended(19'500, 500), money_back(), points_back()}), complete);
    const auto end = after({requested(), received(), ended(19'500, 500), money_back(), points_back(), done});
    expect_commands(end.out);
    EXPECT_EQ(end.phase, "done");
}

TEST(ClaimProcess, what_is_not_due_is_not_asked_for)
{
    expect_commands(what_follows({requested(), received(), ended(0, 500)}), restore);
    expect_commands(what_follows({requested(), received(), ended(19'500, 0)}), request_refund);
    expect_commands(what_follows({requested(), received(), ended(0, 0)}), claims::CompleteReturn{claim, {0}, {0}, {0}});
}

TEST(ClaimProcess, a_replacement_is_held_in_the_name_of_the_claim_and_deducted_when_it_leaves)
{
    const auto exchange = requested(ClaimKind::exchange);
    const auto held_for = what_follows({exchange, received()});
    ASSERT_EQ(held_for.commands.size(), 3U) << "the shelf, and a hold for each product";
    EXPECT_EQ(held_for.commands[1].type, inventory::HoldStock::type);
    EXPECT_EQ(held_for.commands[2].type, inventory::HoldStock::type);
    expect_commands(what_follows({exchange, received(), held(mug)}));
    expect_commands(what_follows({exchange, received(), held(mug), held(tea)}), claims::ReadyReplacement{claim});
    const auto out = what_follows({exchange, received(), held(mug), held(tea), ready, reshipped});
    ASSERT_EQ(out.commands.size(), 3U);
    EXPECT_EQ(out.commands[0].type, inventory::DeductStock::type);
    EXPECT_NE(out.commands[0].value.find(claim.text()), std::string::npos);
    EXPECT_EQ(out.commands[2].value, to_json(orders::EndClaim{order, claim, ClaimOutcome::exchanged, true}));
    auto exchanged = ended(0, 0);
    exchanged.outcome = ClaimOutcome::exchanged;
    const auto end = after({exchange, received(), held(mug), held(tea), ready, reshipped, exchanged});
    expect_commands(end.out, claims::CloseClaim{claim});
    EXPECT_EQ(end.phase, "done");
}

TEST(ClaimProcess, settles_one_claim_after_the_other)
{
    const auto second = requested(ClaimKind::refund, other);
    expect_commands(what_follows({requested(), second, received(), received(other)}),
                    inventory::RestoreStock{mug, order, 1, "반품 입고"});
    const orders::EndClaim end_other{order, other, ClaimOutcome::returned, true};
    expect_commands(
        what_follows({requested(), second, received(), received(other), ended(0, 500), points_back(), done}),
        end_other);
    expect_commands(
        what_follows({requested(), second, received(), received(other), ended(19'500, 0), money_refused, halted}),
        end_other);
}

// ---- Compensation ---------------------------------------------------------------------------------------------------

TEST(ClaimProcess, a_claim_that_comes_to_nothing_leaves_the_order_as_it_was)
{
    const orders::EndClaim drop{order, claim, ClaimOutcome::dropped, false};
    expect_commands(what_follows({requested(), claims::ClaimRejected{claim, order, "사용"}}), drop);
    expect_commands(what_follows({requested(), claims::ClaimWithdrawn{claim, order}}), drop);
    auto dropped = ended(0, 0);
    dropped.outcome = ClaimOutcome::dropped;
    const auto end = after({requested(), claims::ClaimWithdrawn{claim, order}, dropped});
    expect_commands(end.out);
    EXPECT_EQ(end.phase, "done");
}

TEST(ClaimProcess, without_stock_for_it_an_exchange_becomes_a_return)
{
    const auto exchange = requested(ClaimKind::exchange);
    const auto no = refused(inventory::HoldStock::type);
    for (const auto& out :
         {what_follows({exchange, received(), no, held(tea)}), what_follows({exchange, received(), held(tea), no})}) {
        ASSERT_EQ(out.commands.size(), 3U);
        EXPECT_EQ(out.commands[0].type, inventory::ReleaseStock::type);
        EXPECT_EQ(out.commands[1].type, inventory::ReleaseStock::type);
        EXPECT_EQ(out.commands[2].value, to_json(claims::GiveUpExchange{claim, "PROD_002"}));
    }
    expect_commands(what_follows({exchange, received(), held(tea), no, given_up}), end_returned);
    expect_commands(what_follows({exchange, received(), held(tea), no, given_up, ended(19'500, 0), money_back()}),
                    claims::CompleteReturn{claim, {19'500}, {0}, {0}});
}

TEST(ClaimProcess, a_gateway_that_says_no_leaves_it_waiting_until_somebody_asks_again)
{
    const auto halt = claims::HaltClaim{claim, "NOT_CANCELABLE_PAYMENT", "취소할 수 없음"};
    expect_commands(what_follows({requested(), received(), ended(19'500, 500), points_back(), money_refused}), halt);
    EXPECT_EQ(after({requested(), received(), ended(19'500, 500), points_back(), money_refused, halted}).phase,
              "waiting");
    expect_commands(
        what_follows({requested(), received(), ended(19'500, 500), points_back(), money_refused, halted, resumed}),
        request_refund);
    // What the gateway has done all the same is done.
    expect_commands(
        what_follows({requested(), received(), ended(19'500, 500), points_back(), money_refused, halted, money_back()}),
        complete);
    expect_commands(what_follows({requested(), received(), ended(19'500, 500), points_back(), money_refused, halted,
                                  money_back(), resumed}),
                    complete);
}

TEST(ClaimProcess, a_refund_that_cannot_be_asked_for_leaves_it_waiting_too)
{
    const auto out = what_follows({requested(), received(), ended(19'500, 0), refused(payments::RequestRefund::type)});
    expect_commands(out, claims::HaltClaim{claim, "PROD_002", "환불할 수 없습니다"});
}

TEST(ClaimProcess, what_is_repeated_or_late_changes_nothing)
{
    expect_commands(what_follows(
        {requested(), received(), ended(19'500, 0), refused(payments::RequestRefund::type, mug, "reason")}));
    expect_commands(what_follows({requested(), received(), ended(19'500, 0), money_back(id<RefundId>("another"))}));
    expect_commands(what_follows({requested(), received(), ended(0, 500), points_back(), done, money_refused}));
    expect_commands(what_follows({requested(), received(), ended(0, 500), points_back(), done, money_back()}));
    expect_commands(what_follows({requested(), refused(inventory::HoldStock::type)}));
    points::PointsRestored of_the_order{.user_id = buyer, .order_id = order};
    expect_commands(what_follows({requested(), received(), ended(19'500, 500), of_the_order}));
}

}  // namespace
}  // namespace jangteo::sagas
