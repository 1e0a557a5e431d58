// A day of attendance is rewarded (DOA-CHK-05).
#include "sagas/checkin_reward.hpp"

#include <gtest/gtest.h>

namespace jangteo::sagas {
namespace {

using events::members::CheckedIn;

static_assert(IsSaga<CheckinReward>);

const events::UserId member{events::uuid_v5(events::url_namespace, "member")};

TEST(CheckinReward, gives_what_the_day_is_worth_with_the_day_as_reference)
{
    const auto earned = [](const CheckedIn& e) {
        CheckinReward::State state;
        CheckinReward::evolve(state, e, {});
        EXPECT_EQ(CheckinReward::phase(state), "rewarded");
        const auto out = CheckinReward{}.react(state, e, {});
        EXPECT_EQ(out.commands.size(), 1U);
        events::points::EarnPoints earn;
        if (out.commands.size() == 1) from_json(out.commands[0].value, earn);
        EXPECT_EQ(earn.user_id, member);
        EXPECT_EQ(earn.source, events::points::PointSource::daily_checkin);
        EXPECT_EQ(earn.reference, e.day) << "one reward a day";
        return earn;
    };
    const auto usual = earned({member, "2026-01-18", {100}, false, 6, 6});
    EXPECT_EQ(usual.amount.value, 100);
    EXPECT_EQ(usual.description, "출석 체크");
    const auto bonus = earned({member, "2026-01-19", {200}, true, 7, 7});
    EXPECT_EQ(bonus.amount.value, 200);
    EXPECT_EQ(bonus.description, "연속 출석 보너스");
}

}  // namespace
}  // namespace jangteo::sagas
