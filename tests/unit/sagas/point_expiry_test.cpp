// Points end with their lots (DOA-POINT-06). That the ledger takes no lot out twice is told with the ledger.
#include "sagas/point_expiry.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace jangteo::sagas {
namespace {

using namespace events::points;
using events::LotId;
using events::OrderId;
using events::Timestamp;
using events::UserId;

static_assert(IsSaga<PointExpiry>);

const UserId member{events::uuid_v5(events::url_namespace, "member")};
const OrderId order{events::uuid_v5(events::url_namespace, "order")};
const Timestamp now = events::parse_iso8601("2026-01-18T12:00:00Z").value();
const Timestamp next_year = events::parse_iso8601("2027-01-18T12:00:00Z").value();
const Timestamp next_month = events::parse_iso8601("2026-02-17T12:00:00Z").value();

LotId lot(std::string_view name)
{
    return {events::uuid_v5(events::url_namespace, name)};
}
const PointsEarned earned{member, lot("a"), {300}, PointSource::event, {}, {}, "선물", next_year, {300}};
const events::sagas::TimerFired fired{"point_expiry", order.value, "lot_over", member.text(), next_year};

struct After {
    PointExpiry::State state;
    Outputs out;
};
After after(const std::vector<PointExpiry::Input>& inputs)
{
    After after;
    for (const auto& input : inputs) {
        std::visit(
            [&](const auto& what) {
                const Meta meta{order.value, now};
                PointExpiry::evolve(after.state, what, meta);
                after.out = PointExpiry{}.react(after.state, what, meta);
            },
            input);
    }
    return after;
}

std::vector<Timestamp> due(const Outputs& out)
{
    EXPECT_TRUE(out.commands.empty());
    std::vector<Timestamp> times;
    for (const auto& timer : out.timers) {
        EXPECT_EQ(timer.name, "lot_over");
        EXPECT_EQ(timer.token, member.text());
        times.push_back(timer.due_at);
    }
    return times;
}

TEST(PointExpiry, waits_for_the_end_of_each_lot_that_is_earned)
{
    const auto [state, out] = after({earned});
    EXPECT_EQ(due(out), std::vector{next_year});
    EXPECT_EQ(PointExpiry::phase(state), "waiting");
}

TEST(PointExpiry, has_the_ledger_take_out_what_is_over)
{
    const auto [state, out] = after({earned, fired});
    ASSERT_EQ(out.commands.size(), 1U);
    EXPECT_EQ(out.commands[0].type, ExpirePoints::type);
    EXPECT_EQ(out.commands[0].subject, member.text());
    EXPECT_TRUE(out.timers.empty());
    EXPECT_EQ(PointExpiry::phase(state), "over");
}

TEST(PointExpiry, waits_for_a_lot_that_was_added_by_hand_and_for_none_that_was_taken)
{
    PointsAdjusted adjusted{.user_id = member, .amount = {100}, .description = "보상"};
    adjusted.lot_id = lot("b");
    adjusted.expires_at = next_year;
    EXPECT_EQ(due(after({adjusted}).out), std::vector{next_year});
    const PointsAdjusted taken{.user_id = member, .amount = {-100}, .description = "회수"};
    const auto [state, out] = after({taken});
    EXPECT_EQ(due(out), std::vector<Timestamp>{});
    EXPECT_EQ(PointExpiry::phase(state), "over");
}

TEST(PointExpiry, waits_again_for_lots_to_which_points_come_back_and_for_those_in_place_of_expired_ones)
{
    PointsRestored restored{.user_id = member, .order_id = order, .amount = {300}};
    restored.returned = {{lot("a"), {200}, next_year}};
    restored.reissued = {{lot("c"), lot("b"), {100}, next_month}};
    const auto [state, out] = after({restored});
    EXPECT_EQ(due(out), (std::vector{next_year, next_month}));
    EXPECT_EQ(PointExpiry::phase(after({restored, fired}).state), "waiting") << "one of two";
}

}  // namespace
}  // namespace jangteo::sagas
