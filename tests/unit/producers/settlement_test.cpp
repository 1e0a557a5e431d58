// The rules of settlement: a seller's ledger, and the market with its roll and its runs (DOA-SET-01, SM-13).
#include "producers/settlement/decider.hpp"

#include "tests/unit/given.hpp"

namespace jangteo::producers::settlement {
namespace {

using events::MarketId;
using events::ProductId;

const auto potter = id<SellerId>(1);
const auto planter = id<SellerId>(2);
const auto order = id<OrderId>(3);
const auto other_order = id<OrderId>(4);
const auto back = id<RefundId>(5);
const auto mug = id<ProductId>(6);
const std::string number = "ORD-20261118-0A1B";
const auto wednesday = moment("2026-11-18T03:00:00Z");
const auto monday = moment("2026-11-22T15:00:00Z");  // The end of week 47 in Seoul.
const std::string week = "2026-W47";
const auto run = events::run_of(week);
const auto settlement = settlement_of(potter, week);

/// 30,000 won of goods, 3,000 of shipping, 1,000 points.
const RecordSale record{.seller_id = potter,
                        .order_id = order,
                        .order_number = number,
                        .product_amount = {30'000},
                        .points_share = {1'000},
                        .shipping_share = {3'000},
                        .commission_basis_points = 1'000,
                        .lines = {{mug, 2, {15'000}}}};

SaleRecorded recorded_at(Timestamp booked_at, const OrderId& of = order, bool first = true)
{
    return {potter,
            of,
            number,
            {30'000},
            {1'000},
            {3'000},
            1'000,
            {{mug, 2, {15'000}}},
            {3'000},
            {27'000},
            booked_at,
            first,
            {{Account::clearing, {32'000}},
             {Account::points, {1'000}},
             {Account::commission, {-3'000}},
             {Account::shipping, {-3'000}},
             {Account::payable, {-27'000}}}};
}
const auto recorded = recorded_at(wednesday);

const AdjustSale adjust{potter, order, back, {9'999}, {500}};
const SaleAdjusted adjusted{potter,
                            order,
                            back,
                            {9'999},
                            {500},
                            {1'000},
                            {8'999},
                            wednesday,
                            {},
                            {{Account::clearing, {-10'499}},
                             {Account::commission, {1'000}},
                             {Account::shipping, {500}},
                             {Account::payable, {8'999}}}};

const CloseSettlement close{potter, run, week, monday};
const SettlementScheduled scheduled{potter,
                                    settlement,
                                    run,
                                    week,
                                    {},
                                    monday,
                                    {30'000},
                                    {3'000},
                                    {},
                                    {},
                                    {27'000},
                                    1,
                                    {{Account::payable, {27'000}}, {Account::scheduled, {-27'000}}}};
const PaySettlement pay{potter, settlement, "KB-1"};
const SettlementPaid paid{
    potter, settlement, {27'000}, "KB-1", {{Account::scheduled, {27'000}}, {Account::paid, {-27'000}}}};
const ConfirmSettlement confirm{potter, settlement};
const SettlementConfirmed confirmed{potter, settlement};
const HoldSettlement hold{potter, settlement, "계좌 확인"};
const SettlementHeld held{potter, settlement, "계좌 확인"};
const ReleaseSettlement release{potter, settlement};
const SettlementReleased released{potter, settlement};

Rejection illegal(std::string status)
{
    return {"SET_004", {{"settlementId", settlement.text()}, {"status", std::move(status)}}};
}

// --- RecordSale ---

TEST(Ledger, takes_ten_in_a_hundred_of_the_price_and_lets_the_market_bear_the_points)
{
    given<Decider>({}).when(record, meta_at(wednesday)).then(recorded);
}

TEST(Ledger, records_a_sale_once)
{
    const auto first = given<Decider>({}).when(record, meta_at(wednesday));
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

TEST(Ledger, says_which_sale_is_a_sellers_first)
{
    auto other = record;
    other.order_id = other_order;
    given<Decider>({recorded}).when(other, meta_at(wednesday)).then(recorded_at(wednesday, other_order, false));
}

TEST(Ledger, rounds_its_commission_down_and_takes_none_at_a_rate_of_nothing)
{
    auto odd = record;
    odd.product_amount = {19};
    odd.points_share = odd.shipping_share = {};
    EXPECT_EQ(given<Decider>({}).when(odd).event<SaleRecorded>().commission, Won{1});
    odd.commission_basis_points = 0;
    EXPECT_EQ(given<Decider>({}).when(odd).event<SaleRecorded>().commission, Won{});
}

TEST(Ledger, does_not_take_more_points_than_there_is_to_pay)
{
    auto wrong = record;
    wrong.points_share = {33'001};
    given<Decider>({}).when(wrong).then(Rejection{"COMMON_400", {{"points", 33'001}, {"maximum", 33'000}}});
}

TEST(Ledger, books_a_late_sale_in_the_time_that_is_still_open)
{
    auto late = record;
    late.order_id = other_order;
    const auto booked =
        given<Decider>({recorded, scheduled}).when(late, meta_at(wednesday)).event<SaleRecorded>().booked_at;
    EXPECT_EQ(booked, monday);
}

// --- AdjustSale ---

TEST(Ledger, takes_a_refund_back_from_the_seller_less_its_commission)
{
    given<Decider>({recorded}).when(adjust, meta_at(wednesday)).then(adjusted);
}

TEST(Ledger, takes_a_refund_back_once)
{
    const auto first = given<Decider>({recorded}).when(adjust, meta_at(wednesday));
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

TEST(Ledger, takes_back_no_more_than_was_sold)
{
    auto wrong = adjust;
    wrong.product_amount = {30'001};
    given<Decider>({recorded})
        .when(wrong)
        .then(Rejection{"COMMON_400", {{"orderId", order.text()}, {"amount", 30'501}, {"maximum", 33'000}}});
    wrong.product_amount = {30'000};
    wrong.shipping_amount = {3'001};
    given<Decider>({recorded}).when(wrong).then_refused("COMMON_400");
    given<Decider>({}).when(adjust).then(Rejection{"COMMON_404", {{"orderId", order.text()}}});
}

TEST(Ledger, a_sale_that_is_paid_back_in_pieces_leaves_no_won_of_commission)
{
    auto rest = adjust;
    rest.refund_id = id<RefundId>(50);
    rest.product_amount = {20'001};
    rest.shipping_amount = {2'500};
    const auto event = given<Decider>({recorded, adjusted}).when(rest, meta_at(wednesday)).event<SaleAdjusted>();
    EXPECT_EQ(event.commission, Won{2'000});
    EXPECT_EQ(event.amount, Won{18'001});
}

TEST(Ledger, a_refund_after_the_payment_adjusts_that_settlement_and_is_borne_by_the_next)
{
    auto late = adjusted;
    late.booked_at = monday;
    late.adjusts = settlement;
    const auto after = given<Decider>({recorded, scheduled, paid}).when(adjust, meta_at(wednesday)).then(late);
    EXPECT_EQ(after.state().settlements.find(settlement)->status, Status::adjusted);
    // Not paid yet: the statement stands as it is, and the next one bears the refund all the same.
    const auto before = given<Decider>({recorded, scheduled}).when(adjust, meta_at(wednesday)).then(late);
    EXPECT_EQ(before.state().settlements.find(settlement)->status, Status::scheduled);
}

// --- CloseSettlement ---

TEST(Ledger, schedules_what_was_booked_up_to_the_end_of_the_period)
{
    const auto sunday_night = monday - std::chrono::microseconds{1};
    auto both = scheduled;
    both.sales = {60'000};
    both.commission = {6'000};
    both.refunds = {9'999};
    both.refunded_commission = {1'000};
    both.amount = {60'000 - 6'000 - 9'999 + 1'000};
    both.lines = 3;
    both.postings = {{Account::payable, both.amount}, {Account::scheduled, Won{} - both.amount}};
    const auto done = given<Decider>({recorded, adjusted, recorded_at(sunday_night, other_order, false),
                                      recorded_at(monday, id<OrderId>(40), false)})
                          .when(close)
                          .then(both);
    EXPECT_EQ(done.state().open.size(), 1U) << "what came on Monday is of the next period";
}

TEST(Ledger, closes_a_period_once)
{
    const auto first = given<Decider>({recorded}).when(close).then(scheduled);
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

TEST(Ledger, has_nothing_to_settle_without_a_sale_or_after_a_later_period)
{
    const auto nothing = [](std::int64_t balance) {
        return Rejection{"SET_001", {{"period", week}, {"balance", balance}}};
    };
    given<Decider>({}).when(close).then(nothing(0));
    given<Decider>({recorded_at(monday)}).when(close).then(nothing(0));
    auto next_week = scheduled;
    next_week.settlement_id = settlement_of(potter, "2026-W48");
    next_week.until = monday + std::chrono::days{7};
    given<Decider>({recorded, next_week}).when(close).then(nothing(0));
}

TEST(Ledger, a_seller_who_owes_is_not_settled_and_owes_it_of_his_next_sales)
{
    auto late = adjusted;
    late.booked_at = monday;
    late.adjusts = settlement;
    const auto next_end = monday + std::chrono::days{7};
    const CloseSettlement next{potter, run, "2026-W48", next_end};
    given<Decider>({recorded, scheduled, paid, late})
        .when(next)
        .then(Rejection{"SET_001", {{"period", std::string("2026-W48")}, {"balance", -8'999}}});
    const CloseSettlement after_that{potter, run, "2026-W49", next_end + std::chrono::days{7}};
    const auto event = given<Decider>({recorded, scheduled, paid, late, recorded_at(next_end, other_order, false)})
                           .when(after_that)
                           .event<SettlementScheduled>();
    EXPECT_EQ(event.amount, Won{27'000 - 8'999});
    EXPECT_EQ(event.since, monday) << "its lines explain it";
    EXPECT_EQ(event.lines, 2);
}

// --- What becomes of a settlement (SM-13) ---

TEST(Settlement, is_confirmed_and_paid_each_once)
{
    const auto agreed = given<Decider>({recorded, scheduled}).when(confirm).then(confirmed);
    agreed.again().then(Already{});
    const auto done = given<Decider>({recorded, scheduled, confirmed}).when(pay).then(paid);
    done.again().then(Already{});
    EXPECT_EQ(done.again().state(), done.state());
    auto other_reference = pay;
    other_reference.reference = "KB-2";
    given<Decider>({recorded, scheduled, paid}).when(other_reference).then(Already{});
}

TEST(Settlement, of_a_seller_who_says_nothing_is_paid_all_the_same)
{
    given<Decider>({recorded, scheduled}).when(pay).then(paid);
}

TEST(Settlement, that_is_held_is_not_paid_until_it_is_released)
{
    const auto kept = given<Decider>({recorded, scheduled}).when(hold).then(held);
    kept.again().then(Already{});
    given<Decider>({recorded, scheduled, confirmed}).when(hold).then(held);
    given<Decider>({recorded, scheduled, held}).when(pay).then(illegal("held"));
    given<Decider>({recorded, scheduled, held}).when(confirm).then(illegal("held"));
    const auto free = given<Decider>({recorded, scheduled, held}).when(release).then(released);
    free.again().then(Already{});
    given<Decider>({recorded, scheduled, held, released}).when(pay).then(paid);
}

TEST(Settlement, that_is_paid_is_neither_held_nor_released_nor_confirmed)
{
    auto late = adjusted;
    late.booked_at = monday;
    late.adjusts = settlement;
    for (const auto& history : {std::vector<Event>{recorded, scheduled, paid}, {recorded, scheduled, paid, late}}) {
        const std::string status = history.size() == 3 ? "paid" : "adjusted";
        given<Decider>(history).when(hold).then(illegal(status));
        given<Decider>(history).when(release).then(illegal(status));
        given<Decider>(history).when(confirm).then(illegal(status));
        given<Decider>(history).when(pay).then(Already{});
    }
    given<Decider>({recorded, scheduled, confirmed}).when(release).then(illegal("confirmed"));
}

TEST(Settlement, that_nobody_scheduled_is_not_there)
{
    const Rejection unknown{"COMMON_404", {{"settlementId", settlement.text()}}};
    for (const Command& command : std::vector<Command>{confirm, pay, hold, release}) {
        given<Decider>({recorded}).when(command).then(unknown);
    }
}

// --- The market ---

const auto market = events::the_market();
const StartRun start{market, run, week, false};
const SettlementRunStarted started{market, run, week, monday};
const SettlementRunCompleted completed{market, run, week, 2, 1, {27'000}};

TEST(Market, puts_a_seller_on_the_roll_once)
{
    const RegisterSeller enter{market, potter};
    const auto first = given<Decider>({}).when(enter).then(SellerRegistered{market, potter, 0});
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
    given<Decider>({SellerRegistered{market, potter, 0}})
        .when(RegisterSeller{market, planter})
        .then(SellerRegistered{market, planter, 1});
}

TEST(Market, settles_a_period_that_is_over)
{
    given<Decider>({}).when(start, meta_at(monday)).then(started);
    given<Decider>({})
        .when(start, meta_at(wednesday))
        .then(Rejection{"SET_003", {{"period", week}, {"until", std::string("2026-11-22T15:00:00Z")}}});
}

TEST(Market, settles_a_period_before_its_end_when_it_is_told_so_but_none_that_has_not_begun)
{
    auto early = start;
    early.before_end = true;
    given<Decider>({}).when(early, meta_at(wednesday)).then(started);
    given<Decider>({}).when(early, meta_at(moment("2026-11-15T14:59:59Z"))).then_refused("SET_003");
}

TEST(Market, settles_a_period_once_and_says_what_stood_already)
{
    const auto stood = [](std::string status, std::int64_t sellers, std::int64_t settled, std::int64_t amount) {
        return Rejection{"SET_002",
                         {{"period", week},
                          {"status", std::move(status)},
                          {"sellers", sellers},
                          {"settled", settled},
                          {"amount", amount}}};
    };
    given<Decider>({started}).when(start, meta_at(monday)).then(stood("running", 0, 0, 0));
    given<Decider>({started, completed}).when(start, meta_at(monday)).then(stood("completed", 2, 1, 27'000));
}

TEST(Market, knows_a_period_when_it_sees_one)
{
    const StartRun wrong{market, run, "2026-W60", false};
    given<Decider>({}).when(wrong).then(Rejection{"COMMON_400", {{"period", std::string("2026-W60")}}});
}

TEST(Market, calls_the_roll_in_parts)
{
    std::vector<Event> history;
    for (std::int64_t place = 0; place < roll_call + 1; ++place) {
        history.emplace_back(SellerRegistered{market, id<SellerId>(static_cast<std::uint64_t>(1'000 + place)), place});
    }
    const auto first = given<Decider>(history).when(CallRoll{market, run, 0}).event<RollCalled>();
    EXPECT_EQ(std::ssize(first.sellers), roll_call);
    EXPECT_EQ(first.sellers.front(), id<SellerId>(1'000));
    EXPECT_TRUE(first.more);
    const auto second = given<Decider>(history).when(CallRoll{market, run, roll_call}).event<RollCalled>();
    EXPECT_EQ(second.sellers, std::vector{id<SellerId>(static_cast<std::uint64_t>(1'000 + roll_call))});
    EXPECT_FALSE(second.more);
    // Asked again, a call of the roll only says it again.
    given<Decider>(history).when(CallRoll{market, run, roll_call}).again().then(second);
}

TEST(Market, completes_a_run_once)
{
    const CompleteRun complete{market, run, 2, 1, {27'000}};
    const auto first = given<Decider>({started}).when(complete).then(completed);
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
    given<Decider>({}).when(complete).then(Rejection{"COMMON_404", {{"runId", run.text()}}});
}

}  // namespace
}  // namespace jangteo::producers::settlement
