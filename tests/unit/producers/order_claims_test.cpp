// What of an order may come back, until when, and what its buyer gets for it (DOA-ORD-06, 07, DOA-POINT-07, 09).
#include "producers/orders/decider.hpp"

#include "tests/unit/given.hpp"

#include <rapidcheck/gtest.h>
#include <numeric>

namespace jangteo::producers::orders {
namespace {

using std::chrono::days;
using std::chrono::microseconds;

const auto order = id<OrderId>(1);
const auto buyer = id<UserId>(2);
const auto mug = id<ProductId>(3);
const auto tea = id<ProductId>(4);
const auto potter = id<SellerId>(5);
const auto planter = id<SellerId>(6);
const auto payment = id<PaymentId>(9);
const auto claim = id<ClaimId>(20);
const auto other_claim = id<ClaimId>(21);

const OrderPlaced placed{order, "ORD-20260118-00CG", buyer, {{mug, 2, {}}, {tea, 1, {}}, {mug, 1, {}}},
                         {},    Points{1'000}};
/// Mugs of the potter in two lines, tea of the planter. Of 40,000 won for goods and 3,000 for shipping, points paid 1,000.
const OrderAccepted accepted{order,
                             "ORD-20260118-00CG",
                             buyer,
                             {{mug, "Mug", Won{10'000}, potter, 2, Won{20'000}, {}},
                              {tea, "Tea", Won{10'000}, planter, 1, Won{10'000}, {}},
                              {mug, "Mug", Won{10'000}, potter, 1, Won{10'000}, {}}},
                             Won{40'000},
                             Won{3'000},
                             Points{1'000},
                             Won{42'000},
                             usual_time};
const OrderConfirmed confirmed{order, buyer, payment};
const PartShipped mugs_shipped{
    order, buyer, potter, shipment_of(order, potter), "CJ", "1", {{mug, 2}, {mug, 1}}, OrderStanding::processing};
const PartShipped tea_shipped{order, buyer, planter,    shipment_of(order, planter),
                              "CJ",  "2",   {{tea, 1}}, OrderStanding::shipped};
const PartDelivered mugs_delivered{order, buyer, potter, shipment_of(order, potter), OrderStanding::shipped};
const PartDelivered tea_delivered{order, buyer, planter, shipment_of(order, planter), OrderStanding::delivered};
const std::vector<Event> mugs_there{placed, accepted, confirmed, mugs_shipped, tea_shipped, mugs_delivered};
const std::vector<Event> delivered{placed,      accepted,       confirmed,    mugs_shipped,
                                   tea_shipped, mugs_delivered, tea_delivered};

std::vector<Event> operator+(std::vector<Event> before, const std::vector<Event>& after)
{
    before.insert(before.end(), after.begin(), after.end());
    return before;
}

RequestClaim request(std::vector<ClaimLine> lines, const ClaimId& claim_id = claim)
{
    return {order, claim_id, ClaimKind::refund, std::move(lines), "깨졌어요", {"https://a.kr/1.jpg"}, {}};
}
ClaimRequested requested(std::vector<ClaimLine> lines, const SellerId& seller = potter, const ClaimId& claim_id = claim)
{
    return {order, claim_id, buyer, seller, ClaimKind::refund, std::move(lines), "깨졌어요", {"https://a.kr/1.jpg"},
            {}};
}
EndClaim end(ClaimOutcome outcome, bool sellers_fault = false, const ClaimId& claim_id = claim)
{
    return {order, claim_id, outcome, sellers_fault};
}
ClaimEnded ended(ClaimOutcome outcome, std::vector<ClaimLine> lines, const SellerId& seller = potter,
                 const ClaimId& claim_id = claim)
{
    ClaimEnded event{.order_id = order, .claim_id = claim_id, .user_id = buyer, .seller_id = seller};
    event.outcome = outcome;
    event.lines = std::move(lines);
    event.payment_id = payment;
    return event;
}
Rejection refused(std::string code, std::string status)
{
    return {std::move(code), {{"orderId", order.text()}, {"status", std::move(status)}}};
}

// --- RequestClaim ---

TEST(OrderClaims, what_has_been_delivered_may_be_claimed)
{
    given<Decider>(delivered).when(request({{mug, 2}})).then(requested({{mug, 2}}));
}

TEST(OrderClaims, each_product_stands_once_whatever_the_lines)
{
    given<Decider>(delivered).when(request({{mug, 1}, {mug, 2}})).then(requested({{mug, 3}}));
}

TEST(OrderClaims, one_part_may_be_claimed_while_the_other_is_on_its_way)
{
    given<Decider>(mugs_there).when(request({{mug, 1}})).then(requested({{mug, 1}}));
    given<Decider>(mugs_there).when(request({{tea, 1}})).then(refused("ORD_003", "shipped"));
}

TEST(OrderClaims, is_requested_once)
{
    const auto first = given<Decider>(delivered).when(request({{mug, 1}}));
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
    given<Decider>(delivered + std::vector<Event>{requested({{mug, 1}}), ended(ClaimOutcome::dropped, {{mug, 1}})})
        .when(request({{mug, 1}}))
        .then(Already{});
}

TEST(OrderClaims, needs_an_order_whose_goods_have_come)
{
    given<Decider>({}).when(request({{mug, 1}})).then(Rejection{"ORD_001", {{"orderId", order.text()}}});
    given<Decider>({placed}).when(request({{mug, 1}})).then(refused("ORD_003", "placed"));
    given<Decider>({placed, accepted}).when(request({{mug, 1}})).then(refused("ORD_003", "pending"));
    given<Decider>({placed, accepted, confirmed}).when(request({{mug, 1}})).then(refused("ORD_003", "confirmed"));
}

TEST(OrderClaims, the_window_is_seven_days_from_the_last_delivery)
{
    const auto last = usual_time + days{7};
    given<Decider>(delivered).when(request({{mug, 1}}), meta_at(last)).then(requested({{mug, 1}}));
    given<Decider>(delivered)
        .when(request({{mug, 1}}), meta_at(last + microseconds{1}))
        .then(refused("ORD_004", "delivered"));
    given<Decider>(mugs_there)
        .when(request({{mug, 1}}), meta_at(last + days{30}))
        .then(requested({{mug, 1}}));  // The rest is still on its way.
}

/// DOA-POINT-09: a reward is never taken back, because nothing that was rewarded comes back.
TEST(OrderClaims, nothing_is_claimed_once_the_purchase_is_confirmed)
{
    const auto kept = given<Decider>(delivered).when(ConfirmPurchase{order, ConfirmationCause::buyer});
    given<Decider>(delivered + std::vector<Event>{kept.event<PurchaseConfirmed>()})
        .when(request({{mug, 1}}))
        .then(refused("ORD_004", "delivered"));
}

TEST(OrderClaims, no_more_than_was_bought_and_is_not_claimed_already)
{
    given<Decider>(delivered)
        .when(request({{mug, 4}}))
        .then(Rejection{"COMMON_400", {{"productId", mug.text()}, {"requested", 4}, {"available", 3}}});
    const auto two_claimed = delivered + std::vector<Event>{requested({{mug, 2}})};
    given<Decider>(two_claimed)
        .when(request({{mug, 2}}, other_claim))
        .then(Rejection{"COMMON_400", {{"productId", mug.text()}, {"requested", 2}, {"available", 1}}});
    given<Decider>(two_claimed).when(request({{mug, 1}}, other_claim)).then(requested({{mug, 1}}, potter, other_claim));
    given<Decider>(two_claimed + std::vector<Event>{ended(ClaimOutcome::dropped, {{mug, 2}})})
        .when(request({{mug, 3}}, other_claim))
        .then(requested({{mug, 3}}, potter, other_claim));
}

TEST(OrderClaims, goods_of_one_seller_that_are_in_the_order)
{
    const auto wrong = [](int lines) { return Rejection{"COMMON_400", {{"orderId", order.text()}, {"lines", lines}}}; };
    given<Decider>(delivered).when(request({{mug, 1}, {tea, 1}})).then(wrong(2));
    given<Decider>(delivered).when(request({{id<ProductId>(77), 1}})).then(wrong(1));
    given<Decider>(delivered).when(request({})).then(wrong(0));
}

// --- While a claim is open ---

TEST(OrderClaims, nobody_confirms_a_purchase_that_is_claimed)
{
    const Rejection no{"ORD_003",
                       {{"orderId", order.text()}, {"status", std::string("delivered")}, {"claimId", claim.text()}}};
    const auto claimed = delivered + std::vector<Event>{requested({{mug, 1}})};
    given<Decider>(claimed).when(ConfirmPurchase{order, ConfirmationCause::buyer}).then(no);
    given<Decider>(claimed).when(ConfirmPurchase{order, ConfirmationCause::time}).then(no);
}

// --- EndClaim ---

TEST(OrderClaims, a_claim_that_is_dropped_leaves_the_order_as_it_was)
{
    const auto dropped = given<Decider>(delivered + std::vector<Event>{requested({{mug, 1}})})
                             .when(end(ClaimOutcome::dropped))
                             .then(ended(ClaimOutcome::dropped, {{mug, 1}}));
    const auto kept = given<Decider>(delivered + std::vector<Event>{requested({{mug, 1}}), dropped.event<ClaimEnded>()})
                          .when(ConfirmPurchase{order, ConfirmationCause::buyer});
    PurchaseConfirmed all{
        order, buyer, ConfirmationCause::buyer, Won{39'000}, {{potter, Won{30'000}}, {planter, Won{10'000}}}};
    all.parts = {{potter, Won{30'000}, Won{750}, Won{2'250}, {{mug, 2, Won{10'000}}, {mug, 1, Won{10'000}}}},
                 {planter, Won{10'000}, Won{250}, Won{750}, {{tea, 1, Won{10'000}}}}};
    all.order_number = placed.order_number;
    kept.then(all);
}

TEST(OrderClaims, what_came_back_has_its_share_of_money_and_points)
{
    auto back = ended(ClaimOutcome::returned, {{mug, 2}});
    back.product_amount = Won{20'000};
    back.refund_amount = Won{19'500};
    back.points_back = Points{500};
    given<Decider>(delivered + std::vector<Event>{requested({{mug, 2}})}).when(end(ClaimOutcome::returned)).then(back);
}

TEST(OrderClaims, what_came_back_is_neither_confirmed_nor_rewarded_nor_sold)
{
    const auto back = given<Decider>(delivered + std::vector<Event>{requested({{tea, 1}}, planter)})
                          .when(end(ClaimOutcome::returned))
                          .event<ClaimEnded>();
    // His share of the points went back with the tea; the way stays paid, by whoever has sold something.
    PurchaseConfirmed the_rest{order, buyer, ConfirmationCause::buyer, Won{29'250}, {{potter, Won{30'000}}}};
    the_rest.parts = {{potter, Won{30'000}, Won{750}, Won{3'000}, {{mug, 2, Won{10'000}}, {mug, 1, Won{10'000}}}}};
    the_rest.order_number = placed.order_number;
    given<Decider>(delivered + std::vector<Event>{requested({{tea, 1}}, planter), back})
        .when(ConfirmPurchase{order, ConfirmationCause::buyer})
        .then(the_rest);
    given<Decider>(delivered + std::vector<Event>{requested({{tea, 1}}, planter), back})
        .when(request({{tea, 1}}, other_claim))
        .then_refused("COMMON_400");
}

TEST(OrderClaims, an_order_of_which_all_has_come_back_ends)
{
    const auto tea_back = given<Decider>(delivered + std::vector<Event>{requested({{tea, 1}}, planter)})
                              .when(end(ClaimOutcome::returned))
                              .event<ClaimEnded>();
    EXPECT_FALSE(tea_back.nothing_left);
    const auto history = delivered + std::vector<Event>{requested({{tea, 1}}, planter), tea_back,
                                                        requested({{mug, 3}}, potter, other_claim)};
    const auto all_back = given<Decider>(history).when(end(ClaimOutcome::returned, false, other_claim));
    EXPECT_TRUE(all_back.event<ClaimEnded>().nothing_left);
    EXPECT_EQ(all_back.event<ClaimEnded>().refund_amount + tea_back.refund_amount, Won{39'000});
    EXPECT_EQ(all_back.event<ClaimEnded>().points_back + tea_back.points_back, Points{1'000});
    const auto nothing_left = history + std::vector<Event>{all_back.event<ClaimEnded>()};
    given<Decider>(nothing_left)
        .when(ConfirmPurchase{order, ConfirmationCause::time})
        .then(refused("ORD_003", "returned"));
    given<Decider>(nothing_left).when(request({{mug, 1}}, id<ClaimId>(22))).then(refused("ORD_003", "returned"));
}

TEST(OrderClaims, shipping_goes_back_when_all_of_it_is_the_sellers_fault)
{
    const auto history = delivered + std::vector<Event>{requested({{tea, 1}}, planter)};
    for (const bool first : {false, true}) {
        for (const bool second : {false, true}) {
            const auto tea_back = given<Decider>(history).when(end(ClaimOutcome::returned, first)).event<ClaimEnded>();
            EXPECT_EQ(tea_back.shipping_fee, Won{0}) << "something is left";
            const auto all_back =
                given<Decider>(history + std::vector<Event>{tea_back, requested({{mug, 3}}, potter, other_claim)})
                    .when(end(ClaimOutcome::returned, second, other_claim))
                    .event<ClaimEnded>();
            EXPECT_EQ(all_back.shipping_fee, first && second ? Won{3'000} : Won{0});
            EXPECT_EQ(tea_back.refund_amount + all_back.refund_amount, Won{39'000} + all_back.shipping_fee);
        }
    }
}

TEST(OrderClaims, a_replacement_gives_the_buyer_new_days)
{
    const auto exchanged = given<Decider>(delivered + std::vector<Event>{requested({{mug, 1}})})
                               .when(end(ClaimOutcome::exchanged), meta_at(usual_time + days{5}));
    exchanged.then(ended(ClaimOutcome::exchanged, {{mug, 1}}));
    EXPECT_EQ(exchanged.state().delivered_at, usual_time + days{5});
}

TEST(OrderClaims, ends_once_and_only_what_there_is)
{
    const auto first =
        given<Decider>(delivered + std::vector<Event>{requested({{mug, 1}})}).when(end(ClaimOutcome::returned));
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
    given<Decider>(delivered)
        .when(end(ClaimOutcome::returned))
        .then(Rejection{"COMMON_404", {{"claimId", claim.text()}}});
}

// --- Shares ---

/// Whatever comes back in whatever order: nobody gets less than nothing, and all together get what was paid, to the won.
RC_GTEST_PROP(OrderShares, come_to_what_was_paid_whatever_the_order_of_returns, ())
{
    const auto prices =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 400'000)));
    const auto shipping = *rc::gen::element<std::int64_t>(0, 3'000);
    const auto products = std::accumulate(prices.begin(), prices.end(), std::int64_t{0});
    const auto points = *rc::gen::inRange<std::int64_t>(0, products + shipping + 1);
    const Paid paid{Won{products}, Won{shipping}, Points{points}};

    Won before;
    Share sum;
    for (const auto price : prices) {
        const auto share = share_of_goods(paid, before, Won{price});
        RC_ASSERT(share.money >= Won{0});
        RC_ASSERT(share.points >= Points{0});
        RC_ASSERT(share.money.value + share.points.value == price);
        const auto exact = static_cast<double>(std::min(points, products)) * static_cast<double>(price) /
                           static_cast<double>(std::max<std::int64_t>(products, 1));
        RC_ASSERT(std::abs(static_cast<double>(share.points.value) - exact) < 1.0);
        before += Won{price};
        sum.money += share.money;
        sum.points += share.points;
    }
    RC_ASSERT(sum.points == points_for_products(paid));
    RC_ASSERT(sum.money.value + sum.points.value == products);
    const auto last = share_of_shipping(paid);
    RC_ASSERT(last.money >= Won{0});
    RC_ASSERT(sum.points + last.points == paid.points);
    RC_ASSERT((sum.money + last.money).value == products + shipping - points);
}

}  // namespace
}  // namespace jangteo::producers::orders
