#include "projections/points.hpp"

#include "tests/unit/projections/log.hpp"

namespace jangteo::projections::points {
namespace {

const auto member = id<events::UserId>("member");
const auto old_lot = id<events::LotId>("old lot");
const auto new_lot = id<events::LotId>("new lot");
const auto order_id = id<events::OrderId>("order");
const auto spend = events::uuid_v5(events::url_namespace, "spend");
const auto expiry = noon + 24h * 365;

PointsEarned earned(const events::LotId& lot, std::int64_t amount, std::int64_t balance)
{
    return {member, lot, {amount}, PointSource::review, {}, {}, "후기 작성", expiry, {balance}};
}
PointsSpent spent(std::vector<LotAmount> parts, std::int64_t amount, std::int64_t balance)
{
    return {member, spend, order_id, {amount}, std::move(parts), "주문 사용", {balance}};
}

struct Ledger {
    Account account;
    std::vector<Entry> entries;
};
Ledger folded(const Log& log)
{
    MemoryStore store;
    fold(model(), store, log.records);
    EXPECT_TRUE(store.parked().empty());
    return {rows<Account>(store).at(0), rows<Entry>(store)};
}

TEST(PointsProjection, earned_points_are_a_lot_and_a_line_of_the_ledger)
{
    const auto [account, entries] = folded(Log("points").happened(earned(old_lot, 500, 500)));
    EXPECT_EQ(account.balance.value, 500);
    EXPECT_EQ(account.total_earned.value, 500);
    ASSERT_EQ(account.lots.size(), 1u);
    EXPECT_EQ(account.lots[0].lot_id, old_lot);
    EXPECT_EQ(account.lots[0].earned_at, noon);
    EXPECT_EQ(account.lots[0].expires_at, expiry);
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].type, EntryType::earn);
    EXPECT_EQ(entries[0].amount.value, 500);
    EXPECT_EQ(entries[0].source, PointSource::review);
    EXPECT_EQ(entries[0].entry_id, old_lot.value);
    EXPECT_EQ(entries[0].balance.value, 500);
}

TEST(PointsProjection, spent_points_leave_their_lots)
{
    const auto [account, entries] = folded(Log("points").happened(earned(old_lot, 500, 500), earned(new_lot, 100, 600),
                                                                  spent({{old_lot, {500}}, {new_lot, {30}}}, 530, 70)));
    EXPECT_EQ(account.balance.value, 70);
    EXPECT_EQ(account.total_used.value, 530);
    ASSERT_EQ(account.lots.size(), 1u);
    EXPECT_EQ(account.lots[0].lot_id, new_lot);
    EXPECT_EQ(account.lots[0].remaining.value, 70);
    EXPECT_EQ(entries.back().type, EntryType::use);
    EXPECT_EQ(entries.back().amount.value, -530);
    EXPECT_EQ(entries.back().order_id, order_id);
}

TEST(PointsProjection, a_restoration_is_a_use_undone_and_names_it)
{
    const auto reissued = id<events::LotId>("reissued");
    const auto [account, entries] = folded(Log("points").happened(earned(old_lot, 500, 500), earned(new_lot, 100, 600),
                                                                  spent({{old_lot, {500}}, {new_lot, {30}}}, 530, 70),
                                                                  PointsRestored{member,
                                                                                 spend,
                                                                                 order_id,
                                                                                 {530},
                                                                                 {{new_lot, {30}, expiry}},
                                                                                 {{reissued, old_lot, {500}, expiry}},
                                                                                 "주문 취소",
                                                                                 {600}}));
    EXPECT_EQ(account.balance.value, 600);
    EXPECT_EQ(account.total_used.value, 0);
    ASSERT_EQ(account.lots.size(), 2u);
    EXPECT_EQ(account.lots[0].remaining.value, 100);
    EXPECT_EQ(account.lots[1].lot_id, reissued);
    EXPECT_EQ(entries.back().type, EntryType::use);
    EXPECT_EQ(entries.back().amount.value, 530);
    EXPECT_EQ(entries.back().source, PointSource::refund);
    EXPECT_EQ(entries.back().related_entry_id, spend);
}

TEST(PointsProjection, a_used_up_lot_comes_back_with_its_expiry)
{
    const auto [account, entries] = folded(Log("points").happened(
        earned(old_lot, 500, 500), spent({{old_lot, {500}}}, 500, 0),
        PointsRestored{member, spend, order_id, {500}, {{old_lot, {500}, expiry}}, {}, "주문 취소", {500}}));
    ASSERT_EQ(account.lots.size(), 1u);
    EXPECT_EQ(account.lots[0].lot_id, old_lot);
    EXPECT_EQ(account.lots[0].expires_at, expiry);
}

TEST(PointsProjection, expired_lots_are_a_line_each_with_the_balance_after_it)
{
    const auto [account, entries] =
        folded(Log("points").happened(earned(old_lot, 500, 500), earned(new_lot, 100, 600),
                                      PointsExpired{member, {600}, {{old_lot, {500}}, {new_lot, {100}}}, {0}}));
    EXPECT_EQ(account.balance.value, 0);
    EXPECT_TRUE(account.lots.empty());
    ASSERT_EQ(entries.size(), 4u);
    EXPECT_EQ(entries[2].amount.value, -500);
    EXPECT_EQ(entries[2].balance.value, 100);
    EXPECT_EQ(entries[2].related_entry_id, old_lot.value);
    EXPECT_EQ(entries[3].line, 1);
    EXPECT_EQ(entries[3].balance.value, 0);
    EXPECT_NE(entries[2].entry_id, entries[3].entry_id);
}

TEST(PointsProjection, an_adjustment_adds_a_lot_or_takes_from_lots)
{
    const auto [account, entries] =
        folded(Log("points").happened(PointsAdjusted{member, {50}, old_lot, expiry, {}, "보상", {50}},
                                      PointsAdjusted{member, {-20}, {}, {}, {{old_lot, {20}}}, "정정", {30}}));
    EXPECT_EQ(account.balance.value, 30);
    EXPECT_EQ(account.total_earned.value, 50);
    EXPECT_EQ(account.total_used.value, 20);
    EXPECT_EQ(account.lots.at(0).remaining.value, 30);
    EXPECT_EQ(entries[0].type, EntryType::earn);
    EXPECT_EQ(entries[1].type, EntryType::use);
    EXPECT_EQ(entries[1].amount.value, -20);
}

TEST(PointsProjection, a_lot_that_has_less_than_is_taken_parks_the_member)
{
    MemoryStore store;
    fold(model(), store,
         Log("points")
             .happened(earned(old_lot, 10, 10), spent({{old_lot, {11}}}, 11, 0), earned(new_lot, 5, 5))
             .records);
    ASSERT_EQ(store.parked().size(), 2u);
    EXPECT_EQ(rows<Account>(store).at(0).balance.value, 10);
    EXPECT_EQ(rows<Entry>(store).size(), 1u);
}

}  // namespace
}  // namespace jangteo::projections::points
