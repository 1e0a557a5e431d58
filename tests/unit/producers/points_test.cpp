#include "producers/points/decider.hpp"

#include "tests/unit/given.hpp"

namespace jangteo::producers::points {
namespace {

using events::UserId;
using std::chrono::days;
using std::chrono::microseconds;

const auto member = id<UserId>(1);
const auto order_a = id<OrderId>(11);
const auto order_b = id<OrderId>(12);
const auto first_lot = id<LotId>(21);
const auto second_lot = id<LotId>(22);
const auto third_lot = id<LotId>(23);
const auto spring = usual_time + days{60};
const auto summer = usual_time + days{150};
const auto next_year = usual_time + days{365};

// Ids that derive from the usual command.
const Uuid command_id = meta_at(usual_time).command_id.value;
const LotId new_lot{events::uuid_v5(command_id, "lot")};
const Uuid new_spending = events::uuid_v5(command_id, "spend");
const LotId reissued_lot_0{events::uuid_v5(command_id, "lot/0")};
const LotId reissued_lot_1{events::uuid_v5(command_id, "lot/1")};

PointsEarned earned(const LotId& lot, std::int64_t amount, Timestamp expires_at, std::int64_t balance)
{
    return {.user_id = member,
            .lot_id = lot,
            .amount = Points{amount},
            .source = PointSource::admin,
            .description = "welcome",
            .expires_at = expires_at,
            .balance = Points{balance}};
}

PointsSpent spent(std::optional<OrderId> order, std::vector<LotAmount> allocations, std::int64_t balance)
{
    PointsSpent event{.user_id = member, .spend_id = new_spending, .order_id = order};
    for (const auto& part : allocations) event.amount += part.amount;
    event.allocations = std::move(allocations);
    event.description = "paid";
    event.balance = Points{balance};
    return event;
}

SpendPoints spend(std::int64_t amount, std::optional<OrderId> order = std::nullopt)
{
    return {member, Points{amount}, order, "paid"};
}

EarnPoints earn(std::int64_t amount, PointSource source = PointSource::admin)
{
    return {.user_id = member, .amount = Points{amount}, .source = source, .description = "welcome"};
}

Rejection insufficient(std::int64_t requested, std::int64_t available)
{
    return {"POINT_001", {{"requested", requested}, {"available", available}}};
}

Rejection invalid(std::int64_t amount)
{
    return {"POINT_002", {{"amount", amount}}};
}

/// 100 points that expire in spring, then 200 that expire next year.
const std::vector<Event> two_lots{earned(first_lot, 100, spring, 100), earned(second_lot, 200, next_year, 300)};

std::vector<Event> operator+(std::vector<Event> history, const Event& next)
{
    history.push_back(next);
    return history;
}

// --- EarnPoints ---

TEST(Points, earns_a_lot_that_lives_for_a_year)
{
    given<Decider>(two_lots).when(earn(50)).then(earned(new_lot, 50, moment("2027-01-18T14:30:00Z"), 350));
}

TEST(Points, earns_with_the_expiry_asked_for)
{
    auto until_spring = earn(50);
    until_spring.expires_at = spring;
    given<Decider>({}).when(until_spring).then(earned(new_lot, 50, spring, 50));
}

TEST(Points, refuses_to_earn_nothing_or_less)
{
    given<Decider>({}).when(earn(0)).then(invalid(0));
    given<Decider>({}).when(earn(-5)).then(invalid(-5));
    EXPECT_EQ(given<Decider>({}).when(earn(1)).event<PointsEarned>().balance, Points{1});
}

TEST(Points, refuses_to_earn_what_has_expired_already)
{
    auto stale = earn(50);
    stale.expires_at = usual_time;
    given<Decider>({}).when(stale).then(Rejection{"COMMON_400", {{"expiresAt", "2026-01-18T14:30:00Z"}}});
    stale.expires_at = usual_time + microseconds{1};
    EXPECT_EQ(given<Decider>({}).when(stale).event<PointsEarned>().expires_at, *stale.expires_at);
}

TEST(Points, rewards_once_for_a_source_and_reference)
{
    auto check_in = earn(100, PointSource::daily_checkin);
    check_in.reference = "20260118";
    const auto first = given<Decider>({}).when(check_in);
    EXPECT_EQ(first.event<PointsEarned>().reference, "20260118");
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());

    const std::vector<Event> history{first.event<PointsEarned>()};
    auto next_day = check_in;
    next_day.reference = "20260119";
    EXPECT_EQ(given<Decider>(history).when(next_day).event<PointsEarned>().balance, Points{200});
    auto other_source = check_in;
    other_source.source = PointSource::event;
    EXPECT_EQ(given<Decider>(history).when(other_source).event<PointsEarned>().balance, Points{200});
}

TEST(Points, rewards_a_purchase_once_though_only_the_order_names_it)
{
    auto purchase = earn(100, PointSource::purchase);
    purchase.order_id = order_a;
    const auto first = given<Decider>({}).when(purchase);
    EXPECT_EQ(first.event<PointsEarned>().reference, order_a.text());
    first.again().then(Already{});

    auto by_hand = purchase;
    by_hand.source = PointSource::admin;
    const auto twice = given<Decider>({}).when(by_hand).again();
    EXPECT_EQ(twice.event<PointsEarned>().balance, Points{200});
}

TEST(Points, earning_without_a_reference_again_is_another_gift_unless_the_runner_knows_the_command)
{
    EXPECT_EQ(given<Decider>({}).when(earn(50)).again().event<PointsEarned>().balance, Points{100});
}

// --- Expiry (DOA-POINT-06) ---

TEST(PointsExpiry, is_one_calendar_year_later_at_the_same_time_of_day)
{
    EXPECT_EQ(one_year_after(moment("2026-01-18T14:30:00.000001Z")), moment("2027-01-18T14:30:00.000001Z"));
    EXPECT_EQ(one_year_after(moment("2027-06-01T00:00:00Z")), moment("2028-06-01T00:00:00Z"));
}

TEST(PointsExpiry, of_a_29th_of_february_in_seoul_is_the_1st_of_march)
{
    EXPECT_EQ(one_year_after(moment("2028-02-28T23:00:00Z")), moment("2029-02-28T23:00:00Z"));  // 29 Feb 08:00, 1 Mar
    EXPECT_EQ(one_year_after(moment("2028-02-29T14:59:59Z")), moment("2029-03-01T14:59:59Z"));  // 29 Feb 23:59, 1 Mar
    EXPECT_EQ(one_year_after(moment("2028-02-29T20:00:00Z")), moment("2029-02-28T20:00:00Z"));  // 1 Mar 05:00, 1 Mar
    EXPECT_EQ(one_year_after(moment("2027-02-28T14:00:00Z")), moment("2028-02-28T14:00:00Z"));
}

// --- SpendPoints ---

TEST(Points, spends_from_the_lot_that_was_earned_first)
{
    given<Decider>(two_lots).when(spend(60, order_a)).then(spent(order_a, {{first_lot, Points{60}}}, 240));
}

TEST(Points, spends_across_lots)
{
    given<Decider>(two_lots)
        .when(spend(150))
        .then(spent(std::nullopt, {{first_lot, Points{100}}, {second_lot, Points{50}}}, 150));
}

TEST(Points, spends_in_order_of_earning_even_when_a_later_lot_expires_sooner)
{
    const std::vector<Event> history{earned(first_lot, 100, next_year, 100), earned(second_lot, 200, spring, 300)};
    given<Decider>(history).when(spend(60)).then(spent(std::nullopt, {{first_lot, Points{60}}}, 240));
}

TEST(Points, goes_on_where_the_last_spending_stopped)
{
    given<Decider>(two_lots + spent(order_a, {{first_lot, Points{60}}}, 240))
        .when(spend(60))
        .then(spent(std::nullopt, {{first_lot, Points{40}}, {second_lot, Points{20}}}, 180));
}

TEST(Points, spends_the_last_point_and_not_one_more)
{
    given<Decider>(two_lots).when(spend(301)).then(insufficient(301, 300));
    const auto all = given<Decider>(two_lots).when(spend(300));
    EXPECT_EQ(all.event<PointsSpent>().balance, Points{0});
    EXPECT_TRUE(all.state().lots.empty());
}

TEST(Points, does_not_spend_what_has_expired)
{
    const auto in_spring = meta_at(spring);
    given<Decider>(two_lots).when(spend(201), in_spring).then(insufficient(201, 200));
    given<Decider>(two_lots).when(spend(200), in_spring).then(spent(std::nullopt, {{second_lot, Points{200}}}, 100));
    const auto just_before = meta_at(spring - microseconds{1});
    given<Decider>(two_lots).when(spend(100), just_before).then(spent(std::nullopt, {{first_lot, Points{100}}}, 200));
}

TEST(Points, refuses_to_spend_nothing_or_less)
{
    given<Decider>(two_lots).when(spend(0)).then(invalid(0));
    given<Decider>(two_lots).when(spend(-1)).then(invalid(-1));
}

TEST(Points, spends_once_for_an_order)
{
    const auto first = given<Decider>(two_lots).when(spend(60, order_a));
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

TEST(Points, spending_without_an_order_again_is_another_one_unless_the_runner_knows_the_command)
{
    given<Decider>(two_lots).when(spend(200)).again().then(insufficient(200, 100));
}

// --- RestorePoints (DOA-POINT-07) ---

const RestorePoints restore_a{member, order_a, "order cancelled"};

PointsRestored restored(std::vector<ReturnedPoints> returned, std::vector<ReissuedLot> reissued, std::int64_t balance)
{
    PointsRestored event{.user_id = member, .spend_id = new_spending, .order_id = order_a};
    for (const auto& part : returned) event.amount += part.amount;
    for (const auto& part : reissued) event.amount += part.amount;
    event.returned = std::move(returned);
    event.reissued = std::move(reissued);
    event.description = "order cancelled";
    event.balance = Points{balance};
    return event;
}

const auto spent_across = two_lots + spent(order_a, {{first_lot, Points{100}}, {second_lot, Points{50}}}, 150);

TEST(Points, restores_to_the_lots_they_came_from_with_their_expiry)
{
    const auto back = given<Decider>(spent_across).when(restore_a);
    back.then(restored({{first_lot, Points{100}, spring}, {second_lot, Points{50}, next_year}}, {}, 300));
    EXPECT_EQ(back.state(), given<Decider>(two_lots).state());
}

TEST(Points, a_used_up_lot_comes_back_at_its_old_place)
{
    const auto history = spent_across + earned(third_lot, 500, next_year, 650) +
                         restored({{first_lot, Points{100}, spring}, {second_lot, Points{50}, next_year}}, {}, 800);
    given<Decider>(history)
        .when(spend(310))
        .then(spent(std::nullopt, {{first_lot, Points{100}}, {second_lot, Points{200}}, {third_lot, Points{10}}}, 490));
}

TEST(Points, what_belongs_to_an_expired_lot_comes_back_as_a_new_lot_for_30_days)
{
    const auto back = given<Decider>(spent_across).when(restore_a, meta_at(spring));
    back.then(restored({{second_lot, Points{50}, next_year}},
                       {{reissued_lot_0, first_lot, Points{100}, spring + days{30}}}, 300));
    ASSERT_EQ(back.state().lots.size(), 2U);
    EXPECT_EQ(back.state().lots[0].id, second_lot);
    EXPECT_EQ(back.state().lots[1], (Lot{reissued_lot_0, 2, Points{100}, spring + days{30}}));
}

TEST(Points, each_expired_lot_is_reissued_by_itself)
{
    given<Decider>(spent_across)
        .when(restore_a, meta_at(next_year))
        .then(restored({},
                       {{reissued_lot_0, first_lot, Points{100}, next_year + days{30}},
                        {reissued_lot_1, second_lot, Points{50}, next_year + days{30}}},
                       300));
}

TEST(Points, restores_to_a_lot_until_the_moment_it_expires)
{
    const auto back = given<Decider>(spent_across).when(restore_a, meta_at(spring - microseconds{1}));
    EXPECT_TRUE(back.event<PointsRestored>().reissued.empty());
}

TEST(Points, restores_once)
{
    const auto first = given<Decider>(spent_across).when(restore_a);
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

TEST(Points, has_nothing_to_restore_for_an_order_that_took_nothing)
{
    given<Decider>(spent_across).when(RestorePoints{member, order_b, std::nullopt}).then(Already{});
}

TEST(Points, says_why_points_came_back_even_when_the_command_does_not)
{
    const auto back = given<Decider>(spent_across).when(RestorePoints{member, order_a, std::nullopt});
    EXPECT_EQ(back.event<PointsRestored>().description, "주문 취소로 반환된 포인트");
}

TEST(Points, restored_points_pay_the_next_order)
{
    const auto back = given<Decider>(spent_across).when(restore_a);
    given<Decider>(spent_across + back.event<PointsRestored>())
        .when(spend(60, order_a))
        .then(spent(order_a, {{first_lot, Points{60}}}, 240));
}

/// What was taken last goes back first, each part once for each claim, and the last one takes the rest.
TEST(Points, restores_a_part_from_what_was_taken_last)
{
    const auto claim = id<ClaimId>(31);
    const auto other = id<ClaimId>(32);
    const auto in_part = [](std::int64_t amount, const ClaimId& claim_id) {
        return RestorePoints{member, order_a, "order cancelled", Points{amount}, claim_id};
    };
    auto first = restored({{second_lot, Points{50}, next_year}, {first_lot, Points{10}, spring}}, {}, 210);
    first.claim_id = claim;
    const auto back = given<Decider>(spent_across).when(in_part(60, claim));
    back.then(first);
    back.again().then(Already{});
    EXPECT_EQ(back.again().state(), back.state());

    given<Decider>(spent_across + Event{first})
        .when(in_part(91, other))
        .then(Rejection{"POINT_002", {{"amount", 91}, {"maximum", 90}}});
    auto rest = restored({{first_lot, Points{90}, spring}}, {}, 300);
    rest.claim_id = other;
    const auto all = given<Decider>(spent_across + Event{first}).when(in_part(90, other));
    all.then(rest);
    EXPECT_EQ(all.state(), given<Decider>(two_lots).state());
    given<Decider>(spent_across + Event{first} + Event{rest}).when(in_part(1, id<ClaimId>(33))).then(Already{});
}

TEST(Points, restores_no_part_of_nothing)
{
    given<Decider>(spent_across)
        .when(RestorePoints{member, order_a, "order cancelled", Points{0}, id<ClaimId>(31)})
        .then(Rejection{"POINT_002", {{"amount", 0}, {"maximum", 150}}});
}

TEST(Points, a_part_of_an_expired_lot_is_reissued_and_the_rest_later)
{
    const auto claim = id<ClaimId>(31);
    auto part = restored({{second_lot, Points{50}, next_year}},
                         {{reissued_lot_0, first_lot, Points{30}, spring + days{30}}}, 230);
    part.claim_id = claim;
    const auto back = given<Decider>(spent_across)
                          .when(RestorePoints{member, order_a, "order cancelled", Points{80}, claim}, meta_at(spring));
    back.then(part);
    EXPECT_EQ(back.state().spent.find(order_a)->taken, (std::vector<Taken>{{first_lot, 0, Points{70}, spring}}));
}

// --- ExpirePoints ---

TEST(Points, expires_what_is_left_of_lots_whose_time_is_over)
{
    given<Decider>(two_lots + spent(order_a, {{first_lot, Points{60}}}, 240))
        .when(ExpirePoints{member}, meta_at(spring))
        .then(PointsExpired{member, Points{40}, {{first_lot, Points{40}}}, Points{200}});
}

TEST(Points, expires_nothing_before_its_time)
{
    given<Decider>(two_lots).when(ExpirePoints{member}, meta_at(spring - microseconds{1})).then(Already{});
}

TEST(Points, expires_once)
{
    const auto first = given<Decider>(two_lots).when(ExpirePoints{member}, meta_at(next_year));
    first.then(PointsExpired{member, Points{300}, {{first_lot, Points{100}}, {second_lot, Points{200}}}, Points{0}});
    first.again().then(Already{});
    EXPECT_TRUE(first.state().lots.empty());
}

// --- AdjustPoints ---

AdjustPoints adjust(std::int64_t amount)
{
    return {member, Points{amount}, "corrected"};
}

TEST(Points, adjusts_up_with_a_new_lot_for_a_year)
{
    const auto up = given<Decider>(two_lots).when(adjust(70));
    up.then(PointsAdjusted{member, Points{70}, new_lot, moment("2027-01-18T14:30:00Z"), {}, "corrected", Points{370}});
    EXPECT_EQ(up.state().lots.back(), (Lot{new_lot, 2, Points{70}, moment("2027-01-18T14:30:00Z")}));
}

TEST(Points, adjusts_down_from_the_oldest_lots)
{
    given<Decider>(two_lots)
        .when(adjust(-150))
        .then(PointsAdjusted{member,
                             Points{-150},
                             std::nullopt,
                             std::nullopt,
                             {{first_lot, Points{100}}, {second_lot, Points{50}}},
                             "corrected",
                             Points{150}});
}

TEST(Points, adjusts_down_by_what_can_be_spent_and_not_more)
{
    given<Decider>(two_lots).when(adjust(-301)).then(insufficient(301, 300));
    given<Decider>(two_lots).when(adjust(-201), meta_at(spring)).then(insufficient(201, 200));
    EXPECT_EQ(given<Decider>(two_lots).when(adjust(-300)).event<PointsAdjusted>().balance, Points{0});
}

TEST(Points, refuses_to_adjust_by_nothing)
{
    given<Decider>(two_lots).when(adjust(0)).then(invalid(0));
}

TEST(Points, adjusting_again_never_goes_below_zero)
{
    given<Decider>(two_lots).when(adjust(-200)).again().then(insufficient(200, 100));
}

}  // namespace
}  // namespace jangteo::producers::points
